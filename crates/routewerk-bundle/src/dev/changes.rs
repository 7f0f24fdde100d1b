//! What a save means: which modules are no longer what the graph says.
//!
//! The content decides, not the time stamp: a file that is written again with the same text changes nothing. A new or
//! missing file may also change where an import of another file leads; only imports whose last name fits are looked up again.
//! A configuration file or a change under `node_modules` makes everything be looked up again, and only what then
//! differs counts as changed.

use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError};

use rustc_hash::{FxHashMap, FxHashSet};

use super::compile::runtime_of_id;
use super::graph::ModuleGraph;
use super::record::{Record, Stamp, hash_of, is_package_code};
use super::reply::Invalidation;

/// How many files that are no modules of the graph are remembered, so that writing them again costs nothing.
const MAX_STRAYS: usize = 10_000;

/// What the saved paths are, as far as the graph is concerned.
#[derive(Debug, Default)]
struct Saved {
    /// Known modules with other content.
    changed: FxHashSet<Arc<str>>,
    /// Known modules without a file.
    removed: FxHashSet<Arc<str>>,
    /// Files that are new to the graph.
    added: Vec<PathBuf>,
    /// Everything must be looked up again.
    is_sweeping: bool,
    /// Packages may have been installed or removed.
    are_packages_changed: bool,
    config_changed: bool,
}

impl ModuleGraph {
    /// Takes in that files were written, created, renamed or deleted, and says what follows from it.
    ///
    /// Paths are absolute; folders are fine too, and so is naming a path that did not change. Workers must be told of the result
    /// (`modules.changed`) unless it is empty.
    pub fn changed(&self, paths: impl IntoIterator<Item = PathBuf>) -> Invalidation {
        let _no_walk = self.walking.lock().unwrap_or_else(PoisonError::into_inner);
        let records: Vec<Arc<Record>> = self.lock().records.values().map(Arc::clone).collect();
        let mut saved = self.sort(paths, &records);
        self.follow(&mut saved, &records);
        self.apply(saved, &records)
    }

    /// Takes in that anything may have changed: the watcher lost count.
    pub fn changed_anywhere(&self) -> Invalidation {
        let _no_walk = self.walking.lock().unwrap_or_else(PoisonError::into_inner);
        let records: Vec<Arc<Record>> = self.lock().records.values().map(Arc::clone).collect();
        let mut saved =
            Saved { is_sweeping: true, are_packages_changed: true, config_changed: true, ..Saved::default() };
        for record in &records {
            compare(record, &mut saved);
        }
        self.follow(&mut saved, &records);
        self.apply(saved, &records)
    }

    fn sort(&self, paths: impl IntoIterator<Item = PathBuf>, records: &[Arc<Record>]) -> Saved {
        let mut by_path: FxHashMap<&Path, Vec<&Arc<Record>>> = FxHashMap::default();
        for record in records {
            by_path.entry(&record.path).or_default().push(record);
        }
        let mut saved = Saved::default();
        for path in paths {
            let path = path.canonicalize().unwrap_or(path);
            if self.compiler.is_config(&path) {
                saved.config_changed = true;
                saved.is_sweeping = true;
            }
            if let Some(known) = by_path.get(path.as_path()) {
                for record in known {
                    compare(record, &mut saved);
                }
                continue;
            }
            if is_package_code(&path) {
                saved.are_packages_changed = true;
                continue;
            }
            match std::fs::metadata(&path) {
                Ok(found) if found.is_dir() => saved.is_sweeping = true,
                Ok(_) => self.take_stray(path, &mut saved),
                Err(_) => {
                    self.lock().strays.remove(&path);
                    let inside = records.iter().filter(|record| record.path.starts_with(&path));
                    saved.removed.extend(inside.map(|record| Arc::clone(&record.id)));
                }
            }
        }
        saved
    }

    /// A file that is no module of the graph: it counts once, when it appears.
    fn take_stray(&self, path: PathBuf, saved: &mut Saved) {
        const MODULES: [&str; 10] = ["ts", "tsx", "mts", "cts", "js", "jsx", "mjs", "cjs", "json", "node"];
        let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
        if !MODULES.contains(&extension) {
            return;
        }
        let mut state = self.lock();
        if state.strays.len() >= MAX_STRAYS {
            state.strays.clear();
        }
        if state.strays.insert(path.clone()) {
            saved.added.push(path);
        }
    }

