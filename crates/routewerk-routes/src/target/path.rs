//! The path of a request target, as the URL standard parses and serialises it for http URLs.
//!
//! Escapes are resolved only where they spell a dot segment; everything else that is escaped stays escaped.

use super::{BadTarget, checked_text};
use crate::percent;

/// What one pass over the bytes of a target finds out about its path.
pub(super) struct Shape {
    /// Where the path ends: at `?`, `#` or the end.
    pub(super) path_length: usize,
    /// Whether the path has `//` or `\`.
    pub(super) has_repeated_slash: bool,
    /// Whether the path is its own serialisation for certain.
    pub(super) is_normal: bool,
}

/// What a byte of a path means to the pass.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    Plain,
    Slash,
    Backslash,
    End,
    Encoded,
}

const CLASSES: [Class; 256] = {
    let mut classes = [Class::Plain; 256];
    let mut byte = 0;
    while byte < 256 {
        if percent::is_encoded_in_path(byte as u8) {
            classes[byte] = Class::Encoded;
        }
        byte += 1;
    }
    classes[b'/' as usize] = Class::Slash;
    classes[b'\\' as usize] = Class::Backslash;
    classes[b'?' as usize] = Class::End;
    classes[b'#' as usize] = Class::End;
    classes
};

impl Shape {
    pub(super) fn of(target: &[u8]) -> Self {
        let mut shape = Self { path_length: target.len(), has_repeated_slash: false, is_normal: true };
        for (at, byte) in target.iter().enumerate() {
            match CLASSES[usize::from(*byte)] {
                Class::Plain => {}
                Class::Slash => match target.get(at + 1) {
                    Some(b'/') => shape.has_repeated_slash = true,
                    Some(b'.' | b'%') if may_be_dots(&target[at + 1..]) => shape.is_normal = false,
                    _ => {}
                },
                Class::Backslash => shape.has_repeated_slash = true,
                Class::Encoded => shape.is_normal = false,
                Class::End => {
                    shape.path_length = at;
                    break;
                }
            }
        }
        shape
    }
}

/// Whether a segment may be one of dots; where it is, this is true.
const fn may_be_dots(segment: &[u8]) -> bool {
    matches!(segment, [b'.'] | [b'.', b'/' | b'?' | b'#' | b'.' | b'%', ..] | [b'%', b'2', b'e' | b'E', ..])
}

/// Whether a text is a path in the form in which [`RequestTarget`](super::RequestTarget) hands paths out.
pub fn is_normal_path(text: &str) -> bool {
    let bytes = text.as_bytes();
    let shape = Shape::of(bytes);
    text.starts_with('/')
        && shape.path_length == bytes.len()
        && !shape.has_repeated_slash
        && (shape.is_normal || serialize(bytes).is_ok_and(|path| path == text))
}

/// The path with backslashes turned into slashes and repeated slashes made one.
pub(super) fn collapse_slashes(raw: &[u8]) -> Vec<u8> {
    let mut path: Vec<u8> = Vec::with_capacity(raw.len());
    for byte in raw {
        let byte = if *byte == b'\\' { b'/' } else { *byte };
        if byte != b'/' || path.last() != Some(&b'/') {
            path.push(byte);
        }
    }
    path
}

/// A path of plain bytes as text.
pub(super) fn plain_text(raw: &[u8]) -> Result<&str, BadTarget> {
    std::str::from_utf8(raw).map_err(|_| BadTarget::NotUtf8)
}

/// Serialises a path that begins with `/`: dot segments resolved, characters of the path percent-encode set
/// escaped.
pub(super) fn serialize(raw: &[u8]) -> Result<String, BadTarget> {
    let text = checked_text(raw)?;
    let mut output = String::with_capacity(text.len() + 16);
    let mut segments = text[1..].split('/').peekable();
    // Where each written segment begins, so that `..` can take it back.
    let mut starts = Vec::new();
    while let Some(segment) = segments.next() {
        let is_last = segments.peek().is_none();
        let is_dots = if is_double_dot(segment) {
            output.truncate(starts.pop().unwrap_or(0));
            true
        } else {
            is_single_dot(segment)
        };
        if !is_dots {
            starts.push(output.len());
            output.push('/');
            percent::push_encoded(&mut output, segment, percent::is_encoded_in_path);
        } else if is_last {
            output.push('/');
        }
    }
    Ok(output)
}

/// The same for a text that is no request's.
pub(crate) fn serialize_text(text: &str) -> Result<String, BadTarget> {
    serialize(text.as_bytes())
}

fn is_single_dot(segment: &str) -> bool {
    segment == "." || segment.eq_ignore_ascii_case("%2e")
}

fn is_double_dot(segment: &str) -> bool {
    segment == ".." || [".%2e", "%2e.", "%2e%2e"].iter().any(|dots| segment.eq_ignore_ascii_case(dots))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(text: &str) -> String {
        serialize(text.as_bytes()).expect("valid")
    }

    #[test]
    fn dot_segments_are_resolved_also_where_they_are_escaped() {
        for (text, expected) in [
            ("/a/../b", "/b"),
            ("/a/%2e%2E/b", "/b"),
            ("/a/.%2e/b", "/b"),
            ("/a/./b", "/a/b"),
            ("/a/%2e/b", "/a/b"),
            ("/a/b/..", "/a/"),
            ("/a/b/.", "/a/b/"),
            ("/..", "/"),
            ("/../../a", "/a"),
            ("/.", "/"),
            ("/...", "/..."),
            ("/..%2fx", "/..%2fx"),
            ("/a/..b/.c", "/a/..b/.c"),
        ] {
            assert_eq!(path(text), expected, "{text}");
        }
    }

    #[test]
    fn only_what_the_standard_names_is_escaped() {
        assert_eq!(path("/a\"<>`{}é"), "/a%22%3C%3E%60%7B%7D%C3%A9");
        assert_eq!(path("/!$&'()*+,;=:@~[]^|-._%zz%2f"), "/!$&'()*+,;=:@~[]^|-._%zz%2f");
    }

    #[test]
    fn a_path_is_normal_where_it_is_its_own_serialisation() {
        for normal in ["/", "/a/b/", "/.well-known/x", "/a%2Fb", "/%zz", "/a^b"] {
            assert!(is_normal_path(normal), "{normal}");
        }
        for other in ["", "a", "/a//b", "/a\\b", "/a/..", "/a/%2e", "/a b", "/é", "/a?b", "/a#b", "*"] {
            assert!(!is_normal_path(other), "{other}");
        }
    }
}
