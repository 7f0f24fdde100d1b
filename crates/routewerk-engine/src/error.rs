//! Why a worker could not be started, and why a question to it has no answer.
//!
//! The contract of both: cloneable, because several people wait for the same worker; the text names the program, what
//! was found and what was expected, and is for the terminal and the log, never for a client.

use std::path::PathBuf;
use std::time::Duration;

/// Why a worker could not be started.
#[derive(Clone, Debug, thiserror::Error)]
pub enum StartError {
    /// The runtime's program does not exist (or is not in `PATH`).
    #[error("`{program}` was not found", program = program.display())]
    NotFound {
        /// The program as it was asked for.
        program: PathBuf,
    },
    /// The operating system refused to start the program.
    #[error("`{program}` could not be started: {cause}", program = program.display())]
    Spawn {
        /// The program as it was asked for.
        program: PathBuf,
        /// What the system said.
        cause: String,
    },
    /// The runtime is older than what is served.
    #[error("`{program}` is {runtime} {found}, expected {oldest} or later", program = program.display())]
    TooOld {
        /// The program as it was asked for.
        program: PathBuf,
        /// The runtime's name.
        runtime: &'static str,
        /// Its version.
        found: String,
        /// The oldest version that is served.
        oldest: String,
    },
    /// The worker ended before it was ready.
    #[error("the worker ended at start ({how}){said}", said = said_suffix(fatal.as_deref(), stderr_tail))]
    Exited {
        /// How it ended: `exit code 1`, `signal 11 (SIGSEGV)`, …
        how: String,
        /// What the worker itself gave as the reason.
        fatal: Option<String>,
        /// The end of what it wrote to its standard error, at most 4 KiB.
        stderr_tail: String,
    },
    /// The worker answered `init` with an error.
    #[error("the worker could not start: {message}")]
    Refused {
        /// The worker's message.
        message: String,
    },
    /// The worker was not ready within the limit.
    #[error("the worker was not ready within {limit:?}{said}", said = said_suffix(None, stderr_tail))]
    TimedOut {
        /// The limit.
        limit: Duration,
        /// The end of what it wrote to its standard error, at most 4 KiB.
        stderr_tail: String,
    },
    /// The worker broke the protocol before it was ready.
    #[error("the worker broke the protocol at start: {what}")]
    Protocol {
        /// What it sent.
        what: String,
    },
    /// The front's side could not be set up: sockets, threads, private files.
    #[error("{what}: {cause}")]
    System {
        /// What was tried.
        what: &'static str,
        /// What the system said.
        cause: String,
    },
    /// Another reload was asked for before this one was ready.
    #[error("another reload came first")]
    Superseded,
    /// The pool was shut down first.
    #[error("the server is shutting down")]
    ShuttingDown,
}

/// The worker's own words as the end of a message, if it said any.
fn said_suffix(fatal: Option<&str>, stderr_tail: &str) -> String {
    match (fatal, stderr_tail.trim_end()) {
        (Some(fatal), _) => format!(": {fatal}"),
        (None, "") => String::new(),
        (None, tail) => format!(":\n{tail}"),
    }
}

/// Why a question to a worker has no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AskError {
    /// No such worker, or it is not ready.
    #[error("worker {worker} is not ready")]
    NotReady {
        /// The worker's number.
        worker: u32,
    },
    /// More messages wait for the worker than it reads.
    #[error("worker {worker} does not read its messages")]
    Behind {
        /// The worker's number.
        worker: u32,
    },
    /// The worker ended before it answered.
    #[error("the worker ended before it answered `{topic}`")]
    WorkerDied {
        /// The question's topic.
        topic: String,
    },
    /// The worker's answer is an error.
    #[error("the worker failed to answer `{topic}`: {message}")]
    Failed {
        /// The question's topic.
        topic: String,
        /// The worker's message.
        message: String,
    },
    /// The message is longer than a frame may be.
    #[error("a message of {found_bytes} bytes, expected at most {limit_bytes}")]
    TooLong {
        /// The message's length.
        found_bytes: usize,
        /// The limit.
        limit_bytes: usize,
    },
    /// More messages wait for the pool than it passes on.
    #[error("too many messages to workers wait")]
    Busy,
    /// The pool has shut down.
    #[error("the server is shutting down")]
    ShuttingDown,
}
