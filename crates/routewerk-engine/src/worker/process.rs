//! A worker's process: how it is started, how it is watched, how it is ended.
//!
//! It leads a process group of its own. So a terminal's Ctrl-C reaches the front alone, which drains; and what user code
//! has started goes down with a worker that is killed.

use std::ffi::OsString;
use std::net::SocketAddr;
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, ExitStatus, Stdio};
use std::time::Duration;

use command_fds::{CommandFdExt, FdMapping};
use rustix::process::{Pid, Signal, kill_process_group};
use tokio::process::Child;
use tokio::task::JoinSet;

use super::debugger::DebuggerPort;
use super::stdio::{Tail, drain};
use crate::launch::NOT_FOUND_CODE;
use crate::output::Output;
use crate::{Launcher, OutputStream, Runtime, RuntimeKind, StartError, WorkerSpec};

/// The variable by which a worker learns where its sockets are.
const CHANNEL_VARIABLE: &str = "ROUTEWERK_CHANNEL";
/// How long the last lines of a process that has ended may take; a process of the user's may hold the pipe open.
const LAST_LINES_LIMIT: Duration = Duration::from_millis(300);

/// A worker's process. Dropping it kills it and its process group.
pub(crate) struct Process {
    child: Child,
    pid: u32,
    drains: JoinSet<()>,
    tail: Tail,
    debugger: Option<DebuggerPort>,
}

/// How a process ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Exit {
    /// For a message: `exit code 1`, `signal 11 (SIGSEGV)`.
    pub(crate) how: String,
    /// The exit code, if it was not a signal.
    pub(crate) code: Option<i32>,
}

/// What a process is started from.
pub(crate) struct Birth<'birth> {
    pub(crate) worker: u32,
    pub(crate) runtime: &'birth Runtime,
    pub(crate) launcher: Option<&'birth Launcher>,
    pub(crate) spec: &'birth WorkerSpec,
    /// Where its sockets are.
    pub(crate) address: OsString,
    /// What it inherits.
    pub(crate) descriptors: Vec<FdMapping>,
    pub(crate) output: &'birth Output,
    /// Where its debugger is to listen.
    pub(crate) debugger: Option<DebuggerPort>,
}

impl Process {
    /// Starts a worker's process.
    pub(crate) fn spawn(birth: Birth<'_>) -> Result<Self, StartError> {
        let Birth { worker, runtime, launcher, spec, address, descriptors, output, debugger } = birth;
        let mut command = match launcher {
            None => Command::new(&runtime.program),
            Some(launcher) => {
                let mut command = Command::new(&launcher.program);
                command.args(&launcher.args).arg(std::process::id().to_string()).arg(&runtime.program);
                command
            }
        };
        if runtime.kind == RuntimeKind::Deno {
            command.args(["run", "--allow-all", "--quiet"]);
        }
        if let Some(debugger) = &debugger {
            command.arg(format!("--inspect={}", debugger.address()));
        }
        command
            .args(&spec.runtime_args)
            .arg(&spec.script)
            .envs(spec.env.iter().map(|(name, value)| (name, value)))
            .env(CHANNEL_VARIABLE, address)
            .current_dir(&spec.cwd)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        command
            .fd_mappings(descriptors)
            .map_err(|error| StartError::System { what: "the worker's descriptors", cause: error.to_string() })?;
        let mut command = tokio::process::Command::from(command);
        let spawn_error = |error: std::io::Error| match (error.kind(), launcher) {
            (std::io::ErrorKind::NotFound, None) if spec.cwd.is_dir() => {
                StartError::NotFound { program: runtime.program.clone() }
            }
            _ => StartError::Spawn { program: runtime.program.clone(), cause: error.to_string() },
        };
        let mut child = command.kill_on_drop(true).spawn().map_err(spawn_error)?;
        let pid = child.id().expect("a child that was not waited for has an id");
        let tail = Tail::default();
        let mut drains = JoinSet::new();
        if let Some(stdout) = child.stdout.take() {
            drains.spawn_local(drain(stdout, OutputStream::Stdout, worker, output.clone(), None));
        }
        if let Some(stderr) = child.stderr.take() {
            drains.spawn_local(drain(stderr, OutputStream::Stderr, worker, output.clone(), Some(tail.clone())));
        }
        Ok(Self { child, pid, drains, tail, debugger })
    }

