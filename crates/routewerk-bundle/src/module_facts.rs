//! What one walk over a module's syntax tree finds out: what it imports and where, what it exports, and what it may do
//! at run time that somebody else must know about.
//!
//! The walk happens before types are stripped, so positions are those of the user's text.

use oxc::ast::ast::{
    Argument, AssignmentExpression, AssignmentTarget, BindingPattern, BindingProperty, CallExpression, Declaration,
    Decorator, Directive, ExportAllDeclaration, ExportDeclaration, ExportDefaultDeclaration, ExportFromDeclaration,
    ExportNamedDeclaration, Expression, IdentifierReference, ImportDeclaration, ImportDeclarationSpecifier,
    ImportExpression, ImportOrExportKind, NewExpression, Program, PropertyKey, StaticMemberExpression,
    TSImportEqualsDeclaration, TSModuleReference, TryStatement,
};
use oxc::ast_visit::{Visit, walk};
use oxc::span::Span;

use crate::error::BuildErrorKind;
use crate::resolve::RequestKind;

/// A module's facts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ModuleFacts {
    /// Every import with a literal specifier that is not for types alone, in source order.
    pub imports: Vec<ImportSite>,
    /// The names that the module itself declares as exports (`default` among them), not those of `export *`.
    pub exports: Vec<String>,
    /// The specifiers of its `export * from`.
    pub star_exports: Vec<String>,
    /// The names that it assigns to `exports` or `module.exports`.
    pub commonjs_exports: Vec<String>,
    /// The bytes of its first decorator.
    pub decorator: Option<(usize, usize)>,
    /// Whether it has `import` or `export`.
    pub is_esm: bool,
    /// Whether it names the global `fetch`, or has a `'use cache'` directive: both look for the call that they belong to.
    pub uses_fetch: bool,
    /// Whether it loads modules in a way that cannot be followed: `createRequire`.
    pub loads_unknown_modules: bool,
    /// How often it asks for a module by a name that is no literal: `require(name)`, `import(name)`.
    pub computed_requests: usize,
}

/// One import of a module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportSite {
    /// The specifier as written.
    pub specifier: String,
    /// How it is asked for.
    pub kind: RequestKind,
    /// The byte where the statement or call begins.
    pub start: usize,
    /// The byte behind its end.
    pub end: usize,
    /// Whether a `try` block surrounds it: then a missing module is the program's own affair.
    pub is_tried: bool,
    /// What it takes.
    pub takes: Takes,
}

/// What an import takes from a module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Takes {
    /// These names.
    Names(Vec<String>),
    /// The module as a whole: a namespace, `export *`, `require()`, `import()`.
    Everything,
}

impl ModuleFacts {
    /// What is wrong with a module that has decorators where the project's tsconfig.json does not turn them on.
    ///
    /// Without `experimentalDecorators` Next.js compiles them by the proposal of 2018, which no library follows and Node.js
    /// does not know either.
    pub fn decorator_error(&self, experimental_decorators: bool) -> Option<(BuildErrorKind, usize, usize)> {
        let (start, end) = self.decorator.filter(|_| !experimental_decorators)?;
        let kind = BuildErrorKind::Syntax {
            message: "Decorators are not enabled".to_owned(),
            help: Some("Set `experimentalDecorators` to true in the `compilerOptions` of tsconfig.json.".to_owned()),
        };
        Some((kind, start, end))
    }

    /// Walks a module.
    pub fn of(program: &Program<'_>) -> Self {
        let mut walker = Walker { facts: Self::default(), tries: 0 };
        walker.visit_program(program);
        walker.facts
    }

    /// The first import of a specifier in some way.
    pub fn site(&self, specifier: &str, kind: RequestKind) -> Option<&ImportSite> {
        self.imports.iter().find(|site| site.specifier == specifier && site.kind == kind)
    }
}

struct Walker {
    facts: ModuleFacts,
    tries: usize,
}

impl Walker {
    fn import(&mut self, specifier: &str, kind: RequestKind, span: Span, takes: Takes) {
        self.facts.imports.push(ImportSite {
            specifier: specifier.to_owned(),
            kind,
            start: span.start as usize,
            end: span.end as usize,
            is_tried: self.tries > 0,
            takes,
        });
    }

