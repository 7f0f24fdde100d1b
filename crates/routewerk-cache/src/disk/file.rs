//! What a file of one entry holds, and how a torn or foreign one is told.
//!
//! ```text
//! magic 8 · store 16 · key 32 · head length u32 · body length u64 · head · BLAKE3 of all that, 32 · body · BLAKE3 of the
//! head's hash and the body, 32
//! ```
//!
//! The head has everything but the body, so that a listing reads no bodies. The store's id and the key are in it, so that
//! a file that was copied from elsewhere or renamed is not taken for an entry. There is no `fsync`: after a power cut a file
//! may be short or empty, and then its hash says so.

use std::sync::Arc;

use bytes::Bytes;

use crate::entry::{Entry, Life, NewReply, NewValue, Revalidate, Standing, StoredReply, StoredValue, ValueKind};
use crate::key::EntryKey;
use crate::moment::Moment;
use crate::summary::Summary;
use crate::tag::TagSet;
use crate::tags::Sequence;

use super::codec::{Reader, Writer};

/// The first bytes of every entry's file; the number is the format's version.
const MAGIC: &[u8; 8] = b"RWENTRY1";

/// Bytes before the head.
const PREFIX: usize = 8 + 16 + 32 + 4 + 8;

/// Bytes of a hash.
const HASH: usize = 32;

/// A head beyond this is no head of ours: paths, tags and header fields have limits far below it.
const MAX_HEAD: usize = 16 << 20;

/// Which store a file belongs to.
pub(crate) type StoreId = [u8; 16];

/// The file of an entry.
pub(super) fn encode(store: &StoreId, key: &EntryKey, entry: &Entry) -> Vec<u8> {
    let head = encode_head(entry);
    let body = match entry {
        Entry::Reply(reply) => reply.body(),
        Entry::Value(value) => value.bytes(),
    };
    let mut file = Writer::default();
    file.raw(MAGIC);
    file.raw(store);
    file.raw(key.as_bytes());
    file.u32(head.len() as u32);
    file.u64(body.len() as u64);
    file.raw(&head);
    let hash = *blake3::hash(file.written()).as_bytes();
    file.raw(&hash);
    file.raw(body);
    file.raw(&body_hash(&hash, body));
    file.finish()
}

/// The hash that joins a body to its head.
fn body_hash(head_hash: &[u8], body: &[u8]) -> [u8; HASH] {
    let mut hasher = blake3::Hasher::new();
    hasher.update(head_hash);
    hasher.update(body);
    *hasher.finalize().as_bytes()
}

/// The lengths that a file's prefix tells: of the head and of the body. `None`: not a file of ours for this key.
fn lengths(store: &StoreId, key: &EntryKey, prefix: &[u8]) -> Option<(usize, usize)> {
    let mut reader = Reader::new(prefix);
    let is_ours =
        reader.array::<8>()? == *MAGIC && reader.array::<16>()? == *store && reader.array::<32>()? == *key.as_bytes();
    let head = reader.u32()? as usize;
    let body = usize::try_from(reader.u64()?).ok()?;
    (is_ours && head <= MAX_HEAD).then_some((head, body))
}

/// How many bytes a listing has to read after the first [`PREFIX`] ones.
pub(super) fn rest_of_head(store: &StoreId, key: &EntryKey, prefix: &[u8; PREFIX]) -> Option<usize> {
    lengths(store, key, prefix).map(|(head, _)| head + HASH)
}

/// The summary of an entry from the beginning of its file.
pub(super) fn decode_summary(store: &StoreId, key: &EntryKey, start: &[u8]) -> Option<Summary> {
    let (head, body) = lengths(store, key, start.get(..PREFIX)?)?;
    let (fields, hash) = start.get(..PREFIX + head + HASH)?.split_at(PREFIX + head);
    if blake3::hash(fields).as_bytes() != hash {
        return None;
    }
    let entry = decode_head(&Bytes::copy_from_slice(&fields[PREFIX..]), Bytes::new())?;
    Some(Summary { bytes: body as u64, ..Summary::of(&entry) })
}

/// The entry of a file. `None`: torn, foreign, or of another format.
pub(super) fn decode(store: &StoreId, key: &EntryKey, file: &Bytes) -> Option<Entry> {
    let (head, body) = lengths(store, key, file.get(..PREFIX)?)?;
    let head_end = PREFIX + head;
    let body_start = head_end + HASH;
    let body_end = body_start.checked_add(body)?;
    if file.len() != body_end.checked_add(HASH)? {
        return None;
    }
    let head_hash = &file[head_end..body_start];
    if blake3::hash(&file[..head_end]).as_bytes() != head_hash {
        return None;
    }
    if body_hash(head_hash, &file[body_start..body_end])[..] != file[body_end..] {
        return None;
    }
    decode_head(&file.slice(PREFIX..head_end), file.slice(body_start..body_end))
}

/// Numbers of the kinds of entries.
const REPLY: u8 = 0;
const FETCH: u8 = 1;
const FUNCTION: u8 = 2;
const USE_CACHE: u8 = 3;

/// `revalidate: false`, and an entry without `expire`.
const NEVER: u64 = u64::MAX;

