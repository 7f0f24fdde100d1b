//! One line per request on the terminal, in the form of `next dev`.
//!
//! The front threads hand records on and never wait for the terminal; what a full queue cannot take is counted.

use std::fmt::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{SyncSender, TrySendError, sync_channel};
use std::thread;

use owo_colors::Style;
use routewerk_server::{Observer, RequestEnd, RequestRecord};

use crate::dev::state::DevState;
use crate::report::{self, Report};

/// Lines that wait for the terminal.
const QUEUE: usize = 1024;
/// Longer targets are cut.
const MAX_TARGET_CHARS: usize = 500;

/// Prints requests.
pub(crate) struct RequestLog {
    state: Arc<DevState>,
    lines: SyncSender<Line>,
    dropped: Arc<AtomicU64>,
}

/// What a line shows.
struct Line {
    text: String,
    status: Option<u16>,
    rest: String,
}

impl RequestLog {
    /// Begins to print, on a thread that ends with this value.
    ///
    /// # Errors
    /// The system's, if the thread cannot be started.
    pub(crate) fn begin(state: Arc<DevState>, report: Report) -> std::io::Result<Self> {
        let (lines, received) = sync_channel::<Line>(QUEUE);
        let dropped = Arc::new(AtomicU64::new(0));
        let counted = Arc::clone(&dropped);
        thread::Builder::new().name("request-log".to_owned()).spawn(move || {
            for line in received {
                report.line(format!(" {} {} {}", line.text, shown_status(line.status, report), line.rest));
                let missed = counted.swap(0, Ordering::Relaxed);
                if missed > 0 {
                    report.warn(format!("{missed} requests were not listed: the terminal was too slow."));
                }
            }
        })?;
        Ok(Self { state, lines, dropped })
    }
}

impl Observer for RequestLog {
    fn finished(&self, record: &RequestRecord<'_>) {
        let is_redirect = record.route.is_none() && record.status == Some(308);
        if is_redirect || !self.state.logs_requests.load(Ordering::Relaxed) {
            return;
        }
        let method = String::from_utf8_lossy(record.method);
        let target: String = String::from_utf8_lossy(record.target).chars().take(MAX_TARGET_CHARS).collect();
        let mut rest = format!("in {}", report::duration(record.duration));
        if let Some(handler) = record.handler_time {
            let own = report::duration(record.duration.saturating_sub(handler));
            // Writing to a string cannot fail.
            let _ = write!(rest, " (routewerk: {own}, application-code: {})", report::duration(handler));
        }
        match record.end {
            RequestEnd::Completed => {}
            RequestEnd::ClientGone => rest.push_str(" (the client left)"),
            RequestEnd::Failed(error) => {
                let _ = write!(rest, " ({error})");
            }
            RequestEnd::Broken(error) => {
                let _ = write!(rest, " ({error})");
            }
        }
        let line = Line { text: format!("{method} {target}"), status: record.status, rest };
        if let Err(TrySendError::Full(_)) = self.lines.try_send(line) {
            self.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }
}

fn shown_status(status: Option<u16>, report: Report) -> String {
    let Some(status) = status else { return "-".to_owned() };
    let style = match status {
        200..300 => Style::new().green(),
        300..400 => Style::new().cyan(),
        400..500 => Style::new().yellow(),
        _ => Style::new().red(),
    };
    report.styled(status, style)
}
