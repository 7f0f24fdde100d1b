//! Everything that a machine can say about the text of the code, cheapest first.
//!
//! All parts run even when one fails, so that one look shows all there is to mend.

use std::process::Command;

use anyhow::{Result, bail};

use crate::{process, tidy, tools, typescript, workspace};

/// Runs the checks; `fast` leaves out what has to compile.
///
/// # Errors
/// If a check fails; each has printed what is wrong.
pub(crate) fn run(fast: bool) -> Result<()> {
    let mut failed = Vec::new();
    let mut part = |name: &'static str, outcome: Result<()>| {
        if let Err(error) = outcome {
            println!("{name}: {error:#}");
            failed.push(name);
        }
    };
    part("fmt", cargo(&["fmt", "--all", "--check"]));
    part("tidy", tidy::run(!fast));
    part("typos", tools::typos().and_then(|typos| process::run(Command::new(typos).current_dir(workspace::root()))));
    part("deny", deny());
    part("typescript", typescript::check());
    if !fast {
        part(
            "clippy",
            cargo(&["clippy", "--workspace", "--all-targets", "--locked", "--quiet", "--", "-D", "warnings"]),
        );
        part("docs", docs());
    }
    if failed.is_empty() {
        println!("check: all fine");
        return Ok(());
    }
    bail!("failed: {}", failed.join(", "))
}

fn cargo(arguments: &[&str]) -> Result<()> {
    process::run(Command::new("cargo").args(arguments).current_dir(workspace::root()))
}

fn deny() -> Result<()> {
    let mut command = Command::new(tools::cargo_deny()?);
    command.args(["--log-level", "error", "check", "bans", "licenses", "sources"]);
    process::run(command.current_dir(workspace::root()))
}

fn docs() -> Result<()> {
    let mut command = Command::new("cargo");
    command.args(["doc", "--workspace", "--no-deps", "--document-private-items", "--locked", "--quiet"]);
    process::run(command.env("RUSTDOCFLAGS", "-D warnings").current_dir(workspace::root()))
}
