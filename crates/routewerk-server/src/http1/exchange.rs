//! One request on a connection: body in, reply out, and what may become of the connection afterwards.
//!
//! The rule to keep: each way out that is not a whole reply drops the call or its stream, which is how the handler
//! learns that its client is gone; and each poll that returns pending has left its waker with everything that could end
//! the wait (the handler, the socket in both directions, the body's consumer, the deadline).

use std::pin::{Pin, pin};
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use routewerk_handler::{
    BodyError, HandlerEngine, HandlerError, HandlerReply, HeaderBlock, Method, ReplyBody, RequestBody,
};
use routewerk_routes::rules::RuleFields;
use tokio::time::Sleep;

use super::encode::{ReplyFraming, ReplyHead, write_cached_head};
use super::head::{Expect, Framing};
use super::intake::Intake;
use super::reply_stream::{ReplyStream, Streamed};
use super::wire::{InputEnd, Wire};
use crate::caching::{CacheState, CachedReply, DRAFT_LINES, Phase, Waiting};
use crate::clock::NEVER;
use crate::gate::GatePass;
use crate::observer::RequestEnd;
use crate::pipeline::{Decision, Peer, Problem};
use crate::record::Draft;
use crate::rules;
use crate::status::is_bodiless;
use crate::thread::{Answered, Outgoing, PendingCall};

/// How many bytes of replies to pipelined requests wait before they must be written.
const MAX_BATCH: usize = 64 * 1024;

/// How long a handler may still answer a client that has closed its side after the request. Node.js has no such
/// time, but answers what a handler returns within the same turn of its loop: a handler elsewhere needs a moment.
const HALF_CLOSE_GRACE: Duration = Duration::from_millis(20);

/// A request, decided. It stays where it is until the call is made: moving it from hand to hand would cost more than
/// parsing it.
pub(super) struct Request {
    /// Taken once.
    pub(super) decision: Option<Decision>,
    /// The fields that next.config adds to the reply. Taken once.
    pub(super) fields: Option<Box<RuleFields>>,
    pub(super) record: Option<Box<Draft>>,
    pub(super) is_http10: bool,
    pub(super) is_head: bool,
    /// Whether the connection may be used again.
    pub(super) keep_alive: bool,
    pub(super) framing: Framing,
    pub(super) expect: Expect,
}

/// What becomes of the connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum After {
    /// It waits for the next request.
    Reuse,
    /// It is closed once everything is written.
    Close,
    /// It is closed once everything is written and the client has had time to read it: bytes of it are unread.
    Linger,
    /// It is closed at once.
    Drop,
}

/// Who answers.
#[derive(Clone, Copy)]
enum Who {
    Handler,
    Cache,
    OtherServer,
}

/// How the wait for a reply has ended.
enum Awaited {
    Answered,
    ClientGone,
    Refused(Problem),
}

/// One request being answered.
pub(super) struct Exchange<'connection, E> {
    wire: &'connection mut Wire<E>,
    peer: &'connection Peer,
    request: &'connection mut Request,
    intake: Intake,
    /// The answer to the call, once there is one.
    answered: Option<Answered>,
    /// Whether the client's side has ended, so that nothing more can be read.
    is_input_over: bool,
    /// Runs out some time after the client has closed its side.
    grace: Option<Pin<Box<Sleep>>>,
}

