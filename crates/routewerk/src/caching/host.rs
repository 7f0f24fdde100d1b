//! What workers ask of the cache: the topics `cache.*` of `docs/design/caching.md`.
//!
//! A worker that was told to make a value holds the *lead* for it: others wait until it has set the value or given it up. A
//! lead is dropped, which lets the others go on, when its worker ends.

use std::collections::HashMap;
use std::collections::hash_map::Entry as Slot;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use routewerk_cache::{
    Cache, Flight, Invalidation, Lead, Moment, NewValue, Outcome, Phase, Revalidate, Sequence, StoredValue, TagSet,
    Touched, ValueKey, ValueKind,
};
use routewerk_handler::{HostAnswer, HostRequest};
use serde::Deserialize;
use serde_json::json;

use super::now;

/// As many values may be in the making at once; further askers make theirs without others waiting for it.
const MAX_LEADS: usize = 16_384;

/// What the name of a value is logged with when a fresh one is replaced (`REPLACED` in `runtime/cache/copies.ts`).
const REPLACED: &str = "value ";

/// How often an asker looks again when what it waited for was invalidated meanwhile.
const ATTEMPTS: u32 = 8;

/// So long a handler's reply is held until what it has invalidated outlives the process.
const JOURNAL_WAIT: Duration = Duration::from_secs(5);

/// Answers workers from a cache. Clones share everything.
#[derive(Clone)]
pub(crate) struct CacheHost {
    cache: Cache,
    leads: Arc<Mutex<HashMap<LeadKey, Lead<StoredValue>>>>,
    numbers: Arc<ValueNumbers>,
}

/// What workers have found of values, since the start.
#[derive(Debug, Default)]
pub(crate) struct ValueNumbers {
    /// Fresh ones.
    pub(crate) hits: AtomicU64,
    /// Stale ones.
    pub(crate) stale: AtomicU64,
    /// None that could be used.
    pub(crate) misses: AtomicU64,
    /// Values that were not taken: too large, too many tags, too late.
    pub(crate) refused: AtomicU64,
}

/// Who makes what.
type LeadKey = (u32, ValueKey);

/// `cache.get`
#[derive(Deserialize)]
struct Get {
    key: String,
    kind: String,
    /// Tags of the asker beside the value's own.
    #[serde(default)]
    tags: Vec<String>,
    /// The asker's lifetime for the value.
    #[serde(default)]
    revalidate: Option<Seconds>,
    #[serde(default)]
    wait: Waiting,
}

/// When an asker waits for a value that somebody makes, or is told to make it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Waiting {
    /// Where there is none.
    #[default]
    Missing,
    /// Also where there is only a stale one.
    Stale,
    /// Not at all.
    Never,
}

/// `cache.set`
#[derive(Deserialize)]
struct Set {
    key: String,
    kind: String,
    value: String,
    #[serde(default)]
    tags: Vec<String>,
    revalidate: Seconds,
    expire: Option<f64>,
    sequence: u64,
}

/// `cache.release`
#[derive(Deserialize)]
struct Release {
    key: String,
    kind: String,
}

/// `cache.since`
#[derive(Deserialize)]
struct Since {
    after: u64,
}

/// `cache.invalidate`
#[derive(Deserialize)]
struct Invalidate {
    tags: Vec<String>,
    expire: Option<f64>,
    stale: bool,
}

/// `cache.touched`
#[derive(Deserialize)]
struct TouchedSince {
    tags: Vec<String>,
    /// Milliseconds since the Unix epoch.
    since: f64,
}

/// A number of seconds, or `false` for never. (Not an untagged enum: with `arbitrary_precision` of `serde_json`, which another crate
/// of the program switches on, such a one takes no fractions.)
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(try_from = "serde_json::Value")]
enum Seconds {
    Number(f64),
    Never,
}

impl TryFrom<serde_json::Value> for Seconds {
    type Error = String;

    fn try_from(value: serde_json::Value) -> Result<Self, String> {
        let number = value.as_f64().map(Self::Number);
        let never = (value.as_bool() == Some(false)).then_some(Self::Never);
        number.or(never).ok_or_else(|| format!("`{value}` is neither a number of seconds nor `false`"))
    }
}

