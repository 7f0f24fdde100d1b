//! npm packages of a folder: installed from its lock file, once per state of that file.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::process;

/// Installs the packages of `folder` unless its `node_modules` already are what its lock file says.
///
/// `npm install --no-save` and not `npm ci`: the latter refuses a lock file that lacks an optional package of another
/// platform, which some registries do not carry.
///
/// The lock file that was installed is kept as `node_modules/.routewerk-lock`, so a changed one is noticed and an
/// interrupted run is not mistaken for a finished one.
///
/// # Errors
/// If there is no lock file, or npm fails.
pub(crate) fn install(folder: &Path) -> Result<()> {
    let lock = folder.join("package-lock.json");
    let wanted = std::fs::read(&lock).with_context(|| format!("cannot read `{}`", lock.display()))?;
    let stamp = folder.join("node_modules/.routewerk-lock");
    if std::fs::read(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(());
    }
    println!("installing the npm packages of {}", folder.display());
    let mut command = Command::new("npm");
    command.args(["install", "--no-save", "--no-audit", "--no-fund", "--loglevel=error"]).current_dir(folder);
    process::run(&mut command)?;
    if !folder.join("node_modules").is_dir() {
        bail!("npm left no `node_modules` in `{}`", folder.display());
    }
    std::fs::write(&stamp, wanted).with_context(|| format!("cannot write `{}`", stamp.display()))
}
