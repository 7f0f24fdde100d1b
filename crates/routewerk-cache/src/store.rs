//! The seam between the cache and where entries lie: memory, disk, and what may come.
//!
//! A store keeps entries and loses them when it wants to: what it does not find is a miss, and what it cannot keep is
//! not kept. It never judges an entry, and no method but [`Store::list`] and
//! [`Store::close`] waits for a device.

use std::fmt;
use std::future::Future;
use std::pin::Pin;

use crate::entry::Entry;
use crate::key::{BuildKey, EntryKey};
use crate::summary::Summary;
use crate::tag::TagId;
use crate::tags::Sequence;

/// Where entries lie.
pub(crate) trait Store: Send + Sync + fmt::Debug {
    /// Looks for an entry without waiting.
    fn find(&self, key: &EntryKey) -> Found;

    /// Fetches an entry that [`Store::find`] calls [`Found::Elsewhere`].
    fn load(&self, key: &EntryKey) -> Loading;

    /// Keeps an entry in the place of an older one.
    fn keep(&self, key: EntryKey, entry: Entry);

    /// Forgets an entry.
    fn remove(&self, key: &EntryKey);

    /// Forgets everything.
    fn clear(&self);

    /// Forgets the replies of all builds but one.
    fn retain_build(&self, build: BuildKey);

    /// An invalidation has happened: a store that outlives the process has to know it then.
    fn note_invalidation(&self, tags: &[TagId], sequence: Sequence);

    /// Resolves once an invalidation is known after a restart, or could not be noted (which the log tells).
    fn journaled(&self, sequence: Sequence) -> Journaling;

    /// Writes what waits and gives the store back to others. Waits for the device.
    fn close(&self);

    /// How much is kept.
    fn usage(&self) -> Usage;

    /// Shows every entry until `visit` returns false. May read files: not for a thread that serves requests.
    fn list(&self, visit: &mut dyn FnMut(EntryKey, Summary) -> bool);
}

/// What a store knows at once.
#[derive(Debug)]
pub(crate) enum Found {
    /// The entry.
    Here(Entry),
    /// It has none.
    Nothing,
    /// It may have one: to be loaded.
    Elsewhere,
}

/// An entry on its way from a store.
pub(crate) type Loading = Pin<Box<dyn Future<Output = Option<Entry>> + Send>>;

/// An invalidation on its way to where it outlives the process.
pub(crate) type Journaling = Pin<Box<dyn Future<Output = ()> + Send>>;

/// How much a store keeps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Entries.
    pub entries: u64,
    /// Bytes, about.
    pub bytes: u64,
    /// Bytes that it may use.
    pub max_bytes: u64,
    /// Entries that had to go to make room, since it was opened.
    pub evicted: u64,
    /// Entries that it did not take because too much was waiting to be written, since it was opened.
    pub skipped: u64,
    /// Failures of its device, since it was opened.
    pub failures: u64,
}
