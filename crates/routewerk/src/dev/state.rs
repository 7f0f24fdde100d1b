//! What `dev` knows at the moment, shared by all its threads.
//!
//! A route is *ready* when everything that it reaches compiles and nothing of that has been saved since. The rule for
//! whoever changes this: a save first counts up [`DevState::version`] and takes readiness away, and readiness is only
//! given by whoever saw the same version before and after its check.
//!
//! Workers hear of a save through another socket than of calls. So a route that a save concerns is *unheard of* until every worker
//! has said that it dropped the old modules, and calls of it wait for that: whoever saved a file never gets an answer of
//! the one before.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use routewerk_bundle::dev::{DevError, ModuleGraph, Prepared};
use routewerk_handler::{MethodSet, RouteId};
use tokio::sync::watch;

use crate::dev::error_page::Problem;
use crate::dev::listed::ListedRoutes;
use crate::dev::table::DevTable;
use crate::report::Report;
use crate::routes_table;
use crate::settings::Durations;
use crate::site::MethodTable;

/// Saves that come while a route is being checked are followed so many times; then the last finding counts.
const MAX_CHECKS: usize = 5;

/// What `dev` knows.
pub(crate) struct DevState {
    report: Report,
    graph: RwLock<Arc<ModuleGraph>>,
    table: RwLock<Arc<DevTable>>,
    ready: RwLock<HashSet<RouteId>>,
    /// The routes with `generateStaticParams`.
    pub listed: ListedRoutes,
    /// What the routes export.
    pub methods: Arc<MethodTable>,
    /// How long calls may run.
    durations: Durations,
    version: AtomicU64,
    /// Routes that a save concerns of which a worker has not heard yet, with the number of the last such save.
    unheard: watch::Sender<HashMap<RouteId, u64>>,
    /// Errors that are on the terminal and not yet put right, by route.
    shown: Mutex<HashMap<RouteId, String>>,
    /// `allowedDevOrigins`
    pub allowed_origins: RwLock<Arc<Vec<String>>>,
    /// Whether each request gets a line.
    pub logs_requests: AtomicBool,
}

impl DevState {
    /// The state at the beginning.
    pub(crate) fn new(report: Report, graph: ModuleGraph, table: DevTable, durations: Durations) -> Self {
        Self {
            report,
            graph: RwLock::new(Arc::new(graph)),
            table: RwLock::new(Arc::new(table)),
            ready: RwLock::default(),
            listed: ListedRoutes::default(),
            methods: Arc::default(),
            durations,
            version: AtomicU64::new(0),
            unheard: watch::channel(HashMap::new()).0,
            shown: Mutex::default(),
            allowed_origins: RwLock::default(),
            logs_requests: AtomicBool::new(true),
        }
    }

