//! What one build learns about its modules while the bundler walks them, and what follows from it for each route.
//!
//! The bundler calls from many threads; every table has its own lock, held for one insertion or look-up.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use rustc_hash::{FxHashMap, FxHashSet};

use crate::code_frame::Location;
use crate::error::BuildError;
use crate::jsx::explain_jsx;
use crate::module_facts::{ImportSite, ModuleFacts, Takes};
use crate::package_info::PackagePlace;
use crate::resolve::RequestKind;
use crate::segment_config::SegmentReading;

/// External packages that neither import `next/*` nor use the global `fetch`, whatever is asked of them: a route that
/// reaches only these needs no scope of its own on their account.
const QUIET_PACKAGES: [&str; 9] = [
    "@node-rs/argon2",
    "@node-rs/bcrypt",
    "argon2",
    "bcrypt",
    "better-sqlite3",
    "cpu-features",
    "pg",
    "sharp",
    "sqlite3",
];

/// Where one import of a module leads.
#[derive(Clone, Debug)]
pub(crate) enum Target {
    /// To another module of the bundle, by its id.
    Module(String),
    /// To a package outside, by its name where it has one.
    External(Option<String>),
    /// To a module of `next` that the runtime serves.
    Next(String),
    /// To a module of Node.js, or to nothing.
    Harmless,
    /// Nowhere: the error, without a place.
    Missing(Box<BuildError>),
    /// To a stand-in that refuses any use: the warning, without a place.
    Refused(Box<BuildError>),
}

/// An import that leads nowhere.
struct Missing {
    error: BuildError,
    /// It stands inside `try`: the program's own affair.
    is_tried: bool,
    is_own_code: bool,
}

/// One import of a module.
#[derive(Clone, Debug)]
pub(crate) struct Edge {
    pub(crate) specifier: String,
    pub(crate) kind: RequestKind,
    pub(crate) target: Target,
}

/// Which places a module asks for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "four names that a module may use or not")]
pub(crate) struct PlaceUse {
    /// `import.meta.url`
    pub(crate) url: bool,
    /// `import.meta.dirname` or `__dirname`
    pub(crate) folder: bool,
    /// `import.meta.filename` or `__filename`
    pub(crate) file: bool,
    /// `import.meta` as a value
    pub(crate) meta: bool,
}

impl PlaceUse {
    pub(crate) fn is_any(self) -> bool {
        self.url || self.folder || self.file || self.meta
    }
}

