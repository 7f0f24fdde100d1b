//! Where a bundled module believes itself to be: `import.meta.url`, `__dirname` and their like name the source file.
//!
//! The output lies elsewhere and many modules share one file of it, so each such expression becomes a variable that the
//! output file computes at its top, from its own place: a build that is moved together with its project stays right.
//! `new URL('./file', import.meta.url)` is different: the file is copied beside the output (a worker thread's module
//! is compiled beside it), so that it is there even where the sources are not.

use std::path::Path;

use oxc::allocator::{Allocator, TakeIn};
use oxc::ast::ast::{
    Argument, Expression, IdentifierReference, NewExpression, ObjectProperty, Program, StaticMemberExpression, Str,
};
use oxc::ast::builder::AstBuilder;
use oxc::ast_visit::{VisitMut, walk_mut};
use oxc::semantic::SemanticBuilder;
use oxc::span::{GetSpan, Span};
use oxc::syntax::reference::ReferenceId;
use rustc_hash::FxHashSet;

use crate::build::graph::PlaceUse;
use crate::module_facts::{literal_text, module_url};

/// The variables that stand for one module's place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PlaceNames {
    pub(crate) url: String,
    pub(crate) folder: String,
    pub(crate) file: String,
    pub(crate) meta: String,
}

impl PlaceNames {
    /// The names for a module, the same in every build of it.
    pub(crate) fn of(shown_path: &str) -> Self {
        let hash = stable_hash(shown_path.as_bytes());
        Self {
            url: format!("__routewerk_url_{hash:016x}"),
            folder: format!("__routewerk_dirname_{hash:016x}"),
            file: format!("__routewerk_filename_{hash:016x}"),
            meta: format!("__routewerk_meta_{hash:016x}"),
        }
    }

    /// The statements that give the variables their values, at the top of an output file from which the source lies at
    /// `relative` (with `/` between its parts).
    pub(crate) fn statements(&self, relative: &str, used: PlaceUse) -> String {
        use std::fmt::Write as _;
        let mut code = String::new();
        // `import.meta.url` is made a string first: the bundler reads `new URL('…', import.meta.url)` as an asset.
        let _ = writeln!(code, "var {} = new URL({}, `${{import.meta.url}}`).href;", self.url, quoted_url(relative));
        if used.file || used.folder || used.meta {
            let _ = writeln!(code, "var {} = __routewerk_path({});", self.file, self.url);
        }
        if used.folder {
            let _ =
                writeln!(code, "var {} = {}.slice(0, {}.lastIndexOf('/')) || '/';", self.folder, self.file, self.file);
        }
        if used.meta {
            let Self { url, folder, file, meta } = self;
            let _ =
                writeln!(code, "var {meta} = {{ ...import.meta, url: {url}, dirname: {folder}, filename: {file} }};");
        }
        code
    }
}

/// The import that [`PlaceNames::statements`] needs, once per output file.
pub(crate) const PLACE_IMPORT: &str = "import { fileURLToPath as __routewerk_path } from 'node:url';\n";

/// A relative path as a relative URL in quotes.
fn quoted_url(relative: &str) -> String {
    let mut url = String::with_capacity(relative.len());
    for byte in relative.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'.' | b'-' | b'_' | b'@' | b'(' | b')' | b'~' | b'+' => {
                url.push(byte as char);
            }
            other => {
                use std::fmt::Write as _;
                let _ = write!(url, "%{other:02X}");
            }
        }
    }
    // A first part with a colon would be a scheme; `./` keeps it a path.
    if url.starts_with('.') { format!("\"{url}\"") } else { format!("\"./{url}\"") }
}

/// FNV-1a: the same on every machine and in every version, unlike the standard library's hashers.
pub(crate) fn stable_hash(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}

/// Whether a text can hold anything that [`rewrite`] looks for.
pub(crate) fn may_name_its_place(source: &str) -> bool {
    ["import.meta", "__dirname", "__filename", "(process.env as "].iter().any(|name| source.contains(name))
}

/// What becomes of the file in `new URL('./file', import.meta.url)`.
pub(crate) trait Assets {
    /// The URL of the copy, relative to the output file; `None` leaves the expression to the place of the source.
    fn copy(&mut self, path: &str) -> Option<String>;
    /// The URL of the compiled module for `new Worker(new URL(…))`, relative to the output file.
    fn compile(&mut self, path: &str) -> Option<String>;
}

/// Rewrites a module's expressions and says which of its places it asks for.
pub(crate) fn rewrite<'a>(
    program: &mut Program<'a>,
    allocator: &'a Allocator,
    names: &PlaceNames,
    assets: &mut dyn Assets,
) -> PlaceUse {
    let commonjs = free_names(program);
    let mut rewriter = Rewriter { ast: AstBuilder::new(allocator), names, assets, commonjs, used: PlaceUse::default() };
    rewriter.visit_program(program);
    rewriter.used
}

