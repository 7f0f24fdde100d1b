//! Runs handlers in JavaScript worker processes: spawn, channel, frames, bodies, abort, balance, health, replace,
//! drain, reload.

mod error;
mod frames;
mod launch;
mod options;
mod pool;
mod sink;
mod status;
mod thread_engine;

pub use error::{AskError, StartError};
pub use frames::typescript_constants;
pub use launch::exec_worker;
pub use options::{Launcher, Limits, PoolOptions, Runtime, RuntimeKind, WorkerSpec};
pub use pool::WorkerPool;
pub use sink::{OutputLine, OutputStream, WorkerEvent, WorkerSink};
pub use status::{PoolStatus, WorkerState, WorkerStatus};
pub use thread_engine::ThreadEngine;