/// The tables of one build, filled by the plugin.
#[derive(Debug, Default)]
pub(crate) struct ModuleGraph {
    facts: Mutex<FxHashMap<String, ModuleFacts>>,
    edges: Mutex<FxHashMap<String, Vec<Edge>>>,
    places: Mutex<FxHashMap<String, PlaceUse>>,
    segments: Mutex<FxHashMap<String, SegmentReading>>,
    assets: Mutex<Vec<PathBuf>>,
    failures: Mutex<Vec<BuildError>>,
    warnings: Mutex<Vec<BuildError>>,
    imports_loud_modules: AtomicBool,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl ModuleGraph {
    pub(crate) fn add_facts(&self, id: &str, facts: ModuleFacts) {
        lock(&self.facts).insert(id.to_owned(), facts);
    }

    pub(crate) fn add_edge(&self, importer: &str, edge: Edge) {
        lock(&self.edges).entry(importer.to_owned()).or_default().push(edge);
    }

    pub(crate) fn add_place(&self, id: &str, place: PlaceUse) {
        lock(&self.places).insert(id.to_owned(), place);
    }

    pub(crate) fn place(&self, id: &str) -> PlaceUse {
        lock(&self.places).get(id).copied().unwrap_or_default()
    }

    pub(crate) fn add_segment(&self, id: &str, reading: SegmentReading) {
        lock(&self.segments).insert(id.to_owned(), reading);
    }

    pub(crate) fn take_segment(&self, id: &str) -> Option<SegmentReading> {
        lock(&self.segments).remove(id)
    }

    pub(crate) fn add_asset(&self, file: PathBuf) {
        lock(&self.assets).push(file);
    }

    /// An external package is imported as an ES module; its name, where it has one.
    pub(crate) fn add_imported_module(&self, name: Option<&str>) {
        if !name.is_some_and(|name| QUIET_PACKAGES.contains(&name)) {
            self.imports_loud_modules.store(true, Ordering::Relaxed);
        }
    }

    /// Whether an external ES module may import what the runtime serves.
    pub(crate) fn imports_loud_modules(&self) -> bool {
        self.imports_loud_modules.load(Ordering::Relaxed)
    }

    pub(crate) fn add_failure(&self, error: BuildError) {
        lock(&self.failures).push(error);
    }

    pub(crate) fn add_warnings(&self, warnings: impl IntoIterator<Item = BuildError>) {
        lock(&self.warnings).extend(warnings);
    }

    /// Every file that the bundle was made from.
    pub(crate) fn files(&self) -> Vec<PathBuf> {
        let mut files: Vec<PathBuf> =
            lock(&self.facts).keys().map(PathBuf::from).filter(|path| path.is_absolute()).collect();
        for edge in lock(&self.edges).values().flatten() {
            if let Target::Module(id) = &edge.target
                && Path::new(id).is_absolute()
            {
                files.push(PathBuf::from(id));
            }
        }
        files.extend(lock(&self.assets).iter().cloned());
        files.sort();
        files.dedup();
        files
    }

    pub(crate) fn facts_of(&self, id: &str) -> Option<ModuleFacts> {
        lock(&self.facts).get(id).cloned()
    }

    /// The importers of a module with the import that leads there.
    pub(crate) fn importers_of(&self, target: &str) -> Vec<(String, ImportSite)> {
        let mut found = Vec::new();
        for (importer, edges) in lock(&self.edges).iter() {
            for edge in edges {
                if matches!(&edge.target, Target::Module(id) if id == target)
                    && let Some(site) =
                        self.facts_of(importer).and_then(|facts| facts.site(&edge.specifier, edge.kind).cloned())
                {
                    found.push((importer.clone(), site));
                }
            }
        }
        found.sort_by(|one, other| (&one.0, one.1.start).cmp(&(&other.0, other.1.start)));
        found
    }

    /// The import in `importer` that takes a name from `target`; any import that takes it where none leads there directly.
    pub(crate) fn site_of_name(&self, importer: &str, target: &str, name: &str) -> Option<ImportSite> {
        let facts = self.facts_of(importer)?;
        let edges = lock(&self.edges);
        let leads_there = |site: &&ImportSite| {
            edges.get(importer).into_iter().flatten().any(|edge| {
                edge.specifier == site.specifier && matches!(&edge.target, Target::Module(id) if id == target)
            })
        };
        let takes =
            |site: &&ImportSite| matches!(&site.takes, Takes::Names(names) if names.iter().any(|one| one == name));
        let mut sites = facts.imports.iter().filter(takes);
        sites.clone().find(leads_there).or_else(|| sites.next()).cloned()
    }

    /// The imports that lead nowhere, and everything else that the plugin found wrong, each at its place.
    pub(crate) fn errors(&self, project_root: &Path) -> Vec<BuildError> {
        let mut errors = lock(&self.failures).clone();
        errors.extend(self.missing(project_root).into_iter().filter(|one| !one.is_tried).map(|one| one.error));
        errors
    }

    /// What does not stop the build, but should be known: missing modules inside `try` among it. They throw when they are
    /// reached. Packages look for modules that nobody has to install; only the project's own code is worth a word.
    pub(crate) fn warnings(&self, project_root: &Path) -> Vec<BuildError> {
        let mut warnings = lock(&self.warnings).clone();
        let missing = self.missing(project_root).into_iter().filter(|one| one.is_tried && one.is_own_code);
        warnings.extend(missing.map(|one| one.error));
        warnings.extend(self.refused(project_root));
        warnings
    }

    /// The imports of the project's own code that lead to a stand-in.
    fn refused(&self, project_root: &Path) -> Vec<BuildError> {
        let mut found = Vec::new();
        for (importer, edges) in
            lock(&self.edges).iter().filter(|(file, _)| PackagePlace::of(Path::new(file)).is_none())
        {
            let facts = self.facts_of(importer).unwrap_or_default();
            for edge in edges {
                let Target::Refused(warning) = &edge.target else { continue };
                let is_it = |site: &&ImportSite| site.specifier == edge.specifier && site.kind == edge.kind;
                let sites = facts.imports.iter().filter(is_it);
                found.extend(sites.map(|site| {
                    BuildError::clone(warning).or_at(|| place_of(project_root, Path::new(importer), site))
                }));
            }
        }
        found
    }

    fn missing(&self, project_root: &Path) -> Vec<Missing> {
        let mut found = Vec::new();
        for (importer, edges) in lock(&self.edges).iter() {
            for edge in edges {
                let Target::Missing(error) = &edge.target else { continue };
                let file = Path::new(importer);
                let is_own_code = PackagePlace::of(file).is_none();
                let facts = self.facts_of(importer).unwrap_or_default();
                let sites: Vec<_> = facts
                    .imports
                    .iter()
                    .filter(|site| site.specifier == edge.specifier && site.kind == edge.kind)
                    .collect();
                let may_be_missing = matches!(edge.kind, RequestKind::Require | RequestKind::DynamicImport);
                // Without a place, a `require` or `import()` is of a name that the bundler computed from a constant: whoever
                // hides a name from bundlers means to look for it at run time. And the compiler imports
                // `react/jsx-runtime` for JSX, which stands nowhere either, but must be there.
                if sites.is_empty() && !may_be_missing {
                    let text = std::fs::read_to_string(file).unwrap_or_default();
                    let error = explain_jsx(project_root, file, &text, BuildError::clone(error))
                        .or_at(|| Location::whole_file(project_root, file));
                    found.push(Missing { error, is_tried: false, is_own_code });
                }
                for site in sites {
                    let error = BuildError::clone(error).or_at(|| place_of(project_root, file, site));
                    found.push(Missing { error, is_tried: site.is_tried && may_be_missing, is_own_code });
                }
            }
        }
        found
    }

    /// Whether calls of a route need an `AsyncLocalStorage` scope: something that it reaches asks for the request without
    /// being given it, or may do so.
    pub(crate) fn needs_scope(&self, entry: &str) -> bool {
        let (facts, edges) = (lock(&self.facts), lock(&self.edges));
        let mut seen = FxHashSet::default();
        let mut open = vec![entry];
        while let Some(id) = open.pop() {
            if !seen.insert(id) {
                continue;
            }
            let own = facts.get(id);
            if own.is_some_and(|facts| facts.uses_fetch || facts.loads_unknown_modules) {
                return true;
            }
            for edge in edges.get(id).into_iter().flatten() {
                match &edge.target {
                    Target::Module(target) => open.push(target),
                    Target::External(Some(name)) if QUIET_PACKAGES.contains(&name.as_str()) => {}
                    Target::External(_) => return true,
                    Target::Next(served) => {
                        let sites = own
                            .into_iter()
                            .flat_map(|facts| &facts.imports)
                            .filter(|site| site.specifier == edge.specifier && site.kind == edge.kind);
                        let mut takes = sites.map(|site| &site.takes).peekable();
                        // A name that was put together stands nowhere as such.
                        if takes.peek().is_none() || takes.any(|takes| asks_for_scope(served, takes)) {
                            return true;
                        }
                    }
                    Target::Harmless | Target::Missing(_) | Target::Refused(_) => {}
                }
            }
        }
        false
    }

    /// Whether all names that a module exports are known: none comes by `export *` from outside the bundle.
    pub(crate) fn exports_are_known(&self, entry: &str) -> bool {
        let (facts, edges) = (lock(&self.facts), lock(&self.edges));
        let mut seen = FxHashSet::default();
        let mut open = vec![entry];
        while let Some(id) = open.pop() {
            if !seen.insert(id) {
                continue;
            }
            let Some(own) = facts.get(id) else { continue };
            if !own.is_esm && id != entry {
                return false;
            }
            for star in &own.star_exports {
                let target = edges
                    .get(id)
                    .into_iter()
                    .flatten()
                    .find(|edge| edge.specifier == *star && edge.kind == RequestKind::Import)
                    .map(|edge| &edge.target);
                match target {
                    Some(Target::Module(next)) if Path::new(next).is_absolute() => open.push(next),
                    Some(Target::Harmless | Target::Missing(_) | Target::Refused(_)) | None => {}
                    Some(Target::Module(_) | Target::External(_) | Target::Next(_)) => return false,
                }
            }
        }
        true
    }

    /// The modules that a module re-exports everything of, directly or through others, nearest first.
    pub(crate) fn star_sources(&self, entry: &str) -> Vec<String> {
        let (facts, edges) = (lock(&self.facts), lock(&self.edges));
        let mut found: Vec<String> = Vec::new();
        let mut open = std::collections::VecDeque::from([entry.to_owned()]);
        while let Some(id) = open.pop_front() {
            let Some(own) = facts.get(&id) else { continue };
            for star in &own.star_exports {
                let target = edges.get(&id).into_iter().flatten().find(|edge| edge.specifier == *star);
                if let Some(Target::Module(next)) = target.map(|edge| &edge.target)
                    && Path::new(next).is_absolute()
                    && !found.contains(next)
                {
                    found.push(next.clone());
                    open.push_back(next.clone());
                }
            }
        }
        found
    }
}

/// The place of an import.
pub(crate) fn place_of(project_root: &Path, file: &Path, site: &ImportSite) -> Location {
    match std::fs::read_to_string(file) {
        Ok(text) => Location::in_source(project_root, file, &text, site.start, site.end),
        Err(_) => Location::whole_file(project_root, file),
    }
}

/// Whether what is taken from a served module asks for the request without being given it.
fn asks_for_scope(served: &str, takes: &Takes) -> bool {
    match takes {
        Takes::Everything => true,
        Takes::Names(names) => names.iter().any(|name| match served {
            "next/cache" | "next/headers" => true,
            _ => matches!(name.as_str(), "default" | "cookies" | "headers" | "draftMode" | "after" | "connection"),
        }),
    }
}
