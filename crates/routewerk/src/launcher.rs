//! The hidden command by which the server starts its workers: a worker dies with the server, however that ends.

use std::ffi::OsString;

use crate::exit::Exit;
use crate::failure::Failure;

/// The hidden command's name.
pub(crate) const COMMAND: &str = "__worker";

/// Becomes the worker; returns only if that failed.
pub(crate) fn become_worker(arguments: Vec<OsString>) -> Failure {
    let program = arguments.get(1).map(|program| program.to_string_lossy().into_owned()).unwrap_or_default();
    let error = routewerk_engine::exec_worker(arguments);
    Failure::new(Exit::Runtime, format!("`{program}` cannot be started: {error}"))
}
