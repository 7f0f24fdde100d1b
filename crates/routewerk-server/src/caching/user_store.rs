//! The user's own store of replies (`cacheHandler` of next.config), as the front sees it: whether it can be asked now, and what is
//! remembered of the entries that it was handed.
//!
//! The store is code of the user's and runs in a worker; `asked.rs` has the calls. What it keeps is not kept here. It may hang or
//! take its worker along: then it is not asked for a while, and requests are answered as if it were empty. Nothing of it
//! reaches a client.

use std::collections::HashMap;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use routewerk_cache::{Made, Moment, ReplyKey, Revalidate, Sequence};
use routewerk_handler::LastModified;

/// How long a worker may take to say what the store has, and to hand it something. The worker gives the store itself less
/// (`runtime/cache/user/user-store.ts`): this limit is for a worker that does not get round to it.
const LIMIT: Duration = Duration::from_secs(10);

/// For how long a store is not asked that has failed so.
const PAUSE: Duration = Duration::from_secs(10);

/// As many entries are remembered twice: those of now, and those of before.
const MAX_KNOWN: usize = 32_768;

/// What is told to the log.
type Tell = Box<dyn Fn(&str) + Send + Sync>;

/// A store of the user's. One for all front threads.
pub struct UserStore {
    file: String,
    limit: Duration,
    tell: Tell,
    /// When the store may be asked again, in milliseconds since the Unix epoch; 0 where nothing is wrong.
    paused_until: AtomicU64,
    /// How many entries were handed over.
    handed_over: AtomicU64,
    known: Mutex<Known>,
}

/// How long an entry lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lifetime {
    /// From when on it is stale.
    pub revalidate: Revalidate,
    /// Older than so many seconds it is not given out any more.
    pub expire: Option<u64>,
}

/// What is remembered of entries. Two halves, so that the oldest go without a list of their order.
#[derive(Debug, Default)]
struct Known {
    recent: HashMap<ReplyKey, Entry>,
    before: HashMap<ReplyKey, Entry>,
}

/// What is remembered of an entry.
#[derive(Clone, Copy, Debug)]
struct Entry {
    life: Lifetime,
    /// Where this server has made it.
    own: Option<Own>,
}

/// An entry that this server has handed to the store.
#[derive(Clone, Copy, Debug)]
struct Own {
    /// The invalidations that its making has seen.
    sequence: Sequence,
    /// When it was handed over: the time that the store gives it is in between.
    begun: Moment,
    ended: Moment,
    /// Which one it was of all that were handed over.
    number: u64,
}

impl UserStore {
    /// A store of this file; `tell` gets what the log should say.
    pub fn new(file: String, tell: impl Fn(&str) + Send + Sync + 'static) -> Self {
        let tell: Tell = Box::new(tell);
        Self {
            file,
            limit: LIMIT,
            tell,
            paused_until: AtomicU64::new(0),
            handed_over: AtomicU64::new(0),
            known: Mutex::default(),
        }
    }

    /// The same with another limit for each answer (10 seconds).
    pub fn with_limit(self, limit: Duration) -> Self {
        Self { limit, ..self }
    }

    /// How long it may take.
    pub(super) const fn limit(&self) -> Duration {
        self.limit
    }

    /// Whether it is not to be asked now.
    pub(super) fn is_paused(&self, now: Moment) -> bool {
        let until = self.paused_until.load(Ordering::Relaxed);
        until != 0 && now.as_millis() < until
    }

    /// It has failed in a way that may cost the next one, too, his time or his worker.
    pub(super) fn pause(&self, why: &str, now: Moment) {
        let until = now.as_millis().saturating_add(PAUSE.as_millis() as u64);
        let before = self.paused_until.swap(until, Ordering::Relaxed);
        if before < now.as_millis() {
            let Self { file, tell, .. } = self;
            tell(&format!(
                "the cacheHandler {file} {why}: requests are answered without it, and it is asked again in {} seconds",
                PAUSE.as_secs()
            ));
        }
    }

    /// It has answered.
    pub(super) fn answered(&self) {
        // Mostly it is 0, and a line that nobody writes to is in every core's cache.
        if self.paused_until.load(Ordering::Relaxed) != 0 {
            self.paused_until.store(0, Ordering::Relaxed);
        }
    }

    /// The lifetime of an entry of which the store says nothing; as in Next.js a second where nobody knows.
    pub(super) fn life_of(&self, key: &ReplyKey) -> Lifetime {
        let known = self.known().get(key).map(|entry| entry.life);
        known.unwrap_or(Lifetime { revalidate: Revalidate::After(1), expire: None })
    }

    /// The store says so itself.
    pub(super) fn note_said(&self, key: ReplyKey, life: Lifetime) {
        let mut known = self.known();
        match known.get(&key) {
            Some(entry) if entry.life == life => {}
            found => {
                let own = found.and_then(|entry| entry.own);
                known.put(key, Entry { life, own });
            }
        }
    }

    /// An entry was handed over, between two moments.
    pub(super) fn note_kept(
        &self,
        key: ReplyKey,
        life: Lifetime,
        sequence: Sequence,
        (begun, ended): (Moment, Moment),
    ) {
        let mut known = self.known();
        // Counted while the map is locked: who reads a number finds what was counted for it.
        let number = self.handed_over.fetch_add(1, Ordering::Relaxed) + 1;
        known.put(key, Entry { life, own: Some(Own { sequence, begun, ended, number }) });
    }

    /// How many entries were handed over until now.
    pub(super) fn handed_over(&self) -> u64 {
        self.handed_over.load(Ordering::Relaxed)
    }

    /// Whether an entry was handed over since so many were: who has asked for it before may have missed it.
    pub(super) fn was_kept_since(&self, key: &ReplyKey, handed_over: u64) -> bool {
        self.known().get(key).and_then(|entry| entry.own).is_some_and(|own| own.number > handed_over)
    }

    /// When an entry was made that the store has.
    pub(super) fn made(&self, key: &ReplyKey, said: LastModified, now: Moment) -> Made {
        let moment = match said {
            LastModified::Outdated => return Made::Outdated,
            LastModified::Unknown => now,
            LastModified::At(millis) => Moment::from_millis(millis),
        };
        match self.known().get(key).and_then(|entry| entry.own) {
            Some(own) if own.begun <= moment && moment <= own.ended => Made::Here(moment, own.sequence),
            Some(_) | None => Made::At(moment),
        }
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        // A panic while the lock was held leaves the maps whole: nothing is done to them in steps.
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Known {
    fn get(&self, key: &ReplyKey) -> Option<Entry> {
        self.recent.get(key).or_else(|| self.before.get(key)).copied()
    }

    fn put(&mut self, key: ReplyKey, entry: Entry) {
        if self.recent.len() >= MAX_KNOWN && !self.recent.contains_key(&key) {
            self.before = std::mem::take(&mut self.recent);
        }
        self.recent.insert(key, entry);
    }
}

impl fmt::Debug for UserStore {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("UserStore").field("file", &self.file).finish_non_exhaustive()
    }
}
