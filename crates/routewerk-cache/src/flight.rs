//! Single-flight: one maker per entry, over all threads, however many wait for it.
//!
//! Who asks first gets a [`Lead`] and makes the entry; the others get a [`Wait`] and share the outcome. A lead that is
//! dropped without an outcome (its task ended, its worker died) fails its waiters once; the next asker leads again.
//!
//! Two time-outs. The *lead's* ([`CacheOptions::lead_limit`](crate::CacheOptions::lead_limit)) is kept here: when it
//! has passed, the next asker leads too, and whoever of the two is ready first answers all waiters. The *waiters'*
//! ([`CacheOptions::wait_limit`](crate::CacheOptions::wait_limit)) is kept by the caller, who has the timer; a waiter
//! that leaves changes nothing for the others.
//!
//! Who joins a flight after an invalidation that the flight began before may not be given what the invalidation
//! forbids: its outcome is then [`Outcome::Outdated`], and it asks again.
//!
//! A flight exists as long as its lead, so there are never more of them than calls under way.

use std::collections::HashMap;
use std::collections::hash_map::{Entry as Slot, RandomState};
use std::fmt;
use std::hash::BuildHasher;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::watch;

use crate::entry::Kept;
use crate::key::EntryKey;
use crate::moment::Moment;
use crate::phase::Phase;
use crate::tag::TagSet;
use crate::tags::{Sequence, Tags, Verdict};

/// What became of a flight.
#[derive(Debug)]
pub enum Outcome<T> {
    /// Made and stored.
    Stored(Arc<T>),
    /// Made, good for those who waited, and not stored.
    Unstored(Arc<T>),
    /// Made from what was invalidated before this waiter came: it asks for the entry again.
    Outdated,
    /// Not made.
    Failed(Failure),
}

impl<T> Clone for Outcome<T> {
    fn clone(&self) -> Self {
        match self {
            Self::Stored(entry) => Self::Stored(Arc::clone(entry)),
            Self::Unstored(entry) => Self::Unstored(Arc::clone(entry)),
            Self::Outdated => Self::Outdated,
            Self::Failed(failure) => Self::Failed(failure.clone()),
        }
    }
}

/// Why a flight has no entry.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// Its maker failed and says how: a status for those who waited, and a text for the log.
    #[error("{message}")]
    Told {
        /// The status.
        status: u16,
        /// What failed.
        message: Arc<str>,
    },
    /// Its maker left without a word.
    #[error("the entry's generation was given up")]
    Abandoned,
}

/// The place where a flight's outcome appears, once.
type Place<T> = watch::Sender<Option<Outcome<T>>>;

/// The duty to make an entry. Dropping it fails those who wait.
pub struct Lead<T> {
    flights: Arc<Flights<T>>,
    place: Arc<Place<T>>,
    key: EntryKey,
    number: u64,
    sequence: Sequence,
    old: Option<Arc<T>>,
    /// For its own place among those who wait, where it has overtaken a lead.
    late: Option<Late<T>>,
}

impl<T> Lead<T> {
    /// The key of what is to be made.
    pub const fn key(&self) -> EntryKey {
        self.key
    }

    /// The invalidation sequence when the lead was taken.
    pub const fn sequence(&self) -> Sequence {
        self.sequence
    }

    /// The entry that is made again, if there was one.
    pub const fn old(&self) -> Option<&Arc<T>> {
        self.old.as_ref()
    }

    /// The same lead with the entry that is made again.
    pub(crate) fn with_old(mut self, old: Option<Arc<T>>) -> Self {
        self.old = old;
        self
    }

    /// The same lead, for whoever begins late: `None` where another lead has ended the flight meanwhile, nor, with `if_awaited`, where
    /// all who waited have left. Then the next asker leads; nobody can join in between.
    pub fn if_wanted(self, if_awaited: bool) -> Option<Self> {
        self.flights.is_wanted(&self.key, &self.place, if_awaited).then_some(self)
    }

