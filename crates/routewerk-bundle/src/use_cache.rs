//! `'use cache'`: makes of each function with the directive one that asks the runtime for what it has returned before.
//!
//! ```text
//! async function load(id: string) {      async function load(...__rwArgs) { return globalThis[…]("app/x.ts:12:9f…", "default", 1,
//!   'use cache';                    ──▶    [captured], __rwArgs, async (id: string) => {
//!   …                                        'use cache'; …
//! }                                      }) }
//! ```
//!
//! Text is put in and nothing else is touched, no line is added: places in the rest of the file stay what they are. A directive at the
//! head of a file counts for every async function that the file exports. What `runtime/cache/use-cache.ts` does with the
//! arguments and the captured variables is written there.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::Path;

use oxc::allocator::Allocator;
use oxc::ast::ast::{
    ArrowFunctionBody, ArrowFunctionExpression, BindingPattern, Class, Declaration, Directive,
    ExportDefaultDeclarationKind, Expression, FormalParameters, Function, IdentifierReference, ModuleExportName,
    Program, Statement, Super, TSType, ThisExpression, VariableDeclaration,
};
use oxc::ast_visit::{Visit, walk};
use oxc::parser::Parser;
use oxc::semantic::{ScopeId, Semantic, SemanticBuilder, SymbolId};
use oxc::span::{GetSpan, SourceType, Span};
use oxc::syntax::scope::ScopeFlags;
use rustc_hash::FxHashSet;

use crate::code_frame::{Location, shown_path};
use crate::error::{BuildError, BuildErrorKind};

/// What the runtime puts in place (`runtime/main.ts`).
const CALL: &str = "globalThis[Symbol.for(\"routewerk.useCache\")]";
/// The arguments of a wrapped function.
const ARGUMENTS: &str = "__rwArgs";

/// What cannot be wrapped, and from where to where it stands.
type Wrong = (Fault, usize, usize);

/// Why a function cannot be wrapped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    /// It is not async.
    NotAsync,
    /// It uses what is neither an argument nor a variable, and so would be no part of the key: `this`, `super`, `arguments`.
    Uses(&'static str),
}

impl Fault {
    fn message(self) -> String {
        match self {
            Self::NotAsync => "a function with \"use cache\" is no async function".to_owned(),
            Self::Uses(what) => format!("\"use cache\" functions cannot use `{what}`."),
        }
    }

    const fn help(self) -> &'static str {
        match self {
            Self::NotAsync => "Add `async` to it: what is kept may have to be waited for.",
            Self::Uses(_) => "Pass what it needs as an argument: what is kept is found by its arguments.",
        }
    }
}

/// The text of a file of the project with its cached functions wrapped; `None` where it has none.
///
/// # Errors
/// The functions that cannot be wrapped, with their places.
pub(crate) fn wrap_cached(project_root: &Path, file: &Path, text: &str) -> Result<Option<String>, Vec<BuildError>> {
    // Most files do not have the directive, and are not looked at further.
    if !text.contains("use cache") {
        return Ok(None);
    }
    wrap(text, file, &shown_path(project_root, file)).map_err(|wrong| {
        let one = |(fault, start, end): Wrong| {
            let kind = BuildErrorKind::Syntax { message: fault.message(), help: Some(fault.help().to_owned()) };
            BuildError::new(kind).or_at(|| Location::in_source(project_root, file, text, start, end))
        };
        wrong.into_iter().map(one).collect()
    })
}

/// The text with its cached functions wrapped; `None` where it has none, or cannot be parsed, which is for others to say.
/// `name` is the file as the project names it.
fn wrap(text: &str, file: &Path, name: &str) -> Result<Option<String>, Vec<Wrong>> {
    let allocator = Allocator::default();
    let parsed = Parser::new(&allocator, text, dialect(file)).parse();
    if parsed.panicked || parsed.diagnostics.has_errors() {
        return Ok(None);
    }
    let semantic = SemanticBuilder::new().build(&parsed.program).semantic;
    let of_file = parsed.program.directives.iter().find_map(|directive| kind_of(directive));
    let exported = if of_file.is_some() { exported_functions(&parsed.program) } else { FxHashSet::default() };
    let mut wrapper =
        Wrapper { text, name, semantic: &semantic, of_file, exported, edits: Vec::new(), wrong: Vec::new() };
    wrapper.visit_program(&parsed.program);
    if !wrapper.wrong.is_empty() {
        return Err(wrapper.wrong);
    }
    Ok((!wrapper.edits.is_empty()).then(|| apply(text, wrapper.edits)))
}

