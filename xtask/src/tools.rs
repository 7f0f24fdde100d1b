//! Small tools that the checks use, installed below `target/tools` on first use, at fixed versions.
//!
//! `cargo-deny` is built by cargo (a minute on two cores), `typos` comes as a finished binary in its Python package,
//! with cargo as the way out on a machine without pip. Biome comes from npm.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::{process, workspace};

const CARGO_DENY: &str = "0.20.2";
const TYPOS: &str = "1.52.0";
const BIOME: &str = "2.4.2";

/// The path of `cargo-deny`.
pub(crate) fn cargo_deny() -> Result<PathBuf> {
    installed("cargo-deny", CARGO_DENY, |folder| cargo_install("cargo-deny", CARGO_DENY, folder))
}

/// The path of `typos`.
pub(crate) fn typos() -> Result<PathBuf> {
    installed("typos", TYPOS, |folder| {
        let mut pip = Command::new("python3");
        pip.args(["-m", "pip", "install", "--quiet", "--no-deps", "--target"]).arg(folder);
        pip.arg(format!("typos=={TYPOS}")).env("PIP_DISABLE_PIP_VERSION_CHECK", "1");
        process::run(&mut pip).or_else(|_| cargo_install("typos-cli", TYPOS, folder))
    })
}

/// The path of Biome, the linter for TypeScript.
pub(crate) fn biome() -> Result<PathBuf> {
    installed("biome", BIOME, |folder| {
        let mut npm = Command::new("npm");
        npm.args(["install", "--no-audit", "--no-fund", "--loglevel=error", "--prefix"]).arg(folder);
        process::run(npm.arg(format!("@biomejs/biome@{BIOME}")))?;
        std::fs::create_dir_all(folder.join("bin")).context("cannot create a folder")?;
        std::os::unix::fs::symlink("../node_modules/.bin/biome", folder.join("bin/biome")).context("cannot make a link")
    })
}

/// The folder of one version of one tool is complete or absent: it is filled aside and then renamed.
fn installed(name: &str, version: &str, install: impl FnOnce(&Path) -> Result<()>) -> Result<PathBuf> {
    let tools = workspace::target().join("tools");
    let folder = tools.join(format!("{name}-{version}"));
    let binary = folder.join("bin").join(name);
    if binary.is_file() {
        return Ok(binary);
    }
    println!("installing {name} {version} below {}", tools.display());
    let aside = tools.join(format!("{name}-{version}.part"));
    workspace::remove_tree(&aside)?;
    workspace::remove_tree(&folder)?;
    std::fs::create_dir_all(&aside).with_context(|| format!("cannot create `{}`", aside.display()))?;
    install(&aside)?;
    std::fs::rename(&aside, &folder).with_context(|| format!("cannot create `{}`", folder.display()))?;
    Ok(binary)
}

fn cargo_install(package: &str, version: &str, folder: &Path) -> Result<()> {
    let mut cargo = Command::new("cargo");
    cargo.args(["install", package, "--version", version, "--locked", "--debug", "--quiet", "--root"]).arg(folder);
    // Outside the workspace's target folder, whose lock this process's own cargo may hold, and dropped afterwards.
    let build = folder.join("build");
    process::run(cargo.env("CARGO_TARGET_DIR", &build))?;
    workspace::remove_tree(&build)
}
