//! The cache as everybody sees it: tags, stores and flights put together.
//!
//! What replies and values have in common is here; `replies.rs` and `values.rs` have what each is asked for.

use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use crate::disk::{self, DiskStore, Opened};
use crate::entry::{Entry, Kept, Standing};
use crate::flight::{Flight, Flights, Joined, Lead, Outcome};
use crate::key::{BuildKey, EntryKey};
use crate::memory::MemoryStore;
use crate::moment::Moment;
use crate::notice::{Notice, Notify};
use crate::options::CacheOptions;
use crate::phase::{self, Phase};
use crate::policy;
use crate::recent::{Invalidated, Recent};
use crate::shelf::{Shelf, Shelves};
use crate::store::{Found, Store, Usage};
use crate::tag::{MAX_TAGS_PER_ENTRY, TagId, TagSet};
use crate::tags::{Invalidation, Sequence, Table, Tags, Verdict};
use crate::{StoredReply, StoredValue};

/// All stored entries, their tags, and what is being made. A handle: clones share everything.
#[derive(Clone)]
pub struct Cache {
    pub(crate) inner: Arc<Inner>,
}

/// What all handles share.
pub(crate) struct Inner {
    pub(crate) options: CacheOptions,
    pub(crate) tags: Arc<Tags>,
    pub(crate) memory: MemoryStore,
    pub(crate) second: Option<Arc<dyn Store>>,
    /// Whether entries go into the second store. What lies there is read all the same.
    is_second_written: AtomicBool,
    /// What `build` has made.
    pub(crate) shelves: Shelves,
    pub(crate) replies: Arc<Flights<StoredReply>>,
    pub(crate) values: Arc<Flights<StoredValue>>,
    /// Held while an entry takes the place of another, by key, so that the newer one wins.
    writing: [Mutex<()>; 16],
    /// Locked while an invalidation takes its number, so that it is complete up to every number that is visible.
    recent: Mutex<Recent>,
    stored: AtomicU64,
    refused: AtomicU64,
}

/// Why an entry was not stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// It has too many bytes.
    #[error("the entry has {bytes} bytes, more than {limit}")]
    TooLarge {
        /// Its bytes.
        bytes: usize,
        /// How many it may have.
        limit: usize,
    },
    /// It has too many tags.
    #[error("the entry has more than {limit} tags")]
    TooManyTags {
        /// How many it may have.
        limit: usize,
    },
    /// What is stored already was begun after it.
    #[error("a newer entry is stored")]
    Older,
}

/// What a cache holds and has done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// What lies in memory.
    pub memory: Usage,
    /// What lies in the second store, if there is one.
    pub second: Option<Usage>,
    /// Replies that `build` has made and that are still given out.
    pub shelved: u64,
    /// Entries stored since the cache was opened.
    pub stored: u64,
    /// Entries that were too large, too late, or had too many tags.
    pub refused: u64,
    /// Replies and values that are being made.
    pub flights: u64,
    /// Tags that were invalidated and are still told apart.
    pub tags: u64,
    /// The number of the last invalidation.
    pub sequence: Sequence,
}

impl Cache {
    /// A cache in memory alone.
    pub fn in_memory(options: CacheOptions) -> Self {
        let tags = Arc::new(Tags::new(Table::default(), options.max_tags));
        Self::with_parts(options, tags, None)
    }

    /// Opens a cache with its store on disk, if the options name one. Reads the invalidations (a small file), so not on
    /// a thread that serves requests. Never fails: where the disk cannot be used, entries are kept in memory alone.
    /// Where the invalidations of before are lost, everything made before `now` counts as expired. `told` gets what the log
    /// should say, from any thread.
    pub fn open(options: CacheOptions, now: Moment, told: impl Fn(&Notice) + Send + Sync + 'static) -> Self {
        let notify = Notify::new(told);
        let opened = match options.disk.clone().map(|disk| Opened::new(disk, now, &notify)) {
            None => return Self::in_memory(options),
            Some(Err(notice)) => {
                notify.tell(&notice);
                return Self::in_memory(options);
            }
            Some(Ok(opened)) => opened,
        };
        let tags = Arc::new(Tags::new(opened.table.clone(), options.max_tags));
        match DiskStore::start(opened, Arc::clone(&tags), options.max_entry_bytes, notify.clone()) {
            Ok(disk) => Self::with_parts(options, tags, Some(disk)),
            Err(notice) => {
                notify.tell(&notice);
                Self::with_parts(options, tags, None)
            }
        }
    }

