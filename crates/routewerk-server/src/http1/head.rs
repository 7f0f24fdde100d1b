//! Reads a request's head: `httparse`, and behind it every rule of RFC 9112 that it is lenient about.
//!
//! The rule for whoever changes this: a head that two parsers could read in two ways is refused, and the connection
//! with it, because where requests end is then in doubt (request smuggling). Which is why a bare LF, white space in
//! front of a colon, a folded line, two framing fields or two hosts are errors and not variants. Follows Node.js 20
//! (`llhttp`, strict) wherever that is at least as strict as RFC 9112.

use std::mem::MaybeUninit;

use memchr::memchr_iter;
use smallvec::SmallVec;

use crate::options::Limits;
use crate::pipeline::{MethodToken, Problem, RequestField, RequestFields};

/// How many fields are parsed without allocating.
const USUAL_FIELDS: usize = 64;

/// A complete head.
pub(super) struct Head<'buffer> {
    /// How many bytes it takes up, the empty line included.
    pub(super) length: usize,
    /// What the method is.
    pub(super) method: MethodToken,
    /// The method's token.
    pub(super) method_text: &'buffer [u8],
    /// The request target.
    pub(super) target: &'buffer [u8],
    /// The `Host` field.
    pub(super) host: Option<&'buffer [u8]>,
    /// The fields, internal ones removed.
    pub(super) fields: RequestFields,
    /// Whether the version is HTTP/1.0.
    pub(super) is_http10: bool,
    /// Where the body ends.
    pub(super) framing: Framing,
    /// Whether the connection may be used again afterwards.
    pub(super) keep_alive: bool,
    /// Whether the client wants to speak another protocol from here on.
    pub(super) upgrade: bool,
    /// What the client waits for before it sends the body.
    pub(super) expect: Expect,
}

/// Where a request's body ends (RFC 9112 section 6).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Framing {
    /// There is none.
    None,
    /// After so many bytes, at least one.
    Length(u64),
    /// After the last chunk.
    Chunked,
}

/// The meaning of `Expect`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Expect {
    /// There is none that matters.
    #[default]
    Nothing,
    /// `100-continue`
    Continue,
    /// Something that nobody can fulfil.
    Unknown,
}

/// What the bytes at hand are.
pub(super) enum Parsed<'buffer> {
    /// The beginning of a head.
    Partial,
    /// A head.
    Complete(Head<'buffer>),
    /// No head; the connection is to be closed.
    Refused(Problem),
}

/// Reads the head at the beginning of `bytes`, which must not begin with an empty line.
pub(super) fn parse<'buffer>(bytes: &'buffer [u8], limits: &Limits) -> Parsed<'buffer> {
    let mut usual = [MaybeUninit::uninit(); USUAL_FIELDS];
    match parse_with(bytes, limits, &mut usual) {
        Err(httparse::Error::TooManyHeaders) if limits.max_header_fields > USUAL_FIELDS => {
            let mut many = vec![MaybeUninit::uninit(); limits.max_header_fields];
            parse_with(bytes, limits, &mut many).unwrap_or_else(|error| Parsed::Refused(refusal_of(error)))
        }
        parsed => parsed.unwrap_or_else(|error| Parsed::Refused(refusal_of(error))),
    }
}

fn parse_with<'buffer>(
    bytes: &'buffer [u8],
    limits: &Limits,
    room: &mut [MaybeUninit<httparse::Header<'buffer>>],
) -> Result<Parsed<'buffer>, httparse::Error> {
    let mut request = httparse::Request::new(&mut []);
    let status = request.parse_with_uninit_headers(bytes, room)?;
    let end = match status {
        httparse::Status::Complete(end) => end,
        httparse::Status::Partial => bytes.len(),
    };
    let read = &bytes[..end];
    // httparse takes LF for CR LF, in complete lines and between them.
    if memchr_iter(b'\n', read).any(|at| at == 0 || read[at - 1] != b'\r') {
        return Ok(Parsed::Refused(refuse(400, "a line of the request ends without a carriage return")));
    }
    if status.is_partial() {
        return Ok(too_large(bytes, limits).map_or(Parsed::Partial, Parsed::Refused));
    }
    let (Some(method), Some(target), Some(minor)) = (request.method, request.path, request.version) else {
        return Ok(Parsed::Partial);
    };
    Ok(match complete(end, method.as_bytes(), target.as_bytes(), minor, request.headers, limits) {
        Ok(head) => Parsed::Complete(head),
        Err(problem) => Parsed::Refused(problem),
    })
}

