//! Replies: look-up on the way of a request, generation, regeneration.
//!
//! ```text
//! match cache.reply_phase(&key, now) {
//!     Hit(reply)   => send it
//!     Stale(reply) => if let Some(lead) = cache.refresh_reply(&key, &reply, now) { spawn the generation }; send it
//!     Unloaded     => cache.load_reply(&key, now).await, and again
//!     Expired(_) | Miss => match cache.lead_reply(&key, now) {
//!         Ready(phase) => as above
//!         Lead(lead)   => let wait = lead.wait(); spawn the generation; wait.outcome().await
//!         Wait(wait)   => wait.outcome().await
//!     }
//! }
//! ```

use std::sync::Arc;

use bytes::Bytes;

use crate::cache::{Cache, Refusal};
use crate::entry::{Encoding, NewReply, Standing, StoredReply};
use crate::flight::{Failure, Flight, Lead, Outcome};
use crate::key::ReplyKey;
use crate::moment::Moment;
use crate::phase::Phase;
use crate::policy;
use crate::tags::Sequence;

/// What became of a reply that was made.
#[derive(Clone, Debug)]
pub struct Finished {
    /// The reply.
    pub reply: Arc<StoredReply>,
    /// Whether it is stored now.
    pub is_stored: bool,
    /// Why it could not be stored; `None` also where a good reply was kept instead of a server error.
    pub refusal: Option<Refusal>,
}

impl Cache {
    /// What is stored under a key, judged now. Takes one short lock, waits for nothing and allocates nothing.
    pub fn reply_phase(&self, key: &ReplyKey, now: Moment) -> Phase<StoredReply> {
        self.inner.phase(&key.entry(), now)
    }

    /// The same, with the second store asked where memory has nothing; never [`Phase::Unloaded`].
    ///
    /// # Cancel safety
    /// Dropping the future loses nothing.
    pub async fn load_reply(&self, key: &ReplyKey, now: Moment) -> Phase<StoredReply> {
        self.inner.load(key.entry(), now).await
    }

    /// Joins those who need a reply that is not there ([`Phase::Miss`], [`Phase::Expired`]).
    pub fn lead_reply(&self, key: &ReplyKey, now: Moment) -> Flight<StoredReply> {
        self.inner.lead(&self.inner.replies, key.entry(), now)
    }

    /// Leads the regeneration of a stale reply, unless somebody does or has just done so.
    pub fn refresh_reply(&self, key: &ReplyKey, stale: &Arc<StoredReply>, now: Moment) -> Option<Lead<StoredReply>> {
        self.inner.refresh(&self.inner.replies, key.entry(), stale, now)
    }

    /// The generation has made a reply that may be stored. `now` is the time of its end. Says whether it is stored.
    ///
    /// A server error does not replace a good reply: it goes to those who waited, and the good one is tried again
    /// later. A reply that may not be stored after all (too large, say) goes to those who waited, too, and what it should
    /// have replaced is forgotten.
    pub fn finish_reply(&self, lead: Lead<StoredReply>, reply: NewReply, now: Moment) -> Finished {
        let reply = Arc::new(StoredReply::new(reply, now, Standing::new(lead.sequence())));
        let key = lead.key();
        if let Some(old) = lead.old().filter(|old| !policy::may_replace(old.status(), reply.status())) {
            self.inner.postpone(key, old, now);
            lead.land(Outcome::Unstored(Arc::clone(&reply)));
            return Finished { reply, refusal: None, is_stored: false };
        }
        let stored = self.inner.store(key, &reply);
        let outcome = match stored {
            Ok(()) => Outcome::Stored(Arc::clone(&reply)),
            Err(Refusal::TooLarge { .. } | Refusal::TooManyTags { .. }) => {
                // What is stored would be given out as stale for good, because nothing newer can take its place.
                self.inner.remove(&key);
                Outcome::Unstored(Arc::clone(&reply))
            }
            Err(Refusal::Older) => Outcome::Unstored(Arc::clone(&reply)),
        };
        lead.land(outcome);
        Finished { reply, refusal: stored.err(), is_stored: stored.is_ok() }
    }

    /// The generation has made a reply that may not be stored: it goes to those who waited. What is stored already
    /// stays and is tried again later.
    pub fn share_reply(&self, lead: Lead<StoredReply>, reply: NewReply, now: Moment) -> Arc<StoredReply> {
        let reply = Arc::new(StoredReply::new(reply, now, Standing::new(lead.sequence())));
        if let Some(old) = lead.old() {
            self.inner.postpone(lead.key(), old, now);
        }
        lead.land(Outcome::Unstored(Arc::clone(&reply)));
        reply
    }

    /// The generation has failed: those who waited are told, once. What is stored already stays and is tried again
    /// later.
    pub fn fail_reply(&self, lead: Lead<StoredReply>, failure: Failure, now: Moment) {
        if let Some(old) = lead.old() {
            self.inner.postpone(lead.key(), old, now);
        }
        lead.land(Outcome::Failed(failure));
    }

    /// Stores a reply that was made elsewhere (by `build`), unless a newer one is there. `sequence` is that of the
    /// start of its making ([`Cache::sequence_at`]).
    ///
    /// # Errors
    /// [`Refusal`] says why it is not stored.
    pub fn put_reply(
        &self,
        key: &ReplyKey,
        reply: NewReply,
        made_at: Moment,
        sequence: Sequence,
    ) -> Result<Arc<StoredReply>, Refusal> {
        let reply = Arc::new(StoredReply::new(reply, made_at, Standing::new(sequence)));
        self.inner.store(key.entry(), &reply)?;
        Ok(reply)
    }

    /// Adds the body in another encoding to a stored reply, if it is still the one that is stored. In memory alone:
    /// after a restart it is made again.
    pub fn add_variant(&self, key: &ReplyKey, reply: &Arc<StoredReply>, encoding: Encoding, body: &Bytes) {
        let with_variant = Arc::new(reply.with_variant(encoding, body));
        self.inner.exchange(key.entry(), reply, &with_variant);
    }
}
