//! Everything that a module reaches statically: compiling what the graph lacks, level by level and in parallel, and
//! checking that the names which modules import from each other exist.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use rustc_hash::{FxHashMap, FxHashSet};

use super::analysis::ExportSource;
use super::graph::ModuleGraph;
use super::record::{Module, Record, Stamp};
use super::reply::{ModuleKind, Target};
use crate::code_frame::{Location, shown_path};
use crate::edge::REFUSED_PREFIX;
use crate::error::{BuildError, BuildErrorKind};

/// The stack of a compiling thread. Syntax trees are walked recursively, and generated code nests deeply.
const STACK_BYTES: usize = 32 * 1024 * 1024;
/// So many modules are worth a second thread.
const MODULES_PER_THREAD: usize = 4;

/// What is known about an export of a module.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Exported {
    Yes,
    No,
    /// Only running it would tell.
    Unknown,
}

impl ModuleGraph {
    /// The records of everything that a module reaches statically, its own first, then nearest first.
    pub(super) fn reach(&self, id: &Arc<str>) -> Vec<Arc<Record>> {
        let _one_at_a_time = self.walking.lock().unwrap_or_else(PoisonError::into_inner);
        let mut reached: Vec<Arc<Record>> = Vec::new();
        let mut seen: FxHashSet<Arc<str>> = FxHashSet::from_iter([Arc::clone(id)]);
        let mut level = vec![Arc::clone(id)];
        let mut compiled: Vec<Arc<Record>> = Vec::new();
        while !level.is_empty() {
            let records = self.records_of(&level, &mut compiled);
            level = records
                .iter()
                .flat_map(|record| record.neighbours())
                .filter(|neighbour| seen.insert(Arc::clone(neighbour)))
                .map(Arc::clone)
                .collect();
            reached.extend(records);
        }
        self.forget_unreadable(&compiled);
        self.note_outside(&compiled);
        reached
    }

    /// The records of some modules, compiling those that the graph does not have.
    fn records_of(&self, ids: &[Arc<str>], compiled: &mut Vec<Arc<Record>>) -> Vec<Arc<Record>> {
        let missing = {
            let mut state = self.lock();
            let missing = ids.iter().filter(|id| !state.records.contains_key(*id)).map(Arc::clone).collect();
            state.number(missing)
        };
        let fresh = self.compile_all(&missing);
        let mut state = self.lock();
        for record in &fresh {
            state.records.insert(Arc::clone(&record.id), Arc::clone(record));
            state.keep_text(record);
        }
        compiled.extend(fresh);
        ids.iter().filter_map(|id| state.records.get(id)).map(Arc::clone).collect()
    }

    /// What could not be read is tried again by the next question.
    fn forget_unreadable(&self, compiled: &[Arc<Record>]) {
        for record in compiled.iter().filter(|record| record.stamp == Stamp::absent()) {
            self.lock().remove(&record.id);
        }
    }

    /// Compiles modules, in parallel where that is worth it.
    pub(super) fn compile_all(&self, modules: &[(Arc<str>, u64)]) -> Vec<Arc<Record>> {
        if modules.is_empty() {
            return Vec::new();
        }
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        let threads = modules.len().div_ceil(MODULES_PER_THREAD).min(processors);
        let next = AtomicUsize::new(0);
        let done: Mutex<Vec<(usize, Arc<Record>)>> = Mutex::default();
        let work = || {
            while let Some((index, (id, revision))) = {
                let index = next.fetch_add(1, Ordering::Relaxed);
                modules.get(index).map(|module| (index, module))
            } {
                let record = Arc::new(self.compile_guarded(id, *revision));
                done.lock().unwrap_or_else(PoisonError::into_inner).push((index, record));
            }
        };
        std::thread::scope(|scope| {
            let spawned = (0..threads)
                .map(|_| std::thread::Builder::new().stack_size(STACK_BYTES).spawn_scoped(scope, work).is_ok())
                .filter(|is_spawned| *is_spawned)
                .count();
            // No thread to be had: then here.
            if spawned == 0 {
                work();
            }
        });
        let mut done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
        done.sort_unstable_by_key(|(index, _)| *index);
        done.into_iter().map(|(_, record)| record).collect()
    }

    /// A failed invariant in the compiler costs the module, not the server.
    fn compile_guarded(&self, id: &Arc<str>, revision: u64) -> Record {
        catch_unwind(AssertUnwindSafe(|| self.compiler.compile(id, revision))).unwrap_or_else(|panic| {
            let cause = panic
                .downcast_ref::<String>()
                .map(String::as_str)
                .or_else(|| panic.downcast_ref::<&str>().copied())
                .unwrap_or("it gave no reason");
            let message = format!("the compiler gave up on this file: {cause}");
            self.compiler.broken(id, revision, BuildErrorKind::Bundler { message })
        })
    }

    /// Imports of names that their module does not export, in the project's own code.
    pub(super) fn missing_exports(&self, records: &[Arc<Record>]) -> Vec<BuildError> {
        let by_id: FxHashMap<&str, &Record> =
            records.iter().map(|record| (record.id.as_ref(), record.as_ref())).collect();
        let mut errors = Vec::new();
        for record in records.iter().filter(|record| !record.is_package_code()) {
            let Ok(module) = &record.outcome else { continue };
            for used in &module.used {
                let Some(target) = module.imports.get(used.request as usize) else { continue };
                if self.exported(&by_id, target, &used.name, &mut FxHashSet::default()) != Exported::No {
                    continue;
                }
                errors.push(self.missing_export(&by_id, record, target, used));
            }
        }
        errors
    }