/// Whether the beginning of a head is already longer than a head may be.
fn too_large(bytes: &[u8], limits: &Limits) -> Option<Problem> {
    let in_request_line = !bytes.contains(&b'\n');
    // The longest method and the version stand beside the target.
    if in_request_line && (bytes.len() >= limits.max_target_bytes + 32 || bytes.len() >= limits.max_head_bytes) {
        return Some(TARGET_TOO_LONG);
    }
    (bytes.len() >= limits.max_head_bytes).then_some(HEAD_TOO_LARGE)
}

const HEAD_TOO_LARGE: Problem = refuse(431, "the request's header fields are too large");
const TARGET_TOO_LONG: Problem = refuse(414, "the request target is too long");

const fn refuse(status: u16, detail: &'static str) -> Problem {
    Problem::outside(status, detail)
}

fn refusal_of(error: httparse::Error) -> Problem {
    match error {
        httparse::Error::HeaderName => refuse(400, "a header field's name is malformed"),
        httparse::Error::HeaderValue => refuse(400, "a header field's value is malformed"),
        httparse::Error::NewLine => refuse(400, "a line of the request ends without a line feed"),
        httparse::Error::Token | httparse::Error::Status => refuse(400, "the request line is malformed"),
        httparse::Error::TooManyHeaders => refuse(431, "the request has too many header fields"),
        httparse::Error::Version => refuse(400, "the HTTP version is not supported"),
    }
}

/// Checks what httparse does not, and takes the fields.
fn complete<'buffer>(
    length: usize,
    method_text: &'buffer [u8],
    target: &'buffer [u8],
    minor: u8,
    headers: &[httparse::Header<'buffer>],
    limits: &Limits,
) -> Result<Head<'buffer>, Problem> {
    if length > limits.max_head_bytes {
        return Err(HEAD_TOO_LARGE);
    }
    if target.len() > limits.max_target_bytes {
        return Err(TARGET_TOO_LONG);
    }
    if headers.len() > limits.max_header_fields {
        return Err(refusal_of(httparse::Error::TooManyHeaders));
    }
    let method = MethodToken::of(method_text);
    check_target(method, target)?;
    let is_http10 = minor == 0;
    let mut facts = Facts::default();
    let mut fields = RequestFields::with_capacity(length);
    for header in headers {
        let field = RequestField::of(header.name.as_bytes());
        facts.take(field, header.value)?;
        fields.take(field, header.name.as_bytes(), header.value);
    }
    let host = facts.host;
    match host {
        None if !is_http10 => return Err(refuse(400, "the request has no `Host` field")),
        Some(host) if !is_host(host) => return Err(refuse(400, "the `Host` field is malformed")),
        _ => {}
    }
    Ok(Head {
        length,
        method,
        method_text,
        target,
        host,
        fields,
        is_http10,
        framing: facts.framing(is_http10)?,
        keep_alive: if is_http10 { facts.keep_alive && !facts.close } else { !facts.close },
        upgrade: facts.upgrade && facts.connection_upgrade && !is_http10,
        expect: if is_http10 { Expect::Nothing } else { facts.expect },
    })
}

/// The four forms of a target (RFC 9112 section 3.2), as Node.js tells them apart.
fn check_target(method: MethodToken, target: &[u8]) -> Result<(), Problem> {
    let is_valid = match method {
        MethodToken::Unknown => return Err(refuse(400, "the request's method is unknown")),
        // Its target is an authority; the connection is closed whatever that is.
        MethodToken::Connect => true,
        _ => target[0] == b'/' || target == b"*" || has_scheme(target),
    };
    if is_valid { Ok(()) } else { Err(refuse(400, "the request target is malformed")) }
}

