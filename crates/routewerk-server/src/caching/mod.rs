//! The cache in the path of a request: static routes, the phases of their GETs, and the calls that make their entries.
//!
//! A GET or HEAD of a static route asks the cache before any worker, synchronously: a fresh or stale entry is answered from
//! memory. Where there is none, one task on the thread that missed first makes it, and every request for it on every
//! thread waits for that one; whoever leaves changes nothing for the others (`docs/design/caching.md`).
//!
//! Reading order: [`StaticRoute`] and [`StaticSite`] (what a site says), `phase.rs` (what becomes of a request),
//! `generation.rs` (the making of an entry), `budget.rs` (how much is made at once), `asked.rs` and `user_store.rs` (entries
//! that the user's own store keeps), `prepared.rs` (an entry on its way out), `encoding.rs` and `compressor.rs` (its compressed
//! forms), `condition.rs`, `draft.rs` and `canonical.rs` (rules of their own).

mod asked;
mod budget;
mod canonical;
mod compressor;
mod condition;
mod draft;
mod encoding;
mod generation;
mod phase;
mod prepared;
mod route;
mod user_store;

pub(crate) use self::asked::LookUps;
pub use self::budget::{GenerationBudget, GenerationRoom, GenerationUsage, NoRoom};
pub use self::canonical::{canonical, entry_path};
pub use self::compressor::Compressor;
pub use self::draft::sees_drafts;
pub(crate) use self::draft::{DRAFT_CACHE_CONTROL, DRAFT_LINES, DraftCookie};
pub(crate) use self::encoding::line as encoding_line;
pub(crate) use self::encoding::name as encoding_name;
pub(crate) use self::generation::Generations;
pub use self::generation::{Unmade, entry_of, generation_call};
pub(crate) use self::phase::{CachedReply, CachedRequest, Phase, Waiting};
pub(crate) use self::prepared::{CacheState, ONE_YEAR_SECONDS};
pub use self::route::{CacheClock, ListedParams, OtherParams, StaticRoute, StaticSite};
pub use self::user_store::{Lifetime, UserStore};
