//! The two traits of the seam: what the server asks of an engine, and what a worker may ask back.

use std::pin::Pin;

use bytes::Bytes;

use crate::{HandlerCall, HandlerError, HandlerReply};

/// Whatever runs handlers, as one front thread sees it.
///
/// Each front thread has its own; it is not shared and not `Send`.
pub trait HandlerEngine {
    /// Makes one call and resolves to its reply head (the body may still be arriving).
    ///
    /// # Cancel safety
    /// Dropping the future, or later the reply's [`BodyStream`](crate::BodyStream), tells the handler that the client
    /// is gone: `request.signal` aborts and the reply's stream is cancelled.
    ///
    /// # Errors
    /// [`HandlerError`] when there is no reply: the worker died, was too slow, or none is ready.
    fn call(&self, call: HandlerCall) -> impl Future<Output = Result<HandlerReply, HandlerError>> + 'static;
}

/// A question from a worker: a topic and its JSON text.
#[derive(Clone, Debug)]
pub struct HostRequest {
    /// Which worker asks, by its number.
    pub worker: u32,
    /// What it is about, for instance `modules.load`.
    pub topic: String,
    /// The question, JSON text.
    pub payload: Bytes,
}

/// The future of an answer to a [`HostRequest`]: JSON text, or a message that says what failed.
pub type HostAnswer = Pin<Box<dyn Future<Output = Result<Bytes, String>> + Send>>;

/// What a worker may ask back. One host serves all workers, from the thread that owns them.
pub trait HandlerHost: Send + Sync {
    /// Answers a question. Unknown topics are an error text, never a panic.
    fn answer(&self, request: HostRequest) -> HostAnswer;

    /// Takes a message that wants no answer (a log record, say). Unknown topics are ignored.
    fn told(&self, message: HostRequest);

    /// The number of the last invalidation in the cache. It crosses with every call, so that a worker knows whether the copies of values
    /// that it keeps are still to be trusted. Asked on front threads, once per call: to be a load of an atomic, no more.
    fn sequence(&self) -> u64 {
        0
    }

    /// A worker has ended: what it had undertaken will not come. Its number may be another one's later.
    fn ended(&self, worker: u32) {
        let _ = worker;
    }
}
