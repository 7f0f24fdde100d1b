//! Which folders are watched, as folders come and go.
//!
//! Output and dependency folders are left out: they change often, and never by the user's hand.

use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use notify::RecursiveMode;
use rustc_hash::FxHashSet;

use super::burst::{Burst, Heard};
use super::{Backend, WatchEvent, WatchOptions, is_limit, limit_notice};

/// Folders in which nothing is the user's source.
const IGNORED: [&str; 5] = ["node_modules", ".git", ".next", ".routewerk", ".turbo"];

/// The folders of a [`Watcher`](super::Watcher); lives on its thread.
#[derive(Debug)]
pub(super) struct Folders {
    backend: Backend,
    options: WatchOptions,
    burst: Arc<Burst>,
    watched: FxHashSet<PathBuf>,
    /// Trees that are watched, to be walked again when events were lost.
    trees: Vec<PathBuf>,
    /// Single files outside, whose folders are watched for their sake alone.
    files: FxHashSet<PathBuf>,
    notices: Vec<String>,
    /// Files found in folders that were not watched when they appeared.
    found: Vec<PathBuf>,
}

impl Folders {
    pub(super) fn new(backend: Backend, options: WatchOptions, burst: Arc<Burst>, notice: Option<String>) -> Self {
        Self {
            backend,
            options,
            burst,
            watched: FxHashSet::default(),
            trees: Vec::new(),
            files: FxHashSet::default(),
            notices: notice.into_iter().collect(),
            found: Vec::new(),
        }
    }

    pub(super) fn take_notices(&mut self) -> Vec<String> {
        std::mem::take(&mut self.notices)
    }

    /// What lay in the folders when the watch began is not news.
    pub(super) fn forget_what_was_found(&mut self) {
        self.found.clear();
    }

    /// Watches a folder and those in it.
    ///
    /// # Errors
    /// The folder itself cannot be watched.
    pub(super) fn watch_tree(&mut self, root: &Path) -> notify::Result<()> {
        self.trees.push(root.to_path_buf());
        if !self.is_per_folder() {
            self.watched.insert(root.to_path_buf());
            return self.backend.watch(root, RecursiveMode::Recursive);
        }
        self.watch_folder(root)?;
        self.walk(root);
        // Where packages come and go.
        let packages = root.join("node_modules");
        if packages.is_dir() {
            self.watch_or_note(&packages);
        }
        Ok(())
    }

    /// Takes in what has happened, and says what to tell.
    pub(super) fn work_in(&mut self, heard: Heard) -> Option<WatchEvent> {
        for place in heard.places {
            self.add_place(&place);
        }
        if heard.has_lost_count {
            for tree in self.trees.clone() {
                self.walk(&tree);
            }
            self.found.clear();
            return Some(WatchEvent::LostCount);
        }
        let mut saved = Vec::new();
        for path in heard.paths {
            if self.is_of_interest(&path) {
                self.follow(&path);
                saved.push(path);
            }
        }
        saved.append(&mut self.found);
        saved.sort_unstable();
        saved.dedup();
        (!saved.is_empty()).then_some(WatchEvent::Saved(saved))
    }

    /// Folders are watched one by one on Linux, where a recursive watch is a watch per folder anyway, and by polling.
    fn is_per_folder(&self) -> bool {
        cfg!(target_os = "linux") || matches!(self.backend, Backend::Polling(_))
    }

    fn add_place(&mut self, place: &Path) {
        if self.trees.iter().any(|tree| place.starts_with(tree)) {
            return;
        }
        if place.is_dir() {
            // It was there a moment ago; if it is gone now, so are its modules.
            let _ = self.watch_tree(place);
            self.found.clear();
            return;
        }
        self.files.insert(place.to_path_buf());
        if let Some(folder) = place.parent() {
            self.watch_or_note(folder);
        }
    }

    /// Whether a path lies in a tree that is watched, outside the ignored folders, or is a file that is watched by itself.
    fn is_of_interest(&self, path: &Path) -> bool {
        if self.files.contains(path) {
            return true;
        }
        self.trees.iter().filter_map(|tree| path.strip_prefix(tree).ok()).any(|inside| {
            let mut parts = inside.components().map(Component::as_os_str);
            // The folder of packages itself stands for a change in what is installed.
            inside == Path::new("node_modules") || !parts.any(|part| IGNORED.iter().any(|ignored| part == *ignored))
        })
    }

    /// Watches a folder that has appeared, lets one go that has not stayed.
    fn follow(&mut self, path: &Path) {
        if !self.is_per_folder() {
            return;
        }
        let is_folder = path.symlink_metadata().is_ok_and(|found| found.is_dir());
        if is_folder && !self.watched.contains(path) {
            self.watch_or_note(path);
            if path.file_name().is_none_or(|name| name != "node_modules") {
                self.walk(path);
            }
        } else if !is_folder {
            let gone: Vec<PathBuf> = self.watched.iter().filter(|folder| folder.starts_with(path)).cloned().collect();
            for folder in gone {
                self.watched.remove(&folder);
                self.backend.unwatch(&folder);
            }
        }
    }

    /// Watches the folders below one, and notes the files.
    fn walk(&mut self, folder: &Path) {
        let mut waiting = vec![folder.to_path_buf()];
        while let Some(folder) = waiting.pop() {
            // A folder that cannot be read has no modules that could be.
            let Ok(entries) = std::fs::read_dir(&folder) else { continue };
            for entry in entries.flatten() {
                let Ok(kind) = entry.file_type() else { continue };
                if !kind.is_dir() {
                    self.found.push(entry.path());
                } else if !IGNORED.iter().any(|ignored| entry.file_name() == *ignored) {
                    let path = entry.path();
                    self.watch_or_note(&path);
                    waiting.push(path);
                }
            }
        }
    }

    /// Watches a folder; where it is gone already there is nothing to watch.
    fn watch_or_note(&mut self, folder: &Path) {
        let _ = self.watch_folder(folder);
    }

    fn watch_folder(&mut self, folder: &Path) -> notify::Result<()> {
        if self.watched.contains(folder) {
            return Ok(());
        }
        match self.backend.watch(folder, RecursiveMode::NonRecursive) {
            Ok(()) => {
                self.watched.insert(folder.to_path_buf());
                Ok(())
            }
            Err(error) if is_limit(&error) && matches!(self.backend, Backend::System(_)) => self.poll_instead(folder),
            Err(error) => Err(error),
        }
    }

    /// The system's limit is reached: all folders are polled from now on.
    fn poll_instead(&mut self, folder: &Path) -> notify::Result<()> {
        self.notices.push(limit_notice("fs.inotify.max_user_watches", 524_288, self.options));
        self.backend = Backend::polling(self.options, &self.burst)?;
        for watched in std::mem::take(&mut self.watched) {
            self.watch_or_note(&watched);
        }
        self.watch_folder(folder)
    }
}
