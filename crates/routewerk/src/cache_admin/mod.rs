//! What an operator may ask of a cache, and the answers: the same for a running server and at rest.
//!
//! Reading order: [`Question`], [`answer`]; [`socket`] carries both to a running server and back.

pub(crate) mod socket;

use std::fmt::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use routewerk_bundle::Manifest;
use routewerk_cache::{
    AnyEntry, Cache, EntryInfo, EntryKey, EntryKind, Life, Moment, PATH_TAG, Purge, Revalidate, State, Usage,
};
use routewerk_engine::WorkerPool;
use routewerk_handler::HeaderBlock;
use routewerk_server::{ServerNumbers, canonical};
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};

use crate::caching::host::ValueNumbers;

/// As many entries are looked through for a path.
const SEARCHED: usize = 1_000_000;

/// So many of the paths that a purge concerns are named.
const NAMED: usize = 20;

/// What is asked about: a cache, and the server that uses it.
#[derive(Clone)]
pub(crate) struct Subject {
    /// The cache.
    pub(crate) cache: Cache,
    /// What a running server has counted.
    pub(crate) running: Option<Running>,
    /// The user's own store, which has what the cache has not.
    pub(crate) user_store: Option<UserStore>,
}

/// The user's own store (`cacheHandler` of next.config).
#[derive(Clone)]
pub(crate) struct UserStore {
    /// Its file, as messages name it.
    pub(crate) file: String,
    /// The workers that it runs in; `None` at rest.
    pub(crate) pool: Option<Arc<WorkerPool>>,
}

/// How long the user's own store may take to hear of a purge.
const STORE_LIMIT: Duration = Duration::from_secs(10);

impl UserStore {
    /// The store of a build, where it has one.
    pub(crate) fn of(manifest: &Manifest, pool: Option<Arc<WorkerPool>>) -> Option<Self> {
        let file = manifest.config_modules.cache_handler.as_ref()?.file.clone();
        Some(Self { file, pool })
    }

    /// Tells it that tags were invalidated; says whether it could be told. What it does then is its own affair, and what it fails at
    /// is in the server's log.
    async fn invalidate(&self, tags: &[String]) -> bool {
        let Some(pool) = &self.pool else { return false };
        // Every worker hears of it: a store may keep things in its process.
        let asked = pool.ask_all("store.invalidate", json!({ "tags": tags }).to_string().into());
        match tokio::time::timeout(STORE_LIMIT, asked).await {
            Ok(Ok(answers)) => answers.iter().any(|(_, answer)| answer.is_ok()),
            Ok(Err(_)) | Err(_) => false,
        }
    }
}

/// What a running server has counted since its start.
#[derive(Clone)]
pub(crate) struct Running {
    /// When it started.
    pub(crate) begun: Instant,
    /// Requests and generations.
    pub(crate) server: ServerNumbers,
    /// What workers asked for.
    pub(crate) values: Arc<ValueNumbers>,
}

/// What is asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "command", rename_all = "kebab-case")]
pub(crate) enum Question {
    /// The entries, at most so many.
    List {
        /// How many.
        limit: usize,
    },
    /// Everything of one entry.
    Get {
        /// Its key, or the path of a reply.
        entry: String,
    },
    /// Forget what carries a tag.
    PurgeTag {
        /// The tag.
        tag: String,
    },
    /// Forget the replies of a path and the values that were made for it.
    PurgePath {
        /// The path.
        path: String,
    },
    /// Forget one entry.
    PurgeKey {
        /// Its key.
        key: String,
    },
    /// Forget everything.
    PurgeAll,
    /// Numbers.
    Stats,
}

