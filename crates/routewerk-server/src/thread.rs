//! What the connections of one front thread share, and how a call is made, whatever wire the request came over.
//!
//! Nothing here leaves its thread; only the counters are read by others.

use std::cell::Cell;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Instant;

use routewerk_handler::{HandlerCall, HandlerEngine, HandlerError, HandlerReply, HeaderBlock, ReplyBody};

use crate::buffers::BufferPool;
use crate::caching::{CachedReply, Generations, LookUps, ONE_YEAR_SECONDS};
use crate::clock::Clock;
use crate::counters::ThreadCounters;
use crate::forward::Forwarder;
use crate::gate::{Gate, GatePage, GatePass, GateRequest};
use crate::observer::Observer;
use crate::options::ServerOptions;
use crate::pipeline::{Peer, Pipeline, Problem};
use crate::watch::Watches;

/// What the connections of one front thread share.
pub(crate) struct FrontThread<E> {
    pub(crate) engine: E,
    pub(crate) pipeline: Pipeline,
    pub(crate) options: Arc<ServerOptions>,
    pub(crate) gate: Option<Arc<dyn Gate>>,
    pub(crate) observer: Option<Arc<dyn Observer>>,
    pub(crate) clock: Rc<Clock>,
    pub(crate) buffers: BufferPool,
    pub(crate) watches: Rc<Watches>,
    pub(crate) generations: Generations,
    pub(crate) forwarder: Forwarder,
    pub(crate) look_ups: LookUps,
    pub(crate) counters: Arc<ThreadCounters>,
    /// Whether the server shuts down: connections are not used again.
    pub(crate) is_draining: Cell<bool>,
}

/// A reply on its way to the client.
pub(crate) enum Outgoing {
    /// A handler's.
    Own(HandlerReply),
    /// One that the server made.
    Made(HandlerReply),
    /// A handler's to a client that sees drafts.
    Draft(HandlerReply),
    /// A handler's that says to be a stored one (`dev`).
    Listed(HandlerReply),
    /// A stored one.
    Cached(CachedReply),
}

/// What became of a call.
pub(crate) struct Answered {
    /// The handler's reply, the error answer in its place, or a stored reply.
    pub(crate) reply: Outgoing,
    /// What the log wants to know, only where there is something: a reply is moved often and should be small.
    pub(crate) facts: Option<Box<CallFacts>>,
}

impl Answered {
    /// What another server has answered.
    pub(crate) fn forwarded(reply: HandlerReply) -> Self {
        Self { reply: Outgoing::Own(reply), facts: None }
    }

    /// An answer of the server's own, of which the log wants to know no more.
    pub(crate) fn own(reply: HandlerReply) -> Self {
        Self { reply: Outgoing::Made(reply), facts: None }
    }

    /// A stored reply.
    pub(crate) fn cached(reply: CachedReply) -> Self {
        Self { reply: Outgoing::Cached(reply), facts: None }
    }

    /// The answer to a client that sees drafts: it must be stored nowhere, whatever the handler says.
    pub(crate) fn into_draft(self) -> Self {
        let reply = match self.reply {
            Outgoing::Own(mut reply) => {
                reply.headers.retain(|name, _| name != b"cache-control");
                Outgoing::Draft(reply)
            }
            other @ (Outgoing::Made(_) | Outgoing::Draft(_) | Outgoing::Listed(_) | Outgoing::Cached(_)) => other,
        };
        Self { reply, ..self }
    }

    /// The answer to a call that a gate has let pass.
    pub(crate) fn passed(self, pass: GatePass) -> Self {
        match (pass, self.reply) {
            (GatePass::Listed, Outgoing::Own(mut reply)) if reply.status < 500 => {
                if reply.headers.first("cache-control").is_none_or(<[u8]>::is_empty) {
                    reply.headers.retain(|name, _| name != b"cache-control");
                    reply.headers.push_parsed(b"cache-control", format!("s-maxage={ONE_YEAR_SECONDS}").as_bytes());
                }
                Self { reply: Outgoing::Listed(reply), facts: self.facts }
            }
            (GatePass::Draft, reply) => Self { reply, facts: self.facts }.into_draft(),
            (GatePass::Plain | GatePass::Listed, reply) => Self { reply, facts: self.facts },
        }
    }
}

/// What the log wants to know of a call.
#[derive(Debug, Default)]
pub(crate) struct CallFacts {
    /// Why there is no reply of the handler's.
    pub(crate) failure: Option<HandlerError>,
    /// When the handler was called and when its reply's head came, only where there is an observer.
    pub(crate) called: Option<(Instant, Instant)>,
}