fn dialect(file: &Path) -> SourceType {
    match file.extension().and_then(|extension| extension.to_str()) {
        Some("ts" | "mts" | "cts") => SourceType::ts(),
        Some("tsx") => SourceType::tsx(),
        _ => SourceType::mjs().with_jsx(true),
    }
}

/// What a directive says after `use cache`; `None` for others.
fn kind_of<'a>(directive: &Directive<'a>) -> Option<&'a str> {
    let text = directive.directive.as_str();
    if text == "use cache" {
        return Some("default");
    }
    text.strip_prefix("use cache:").map(str::trim)
}

/// Where the functions begin that a file exports.
fn exported_functions(program: &Program<'_>) -> FxHashSet<u32> {
    let mut names = FxHashSet::default();
    let mut found = FxHashSet::default();
    for statement in &program.body {
        match statement {
            Statement::ExportNamedDeclaration(export) => {
                names.extend(export.specifiers.iter().filter_map(|specifier| match &specifier.local {
                    ModuleExportName::IdentifierReference(local) => Some(local.name.as_str()),
                    ModuleExportName::IdentifierName(_) | ModuleExportName::StringLiteral(_) => None,
                }));
            }
            Statement::ExportDeclaration(export) => match &export.declaration {
                Declaration::FunctionDeclaration(function) => drop(found.insert(function.span.start)),
                Declaration::VariableDeclaration(variables) => {
                    found.extend(functions_of(variables).map(|(_, start)| start));
                }
                _ => {}
            },
            Statement::ExportDefaultDeclaration(export) => match &export.declaration {
                ExportDefaultDeclarationKind::FunctionDeclaration(function) => drop(found.insert(function.span.start)),
                ExportDefaultDeclarationKind::Identifier(local) => drop(names.insert(local.name.as_str())),
                other => found.extend(other.as_expression().and_then(function_start)),
            },
            _ => {}
        }
    }
    for statement in &program.body {
        match statement {
            Statement::FunctionDeclaration(function) => {
                let is_exported = function.id.as_ref().is_some_and(|id| names.contains(id.name.as_str()));
                found.extend(is_exported.then_some(function.span.start));
            }
            Statement::VariableDeclaration(variables) => {
                let exported = functions_of(variables).filter(|(name, _)| names.contains(name));
                found.extend(exported.map(|(_, start)| start));
            }
            _ => {}
        }
    }
    found
}

/// The functions that variables begin with: their names, and where they begin.
fn functions_of<'p>(variables: &'p VariableDeclaration<'_>) -> impl Iterator<Item = (&'p str, u32)> {
    variables.declarations.iter().filter_map(|variable| {
        let BindingPattern::BindingIdentifier(id) = &variable.id else { return None };
        let start = variable.init.as_ref().and_then(function_start)?;
        Some((id.name.as_str(), start))
    })
}

fn function_start(expression: &Expression<'_>) -> Option<u32> {
    match expression.without_parentheses() {
        Expression::ArrowFunctionExpression(arrow) => Some(arrow.span.start),
        Expression::FunctionExpression(function) => Some(function.span.start),
        _ => None,
    }
}

/// A text that takes the place of another.
struct Edit {
    at: Span,
    text: String,
}

struct Wrapper<'s, 'a> {
    text: &'s str,
    name: &'s str,
    semantic: &'s Semantic<'a>,
    of_file: Option<&'s str>,
    exported: FxHashSet<u32>,
    edits: Vec<Edit>,
    wrong: Vec<Wrong>,
}

/// The parts of a function that a wrapper needs.
struct Cached<'f, 'a> {
    kind: &'f str,
    span: Span,
    params: &'f FormalParameters<'a>,
    scope: Option<ScopeId>,
    /// The function's own name, which is nothing that it captures.
    own: Option<SymbolId>,
    is_async: bool,
    is_generator: bool,
}

