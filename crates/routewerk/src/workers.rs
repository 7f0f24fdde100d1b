//! What the workers of a server or of a build are started with: their script, their environment, the question `init`,
//! and the launcher by which they die with their parent. The pool itself is routewerk-engine's.

use std::ffi::OsString;
use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use routewerk_engine::{Launcher, Limits, PoolOptions, Runtime, WorkerPool, WorkerSink, WorkerSpec};
use routewerk_handler::HandlerHost;

use crate::env_vars;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::launcher;
use crate::listening::Listening;
use crate::runtime;
use crate::settings::ServeSettings;

/// What a worker serves.
#[derive(Clone, Debug)]
pub(crate) struct WorkerFiles {
    /// `production` or `development`.
    pub mode: &'static str,
    /// The worker's script.
    pub script: PathBuf,
    /// The directory that the manifest's entries are relative to.
    pub build: PathBuf,
    /// The manifest.
    pub manifest: PathBuf,
    /// The secret of the draft-mode cookie.
    pub draft_secret: Option<String>,
}

/// Makes the pool's view of a server.
#[derive(Clone, Debug)]
pub(crate) struct WorkerSetup {
    /// The project's directory.
    root: PathBuf,
    /// The runtime.
    runtime: Runtime,
    /// Where the first worker's debugger listens.
    debugger: Option<SocketAddr>,
    /// The origin for calls that no client makes.
    origin: String,
    /// Variables that the server sets.
    own_variables: Vec<(OsString, OsString)>,
    /// Whether workers load routes that nobody has called yet.
    loads_all: bool,
}

impl WorkerSetup {
    /// What is the same for all workers of a server, reloads included.
    pub(crate) fn new(settings: &ServeSettings, runtime: Runtime, listening: &Listening) -> Self {
        let origin = format!("http://{}:{}", settings.listen.origin_host(), listening.port);
        let own_variables = vec![
            (env_vars::PORT.into(), listening.port.to_string().into()),
            (env_vars::NEXT_PRIVATE_ORIGIN.into(), listening.local_url.clone().into()),
        ];
        let debugger = settings.inspect;
        Self { root: settings.root.clone(), runtime, debugger, origin, own_variables, loads_all: true }
    }

    /// What a worker of a build has: no client will ever call it.
    pub(crate) fn for_build(root: &Path, runtime: Runtime, origin: &str) -> Self {
        Self {
            root: root.to_path_buf(),
            runtime,
            debugger: None,
            origin: origin.to_owned(),
            own_variables: vec![(env_vars::NEXT_PHASE.into(), "phase-production-build".into())],
            loads_all: false,
        }
    }

    /// The runtime.
    pub(crate) const fn runtime(&self) -> &Runtime {
        &self.runtime
    }

    /// What a worker runs.
    pub(crate) fn spec(&self, files: &WorkerFiles, project_variables: Vec<(OsString, OsString)>) -> WorkerSpec {
        let mut env = project_variables;
        env.extend(self.own_variables.iter().cloned());
        WorkerSpec {
            script: files.script.clone(),
            runtime_args: Vec::new(),
            debugger: self.debugger,
            env,
            cwd: self.root.clone(),
            init: serde_json::json!({
                "mode": files.mode, "root": self.root, "build": files.build, "manifest": files.manifest,
                "origin": self.origin, "draftModeId": files.draft_secret, "loadsAll": self.loads_all,
            }),
        }
    }
}

/// Starts the workers; they are ready later.
///
/// # Errors
/// A [`Failure`] if the pool itself cannot be made.
pub(crate) fn start(
    settings: &ServeSettings,
    setup: &WorkerSetup,
    spec: WorkerSpec,
    host: Arc<dyn HandlerHost>,
    sink: Arc<dyn WorkerSink>,
) -> Result<Arc<WorkerPool>, Failure> {
    let size = PoolSize { workers: settings.workers, front_threads: settings.threads };
    start_pool(setup, spec, size, settings.engine.clone(), host, sink)
}

/// How many workers, and how many threads call them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PoolSize {
    /// Workers.
    pub workers: NonZeroUsize,
    /// Threads that call them.
    pub front_threads: NonZeroUsize,
}

/// Starts workers of any command.
///
/// # Errors
/// A [`Failure`] if the pool itself cannot be made.
pub(crate) fn start_pool(
    setup: &WorkerSetup,
    spec: WorkerSpec,
    size: PoolSize,
    limits: Limits,
    host: Arc<dyn HandlerHost>,
    sink: Arc<dyn WorkerSink>,
) -> Result<Arc<WorkerPool>, Failure> {
    let launcher = own_program().map(|program| Launcher { program, args: vec![launcher::COMMAND.into(), "--".into()] });
    let options = PoolOptions {
        runtime: setup.runtime.clone(),
        launcher,
        spec,
        workers: size.workers,
        front_threads: size.front_threads,
        limits,
        sink,
        temp_dir: std::env::temp_dir(),
    };
    let pool = WorkerPool::start(options, host).map_err(|error| runtime::start_failure(&error, &setup.runtime))?;
    Ok(Arc::new(pool))
}

/// This very program, by which workers are started; without it they are started directly.
fn own_program() -> Option<PathBuf> {
    // The link stays valid when the file is replaced by a newer version while the server runs.
    let link = Path::new("/proc/self/exe");
    if link.exists() {
        return Some(PathBuf::from(format!("/proc/{}/exe", std::process::id())));
    }
    std::env::current_exe().ok()
}

/// Waits for the first worker.
///
/// # Errors
/// A [`Failure`] with [`Exit::Worker`] or [`Exit::Runtime`] if it cannot be started.
pub(crate) async fn first_ready(pool: &WorkerPool, runtime: &Runtime) -> Result<(), Failure> {
    let Err(error) = pool.ready().await else { return Ok(()) };
    // What the worker wrote goes to the terminal before the message that ends the command.
    pool.shutdown(Duration::ZERO).await;
    let failure = runtime::start_failure(&error, runtime);
    Err(match failure.exit {
        Exit::Worker => failure.with_hint("Nothing is served: a worker has to start before the first request."),
        _ => failure,
    })
}
