//! The state of the module graph, and the two questions that it answers: what a worker lacks, and whether an entry
//! compiles.
//!
//! One lock guards the state and is held for look-ups only; modules are read and compiled outside it, by one walk at a
//! time ([`walk`](super::walk)). A question that was overtaken by a save is begun again.

use std::collections::VecDeque;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use rustc_hash::{FxHashMap, FxHashSet};

use super::compile::{Compiler, entry_id, missing_text, path_of_id, runtime_of_id};
use super::error::DevError;
use super::options::DevOptions;
use super::record::{Record, Stamp, is_package_code};
use super::registries::{MAX_REPLY_BYTES, Registries};
use super::reply::{ImportKind, ModulesQuery, ModulesReply, Prepared, Target};
use super::segment::read_segment;
use crate::code_frame::Location;
use crate::error::{BuildError, BuildErrorKind};
use crate::resolve::RequestKind;
use crate::segment_config::{SegmentReading, declared_runtime};

/// The version of the graph that changed last, in this process. A graph that takes another one's place goes on counting
/// from there, so that workers which know the other one do not take its answers for old ones.
static LAST_VERSION: AtomicU64 = AtomicU64::new(0);

/// How often a question is begun again because files were saved while it was answered. After that the answer is taken
/// as it is; the watcher's next message puts it right.
const MAX_ATTEMPTS: usize = 5;

/// Everything that `dev` knows of a project's modules. Shared by all threads.
#[derive(Debug)]
pub struct ModuleGraph {
    pub(super) compiler: Compiler,
    pub(super) state: Mutex<State>,
    /// Held while modules are compiled and while a save is worked in: no two questions compile the same module, and
    /// no record is made of what a save has just changed.
    pub(super) walking: Mutex<()>,
    cache_components: bool,
    max_text_bytes: usize,
    outside: OnceLock<Outside>,
}

/// What changes while `dev` runs.
#[derive(Debug, Default)]
pub(super) struct State {
    /// Counts the changes that workers are told of.
    pub(super) version: u64,
    last_revision: u64,
    pub(super) records: FxHashMap<Arc<str>, Arc<Record>>,
    pub(super) entries: FxHashMap<String, Entry>,
    pub(super) registries: Registries,
    /// Records whose text is kept, the oldest first, and the sum of their bytes.
    texts: VecDeque<Arc<Record>>,
    text_bytes: usize,
    /// Folders outside the project that modules come from.
    outside_folders: FxHashSet<std::path::PathBuf>,
    /// Files that the watcher named and that are no modules of the graph.
    pub(super) strays: FxHashSet<std::path::PathBuf>,
}

/// An entry that was asked for.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) id: Arc<str>,
    /// `None`: not known, or no longer true.
    pub(super) prepared: Option<Result<Arc<Prepared>, DevError>>,
}

/// Takes the places outside the project's folder that must be watched too.
struct Outside(Box<dyn Fn(&Path) + Send + Sync>);

impl std::fmt::Debug for Outside {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Outside")
    }
}

impl ModuleGraph {
    /// An empty graph. Nothing is read before the first question.
    ///
    /// # Errors
    /// A replacement in `defines` is not an expression.
    pub fn new(options: DevOptions) -> Result<Self, DevError> {
        let DevOptions { max_text_bytes, cache_components, .. } = options;
        Ok(Self {
            compiler: Compiler::new(options)?,
            state: Mutex::new(State { version: LAST_VERSION.load(Ordering::Relaxed), ..State::default() }),
            walking: Mutex::default(),
            cache_components,
            max_text_bytes,
            outside: OnceLock::new(),
        })
    }

    /// Names the function that is called with each folder (of a linked workspace package) or file (a tsconfig of the
    /// workspace) outside the project's folder that the graph depends on, once per place: the one that makes the
    /// [`Watcher`](super::Watcher) watch it. Only the first call of this method counts.
    pub fn on_outside_place(&self, call: impl Fn(&Path) + Send + Sync + 'static) {
        // A second function would be a mistake of the caller's; the first one keeps getting everything.
        let _ = self.outside.set(Outside(Box::new(call)));
    }

    /// What the front must know before it forwards a call to a route: that everything the route reaches compiles.
    ///
    /// `entry` is the absolute path of the route file. When nothing changed since the last time this is one look-up.
    ///
    /// # Errors
    /// What does not compile, or is not found, in the modules that the entry reaches statically.
    pub fn prepare(&self, entry: &str) -> Result<Arc<Prepared>, DevError> {
        self.prepare_as(entry, None)
    }