    /// A place among those who wait for it, for the one who asked first.
    pub fn wait(&self) -> Wait<T> {
        Wait { place: self.place.subscribe(), late: self.late.clone() }
    }

    /// Gives the outcome to all who wait and ends the flight.
    pub(crate) fn land(self, outcome: Outcome<T>) {
        self.end(outcome);
    }

    /// Ends the flight with an outcome. Of two leads of one flight the first answers.
    fn end(&self, outcome: Outcome<T>) {
        self.flights.leave(&self.key, &self.place);
        self.place.send_if_modified(|place| {
            let is_first = place.is_none();
            if is_first {
                *place = Some(outcome);
            }
            is_first
        });
    }
}

impl<T> Drop for Lead<T> {
    fn drop(&mut self) {
        // Already over, or overtaken after the time-out: then a newer lead answers.
        if self.flights.is_led_by(&self.key, &self.place, self.number) {
            self.end(Outcome::Failed(Failure::Abandoned));
        }
    }
}

impl<T> fmt::Debug for Lead<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Lead").field("key", &self.key).field("number", &self.number).finish_non_exhaustive()
    }
}

/// A place among those who wait for an entry.
pub struct Wait<T> {
    place: watch::Receiver<Option<Outcome<T>>>,
    late: Option<Late<T>>,
}

/// Something was invalidated between a flight's begin and a wait for it: how to tell whether that concerns its outcome.
struct Late<T> {
    tags: Arc<Tags>,
    since: Moment,
    implicit: TagSet,
    is_outdated: fn(&Self, &T) -> bool,
}

impl<T> Clone for Late<T> {
    fn clone(&self) -> Self {
        Self {
            tags: Arc::clone(&self.tags),
            since: self.since,
            implicit: self.implicit.clone(),
            is_outdated: self.is_outdated,
        }
    }
}

impl<T: Kept> Late<T> {
    /// Whether an invalidation expires an entry for who waits.
    fn is_outdated(&self, entry: &T) -> bool {
        let own = self.tags.judge(entry.tags(), entry.standing(), self.since);
        own.max(self.tags.judge(&self.implicit, entry.standing(), self.since)) == Verdict::Expired
    }
}

impl<T> Wait<T> {
    /// The outcome, once there is one.
    ///
    /// # Cancel safety
    /// Dropping the future leaves the flight and the others who wait as they are.
    pub async fn outcome(mut self) -> Outcome<T> {
        let outcome = match self.place.wait_for(Option::is_some).await.as_deref() {
            Ok(Some(outcome)) => outcome.clone(),
            // The place lives as long as its lead, and a lead gives an outcome before it goes.
            Ok(None) | Err(_) => Outcome::Failed(Failure::Abandoned),
        };
        let Some(late) = self.late else { return outcome };
        match &outcome {
            Outcome::Stored(entry) | Outcome::Unstored(entry) if (late.is_outdated)(&late, entry) => Outcome::Outdated,
            Outcome::Stored(_) | Outcome::Unstored(_) | Outcome::Outdated | Outcome::Failed(_) => outcome,
        }
    }
}

impl<T> fmt::Debug for Wait<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Wait")
    }
}

/// What somebody gets who asks for an entry that is not there.
#[derive(Debug)]
pub enum Flight<T> {
    /// It has been stored since the look-up: a hit or stale.
    Ready(Phase<T>),
    /// Nobody makes it: the asker does.
    Lead(Lead<T>),
    /// It is being made.
    Wait(Wait<T>),
}

/// Whether somebody who asks for an entry that is to be made makes it himself.
pub(crate) enum Joined<T> {
    /// Nobody makes it: the asker does.
    Lead(Lead<T>),
    /// It is being made.
    Wait(Wait<T>),
}

