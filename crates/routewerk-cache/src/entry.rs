//! Entries: stored replies and values with the time and tags that decide whether they may still be used.
//!
//! An entry never changes once it is stored: whoever holds one may keep it, and its weight stays what it was when it
//! was stored. Small bytes are copied when an entry is made, so that a small body does not hold on to a large read buffer; large
//! ones come in a buffer of their own, and are not held twice.

use std::any::Any;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use bytes::Bytes;

use crate::moment::Moment;
use crate::tag::TagSet;
use crate::tags::Sequence;

/// After how long an entry is worth making again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Revalidate {
    /// Never by time (`revalidate: false`).
    Never,
    /// When it is older than so many seconds.
    After(u64),
}

/// What time does to an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Life {
    /// When it was made.
    pub made_at: Moment,
    /// From when on it is stale.
    pub revalidate: Revalidate,
    /// Older than so many seconds it is not given out any more.
    pub expire: Option<u64>,
}

/// Where an entry stands among the invalidations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Standing {
    /// The sequence at the start of its making: a later invalidation of one of its tags concerns it.
    pub(crate) made: Sequence,
    /// The sequence up to which invalidations that only make stale are forgiven: `made`, or later where making it
    /// again has failed since.
    pub(crate) forgiven: Sequence,
}

impl Standing {
    pub(crate) const fn new(made: Sequence) -> Self {
        Self { made, forgiven: made }
    }
}

/// Content encodings that a reply can be kept in beside the plain one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// `gzip`
    Gzip,
    /// `br`
    Brotli,
    /// `zstd`
    Zstd,
}

/// A reply that is to be stored.
#[derive(Clone, Debug)]
pub struct NewReply {
    /// The path that it answers, as people know it.
    pub path: String,
    /// The status.
    pub status: u16,
    /// The header fields, in whatever form the server keeps them; not looked into.
    pub headers: Bytes,
    /// The plain body.
    pub body: Bytes,
    /// From when on it is stale.
    pub revalidate: Revalidate,
    /// Older than so many seconds it is not given out any more.
    pub expire: Option<u64>,
    /// Its tags, the implicit ones of its path among them.
    pub tags: TagSet,
}

/// A stored reply.
#[derive(Debug)]
pub struct StoredReply {
    path: Box<str>,
    status: u16,
    headers: Bytes,
    body: Bytes,
    /// Most entries have none.
    variants: Option<Box<[Option<Bytes>; 3]>>,
    life: Life,
    tags: TagSet,
    standing: Standing,
    checked: Checked,
    prepared: OnceLock<Box<dyn Any + Send + Sync>>,
}

impl StoredReply {
    /// Makes an entry of a reply. `made_at` and `made` are those of the start of its making.
    pub(crate) fn new(reply: NewReply, made_at: Moment, standing: Standing) -> Self {
        Self {
            path: reply.path.into_boxed_str(),
            status: reply.status,
            headers: Bytes::copy_from_slice(&reply.headers),
            body: own(reply.body),
            variants: None,
            life: Life { made_at, revalidate: reply.revalidate, expire: reply.expire },
            tags: reply.tags,
            standing,
            checked: Checked::default(),
            prepared: OnceLock::new(),
        }
    }

    /// The path that it answers, for people.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The status.
    pub const fn status(&self) -> u16 {
        self.status
    }

    /// The header fields, as they were given.
    pub const fn headers(&self) -> &Bytes {
        &self.headers
    }

    /// The plain body.
    pub const fn body(&self) -> &Bytes {
        &self.body
    }

    /// The body in an encoding, where it has been made.
    pub fn variant(&self, encoding: Encoding) -> Option<&Bytes> {
        self.variants.as_ref()?[encoding as usize].as_ref()
    }

    /// When it was made and how long it lives.
    pub const fn life(&self) -> Life {
        self.life
    }

    /// Its tags.
    pub const fn tags(&self) -> &TagSet {
        &self.tags
    }

    /// The invalidation sequence at the start of its making.
    pub const fn sequence(&self) -> Sequence {
        self.standing.made
    }