impl Seconds {
    fn revalidate(self) -> Revalidate {
        match self {
            Self::Number(seconds) => Revalidate::After(whole(seconds)),
            Self::Never => Revalidate::Never,
        }
    }
}

/// Seconds as whole ones, rounded up; what is no length of time is none.
fn whole(seconds: f64) -> u64 {
    if seconds.is_nan() { 0 } else { seconds.ceil().max(0.0) as u64 }
}

/// What is found of a value.
struct Found {
    value: Option<Arc<StoredValue>>,
    is_stale: bool,
    /// Whether it is stored and fresh, so that the worker may keep a copy.
    is_stored: bool,
    /// The sequence at the begin of the asker's lead, if he has one.
    lead: Option<Sequence>,
}

impl CacheHost {
    /// A host over a cache.
    pub(crate) fn new(cache: Cache) -> Self {
        Self { cache, leads: Arc::default(), numbers: Arc::default() }
    }

    /// What workers have found.
    pub(crate) fn numbers(&self) -> Arc<ValueNumbers> {
        Arc::clone(&self.numbers)
    }

    /// The number of the last invalidation.
    pub(crate) fn sequence(&self) -> u64 {
        self.cache.sequence().as_u64()
    }

    /// Answers a question of a topic `cache.*`; `None` for all other topics.
    pub(crate) fn answer(&self, request: &HostRequest) -> Option<HostAnswer> {
        let topic = request.topic.strip_prefix("cache.")?;
        let (host, worker, payload) = (self.clone(), request.worker, request.payload.clone());
        Some(match topic {
            "get" => Box::pin(async move { host.get(worker, read(&payload)?).await }),
            "set" => Box::pin(async move { host.set(worker, read(&payload)?) }),
            "release" => Box::pin(async move { host.release(worker, &read(&payload)?) }),
            "since" => Box::pin(async move { Ok(host.since(&read(&payload)?)) }),
            "touched" => Box::pin(async move { host.touched(&read(&payload)?) }),
            "invalidate" => Box::pin(async move { Ok(host.invalidate(&read(&payload)?).await) }),
            other => {
                let text = format!("unknown topic `cache.{other}`");
                Box::pin(async move { Err(text) })
            }
        })
    }

    /// A worker has ended: whoever waits for a value of its making goes on.
    pub(crate) fn worker_ended(&self, worker: u32) {
        let ended: Vec<_> = {
            let mut leads = self.leads();
            let keys: Vec<_> = leads.keys().filter(|(holder, _)| *holder == worker).copied().collect();
            keys.iter().filter_map(|key| leads.remove(key)).collect()
        };
        // Outside of the lock: a lead that is dropped wakes others.
        drop(ended);
    }

    async fn get(&self, worker: u32, question: Get) -> Result<Bytes, String> {
        let key = value_key(&question.key, &question.kind)?;
        let sequence = self.cache.sequence();
        let found = self.find(worker, key, &question).await;
        let counter = match &found.value {
            Some(_) if found.is_stale => &self.numbers.stale,
            Some(_) => &self.numbers.hits,
            None => &self.numbers.misses,
        };
        counter.fetch_add(1, Ordering::Relaxed);
        let terms = found.value.as_ref().filter(|_| found.is_stored).map(|value| terms(value));
        let age = found.value.as_ref().map_or(0.0, |value| now().since(value.life().made_at).as_secs_f64());
        let value = found.value.map(|value| base64_simd::STANDARD.encode_to_string(value.bytes()));
        let state = if found.is_stale { "stale" } else { "fresh" };
        let is_lead = found.lead.is_some();
        let sequence = found.lead.unwrap_or(sequence).as_u64();
        Ok(text(&json!({
            "value": value, "state": state, "age": age, "sequence": sequence, "lead": is_lead, "terms": terms,
        })))
    }

    /// What was invalidated since a worker last asked.
    fn since(&self, question: &Since) -> Bytes {
        let told = self.cache.invalidated_since(Sequence::from_u64(question.after));
        let tags: Vec<_> = told.tags.iter().map(|(number, names)| (number.as_u64(), names)).collect();
        text(&json!({ "sequence": told.sequence.as_u64(), "floor": told.floor.as_u64(), "tags": tags }))
    }

