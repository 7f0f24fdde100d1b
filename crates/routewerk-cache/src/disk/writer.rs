//! The thread that writes: the scan at the start, the journal, files, room for them.
//!
//! Invalidations go first, whatever else waits, because handlers' replies are held for them. After a failure nothing but
//! those is tried for a while.

use std::io;
use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};
use std::time::Instant;

use crate::entry::Entry;
use crate::key::EntryKey;
use crate::notice::Notice;
use crate::tag::TagId;
use crate::tags::Sequence;

use super::folder::Found;
use super::journal::Journal;
use super::pending::{Job, Pending, TagsToWrite, Taken};
use super::{Shared, file, is_of_build};

/// The writer and what only it touches.
pub(super) struct Writer {
    shared: Arc<Shared>,
    /// `None`: it could not be written; it is made anew before anything else is.
    journal: Option<Journal>,
    boot: [u8; 16],
    /// The last invalidation that the journal has.
    journaled: Sequence,
    /// Until when nothing is tried.
    paused: Option<Instant>,
    /// Whether a failure has been told of and nothing was written since.
    is_failing: bool,
}

impl Writer {
    /// The journal has been written with what the table holds at the start.
    pub(super) fn new(shared: Arc<Shared>, journal: Journal, boot: [u8; 16]) -> Self {
        let journaled = shared.tags.sequence();
        Self { shared, journal: Some(journal), boot, journaled, paused: None, is_failing: false }
    }

    /// Works until the store is closed and nothing waits any more.
    pub(super) fn run(mut self) {
        self.scan();
        loop {
            self.write_tags();
            if self.is_paused() {
                if !self.rest() {
                    break;
                }
                continue;
            }
            self.discard();
            match self.next() {
                Next::Job(taken) => self.perform(&taken),
                Next::Other => {}
                Next::End => break,
            }
        }
        self.end();
    }

