//! What workers say, on the terminal: their output as it is, their log records with the marks of Next.js, and one
//! line for each event of their lives that a person should know.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use routewerk_engine::{OutputLine, OutputStream, WorkerEvent, WorkerSink};
use routewerk_handler::HostRequest;
use serde::Deserialize;

use crate::report::{self, Report};

/// Prints what workers say.
#[derive(Clone, Debug)]
pub(crate) struct WorkerVoice {
    report: Report,
    /// A worker has been ready. A start that fails before that ends the command, which says why.
    has_been_ready: Arc<AtomicBool>,
    /// Calls are given up on purpose.
    is_giving_up: Arc<AtomicBool>,
}

/// A record of the topic `log`.
#[derive(Deserialize)]
struct LogRecord {
    level: LogLevel,
    text: String,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum LogLevel {
    Error,
    Warn,
    Info,
}

impl WorkerVoice {
    /// Prints to the report's streams.
    pub(crate) fn new(report: Report) -> Self {
        Self { report, has_been_ready: Arc::default(), is_giving_up: Arc::default() }
    }

    /// From now on it is nothing to be told that a worker is ended within its calls.
    pub(crate) fn gives_up(&self) {
        self.is_giving_up.store(true, Ordering::Relaxed);
    }

    /// Prints a message of the topic `log`; others are none of this file's.
    pub(crate) fn log(&self, message: &HostRequest) {
        if message.topic != "log" {
            return;
        }
        let Ok(record) = serde_json::from_slice::<LogRecord>(&message.payload) else {
            tracing::warn!(worker = message.worker, "a log record that is none");
            return;
        };
        match record.level {
            LogLevel::Error | LogLevel::Warn => self.report.marked_err(&record.text),
            LogLevel::Info => self.report.line(&record.text),
        }
    }
}

impl WorkerSink for WorkerVoice {
    fn line(&self, line: OutputLine<'_>) {
        let end: &[u8] = if line.is_complete { b"\n" } else { b"" };
        let bytes = [line.text, end].concat();
        match line.stream {
            OutputStream::Stdout => self.report.bytes_out(&bytes),
            OutputStream::Stderr => self.report.bytes_err(&bytes),
        }
    }

    fn event(&self, event: WorkerEvent) {
        match event {
            WorkerEvent::Ready { worker, pid, took, debugger } => {
                self.has_been_ready.store(true, Ordering::Relaxed);
                if let Some(address) = debugger {
                    self.report.line(format!("  Worker {worker}: debugger at {address}"));
                }
                tracing::info!(worker, pid, ?took, "ready");
            }
            WorkerEvent::StartFailed { worker, error, .. } if !self.has_been_ready.load(Ordering::Relaxed) => {
                tracing::info!(worker, %error, "could not be started");
            }
            WorkerEvent::StartFailed { error, retry_in, .. } => {
                let pause = report::duration(retry_in);
                self.report.error(format!("A worker could not be started, next attempt in {pause}: {error}"));
            }
            WorkerEvent::Died { how, calls, .. } => {
                self.report.error(format!("A worker ended ({how}){}; it is being replaced.", held(calls)));
            }
            WorkerEvent::Stalled { limit, calls, .. } => {
                let limit = report::duration(limit);
                self.report.error(format!(
                    "A worker did not respond for {limit} (an endless loop?){}; it is being replaced.",
                    held(calls)
                ));
            }
            WorkerEvent::Violated { what, calls, .. } => {
                self.report
                    .error(format!("A worker broke the protocol ({what}){}; it is being replaced.", held(calls)));
            }
            WorkerEvent::Drained { worker, in_time: true } => tracing::info!(worker, "drained"),
            WorkerEvent::Drained { worker, in_time: false } if self.is_giving_up.load(Ordering::Relaxed) => {
                tracing::info!(worker, "ended within its calls");
            }
            WorkerEvent::Drained { in_time: false, .. } => {
                self.report.warn("A worker that was replaced had not finished its calls in time and was ended.");
            }
            WorkerEvent::OutputDropped { lines } => {
                self.report
                    .warn(format!("{lines} lines of the workers' output were dropped: nobody read them in time."));
            }
        }
    }
}

/// ` with 3 calls`
fn held(calls: u32) -> String {
    match calls {
        0 => String::new(),
        1 => " with 1 call".to_owned(),
        _ => format!(" with {calls} calls"),
    }
}
