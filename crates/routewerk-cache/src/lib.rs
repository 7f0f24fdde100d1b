//! Stored replies and values: what is kept, how long it is good for, who makes it, and where it lies.
//!
//! Knows no HTTP server, no worker and no JavaScript. Nothing that decides about entries reads a clock: whoever asks says
//! what time it is ([`Moment`]). All of it is shared by all threads; a look-up in memory takes one short lock and allocates nothing.
//!
//! Reading order: [`Cache`] (what one does with it), [`Phase`] (what a look-up says), [`Flight`] and [`Lead`] (one
//! maker per entry), [`Invalidation`] and [`Sequence`] (tags), [`ReplyKey`] and [`ValueKey`]. `docs/design/caching.md`
//! has the whole picture.

mod admin;
mod cache;
mod disk;
mod entry;
mod flight;
mod foreign;
mod key;
mod memory;
mod moment;
mod notice;
mod options;
mod phase;
mod policy;
mod recent;
mod replies;
mod shelf;
mod store;
mod summary;
mod tag;
mod tags;
mod values;

pub use admin::{AnyEntry, PATH_TAG, Purge};
pub use cache::{Cache, Refusal, Stats};
pub use entry::{Encoding, Life, NewReply, NewValue, Revalidate, StoredReply, StoredValue, ValueKind};
pub use flight::{Failure, Flight, Lead, Outcome, Wait};
pub use foreign::{Made, Touched, postponed};
pub use key::{BuildKey, Class, EntryKey, ReplyKey, ValueKey};
pub use moment::Moment;
pub use notice::Notice;
pub use options::{CacheOptions, DiskOptions};
pub use phase::Phase;
pub use recent::Invalidated;
pub use replies::Finished;
pub use shelf::{Shelf, Shelved};
pub use store::Usage;
pub use summary::{EntryInfo, EntryKind, State};
pub use tag::{MAX_TAGS_PER_ENTRY, TagSet};
pub use tags::{Invalidation, Sequence};
