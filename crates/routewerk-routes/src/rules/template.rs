//! Text with parameters, filled from what a rule has taken from a request: the path, the query and the host of a destination, and the
//! names and values of fields.

use super::captures::{Captures, Value};
use super::tokens::{Modifier, Param, Token};
use crate::percent;

/// Why a text cannot be filled.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FillError {
    /// A parameter that must be there is absent from the request.
    #[error("expected `{0}` to be there")]
    Absent(String),
    /// A parameter has several values, and stands without `*` or `+`.
    #[error("to use a multi-match in the destination you must add `*` at the end of the param name (`{0}`)")]
    Repeated(String),
    /// The result is longer than [`MAX_BYTES`].
    #[error("the result is longer than {MAX_BYTES} bytes")]
    TooLong,
}

/// The longest filled text: each rewrite of a chain may multiply what a client has sent.
pub const MAX_BYTES: usize = 64 * 1024;

/// A text with parameters.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Template {
    pieces: Vec<Piece>,
    /// Whether the first character is left out again.
    has_lead: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    Text(String),
    Param {
        name: String,
        prefix: String,
        suffix: String,
        modifier: Modifier,
        /// What stands for it where it is absent; `None` where that is an error, or nothing if it is optional.
        absent: Option<String>,
    },
}

impl Template {
    /// The template of a path or host.
    pub(super) fn of_path(tokens: Vec<Token>) -> Self {
        let piece = |token| match token {
            Token::Text(text) => Piece::Text(text),
            Token::Param(Param { name, prefix, suffix, pattern: _, modifier }) => {
                Piece::Param { name: name.to_string(), prefix, suffix, modifier, absent: None }
            }
        };
        Self { pieces: tokens.into_iter().map(piece).collect(), has_lead: false }
    }

    /// The template of a text that is no path (a field, the value of a query): `:name` is filled where there is such a
    /// parameter, any other text stands for itself.
    pub(super) fn of_text(text: &str) -> Self {
        // Next.js has it begin with a slash while it is filled, which is then a first parameter's prefix.
        let mut pieces = Vec::new();
        let mut literal = String::from("/");
        let mut rest = text;
        while let Some(colon) = rest.find(':') {
            let name_length =
                rest[colon + 1..].bytes().take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_').count();
            let name = &rest[colon + 1..colon + 1 + name_length];
            literal.push_str(&rest[..colon]);
            rest = &rest[colon + 1 + name_length..];
            if name.is_empty() {
                literal.push(':');
                continue;
            }
            let (modifier, sign) = match rest.bytes().next() {
                Some(b'*') => (Modifier::Any, "*"),
                Some(b'+') => (Modifier::Many, "+"),
                Some(b'?') => (Modifier::Optional, "?"),
                _ => (Modifier::Once, ""),
            };
            rest = &rest[sign.len()..];
            let prefix = match literal.pop() {
                Some(last @ ('/' | '.')) => last.to_string(),
                Some(other) => {
                    literal.push(other);
                    String::new()
                }
                None => String::new(),
            };
            if !literal.is_empty() {
                pieces.push(Piece::Text(std::mem::take(&mut literal)));
            }
            let absent = Some(format!("{prefix}:{name}{sign}"));
            pieces.push(Piece::Param { name: name.to_owned(), prefix, suffix: String::new(), modifier, absent });
        }
        literal.push_str(rest);
        pieces.push(Piece::Text(literal));
        Self { pieces, has_lead: true }
    }

    /// The names of its parameters.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.pieces.iter().filter_map(|piece| match piece {
            Piece::Param { name, .. } => Some(name.as_str()),
            Piece::Text(_) => None,
        })
    }

    /// The text, filled; `push` appends a value.
    ///
    /// # Errors
    /// [`FillError`].
    pub(super) fn fill(&self, captures: &Captures<'_>, push: impl Fn(&mut String, &str)) -> Result<String, FillError> {
        let mut output = String::new();
        for piece in &self.pieces {
            let (name, prefix, suffix, modifier, absent) = match piece {
                Piece::Text(text) => {
                    output.push_str(text);
                    continue;
                }
                Piece::Param { name, prefix, suffix, modifier, absent } => (name, prefix, suffix, *modifier, absent),
            };
            let mut push_one = |value: &str| {
                output.push_str(prefix);
                push(&mut output, value);
                output.push_str(suffix);
            };
            match captures.value(name) {
                Some(Value::Text(value)) => push_one(value),
                Some(Value::List(values)) if modifier.is_repeated() => values.iter().for_each(|value| push_one(value)),
                Some(Value::List(_)) => return Err(FillError::Repeated(name.clone())),
                None => match absent {
                    Some(absent) => output.push_str(absent),
                    None if modifier.is_optional() => {}
                    None => return Err(FillError::Absent(name.clone())),
                },
            }
            if output.len() > MAX_BYTES {
                return Err(FillError::TooLong);
            }
        }
        if self.has_lead {
            output.remove(0);
        }
        Ok(output)
    }
}

/// Appends a value to a path: what came from the path stands as it is, what came from elsewhere is escaped.
pub(super) fn push_into_path(output: &mut String, value: &str) {
    percent::push_encoded(output, value, percent::is_encoded_in_path);
}

/// Appends a value to a host.
pub(super) fn push_into_host(output: &mut String, value: &str) {
    percent::push_encoded(output, value, |byte| !percent::is_uri_component(byte));
}

/// Appends a value as it is.
pub(super) fn push_plain(output: &mut String, value: &str) {
    output.push_str(value);
}
