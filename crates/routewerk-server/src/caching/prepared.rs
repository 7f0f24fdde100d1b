//! A stored reply made ready for the wire once, so that answering with it copies a head and refers to a body.
//!
//! The order of the fields is Next.js's: `x-nextjs-cache`, then all others by name, `cache-control` among them unless
//! the handler has set one. `etag` is ours where the handler has set none.

use std::sync::atomic::AtomicBool;

use routewerk_cache::{Life, Revalidate, StoredReply};
use routewerk_handler::HeaderBlock;

use super::encoding;
use crate::pipeline::ReplyField;
use crate::status::reason;

/// What `x-nextjs-cache` says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CacheState {
    /// The entry is fresh, or took the place of one that had expired.
    Hit,
    /// The entry is stale and being made anew.
    Stale,
    /// There was no entry.
    Miss,
}

impl CacheState {
    /// The field's value.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Hit => "HIT",
            Self::Stale => "STALE",
            Self::Miss => "MISS",
        }
    }

    /// The field as a line of HTTP/1.1.
    pub(crate) const fn line(self) -> &'static [u8] {
        match self {
            Self::Hit => b"x-nextjs-cache: HIT\r\n",
            Self::Stale => b"x-nextjs-cache: STALE\r\n",
            Self::Miss => b"x-nextjs-cache: MISS\r\n",
        }
    }
}

/// A stored reply's head, ready for the wire.
#[derive(Debug)]
pub(crate) struct PreparedHead {
    /// `HTTP/1.1 200 OK` with its line end.
    pub(crate) status_line: Box<[u8]>,
    /// The fields behind `x-nextjs-cache`, as lines of HTTP/1.1.
    lines: Box<[u8]>,
    /// Those of them that a 304 carries.
    not_modified_lines: Box<[u8]>,
    /// Whether `date` is among them.
    pub(crate) has_date: bool,
    /// The tag that `If-None-Match` is compared with; `None` where the status is none of success.
    pub(crate) etag: Option<Box<[u8]>>,
    /// Whether it may be sent in compressed forms, and says so by `vary`.
    pub(crate) is_compressible: bool,
    /// Whether these forms have been asked for.
    pub(crate) has_asked: AtomicBool,
}

impl PreparedHead {
    /// The head of an entry. Its fields are a [`HeaderBlock`]'s text; what is none (a damaged file cannot be: it has a
    /// checksum) has no fields.
    /// `may_compress` is whether compressed forms are made at all.
    pub(crate) fn of(entry: &StoredReply, may_compress: bool) -> Self {
        let mut headers = HeaderBlock::from_untrusted(entry.headers().to_vec()).unwrap_or_default();
        let is_compressible = may_compress && encoding::is_worth_it(entry.status(), &headers, entry.body().len());
        if is_compressible {
            headers = with_vary(&headers);
        }
        let cache_control = cache_control(entry.status(), entry.life());
        Self { is_compressible, ..Self::new(entry.status(), &headers, entry.body(), &cache_control) }
    }

    /// Makes a head ready. `cache_control` is what is sent where the handler has set none.
    fn new(status: u16, headers: &HeaderBlock, body: &[u8], cache_control: &str) -> Self {
        let is_success = (200..300).contains(&status);
        let own_etag = headers.first("etag").map(<[u8]>::to_vec);
        let new_etag = (is_success && own_etag.is_none()).then(|| etag_of(body));
        // As in Next.js, an empty one is none.
        let has_own_control = headers.first("cache-control").is_some_and(|value| !value.is_empty());
        let is_kept = |name: &[u8]| is_sent(name) && (has_own_control || name != b"cache-control");
        let mut fields: Vec<(&[u8], &[u8])> = headers.iter().filter(|(name, _)| is_kept(name)).collect();
        if !has_own_control {
            fields.push((b"cache-control", cache_control.as_bytes()));
        }
        if let Some(etag) = &new_etag {
            fields.push((b"etag", etag));
        }
        // Stable: several fields of one name keep their order.
        fields.sort_by_key(|(name, _)| *name);
        let has_date = fields.iter().any(|(name, _)| *name == b"date");
        let lines = lines_of(fields.iter().copied());
        let not_modified_lines = lines_of(fields.iter().copied().filter(|(name, _)| is_of_not_modified(name)));
        let etag = own_etag.or_else(|| new_etag.clone()).filter(|_| is_success).map(Vec::into_boxed_slice);
        let status_line = format!("HTTP/1.1 {status} {}\r\n", reason(status)).into_bytes().into_boxed_slice();
        let has_asked = AtomicBool::new(false);
        Self { status_line, lines, not_modified_lines, has_date, etag, is_compressible: false, has_asked }
    }