    /// The module graph.
    pub(crate) fn graph(&self) -> Arc<ModuleGraph> {
        Arc::clone(&self.graph.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// The routes.
    pub(crate) fn table(&self) -> Arc<DevTable> {
        Arc::clone(&self.table.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// The routes are others now.
    pub(crate) fn replace_table(&self, table: DevTable) -> Arc<DevTable> {
        let table = Arc::new(table);
        *self.table.write().unwrap_or_else(PoisonError::into_inner) = Arc::clone(&table);
        table
    }

    /// Everything is compiled anew, with other settings.
    pub(crate) fn replace_graph(&self, graph: ModuleGraph) {
        *self.graph.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(graph);
        self.version.fetch_add(1, Ordering::AcqRel);
        self.ready.write().unwrap_or_else(PoisonError::into_inner).clear();
        self.methods.forget_all();
    }

    /// Every route must be checked again.
    pub(crate) fn forget_readiness(&self) {
        self.version.fetch_add(1, Ordering::AcqRel);
        self.ready.write().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// Whether a call can pass at once.
    pub(crate) fn is_ready(&self, route: RouteId) -> bool {
        self.ready.read().unwrap_or_else(PoisonError::into_inner).contains(&route)
            && !self.unheard.borrow().contains_key(&route)
    }

    /// Waits until the workers have heard of every save that concerns a route.
    pub(crate) async fn heard(&self, route: RouteId) {
        // The sender lives in `self`, so the wait ends only with what it waits for.
        drop(self.unheard.subscribe().wait_for(|unheard| !unheard.contains_key(&route)).await);
    }

    /// The workers have heard of a save, or are given up: calls need not wait for it.
    pub(crate) fn workers_heard(&self, save: u64) {
        self.unheard.send_modify(|unheard| unheard.retain(|_, last| *last > save));
    }

    /// Modules that these entries reach have changed: the number of the save, for [`workers_heard`](Self::workers_heard),
    /// and the entries' routes, for another check.
    pub(crate) fn invalidate(&self, entries: &[String]) -> (u64, Vec<RouteId>) {
        let save = self.version.fetch_add(1, Ordering::AcqRel) + 1;
        let table = self.table();
        let routes: Vec<_> = entries.iter().filter_map(|file| table.route(file)).collect();
        self.unheard.send_modify(|unheard| unheard.extend(routes.iter().map(|route| (*route, save))));
        let mut ready = self.ready.write().unwrap_or_else(PoisonError::into_inner);
        for route in &routes {
            ready.remove(route);
            self.methods.forget(*route);
        }
        (save, routes)
    }

    /// Routes whose error is on the terminal.
    pub(crate) fn broken_routes(&self) -> Vec<RouteId> {
        self.shown.lock().unwrap_or_else(PoisonError::into_inner).keys().copied().collect()
    }

    /// Compiles what a route reaches. Blocks.
    ///
    /// # Errors
    /// What does not compile; it is on the terminal too, once.
    pub(crate) fn check(&self, route: RouteId) -> Result<(), Problem> {
        let table = self.table();
        if let Some(conflict) = table.conflict(route) {
            return Err(Problem::Project(conflict.to_owned()));
        }
        let Some(file) = table.file(route) else {
            return Err(Problem::Project("the route's file has been removed".to_owned()));
        };
        let mut attempt = 1;
        loop {
            let before = self.version.load(Ordering::Acquire);
            let outcome = self.graph().prepare_route(file, table.pattern(route));
            if self.settle(route, before, &outcome) || attempt == MAX_CHECKS {
                self.tell(route, file, outcome.as_ref().err());
                return outcome.map(|_| ()).map_err(Problem::Compile);
            }
            attempt += 1;
        }
    }

    /// Takes a finding in if nothing has been saved since `before`; whether it has been taken in.
    fn settle(&self, route: RouteId, before: u64, outcome: &Result<Arc<Prepared>, DevError>) -> bool {
        let mut ready = self.ready.write().unwrap_or_else(PoisonError::into_inner);
        if self.version.load(Ordering::Acquire) != before {
            return false;
        }
        if let Ok(prepared) = outcome {
            ready.insert(route);
            self.durations.take(route, &prepared.segment);
            self.listed.note(route, before, &prepared.segment, self.table().has_params(route));
            let methods = routes_table::method_set(&prepared.exports);
            // A file without a method may get some by `export *` from a package; its worker knows.
            if methods != MethodSet::EMPTY {
                self.methods.set(route, methods);
            }
        }
        true
    }

    /// Prints an error that is not on the terminal yet, and says when it is gone.
    fn tell(&self, route: RouteId, file: &str, error: Option<&DevError>) {
        let mut shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
        match error {
            Some(error) => {
                let text = error.to_string();
                let is_known = shown.values().any(|known| *known == text);
                shown.insert(route, text.clone());
                if !is_known {
                    self.report.error(format!("Failed to compile\n{text}\n"));
                }
            }
            None => {
                if shown.remove(&route).is_some() {
                    let root = &self.table().manifest().root.clone();
                    let file = routewerk_bundle::shown_path(root, std::path::Path::new(file));
                    self.report.done(format!("{file} compiles again"));
                }
            }
        }
    }
}