    /// Has nothing of what lies in a cache's directory believed when it is opened again: for a process that keeps no entries on
    /// disk, and so does not write there what it invalidates. A directory that another process uses is left alone.
    ///
    /// # Errors
    /// What the file system says.
    pub fn disown(directory: &std::path::Path) -> std::io::Result<()> {
        disk::disown(directory)
    }

    /// A cache with a second store.
    fn with_parts(options: CacheOptions, tags: Arc<Tags>, second: Option<Arc<dyn Store>>) -> Self {
        let inner = Inner {
            memory: MemoryStore::new(options.memory_bytes),
            second,
            is_second_written: AtomicBool::new(true),
            shelves: Shelves::default(),
            replies: Flights::new(Arc::clone(&tags), options.lead_limit),
            values: Flights::new(Arc::clone(&tags), options.lead_limit),
            writing: [const { Mutex::new(()) }; 16],
            recent: Mutex::new(Recent::after(tags.sequence())),
            stored: AtomicU64::new(0),
            refused: AtomicU64::new(0),
            tags,
            options,
        };
        Self { inner: Arc::new(inner) }
    }

    /// The options.
    pub fn options(&self) -> &CacheOptions {
        &self.inner.options
    }

    /// The number of the last invalidation. Who begins to make an entry without a [`Lead`] notes it first.
    pub fn sequence(&self) -> Sequence {
        self.inner.tags.sequence()
    }

    /// The sequence as it was at a moment in the past: for replies that were made by `build`.
    pub fn sequence_at(&self, moment: Moment) -> Sequence {
        self.inner.tags.read().sequence_at(moment)
    }

    /// Invalidates every entry that carries one of these tags, in every store, whatever their number. Every look-up
    /// that begins after the return sees it. That it outlives the process is known when [`Cache::journaled`] resolves.
    pub fn invalidate<T: AsRef<str>>(
        &self,
        tags: impl IntoIterator<Item = T>,
        how: Invalidation,
        now: Moment,
    ) -> Sequence {
        let (ids, names): (Vec<_>, Vec<_>) =
            tags.into_iter().map(|tag| (TagId::new(tag.as_ref()), Box::<str>::from(tag.as_ref()))).unzip();
        let sequence = {
            let mut recent = self.inner.recent();
            let sequence = self.inner.tags.invalidate(&ids, how, now);
            recent.note(sequence, names);
            sequence
        };
        self.inner.stores().for_each(|store| store.note_invalidation(&ids, sequence));
        sequence
    }

    /// A value was stored in the place of one that was still fresh. Touches no entry; takes a number and is logged under `name`, so that
    /// whoever has a copy of the old one hears of it.
    pub fn note_replaced(&self, name: &str) -> Sequence {
        let sequence = {
            let mut recent = self.inner.recent();
            let sequence = self.inner.tags.invalidate(&[], Invalidation::Stale, Moment::default());
            recent.note(sequence, vec![name.into()]);
            sequence
        };
        self.inner.stores().for_each(|store| store.note_invalidation(&[], sequence));
        sequence
    }

    /// What was invalidated after a number, by name.
    pub fn invalidated_since(&self, after: Sequence) -> Invalidated {
        let recent = self.inner.recent();
        recent.since(after, self.inner.tags.sequence())
    }

    /// Resolves once an invalidation outlives the process, or could not be noted (a [`Notice`] tells so). On a device that
    /// hangs it does not resolve: the caller bounds the wait.
    ///
    /// # Cancel safety
    /// Dropping the future changes nothing.
    pub async fn journaled(&self, sequence: Sequence) {
        if let Some(store) = &self.inner.second {
            store.journaled(sequence).await;
        }
    }

    /// Writes what waits to be written and gives the directory back. Waits for the disk: not on a thread that serves
    /// requests. Entries that are stored later stay in memory.
    pub fn close(&self) {
        self.inner.stores().for_each(Store::close);
    }

    /// Forgets the replies of all builds but one (values stay).
    pub fn retain_build(&self, build: BuildKey) {
        self.inner.shelves.retain_build(build);
        self.inner.stores().for_each(|store| store.retain_build(build));
    }

    /// Has the replies of a build read from a shelf when they are first asked for, unless newer ones are stored. The
    /// build began at `begun`: what was invalidated since counts for its replies. `told` gets what is wrong with
    /// its files, from a thread of the shelf's.
    ///
    /// # Errors
    /// What the system says if it gives no thread.
    pub fn attach_shelf(
        &self,
        build: BuildKey,
        replies: Arc<dyn Shelf>,
        begun: Moment,
        told: impl Fn(&str) + Send + 'static,
    ) -> std::io::Result<()> {
        self.inner.shelves.attach(build, replies, self.sequence_at(begun), told)
    }

