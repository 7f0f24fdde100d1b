//! An engine whose handlers are closures of the test.

use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};

use bytes::{Bytes, BytesMut};
use routewerk_handler::{
    BodyError, BodySource, BodyStream, HandlerCall, HandlerEngine, HandlerError, HandlerReply, HeaderBlock, ReplyBody,
    RequestBody,
};

/// What a handler of a test gives.
pub(crate) type Answer = Pin<Box<dyn Future<Output = Result<HandlerReply, HandlerError>>>>;

/// Runs a closure per call.
#[derive(Clone)]
pub(crate) struct FakeEngine {
    behave: Arc<dyn Fn(HandlerCall) -> Answer + Send + Sync>,
}

impl FakeEngine {
    pub(crate) fn new(behave: impl Fn(HandlerCall) -> Answer + Send + Sync + 'static) -> Self {
        Self { behave: Arc::new(behave) }
    }
}

impl HandlerEngine for FakeEngine {
    fn call(&self, call: HandlerCall) -> impl Future<Output = Result<HandlerReply, HandlerError>> + 'static {
        Running(tokio::task::spawn_local((self.behave)(call)))
    }
}

/// A handler in a task of its own, as handlers of a real engine run elsewhere: what it does does not wake the
/// connection by chance. Dropped, it is ended.
struct Running(tokio::task::JoinHandle<Result<HandlerReply, HandlerError>>);

impl Future for Running {
    type Output = Result<HandlerReply, HandlerError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.0).poll(context).map(|ended| ended.unwrap_or(Err(HandlerError::WorkerDied)))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// A reply with these fields.
pub(crate) fn reply(status: u16, fields: &[(&str, &str)], body: ReplyBody) -> HandlerReply {
    let mut headers = HeaderBlock::new();
    for (name, value) in fields {
        headers.push(name.as_bytes(), value.as_bytes()).expect("a valid field");
    }
    HandlerReply { status, reason: None, headers, body, sent: None, facts: None }
}

/// A 200 with a text.
pub(crate) fn text(body: impl Into<String>) -> HandlerReply {
    reply(200, &[("content-type", "text/plain")], ReplyBody::Complete(body.into().into()))
}

/// An answer that never comes.
pub(crate) fn never() -> Answer {
    Box::pin(std::future::pending())
}

/// A handler that describes its call: a line per fact, then an empty line and the body as it was read.
pub(crate) fn echo(call: HandlerCall) -> Answer {
    Box::pin(async move {
        let mut lines = describe(&call);
        lines.push('\n');
        match whole_body(call.body).await {
            Ok(body) => Ok(reply(200, &[], ReplyBody::Complete([lines.as_bytes(), &body].concat().into()))),
            Err(error) => Ok(text(format!("body error: {error}"))),
        }
    })
}

/// A line per fact: method, route, url, params, kind of body, then the fields.
pub(crate) fn describe(call: &HandlerCall) -> String {
    let kind = match &call.body {
        RequestBody::Empty => "empty",
        RequestBody::Complete(_) => "complete",
        RequestBody::Stream(_) => "stream",
    };
    let mut lines = format!(
        "method {}\nroute {}\nurl {}\nparams {}\nbody {kind}\n",
        call.method.as_str(),
        call.route.0,
        call.url,
        call.params.replace('\n', "|"),
    );
    for (name, value) in call.headers.iter() {
        lines.push_str(&format!("{}: {}\n", String::from_utf8_lossy(name), String::from_utf8_lossy(value)));
    }
    lines
}

/// Reads a body to its end.
pub(crate) async fn whole_body(body: RequestBody) -> Result<Bytes, BodyError> {
    match body {
        RequestBody::Empty => Ok(Bytes::new()),
        RequestBody::Complete(body) => Ok(body),
        RequestBody::Stream(mut stream) => {
            let mut whole = BytesMut::new();
            while let Some(chunk) = stream.chunk().await {
                whole.extend_from_slice(&chunk?);
            }
            Ok(whole.freeze())
        }
    }
}

/// A reply's stream that the test feeds from its own thread.
#[derive(Clone, Default)]
pub(crate) struct Chunks {
    state: Arc<Mutex<ChunkState>>,
}

#[derive(Default)]
struct ChunkState {
    waiting: VecDeque<Option<Result<Bytes, BodyError>>>,
    waker: Option<Waker>,
    taken: usize,
    is_dropped: bool,
}

/// A stream to be fed.
pub(crate) fn chunks() -> Chunks {
    Chunks::default()
}

impl Chunks {
    /// Gives a chunk.
    pub(crate) fn give(&self, chunk: impl Into<Bytes>) {
        self.put(Some(Ok(chunk.into())));
    }

    /// Fails the stream.
    pub(crate) fn fail(&self) {
        self.put(Some(Err(BodyError::Handler("boom".to_owned()))));
    }

    /// Ends the stream.
    pub(crate) fn end(&self) {
        self.put(None);
    }

    fn put(&self, item: Option<Result<Bytes, BodyError>>) {
        let mut state = self.state.lock().expect("no panic while held");
        state.waiting.push_back(item);
        if let Some(waker) = state.waker.take() {
            waker.wake();
        }
    }

    /// How many bytes the server has taken.
    pub(crate) fn taken(&self) -> usize {
        self.state.lock().expect("no panic while held").taken
    }

    /// Whether the server has dropped the stream: the handler sees that its client is gone.
    pub(crate) fn is_dropped(&self) -> bool {
        self.state.lock().expect("no panic while held").is_dropped
    }

    /// The reply's body.
    pub(crate) fn body(&self) -> ReplyBody {
        ReplyBody::Stream(BodyStream::new(ChunkSource(Arc::clone(&self.state))))
    }
}

struct ChunkSource(Arc<Mutex<ChunkState>>);

impl BodySource for ChunkSource {
    fn poll_chunk(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, BodyError>>> {
        let mut state = self.0.lock().expect("no panic while held");
        let Some(item) = state.waiting.pop_front() else {
            state.waker = Some(context.waker().clone());
            return Poll::Pending;
        };
        if let Some(Ok(chunk)) = &item {
            state.taken += chunk.len();
        }
        Poll::Ready(item)
    }
}

impl Drop for ChunkSource {
    fn drop(&mut self) {
        self.0.lock().expect("no panic while held").is_dropped = true;
    }
}