    /// The same for a route, whose segment configuration is read and checked too; `pattern` is the route's name in errors
    /// (`/api/items/[slug]`).
    ///
    /// # Errors
    /// Those of [`ModuleGraph::prepare`], and configuration that is not static or has a value that Next.js refuses.
    pub fn prepare_route(&self, entry: &str, pattern: &str) -> Result<Arc<Prepared>, DevError> {
        self.prepare_as(entry, Some(pattern))
    }

    fn prepare_as(&self, entry: &str, pattern: Option<&str>) -> Result<Arc<Prepared>, DevError> {
        if let Some(Entry { prepared: Some(known), .. }) = self.lock().entries.get(entry) {
            return known.clone();
        }
        let mut attempt = 1;
        loop {
            let before = self.lock().version;
            let id = self.entry_id(entry)?;
            let records = self.reach(&id);
            let found = self.check(&records).and_then(|()| self.describe(&id, &records, pattern));
            let outcome = found.map(|found| Arc::new(Prepared { version: before, ..found }));
            let mut state = self.lock();
            if state.version == before {
                // A file that could not be read may be readable the next time without a word from the watcher.
                let is_certain = records.iter().all(|record| record.stamp != Stamp::absent());
                let prepared = is_certain.then(|| outcome.clone());
                state.entries.insert(entry.to_owned(), Entry { id, prepared });
                return outcome;
            }
            if attempt == MAX_ATTEMPTS {
                return outcome;
            }
            attempt += 1;
        }
    }

    /// What a worker lacks of an entry, or of a specifier that its code gave to `import()` or `require()`.
    ///
    /// # Errors
    /// What does not compile, or is not found, in the modules that are reached statically.
    pub fn load(&self, query: &ModulesQuery) -> Result<ModulesReply, DevError> {
        let mut attempt = 1;
        loop {
            let before = self.lock().version;
            let target = self.target_of(query)?;
            let records = match target.module_id() {
                Some(id) => self.reach(id),
                None => Vec::new(),
            };
            self.check(&records)?;
            if !self.restore_texts(query, &records) && attempt < MAX_ATTEMPTS {
                attempt += 1;
                continue;
            }
            let mut state = self.lock();
            if state.version != before && attempt < MAX_ATTEMPTS {
                attempt += 1;
                continue;
            }
            let version = state.version;
            let (number, modules, more) = state.registries.take(query, &records);
            self.trim_texts(&mut state);
            return Ok(ModulesReply { number, version, target, modules, more });
        }
    }

