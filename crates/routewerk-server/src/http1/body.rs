//! Takes a request's body apart: by length or by chunks (RFC 9112 sections 6 and 7.1).
//!
//! Pure: bytes in, bytes out, whatever pieces they come in. Strict as the head is: chunk sizes are hexadecimal digits
//! and nothing else, lines end with CR LF, extensions and trailers are read over and bounded in sum (an endless
//! chunk extension is CVE-2024-22019).

use routewerk_handler::BodyError;

use super::head::Framing;

/// How many bytes of chunk extensions and trailers one body may have: as many as a head.
const MAX_EXTRAS: usize = 16 * 1024;

/// A body being read.
#[derive(Debug)]
pub(super) struct BodyDecoder {
    state: State,
    /// How many bytes of content may still come.
    allowance: u64,
    limit_bytes: u64,
    extras: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// So many bytes of content are to come, then the end.
    Length(u64),
    /// A chunk's size: its value so far and how many digits that took.
    Size { value: u64, digits: u8 },
    /// Behind a chunk's size, in an extension.
    Extension { size: u64 },
    /// The LF of a chunk's size line.
    SizeEnd { size: u64 },
    /// So many bytes of a chunk are to come.
    Chunk(u64),
    /// The CR behind a chunk.
    ChunkCarriage,
    /// The LF behind a chunk.
    ChunkEnd,
    /// The beginning of a trailer line, or of the empty line that ends the body.
    TrailerStart,
    /// In a trailer's name; whether it has a character yet is whether we are here.
    TrailerName,
    /// In a trailer's value.
    TrailerValue,
    /// The LF of a trailer line.
    TrailerEnd,
    /// The LF of the last line.
    LastEnd,
    /// Behind the body.
    Done,
}

/// One step.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Step<'bytes> {
    /// How many bytes were taken.
    pub(super) consumed: usize,
    /// The content among them.
    pub(super) content: &'bytes [u8],
}

impl BodyDecoder {
    /// A decoder for a body that may have at most so many bytes of content.
    pub(super) fn new(framing: Framing, max_body_bytes: Option<u64>) -> Self {
        let state = match framing {
            Framing::None => State::Done,
            Framing::Length(length) => State::Length(length),
            Framing::Chunked => State::Size { value: 0, digits: 0 },
        };
        let limit_bytes = max_body_bytes.unwrap_or(u64::MAX);
        Self { state, allowance: limit_bytes, limit_bytes, extras: 0 }
    }

    /// Whether the body has been read to its end.
    pub(super) fn is_done(&self) -> bool {
        self.state == State::Done
    }

    /// How many bytes are still to come, `None` where only the chunks will tell.
    pub(super) fn remaining(&self) -> Option<u64> {
        match self.state {
            State::Done => Some(0),
            State::Length(remaining) => Some(remaining),
            _ => None,
        }
    }

