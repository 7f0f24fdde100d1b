//! Joins a connection that reads a request's body with the handler that consumes it.
//!
//! A bounded queue on one thread: the connection reads no further than [`WINDOW`] bytes ahead of the consumer, so the
//! socket's own buffers fill and the client is held back. Each side keeps the other's waker.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use routewerk_handler::{BodyError, BodySource};

/// How many bytes of a body wait for its consumer at most.
pub(super) const WINDOW: usize = 64 * 1024;

/// The connection's end.
pub(super) struct Feed {
    queue: Rc<RefCell<Queue>>,
}

/// The consumer's end.
struct FeedSource {
    queue: Rc<RefCell<Queue>>,
}

#[derive(Default)]
struct Queue {
    chunks: VecDeque<Bytes>,
    bytes: usize,
    /// Set once, by the connection.
    end: Option<Result<(), BodyError>>,
    consumer: Option<Waker>,
    producer: Option<Waker>,
    is_consumer_gone: bool,
}

/// What the connection may do with the next bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Room {
    /// Push so many of them.
    Bytes(usize),
    /// Leave them where they are; the consumer wakes the connection.
    Full,
    /// Nobody wants them.
    ConsumerGone,
}

/// A joined pair.
pub(super) fn pair() -> (Feed, impl BodySource) {
    let queue = Rc::new(RefCell::new(Queue::default()));
    (Feed { queue: Rc::clone(&queue) }, FeedSource { queue })
}

impl Feed {
    /// How many bytes the consumer takes now. Where that is none, it wakes `context` later.
    pub(super) fn room(&self, context: &Context<'_>) -> Room {
        let mut queue = self.queue.borrow_mut();
        if queue.is_consumer_gone {
            return Room::ConsumerGone;
        }
        match WINDOW.saturating_sub(queue.bytes) {
            0 => {
                queue.producer = Some(context.waker().clone());
                Room::Full
            }
            room => Room::Bytes(room),
        }
    }

    /// Hands a chunk over; it must not be empty.
    pub(super) fn push(&self, chunk: Bytes) {
        let mut queue = self.queue.borrow_mut();
        queue.bytes += chunk.len();
        queue.chunks.push_back(chunk);
        queue.wake_consumer();
    }

    /// Says how the body has ended.
    pub(super) fn finish(&self, end: Result<(), BodyError>) {
        let mut queue = self.queue.borrow_mut();
        queue.end.get_or_insert(end);
        queue.wake_consumer();
    }
}

impl Drop for Feed {
    fn drop(&mut self) {
        self.finish(Err(BodyError::ClientGone));
    }
}

impl Queue {
    fn wake_consumer(&mut self) {
        if let Some(waker) = self.consumer.take() {
            waker.wake();
        }
    }

    fn wake_producer(&mut self) {
        if let Some(waker) = self.producer.take() {
            waker.wake();
        }
    }
}

impl BodySource for FeedSource {
    fn poll_chunk(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, BodyError>>> {
        let mut queue = self.queue.borrow_mut();
        if let Some(chunk) = queue.chunks.pop_front() {
            queue.bytes -= chunk.len();
            queue.wake_producer();
            return Poll::Ready(Some(Ok(chunk)));
        }
        match &queue.end {
            Some(Ok(())) => Poll::Ready(None),
            Some(Err(error)) => Poll::Ready(Some(Err(error.clone()))),
            None => {
                queue.consumer = Some(context.waker().clone());
                Poll::Pending
            }
        }
    }
}

impl Drop for FeedSource {
    fn drop(&mut self) {
        let mut queue = self.queue.borrow_mut();
        queue.is_consumer_gone = true;
        queue.chunks.clear();
        queue.bytes = 0;
        queue.wake_producer();
    }
}