    /// The fields that are sent, as lines of HTTP/1.1; of a 304 these are fewer.
    pub(crate) fn lines(&self, is_not_modified: bool) -> &[u8] {
        if is_not_modified { &self.not_modified_lines } else { &self.lines }
    }

    /// The fields that are sent.
    pub(crate) fn fields(&self, is_not_modified: bool) -> impl Iterator<Item = (&[u8], &[u8])> {
        let mut rest = self.lines(is_not_modified);
        std::iter::from_fn(move || {
            let name_end = memchr::memmem::find(rest, b": ")?;
            let line_end = memchr::memmem::find(rest, b"\r\n")?;
            let field = (&rest[..name_end], &rest[name_end + 2..line_end]);
            rest = &rest[line_end + 2..];
            Some(field)
        })
    }
}

/// The fields with a `vary` that names `Accept-Encoding`, in one line as Next.js has it.
fn with_vary(headers: &HeaderBlock) -> HeaderBlock {
    let mut vary = headers.all("vary").collect::<Vec<_>>().join(b", ".as_slice());
    let names = |token: &[u8]| vary.split(|byte| *byte == b',').any(|one| one.trim_ascii().eq_ignore_ascii_case(token));
    if !names(b"accept-encoding") && !names(b"*") {
        let gap = if vary.is_empty() { "" } else { ", " };
        vary.extend_from_slice(format!("{gap}Accept-Encoding").as_bytes());
    }
    let mut all = headers.clone();
    all.retain(|name, _| name != b"vary");
    all.push_parsed(b"vary", &vary);
    all
}

/// What no other cache may keep.
const NOT_KEPT: &str = super::DRAFT_CACHE_CONTROL;

/// What "never" is for other caches.
pub(crate) const ONE_YEAR_SECONDS: u64 = 31_536_000;

/// What caches between this server and its clients are told, in Next.js's words. A failure is not stored here, and should be
/// nowhere else.
fn cache_control(status: u16, life: Life) -> String {
    if status >= 500 {
        return NOT_KEPT.to_owned();
    }
    let Revalidate::After(seconds) = life.revalidate else { return format!("s-maxage={ONE_YEAR_SECONDS}") };
    if seconds == 0 {
        return NOT_KEPT.to_owned();
    }
    match life.expire {
        Some(expire) if seconds < expire => {
            format!("s-maxage={seconds}, stale-while-revalidate={}", expire - seconds)
        }
        Some(_) | None => format!("s-maxage={seconds}"),
    }
}

/// Whether a stored field is sent: framing and what concerns one connection is not, nor the field in which Next.js
/// keeps an entry's tags.
fn is_sent(name: &[u8]) -> bool {
    if name == b"x-next-cache-tags" {
        return false;
    }
    match ReplyField::of(name) {
        ReplyField::Dropped | ReplyField::Connection => false,
        ReplyField::Date | ReplyField::Other => true,
    }
}

/// Whether a 304 has the field: those that describe a body would describe one that is not there (RFC 9110 section 15.4.5).
fn is_of_not_modified(name: &[u8]) -> bool {
    !name.starts_with(b"content-") || name == b"content-location"
}

fn lines_of<'field>(fields: impl Iterator<Item = (&'field [u8], &'field [u8])>) -> Box<[u8]> {
    let mut lines = Vec::with_capacity(256);
    for (name, value) in fields {
        lines.extend_from_slice(name);
        lines.extend_from_slice(b": ");
        lines.extend_from_slice(value);
        lines.extend_from_slice(b"\r\n");
    }
    lines.into_boxed_slice()
}

/// A weak tag of a body: one that is the same for each coding of it.
fn etag_of(body: &[u8]) -> Vec<u8> {
    format!("W/\"{:x}-{:016x}\"", body.len(), fingerprint(body)).into_bytes()
}

