//! Runs handlers in JavaScript worker processes: spawn, channel, frames, bodies, abort, balance, health, replace,
//! drain, reload.

mod call_future;
mod director;
mod error;
mod frames;
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
pub use launch::{exec_failure_code, exec_worker};
pub use options::{Launcher, Limits, PoolOptions, Runtime, RuntimeKind, WorkerSpec};
pub use pool::WorkerPool;
pub use sink::{OutputLine, OutputStream, WorkerEvent, WorkerSink};
pub use status::{PoolStatus, WorkerState, WorkerStatus};
pub use thread_engine::ThreadEngine;