fn is_import_meta(expression: &Expression<'_>) -> bool {
    matches!(expression.get_inner_expression(), Expression::ImportMeta(_))
}

fn is_process_env(expression: &Expression<'_>) -> bool {
    matches!(expression.get_inner_expression(), Expression::StaticMemberExpression(member)
        if member.property.name == "env"
            && matches!(&member.object, Expression::Identifier(name) if name.name == "process"))
}

/// The references to `__dirname` and `__filename` where they are not the module's own variables.
fn free_names(program: &Program<'_>) -> FxHashSet<ReferenceId> {
    let semantic = SemanticBuilder::new().build(program).semantic;
    let unresolved = semantic.scoping().root_unresolved_references();
    unresolved
        .iter()
        .filter(|(name, _)| matches!(name.as_str(), "__dirname" | "__filename"))
        .flat_map(|(_, references)| references.iter().copied())
        .collect()
}

/// The file-system path in a relative URL, without its query and fragment.
pub(crate) fn path_of_url(url: &str) -> &str {
    url.split(['?', '#']).next().unwrap_or(url)
}

/// Joins a path onto a module's folder, if it leads to a file.
pub(crate) fn file_beside(module: &Path, url: &str) -> Option<std::path::PathBuf> {
    let decoded = percent_decoded(path_of_url(url))?;
    let file = std::fs::canonicalize(module.parent()?.join(decoded)).ok()?;
    file.is_file().then_some(file)
}

fn percent_decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        if *first == b'%' {
            let digits = std::str::from_utf8(tail.get(..2)?).ok()?;
            bytes.push(u8::from_str_radix(digits, 16).ok()?);
            rest = &tail[2..];
        } else {
            bytes.push(*first);
            rest = tail;
        }
    }
    String::from_utf8(bytes).ok()
}

struct Rewriter<'a, 'input> {
    ast: AstBuilder<'a>,
    names: &'input PlaceNames,
    assets: &'input mut dyn Assets,
    commonjs: FxHashSet<ReferenceId>,
    used: PlaceUse,
}

