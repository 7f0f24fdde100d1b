//! Fields on their way to another server, and back.

use http::header::{HOST, HeaderMap, HeaderName, HeaderValue};
use routewerk_handler::HeaderBlock;

use super::ForwardFailure;

/// Fields that concern one connection (RFC 9110 section 7.6.1), and those by which each side delimits bodies.
const OF_CONNECTION: [&str; 10] = [
    "connection",
    "content-length",
    "expect",
    "http2-settings",
    "keep-alive",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// What this server calls itself in `Via`.
const PSEUDONYM: &str = "1.1 routewerk";

/// How often a request may come through here.
const MAX_HOPS: usize = 8;

/// Copies a client's fields. `host` becomes that of the other server, which is told the client's.
///
/// # Errors
/// [`ForwardFailure::Loop`] for a request that has come through here too often.
pub(super) fn copy_request(from: &HeaderBlock, to: &mut HeaderMap) -> Result<(), ForwardFailure> {
    let named: Vec<&[u8]> = from.all("connection").flat_map(|value| value.split(|byte| *byte == b',')).collect();
    let is_named = |name: &[u8]| named.iter().any(|token| token.trim_ascii().eq_ignore_ascii_case(name));
    let mut hops = 0;
    for (name, value) in from.iter() {
        if is_of_connection(name) || is_named(name) || matches!(name, b"host" | b"x-forwarded-host") {
            continue;
        }
        if name == b"via" {
            hops += memchr::memmem::find_iter(value, PSEUDONYM.as_bytes()).count();
        }
        append(to, name, value);
    }
    if hops >= MAX_HOPS {
        return Err(ForwardFailure::Loop);
    }
    append(to, b"via", PSEUDONYM.as_bytes());
    append(to, b"x-forwarded-host", from.first("host").unwrap_or_default());
    // The client writes it from the URL.
    to.remove(HOST);
    Ok(())
}

/// Copies another server's fields.
pub(super) fn copy_reply(from: &HeaderMap) -> HeaderBlock {
    let named: Vec<&[u8]> =
        from.get_all("connection").iter().flat_map(|value| value.as_bytes().split(|byte| *byte == b',')).collect();
    let is_named = |name: &[u8]| named.iter().any(|token| token.trim_ascii().eq_ignore_ascii_case(name));
    let mut block = HeaderBlock::with_capacity(from.len() * 48);
    for (name, value) in from {
        let name = name.as_str().as_bytes();
        if !is_of_connection(name) && !is_named(name) {
            // What cannot stand in a block could split the reply, and is left out.
            let _ = block.push(name, value.as_bytes());
        }
    }
    // As in Next.js, the idle time of the client's connection is not told.
    block.push_parsed(b"connection", b"keep-alive");
    block
}

/// The length that a client's body claims to have; its parser has checked that it is one.
pub(super) fn length_of(fields: &HeaderBlock) -> Option<u64> {
    std::str::from_utf8(fields.first("content-length")?).ok()?.trim().parse().ok()
}

/// Appends a query, with what cannot stand in a URL as escapes.
pub(super) fn push_query(url: &mut String, search: &str) {
    for character in search.chars() {
        match character {
            ' ' => url.push_str("%20"),
            '"' | '<' | '>' | '\'' | '`' | '\\' | '^' | '{' | '|' | '}' => {
                let escape = format!("%{:02X}", character as u32);
                url.push_str(&escape);
            }
            other => url.push(other),
        }
    }
}

fn is_of_connection(name: &[u8]) -> bool {
    OF_CONNECTION.iter().any(|known| known.as_bytes() == name)
}

fn append(to: &mut HeaderMap, name: &[u8], value: &[u8]) {
    // A block's fields are tokens and field values, which is what these check.
    if let (Ok(name), Ok(value)) = (HeaderName::from_bytes(name), HeaderValue::from_bytes(value)) {
        to.append(name, value);
    }
}