    fn commonjs_target(&mut self, target: &AssignmentTarget<'_>, value: &Expression<'_>) {
        let Some(member) = target.as_member_expression() else { return };
        let Some(name) = member.static_property_name() else { return };
        let on_exports = is_identifier(member.object(), "exports") || is_module_exports(member.object());
        if on_exports {
            self.facts.commonjs_exports.push(name.to_string());
        } else if name == "exports"
            && is_identifier(member.object(), "module")
            && let Expression::ObjectExpression(object) = value.get_inner_expression()
        {
            for property in &object.properties {
                if let Some(name) = property.as_property().and_then(|property| property.key.static_name()) {
                    self.facts.commonjs_exports.push(name.into_owned());
                }
            }
        }
    }
}

fn is_identifier(expression: &Expression<'_>, name: &str) -> bool {
    matches!(expression.get_inner_expression(), Expression::Identifier(found) if found.name == name)
}

fn is_module_exports(expression: &Expression<'_>) -> bool {
    matches!(expression.get_inner_expression(), Expression::StaticMemberExpression(member)
        if member.property.name == "exports" && is_identifier(&member.object, "module"))
}

/// The text of a string literal or of a template without expressions.
pub(crate) fn literal_text<'text>(expression: &'text Expression<'_>) -> Option<&'text str> {
    match expression.get_inner_expression() {
        Expression::StringLiteral(literal) => Some(literal.value.as_str()),
        Expression::TemplateLiteral(template) if template.expressions.is_empty() => {
            template.quasis.first()?.value.cooked.as_ref().map(oxc::str::Str::as_str)
        }
        _ => None,
    }
}

/// The names that a binding pattern declares.
pub(crate) fn bound_names(pattern: &BindingPattern<'_>) -> Vec<String> {
    pattern.get_binding_identifiers().iter().map(|identifier| identifier.name.to_string()).collect()
}

impl<'a> Visit<'a> for Walker {
    fn visit_import_declaration(&mut self, declaration: &ImportDeclaration<'a>) {
        self.facts.is_esm = true;
        if declaration.import_kind == ImportOrExportKind::Type {
            return;
        }
        let mut names = Vec::new();
        let mut whole = false;
        for specifier in declaration.specifiers.iter().flatten() {
            match specifier {
                ImportDeclarationSpecifier::ImportSpecifier(one) if one.import_kind == ImportOrExportKind::Value => {
                    names.push(one.imported.name().to_string());
                }
                ImportDeclarationSpecifier::ImportSpecifier(_) => {}
                ImportDeclarationSpecifier::ImportDefaultSpecifier(_) => names.push("default".to_owned()),
                ImportDeclarationSpecifier::ImportNamespaceSpecifier(_) => whole = true,
            }
        }
        let takes = if whole { Takes::Everything } else { Takes::Names(names) };
        self.import(declaration.source.value.as_str(), RequestKind::Import, declaration.span, takes);
    }

    fn visit_export_all_declaration(&mut self, declaration: &ExportAllDeclaration<'a>) {
        self.facts.is_esm = true;
        if declaration.export_kind == ImportOrExportKind::Type {
            return;
        }
        if let Some(name) = &declaration.exported {
            self.facts.exports.push(name.name().to_string());
        } else {
            self.facts.star_exports.push(declaration.source.value.to_string());
        }
        self.import(declaration.source.value.as_str(), RequestKind::Import, declaration.span, Takes::Everything);
    }

    fn visit_export_from_declaration(&mut self, declaration: &ExportFromDeclaration<'a>) {
        self.facts.is_esm = true;
        if declaration.export_kind == ImportOrExportKind::Type {
            return;
        }
        let values = || declaration.specifiers.iter().filter(|named| named.export_kind == ImportOrExportKind::Value);
        let names = values().map(|named| named.local.name().to_string()).collect();
        self.facts.exports.extend(values().map(|named| named.exported.name().to_string()));
        self.import(declaration.source.value.as_str(), RequestKind::Import, declaration.span, Takes::Names(names));
    }

    fn visit_export_named_declaration(&mut self, declaration: &ExportNamedDeclaration<'a>) {
        self.facts.is_esm = true;
        if declaration.export_kind == ImportOrExportKind::Value {
            let values = declaration.specifiers.iter().filter(|named| named.export_kind == ImportOrExportKind::Value);
            self.facts.exports.extend(values.map(|named| named.exported.name().to_string()));
        }
    }