impl<'connection, E: HandlerEngine + 'static> Exchange<'connection, E> {
    /// An exchange that has not begun.
    pub(super) fn new(
        wire: &'connection mut Wire<E>,
        peer: &'connection Peer,
        request: &'connection mut Request,
    ) -> Self {
        let intake = Intake::new(request.framing, &wire.thread.options.limits);
        Self { wire, peer, request, intake, answered: None, is_input_over: false, grace: None }
    }

    /// Answers the request.
    pub(super) async fn run(&mut self) -> After {
        let (prefers_html, who) = match &self.request.decision {
            _ if self.request.expect == Expect::Unknown => return self.answer_alone().await,
            Some(Decision::Call { prefers_html, .. }) => (*prefers_html, Who::Handler),
            Some(Decision::Cached(request)) => (request.prefers_html, Who::Cache),
            Some(Decision::Forward { prefers_html, .. }) => (*prefers_html, Who::OtherServer),
            Some(Decision::Reply { .. }) | None => return self.answer_alone().await,
        };
        let awaited = match who {
            Who::Handler => self.make_call(prefers_html).await,
            Who::Cache => self.ask_cache().await,
            Who::OtherServer => self.forward(prefers_html).await,
        };
        match awaited {
            Awaited::Answered => self.send().await,
            Awaited::Refused(problem) => self.refuse(problem, prefers_html).await,
            Awaited::ClientGone => {
                self.finish(RequestEnd::ClientGone);
                After::Drop
            }
        }
    }

    /// Sends the server's own answer.
    async fn answer_alone(&mut self) -> After {
        self.begin_deadline();
        // The client may or may not send the body that it asked about: where the next request begins is unknown.
        self.request.keep_alive &= self.request.expect == Expect::Nothing || self.intake.is_done();
        let (reply, route) = match self.request.decision.take() {
            Some(Decision::Reply { reply, route }) => (Some(reply), route),
            Some(Decision::Call { call, .. }) => (None, Some(call.route)),
            Some(Decision::Cached(request)) => (None, Some(request.route)),
            Some(Decision::Forward { .. }) | None => (None, None),
        };
        if let Some(record) = &mut self.request.record {
            record.route = route;
        }
        let reply = reply.unwrap_or_else(|| self.wire.thread.pipeline.problem(EXPECTATION_FAILED, false));
        self.answered = Some(Answered::own(reply));
        self.send().await
    }

    /// What the handler gets to read.
    fn begin_body(&mut self, method: Method) -> Result<RequestBody, Problem> {
        let limit = self.wire.thread.options.limits.max_body_bytes;
        if matches!((self.request.framing, limit), (Framing::Length(length), Some(limit)) if length > limit) {
            return Err(BODY_TOO_LARGE);
        }
        // As in Next.js, a handler never sees one of these; it is read for the connection's sake.
        if matches!(method, Method::Get | Method::Head) {
            return Ok(RequestBody::Empty);
        }
        self.intake.begin(&mut self.wire.input).map_err(|error| problem_of(&error))
    }

    /// While a body is to come, its deadline runs.
    fn begin_deadline(&self) {
        let clock = &self.wire.thread.clock;
        let deadline = match clock.request {
            Some(ticks) if !self.intake.is_done() => clock.after(ticks),
            _ => NEVER,
        };
        self.wire.watch.read.set(deadline);
    }

    /// Calls the handler and waits for it. Whenever this does not end in an answer, the handler is told that nobody
    /// waits any more.
    async fn make_call(&mut self, prefers_html: bool) -> Awaited {
        let Some(Decision::Call { mut call, is_draft, .. }) = self.request.decision.take() else {
            return Awaited::ClientGone;
        };
        if let Some(record) = &mut self.request.record {
            record.route = Some(call.route);
        }
        match self.begin_body(call.method) {
            Ok(body) => call.body = body,
            Err(problem) => return Awaited::Refused(problem),
        }
        self.begin_deadline();
        if self.request.expect == Expect::Continue && !self.intake.is_done() {
            self.wire.out().extend_from_slice(b"HTTP/1.1 100 Continue\r\n\r\n");
        }
        let thread = Rc::clone(&self.wire.thread);
        let mut pass = GatePass::Plain;
        if let Some(preparation) = thread.prepare(&call, self.peer) {
            let mut preparation = Box::pin(preparation);
            let awaited = std::future::poll_fn(|context| match preparation.as_mut().poll(context) {
                Poll::Ready(page) => Poll::Ready(Ok(page)),
                Poll::Pending => self.poll_meanwhile(context).map(Err),
            });
            match awaited.await {
                Ok(Ok(granted)) => pass = granted,
                Ok(Err(page)) => {
                    self.answered = Some(page);
                    return Awaited::Answered;
                }
                Err(ended) => return ended,
            }
        }
        let begun = thread.call_begins();
        let Some(_pending) = PendingCall::begin(&thread) else {
            self.answered = Some(thread.conclude(Err(HandlerError::Unavailable), begun, prefers_html));
            return Awaited::Answered;
        };
        let mut answer = pin!(thread.engine.call(call));
        std::future::poll_fn(|context| match answer.as_mut().poll(context) {
            Poll::Ready(result) => {
                let answered = thread.conclude(result, begun, prefers_html).passed(pass);
                self.answered = Some(if is_draft { answered.into_draft() } else { answered });
                Poll::Ready(Awaited::Answered)
            }
            Poll::Pending => self.poll_meanwhile(context),
        })
        .await
    }

    /// Asks another server and waits for it. Whenever this does not end in an answer, the connection there is closed.
    async fn forward(&mut self, prefers_html: bool) -> Awaited {
        let Some(Decision::Forward { mut forward, .. }) = self.request.decision.take() else {
            return Awaited::ClientGone;
        };
        match self.begin_body(forward.method) {
            Ok(body) => forward.body = body,
            Err(problem) => return Awaited::Refused(problem),
        }
        self.begin_deadline();
        if self.request.expect == Expect::Continue && !self.intake.is_done() {
            self.wire.out().extend_from_slice(b"HTTP/1.1 100 Continue\r\n\r\n");
        }
        let thread = Rc::clone(&self.wire.thread);
        let Some(_pending) = PendingCall::begin(&thread) else {
            self.answered = Some(thread.conclude(Err(HandlerError::Unavailable), None, prefers_html));
            return Awaited::Answered;
        };
        let mut answer = pin!(thread.forwarder.forward(forward));
        std::future::poll_fn(|context| match answer.as_mut().poll(context) {
            Poll::Ready(reply) => {
                self.answered = Some(Answered::forwarded(reply));
                Poll::Ready(Awaited::Answered)
            }
            Poll::Pending => self.poll_meanwhile(context),
        })
        .await
    }

    /// Answers from the cache: at once, or when the entry has been made. Its making goes on when the client leaves.
    async fn ask_cache(&mut self) -> Awaited {
        let Some(Decision::Cached(request)) = self.request.decision.take() else { return Awaited::ClientGone };
        if let Some(record) = &mut self.request.record {
            record.route = Some(request.route);
        }
        // No handler of a GET sees a body; one is read for the connection's sake.
        if let Err(problem) = self.begin_body(Method::Get) {
            return Awaited::Refused(problem);
        }
        self.begin_deadline();
        // The client may or may not send the body that it asked about: where the next request begins is unknown.
        self.request.keep_alive &= self.request.expect == Expect::Nothing || self.intake.is_done();
        let thread = Rc::clone(&self.wire.thread);
        let found = thread.look_up(request);
        if let Some(record) = &mut self.request.record {
            record.cache = Some(found.answer());
        }
        match found {
            Phase::Reply(reply) => {
                self.answered = Some(Answered::cached(reply));
                Awaited::Answered
            }
            Phase::Waiting(waiting) => self.await_entry(waiting).await,
        }
    }

    async fn await_entry(&mut self, waiting: Waiting<E>) -> Awaited {
        let thread = Rc::clone(&self.wire.thread);
        let prefers_html = waiting.prefers_html;
        let Some(_pending) = PendingCall::begin(&thread) else {
            self.answered = Some(thread.conclude(Err(HandlerError::Unavailable), None, prefers_html));
            return Awaited::Answered;
        };
        let mut entry = pin!(waiting.made());
        std::future::poll_fn(|context| match entry.as_mut().poll(context) {
            Poll::Ready(made) => {
                self.answered = Some(thread.answer_made(made, prefers_html));
                Poll::Ready(Awaited::Answered)
            }
            Poll::Pending => self.poll_meanwhile(context),
        })
        .await
    }

    /// While the handler works, the request's body is read, earlier replies are written and the client is watched.
    fn poll_meanwhile(&mut self, context: &mut Context<'_>) -> Poll<Awaited> {
        self.wire.watch.register(context);
        if matches!(self.wire.poll_flush(context), Poll::Ready(Err(_))) {
            return Poll::Ready(Awaited::ClientGone);
        }
        match self.poll_input(context) {
            Poll::Pending => {}
            Poll::Ready(InputEnd::HalfClosed) => self.grace = Some(Box::pin(tokio::time::sleep(HALF_CLOSE_GRACE))),
            Poll::Ready(InputEnd::Gone) => return Poll::Ready(Awaited::ClientGone),
            Poll::Ready(InputEnd::Body(error)) => return Poll::Ready(Awaited::Refused(problem_of(&error))),
            Poll::Ready(InputEnd::TooSlow) => {
                self.wire.thread.counters.timeouts.add(1);
                return Poll::Ready(Awaited::Refused(BODY_TOO_SLOW));
            }
        }
        match &mut self.grace {
            Some(grace) => grace.as_mut().poll(context).map(|()| Awaited::ClientGone),
            None => Poll::Pending,
        }
    }

    fn poll_input(&mut self, context: &mut Context<'_>) -> Poll<InputEnd> {
        if self.is_input_over {
            return Poll::Pending;
        }
        let input = self.wire.poll_input(&mut self.intake, context);
        self.is_input_over = input.is_ready();
        input
    }

    /// Ends a request whose body cannot be read on.
    async fn refuse(&mut self, problem: Problem, prefers_html: bool) -> After {
        self.request.keep_alive = false;
        let reply = self.wire.thread.pipeline.problem(problem, prefers_html);
        self.answered = Some(Answered::own(reply));
        self.send().await
    }

    /// Writes the answer.
    async fn send(&mut self) -> After {
        let Some(Answered { reply, facts }) = self.answered.take() else { return After::Drop };
        let fields = self.request.fields.take();
        let (mut reply, mut fields, lead) = match reply {
            Outgoing::Own(reply) => (reply, fields.map(|fields| *fields), b"".as_slice()),
            Outgoing::Made(reply) => {
                let fields = fields.map(|fields| rules::beside_own(*fields, &reply.headers));
                (reply, fields, b"".as_slice())
            }
            Outgoing::Draft(reply) => (reply, fields.map(|fields| rules::for_nobody_else(*fields)), DRAFT_LINES),
            Outgoing::Listed(reply) => (reply, fields.map(|fields| *fields), CacheState::Hit.line()),
            Outgoing::Cached(reply) => return self.send_cached(&reply, fields).await,
        };
        if let Some(fields) = &mut fields {
            rules::give_way(&mut reply.headers, fields);
        }
        let HandlerReply { status, reason, headers, body, sent, facts: _ } = reply;
        self.wire.thread.counters.replied(status);
        if let Some(record) = &mut self.request.record {
            record.status = Some(status);
            record.called = facts.as_ref().and_then(|facts| facts.called);
        }
        let is_bare = self.request.is_head || is_bodiless(status);
        let head = ReplyParts { status, reason, lead, fields, headers, is_bare };
        let streamed = match body {
            ReplyBody::Stream(stream) if !is_bare => {
                let is_http10 = self.request.is_http10;
                let framing = if is_http10 { ReplyFraming::UntilClose } else { ReplyFraming::Chunked };
                let mut stream = ReplyStream::new(stream, framing);
                let streamed = std::future::poll_fn(|context| self.poll_stream(&head, &mut stream, context)).await;
                if let Some(record) = &mut self.request.record {
                    record.body_bytes = stream.content_bytes();
                }
                streamed
            }
            ReplyBody::Complete(body) if !is_bare => {
                self.write_complete(&head, body);
                Streamed::Whole
            }
            ReplyBody::Null | ReplyBody::Complete(_) | ReplyBody::Stream(_) => {
                self.write_complete(&head, Bytes::new());
                Streamed::Whole
            }
        };
        match streamed {
            Streamed::Whole => self.end(facts.and_then(|facts| facts.failure), sent).await,
            Streamed::ClientGone => {
                self.finish(RequestEnd::ClientGone);
                After::Drop
            }
            Streamed::Broken(error) => self.break_off(&error).await,
        }
    }

    /// Writes a stored reply: its head by copy, its body by reference.
    async fn send_cached(&mut self, reply: &CachedReply, fields: Option<Box<RuleFields>>) -> After {
        let status = reply.status();
        let body = reply.body();
        let is_bare = self.request.is_head || is_bodiless(status);
        self.wire.thread.counters.replied(status);
        if let Some(record) = &mut self.request.record {
            record.status = Some(status);
            record.body_bytes = if is_bare { 0 } else { body.len() as u64 };
        }
        let framing = if is_bare { ReplyFraming::Bare } else { ReplyFraming::Length(body.len()) };
        self.request.keep_alive = self.keeps_alive(framing);
        let thread = &self.wire.thread;
        let out = self.wire.output.open(&thread.buffers);
        let fields = fields.map(|fields| reply.fields_of_rules(*fields));
        write_cached_head(reply, fields.as_ref(), framing, self.request.keep_alive, &thread.clock, out);
        if !is_bare && !body.is_empty() {
            self.wire.output.append(body.clone(), b"", &thread.buffers);
        }
        self.end(None, None).await
    }

    /// What is left to do when a reply waits in the output as a whole.
    async fn end(&mut self, failure: Option<HandlerError>, sent: Option<routewerk_handler::SentNotice>) -> After {
        let must_flush = sent.is_some()
            || self.request.record.is_some()
            || !self.wire.output.is_open()
            || self.wire.output.len() > MAX_BATCH;
        self.intake.drain();
        if self.request.keep_alive && !self.intake.is_done() {
            let after = self.drain_body().await;
            if after != After::Reuse {
                self.finish(if after == After::Drop { RequestEnd::ClientGone } else { end_of(failure.as_ref()) });
                return after;
            }
        } else if must_flush && self.wire.flush().await.is_err() {
            self.finish(RequestEnd::ClientGone);
            return After::Drop;
        }
        drop(sent);
        self.finish(end_of(failure.as_ref()));
        match (self.request.keep_alive, self.intake.is_done()) {
            (true, true) => After::Reuse,
            (false, true) => After::Close,
            (_, false) => After::Linger,
        }
    }

    /// Writes the reply while the rest of the request's body is read: to whom it may concern, else to nowhere.
    async fn drain_body(&mut self) -> After {
        std::future::poll_fn(|context| {
            self.wire.watch.register(context);
            let flushed = match self.wire.poll_flush(context) {
                Poll::Ready(Err(_)) => return Poll::Ready(After::Drop),
                Poll::Ready(Ok(())) => true,
                Poll::Pending => false,
            };
            match self.poll_input(context) {
                // Behind a half-closed side there may still be whole requests, read already.
                Poll::Pending | Poll::Ready(InputEnd::HalfClosed) => {}
                Poll::Ready(InputEnd::Gone) => return Poll::Ready(After::Drop),
                Poll::Ready(InputEnd::Body(_) | InputEnd::TooSlow) => return Poll::Ready(After::Linger),
            }
            if self.intake.is_drained_out(&self.wire.thread.options.limits) {
                return Poll::Ready(After::Linger);
            }
            if flushed && self.intake.is_done() { Poll::Ready(After::Reuse) } else { Poll::Pending }
        })
        .await
    }

    /// Puts a reply of known length into the output.
    fn write_complete(&mut self, head: &ReplyParts, body: Bytes) {
        if let Some(record) = &mut self.request.record {
            record.body_bytes = body.len() as u64;
        }
        let framing = if head.is_bare { ReplyFraming::Bare } else { ReplyFraming::Length(body.len()) };
        self.write_head(head, framing);
        if !body.is_empty() {
            self.wire.output.append(body, b"", &self.wire.thread.buffers);
        }
    }

    /// Puts a reply's head into the output, and decides whether the connection is used again.
    fn write_head(&mut self, head: &ReplyParts, framing: ReplyFraming) {
        let keep_alive = self.keeps_alive(framing);
        let thread = &self.wire.thread;
        let head = ReplyHead {
            status: head.status,
            reason: head.reason.as_deref(),
            lead: head.lead,
            fields: head.fields.as_ref(),
            headers: &head.headers,
            framing,
            keep_alive,
        };
        self.request.keep_alive = head.write(&thread.clock, self.wire.output.open(&thread.buffers));
    }

    /// Whether the connection can be used again after a reply that is delimited so.
    fn keeps_alive(&self, framing: ReplyFraming) -> bool {
        let thread = &self.wire.thread;
        self.request.keep_alive
            && framing != ReplyFraming::UntilClose
            && !thread.is_draining.get()
            && !self.intake.is_too_long_to_drain(&thread.options.limits)
    }

    /// Writes what a handler's stream has ready, while the client is watched.
    fn poll_stream(
        &mut self,
        head: &ReplyParts,
        stream: &mut ReplyStream,
        context: &mut Context<'_>,
    ) -> Poll<Streamed> {
        self.wire.watch.register(context);
        loop {
            match self.wire.poll_flush(context) {
                Poll::Ready(Ok(())) => {}
                Poll::Ready(Err(_)) => return Poll::Ready(Streamed::ClientGone),
                // The producer is not asked for more than the client takes.
                Poll::Pending => break,
            }
            if !stream.poll_ready(context) {
                break;
            }
            // The head goes out with the first chunk, and not at all where there is an error instead.
            if !stream.is_begun() && !stream.is_broken() {
                self.write_head(head, stream.framing());
            }
            let streamed = stream.write(&mut self.wire.output, &self.wire.thread.buffers, context);
            if let Some(streamed) = streamed {
                return Poll::Ready(streamed);
            }
        }
        match self.poll_input(context) {
            Poll::Pending => Poll::Pending,
            Poll::Ready(_) => Poll::Ready(Streamed::ClientGone),
        }
    }

    /// The handler's stream has failed: the client must not take what it got for the whole.
    async fn break_off(&mut self, error: &BodyError) -> After {
        // What came before the error is the client's. The end of the connection alone would end an HTTP/1.0 body well.
        let _ = self.wire.flush().await;
        if self.request.is_http10 {
            self.wire.reset();
        }
        self.finish(RequestEnd::Broken(error));
        After::Drop
    }

    fn finish(&mut self, end: RequestEnd<'_>) {
        if end == RequestEnd::ClientGone {
            self.wire.thread.counters.requests_aborted.add(1);
        }
        if let (Some(record), Some(observer)) = (self.request.record.take(), &self.wire.thread.observer) {
            record.finish(&**observer, self.peer, end);
        }
    }
}

