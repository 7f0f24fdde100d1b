//! Header fields as one block of text, in the form in which they cross the channel.
//!
//! The block is `name LF value LF` repeated: names lower-case tokens (RFC 9110 section 5.1), values
//! without CR, LF or NUL, bytes above 0x7F taken as latin-1. One block is one copy into a frame and one
//! lazy slice in JavaScript; nothing is parsed that is not touched. Look-ups are linear: a request has some
//! ten fields, and a scan of them costs less than a map costs to build.

use memchr::memchr;

/// A field that cannot stand in a [`HeaderBlock`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidHeader {
    /// The name is empty or holds a byte that is no token character.
    #[error("header name is not a token")]
    Name,
    /// The value holds CR, LF, NUL or another control character.
    #[error("header value holds a control character")]
    Value,
    /// A block from outside ends in the middle of a field.
    #[error("header block ends within a field")]
    Truncated,
}

/// Header fields in order, duplicates kept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HeaderBlock {
    text: Vec<u8>,
}

impl HeaderBlock {
    /// An empty block.
    pub const fn new() -> Self {
        Self { text: Vec::new() }
    }

    /// An empty block with room for `bytes` of text.
    pub fn with_capacity(bytes: usize) -> Self {
        Self { text: Vec::with_capacity(bytes) }
    }

    /// Takes a block that came from a worker and checks every field of it.
    ///
    /// # Errors
    /// [`InvalidHeader`] where a name is no lower-case token, a value holds a control character other than
    /// TAB, or the block ends within a field.
    pub fn from_untrusted(text: Vec<u8>) -> Result<Self, InvalidHeader> {
        let mut rest = text.as_slice();
        while !rest.is_empty() {
            let name_end = memchr(b'\n', rest).ok_or(InvalidHeader::Truncated)?;
            let value_end = memchr(b'\n', &rest[name_end + 1..]).ok_or(InvalidHeader::Truncated)? + name_end + 1;
            let name = &rest[..name_end];
            if name.is_empty() || !name.iter().all(|byte| is_token(*byte) && !byte.is_ascii_uppercase()) {
                return Err(InvalidHeader::Name);
            }
            if !rest[name_end + 1..value_end].iter().all(|byte| is_value(*byte)) {
                return Err(InvalidHeader::Value);
            }
            rest = &rest[value_end + 1..];
        }
        Ok(Self { text })
    }

    /// Appends a field; the name is lower-cased.
    ///
    /// # Errors
    /// [`InvalidHeader::Name`] or [`InvalidHeader::Value`]; the block is then unchanged.
    pub fn push(&mut self, name: &[u8], value: &[u8]) -> Result<(), InvalidHeader> {
        if name.is_empty() || !name.iter().all(|byte| is_token(*byte)) {
            return Err(InvalidHeader::Name);
        }
        if !value.iter().all(|byte| is_value(*byte)) {
            return Err(InvalidHeader::Value);
        }
        self.push_parsed(name, value);
        Ok(())
    }

    /// Appends a field that an HTTP parser has already checked (or that is a constant); the name is lower-cased.
    ///
    /// In debug builds an invalid field is a panic.
    pub fn push_parsed(&mut self, name: &[u8], value: &[u8]) {
        debug_assert!(!name.is_empty() && name.iter().all(|byte| is_token(*byte)), "checked by the caller");
        debug_assert!(value.iter().all(|byte| is_value(*byte)), "checked by the caller");
        self.text.reserve(name.len() + value.len() + 2);
        let start = self.text.len();
        self.text.extend_from_slice(name);
        self.text[start..].make_ascii_lowercase();
        self.text.push(b'\n');
        self.text.extend_from_slice(value);
        self.text.push(b'\n');
    }

    /// The fields in order.
    pub fn iter(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        let mut rest = self.text.as_slice();
        std::iter::from_fn(move || {
            let name_end = memchr(b'\n', rest)?;
            let value_end = memchr(b'\n', &rest[name_end + 1..])? + name_end + 1;
            let field = (&rest[..name_end], &rest[name_end + 1..value_end]);
            rest = &rest[value_end + 1..];
            Some(field)
        })
    }

    /// The first value of a field; `name` in lower case.
    pub fn first(&self, name: &str) -> Option<&[u8]> {
        self.iter().find(|(found, _)| *found == name.as_bytes()).map(|(_, value)| value)
    }

    /// Every value of a field, in order; `name` in lower case.
    pub fn all<'block>(&'block self, name: &'block str) -> impl Iterator<Item = &'block [u8]> {
        self.iter().filter(move |(found, _)| *found == name.as_bytes()).map(|(_, value)| value)
    }

