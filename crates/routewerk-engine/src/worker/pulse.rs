//! Pings a worker and tells how long its event loop takes to answer, or that it stands still.

use std::time::Duration;

use bytes::Bytes;
use tokio::sync::oneshot;
use tokio::time::{Instant, sleep_until, timeout_at};

use super::control::Control;
use crate::AskError;

/// How often a worker is pinged when its stall limit is long, or when there is none.
const LONGEST_PING_PAUSE: Duration = Duration::from_secs(2);

/// Pings a worker, one ping at a time.
pub(crate) struct Pulse {
    stall_limit: Option<Duration>,
    pause: Duration,
    state: PulseState,
}

enum PulseState {
    Resting { until: Instant },
    Waiting { since: Instant, answer: oneshot::Receiver<Result<Bytes, AskError>> },
    Over,
}

/// What a pulse tells.
pub(crate) enum Beat {
    /// The worker took so long to answer.
    Lag(Duration),
    /// It has not answered within the limit.
    Stalled(Duration),
}

impl Pulse {
    pub(crate) fn new(stall_limit: Option<Duration>) -> Self {
        let pause = stall_limit.map_or(LONGEST_PING_PAUSE, |limit| (limit / 4).min(LONGEST_PING_PAUSE));
        Self { stall_limit, pause, state: PulseState::Resting { until: Instant::now() } }
    }

    /// The next thing to tell. Cancel safe. Never resolves once the control socket has ended.
    pub(crate) async fn beat(&mut self, control: &Control) -> Beat {
        loop {
            match &mut self.state {
                PulseState::Resting { until } => {
                    sleep_until(*until).await;
                    match control.ask("ping", Bytes::from_static(b"{}")) {
                        Ok(answer) => {
                            self.state = PulseState::Waiting { since: Instant::now(), answer };
                        }
                        // Its messages pile up unread: it stands still, where that matters.
                        Err(_) => match self.stall_limit {
                            Some(limit) => return Beat::Stalled(limit),
                            None => self.state = PulseState::Resting { until: Instant::now() + self.pause },
                        },
                    }
                }
                PulseState::Waiting { since, answer } => {
                    let since = *since;
                    let answered = match self.stall_limit {
                        // A tenth more, because this thread may have been held up itself, with the answer unread.
                        Some(limit) => timeout_at(since + limit + limit / 10, answer).await,
                        None => Ok(answer.await),
                    };
                    match (answered, self.stall_limit) {
                        (Ok(Ok(_)), _) => {
                            let now = Instant::now();
                            self.state = PulseState::Resting { until: now + self.pause };
                            return Beat::Lag(now - since);
                        }
                        (Ok(Err(_)), _) => self.state = PulseState::Over,
                        (Err(_), limit) => return Beat::Stalled(limit.unwrap_or_default()),
                    }
                }
                PulseState::Over => std::future::pending().await,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::net::UnixStream;
    use std::sync::Arc;

    use routewerk_handler::{HandlerHost, HostAnswer, HostRequest};
    use tokio::task::LocalSet;
    use tokio::time::timeout;

    use super::*;
    use crate::socket::ChannelSocket;
    use crate::worker::control::drive;

    struct Nobody;

    impl HandlerHost for Nobody {
        fn answer(&self, _: HostRequest) -> HostAnswer {
            Box::pin(async { Err("no host".to_owned()) })
        }

        fn told(&self, _: HostRequest) {}
    }

    #[test]
    fn a_worker_that_ends_with_a_ping_unanswered_has_no_pulse_any_more() {
        let event_loop = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("an event loop");
        LocalSet::new().block_on(&event_loop, async {
            let control = Control::new(1, Arc::new(Nobody));
            let mut pulse = Pulse::new(Some(Duration::from_mins(1)));
            let soon = Duration::from_millis(5);
            assert!(timeout(soon, pulse.beat(&control)).await.is_err(), "the ping is on its way");
            let (front, worker) = UnixStream::pair().expect("a socket pair");
            drop(worker);
            drive(std::rc::Rc::clone(&control), ChannelSocket::new(front).expect("a socket")).await;
            for _ in 0..3 {
                assert!(timeout(soon, pulse.beat(&control)).await.is_err(), "nothing to tell");
            }
        });
    }
}
