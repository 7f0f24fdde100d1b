//! Which entries lie on disk, in memory: 32 bytes of key and a few more for each.
//!
//! Filled by a scan after the start; until that is complete, a key that is not in it may be there nevertheless.
//! Room is made in the order of writing, with a second chance for what has been read since (the CLOCK policy).

use std::collections::hash_map::{Entry as Slot, RandomState};
use std::collections::{HashMap, VecDeque};

use crate::key::EntryKey;

/// What is known of a file.
#[derive(Clone, Copy, Debug)]
struct Known {
    bytes: u64,
    was_read: bool,
}

/// The files by key.
#[derive(Debug, Default)]
pub(super) struct Index {
    files: HashMap<EntryKey, Known, RandomState>,
    /// Keys in the order of writing; a removed file's key may still be here.
    queue: VecDeque<EntryKey>,
    bytes: u64,
    /// Whether the scan is over.
    is_complete: bool,
}

impl Index {
    /// Whether a file is there; `None` where that is not known yet.
    pub(super) fn contains(&self, key: &EntryKey) -> Option<bool> {
        (self.is_complete || self.files.contains_key(key)).then(|| self.files.contains_key(key))
    }

    /// The file has been read.
    pub(super) fn note_read(&mut self, key: &EntryKey) {
        if let Some(known) = self.files.get_mut(key) {
            known.was_read = true;
        }
    }

    /// A file has been written (or found by the scan).
    pub(super) fn insert(&mut self, key: EntryKey, bytes: u64) {
        match self.files.entry(key) {
            Slot::Occupied(mut slot) => {
                self.bytes = self.bytes - slot.get().bytes + bytes;
                slot.get_mut().bytes = bytes;
            }
            Slot::Vacant(slot) => {
                slot.insert(Known { bytes, was_read: false });
                self.queue.push_back(key);
                self.bytes += bytes;
            }
        }
        self.tidy();
    }

    /// A file is gone, or to be removed.
    pub(super) fn remove(&mut self, key: &EntryKey) {
        if let Some(known) = self.files.remove(key) {
            self.bytes -= known.bytes;
        }
        self.tidy();
    }

    /// Forgets all; the scan is over with that.
    pub(super) fn clear(&mut self) {
        *self = Self { is_complete: true, ..Self::default() };
    }

    pub(super) fn complete(&mut self) {
        self.is_complete = true;
    }

    pub(super) const fn is_complete(&self) -> bool {
        self.is_complete
    }

    /// The file that has to go so that the limits hold, already taken out of the index.
    pub(super) fn make_room(&mut self, max_bytes: u64, max_entries: usize) -> Option<EntryKey> {
        if self.bytes <= max_bytes && self.files.len() <= max_entries {
            return None;
        }
        // Every key is looked at twice at most: the second time its mark is gone.
        while let Some(key) = self.queue.pop_front() {
            match self.files.get_mut(&key) {
                Some(known) if known.was_read => {
                    known.was_read = false;
                    self.queue.push_back(key);
                }
                Some(known) => {
                    self.bytes -= known.bytes;
                    self.files.remove(&key);
                    return Some(key);
                }
                None => {}
            }
        }
        None
    }

    pub(super) fn keys(&self) -> Vec<EntryKey> {
        self.files.keys().copied().collect()
    }

    pub(super) fn len(&self) -> usize {
        self.files.len()
    }

    pub(super) const fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Keeps the queue from filling with the keys of removed files, and from naming a file twice after it was removed
    /// and written again.
    fn tidy(&mut self) {
        if self.queue.len() <= 64 + 2 * self.files.len() {
            return;
        }
        let mut seen = std::collections::HashSet::with_capacity(self.files.len());
        let files = &self.files;
        self.queue.retain(|key| files.contains_key(key) && seen.insert(*key));
    }
}
