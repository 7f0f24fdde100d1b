//! The routes of a project in `dev`: what the site matches, what workers are told, what is in conflict.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use routewerk_bundle::{MANIFEST_VERSION, Manifest, ManifestRoute, RouteKind, SegmentConfig};
use routewerk_handler::RouteId;
use routewerk_routes::target::TargetRules;
use routewerk_routes::{Conflict, RouteSet};

use crate::commands::build::{manifest_pages, manifest_params};
use crate::next_config::{NextConfig, routing};
use crate::report::Report;
use crate::site::{MethodTable, Methods, SlotSite, Slots};

/// The routes as they are now.
#[derive(Debug)]
pub(crate) struct DevTable {
    /// What was scanned.
    set: RouteSet,
    /// The route files, absolute, by number.
    files: HashMap<RouteId, String>,
    /// The number of each file.
    numbers: HashMap<String, RouteId>,
    /// What is wrong with a file's place, by file.
    conflicts: HashMap<PathBuf, String>,
    /// What workers know.
    manifest: Manifest,
}

impl DevTable {
    /// The table of a scan. Patterns keep their numbers.
    pub(crate) fn new(root: &Path, set: RouteSet, config: &NextConfig, slots: &mut Slots) -> Self {
        let numbers = slots.assign(set.routes.iter().map(|route| route.pattern.as_str()));
        let files: HashMap<_, _> = numbers
            .iter()
            .zip(&set.routes)
            .map(|(number, route)| (*number, root.join(&route.file).to_string_lossy().into_owned()))
            .collect();
        let conflicts = set.conflicts.iter().flat_map(|conflict| {
            conflict.files().into_iter().map(move |file| (file.to_path_buf(), describe(conflict)))
        });
        let by_pattern: HashMap<_, _> = set.routes.iter().map(|route| (route.pattern.as_str(), route)).collect();
        let routes = slots.patterns().iter().map(|pattern| {
            let route = by_pattern.get(pattern.as_str());
            ManifestRoute {
                pattern: pattern.clone(),
                file: route.map(|route| route.file.to_string_lossy().into_owned()).unwrap_or_default(),
                entry: route.map(|route| root.join(&route.file).to_string_lossy().into_owned()).unwrap_or_default(),
                params: route.map(|route| manifest_params(route)).unwrap_or_default(),
                methods: None,
                // What a route needs is not known before it has been compiled; the scope is never wrong, only slower.
                scope: true,
                kind: RouteKind::Dynamic,
                partly_dynamic: false,
                segment: SegmentConfig::default(),
                bytes: 0,
            }
        });
        let manifest = Manifest {
            version: MANIFEST_VERSION,
            build_id: "development".to_owned(),
            root: root.to_path_buf(),
            config: config.frozen.clone(),
            routes: routes.collect(),
            pages: manifest_pages(&set),
            modules: Vec::new(),
            config_modules: config.modules.in_development(root),
            // The worker finds out by itself, when it loads the first one.
            externals_import_served: true,
            prerendered: 0,
        };
        Self {
            numbers: files.iter().map(|(number, file)| (file.clone(), *number)).collect(),
            conflicts: conflicts.collect(),
            files,
            manifest,
            set,
        }
    }

    /// The site that serves it.
    pub(crate) fn site(
        &self,
        config: &NextConfig,
        slots: &mut Slots,
        methods: &Arc<MethodTable>,
        report: Report,
    ) -> SlotSite {
        let numbers = slots.assign(self.set.routes.iter().map(|route| route.pattern.as_str()));
        let rules = TargetRules {
            base_path: config.base_path.clone(),
            trailing_slash: config.trailing_slash,
            skip_trailing_slash_redirect: config.skip_trailing_slash_redirect,
        };
        SlotSite::new(self.set.router(), rules, numbers, Methods::Live(Arc::clone(methods))).with_rules(
            config.rules.clone(),
            routing::forward_timeout(&config.frozen),
            report,
        )
    }

    /// What was scanned.
    pub(crate) const fn set(&self) -> &RouteSet {
        &self.set
    }

    /// What workers know.
    pub(crate) const fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// A route's file, absolute.
    pub(crate) fn file(&self, route: RouteId) -> Option<&str> {
        self.files.get(&route).map(String::as_str)
    }

    /// A route's pattern; empty where there is no such route any more.
    pub(crate) fn pattern(&self, route: RouteId) -> &str {
        self.manifest.routes.get(route.0 as usize).map_or("", |route| &route.pattern)
    }

    /// Whether a route's path has params.
    pub(crate) fn has_params(&self, route: RouteId) -> bool {
        self.manifest.routes.get(route.0 as usize).is_some_and(|route| !route.params.is_empty())
    }

    /// The route of a file.
    pub(crate) fn route(&self, file: &str) -> Option<RouteId> {
        self.numbers.get(file).copied()
    }

    /// What is wrong with the place of a route's file.
    pub(crate) fn conflict(&self, route: RouteId) -> Option<&str> {
        let file = Path::new(self.files.get(&route)?).strip_prefix(&self.manifest.root).ok()?;
        self.conflicts.get(file).map(String::as_str)
    }
}

/// A conflict with its files and what to do.
pub(crate) fn describe(conflict: &Conflict) -> String {
    let files: Vec<_> = conflict.files().iter().map(|file| format!("  ./{}", file.display())).collect();
    format!("{conflict}\n{}\n  {}", files.join("\n"), conflict.hint())
}
