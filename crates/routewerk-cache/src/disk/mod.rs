//! The store on disk: survives restarts, bounded in bytes and files, never in the way of a request.
//!
//! Two threads of its own do all the I/O after the start: the *writer* (`writer.rs`: the scan, files, the journal of
//! invalidations) and the *reader* (`reader.rs`). What waits for them is bounded; what does not fit is not kept (writer)
//! or a miss (reader). A file that is torn or foreign is a miss and is removed. Where the disk is full or fails, entries
//! are kept in memory alone, one line tells so, and it is tried again after a while.
//!
//! The rule that whoever changes this must keep: **no entry is written before every invalidation that it has seen is in the
//! journal.** So after a restart the sequence is never behind an entry's, and a number is not used twice.

mod codec;
mod file;
mod folder;
mod index;
mod journal;
mod pending;
mod reader;
mod writer;

use std::collections::HashMap;
use std::collections::hash_map::RandomState;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

use tokio::sync::{oneshot, watch};

use crate::entry::Entry;
use crate::key::{BuildKey, Class, EntryKey};
use crate::moment::Moment;
use crate::notice::{Notice, Notify};
use crate::options::DiskOptions;
use crate::store::{Found, Journaling, Loading, Store, Usage};
use crate::summary::Summary;
use crate::tag::TagId;
use crate::tags::{Invalidation, Sequence, Table, Tags};

use file::StoreId;
use folder::{Folder, OpenError};
use index::Index;
use journal::{Journal, Unknown};
use pending::{Job, Pending};

/// As many different entries may wait to be read.
const MAX_LOADS: usize = 1024;

/// A store whose directory is taken and whose invalidations are read, before its threads run.
#[derive(Debug)]
pub(crate) struct Opened {
    folder: Folder,
    journal: Journal,
    store: StoreId,
    boot: [u8; 16],
    options: DiskOptions,
    /// The invalidations of before.
    pub(crate) table: Table,
}

/// The store on disk.
#[derive(Debug)]
pub(crate) struct DiskStore {
    shared: Arc<Shared>,
    /// What the reader is asked for.
    loads: SyncSender<EntryKey>,
    writer: Mutex<Option<JoinHandle<()>>>,
}

/// What the store's callers and its threads share.
#[derive(Debug)]
struct Shared {
    folder: Folder,
    store: StoreId,
    options: DiskOptions,
    max_entry_bytes: u64,
    tags: Arc<Tags>,
    notify: Notify,
    index: Mutex<Index>,
    /// Told when the scan is over.
    scanned: Condvar,
    pending: Mutex<Pending>,
    /// Told when something waits.
    wake: Condvar,
    /// Who waits for which entry.
    waiting: Mutex<Waiting>,
    /// The last invalidation that the journal has (or that could not be written).
    journaled: watch::Sender<Sequence>,
    evicted: AtomicU64,
    failures: AtomicU64,
}

/// Those who wait for entries from disk.
type Waiting = HashMap<EntryKey, Vec<oneshot::Sender<Option<Entry>>>, RandomState>;

/// Sees to it that nothing of what lies in a directory is believed later: a process that keeps no entries on disk does not
/// write its invalidations there either. A directory that another process uses is left alone.
pub(crate) fn disown(directory: &std::path::Path) -> std::io::Result<()> {
    if !directory.join("journal").exists() {
        return Ok(());
    }
    let folder = match Folder::open(directory) {
        Ok(folder) => folder,
        Err(OpenError::InUse) => return Ok(()),
        Err(OpenError::Io(error)) => return Err(error),
    };
    let done = folder.damage_journal();
    folder.unlock();
    done
}

impl Opened {
    /// Takes the directory and reads the invalidations. Where they are not known, the entries are put aside.
    ///
    /// # Errors
    /// The notice that says why the directory cannot be used.
    pub(crate) fn new(options: DiskOptions, now: Moment, notify: &Notify) -> Result<Self, Notice> {
        let path = options.directory.clone();
        Self::try_new(options, now, notify).map_err(|error| match error {
            OpenError::InUse => Notice::InUse { path },
            OpenError::Io(error) => Notice::Unusable { path, error: error.to_string().into() },
        })
    }

