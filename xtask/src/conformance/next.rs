//! Real Next.js, installed below `target` and run on the project of a case.
//!
//! Projects are copied below the folder that holds its `node_modules`, because Turbopack refuses links that leave
//! its root. Builds run one after the other: each takes all processors.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::conformance::case::Case;
use crate::conformance::ours::Mode;
use crate::conformance::subject::Framework;
use crate::process;
use crate::workspace;

/// The version whose answers are the truth.
pub(crate) const VERSION: &str = "16.4.6";
const REACT: &str = "19.3.1";

/// An installation.
pub(crate) struct Next {
    folder: PathBuf,
    node: String,
    mode: Mode,
}

impl Next {
    /// Installs it, unless it is there.
    pub(crate) fn install() -> Result<Self> {
        let folder = workspace::target().join(format!("next-{VERSION}"));
        std::fs::create_dir_all(&folder).with_context(|| format!("cannot create `{}`", folder.display()))?;
        let package = serde_json::json!({
            "name": "recorder",
            "private": true,
            "dependencies": { "next": VERSION, "react": REACT, "react-dom": REACT },
            "devDependencies": { "typescript": "^5", "@types/node": "^20", "@types/react": "^19" },
        })
        .to_string();
        let manifest = folder.join("package.json");
        if std::fs::read_to_string(&manifest).ok().as_deref() != Some(package.as_str())
            || !folder.join("node_modules/next/package.json").is_file()
        {
            std::fs::write(&manifest, package).context("cannot write package.json")?;
            let mut npm = Command::new("npm");
            npm.args(["install", "--no-audit", "--no-fund", "--loglevel=error"]).current_dir(&folder);
            process::run(&mut npm)?;
        }
        let node = process::capture(Command::new("node").arg("--version"))?.trim().to_owned();
        Ok(Self { folder, node, mode: Mode::Start })
    }

    /// The same installation for one case: `next start`, or `next dev` where the case is about that.
    pub(crate) fn for_case(&self, case: &Case) -> Self {
        let mode = case.requests.only.unwrap_or(Mode::Start);
        Self { folder: self.folder.clone(), node: self.node.clone(), mode }
    }

    /// The versions, for `recorded.json`.
    pub(crate) fn about(&self) -> String {
        let major = self.node.trim_start_matches('v').split('.').next().unwrap_or_default();
        format!("next {VERSION}, node {major}")
    }

    /// Where the project of `case` is copied to, below the installation's folder.
    pub(crate) fn place(case: &Case) -> String {
        format!("apps/{}", case.id.replace('/', "-"))
    }

    fn command(&self, project: &Path) -> Command {
        let mut command = Command::new("node");
        command.arg(self.folder.join("node_modules/next/dist/bin/next")).current_dir(project);
        command.env("NEXT_TELEMETRY_DISABLED", "1").env("NO_COLOR", "1").env_remove("PORT").env_remove("HOSTNAME");
        command
    }
}

impl Framework for Next {
    fn place(&self, name: &str) -> PathBuf {
        self.folder.join("apps").join(name)
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
        Some("Ready in")
    }
}
