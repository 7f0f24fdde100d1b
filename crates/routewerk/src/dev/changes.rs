//! What a save leads to: workers drop modules, routes come and go, a changed configuration restarts the workers.
//!
//! The watcher's thread does at once what makes the next answer right ([`Saves::take_in`]); everything that takes longer
//! (checking routes again, looking for routes, restarting) happens in the loop ([`Changes::work_in`]).

use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::sync::{Arc, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;
use routewerk_bundle::RuntimeSources;
use routewerk_bundle::dev::{DevOptions, Invalidation, ModuleGraph, WatchEvent, Watcher};
use routewerk_engine::WorkerPool;
use routewerk_handler::RouteId;
use routewerk_routes::RouteSet;
use routewerk_server::SharedSite;
use tokio::sync::mpsc;

use crate::dev::state::DevState;
use crate::dev::table::DevTable;
use crate::env_vars::Environment;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::next_config::{self, Phase};
use crate::output::Workspace;
use crate::project::{self, Project};
use crate::report::{self, Report};
use crate::site::Slots;
use crate::workers::{WorkerFiles, WorkerSetup};
use crate::{runtime, types};

/// Saves that wait for the loop; the watcher collects while it is full.
pub(crate) const QUEUE: usize = 64;
/// How long a worker may take to say that it has heard of new routes.
const HEARD_LIMIT: Duration = Duration::from_secs(2);
/// How long calls of a route that was saved wait for a worker that does not say that it has heard of it.
const SAVE_HEARD_LIMIT: Duration = Duration::from_secs(10);

/// What has happened, after the workers have been told of it.
#[derive(Debug, Default)]
pub(crate) struct Change {
    /// What was saved.
    paths: Vec<PathBuf>,
    /// Routes whose modules changed and must be checked again.
    routes: Vec<RouteId>,
    /// Anything may have changed.
    is_anything: bool,
    /// A worker has started; it may have read a route table that was replaced while it did.
    has_new_worker: bool,
}

impl Change {
    /// A worker has become ready.
    pub(crate) fn new_worker() -> Self {
        Self { has_new_worker: true, ..Self::default() }
    }

    /// Both: a checkout of another branch saves a hundred files and needs one restart.
    pub(crate) fn and(mut self, other: Self) -> Self {
        self.paths.extend(other.paths);
        self.routes.extend(other.routes);
        self.is_anything |= other.is_anything;
        self.has_new_worker |= other.has_new_worker;
        self
    }
}

/// The watcher, once there is one: module graphs are made before it.
#[derive(Clone, Debug, Default)]
pub(crate) struct WatcherCell(Arc<OnceLock<Watcher>>);

impl WatcherCell {
    /// The watcher has started.
    pub(crate) fn set(&self, watcher: Watcher) {
        // There is one per server; a second one would be dropped, which ends it.
        drop(self.0.set(watcher));
    }

    /// Watches a configuration that lies above the project.
    pub(crate) fn watch_config(&self, project: &Project) {
        if let Some(file) = project.config.file.as_deref().filter(|file| !file.starts_with(&project.root)) {
            self.watch(file);
        }
    }

    fn watch(&self, place: &Path) {
        if let Some(watcher) = self.0.get() {
            watcher.watch(place);
        }
    }
}

/// The watcher's side.
pub(crate) struct Saves {
    /// What `dev` knows.
    pub state: Arc<DevState>,
    /// The workers.
    pub pool: Arc<WorkerPool>,
    /// To the loop.
    pub changes: mpsc::Sender<Change>,
    /// Where the workers' answers are waited for.
    pub event_loop: tokio::runtime::Handle,
    /// The terminal.
    pub report: Report,
}

impl Saves {
    /// Takes an event in, on the watcher's thread.
    pub(crate) fn take_in(&self, event: WatchEvent) {
        let change = match event {
            WatchEvent::Notice(text) => {
                self.report.warn(text);
                return;
            }
            WatchEvent::Saved(paths) => {
                let found = self.state.graph().changed(paths.iter().cloned());
                Change { paths, routes: self.tell(&found), ..Change::default() }
            }
            WatchEvent::LostCount => {
                let routes = self.tell(&self.state.graph().changed_anywhere());
                Change { routes, is_anything: true, ..Change::default() }
            }
        };
        // The loop is gone when the server is ending.
        drop(self.changes.blocking_send(change));
    }

    /// Tells the workers; the routes that are no longer known to compile.
    fn tell(&self, found: &Invalidation) -> Vec<RouteId> {
        if found.is_empty() {
            return Vec::new();
        }
        let (save, routes) = self.state.invalidate(&found.entries);
        match serde_json::to_vec(found) {
            Ok(json) => self.announce(json, save),
            Err(error) => {
                tracing::error!(%error, "`modules.changed` cannot be written");
                self.state.workers_heard(save);
            }
        }
        routes
    }

    /// Tells the workers, and lets calls of the routes pass as soon as all have heard of it.
    fn announce(&self, json: Vec<u8>, save: u64) {
        let state = Arc::clone(&self.state);
        match self.pool.announce("modules.changed", Bytes::from(json)) {
            Ok(answers) => {
                self.event_loop.spawn(async move {
                    // A worker that fails or ends loads its modules anew.
                    if tokio::time::timeout(SAVE_HEARD_LIMIT, answers).await.is_err() {
                        tracing::warn!("a worker has not heard of a save in time");
                    }
                    state.workers_heard(save);
                });
            }
            Err(error) => {
                tracing::warn!(%error, "workers were not told of a save");
                state.workers_heard(save);
            }
        }
    }
}

/// The loop's side.
pub(crate) struct Changes<'dev> {
    /// What `dev` knows.
    pub state: Arc<DevState>,
    /// The project as it was last read.
    pub project: Project,
    /// The numbers of patterns.
    pub slots: Slots,
    /// The workers.
    pub pool: Arc<WorkerPool>,
    /// What they are started with.
    pub setup: WorkerSetup,
    /// Where the manifest for workers lies.
    pub workspace: Workspace,
    /// The workers' script.
    pub script: PathBuf,
    /// The secret of the draft-mode cookie, as long as the server runs.
    pub draft_secret: String,
    /// What is served.
    pub site: SharedSite,
    /// Watches places outside of the project.
    pub watcher: WatcherCell,
    /// The environment of the process.
    pub environment: &'dev Environment,
    /// The terminal.
    pub report: Report,
}

