//! Routewerk, run on the project of a case as its user would: `build` and `start`, or `dev`.
//!
//! Projects are copied below `target/conformance`, without any `node_modules`: what a case needs comes from
//! Routewerk itself.

use std::fmt;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, bail};
use clap::ValueEnum;
use serde::{Deserialize, Serialize};

use crate::conformance::case::Case;
use crate::process::{self, Server};
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
        if case.requests.dev { vec![Self::Start, Self::Dev] } else { vec![Self::Start] }
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

/// Starts the command on a fresh copy of the project.
pub(crate) fn serve(case: &Case, mode: Mode, binary: &Path) -> Result<Server> {
    let project = workspace::target().join("conformance").join(format!("{}-{mode}", case.id.replace('/', "-")));
    workspace::remove_tree(&project)?;
    workspace::copy_tree(&case.folder.join("project"), &project)?;
    let port = process::free_port()?;
    if mode == Mode::Start {
        let (built, text) = process::transcript(command(binary, &project).arg("build"))?;
        if !built {
            bail!("`routewerk build` failed\n{text}");
        }
    }
    let mut serve = command(binary, &project);
    serve.args([&mode.to_string(), "--port", &port.to_string()]).args(&case.requests.start_arguments);
    Server::start(&mut serve, port)
}

fn command(binary: &Path, project: &Path) -> Command {
    let mut command = Command::new(binary);
    command.current_dir(project).env("NO_COLOR", "1").env_remove("PORT").env_remove("HOSTNAME");
    command
}
