//! Translates heads between the `http` crate's types and those of a call.

use http::header::{CONTENT_LENGTH, COOKIE, HOST};
use http::request::Parts;
use http::{HeaderName, HeaderValue, Response, StatusCode};
use routewerk_routes::rules::RuleFields;

use crate::caching::{CachedReply, DRAFT_CACHE_CONTROL, encoding_name};
use crate::pipeline::{ReplyField, RequestField, RequestFields};

/// The host of a request: `:authority` (RFC 9113 section 8.3.1), else `host`.
pub(super) fn host(parts: &Parts) -> Option<Vec<u8>> {
    let authority = parts.uri.authority().map(|authority| authority.as_str().as_bytes());
    authority.or_else(|| parts.headers.get(HOST).map(HeaderValue::as_bytes)).map(<[u8]>::to_vec)
}

/// The length that a request's body claims to have; the protocol's own library holds the client to it.
pub(super) fn content_length(parts: &Parts) -> Option<u64> {
    parts.headers.get(CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

/// The fields of a request as HTTP/1.1 would have them: a `host`, and one `cookie` (RFC 9113 section 8.2.3).
pub(super) fn request_fields(parts: &Parts, host: Option<&[u8]>) -> RequestFields {
    let bytes = parts.headers.iter().map(|(name, value)| name.as_str().len() + value.len() + 2).sum();
    let mut fields = RequestFields::with_capacity(bytes);
    if let Some(host) = host {
        fields.take(RequestField::Host, b"host", host);
    }
    let mut cookies = Vec::new();
    for (name, value) in &parts.headers {
        if name == HOST {
            continue;
        }
        if name == COOKIE {
            if !cookies.is_empty() {
                cookies.extend_from_slice(b"; ");
            }
            cookies.extend_from_slice(value.as_bytes());
            continue;
        }
        let name = name.as_str().as_bytes();
        fields.take(RequestField::of(name), name, value.as_bytes());
    }
    if !cookies.is_empty() {
        fields.take(RequestField::Other, b"cookie", &cookies);
    }
    fields
}

/// A reply's head. Fields of a connection have no meaning here and are left out (RFC 9113 section 8.2.2).
pub(super) fn response_head<'reply>(
    status: u16,
    headers: impl Iterator<Item = (&'reply [u8], &'reply [u8])>,
) -> Response<()> {
    let mut response = Response::new(());
    // The seam promises 200 to 599, and the front has checked it.
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_GATEWAY);
    for (name, value) in headers {
        let is_kept = match ReplyField::of(name) {
            ReplyField::Dropped | ReplyField::Connection => false,
            ReplyField::Date | ReplyField::Other => !matches!(name, b"upgrade" | b"proxy-connection" | b"te"),
        };
        if !is_kept {
            continue;
        }
        // A block's fields are tokens and field values, which is what these check.
        if let (Ok(name), Ok(value)) = (HeaderName::from_bytes(name), HeaderValue::from_bytes(value)) {
            response.headers_mut().append(name, value);
        }
    }
    response
}

/// The head of a stored reply.
pub(super) fn cached_head(reply: &CachedReply, fields: Option<&RuleFields>, is_head: bool) -> Response<()> {
    let of_rules = fields.into_iter().flat_map(RuleFields::iter);
    let is_replaced = |name: &[u8]| fields.is_some_and(|fields| fields.replaces(name));
    let others = reply.fields().filter(|(name, _)| !is_replaced(name));
    let mut response = response_head(reply.status(), of_rules.chain(others));
    let state = HeaderValue::from_static(reply.state().as_str());
    response.headers_mut().insert(HeaderName::from_static("x-nextjs-cache"), state);
    if let Some(encoding) = reply.encoding().filter(|_| !is_head) {
        let name = HeaderValue::from_static(encoding_name(encoding));
        response.headers_mut().insert(http::header::CONTENT_ENCODING, name);
    }
    for (name, value) in reply.own_fields() {
        response.headers_mut().append(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    response
}

/// The head of a reply to a client that sees drafts.
pub(super) fn draft_head<'reply>(
    status: u16,
    headers: impl Iterator<Item = (&'reply [u8], &'reply [u8])>,
) -> Response<()> {
    let mut response = response_head(status, headers);
    say_hit(&mut response);
    response.headers_mut().insert(http::header::CACHE_CONTROL, HeaderValue::from_static(DRAFT_CACHE_CONTROL));
    response
}

/// Has a reply say that it comes from the cache.
pub(super) fn say_hit(response: &mut Response<()>) {
    response.headers_mut().insert(HeaderName::from_static("x-nextjs-cache"), HeaderValue::from_static("HIT"));
}
