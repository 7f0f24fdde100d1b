//! Cuts what a socket reads into frames, in place.
//!
//! Frames are read into one buffer and looked at where they lie. A piece that someone keeps is either copied (below
//! [`BY_REFERENCE_BYTES`]: a copy costs less than sharing, and a few bytes do not pin a large buffer) or shared, and then
//! the buffer goes with it. A frame longer than the buffer gets memory of its own size. So what a slow consumer of a
//! stream pins is at most four buffers for its window.

use std::io;
use std::ops::Range;
use std::task::Poll;

use bytes::Bytes;

use crate::frames::{HEADER_BYTES, Header, ProtocolError};

/// What one read may bring: a whole chunk of a body and some small frames. Longer frames get memory of their own.
const BUFFER_BYTES: usize = 68 * 1024;
/// Pieces from this size on are shared, not copied.
const BY_REFERENCE_BYTES: usize = 16 * 1024;

/// What a socket has read and nobody has handled yet.
pub(crate) struct Incoming {
    buffer: Vec<u8>,
    /// Where the frame that is next begins.
    start: usize,
    /// The frame's header, once it is there and checked.
    header: Option<Header>,
}

impl Incoming {
    pub(crate) fn new() -> Self {
        Self { buffer: Vec::with_capacity(BUFFER_BYTES), start: 0, header: None }
    }

    /// Lets `read` append once to a buffer with room. `Ready(0)` is the socket's end.
    pub(crate) fn poll_read(
        &mut self,
        read: impl FnOnce(&mut Vec<u8>) -> Poll<io::Result<usize>>,
    ) -> Poll<io::Result<usize>> {
        self.make_room();
        read(&mut self.buffer)
    }

    /// The header of the next frame, as soon as the whole frame is there; the same one until [`consume`](Self::consume).
    ///
    /// # Errors
    /// What `check` says of the header, as soon as its 12 bytes are there.
    pub(crate) fn next(
        &mut self,
        check: impl FnOnce(Header) -> Result<Header, ProtocolError>,
    ) -> Result<Option<Header>, ProtocolError> {
        let header = match self.header {
            Some(header) => header,
            None => match Header::decode(&self.buffer[self.start..]) {
                Some(header) => check(header)?,
                None => return Ok(None),
            },
        };
        self.header = Some(header);
        let is_complete = self.buffer.len() - self.start >= HEADER_BYTES + header.length;
        Ok(is_complete.then_some(header))
    }

    /// The payload of the frame that [`next`](Self::next) returned.
    pub(crate) fn payload(&self) -> &[u8] {
        let length = self.header.map_or(0, |header| header.length);
        &self.buffer[self.start + HEADER_BYTES..self.start + HEADER_BYTES + length]
    }

    /// Consumes the frame and returns a piece of its payload, to be kept.
    pub(crate) fn take(&mut self, piece: Range<usize>) -> Bytes {
        if piece.len() < BY_REFERENCE_BYTES {
            let piece = Bytes::copy_from_slice(&self.payload()[piece]);
            self.consume();
            return piece;
        }
        let payload = self.start + HEADER_BYTES;
        let end = payload + self.header.take().map_or(0, |header| header.length);
        let mut next = Vec::with_capacity(BUFFER_BYTES);
        next.extend_from_slice(&self.buffer[end..]);
        self.start = 0;
        let shared = Bytes::from(std::mem::replace(&mut self.buffer, next));
        shared.slice(payload + piece.start..payload + piece.end)
    }

    /// Consumes the frame.
    pub(crate) fn consume(&mut self) {
        if let Some(header) = self.header.take() {
            self.start += HEADER_BYTES + header.length;
        }
    }

