//! Ends calls that run longer than their route may: an engine around another one.
//!
//! Next.js itself ignores `maxDuration` where it serves a project; platforms end the call. Whoever wants that here gives each
//! front thread a [`LimitedEngine`]. A call that is too long before its reply has begun is answered 504; after that its
//! reply is cut, so that it does not look complete. Either way the handler is told that nobody waits any more, and its worker
//! lives on.
//!
//! Without limits a call passes through untouched: no clock is read and no lock taken.

use std::pin::Pin;
use std::sync::{Arc, PoisonError, RwLock};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use routewerk_handler::{
    BodyError, BodySource, BodyStream, HandlerCall, HandlerEngine, HandlerError, HandlerReply, ReplyBody, RouteId,
};
use tokio::time::{Instant, Sleep, sleep_until};

/// How long calls may run, by route. Shared by all front threads; may change while calls are under way, which keep the limit
/// that they began with.
#[derive(Debug, Default)]
pub struct DurationLimits {
    /// Where there are none at all, nobody looks further.
    is_on: bool,
    fallback: Option<Duration>,
    by_route: RwLock<Vec<Option<Duration>>>,
}

impl DurationLimits {
    /// No limits, for any route.
    pub fn none() -> Self {
        Self::default()
    }

    /// Limits that [`set`](Self::set) names, and `fallback` for the other routes.
    pub fn new(fallback: Option<Duration>) -> Self {
        Self { is_on: true, fallback, by_route: RwLock::default() }
    }

    /// Names the limit of one route; `None` gives it that of the others.
    pub fn set(&self, route: RouteId, limit: Option<Duration>) {
        let mut by_route = self.by_route.write().unwrap_or_else(PoisonError::into_inner);
        let index = route.0 as usize;
        if by_route.len() <= index {
            by_route.resize(index + 1, None);
        }
        by_route[index] = limit;
    }

    /// The limit of a route.
    pub fn of(&self, route: RouteId) -> Option<Duration> {
        if !self.is_on {
            return None;
        }
        let by_route = self.by_route.read().unwrap_or_else(PoisonError::into_inner);
        by_route.get(route.0 as usize).copied().flatten().or(self.fallback)
    }
}

/// An engine that ends calls which run too long.
#[derive(Debug)]
pub struct LimitedEngine<E> {
    inner: E,
    limits: Arc<DurationLimits>,
}

impl<E> LimitedEngine<E> {
    /// Puts limits around an engine.
    pub const fn new(inner: E, limits: Arc<DurationLimits>) -> Self {
        Self { inner, limits }
    }
}

impl<E: HandlerEngine> HandlerEngine for LimitedEngine<E> {
    fn call(&self, call: HandlerCall) -> impl Future<Output = Result<HandlerReply, HandlerError>> + 'static {
        let limit = self.limits.of(call.route);
        let reply = self.inner.call(call);
        async move {
            // A time that lies beyond what the clock can count is none.
            let deadline = limit.and_then(|limit| Some((limit, Instant::now().checked_add(limit)?)));
            let Some((limit, deadline)) = deadline else { return reply.await };
            // In a box, so that calls without a limit do not carry the room for a timer.
            match Box::pin(tokio::time::timeout_at(deadline, reply)).await {
                Ok(Ok(reply)) => Ok(HandlerReply { body: limited(reply.body, deadline, limit), ..reply }),
                Ok(Err(error)) => Err(error),
                Err(_elapsed) => Err(HandlerError::TimedOut(limit)),
            }
        }
    }
}

/// The same body, which fails at the deadline.
fn limited(body: ReplyBody, deadline: Instant, limit: Duration) -> ReplyBody {
    let stream = match body {
        ReplyBody::Stream(stream) => stream,
        complete @ (ReplyBody::Null | ReplyBody::Complete(_)) => return complete,
    };
    let length = stream.length();
    let source = LimitedSource { stream: Some(stream), deadline: Box::pin(sleep_until(deadline)), limit };
    ReplyBody::Stream(match length {
        Some(length) => BodyStream::sized(source, length),
        None => BodyStream::new(source),
    })
}

/// A reply's stream that fails at a deadline.
struct LimitedSource {
    /// Gone once the deadline has passed, which cancels the handler's stream.
    stream: Option<BodyStream>,
    deadline: Pin<Box<Sleep>>,
    limit: Duration,
}

impl BodySource for LimitedSource {
    fn poll_chunk(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, BodyError>>> {
        let this = &mut *self;
        let Some(stream) = &mut this.stream else { return Poll::Ready(None) };
        // What has arrived is passed on first: a reply that is complete by now is complete.
        if let Poll::Ready(chunk) = stream.poll_chunk(context) {
            return Poll::Ready(chunk);
        }
        if this.deadline.as_mut().poll(context).is_pending() {
            return Poll::Pending;
        }
        this.stream = None;
        Poll::Ready(Some(Err(BodyError::Handler(format!("the call ran longer than {:?}", this.limit)))))
    }
}
