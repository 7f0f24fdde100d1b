//! The phase of a look-up: what may be done with what is stored, judged at the moment of asking.
//!
//! ```text
//!            made ──▶ hit ──older than revalidate, or tag made stale──▶ stale ──made again──▶ hit
//!                      │                                                 │  └─ failed ──▶ hit until the retry is due
//!                      └──── older than expire, or tag expired ──────────┴──▶ expired ──made again──▶ hit
//!                                                                              └─ failed ──▶ expired
//! ```
//!
//! Ages are compared as Next.js does: an entry is stale when it is *older* than `revalidate`, not when it is as old.

use std::sync::Arc;
use std::time::Duration;

use crate::entry::{Life, Revalidate};
use crate::moment::Moment;
use crate::tags::Verdict;

/// An entry this far in the future was made by a clock that has been set back since; how long it lives cannot be told.
const CLOCK_TOLERANCE: Duration = Duration::from_mins(1);

/// What is stored under a key, and what it is good for.
#[derive(Debug)]
pub enum Phase<T> {
    /// Good.
    Hit(Arc<T>),
    /// Good once more, while it is made again.
    Stale(Arc<T>),
    /// Not to be given out: it has to be made again first. The old one is there for who wants to compare.
    Expired(Arc<T>),
    /// Nothing.
    Miss,
    /// Nothing in memory; the second store has to be asked (`load_reply`, `load_value`).
    Unloaded,
}

impl<T> Phase<T> {
    /// The entry that may be given out.
    pub fn usable(&self) -> Option<&Arc<T>> {
        match self {
            Self::Hit(entry) | Self::Stale(entry) => Some(entry),
            Self::Expired(_) | Self::Miss | Self::Unloaded => None,
        }
    }

    /// The phase of an entry.
    pub(crate) fn of(entry: Arc<T>, verdict: Verdict) -> Self {
        match verdict {
            Verdict::Untouched => Self::Hit(entry),
            Verdict::Stale => Self::Stale(entry),
            Verdict::Expired => Self::Expired(entry),
        }
    }
}

impl<T> Clone for Phase<T> {
    fn clone(&self) -> Self {
        match self {
            Self::Hit(entry) => Self::Hit(Arc::clone(entry)),
            Self::Stale(entry) => Self::Stale(Arc::clone(entry)),
            Self::Expired(entry) => Self::Expired(Arc::clone(entry)),
            Self::Miss => Self::Miss,
            Self::Unloaded => Self::Unloaded,
        }
    }
}

/// What time says of an entry.
pub(crate) fn judge_age(life: Life, now: Moment) -> Verdict {
    if life.made_at.since(now) > CLOCK_TOLERANCE {
        return Verdict::Stale;
    }
    let is_older = |seconds: u64| now > life.made_at.plus_seconds(seconds);
    if life.expire.is_some_and(is_older) {
        return Verdict::Expired;
    }
    match life.revalidate {
        // What is kept for no time is stale at once.
        Revalidate::After(0) => Verdict::Stale,
        Revalidate::After(seconds) if is_older(seconds) => Verdict::Stale,
        Revalidate::After(_) | Revalidate::Never => Verdict::Untouched,
    }
}
