//! Queries: as the URL standard serialises them, and as Next.js hands them to a handler.
//!
//! Next.js takes a query apart into an object and puts it together again. So a handler sees `application/
//! x-www-form-urlencoded` serialisation (URL standard section 5.2), keys that occur more than once grouped at the
//! first place, keys that are array indices first and in order, and without the keys that Next.js uses for itself
//! (`nxtP…`, `nxtI…`, `nextInternalLocale`). Here those are removed and mean nothing: params come from the path.
//!
//! Different on purpose: a key `__proto__`, which that object loses, is kept.

use std::borrow::Cow;

use super::{BadTarget, encoded};
use crate::percent::{self, escape_at};

/// Which bytes stand in a serialised query as they are.
const PLAIN_IN_QUERY: [bool; 256] = {
    let mut plain = [false; 256];
    let mut byte = 0;
    while byte < 256 {
        plain[byte] = !percent::is_encoded_in_query(byte as u8);
        byte += 1;
    }
    plain
};

/// How many pairs the short way compares with each other.
const FEW_PAIRS: usize = 16;

/// The query of an http URL, serialised: what is not allowed in it escaped, everything else as it stands.
pub(crate) fn serialize_search(raw: &[u8]) -> Result<Cow<'_, str>, BadTarget> {
    if raw.iter().all(|byte| PLAIN_IN_QUERY[usize::from(*byte)]) {
        return std::str::from_utf8(raw).map(Cow::Borrowed).map_err(|_| BadTarget::NotUtf8);
    }
    encoded(raw, percent::is_encoded_in_query)
}

/// The name-value pairs of a query, decoded (URL standard section 5.1): what `URLSearchParams` holds.
pub fn query_pairs(search: &str) -> impl Iterator<Item = (Cow<'_, str>, Cow<'_, str>)> {
    search.split('&').filter(|pair| !pair.is_empty()).map(|pair| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        (decode(name), decode(value))
    })
}

/// The query that a handler sees, or `None` where nothing is left of it. Borrowed where it is in that form already.
pub fn handler_query(search: Cow<'_, str>) -> Option<Cow<'_, str>> {
    if is_canonical(&search) {
        return Some(search);
    }
    let pairs = grouped(query_pairs(&search).filter(|(name, _)| !is_internal(name)));
    let text = join(&pairs, push_form_encoded);
    (!text.is_empty()).then_some(Cow::Owned(text))
}

/// The query of a trailing-slash redirect: grouped likewise, but escaped by `encodeURIComponent` and complete.
pub(super) fn redirect_query(search: &str) -> Option<String> {
    let text = join(&grouped(query_pairs(search)), |output, text| {
        percent::push_encoded(output, text, |byte| !percent::is_uri_component(byte));
    });
    (!text.is_empty()).then_some(text)
}

/// Whether a name is one that Next.js keeps for itself.
fn is_internal(name: &str) -> bool {
    let has_prefix = |prefix| name.len() > 4 && name.starts_with(prefix);
    name == "nextInternalLocale" || has_prefix("nxtP") || has_prefix("nxtI")
}

/// What a byte of a query means to the pass that looks for what must change.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    Plain,
    Escape,
    Equals,
    Ampersand,
    Changed,
}

const CLASSES: [Class; 256] = {
    let mut classes = [Class::Changed; 256];
    let mut byte = 0;
    while byte < 256 {
        if is_form_plain(byte as u8) {
            classes[byte] = Class::Plain;
        }
        byte += 1;
    }
    classes[b'+' as usize] = Class::Plain;
    classes[b'%' as usize] = Class::Escape;
    classes[b'=' as usize] = Class::Equals;
    classes[b'&' as usize] = Class::Ampersand;
    classes
};

