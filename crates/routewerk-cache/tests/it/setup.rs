//! What the tests share: a clock, keys and replies.

use bytes::Bytes;
use routewerk_cache::{BuildKey, NewReply, ReplyKey, Revalidate, TagSet};

pub use routewerk_cache::Moment;

/// So many seconds after the tests' beginning of time.
pub fn at(seconds: u64) -> Moment {
    Moment::from_millis(1_700_000_000_000 + seconds * 1000)
}

pub fn key(path: &str) -> ReplyKey {
    ReplyKey::new(BuildKey::new("build"), "/[...path]", [path])
}

/// A reply that lives for ever.
pub fn reply(body: &str, tags: &[&str]) -> NewReply {
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
