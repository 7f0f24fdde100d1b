//! Looks at folders again and again, where the system does not tell what changes in them.
//!
//! Files are compared by size and modification time to the nanosecond: two saves within a second are two changes.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, SystemTime};

use rustc_hash::FxHashMap;

use super::burst::Burst;

/// Polls folders, each by itself, until it is dropped.
#[derive(Debug)]
pub(super) struct Poller {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    closed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    folders: FxHashMap<PathBuf, Listing>,
    is_closed: bool,
}

/// A folder's entries, and what tells whether each has changed.
type Listing = FxHashMap<OsString, Look>;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Look {
    is_folder: bool,
    len: u64,
    modified: Option<SystemTime>,
}

impl Poller {
    /// Starts with no folder.
    ///
    /// # Errors
    /// There is no thread to be had.
    pub(super) fn start(interval: Duration, burst: Arc<Burst>) -> std::io::Result<Self> {
        let shared = Arc::new(Shared::default());
        let mine = Arc::clone(&shared);
        let thread = std::thread::Builder::new().name("poller".to_owned()).spawn(move || mine.run(interval, &burst))?;
        Ok(Self { shared, thread: Some(thread) })
    }

    /// Adds a folder.
    ///
    /// # Errors
    /// The folder cannot be read.
    pub(super) fn watch(&mut self, folder: &Path) -> std::io::Result<()> {
        let listing = list(folder)?;
        self.shared.lock().folders.entry(folder.to_path_buf()).or_insert(listing);
        Ok(())
    }

    /// Lets a folder go.
    pub(super) fn unwatch(&mut self, folder: &Path) {
        self.shared.lock().folders.remove(folder);
    }
}

impl Drop for Poller {
    fn drop(&mut self) {
        self.shared.lock().is_closed = true;
        self.shared.closed.notify_one();
        if let Some(thread) = self.thread.take() {
            // It has nothing to tell any more, not even that it panicked.
            let _ = thread.join();
        }
    }
}

impl Shared {
    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn run(&self, interval: Duration, burst: &Burst) {
        let mut state = self.lock();
        loop {
            let waited = self.closed.wait_timeout(state, interval);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
            if state.is_closed {
                return;
            }
            let folders: Vec<PathBuf> = state.folders.keys().cloned().collect();
            drop(state);
            let looks: Vec<_> = folders.into_iter().map(|folder| (list(&folder).unwrap_or_default(), folder)).collect();
            state = self.lock();
            let mut changed = Vec::new();
            for (now, folder) in looks {
                let Some(before) = state.folders.get_mut(&folder) else { continue };
                changed.extend(differences(&folder, before, &now));
                *before = now;
            }
            if !changed.is_empty() {
                burst.add(changed);
            }
        }
    }
}

fn differences(folder: &Path, before: &Listing, now: &Listing) -> Vec<PathBuf> {
    let gone = before.keys().filter(|name| !now.contains_key(*name));
    let other = now.iter().filter(|(name, look)| before.get(*name) != Some(look)).map(|(name, _)| name);
    gone.chain(other).map(|name| folder.join(name)).collect()
}

fn list(folder: &Path) -> std::io::Result<Listing> {
    let mut listing = Listing::default();
    for entry in std::fs::read_dir(folder)?.flatten() {
        // What is gone again already was never there.
        let Ok(metadata) = entry.metadata() else { continue };
        let is_folder = metadata.is_dir();
        // A folder's own times change with its entries, which are looked at by themselves.
        let (len, modified) = if is_folder { (0, None) } else { (metadata.len(), metadata.modified().ok()) };
        listing.insert(entry.file_name(), Look { is_folder, len, modified });
    }
    Ok(listing)
}
