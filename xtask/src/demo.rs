//! Runs an example the way its user would: `npm ci` where needed, then `routewerk dev`.
//!
//! The server takes the place of this process, so that Ctrl-C and exit codes are its own.

use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result};

use crate::{npm, process, workspace};

/// Serves `project`, a path relative to the repository's root.
pub(crate) fn run(project: &Path, rest: &[String]) -> Result<()> {
    npm::install(&workspace::root().join(project))?;
    let mut cargo = Command::new("cargo");
    cargo.args(["build", "--release", "--package", "routewerk", "--locked"]).current_dir(workspace::root());
    process::run(&mut cargo)?;
    let mut serve = Command::new(workspace::target().join("release/routewerk"));
    serve.arg("dev").arg(project).args(rest).current_dir(workspace::root());
    let error = serve.exec();
    Err(error).with_context(|| format!("cannot start `{}`", serve.get_program().to_string_lossy()))
}
