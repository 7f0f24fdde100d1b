//! Pooled buffers: what is read from and written to sockets.
//!
//! A connection that waits for a request holds none. Read buffers stay initialised for ever, so that reading into
//! one needs neither clearing nor `unsafe`.

use std::cell::RefCell;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::{Buf, Bytes};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

/// A buffer for heads and small bodies.
const SMALL: usize = 16 * 1024;
/// A buffer for bodies that stream.
const LARGE: usize = 64 * 1024;
/// How many spare buffers of each kind a thread keeps.
const SPARE: usize = 64;
/// A reply's body up to this long is copied behind its head; a longer one is written from where it is.
const COPIED: usize = 8 * 1024;

/// The spare buffers of a thread.
#[derive(Default)]
pub(crate) struct BufferPool {
    small: RefCell<Vec<Vec<u8>>>,
    large: RefCell<Vec<Vec<u8>>>,
    output: RefCell<Vec<Vec<u8>>>,
}

impl BufferPool {
    fn take(&self, least: usize) -> Vec<u8> {
        let (spare, size) = match least {
            least if least <= SMALL => (&self.small, SMALL),
            least if least <= LARGE => (&self.large, LARGE),
            larger => return vec![0; larger.next_multiple_of(LARGE)],
        };
        spare.borrow_mut().pop().unwrap_or_else(|| vec![0; size])
    }

    fn put(&self, buffer: Vec<u8>) {
        let spare = match buffer.len() {
            SMALL => &self.small,
            LARGE => &self.large,
            _ => return,
        };
        let mut spare = spare.borrow_mut();
        if spare.len() < SPARE {
            spare.push(buffer);
        }
    }

    fn take_output(&self) -> Vec<u8> {
        self.output.borrow_mut().pop().unwrap_or_else(|| Vec::with_capacity(4 * 1024))
    }

    fn put_output(&self, mut buffer: Vec<u8>) {
        let mut spare = self.output.borrow_mut();
        // One that grew for a large reply is not kept: spare memory would creep up to the largest ever seen.
        if buffer.capacity() <= LARGE && spare.len() < SPARE {
            buffer.clear();
            spare.push(buffer);
        }
    }
}

/// What has been read and not yet understood.
#[derive(Default)]
pub(crate) struct ReadBuffer {
    /// Empty (no memory), or initialised to its full length.
    bytes: Vec<u8>,
    start: usize,
    end: usize,
}

impl ReadBuffer {
    /// The bytes at hand.
    pub(crate) fn filled(&self) -> &[u8] {
        &self.bytes[self.start..self.end]
    }

    /// Whether no byte is at hand.
    pub(crate) fn is_empty(&self) -> bool {
        self.start == self.end
    }

    /// Drops the first bytes.
    pub(crate) fn consume(&mut self, count: usize) {
        self.start += count;
        debug_assert!(self.start <= self.end, "no more than was at hand");
    }

    /// Reads once from the socket; the bytes at hand are then at most `most`. Resolves to 0 at the socket's end.
    ///
    /// Must not be called with `most` bytes at hand already.
    pub(crate) fn poll_fill(
        &mut self,
        stream: &mut TcpStream,
        pool: &BufferPool,
        most: usize,
        context: &mut Context<'_>,
    ) -> Poll<io::Result<usize>> {
        let held = self.end - self.start;
        debug_assert!(held < most, "there is room");
        self.make_room(pool, most, held);
        let limit = self.bytes.len().min(self.start + most);
        let mut room = ReadBuf::new(&mut self.bytes[self.end..limit]);
        let result = Pin::new(stream).poll_read(context, &mut room);
        let count = room.filled().len();
        self.end += count;
        if count == 0 {
            self.release(pool);
        }
        ready!(result)?;
        Poll::Ready(Ok(count))
    }