    fn visit_export_default_declaration(&mut self, declaration: &ExportDefaultDeclaration<'a>) {
        self.facts.is_esm = true;
        self.facts.exports.push("default".to_owned());
        walk::walk_export_default_declaration(self, declaration);
    }

    fn visit_export_declaration(&mut self, declaration: &ExportDeclaration<'a>) {
        self.facts.is_esm = true;
        match &declaration.declaration {
            Declaration::VariableDeclaration(variables) => {
                for variable in &variables.declarations {
                    self.facts.exports.extend(bound_names(&variable.id));
                }
            }
            Declaration::TSTypeAliasDeclaration(_) | Declaration::TSInterfaceDeclaration(_) => {}
            other => self.facts.exports.extend(other.id().map(|id| id.name.to_string())),
        }
        walk::walk_export_declaration(self, declaration);
    }

    fn visit_ts_import_equals_declaration(&mut self, declaration: &TSImportEqualsDeclaration<'a>) {
        if let TSModuleReference::ExternalModuleReference(reference) = &declaration.module_reference
            && declaration.import_kind == ImportOrExportKind::Value
        {
            let specifier = reference.expression.value.as_str();
            self.import(specifier, RequestKind::Require, declaration.span, Takes::Everything);
        }
    }

    fn visit_import_expression(&mut self, expression: &ImportExpression<'a>) {
        match literal_text(&expression.source) {
            Some(specifier) => {
                self.import(specifier, RequestKind::DynamicImport, expression.span, Takes::Everything);
            }
            None => self.facts.computed_requests += 1,
        }
        walk::walk_import_expression(self, expression);
    }

    fn visit_call_expression(&mut self, call: &CallExpression<'a>) {
        let required = match call.callee.get_inner_expression() {
            Expression::Identifier(name) if name.name == "require" => true,
            Expression::StaticMemberExpression(member) => {
                member.property.name == "resolve" && is_identifier(&member.object, "require")
            }
            _ => false,
        };
        if required {
            match call.arguments.first().and_then(Argument::as_expression).and_then(literal_text) {
                Some(specifier) => self.import(specifier, RequestKind::Require, call.span, Takes::Everything),
                None => self.facts.computed_requests += 1,
            }
        }
        walk::walk_call_expression(self, call);
    }

    fn visit_new_expression(&mut self, expression: &NewExpression<'a>) {
        if let Some(specifier) = module_url(expression) {
            self.import(specifier, RequestKind::Url, expression.span, Takes::Everything);
        }
        walk::walk_new_expression(self, expression);
    }

    fn visit_assignment_expression(&mut self, assignment: &AssignmentExpression<'a>) {
        self.commonjs_target(&assignment.left, &assignment.right);
        walk::walk_assignment_expression(self, assignment);
    }

    fn visit_identifier_reference(&mut self, identifier: &IdentifierReference<'a>) {
        match identifier.name.as_str() {
            "fetch" => self.facts.uses_fetch = true,
            "createRequire" => self.facts.loads_unknown_modules = true,
            _ => {}
        }
    }

    fn visit_static_member_expression(&mut self, member: &StaticMemberExpression<'a>) {
        match member.property.name.as_str() {
            "fetch" => {
                self.facts.uses_fetch |= ["globalThis", "global", "self", "window"]
                    .iter()
                    .any(|global| is_identifier(&member.object, global));
            }
            "createRequire" => self.facts.loads_unknown_modules = true,
            _ => {}
        }
        walk::walk_static_member_expression(self, member);
    }

    fn visit_binding_property(&mut self, property: &BindingProperty<'a>) {
        // `const { fetch } = globalThis`
        if matches!(&property.key, PropertyKey::StaticIdentifier(name) if name.name == "fetch") {
            self.facts.uses_fetch = true;
        }
        walk::walk_binding_property(self, property);
    }

    fn visit_directive(&mut self, directive: &Directive<'a>) {
        let text = directive.directive.as_str();
        self.facts.uses_fetch |= text == "use cache" || text.starts_with("use cache:");
    }