    async fn find(&self, worker: u32, key: ValueKey, question: &Get) -> Found {
        let implicit = TagSet::new(&question.tags);
        let looking = async {
            for _ in 0..ATTEMPTS {
                let found = self.cache.load_value(&key, &implicit, now()).await;
                let is_stale = match &found {
                    Phase::Hit(value) => is_older(value, question.revalidate),
                    Phase::Stale(_) => true,
                    Phase::Expired(_) | Phase::Miss | Phase::Unloaded => false,
                };
                let usable = found.usable().cloned();
                match (&usable, question.wait) {
                    (Some(value), _) if !is_stale => return Found::fresh(Arc::clone(value), true),
                    (_, Waiting::Never) => return Found::stale(usable, is_stale, None),
                    (Some(value), Waiting::Missing) => {
                        let lead = self.cache.refresh_value(&key, &implicit, value, now());
                        let lead = lead.and_then(|lead| self.keep(worker, key, lead));
                        return Found::stale(usable, is_stale, lead);
                    }
                    (None, Waiting::Missing) | (_, Waiting::Stale) => {}
                }
                let wait = match self.cache.lead_value(&key, &implicit, &found, now()) {
                    Flight::Ready(_) => continue,
                    Flight::Lead(lead) => {
                        let lead = self.keep(worker, key, lead);
                        return Found::stale(usable, is_stale, lead);
                    }
                    Flight::Wait(wait) => wait,
                };
                match wait.outcome().await {
                    Outcome::Stored(value) => {
                        // Good for who has waited, but maybe stale since before it was ready: then nobody is to copy it.
                        let known = self.cache.value_phase(&key, &implicit, now());
                        let is_hit = matches!(known, Phase::Hit(stored) if Arc::ptr_eq(&stored, &value));
                        return Found::fresh(value, is_hit);
                    }
                    Outcome::Unstored(value) => return Found::fresh(value, false),
                    Outcome::Outdated => {}
                    Outcome::Failed(_) => break,
                }
            }
            Found::nothing()
        };
        // Whoever has waited for so long makes the value without telling others.
        let limit = self.cache.options().wait_limit;
        tokio::time::timeout(limit, looking).await.unwrap_or_else(|_| Found::nothing())
    }

    /// Keeps a lead for its worker and says when it began. Where there are too many, others do not wait for this one.
    fn keep(&self, worker: u32, key: ValueKey, lead: Lead<StoredValue>) -> Option<Sequence> {
        let mut leads = self.leads();
        if leads.len() >= MAX_LEADS {
            drop(leads);
            drop(lead);
            return None;
        }
        let begun = lead.sequence();
        let before = leads.insert((worker, key), lead);
        drop(leads);
        drop(before);
        Some(begun)
    }

    /// The lead that a value ends which its worker began to make at `begun`. A value from before the lead ends none: another call
    /// of the worker has made it, and it may be of what was invalidated since.
    fn ended_by(&self, worker: u32, key: ValueKey, begun: Sequence) -> Option<Lead<StoredValue>> {
        let mut leads = self.leads();
        match leads.entry((worker, key)) {
            Slot::Occupied(slot) if slot.get().sequence() <= begun => Some(slot.remove()),
            Slot::Occupied(_) | Slot::Vacant(_) => None,
        }
    }

    fn set(&self, worker: u32, question: Set) -> Result<Bytes, String> {
        let key = value_key(&question.key, &question.kind)?;
        let kind = kind_of(&question.kind)?;
        let bytes = base64_simd::STANDARD
            .decode_to_vec(question.value)
            .map_err(|error| format!("`value` of `cache.set` is no base64: {error}"))?;
        let value = NewValue {
            kind,
            bytes: bytes.into(),
            revalidate: question.revalidate.revalidate(),
            expire: question.expire.map(whole),
            tags: TagSet::new(&question.tags),
        };
        let begun = Sequence::from_u64(question.sequence);
        // One that lies on disk alone may be fresh, too.
        let before = self.cache.value_phase(&key, &TagSet::default(), now());
        let replaces = matches!(before, Phase::Hit(_) | Phase::Unloaded);
        let stored = match self.ended_by(worker, key, begun) {
            Some(lead) => self.cache.finish_value(lead, value, now()),
            None => self.cache.put_value(&key, value, begun, now()),
        };
        if replaces && stored.is_ok() {
            self.cache.note_replaced(&format!("{REPLACED}{}:{}", kind.as_str(), question.key));
        }
        let sequence = self.sequence();
        self.numbers.refused.fetch_add(u64::from(stored.is_err()), Ordering::Relaxed);
        Ok(text(&match stored {
            Ok(_) => json!({ "stored": true, "sequence": sequence }),
            Err(refusal) => json!({ "stored": false, "reason": refusal.to_string() }),
        }))
    }

