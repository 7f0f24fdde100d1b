//! Runs an example the way its user would: `npm ci` where needed, then `routewerk dev`.
//!
//! The server replaces nothing: it is a child on the same terminal, so that Ctrl-C reaches it as it would without
//! this command, and its exit code is handed on.

use std::path::Path;
use std::process::Command;

use anyhow::Result;

use crate::{npm, process, workspace};

/// Serves `project`, a path relative to the repository's root.
pub(crate) fn run(project: &Path, rest: &[String]) -> Result<()> {
    npm::install(&workspace::root().join(project))?;
    let mut cargo = Command::new("cargo");
    cargo.args(["build", "--release", "--package", "routewerk", "--locked"]).current_dir(workspace::root());
    process::run(&mut cargo)?;
    let mut serve = Command::new(workspace::target().join("release/routewerk"));
    serve.arg("dev").arg(project).args(rest).current_dir(workspace::root());
    process::run(&mut serve)
}
