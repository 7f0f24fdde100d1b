//! A spinner or a bar for what takes longer than a second, on terminals only.

use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::Report;

/// Nothing is drawn for work that ends sooner: a spinner that flashes up is noise.
const QUIET: Duration = Duration::from_secs(1);

/// A piece of work under way. Dropping it removes its line.
pub(crate) struct Progress {
    bar: ProgressBar,
    begun: Instant,
    _drawer: Option<DrawLater>,
}

/// Starts the drawing after the quiet time unless the work has ended.
struct DrawLater {
    stop: std::sync::mpsc::SyncSender<()>,
}

impl Progress {
    /// Begins; `what` is shown beside the spinner.
    pub(crate) fn begin(report: Report, what: &str) -> Self {
        Self::with_template(report, what, None, "{spinner} {msg} ({elapsed})")
    }

    /// Begins work of so many steps, shown as a bar.
    pub(crate) fn counting(report: Report, what: &str, steps: u64) -> Self {
        Self::with_template(report, what, Some(steps), "{spinner} {msg} {bar:20} {pos}/{len} ({elapsed})")
    }

    fn with_template(report: Report, what: &str, steps: Option<u64>, template: &'static str) -> Self {
        let bar = ProgressBar::with_draw_target(steps, ProgressDrawTarget::hidden());
        bar.set_message(what.to_owned());
        let drawer = report.is_interactive().then(|| {
            let (stop, stopped) = std::sync::mpsc::sync_channel(1);
            let bar = bar.clone();
            let draw = move || {
                if stopped.recv_timeout(QUIET) == Err(std::sync::mpsc::RecvTimeoutError::Timeout) {
                    if let Ok(style) = ProgressStyle::with_template(template) {
                        bar.set_style(style);
                    }
                    bar.set_draw_target(ProgressDrawTarget::stderr());
                    bar.enable_steady_tick(Duration::from_millis(100));
                }
            };
            // A machine that cannot start a thread shows no spinner; the work itself goes on.
            drop(std::thread::Builder::new().name("progress".to_owned()).spawn(draw));
            DrawLater { stop }
        });
        Self { bar, begun: Instant::now(), _drawer: drawer }
    }

    /// A step is done.
    pub(crate) fn advance(&self) {
        self.bar.inc(1);
    }

    /// The time since the beginning.
    pub(crate) fn elapsed(&self) -> Duration {
        self.begun.elapsed()
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

impl Drop for DrawLater {
    fn drop(&mut self) {
        // The thread may have begun to draw already and be gone.
        let _ = self.stop.try_send(());
    }
}
