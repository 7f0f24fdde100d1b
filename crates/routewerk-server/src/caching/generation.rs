//! The making of an entry: a call of the front's own, in a task of its own on the thread that missed first.
//!
//! Nothing of a client is in the call, and no client can end it: who waits may leave, the call goes on. Its reply is
//! held whole, because an entry is, up to a limit.

use std::cell::Cell;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::{Bytes, BytesMut};
use routewerk_cache::{Failure, Lead, NewReply, Phase, ReplyKey, Revalidate, StoredReply, TagSet, postponed};
use routewerk_handler::{
    BodyError, Generation, GenerationFacts, HandlerCall, HandlerEngine, HandlerError, HandlerReply, HeaderBlock,
    Method, ReplyBody, RequestBody, RouteId,
};
use tokio::sync::Notify;

use super::asked::{KeptEntry, Wanted};
use super::budget::{GenerationBudget, GenerationRoom, NoRoom};
use super::canonical::canonical;
use super::phase::CachedRequest;
use super::route::StaticRoute;
use super::user_store::Lifetime;
use crate::observer::{GenerationEnd, GenerationObserver, GenerationRecord};
use crate::thread::{FrontThread, PendingCall};

/// A reply up to this length comes whole from its worker and is not asked room for: there are no more of them than
/// generations under way.
const SMALL_REPLY_BYTES: u64 = 256 * 1024;

/// Where Next.js's arithmetic says "never".
const INFINITE_SECONDS: f64 = 4_294_967_294.0;

/// The generations of a front thread that are under way.
pub(crate) struct Generations {
    running: Cell<usize>,
    ended: Notify,
    budget: GenerationBudget,
    observer: Option<Arc<dyn GenerationObserver>>,
}

impl Generations {
    /// None yet; what all threads may use together is in the budget.
    pub(crate) fn new(budget: GenerationBudget, observer: Option<Arc<dyn GenerationObserver>>) -> Self {
        Self { running: Cell::new(0), ended: Notify::new(), budget, observer }
    }

    /// Room for the bytes of a reply of the user's store.
    pub(super) fn room(&self) -> GenerationRoom {
        self.budget.room()
    }

    /// Resolves when none is under way.
    pub(crate) async fn ended(&self) {
        while self.running.get() > 0 {
            self.ended.notified().await;
        }
    }
}

/// An entry that is to be made.
pub(crate) struct Generating {
    lead: Lead<StoredReply>,
    caching: Arc<StaticRoute>,
    call: HandlerCall,
    path: String,
    why: Generation,
    of_store: Option<OfStore>,
}

/// What is known of an entry that the user's store keeps.
struct OfStore {
    key: ReplyKey,
    /// The raw text of the params, as the call has it.
    params: String,
    /// What the store has, where it may go on with it if making it again fails.
    old: Option<Arc<StoredReply>>,
    /// How many entries the store had been handed when it was asked.
    handed_over: u64,
}

/// An entry whose handler is called.
struct Making {
    lead: Lead<StoredReply>,
    caching: Arc<StaticRoute>,
    path: String,
    route: RouteId,
    why: Generation,
    of_store: Option<OfStore>,
}

impl Making {
    fn wanted<'call>(&'call self, of: &'call OfStore) -> Wanted<'call> {
        Wanted { route: self.route, caching: &self.caching, path: &self.path, params: &of.params, key: of.key }
    }

    fn record(&self) -> GenerationRecord<'_> {
        GenerationRecord { route: self.route, pattern: self.caching.pattern(), path: &self.path, why: self.why }
    }
}

impl Generating {
    /// The entry that a request has not found.
    pub(crate) fn new<E: HandlerEngine>(
        thread: &FrontThread<E>,
        request: &CachedRequest,
        lead: Lead<StoredReply>,
        why: Generation,
    ) -> Self {
        let path = request.entry_path();
        let call = generation_call(request.route, thread.pipeline.own_origin(), &path, &request.params, why);
        Self { lead, caching: Arc::clone(&request.caching), call, path, why, of_store: None }
    }

    /// The same for an entry that the user's store keeps, which had been handed so many when it was asked. `old` is what it has, where it may go on
    /// with that if making it again fails.
    pub(super) fn of_store(mut self, key: ReplyKey, old: Option<Arc<StoredReply>>, handed_over: u64) -> Self {
        self.of_store = Some(OfStore { key, params: self.call.params.clone(), old, handed_over });
        self
    }