/// Whether a query is certainly what [`handler_query`] would make of it, in one pass. Says no in doubt.
fn is_canonical(search: &str) -> bool {
    let bytes = search.as_bytes();
    let mut names: [&[u8]; FEW_PAIRS] = [b""; FEW_PAIRS];
    let (mut count, mut pair_start, mut name_end) = (0, 0, None);
    for (at, byte) in bytes.iter().enumerate() {
        match CLASSES[usize::from(*byte)] {
            Class::Plain => {}
            Class::Escape if is_kept_escape(&bytes[at..]) => {}
            Class::Equals if name_end.is_none() => {
                let name = &bytes[pair_start..at];
                if count == FEW_PAIRS || !is_name_in_place(name, &names[..count], bytes) {
                    return false;
                }
                names[count] = name;
                count += 1;
                name_end = Some(at);
            }
            Class::Ampersand if name_end.is_some() => (pair_start, name_end) = (at + 1, None),
            Class::Escape | Class::Equals | Class::Ampersand | Class::Changed => return false,
        }
    }
    name_end.is_some()
}

/// Whether regrouping leaves a name where it is: array indices come first, and a name that came before must have
/// come last.
fn is_name_in_place(name: &[u8], before: &[&[u8]], search: &[u8]) -> bool {
    match name.first() {
        Some(b'n') if std::str::from_utf8(name).is_ok_and(is_internal) => return false,
        Some(b'0'..=b'9') if memchr::memchr(b'&', search).is_some() => return false,
        _ => {}
    }
    match before.split_last() {
        None => true,
        Some((last, others)) => *last == name || !others.contains(&name),
    }
}

/// Whether an escape is the one that form-urlencoded serialisation writes. Says no to escapes beyond ASCII.
fn is_kept_escape(bytes: &[u8]) -> bool {
    escape_at(bytes).is_some_and(|byte| byte < 0x80 && byte != b' ' && !is_form_plain(byte))
        && !bytes[1..3].iter().any(u8::is_ascii_lowercase)
}

/// Groups pairs by name at the first place of each name, array indices first and in order.
fn grouped<'text>(
    pairs: impl Iterator<Item = (Cow<'text, str>, Cow<'text, str>)>,
) -> Vec<(Cow<'text, str>, Cow<'text, str>)> {
    let pairs: Vec<_> = pairs.collect();
    // Sorting instead of a map: its cost does not depend on how a client chooses the names.
    let mut by_name: Vec<usize> = (0..pairs.len()).collect();
    by_name.sort_by(|left, right| pairs[*left].0.cmp(&pairs[*right].0));
    let mut first = vec![0; pairs.len()];
    for run in by_name.chunk_by(|left, right| pairs[*left].0 == pairs[*right].0) {
        for index in run {
            first[*index] = run[0];
        }
    }
    let mut keyed: Vec<_> = pairs
        .into_iter()
        .enumerate()
        .map(|(index, pair)| {
            let array_index = array_index(&pair.0);
            ((array_index.is_none(), array_index, first[index], index), pair)
        })
        .collect();
    keyed.sort_by_key(|(key, _)| *key);
    keyed.into_iter().map(|(_, pair)| pair).collect()
}

/// The number of a name that JavaScript takes for an array index: canonical decimal, at most 2³² − 2.
pub(crate) fn array_index(name: &str) -> Option<u32> {
    let is_canonical = name == "0" || (!name.starts_with('0') && name.bytes().all(|byte| byte.is_ascii_digit()));
    name.parse().ok().filter(|number| is_canonical && *number < u32::MAX)
}

fn join(pairs: &[(Cow<'_, str>, Cow<'_, str>)], push: impl Fn(&mut String, &str)) -> String {
    let mut text = String::new();
    for (index, (name, value)) in pairs.iter().enumerate() {
        if index > 0 {
            text.push('&');
        }
        push(&mut text, name);
        text.push('=');
        push(&mut text, value);
    }
    text
}

fn push_form_encoded(output: &mut String, text: &str) {
    for byte in text.bytes() {
        match byte {
            b' ' => output.push('+'),
            _ if is_form_plain(byte) => output.push(char::from(byte)),
            _ => percent::push_escape(output, byte),
        }
    }
}