/// Answers a question. Reads files, so not on a thread that serves requests.
///
/// # Errors
/// A text for people: there is no such entry, or what was given is no key.
pub(crate) async fn answer(subject: &Subject, question: &Question, now: Moment) -> Result<Json, String> {
    let cache = &subject.cache;
    match question {
        Question::List { limit } => {
            let mut entries = list(cache, limit.saturating_add(1), now).await;
            let has_more = entries.len() > *limit;
            entries.truncate(*limit);
            let entries: Vec<_> = entries.iter().map(|info| info_json(info, now)).collect();
            let elsewhere = subject.user_store.as_ref().map(|store| store.file.as_str());
            Ok(json!({ "entries": entries, "more": has_more, "cacheHandler": elsewhere }))
        }
        Question::Get { entry } => get(cache, entry, now).await,
        Question::PurgeTag { tag } => {
            let tag = encoded_tag(tag);
            let purged = purge(cache, &Purge::Tag(tag.clone()), |info| info.tags.contains(&tag), now).await;
            told(subject, purged, tag).await
        }
        Question::PurgePath { path } => {
            let path = normal_path(path);
            let tag = format!("{PATH_TAG}{path}");
            let purged = purge(cache, &Purge::Path(path), |info| info.tags.contains(&tag), now).await;
            told(subject, purged, tag).await
        }
        Question::PurgeKey { key } => {
            let key = EntryKey::from_hex(key).ok_or_else(|| no_key(key))?;
            let found = list(cache, SEARCHED, now).await.into_iter().find(|info| info.key == key);
            let found = found.ok_or_else(|| format!("there is no entry with the key `{key}`"))?;
            let purged = purge(cache, &Purge::Key(key), |info| info.key == key, now).await?;
            if let (true, EntryKind::Reply { path, .. }) = (found.is_in_build, found.kind) {
                // The build cannot be changed: that this reply of its is not good any more has to outlive the server.
                let sequence = cache.purge(&Purge::Path(path.into()), now);
                cache.journaled(sequence).await;
            }
            Ok(purged)
        }
        Question::PurgeAll => {
            let mut purged = purge(cache, &Purge::All, |_| true, now).await?;
            if let Some(store) = &subject.user_store {
                // There is no word of Next.js's for it.
                purged["cacheHandler"] = json!({ "file": store.file, "told": false });
            }
            Ok(purged)
        }
        Question::Stats => {
            // A list waits until the disk has been looked through, so that the numbers are whole.
            list(cache, 0, now).await;
            let stats = cache.stats();
            let mut answer = json!({
                "memory": usage_json(stats.memory), "disk": stats.second.map(usage_json), "build": stats.shelved, "stored": stats.stored,
                "refused": stats.refused, "making": stats.flights, "tags": stats.tags,
                "invalidations": stats.sequence.as_u64(),
            });
            if let (Some(running), Some(fields)) = (&subject.running, answer.as_object_mut()) {
                fields.extend(running.json());
            }
            Ok(answer)
        }
    }
}

/// The entries, replies first, by name.
async fn list(cache: &Cache, limit: usize, now: Moment) -> Vec<EntryInfo> {
    let cache = cache.clone();
    let read = tokio::task::spawn_blocking(move || cache.list(limit, now));
    // A panic there has been reported; nothing is listed then.
    let mut entries = read.await.unwrap_or_default();
    entries.sort_by(|a, b| sort_key(a).cmp(&sort_key(b)));
    entries
}

fn sort_key(info: &EntryInfo) -> (u8, &str, EntryKey) {
    match &info.kind {
        EntryKind::Reply { path, .. } => (0, path, info.key),
        EntryKind::Value(kind) => (1, kind.as_str(), info.key),
    }
}

async fn get(cache: &Cache, entry: &str, now: Moment) -> Result<Json, String> {
    let is_wanted = |info: &EntryInfo| match (&info.kind, EntryKey::from_hex(entry)) {
        (_, Some(key)) => info.key == key,
        (EntryKind::Reply { path, .. }, None) => **path == *normal_path(entry),
        (EntryKind::Value(_), None) => false,
    };
    if EntryKey::from_hex(entry).is_none() && !entry.starts_with('/') {
        return Err(no_key(entry));
    }
    let found = list(cache, SEARCHED, now).await.into_iter().find(is_wanted);
    let missing = || format!("there is no entry `{entry}`");
    let info = found.ok_or_else(missing)?;
    let mut shown = info_json(&info, now);
    let (headers, body) = match cache.entry(&info.key).await.ok_or_else(missing)? {
        AnyEntry::Reply(reply) => (headers_json(reply.headers()), reply.body().clone()),
        AnyEntry::Value(value) => (Json::Null, value.bytes().clone()),
    };
    shown["headers"] = headers;
    match std::str::from_utf8(&body) {
        Ok(text) => shown["body"] = text.into(),
        Err(_) => shown["bodyBase64"] = base64_simd::STANDARD.encode_to_string(&body).into(),
    }
    Ok(shown)
}

