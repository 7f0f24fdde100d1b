//! The cache as its operator sees it: lists, single entries, purging.
//!
//! Methods that read files say so; they are for a thread that serves no requests.

use std::collections::HashMap;
use std::collections::hash_map::RandomState;
use std::sync::Arc;

use crate::cache::Cache;
use crate::entry::{Entry, Standing, StoredReply, StoredValue};
use crate::key::EntryKey;
use crate::moment::Moment;
use crate::phase;
use crate::summary::{EntryInfo, State, Summary};
use crate::tag::TagId;
use crate::tags::{Invalidation, Sequence, Verdict};

/// What the tag of a path begins with, as in Next.js: the replies of `/a` carry `_N_T_/a`.
pub const PATH_TAG: &str = "_N_T_";

/// What is to be purged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Purge {
    /// Everything.
    All,
    /// What carries a tag.
    Tag(String),
    /// The reply of a path and the values that carry its tag.
    Path(String),
    /// One entry.
    Key(EntryKey),
}

/// An entry with its bytes.
#[derive(Clone, Debug)]
pub enum AnyEntry {
    /// A reply.
    Reply(Arc<StoredReply>),
    /// A value.
    Value(Arc<StoredValue>),
}

impl Cache {
    /// At most `limit` entries, in no order. Reads the beginning of every file.
    pub fn list(&self, limit: usize, now: Moment) -> Vec<EntryInfo> {
        let mut found: HashMap<EntryKey, EntryInfo, RandomState> = HashMap::default();
        for (number, store) in self.inner.stores().enumerate() {
            store.list(&mut |key, summary| {
                let is_full = found.len() >= limit;
                let info = match found.get_mut(&key) {
                    Some(info) => info,
                    None if is_full => return false,
                    None => found.entry(key).or_insert_with(|| self.describe(key, summary, now)),
                };
                // Memory comes first, so what it says of an entry counts.
                info.is_in_memory |= number == 0;
                info.is_in_second |= number == 1;
                true
            });
        }
        self.inner.shelves.list(&mut |key, summary| {
            let is_full = found.len() >= limit;
            let info = match found.get_mut(&key) {
                Some(info) => info,
                None if is_full => return false,
                None => found.entry(key).or_insert_with(|| self.describe(key, summary, now)),
            };
            info.is_in_build = true;
            true
        });
        found.into_values().collect()
    }

    /// An entry, whatever it is good for.
    ///
    /// # Cancel safety
    /// Dropping the future loses nothing.
    pub async fn entry(&self, key: &EntryKey) -> Option<AnyEntry> {
        let entry = match self.inner.memory.entry(key) {
            Some(entry) => entry,
            None => self.inner.fetch(key).await?.0,
        };
        Some(match entry {
            Entry::Reply(reply) => AnyEntry::Reply(reply),
            Entry::Value(value) => AnyEntry::Value(value),
        })
    }

    /// Sees to it that entries are not given out again. All of it costs the same however many entries there are; files go
    /// when their room is needed, or at once where everything goes. [`Cache::journaled`] tells when it outlives the process.
    pub fn purge(&self, what: &Purge, now: Moment) -> Sequence {
        match what {
            Purge::All => {
                let sequence = {
                    let mut recent = self.inner.recent();
                    let sequence = self.inner.tags.invalidate_all(Invalidation::Expire, now);
                    recent.note_all(sequence);
                    sequence
                };
                self.inner.stores().for_each(|store| {
                    store.note_invalidation(&[], sequence);
                    store.clear();
                });
                self.inner.shelves.give_up_all();
                sequence
            }
            Purge::Tag(tag) => self.invalidate([tag], Invalidation::Expire, now),
            Purge::Path(path) => self.invalidate([format!("{PATH_TAG}{path}")], Invalidation::Expire, now),
            Purge::Key(key) => {
                self.inner.remove(key);
                // Whoever has a copy of it finds out by a new number.
                let sequence = {
                    let mut recent = self.inner.recent();
                    let sequence = self.inner.tags.invalidate(&[], Invalidation::Expire, now);
                    recent.note_all(sequence);
                    sequence
                };
                self.inner.stores().for_each(|store| store.note_invalidation(&[], sequence));
                sequence
            }
        }
    }

    fn describe(&self, key: EntryKey, summary: Summary, now: Moment) -> EntryInfo {
        let ids: Vec<TagId> = summary.tags.ids().collect();
        let standing = Standing::new(summary.made);
        let verdict = self.inner.tags.read().judge(ids.into_iter(), standing, now);
        let state = match verdict.max(phase::judge_age(summary.life, now)) {
            Verdict::Untouched => State::Fresh,
            Verdict::Stale => State::Stale,
            Verdict::Expired => State::Expired,
        };
        EntryInfo {
            key,
            kind: summary.kind,
            bytes: summary.bytes,
            life: summary.life,
            tags: summary.tags,
            state,
            is_in_memory: false,
            is_in_second: false,
            is_in_build: false,
        }
    }
}
