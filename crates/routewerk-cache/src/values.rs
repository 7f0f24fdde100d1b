//! Values: what `fetch`, `unstable_cache` and `'use cache'` store, asked for by workers.

use std::sync::Arc;

use crate::cache::{Cache, Refusal};
use crate::entry::{Kept, NewValue, Standing, StoredValue};
use crate::flight::{Failure, Flight, Joined, Lead, Outcome};
use crate::key::ValueKey;
use crate::moment::Moment;
use crate::phase::Phase;
use crate::tag::TagSet;
use crate::tags::{Sequence, Verdict};

impl Cache {
    /// What is stored under a key, judged now with its own tags and the implicit ones of who asks (the path that is
    /// answered). Takes one short lock and waits for nothing.
    pub fn value_phase(&self, key: &ValueKey, implicit: &TagSet, now: Moment) -> Phase<StoredValue> {
        self.with_implicit(self.inner.phase(&key.entry(), now), implicit, now)
    }

    /// The same, with the second store asked where memory has nothing; never [`Phase::Unloaded`].
    ///
    /// # Cancel safety
    /// Dropping the future loses nothing.
    pub async fn load_value(&self, key: &ValueKey, implicit: &TagSet, now: Moment) -> Phase<StoredValue> {
        self.with_implicit(self.inner.load(key.entry(), now).await, implicit, now)
    }

    /// Joins those who need another value than what the look-up found: nothing, an expired one, for `'use cache'` also
    /// a stale one.
    pub fn lead_value(
        &self,
        key: &ValueKey,
        implicit: &TagSet,
        found: &Phase<StoredValue>,
        now: Moment,
    ) -> Flight<StoredValue> {
        let old = match found {
            Phase::Hit(old) | Phase::Stale(old) | Phase::Expired(old) => Some(old),
            Phase::Miss | Phase::Unloaded => None,
        };
        let lead = match self.inner.values.join(key.entry(), implicit, now) {
            Joined::Wait(wait) => return Flight::Wait(wait),
            Joined::Lead(lead) => lead,
        };
        // The value is stored before its flight ends, so what landed between the look-up and the join is found here.
        let known = self.value_phase(key, implicit, now);
        match known.usable().filter(|entry| old.is_none_or(|old| !Arc::ptr_eq(entry, old))) {
            Some(_) => {
                // Good for this asker's implicit tags; who has joined meanwhile looks for himself.
                lead.land(Outcome::Outdated);
                Flight::Ready(known)
            }
            None => Flight::Lead(lead.with_old(old.cloned())),
        }
    }

    /// Leads the making again of a stale value, unless somebody does or has just done so.
    pub fn refresh_value(
        &self,
        key: &ValueKey,
        implicit: &TagSet,
        stale: &Arc<StoredValue>,
        now: Moment,
    ) -> Option<Lead<StoredValue>> {
        match self.lead_value(key, implicit, &Phase::Stale(Arc::clone(stale)), now) {
            Flight::Lead(lead) => Some(lead),
            Flight::Wait(_) | Flight::Ready(_) => None,
        }
    }

    /// The value has been made. `now` is the time of its end.
    ///
    /// # Errors
    /// [`Refusal`] says why it is not stored; those who waited get it nevertheless.
    pub fn finish_value(
        &self,
        lead: Lead<StoredValue>,
        value: NewValue,
        now: Moment,
    ) -> Result<Arc<StoredValue>, Refusal> {
        let value = Arc::new(StoredValue::new(value, now, Standing::new(lead.sequence())));
        let stored = self.inner.store(lead.key(), &value);
        lead.land(match stored {
            Ok(()) => Outcome::Stored(Arc::clone(&value)),
            Err(_) => Outcome::Unstored(Arc::clone(&value)),
        });
        stored.map(|()| value)
    }

    /// Making the value has failed: those who waited are told, once, and what is stored already stays.
    pub fn fail_value(&self, lead: Lead<StoredValue>, failure: Failure) {
        lead.land(Outcome::Failed(failure));
    }

    /// Stores a value that was made without a lead. `sequence` is that of the look-up that missed: where one of its
    /// tags was invalidated since, it is born stale or expired.
    ///
    /// # Errors
    /// [`Refusal`] says why it is not stored.
    pub fn put_value(
        &self,
        key: &ValueKey,
        value: NewValue,
        sequence: Sequence,
        now: Moment,
    ) -> Result<Arc<StoredValue>, Refusal> {
        // A worker's number counts at most as what is known here, so that it cannot outrun an invalidation.
        let standing = Standing::new(sequence.min(self.sequence()));
        let value = Arc::new(StoredValue::new(value, now, standing));
        self.inner.store(key.entry(), &value)?;
        Ok(value)
    }

    /// Forgets a value.
    pub fn remove_value(&self, key: &ValueKey) {
        self.inner.remove(&key.entry());
    }

    /// The phase of a value with the tags of who asks taken into account.
    fn with_implicit(&self, phase: Phase<StoredValue>, implicit: &TagSet, now: Moment) -> Phase<StoredValue> {
        let (entry, own) = match phase {
            Phase::Hit(entry) => (entry, Verdict::Untouched),
            Phase::Stale(entry) => (entry, Verdict::Stale),
            other @ (Phase::Expired(_) | Phase::Miss | Phase::Unloaded) => return other,
        };
        let verdict = self.inner.tags.judge(implicit, Kept::standing(&*entry), now);
        Phase::of(entry, verdict.max(own))
    }
}
