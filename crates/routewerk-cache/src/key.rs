//! What an entry is found by: 192 bits of a hash over length-prefixed parts, and 64 bits that name its class.
//!
//! Every part has its length before it, so that `["a/b"]` and `["a", "b"]` are different keys, and every kind of key
//! begins with a word of its own, so that no reply can be found under the key of a value. The hash is BLAKE3:
//! nobody can choose two params that share an entry. The class stands in the open so that a store can tell by the key
//! alone which entries belong to another build.

use std::fmt;
use std::hash::{Hash, Hasher};

use smallvec::SmallVec;

/// The key of an entry of any kind.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct EntryKey([u8; 32]);

impl EntryKey {
    /// The key that has these bytes.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The key's bytes.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The key of 64 lower-case hexadecimal digits.
    pub fn from_hex(text: &str) -> Option<Self> {
        let digits = text.as_bytes();
        if digits.len() != 64 {
            return None;
        }
        let mut bytes = [0; 32];
        for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
            *byte = hex_digit(pair[0])? << 4 | hex_digit(pair[1])?;
        }
        Some(Self(bytes))
    }

    /// What kind of entry the key is for.
    pub const fn class(&self) -> Class {
        let (_, class) = self.0.split_at(24);
        match number(class) {
            VALUES => Class::Value,
            build => Class::Reply(BuildKey(build)),
        }
    }

    /// The key with a hash and a class.
    fn new(hash: &[u8; 32], class: u64) -> Self {
        let mut bytes = *hash;
        bytes[24..].copy_from_slice(&class.to_le_bytes());
        Self(bytes)
    }

    /// The first eight bytes: already as good as random, so that tables need to hash no more than these.
    pub(crate) const fn prefix(&self) -> u64 {
        let (first, _) = self.0.split_at(8);
        number(first)
    }
}

/// The number that the first eight bytes are.
const fn number(bytes: &[u8]) -> u64 {
    match bytes.first_chunk::<8>() {
        Some(first) => u64::from_le_bytes(*first),
        None => 0,
    }
}

/// The value of a lower-case hexadecimal digit.
const fn hex_digit(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    }
}

impl Hash for EntryKey {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.prefix());
    }
}

impl fmt::Display for EntryKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(formatter, "{byte:02x}"))
    }
}

impl fmt::Debug for EntryKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "EntryKey({self})")
    }
}

/// What kind of entry a key is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// A value; it belongs to no build.
    Value,
    /// A reply of a build.
    Reply(BuildKey),
}

/// The class number of values; no build has it.
const VALUES: u64 = 0;

/// Which build a reply belongs to: a hash of the build's id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct BuildKey(u64);

impl BuildKey {
    /// The key of a build id.
    pub fn new(build_id: &str) -> Self {
        Self(number(&hash("build", &[build_id.as_bytes()])).max(VALUES + 1))
    }
}

/// The key of a reply: build, route and decoded params. The query is no part of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ReplyKey(EntryKey);

impl ReplyKey {
    /// The key of a route's reply. `pattern` is the route's (`/items/[slug]`), `params` the decoded values in the order
    /// of the pattern; a catch-all gives each of its parts as one value. Allocates nothing up to 512 bytes.
    ///
    /// ```
    /// use routewerk_cache::{BuildKey, ReplyKey};
    /// let build = BuildKey::new("b1");
    /// assert_ne!(ReplyKey::new(build, "/c/[...s]", ["a/b"]), ReplyKey::new(build, "/c/[...s]", ["a", "b"]));
    /// ```
    pub fn new<'a>(build: BuildKey, pattern: &str, params: impl IntoIterator<Item = &'a str>) -> Self {
        let mut text = Parts::new("reply");
        text.part(pattern.as_bytes());
        params.into_iter().for_each(|param| text.part(param.as_bytes()));
        Self(EntryKey::new(&text.finish(), build.0))
    }

    /// The key without its kind.
    pub const fn entry(&self) -> EntryKey {
        self.0
    }
}

/// The key of a value, from what the worker calls it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ValueKey(EntryKey);

impl ValueKey {
    /// The key of a value that the worker calls `name` (any text; it sends a hash in hexadecimal digits).
    pub fn new(name: &str) -> Self {
        Self(EntryKey::new(&hash("value", &[name.as_bytes()]), VALUES))
    }

    /// The key without its kind.
    pub const fn entry(&self) -> EntryKey {
        self.0
    }
}

/// Hashes the parts, each with its length before it.
pub(crate) fn hash(kind: &str, parts: &[&[u8]]) -> [u8; 32] {
    let mut text = Parts::new(kind);
    for part in parts {
        text.part(part);
    }
    text.finish()
}

/// Length-prefixed parts on their way into a hash.
struct Parts(SmallVec<[u8; 512]>);

impl Parts {
    fn new(kind: &str) -> Self {
        let mut parts = Self(SmallVec::new());
        parts.part(kind.as_bytes());
        parts
    }

    fn part(&mut self, part: &[u8]) {
        self.0.extend_from_slice(&(part.len() as u64).to_le_bytes());
        self.0.extend_from_slice(part);
    }

    fn finish(self) -> [u8; 32] {
        *blake3::hash(&self.0).as_bytes()
    }
}
