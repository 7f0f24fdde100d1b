//! The store in memory: bounded by bytes, shared by all threads, read with one short lock.
//!
//! The policy is that of `quick_cache` (Clock-PRO, near S3-FIFO): an entry becomes *hot* only when it is asked for a
//! second time, and only hot ones are protected, so that a crawler that walks through every path once does not drive
//! out what is in use. Chosen over `moka` (`TinyLFU`): a read takes one lock of a shard for a few dozen nanoseconds and
//! queues nothing for a maintenance task, and an entry costs a third of the bookkeeping.
//!
//! Memory is divided among shards, and an entry has to fit into one; few shards, so that large replies fit.

use std::collections::hash_map::RandomState;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use quick_cache::sync::Cache;
use quick_cache::{Lifecycle, OptionsBuilder, Weighter};

use crate::entry::Entry;
use crate::key::{BuildKey, Class, EntryKey};
use crate::store::{Found, Journaling, Loading, Store, Usage};
use crate::summary::Summary;
use crate::tag::TagId;
use crate::tags::Sequence;

/// What an entry costs beyond its own bytes: its place in the tables and the counts of its allocations.
const OVERHEAD: usize = 128;

/// Bytes that one more shard is worth.
const SHARD: u64 = 64 << 20;

/// The store in memory.
#[derive(Debug)]
pub(crate) struct MemoryStore {
    entries: Cache<EntryKey, Entry, ByBytes, RandomState, CountEvictions>,
    evicted: Arc<AtomicU64>,
    /// With 0 nothing is kept.
    max_bytes: AtomicU64,
}

impl MemoryStore {
    /// A store of at most so many bytes.
    pub(crate) fn new(max_bytes: u64) -> Self {
        let evicted = Arc::new(AtomicU64::new(0));
        let options = OptionsBuilder::new()
            .shards((max_bytes / SHARD).clamp(4, 64) as usize)
            // An estimate of the average entry; it decides how many recently evicted keys are remembered.
            .estimated_items_capacity((max_bytes / 4096).clamp(1024, 1 << 22) as usize)
            .weight_capacity(max_bytes.max(1))
            .build()
            .expect("all that has no default is set");
        let entries = Cache::with_options(options, ByBytes, RandomState::new(), CountEvictions(Arc::clone(&evicted)));
        Self { entries, evicted, max_bytes: AtomicU64::new(max_bytes) }
    }

    /// Takes over another limit; what is too much goes at once. The shards stay: an entry has to fit into one as before.
    pub(crate) fn resize(&self, max_bytes: u64) {
        if self.max_bytes.swap(max_bytes, Ordering::Relaxed) == max_bytes {
            return;
        }
        self.entries.set_capacity(max_bytes.max(1));
        if max_bytes == 0 {
            self.entries.clear();
        }
    }

    /// The entry, counted as used.
    pub(crate) fn entry(&self, key: &EntryKey) -> Option<Entry> {
        self.entries.get(key)
    }
}

impl Store for MemoryStore {
    fn find(&self, key: &EntryKey) -> Found {
        self.entry(key).map_or(Found::Nothing, Found::Here)
    }

    fn load(&self, key: &EntryKey) -> Loading {
        Box::pin(std::future::ready(self.entry(key)))
    }

    fn keep(&self, key: EntryKey, entry: Entry) {
        if self.max_bytes.load(Ordering::Relaxed) > 0 {
            self.entries.insert(key, entry);
        }
    }

    fn remove(&self, key: &EntryKey) {
        self.entries.remove(key);
    }

    fn clear(&self) {
        self.entries.clear();
    }

    fn retain_build(&self, build: BuildKey) {
        self.entries.retain(|key, _| match key.class() {
            Class::Value => true,
            Class::Reply(of) => of == build,
        });
    }

    fn note_invalidation(&self, _: &[TagId], _: Sequence) {}

    fn journaled(&self, _: Sequence) -> Journaling {
        Box::pin(std::future::ready(()))
    }

    fn close(&self) {}

    fn usage(&self) -> Usage {
        Usage {
            entries: self.entries.len() as u64,
            bytes: self.entries.weight(),
            max_bytes: self.max_bytes.load(Ordering::Relaxed),
            evicted: self.evicted.load(Ordering::Relaxed),
            skipped: 0,
            failures: 0,
        }
    }

    fn list(&self, visit: &mut dyn FnMut(EntryKey, Summary) -> bool) {
        for (key, entry) in self.entries.iter() {
            if !visit(key, Summary::of(&entry)) {
                return;
            }
        }
    }
}

/// Entries weigh their bytes.
#[derive(Clone, Debug)]
struct ByBytes;

impl Weighter<EntryKey, Entry> for ByBytes {
    fn weight(&self, _: &EntryKey, entry: &Entry) -> u64 {
        (entry.weight() + OVERHEAD) as u64
    }
}

/// Counts what had to make room.
#[derive(Clone, Debug)]
struct CountEvictions(Arc<AtomicU64>);

impl Lifecycle<EntryKey, Entry> for CountEvictions {
    type RequestState = ();

    fn on_evict(&self, (): &mut (), _: EntryKey, _: Entry) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}
