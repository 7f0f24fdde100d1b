//! The rules of next.config, `headers()`, `redirects()` and `rewrites()`: compiled once, applied to each request.
//!
//! They follow Next.js 16.4.6: patterns in the language of path-to-regexp 6.3, matched on the one normalised path as it
//! stands (escapes and all), without regard to case unless `experimental.caseSensitiveRoutes` is set; a rule's
//! parameters are filled into its destination as they stand. Nothing here does I/O or knows a route: a rewrite's
//! destination is looked up by whoever asks.
//!
//! Different on purpose: what a client sends beside the path (a query, a cookie, a field) is escaped where it is filled
//! into a path, so that it can neither begin a query nor a fragment; a value that could split a reply is an error.
//!
//! Reading order: [`RuleDefinitions`] (what next.config has), [`tokens`](parse_pattern) and [`Source`] (patterns),
//! [`Expression`] (JavaScript's regular expressions, bounded), this file.
//!
//! Speed: without rules a request pays for nothing; with them, a source that does not match costs a comparison of its
//! literal beginning and allocates nothing.

mod captures;
mod condition;
mod definition;
mod destination;
mod expression;
mod fields;
#[cfg(test)]
mod oracle;
mod query;
mod source;
mod template;
mod tokens;

use std::borrow::Cow;

pub use captures::{Captures, Value};
pub use condition::RequestFacts;
pub use definition::{
    FieldDefinition, HeaderDefinition, ItemDefinition, ItemKind, RedirectDefinition, RewriteDefinition,
    RewriteDefinitions, RuleDefinitions,
};
pub use destination::{DestinationError, FilledOrigin, pattern_of_destination};
pub use expression::{Expression, ExpressionError, STEP_LIMIT, TooManySteps};
pub use fields::{FieldError, RuleFields};
pub use query::Query;
pub use source::{Source, SourceError};
pub use template::{FillError, MAX_BYTES};
pub use tokens::{DELIMITERS, Modifier, Name, Param, SyntaxError, Token, expression_length, parse as parse_pattern};

use condition::Conditions;
use destination::Destination;
use fields::{Field, FieldsOfRules};

/// What of next.config bears on all rules.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RuleSettings {
    /// `basePath`: empty, or beginning with `/` and not ending with one.
    pub base_path: String,
    /// `experimental.caseSensitiveRoutes`. As in Next.js it has no effect on `beforeFiles`.
    pub is_case_sensitive: bool,
}

/// The compiled rules of a configuration.
#[derive(Clone, Debug, Default)]
pub struct Rules {
    headers: Vec<HeaderRule>,
    redirects: Vec<RedirectRule>,
    before_files: Vec<RewriteRule>,
    after_files: Vec<RewriteRule>,
    fallback: Vec<RewriteRule>,
    /// Paths that no redirect is for: those of Next.js's own files.
    own_files: String,
}

#[derive(Clone, Debug)]
struct HeaderRule {
    source: Source,
    conditions: Conditions,
    fields: Vec<Field>,
}

#[derive(Clone, Debug)]
struct RedirectRule {
    source: Source,
    conditions: Conditions,
    destination: Destination,
    status: u16,
}

#[derive(Clone, Debug)]
struct RewriteRule {
    source: Source,
    conditions: Conditions,
    destination: Destination,
}

/// Where a rewrite stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Before files and routes are looked for.
    BeforeFiles,
    /// Before routes with parameters are looked for.
    AfterFiles,
    /// Where nothing else was found.
    Fallback,
}

/// Why a rule cannot be compiled.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the rule for `{rule}`: {reason}")]
pub struct RuleError {
    /// Its source, as it stands in the configuration.
    pub rule: String,
    /// What is wrong with it.
    #[source]
    pub reason: Reason,
}

/// What is wrong with a rule.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Reason {
    /// With its source.
    #[error("`source`: {0}")]
    Source(#[from] SourceError),
    /// With its destination.
    #[error("`destination`: {0}")]
    Destination(#[from] DestinationError),
    /// With a value of `has` or `missing`.
    #[error("`has` or `missing`: {0}")]
    Condition(#[from] ExpressionError),
    /// With a field.
    #[error("`headers`: {0}")]
    Field(#[from] FieldError),
    /// With its status.
    #[error("`statusCode`: {0} is none of 301, 302, 303, 307 and 308")]
    Status(u16),
}

/// Why rules cannot be applied to a request.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RuleFailure {
    /// The request makes an expression step back too often.
    #[error("the rule for `{rule}`: {reason}")]
    TooManySteps {
        /// The rule's source as compiled.
        rule: String,
        /// What happened.
        #[source]
        reason: TooManySteps,
    },
    /// A destination cannot be filled.
    #[error("a destination of next.config cannot be filled: {0}")]
    Destination(FillError),
    /// A field cannot be filled.
    #[error("a header of next.config cannot be filled: {0}")]
    Field(FieldError),
}

/// A redirect for a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Redirect {
    /// The value of `location`: printable ASCII.
    pub location: String,
    /// 301, 302, 303, 307 or 308.
    pub status: u16,
}

/// What the rewrites of a place have come to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rewritten<T> {
    /// Something was found at a destination.
    Found(T),
    /// The request belongs to another server.
    Away(Away),
    /// Nothing was found so far.
    Nothing,
}

