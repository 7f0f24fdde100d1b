//! The tag table: which tags were invalidated, and when, whatever the number of entries that carry them.
//!
//! Every invalidation takes the next number of one sequence. An entry remembers the sequence at the start of its
//! making; an invalidation with a higher number concerns it. A tag's record holds
//!
//! - the number of its last invalidation: what was made before is *stale*;
//! - the number of the last one that *expires at once*: what was made before is expired;
//! - one invalidation that expires later: its number and the time. Where a second one comes before the first is due,
//!   they become one with the higher number and the earlier time: an entry may expire earlier than asked, never later.
//!
//! The table is bounded. When it is full, the eighth part of the records that were touched longest ago is folded into
//! one record, the *floor*, that counts for every entry: what was made before those invalidations is then stale (or
//! expired) whatever its tags are. So a full table costs regenerations and never loses an invalidation.

use std::collections::HashMap;
use std::collections::hash_map::RandomState;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use crate::entry::{Kept, Standing};
use crate::moment::Moment;
use crate::tag::{TagId, TagSet};

/// A number of the sequence of invalidations. An entry made at sequence `n` has seen the invalidations up to `n`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Sequence(u64);

impl Sequence {
    /// The sequence with this number (as a worker hands it back).
    pub const fn from_u64(number: u64) -> Self {
        Self(number)
    }

    /// The number.
    pub const fn as_u64(self) -> u64 {
        self.0
    }
}

/// What an invalidation does to the entries that carry one of its tags.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Invalidation {
    /// They are stale from now on: given out once more while they are made again (`revalidateTag(tag, 'max')`).
    Stale,
    /// They are stale from now on and expired after so many seconds (`revalidateTag(tag, { expire })`).
    ExpireAfter(u64),
    /// They are expired from now on: never given out again (`updateTag`, `revalidatePath`, `{ expire: 0 }`).
    Expire,
}

/// What the invalidations say of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Verdict {
    Untouched,
    Stale,
    Expired,
}

/// What is known of one tag.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Record {
    /// The last invalidation.
    pub(crate) stale: Sequence,
    /// When that was.
    pub(crate) stale_at: Moment,
    /// The last invalidation that expires at once.
    pub(crate) expired: Sequence,
    /// The last invalidation that expires later.
    pub(crate) pending: Sequence,
    /// When that is due.
    pub(crate) due: Moment,
}

impl Record {
    /// Takes an invalidation in.
    fn invalidate(&mut self, how: Invalidation, sequence: Sequence, now: Moment) {
        self.settle(now);
        self.stale = sequence;
        self.stale_at = now;
        match how {
            Invalidation::Stale => {}
            Invalidation::Expire | Invalidation::ExpireAfter(0) => self.expired = sequence,
            Invalidation::ExpireAfter(seconds) => self.wait_until(sequence, now.plus_seconds(seconds)),
        }
    }

    /// Takes another record in, so that whatever either says of an entry is said by this one.
    fn fold(&mut self, other: &Self) {
        if other.stale > self.stale {
            self.stale = other.stale;
            self.stale_at = other.stale_at;
        }
        self.expired = self.expired.max(other.expired);
        if other.pending > Sequence::default() {
            self.wait_until(other.pending, other.due);
        }
    }

    /// A later expiry joins the one that is waited for already, if there is one.
    fn wait_until(&mut self, sequence: Sequence, due: Moment) {
        self.due = if self.pending > self.expired { self.due.min(due) } else { due };
        self.pending = self.pending.max(sequence);
    }

    /// Turns a later expiry that is due into one that has happened.
    fn settle(&mut self, now: Moment) {
        if self.due <= now {
            self.expired = self.expired.max(self.pending);
        }
        if self.expired >= self.pending {
            self.pending = Sequence::default();
            self.due = Moment::default();
        }
    }

    /// What this record says of an entry of which only the time is known when it was made. Of what was invalidated before the last
    /// time, too, the times are not kept: it counts as well, so that an entry may expire earlier than asked, never later.
    fn judge_since(&self, made_at: Moment, now: Moment) -> Verdict {
        if self.stale == Sequence::default() || self.stale_at < made_at {
            return Verdict::Untouched;
        }
        self.judge(Standing::new(Sequence::default()), now)
    }

    /// What this record says of an entry.
    fn judge(&self, standing: Standing, now: Moment) -> Verdict {
        let is_due = self.pending > standing.made && self.due <= now;
        if self.expired > standing.made || is_due {
            Verdict::Expired
        } else if self.stale > standing.forgiven {
            Verdict::Stale
        } else {
            Verdict::Untouched
        }
    }
}

/// Everything that was invalidated.
#[derive(Clone, Debug, Default)]
pub(crate) struct Table {
    pub(crate) records: HashMap<TagId, Record, RandomState>,
    /// Counts for every entry.
    pub(crate) floor: Record,
    /// The number of the last invalidation.
    pub(crate) sequence: Sequence,
    /// When the last invalidation was: time in the table never runs backwards.
    pub(crate) latest: Moment,
}

