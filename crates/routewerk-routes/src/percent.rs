//! Percent-encoding as the URL standard has it for paths and queries (RFC 3986 section 2.1 for the escapes).

use std::borrow::Cow;

const UPPER_HEX: &[u8; 16] = b"0123456789ABCDEF";

/// Whether a byte is percent-encoded in a path (URL standard, path percent-encode set without `^`, which
/// Node.js 20 leaves bare and which is safe as it is).
pub(crate) const fn is_encoded_in_path(byte: u8) -> bool {
    matches!(byte, 0..=0x20 | 0x7f.. | b'"' | b'#' | b'<' | b'>' | b'?' | b'`' | b'{' | b'}')
}

/// Whether a byte is percent-encoded in the query of an http URL (URL standard, special-query percent-encode set).
pub(crate) const fn is_encoded_in_query(byte: u8) -> bool {
    matches!(byte, 0..=0x20 | 0x7f.. | b'"' | b'#' | b'<' | b'>' | b'\'')
}

/// What `encodeURIComponent` leaves as it is.
pub(crate) const fn is_uri_component(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'!' | b'~' | b'*' | b'\'' | b'(' | b')')
}

/// Appends a byte's escape, hexadecimal digits in upper case.
pub(crate) fn push_escape(text: &mut String, byte: u8) {
    text.push('%');
    text.push(char::from(UPPER_HEX[usize::from(byte >> 4)]));
    text.push(char::from(UPPER_HEX[usize::from(byte & 15)]));
}

/// Appends text, with the bytes that `is_encoded` names as escapes. Those must include all that are not ASCII.
pub(crate) fn push_encoded(output: &mut String, text: &str, is_encoded: impl Fn(u8) -> bool) {
    for byte in text.bytes() {
        if is_encoded(byte) {
            push_escape(output, byte);
        } else {
            output.push(char::from(byte));
        }
    }
}

/// A folder's name as it stands in a normalised path.
pub(crate) fn encode_name(name: &str) -> Cow<'_, str> {
    if !name.bytes().any(is_encoded_in_path) {
        return Cow::Borrowed(name);
    }
    let mut encoded = String::with_capacity(name.len() * 3);
    push_encoded(&mut encoded, name, is_encoded_in_path);
    Cow::Owned(encoded)
}

/// Whether a folder's name and a segment of a normalised path are the same, escapes compared without case.
pub(crate) fn names_match(name: &str, segment: &str) -> bool {
    let encoded = encode_name(name);
    encoded == segment || (segment.contains('%') && canonical(&encoded) == canonical(segment))
}

/// The text with the hexadecimal digits of its escapes in upper case (RFC 3986 section 6.2.2.1).
pub(crate) fn canonical(text: &str) -> String {
    let mut output = String::with_capacity(text.len());
    let mut upper = 0;
    for character in text.chars() {
        output.push(if upper > 0 { character.to_ascii_uppercase() } else { character });
        upper = if character == '%' { 2 } else { upper.max(1) - 1 };
    }
    output
}

/// The value of a hexadecimal digit.
pub(crate) const fn hex_value(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    }
}

/// The byte of the escape at the beginning of `bytes`, if there is one.
pub(crate) fn escape_at(bytes: &[u8]) -> Option<u8> {
    match bytes {
        [b'%', high, low, ..] => Some(hex_value(*high)? << 4 | hex_value(*low)?),
        _ => None,
    }
}

/// The text without its escapes, as `decodeURIComponent` has it; `None` where that throws.
pub(crate) fn decode_component(text: &str) -> Option<String> {
    let bytes = text.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let is_escape = bytes[at] == b'%';
        decoded.push(if is_escape { escape_at(&bytes[at..])? } else { bytes[at] });
        at += if is_escape { 3 } else { 1 };
    }
    String::from_utf8(decoded).ok()
}

/// Whether every `%` begins an escape and the escapes decode to UTF-8: what `decodeURIComponent` accepts.
pub(crate) fn decodes_to_utf8(text: &str) -> bool {
    if memchr::memchr(b'%', text.as_bytes()).is_none() {
        return true;
    }
    decode_component(text).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_escapes_change_case() {
        assert_eq!(canonical("a%c3%bcb%2fz%a"), "a%C3%BCb%2Fz%A");
    }

    #[test]
    fn names_are_compared_in_their_encoded_form() {
        assert!(names_match("sp ace", "sp%20ace"));
        assert!(names_match("ü", "%c3%bc"));
        assert!(names_match("a%5Bb", "a%5bb"));
        assert!(!names_match("a@b", "a%40b"));
    }

    #[test]
    fn malformed_escapes_do_not_decode() {
        for text in ["%", "%z", "%zz", "%FF", "%E0%A4%A", "a%2", "%C3"] {
            assert!(!decodes_to_utf8(text), "{text}");
        }
        for text in ["", "a", "%00", "%C3%A9", "%2F", "ü%20"] {
            assert!(decodes_to_utf8(text), "{text}");
        }
    }
}