impl Changes<'_> {
    /// Works a change in.
    pub(crate) async fn work_in(&mut self, change: Change) {
        if change.has_new_worker {
            tell_site(&self.pool, &self.state.table());
        }
        if let Some(reason) = self.restart_reason(&change.paths) {
            self.report.line(reason);
            self.restart().await;
            return;
        }
        if change.paths.contains(&self.project.root.join("package.json"))
            && let Err(failure) = project::check_package_json(&self.project.root)
        {
            self.report.failure(&failure);
        }
        if change.is_anything || change.paths.iter().any(|path| self.may_be_route(path)) {
            self.rescan().await;
        }
        self.check_again(change.routes).await;
    }

    /// Why the workers must be restarted; `None` if nothing that they were started with has changed. A tsconfig.json or
    /// package.json is no reason: the module graph takes it in, and the modules that it makes others are replaced alone.
    fn restart_reason(&self, paths: &[PathBuf]) -> Option<String> {
        for path in paths {
            let Some(name) = path.file_name().and_then(|name| name.to_str()) else { continue };
            let is_here = path.parent() == Some(&self.project.root);
            let is_loaded = self.project.config.file.as_deref() == Some(path);
            if is_loaded || (is_here && next_config::is_config_name(name)) {
                return Some(format!("  Found a change in {name}. Restarting the server to apply the changes..."));
            }
            if is_here && self.project.environment.file_names.iter().any(|one| one == name) {
                return Some(format!("  Reload env: {name}"));
            }
        }
        None
    }

    /// Whether a save can have made, removed or moved a route.
    fn may_be_route(&self, path: &Path) -> bool {
        let Ok(inside) = path.strip_prefix(&self.project.root) else { return false };
        let inside = inside.strip_prefix("src").unwrap_or(inside);
        let is_in_app = inside.starts_with("app");
        if !is_in_app && !inside.starts_with("pages") {
            return inside.as_os_str().is_empty();
        }
        if !path.is_file() {
            // Gone, or a folder.
            return true;
        }
        let is_known = path.to_str().is_some_and(|path| self.state.table().route(path).is_some());
        let name = path.file_name().map(|name| name.to_string_lossy()).unwrap_or_default();
        !is_known && (!is_in_app || name.starts_with("route.") || name.starts_with("page."))
    }

    /// Looks for routes again.
    async fn rescan(&mut self) {
        let routes = match self.project.scan() {
            Ok(routes) => routes,
            Err(failure) => {
                self.report.failure(&failure);
                return;
            }
        };
        if routes == *self.state.table().set() {
            return;
        }
        project::print_scan_warnings(&routes, self.report);
        if let Some(failure) = project::conflict_failure(&routes) {
            self.report.failure(&failure);
        }
        let table = DevTable::new(&self.project.root, routes, &self.project.config, &mut self.slots);
        if let Err(failure) = self.serve(table).await {
            self.report.failure(&failure);
        }
    }

    /// Puts a table into service: workers first, then the site.
    async fn serve(&mut self, table: DevTable) -> Result<(), Failure> {
        write_types(&self.project, &table, self.report);
        write_manifest(&table, &self.workspace)?;
        let table = self.state.replace_table(table);
        // A route may have another file, or a conflict less or more.
        self.state.forget_readiness();
        tell_site(&self.pool, &table);
        // The control socket keeps its order: who has answered has heard of the new routes.
        let heard = self.pool.ask_all("ping", Bytes::from_static(b"{}"));
        if tokio::time::timeout(HEARD_LIMIT, heard).await.is_err() {
            tracing::warn!("a worker has not heard of the new routes in time");
        }
        let site = table.site(&self.project.config, &mut self.slots, &self.state.methods, self.report);
        self.site.replace(Arc::new(site));
        Ok(())
    }

    /// Checks routes again, so that an error is on the terminal before anybody asks.
    async fn check_again(&self, mut routes: Vec<RouteId>) {
        for broken in self.state.broken_routes() {
            if !routes.contains(&broken) {
                routes.push(broken);
            }
        }
        let state = Arc::clone(&self.state);
        let check = tokio::task::spawn_blocking(move || {
            for route in routes {
                // What is wrong is on the terminal by now.
                drop(state.check(route));
            }
        });
        if let Err(error) = check.await {
            tracing::error!(%error, "a check ended early");
        }
    }

    /// Reads environment and configuration again and restarts the workers; connections stay.
    pub(crate) async fn restart(&mut self) {
        let begun = Instant::now();
        let (project, routes, graph) = match self.read_again().await {
            Ok(read) => read,
            Err(failure) => {
                self.report.failure(&failure);
                self.report.warn("The configuration before stays in force until this is mended.");
                return;
            }
        };
        match self.replace(project, routes, graph).await {
            Ok(()) => self.report.done(format!("Restarted in {}", report::duration(begun.elapsed()))),
            Err(failure) => {
                self.report.failure(&failure);
                self.report.warn("New workers could not be started; those from before go on.");
            }
        }
    }

    /// Reads everything again before anything is replaced.
    async fn read_again(&self) -> Result<(Project, RouteSet, ModuleGraph), Failure> {
        let (root, runtime) = (&self.project.root, self.setup.runtime());
        let project = Project::load(root, Phase::Development, runtime, self.environment, self.report).await?;
        let routes = project.scan()?;
        let graph = module_graph(&project, &self.watcher)?;
        Ok((project, routes, graph))
    }

    /// Puts what was read into service and starts new workers.
    async fn replace(&mut self, project: Project, routes: RouteSet, graph: ModuleGraph) -> Result<(), Failure> {
        self.watcher.watch_config(&project);
        self.project = project;
        self.state.replace_graph(graph);
        apply_config(&self.state, &self.project);
        let table = DevTable::new(&self.project.root, routes, &self.project.config, &mut self.slots);
        self.serve(table).await?;
        let files = worker_files(&self.script, &self.workspace, &self.draft_secret);
        let spec = self.setup.spec(&files, self.project.environment.for_workers());
        let reloaded = self.pool.reload(spec).await;
        reloaded.map_err(|error| runtime::start_failure(&error, self.setup.runtime()))
    }
}

