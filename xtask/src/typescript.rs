//! Type check, lint and tests of the worker's runtime (`crates/routewerk-bundle/runtime`).
//!
//! The tools are dev dependencies of the runtime's `package.json`; its scripts `typecheck`, `lint` and `test` are
//! the interface, so that this file knows none of them.

use std::path::PathBuf;
use std::process::Command;

use anyhow::Result;

use crate::conformance::Tally;
use crate::{examples, npm, process, workspace};

fn folder() -> PathBuf {
    workspace::root().join("crates/routewerk-bundle/runtime")
}

/// Type check and lint.
pub(crate) fn check() -> Result<()> {
    npm::install(&folder())?;
    script("typecheck")?;
    script("lint")
}

/// The runtime's own tests, with Node's test runner.
pub(crate) fn test() -> Result<Tally> {
    npm::install(&folder())?;
    let mut npm = Command::new("npm");
    npm.args(["run", "--silent", "test"]).env("NODE_OPTIONS", "--test-reporter=tap").current_dir(folder());
    let (succeeded, text) = process::tee(&mut npm)?;
    let mut tally = examples::node_tally(&text)?;
    if !succeeded && tally.failed == 0 {
        tally.failed = 1;
    }
    Ok(tally)
}

fn script(name: &str) -> Result<()> {
    process::run(Command::new("npm").args(["run", "--silent", name]).current_dir(folder()))
}
