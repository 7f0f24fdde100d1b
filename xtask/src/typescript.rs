//! Type check, lint and tests of the worker's runtime (`crates/routewerk-bundle/runtime`).
//!
//! The compiler is a dev dependency of the runtime's `package.json`, whose scripts `check` and `build` are used here; the
//! linter is Biome with the rules of `xtask/typescript-lint`. Tests run compiled, with Node's test runner.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::conformance::Tally;
use crate::{examples, npm, process, tools, workspace};

fn folder() -> PathBuf {
    workspace::root().join("crates/routewerk-bundle/runtime")
}

/// Type check and lint.
///
/// # Errors
/// If one of them finds something; it has printed what.
pub(crate) fn check() -> Result<()> {
    npm::install(&folder())?;
    script("check")?;
    let mut lint = Command::new(tools::biome()?);
    lint.args(["lint", "--error-on-warnings", "--max-diagnostics=100", "--config-path"]);
    lint.arg(workspace::root().join("xtask/typescript-lint")).arg(".").current_dir(folder());
    process::run(&mut lint)
}

/// The runtime's own tests.
///
/// # Errors
/// If they do not compile or the runner cannot be started; a failed test is counted.
pub(crate) fn test() -> Result<Tally> {
    build()?;
    let mut files = Vec::new();
    find_tests(&workspace::target().join("runtime-tests/tests"), &mut files)?;
    files.sort();
    let mut node = Command::new("node");
    node.args(["--test", "--test-reporter=tap"]).args(files).current_dir(folder());
    let (succeeded, text) = process::tee(&mut node)?;
    let mut tally = examples::node_tally(&text)?;
    if !succeeded && tally.failed == 0 {
        tally.failed = 1;
    }
    Ok(tally)
}

/// Compiles the runtime with its tests to `target/runtime-tests`.
///
/// # Errors
/// If it does not compile.
pub(crate) fn build() -> Result<()> {
    npm::install(&folder())?;
    script("build")
}

fn script(name: &str) -> Result<()> {
    process::run(Command::new("npm").args(["run", "--silent", name]).current_dir(folder()))
}

fn find_tests(folder: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    for entry in std::fs::read_dir(folder).with_context(|| format!("cannot read `{}`", folder.display()))? {
        let path = entry?.path();
        if path.is_dir() {
            find_tests(&path, files)?;
        } else if path.to_string_lossy().ends_with(".test.js") {
            files.push(path);
        }
    }
    Ok(())
}
