//! What must hold for any bytes that a worker sends: the body of a fuzz target (`fuzz/`), which the property test below
//! drives as well. Not part of the crate's interface.

use std::task::Poll;

use bytes::Bytes;

use crate::frames::{Header, ProtocolError, ReplyParts, decode_message};
use crate::incoming::Incoming;

/// Frames are the same however reads cut them, and what is read out of one lies within its payload. The first byte
/// chooses the socket and how much a read brings.
///
/// # Panics
/// When that does not hold.
pub fn worker_frames(bytes: &[u8]) {
    let [choice, bytes @ ..] = bytes else { return };
    let check = if choice % 2 == 0 { Header::checked_data } else { Header::checked_control };
    let whole = read_all(bytes, usize::MAX, check);
    assert_eq!(
        read_all(bytes, usize::from(*choice) + 1, check),
        whole,
        "in pieces of {} bytes",
        usize::from(*choice) + 1
    );
    for (header, payload) in &whole.0 {
        assert_eq!(payload.len(), header.length, "a frame has the length that it says");
        if let Ok(parts) = ReplyParts::decode(*header, payload) {
            assert!(parts.headers.end <= payload.len() && parts.reason.end <= payload.len(), "a head within the frame");
            assert_eq!(parts.body.end, payload.len(), "the body ends with the frame");
        }
        if let Ok((_, json)) = decode_message(*header, payload) {
            assert!(json.start <= json.end && json.end == payload.len(), "a message within the frame");
        }
    }
}

/// The frames, and why there were no more if they break the protocol.
fn read_all(
    mut bytes: &[u8],
    read_bytes: usize,
    check: fn(Header) -> Result<Header, ProtocolError>,
) -> (Vec<(Header, Bytes)>, Option<ProtocolError>) {
    let mut incoming = Incoming::new();
    let mut frames = Vec::new();
    while !bytes.is_empty() {
        let read = incoming.poll_read(|buffer| {
            let count = bytes.len().min(read_bytes).min(buffer.capacity() - buffer.len());
            let (now, later) = bytes.split_at(count);
            buffer.extend_from_slice(now);
            bytes = later;
            Poll::Ready(Ok(count))
        });
        assert!(matches!(read, Poll::Ready(Ok(1..))), "a read has room");
        loop {
            match incoming.next(check) {
                Ok(Some(header)) => frames.push((header, incoming.take(0..header.length))),
                Ok(None) => break,
                Err(error) => return (frames, Some(error)),
            }
        }
    }
    (frames, None)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frames::{ANSWER, ASK, DONE, REPLY, REPLY_BODY, REPLY_FAIL, STOP, TELL};
    use proptest::prelude::*;

    fn frame() -> impl Strategy<Value = Vec<u8>> {
        let kind = prop_oneof![
            8 => prop::sample::select(vec![REPLY, REPLY_BODY, REPLY_FAIL, STOP, DONE, TELL, ASK, ANSWER]),
            1 => any::<u8>(),
        ];
        let status = prop_oneof![4 => Just(200_u16), 4 => Just(0), 1 => any::<u16>()];
        let payload = prop_oneof![
            prop::collection::vec(any::<u8>(), 0..40),
            Just([0; 8].to_vec()),
            (0..9_u32, 0..4_u32).prop_map(|(headers, reason)| {
                [&headers.to_le_bytes()[..], &reason.to_le_bytes(), b"a\nb\nc\nd\nOK body"].concat()
            }),
            Just(b"\x03\0log{}".to_vec()),
        ];
        (kind, prop_oneof![Just(0_u8), 0..64_u8], status, 0..4_u32, payload).prop_map(
            |(kind, flags, aux, number, payload)| {
                let header = Header { length: payload.len(), kind, flags, aux, number };
                [&header.encode()[..], &payload].concat()
            },
        )
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(10_000))]

        #[test]
        fn any_frames_keep_the_rules(
            choice: u8,
            frames in prop::collection::vec(frame(), 0..6),
            rest in prop::collection::vec(any::<u8>(), 0..20),
        ) {
            worker_frames(&[vec![choice], frames.concat(), rest].concat());
        }
    }
}
