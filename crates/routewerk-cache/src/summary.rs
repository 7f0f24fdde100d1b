//! Entries as lists show them: everything but the bytes.

use crate::entry::{Entry, Life, ValueKind};
use crate::key::EntryKey;
use crate::tag::TagSet;
use crate::tags::Sequence;

/// What an entry is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EntryKind {
    /// A reply.
    Reply {
        /// The path that it answers.
        path: Box<str>,
        /// Its status.
        status: u16,
    },
    /// A value.
    Value(ValueKind),
}

/// What a list tells of an entry.
#[derive(Clone, Debug)]
pub(crate) struct Summary {
    pub(crate) kind: EntryKind,
    /// Of the body or value.
    pub(crate) bytes: u64,
    pub(crate) life: Life,
    pub(crate) tags: TagSet,
    pub(crate) made: Sequence,
}

impl Summary {
    pub(crate) fn of(entry: &Entry) -> Self {
        match entry {
            Entry::Reply(reply) => Self {
                kind: EntryKind::Reply { path: reply.path().into(), status: reply.status() },
                bytes: reply.body().len() as u64,
                life: reply.life(),
                tags: reply.tags().clone(),
                made: reply.sequence(),
            },
            Entry::Value(value) => Self {
                kind: EntryKind::Value(value.kind()),
                bytes: value.bytes().len() as u64,
                life: value.life(),
                tags: value.tags().clone(),
                made: value.sequence(),
            },
        }
    }
}

/// The name of a phase.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Good.
    Fresh,
    /// Good once more, while it is made again.
    Stale,
    /// Not given out.
    Expired,
}

impl State {
    /// The name, as lists show it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Fresh => "fresh",
            Self::Stale => "stale",
            Self::Expired => "expired",
        }
    }
}

/// An entry in a list.
#[derive(Clone, Debug)]
pub struct EntryInfo {
    /// Its key.
    pub key: EntryKey,
    /// What it is.
    pub kind: EntryKind,
    /// Bytes of its body or value.
    pub bytes: u64,
    /// When it was made and how long it lives.
    pub life: Life,
    /// Its tags.
    pub tags: TagSet,
    /// What it is good for.
    pub state: State,
    /// Whether it lies in memory.
    pub is_in_memory: bool,
    /// Whether it lies in the second store.
    pub is_in_second: bool,
    /// Whether it lies in the build, where it is read again when it has left memory.
    pub is_in_build: bool,
}
