//! What must hold for any bytes that a client sends: the bodies of the fuzz targets (`fuzz/`), which the property tests
//! below drive as well. Not part of the crate's interface.

use routewerk_handler::BodyError;

use super::body::BodyDecoder;
use super::head::{Framing, Parsed, parse};
use crate::options::Limits;

/// Of a longer input so many beginnings are looked at.
const MAX_BEGINNINGS: usize = 256;

/// What a head is, in a form that can be compared.
#[derive(Debug, PartialEq, Eq)]
enum HeadOutcome {
    Partial,
    Refused,
    Complete { length: usize, text: String },
}

/// A head is refused, complete or the beginning of one; more bytes never heal a refused one and never change a complete one.
///
/// # Panics
/// When that does not hold.
pub fn request_head(bytes: &[u8]) {
    let whole = head_outcome(bytes);
    if let HeadOutcome::Complete { length, .. } = whole {
        assert!(bytes[..length].ends_with(b"\r\n\r\n"), "a head ends with an empty line");
        assert_eq!(head_outcome(&bytes[..length]), whole, "what follows a head says nothing of it");
    }
    for at in (0..bytes.len()).step_by(bytes.len() / MAX_BEGINNINGS + 1) {
        match (head_outcome(&bytes[..at]), &whole) {
            (HeadOutcome::Partial, HeadOutcome::Complete { length, .. }) => assert!(at < *length, "complete at {at}"),
            (HeadOutcome::Partial, _) | (HeadOutcome::Refused, HeadOutcome::Refused) => {}
            (beginning, whole) => assert_eq!(&beginning, whole, "the beginning of {at} bytes"),
        }
    }
}

fn head_outcome(bytes: &[u8]) -> HeadOutcome {
    match parse(bytes, &Limits::default()) {
        Parsed::Partial => HeadOutcome::Partial,
        Parsed::Refused(_) => HeadOutcome::Refused,
        Parsed::Complete(head) => {
            let (method, target, host) = (head.method_text, head.target, head.host);
            let (framing, expect, is_http10) = (head.framing, head.expect, head.is_http10);
            let ends = (head.keep_alive, head.upgrade);
            let text = format!("{method:?} {target:?} {host:?} {framing:?} {expect:?} {is_http10} {ends:?}");
            HeadOutcome::Complete { length: head.length, text }
        }
    }
}

/// What a decoder made of a body: the content, how many bytes it took, and how it ended.
#[derive(Debug, PartialEq, Eq)]
enum BodyOutcome {
    Done(Vec<u8>, usize),
    Partial(Vec<u8>, usize),
    Failed(BodyError),
}

/// A body is the same however the bytes are cut, and never more than its limit. The first byte chooses the framing, the
/// second one the place of a cut and the limit.
///
/// # Panics
/// When that does not hold.
pub fn request_body(bytes: &[u8]) {
    let [choice, cut, bytes @ ..] = bytes else { return };
    let framing = match choice {
        0 => Framing::None,
        1..=63 => Framing::Length(u64::from(*choice)),
        _ => Framing::Chunked,
    };
    let limit = (cut % 2 == 0).then_some(u64::from(*cut));
    let whole = body_outcome(framing, limit, &mut [bytes].into_iter(), usize::MAX);
    if let (BodyOutcome::Done(content, _) | BodyOutcome::Partial(content, _), Some(limit)) = (&whole, limit) {
        assert!(content.len() as u64 <= limit, "{} bytes, the limit is {limit}", content.len());
    }
    let (front, back) = bytes.split_at(usize::from(*cut).min(bytes.len()));
    assert_eq!(body_outcome(framing, limit, &mut [front, back].into_iter(), usize::MAX), whole, "in two pieces");
    assert_eq!(body_outcome(framing, limit, &mut bytes.chunks(1), usize::MAX), whole, "byte by byte");
    assert_eq!(body_outcome(framing, limit, &mut [bytes].into_iter(), 1), whole, "a byte of content at a time");
}

fn body_outcome(
    framing: Framing,
    limit: Option<u64>,
    pieces: &mut dyn Iterator<Item = &[u8]>,
    most: usize,
) -> BodyOutcome {
    let mut decoder = BodyDecoder::new(framing, limit);
    let (mut content, mut consumed) = (Vec::new(), 0);
    for piece in pieces {
        let mut rest = piece;
        while !rest.is_empty() && !decoder.is_done() {
            match decoder.step(rest, most) {
                Ok(step) => {
                    assert!(
                        step.consumed > 0 && step.consumed <= rest.len(),
                        "a step takes something of what is there"
                    );
                    content.extend_from_slice(step.content);
                    consumed += step.consumed;
                    rest = &rest[step.consumed..];
                }
                Err(error) => return BodyOutcome::Failed(error),
            }
        }
    }
    if decoder.is_done() { BodyOutcome::Done(content, consumed) } else { BodyOutcome::Partial(content, consumed) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Pieces that a protocol's own words are made of, and bytes of any kind between them.
    fn near(words: &'static [&'static str]) -> impl Strategy<Value = Vec<u8>> {
        let piece = prop_oneof![
            6 => prop::sample::select(words).prop_map(|word| word.as_bytes().to_vec()),
            1 => prop::collection::vec(any::<u8>(), 0..6),
        ];
        prop::collection::vec(piece, 0..14).prop_map(|pieces| pieces.concat())
    }

    const HEAD: &[&str] = &[
        "GET ",
        "POST ",
        "/",
        "/a?b",
        "http://a",
        " HTTP/1.1",
        " HTTP/1.0",
        "\r\n",
        "\r\n\r\n",
        "\r",
        "\n",
        "Host: a",
        "host:",
        ": ",
        "Content-Length: 3",
        "Content-Length:",
        "0",
        "9",
        "Transfer-Encoding: chunked",
        "chunked, ",
        "Connection: close",
        "Expect: 100-continue",
        "x",
        "\t",
        " ",
        ";",
        "\0",
        "\u{e9}",
    ];
    const BODY: &[&str] = &[
        "5",
        "0",
        "a",
        "fffffff",
        "\r\n",
        "\r",
        "\n",
        "hello",
        ";",
        ";a=\"b\"",
        "\r\n\r\n",
        "T: u",
        ":",
        "x",
        " ",
        "5\r\nhello\r\n",
        "0\r\n\r\n",
    ];

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(10_000))]

        #[test]
        fn any_head_keeps_the_rules(bytes in near(HEAD)) {
            request_head(&bytes);
        }

        #[test]
        fn any_body_keeps_the_rules(choice: u8, cut in 0..40_u8, bytes in near(BODY)) {
            request_body(&[&[choice, cut], bytes.as_slice()].concat());
        }
    }
}