    fn visit_decorator(&mut self, decorator: &Decorator<'a>) {
        self.facts.decorator.get_or_insert((decorator.span.start as usize, decorator.span.end as usize));
        walk::walk_decorator(self, decorator);
    }

    fn visit_try_statement(&mut self, statement: &TryStatement<'a>) {
        self.tries += 1;
        self.visit_block_statement(&statement.block);
        self.tries -= 1;
        if let Some(handler) = &statement.handler {
            self.visit_catch_clause(handler);
        }
        if let Some(finalizer) = &statement.finalizer {
            self.visit_block_statement(finalizer);
        }
    }
}

/// The path in `new URL('./path', import.meta.url)`.
pub(crate) fn module_url<'text>(expression: &'text NewExpression<'_>) -> Option<&'text str> {
    if !is_identifier(&expression.callee, "URL") || expression.arguments.len() != 2 {
        return None;
    }
    let base = expression.arguments[1].as_expression()?;
    let Expression::StaticMemberExpression(member) = base.get_inner_expression() else { return None };
    if member.property.name != "url" || !matches!(member.object, Expression::ImportMeta(_)) {
        return None;
    }
    let path = literal_text(expression.arguments[0].as_expression()?)?;
    path.starts_with('.').then_some(path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use oxc::allocator::Allocator;
    use oxc::parser::Parser;
    use oxc::span::SourceType;

    fn facts(source: &str) -> ModuleFacts {
        let allocator = Allocator::default();
        let parsed = Parser::new(&allocator, source, SourceType::tsx()).parse();
        assert!(parsed.diagnostics.is_empty(), "{:?}", parsed.diagnostics);
        ModuleFacts::of(&parsed.program)
    }

    #[test]
    fn every_way_of_importing_is_found() {
        let facts = facts(
            "import a, { b as c, type D } from 'one'; import type { E } from 'types'; import * as f from 'two';\n\
             export * from 'three'; export { g } from 'four'; import h = require('five'); import 'six';\n\
             try { require('seven') } catch { import('eight') } require.resolve(`nine`); new URL('./ten', import.meta.url)",
        );
        let found: Vec<_> =
            facts.imports.iter().map(|site| (site.specifier.as_str(), site.kind, site.is_tried)).collect();
        assert_eq!(
            found,
            [
                ("one", RequestKind::Import, false),
                ("two", RequestKind::Import, false),
                ("three", RequestKind::Import, false),
                ("four", RequestKind::Import, false),
                ("five", RequestKind::Require, false),
                ("six", RequestKind::Import, false),
                ("seven", RequestKind::Require, true),
                ("eight", RequestKind::DynamicImport, false),
                ("nine", RequestKind::Require, false),
                ("./ten", RequestKind::Url, false),
            ]
        );
        assert_eq!(facts.imports[0].takes, Takes::Names(vec!["default".into(), "b".into()]));
        assert_eq!(facts.imports[1].takes, Takes::Everything);
        assert!(facts.is_esm && !facts.loads_unknown_modules);
    }

    #[test]
    fn fetch_and_unknown_loading_are_noticed() {
        assert!(facts("export const GET = () => fetch('x')").uses_fetch);
        assert!(facts("export const GET = () => globalThis.fetch('x')").uses_fetch);
        assert!(facts("const { fetch: f } = globalThis").uses_fetch);
        assert!(facts("export async function f() { 'use cache' }").uses_fetch);
        assert!(!facts("export const GET = () => db.fetch('x') // fetch").uses_fetch);
        assert_eq!(facts("require(name); import(name); require('x')").computed_requests, 2);
        assert!(facts("const require2 = createRequire(import.meta.url)").loads_unknown_modules);
    }

    #[test]
    fn exports_of_both_module_systems_are_named() {
        let module = facts(
            "export const { a, b: [c] } = x; export function GET() {} export { y as POST, type Z }; export type T = 1; export default 1; export enum E {}",
        );
        assert_eq!(module.exports, ["a", "c", "GET", "POST", "default", "E"]);
        let commonjs = facts("module.exports.GET = f; exports.POST = f; module.exports = { PUT, dynamic: 'x' }");
        assert_eq!(commonjs.commonjs_exports, ["GET", "POST", "PUT", "dynamic"]);
        assert!(!commonjs.is_esm);
    }
}