/// What form-urlencoded serialisation leaves as it is.
const fn is_form_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'*' | b'-' | b'.' | b'_')
}

/// Form-urlencoded decoding: `+` is a space, malformed escapes stand for themselves, what is not UTF-8 is replaced.
fn decode(text: &str) -> Cow<'_, str> {
    if !text.bytes().any(|byte| byte == b'%' || byte == b'+') {
        return Cow::Borrowed(text);
    }
    let bytes = text.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        match (bytes[at], escape_at(&bytes[at..])) {
            (_, Some(byte)) => {
                decoded.push(byte);
                at += 2;
            }
            (b'+', None) => decoded.push(b' '),
            (byte, None) => decoded.push(byte),
        }
        at += 1;
    }
    Cow::Owned(String::from_utf8_lossy(&decoded).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(search: &str) -> Option<String> {
        handler_query(Cow::Borrowed(search)).map(Cow::into_owned)
    }

    #[test]
    fn a_handler_sees_what_next_js_puts_together_again() {
        for (search, expected) in [
            ("x=%20+y&z&w=a%2Fb", "x=++y&z=&w=a%2Fb"),
            ("b=1&a=2&b=3", "b=1&b=3&a=2"),
            (
                "b=1&2=x&1=y&01=z&4294967294=p&4294967295=q&-1=r&1.5=s",
                "1=y&2=x&4294967294=p&b=1&01=z&4294967295=q&-1=r&1.5=s",
            ),
            ("a=%27()!~[]*-._", "a=%27%28%29%21%7E%5B%5D*-._"),
            ("&&a=1&&", "a=1"),
            ("=v", "=v"),
            ("=", "="),
            ("a=%zz&b=%", "a=%25zz&b=%25"),
            ("a=%FF%C3%A9", "a=%EF%BF%BD%C3%A9"),
            ("a=b=c", "a=b%3Dc"),
            ("a=1;b=2", "a=1%3Bb%3D2"),
            ("a=%2e%2E%61", "a=..a"),
            ("%6eame=1&name=2", "name=1&name=2"),
            ("a=?/:@", "a=%3F%2F%3A%40"),
            ("toString=1&constructor=2&__proto__=3", "toString=1&constructor=2&__proto__=3"),
        ] {
            assert_eq!(seen(search).as_deref(), Some(expected), "{search}");
        }
    }

    #[test]
    fn internal_names_are_removed_and_mean_nothing() {
        assert_eq!(seen("nxtPid=2&a=1").as_deref(), Some("a=1"));
        assert_eq!(
            seen("nxtIid=2&nxtP=3&nxtI=4&nextInternalLocale=x&_rsc=1&__nextLocale=q").as_deref(),
            Some("nxtP=3&nxtI=4&_rsc=1&__nextLocale=q")
        );
        assert_eq!(seen("%6ExtPid=2"), None);
    }

    #[test]
    fn a_query_in_its_final_form_is_borrowed() {
        for search in ["a=1&b=2", "q=x+y%2Fz", "a=1&a=2&b=", "1=x", "=", "a=*-._"] {
            assert!(matches!(handler_query(Cow::Borrowed(search)), Some(Cow::Borrowed(text)) if text == search));
        }
    }

    #[test]
    fn a_redirect_escapes_as_encode_uri_component_does() {
        let search = "a='()!~[]&b=%zz&c=%FF&e=a;b&f=%2e&2=x&1=y&g&=h&nxtPx=1&q=%20+";
        let expected = "1=y&2=x&a='()!~%5B%5D&b=%25zz&c=%EF%BF%BD&e=a%3Bb&f=.&g=&=h&nxtPx=1&q=%20%20";
        assert_eq!(redirect_query(search).as_deref(), Some(expected));
        assert_eq!(redirect_query("&&"), None);
    }
}