    fn into_parts(self) -> (Making, HandlerCall) {
        let Self { lead, caching, call, path, why, of_store } = self;
        (Making { lead, caching, path, route: call.route, why, of_store }, call)
    }
}

/// The call that makes the entry of a path (see [`entry_path`](super::entry_path)): nothing of a client is in it.
pub fn generation_call(route: RouteId, origin: &str, path: &str, params: &str, why: Generation) -> HandlerCall {
    HandlerCall {
        route,
        method: Method::Get,
        url: format!("{origin}{path}"),
        params: canonical(params),
        headers: HeaderBlock::new(),
        body: RequestBody::Empty,
        generation: Some(why),
    }
}

/// The path of an absolute URL.
pub(super) fn path_of(url: &str) -> &str {
    let after_scheme = url.find("://").map_or(0, |at| at + 3);
    let from_path = url[after_scheme..].find('/').map_or("/", |at| &url[after_scheme + at..]);
    from_path.split('?').next().unwrap_or(from_path)
}

impl<E: HandlerEngine + 'static> FrontThread<E> {
    /// Makes an entry in a task of its own.
    pub(crate) fn generate(self: &Rc<Self>, generating: Generating) {
        let thread = Rc::clone(self);
        thread.generations.running.set(thread.generations.running.get() + 1);
        tokio::task::spawn_local(async move {
            let _running = Running(&thread.generations);
            thread.make(generating).await;
        });
    }

    async fn make(&self, mut generating: Generating) {
        let Some(_pending) = PendingCall::begin(self) else {
            let error = HandlerError::Unavailable;
            let unmade = Unmade::Told { status: error.status(), message: error.to_string() };
            return self.conclude_generation(generating.into_parts().0, Err(unmade), None);
        };
        let place = if let Some(place) = self.generations.budget.place_now() {
            place
        } else {
            let place = self.generations.budget.place().await;
            // While it has queued, all who waited may have left, or a later lead may have been ready first.
            let is_for_clients = generating.why == Generation::OnDemand;
            let Some(lead) = generating.lead.if_wanted(is_for_clients) else {
                self.counters.generations_dropped.add(1);
                return;
            };
            generating.lead = lead;
            place
        };
        let begun = Instant::now();
        let (made, call) = generating.into_parts();
        let Some(made) = self.unless_found(made).await else { return };
        if let Some(observer) = &self.generations.observer {
            observer.began(&made.record());
        }
        let mut room = self.generations.budget.room();
        let reply = match self.engine.call(call).await {
            Ok(reply) => entry_of(reply, made.path.clone(), made.caching.site().expire_seconds, &mut room).await,
            Err(error) => Err(Unmade::Told { status: error.status(), message: error.to_string() }),
        };
        drop(place);
        self.tell_store(&made, &reply).await;
        self.conclude_generation(made, reply, Some(begun));
        // The bytes are the cache's now, or on their way to those who waited.
        drop(room);
    }

    /// Goes on unless somebody has handed the entry to the user's store since that was asked: then it goes to those who wait.
    async fn unless_found(&self, made: Making) -> Option<Making> {
        let (Some(of), Some(store)) = (&made.of_store, &made.caching.site().user_store) else { return Some(made) };
        if !store.was_kept_since(&of.key, of.handed_over) {
            return Some(made);
        }
        let Phase::Hit(found) = self.ask_store(made.wanted(of), store).await else { return Some(made) };
        let Making { lead, caching, .. } = made;
        caching.site().cache.share_found(lead, &found);
        None
    }

    /// Hands the user's store what was made, or what it had: making it again has failed, and is to be tried a little later.
    async fn tell_store(&self, made: &Making, reply: &Result<NewReply, Unmade>) {
        let (Some(of), Some(store)) = (&made.of_store, &made.caching.site().user_store) else { return };
        let now = made.caching.site().now();
        let sequence = made.lead.sequence();
        let entry = match (reply, &of.old) {
            (Ok(reply), _) if reply.status < 500 => KeptEntry {
                status: reply.status,
                headers: HeaderBlock::from_untrusted(reply.headers.to_vec()).unwrap_or_default(),
                body: &reply.body,
                life: Lifetime { revalidate: reply.revalidate, expire: reply.expire },
                tags: &reply.tags,
                sequence,
            },
            (_, Some(old)) => {
                let life = postponed(old.life(), now);
                KeptEntry {
                    status: old.status(),
                    headers: HeaderBlock::from_untrusted(old.headers().to_vec()).unwrap_or_default(),
                    body: old.body(),
                    life: Lifetime { revalidate: life.revalidate, expire: life.expire },
                    tags: old.tags(),
                    sequence,
                }
            }
            (_, None) => return,
        };
        self.keep_in_store(made.wanted(of), entry, store).await;
    }

    /// Gives the outcome to all who wait, and tells of it.
    fn conclude_generation(&self, made: Making, reply: Result<NewReply, Unmade>, begun: Option<Instant>) {
        let Making { lead, caching, path, route, why, of_store } = made;
        let site = caching.site();
        let is_kept = lead.old().is_some() || of_store.as_ref().is_some_and(|of| of.old.is_some());
        let mut failed = None;
        let end = match reply {
            // A failure that is kept is an outage: the next request asks again.
            Ok(reply) if reply.status >= 500 => {
                let shared = site.cache.share_reply(lead, reply, site.now());
                GenerationEnd::Unstored { status: shared.status(), refusal: None }
            }
            Ok(reply) if of_store.is_some() => {
                let shared = site.cache.share_reply(lead, reply, site.now());
                GenerationEnd::Stored { status: shared.status(), body_bytes: shared.body().len() as u64 }
            }
            Ok(reply) => {
                let finished = site.cache.finish_reply(lead, reply, site.now());
                let (status, body_bytes) = (finished.reply.status(), finished.reply.body().len() as u64);
                match finished.refusal {
                    _ if finished.is_stored => GenerationEnd::Stored { status, body_bytes },
                    refusal => GenerationEnd::Unstored { status, refusal },
                }
            }
            Err(unmade) => {
                self.counters.calls_failed.add(1);
                self.counters.generations_failed.add(1);
                site.cache.fail_reply(lead, unmade.failure(), site.now());
                let (status, is_logged) = (unmade.status(), matches!(unmade, Unmade::Thrown(_)));
                GenerationEnd::Failed { status, message: failed.insert(unmade).message(), is_logged, is_kept }
            }
        };
        self.counters.generations.add(1);
        if let Some(observer) = &self.generations.observer {
            let record = GenerationRecord { route, pattern: caching.pattern(), path: &path, why };
            observer.ended(&record, &end, begun.map_or(Duration::ZERO, |begun| begun.elapsed()));
        }
    }
}

