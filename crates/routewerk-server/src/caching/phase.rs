//! What becomes of a GET of a static route: a stored reply at once, or a wait for one that is being made.
//!
//! The rule to keep: a look-up waits for nothing and calls nobody, and whoever waits may leave without a trace.

use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use bytes::Bytes;
use routewerk_cache::{Encoding, Failure, Flight, Moment, Outcome, Phase as Stored, ReplyKey, StoredReply};
use routewerk_handler::{Generation, HandlerEngine, HandlerReply, HeaderBlock, ReplyBody, RouteId};
use routewerk_routes::rules::RuleFields;

use super::canonical::canonical;
use super::condition;
use super::draft::{CLEARED_COOKIES, DRAFT_CACHE_CONTROL};
use super::encoding;
use super::generation::{Generating, path_of};
use super::prepared::{CacheState, PreparedHead};
use super::route::StaticRoute;
use crate::counters::ThreadCounters;
use crate::observer::CacheAnswer;
use crate::pipeline::Problem;
use crate::rules;
use crate::status::is_bodiless;
use crate::thread::{Answered, FrontThread};

/// How often a client asks again when what it waited for was invalidated meanwhile. An invalidation per generation, all
/// the time, is a client's bad luck; after so many it gets an error rather than wait on.
pub(super) const ATTEMPTS: u32 = 8;

/// A GET or HEAD that the cache answers.
pub(crate) struct CachedRequest {
    /// The route.
    pub(crate) route: RouteId,
    /// How it is cached.
    pub(crate) caching: Arc<StaticRoute>,
    /// The URL that matched.
    pub(crate) url: String,
    /// The raw text of each param.
    pub(crate) params: String,
    /// The request's fields.
    pub(crate) fields: HeaderBlock,
    /// Whether an error answer should be HTML.
    pub(crate) prefers_html: bool,
    /// Whether the client has a draft-mode cookie that is not this build's.
    pub(crate) takes_cookie_back: bool,
}

impl CachedRequest {
    /// The path that the entry answers.
    pub(super) fn entry_path(&self) -> String {
        canonical(path_of(&self.url))
    }

    pub(super) fn reply(&self, key: &ReplyKey, entry: Arc<StoredReply>, state: CacheState) -> CachedReply {
        let compressor = self.caching.site().compressor.as_ref();
        let head = head_of(&entry, compressor.is_some());
        let is_not_modified = head.etag.as_deref().is_some_and(|etag| condition::is_held(&self.fields, etag));
        let mut encoding = None;
        if head.is_compressible {
            encoding = encoding::chosen(&self.fields, |encoding| entry.variant(encoding).is_some());
            if let Some(compressor) = compressor
                && !head.has_asked.load(Ordering::Relaxed)
            {
                let has_asked = compressor.ask(*key, &entry, self.caching.site().now());
                head.has_asked.store(has_asked, Ordering::Relaxed);
            }
        }
        CachedReply { entry, state, is_not_modified, takes_cookie_back: self.takes_cookie_back, encoding }
    }
}

/// A stored reply on its way to a client.
#[derive(Clone, Debug)]
pub(crate) struct CachedReply {
    entry: Arc<StoredReply>,
    state: CacheState,
    /// Whether the client holds it already.
    is_not_modified: bool,
    takes_cookie_back: bool,
    /// The form of the body.
    encoding: Option<Encoding>,
}

impl CachedReply {
    /// The status to send.
    pub(crate) fn status(&self) -> u16 {
        if self.is_not_modified { 304 } else { self.entry.status() }
    }

    /// The status line of HTTP/1.1.
    pub(crate) fn status_line(&self) -> &[u8] {
        if self.is_not_modified { b"HTTP/1.1 304 Not Modified\r\n" } else { &head_of(&self.entry, false).status_line }
    }

    /// What `x-nextjs-cache` says.
    pub(crate) fn state(&self) -> CacheState {
        self.state
    }

    /// The fields behind `x-nextjs-cache`, as lines of HTTP/1.1; `None` where they are not the same for everybody.
    pub(crate) fn lines(&self) -> Option<&[u8]> {
        (!self.takes_cookie_back).then(|| head_of(&self.entry, false).lines(self.is_not_modified))
    }

    /// The fields behind `x-nextjs-cache` that are the same for everybody.
    pub(crate) fn fields(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        let is_own = self.takes_cookie_back;
        head_of(&self.entry, false)
            .fields(self.is_not_modified)
            .filter(move |(name, _)| !is_own || !is_for_caches(name))
    }

    /// The fields that are this client's alone: where its cookie is taken back, no cache may keep the reply, because all that it
    /// serves would lose theirs.
    pub(crate) fn own_fields(&self) -> impl Iterator<Item = (&'static str, &'static str)> {
        let cookies = if self.takes_cookie_back { CLEARED_COOKIES.as_slice() } else { &[] };
        let control = self.takes_cookie_back.then_some(("cache-control", DRAFT_CACHE_CONTROL));
        cookies.iter().map(|cookie| ("set-cookie", *cookie)).chain(control)
    }

