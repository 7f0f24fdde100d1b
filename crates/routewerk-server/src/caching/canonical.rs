//! The one spelling of an entry's path, in which its handler sees it.
//!
//! `/a%62` and `/ab` have the same params and so the same entry. What the first client happened to write must not be in
//! what all get, so a generation's URL is spelled anew from the decoded text: what may stand bare in a segment
//! (RFC 3986 section 3.3) stands bare, all else is escaped in upper case. `revalidatePath` names paths in this spelling.

use routewerk_routes::{Pattern, Segment};

/// The path of the entry of these params: the raw text of each in the pattern's order, joined by LF. Every escape
/// must decode to UTF-8.
pub fn entry_path(pattern: &Pattern, params: &str, has_trailing_slash: bool) -> String {
    let mut path = String::new();
    let mut params = params.split('\n');
    for segment in pattern.segments() {
        match segment {
            // A folder's name is text as it stands: a percent sign in it is one.
            Segment::Static(name) => {
                path.push('/');
                name.bytes().for_each(|byte| push(&mut path, byte));
            }
            Segment::Dynamic { marker, .. } => {
                let text = params.next().unwrap_or_default();
                if !text.is_empty() {
                    path.push('/');
                    path.push_str(marker.as_ref().map_or("", |marker| marker.as_str()));
                    path.push_str(&canonical(text));
                }
            }
        }
    }
    if path.is_empty() || has_trailing_slash {
        path.push('/');
    }
    path
}

/// Respells the segments of a path, or of params joined by LF, given with or without escapes: what does not stand bare is
/// escaped.
pub fn canonical(text: &str) -> String {
    let mut output = String::with_capacity(text.len());
    let bytes = text.as_bytes();
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        match byte {
            // Separators; an escaped slash is content and stays escaped.
            b'/' | b'\n' => output.push(char::from(*byte)),
            _ => {
                let escaped = escape_at(&bytes[at..]);
                push(&mut output, escaped.unwrap_or(*byte));
                at += if escaped.is_some() { 2 } else { 0 };
            }
        }
        at += 1;
    }
    output
}

fn push(output: &mut String, byte: u8) {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    if is_bare(byte) {
        output.push(char::from(byte));
        return;
    }
    output.push('%');
    output.push(char::from(HEX[usize::from(byte >> 4)]));
    output.push(char::from(HEX[usize::from(byte & 15)]));
}

/// Whether a byte may stand in a segment as it is: `pchar` of RFC 3986.
const fn is_bare(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(
            byte,
            b'-' | b'.'
                | b'_'
                | b'~'
                | b'!'
                | b'$'
                | b'&'
                | b'\''
                | b'('
                | b')'
                | b'*'
                | b'+'
                | b','
                | b';'
                | b'='
                | b':'
                | b'@'
        )
}

/// The byte of the escape at the beginning of `bytes`, if there is one.
pub(crate) fn escape_at(bytes: &[u8]) -> Option<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16).map(|value| value as u8);
    match bytes {
        [b'%', high, low, ..] => Some(digit(*high)? << 4 | digit(*low)?),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_path_become_one() {
        for text in ["/a/b@c", "/%61/b%40c", "/a/%62@%63"] {
            assert_eq!(canonical(text), "/a/b@c", "{text}");
        }
        assert_eq!(canonical("/%c3%bc%20x/"), "/%C3%BC%20x/");
    }

    #[test]
    fn a_pattern_is_filled_with_its_params() {
        let path =
            |pattern: &str, params: &str, slash| entry_path(&Pattern::parse(pattern).expect("valid"), params, slash);
        assert_eq!(path("/a/[id]", "b%40c%2Fd", false), "/a/b@c%2Fd");
        assert_eq!(path("/a/[...s]/", "b/c", false), "/a/b/c");
        assert_eq!(path("/a/[x]/[[...s]]", "1\n", true), "/a/1/");
        assert_eq!(path("/[[...s]]", "", false), "/");
        assert_eq!(path("/ü x/y", "", false), "/%C3%BC%20x/y");
    }

    #[test]
    fn an_escaped_separator_stays_one_segment() {
        assert_eq!(canonical("/a%2fb/c%0Ad"), "/a%2Fb/c%0Ad");
        assert_eq!(canonical("a%2Fb\nc/d"), "a%2Fb\nc/d");
    }

    #[test]
    fn a_second_spelling_is_the_same() {
        for text in ["/%2525", "/100%25", "/%3Fq", "/%7B%7D", "/%5E|"] {
            let once = canonical(text);
            assert_eq!(canonical(&once), once);
        }
    }
}
