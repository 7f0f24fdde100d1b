//! One request on an HTTP/2 connection: the same decisions as on HTTP/1.1, in the types of its library.
//!
//! Dropping the future of an answer is how a handler learns that its client is gone.

use std::pin::pin;
use std::rc::Rc;
use std::task::Poll;
use std::time::Instant;

use http::{Method as HttpMethod, Request, Response};
use hyper::body::{Body, Incoming};
use routewerk_handler::{
    BodyError, BodyStream, HandlerCall, HandlerEngine, HandlerError, HandlerReply, Method, ReplyBody, RequestBody,
};
use routewerk_routes::rules::RuleFields;

use super::body::{BodyFailure, Content, ReplyContent, RequestSource};
use super::convert;
use super::streams::{Ending, Streams};
use crate::caching::{CachedRequest, Phase};
use crate::forward::Forward;
use crate::observer::Protocol;
use crate::pipeline::{Decided, Decision, Inbound, MethodToken, Peer, Problem};
use crate::record::Draft;
use crate::rules;
use crate::status::is_bodiless;
use crate::thread::{Answered, FrontThread, Outgoing, PendingCall};

const BODY_TOO_LARGE: Problem = Problem::outside(413, "the request's body is too large");
const BODY_TOO_SLOW: Problem = Problem::outside(408, "the request's body took too long to arrive");

/// Answers a request.
///
/// # Errors
/// The error of the reply's stream where that fails before its first chunk: the stream is then reset without a head.
///
/// # Cancel safety
/// Dropping the future (the client has reset the stream, or is gone) tells the handler.
pub(super) async fn answer<E: HandlerEngine + 'static>(
    thread: Rc<FrontThread<E>>,
    peer: Peer,
    streams: Rc<Streams>,
    request: Request<Incoming>,
) -> Result<Response<ReplyContent>, BodyError> {
    let place = streams.enter(&thread.clock);
    thread.counters.requests.add(1);
    let (parts, incoming) = request.into_parts();
    let target = parts.uri.path_and_query().map_or("/", http::uri::PathAndQuery::as_str).as_bytes();
    let host = convert::host(&parts);
    let draft = thread
        .observer
        .as_ref()
        .map(|_| Draft::new(Protocol::Http2, parts.method.as_str().as_bytes(), target, Instant::now()));
    let mut ending = Ending::new(draft, thread.observer.clone(), &thread.counters, peer.clone());
    let Decided { decision, fields } = thread.pipeline.decide(Inbound {
        method: MethodToken::of(parts.method.as_str().as_bytes()),
        target,
        host: host.as_deref(),
        fields: convert::request_fields(&parts, host.as_deref()),
        peer: &peer,
    });
    let reply = match decision {
        Decision::Reply { reply, route } => {
            ending.matched(route);
            Outgoing::Made(reply)
        }
        Decision::Call { call, prefers_html, is_draft } => {
            ending.matched(Some(call.route));
            let length = convert::content_length(&parts);
            let answered = answer_call(&thread, &peer, call, prefers_html, incoming, length).await;
            let answered = if is_draft { answered.into_draft() } else { answered };
            ending.answered(answered.facts);
            answered.reply
        }
        Decision::Forward { forward, prefers_html } => {
            let length = convert::content_length(&parts);
            answer_forwarded(&thread, forward, prefers_html, incoming, length).await.reply
        }
        Decision::Cached(request) => {
            ending.matched(Some(request.route));
            let answered = answer_cached(&thread, request, convert::content_length(&parts), &mut ending).await;
            ending.answered(answered.facts);
            answered.reply
        }
    };
    let (HandlerReply { status, reason: _, headers: _, body, sent, facts: _ }, mut response) = match reply {
        Outgoing::Own(mut reply) => {
            let fields = in_front(fields.map(|fields| *fields), &mut reply);
            let head = convert::response_head(reply.status, both(fields.as_ref(), &reply));
            (reply, head)
        }
        Outgoing::Made(mut reply) => {
            let fields = fields.map(|fields| rules::beside_own(*fields, &reply.headers));
            let fields = in_front(fields, &mut reply);
            let head = convert::response_head(reply.status, both(fields.as_ref(), &reply));
            (reply, head)
        }
        Outgoing::Draft(mut reply) => {
            let fields = in_front(fields.map(|fields| rules::for_nobody_else(*fields)), &mut reply);
            let head = convert::draft_head(reply.status, both(fields.as_ref(), &reply));
            (reply, head)
        }
        Outgoing::Listed(mut reply) => {
            let fields = in_front(fields.map(|fields| *fields), &mut reply);
            let mut head = convert::response_head(reply.status, both(fields.as_ref(), &reply));
            convert::say_hit(&mut head);
            (reply, head)
        }
        Outgoing::Cached(reply) => {
            let fields = fields.map(|fields| reply.fields_of_rules(*fields));
            let head = convert::cached_head(&reply, fields.as_ref(), parts.method == HttpMethod::HEAD);
            (reply.to_reply(), head)
        }
    };
    thread.counters.replied(status);
    ending.replied(status);
    let is_bare = parts.method == HttpMethod::HEAD || is_bodiless(status);
    let content = match body {
        _ if is_bare => Content::Empty,
        ReplyBody::Null => Content::Whole(bytes::Bytes::new()),
        ReplyBody::Complete(body) => Content::Whole(body),
        // The head goes out with the first chunk, and not at all where there is an error instead.
        ReplyBody::Stream(mut stream) => match stream.chunk().await {
            Some(Ok(first)) => Content::Stream { first: Some(first), rest: stream },
            Some(Err(error)) => {
                ending.break_off(0, &error);
                return Err(error);
            }
            None => Content::Empty,
        },
    };
    if matches!(&content, Content::Whole(body) if body.is_empty()) {
        response.headers_mut().insert(http::header::CONTENT_LENGTH, http::HeaderValue::from_static("0"));
    }
    Ok(response.map(|()| ReplyContent::new(content, place, ending, sent)))
}

