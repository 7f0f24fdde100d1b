//! The frames that wait to be written to one socket.
//!
//! Small frames gather in one buffer, so that all calls of a turn of the event loop leave in one write; large pieces of
//! bodies stand between them by reference and leave in the same `writev`. Positions count all bytes ever queued and ever
//! written: from them follows whether a call had left when its worker died.

use std::collections::VecDeque;
use std::io::{self, IoSlice};
use std::task::{Poll, ready};

use bytes::{Buf, Bytes};

use crate::frames::Header;

/// Pieces from this size on are written by reference; below, copying costs less than another element of the `writev`.
const BY_REFERENCE_BYTES: usize = 8 * 1024;
/// What an idle buffer keeps of its memory.
const KEPT_BYTES: usize = 64 * 1024;
/// Elements of one `writev`.
const MAX_SLICES: usize = 16;

/// The frames that wait to be written to one socket.
#[derive(Default)]
pub(crate) struct Outgoing {
    /// What stands before `tail`: gathered frames and pieces by reference, in turn.
    sealed: VecDeque<Bytes>,
    /// Frames that are still being gathered.
    tail: Vec<u8>,
    /// How much of `tail` has been written; only while `sealed` is empty.
    tail_written: usize,
    queued: u64,
    written: u64,
}

impl Outgoing {
    /// Whether nothing waits.
    pub(crate) fn is_empty(&self) -> bool {
        self.queued == self.written
    }

    /// How many bytes were ever queued: where the next frame begins, and the last one ends.
    pub(crate) fn queued(&self) -> u64 {
        self.queued
    }

    /// How many bytes were ever written.
    pub(crate) fn written(&self) -> u64 {
        self.written
    }

    /// Queues a frame whose payload is these parts.
    pub(crate) fn frame(&mut self, mut header: Header, parts: &[&[u8]]) {
        header.length = parts.iter().map(|part| part.len()).sum();
        self.extend(&header.encode());
        for part in parts {
            self.extend(part);
        }
    }

    /// Queues a frame whose payload is `parts` and then a piece of a body.
    pub(crate) fn body_frame(&mut self, mut header: Header, parts: &[&[u8]], piece: Bytes) {
        header.length = parts.iter().map(|part| part.len()).sum::<usize>() + piece.len();
        self.extend(&header.encode());
        for part in parts {
            self.extend(part);
        }
        if piece.len() < BY_REFERENCE_BYTES {
            self.extend(&piece);
            return;
        }
        self.seal();
        self.queued += piece.len() as u64;
        self.sealed.push_back(piece);
    }

    /// Lets `write` take pieces until nothing waits any more (`Ready(Ok)`) or it takes no more.
    pub(crate) fn poll_write(
        &mut self,
        mut write: impl FnMut(&[IoSlice<'_>]) -> Poll<io::Result<usize>>,
    ) -> Poll<io::Result<()>> {
        while !self.is_empty() {
            let written = if self.sealed.is_empty() {
                ready!(write(&[IoSlice::new(&self.tail[self.tail_written..])]))?
            } else {
                let mut slices = [IoSlice::new(&[]); MAX_SLICES];
                let pieces = self.sealed.iter().map(|piece| &piece[..]).chain([&self.tail[..]]);
                let pieces = slices.iter_mut().zip(pieces).map(|(slice, piece)| *slice = IoSlice::new(piece));
                let count = pieces.count();
                ready!(write(&slices[..count]))?
            };
            if written == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            self.advance(written);
        }
        Poll::Ready(Ok(()))
    }

    fn extend(&mut self, bytes: &[u8]) {
        self.tail.extend_from_slice(bytes);
        self.queued += bytes.len() as u64;
    }

    fn seal(&mut self) {
        let mut gathered = Bytes::from(std::mem::take(&mut self.tail));
        gathered.advance(std::mem::take(&mut self.tail_written));
        self.sealed.push_back(gathered);
    }

    fn advance(&mut self, mut count: usize) {
        self.written += count as u64;
        while let Some(first) = self.sealed.front_mut() {
            if count < first.len() {
                first.advance(count);
                return;
            }
            count -= first.len();
            self.sealed.pop_front();
        }
        self.tail_written += count;
        if self.tail_written == self.tail.len() {
            self.tail.clear();
            self.tail.shrink_to(KEPT_BYTES);
            self.tail_written = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frames::{CALL, CALL_BODY, HEADER_BYTES};
    use proptest::prelude::*;

    /// Takes at most `room` bytes a time, and then is full once.
    struct Narrow {
        taken: Vec<u8>,
        room: usize,
        is_full: bool,
    }

    impl Narrow {
        fn write(&mut self, pieces: &[IoSlice<'_>]) -> Poll<io::Result<usize>> {
            self.is_full = !self.is_full;
            if self.is_full {
                return Poll::Pending;
            }
            let bytes: Vec<u8> = pieces.iter().flat_map(|piece| piece.iter().copied()).take(self.room).collect();
            self.taken.extend_from_slice(&bytes);
            Poll::Ready(Ok(bytes.len()))
        }
    }

    fn header(kind: u8, number: u32) -> Header {
        Header { length: 0, kind, flags: 0, aux: 0, number }
    }

    proptest! {
        #[test]
        fn frames_leave_in_order_whatever_the_socket_takes(
            sizes in proptest::collection::vec(0..3 * BY_REFERENCE_BYTES, 1..12),
            room in 1..20_000_usize,
        ) {
            let mut outgoing = Outgoing::default();
            let mut socket = Narrow { taken: Vec::new(), room, is_full: false };
            let mut expected = Vec::new();
            for (number, size) in sizes.iter().enumerate() {
                let piece = vec![number as u8; *size];
                let head = Header { length: 3 + size, ..header(CALL, number as u32) };
                expected.extend(head.encode());
                expected.extend(b"abc");
                expected.extend(&piece);
                outgoing.body_frame(header(CALL, number as u32), &[b"a", b"bc"], piece.into());
                let _ = outgoing.poll_write(|pieces| socket.write(pieces));
            }
            prop_assert_eq!(outgoing.queued(), expected.len() as u64);
            while outgoing.poll_write(|pieces| socket.write(pieces)).is_pending() {}
            prop_assert_eq!(outgoing.written(), outgoing.queued());
            prop_assert!(outgoing.is_empty());
            prop_assert!(socket.taken == expected);
        }
    }

    #[test]
    fn an_idle_queue_keeps_little_memory() {
        let mut outgoing = Outgoing::default();
        let mut socket = Narrow { taken: Vec::new(), room: usize::MAX, is_full: false };
        let piece = vec![0; BY_REFERENCE_BYTES - 1];
        for _ in 0..1000 {
            outgoing.frame(header(CALL_BODY, 1), &[&piece]);
        }
        while outgoing.poll_write(|pieces| socket.write(pieces)).is_pending() {}
        assert_eq!(socket.taken.len(), 1000 * (HEADER_BYTES + piece.len()));
        assert!(outgoing.tail.capacity() <= KEPT_BYTES);
    }
}