    /// Gives the memory back where no byte is at hand.
    pub(crate) fn release(&mut self, pool: &BufferPool) {
        if self.is_empty() && !self.bytes.is_empty() {
            pool.put(std::mem::take(&mut self.bytes));
            self.start = 0;
            self.end = 0;
        }
    }

    /// Sees to it that there is room behind the bytes at hand.
    fn make_room(&mut self, pool: &BufferPool, most: usize, held: usize) {
        let wanted = most.min(LARGE);
        if self.bytes.len() < wanted || held == self.bytes.len() {
            let mut larger = pool.take(wanted.max(held * 2));
            larger[..held].copy_from_slice(self.filled());
            pool.put(std::mem::replace(&mut self.bytes, larger));
        } else if held > 0 && self.end == self.bytes.len() {
            self.bytes.copy_within(self.start..self.end, 0);
        } else if held > 0 {
            return;
        }
        self.start = 0;
        self.end = held;
    }
}

/// What waits to be written: bytes of ours, then at most one piece of somebody else's and what ends it.
#[derive(Default)]
pub(crate) struct WriteBuffer {
    bytes: Vec<u8>,
    written: usize,
    tail: Bytes,
    suffix: &'static [u8],
}

impl WriteBuffer {
    /// Whether nothing waits.
    pub(crate) fn is_empty(&self) -> bool {
        self.written == self.bytes.len() && self.tail.is_empty() && self.suffix.is_empty()
    }

    /// How many bytes wait.
    pub(crate) fn len(&self) -> usize {
        self.bytes.len() - self.written + self.tail.len() + self.suffix.len()
    }

    /// Whether bytes can be appended now; otherwise a long piece must be written first.
    pub(crate) fn is_open(&self) -> bool {
        self.tail.is_empty() && self.suffix.is_empty()
    }

    /// The bytes, to append to.
    pub(crate) fn open(&mut self, pool: &BufferPool) -> &mut Vec<u8> {
        debug_assert!(self.is_open(), "asked before");
        if self.bytes.capacity() == 0 {
            self.bytes = pool.take_output();
        }
        &mut self.bytes
    }

    /// Appends a piece and what ends it, by copy if it is short. Must be open.
    pub(crate) fn append(&mut self, piece: Bytes, suffix: &'static [u8], pool: &BufferPool) {
        if piece.len() <= COPIED {
            let bytes = self.open(pool);
            bytes.extend_from_slice(&piece);
            bytes.extend_from_slice(suffix);
        } else {
            self.tail = piece;
            self.suffix = suffix;
        }
    }

    /// Drops what waits and gives the memory back.
    pub(crate) fn release(&mut self, pool: &BufferPool) {
        let dropped = std::mem::take(self);
        if dropped.bytes.capacity() > 0 {
            pool.put_output(dropped.bytes);
        }
    }

    /// Writes once; resolves to the number of bytes that the socket took.
    pub(crate) fn poll_write(
        &mut self,
        stream: &mut TcpStream,
        pool: &BufferPool,
        context: &mut Context<'_>,
    ) -> Poll<io::Result<usize>> {
        let stream = Pin::new(stream);
        let own = &self.bytes[self.written..];
        let count = if self.is_open() {
            ready!(stream.poll_write(context, own))?
        } else {
            let pieces = [IoSlice::new(own), IoSlice::new(&self.tail), IoSlice::new(self.suffix)];
            ready!(stream.poll_write_vectored(context, &pieces))?
        };
        if count == 0 {
            return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
        }
        self.advance(count, pool);
        Poll::Ready(Ok(count))
    }

    fn advance(&mut self, count: usize, pool: &BufferPool) {
        let own = count.min(self.bytes.len() - self.written);
        self.written += own;
        let tail = (count - own).min(self.tail.len());
        self.tail.advance(tail);
        if self.tail.is_empty() {
            self.tail = Bytes::new();
        }
        self.suffix = &self.suffix[count - own - tail..];
        if self.written == self.bytes.len() {
            self.written = 0;
            pool.put_output(std::mem::take(&mut self.bytes));
        }
    }
}