    /// Whether the block has a field; `name` in lower case.
    pub fn contains(&self, name: &str) -> bool {
        self.first(name).is_some()
    }

    /// Keeps the fields for which `keep(name, value)` is true.
    pub fn retain(&mut self, mut keep: impl FnMut(&[u8], &[u8]) -> bool) {
        let mut kept = Vec::with_capacity(self.text.len());
        for (name, value) in self.iter() {
            if keep(name, value) {
                kept.extend_from_slice(name);
                kept.push(b'\n');
                kept.extend_from_slice(value);
                kept.push(b'\n');
            }
        }
        self.text = kept;
    }

    /// Whether the block has no field.
    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// The block's text, `name LF value LF` repeated.
    pub fn as_bytes(&self) -> &[u8] {
        &self.text
    }
}

/// Whether a byte may stand in a token (RFC 9110 section 5.6.2).
const fn is_token(byte: u8) -> bool {
    matches!(byte,
        b'!' | b'#' | b'$' | b'%' | b'&' | b'\'' | b'*' | b'+' | b'-' | b'.' | b'^' | b'_' | b'`' | b'|' | b'~'
        | b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z')
}

/// Whether a byte may stand in a field value: no control character but TAB (RFC 9110 section 5.5).
const fn is_value(byte: u8) -> bool {
    byte == b'\t' || (byte >= 0x20 && byte != 0x7f)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn names_are_lowered_and_order_is_kept() {
        let mut block = HeaderBlock::new();
        block.push(b"X-One", b"1").expect("valid");
        block.push(b"x-two", b"").expect("valid");
        block.push(b"X-ONE", b"\xe9").expect("valid");
        assert_eq!(block.as_bytes(), b"x-one\n1\nx-two\n\nx-one\n\xe9\n");
        assert_eq!(block.all("x-one").collect::<Vec<_>>(), [b"1".as_slice(), b"\xe9"]);
        assert_eq!(block.first("x-two"), Some(b"".as_slice()));
    }

    #[test]
    fn a_field_that_would_split_a_response_is_refused() {
        let mut block = HeaderBlock::new();
        assert_eq!(block.push(b"a b", b"1"), Err(InvalidHeader::Name));
        assert_eq!(block.push(b"", b"1"), Err(InvalidHeader::Name));
        assert_eq!(block.push(b"a", b"1\r\nset-cookie: x=1"), Err(InvalidHeader::Value));
        assert_eq!(HeaderBlock::from_untrusted(b"a\n1\nb".to_vec()), Err(InvalidHeader::Truncated));
        assert_eq!(HeaderBlock::from_untrusted(b"A\n1\n".to_vec()), Err(InvalidHeader::Name));
        assert_eq!(HeaderBlock::from_untrusted(b"a\n1\r\n".to_vec()), Err(InvalidHeader::Value));
        assert!(block.is_empty());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(10_000))]

        #[test]
        fn whatever_was_pushed_comes_out_again(fields in proptest::collection::vec(("[a-z-]{1,12}", "[ -~]{0,20}"), 0..12)) {
            let mut block = HeaderBlock::new();
            for (name, value) in &fields {
                block.push(name.as_bytes(), value.as_bytes()).expect("valid");
            }
            let again = HeaderBlock::from_untrusted(block.as_bytes().to_vec()).expect("valid");
            let read: Vec<_> = again.iter().map(|(n, v)| (n.to_vec(), v.to_vec())).collect();
            let sent: Vec<_> = fields.iter().map(|(n, v)| (n.clone().into_bytes(), v.clone().into_bytes())).collect();
            prop_assert_eq!(read, sent);
        }

        #[test]
        fn any_block_keeps_the_rules(fields in proptest::collection::vec(("[a-zA-Z: -]{0,6}", "[ -~\\n\\r\u{e9}]{0,8}"), 0..6), rest in proptest::collection::vec(any::<u8>(), 0..6)) {
            let mut bytes: Vec<u8> = fields.iter().flat_map(|(name, value)| format!("{name}\n{value}\n").into_bytes()).collect();
            bytes.extend(rest);
            crate::fuzzing::header_block(&bytes);
        }

        #[test]
        fn rubbish_never_panics(text in proptest::collection::vec(any::<u8>(), 0..200)) {
            if let Ok(block) = HeaderBlock::from_untrusted(text) {
                prop_assert!(block.iter().all(|(name, _)| !name.is_empty()));
            }
        }
    }
}
