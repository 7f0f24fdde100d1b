//! A rule's source: which paths it matches, and what it takes from them.
//!
//! It matches the whole path as it stands in a request's normalised target, escapes and all. One `/` may follow at the
//! end. Most sources are a literal path, or one with a tail of segments: those are compared without an expression. Of the
//! others, whatever literal text they begin with is compared first.

use super::captures::{Captures, Value};
use super::expression::{Expression, TooManySteps};
use super::tokens::{self, Modifier, Name, Param, Token};

/// A compiled source.
#[derive(Clone, Debug)]
pub struct Source {
    /// As it was written.
    text: String,
    /// The literal text that it begins with.
    prefix: String,
    /// How the rest is matched.
    rest: Rest,
    is_case_sensitive: bool,
}

#[derive(Clone, Debug)]
enum Rest {
    /// There is none.
    Nothing,
    /// `/:name*` or `/:name+`.
    Segments { name: Option<String>, may_be_empty: bool },
    /// `/(.*)` or `/:name(.*)`.
    Anything { name: Option<String> },
    /// An expression over the whole path, and what its groups are.
    Expression { expression: Expression, keys: Vec<Key> },
}

/// A group of an expression that a parameter stands for.
#[derive(Clone, Debug)]
struct Key {
    /// `None` for an unnamed parameter: nothing can refer to it.
    name: Option<String>,
    /// What stands between the occurrences of a repeated parameter.
    separator: Option<String>,
}

/// Why a source cannot be compiled.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SourceError {
    /// It is no pattern.
    #[error(transparent)]
    Syntax(#[from] tokens::SyntaxError),
    /// It holds an expression that is none.
    #[error(transparent)]
    Expression(#[from] super::expression::ExpressionError),
    /// A group inside of a parameter's own pattern has a name: what the groups stand for would be confused.
    #[error("the named group `{0}` stands inside of a parameter's pattern: name the parameter instead (`:{0}(…)`)")]
    NamedGroup(String),
}

impl Source {
    /// Compiles a source.
    ///
    /// # Errors
    /// [`SourceError`].
    pub fn new(source: &str, is_case_sensitive: bool) -> Result<Self, SourceError> {
        let tokens = tokens::parse(source, "/")?;
        let prefix = match tokens.first() {
            Some(Token::Text(text)) => text.clone(),
            Some(Token::Param(_)) | None => String::new(),
        };
        let behind = if prefix.is_empty() { &tokens[..] } else { &tokens[1..] };
        let rest = match behind {
            [] => Rest::Nothing,
            [Token::Param(param)] if let Some(tail) = tail(param) => tail,
            _ => Self::expression(&tokens, is_case_sensitive)?,
        };
        Ok(Self { text: source.to_owned(), prefix, rest, is_case_sensitive })
    }

    fn expression(tokens: &[Token], is_case_sensitive: bool) -> Result<Rest, SourceError> {
        let exact = tokens::expression(tokens, "/", true)?;
        let text = format!(r"{}(?:\/)?$", exact.strip_suffix('$').unwrap_or(&exact));
        let expression = Expression::new(&text, !is_case_sensitive)?;
        if let Some(name) = expression.names().iter().flatten().next() {
            return Err(SourceError::NamedGroup(name.clone()));
        }
        let keys = tokens.iter().filter_map(key).collect();
        Ok(Rest::Expression { expression, keys })
    }

    /// Whether it matches a path.
    ///
    /// # Errors
    /// [`TooManySteps`].
    pub fn is_match(&self, path: &str) -> Result<bool, TooManySteps> {
        let Some(rest) = self.behind_prefix(path) else { return Ok(false) };
        match &self.rest {
            Rest::Nothing => Ok(matches!(rest, "" | "/")),
            Rest::Segments { may_be_empty, .. } => Ok(segments(rest, *may_be_empty).is_some()),
            Rest::Anything { .. } => Ok(rest.starts_with('/')),
            Rest::Expression { expression, .. } => expression.is_match(path),
        }
    }

    /// What it takes from a path; `None` where it does not match.
    ///
    /// # Errors
    /// [`TooManySteps`].
    pub fn captures(&self, path: &str) -> Result<Option<Captures<'_>>, TooManySteps> {
        let Some(rest) = self.behind_prefix(path) else { return Ok(None) };
        let mut captures = Captures::default();
        match &self.rest {
            Rest::Nothing if !matches!(rest, "" | "/") => return Ok(None),
            Rest::Nothing => {}
            Rest::Segments { name, may_be_empty } => {
                let Some(text) = segments(rest, *may_be_empty) else { return Ok(None) };
                if let (Some(name), false) = (name, text.is_empty()) {
                    captures.set(name, Some(Value::List(text.split('/').map(str::to_owned).collect())));
                }
            }
            Rest::Anything { name } => {
                let Some(text) = rest.strip_prefix('/') else { return Ok(None) };
                if let Some(name) = name {
                    captures.set(name, Some(Value::Text(text.to_owned())));
                }
            }
            Rest::Expression { expression, keys } => {
                let Some(groups) = expression.groups(path)? else { return Ok(None) };
                for (key, group) in keys.iter().zip(&groups[1..]) {
                    let (Some(name), Some(text)) = (&key.name, group) else { continue };
                    let value = match &key.separator {
                        Some(separator) => Value::List(text.split(separator.as_str()).map(str::to_owned).collect()),
                        None => Value::Text((*text).to_owned()),
                    };
                    captures.set(name, Some(value));
                }
            }
        }
        Ok(Some(captures))
    }

    /// What of a path stands behind the literal beginning; `None` where it begins otherwise.
    fn behind_prefix<'path>(&self, path: &'path str) -> Option<&'path str> {
        let (start, rest) = path.split_at_checked(self.prefix.len())?;
        let is_same =
            if self.is_case_sensitive { start == self.prefix } else { start.eq_ignore_ascii_case(&self.prefix) };
        is_same.then_some(rest)
    }
}