/// Purges, waits until a restart will not bring it back, and says what that was. What is being made meanwhile is purged too,
/// and cannot be counted.
async fn purge(
    cache: &Cache,
    what: &Purge,
    concerns: impl Fn(&EntryInfo) -> bool,
    now: Moment,
) -> Result<Json, String> {
    let mut concerned = list(cache, SEARCHED, now).await;
    concerned.retain(|info| info.state != State::Expired && concerns(info));
    let sequence = cache.purge(what, now);
    cache.journaled(sequence).await;
    let named = concerned.iter().take(NAMED).map(|info| match &info.kind {
        EntryKind::Reply { path, .. } => path.to_string(),
        EntryKind::Value(kind) => format!("{} {}", kind.as_str(), info.key),
    });
    Ok(json!({ "purged": true, "entries": concerned.len(), "names": named.collect::<Vec<_>>() }))
}

/// Tells the user's own store of a purge, and says so in the answer.
async fn told(subject: &Subject, purged: Result<Json, String>, tag: String) -> Result<Json, String> {
    let mut purged = purged?;
    if let Some(store) = &subject.user_store {
        purged["cacheHandler"] = json!({ "file": store.file, "told": store.invalidate(&[tag]).await });
    }
    Ok(purged)
}

impl Running {
    /// The numbers, by the name of what they count.
    fn json(&self) -> serde_json::Map<String, Json> {
        let (counters, under_way) = (self.server.counters(), self.server.generations());
        let value = |count: &AtomicU64| count.load(Ordering::Relaxed);
        let numbers = json!({
            "seconds": self.begun.elapsed().as_secs(),
            "requests": {
                "hits": counters.cache_hits, "stale": counters.cache_stale, "misses": counters.cache_misses,
                "waiting": counters.cache_waiting,
            },
            "generations": {
                "made": counters.generations - counters.generations_failed, "failed": counters.generations_failed,
                "dropped": counters.generations_dropped, "running": under_way.running, "queued": under_way.waiting,
                "bytes": under_way.bytes,
            },
            "values": {
                "hits": value(&self.values.hits), "stale": value(&self.values.stale),
                "misses": value(&self.values.misses), "refused": value(&self.values.refused),
            },
        });
        match numbers {
            Json::Object(fields) => fields,
            _ => serde_json::Map::new(),
        }
    }
}

fn info_json(info: &EntryInfo, now: Moment) -> Json {
    let Life { made_at, revalidate, expire } = info.life;
    let (kind, path, status) = match &info.kind {
        EntryKind::Reply { path, status } => ("reply", Some(path), Some(status)),
        EntryKind::Value(kind) => (kind.as_str(), None, None),
    };
    let revalidate = match revalidate {
        Revalidate::After(seconds) => json!(seconds),
        Revalidate::Never => json!(false),
    };
    json!({
        "key": info.key.to_string(), "kind": kind, "path": path, "status": status, "bytes": info.bytes,
        "state": info.state.as_str(), "age": now.since(made_at).as_secs(), "revalidate": revalidate, "expire": expire,
        "tags": info.tags.iter().collect::<Vec<_>>(), "memory": info.is_in_memory, "disk": info.is_in_second,
        "build": info.is_in_build,
    })
}

/// The fields as pairs; none where they are not what a server stores.
fn headers_json(headers: &[u8]) -> Json {
    let Ok(block) = HeaderBlock::from_untrusted(headers.to_vec()) else { return Json::Null };
    let text = |bytes: &[u8]| bytes.iter().map(|byte| char::from(*byte)).collect::<String>();
    block.iter().map(|(name, value)| json!([text(name), text(value)])).collect()
}

fn usage_json(usage: Usage) -> Json {
    json!({
        "entries": usage.entries, "bytes": usage.bytes, "maxBytes": usage.max_bytes, "evicted": usage.evicted,
        "skipped": usage.skipped, "failures": usage.failures,
    })
}

/// A path as replies carry it in their tags: without a query and a slash at the end, escaped as a request's path is. Whoever asks may
/// write it either way.
fn normal_path(path: &str) -> String {
    let path = path.split(['?', '#']).next().unwrap_or_default();
    match path.trim_end_matches('/') {
        "" => "/".to_owned(),
        path => canonical(path),
    }
}

/// A tag as entries carry it: what is not printable ASCII is escaped.
fn encoded_tag(tag: &str) -> String {
    let mut encoded = String::with_capacity(tag.len());
    for letter in tag.chars() {
        match letter {
            '\t' | ' '..='~' => encoded.push(letter),
            _ => letter.encode_utf8(&mut [0; 4]).bytes().for_each(|byte| {
                // Writing to a text cannot fail.
                let _ = write!(encoded, "%{byte:02X}");
            }),
        }
    }
    encoded
}

fn no_key(text: &str) -> String {
    format!("`{text}` is neither a path, which begins with `/`, nor a key, which has 64 hexadecimal digits")
}