fn encode_head(entry: &Entry) -> Vec<u8> {
    let mut head = Writer::default();
    let (kind, life, tags) = match entry {
        Entry::Reply(reply) => (REPLY, reply.life(), reply.tags()),
        Entry::Value(value) => {
            let kind = match value.kind() {
                ValueKind::Fetch => FETCH,
                ValueKind::Function => FUNCTION,
                ValueKind::UseCache => USE_CACHE,
            };
            (kind, value.life(), value.tags())
        }
    };
    head.u8(kind);
    head.u64(life.made_at.as_millis());
    head.u64(match life.revalidate {
        Revalidate::Never => NEVER,
        Revalidate::After(seconds) => seconds,
    });
    head.u64(life.expire.unwrap_or(NEVER));
    head.u64(entry.standing().made.as_u64());
    head.u32(tags.len() as u32);
    tags.iter().for_each(|tag| head.bytes(tag.as_bytes()));
    if let Entry::Reply(reply) = entry {
        head.u16(reply.status());
        head.bytes(reply.path().as_bytes());
        head.bytes(reply.headers());
    }
    head.finish()
}

fn decode_head(head: &Bytes, body: Bytes) -> Option<Entry> {
    let mut reader = Reader::new(head);
    let kind = reader.u8()?;
    let made_at = Moment::from_millis(reader.u64()?);
    let revalidate = match reader.u64()? {
        NEVER => Revalidate::Never,
        seconds => Revalidate::After(seconds),
    };
    let expire = Some(reader.u64()?).filter(|expire| *expire != NEVER);
    let standing = Standing::new(Sequence::from_u64(reader.u64()?));
    let count = reader.u32()?;
    // Not collected into a vector of the told length: a damaged number must not reserve memory.
    let mut texts = Vec::new();
    for _ in 0..count {
        texts.push(reader.text()?);
    }
    let tags = TagSet::new(texts);
    let life = Life { made_at, revalidate, expire };
    let kind = match kind {
        REPLY => {
            let status = reader.u16()?;
            let path = reader.text()?.to_owned();
            let headers = head.slice_ref(reader.bytes()?);
            let reply = NewReply { path, status, headers, body, revalidate, expire, tags };
            return reader.is_empty().then(|| Entry::Reply(Arc::new(StoredReply::new(reply, life.made_at, standing))));
        }
        FETCH => ValueKind::Fetch,
        FUNCTION => ValueKind::Function,
        USE_CACHE => ValueKind::UseCache,
        _ => return None,
    };
    let value = NewValue { kind, bytes: body, revalidate, expire, tags };
    reader.is_empty().then(|| Entry::Value(Arc::new(StoredValue::new(value, life.made_at, standing))))
}

/// Bytes before the head, for whoever reads a file piece by piece.
pub(super) const PREFIX_BYTES: usize = PREFIX;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::{BuildKey, ReplyKey};
    use proptest::prelude::*;

    fn entry(body: &[u8], tags: &[String]) -> (EntryKey, Entry) {
        let reply = NewReply {
            path: "/a b".to_owned(),
            status: 203,
            headers: Bytes::from_static(b"a\nb\n"),
            body: Bytes::copy_from_slice(body),
            revalidate: Revalidate::After(7),
            expire: Some(9),
            tags: TagSet::new(tags),
        };
        let standing = Standing::new(Sequence::from_u64(12));
        let reply = StoredReply::new(reply, Moment::from_millis(34), standing);
        (ReplyKey::new(BuildKey::new("b"), "/a", []).entry(), Entry::Reply(Arc::new(reply)))
    }

    proptest! {
        #[test]
        fn what_was_written_is_read(
            body in proptest::collection::vec(any::<u8>(), 0..300),
            tags in proptest::collection::vec(".{0,12}", 0..6),
        ) {
            let (key, entry) = entry(&body, &tags);
            let file = encode(&[1; 16], &key, &entry);
            let Some(Entry::Reply(read)) = decode(&[1; 16], &key, &file.clone().into()) else {
                return Err(TestCaseError::fail("not read"));
            };
            let Entry::Reply(written) = entry else { unreachable!("it is a reply") };
            prop_assert_eq!(read.body(), written.body());
            prop_assert_eq!(read.headers(), written.headers());
            prop_assert_eq!(read.path(), written.path());
            prop_assert_eq!(read.status(), written.status());
            prop_assert_eq!(read.life(), written.life());
            prop_assert_eq!(read.tags(), written.tags());
            prop_assert_eq!(read.sequence(), written.sequence());
            let summary = decode_summary(&[1; 16], &key, &file).expect("it is whole");
            prop_assert_eq!(summary.bytes, body.len() as u64);
            prop_assert!(decode(&[2; 16], &key, &file.into()).is_none(), "another store's");
        }

        #[test]
        fn a_file_with_one_wrong_bit_or_a_missing_end_is_no_entry(
            at in any::<proptest::sample::Index>(), bit in 0..8_u8, body in proptest::collection::vec(any::<u8>(), 0..80),
        ) {
            let (key, entry) = entry(&body, &["t".to_owned()]);
            let file = encode(&[1; 16], &key, &entry);
            let at = at.index(file.len());
            let mut wrong = file.clone();
            wrong[at] ^= 1 << bit;
            prop_assert!(decode(&[1; 16], &key, &wrong.into()).is_none());
            prop_assert!(decode(&[1; 16], &key, &file[..at].to_vec().into()).is_none());
        }

        #[test]
        fn rubbish_never_panics(mut file in proptest::collection::vec(any::<u8>(), 0..400), heads in any::<bool>()) {
            let (key, _) = entry(b"", &[]);
            if heads {
                let mut start = MAGIC.to_vec();
                start.extend_from_slice(&[1; 16]);
                start.extend_from_slice(key.as_bytes());
                start.append(&mut file);
                file = start;
            }
            prop_assert!(decode(&[1; 16], &key, &file.clone().into()).is_none());
            prop_assert!(decode_summary(&[1; 16], &key, &file).is_none());
            let _ = decode_head(&Bytes::from(file), Bytes::new());
        }
    }
}