/// Writes the types of the routes; a project that cannot have them is served all the same.
pub(crate) fn write_types(project: &Project, table: &DevTable, report: Report) {
    if let Err(failure) = types::write(project, table.set()) {
        report.failure(&failure);
    }
}

/// Tells the workers the route table.
fn tell_site(pool: &WorkerPool, table: &DevTable) {
    let told = serde_json::to_vec(&serde_json::json!({ "routes": table.manifest().routes }))
        .map_err(|error| error.to_string())
        .and_then(|json| pool.tell("site", Bytes::from(json)).map_err(|error| error.to_string()));
    if let Err(error) = told {
        tracing::warn!(error, "workers were not told of the routes");
    }
}

/// What a worker in development is started with.
pub(crate) fn worker_files(script: &Path, workspace: &Workspace, draft_secret: &str) -> WorkerFiles {
    WorkerFiles {
        mode: "development",
        script: script.to_path_buf(),
        build: workspace.path().to_path_buf(),
        manifest: workspace.path().join(routewerk_bundle::MANIFEST_FILE),
        draft_secret: Some(draft_secret.to_owned()),
    }
}

/// Writes what workers read when they start.
pub(crate) fn write_manifest(table: &DevTable, workspace: &Workspace) -> Result<(), Failure> {
    table.manifest().write(workspace.path()).map_err(|error| Failure::new(Exit::Failed, error.to_string()))
}

/// A new module graph for a project.
///
/// # Errors
/// A [`Failure`] if a replacement of next.config's `env` is not possible.
pub(crate) fn module_graph(project: &Project, watcher: &WatcherCell) -> Result<ModuleGraph, Failure> {
    let next_modules = RuntimeSources::embedded().next_modules().map_err(|error| project::build_failure(&[error]))?;
    let mut options = DevOptions::new(project.resolve_settings(true, next_modules));
    options.defines = project.defines(true);
    options.cache_components = project.config.uses_cache_components();
    options.use_cache = project.config.use_cache();
    let graph = ModuleGraph::new(options).map_err(|error| Failure::new(Exit::Config, error.to_string()))?;
    let watcher = watcher.clone();
    graph.on_outside_place(move |place| watcher.watch(place));
    Ok(graph)
}

/// Takes over what the state needs of a configuration.
pub(crate) fn apply_config(state: &DevState, project: &Project) {
    *state.allowed_origins.write().unwrap_or_else(PoisonError::into_inner) =
        Arc::new(project.config.allowed_dev_origins.clone());
    state.logs_requests.store(project.config.logs_requests, Ordering::Relaxed);
}
