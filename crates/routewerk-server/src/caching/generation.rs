//! The making of an entry: a call of the front's own, in a task of its own on the thread that missed first.
//!
//! Nothing of a client is in the call, and no client can end it: who waits may leave, the call goes on. Its reply is
//! held whole, because an entry is, up to a limit.

use std::cell::Cell;
use std::rc::Rc;
use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use routewerk_cache::{Failure, Lead, NewReply, Revalidate, StoredReply, TagSet};
use routewerk_handler::{
    BodyError, Generation, GenerationFacts, HandlerCall, HandlerEngine, HandlerError, HandlerReply, HeaderBlock,
    Method, ReplyBody, RequestBody, RouteId,
};
use tokio::sync::Notify;

use super::canonical::canonical;
use super::phase::CachedRequest;
use super::route::StaticRoute;
use crate::thread::{FrontThread, PendingCall};

/// The longest reply of a generation: it is held whole. Longer ones fail, because nothing is cut short.
const MAX_REPLY_BYTES: usize = 256 * 1024 * 1024;

/// Where Next.js's arithmetic says "never".
const INFINITE_SECONDS: f64 = 4_294_967_294.0;

/// The generations of a front thread that are under way.
#[derive(Debug, Default)]
pub(crate) struct Generations {
    running: Cell<usize>,
    ended: Notify,
}

impl Generations {
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
}

impl Generating {
    /// The entry that a request has not found.
    pub(crate) fn new<E: HandlerEngine>(
        thread: &FrontThread<E>,
        request: &CachedRequest,
        lead: Lead<StoredReply>,
        why: Generation,
    ) -> Self {
        let path = canonical(path_of(&request.url));
        let call = generation_call(request.route, thread.pipeline.own_origin(), &path, &request.params, why);
        Self { lead, caching: Arc::clone(&request.caching), call, path }
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
fn path_of(url: &str) -> &str {
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

    async fn make(&self, generating: Generating) {
        let Generating { lead, caching, call, path } = generating;
        let site = caching.site();
        let made = match PendingCall::begin(self) {
            Some(_pending) => match self.engine.call(call).await {
                Ok(reply) => entry_of(reply, path, site.expire_seconds).await,
                Err(error) => Err(told(error.status(), error.to_string())),
            },
            None => Err(told(HandlerError::Unavailable.status(), HandlerError::Unavailable.to_string())),
        };
        match made {
            // A failure that is kept is an outage: the next request asks again.
            Ok(reply) if reply.status >= 500 => drop(site.cache.share_reply(lead, reply, site.now())),
            Ok(reply) => drop(site.cache.finish_reply(lead, reply, site.now())),
            Err(failure) => {
                self.counters.calls_failed.add(1);
                site.cache.fail_reply(lead, failure, site.now());
            }
        }
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
/// next.config.
///
/// # Errors
/// [`Failure`] where there is nothing to store: the handler has failed or used what only a request has, its worker
/// answered in its place, or the reply is too long to be held whole.
pub async fn entry_of(reply: HandlerReply, path: String, expire_seconds: Option<u64>) -> Result<NewReply, Failure> {
    let HandlerReply { status, reason: _, headers, body, sent, facts } = reply;
    let facts = facts.ok_or_else(|| told(failed_status(status), "the generation was not answered by a handler"))?;
    if !facts.is_storable() {
        let why = facts.failure.as_deref().or(facts.dynamic.as_deref()).unwrap_or_default();
        return Err(told(500, why));
    }
    let body = collect(body).await?;
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

fn told(status: u16, message: impl Into<Arc<str>>) -> Failure {
    Failure::Told { status, message: message.into() }
}

/// A body as a whole.
async fn collect(body: ReplyBody) -> Result<Bytes, Failure> {
    let mut stream = match body {
        ReplyBody::Null => return Ok(Bytes::new()),
        ReplyBody::Complete(body) => return Ok(body),
        ReplyBody::Stream(stream) => stream,
    };
    let too_long = || told(500, format!("the reply is longer than {MAX_REPLY_BYTES} bytes and cannot be stored"));
    let length = usize::try_from(stream.length().unwrap_or(0)).map_err(|_| too_long())?;
    if length > MAX_REPLY_BYTES {
        return Err(too_long());
    }
    let mut whole = BytesMut::with_capacity(length);
    while let Some(chunk) = stream.chunk().await {
        let chunk = chunk.map_err(|error: BodyError| told(500, error.to_string()))?;
        if whole.len() + chunk.len() > MAX_REPLY_BYTES {
            return Err(too_long());
        }
        whole.extend_from_slice(&chunk);
    }
    Ok(whole.freeze())
}

/// How long an entry lives, as Next.js reckons: an entry with a revalidate time and no expiry of its own expires after
/// `expireTime`. Fractions of a second are rounded up.
fn life_of(facts: &GenerationFacts, expire_seconds: Option<u64>) -> (Revalidate, Option<u64>) {
    use routewerk_handler::Revalidate as Told;
    let revalidate = match facts.revalidate {
        Told::After(seconds) if seconds < INFINITE_SECONDS => Revalidate::After(seconds.ceil() as u64),
        Told::After(_) | Told::Never | Told::NotSet => Revalidate::Never,
    };
    let expire = match (facts.expire, revalidate) {
        (Some(seconds), _) if seconds < INFINITE_SECONDS => Some(seconds.ceil() as u64),
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
