//! Entries that the user's own store keeps: every request asks it, through a worker.
//!
//! ```text
//! request ─▶ look-up ─┬─ hit ─────▶ the entry
//!   (one for all of   ├─ stale ───▶ the entry; made again meanwhile
//!    a thread that    ├─ expired, miss ─▶ generation (one for all threads) ─▶ handed to the store ─▶ the entry
//!    ask for it)      └─ no answer ─▶ as a miss
//! ```
//!
//! Who leads a generation may have asked before another one had ended: then the store is asked once more before the handler is called,
//! so that however many ask for one cold entry, it is made once.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use routewerk_cache::{
    Flight, Moment, NewReply, Outcome, Phase as Stored, ReplyKey, Revalidate, Sequence, StoredReply, TagSet, Touched,
};
use routewerk_handler::{
    Generation, GenerationFacts, HandlerCall, HandlerEngine, HandlerError, HandlerReply, HeaderBlock, RequestBody,
    Revalidate as Said, RouteId,
};
use tokio::sync::OnceCell;

use super::generation::{Generating, collect, generation_call, whole_seconds};
use super::phase::{ATTEMPTS, CachedRequest, Made, is_too_old, status_of};
use super::prepared::CacheState;
use super::route::StaticRoute;
use super::user_store::{Lifetime, UserStore};
use crate::thread::{FrontThread, PendingCall};

/// The look-ups of a thread that are under way, by entry: whoever asks meanwhile shares the answer.
#[derive(Default)]
pub(crate) struct LookUps(RefCell<HashMap<ReplyKey, Rc<OnceCell<Stored<StoredReply>>>>>);

impl LookUps {
    fn join(&self, key: ReplyKey) -> Joined<'_> {
        let cell = Rc::clone(self.0.borrow_mut().entry(key).or_default());
        Joined { look_ups: self, key, cell }
    }
}

/// One who takes part in a look-up.
struct Joined<'thread> {
    look_ups: &'thread LookUps,
    key: ReplyKey,
    cell: Rc<OnceCell<Stored<StoredReply>>>,
}

impl Drop for Joined<'_> {
    /// Ends a look-up that is answered, so that who comes later asks anew, and one that its last asker leaves.
    fn drop(&mut self) {
        let mut under_way = self.look_ups.0.borrow_mut();
        let is_this = under_way.get(&self.key).is_some_and(|one| Rc::ptr_eq(one, &self.cell));
        // The table's own and this one.
        if is_this && (self.cell.initialized() || Rc::strong_count(&self.cell) <= 2) {
            under_way.remove(&self.key);
        }
    }
}

/// Which entry is meant, and where.
#[derive(Clone, Copy)]
pub(super) struct Wanted<'call> {
    pub(super) route: RouteId,
    pub(super) caching: &'call StaticRoute,
    pub(super) path: &'call str,
    pub(super) params: &'call str,
    pub(super) key: ReplyKey,
}