/// The fields of next.config, a reply's own taken out where they replace them.
fn in_front(mut fields: Option<RuleFields>, reply: &mut HandlerReply) -> Option<RuleFields> {
    if let Some(fields) = &mut fields {
        rules::give_way(&mut reply.headers, fields);
    }
    fields
}

/// The fields of next.config, then a reply's own.
fn both<'reply>(
    fields: Option<&'reply RuleFields>,
    reply: &'reply HandlerReply,
) -> impl Iterator<Item = (&'reply [u8], &'reply [u8])> {
    fields.into_iter().flat_map(RuleFields::iter).chain(reply.headers.iter())
}

/// Answers from the cache: at once, or when the entry has been made. Its making goes on when the client leaves.
async fn answer_cached<E: HandlerEngine + 'static>(
    thread: &Rc<FrontThread<E>>,
    request: CachedRequest,
    content_length: Option<u64>,
    ending: &mut Ending,
) -> Answered {
    let limit = thread.options.limits.max_body_bytes;
    if matches!((content_length, limit), (Some(length), Some(limit)) if length > limit) {
        return Answered::own(thread.pipeline.problem(BODY_TOO_LARGE, request.prefers_html));
    }
    let found = thread.look_up(request);
    ending.looked_up(found.answer());
    let waiting = match found {
        Phase::Reply(reply) => return Answered::cached(reply),
        Phase::Waiting(waiting) => waiting,
    };
    let prefers_html = waiting.prefers_html;
    match PendingCall::begin(thread) {
        Some(_pending) => thread.answer_made(waiting.made().await, prefers_html),
        None => thread.conclude(Err(HandlerError::Unavailable), None, prefers_html),
    }
}

/// Asks another server.
async fn answer_forwarded<E: HandlerEngine>(
    thread: &FrontThread<E>,
    mut forward: Forward,
    prefers_html: bool,
    incoming: Incoming,
    content_length: Option<u64>,
) -> Answered {
    let Some(_pending) = PendingCall::begin(thread) else {
        return thread.conclude(Err(HandlerError::Unavailable), None, prefers_html);
    };
    let refuse = |problem: Problem| Answered::own(thread.pipeline.problem(problem, prefers_html));
    let failure = Rc::new(BodyFailure::default());
    match begin_body(thread, forward.method, incoming, content_length, &failure) {
        Ok(body) => forward.body = body,
        Err(problem) => return refuse(problem),
    }
    let is_read = matches!(forward.body, RequestBody::Stream(_));
    let mut answer = pin!(thread.forwarder.forward(forward));
    let answered = std::future::poll_fn(|context| {
        let answered = answer.as_mut().poll(context);
        if is_read && let Poll::Ready(error) = failure.poll(context) {
            return Poll::Ready(Err(error));
        }
        answered.map(Ok)
    });
    match answered.await {
        Ok(reply) => Answered::forwarded(reply),
        Err(BodyError::TooLarge { .. }) => refuse(BODY_TOO_LARGE),
        Err(_) => refuse(BODY_TOO_SLOW),
    }
}

/// What is read of a request's body.
fn begin_body<E: HandlerEngine>(
    thread: &FrontThread<E>,
    method: Method,
    incoming: Incoming,
    content_length: Option<u64>,
    failure: &Rc<BodyFailure>,
) -> Result<RequestBody, Problem> {
    let limit = thread.options.limits.max_body_bytes;
    if matches!((content_length, limit), (Some(length), Some(limit)) if length > limit) {
        return Err(BODY_TOO_LARGE);
    }
    if matches!(method, Method::Get | Method::Head) || incoming.is_end_stream() {
        return Ok(RequestBody::Empty);
    }
    let deadline = thread.options.timeouts.request.map(tokio::time::sleep);
    Ok(RequestBody::Stream(BodyStream::new(RequestSource::new(incoming, limit, deadline, Rc::clone(failure)))))
}

async fn answer_call<E: HandlerEngine>(
    thread: &FrontThread<E>,
    peer: &Peer,
    mut call: HandlerCall,
    prefers_html: bool,
    incoming: Incoming,
    content_length: Option<u64>,
) -> Answered {
    let refuse = |problem: Problem| Answered::own(thread.pipeline.problem(problem, prefers_html));
    let failure = Rc::new(BodyFailure::default());
    match begin_body(thread, call.method, incoming, content_length, &failure) {
        Ok(body) => call.body = body,
        Err(problem) => return refuse(problem),
    }
    let is_read = matches!(call.body, RequestBody::Stream(_));
    let mut answer = pin!(thread.answer(call, prefers_html, peer));
    let answered = std::future::poll_fn(|context| {
        let answered = answer.as_mut().poll(context);
        // What the handler makes of a body that was cut off is not asked.
        if is_read && let Poll::Ready(error) = failure.poll(context) {
            return Poll::Ready(Err(error));
        }
        answered.map(Ok)
    });
    match answered.await {
        Ok(answered) => answered,
        Err(BodyError::TooLarge { .. }) => refuse(BODY_TOO_LARGE),
        Err(_) => refuse(BODY_TOO_SLOW),
    }
}