impl std::fmt::Display for Source {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&self.text)
    }
}

/// A parameter at the end that takes whole segments.
fn tail(param: &Param) -> Option<Rest> {
    if param.prefix != "/" || !param.suffix.is_empty() {
        return None;
    }
    let name = match &param.name {
        Name::Given(name) => Some(name.clone()),
        Name::Position(_) | Name::None => None,
    };
    match (param.pattern.as_str(), param.modifier) {
        (r"[^\/]+?", Modifier::Any) => Some(Rest::Segments { name, may_be_empty: true }),
        (r"[^\/]+?", Modifier::Many) => Some(Rest::Segments { name, may_be_empty: false }),
        (".*", Modifier::Once) => Some(Rest::Anything { name }),
        _ => None,
    }
}

/// The segments of what stands behind a prefix, without the `/` before and the one that may stand behind them.
fn segments(rest: &str, may_be_empty: bool) -> Option<&str> {
    let Some(text) = rest.strip_prefix('/') else { return rest.is_empty().then_some("").filter(|_| may_be_empty) };
    if text.is_empty() {
        return Some("").filter(|_| may_be_empty);
    }
    let text = text.strip_suffix('/').unwrap_or(text);
    let has_gap = text.is_empty() || text.starts_with('/') || text.ends_with('/') || text.contains("//");
    (!has_gap).then_some(text)
}

fn key(token: &Token) -> Option<Key> {
    let Token::Param(param) = token else { return None };
    if param.pattern.is_empty() {
        return None;
    }
    let name = match &param.name {
        Name::Given(name) => Some(name.clone()),
        Name::Position(_) | Name::None => None,
    };
    let separator = param.modifier.is_repeated().then(|| format!("{}{}", param.prefix, param.suffix));
    Some(Key { name, separator })
}
