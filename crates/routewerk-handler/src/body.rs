//! Bodies: bytes at hand, or a stream that is pulled and therefore carries back-pressure by itself.
//!
//! A consumer that does not poll a [`BodyStream`] stops its producer; one that drops it cancels it. A source
//! must never hold more than its documented window ahead of its consumer.

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;

/// Why a body ended before its end.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BodyError {
    /// The client went away or closed its side before the body was complete.
    #[error("the client closed the connection before the body was complete")]
    ClientGone,
    /// The client's framing is wrong (chunked coding, RFC 9112 section 7.1).
    #[error("malformed request body: {0}")]
    Malformed(&'static str),
    /// The body is longer than the limit allows.
    #[error("request body is longer than {limit_bytes} bytes")]
    TooLarge {
        /// The limit, in bytes.
        limit_bytes: u64,
    },
    /// No byte came for longer than the limit allows.
    #[error("the request body stalled")]
    Stalled,
    /// The handler's stream failed; the worker has logged why.
    #[error("the reply's stream failed: {0}")]
    Handler(String),
    /// The worker that produced or consumed the body died.
    #[error("the worker died while the body was under way")]
    WorkerDied,
}

/// What produces the chunks of a [`BodyStream`].
pub trait BodySource {
    /// The next chunk; `None` is the end. Chunks are not empty. After `None` or an error it is not polled again.
    fn poll_chunk(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, BodyError>>>;
}

/// A body that is pulled chunk by chunk on one thread. Dropping it cancels the producer.
pub struct BodyStream {
    source: Pin<Box<dyn BodySource>>,
    length: Option<u64>,
}

impl BodyStream {
    /// A stream of a source's chunks.
    pub fn new(source: impl BodySource + 'static) -> Self {
        Self { source: Box::pin(source), length: None }
    }

    /// A stream whose chunks add up to `length` bytes unless it fails; the source answers for that.
    pub fn sized(source: impl BodySource + 'static, length: u64) -> Self {
        Self { source: Box::pin(source), length: Some(length) }
    }

    /// How many bytes the whole stream has, where that is known beforehand. Polling does not change it.
    pub const fn length(&self) -> Option<u64> {
        self.length
    }

    /// Polls for the next chunk; `None` is the end.
    pub fn poll_chunk(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, BodyError>>> {
        self.source.as_mut().poll_chunk(context)
    }

    /// The next chunk; `None` is the end.
    ///
    /// # Cancel safety
    /// Cancel safe: a chunk is taken only when it is returned.
    pub async fn chunk(&mut self) -> Option<Result<Bytes, BodyError>> {
        std::future::poll_fn(|context| self.poll_chunk(context)).await
    }
}

impl std::fmt::Debug for BodyStream {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("BodyStream")
    }
}

/// The body of a call.
#[derive(Debug, Default)]
pub enum RequestBody {
    /// The request has no body (RFC 9112 section 6: neither Content-Length nor Transfer-Encoding, or length 0).
    #[default]
    Empty,
    /// The whole body is at hand: it arrived with the head.
    Complete(Bytes),
    /// The body is still arriving.
    Stream(BodyStream),
}