    /// The fields of next.config on this reply.
    pub(crate) fn fields_of_rules(&self, fields: RuleFields) -> RuleFields {
        if self.takes_cookie_back { rules::for_nobody_else(fields) } else { fields }
    }

    /// The form of the body; `None` where it is the plain one, or there is none.
    pub(crate) fn encoding(&self) -> Option<Encoding> {
        self.encoding.filter(|_| !is_bodiless(self.status()))
    }

    /// Whether `date` is among the fields.
    pub(crate) fn has_date(&self) -> bool {
        head_of(&self.entry, false).has_date
    }

    /// What of it is not in its head.
    pub(crate) fn to_reply(&self) -> HandlerReply {
        HandlerReply {
            status: self.status(),
            reason: None,
            headers: HeaderBlock::new(),
            body: ReplyBody::Complete(self.body()),
            sent: None,
            facts: None,
        }
    }

    /// The body to send to a GET.
    pub(crate) fn body(&self) -> Bytes {
        if is_bodiless(self.status()) {
            return Bytes::new();
        }
        self.encoding.and_then(|encoding| self.entry.variant(encoding)).unwrap_or(self.entry.body()).clone()
    }
}

/// Whether a field tells caches how long they may keep a reply (RFC 9213 has those for some of them alone).
fn is_for_caches(name: &[u8]) -> bool {
    name.ends_with(b"cache-control") || matches!(name, b"expires" | b"pragma" | b"surrogate-control")
}

/// The head of an entry, made ready once: `may_compress` counts for whoever asks first, and that is a request.
fn head_of(entry: &StoredReply, may_compress: bool) -> &PreparedHead {
    let make = |entry: &StoredReply| PreparedHead::of(entry, may_compress);
    entry.prepared(make).expect("nothing but this crate prepares replies, and nothing but a head")
}

/// What there is for a request.
pub(crate) enum Phase<E> {
    /// A stored reply.
    Reply(CachedReply),
    /// Nothing in memory that may be given out.
    Waiting(Waiting<E>),
}

impl<E> Phase<E> {
    /// What the log is told of it.
    pub(crate) fn answer(&self) -> CacheAnswer {
        match self {
            Self::Reply(CachedReply { state: CacheState::Hit, .. }) => CacheAnswer::Hit,
            Self::Reply(CachedReply { state: CacheState::Stale, .. }) => CacheAnswer::Stale,
            Self::Reply(CachedReply { state: CacheState::Miss, .. }) | Self::Waiting(_) => CacheAnswer::Miss,
        }
    }
}

/// How a wait has ended.
pub(crate) enum Made {
    /// With an entry.
    Reply(CachedReply),
    /// Without one: the client is told so by this status.
    Failed(u16),
    /// It took too long; the entry is still being made.
    Late,
}

/// A request that waits for its entry.
pub(crate) struct Waiting<E> {
    thread: Rc<FrontThread<E>>,
    request: CachedRequest,
    key: ReplyKey,
    /// What is known of the entry already.
    phase: Stored<StoredReply>,
    /// Whether an error answer should be HTML.
    pub(crate) prefers_html: bool,
}

impl<E: HandlerEngine + 'static> Waiting<E> {
    /// Resolves when the entry has been made, by whomever, or has failed.
    ///
    /// # Cancel safety
    /// Dropping the future leaves the entry's making and the others who wait as they are.
    pub(crate) async fn made(self) -> Made {
        let Self { thread, request, key, mut phase, .. } = self;
        let site = request.caching.site();
        let limit = site.cache.options().wait_limit;
        let mut is_counted = false;
        let made = async {
            if let Some(store) = &site.user_store {
                return thread.made_with_store(&request, key, store).await;
            }
            for _ in 0..ATTEMPTS {
                let now = site.now();
                let (state, why) = match phase {
                    Stored::Hit(entry) => {
                        thread.counters.cache_hits.add(u64::from(!is_counted));
                        return Made::Reply(request.reply(&key, entry, CacheState::Hit));
                    }
                    Stored::Stale(entry) => {
                        thread.counters.cache_stale.add(u64::from(!is_counted));
                        thread.regenerate(&request, &key, &entry, now);
                        return Made::Reply(request.reply(&key, entry, CacheState::Stale));
                    }
                    Stored::Unloaded => {
                        phase = site.cache.load_reply(&key, now).await;
                        continue;
                    }
                    Stored::Expired(entry) if is_too_old(&entry, now) => (CacheState::Hit, Generation::Regeneration),
                    Stored::Expired(_) => (CacheState::Miss, Generation::Regeneration),
                    Stored::Miss => (CacheState::Miss, Generation::OnDemand),
                };
                if !is_counted {
                    thread.counters.cache_misses.add(1);
                    is_counted = true;
                }
                let wait = match site.cache.lead_reply(&key, now) {
                    Flight::Ready(found) => {
                        phase = found;
                        continue;
                    }
                    Flight::Wait(wait) => wait,
                    Flight::Lead(lead) => {
                        let wait = lead.wait();
                        thread.generate(Generating::new(&thread, &request, lead, why));
                        wait
                    }
                };
                match wait.outcome().await {
                    Outcome::Stored(entry) | Outcome::Unstored(entry) => {
                        return Made::Reply(request.reply(&key, entry, state));
                    }
                    Outcome::Outdated => phase = site.cache.reply_phase(&key, site.now()),
                    Outcome::Failed(failure) => return Made::Failed(status_of(&failure)),
                }
            }
            Made::Failed(503)
        };
        let _waiting = WaitingRequest::count(&thread.counters);
        tokio::time::timeout(limit, made).await.unwrap_or(Made::Late)
    }
}