    fn try_new(options: DiskOptions, now: Moment, notify: &Notify) -> Result<Self, OpenError> {
        let folder = Folder::open(&options.directory)?;
        let boot = folder::boot_id();
        let (store, table) = match journal::read(&folder.journal(), boot)? {
            Ok(known) => (known.store, known.table),
            Err(Unknown::New) if !folder.has_entries()? => (journal::new_store_id(), Table::default()),
            Err(unknown) => {
                let reason = match unknown {
                    Unknown::New => "its journal of invalidations is missing",
                    Unknown::Damaged => "its journal of invalidations is damaged",
                    Unknown::Crashed => "the machine went down while it was in use",
                };
                notify.tell(&Notice::BeginsAnew { path: options.directory.clone(), reason });
                folder.discard_entries()?;
                // What was made before may have been invalidated since, also what lies elsewhere (in a build).
                let mut table = Table::default();
                table.invalidate_all(Invalidation::Expire, now);
                (journal::new_store_id(), table)
            }
        };
        let journal = Journal::create(&folder.journal(), store, boot, &table)?;
        journal.sync(&options.directory)?;
        Ok(Self { folder, journal, store, boot, options, table })
    }
}

impl DiskStore {
    /// Starts the store's threads.
    ///
    /// # Errors
    /// The notice that says that there can be no further thread.
    pub(crate) fn start(
        opened: Opened,
        tags: Arc<Tags>,
        max_entry_bytes: usize,
        notify: Notify,
    ) -> Result<Arc<Self>, Notice> {
        let path = opened.options.directory.clone();
        let shared = Arc::new(Shared {
            folder: opened.folder,
            store: opened.store,
            options: opened.options,
            // The file has a head and hashes beside what the entry weighs.
            max_entry_bytes: 2 * max_entry_bytes as u64 + (1 << 20),
            journaled: watch::Sender::new(tags.sequence()),
            tags,
            notify,
            index: Mutex::default(),
            scanned: Condvar::new(),
            pending: Mutex::default(),
            wake: Condvar::new(),
            waiting: Mutex::default(),
            evicted: AtomicU64::new(0),
            failures: AtomicU64::new(0),
        });
        let (loads, to_read) = sync_channel(MAX_LOADS);
        let for_reader = Arc::clone(&shared);
        let for_writer = writer::Writer::new(Arc::clone(&shared), opened.journal, opened.boot);
        let unusable = |error: std::io::Error| Notice::Unusable { path: path.clone(), error: error.to_string().into() };
        std::thread::Builder::new()
            .name("cache-reader".to_owned())
            .spawn(move || reader::run(&for_reader, &to_read))
            .map_err(unusable)?;
        let writer = std::thread::Builder::new()
            .name("cache-writer".to_owned())
            .spawn(move || for_writer.run())
            .map_err(unusable)?;
        Ok(Arc::new(Self { shared, loads, writer: Mutex::new(Some(writer)) }))
    }

    fn stop(&self) {
        self.shared.pending().is_closing = true;
        self.shared.wake.notify_one();
    }
}

impl Drop for DiskStore {
    fn drop(&mut self) {
        // The writer ends by itself; whoever wants to wait for it has called `close`.
        self.stop();
    }
}

impl Store for DiskStore {
    fn note_invalidation(&self, tags: &[TagId], sequence: Sequence) {
        self.shared.pending().tags.note(tags, sequence);
        self.shared.wake.notify_one();
    }

    fn journaled(&self, sequence: Sequence) -> Journaling {
        let mut journaled = self.shared.journaled.subscribe();
        Box::pin(async move {
            // An error means that the writer is gone: then there is nothing to wait for.
            let _ = journaled.wait_for(|known| *known >= sequence).await;
        })
    }

    fn close(&self) {
        self.stop();
        let writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(writer) = writer {
            // A panic of the writer has been reported by the panic hook; there is nothing left to end.
            let _ = writer.join();
        }
        self.shared.folder.unlock();
    }

    fn find(&self, key: &EntryKey) -> Found {
        {
            let pending = self.shared.pending();
            match pending.job(key) {
                Some(Job::Write(entry)) => return Found::Here(entry.clone()),
                Some(Job::Remove) => return Found::Nothing,
                None if pending.to_clear().is_some() => return Found::Nothing,
                None => {}
            }
        }
        match self.shared.index().contains(key) {
            Some(false) => Found::Nothing,
            Some(true) | None => Found::Elsewhere,
        }
    }