    fn release(&self, worker: u32, question: &Release) -> Result<Bytes, String> {
        let key = value_key(&question.key, &question.kind)?;
        let lead = self.leads().remove(&(worker, key));
        drop(lead);
        Ok(text(&json!({})))
    }

    /// What was invalidated of the tags of a value that the user's own store has.
    fn touched(&self, question: &TouchedSince) -> Result<Bytes, String> {
        if !question.since.is_finite() {
            return Err("`since` is no time".to_owned());
        }
        let since = Moment::from_millis(question.since.max(0.0) as u64);
        let touched = match self.cache.touched_since(&TagSet::new(&question.tags), since, now()) {
            Touched::Not => "no",
            Touched::Stale => "stale",
            Touched::Expired => "expired",
        };
        Ok(text(&json!({ "touched": touched })))
    }

    async fn invalidate(&self, question: &Invalidate) -> Bytes {
        let how = match (question.stale, question.expire) {
            (false, _) => Invalidation::Expire,
            (true, None) => Invalidation::Stale,
            (true, Some(seconds)) => Invalidation::ExpireAfter(whole(seconds)),
        };
        let sequence = self.cache.invalidate(&question.tags, how, now());
        // In force already; a restart must not undo it, and a disk that hangs must not hold the handler's reply for long.
        let journaled = tokio::time::timeout(JOURNAL_WAIT, self.cache.journaled(sequence)).await;
        if journaled.is_err() {
            tracing::warn!("an invalidation has waited too long for the disk: a restart now would undo it");
        }
        text(&json!({ "sequence": sequence.as_u64() }))
    }