    /// What the server has prepared for sending this reply (its head as bytes, say), made once per entry.
    /// `None` where something of another type was prepared before.
    pub fn prepared<T: Send + Sync + 'static>(&self, make: impl FnOnce(&Self) -> T) -> Option<&T> {
        self.prepared.get_or_init(|| Box::new(make(self))).downcast_ref()
    }

    /// The same reply with another life and standing.
    pub(crate) fn with_life(&self, life: Life, standing: Standing) -> Self {
        Self {
            path: self.path.clone(),
            status: self.status,
            headers: self.headers.clone(),
            body: self.body.clone(),
            variants: self.variants.clone(),
            life,
            tags: self.tags.clone(),
            standing,
            checked: Checked::default(),
            prepared: OnceLock::new(),
        }
    }

    /// The same reply with a body in a further encoding.
    pub(crate) fn with_variant(&self, encoding: Encoding, body: &Bytes) -> Self {
        let mut reply = self.with_life(self.life, self.standing);
        reply.variants.get_or_insert_default()[encoding as usize] = Some(Bytes::copy_from_slice(body));
        reply
    }

    /// Bytes of memory, about.
    pub(crate) fn weight(&self) -> usize {
        let variants: usize = self.variants.iter().flat_map(|all| all.iter().flatten()).map(Bytes::len).sum();
        // What the server prepares is made of the head, so the head counts twice.
        size_of::<Self>() + self.path.len() + 2 * self.headers.len() + self.body.len() + variants + self.tags.weight()
    }
}

/// From this length on bytes are taken as they come: no buffer that is shared has room for more.
const OWN_BUFFER: usize = 1 << 20;

/// Bytes in a buffer of their own.
fn own(bytes: Bytes) -> Bytes {
    if bytes.len() < OWN_BUFFER { Bytes::copy_from_slice(&bytes) } else { bytes }
}

/// Which function of the user's API a value belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ValueKind {
    /// An answer that `fetch` got.
    Fetch,
    /// What a function in `unstable_cache` returned.
    Function,
    /// What a `'use cache'` function returned.
    UseCache,
}

impl ValueKind {
    /// Whether values of this kind survive a restart. `'use cache'` values belong to one build and are cheap to lose:
    /// Next.js keeps them in memory too.
    pub const fn is_persistent(self) -> bool {
        match self {
            Self::Fetch | Self::Function => true,
            Self::UseCache => false,
        }
    }

    /// The kind's name, as workers send it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Fetch => "fetch",
            Self::Function => "function",
            Self::UseCache => "use-cache",
        }
    }

    /// The kind of a name.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Fetch, Self::Function, Self::UseCache].into_iter().find(|kind| kind.as_str() == name)
    }
}

/// A value that is to be stored.
#[derive(Clone, Debug)]
pub struct NewValue {
    /// Whose it is.
    pub kind: ValueKind,
    /// What the worker stores; not looked into.
    pub bytes: Bytes,
    /// From when on it is stale.
    pub revalidate: Revalidate,
    /// Older than so many seconds it is not given out any more.
    pub expire: Option<u64>,
    /// Its own tags (not the implicit ones of who asks).
    pub tags: TagSet,
}

/// A stored value.
#[derive(Debug)]
pub struct StoredValue {
    kind: ValueKind,
    bytes: Bytes,
    life: Life,
    tags: TagSet,
    standing: Standing,
    checked: Checked,
}

impl StoredValue {
    pub(crate) fn new(value: NewValue, made_at: Moment, standing: Standing) -> Self {
        Self {
            kind: value.kind,
            bytes: own(value.bytes),
            life: Life { made_at, revalidate: value.revalidate, expire: value.expire },
            tags: value.tags,
            standing,
            checked: Checked::default(),
        }
    }

    /// Whose it is.
    pub const fn kind(&self) -> ValueKind {
        self.kind
    }

    /// What the worker stored.
    pub const fn bytes(&self) -> &Bytes {
        &self.bytes
    }

