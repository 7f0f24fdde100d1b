//! Bodies between hyper's type and the seam's.
//!
//! Both are pulled, so that back-pressure needs no buffer here: hyper asks for a reply's next piece when the stream's
//! window has room, and gives the client credit when the handler takes a piece of the request.

use std::cell::RefCell;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker, ready};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;
use routewerk_handler::{BodyError, BodySource, BodyStream, SentNotice};
use tokio::time::Sleep;

use super::streams::{Ending, StreamPlace};

/// A request's body on its way to the handler, bounded in length and time.
pub(super) struct RequestSource {
    incoming: Incoming,
    allowance: u64,
    limit_bytes: u64,
    deadline: Option<Pin<Box<Sleep>>>,
    failure: Rc<BodyFailure>,
}

/// Tells whoever waits for the reply that the request's body has failed.
#[derive(Default)]
pub(super) struct BodyFailure {
    error: RefCell<Option<BodyError>>,
    waker: RefCell<Option<Waker>>,
}

impl BodyFailure {
    /// Resolves to the error, if there ever is one.
    pub(super) fn poll(&self, context: &Context<'_>) -> Poll<BodyError> {
        if let Some(error) = &*self.error.borrow() {
            return Poll::Ready(error.clone());
        }
        *self.waker.borrow_mut() = Some(context.waker().clone());
        Poll::Pending
    }

    fn set(&self, error: BodyError) {
        *self.error.borrow_mut() = Some(error);
        if let Some(waker) = self.waker.borrow_mut().take() {
            waker.wake();
        }
    }
}

impl RequestSource {
    /// The body of a request.
    pub(super) fn new(
        incoming: Incoming,
        max_body_bytes: Option<u64>,
        deadline: Option<Sleep>,
        failure: Rc<BodyFailure>,
    ) -> Self {
        let limit_bytes = max_body_bytes.unwrap_or(u64::MAX);
        Self { incoming, allowance: limit_bytes, limit_bytes, deadline: deadline.map(Box::pin), failure }
    }

    fn fail(&self, error: BodyError) -> Poll<Option<Result<Bytes, BodyError>>> {
        if matches!(error, BodyError::TooLarge { .. } | BodyError::Stalled) {
            self.failure.set(error.clone());
        }
        Poll::Ready(Some(Err(error)))
    }
}

impl BodySource for RequestSource {
    fn poll_chunk(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, BodyError>>> {
        loop {
            match Pin::new(&mut self.incoming).poll_frame(context) {
                Poll::Pending => {
                    let deadline = self.deadline.as_mut();
                    ready!(deadline.map_or(Poll::Pending, |deadline| deadline.as_mut().poll(context)));
                    return self.fail(BodyError::Stalled);
                }
                Poll::Ready(None) => return Poll::Ready(None),
                Poll::Ready(Some(Err(_))) => return self.fail(BodyError::ClientGone),
                Poll::Ready(Some(Ok(frame))) => match frame.into_data() {
                    Ok(data) if data.is_empty() => {}
                    Ok(data) => {
                        let Some(allowance) = self.allowance.checked_sub(data.len() as u64) else {
                            return self.fail(BodyError::TooLarge { limit_bytes: self.limit_bytes });
                        };
                        self.allowance = allowance;
                        return Poll::Ready(Some(Ok(data)));
                    }
                    // Trailers: a handler has no way to see them.
                    Err(_) => {}
                },
            }
        }
    }
}

/// A reply's body on its way to the client, and what is to be done at its end.
pub(super) struct ReplyContent {
    content: Content,
    place: StreamPlace,
    ending: Ending,
    /// Notifies the handler when it is dropped, which is when hyper has sent the body or given the stream up.
    _sent: Option<SentNotice>,
    body_bytes: u64,
}

/// What is left of a body.
pub(super) enum Content {
    /// Nothing.
    Empty,
    /// One piece.
    Whole(Bytes),
    /// A first piece and what comes behind it.
    Stream {
        /// Taken already, so that the head could wait for it.
        first: Option<Bytes>,
        /// The rest.
        rest: BodyStream,
    },
}

impl ReplyContent {
    /// A reply's body.
    pub(super) fn new(content: Content, place: StreamPlace, ending: Ending, sent: Option<SentNotice>) -> Self {
        let mut body = Self { content, place, ending, _sent: sent, body_bytes: 0 };
        if matches!(body.content, Content::Empty) {
            body.ending.complete(0);
        }
        body
    }

    fn give(&mut self, data: Bytes) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        self.body_bytes += data.len() as u64;
        self.ending.count(self.body_bytes);
        if self.is_end_stream() {
            self.ending.complete(self.body_bytes);
        }
        self.place.has_given();
        Poll::Ready(Some(Ok(Frame::data(data))))
    }
}

impl Body for ReplyContent {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        let this = &mut *self;
        this.place.is_asked();
        let data = match &mut this.content {
            Content::Empty => return Poll::Ready(None),
            Content::Whole(data) => {
                let data = std::mem::take(data);
                this.content = Content::Empty;
                data
            }
            Content::Stream { first, rest } => match first.take() {
                Some(first) => first,
                None => match ready!(rest.poll_chunk(context)) {
                    Some(Ok(data)) => data,
                    Some(Err(error)) => {
                        this.content = Content::Empty;
                        this.ending.break_off(this.body_bytes, &error);
                        return Poll::Ready(Some(Err(error)));
                    }
                    None => {
                        this.content = Content::Empty;
                        this.ending.complete(this.body_bytes);
                        return Poll::Ready(None);
                    }
                },
            },
        };
        this.give(data)
    }

    fn is_end_stream(&self) -> bool {
        matches!(self.content, Content::Empty)
    }

    fn size_hint(&self) -> SizeHint {
        match &self.content {
            Content::Empty => SizeHint::with_exact(0),
            Content::Whole(data) => SizeHint::with_exact(data.len() as u64),
            Content::Stream { .. } => SizeHint::default(),
        }
    }
}
