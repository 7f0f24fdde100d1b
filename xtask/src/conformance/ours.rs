//! Routewerk, run on the project of a case as its user would: `build` and `start`, or `dev`.
//!
//! Projects are copied below `target/conformance`, without any `node_modules`: what a case needs comes from
//! Routewerk itself.

use std::fmt;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Result;
use clap::ValueEnum;
use serde::{Deserialize, Serialize};

use crate::conformance::case::Case;
use crate::conformance::subject::Framework;
use crate::process;
use crate::workspace;

/// How the project is served.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Mode {
    /// `routewerk build`, then `routewerk start`.
    Start,
    /// `routewerk dev`.
    Dev,
}

impl Mode {
    /// The ways in which `case` is checked.
    pub(crate) fn of(case: &Case) -> Vec<Self> {
        match case.requests.only {
            Some(only) => vec![only],
            None if case.requests.dev => vec![Self::Start, Self::Dev],
            None => vec![Self::Start],
        }
    }
}

impl fmt::Display for Mode {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Start => "start",
            Self::Dev => "dev",
        })
    }
}

/// Builds the command with the profile of tests and returns its path.
pub(crate) fn build_command() -> Result<PathBuf> {
    let mut cargo = Command::new("cargo");
    cargo.args(["build", "--package", "routewerk", "--locked", "--quiet"]).current_dir(workspace::root());
    process::run(&mut cargo)?;
    Ok(workspace::target().join("debug/routewerk"))
}

/// The command at a path, used in one way.
pub(crate) struct Ours<'path> {
    pub(crate) mode: Mode,
    pub(crate) binary: &'path Path,
}

impl Ours<'_> {
    fn command(&self, project: &Path) -> Command {
        let mut command = Command::new(self.binary);
        command.current_dir(project).env("NO_COLOR", "1").env_remove("PORT").env_remove("HOSTNAME");
        command
    }
}

impl Framework for Ours<'_> {
    fn place(&self, name: &str) -> PathBuf {
        workspace::target().join("conformance").join(format!("{name}-{}", self.mode))
    }

    fn build(&self, project: &Path) -> Option<Command> {
        let mut command = self.command(project);
        command.arg("build");
        (self.mode == Mode::Start).then_some(command)
    }

    fn start(&self, project: &Path, port: u16) -> Command {
        let mut command = self.command(project);
        command.args([&self.mode.to_string(), "--port", &port.to_string()]);
        command
    }

    fn ready_message(&self) -> Option<&str> {
        None
    }
}
