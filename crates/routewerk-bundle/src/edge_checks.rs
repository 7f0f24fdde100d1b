//! What code of routes with `runtime = 'edge'` uses that is not there: found before it runs, at its place, in Next.js's
//! words.

use oxc::ast::ast::{Expression, IdentifierReference, Program, StaticMemberExpression, UnaryExpression, UnaryOperator};
use oxc::ast_visit::{Visit, walk};
use oxc::semantic::{Scoping, SemanticBuilder};
use oxc::span::Span;

use crate::error::BuildErrorKind;

/// Globals of Node.js that throw at the edge. Those that exist in browsers too may be meant for them, and are not named.
const APIS: [&str; 16] = [
    "BroadcastChannel",
    "ByteLengthQueuingStrategy",
    "CompressionStream",
    "CountQueuingStrategy",
    "DecompressionStream",
    "DomException",
    "MessageChannel",
    "MessageEvent",
    "MessagePort",
    "ReadableByteStreamController",
    "ReadableStreamBYOBRequest",
    "ReadableStreamDefaultController",
    "TransformStreamDefaultController",
    "WritableStreamDefaultController",
    "clearImmediate",
    "setImmediate",
];

/// Members of `process` that are not there.
const PROCESS: [&str; 40] = [
    "abort",
    "allowedNodeEnvironmentFlags",
    "arch",
    "argv",
    "argv0",
    "binding",
    "chdir",
    "config",
    "cpuUsage",
    "cwd",
    "dlopen",
    "emit",
    "emitWarning",
    "execArgv",
    "execPath",
    "exit",
    "exitCode",
    "features",
    "getegid",
    "geteuid",
    "getgid",
    "getuid",
    "hrtime",
    "kill",
    "memoryUsage",
    "nextTick",
    "off",
    "on",
    "once",
    "pid",
    "platform",
    "ppid",
    "release",
    "removeListener",
    "resourceUsage",
    "stdin",
    "stdout",
    "umask",
    "uptime",
    "versions",
];

/// What was found, each with its place.
#[derive(Debug, Default)]
pub(crate) struct EdgeFindings {
    /// What stops a build.
    pub(crate) errors: Vec<(BuildErrorKind, Span)>,
    /// What throws, or is undefined, when it is reached.
    pub(crate) warnings: Vec<(BuildErrorKind, Span)>,
}

/// Looks a module over.
pub(crate) fn check_edge_code(program: &Program<'_>) -> EdgeFindings {
    let scoping = SemanticBuilder::new().build(program).semantic.into_scoping();
    let mut checker = Checker { scoping: &scoping, found: EdgeFindings::default() };
    checker.visit_program(program);
    checker.found
}

struct Checker<'input> {
    scoping: &'input Scoping,
    found: EdgeFindings,
}

impl Checker<'_> {
    /// Is it a global, and no variable of the module's own?
    fn is_global(&self, identifier: &IdentifierReference<'_>) -> bool {
        let id = identifier.reference_id.get();
        id.is_some_and(|id| self.scoping.get_reference(id).symbol_id().is_none())
    }

    fn is_process(&self, expression: &Expression<'_>) -> bool {
        matches!(expression.get_inner_expression(), Expression::Identifier(name)
            if name.name == "process" && self.is_global(name))
    }
}

impl<'a> Visit<'a> for Checker<'_> {
    fn visit_identifier_reference(&mut self, identifier: &IdentifierReference<'a>) {
        let name = identifier.name.as_str();
        if name == "eval" && self.is_global(identifier) {
            self.found.errors.push((BuildErrorKind::EdgeCode, identifier.span));
        } else if APIS.contains(&name) && self.is_global(identifier) {
            self.found.warnings.push((BuildErrorKind::EdgeApi { name: name.to_owned() }, identifier.span));
        }
    }

    fn visit_static_member_expression(&mut self, member: &StaticMemberExpression<'a>) {
        let property = member.property.name.as_str();
        if (PROCESS.contains(&property) || property == "version") && self.is_process(&member.object) {
            let name = format!("process.{property}");
            self.found.warnings.push((BuildErrorKind::EdgeApi { name }, member.span));
        }
        walk::walk_static_member_expression(self, member);
    }

    fn visit_unary_expression(&mut self, unary: &UnaryExpression<'a>) {
        // Whoever asks for the type of a thing is prepared for its absence.
        let is_question = unary.operator == UnaryOperator::Typeof
            && match unary.argument.get_inner_expression() {
                Expression::Identifier(_) => true,
                Expression::StaticMemberExpression(member) => self.is_process(&member.object),
                _ => false,
            };
        if !is_question {
            walk::walk_unary_expression(self, unary);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use oxc::allocator::Allocator;
    use oxc::parser::Parser;
    use oxc::span::SourceType;

    fn found(source: &str) -> (usize, Vec<String>) {
        let allocator = Allocator::default();
        let parsed = Parser::new(&allocator, source, SourceType::tsx()).parse();
        let found = check_edge_code(&parsed.program);
        let names = found.warnings.into_iter().map(|(kind, _)| match kind {
            BuildErrorKind::EdgeApi { name } => name,
            other => panic!("{other:?}"),
        });
        (found.errors.len(), names.collect())
    }

    #[test]
    fn uses_of_node_are_found_and_questions_are_not() {
        let source =
            "process.cwd(); process.env.A; typeof process.exit; typeof setImmediate; setImmediate(f); x.process.on;";
        assert_eq!(found(source), (0, vec!["process.cwd".to_owned(), "setImmediate".to_owned()]));
    }

    #[test]
    fn own_variables_of_these_names_are_no_uses() {
        assert_eq!(found("import process from 'p'; const setImmediate = 1; process.cwd(); setImmediate;"), (0, vec![]));
    }

    #[test]
    fn eval_stops_a_build() {
        assert_eq!(
            found("eval('1'); (0, eval)('2'); globalThis['eval']('3'); function f(eval) { eval(); }"),
            (2, vec![])
        );
    }
}
