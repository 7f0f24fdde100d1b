//! The parameters of a match: texts of the path as they stand, still percent-encoded.
//!
//! Nothing is decoded here. A handler's side decodes each segment once (`decodeURIComponent`), after splitting a
//! catch-all at its raw slashes, so that `%2F` never becomes a separator.

use smallvec::SmallVec;

use crate::percent;

/// The raw text of each dynamic segment, in the pattern's order.
///
/// A catch-all's text keeps the `/` between its segments; an absent optional catch-all is the empty text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RawParams<'path> {
    texts: SmallVec<[&'path str; 4]>,
}

impl<'path> RawParams<'path> {
    /// The texts in the pattern's order.
    pub fn iter(&self) -> impl Iterator<Item = &'path str> + '_ {
        self.texts.iter().copied()
    }

    /// How many parameters there are.
    pub fn len(&self) -> usize {
        self.texts.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.texts.is_empty()
    }

    /// Appends the texts to `output`, joined by LF: the form in which a handler call carries them.
    pub fn write_joined(&self, output: &mut String) {
        for (index, text) in self.texts.iter().enumerate() {
            if index > 0 {
                output.push('\n');
            }
            output.push_str(text);
        }
    }

    /// The texts joined by LF.
    pub fn joined(&self) -> String {
        let length = self.texts.iter().map(|text| text.len() + 1).sum();
        let mut output = String::with_capacity(length);
        self.write_joined(&mut output);
        output
    }

    pub(crate) fn push(&mut self, text: &'path str) {
        self.texts.push(text);
    }

    pub(crate) fn truncate(&mut self, length: usize) {
        self.texts.truncate(length);
    }
}

impl<'path> FromIterator<&'path str> for RawParams<'path> {
    fn from_iter<I: IntoIterator<Item = &'path str>>(texts: I) -> Self {
        Self { texts: texts.into_iter().collect() }
    }
}

/// Whether every escape of every parameter decodes to UTF-8. Where this is false the answer is 400, as a
/// project of Next.js with a `pages` directory gives it (one without gives 500).
pub fn params_are_decodable(params: &RawParams<'_>) -> bool {
    params.iter().all(percent::decodes_to_utf8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_joined_by_line_feeds() {
        let params: RawParams<'_> = ["a%2Fb", "", "c/d"].into_iter().collect();
        assert_eq!(params.joined(), "a%2Fb\n\nc/d");
        assert_eq!(RawParams::default().joined(), "");
    }

    #[test]
    fn a_malformed_escape_in_any_parameter_is_found() {
        let params = |texts: &[&'static str]| texts.iter().copied().collect::<RawParams<'static>>();
        assert!(params_are_decodable(&params(&["a", "%C3%A9/%20"])));
        assert!(!params_are_decodable(&params(&["a", "%zz"])));
        assert!(!params_are_decodable(&params(&["%C3/%A9"])));
    }
}