    /// Takes over other limits while it is in use. False: there is no second store to write to, and there is one only
    /// after the cache has been opened anew.
    pub fn reconfigure(&self, memory_bytes: u64, writes_second: bool) -> bool {
        self.inner.memory.resize(memory_bytes);
        self.inner.is_second_written.store(writes_second, Ordering::Relaxed);
        !writes_second || self.inner.second.is_some()
    }

    /// What it holds and has done.
    pub fn stats(&self) -> Stats {
        let inner = &self.inner;
        Stats {
            memory: inner.memory.usage(),
            second: inner.second.as_ref().map(|store| store.usage()),
            shelved: inner.shelves.count(),
            stored: inner.stored.load(Ordering::Relaxed),
            refused: inner.refused.load(Ordering::Relaxed),
            flights: (inner.replies.len() + inner.values.len()) as u64,
            tags: inner.tags.read().records.len() as u64,
            sequence: inner.tags.sequence(),
        }
    }
}

impl Inner {
    /// The stores, the nearest first.
    pub(crate) fn stores(&self) -> impl Iterator<Item = &dyn Store> {
        let memory: &dyn Store = &self.memory;
        std::iter::once(memory).chain(self.second.as_deref())
    }

    /// The phase of what is found without waiting.
    pub(crate) fn phase<T: Kept>(&self, key: &EntryKey, now: Moment) -> Phase<T> {
        if let Some(entry) = self.memory.entry(key) {
            return T::from_entry(entry).map_or(Phase::Miss, |entry| self.judge(entry, now));
        }
        match self.second.as_ref().map(|store| store.find(key)) {
            Some(Found::Here(entry)) => T::from_entry(entry).map_or(Phase::Miss, |entry| self.judge(entry, now)),
            Some(Found::Elsewhere) => Phase::Unloaded,
            Some(Found::Nothing) | None if self.shelves.has(key) => Phase::Unloaded,
            Some(Found::Nothing) | None => Phase::Miss,
        }
    }

    /// The phase of an entry.
    pub(crate) fn judge<T: Kept>(&self, entry: Arc<T>, now: Moment) -> Phase<T> {
        let verdict = self.tags.judge_entry(&*entry, now).max(phase::judge_age(entry.life(), now));
        Phase::of(entry, verdict)
    }

    /// The phase of what is found in any store; never [`Phase::Unloaded`].
    pub(crate) async fn load<T: Kept>(&self, key: EntryKey, now: Moment) -> Phase<T> {
        match self.phase(&key, now) {
            Phase::Unloaded => {}
            known @ (Phase::Hit(_) | Phase::Stale(_) | Phase::Expired(_) | Phase::Miss) => return known,
        }
        let Some((entry, is_shelved)) = self.fetch(&key).await else { return Phase::Miss };
        let entry = {
            let _writing = self.writing(&key);
            // Somebody may have stored a newer one meanwhile, or removed this one.
            match (self.memory.entry(&key), self.find_second(&key)) {
                (Some(newer), _) => newer,
                (None, Found::Nothing) if !(is_shelved && self.shelves.has(&key)) => return Phase::Miss,
                (None, Found::Here(newest)) => {
                    self.memory.keep(key, newest.clone());
                    newest
                }
                (None, Found::Elsewhere | Found::Nothing) => {
                    self.memory.keep(key, entry.clone());
                    entry
                }
            }
        };
        T::from_entry(entry).map_or(Phase::Miss, |entry| self.judge(entry, now))
    }

    /// What the second store knows at once.
    fn find_second(&self, key: &EntryKey) -> Found {
        self.second.as_ref().map_or(Found::Nothing, |second| second.find(key))
    }

    /// The entry as the second store has it, else as a build has made it, and whether it is the latter.
    pub(crate) async fn fetch(&self, key: &EntryKey) -> Option<(Entry, bool)> {
        if let Some(second) = &self.second
            && matches!(second.find(key), Found::Elsewhere)
            && let Some(entry) = second.load(key).await
        {
            return Some((entry, false));
        }
        self.shelves.load(key).await.map(|entry| (entry, true))
    }

    /// Joins those who need an entry that is not there.
    pub(crate) fn lead<T: Kept>(&self, flights: &Arc<Flights<T>>, key: EntryKey, now: Moment) -> Flight<T> {
        let lead = match flights.join(key, &TagSet::default(), now) {
            Joined::Wait(wait) => return Flight::Wait(wait),
            Joined::Lead(lead) => lead,
        };
        // The entry is stored before its flight ends, so what landed between the look-up and the join is found here.
        match self.phase(&key, now) {
            Phase::Hit(entry) => {
                lead.land(Outcome::Stored(Arc::clone(&entry)));
                Flight::Ready(Phase::Hit(entry))
            }
            Phase::Stale(entry) => {
                lead.land(Outcome::Stored(Arc::clone(&entry)));
                Flight::Ready(Phase::Stale(entry))
            }
            Phase::Expired(old) => Flight::Lead(lead.with_old(Some(old))),
            Phase::Miss | Phase::Unloaded => Flight::Lead(lead),
        }
    }