/// A reply without its body.
struct ReplyParts {
    status: u16,
    reason: Option<Bytes>,
    /// Lines in front of the handler's fields.
    lead: &'static [u8],
    /// The fields of next.config.
    fields: Option<RuleFields>,
    headers: HeaderBlock,
    /// Whether no body goes out whatever the handler gave.
    is_bare: bool,
}

const EXPECTATION_FAILED: Problem = Problem::in_route(417, "the expectation cannot be met");
const BODY_TOO_LARGE: Problem = Problem::outside(413, "the request's body is too large");
const BODY_TOO_SLOW: Problem = Problem::outside(408, "the request's body took too long to arrive");
const BODY_MALFORMED: Problem = Problem::outside(400, "the request's body is malformed");

fn problem_of(error: &BodyError) -> Problem {
    match error {
        BodyError::TooLarge { .. } => BODY_TOO_LARGE,
        BodyError::Stalled => BODY_TOO_SLOW,
        BodyError::Malformed(_) | BodyError::ClientGone | BodyError::Handler(_) | BodyError::WorkerDied => {
            BODY_MALFORMED
        }
    }
}

fn end_of(failure: Option<&HandlerError>) -> RequestEnd<'_> {
    failure.map_or(RequestEnd::Completed, RequestEnd::Failed)
}