impl<'a> Visit<'a> for Wrapper<'_, 'a> {
    fn visit_function(&mut self, function: &Function<'a>, flags: ScopeFlags) {
        if let Some(body) = &function.body
            && let Some(kind) = self.kind(body.directives.iter().find_map(kind_of), function.span, function.r#async)
        {
            let cached = Cached {
                kind,
                span: function.span,
                params: &function.params,
                scope: function.scope_id.get(),
                own: function.id.as_ref().and_then(|id| id.symbol_id.get()),
                is_async: function.r#async,
                is_generator: function.generator,
            };
            let mut forbidden = Forbidden::default();
            walk::walk_function(&mut forbidden, function, flags);
            self.wrong.append(&mut forbidden.found);
            self.wrap_block(&cached, body.span);
        }
        walk::walk_function(self, function, flags);
    }

    fn visit_arrow_function_expression(&mut self, arrow: &ArrowFunctionExpression<'a>) {
        let directive = match &arrow.body {
            ArrowFunctionBody::FunctionBody(body) => body.directives.iter().find_map(kind_of),
            _ => None,
        };
        if let Some(kind) = self.kind(directive, arrow.span, arrow.r#async) {
            let cached = Cached {
                kind,
                span: arrow.span,
                params: &arrow.params,
                scope: arrow.scope_id.get(),
                own: None,
                is_async: arrow.r#async,
                is_generator: false,
            };
            let mut forbidden = Forbidden::default();
            walk::walk_arrow_function_expression(&mut forbidden, arrow);
            self.wrong.append(&mut forbidden.found);
            match &arrow.body {
                ArrowFunctionBody::FunctionBody(body) => self.wrap_block(&cached, body.span),
                other => self.wrap_expression(&cached, other.span()),
            }
        }
        walk::walk_arrow_function_expression(self, arrow);
    }
}

impl Wrapper<'_, '_> {
    /// How a function is cached, if it is: by its own directive, or by the file's if it is exported and async.
    fn kind<'k>(&self, own: Option<&'k str>, span: Span, is_async: bool) -> Option<&'k str>
    where
        Self: 'k,
    {
        let of_file = self.of_file.filter(|_| is_async && self.exported.contains(&span.start));
        // Directives live as long as the program, and so does the one of the file.
        own.or(of_file.map(|kind| -> &'k str { kind_name(kind) }))
    }

    /// `{ … }` becomes `{ return call(…, async (…) => { … }) }`.
    fn wrap_block(&mut self, cached: &Cached<'_, '_>, body: Span) {
        let Some(head) = self.head(cached) else { return };
        self.edits.push(Edit { at: cached.params.span, text: format!("(...{ARGUMENTS})") });
        self.edits.push(Edit { at: Span::new(body.start + 1, body.start + 1), text: format!("return {head}{{") });
        self.edits.push(Edit { at: Span::new(body.end - 1, body.end - 1), text: "})".to_owned() });
    }

    /// `=> x` becomes `=> call(…, async (…) => x)`.
    fn wrap_expression(&mut self, cached: &Cached<'_, '_>, body: Span) {
        let Some(head) = self.head(cached) else { return };
        self.edits.push(Edit { at: cached.params.span, text: format!("(...{ARGUMENTS})") });
        self.edits.push(Edit { at: Span::new(body.start, body.start), text: head });
        self.edits.push(Edit { at: Span::new(body.end, body.end), text: ")".to_owned() });
    }

    /// The call up to the arrow of what it calls.
    fn head(&mut self, cached: &Cached<'_, '_>) -> Option<String> {
        if !cached.is_async || cached.is_generator {
            self.wrong.push((Fault::NotAsync, cached.span.start as usize, cached.span.end as usize));
            return None;
        }
        let Span { start, end, .. } = cached.params.span;
        let params = &self.text[start as usize..end as usize];
        let params = if params.starts_with('(') { params.to_owned() } else { format!("({params})") };
        // -1 stands for all.
        let count = match cached.params.rest {
            Some(_) => "-1".to_owned(),
            None => cached.params.items.len().to_string(),
        };
        let captured = self.captured(cached).join(", ");
        let id = serde_json::Value::from(self.id(cached.span));
        let kind = serde_json::Value::from(cached.kind);
        Some(format!("{CALL}({id}, {kind}, {count}, [{captured}], {ARGUMENTS}, async {params} => "))
    }

    /// The function's name among all of the project: where it stands and what it says, so that another text is another function.
    fn id(&self, span: Span) -> String {
        let mut hasher = DefaultHasher::new();
        self.text[span.start as usize..span.end as usize].hash(&mut hasher);
        format!("{}:{}:{:x}", self.name, span.start, hasher.finish())
    }

    /// The variables of functions around it that a function uses, in the order of their declarations.
    fn captured(&self, cached: &Cached<'_, '_>) -> Vec<&str> {
        let Some(own_scope) = cached.scope else { return Vec::new() };
        let scoping = self.semantic.scoping();
        let root = scoping.root_scope_id();
        let is_inside = |scope: ScopeId| scope == own_scope || scoping.scope_is_descendant_of(scope, own_scope);
        let is_captured = |symbol: &SymbolId| {
            let scope = scoping.symbol_scope_id(*symbol);
            if scope == root || Some(*symbol) == cached.own {
                return false;
            }
            if is_inside(scope) {
                return false;
            }
            scoping
                .get_resolved_references(*symbol)
                .any(|reference| reference.is_value() && is_inside(reference.scope_id()))
        };
        scoping.symbol_ids().filter(is_captured).map(|symbol| scoping.symbol_name(symbol)).collect()
    }
}

/// Finds what a cached function must not use. Functions and classes inside of it have their own `this`.
#[derive(Default)]
struct Forbidden {
    found: Vec<Wrong>,
}

impl Forbidden {
    fn note(&mut self, what: &'static str, span: Span) {
        self.found.push((Fault::Uses(what), span.start as usize, span.end as usize));
    }
}

impl<'a> Visit<'a> for Forbidden {
    fn visit_function(&mut self, _: &Function<'a>, _: ScopeFlags) {}

    fn visit_class(&mut self, _: &Class<'a>) {}

    fn visit_ts_type(&mut self, _: &TSType<'a>) {}

    fn visit_this_expression(&mut self, this: &ThisExpression) {
        self.note("this", this.span);
    }

    fn visit_super(&mut self, parent: &Super) {
        self.note("super", parent.span);
    }

    fn visit_identifier_reference(&mut self, name: &IdentifierReference<'a>) {
        if name.name == "arguments" {
            self.note("arguments", name.span);
        }
    }
}

/// The kinds that Next.js has by itself live as long as the program; another one is `default` for a whole file.
fn kind_name(kind: &str) -> &'static str {
    match kind {
        "private" => "private",
        "remote" => "remote",
        _ => "default",
    }
}

fn apply(text: &str, mut edits: Vec<Edit>) -> String {
    // Of two at the same place the one that was found first, which is the outer one, comes first.
    edits.sort_by_key(|edit| edit.at.start);
    let mut made = String::with_capacity(text.len() + edits.iter().map(|edit| edit.text.len()).sum::<usize>());
    let mut done = 0;
    for edit in edits {
        made.push_str(&text[done..edit.at.start as usize]);
        made.push_str(&edit.text);
        done = edit.at.end as usize;
    }
    made.push_str(&text[done..]);
    made
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrapped(text: &str) -> String {
        let made = wrap(text, Path::new("/p/lib/a.ts"), "lib/a.ts").expect("functions that can be wrapped");
        let made = made.unwrap_or_else(|| text.to_owned());
        let allocator = Allocator::default();
        let parsed = Parser::new(&allocator, &made, SourceType::ts()).parse();
        assert!(!parsed.diagnostics.has_errors(), "{made}\n{:?}", parsed.diagnostics);
        assert_eq!(made.lines().count(), text.lines().count(), "{made}");
        made
    }

    /// The calls of the runtime: all between the id and the arrow.
    fn calls(text: &str) -> Vec<String> {
        let made = wrapped(text);
        let calls = made.split(CALL).skip(1);
        calls.map(|call| call[call.find(", ").unwrap() + 2..call.find(" =>").unwrap()].to_owned()).collect()
    }

    #[test]
    fn a_function_with_the_directive_asks_the_runtime() {
        let text = "async function f(a: string, { b }: B = {}): Promise<X> {\n  'use cache'\n  return a + b\n}\nf('x')";
        assert_eq!(calls(text), [r#""default", 2, [], __rwArgs, async (a: string, { b }: B = {})"#]);
        assert!(wrapped(text).contains("async function f(...__rwArgs): Promise<X> {return globalThis"));
    }

    #[test]
    fn every_form_of_an_async_function_can_be_cached() {
        let forms = "
            const a = async x => { 'use cache'; return x };
            const b = async (...all) => { 'use cache: remote'; return all };
            const c = async function named() { 'use cache'; return named };
            const d = { async e() { 'use cache: private'; return 1 } };
            class F { static async g(y = 1) { 'use cache'; return y } }
            export default async function () { 'use cache' }";
        assert_eq!(
            calls(forms),
            [
                r#""default", 1, [], __rwArgs, async (x)"#,
                r#""remote", -1, [], __rwArgs, async (...all)"#,
                r#""default", 0, [], __rwArgs, async ()"#,
                r#""private", 0, [], __rwArgs, async ()"#,
                r#""default", 1, [], __rwArgs, async (y = 1)"#,
                r#""default", 0, [], __rwArgs, async ()"#,
            ]
        );
    }

    #[test]
    fn variables_of_functions_around_it_are_captured_and_no_others() {
        let text = "
            import { imported } from './b'; const top = 1; type T = string;
            export async function GET(request: Request) {
              const one = 1; let two = 2; const unused = 3;
              for (const three of [1]) {
                const load = async (four: T) => {
                  'use cache';
                  const five = 5;
                  return [imported, top, one, [1].map(() => two), three, four, five] as unknown as Array<T>;
                };
                await load('x');
              }
            }";
        assert_eq!(calls(text), [r#""default", 1, [one, two, three], __rwArgs, async (four: T)"#]);
    }

    #[test]
    fn cached_functions_nest() {
        let text = "async function outer(a) {
            'use cache';
            const inner = async (b) => { 'use cache'; return a + b };
            return inner(1);
        }";
        assert_eq!(
            calls(text),
            [r#""default", 1, [], __rwArgs, async (a)"#, r#""default", 1, [a], __rwArgs, async (b)"#]
        );
    }

    #[test]
    fn a_directive_at_the_head_counts_for_what_is_exported() {
        let text = "'use cache: remote'
            export async function a() { return 1 }
            export const b = async (x) => ({ x }), c = 1;
            async function d() {}
            const e = async function () {};
            async function local() {}
            export { d, e as f };
            export default async () => local();";
        assert_eq!(calls(text).len(), 5);
        assert!(calls(text).iter().all(|call| call.starts_with(r#""remote""#)));
        assert!(wrapped(text).contains("async (x) => ({ x }))"));
    }

    #[test]
    fn another_text_is_another_function() {
        let id = |text: &str| wrapped(text).split('"').nth(3).map(str::to_owned).unwrap();
        let one = id("async function f() { 'use cache'; return 1 }");
        assert!(one.starts_with("lib/a.ts:0:"), "{one}");
        assert_ne!(one, id("async function f() { 'use cache'; return 2 }"));
        assert_eq!(one, id("async function f() { 'use cache'; return 1 }\n// more"));
    }

    #[test]
    fn a_function_that_is_not_async_is_refused() {
        let text = "function f() { 'use cache'; return 1 }";
        assert_eq!(wrap(text, Path::new("a.js"), "a.js"), Err(vec![(Fault::NotAsync, 0, text.len())]));
        let shown = wrap_cached(Path::new("/p"), Path::new("/p/a.js"), text).unwrap_err();
        assert!(shown[0].to_string().contains("is no async function"), "{}", shown[0]);
    }

    #[test]
    fn what_would_be_no_part_of_the_key_is_refused() {
        let wrong = |text: &str| -> Vec<String> {
            let all = wrap(text, Path::new("a.ts"), "a.ts").unwrap_err();
            all.into_iter().map(|(fault, start, end)| format!("{fault:?} {}", &text[start..end])).collect()
        };
        let this = "class A { constructor(private user: string) {} async load() { 'use cache'; return this.user } }";
        assert_eq!(wrong(this), [r#"Uses("this") this"#]);
        let nested = "const a = { user: 1, async load(x = () => this.user) { 'use cache'; return x } }";
        assert_eq!(wrong(nested), [r#"Uses("this") this"#]);
        let arrow = "class A { user = 1; load = async () => { 'use cache'; return [super.x, () => this.user] } }";
        assert_eq!(wrong(arrow), [r#"Uses("super") super"#, r#"Uses("this") this"#]);
        let arguments = "async function f(a) { 'use cache'; return arguments[1] }";
        assert_eq!(wrong(arguments), [r#"Uses("arguments") arguments"#]);
        let shown = wrap_cached(Path::new("/p"), Path::new("/p/a.js"), arguments).unwrap_err();
        assert!(shown[0].to_string().contains("\"use cache\" functions cannot use `arguments`."), "{}", shown[0]);
        let own =
            "async function f(a: A) { 'use cache'; class B { x = this.y }; return [function () { return this }] }";
        assert!(wrapped(own).contains(CALL));
    }

    #[test]
    fn other_texts_are_left_alone() {
        for text in ["const a = 'use cache'", "async function f() { 'use strict' }", "syntax error ("] {
            assert_eq!(wrap(text, Path::new("a.js"), "a.js"), Ok(None));
        }
    }
}
