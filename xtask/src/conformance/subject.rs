//! The project of a case in the hands of one framework: copied, built, served, restarted and built again with other files.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::conformance::case::{Asks, Case};
use crate::conformance::origin::Origin;
use crate::conformance::step::Build;
use crate::process::{self, Server};
use crate::workspace;

/// How long a server may take until it says that it is ready.
const READY_LIMIT: Duration = Duration::from_secs(20);

/// A framework.
pub(crate) trait Framework: Sync {
    /// Where a project of that name is copied to.
    fn place(&self, name: &str) -> PathBuf;
    /// Builds the project in a folder; none where it is served from its sources.
    fn build(&self, project: &Path) -> Option<Command>;
    /// Serves the project in a folder.
    fn start(&self, project: &Path, port: u16) -> Command;
    /// What the server prints when it is ready, where its port is open before that.
    fn ready_message(&self) -> Option<&str>;
}

/// A case's project with one framework. What it starts ends with it.
pub(crate) struct Subject<'case> {
    framework: &'case dyn Framework,
    case: &'case Case,
    project: PathBuf,
    port: u16,
    server: Option<Server>,
    /// What the build printed.
    pub(crate) built: String,
    pub(crate) origin: Origin,
}

impl<'case> Subject<'case> {
    /// Copies, builds and serves the project, as far as the requests need it.
    pub(crate) fn new(framework: &'case dyn Framework, case: &'case Case) -> Result<Self> {
        let project = framework.place(&case.id.replace('/', "-"));
        copy(case, &project)?;
        let (origin, port) = (Origin::start()?, process::free_port()?);
        let mut subject = Self { framework, case, project, port, server: None, built: String::new(), origin };
        if case.requests.list.iter().any(|request| !matches!(request.asks, Asks::Build(_))) {
            let (succeeded, text) = subject.run_build(&subject.project)?;
            if !succeeded {
                bail!("the build of `{}` failed\n{text}", case.id);
            }
            subject.built = text;
            subject.start()?;
        }
        Ok(subject)
    }

    /// The running server.
    pub(crate) fn server(&self) -> Result<&Server> {
        self.server.as_ref().with_context(|| format!("`{}` has no server", self.case.id))
    }

    /// The port that the server has or would have.
    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// Ends the server and starts it again on the same port and files.
    pub(crate) fn restart(&mut self) -> Result<()> {
        if let Some(server) = self.server.take() {
            server.stop()?;
        }
        self.start()
    }

    /// Ends the server, if there is one, and returns its exit code.
    pub(crate) fn stop(mut self) -> Result<Option<i32>> {
        self.server.take().map_or(Ok(Some(0)), Server::stop)
    }

    /// Builds the project with further files, in a folder of its own: whether that succeeded, and what it printed.
    pub(crate) fn build_variant(&self, build: &Build) -> Result<(bool, String)> {
        let project = self.framework.place(&format!("{}-variant", self.case.id.replace('/', "-")));
        copy(self.case, &project)?;
        for (name, text) in &build.files {
            let file = project.join(name);
            let folder = file.parent().with_context(|| format!("`{name}` lies nowhere"))?;
            std::fs::create_dir_all(folder).with_context(|| format!("cannot create `{}`", folder.display()))?;
            std::fs::write(&file, text).with_context(|| format!("cannot write `{}`", file.display()))?;
        }
        self.run_build(&project)
    }

    fn run_build(&self, project: &Path) -> Result<(bool, String)> {
        match self.framework.build(project) {
            Some(mut command) => process::transcript(self.with_origin(&mut command)),
            None => Ok((true, String::new())),
        }
    }

    fn start(&mut self) -> Result<()> {
        let mut command = self.framework.start(&self.project, self.port);
        command.args(&self.case.requests.start_arguments);
        let server = Server::start(self.with_origin(&mut command), self.port)?;
        if let Some(message) = self.framework.ready_message() {
            server.wait_for_log(READY_LIMIT, |lines| lines.iter().any(|line| line.contains(message)));
        }
        self.server = Some(server);
        Ok(())
    }

    fn with_origin<'command>(&self, command: &'command mut Command) -> &'command mut Command {
        command.env("ORIGIN_PORT", self.origin.port().to_string())
    }
}

fn copy(case: &Case, project: &Path) -> Result<()> {
    workspace::remove_tree(project)?;
    workspace::copy_tree(&case.folder.join("project"), project)
}