    /// Takes the next piece of content, at most `most` bytes of it. Takes nothing only where `bytes` is empty or the
    /// body is done; may take bytes that hold no content.
    ///
    /// # Errors
    /// [`BodyError::Malformed`] and [`BodyError::TooLarge`]; nothing may be asked afterwards.
    pub(super) fn step<'bytes>(&mut self, bytes: &'bytes [u8], most: usize) -> Result<Step<'bytes>, BodyError> {
        let mut at = 0;
        while at < bytes.len() {
            if let State::Length(remaining) | State::Chunk(remaining) = self.state {
                let length = remaining.min((bytes.len() - at).min(most) as u64);
                return self.content(&bytes[at..at + length as usize], at);
            }
            if self.state == State::Done {
                break;
            }
            self.framing_byte(bytes[at])?;
            at += 1;
        }
        Ok(Step { consumed: at, content: &[] })
    }

    fn content<'bytes>(&mut self, content: &'bytes [u8], before: usize) -> Result<Step<'bytes>, BodyError> {
        let length = content.len() as u64;
        self.allowance =
            self.allowance.checked_sub(length).ok_or(BodyError::TooLarge { limit_bytes: self.limit_bytes })?;
        self.state = match self.state {
            State::Length(remaining) if remaining == length => State::Done,
            State::Length(remaining) => State::Length(remaining - length),
            State::Chunk(remaining) if remaining == length => State::ChunkCarriage,
            State::Chunk(remaining) => State::Chunk(remaining - length),
            other => other,
        };
        Ok(Step { consumed: before + content.len(), content })
    }

    /// One byte of what stands around the content of chunks.
    fn framing_byte(&mut self, byte: u8) -> Result<(), BodyError> {
        self.state = match (self.state, byte) {
            (State::Size { value, digits }, b'0'..=b'9' | b'a'..=b'f' | b'A'..=b'F') => {
                // Sixteen digits could overflow; leading zeros count, so that a line cannot go on for ever.
                if digits == 15 {
                    return Err(BodyError::Malformed("a chunk's size is too long"));
                }
                let digit = (byte as char).to_digit(16).map_or(0, u64::from);
                State::Size { value: value * 16 + digit, digits: digits + 1 }
            }
            (State::Size { digits: 0, .. }, _) => return Err(BodyError::Malformed("a chunk has no size")),
            (State::Size { value, .. }, b'\r') => State::SizeEnd { size: value },
            (State::Size { value, .. }, b';') => State::Extension { size: value },
            (State::Size { .. }, _) => return Err(BodyError::Malformed("a chunk's size is malformed")),
            (State::Extension { size }, b'\r') => State::SizeEnd { size },
            (State::Extension { size }, b'\t' | b' '..=0x7e | 0x80..) => {
                self.count_extra()?;
                State::Extension { size }
            }
            (State::Extension { .. }, _) => return Err(BodyError::Malformed("a chunk's extension is malformed")),
            (State::SizeEnd { size: 0 } | State::TrailerEnd, b'\n') => State::TrailerStart,
            (State::SizeEnd { size }, b'\n') if size > self.allowance => {
                return Err(BodyError::TooLarge { limit_bytes: self.limit_bytes });
            }
            (State::SizeEnd { size }, b'\n') => State::Chunk(size),
            (State::ChunkCarriage, b'\r') => State::ChunkEnd,
            (State::ChunkEnd, b'\n') => State::Size { value: 0, digits: 0 },
            (State::ChunkCarriage | State::ChunkEnd, _) => {
                return Err(BodyError::Malformed("a chunk is longer than its size"));
            }
            (State::TrailerStart, b'\r') => State::LastEnd,
            (State::LastEnd, b'\n') => State::Done,
            (State::TrailerName, b':') => State::TrailerValue,
            (State::TrailerStart | State::TrailerName, byte) if is_token(byte) => {
                self.count_extra()?;
                State::TrailerName
            }
            (State::TrailerValue, b'\r') => State::TrailerEnd,
            (State::TrailerValue, b'\t' | b' '..=0x7e | 0x80..) => {
                self.count_extra()?;
                State::TrailerValue
            }
            (State::TrailerStart | State::TrailerName | State::TrailerValue, _) => {
                return Err(BodyError::Malformed("a trailer field is malformed"));
            }
            (State::SizeEnd { .. } | State::TrailerEnd | State::LastEnd, _) => {
                return Err(BodyError::Malformed("a line ends without a line feed"));
            }
            (state @ (State::Length(_) | State::Chunk(_) | State::Done), _) => state,
        };
        Ok(())
    }

    fn count_extra(&mut self) -> Result<(), BodyError> {
        self.extras += 1;
        if self.extras > MAX_EXTRAS {
            return Err(BodyError::Malformed("the chunk extensions and trailers are too long"));
        }
        Ok(())
    }
}

