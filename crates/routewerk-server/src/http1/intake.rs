//! The body of the request that is being answered, on its way from the socket to its consumer or to nowhere.
//!
//! To nowhere it goes where no handler wants it (a GET, an answer of the server's own, a handler that stopped reading):
//! up to a bound, so that the connection can be used again.

use std::task::Context;

use bytes::{Bytes, BytesMut};
use routewerk_handler::{BodyError, BodyStream, RequestBody};

use super::body::BodyDecoder;
use super::feed::{self, Feed, Room, WINDOW};
use super::head::Framing;
use crate::buffers::ReadBuffer;
use crate::options::Limits;

/// A request's body being read.
pub(super) struct Intake {
    decoder: BodyDecoder,
    feed: Option<Feed>,
    /// How many bytes were dropped because nobody wants them.
    dropped: u64,
    /// Whether the reply is out: a consumer that is a window behind is then cut off.
    is_draining: bool,
}

/// What became of the bytes at hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Taken {
    /// The body is complete.
    Done,
    /// All of them were taken; more are needed.
    Starved,
    /// The consumer takes no more of them now, or nobody wants them and there are too many.
    Blocked,
}

impl Intake {
    /// The body behind a head.
    pub(super) fn new(framing: Framing, limits: &Limits) -> Self {
        let decoder = BodyDecoder::new(framing, limits.max_body_bytes);
        Self { decoder, feed: None, dropped: 0, is_draining: false }
    }

    /// Whether the whole body has been taken from the socket.
    pub(super) fn is_done(&self) -> bool {
        self.decoder.is_done()
    }

    /// Whether more is still to come than is worth reading for the connection's sake. Unknown is not.
    pub(super) fn is_too_long_to_drain(&self, limits: &Limits) -> bool {
        self.decoder.remaining().is_some_and(|remaining| remaining > limits.max_drain_bytes)
    }

    /// Makes the body of a call: complete if all of it is at hand, otherwise a stream that begins with what is.
    ///
    /// # Errors
    /// [`BodyError`] where the bytes at hand are malformed or too many.
    pub(super) fn begin(&mut self, input: &mut ReadBuffer) -> Result<RequestBody, BodyError> {
        if self.is_done() {
            return Ok(RequestBody::Empty);
        }
        let content = self.decode(input, WINDOW)?;
        if self.is_done() {
            return Ok(if content.is_empty() { RequestBody::Empty } else { RequestBody::Complete(content) });
        }
        let (feed, source) = feed::pair();
        if !content.is_empty() {
            feed.push(content);
        }
        self.feed = Some(feed);
        Ok(RequestBody::Stream(BodyStream::new(source)))
    }

    /// Takes from the bytes at hand what the consumer has room for.
    ///
    /// # Errors
    /// [`BodyError`] where they are malformed or too many; the consumer has been told.
    pub(super) fn take(
        &mut self,
        input: &mut ReadBuffer,
        limits: &Limits,
        context: &Context<'_>,
    ) -> Result<Taken, BodyError> {
        // Until nothing is at hand or the consumer says no: only then has it kept the waker that brings us back.
        loop {
            let room = self.feed.as_ref().map_or(Room::ConsumerGone, |feed| feed.room(context));
            let most = match room {
                Room::Bytes(room) => room,
                Room::Full if !self.is_draining => return Ok(Taken::Blocked),
                Room::Full => {
                    self.finish(Err(BodyError::Stalled));
                    usize::MAX
                }
                Room::ConsumerGone if self.dropped > limits.max_drain_bytes => return Ok(Taken::Blocked),
                Room::ConsumerGone => usize::MAX,
            };
            let taken = if most == usize::MAX { self.drop_from(input) } else { self.feed_from(input, most) };
            if let Err(error) = taken {
                self.finish(Err(error.clone()));
                return Err(error);
            }
            if self.is_done() {
                self.finish(Ok(()));
                return Ok(Taken::Done);
            }
            if input.is_empty() {
                return Ok(Taken::Starved);
            }
        }
    }

    /// The reply is out: what is left of the body is read for the connection's sake.
    pub(super) fn drain(&mut self) {
        self.is_draining = true;
    }

    /// Whether reading on has turned out not to be worth it.
    pub(super) fn is_drained_out(&self, limits: &Limits) -> bool {
        self.dropped > limits.max_drain_bytes
    }

    fn finish(&mut self, end: Result<(), BodyError>) {
        if let Some(feed) = self.feed.take() {
            feed.finish(end);
        }
    }

    fn feed_from(&mut self, input: &mut ReadBuffer, most: usize) -> Result<(), BodyError> {
        let content = self.decode(input, most)?;
        if let Some(feed) = self.feed.as_ref().filter(|_| !content.is_empty()) {
            feed.push(content);
        }
        Ok(())
    }

    fn drop_from(&mut self, input: &mut ReadBuffer) -> Result<(), BodyError> {
        while !input.is_empty() && !self.is_done() {
            let step = self.decoder.step(input.filled(), usize::MAX)?;
            self.dropped += step.content.len() as u64;
            let consumed = step.consumed;
            input.consume(consumed);
        }
        Ok(())
    }

    /// Decodes at most `most` bytes of content into one chunk.
    fn decode(&mut self, input: &mut ReadBuffer, most: usize) -> Result<Bytes, BodyError> {
        let mut content = BytesMut::new();
        while !input.is_empty() && !self.is_done() && content.len() < most {
            let step = self.decoder.step(input.filled(), most - content.len())?;
            let consumed = step.consumed;
            if content.is_empty() && !step.content.is_empty() {
                // Usually the one piece of all; the rest of the input is an upper bound for several.
                content.reserve(step.content.len());
            }
            content.extend_from_slice(step.content);
            input.consume(consumed);
        }
        Ok(content.freeze())
    }
}