    /// When it was made and how long it lives.
    pub const fn life(&self) -> Life {
        self.life
    }

    /// Its own tags.
    pub const fn tags(&self) -> &TagSet {
        &self.tags
    }

    /// The invalidation sequence at the start of its making.
    pub const fn sequence(&self) -> Sequence {
        self.standing.made
    }

    /// The same value with another life and standing.
    pub(crate) fn with_life(&self, life: Life, standing: Standing) -> Self {
        Self {
            kind: self.kind,
            bytes: self.bytes.clone(),
            life,
            tags: self.tags.clone(),
            standing,
            checked: Checked::default(),
        }
    }

    /// Bytes of memory, about.
    pub(crate) fn weight(&self) -> usize {
        size_of::<Self>() + self.bytes.len() + self.tags.weight()
    }
}

/// Up to which sequence an entry's tags are known to be untouched, so that a look-up asks the tag table once per
/// invalidation and not once per request.
#[derive(Debug, Default)]
pub(crate) struct Checked(AtomicU64);

impl Checked {
    /// Whether nothing was invalidated since the entry was found untouched. `now` counts from one.
    pub(crate) fn covers(&self, now: Sequence) -> bool {
        self.0.load(Ordering::Relaxed) == now.as_u64() + 1
    }

    /// The entry is untouched up to `now`, which was read before the table was asked.
    pub(crate) fn note(&self, now: Sequence) {
        self.0.store(now.as_u64() + 1, Ordering::Relaxed);
    }
}

/// What judging an entry needs to know of it.
pub(crate) trait Kept: Sized + Send + Sync + 'static {
    fn tags(&self) -> &TagSet;
    fn standing(&self) -> Standing;
    fn life(&self) -> Life;
    fn checked(&self) -> &Checked;
    /// The entry of this kind, if it is one.
    fn from_entry(entry: Entry) -> Option<Arc<Self>>;
    fn into_entry(self: Arc<Self>) -> Entry;
    /// The same entry with another life and standing.
    fn renewed(&self, life: Life, standing: Standing) -> Self;
}

impl Kept for StoredReply {
    fn tags(&self) -> &TagSet {
        &self.tags
    }

    fn standing(&self) -> Standing {
        self.standing
    }

    fn life(&self) -> Life {
        self.life
    }

    fn checked(&self) -> &Checked {
        &self.checked
    }

    fn from_entry(entry: Entry) -> Option<Arc<Self>> {
        match entry {
            Entry::Reply(reply) => Some(reply),
            Entry::Value(_) => None,
        }
    }

    fn into_entry(self: Arc<Self>) -> Entry {
        Entry::Reply(self)
    }

    fn renewed(&self, life: Life, standing: Standing) -> Self {
        self.with_life(life, standing)
    }
}

impl Kept for StoredValue {
    fn tags(&self) -> &TagSet {
        &self.tags
    }

    fn standing(&self) -> Standing {
        self.standing
    }

    fn life(&self) -> Life {
        self.life
    }

    fn checked(&self) -> &Checked {
        &self.checked
    }

    fn from_entry(entry: Entry) -> Option<Arc<Self>> {
        match entry {
            Entry::Value(value) => Some(value),
            Entry::Reply(_) => None,
        }
    }

    fn into_entry(self: Arc<Self>) -> Entry {
        Entry::Value(self)
    }

    fn renewed(&self, life: Life, standing: Standing) -> Self {
        self.with_life(life, standing)
    }
}

/// An entry of any kind.
#[derive(Clone, Debug)]
pub(crate) enum Entry {
    Reply(Arc<StoredReply>),
    Value(Arc<StoredValue>),
}

impl Entry {
    pub(crate) fn weight(&self) -> usize {
        match self {
            Self::Reply(reply) => reply.weight(),
            Self::Value(value) => value.weight(),
        }
    }

    pub(crate) fn standing(&self) -> Standing {
        match self {
            Self::Reply(reply) => reply.standing,
            Self::Value(value) => value.standing,
        }
    }
}