impl<E: HandlerEngine> FrontThread<E> {
    /// Makes a call, behind the gate and the bound on pending calls.
    ///
    /// # Cancel safety
    /// Dropping the future tells the handler that the client is gone.
    pub(crate) async fn answer(&self, call: HandlerCall, prefers_html: bool, peer: &Peer) -> Answered {
        let pass = match self.prepare(&call, peer) {
            None => GatePass::Plain,
            Some(preparation) => match preparation.await {
                Ok(pass) => pass,
                Err(page) => return page,
            },
        };
        let begun = self.call_begins();
        let result = match PendingCall::begin(self) {
            Some(_pending) => self.engine.call(call).await,
            None => Err(HandlerError::Unavailable),
        };
        self.conclude(result, begun, prefers_html).passed(pass)
    }

    /// What is to be waited for before a call is made, or answers for it.
    pub(crate) fn prepare(
        &self,
        call: &HandlerCall,
        peer: &Peer,
    ) -> Option<impl Future<Output = Result<GatePass, Answered>> + use<E>> {
        let gate = self.gate.as_ref()?;
        let request = GateRequest {
            route: call.route,
            method: call.method,
            url: &call.url,
            params: &call.params,
            headers: &call.headers,
            peer: peer.address,
        };
        let preparation = gate.prepare(&request)?;
        Some(async move { preparation.await.map_err(page_of) })
    }

    /// The time at which a call begins, where somebody wants to know.
    pub(crate) fn call_begins(&self) -> Option<Instant> {
        self.observer.is_some().then(Instant::now)
    }

    /// Makes an answer of what a call came to.
    pub(crate) fn conclude(
        &self,
        result: Result<HandlerReply, HandlerError>,
        begun: Option<Instant>,
        prefers_html: bool,
    ) -> Answered {
        let called = begun.map(|begun| (begun, Instant::now()));
        match result {
            Ok(reply) if (200..=599).contains(&reply.status) => {
                let facts = called.map(|called| Box::new(CallFacts { failure: None, called: Some(called) }));
                Answered { reply: Outgoing::Own(reply), facts }
            }
            Ok(reply) => {
                let failure = HandlerError::Protocol(format!("status {} is not one of a reply", reply.status));
                self.failed(failure, called, prefers_html)
            }
            Err(failure) => self.failed(failure, called, prefers_html),
        }
    }

    fn failed(&self, failure: HandlerError, called: Option<(Instant, Instant)>, prefers_html: bool) -> Answered {
        self.counters.calls_failed.add(1);
        let problem = Problem::outside(failure.status(), detail_of(&failure));
        let mut reply = self.pipeline.problem(problem, prefers_html);
        if failure.status() == 503 {
            reply.headers.push_parsed(b"retry-after", b"1");
        }
        Answered { reply: Outgoing::Made(reply), facts: Some(Box::new(CallFacts { failure: Some(failure), called })) }
    }
}

fn page_of(page: GatePage) -> Answered {
    let GatePage { status, content_type, body } = page;
    let mut headers = HeaderBlock::new();
    headers.push_parsed(b"content-type", content_type.as_bytes());
    headers.push_parsed(b"cache-control", b"no-store");
    let reply =
        HandlerReply { status, reason: None, headers, body: ReplyBody::Complete(body), sent: None, facts: None };
    Answered::own(reply)
}

const fn detail_of(failure: &HandlerError) -> &'static str {
    match failure {
        HandlerError::WorkerDied | HandlerError::Protocol(_) => "the handler ended before it answered",
        HandlerError::TimedOut(_) => "the handler took too long to answer",
        HandlerError::Unavailable => "no worker is ready to answer",
        HandlerError::ShuttingDown => "the server is shutting down",
    }
}

/// A call under way, counted.
pub(crate) struct PendingCall<'thread> {
    counters: &'thread ThreadCounters,
}

impl<'thread> PendingCall<'thread> {
    /// Counts a call; `None` where there are too many.
    pub(crate) fn begin<E>(thread: &'thread FrontThread<E>) -> Option<Self> {
        let pending = &thread.counters.calls_pending;
        if pending.value() >= thread.options.limits.max_pending_calls as u64 {
            return None;
        }
        pending.add(1);
        Some(Self { counters: &thread.counters })
    }
}

impl Drop for PendingCall<'_> {
    fn drop(&mut self) {
        self.counters.calls_pending.sub(1);
    }
}
