//! Reads the directives of files and functions, and finds those that only look like one.

use oxc::ast::ast::{Directive, Expression, Statement};
use oxc::span::Span;

use super::UseCache;
use super::fault::{Fault, Location, Wrong};

const DIRECTIVE: &str = "use cache";

/// What the directives at the head of a file or a function say: after `use cache`, the name of the store.
pub(super) fn read_directives<'a>(
    settings: &UseCache,
    directives: &[Directive<'a>],
    statements: &[Statement<'a>],
    location: Location,
    wrong: &mut Vec<Wrong>,
) -> Option<&'a str> {
    let mut reader = Reader { settings, location, is_at_top: true, kind: None, is_server: false, wrong };
    for directive in directives {
        reader.text(directive.expression.value.as_str(), directive.span);
    }
    for statement in statements {
        match statement {
            Statement::ExpressionStatement(expression) => match &expression.expression {
                Expression::StringLiteral(text) => reader.text(text.value.as_str(), expression.span),
                Expression::ParenthesizedExpression(inner) => match &inner.expression {
                    Expression::StringLiteral(text) => reader.wrapped(text.value.as_str(), expression.span),
                    _ => reader.is_at_top = false,
                },
                _ => reader.is_at_top = false,
            },
            _ => reader.is_at_top = false,
        }
    }
    reader.kind
}

struct Reader<'r, 'a> {
    settings: &'r UseCache,
    location: Location,
    is_at_top: bool,
    kind: Option<&'a str>,
    is_server: bool,
    wrong: &'r mut Vec<Wrong>,
}

impl<'a> Reader<'_, 'a> {
    fn fault(&mut self, fault: Fault, span: Span) {
        self.wrong.push((fault, span));
    }

    fn text(&mut self, text: &'a str, span: Span) {
        if text == "use server" {
            if self.kind.is_some() {
                self.fault(Fault::Conflicting(self.location), span);
            }
            self.is_server |= self.is_at_top;
        } else if let Some(rest) = text.strip_prefix(DIRECTIVE) {
            self.directive(text, rest, span);
        } else if is_similar(text, DIRECTIVE) {
            self.fault(Fault::Misspelled { found: text.to_owned(), expected: DIRECTIVE.to_owned() }, span);
        }
    }

    fn directive(&mut self, text: &'a str, rest: &'a str, span: Span) {
        if self.is_server {
            self.fault(Fault::Conflicting(self.location), span);
            return;
        }
        if !self.is_at_top {
            self.fault(Fault::Misplaced(text.to_owned(), self.location), span);
            return;
        }
        if !self.settings.is_enabled {
            self.fault(Fault::NotEnabled(text.to_owned()), span);
            return;
        }
        let kind =
            if rest.is_empty() { Some("default") } else { rest.strip_prefix(": ").filter(|kind| !kind.is_empty()) };
        let Some(kind) = kind else {
            let expected = match rest.split_once(':').map_or(rest, |(_, kind)| kind).trim() {
                "" if rest.contains(':') => format!("{DIRECTIVE}: <cache-kind>"),
                "" => DIRECTIVE.to_owned(),
                kind => format!("{DIRECTIVE}: {kind}"),
            };
            self.fault(Fault::Misspelled { found: text.to_owned(), expected }, span);
            return;
        };
        if !self.settings.knows(kind) {
            self.fault(Fault::UnknownKind(kind.to_owned()), span);
        }
        self.kind = Some(kind);
    }

    fn wrapped(&mut self, text: &str, span: Span) {
        if text == DIRECTIVE || is_similar(text, DIRECTIVE) {
            self.fault(Fault::Wrapped((!self.is_at_top).then_some(self.location)), span);
        }
    }
}

/// Whether a text is the other one with a slip: up to two other characters, or one too many or too few. The rule is Next.js's.
fn is_similar(one: &str, other: &str) -> bool {
    let (mut long, mut short): (Vec<char>, Vec<char>) = (one.chars().collect(), other.chars().collect());
    if long.len() < short.len() {
        std::mem::swap(&mut long, &mut short);
    }
    if long.len() == short.len() {
        let differences = long.iter().zip(&short).filter(|(one, other)| one != other).count();
        return (1..=2).contains(&differences);
    }
    long.len() == short.len() + 1
        && match long.iter().zip(&short).position(|(one, other)| one != other) {
            Some(index) => long[index + 1..] == short[index..],
            None => true,
        }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_told_from_other_texts() {
        for slip in ["use-cache", "usecache", "Use Cache", "use cach", "use caches", "use cahce", "user cache"] {
            assert!(is_similar(slip, DIRECTIVE), "{slip}");
        }
        for other in ["use cache", "use client", "use strict", "cache", "use the cache", "use ca"] {
            assert!(!is_similar(other, DIRECTIVE), "{other}");
        }
    }
}
