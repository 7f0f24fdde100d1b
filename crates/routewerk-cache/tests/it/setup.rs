//! What the tests share: a clock, keys, entries, answers that must be there already.

use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use bytes::Bytes;
use routewerk_cache::{
    BuildKey, Cache, CacheOptions, DiskOptions, Flight, Lead, NewReply, NewValue, Notice, Phase, ReplyKey, Revalidate,
    StoredReply, TagSet, ValueKey, ValueKind, Wait,
};

pub(crate) use routewerk_cache::Moment;

/// So many seconds after the tests' beginning of time.
pub(crate) fn at(seconds: u64) -> Moment {
    Moment::from_millis(1_700_000_000_000).plus_seconds(seconds)
}

pub(crate) fn memory() -> Cache {
    Cache::in_memory(CacheOptions::default())
}

/// A cache with a disk store that says nothing.
pub(crate) fn on_disk(directory: &std::path::Path) -> Cache {
    open(&CacheOptions::default(), DiskOptions::new(directory.join("cache")))
}

/// A cache with a disk store that must have nothing to say.
pub(crate) fn open(options: &CacheOptions, disk: DiskOptions) -> Cache {
    Cache::open(CacheOptions { disk: Some(disk), ..options.clone() }, at(0), |notice: &Notice| {
        panic!("unexpected: {notice}")
    })
}

pub(crate) fn key(path: &str) -> ReplyKey {
    ReplyKey::new(BuildKey::new("build"), "/[...path]", [path])
}

/// A reply that lives for ever.
pub(crate) fn reply(body: &str, tags: &[&str]) -> NewReply {
    NewReply {
        path: "/path".to_owned(),
        status: 200,
        headers: Bytes::from_static(b"content-type\ntext/plain\n"),
        body: Bytes::copy_from_slice(body.as_bytes()),
        revalidate: Revalidate::Never,
        expire: None,
        tags: TagSet::new(tags),
    }
}

pub(crate) fn value(text: &str, tags: &[&str]) -> NewValue {
    NewValue {
        kind: ValueKind::Fetch,
        bytes: Bytes::copy_from_slice(text.as_bytes()),
        revalidate: Revalidate::Never,
        expire: None,
        tags: TagSet::new(tags),
    }
}

pub(crate) fn value_key(name: &str) -> ValueKey {
    ValueKey::new(name)
}

/// Stores a reply as a generation that takes no time does.
pub(crate) fn store(cache: &Cache, path: &str, reply: NewReply, now: Moment) {
    cache.put_reply(&key(path), reply, now, cache.sequence()).expect("stored");
}

/// The phase's name and the body, if there is one.
pub(crate) fn look(cache: &Cache, path: &str, now: Moment) -> (&'static str, String) {
    name(&wait_for(cache.load_reply(&key(path), now)))
}

pub(crate) fn name(phase: &Phase<StoredReply>) -> (&'static str, String) {
    let text = |reply: &StoredReply| String::from_utf8(reply.body().to_vec()).expect("text");
    match phase {
        Phase::Hit(reply) => ("hit", text(reply)),
        Phase::Stale(reply) => ("stale", text(reply)),
        Phase::Expired(_) => ("expired", String::new()),
        Phase::Miss => ("miss", String::new()),
        Phase::Unloaded => ("unloaded", String::new()),
    }
}

pub(crate) fn hit(text: &str) -> (&'static str, String) {
    ("hit", text.to_owned())
}

pub(crate) fn stale(text: &str) -> (&'static str, String) {
    ("stale", text.to_owned())
}

pub(crate) fn nothing(phase: &'static str) -> (&'static str, String) {
    (phase, String::new())
}

pub(crate) fn lead<T: std::fmt::Debug>(flight: Flight<T>) -> Lead<T> {
    match flight {
        Flight::Lead(lead) => lead,
        other => panic!("expected a lead, got {other:?}"),
    }
}

pub(crate) fn joined<T: std::fmt::Debug>(flight: Flight<T>) -> Wait<T> {
    match flight {
        Flight::Wait(wait) => wait,
        other => panic!("expected a wait, got {other:?}"),
    }
}

/// What a future gives that has to be ready.
pub(crate) fn ready<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("not ready"),
    }
}

/// What a future gives; other threads may have to do something first.
pub(crate) fn wait_for<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
    runtime.block_on(async { tokio::time::timeout(Duration::from_secs(20), future).await.expect("in time") })
}

/// Waits until something is true, within limits.
pub(crate) fn until(what: &str, mut is_true: impl FnMut() -> bool) {
    let end = Instant::now() + Duration::from_secs(20);
    while !is_true() {
        assert!(Instant::now() < end, "never: {what}");
        std::thread::sleep(Duration::from_millis(2));
    }
}
