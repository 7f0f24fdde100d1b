//! The cache against a simple model of it: random requests, time, invalidations, failures, restarts and evictions.
//!
//! The model keeps a plain list of everything that ever happened and decides by looking through it. Whatever the cache gives
//! out must be what the model allows:
//!
//! - never the reply of another key, never one that an invalidation forbids, never a hit that should be stale;
//! - one maker per entry; nobody who asked after an invalidation gets what was begun before it;
//! - where memory is large enough, exactly what the model says: nothing stored is lost, restarts included.

use std::path::Path;
use std::time::Duration;

use proptest::prelude::*;
use routewerk_cache::{
    Cache, CacheOptions, DiskOptions, Failure, Flight, Invalidation, Lead, Moment, NewReply, Outcome, Phase, Purge,
    Revalidate, StoredReply, TagSet, Wait,
};

use crate::setup::{at, key, open, ready, reply, wait_for};

const KEYS: u8 = 4;
const TAGS: u8 = 3;
const LEAD_LIMIT: u64 = 20;

/// One thing that happens.
#[derive(Clone, Debug)]
enum Step {
    /// A request: served, or it leads, or it waits.
    Ask { key: u8 },
    /// A generation ends.
    End { which: u8, how: End },
    /// Time passes.
    Pass { seconds: u64 },
    /// A tag is invalidated.
    Invalidate { tag: u8, how: Invalidation },
    /// Everything is purged.
    Purge,
    /// One entry is purged.
    PurgeKey { key: u8 },
    /// The process ends in peace and starts again.
    Restart,
    /// A crawler comes by.
    Scan,
}

/// How a generation ends.
#[derive(Clone, Copy, Debug)]
enum End {
    Made { revalidate: Option<u64>, expire: Option<u64>, tags: u8 },
    ServerError,
    Unstorable,
    Failed,
    Dropped,
}

/// What the model knows of an invalidation.
struct Happened {
    tag: Option<u8>,
    how: Invalidation,
    at: Moment,
}

/// A stored reply, as the model sees it.
#[derive(Clone)]
struct Stored {
    body: String,
    status: u16,
    tags: u8,
    /// How many invalidations had happened when its making began.
    begun: usize,
    made_at: Moment,
    revalidate: Option<u64>,
    expire: Option<u64>,
    /// After a failed regeneration: when, how many invalidations had happened then, and the life until the retry.
    postponed: Option<(Moment, usize, u64, Option<u64>)>,
    /// How often it was postponed: of two makers that fail, the one who knows the newest state counts.
    version: u32,
}

/// Somebody who makes a reply.
struct Maker {
    lead: Lead<StoredReply>,
    key: u8,
    begun: usize,
    since: Moment,
    old: Option<Stored>,
    flight: u32,
    is_newest: bool,
}

/// Somebody who waits.
struct Waiter {
    wait: Wait<StoredReply>,
    flight: u32,
    joined: usize,
    since: Moment,
}

/// The cache and what should be true of it.
struct World<'a> {
    cache: Cache,
    directory: &'a Path,
    is_exact: bool,
    now: Moment,
    happened: Vec<Happened>,
    stored: Vec<Option<Stored>>,
    /// Everything that was ever stored, for when the newest may have been lost.
    ever: Vec<Vec<Stored>>,
    makers: Vec<Maker>,
    waiters: Vec<Waiter>,
    /// Which flight of each key is under way.
    flights: Vec<Option<u32>>,
    made: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Verdict {
    Hit,
    Stale,
    Expired,
}