    /// The process's id.
    pub(crate) fn pid(&self) -> u32 {
        self.pid
    }

    /// Where its debugger listens, unless the runtime has chosen the place.
    pub(crate) fn debugger(&self) -> Option<SocketAddr> {
        self.debugger.as_ref().map(DebuggerPort::address).filter(|address| address.port() != 0)
    }

    /// Waits for the end of the process. Cancel safe.
    pub(crate) async fn wait(&mut self) -> Exit {
        match self.child.wait().await {
            Ok(status) => Exit::from_status(status),
            // The child is ours and nobody else waits for it, so this is a fault of the system.
            Err(error) => Exit { how: format!("it could not be waited for: {error}"), code: None },
        }
    }

    /// Waits for the end of the process for at most `limit`, then kills it.
    pub(crate) async fn wait_or_kill(&mut self, limit: Duration) -> Exit {
        if let Ok(exit) = tokio::time::timeout(limit, self.wait()).await {
            return exit;
        }
        self.kill();
        self.wait().await
    }

    /// Kills the process and its group, if it is still there.
    pub(crate) fn kill(&mut self) {
        // After the process was waited for its id may be another's.
        let Some(id) = self.child.id() else { return };
        let group = i32::try_from(id).ok().and_then(Pid::from_raw);
        if group.is_none_or(|group| kill_process_group(group, Signal::KILL).is_err()) {
            // The group may not exist yet: the child makes it between `fork` and `exec`.
            if let Err(error) = self.child.start_kill() {
                tracing::warn!(pid = id, %error, "a worker could not be killed");
            }
        }
    }

    /// Waits until the last lines of a process that has ended are handed on, and returns the end of its standard error.
    pub(crate) async fn last_lines(&mut self) -> String {
        let all = async { while self.drains.join_next().await.is_some() {} };
        // A process of the user's that holds the pipe open must not hold the message back.
        let _ = tokio::time::timeout(LAST_LINES_LIMIT, all).await;
        self.tail.text()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

impl Exit {
    fn from_status(status: ExitStatus) -> Self {
        let how = match (status.code(), status.signal()) {
            (Some(code), _) => format!("exit code {code}"),
            (None, Some(signal)) => match signal_name(signal) {
                Some(name) => format!("signal {signal} ({name})"),
                None => format!("signal {signal}"),
            },
            (None, None) => status.to_string(),
        };
        Self { how, code: status.code() }
    }

    /// Whether it is the exit code with which a launcher says that the runtime does not exist.
    pub(crate) fn is_not_found(&self) -> bool {
        self.code == Some(i32::from(NOT_FOUND_CODE))
    }
}

/// The names of the signals that end programs in practice.
fn signal_name(signal: i32) -> Option<&'static str> {
    let named = [
        (Signal::HUP, "SIGHUP"),
        (Signal::INT, "SIGINT"),
        (Signal::QUIT, "SIGQUIT"),
        (Signal::ILL, "SIGILL"),
        (Signal::TRAP, "SIGTRAP"),
        (Signal::ABORT, "SIGABRT"),
        (Signal::BUS, "SIGBUS"),
        (Signal::FPE, "SIGFPE"),
        (Signal::KILL, "SIGKILL"),
        (Signal::SEGV, "SIGSEGV"),
        (Signal::PIPE, "SIGPIPE"),
        (Signal::TERM, "SIGTERM"),
        (Signal::XCPU, "SIGXCPU"),
    ];
    named.iter().find(|(known, _)| known.as_raw() == signal).map(|(_, name)| *name)
}