    /// Makes room for the rest of the frame that is under way, or for a good read.
    fn make_room(&mut self) {
        self.buffer.drain(..self.start);
        self.start = 0;
        let frame = self.header.map_or(0, |header| HEADER_BYTES + header.length);
        let is_too_small = frame > self.buffer.capacity();
        let is_too_large =
            frame <= BUFFER_BYTES && self.buffer.len() <= BUFFER_BYTES && self.buffer.capacity() > BUFFER_BYTES;
        if is_too_small || is_too_large {
            let mut buffer = Vec::with_capacity(frame.max(BUFFER_BYTES));
            buffer.extend_from_slice(&self.buffer);
            self.buffer = buffer;
        }
        debug_assert!(self.buffer.len() < self.buffer.capacity(), "a whole frame would have been handled");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frames::{DONE, REPLY, REPLY_BODY};
    use proptest::prelude::*;

    /// Gives its bytes in reads of the sizes in `cuts`, again and again.
    struct Cut {
        bytes: Vec<u8>,
        at: usize,
        cuts: Vec<usize>,
        reads: usize,
    }

    impl Cut {
        fn read(&mut self, into: &mut Vec<u8>) -> Poll<io::Result<usize>> {
            let cut = self.cuts[self.reads % self.cuts.len()].max(1);
            let count = cut.min(into.capacity() - into.len()).min(self.bytes.len() - self.at);
            into.extend_from_slice(&self.bytes[self.at..self.at + count]);
            self.at += count;
            self.reads += 1;
            Poll::Ready(Ok(count))
        }
    }

    fn read_all(bytes: Vec<u8>, cuts: Vec<usize>) -> Result<Vec<(Header, Bytes)>, ProtocolError> {
        let mut socket = Cut { bytes, at: 0, cuts, reads: 0 };
        let mut incoming = Incoming::new();
        let mut frames = Vec::new();
        while let Poll::Ready(Ok(1..)) = incoming.poll_read(|into| socket.read(into)) {
            while let Some(header) = incoming.next(Header::checked_data)? {
                assert_eq!(incoming.payload().len(), header.length);
                frames.push((header, incoming.take(0..header.length)));
            }
        }
        Ok(frames)
    }

    fn frame(kind: u8, number: u32, payload: &[u8]) -> (Header, Bytes) {
        let aux = if kind == REPLY { 200 } else { 0 };
        let header = Header { length: payload.len(), kind, flags: 0, aux, number };
        (header, Bytes::copy_from_slice(payload))
    }

    fn bytes_of(frames: &[(Header, Bytes)]) -> Vec<u8> {
        frames.iter().flat_map(|(header, payload)| [&header.encode()[..], payload].concat()).collect()
    }

    #[test]
    fn frames_are_the_same_wherever_a_read_splits_them() {
        let frames = [frame(REPLY, 1, b"12345678head"), frame(DONE, 2, b""), frame(REPLY_BODY, 3, b"chunk")];
        let bytes = bytes_of(&frames);
        for split in 1..bytes.len() {
            let found = read_all(bytes.clone(), vec![split, usize::MAX]).expect("valid frames");
            assert_eq!(found, frames, "split after {split} bytes");
        }
    }

    #[test]
    fn a_wrong_header_is_an_error_before_its_payload() {
        let header = Header { length: 1, kind: REPLY_BODY, flags: 0, aux: 0, number: 1 };
        let mut bytes = header.encode().to_vec();
        bytes[..4].copy_from_slice(&u32::MAX.to_le_bytes());
        assert!(matches!(read_all(bytes, vec![5]), Err(ProtocolError::Length { .. })));
    }

    #[test]
    fn a_long_frame_does_not_leave_a_long_buffer() {
        let frames = [frame(REPLY, 1, &vec![7; 3_000_000]), frame(DONE, 1, b"")];
        let mut socket = Cut { bytes: bytes_of(&frames), at: 0, cuts: vec![100_000], reads: 0 };
        let mut incoming = Incoming::new();
        let mut count = 0;
        while let Poll::Ready(Ok(1..)) = incoming.poll_read(|into| socket.read(into)) {
            while let Some(header) = incoming.next(Header::checked_data).expect("valid frames") {
                let _ = incoming.take(0..header.length.min(10));
                count += 1;
            }
        }
        assert_eq!(count, 2);
        assert!(incoming.buffer.capacity() <= BUFFER_BYTES, "{}", incoming.buffer.capacity());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn frames_of_any_size_survive_reads_of_any_size(
            sizes in proptest::collection::vec(8..100_000_usize, 1..8),
            cuts in proptest::collection::vec(1..200_000_usize, 1..4),
        ) {
            let frames: Vec<_> = sizes.iter().zip(1..).map(|(size, number)| {
                frame(REPLY, number, &vec![number as u8; *size])
            }).collect();
            prop_assert!(read_all(bytes_of(&frames), cuts).expect("valid frames") == frames);
        }

        #[test]
        fn rubbish_is_never_a_panic(
            bytes in proptest::collection::vec(any::<u8>(), 0..400),
            cuts in proptest::collection::vec(1..50_usize, 1..4),
        ) {
            let _ = read_all(bytes, cuts);
        }
    }
}