impl World<'_> {
    fn open(directory: &Path, is_exact: bool) -> Cache {
        let options = CacheOptions {
            memory_bytes: if is_exact { 50 << 20 } else { 40_000 },
            lead_limit: Duration::from_secs(LEAD_LIMIT),
            ..CacheOptions::default()
        };
        open(&options, DiskOptions::new(directory.join("cache")))
    }

    /// What the tags say of something begun after so many invalidations, for who looks now. `forgiven` counts for those
    /// that only make stale.
    fn by_tags(&self, tags: u8, begun: usize, forgiven: usize, until: usize) -> Verdict {
        let concerns = |happened: &Happened| happened.tag.is_none_or(|tag| tags & 1 << tag != 0);
        let mut verdict = Verdict::Hit;
        for (number, happened) in self.happened.iter().enumerate().take(until).filter(|(_, it)| concerns(it)) {
            let is_expired = number >= begun
                && match happened.how {
                    Invalidation::Expire => true,
                    Invalidation::ExpireAfter(seconds) => happened.at.plus_seconds(seconds) <= self.now,
                    Invalidation::Stale => false,
                };
            if is_expired {
                return Verdict::Expired;
            }
            if number >= forgiven {
                verdict = Verdict::Stale;
            }
        }
        verdict
    }

    /// Whether two later expiries of a tag may have become one.
    fn may_have_merged(&self, stored: &Stored) -> bool {
        (0..TAGS).filter(|tag| stored.tags & 1 << tag != 0).any(|tag| {
            let later = |it: &&Happened| it.tag == Some(tag) && matches!(it.how, Invalidation::ExpireAfter(_));
            self.happened.iter().filter(later).count() > 1
        })
    }

    fn judge(&self, stored: &Stored, with_postponed: bool) -> Verdict {
        let older = |since: Moment, seconds: Option<u64>| seconds.is_some_and(|it| self.now > since.plus_seconds(it));
        let (forgiven, since, revalidate, expire) = match stored.postponed.filter(|_| with_postponed) {
            Some((since, forgiven, revalidate, expire)) => (forgiven, since, Some(revalidate), expire),
            None => (stored.begun, stored.made_at, stored.revalidate, stored.expire),
        };
        let by_age = if older(since, expire) {
            Verdict::Expired
        } else if revalidate == Some(0) || older(since, revalidate) {
            Verdict::Stale
        } else {
            Verdict::Hit
        };
        by_age.max(self.by_tags(stored.tags, stored.begun, forgiven, self.happened.len()))
    }

    /// Looks up as a request does, and compares.
    fn look(&mut self, which: u8) -> Result<Phase<StoredReply>, TestCaseError> {
        let phase = wait_for(self.cache.load_reply(&key(&which.to_string()), self.now));
        let found = match &phase {
            Phase::Hit(reply) => Some((Verdict::Hit, reply)),
            Phase::Stale(reply) => Some((Verdict::Stale, reply)),
            Phase::Expired(reply) => Some((Verdict::Expired, reply)),
            Phase::Miss => None,
            Phase::Unloaded => return Err(TestCaseError::fail("loaded and yet unloaded")),
        };
        if let Some((verdict, reply)) = found {
            let stored = self.ever[which as usize].iter().rev().find(|stored| stored.body.as_bytes() == reply.body());
            let stored = stored.ok_or_else(|| TestCaseError::fail("a reply that was never stored under this key"))?;
            let strict = self.judge(stored, true).min(self.judge(stored, false));
            let strict = if self.is_exact { self.judge(stored, true) } else { strict };
            prop_assert!(verdict >= strict, "given out as {:?}, and is {:?}", verdict, strict);
            if self.is_exact && verdict != strict {
                prop_assert!(self.may_have_merged(stored), "given out as {:?}, and is {:?}", verdict, strict);
            }
        }
        if self.is_exact {
            let expected = self.stored[which as usize].as_ref().map(|stored| stored.body.clone().into_bytes());
            prop_assert_eq!(found.map(|(_, reply)| reply.body().to_vec()), expected, "the newest that was stored");
        }
        Ok(phase)
    }

    fn ask(&mut self, which: u8) -> Result<(), TestCaseError> {
        let name = key(&which.to_string());
        let phase = self.look(which)?;
        let is_led = self
            .makers
            .iter()
            .any(|maker| maker.key == which && maker.is_newest && self.now.since(maker.since).as_secs() <= LEAD_LIMIT);
        let flight = match &phase {
            Phase::Hit(_) => return Ok(()),
            Phase::Stale(stale) => {
                let Some(lead) = self.cache.refresh_reply(&name, stale, self.now) else {
                    prop_assert!(is_led, "nobody makes it again");
                    return Ok(());
                };
                Flight::Lead(lead)
            }
            Phase::Expired(_) | Phase::Miss | Phase::Unloaded => self.cache.lead_reply(&name, self.now),
        };
        match flight {
            Flight::Ready(_) => return Err(TestCaseError::fail("nobody has stored anything since")),
            Flight::Wait(wait) => {
                prop_assert!(is_led, "waits for nobody");
                let flight = self.flights[which as usize].ok_or_else(|| TestCaseError::fail("no flight"))?;
                self.waiters.push(Waiter { wait, flight, joined: self.happened.len(), since: self.now });
            }
            Flight::Lead(lead) => {
                prop_assert!(!is_led, "a second maker");
                for maker in self.makers.iter_mut().filter(|maker| maker.key == which) {
                    maker.is_newest = false;
                }
                let old = lead.old().and_then(|old| {
                    let stored = self.ever[which as usize].iter().rev();
                    stored.into_iter().find(|stored| stored.body.as_bytes() == old.body()).cloned()
                });
                self.made += 1;
                let flight = *self.flights[which as usize].get_or_insert(self.made);
                let begun = self.happened.len();
                self.waiters.push(Waiter { wait: lead.wait(), flight, joined: begun, since: self.now });
                self.makers.push(Maker { lead, key: which, begun, since: self.now, old, flight, is_newest: true });
            }
        }
        Ok(())
    }

    fn end(&mut self, which: u8, how: End) -> Result<(), TestCaseError> {
        if self.makers.is_empty() {
            return Ok(());
        }
        let maker = self.makers.remove(which as usize % self.makers.len());
        self.made += 1;
        let body = format!("{} {} {}", maker.key, self.made, "x".repeat(500));
        let new = |status, revalidate: Option<u64>, expire, tags: u8| NewReply {
            status,
            revalidate: revalidate.map_or(Revalidate::Never, Revalidate::After),
            expire,
            tags: (0..TAGS).filter(|tag| tags & 1 << tag != 0).map(|tag| tag.to_string()).collect::<TagSet>(),
            ..reply(&body, &[])
        };
        let mut lands = true;
        match how {
            End::Made { revalidate, expire, tags } => {
                self.cache.finish_reply(maker.lead, new(200, revalidate, expire, tags), self.now);
                let stored = Stored {
                    body: body.clone(),
                    status: 200,
                    tags,
                    begun: maker.begun,
                    made_at: self.now,
                    revalidate,
                    expire,
                    postponed: None,
                    version: 0,
                };
                let place = &mut self.stored[maker.key as usize];
                let is_newer = place.as_ref().is_none_or(|there| there.begun <= maker.begun);
                self.ever[maker.key as usize].push(stored.clone());
                if is_newer {
                    *place = Some(stored);
                }
            }
            End::ServerError => {
                self.cache.finish_reply(maker.lead, new(500, None, None, 0), self.now);
                let is_kept = maker.old.as_ref().is_some_and(|old| old.status < 500);
                if is_kept {
                    self.postpone(maker.key, maker.old.as_ref());
                } else {
                    let stored = Stored {
                        body: body.clone(),
                        status: 500,
                        tags: 0,
                        begun: maker.begun,
                        made_at: self.now,
                        revalidate: None,
                        expire: None,
                        postponed: None,
                        version: 0,
                    };
                    let place = &mut self.stored[maker.key as usize];
                    self.ever[maker.key as usize].push(stored.clone());
                    if place.as_ref().is_none_or(|there| there.begun <= maker.begun) {
                        *place = Some(stored);
                    }
                }
            }
            End::Unstorable => {
                self.cache.share_reply(maker.lead, new(200, None, None, 0), self.now);
                self.postpone(maker.key, maker.old.as_ref());
            }
            End::Failed => {
                let failure = Failure::Told { status: 500, message: "it threw".into() };
                self.cache.fail_reply(maker.lead, failure, self.now);
                self.postpone(maker.key, maker.old.as_ref());
            }
            End::Dropped => {
                lands = maker.is_newest;
                drop(maker.lead);
            }
        }
        if lands && self.flights[maker.key as usize] == Some(maker.flight) {
            self.answer(maker.key, maker.flight)?;
        }
        Ok(())
    }

    /// Whoever waits for a reply has an outcome that is good for him.
    fn answer(&mut self, which: u8, flight: u32) -> Result<(), TestCaseError> {
        self.flights[which as usize] = None;
        // The flight is over: a maker that was overtaken, or overtook, leads nothing any more.
        for maker in self.makers.iter_mut().filter(|maker| maker.key == which) {
            maker.is_newest = false;
        }
        let (answered, left) =
            std::mem::take(&mut self.waiters).into_iter().partition(|waiter| waiter.flight == flight);
        self.waiters = left;
        for waiter in answered {
            let Waiter { wait, joined, since, .. } = waiter;
            if let Outcome::Stored(reply) | Outcome::Unstored(reply) = ready(wait.outcome()) {
                let stored = self.ever[which as usize].iter().rev().find(|it| it.body.as_bytes() == reply.body());
                // What was not stored is not in the list; it has no tags here.
                let Some(stored) = stored else { continue };
                let then = World { now: since, ..self.frozen() };
                prop_assert!(
                    then.by_tags(stored.tags, stored.begun, stored.begun, joined) < Verdict::Expired,
                    "given to one who asked after the invalidation"
                );
            }
        }
        Ok(())
    }

    /// The past, to judge by.
    fn frozen(&self) -> World<'_> {
        World {
            cache: self.cache.clone(),
            directory: self.directory,
            is_exact: self.is_exact,
            now: self.now,
            happened: self.happened.iter().map(|it| Happened { tag: it.tag, how: it.how, at: it.at }).collect(),
            stored: Vec::new(),
            ever: Vec::new(),
            makers: Vec::new(),
            waiters: Vec::new(),
            flights: Vec::new(),
            made: 0,
        }
    }

    fn postpone(&mut self, which: u8, old: Option<&Stored>) {
        let Some(old) = old else { return };
        let is_expired = self.by_tags(old.tags, old.begun, old.begun, self.happened.len()) == Verdict::Expired;
        let (now, happened) = (self.now, self.happened.len());
        let all = self.ever[which as usize].iter_mut().chain(self.stored[which as usize].as_mut());
        let is_meant = |stored: &&mut Stored| stored.body == old.body && stored.version == old.version;
        for stored in all.filter(is_meant).filter(|_| !is_expired) {
            stored.version += 1;
            let (revalidate, expire) = match stored.postponed {
                Some((_, _, revalidate, expire)) => (Some(revalidate), expire),
                None => (stored.revalidate, stored.expire),
            };
            let retry = revalidate.unwrap_or(3).clamp(3, 30);
            stored.postponed = Some((now, happened, retry, expire.map(|expire| expire.max(retry + 3))));
        }
    }

    fn step(&mut self, step: &Step) -> Result<(), TestCaseError> {
        match step {
            Step::Ask { key } => self.ask(*key)?,
            Step::End { which, how } => self.end(*which, *how)?,
            Step::Pass { seconds } => self.now = self.now.plus_seconds(*seconds),
            Step::Invalidate { tag, how } => {
                self.cache.invalidate([tag.to_string()], *how, self.now);
                self.happened.push(Happened { tag: Some(*tag), how: *how, at: self.now });
            }
            Step::Purge => {
                self.cache.purge(&Purge::All, self.now);
                self.happened.push(Happened { tag: None, how: Invalidation::Expire, at: self.now });
                self.stored.fill(None);
            }
            Step::PurgeKey { key: which } => {
                self.cache.purge(&Purge::Key(key(&which.to_string()).entry()), self.now);
                // It takes a number, and concerns no entry that is kept: what is begun later replaces what was begun before.
                self.happened.push(Happened { tag: Some(TAGS), how: Invalidation::Stale, at: self.now });
                self.stored[*which as usize] = None;
            }
            Step::Restart => self.restart(),
            Step::Scan if self.is_exact => {}
            Step::Scan => {
                for number in 0..30 {
                    let made = reply(&"y".repeat(1000), &[]);
                    let name = key(&format!("scanned {number}"));
                    let stored = self.cache.put_reply(&name, made, self.now, self.cache.sequence());
                    prop_assert!(stored.is_ok());
                }
            }
        }
        Ok(())
    }

    fn restart(&mut self) {
        self.makers.clear();
        self.waiters.clear();
        self.flights.fill(None);
        self.cache.close();
        // The handle goes before the directory is opened again.
        self.cache = Cache::in_memory(CacheOptions::default());
        self.cache = Self::open(self.directory, self.is_exact);
        for stored in self.ever.iter_mut().flatten().chain(self.stored.iter_mut().flatten()) {
            stored.postponed = None;
            stored.version += 1;
        }
    }
}