impl<E: HandlerEngine + 'static> FrontThread<E> {
    /// What becomes of a request where the user's store keeps the entries.
    pub(super) async fn made_with_store(
        self: &Rc<Self>,
        request: &CachedRequest,
        key: ReplyKey,
        store: &UserStore,
    ) -> Made {
        let site = request.caching.site();
        let path = request.entry_path();
        let wanted =
            Wanted { route: request.route, caching: &request.caching, path: &path, params: &request.params, key };
        let mut is_counted = false;
        for _ in 0..ATTEMPTS {
            let (asked_at, handed_over) = (site.now(), store.handed_over());
            let (state, why, old) = match self.find(wanted, store).await {
                Stored::Hit(entry) => {
                    self.counters.cache_hits.add(u64::from(!is_counted));
                    return Made::Reply(request.reply(&key, entry, CacheState::Hit));
                }
                Stored::Stale(entry) => {
                    self.counters.cache_stale.add(u64::from(!is_counted));
                    if let Flight::Lead(lead) = site.cache.lead_reply(&key, site.now()) {
                        let making = Generating::new(self, request, lead, Generation::Regeneration);
                        self.generate(making.of_store(key, Some(Arc::clone(&entry)), handed_over));
                    }
                    return Made::Reply(request.reply(&key, entry, CacheState::Stale));
                }
                // Next.js calls what it gives out in the place of an old entry a hit.
                Stored::Expired(old) => {
                    // What a tag has expired is never given out again, however often making it fails.
                    let is_touched = site.cache.touched_since(old.tags(), old.life().made_at, asked_at) != Touched::Not;
                    let old = (is_too_old(&old, asked_at) && !is_touched).then_some(old);
                    (CacheState::Hit, Generation::Regeneration, old)
                }
                Stored::Miss | Stored::Unloaded => (CacheState::Miss, Generation::OnDemand, None),
            };
            if !is_counted {
                self.counters.cache_misses.add(1);
                is_counted = true;
            }
            let wait = match site.cache.lead_reply(&key, site.now()) {
                Flight::Ready(_) => continue,
                Flight::Wait(wait) => wait,
                Flight::Lead(lead) => {
                    let wait = lead.wait();
                    self.generate(Generating::new(self, request, lead, why).of_store(key, old, handed_over));
                    wait
                }
            };
            match wait.outcome().await {
                Outcome::Stored(entry) | Outcome::Unstored(entry) => {
                    return Made::Reply(request.reply(&key, entry, state));
                }
                Outcome::Outdated => {}
                Outcome::Failed(failure) => return Made::Failed(status_of(&failure)),
            }
        }
        Made::Failed(503)
    }

    /// What the store has, asked once for all who want to know it at a time.
    async fn find(&self, wanted: Wanted<'_>, store: &UserStore) -> Stored<StoredReply> {
        let joined = self.look_ups.join(wanted.key);
        // Where the one who asks leaves, the next one who waits asks in his place.
        joined.cell.get_or_init(|| self.ask_store(wanted, store)).await.clone()
    }

    /// Asks the store.
    pub(super) async fn ask_store(&self, wanted: Wanted<'_>, store: &UserStore) -> Stored<StoredReply> {
        let site = wanted.caching.site();
        let call = self.store_call(wanted, Generation::LookUp);
        let Some((reply, body)) = self.call_store(call, store, site.now()).await else { return Stored::Miss };
        let Some(facts) = reply.facts else { return Stored::Miss };
        let now = site.now();
        let Some(said) = facts.found else { return Stored::Miss };
        let life = match life_said(&facts) {
            Some(life) => {
                store.note_said(wanted.key, life);
                life
            }
            None => store.life_of(&wanted.key),
        };
        let reply = NewReply {
            path: wanted.path.to_owned(),
            status: reply.status,
            headers: Bytes::copy_from_slice(reply.headers.as_bytes()),
            body,
            revalidate: life.revalidate,
            expire: life.expire,
            tags: TagSet::new(&facts.tags),
        };
        site.cache.foreign_reply(reply, store.made(&wanted.key, said, now), now)
    }

    /// Hands an entry to the store. Whatever comes of it, the entry goes to those who wait.
    pub(super) async fn keep_in_store(&self, wanted: Wanted<'_>, entry: KeptEntry<'_>, store: &UserStore) {
        let site = wanted.caching.site();
        let begun = site.now();
        let mut call = self.store_call(wanted, Generation::Keep);
        call.headers = entry.headers;
        call.body = RequestBody::Complete(body_to_keep(entry.status, entry.life, entry.tags, entry.body));
        self.call_store(call, store, begun).await;
        store.note_kept(wanted.key, entry.life, entry.sequence, (begun, site.now()));
    }

    fn store_call(&self, wanted: Wanted<'_>, what: Generation) -> HandlerCall {
        generation_call(wanted.route, self.pipeline.own_origin(), wanted.path, wanted.params, what)
    }

    /// Makes a call to the store: its reply and that one's body. `None` where it cannot be asked now, or does not answer in time.
    async fn call_store(&self, call: HandlerCall, store: &UserStore, now: Moment) -> Option<(HandlerReply, Bytes)> {
        if store.is_paused(now) {
            return None;
        }
        let _pending = PendingCall::begin(self)?;
        let answer = async {
            let mut reply = self.engine.call(call).await?;
            let body = std::mem::replace(&mut reply.body, routewerk_handler::ReplyBody::Null);
            let mut room = self.generations.room();
            let body = collect(body, &mut room).await.map_err(|unmade| HandlerError::Protocol(unmade.to_string()))?;
            Ok((reply, body))
        };
        match tokio::time::timeout(store.limit(), answer).await {
            Ok(Ok(answer)) => {
                store.answered();
                return Some(answer);
            }
            Err(_elapsed) => store.pause(&format!("has not answered within {:?}", store.limit()), now),
            Ok(Err(HandlerError::WorkerDied)) => {
                store.pause("has ended its worker, or the worker ended meanwhile", now);
            }
            Ok(Err(HandlerError::TimedOut(limit))) => store.pause(&format!("has not answered within {limit:?}"), now),
            Ok(Err(HandlerError::Protocol(what))) => {
                store.pause(&format!("gave an answer that cannot be used ({what})"), now);
            }
            // Whoever waits is told so by the call of the handler.
            Ok(Err(HandlerError::Unavailable | HandlerError::ShuttingDown)) => {}
        }
        None
    }
}

