//! A reply's stream on its way into the output: chunked, or bare until the connection's end (HTTP/1.0).

use std::task::{Context, Poll};

use bytes::Bytes;
use routewerk_handler::{BodyError, BodyStream};

use super::encode::{ReplyFraming, write_chunk_size};
use crate::buffers::{BufferPool, WriteBuffer};

/// How many bytes are gathered from a stream that has more ready, before they are written.
const GATHERED: usize = 64 * 1024;

/// How a reply has ended.
#[derive(Debug)]
pub(super) enum Streamed {
    /// All of it is in the output.
    Whole,
    /// The client went away.
    ClientGone,
    /// The stream failed.
    Broken(BodyError),
}

/// What a stream says.
enum Next {
    Chunk(Bytes),
    Error(BodyError),
    End,
}

/// A reply's stream.
pub(super) struct ReplyStream {
    stream: BodyStream,
    framing: ReplyFraming,
    /// What the stream said last, not yet in the output.
    next: Option<Next>,
    is_begun: bool,
    content_bytes: u64,
}

impl ReplyStream {
    /// A stream that nothing has been taken from.
    pub(super) fn new(stream: BodyStream, framing: ReplyFraming) -> Self {
        Self { stream, framing, next: None, is_begun: false, content_bytes: 0 }
    }

    /// How the body is delimited.
    pub(super) fn framing(&self) -> ReplyFraming {
        self.framing
    }

    /// Whether something of it, an end at least, is in the output.
    pub(super) fn is_begun(&self) -> bool {
        self.is_begun
    }

    /// Whether what comes next is an error.
    pub(super) fn is_broken(&self) -> bool {
        matches!(self.next, Some(Next::Error(_)))
    }

    /// How many bytes of content are in the output.
    pub(super) fn content_bytes(&self) -> u64 {
        self.content_bytes
    }

    /// Whether there is something to write.
    pub(super) fn poll_ready(&mut self, context: &mut Context<'_>) -> bool {
        if self.next.is_none()
            && let Poll::Ready(next) = self.stream.poll_chunk(context)
        {
            self.next = Some(match next {
                Some(Ok(chunk)) => Next::Chunk(chunk),
                Some(Err(error)) => Next::Error(error),
                None => Next::End,
            });
        }
        self.next.is_some()
    }

    /// Puts what is ready into the output, up to a bound. `Some` is the end.
    pub(super) fn write(
        &mut self,
        output: &mut WriteBuffer,
        pool: &BufferPool,
        context: &mut Context<'_>,
    ) -> Option<Streamed> {
        loop {
            match self.next.take()? {
                Next::Chunk(chunk) => self.write_chunk(chunk, output, pool),
                Next::Error(error) => return Some(Streamed::Broken(error)),
                Next::End => {
                    self.is_begun = true;
                    if self.framing == ReplyFraming::Chunked {
                        output.open(pool).extend_from_slice(b"0\r\n\r\n");
                    }
                    return Some(Streamed::Whole);
                }
            }
            if !output.is_open() || output.len() >= GATHERED {
                return None;
            }
            self.poll_ready(context);
        }
    }

    fn write_chunk(&mut self, chunk: Bytes, output: &mut WriteBuffer, pool: &BufferPool) {
        self.is_begun = true;
        self.content_bytes += chunk.len() as u64;
        // A chunk of no bytes would end the body.
        if chunk.is_empty() {
            return;
        }
        if self.framing == ReplyFraming::Chunked {
            write_chunk_size(chunk.len(), output.open(pool));
            output.append(chunk, b"\r\n", pool);
        } else {
            output.append(chunk, b"", pool);
        }
    }
}
