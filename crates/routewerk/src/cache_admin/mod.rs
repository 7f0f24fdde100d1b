//! What an operator may ask of a cache, and the answers: the same for a running server and at rest.
//!
//! Reading order: [`Question`], [`answer`]; [`socket`] carries both to a running server and back.

pub(crate) mod socket;

use routewerk_cache::{AnyEntry, Cache, EntryInfo, EntryKey, EntryKind, Life, Moment, Purge, Revalidate, Usage};
use routewerk_handler::HeaderBlock;
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};

/// As many entries are looked through for a path.
const SEARCHED: usize = 1_000_000;

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
pub(crate) async fn answer(cache: &Cache, question: &Question, now: Moment) -> Result<Json, String> {
    match question {
        Question::List { limit } => {
            let mut entries = list(cache, limit.saturating_add(1), now).await;
            let has_more = entries.len() > *limit;
            entries.truncate(*limit);
            let entries: Vec<_> = entries.iter().map(|info| info_json(info, now)).collect();
            Ok(json!({ "entries": entries, "more": has_more }))
        }
        Question::Get { entry } => get(cache, entry, now).await,
        Question::PurgeTag { tag } => purge(cache, &Purge::Tag(tag.clone()), now).await,
        Question::PurgePath { path } => purge(cache, &Purge::Path(normal_path(path)), now).await,
        Question::PurgeKey { key } => {
            let key = EntryKey::from_hex(key).ok_or_else(|| no_key(key))?;
            if cache.entry(&key).await.is_none() {
                return Err(format!("there is no entry with the key `{key}`"));
            }
            purge(cache, &Purge::Key(key), now).await
        }
        Question::PurgeAll => purge(cache, &Purge::All, now).await,
        Question::Stats => {
            // A list waits until the disk has been looked through, so that the numbers are whole.
            list(cache, 0, now).await;
            let stats = cache.stats();
            Ok(json!({
                "memory": usage_json(stats.memory), "disk": stats.second.map(usage_json), "stored": stats.stored,
                "refused": stats.refused, "generations": stats.flights, "tags": stats.tags,
                "invalidations": stats.sequence.as_u64(),
            }))
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

/// Purges, and waits until a restart will not bring it back.
async fn purge(cache: &Cache, what: &Purge, now: Moment) -> Result<Json, String> {
    let sequence = cache.purge(what, now);
    cache.journaled(sequence).await;
    Ok(json!({ "purged": true }))
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
        "skipped": usage.skipped,
    })
}

/// A path as replies carry it in their tags: no slash at the end.
fn normal_path(path: &str) -> String {
    match path.trim_end_matches('/') {
        "" => "/".to_owned(),
        path => path.to_owned(),
    }
}

fn no_key(text: &str) -> String {
    format!("`{text}` is neither a path, which begins with `/`, nor a key, which has 64 hexadecimal digits")
}