/// An entry on its way to the store.
pub(super) struct KeptEntry<'entry> {
    pub(super) status: u16,
    pub(super) headers: HeaderBlock,
    pub(super) body: &'entry Bytes,
    pub(super) life: Lifetime,
    pub(super) tags: &'entry TagSet,
    /// The invalidations that its making has seen.
    pub(super) sequence: Sequence,
}

/// The body of a call that hands an entry over: a line about it, a line with its tags, and its bytes
/// (`runtime/cache/user/user-store.ts` reads it).
fn body_to_keep(status: u16, life: Lifetime, tags: &TagSet, body: &Bytes) -> Bytes {
    let revalidate = match life.revalidate {
        Revalidate::After(seconds) => seconds.to_string(),
        Revalidate::Never => "never".to_owned(),
    };
    let expire = life.expire.map_or_else(|| "never".to_owned(), |seconds| seconds.to_string());
    let tags: Vec<&str> = tags.iter().collect();
    let head = format!("{status} {revalidate} {expire}\n{}\n", tags.join(","));
    let mut bytes = BytesMut::with_capacity(head.len() + body.len());
    bytes.extend_from_slice(head.as_bytes());
    bytes.extend_from_slice(body);
    bytes.freeze()
}

/// The lifetime that the store names, if it does.
fn life_said(facts: &GenerationFacts) -> Option<Lifetime> {
    let revalidate = match facts.revalidate {
        Said::NotSet => return None,
        Said::Never => Revalidate::Never,
        Said::After(seconds) => Revalidate::After(whole_seconds(seconds)),
    };
    Some(Lifetime { revalidate, expire: facts.expire.map(whole_seconds) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_crosses_behind_two_lines() {
        let life = Lifetime { revalidate: Revalidate::After(60), expire: Some(3600) };
        let body = body_to_keep(201, life, &TagSet::new(["_N_T_/x", "a"]), &Bytes::from_static(b"\n\0"));
        assert_eq!(&*body, b"201 60 3600\n_N_T_/x,a\n\n\0");
        let life = Lifetime { revalidate: Revalidate::Never, expire: None };
        assert_eq!(&*body_to_keep(200, life, &TagSet::default(), &Bytes::new()), b"200 never never\n\n");
    }
}