fn step() -> impl Strategy<Value = Step> {
    let life = || proptest::option::of(0..40_u64);
    let end = prop_oneof![
        6 => (life(), life(), 0..1_u8 << TAGS).prop_map(|(revalidate, expire, tags)| End::Made { revalidate, expire, tags }),
        1 => Just(End::ServerError),
        1 => Just(End::Unstorable),
        2 => Just(End::Failed),
        1 => Just(End::Dropped),
    ];
    let how = prop_oneof![
        Just(Invalidation::Stale),
        Just(Invalidation::Expire),
        (0..30_u64).prop_map(Invalidation::ExpireAfter),
    ];
    prop_oneof![
        40 => (0..KEYS).prop_map(|key| Step::Ask { key }),
        30 => (any::<u8>(), end).prop_map(|(which, how)| Step::End { which, how }),
        15 => (0..30_u64).prop_map(|seconds| Step::Pass { seconds }),
        15 => (0..TAGS, how).prop_map(|(tag, how)| Step::Invalidate { tag, how }),
        1 => Just(Step::Purge),
        2 => (0..KEYS).prop_map(|key| Step::PurgeKey { key }),
        2 => Just(Step::Restart),
        4 => Just(Step::Scan),
    ]
}

fn run(steps: &[Step], is_exact: bool) -> Result<(), TestCaseError> {
    let root = tempfile::tempdir().expect("a directory");
    let mut world = World {
        cache: World::open(root.path(), is_exact),
        directory: root.path(),
        is_exact,
        now: at(0),
        happened: Vec::new(),
        stored: vec![None; KEYS as usize],
        ever: vec![Vec::new(); KEYS as usize],
        makers: Vec::new(),
        waiters: Vec::new(),
        flights: vec![None; KEYS as usize],
        made: 0,
    };
    for step in steps {
        world.step(step)?;
    }
    for which in 0..KEYS {
        world.look(which)?;
    }
    world.cache.close();
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, ..ProptestConfig::default() })]

    #[test]
    fn the_cache_does_what_the_model_says(steps in proptest::collection::vec(step(), 1..120)) {
        run(&steps, true)?;
    }

    #[test]
    fn with_little_memory_nothing_wrong_is_given_out(steps in proptest::collection::vec(step(), 1..120)) {
        run(&steps, false)?;
    }
}