    /// Waits for something to do.
    fn next(&self) -> Next {
        let mut pending = self.shared.pending();
        loop {
            if !pending.tags.is_empty() || pending.to_clear().is_some() || pending.retain.is_some() {
                return Next::Other;
            }
            if let Some(taken) = pending.take() {
                return Next::Job(taken);
            }
            if pending.is_closing {
                return Next::End;
            }
            pending = self.shared.wake.wait(pending).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Waits for the end of the pause, for invalidations (which are tried at once), or for the end. False: the end.
    fn rest(&mut self) -> bool {
        let Some(until) = self.paused else { return true };
        let left = until.saturating_duration_since(Instant::now());
        let pending = self.shared.pending();
        let is_idle = |pending: &mut Pending| pending.tags.is_empty() && !pending.is_closing;
        let (pending, _) =
            self.shared.wake.wait_timeout_while(pending, left, is_idle).unwrap_or_else(PoisonError::into_inner);
        if pending.is_closing && pending.tags.is_empty() {
            return false;
        }
        drop(pending);
        if self.paused.is_some_and(|until| until <= Instant::now()) {
            self.paused = None;
        }
        true
    }

    fn is_paused(&self) -> bool {
        self.paused.is_some()
    }

    /// Finds out what lies on disk.
    fn scan(&mut self) {
        let shared = Arc::clone(&self.shared);
        // Before the scan, so that it finds no file of an earlier process half-way.
        let mut result = shared.folder.empty_aside();
        result = result.and(shared.folder.scan(|found| {
            match found {
                Found::Entry(key, bytes) => {
                    // What was removed since the start is gone, whatever the scan has seen.
                    let is_to_go = shared.pending().job(&key).is_some();
                    if !is_to_go {
                        shared.index().insert(key, bytes);
                    }
                }
                Found::EndOfDirectory => self.write_tags(),
            }
            shared.pending().to_clear().is_none()
        }));
        shared.index().complete();
        shared.scanned.notify_all();
        if let Err(error) = result {
            self.fail(&error);
        }
        self.make_room();
    }

    /// Brings the journal up to date with the invalidations that wait.
    fn write_tags(&mut self) {
        let tags = std::mem::take(&mut self.shared.pending().tags);
        if tags.is_empty() {
            return;
        }
        if let Err(error) = self.write_journal(&tags) {
            self.fail_journal(&error);
        }
        // Written or not: who waits for it must not wait for ever, and the log has the failure.
        self.shared.journaled.send_if_modified(|known| {
            let is_news = *known < tags.noted;
            *known = (*known).max(tags.noted);
            is_news
        });
    }

    fn write_journal(&mut self, tags: &TagsToWrite) -> io::Result<()> {
        let shared = Arc::clone(&self.shared);
        let table = shared.tags.read();
        let sequence = table.sequence;
        let is_whole = |journal: &&mut Journal| !tags.everything && !journal.is_wasteful(table.records.len());
        if let Some(journal) = self.journal.as_mut().filter(is_whole) {
            let known = |tag: &TagId| table.records.get(tag).map(|record| (*tag, *record));
            // A tag that is not in the table any more has become part of the floor, which is always written.
            let changed: Vec<_> = tags.touched.iter().filter_map(known).collect();
            let floor = table.floor;
            drop(table);
            journal.append(&changed, &floor, sequence)?;
        } else {
            let copy = table.clone();
            drop(table);
            self.journal = Some(Journal::create(&shared.folder.journal(), shared.store, self.boot, &copy)?);
        }
        self.journaled = sequence;
        Ok(())
    }

    /// Throws away what is not wanted any more.
    fn discard(&mut self) {
        let (clear, retain) = {
            let mut pending = self.shared.pending();
            (pending.to_clear(), pending.retain.take())
        };
        let shared = Arc::clone(&self.shared);
        if let Some(until) = clear {
            let discarded = shared.folder.discard_entries();
            shared.index().clear();
            shared.pending().note_cleared(until);
            if let Err(error) = discarded.and_then(|()| shared.folder.empty_aside()) {
                self.fail(&error);
            }
        }
        let Some(build) = retain else { return };
        let keys = shared.index().keys();
        for (number, key) in keys.into_iter().filter(|key| !is_of_build(key, build)).enumerate() {
            shared.index().remove(&key);
            if let Err(error) = shared.folder.remove(&key) {
                self.fail(&error);
                return;
            }
            if number % 256 == 255 {
                self.write_tags();
            }
        }
    }

    /// Does a job.
    fn perform(&mut self, taken: &Taken) {
        let done = match &taken.job {
            Job::Write(entry) => self.write(&taken.key, entry),
            Job::Remove => self.remove(&taken.key),
        };
        self.shared.pending().done(taken);
        match done {
            Ok(()) => self.make_room(),
            Err(error) => {
                // The older file must not come back when the newer entry has left memory. Where even that fails, it is
                // judged as every entry is: by its age and by what was invalidated since.
                let _ = self.remove(&taken.key);
                self.fail(&error);
            }
        }
    }

    fn write(&mut self, key: &EntryKey, entry: &Entry) -> io::Result<()> {
        if self.journal.is_none() || entry.standing().made > self.journaled {
            self.write_journal(&TagsToWrite::default()).inspect_err(|error| self.fail_journal(error))?;
        }
        let bytes = file::encode(&self.shared.store, key, entry);
        self.shared.folder.write(key, &bytes)?;
        self.shared.index().insert(*key, bytes.len() as u64);
        if self.is_failing {
            self.is_failing = false;
            self.shared.notify.tell(&Notice::WorksAgain { path: self.shared.path() });
        }
        Ok(())
    }

    fn remove(&self, key: &EntryKey) -> io::Result<()> {
        self.shared.index().remove(key);
        self.shared.folder.remove(key)
    }

    /// Removes files until the limits hold.
    fn make_room(&mut self) {
        loop {
            let (max_bytes, max_entries) = (self.shared.options.max_bytes, self.shared.options.max_entries);
            let Some(key) = self.shared.index().make_room(max_bytes, max_entries) else { return };
            self.shared.evicted.fetch_add(1, Ordering::Relaxed);
            if let Err(error) = self.shared.folder.remove(&key) {
                self.fail(&error);
                return;
            }
        }
    }

    /// The journal cannot be written. What lies on disk must not be believed after a restart then.
    fn fail_journal(&mut self, error: &io::Error) {
        self.journal = None;
        // On a full disk this works; where it does not, the directory is as it is, and the log tells of the failure.
        let _ = self.shared.folder.damage_journal();
        self.fail(error);
    }

    /// Pauses, and says so once.
    fn fail(&mut self, error: &io::Error) {
        self.shared.failures.fetch_add(1, Ordering::Relaxed);
        self.paused = Some(Instant::now() + self.shared.options.retry_after);
        if !self.is_failing {
            self.is_failing = true;
            let error = error.to_string().into();
            self.shared.notify.tell(&Notice::Failing { path: self.shared.path(), error });
        }
    }

    /// Everything is written: notes the clean end.
    fn end(mut self) {
        let sequence = self.shared.tags.sequence();
        let Some(journal) = self.journal.take() else { return };
        if let Err(error) = journal.end(sequence) {
            self.fail(&error);
        }
    }
}

/// What the writer does next.
enum Next {
    /// This job.
    Job(Taken),
    /// Something that is not about one entry.
    Other,
    /// Nothing any more.
    End,
}
