//! `import()` and `require()` of a name that is put together: the call becomes a look-up in a table of all files that
//! the name can be.
//!
//! `` import(`./x/${name}`) `` becomes `` ((request, files) => …)(`./x/${name}`, { './x/a': () => import('./x/a'), … }) ``, so the
//! bundler sees plain imports. A name that is not in the table throws what Next.js throws. Positions stay those of the call.

use std::fmt::Write as _;
use std::path::Path;

use oxc::allocator::Allocator;
use oxc::ast::ast::{Argument, Expression, Program, Statement, TryStatement};
use oxc::ast_visit::{VisitMut, walk_mut};
use oxc::parser::Parser;
use oxc::semantic::SemanticBuilder;
use oxc::span::{GetSpan, SourceType, Span};

use crate::code_frame::Location;
use crate::error::{BuildError, BuildErrorKind};
use crate::module_facts::literal_text;
use crate::pattern_files::{OpenReason, OpenShape, PatternFiles, find_files};
use crate::request_pattern::{PatternReader, RequestPattern};
use crate::resolve::{ProjectResolver, RequestKind};

/// What became of a module's computed requests.
#[derive(Debug, Default)]
pub(crate) struct Computed {
    /// How many of them lead only to files that are known.
    pub(crate) closed: usize,
    /// What nothing can be found for.
    pub(crate) errors: Vec<BuildError>,
    /// What the user should know of the others.
    pub(crate) warnings: Vec<BuildError>,
}

/// Rewrites the computed requests of a module.
pub(crate) fn rewrite_computed<'a>(
    program: &mut Program<'a>,
    allocator: &'a Allocator,
    resolver: &ProjectResolver,
    file: &Path,
) -> Computed {
    let scoping = SemanticBuilder::new().build(program).semantic.into_scoping();
    let reader = PatternReader::new(program, &scoping);
    let text = program.source_text;
    let mut rewriter = Rewriter { allocator, resolver, file, text, reader, tries: 0, computed: Computed::default() };
    rewriter.visit_program(program);
    rewriter.computed
}

struct Rewriter<'a, 'input> {
    allocator: &'a Allocator,
    resolver: &'input ProjectResolver,
    file: &'input Path,
    text: &'a str,
    reader: PatternReader<'input>,
    /// How many `try` blocks are around the place that is visited.
    tries: usize,
    computed: Computed,
}

/// A computed request: how it asks, and for what.
struct Request {
    kind: RequestKind,
    span: Span,
    pattern: RequestPattern,
}

impl<'a> Rewriter<'a, '_> {
    fn request_of(&self, expression: &Expression<'a>) -> Option<Request> {
        let (kind, span, source) = match expression {
            Expression::ImportExpression(import) => (RequestKind::DynamicImport, import.span, &import.source),
            Expression::CallExpression(call) => {
                let Expression::Identifier(callee) = call.callee.get_inner_expression() else { return None };
                if callee.name != "require" || !self.reader.is_global(callee) {
                    return None;
                }
                (RequestKind::Require, call.span, call.arguments.first()?.as_expression()?)
            }
            _ => return None,
        };
        let is_literal = literal_text(source).is_some();
        if is_literal || self.is_left_alone(span, source.span()) {
            return None;
        }
        Some(Request { kind, span, pattern: self.reader.read(source) })
    }

    /// Whether a comment before the specifier asks bundlers to leave the call as it is.
    fn is_left_alone(&self, call: Span, source: Span) -> bool {
        let before = self.text.get(call.start as usize..source.start as usize).unwrap_or_default();
        let packed: String = before.split_whitespace().collect();
        ["webpackIgnore:true", "turbopackIgnore:true"].iter().any(|mark| packed.contains(mark))
    }

    /// The look-up in place of a call, without the specifier.
    fn look_up(&mut self, request: &Request) -> Option<Expression<'a>> {
        let found = find_files(self.resolver, self.file, &request.pattern, request.kind);
        self.complain(request, &found);
        if found.specifiers.is_empty() && !found.open.is_empty() {
            return None;
        }
        if found.open.is_empty() {
            self.computed.closed += 1;
        }
        let code = self.allocator.alloc_str(&look_up_code(request.kind, &found));
        let mut parsed = Parser::new(self.allocator, code, SourceType::mjs()).parse().program;
        let Some(Statement::ExpressionStatement(mut statement)) = parsed.body.pop() else { return None };
        Placed { span: request.span }.visit_expression(&mut statement.expression);
        Some(statement.unbox().expression)
    }

    fn complain(&mut self, request: &Request, found: &PatternFiles) {
        let root = &self.resolver.settings().project_root;
        let (start, end) = (request.span.start as usize, request.span.end as usize);
        let at_place =
            |kind| BuildError::new(kind).or_at(|| Location::in_source(root, self.file, self.text, start, end));
        for OpenShape { shape, reason } in &found.open {
            let has_too_many_files = match reason {
                OpenReason::NoFolder => false,
                OpenReason::TooManyFiles => true,
                OpenReason::RunTime => continue,
            };
            let (call, shape) = (name_of(request.kind), shape.shown());
            let kind = BuildErrorKind::UnknownRequest { call, shape, has_too_many_files };
            self.computed.warnings.push(at_place(kind));
        }
        if !found.specifiers.is_empty() {
            return;
        }
        for shape in &found.without_match {
            let error = at_place(BuildErrorKind::NoFileFits { shape: shape.shown() });
            let list = if self.tries == 0 { &mut self.computed.errors } else { &mut self.computed.warnings };
            list.push(error);
        }
    }
}