impl Table {
    /// Takes an invalidation of some tags in and returns its number.
    pub(crate) fn invalidate(&mut self, tags: &[TagId], how: Invalidation, now: Moment, limit: usize) -> Sequence {
        let now = now.max(self.latest);
        self.latest = now;
        self.sequence = Sequence(self.sequence.0 + 1);
        for tag in tags {
            self.records.entry(*tag).or_default().invalidate(how, self.sequence, now);
            if self.records.len() > limit {
                self.fold_oldest(limit);
            }
        }
        self.sequence
    }

    /// An invalidation of everything.
    pub(crate) fn invalidate_all(&mut self, how: Invalidation, now: Moment) -> Sequence {
        let now = now.max(self.latest);
        self.latest = now;
        self.sequence = Sequence(self.sequence.0 + 1);
        self.floor.invalidate(how, self.sequence, now);
        self.sequence
    }

    /// Folds the eighth part of the records that were touched longest ago into the floor.
    pub(crate) fn fold_oldest(&mut self, limit: usize) {
        let keep = limit - limit / 8;
        let excess = self.records.len().saturating_sub(keep);
        if excess == 0 {
            return;
        }
        let mut touched: Vec<Sequence> = self.records.values().map(|record| record.stale).collect();
        // A call may have touched several tags at once, so that more than the eighth part goes at times.
        let (_, last, _) = touched.select_nth_unstable(excess - 1);
        let last = *last;
        let floor = &mut self.floor;
        self.records.retain(|_, record| {
            let keeps = record.stale > last;
            if !keeps {
                floor.fold(record);
            }
            keeps
        });
    }

    /// What the table says of an entry with these tags.
    pub(crate) fn judge(&self, tags: impl Iterator<Item = TagId>, standing: Standing, now: Moment) -> Verdict {
        let floor = self.floor.judge(standing, now);
        if self.sequence <= standing.made || self.records.is_empty() {
            return floor;
        }
        let records = tags.filter_map(|tag| self.records.get(&tag));
        records.map(|record| record.judge(standing, now)).fold(floor, Verdict::max)
    }

    /// What the table says of an entry with these tags of which only the time is known when it was made.
    pub(crate) fn judge_since(&self, tags: impl Iterator<Item = TagId>, made_at: Moment, now: Moment) -> Verdict {
        let records = tags.filter_map(|tag| self.records.get(&tag));
        let floor = self.floor.judge_since(made_at, now);
        records.map(|record| record.judge_since(made_at, now)).fold(floor, Verdict::max)
    }

    /// The sequence as it was at a moment: what was begun then has seen the invalidations up to this number.
    pub(crate) fn sequence_at(&self, moment: Moment) -> Sequence {
        let all = self.records.values().chain(std::iter::once(&self.floor));
        all.filter(|record| record.stale_at < moment).map(|record| record.stale).max().unwrap_or_default()
    }
}

/// The table as all threads share it.
#[derive(Debug)]
pub(crate) struct Tags {
    table: RwLock<Table>,
    /// The table's sequence, so that a look-up needs no lock while nothing is invalidated.
    sequence: AtomicU64,
    limit: usize,
}

impl Tags {
    /// A table of at most `limit` tags (at least 8), beginning with what is known already.
    pub(crate) fn new(mut table: Table, limit: usize) -> Self {
        let limit = limit.max(8);
        if table.records.len() > limit {
            table.fold_oldest(limit);
        }
        Self { sequence: AtomicU64::new(table.sequence.0), table: RwLock::new(table), limit }
    }

    /// The number of the last invalidation that every look-up sees.
    pub(crate) fn sequence(&self) -> Sequence {
        Sequence(self.sequence.load(Ordering::Acquire))
    }

    /// Invalidates; every look-up that begins after the return sees it.
    pub(crate) fn invalidate(&self, tags: &[TagId], how: Invalidation, now: Moment) -> Sequence {
        let mut table = self.write();
        let sequence = table.invalidate(tags, how, now, self.limit);
        self.sequence.store(sequence.0, Ordering::Release);
        sequence
    }

    /// Invalidates everything.
    pub(crate) fn invalidate_all(&self, how: Invalidation, now: Moment) -> Sequence {
        let mut table = self.write();
        let sequence = table.invalidate_all(how, now);
        self.sequence.store(sequence.0, Ordering::Release);
        sequence
    }

    /// What the invalidations say of an entry with these tags.
    pub(crate) fn judge(&self, tags: &TagSet, standing: Standing, now: Moment) -> Verdict {
        self.read().judge(tags.ids(), standing, now)
    }

    /// The same for an entry that remembers what it was told: asks the table once per invalidation.
    pub(crate) fn judge_entry<T: Kept>(&self, entry: &T, now: Moment) -> Verdict {
        // Read before the table is asked: what is invalidated in between is not taken for known.
        let sequence = self.sequence();
        if entry.checked().covers(sequence) {
            return Verdict::Untouched;
        }
        let verdict = self.judge(entry.tags(), entry.standing(), now);
        // An entry that was forgiven an invalidation may still expire by it, without a new one.
        let standing = entry.standing();
        if verdict == Verdict::Untouched && standing.forgiven == standing.made {
            entry.checked().note(sequence);
        }
        verdict
    }

    pub(crate) fn read(&self) -> RwLockReadGuard<'_, Table> {
        // A panic while the lock was held leaves the table as whole as it was: no step in between is visible.
        self.table.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Table> {
        self.table.write().unwrap_or_else(PoisonError::into_inner)
    }
}
