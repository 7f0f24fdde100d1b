//! What waits to be written, bounded: one job per entry, the newest; invalidated tags by name alone.
//!
//! An entry that waits is found here, so that it is not lost between memory and disk. When too much waits, an entry is
//! not written and its older file is removed instead: less is kept, nothing wrong is.

use std::collections::hash_map::RandomState;
use std::collections::{HashMap, HashSet, VecDeque};

use crate::entry::Entry;
use crate::key::{BuildKey, EntryKey};
use crate::tag::TagId;
use crate::tags::Sequence;

/// As many bytes of entries may wait.
const MAX_BYTES: usize = 32 << 20;
/// As many entries may wait.
const MAX_WRITES: usize = 4096;
/// As many tags may wait by name; beyond, the journal is written anew as a whole.
const MAX_TAGS: usize = 4096;

/// What is to be done with an entry's file.
#[derive(Clone, Debug)]
pub(super) enum Job {
    Write(Entry),
    Remove,
}

/// A job and whether it still waits for its turn (or is being done).
#[derive(Debug)]
struct Waiting {
    job: Job,
    version: u64,
    is_queued: bool,
}

/// Everything that waits for the writer.
#[derive(Debug, Default)]
pub(super) struct Pending {
    jobs: HashMap<EntryKey, Waiting, RandomState>,
    queue: VecDeque<EntryKey>,
    bytes: usize,
    writes: usize,
    version: u64,
    pub(super) tags: TagsToWrite,
    /// How often all entries were to be thrown away, and how often they have been.
    clears: u64,
    cleared: u64,
    /// Replies of other builds are to be removed.
    pub(super) retain: Option<BuildKey>,
    /// Nothing further comes.
    pub(super) is_closing: bool,
    /// Entries that were not written because too much was waiting.
    pub(super) skipped: u64,
}

/// Invalidations that the journal does not have yet.
#[derive(Debug, Default)]
pub(super) struct TagsToWrite {
    pub(super) touched: HashSet<TagId, RandomState>,
    /// More tags than are named, or all of them.
    pub(super) everything: bool,
    /// The last invalidation noted.
    pub(super) noted: Sequence,
}

impl TagsToWrite {
    /// Notes an invalidation.
    pub(super) fn note(&mut self, tags: &[TagId], sequence: Sequence) {
        self.noted = self.noted.max(sequence);
        if self.everything {
            return;
        }
        self.touched.extend(tags);
        if self.touched.len() > MAX_TAGS {
            self.everything = true;
            self.touched = HashSet::default();
        }
    }
}

/// A job in the writer's hands.
#[derive(Debug)]
pub(super) struct Taken {
    pub(super) key: EntryKey,
    pub(super) job: Job,
    version: u64,
}

impl Pending {
    /// What is about to become of an entry, if anything.
    pub(super) fn job(&self, key: &EntryKey) -> Option<&Job> {
        self.jobs.get(key).map(|waiting| &waiting.job)
    }

    /// An entry is to be written. False: too much waits, and it is not; `has_file` says whether an older file may be
    /// there, which is removed then.
    pub(super) fn write(&mut self, key: EntryKey, entry: Entry, has_file: bool) -> bool {
        let has_room = self.bytes + entry.weight() <= MAX_BYTES && self.writes < MAX_WRITES;
        if has_room {
            self.put(key, Job::Write(entry));
        } else {
            self.skipped += 1;
            self.remove(key, has_file);
        }
        has_room
    }

    /// An entry is to be forgotten, and its file removed if there may be one. So there are never more of these jobs than
    /// files and waiting writes.
    pub(super) fn remove(&mut self, key: EntryKey, has_file: bool) {
        if has_file || self.jobs.contains_key(&key) {
            self.put(key, Job::Remove);
        }
    }

    /// All entries are to be thrown away, those that wait too.
    pub(super) fn clear(&mut self) {
        self.clears += 1;
        self.jobs.clear();
        self.queue.clear();
        self.bytes = 0;
        self.writes = 0;
    }

    /// Until when all entries are to be thrown away, if they are: given to [`Pending::note_cleared`] when it is done.
    pub(super) fn to_clear(&self) -> Option<u64> {
        (self.clears != self.cleared).then_some(self.clears)
    }

    /// All entries have been thrown away.
    pub(super) fn note_cleared(&mut self, until: u64) {
        self.cleared = until;
    }

    /// Forgets the waiting replies of other builds.
    pub(super) fn retain(&mut self, keeps: impl Fn(&EntryKey) -> bool) {
        let gone: Vec<_> = self.jobs.keys().filter(|key| !keeps(key)).copied().collect();
        for key in gone {
            self.put(key, Job::Remove);
        }
    }

    fn put(&mut self, key: EntryKey, job: Job) {
        self.version += 1;
        let (bytes, writes) = cost(&job);
        let is_queued = self.jobs.get(&key).is_some_and(|waiting| waiting.is_queued);
        if !is_queued {
            self.queue.push_back(key);
        }
        let waiting = Waiting { job, version: self.version, is_queued: true };
        if let Some(old) = self.jobs.insert(key, waiting) {
            let (bytes, writes) = cost(&old.job);
            self.bytes -= bytes;
            self.writes -= writes;
        }
        self.bytes += bytes;
        self.writes += writes;
    }

    /// The next job.
    pub(super) fn take(&mut self) -> Option<Taken> {
        while let Some(key) = self.queue.pop_front() {
            if let Some(waiting) = self.jobs.get_mut(&key) {
                waiting.is_queued = false;
                return Some(Taken { key, job: waiting.job.clone(), version: waiting.version });
            }
        }
        None
    }

    /// A job is done; whether nothing newer has come for its entry.
    pub(super) fn done(&mut self, taken: &Taken) -> bool {
        let is_last = self.jobs.get(&taken.key).is_some_and(|waiting| waiting.version == taken.version);
        if is_last && let Some(old) = self.jobs.remove(&taken.key) {
            let (bytes, writes) = cost(&old.job);
            self.bytes -= bytes;
            self.writes -= writes;
        }
        is_last
    }
}

impl TagsToWrite {
    pub(super) fn is_empty(&self) -> bool {
        self.noted == Sequence::default() && self.touched.is_empty() && !self.everything
    }
}

/// Bytes and writes that a job counts for.
fn cost(job: &Job) -> (usize, usize) {
    match job {
        Job::Write(entry) => (entry.weight(), 1),
        Job::Remove => (0, 0),
    }
}
