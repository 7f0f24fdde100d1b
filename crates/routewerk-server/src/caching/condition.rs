//! `If-None-Match` against the `ETag` of a stored reply (RFC 9110 section 13.1.2).
//!
//! Next.js ignores the field for handlers and always sends the whole reply; answering 304 is ours. Only stored replies are
//! compared: nothing is known of a dynamic one before its handler has run.

use routewerk_handler::HeaderBlock;

/// Whether the client holds this representation already: one of its tags is the same by weak comparison, or it
/// names `*`.
pub(crate) fn is_held(fields: &HeaderBlock, etag: &[u8]) -> bool {
    let own = opaque(etag);
    fields.all("if-none-match").any(|value| value.trim_ascii() == b"*" || tags(value).any(|tag| tag == own))
}

/// A tag without the mark of a weak one.
fn opaque(tag: &[u8]) -> &[u8] {
    tag.strip_prefix(b"W/").unwrap_or(tag)
}

/// The tags of a list, quotes included, marks of weak ones taken off. A comma may stand within a tag.
fn tags(list: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = list;
    std::iter::from_fn(move || {
        rest = rest.trim_ascii_start();
        while let [b',', more @ ..] = rest {
            rest = more.trim_ascii_start();
        }
        let tag = opaque(rest);
        let inner = tag.strip_prefix(b"\"")?;
        let end = memchr::memchr(b'"', inner)?;
        rest = &inner[end + 1..];
        Some(&tag[..end + 2])
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn held(values: &[&str], etag: &str) -> bool {
        let mut fields = HeaderBlock::new();
        for value in values {
            fields.push_parsed(b"if-none-match", value.as_bytes());
        }
        is_held(&fields, etag.as_bytes())
    }

    #[test]
    fn tags_are_compared_weakly() {
        assert!(held(&["\"a\""], "\"a\""));
        assert!(held(&["W/\"a\""], "\"a\""));
        assert!(held(&["\"a\""], "W/\"a\""));
        assert!(!held(&["\"b\""], "\"a\""));
        assert!(!held(&[], "\"a\""));
    }

    #[test]
    fn every_tag_of_every_list_counts() {
        assert!(held(&["\"x\", W/\"a\" ,\"y\""], "\"a\""));
        assert!(held(&["\"x\"", "\"a\""], "\"a\""));
        assert!(held(&[" * "], "\"a\""));
        assert!(held(&["\"x,y\", \"a\""], "\"a\""));
        assert!(!held(&["\"x,\"a\""], "\"a\""));
    }

    #[test]
    fn what_is_no_list_of_tags_holds_nothing() {
        for value in ["a", "\"a", "W/", "", ",", "w/\"a\"", "*, \"b\""] {
            assert!(!held(&[value], "\"a\""), "{value}");
        }
    }
}