    /// How many modules the graph holds, and how many bytes of their text.
    pub fn size(&self) -> (usize, usize) {
        let state = self.lock();
        (state.records.len(), state.text_bytes)
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn target_of(&self, query: &ModulesQuery) -> Result<Target, DevError> {
        if let Some(entry) = &query.entry {
            return Ok(Target::Module { id: self.entry_id(entry)? });
        }
        let (Some(specifier), Some(importer)) = (&query.specifier, &query.importer) else {
            let message = "a question for modules names neither an entry nor a specifier with its importer".to_owned();
            return Err(BuildError::new(BuildErrorKind::Bundler { message }).into());
        };
        let kind = match query.kind {
            ImportKind::Import => RequestKind::DynamicImport,
            ImportKind::Require => RequestKind::Require,
        };
        let path = path_of_id(importer);
        let found = match self.compiler.resolve(runtime_of_id(importer), &path, specifier, kind) {
            Err(error) if query.optional && matches!(error.kind(), BuildErrorKind::ModuleNotFound { .. }) => {
                Ok(Target::Missing { missing: missing_text(specifier, &error).into() })
            }
            found => found,
        };
        Ok(found.map_err(|error| error.or_at(|| Location::whole_file(self.compiler.project_root(), &path)))?)
    }

    /// The id of an entry: its real path.
    fn entry_id(&self, entry: &str) -> Result<Arc<str>, DevError> {
        if let Some(known) = self.lock().entries.get(entry) {
            return Ok(Arc::clone(&known.id));
        }
        let path = Path::new(entry);
        let real = path.canonicalize().map_err(|error| BuildError::unreadable(path, &error))?;
        let is_route = real.file_stem().and_then(|stem| stem.to_str()).is_some_and(|stem| stem.starts_with("route"));
        let text = if is_route { std::fs::read_to_string(&real).unwrap_or_default() } else { String::new() };
        let id: Arc<str> = entry_id(real.to_str().unwrap_or(entry), declared_runtime(&real, &text)).into();
        self.lock().entries.insert(entry.to_owned(), Entry { id: Arc::clone(&id), prepared: None });
        Ok(id)
    }

    /// The complaints about these modules and about the names that they import from each other.
    fn check(&self, records: &[Arc<Record>]) -> Result<(), DevError> {
        let own = records.iter().flat_map(|record| record.errors().iter().cloned());
        match DevError::of(own.chain(self.missing_exports(records))) {
            Some(error) => Err(error),
            None => Ok(()),
        }
    }

    fn describe(&self, id: &Arc<str>, records: &[Arc<Record>], pattern: Option<&str>) -> Result<Prepared, DevError> {
        let reading = match pattern {
            Some(pattern) => read_segment(self.compiler.project_root(), self.cache_components, records, pattern),
            None => SegmentReading::default(),
        };
        if let Some(error) = DevError::of(reading.errors) {
            return Err(error);
        }
        Ok(Prepared {
            version: 0,
            exports: self.export_names(id),
            segment: reading.config,
            warnings: reading.warnings,
            file: path_of_id(id),
            modules: records.len(),
        })
    }

    /// Makes sure that the texts which the registry lacks are at hand. False: a file is no longer what its record says,
    /// and the graph has been told.
    fn restore_texts(&self, query: &ModulesQuery, records: &[Arc<Record>]) -> bool {
        let lacking = self.lock().registries.lacking(query, records);
        let mut bytes = 0;
        for record in lacking {
            let Ok(module) = &record.outcome else { continue };
            if bytes > MAX_REPLY_BYTES {
                break;
            }
            if module.has_text() {
                bytes += module.text_bytes();
                continue;
            }
            let Some(text) = self.compiler.text_again(&record) else {
                self.changed([record.path.clone()]);
                return false;
            };
            *module.text.lock().unwrap_or_else(PoisonError::into_inner) = Some(text);
            self.lock().keep_text(&record);
        }
        true
    }

    fn trim_texts(&self, state: &mut State) {
        while state.text_bytes > self.max_text_bytes {
            let Some(oldest) = state.texts.pop_front() else { break };
            if let Ok(module) = &oldest.outcome {
                state.text_bytes = state.text_bytes.saturating_sub(module.text_bytes());
                module.drop_text();
            }
        }
    }

    /// Tells whoever watches of places outside the project's folder that these records depend on.
    pub(super) fn note_outside(&self, records: &[Arc<Record>]) {
        let Some(outside) = self.outside.get() else { return };
        let root = self.compiler.project_root();
        let mut places = self.compiler.outside_config_files();
        for record in records.iter().filter(|record| !record.path.starts_with(root) && !is_package_code(&record.path)) {
            let folder = record.path.parent().unwrap_or(Path::new("/"));
            let package = folder.ancestors().find(|folder| folder.join("package.json").is_file());
            places.push(package.unwrap_or(folder).to_path_buf());
        }
        for place in places {
            if self.lock().outside_folders.insert(place.clone()) {
                (outside.0)(&place);
            }
        }
    }
}

impl State {
    /// Something has changed that workers are told of.
    pub(super) fn advance(&mut self) {
        self.version = LAST_VERSION.fetch_add(1, Ordering::Relaxed) + 1;
    }

    /// Gives each of these modules the number of its next version.
    pub(super) fn number(&mut self, ids: Vec<Arc<str>>) -> Vec<(Arc<str>, u64)> {
        let first = self.last_revision + 1;
        self.last_revision += ids.len() as u64;
        ids.into_iter().zip(first..).collect()
    }

    /// Remembers that a record holds text.
    pub(super) fn keep_text(&mut self, record: &Arc<Record>) {
        if let Ok(module) = &record.outcome {
            self.text_bytes += module.text_bytes();
            self.texts.push_back(Arc::clone(record));
        }
    }

    /// Forgets a record.
    pub(super) fn remove(&mut self, id: &str) -> Option<Arc<Record>> {
        let record = self.records.remove(id)?;
        if let Some(at) = self.texts.iter().position(|kept| Arc::ptr_eq(kept, &record)) {
            self.texts.remove(at);
            self.text_bytes -= record.outcome.as_ref().map_or(0, super::record::Module::text_bytes);
        }
        Some(record)
    }
}