impl<'a> Rewriter<'a, '_> {
    fn variable(&self, name: &str, span: Span) -> Expression<'a> {
        Expression::new_identifier(span, Str::from_str_in(name, &self.ast), &self.ast)
    }

    /// The variable for a property of `import.meta`.
    fn meta_property(&mut self, property: &str, span: Span) -> Option<Expression<'a>> {
        let name = match property {
            "url" => {
                self.used.url = true;
                &self.names.url
            }
            "dirname" => {
                self.used.folder = true;
                &self.names.folder
            }
            "filename" => {
                self.used.file = true;
                &self.names.file
            }
            _ => return None,
        };
        Some(self.variable(name, span))
    }

    fn free_name(&mut self, identifier: &IdentifierReference<'a>) -> Option<Expression<'a>> {
        if !identifier.reference_id.get().is_some_and(|reference| self.commonjs.contains(&reference)) {
            return None;
        }
        let name = if identifier.name == "__dirname" {
            self.used.folder = true;
            &self.names.folder
        } else {
            self.used.file = true;
            &self.names.file
        };
        Some(self.variable(name, identifier.span))
    }

    fn replacement(&mut self, expression: &Expression<'a>) -> Option<Expression<'a>> {
        match expression {
            Expression::Identifier(identifier) => self.free_name(identifier),
            Expression::ImportMeta(meta) => {
                self.used.meta = true;
                Some(self.variable(&self.names.meta, meta.span))
            }
            Expression::StaticMemberExpression(member) if is_import_meta(&member.object) => {
                self.meta_property(member.property.name.as_str(), member.span)
            }
            Expression::ComputedMemberExpression(member) if is_import_meta(&member.object) => {
                self.meta_property(literal_text(&member.expression)?, member.span)
            }
            _ => None,
        }
    }

    /// Takes the types off `import.meta` and `process.env`: what is written into the code in place of
    /// `(import.meta as any).env.MODE` is looked for before types are stripped.
    fn unwrap(&self, object: &mut Expression<'a>) {
        let is_wrapped = object.is_typescript_syntax() || matches!(object, Expression::ParenthesizedExpression(_));
        if is_wrapped && (is_import_meta(object) || is_process_env(object)) {
            *object = object.take_in(&self.ast).into_inner_expression();
        }
    }

    /// Gives `new URL(…)` the URL of a copy, and keeps the output file's own `import.meta.url` as its base.
    fn redirect(&self, expression: &mut NewExpression<'a>, url: &str) {
        let span = expression.arguments[0].span();
        expression.arguments[0] =
            Argument::from(Expression::new_string_literal(span, Str::from_str_in(url, &self.ast), None, &self.ast));
    }
}

impl<'a> VisitMut<'a> for Rewriter<'a, '_> {
    fn visit_expression(&mut self, expression: &mut Expression<'a>) {
        if let Some(replacement) = self.replacement(expression) {
            *expression = replacement;
            return;
        }
        walk_mut::walk_expression(self, expression);
    }

    fn visit_static_member_expression(&mut self, member: &mut StaticMemberExpression<'a>) {
        self.unwrap(&mut member.object);
        // Other properties (`env`, `resolve`) stay those of the output file.
        let is_place = matches!(member.property.name.as_str(), "url" | "dirname" | "filename");
        if is_place || !is_import_meta(&member.object) {
            walk_mut::walk_static_member_expression(self, member);
        }
    }

    fn visit_object_property(&mut self, property: &mut ObjectProperty<'a>) {
        // `{ __dirname }` must not become `{ __routewerk_dirname_… }`.
        if property.shorthand && self.replacement(&property.value).is_some() {
            property.shorthand = false;
        }
        walk_mut::walk_object_property(self, property);
    }

    fn visit_new_expression(&mut self, expression: &mut NewExpression<'a>) {
        let is_worker = matches!(&expression.callee, Expression::Identifier(name) if name.name == "Worker");
        if is_worker
            && let Some(Argument::NewExpression(inner)) = expression.arguments.first_mut()
            && let Some(url) = module_url(inner).map(str::to_owned).and_then(|path| self.assets.compile(&path))
        {
            self.redirect(inner, &url);
            for argument in expression.arguments.iter_mut().skip(1) {
                self.visit_argument(argument);
            }
            return;
        }
        if let Some(url) = module_url(expression).map(str::to_owned).and_then(|path| self.assets.copy(&path)) {
            self.redirect(expression, &url);
            return;
        }
        walk_mut::walk_new_expression(self, expression);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use oxc::codegen::Codegen;
    use oxc::parser::Parser;
    use oxc::span::SourceType;

    struct Fixed;

    impl Assets for Fixed {
        fn copy(&mut self, path: &str) -> Option<String> {
            (path == "./there.txt").then(|| "./assets/there-1.txt".to_owned())
        }

        fn compile(&mut self, path: &str) -> Option<String> {
            Some(format!("./worker-of{}", path.trim_start_matches('.')))
        }
    }

    fn rewritten(source: &str) -> (String, PlaceUse) {
        let allocator = Allocator::default();
        let mut program = Parser::new(&allocator, source, SourceType::ts()).parse().program;
        let names =
            PlaceNames { url: "URL_".into(), folder: "DIR_".into(), file: "FILE_".into(), meta: "META_".into() };
        let used = rewrite(&mut program, &allocator, &names, &mut Fixed);
        (Codegen::new().build(&program).code, used)
    }

    #[test]
    fn places_become_variables() {
        let (code, used) = rewritten("f(import.meta.url, import.meta['dirname'], __filename, { __dirname });");
        assert_eq!(code, "f(URL_, DIR_, FILE_, { __dirname: DIR_ });\n");
        assert_eq!(used, PlaceUse { url: true, folder: true, file: true, meta: false });
        let (code, used) = rewritten("const { url } = import.meta; f((import.meta as any).url, import.meta?.dirname);");
        assert_eq!(code, "const { url } = META_;\nf(URL_, META_?.dirname);\n");
        assert!(used.meta && used.url);
        let (code, _) =
            rewritten("f((import.meta as any).env.MODE, (process.env as X).NEXT_PUBLIC_A, import.meta.resolve('x'));");
        assert_eq!(code, "f(import.meta.env.MODE, process.env.NEXT_PUBLIC_A, import.meta.resolve(\"x\"));\n");
        let (code, used) = rewritten("import.meta.env; function f(__dirname) { return __dirname }");
        assert!(code.contains("return __dirname"), "{code}");
        assert!(!used.is_any());
    }

    #[test]
    fn files_are_redirected_to_their_copies() {
        assert_eq!(
            rewritten("new URL('./there.txt', import.meta.url)").0,
            "new URL(\"./assets/there-1.txt\", import.meta.url);\n"
        );
        assert_eq!(rewritten("new URL('./gone.txt', import.meta.url)").0, "new URL(\"./gone.txt\", URL_);\n");
        assert_eq!(
            rewritten("new Worker(new URL('./w.ts', import.meta.url), { d: __dirname })").0,
            "new Worker(new URL(\"./worker-of/w.ts\", import.meta.url), { d: DIR_ });\n"
        );
    }

    #[test]
    fn relative_urls_are_escaped() {
        assert_eq!(quoted_url("../../app/[id]/a b#ü.ts"), "\"../../app/%5Bid%5D/a%20b%23%C3%BC.ts\"");
        assert_eq!(quoted_url("a:b/c.ts"), "\"./a%3Ab/c.ts\"");
        assert_eq!(percent_decoded("a%20b%C3%BC").as_deref(), Some("a bü"));
        assert_eq!(percent_decoded("a%2"), None);
    }
}