/// Why a generation has no reply.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unmade {
    /// The handler has thrown; its worker has logged that, except in a build.
    #[error("{0}")]
    Thrown(String),
    /// There is none for another reason, and those who wait get this status.
    #[error("{message}")]
    Told {
        /// The status.
        status: u16,
        /// What happened.
        message: String,
    },
}

impl Unmade {
    const fn status(&self) -> u16 {
        match self {
            Self::Thrown(_) => 500,
            Self::Told { status, .. } => *status,
        }
    }

    fn message(&self) -> &str {
        match self {
            Self::Thrown(message) | Self::Told { message, .. } => message,
        }
    }

    fn failure(&self) -> Failure {
        Failure::Told { status: self.status(), message: self.message().into() }
    }
}

/// A generation under way, counted.
struct Running<'thread>(&'thread Generations);

impl Drop for Running<'_> {
    fn drop(&mut self) {
        let left = self.0.running.get() - 1;
        self.0.running.set(left);
        if left == 0 {
            self.0.ended.notify_waiters();
        }
    }
}

/// The reply of a generation as it is stored, under the path that it answers. `expire_seconds` is `expireTime` of
/// next.config; `room` holds the bytes of a long reply as long as it is kept.
///
/// # Errors
/// [`Unmade`] where there is nothing to store: the handler has failed or used what only a request has, its worker
/// answered in its place, or the reply is too long to be held whole.
pub async fn entry_of(
    reply: HandlerReply,
    path: String,
    expire_seconds: Option<u64>,
    room: &mut GenerationRoom,
) -> Result<NewReply, Unmade> {
    let HandlerReply { status, reason: _, headers, body, sent, facts } = reply;
    let facts = facts.ok_or_else(|| told(failed_status(status), "the generation was not answered by a handler"))?;
    if let Some(why) = facts.failure.as_ref().or(facts.dynamic.as_ref()) {
        return Err(Unmade::Thrown(why.clone()));
    }
    let body = collect(body, room).await?;
    // What the handler does `after` its reply may begin.
    drop(sent);
    let (revalidate, expire) = life_of(&facts, expire_seconds);
    Ok(NewReply {
        path,
        status,
        headers: Bytes::copy_from_slice(headers.as_bytes()),
        body,
        revalidate,
        expire,
        tags: TagSet::new(&facts.tags),
    })
}

