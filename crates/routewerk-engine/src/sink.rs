//! What comes out of the workers besides replies: lines of output, and events of their life cycle.

use std::net::SocketAddr;
use std::time::Duration;

use crate::StartError;

/// Which stream a line was written to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OutputStream {
    /// Standard output.
    Stdout,
    /// Standard error.
    Stderr,
}

/// One line that a worker wrote.
#[derive(Clone, Copy, Debug)]
pub struct OutputLine<'line> {
    /// The worker's number.
    pub worker: u32,
    /// The stream.
    pub stream: OutputStream,
    /// The line without its line feed. Lines longer than 16 KiB arrive in pieces.
    pub text: &'line [u8],
    /// False when the line goes on in the next `OutputLine` of this worker and stream.
    pub is_complete: bool,
}

/// What happened to a worker.
#[derive(Clone, Debug)]
pub enum WorkerEvent {
    /// A worker is ready for calls.
    Ready {
        /// The worker's number.
        worker: u32,
        /// Its process.
        pid: u32,
        /// From spawn to ready.
        took: Duration,
        /// Where its debugger listens; `None` where it has none or the runtime has chosen the port.
        debugger: Option<SocketAddr>,
    },
    /// A worker could not be started; another attempt follows after the pause.
    StartFailed {
        /// The worker's number.
        worker: u32,
        /// Why.
        error: StartError,
        /// The pause before the next attempt.
        retry_in: Duration,
    },
    /// A worker that was ready died by itself; it is being replaced.
    Died {
        /// The worker's number.
        worker: u32,
        /// How it ended: `exit code 1`, `signal 11 (SIGSEGV)`, …
        how: String,
        /// How many calls it held.
        calls: u32,
    },
    /// A worker's event loop stood still for longer than the stall limit; it was killed and is being replaced.
    Stalled {
        /// The worker's number.
        worker: u32,
        /// The limit.
        limit: Duration,
        /// How many calls it held.
        calls: u32,
    },
    /// A worker broke the protocol; it was killed and is being replaced.
    Violated {
        /// The worker's number.
        worker: u32,
        /// What it sent.
        what: String,
        /// How many calls it held.
        calls: u32,
    },
    /// A worker that was told to drain is gone.
    Drained {
        /// The worker's number.
        worker: u32,
        /// False when it had to be killed at the drain limit.
        in_time: bool,
    },
    /// The sink was too slow: so many lines of output were dropped.
    OutputDropped {
        /// How many lines.
        lines: u64,
    },
}

/// Takes the workers' output and the pool's events, in order, on a thread of its own.
///
/// It may block (a terminal that is stopped, a full pipe): up to 4 MiB of output wait for it, more is dropped
/// and counted in [`WorkerEvent::OutputDropped`]. Workers never wait for it.
pub trait WorkerSink: Send + Sync {
    /// A line of a worker's output.
    fn line(&self, line: OutputLine<'_>);

    /// An event of a worker's life.
    fn event(&self, event: WorkerEvent);
}