/// A request that waits, counted.
struct WaitingRequest<'thread>(&'thread ThreadCounters);

impl<'thread> WaitingRequest<'thread> {
    fn count(counters: &'thread ThreadCounters) -> Self {
        counters.cache_waiting.add(1);
        Self(counters)
    }
}

impl Drop for WaitingRequest<'_> {
    fn drop(&mut self) {
        self.0.cache_waiting.sub(1);
    }
}

/// The status that tells a client how the making of its entry has failed.
pub(super) const fn status_of(failure: &Failure) -> u16 {
    match failure {
        Failure::Told { status, .. } => *status,
        Failure::Abandoned => 502,
    }
}

/// Whether an entry has expired by its age, and not because one of its tags was invalidated: Next.js calls what it gives
/// out in its place a hit.
pub(super) fn is_too_old(entry: &StoredReply, now: Moment) -> bool {
    let life = entry.life();
    life.expire.is_some_and(|seconds| now > life.made_at.plus_seconds(seconds))
}

impl<E: HandlerEngine + 'static> FrontThread<E> {
    /// Asks the cache. What is in memory is answered without a wait and without a worker; what is stale is made anew
    /// meanwhile.
    pub(crate) fn look_up(self: &Rc<Self>, request: CachedRequest) -> Phase<E> {
        let site = request.caching.site();
        let key = request.caching.key(&request.params);
        let now = site.now();
        let phase = match site.user_store {
            Some(_) => Stored::Unloaded,
            None => site.cache.reply_phase(&key, now),
        };
        match phase {
            Stored::Hit(entry) => {
                self.counters.cache_hits.add(1);
                Phase::Reply(request.reply(&key, entry, CacheState::Hit))
            }
            Stored::Stale(entry) => {
                self.counters.cache_stale.add(1);
                self.regenerate(&request, &key, &entry, now);
                Phase::Reply(request.reply(&key, entry, CacheState::Stale))
            }
            phase @ (Stored::Expired(_) | Stored::Miss | Stored::Unloaded) => {
                let prefers_html = request.prefers_html;
                // On disk it may be fresh all the same: that is counted when it is found.
                Phase::Waiting(Waiting { thread: Rc::clone(self), request, key, phase, prefers_html })
            }
        }
    }

    /// Has a stale entry made anew, unless that is under way.
    fn regenerate(self: &Rc<Self>, request: &CachedRequest, key: &ReplyKey, stale: &Arc<StoredReply>, now: Moment) {
        if let Some(lead) = request.caching.site().cache.refresh_reply(key, stale, now) {
            self.generate(Generating::new(self, request, lead, Generation::Regeneration));
        }
    }

    /// Makes an answer of how a wait has ended.
    pub(crate) fn answer_made(&self, made: Made, prefers_html: bool) -> Answered {
        let status = match made {
            Made::Reply(reply) => return Answered::cached(reply),
            Made::Failed(status) => Some(status),
            Made::Late => None,
        };
        // The maker of the entry tells why, once for all who waited.
        let problem = match status {
            None => STILL_MADE,
            Some(500) => HANDLER_FAILED,
            Some(502) => Problem::outside(502, "the handler ended before it answered"),
            Some(504) => Problem::outside(504, "the handler took too long to answer"),
            Some(_) => Problem::outside(503, "no worker is ready to answer"),
        };
        let mut reply = self.pipeline.problem(problem, prefers_html);
        if problem.status == 503 || status.is_none() {
            reply.headers.push_parsed(b"retry-after", b"1");
        }
        Answered::own(reply)
    }
}

const STILL_MADE: Problem = Problem::outside(504, "the reply is still being made");
const HANDLER_FAILED: Problem = Problem::in_route(500, "the handler failed");