fn has_scheme(target: &[u8]) -> bool {
    let Some(end) = memchr::memchr(b':', target) else { return false };
    target[0].is_ascii_alphabetic()
        && target[..end].iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.'))
        && target[end..].starts_with(b"://")
}

/// A host and port without anything that could be taken for another part of a URL. Empty is a host (RFC 9110
/// section 7.2).
fn is_host(host: &[u8]) -> bool {
    host.iter().all(|byte| {
        (0x21..0x7f).contains(byte) && !matches!(byte, b'/' | b'\\' | b'?' | b'#' | b'@' | b',' | b'<' | b'>' | b'"')
    })
}

/// What the fields say about the message itself.
#[derive(Default)]
#[expect(clippy::struct_excessive_bools, reason = "each says whether a token was among the fields")]
struct Facts<'buffer> {
    content_length: Option<&'buffer [u8]>,
    transfer_encoding: Option<&'buffer [u8]>,
    host: Option<&'buffer [u8]>,
    close: bool,
    keep_alive: bool,
    connection_upgrade: bool,
    upgrade: bool,
    expect: Expect,
}

impl<'buffer> Facts<'buffer> {
    fn take(&mut self, field: RequestField, value: &'buffer [u8]) -> Result<(), Problem> {
        match field {
            RequestField::ContentLength if self.content_length.replace(value).is_some() => {
                Err(refuse(400, "the request has two `Content-Length` fields"))
            }
            RequestField::TransferEncoding if self.transfer_encoding.replace(value).is_some() => {
                Err(refuse(400, "the request has two `Transfer-Encoding` fields"))
            }
            RequestField::Host if self.host.replace(value).is_some() => {
                Err(refuse(400, "the request has two `Host` fields"))
            }
            RequestField::Connection => {
                for token in value.split(|byte| *byte == b',').map(<[u8]>::trim_ascii) {
                    self.close |= token.eq_ignore_ascii_case(b"close");
                    self.keep_alive |= token.eq_ignore_ascii_case(b"keep-alive");
                    self.connection_upgrade |= token.eq_ignore_ascii_case(b"upgrade");
                }
                Ok(())
            }
            RequestField::Upgrade => {
                // The offer of cleartext HTTP/2 may be ignored (RFC 9113 section 3.1), and curl makes it.
                let protocols: SmallVec<[&[u8]; 4]> =
                    value.split(|byte| *byte == b',').map(<[u8]>::trim_ascii).collect();
                self.upgrade |= protocols.iter().any(|name| !name.is_empty() && !name.eq_ignore_ascii_case(b"h2c"));
                Ok(())
            }
            RequestField::Expect => {
                let is_continue = value.eq_ignore_ascii_case(b"100-continue");
                self.expect = if is_continue { Expect::Continue } else { Expect::Unknown };
                Ok(())
            }
            RequestField::ContentLength
            | RequestField::TransferEncoding
            | RequestField::Host
            | RequestField::Accept
            | RequestField::ForwardedHost
            | RequestField::ForwardedPort
            | RequestField::ForwardedProto
            | RequestField::ForwardedFor
            | RequestField::Internal
            | RequestField::Other => Ok(()),
        }
    }

    fn framing(&self, is_http10: bool) -> Result<Framing, Problem> {
        match (self.transfer_encoding, self.content_length) {
            (None, None) => Ok(Framing::None),
            (None, Some(length)) => match parse_length(length) {
                Some(0) => Ok(Framing::None),
                Some(length) => Ok(Framing::Length(length)),
                None => Err(refuse(400, "the `Content-Length` field is malformed")),
            },
            (Some(_), Some(_)) => Err(refuse(400, "the request has both `Content-Length` and `Transfer-Encoding`")),
            (Some(_), None) if is_http10 => Err(refuse(400, "an HTTP/1.0 request cannot have `Transfer-Encoding`")),
            (Some(coding), None) if coding.eq_ignore_ascii_case(b"chunked") => Ok(Framing::Chunked),
            (Some(_), None) => Err(refuse(400, "the request's `Transfer-Encoding` is not `chunked`")),
        }
    }
}