/// Another server that a request belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Away {
    /// Its origin.
    pub origin: FilledOrigin,
    /// The path there.
    pub path: String,
    /// The query there, without `?`; empty where there is none.
    pub search: String,
}

impl Rules {
    /// Compiles the rules of a configuration.
    ///
    /// # Errors
    /// [`RuleError`] for the first that cannot be compiled.
    pub fn compile(definitions: &RuleDefinitions, settings: &RuleSettings) -> Result<Self, RuleError> {
        let base = settings.base_path.as_str();
        let is_case_sensitive = settings.is_case_sensitive;
        let mut rules = Self { own_files: format!("{base}/_next"), ..Self::default() };
        for definition in &definitions.headers {
            let HeaderDefinition { source, base_path, has, missing, headers } = definition;
            let compile = || -> Result<HeaderRule, Reason> {
                let fields = headers.iter().map(|field| Field::new(&field.key, &field.value));
                Ok(HeaderRule {
                    source: Source::new(&with_base(source, base, *base_path), is_case_sensitive)?,
                    conditions: conditions(has.as_ref(), missing.as_ref())?,
                    fields: fields.collect::<Result<_, _>>()?,
                })
            };
            rules.headers.push(compile().map_err(|reason| RuleError { rule: source.clone(), reason })?);
        }
        for definition in &definitions.redirects {
            let RedirectDefinition { source, destination, permanent, status_code, base_path, has, missing } =
                definition;
            let compile = || -> Result<RedirectRule, Reason> {
                let status = status_code.filter(|status| *status != 0);
                let status = status.unwrap_or(if *permanent == Some(true) { 308 } else { 307 });
                if !matches!(status, 301 | 302 | 303 | 307 | 308) {
                    return Err(Reason::Status(status));
                }
                Ok(RedirectRule {
                    source: Source::new(&with_base(source, base, *base_path), is_case_sensitive)?,
                    conditions: conditions(has.as_ref(), missing.as_ref())?,
                    destination: Destination::new(&destination_with_base(destination, base, *base_path))?,
                    status,
                })
            };
            rules.redirects.push(compile().map_err(|reason| RuleError { rule: source.clone(), reason })?);
        }
        let [before, after, fallback] = definitions.rewrites.places();
        let rewrites = |definitions: &[RewriteDefinition], is_case_sensitive| {
            let rules = definitions.iter().map(|definition| RewriteRule::new(definition, base, is_case_sensitive));
            rules.collect::<Result<Vec<_>, _>>()
        };
        rules.before_files = rewrites(before, false)?;
        rules.after_files = rewrites(after, is_case_sensitive)?;
        rules.fallback = rewrites(fallback, is_case_sensitive)?;
        Ok(rules)
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.headers.is_empty() && self.redirects.is_empty() && !self.has_rewrites()
    }

    /// Whether there is a rewrite.
    pub fn has_rewrites(&self) -> bool {
        ![&self.before_files, &self.after_files, &self.fallback].iter().all(|rules| rules.is_empty())
    }

    /// Begins with a request: its normalised path, base path included, and its query without `?`.
    pub fn begin<'request>(
        &'request self,
        path: &'request str,
        search: Option<&'request str>,
        facts: &'request dyn RequestFacts,
    ) -> Passage<'request> {
        Passage { rules: self, path: Cow::Borrowed(path), search: search.unwrap_or_default(), query: None, facts }
    }
}

impl RewriteRule {
    fn new(definition: &RewriteDefinition, base: &str, is_case_sensitive: bool) -> Result<Self, RuleError> {
        let RewriteDefinition { source, destination, base_path, has, missing } = definition;
        let compile = || -> Result<Self, Reason> {
            Ok(Self {
                source: Source::new(&with_base(source, base, *base_path), is_case_sensitive)?,
                conditions: conditions(has.as_ref(), missing.as_ref())?,
                destination: Destination::new(&destination_with_base(destination, base, *base_path))?,
            })
        };
        compile().map_err(|reason| RuleError { rule: source.clone(), reason })
    }
}

fn conditions(
    has: Option<&Vec<ItemDefinition>>,
    missing: Option<&Vec<ItemDefinition>>,
) -> Result<Conditions, ExpressionError> {
    let items = |items: Option<&Vec<ItemDefinition>>| items.cloned().unwrap_or_default();
    Conditions::new(&items(has), &items(missing))
}

fn with_base(path: &str, base: &str, base_path: Option<bool>) -> String {
    if base_path == Some(false) || base.is_empty() {
        return path.to_owned();
    }
    format!("{base}{}", if path == "/" { "" } else { path })
}

fn destination_with_base(destination: &str, base: &str, base_path: Option<bool>) -> String {
    if destination.starts_with('/') { with_base(destination, base, base_path) } else { destination.to_owned() }
}