/// The status for those who wait where a worker answered in its handler's place.
const fn failed_status(status: u16) -> u16 {
    match status {
        502..=504 => status,
        _ => 500,
    }
}

fn told(status: u16, message: impl Into<String>) -> Unmade {
    Unmade::Told { status, message: message.into() }
}

/// A body as a whole. Room for all of it is waited for before the first byte is taken; until then it stays in its worker.
pub(super) async fn collect(body: ReplyBody, room: &mut GenerationRoom) -> Result<Bytes, Unmade> {
    let mut stream = match body {
        ReplyBody::Null => return Ok(Bytes::new()),
        ReplyBody::Complete(body) => return Ok(body),
        ReplyBody::Stream(stream) => stream,
    };
    let no_room = |error: NoRoom| {
        let status = match error {
            NoRoom::Never { .. } => 500,
            NoRoom::NotNow => 503,
        };
        told(status, error.to_string())
    };
    let length = stream.length().unwrap_or(0);
    if length > SMALL_REPLY_BYTES {
        room.take(length).await.map_err(no_room)?;
    }
    let mut whole = BytesMut::with_capacity(usize::try_from(length).map_err(|_| told(500, "the reply is too long"))?);
    while let Some(chunk) = stream.chunk().await {
        let chunk = chunk.map_err(|error: BodyError| told(500, error.to_string()))?;
        let held = (whole.len() + chunk.len()) as u64;
        if held > SMALL_REPLY_BYTES {
            room.grow(held).map_err(no_room)?;
        }
        whole.extend_from_slice(&chunk);
    }
    Ok(whole.freeze())
}

/// Seconds as whole ones, rounded up.
pub(super) const fn whole_seconds(seconds: f64) -> u64 {
    seconds.ceil() as u64
}

/// How long an entry lives, as Next.js reckons: an entry with a revalidate time and no expiry of its own expires after
/// `expireTime`. Fractions of a second are rounded up.
fn life_of(facts: &GenerationFacts, expire_seconds: Option<u64>) -> (Revalidate, Option<u64>) {
    use routewerk_handler::Revalidate as Told;
    let revalidate = match facts.revalidate {
        Told::After(seconds) if seconds < INFINITE_SECONDS => Revalidate::After(whole_seconds(seconds)),
        Told::After(_) | Told::Never | Told::NotSet => Revalidate::Never,
    };
    let expire = match (facts.expire, revalidate) {
        (Some(seconds), _) if seconds < INFINITE_SECONDS => Some(whole_seconds(seconds)),
        (_, Revalidate::After(_)) => expire_seconds,
        (_, Revalidate::Never) => None,
    };
    (revalidate, expire)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_path_of_a_url_has_no_query() {
        assert_eq!(path_of("http://localhost:3000/a/b?x=/y"), "/a/b");
        assert_eq!(path_of("https://[::1]:3000/"), "/");
        assert_eq!(path_of("http://localhost"), "/");
    }

    #[test]
    fn lives_are_reckoned_as_nextjs_does() {
        use routewerk_handler::Revalidate as Told;
        let life = |revalidate, expire| {
            life_of(&GenerationFacts { revalidate, expire, ..GenerationFacts::default() }, Some(100))
        };
        assert_eq!(life(Told::NotSet, None), (Revalidate::Never, None));
        assert_eq!(life(Told::After(2.0), None), (Revalidate::After(2), Some(100)));
        assert_eq!(life(Told::After(2.5), Some(7.0)), (Revalidate::After(3), Some(7)));
        assert_eq!(life(Told::After(4_294_967_294.0), Some(4_294_967_295.0)), (Revalidate::Never, None));
        assert_eq!(life(Told::Never, Some(9.0)), (Revalidate::Never, Some(9)));
    }
}
