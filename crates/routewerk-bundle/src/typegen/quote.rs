//! Names of files and routes as TypeScript source: they may hold quotes, backslashes and control characters.
//!
//! JSON is a subset of TypeScript's string literals, so JSON's escapes do.

use std::cmp::Ordering;

/// A string literal.
pub(super) fn string(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// The order of JavaScript's `sort()`: by UTF-16 code units, which differs from Rust's beyond the basic plane.
pub(super) fn code_unit_order(left: &str, right: &str) -> Ordering {
    left.encode_utf16().cmp(right.encode_utf16())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_could_end_a_literal_is_escaped() {
        assert_eq!(string("a\"b\\c\nd'e`"), r#""a\"b\\c\nd'e`""#);
    }

    #[test]
    fn the_order_is_that_of_javascript() {
        assert_eq!(code_unit_order("\u{1F600}", "\u{FF5E}"), Ordering::Less);
        assert_eq!(code_unit_order("/a", "/a/b"), Ordering::Less);
    }
}