/// One flight under way.
struct Flying<T> {
    place: Arc<Place<T>>,
    /// Which lead is the newest.
    number: u64,
    /// When the newest lead began.
    started_at: Moment,
    /// The sequence when the first lead began: any lead may answer, so the lowest counts.
    sequence: Sequence,
}

/// Everything that is being made.
pub(crate) struct Flights<T> {
    shards: Box<[Mutex<Shard<T>>]>,
    hasher: RandomState,
    tags: Arc<Tags>,
    limit: Duration,
}

/// A part of the flights, by key.
type Shard<T> = HashMap<EntryKey, Flying<T>, RandomState>;

impl<T> Flights<T> {
    /// No flight. A lead older than `limit` is overtaken by the next asker.
    pub(crate) fn new(tags: Arc<Tags>, limit: Duration) -> Arc<Self> {
        let hasher = RandomState::new();
        let shards = (0..16).map(|_| Mutex::new(HashMap::with_hasher(hasher.clone()))).collect();
        Arc::new(Self { shards, hasher, tags, limit })
    }

    /// Joins the flight of a key, or begins one. `implicit` are tags that count for who asks beside the entry's own.
    pub(crate) fn join(self: &Arc<Self>, key: EntryKey, implicit: &TagSet, now: Moment) -> Joined<T>
    where
        T: Kept,
    {
        let mut shard = self.shard(&key);
        let sequence = self.tags.sequence();
        let (place, number, late) = match shard.entry(key) {
            Slot::Vacant(slot) => {
                let place = Arc::new(Place::new(None));
                slot.insert(Flying { place: Arc::clone(&place), number: 0, started_at: now, sequence });
                (place, 0, None)
            }
            Slot::Occupied(mut slot) => {
                let flying = slot.get_mut();
                let late = (sequence > flying.sequence).then(|| Late {
                    tags: Arc::clone(&self.tags),
                    since: now,
                    implicit: implicit.clone(),
                    is_outdated: Late::is_outdated,
                });
                if now.since(flying.started_at) <= self.limit {
                    return Joined::Wait(Wait { place: flying.place.subscribe(), late });
                }
                flying.number += 1;
                flying.started_at = now;
                (Arc::clone(&flying.place), flying.number, late)
            }
        };
        drop(shard);
        Joined::Lead(Lead { flights: Arc::clone(self), place, key, number, sequence, old: None, late })
    }

    /// How many are under way.
    pub(crate) fn len(&self) -> usize {
        self.shards.iter().map(|shard| shard.lock().unwrap_or_else(PoisonError::into_inner).len()).sum()
    }

    /// Ends a flight.
    fn leave(&self, key: &EntryKey, place: &Arc<Place<T>>) {
        let mut shard = self.shard(key);
        if shard.get(key).is_some_and(|flying| Arc::ptr_eq(&flying.place, place)) {
            shard.remove(key);
        }
    }

    /// Whether the flight is under way. It ends here where somebody has to wait for it and nobody does.
    fn is_wanted(&self, key: &EntryKey, place: &Arc<Place<T>>, if_awaited: bool) -> bool {
        let mut shard = self.shard(key);
        if !shard.get(key).is_some_and(|flying| Arc::ptr_eq(&flying.place, place)) {
            return false;
        }
        // Who joins does so under this lock.
        let is_wanted = !if_awaited || place.receiver_count() > 0;
        if !is_wanted {
            shard.remove(key);
        }
        is_wanted
    }

    /// Whether the flight is under way and this is its newest lead.
    fn is_led_by(&self, key: &EntryKey, place: &Arc<Place<T>>, number: u64) -> bool {
        let shard = self.shard(key);
        shard.get(key).is_some_and(|flying| Arc::ptr_eq(&flying.place, place) && flying.number == number)
    }

    fn shard(&self, key: &EntryKey) -> MutexGuard<'_, Shard<T>> {
        let index = self.hasher.hash_one(key) as usize % self.shards.len();
        self.shards[index].lock().unwrap_or_else(PoisonError::into_inner)
    }
}
