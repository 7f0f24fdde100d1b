//! Regular expressions of JavaScript, as rules have them: checked when they are compiled, bounded when they run.
//!
//! An expression is read with the grammar that a `RegExp` without flags has (ECMAScript 2025 section 22.2 with Annex B:
//! a `{` that begins no quantifier is itself) and written anew in the syntax of `fancy-regex`. What has neither
//! look-around nor a reference to a group then runs in time linear in the text (all that `:name` parameters make does);
//! the rest backtracks up to [`STEP_LIMIT`] steps, so that no request can keep a front thread busy.
//!
//! Different from JavaScript, on purpose:
//! - a group in a repeated group keeps what it matched in an earlier round (JavaScript forgets it);
//! - `.` and classes take a character beyond the basic plane as one, not as two halves;
//! - letters of either case are the same within ASCII alone (which is all that a path has).

mod class;
mod reader;

use std::fmt;

pub(super) use reader::Read;

/// How many times a match may step back before it is given up. A path of 16 KiB takes some 16,000 where an expression is
/// sound.
pub const STEP_LIMIT: usize = 100_000;

/// The longest compiled form of an expression, in bytes.
const SIZE_LIMIT: usize = 4 * 1024 * 1024;

/// Why an expression is refused when it is compiled.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("invalid regular expression: /{source_text}/: {reason}")]
pub struct ExpressionError {
    /// The expression.
    pub source_text: String,
    /// What is wrong with it.
    pub reason: String,
}

/// A match was given up: it had stepped back [`STEP_LIMIT`] times.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the match was given up after {STEP_LIMIT} steps back")]
pub struct TooManySteps;

/// A compiled expression.
#[derive(Clone)]
pub struct Expression {
    compiled: fancy_regex::Regex,
    /// The name of each group, in order; the first group is the first element.
    names: Vec<Option<String>>,
}

impl Expression {
    /// Compiles an expression.
    ///
    /// # Errors
    /// [`ExpressionError`] where JavaScript refuses it too, and where its compiled form is too large.
    pub fn new(source: &str, ignores_case: bool) -> Result<Self, ExpressionError> {
        let refused = |reason: String| ExpressionError { source_text: source.to_owned(), reason };
        let Read { text, names } = reader::read(source).map_err(refused)?;
        let compiled = fancy_regex::RegexBuilder::new(&text)
            .case_insensitive(ignores_case)
            .backtrack_limit(STEP_LIMIT)
            .delegate_size_limit(SIZE_LIMIT)
            .build()
            .map_err(|error| refused(error.to_string()))?;
        Ok(Self { compiled, names })
    }

    /// Whether it matches somewhere in a text.
    ///
    /// # Errors
    /// [`TooManySteps`].
    pub fn is_match(&self, text: &str) -> Result<bool, TooManySteps> {
        self.compiled.is_match(text).map_err(|_| TooManySteps)
    }

    /// The groups of its first match: the whole of it first, `None` for groups that took no part.
    ///
    /// # Errors
    /// [`TooManySteps`].
    pub fn groups<'text>(&self, text: &'text str) -> Result<Option<Vec<Option<&'text str>>>, TooManySteps> {
        let captures = self.compiled.captures(text).map_err(|_| TooManySteps)?;
        Ok(captures.map(|captures| captures.iter().map(|group| group.map(|group| group.as_str())).collect()))
    }

    /// The names of its groups, the first group first.
    pub fn names(&self) -> &[Option<String>] {
        &self.names
    }
}

impl fmt::Debug for Expression {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Expression({})", self.compiled.as_str())
    }
}
