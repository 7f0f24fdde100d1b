//! Runs handlers in JavaScript worker processes, so that nothing that user code does can take the server down.
//!
//! A [`WorkerPool`] starts the workers, watches over them and replaces them; a [`ThreadEngine`] is what one front thread
//! makes its calls with, a [`HandlerEngine`](routewerk_handler::HandlerEngine). Between a front thread and a worker there is
//! one data socket, between the pool and a worker one control socket. The page `docs/design/channel.md` describes what
//! crosses them; this crate is the front's half, `runtime/channel/` of routewerk-bundle the worker's.
//!
//! This crate knows nothing of HTTP, of routes or of the file system of a project, prints nothing and reads no
//! environment. It holds no lock on the path of a call: calls, replies and bodies stay on one thread.
//! Its threads and tasks, with their bounds, stand in the same page.
//!
//! Reading order: `thread_engine.rs` and `call_future.rs` (the way of a call), `link.rs` (one thread and one worker),
//! `frames.rs` (the protocol), `worker/life.rs` and `worker/supervisor.rs` (the life of a worker), `director.rs` (all of them).

mod call_future;
mod director;
mod error;
mod frames;
#[doc(hidden)]
pub mod fuzzing;
mod incoming;
mod launch;
mod link;
mod lobby;
mod options;
mod outgoing;
mod output;
mod pool;
mod shared;
mod sink;
mod socket;
mod status;
mod thread_engine;
mod worker;

pub use error::{AskError, StartError};
pub use frames::typescript_constants;
pub use launch::{exec_failure_code, exec_failure_line, exec_worker};
pub use options::{Launcher, Limits, PoolOptions, Runtime, RuntimeKind, WorkerSpec};
pub use pool::{WorkerAnswers, WorkerPool};
pub use sink::{OutputLine, OutputStream, WorkerEvent, WorkerSink};
pub use status::{PoolStatus, WorkerState, WorkerStatus};
pub use thread_engine::ThreadEngine;
