//! The hidden command by which the server starts its workers: a worker dies with the server, however that ends.

use std::ffi::OsString;

use routewerk_engine::{exec_failure_code, exec_failure_line, exec_worker};

use crate::report::Report;

/// The hidden command's name.
pub(crate) const COMMAND: &str = "__worker";

/// Becomes the worker. If that fails, returns the exit code by which the server knows why.
pub(crate) fn become_worker(arguments: Vec<OsString>, report: Report) -> u8 {
    let error = exec_worker(arguments);
    report.bytes_err(format!("{}\n", exec_failure_line(&error)).as_bytes());
    exec_failure_code(&error)
}
