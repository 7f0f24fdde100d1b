//! Entries that are kept elsewhere (by a store of the user's) and judged here.
//!
//! Nothing of them lies in the stores. Tags and flights are those of all entries: whoever needs such an entry asks for it, has it
//! judged by [`Cache::foreign_reply`], and where that says so makes it with [`Cache::lead_reply`] and
//! [`Cache::share_reply`].

use std::sync::Arc;

use crate::cache::Cache;
use crate::entry::{Life, NewReply, Standing, StoredReply};
use crate::flight::{Lead, Outcome};
use crate::moment::Moment;
use crate::phase::{self, Phase};
use crate::policy;
use crate::tag::TagSet;
use crate::tags::{Sequence, Verdict};

/// When an entry was made that is kept elsewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Made {
    /// At this time, by whomever.
    At(Moment),
    /// At this time, by this process: its making began at this number, so that an invalidation while it was made counts.
    Here(Moment, Sequence),
    /// It must not be given out any more.
    Outdated,
}

/// What the invalidations say of tags since something was made of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Touched {
    /// None of them was invalidated.
    Not,
    /// One of them was made stale.
    Stale,
    /// One of them was expired.
    Expired,
}

/// The life of an entry whose regeneration has failed, until that is tried again.
pub fn postponed(life: Life, now: Moment) -> Life {
    policy::postpone(life, now)
}

impl Cache {
    /// What was invalidated of some tags since a moment.
    pub fn touched_since(&self, tags: &TagSet, made_at: Moment, now: Moment) -> Touched {
        match self.inner.tags.read().judge_since(tags.ids(), made_at, now) {
            Verdict::Untouched => Touched::Not,
            Verdict::Stale => Touched::Stale,
            Verdict::Expired => Touched::Expired,
        }
    }

    /// The phase of a reply that is kept elsewhere; never [`Phase::Miss`] or [`Phase::Unloaded`].
    pub fn foreign_reply(&self, reply: NewReply, made: Made, now: Moment) -> Phase<StoredReply> {
        let tags = &self.inner.tags;
        let (made_at, sequence) = match made {
            Made::At(moment) => (moment, tags.sequence()),
            Made::Here(moment, sequence) => (moment, sequence),
            Made::Outdated => (Moment::default(), Sequence::default()),
        };
        let standing = Standing::new(sequence);
        let verdict = match made {
            Made::At(moment) => tags.read().judge_since(reply.tags.ids(), moment, now),
            Made::Here(..) => tags.judge(&reply.tags, standing, now),
            Made::Outdated => Verdict::Expired,
        };
        let entry = Arc::new(StoredReply::new(reply, made_at, standing));
        let verdict = verdict.max(phase::judge_age(entry.life(), now));
        Phase::of(entry, verdict)
    }

    /// Who was to make a reply has found that another one has made it: it goes to those who waited.
    pub fn share_found(&self, lead: Lead<StoredReply>, found: &Arc<StoredReply>) {
        lead.land(Outcome::Unstored(Arc::clone(found)));
    }
}