/// A request on its way through the rules: its path and query as rewrites have left them.
pub struct Passage<'request> {
    rules: &'request Rules,
    path: Cow<'request, str>,
    search: &'request str,
    /// Read when it is first asked for.
    query: Option<Query>,
    facts: &'request dyn RequestFacts,
}

impl Passage<'_> {
    /// The path as it is now.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The path, if a rewrite has changed it.
    pub fn rewritten_path(&self) -> Option<&str> {
        match &self.path {
            Cow::Borrowed(_) => None,
            Cow::Owned(path) => Some(path),
        }
    }

    /// The fields of this request's replies; `None` where there is none.
    ///
    /// # Errors
    /// [`RuleFailure`].
    pub fn fields(&mut self) -> Result<Option<RuleFields>, RuleFailure> {
        let mut fields = FieldsOfRules::default();
        let rules = self.rules;
        for rule in &rules.headers {
            let needs_captures = rule.fields.iter().any(Field::has_params);
            let Some(captures) = self.matched(&rule.source, &rule.conditions, needs_captures)? else { continue };
            for field in &rule.fields {
                fields.add(field, &captures).map_err(RuleFailure::Field)?;
            }
        }
        Ok(fields.finish())
    }

    /// The first redirect for this request.
    ///
    /// # Errors
    /// [`RuleFailure`].
    pub fn redirect(&mut self) -> Result<Option<Redirect>, RuleFailure> {
        let rules = self.rules;
        if rules.redirects.is_empty() || self.is_of_own_files() {
            return Ok(None);
        }
        for rule in &rules.redirects {
            let Some(captures) = self.matched(&rule.source, &rule.conditions, true)? else { continue };
            let filled = rule.destination.fill(&captures).map_err(RuleFailure::Destination)?;
            let sent = Query::read(self.search);
            let mut query = sent.clone();
            for (name, value) in &filled.query {
                query.set(name, value.clone());
            }
            return Ok(Some(Redirect { location: filled.location(&query, &sent), status: rule.status }));
        }
        Ok(None)
    }

    /// Applies the rewrites of a place, one after the other; after each that applies, `look_up` is asked for what there is
    /// at the path as it is now.
    ///
    /// # Errors
    /// [`RuleFailure`].
    pub fn rewrite<T>(
        &mut self,
        place: Place,
        mut look_up: impl FnMut(&str) -> Option<T>,
    ) -> Result<Rewritten<T>, RuleFailure> {
        let rules = self.rules;
        let rules = match place {
            Place::BeforeFiles => &rules.before_files,
            Place::AfterFiles => &rules.after_files,
            Place::Fallback => &rules.fallback,
        };
        for rule in rules {
            let Some(captures) = self.matched(&rule.source, &rule.conditions, true)? else { continue };
            let filled = rule.destination.fill(&captures).map_err(RuleFailure::Destination)?;
            let query = self.query.get_or_insert_with(|| Query::read(self.search));
            let has_all_in_path = rule.destination.uses_one_of(&captures);
            for (name, value) in captures.iter() {
                if !has_all_in_path && !filled.query.iter().any(|(own, _)| own == name) {
                    query.set(name, value.clone());
                }
            }
            for (name, value) in filled.query {
                query.set(&name, value);
            }
            if let Some(origin) = filled.origin {
                let search = query.to_text(&Query::read(self.search));
                return Ok(Rewritten::Away(Away { origin, path: filled.path, search }));
            }
            // Where optional segments were all that the destination has, it is the root.
            self.path = Cow::Owned(if filled.path.is_empty() { "/".to_owned() } else { filled.path });
            if let Some(found) = look_up(&self.path) {
                return Ok(Rewritten::Found(found));
            }
        }
        Ok(Rewritten::Nothing)
    }

    /// What a rule takes from this request, `None` where it does not apply.
    fn matched<'rule>(
        &mut self,
        source: &'rule Source,
        conditions: &'rule Conditions,
        needs_captures: bool,
    ) -> Result<Option<Captures<'rule>>, RuleFailure> {
        let failure = |reason| RuleFailure::TooManySteps { rule: source.to_string(), reason };
        let mut captures = if needs_captures {
            match source.captures(&self.path).map_err(failure)? {
                Some(captures) => captures,
                None => return Ok(None),
            }
        } else {
            if !source.is_match(&self.path).map_err(failure)? {
                return Ok(None);
            }
            Captures::default()
        };
        if !conditions.is_empty() {
            let query = self.query.get_or_insert_with(|| Query::read(self.search));
            if !conditions.are_met(self.facts, query, &mut captures).map_err(failure)? {
                return Ok(None);
            }
        }
        Ok(Some(captures))
    }

    /// Whether the path is one of Next.js's own files (`/_next…`), which are not redirected.
    fn is_of_own_files(&self) -> bool {
        let own = self.rules.own_files.as_bytes();
        self.path.as_bytes().get(..own.len()).is_some_and(|start| start.eq_ignore_ascii_case(own))
    }
}

impl std::fmt::Debug for Passage<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Passage({})", self.path)
    }
}
