//! Collects paths until nothing more comes.

use std::path::{Path, PathBuf};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use rustc_hash::FxHashSet;

use super::WatchOptions;

/// More paths than this at a time are not remembered one by one.
const MAX_PATHS: usize = 10_000;

/// What has happened since the last report. Filled by the system's thread, emptied by the watcher's.
#[derive(Debug, Default)]
pub(super) struct Burst {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    paths: FxHashSet<PathBuf>,
    has_lost_count: bool,
    places: Vec<PathBuf>,
    is_closed: bool,
    /// When the first and the last path of this burst came.
    first_at: Option<Instant>,
    last_at: Option<Instant>,
    /// The `node_modules` folders in which something happened, and when that was.
    packages: FxHashSet<PathBuf>,
    packages_at: Option<Instant>,
}

/// One burst.
#[derive(Debug, Default)]
pub(super) struct Heard {
    pub(super) paths: FxHashSet<PathBuf>,
    pub(super) has_lost_count: bool,
    /// Places that are to be watched too.
    pub(super) places: Vec<PathBuf>,
}

impl Burst {
    /// Adds paths of one event.
    pub(super) fn add(&self, paths: Vec<PathBuf>) {
        let now = Instant::now();
        let mut state = self.lock();
        for path in paths {
            if let Some(packages) = packages_folder(&path) {
                state.packages.insert(packages.to_path_buf());
                state.packages_at = Some(now);
                continue;
            }
            state.first_at.get_or_insert(now);
            state.last_at = Some(now);
            if state.paths.len() < MAX_PATHS {
                state.paths.insert(path);
            } else {
                state.has_lost_count = true;
            }
        }
        self.changed.notify_one();
    }

    /// Events were lost.
    pub(super) fn lose_count(&self) {
        let mut state = self.lock();
        state.has_lost_count = true;
        state.first_at.get_or_insert_with(Instant::now);
        state.last_at = Some(Instant::now());
        self.changed.notify_one();
    }

    /// Adds a place to be watched.
    pub(super) fn add_place(&self, place: PathBuf) {
        self.lock().places.push(place);
        self.changed.notify_one();
    }

    /// Ends [`Burst::wait`] for good.
    pub(super) fn close(&self) {
        self.lock().is_closed = true;
        self.changed.notify_one();
    }

    /// Waits for the end of the next burst. `None`: it is over for good.
    pub(super) fn wait(&self, options: WatchOptions) -> Option<Heard> {
        let mut state = self.lock();
        loop {
            if state.is_closed {
                return None;
            }
            if !state.places.is_empty() {
                let places = std::mem::take(&mut state.places);
                return Some(Heard { places, ..Heard::default() });
            }
            let now = Instant::now();
            let files_due = state
                .first_at
                .zip(state.last_at)
                .map(|(first, last)| (last + options.settle).min(first + options.longest_burst));
            let packages_due = state.packages_at.map(|at| at + options.packages_settle);
            if files_due.is_some_and(|due| due <= now) {
                state.first_at = None;
                state.last_at = None;
                let has_lost_count = std::mem::take(&mut state.has_lost_count);
                return Some(Heard { paths: std::mem::take(&mut state.paths), has_lost_count, ..Heard::default() });
            }
            if packages_due.is_some_and(|due| due <= now) {
                state.packages_at = None;
                return Some(Heard { paths: std::mem::take(&mut state.packages), ..Heard::default() });
            }
            let due = [files_due, packages_due].into_iter().flatten().min();
            state = match due {
                Some(due) => {
                    let waited = self.changed.wait_timeout(state, due.saturating_duration_since(now));
                    waited.unwrap_or_else(PoisonError::into_inner).0
                }
                None => self.changed.wait(state).unwrap_or_else(PoisonError::into_inner),
            };
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The outermost `node_modules` folder that a path lies in, or is.
pub(super) fn packages_folder(path: &Path) -> Option<&Path> {
    path.ancestors().filter(|part| part.file_name().is_some_and(|name| name == "node_modules")).last()
}