    fn load(&self, key: &EntryKey) -> Loading {
        let (told, answer) = oneshot::channel();
        let is_first = {
            let mut waiting = self.shared.waiting();
            let who = waiting.entry(*key).or_default();
            who.push(told);
            who.len() == 1
        };
        if is_first && self.loads.try_send(*key).is_err() {
            // Too much is being read: those who wait for this entry have a miss.
            self.shared.waiting().remove(key);
        }
        Box::pin(async move { answer.await.ok().flatten() })
    }

    fn keep(&self, key: EntryKey, entry: Entry) {
        if let Entry::Value(value) = &entry
            && !value.kind().is_persistent()
        {
            return;
        }
        let mut pending = self.shared.pending();
        let has_file = self.shared.may_have_file(&key);
        let is_kept = pending.write(key, entry, has_file);
        drop(pending);
        if !is_kept {
            self.shared.index().remove(&key);
        }
        self.shared.wake.notify_one();
    }

    fn remove(&self, key: &EntryKey) {
        // The job first: from then on nothing is found, whatever the index says. Under one lock with the question
        // whether there is a file: a write that ends in between would leave one.
        let mut pending = self.shared.pending();
        let has_file = self.shared.may_have_file(key);
        pending.remove(*key, has_file);
        drop(pending);
        self.shared.index().remove(key);
        self.shared.wake.notify_one();
    }

    fn clear(&self) {
        self.shared.pending().clear();
        self.shared.index().clear();
        self.shared.wake.notify_one();
    }

    fn retain_build(&self, build: BuildKey) {
        let mut pending = self.shared.pending();
        pending.retain(|key| is_of_build(key, build));
        pending.retain = Some(build);
        drop(pending);
        self.shared.wake.notify_one();
    }

    fn usage(&self) -> Usage {
        let skipped = self.shared.pending().skipped;
        let index = self.shared.index();
        Usage {
            entries: index.len() as u64,
            bytes: index.bytes(),
            max_bytes: self.shared.options.max_bytes,
            evicted: self.shared.evicted.load(Ordering::Relaxed),
            skipped,
            failures: self.shared.failures.load(Ordering::Relaxed),
        }
    }

    fn list(&self, visit: &mut dyn FnMut(EntryKey, Summary) -> bool) {
        let keys = {
            let index = self.shared.index();
            let complete = self.shared.scanned.wait_while(index, |index| !index.is_complete());
            complete.unwrap_or_else(PoisonError::into_inner).keys()
        };
        for key in keys {
            // A file that cannot be read has gone meanwhile or is a miss when it is asked for.
            let start =
                self.shared.folder.read_start(&key, |prefix| file::rest_of_head(&self.shared.store, &key, prefix));
            let Ok(Some(start)) = start else { continue };
            let Some(summary) = file::decode_summary(&self.shared.store, &key, &start) else { continue };
            if !visit(key, summary) {
                return;
            }
        }
    }
}

/// Whether an entry is a value or a reply of this build.
fn is_of_build(key: &EntryKey, build: BuildKey) -> bool {
    match key.class() {
        Class::Value => true,
        Class::Reply(of) => of == build,
    }
}

impl Shared {
    // No step of what is done under these locks can panic half-way, so a poisoned lock guards whole data. Who needs two
    // takes `pending` before `index`.

    fn pending(&self) -> MutexGuard<'_, Pending> {
        self.pending.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn index(&self) -> MutexGuard<'_, Index> {
        self.index.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether there may be a file of an entry.
    fn may_have_file(&self, key: &EntryKey) -> bool {
        self.index().contains(key) != Some(false)
    }

    /// An entry's file is damaged. A newer one that waits to be written replaces it anyway.
    fn remove_damaged(&self, key: &EntryKey) {
        let mut pending = self.pending();
        if pending.job(key).is_none() {
            pending.remove(*key, true);
        }
        drop(pending);
        self.wake.notify_one();
    }

    fn path(&self) -> PathBuf {
        self.options.directory.clone()
    }
}