/// Whether a byte may stand in a field's name (RFC 9110 section 5.6.2).
const fn is_token(byte: u8) -> bool {
    matches!(byte,
        b'!' | b'#' | b'$' | b'%' | b'&' | b'\'' | b'*' | b'+' | b'-' | b'.' | b'^' | b'_' | b'`' | b'|' | b'~'
        | b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// What a decoder makes of bytes that come in these pieces: the content, how many bytes were taken, how it ended.
    fn decode(framing: Framing, limit: Option<u64>, pieces: &[&[u8]], most: usize) -> (Vec<u8>, usize, Outcome) {
        let mut decoder = BodyDecoder::new(framing, limit);
        let (mut content, mut consumed) = (Vec::new(), 0);
        for piece in pieces {
            let mut rest = *piece;
            while !rest.is_empty() && !decoder.is_done() {
                match decoder.step(rest, most) {
                    Ok(step) => {
                        assert!(step.consumed > 0, "a step takes something");
                        content.extend_from_slice(step.content);
                        consumed += step.consumed;
                        rest = &rest[step.consumed..];
                    }
                    // How far it got before is not part of the outcome: nothing of the rest is used.
                    Err(error) => return (content, 0, Outcome::Failed(error)),
                }
            }
        }
        (content, consumed, if decoder.is_done() { Outcome::Done } else { Outcome::Partial })
    }

    #[derive(Debug, PartialEq, Eq)]
    enum Outcome {
        Done,
        Partial,
        Failed(BodyError),
    }

    const BODIES: [&str; 10] = [
        "5\r\nhello\r\n0\r\n\r\nGET / HTTP/1.1",
        "5;a=\"b\";c\r\nhello\r\n00A\r\n0123456789\r\n0;x\r\nT: u\r\nV:\r\n\r\nrest",
        "0\r\n\r\n",
        "5\r\nhello\r\n5\r\nworl",
        "5\r\nhello!\r\n0\r\n\r\n",
        "g\r\n",
        "5\nhello\r\n0\r\n\r\n",
        "0\r\nBad header\r\n\r\n",
        "fffffffffffffff\r\nx",
        "hello world",
    ];

    #[test]
    fn the_pieces_that_a_body_comes_in_make_no_difference() {
        for body in BODIES.map(str::as_bytes) {
            for framing in [Framing::Chunked, Framing::Length(7), Framing::Length(100)] {
                for limit in [None, Some(5), Some(6)] {
                    let whole = decode(framing, limit, &[body], usize::MAX);
                    let cuts = (0..=body.len()).map(|at| vec![&body[..at], &body[at..]]);
                    for pieces in cuts.chain([body.chunks(1).collect()]) {
                        let found = decode(framing, limit, &pieces, usize::MAX);
                        // How much of a body that is too long was seen before depends on the pieces.
                        if matches!(whole.2, Outcome::Failed(BodyError::TooLarge { .. })) {
                            assert_eq!(found.2, whole.2, "{pieces:?}");
                        } else {
                            assert_eq!(found, whole, "{pieces:?}");
                        }
                    }
                    assert_eq!(decode(framing, limit, &[body], 1).2, whole.2);
                }
            }
        }
    }

    proptest! {
        #[test]
        fn what_was_chunked_comes_out_again(chunks in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 1..40), 0..8), at in any::<prop::sample::Index>()) {
            let mut bytes = Vec::new();
            for chunk in &chunks {
                bytes.extend_from_slice(format!("{:X}\r\n", chunk.len()).as_bytes());
                bytes.extend_from_slice(chunk);
                bytes.extend_from_slice(b"\r\n");
            }
            bytes.extend_from_slice(b"0\r\n\r\n");
            let length = bytes.len();
            bytes.extend_from_slice(b"behind");
            let (front, back) = bytes.split_at(at.index(bytes.len()));
            prop_assert_eq!(decode(Framing::Chunked, None, &[front, back], usize::MAX), (chunks.concat(), length, Outcome::Done));
        }

        #[test]
        fn rubbish_ends_alike_however_it_is_cut(bytes in proptest::collection::vec(prop_oneof![Just(b'\r'), Just(b'\n'), Just(b'0'), Just(b'2'), Just(b';'), any::<u8>()], 0..60)) {
            let whole = decode(Framing::Chunked, None, &[&bytes], usize::MAX);
            let single: Vec<_> = bytes.chunks(1).collect();
            prop_assert_eq!(decode(Framing::Chunked, None, &single, usize::MAX), whole);
        }
    }
}