    fn missing_export(
        &self,
        by_id: &FxHashMap<&str, &Record>,
        record: &Record,
        target: &Target,
        used: &super::analysis::UsedImport,
    ) -> BuildError {
        let root = self.compiler.project_root();
        let (module, names) = match target {
            Target::Module { id } => {
                let path = super::compile::path_of_id(id);
                let names = by_id.get(id.as_ref()).map(|record| self.names_of(by_id, record)).unwrap_or_default();
                (shown_path(root, &path), names)
            }
            Target::Runtime { runtime } => (format!("`{runtime}`"), self.runtime_names(runtime)),
            Target::External { .. } | Target::Empty { .. } | Target::Missing { .. } => (String::new(), Vec::new()),
        };
        let kind =
            BuildErrorKind::MissingExport { name: used.name.clone(), module, suggestion: closest(&used.name, &names) };
        // The place is shown from the file as it is now; whoever saved it a moment ago is asked again anyway.
        BuildError::new(kind).or_at(|| match std::fs::read_to_string(&record.path) {
            Ok(source) => Location::in_source(root, &record.path, &source, used.start as usize, used.end as usize),
            Err(_) => Location::whole_file(root, &record.path),
        })
    }

    /// The names that an entry exports, sorted.
    pub(super) fn export_names(&self, id: &Arc<str>) -> Vec<String> {
        let state = self.lock();
        let by_id: FxHashMap<&str, &Record> =
            state.records.iter().map(|(id, record)| (id.as_ref(), record.as_ref())).collect();
        let Some(record) = by_id.get(id.as_ref()) else { return Vec::new() };
        self.names_of(&by_id, record)
    }

    /// All names that a module exports, sorted; those of `export *` among them as far as they are known.
    fn names_of(&self, by_id: &FxHashMap<&str, &Record>, record: &Record) -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        let mut seen: FxHashSet<&str> = FxHashSet::default();
        let mut waiting = vec![(record, true)];
        while let Some((record, is_first)) = waiting.pop() {
            let Ok(module) = &record.outcome else { continue };
            if !seen.insert(record.id.as_ref()) {
                continue;
            }
            names.extend(
                module.exports.iter().map(|export| &export.name).filter(|name| is_first || *name != "default").cloned(),
            );
            for star in star_targets(module) {
                match star {
                    Target::Module { id } => {
                        waiting.extend(by_id.get(id.as_ref()).map(|record| (*record, false)));
                    }
                    Target::Runtime { runtime } => names.extend(self.runtime_names(runtime)),
                    Target::External { .. } | Target::Empty { .. } | Target::Missing { .. } => {}
                }
            }
        }
        names.sort_unstable();
        names.dedup();
        names
    }

    fn runtime_names(&self, specifier: &str) -> Vec<String> {
        let served = &self.compiler.resolver.settings().next_modules;
        let names = served.served().find(|(name, _)| *name == specifier).map(|(_, names)| names.to_vec());
        names.unwrap_or_default()
    }

    fn exported(
        &self,
        by_id: &FxHashMap<&str, &Record>,
        target: &Target,
        name: &str,
        seen: &mut FxHashSet<(Arc<str>, String)>,
    ) -> Exported {
        let id = match target {
            Target::Module { id } => id,
            Target::Runtime { runtime } if runtime.starts_with(REFUSED_PREFIX) => return Exported::Unknown,
            Target::Runtime { runtime } => {
                let is_served = name == "default" || self.runtime_names(runtime).iter().any(|known| known == name);
                return if is_served { Exported::Yes } else { Exported::No };
            }
            Target::External { .. } | Target::Empty { .. } | Target::Missing { .. } => return Exported::Unknown,
        };
        let Some(Ok(module)) = by_id.get(id.as_ref()).map(|record| &record.outcome) else { return Exported::Unknown };
        match module.kind {
            ModuleKind::Cjs | ModuleKind::Json => return Exported::Unknown,
            ModuleKind::Esm | ModuleKind::Async => {}
        }
        // A circle of re-exports leads nowhere.
        if !seen.insert((Arc::clone(id), name.to_owned())) {
            return Exported::No;
        }
        if let Some(export) = module.exports.iter().find(|export| export.name == name) {
            return match &export.source {
                ExportSource::Local | ExportSource::Namespace { .. } => Exported::Yes,
                ExportSource::Import { request, name } => match module.imports.get(*request as usize) {
                    Some(target) => self.exported(by_id, target, name, seen),
                    None => Exported::Unknown,
                },
            };
        }
        if name == "default" {
            return Exported::No;
        }
        let mut found = Exported::No;
        for star in star_targets(module) {
            match self.exported(by_id, star, name, seen) {
                Exported::Yes => return Exported::Yes,
                Exported::Unknown => found = Exported::Unknown,
                Exported::No => {}
            }
        }
        found
    }
}

fn star_targets(module: &Module) -> impl Iterator<Item = &Target> {
    module.stars.iter().filter_map(|star| module.imports.get(*star as usize))
}

/// The name that was probably meant.
fn closest(wanted: &str, names: &[String]) -> Option<String> {
    let limit = (wanted.chars().count() / 2).clamp(1, 4);
    names
        .iter()
        .map(|name| (distance(wanted, name), name))
        .filter(|(distance, _)| *distance <= limit)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name.clone())
}

/// How many letters are to be added, removed or replaced, upper and lower case being the same.
fn distance(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.to_lowercase().chars().collect();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (line, from) in left.to_lowercase().chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = line + 1;
        for (column, to) in right.iter().enumerate() {
            let replaced = diagonal + usize::from(from != *to);
            diagonal = row[column + 1];
            row[column + 1] = replaced.min(row[column] + 1).min(diagonal + 1);
        }
    }
    row[right.len()]
}