    /// Finds the modules whose text is the same but whose imports lead elsewhere, or that compile to something else.
    fn follow(&self, saved: &mut Saved, records: &[Arc<Record>]) {
        if saved.are_packages_changed {
            saved.is_sweeping = true;
            for record in records.iter().filter(|record| record.is_package_code()) {
                // Many files: the stamp is looked at first.
                if Stamp::of(&record.path).ok() != Some(record.stamp) {
                    compare(record, saved);
                }
            }
        }
        if !saved.is_sweeping && saved.added.is_empty() && saved.removed.is_empty() {
            return;
        }
        self.compiler.clear_cache();
        let names: FxHashSet<String> = saved.added.iter().flat_map(|path| names_for(path)).collect();
        let concerns = |record: &Record| {
            record.lookups.iter().any(|lookup| match lookup.found.as_ref().map(|found| found.module_id()) {
                // Few lookups find nothing, so each of them is tried.
                None => true,
                Some(Some(id)) if saved.removed.contains(id) => true,
                Some(_) => {
                    (saved.is_sweeping && (saved.are_packages_changed || !record.is_package_code()))
                        || names.contains(last_name(&lookup.specifier))
                }
            })
        };
        let rest = |record: &&Arc<Record>| !saved.changed.contains(&record.id) && !saved.removed.contains(&record.id);
        let mut differing: Vec<Arc<str>> = records
            .iter()
            .filter(rest)
            .filter(|record| {
                (concerns(record) && self.leads_elsewhere(record)) || self.has_other_choices(record, saved)
            })
            .map(|record| Arc::clone(&record.id))
            .collect();
        if saved.config_changed {
            let own: Vec<&Arc<Record>> =
                records.iter().filter(rest).filter(|record| !record.is_package_code()).collect();
            let again: Vec<_> = own.iter().map(|record| (Arc::clone(&record.id), record.revision)).collect();
            let again = self.compile_all(&again);
            differing.extend(
                own.iter().zip(&again).filter(|(old, new)| !old.is_same_as(new)).map(|(old, _)| Arc::clone(&old.id)),
            );
        }
        saved.changed.extend(differing);
    }

    fn leads_elsewhere(&self, record: &Record) -> bool {
        record.lookups.iter().any(|lookup| {
            let runtime = runtime_of_id(&record.id);
            self.compiler.resolve(runtime, &record.path, &lookup.specifier, lookup.kind).ok() != lookup.found
        })
    }

    /// Whether a file has come or gone that a computed `require` can mean.
    fn has_other_choices(&self, record: &Record, saved: &Saved) -> bool {
        let runtime = runtime_of_id(&record.id);
        (saved.are_packages_changed || !record.is_package_code())
            && record
                .choices
                .iter()
                .any(|one| self.compiler.choices_of(runtime, &record.path, &one.pattern) != one.found)
    }

    fn apply(&self, saved: Saved, records: &[Arc<Record>]) -> Invalidation {
        let mut state = self.lock();
        let gone: FxHashSet<&Arc<str>> = saved.changed.iter().chain(&saved.removed).collect();
        if !gone.is_empty() {
            state.advance();
        }
        let affected = importers_of(&gone, records);
        let mut entries = Vec::new();
        for (name, entry) in &mut state.entries {
            if affected.contains(&entry.id) {
                entry.prepared = None;
                entries.push(name.clone());
            }
        }
        // The file may come back as something else, a symbolic link for instance.
        // And a route that was saved may have another `runtime` now, and with it another id.
        state.entries.retain(|_, entry| !gone.contains(&entry.id));
        for id in &gone {
            state.remove(id);
        }
        state.registries.forget(gone.iter().copied());
        entries.sort_unstable();
        let sorted = |ids: FxHashSet<Arc<str>>| {
            let mut ids: Vec<_> = ids.into_iter().collect();
            ids.sort_unstable();
            ids
        };
        Invalidation {
            version: state.version,
            changed: sorted(saved.changed),
            removed: sorted(saved.removed),
            entries,
            config_changed: saved.config_changed,
        }
    }
}

/// Compares a known module with its file.
fn compare(record: &Arc<Record>, saved: &mut Saved) {
    match std::fs::read(&record.path) {
        Ok(bytes) if hash_of(bytes.as_slice()) == record.content => {}
        Ok(_) => {
            saved.changed.insert(Arc::clone(&record.id));
        }
        Err(_) => {
            saved.removed.insert(Arc::clone(&record.id));
        }
    }
}

/// These modules and everything that reaches one of them.
fn importers_of(gone: &FxHashSet<&Arc<str>>, records: &[Arc<Record>]) -> FxHashSet<Arc<str>> {
    let mut importers: FxHashMap<&Arc<str>, Vec<&Arc<str>>> = FxHashMap::default();
    for record in records {
        for neighbour in record.neighbours() {
            importers.entry(neighbour).or_default().push(&record.id);
        }
    }
    let mut reached: FxHashSet<Arc<str>> = gone.iter().map(|id| Arc::clone(id)).collect();
    let mut waiting: Vec<&Arc<str>> = gone.iter().copied().collect();
    while let Some(id) = waiting.pop() {
        for importer in importers.get(id).into_iter().flatten() {
            if reached.insert(Arc::clone(importer)) {
                waiting.push(importer);
            }
        }
    }
    reached
}

/// The last names that a specifier may have if it leads to this file: its stem, and its folder's name where the file stands for
/// its folder.
fn names_for(path: &Path) -> Vec<String> {
    let name_of = |path: &Path| path.file_stem().and_then(|name| name.to_str()).map(str::to_owned);
    let mut names: Vec<String> = name_of(path).into_iter().collect();
    // `x.config.ts` is asked for as `./x.config`, `./x.config.js` or in full.
    let stem = names.first().cloned().unwrap_or_default();
    if let Some((stem, _)) = stem.split_once('.') {
        names.push(stem.to_owned());
    }
    if stem == "index" {
        names.extend(path.parent().and_then(Path::file_name).and_then(|name| name.to_str()).map(str::to_owned));
        names.extend([".".to_owned(), "..".to_owned(), String::new()]);
    }
    names
}

/// The last name of a specifier up to its first dot.
fn last_name(specifier: &str) -> &str {
    let last = specifier.split('?').next().unwrap_or(specifier).rsplit('/').next().unwrap_or(specifier);
    match last.find('.') {
        None | Some(0) => last,
        Some(dot) => &last[..dot],
    }
}
