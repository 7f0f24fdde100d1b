//! How long to wait before a worker is started again.

use std::time::Duration;

/// The pause after the second failure in a row; each further one doubles it.
const FIRST_PAUSE: Duration = Duration::from_millis(100);

/// Counts failures in a row: the first one costs no pause, then pauses grow up to a limit.
#[derive(Debug)]
pub(crate) struct Backoff {
    failures: u32,
    longest: Duration,
}

impl Backoff {
    pub(crate) fn new(longest: Duration) -> Self {
        Self { failures: 0, longest }
    }

    /// One more failure; the pause before the next attempt.
    pub(crate) fn failed(&mut self) -> Duration {
        self.failures = self.failures.saturating_add(1);
        match self.failures {
            1 => Duration::ZERO,
            failures => FIRST_PAUSE.saturating_mul(1 << (failures - 2).min(20)).min(self.longest),
        }
    }

    /// A worker that ran for long enough was no failure: it ends the row.
    pub(crate) fn ran_for(&mut self, time: Duration) {
        if time >= self.longest {
            self.failures = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_begin_at_once_and_grow_to_the_limit() {
        let mut backoff = Backoff::new(Duration::from_secs(1));
        let pauses: Vec<_> = (0..6).map(|_| backoff.failed().as_millis()).collect();
        assert_eq!(pauses, [0, 100, 200, 400, 800, 1000]);
        backoff.ran_for(Duration::from_millis(999));
        assert_eq!(backoff.failed().as_millis(), 1000);
        backoff.ran_for(Duration::from_secs(1));
        assert_eq!(backoff.failed(), Duration::ZERO);
        for _ in 0..100 {
            assert!(backoff.failed() <= Duration::from_secs(1));
        }
    }
}