/// A hash of bytes that is the same in every process and version: FNV-1a over words of 64 bits, its ends mixed.
///
/// Whoever makes two bodies of one hash on purpose has a client keep his own older body: nothing is gained by it.
fn fingerprint(bytes: &[u8]) -> u64 {
    const PRIME: u64 = 0x0000_0100_0000_01b3;
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    let mut words = bytes.chunks_exact(8);
    for word in &mut words {
        let word = word.try_into().map_or(0, u64::from_le_bytes);
        hash = (hash ^ word).wrapping_mul(PRIME).rotate_left(23);
    }
    for byte in words.remainder() {
        hash = (hash ^ u64::from(*byte)).wrapping_mul(PRIME);
    }
    hash ^= bytes.len() as u64;
    hash = (hash ^ (hash >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
    hash ^ (hash >> 33)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn prepared(status: u16, fields: &[(&str, &str)]) -> PreparedHead {
        let mut headers = HeaderBlock::new();
        for (name, value) in fields {
            headers.push_parsed(name.as_bytes(), value.as_bytes());
        }
        PreparedHead::new(status, &headers, b"body", "s-maxage=2")
    }

    fn text(lines: &[u8]) -> String {
        String::from_utf8_lossy(lines).into_owned()
    }

    #[test]
    fn fields_are_in_the_order_of_their_names() {
        let reply = prepared(200, &[("x-b", "1"), ("set-cookie", "b=2"), ("set-cookie", "a=1"), ("etag", "\"own\"")]);
        let expected = "cache-control: s-maxage=2\r\netag: \"own\"\r\nset-cookie: b=2\r\nset-cookie: a=1\r\nx-b: 1\r\n";
        assert_eq!(text(&reply.lines), expected);
        assert_eq!(text(&reply.status_line), "HTTP/1.1 200 OK\r\n");
        assert_eq!(reply.etag.as_deref(), Some(b"\"own\"".as_slice()));
    }

    #[test]
    fn the_handlers_own_cache_control_wins() {
        let reply = prepared(200, &[("cache-control", "no-store")]);
        assert!(text(&reply.lines).contains("cache-control: no-store\r\n"));
        assert!(!text(&reply.lines).contains("s-maxage"));
    }

    #[test]
    fn an_empty_cache_control_is_none() {
        let reply = prepared(200, &[("cache-control", "")]);
        let expected = "cache-control: s-maxage=2\r\netag: ";
        assert!(text(&reply.lines).starts_with(expected), "{}", text(&reply.lines));
        assert_eq!(text(&reply.lines).matches("cache-control").count(), 1);
    }

    #[test]
    fn framing_and_internal_fields_are_left_out() {
        let fields = [("connection", "close"), ("content-length", "7"), ("x-nextjs-cache", "HIT"), ("date", "now")];
        let reply = prepared(204, &fields);
        assert!(reply.has_date);
        let names: Vec<_> = reply.fields(false).map(|(name, _)| text(name)).collect();
        assert_eq!(names, ["cache-control", "date", "etag"]);
    }

    #[test]
    fn a_304_has_no_field_of_a_body() {
        let reply = prepared(200, &[("content-type", "text/plain"), ("content-location", "/x"), ("vary", "a")]);
        let names: Vec<_> = reply.fields(true).map(|(name, _)| text(name)).collect();
        assert_eq!(names, ["cache-control", "content-location", "etag", "vary"]);
    }

    #[test]
    fn a_lifetime_is_told_in_the_words_of_nextjs() {
        let told = |revalidate, expire| {
            cache_control(200, Life { made_at: routewerk_cache::Moment::from_millis(0), revalidate, expire })
        };
        assert_eq!(told(Revalidate::Never, None), "s-maxage=31536000");
        assert_eq!(told(Revalidate::After(2), Some(31_536_000)), "s-maxage=2, stale-while-revalidate=31535998");
        assert_eq!(told(Revalidate::After(60), Some(60)), "s-maxage=60");
        assert_eq!(told(Revalidate::After(60), None), "s-maxage=60");
        assert!(told(Revalidate::After(0), Some(31_536_000)).contains("no-store"));
    }

    #[test]
    fn only_success_has_a_tag_that_is_compared() {
        assert!(prepared(200, &[]).etag.is_some());
        assert!(prepared(404, &[("etag", "\"a\"")]).etag.is_none());
        assert!(!text(&prepared(302, &[]).lines).contains("etag"));
    }

    #[test]
    fn bodies_that_differ_have_tags_that_differ() {
        let bodies: [&[u8]; 7] = [b"", b"a", b"b", b"12345678", b"12345679", b"123456781", b"\0"];
        let tags: std::collections::HashSet<_> = bodies.iter().map(|body| etag_of(body)).collect();
        assert_eq!(tags.len(), bodies.len());
    }
}
