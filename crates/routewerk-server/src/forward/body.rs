//! Bodies between a client and another server: one chunk is under way in each direction.
//!
//! The client of the other server wants bodies that may cross threads, and a request's may not. So a channel for one chunk
//! stands between them, and whoever waits for the reply moves chunks into it.

use std::cell::Cell;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;
use routewerk_handler::{BodyError, BodySource, BodyStream, ReplyBody, RequestBody};
use tokio::sync::mpsc;
use tokio::time::{Instant, Sleep};

/// How much has moved, in chunks.
#[derive(Clone, Debug, Default)]
pub(super) struct Progress(Rc<Cell<u64>>);

impl Progress {
    fn add(&self) {
        self.0.set(self.0.get() + 1);
    }
}

/// A request's body, as the client of the other server takes it.
pub(crate) struct Upload {
    source: Source,
    /// Bytes that are still to come, where that is known.
    left: Option<u64>,
}

enum Source {
    Empty,
    Whole(Bytes),
    /// `None` is the end; a channel that ends without it has lost the one who moves chunks.
    Chunks(mpsc::Receiver<Option<Result<Bytes, BodyError>>>),
}

/// What moves a request's body.
type Moving = Pin<Box<dyn Future<Output = ()>>>;

impl Upload {
    /// A body and what moves it.
    pub(super) fn of(body: RequestBody, length: Option<u64>, progress: &Progress) -> (Self, Option<Moving>) {
        let stream = match body {
            RequestBody::Empty => return (Self { source: Source::Empty, left: Some(0) }, None),
            RequestBody::Complete(bytes) => {
                let left = Some(bytes.len() as u64);
                return (Self { source: Source::Whole(bytes), left }, None);
            }
            RequestBody::Stream(stream) => stream,
        };
        let (sender, receiver) = mpsc::channel(1);
        let moving = Box::pin(move_chunks(stream, sender, progress.clone()));
        (Self { source: Source::Chunks(receiver), left: length }, Some(moving))
    }
}

async fn move_chunks(
    mut stream: BodyStream,
    sender: mpsc::Sender<Option<Result<Bytes, BodyError>>>,
    progress: Progress,
) {
    loop {
        let chunk = stream.chunk().await;
        let is_last = !matches!(chunk, Some(Ok(_)));
        // Who takes no more has got its reply, or is gone.
        if sender.send(chunk).await.is_err() || is_last {
            return;
        }
        progress.add();
    }
}

impl Body for Upload {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        let chunk = match &mut self.source {
            Source::Empty => None,
            Source::Whole(_) => match std::mem::replace(&mut self.source, Source::Empty) {
                Source::Whole(bytes) => Some(Ok(bytes)),
                Source::Empty | Source::Chunks(_) => None,
            },
            Source::Chunks(chunks) => match chunks.poll_recv(context) {
                Poll::Pending => return Poll::Pending,
                // Whoever moves the chunks has gone before their end: the body must not look whole.
                Poll::Ready(None) => Some(Err(BodyError::ClientGone)),
                Poll::Ready(Some(chunk)) => chunk,
            },
        };
        if let (Some(Ok(bytes)), Some(left)) = (&chunk, &mut self.left) {
            *left = left.saturating_sub(bytes.len() as u64);
        }
        // The end of the channel before the end of the body is that of its client.
        let is_short = chunk.is_none() && self.left.is_some_and(|left| left > 0);
        if is_short {
            return Poll::Ready(Some(Err(BodyError::ClientGone)));
        }
        Poll::Ready(chunk.map(|chunk| chunk.map(Frame::data)))
    }

    fn is_end_stream(&self) -> bool {
        self.left == Some(0)
    }

    fn size_hint(&self) -> SizeHint {
        self.left.map_or_else(SizeHint::default, SizeHint::with_exact)
    }
}

/// What moves a request's body, until it has.
pub(super) struct Pump(Option<Moving>);

impl Pump {
    pub(super) fn new(moving: Option<Moving>) -> Self {
        Self(moving)
    }

    pub(super) fn poll(&mut self, context: &mut Context<'_>) {
        if self.0.as_mut().is_some_and(|moving| moving.as_mut().poll(context).is_ready()) {
            self.0 = None;
        }
    }
}

/// Runs out where nothing moves for too long.
pub(super) struct Idle {
    limit: Option<(Duration, Pin<Box<Sleep>>)>,
    progress: Progress,
    seen: u64,
}

impl Idle {
    pub(super) fn new(limit: Option<Duration>, progress: Progress) -> Self {
        let limit = limit.map(|limit| (limit, Box::pin(tokio::time::sleep(limit))));
        Self { limit, progress, seen: 0 }
    }

    /// Resolves with the limit when nothing has moved for so long.
    pub(super) fn poll(&mut self, context: &mut Context<'_>) -> Poll<Duration> {
        let Some((limit, sleep)) = &mut self.limit else { return Poll::Pending };
        if self.progress.0.get() != self.seen {
            self.seen = self.progress.0.get();
            sleep.as_mut().reset(Instant::now() + *limit);
        }
        sleep.as_mut().poll(context).map(|()| *limit)
    }
}

/// Another server's reply, while the rest of the request's body may still go there.
pub(super) struct ReplySource {
    incoming: Incoming,
    pump: Pump,
    idle: Idle,
    progress: Progress,
}

impl ReplySource {
    pub(super) fn new(incoming: Incoming, pump: Pump, idle: Idle, progress: Progress) -> Self {
        progress.add();
        Self { incoming, pump, idle, progress }
    }

    pub(super) fn into_body(self) -> ReplyBody {
        if self.incoming.is_end_stream() {
            return ReplyBody::Null;
        }
        match self.incoming.size_hint().exact() {
            Some(length) => ReplyBody::Stream(BodyStream::sized(self, length)),
            None => ReplyBody::Stream(BodyStream::new(self)),
        }
    }
}

impl BodySource for ReplySource {
    fn poll_chunk(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, BodyError>>> {
        self.pump.poll(context);
        loop {
            match Pin::new(&mut self.incoming).poll_frame(context) {
                Poll::Ready(None) => return Poll::Ready(None),
                Poll::Ready(Some(Err(error))) => {
                    return Poll::Ready(Some(Err(BodyError::Handler(super::chain(&error)))));
                }
                Poll::Ready(Some(Ok(frame))) => {
                    self.progress.add();
                    // Trailers are fields of the connection's framing here, and end with it.
                    let Ok(bytes) = frame.into_data() else { continue };
                    if !bytes.is_empty() {
                        return Poll::Ready(Some(Ok(bytes)));
                    }
                }
                Poll::Pending => {
                    let idle = self.idle.poll(context);
                    return idle.map(|limit| {
                        Some(Err(BodyError::Handler(format!("the other server sent nothing for {limit:?}"))))
                    });
                }
            }
        }
    }
}