/// A decimal number without sign or white space that fits 63 bits.
fn parse_length(text: &[u8]) -> Option<u64> {
    if text.is_empty() || text.len() > 18 || !text.iter().all(u8::is_ascii_digit) {
        return None;
    }
    Some(text.iter().fold(0, |sum, digit| sum * 10 + u64::from(digit - b'0')))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// What the parser says, in a form that can be compared.
    fn outcome(bytes: &[u8]) -> String {
        match parse(bytes, &Limits::default()) {
            Parsed::Partial => "partial".to_owned(),
            Parsed::Refused(problem) => format!("refused {}", problem.status),
            Parsed::Complete(head) => format!(
                "{} {:?} {:?} {:?} {} {:?} {}",
                head.length, head.method, head.target, head.framing, head.keep_alive, head.expect, head.is_http10
            ),
        }
    }

    #[test]
    fn every_beginning_of_a_good_head_is_a_beginning() {
        for head in [
            "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
            "POST /a?b HTTP/1.0\r\nContent-Length: 12\r\nConnection: keep-alive\r\n\r\n",
            "PUT http://a/b HTTP/1.1\r\nhost:a\r\nTransfer-Encoding: chunked\r\nExpect: 100-continue\r\nX: \t\r\n\r\n",
        ] {
            for at in 0..head.len() {
                assert_eq!(outcome(&head.as_bytes()[..at]), "partial", "{:?}", &head[..at]);
            }
            let whole = outcome(head.as_bytes());
            assert!(whole.starts_with(&format!("{} ", head.len())), "{whole}");
            assert_eq!(outcome(format!("{head}GET /next").as_bytes()), whole);
        }
    }

    #[test]
    fn a_beginning_is_refused_only_where_the_whole_is() {
        let bad = [
            "GET /\r\nHost: a\r\n\r\n",
            "GET / HTTP/1.1\nHost: a\r\n\r\n",
            "GET / HTTP/1.1\r\nHost : a\r\n\r\n",
            "G(T / HTTP/1.1\r\nHost: a\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\r\n b\r\n\r\n",
        ];
        for head in bad {
            let whole = outcome(head.as_bytes());
            assert_eq!(whole, "refused 400", "{head:?}");
            for at in 0..head.len() {
                let beginning = outcome(&head.as_bytes()[..at]);
                assert!(beginning == "partial" || beginning == whole, "{beginning} of {:?}", &head[..at]);
            }
        }
    }

    #[test]
    fn lengths_are_decimal_digits() {
        assert_eq!(parse_length(b"0"), Some(0));
        assert_eq!(parse_length(b"007"), Some(7));
        assert_eq!(parse_length(b"999999999999999999"), Some(999_999_999_999_999_999));
        for wrong in ["", "1000000000000000000", "+1", "-1", "1 ", "0x1", "1.0", "\u{661}"] {
            assert_eq!(parse_length(wrong.as_bytes()), None, "{wrong:?}");
        }
    }

    proptest! {
        #[test]
        fn rubbish_never_panics_and_more_of_it_never_heals(
            begin in prop_oneof![Just(""), Just("GET / HTTP/1.1\r\nHost: a\r\n")],
            bytes in proptest::collection::vec(prop_oneof![Just(b'\r'), Just(b'\n'), Just(b':'), Just(b' '), Just(b'a'), any::<u8>()], 0..60),
        ) {
            let bytes = [begin.as_bytes(), &bytes].concat();
            let whole = outcome(&bytes);
            for at in 0..bytes.len() {
                let beginning = outcome(&bytes[..at]);
                prop_assert!(
                    beginning == "partial" || beginning == whole || beginning.starts_with("refused") && whole.starts_with("refused"),
                    "{beginning} then {whole}"
                );
            }
        }
    }
}