    /// Leads the regeneration of a stale entry, unless somebody does or has done so.
    pub(crate) fn refresh<T: Kept>(
        &self,
        flights: &Arc<Flights<T>>,
        key: EntryKey,
        stale: &Arc<T>,
        now: Moment,
    ) -> Option<Lead<T>> {
        let lead = match flights.join(key, &TagSet::default(), now) {
            Joined::Wait(_) => return None,
            Joined::Lead(lead) => lead,
        };
        match self.phase(&key, now) {
            Phase::Hit(entry) => {
                lead.land(Outcome::Stored(entry));
                None
            }
            Phase::Stale(old) | Phase::Expired(old) => Some(lead.with_old(Some(old))),
            Phase::Miss | Phase::Unloaded => Some(lead.with_old(Some(Arc::clone(stale)))),
        }
    }

    /// Forgets an entry.
    pub(crate) fn remove(&self, key: &EntryKey) {
        let _writing = self.writing(key);
        self.shelves.give_up(key);
        self.stores().for_each(|store| store.remove(key));
    }

    /// Stores an entry unless a newer one is there.
    pub(crate) fn store<T: Kept>(&self, key: EntryKey, entry: &Arc<T>) -> Result<(), Refusal> {
        let stored = self.try_store(key, entry);
        let counter = if stored.is_ok() { &self.stored } else { &self.refused };
        counter.fetch_add(1, Ordering::Relaxed);
        stored
    }

    fn try_store<T: Kept>(&self, key: EntryKey, entry: &Arc<T>) -> Result<(), Refusal> {
        let limit = self.options.max_entry_bytes;
        let kept = Arc::clone(entry).into_entry();
        let bytes = kept.weight();
        if bytes > limit {
            return Err(Refusal::TooLarge { bytes, limit });
        }
        if entry.tags().len() > MAX_TAGS_PER_ENTRY {
            return Err(Refusal::TooManyTags { limit: MAX_TAGS_PER_ENTRY });
        }
        let _writing = self.writing(&key);
        if self.memory.entry(&key).is_some_and(|old| old.standing().made > entry.standing().made) {
            return Err(Refusal::Older);
        }
        self.memory.keep(key, kept.clone());
        self.shelves.give_up(&key);
        match &self.second {
            Some(second) if self.is_second_written.load(Ordering::Relaxed) => second.keep(key, kept),
            // An older file must not come back when this one has left memory.
            Some(second) => second.remove(&key),
            None => {}
        }
        Ok(())
    }

    /// Puts an entry that differs from `old` in nothing that matters after a restart in its place, in memory alone.
    pub(crate) fn exchange<T: Kept>(&self, key: EntryKey, old: &Arc<T>, new: &Arc<T>) {
        let _writing = self.writing(&key);
        let is_there = self.memory.entry(&key).and_then(T::from_entry).is_some_and(|found| Arc::ptr_eq(&found, old));
        if is_there {
            self.memory.keep(key, Arc::clone(new).into_entry());
        }
    }

    /// Leaves an entry whose regeneration has failed in its place until the retry; one that a tag has expired stays
    /// expired.
    pub(crate) fn postpone<T: Kept>(&self, key: EntryKey, old: &Arc<T>, now: Moment) {
        // Read before the entry is judged: an invalidation in between is not forgiven.
        let forgiven = self.tags.sequence();
        if self.tags.judge(old.tags(), old.standing(), now) == Verdict::Expired {
            return;
        }
        let standing = Standing { made: old.standing().made, forgiven };
        let renewed = Arc::new(old.renewed(policy::postpone(old.life(), now), standing));
        self.exchange(key, old, &renewed);
    }

    /// The log of invalidations. Before the tag table's lock, where both are held.
    pub(crate) fn recent(&self) -> std::sync::MutexGuard<'_, Recent> {
        // A panic while the lock was held leaves a log that is complete from its floor on.
        self.recent.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn writing(&self, key: &EntryKey) -> std::sync::MutexGuard<'_, ()> {
        let index = key.prefix() as usize % self.writing.len();
        self.writing[index].lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Cache {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Cache").field("options", &self.inner.options).finish_non_exhaustive()
    }
}