/// The word of a request.
fn name_of(kind: RequestKind) -> &'static str {
    if kind == RequestKind::Require { "require" } else { "import" }
}

/// The text of a look-up; the first argument stands for the specifier.
fn look_up_code(kind: RequestKind, found: &PatternFiles) -> String {
    let call = name_of(kind);
    let missing = "Object.assign(new Error(`Cannot find module '${request}'`), { code: 'MODULE_NOT_FOUND' })";
    let otherwise = match (found.open.is_empty(), kind) {
        (false, _) => format!("return {call}(request)"),
        (true, RequestKind::Require) => format!("throw {missing}"),
        (true, _) => format!("return Promise.reject({missing})"),
    };
    let mut code = format!(
        "((request, files) => {{ const load = files[request]; if (load !== undefined) return load(); {otherwise}; }})\
         (null, {{ __proto__: null"
    );
    for specifier in &found.specifiers {
        let name = serde_json::json!(specifier);
        // `__proto__: …` would set the prototype; a computed key is a property like any other.
        let _ = write!(code, ", [{name}]: () => {call}({name})");
    }
    code.push_str(" })");
    code
}

/// Gives everything in an expression one place.
struct Placed {
    span: Span,
}

impl VisitMut<'_> for Placed {
    fn visit_span(&mut self, span: &mut Span) {
        *span = self.span;
    }
}

impl<'a> VisitMut<'a> for Rewriter<'a, '_> {
    fn visit_try_statement(&mut self, statement: &mut TryStatement<'a>) {
        self.tries += 1;
        self.visit_block_statement(&mut statement.block);
        self.tries -= 1;
        if let Some(handler) = &mut statement.handler {
            self.visit_catch_clause(handler);
        }
        if let Some(finalizer) = &mut statement.finalizer {
            self.visit_block_statement(finalizer);
        }
    }

    fn visit_expression(&mut self, expression: &mut Expression<'a>) {
        walk_mut::walk_expression(self, expression);
        let Some(request) = self.request_of(expression) else { return };
        let Some(mut look_up) = self.look_up(&request) else { return };
        let source = match expression {
            Expression::ImportExpression(import) => Some(&mut import.source),
            Expression::CallExpression(call) => call.arguments.first_mut().and_then(Argument::as_expression_mut),
            _ => None,
        };
        let place = match &mut look_up {
            Expression::CallExpression(call) => call.arguments.first_mut().and_then(Argument::as_expression_mut),
            _ => None,
        };
        if let (Some(source), Some(place)) = (source, place) {
            std::mem::swap(source, place);
            *expression = look_up;
        }
    }
}