    fn leads(&self) -> MutexGuard<'_, HashMap<LeadKey, Lead<StoredValue>>> {
        // A panic while the lock was held leaves the map whole: nothing is done to it in steps.
        self.leads.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Found {
    const fn fresh(value: Arc<StoredValue>, is_stored: bool) -> Self {
        Self { value: Some(value), is_stale: false, is_stored, lead: None }
    }

    const fn stale(value: Option<Arc<StoredValue>>, is_stale: bool, lead: Option<Sequence>) -> Self {
        Self { value, is_stale, is_stored: false, lead }
    }

    const fn nothing() -> Self {
        Self::stale(None, false, None)
    }
}

/// Until when a value is fresh, for a worker that keeps a copy of it.
fn terms(value: &StoredValue) -> serde_json::Value {
    let life = value.life();
    let revalidate = match life.revalidate {
        Revalidate::After(seconds) => Some(seconds),
        Revalidate::Never => None,
    };
    let tags: Vec<_> = value.tags().iter().collect();
    json!({
        "made": life.made_at.as_millis(), "begun": value.sequence().as_u64(), "revalidate": revalidate, "expire": life.expire,
        "tags": tags,
    })
}

/// Whether a value is older than its asker wants.
fn is_older(value: &StoredValue, revalidate: Option<Seconds>) -> bool {
    let age = now().since(value.life().made_at).as_secs_f64();
    match revalidate {
        Some(Seconds::Number(seconds)) => age > seconds,
        Some(Seconds::Never) | None => false,
    }
}

/// The key of a value: of two kinds no two values are the same, whatever their names.
fn value_key(key: &str, kind: &str) -> Result<ValueKey, String> {
    kind_of(kind).map(|kind| ValueKey::new(&format!("{}:{key}", kind.as_str())))
}

fn kind_of(kind: &str) -> Result<ValueKind, String> {
    ValueKind::from_name(kind).ok_or_else(|| format!("`{kind}` is no kind of value"))
}

fn read<'payload, T: Deserialize<'payload>>(payload: &'payload [u8]) -> Result<T, String> {
    serde_json::from_slice(payload).map_err(|error| format!("the question cannot be read: {error}"))
}

fn text(json: &serde_json::Value) -> Bytes {
    json.to_string().into()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use routewerk_cache::CacheOptions;
    use serde_json::Value as Json;

    use super::*;

    fn host() -> CacheHost {
        let options = CacheOptions { wait_limit: Duration::from_secs(5), ..CacheOptions::default() };
        CacheHost::new(Cache::in_memory(options))
    }

    async fn ask(host: &CacheHost, worker: u32, topic: &str, question: Json) -> Json {
        let request = HostRequest { worker, topic: format!("cache.{topic}"), payload: question.to_string().into() };
        let answer = host.answer(&request).unwrap().await.unwrap();
        serde_json::from_slice(&answer).unwrap()
    }

    fn get(wait: &str, tags: &[&str]) -> Json {
        json!({ "key": "k", "kind": "fetch", "tags": tags, "revalidate": false, "wait": wait })
    }

    fn set(value: &str, sequence: &Json) -> Json {
        let value = base64_simd::STANDARD.encode_to_string(value);
        json!({ "key": "k", "kind": "fetch", "value": value, "tags": ["t"], "revalidate": 60, "expire": null, "sequence": sequence })
    }

    fn value_of(answer: &Json) -> Option<String> {
        let bytes = base64_simd::STANDARD.decode_to_vec(answer["value"].as_str()?).unwrap();
        Some(String::from_utf8(bytes).unwrap())
    }

    #[tokio::test]
    async fn a_value_is_made_by_one_asker_and_got_by_the_others() {
        let host = host();
        let first = ask(&host, 1, "get", get("missing", &[])).await;
        assert_eq!((first["value"].is_null(), first["lead"].as_bool()), (true, Some(true)));
        let other = tokio::spawn({
            let host = host.clone();
            async move { ask(&host, 2, "get", get("missing", &[])).await }
        });
        tokio::task::yield_now().await;
        assert_eq!(
            ask(&host, 1, "set", set("made", &first["sequence"])).await,
            json!({ "stored": true, "sequence": 0 })
        );
        let other = other.await.unwrap();
        assert_eq!((value_of(&other).as_deref(), other["lead"].as_bool()), (Some("made"), Some(false)));
        let kind = json!({ "key": "k", "kind": "function", "wait": "never" });
        assert!(ask(&host, 1, "get", kind).await["value"].is_null(), "another kind is another key");
    }

    #[tokio::test]
    async fn whoever_waits_goes_on_when_the_maker_gives_up_or_ends() {
        for topic in ["release", ""] {
            let host = host();
            assert_eq!(ask(&host, 1, "get", get("missing", &[])).await["lead"], true);
            let other = tokio::spawn({
                let host = host.clone();
                async move { ask(&host, 2, "get", get("missing", &[])).await }
            });
            tokio::task::yield_now().await;
            if topic.is_empty() {
                host.worker_ended(1);
            } else {
                ask(&host, 1, topic, json!({ "key": "k", "kind": "fetch" })).await;
            }
            assert!(other.await.unwrap()["value"].is_null());
        }
    }

    #[tokio::test]
    async fn an_invalidation_is_seen_by_every_later_question() {
        let host = host();
        let begun = ask(&host, 1, "get", get("never", &[])).await;
        ask(&host, 1, "set", set("old", &begun["sequence"])).await;
        assert_eq!(ask(&host, 2, "get", get("never", &["path"])).await["state"], "fresh");
        ask(&host, 2, "invalidate", json!({ "tags": ["path"], "expire": null, "stale": true })).await;
        assert_eq!(ask(&host, 1, "get", get("never", &["path"])).await["state"], "stale");
        assert_eq!(ask(&host, 1, "get", get("never", &[])).await["state"], "fresh", "not of this path");
        let stale = ask(&host, 1, "get", get("missing", &["path"])).await;
        assert_eq!((value_of(&stale).as_deref(), stale["lead"].as_bool()), (Some("old"), Some(true)));
        ask(&host, 2, "invalidate", json!({ "tags": ["t"], "expire": null, "stale": false })).await;
        assert!(ask(&host, 1, "get", get("never", &[])).await["value"].is_null());
        // What was begun before the invalidation is born expired.
        ask(&host, 3, "set", set("late", &begun["sequence"])).await;
        assert!(ask(&host, 1, "get", get("never", &[])).await["value"].is_null());
    }

    #[tokio::test]
    async fn a_value_that_has_become_stale_in_the_making_is_copied_by_nobody_who_has_waited() {
        let host = host();
        for (invalidated, is_copied) in [("other", true), ("t", false), ("path", false)] {
            let lead = ask(&host, 1, "get", get("missing", &[])).await;
            assert_eq!(lead["lead"], true);
            ask(&host, 3, "invalidate", json!({ "tags": [invalidated], "expire": null, "stale": true })).await;
            let waiting = tokio::spawn({
                let host = host.clone();
                async move { ask(&host, 2, "get", get("missing", &["path"])).await }
            });
            tokio::task::yield_now().await;
            ask(&host, 1, "set", set("made", &lead["sequence"])).await;
            let got = waiting.await.unwrap();
            assert_eq!(
                (value_of(&got).as_deref(), got["terms"].is_object()),
                (Some("made"), is_copied),
                "{invalidated}"
            );
            ask(&host, 3, "invalidate", json!({ "tags": ["t"], "expire": null, "stale": false })).await;
        }
    }

    #[tokio::test]
    async fn what_was_begun_before_an_invalidation_does_not_end_a_lead_from_after_it() {
        let host = host();
        // One call of a worker makes the value without a lead; another one leads after the invalidation.
        let begun = ask(&host, 1, "get", get("never", &[])).await;
        ask(&host, 2, "invalidate", json!({ "tags": ["t"], "expire": null, "stale": false })).await;
        let lead = ask(&host, 1, "get", get("missing", &[])).await;
        assert_eq!(lead["lead"], true);
        let waiting = tokio::spawn({
            let host = host.clone();
            async move { ask(&host, 2, "get", get("missing", &[])).await }
        });
        tokio::task::yield_now().await;
        ask(&host, 1, "set", set("old", &begun["sequence"])).await;
        assert!(ask(&host, 3, "get", get("never", &[])).await["value"].is_null());
        ask(&host, 1, "set", set("new", &lead["sequence"])).await;
        assert_eq!(value_of(&waiting.await.unwrap()).as_deref(), Some("new"));
        assert_eq!(value_of(&ask(&host, 3, "get", get("never", &[])).await).as_deref(), Some("new"));
    }

    #[tokio::test]
    async fn a_lead_that_is_taken_after_a_wait_has_the_sequence_of_its_own_begin() {
        let host = host();
        assert_eq!(ask(&host, 1, "get", get("missing", &[])).await["lead"], true);
        ask(&host, 2, "invalidate", json!({ "tags": ["t"], "expire": null, "stale": false })).await;
        let stale = ask(&host, 1, "get", get("never", &[])).await;
        host.worker_ended(1);
        let lead = ask(&host, 1, "get", get("missing", &[])).await;
        assert_eq!((lead["lead"].as_bool(), &lead["sequence"]), (Some(true), &stale["sequence"]));
        assert_eq!(
            ask(&host, 1, "set", set("made", &lead["sequence"])).await,
            json!({ "stored": true, "sequence": 1 })
        );
        assert_eq!(value_of(&ask(&host, 2, "get", get("missing", &[])).await).as_deref(), Some("made"));
    }

    #[tokio::test]
    async fn a_question_that_makes_no_sense_is_told_so() {
        let host = host();
        let asked = |topic: &str, payload: &str| {
            let request = HostRequest { worker: 1, topic: topic.to_owned(), payload: payload.to_owned().into() };
            host.answer(&request)
        };
        assert!(asked("modules.load", "{}").is_none());
        for (topic, payload) in [
            ("cache.get", "{}"),
            ("cache.get", r#"{"key":"k","kind":"nothing"}"#),
            ("cache.set", r#"{"key":"k","kind":"fetch","value":"%","revalidate":1,"expire":null,"sequence":0}"#),
            ("cache.other", "{}"),
        ] {
            assert!(asked(topic, payload).unwrap().await.is_err(), "{topic} {payload}");
        }
    }
}
