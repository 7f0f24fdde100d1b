//! The rewriting of one syntax tree for the registry: ES module syntax becomes getters and property reads, `import()`
//! and `import.meta` become calls of the module's context.
//!
//! What it keeps of the standard, because users' code depends on it: bindings are live in both directions, function
//! declarations work before their module has run (cycles), reading too early throws a `ReferenceError`, an imported
//! function is called without `this`, and a default export without a name is called `default`.
//!
//! The tree is edited, the wrapper around it is text ([`wrapper`](super::wrapper)). `require` calls are only collected,
//! the computed ones as patterns: they stay as they are.

use oxc::allocator::{Allocator, ArenaVec};
use oxc::ast::ast::{
    Argument, ArrayExpressionElement, ArrowFunctionExpression, AssignmentTargetPropertyIdentifier, AwaitExpression,
    BinaryOperator, BindingIdentifier, BindingPattern, CallExpression, ClassType, ConditionalExpression, Declaration,
    ExportAllDeclaration, ExportDefaultDeclaration, ExportDefaultDeclarationKind, ExportFromDeclaration,
    ExportNamedDeclaration, Expression, ForOfStatement, Function, IdentifierName, IdentifierReference, IfStatement,
    ImportDeclaration, ImportDeclarationSpecifier, ModuleExportName, NewExpression, ObjectProperty, ObjectPropertyKind,
    Program, PropertyKey, PropertyKind, SimpleAssignmentTarget, Statement, StringLiteral, TaggedTemplateExpression,
    TryStatement, UnaryOperator, VariableDeclaration, VariableDeclarationKind, VariableDeclarator, match_expression,
};
use oxc::ast::builder::AstBuilder;
use oxc::ast_visit::{VisitMut, walk_mut};
use oxc::semantic::{Scoping, SymbolId};
use oxc::span::{GetSpan, SPAN, Span};
use oxc::str::Ident;
use oxc::syntax::identifier::is_identifier_name;
use oxc::syntax::number::NumberBase;
use oxc::syntax::scope::ScopeFlags;
use rustc_hash::FxHashMap;

use super::analysis::{Analysis, ComputedRequire, Export, ExportSource, UsedImport};
use crate::module_facts::module_url;
use crate::request_pattern::{PatternReader, RequestPattern};

/// Rewrites one program. Make one per module.
pub(super) struct Rewriter<'a, 's> {
    ast: AstBuilder<'a>,
    scoping: &'s Scoping,
    /// The prefix of all names that the rewriting brings in; no name in the module begins with it.
    prefix: &'s str,
    imported: FxHashMap<SymbolId, Imported>,
    /// How many functions are around the place that is visited.
    functions: usize,
    /// How many branches around it are never taken in development.
    dead: usize,
    /// How many `try` blocks are around it.
    guarded: usize,
    /// Reads computed specifiers, where there can be any.
    patterns: Option<PatternReader<'s>>,
    pub(super) analysis: Analysis,
}

/// What an import's local name stands for.
#[derive(Clone, Debug)]
struct Imported {
    request: u32,
    /// `None` is the namespace.
    name: Option<String>,
}

impl<'a, 's> Rewriter<'a, 's> {
    pub(super) fn new(allocator: &'a Allocator, scoping: &'s Scoping, prefix: &'s str) -> Self {
        Self {
            ast: AstBuilder::new(allocator),
            scoping,
            prefix,
            imported: FxHashMap::default(),
            functions: 0,
            dead: 0,
            guarded: 0,
            patterns: None,
            analysis: Analysis::default(),
        }
    }

    /// Rewrites the program in place. Afterwards it has no `import` or `export` any more.
    pub(super) fn rewrite(&mut self, program: &mut Program<'a>) {
        if may_compute_requests(program.source_text) {
            self.patterns = Some(PatternReader::new(program, self.scoping));
        }
        let body = std::mem::replace(&mut program.body, ArenaVec::new_in(&self.ast));
        let mut kept = ArenaVec::with_capacity_in(body.len(), &self.ast);
        // Imports are hoisted: all of them are known before the first export that may name one.
        for statement in &body {
            if let Statement::ImportDeclaration(import) = statement {
                self.take_import(import);
            } else if let Some(source) = reexport_source(statement) {
                self.analysis.request(&source.value, source.span);
            }
        }
        for statement in body {
            match statement {
                Statement::ImportDeclaration(_) => {}
                Statement::ExportAllDeclaration(export) => self.take_export_all(&export),
                Statement::ExportFromDeclaration(export) => self.take_export_from(&export),
                Statement::ExportNamedDeclaration(export) => self.take_export_named(&export),
                Statement::ExportDeclaration(export) => {
                    let declaration = export.unbox().declaration;
                    self.take_declaration(&declaration);
                    kept.push(Statement::from(declaration));
                }
                Statement::ExportDefaultDeclaration(export) => kept.extend(self.take_default(export.unbox())),
                other => kept.push(other),
            }
        }
        program.body = kept;
        self.visit_program(program);
    }

    fn take_import(&mut self, import: &ImportDeclaration<'a>) {
        let request = self.analysis.request(&import.source.value, import.span);
        for specifier in import.specifiers.iter().flatten() {
            let (local, name, span) = match specifier {
                ImportDeclarationSpecifier::ImportSpecifier(named) => {
                    (&named.local, Some(named.imported.name().to_string()), named.span)
                }
                ImportDeclarationSpecifier::ImportDefaultSpecifier(default) => {
                    (&default.local, Some("default".to_owned()), default.span)
                }
                ImportDeclarationSpecifier::ImportNamespaceSpecifier(namespace) => {
                    (&namespace.local, None, namespace.span)
                }
            };
            let Some(symbol) = local.symbol_id.get() else { continue };
            if let Some(name) = &name {
                self.analysis.used.push(UsedImport { request, name: name.clone(), start: span.start, end: span.end });
            }
            self.imported.insert(symbol, Imported { request, name });
        }
    }

    fn take_export_all(&mut self, export: &ExportAllDeclaration<'a>) {
        let request = self.analysis.request(&export.source.value, export.span);
        match &export.exported {
            Some(name) => {
                let code = format!("{}{request}", self.prefix);
                self.push_export(name.name().as_str(), ExportSource::Namespace { request }, code);
            }
            None => self.analysis.stars.push(request),
        }
    }

    fn take_export_from(&mut self, export: &ExportFromDeclaration<'a>) {
        let request = self.analysis.request(&export.source.value, export.span);
        for specifier in &export.specifiers {
            let name = specifier.local.name().to_string();
            let code = self.read_text(request, Some(&name));
            self.push_export(specifier.exported.name().as_str(), ExportSource::Import { request, name }, code);
        }
    }

    fn take_export_named(&mut self, export: &ExportNamedDeclaration<'a>) {
        for specifier in &export.specifiers {
            let imported = match &specifier.local {
                ModuleExportName::IdentifierReference(local) => self.import_of(local).cloned(),
                ModuleExportName::IdentifierName(_) | ModuleExportName::StringLiteral(_) => None,
            };
            let exported = specifier.exported.name();
            match imported {
                Some(Imported { request, name: Some(name) }) => {
                    let code = self.read_text(request, Some(&name));
                    self.push_export(exported.as_str(), ExportSource::Import { request, name }, code);
                }
                Some(Imported { request, name: None }) => {
                    let code = self.read_text(request, None);
                    self.push_export(exported.as_str(), ExportSource::Namespace { request }, code);
                }
                None => {
                    let code = specifier.local.name().to_string();
                    self.push_export(exported.as_str(), ExportSource::Local, code);
                }
            }
        }
    }

    fn take_declaration(&mut self, declaration: &Declaration<'a>) {
        let mut names: Vec<String> = Vec::new();
        match declaration {
            Declaration::VariableDeclaration(variables) => {
                for declarator in &variables.declarations {
                    names
                        .extend(declarator.id.get_binding_identifiers().iter().map(|binding| binding.name.to_string()));
                }
            }
            Declaration::FunctionDeclaration(function) => {
                names.extend(function.id.as_ref().map(|id| id.name.to_string()));
            }
            Declaration::ClassDeclaration(class) => names.extend(class.id.as_ref().map(|id| id.name.to_string())),
            // TypeScript is gone by now; what is left of it has no value.
            Declaration::TSTypeAliasDeclaration(_)
            | Declaration::TSInterfaceDeclaration(_)
            | Declaration::TSEnumDeclaration(_)
            | Declaration::TSNamespaceDeclaration(_)
            | Declaration::TSExternalModuleDeclaration(_)
            | Declaration::TSGlobalDeclaration(_)
            | Declaration::TSImportEqualsDeclaration(_) => {}
        }
        for name in names {
            self.push_export(&name, ExportSource::Local, name.clone());
        }
    }

    fn take_default(&mut self, export: ExportDefaultDeclaration<'a>) -> Option<Statement<'a>> {
        let local = format!("{}Default", self.prefix);
        let expression = match export.declaration {
            ExportDefaultDeclarationKind::FunctionDeclaration(mut function) => {
                // A function declaration stays one, because it is hoisted.
                let name = if let Some(id) = &function.id {
                    id.name.to_string()
                } else {
                    function.id = Some(BindingIdentifier::new(SPAN, self.text(&local), &self.ast));
                    self.analysis.names_default = true;
                    local
                };
                self.push_export("default", ExportSource::Local, name);
                return Some(Statement::FunctionDeclaration(function));
            }
            ExportDefaultDeclarationKind::ClassDeclaration(mut class) => {
                if let Some(id) = &class.id {
                    let name = id.name.to_string();
                    self.push_export("default", ExportSource::Local, name);
                    return Some(Statement::ClassDeclaration(class));
                }
                class.r#type = ClassType::ClassExpression;
                Expression::ClassExpression(class)
            }
            ExportDefaultDeclarationKind::TSInterfaceDeclaration(_) => return None,
            kind @ match_expression!(ExportDefaultDeclarationKind) => kind.into_expression(),
        };
        self.push_export("default", ExportSource::Local, local.clone());
        let value =
            if expression.is_anonymous_function_definition() { self.named_default(expression) } else { expression };
        let id = BindingPattern::new_binding_identifier(SPAN, self.text(&local), &self.ast);
        let declarator = VariableDeclarator::new(SPAN, id, None, Some(value), false, &self.ast);
        Some(Statement::from(Declaration::new_variable_declaration(
            export.span,
            VariableDeclarationKind::Const,
            [declarator],
            false,
            &self.ast,
        )))
    }

    /// `{ default: … }.default`: the one form that gives an anonymous function or class the name `default` and lets a
    /// static member `name` win over it.
    fn named_default(&self, value: Expression<'a>) -> Expression<'a> {
        let key = PropertyKey::new_static_identifier(SPAN, "default", &self.ast);
        let property = ObjectPropertyKind::new_object_property(
            SPAN,
            PropertyKind::Init,
            key,
            value,
            false,
            false,
            false,
            &self.ast,
        );
        let object = Expression::new_object_expression(SPAN, [property], &self.ast);
        self.member(SPAN, object, "default")
    }

    fn push_export(&mut self, name: &str, source: ExportSource, code: String) {
        self.analysis.exports.push(Export { name: name.to_owned(), source, code });
    }

    /// The text that reads an import.
    fn read_text(&self, request: u32, name: Option<&str>) -> String {
        let prefix = self.prefix;
        match name {
            None => format!("{prefix}{request}"),
            Some(name) if is_identifier_name(name) => format!("{prefix}{request}.{name}"),
            Some(name) => format!("{prefix}{request}[{}]", serde_json::json!(name)),
        }
    }

    /// The expression that reads an import.
    fn read(&self, span: Span, imported: &Imported) -> Expression<'a> {
        let namespace = self.text(&format!("{}{}", self.prefix, imported.request));
        let object = Expression::new_identifier(span, namespace, &self.ast);
        match &imported.name {
            None => object,
            Some(name) => self.member(span, object, name),
        }
    }

    /// What a computed specifier can begin with, for the registry: the names that lead out of the folder are not found.
    fn beginnings(&self, pattern: &RequestPattern) -> Option<Expression<'a>> {
        let texts = pattern.beginnings()?;
        let mut elements = ArenaVec::with_capacity_in(texts.len(), &self.ast);
        for text in texts {
            let literal = Expression::new_string_literal(SPAN, self.text(text), None, &self.ast);
            elements.push(ArrayExpressionElement::from(literal));
        }
        Some(Expression::new_array_expression(SPAN, elements, &self.ast))
    }

    fn member(&self, span: Span, object: Expression<'a>, name: &str) -> Expression<'a> {
        if is_identifier_name(name) {
            let property = IdentifierName::new(span, self.text(name), &self.ast);
            Expression::new_static_member_expression(span, object, property, false, &self.ast)
        } else {
            let key = Expression::new_string_literal(span, self.text(name), None, &self.ast);
            Expression::new_computed_member_expression(span, object, key, false, &self.ast)
        }
    }

    /// A member of the module's context.
    fn context(&self, span: Span, name: &str) -> Expression<'a> {
        let object = Expression::new_identifier(span, self.text(self.prefix), &self.ast);
        self.member(span, object, name)
    }

    fn text(&self, text: &str) -> Ident<'a> {
        Ident::from_str_in(text, &self.ast)
    }

    fn import_of(&self, identifier: &IdentifierReference<'a>) -> Option<&Imported> {
        let symbol = self.scoping.get_reference(identifier.reference_id.get()?).symbol_id()?;
        self.imported.get(&symbol)
    }

    fn is_global(&self, identifier: &IdentifierReference<'a>) -> bool {
        identifier.reference_id.get().is_none_or(|id| self.scoping.get_reference(id).symbol_id().is_none())
    }

    /// NAME of `process.env.NAME`.
    fn env_name<'e>(&self, expression: &'e Expression<'a>) -> Option<&'e str> {
        let member = expression.as_member_expression()?;
        let name = member.static_property_name()?;
        let env = member.object().as_member_expression()?;
        let Expression::Identifier(process) = env.object() else { return None };
        (env.static_property_name()? == "env" && process.name == "process" && self.is_global(process)).then_some(name)
    }

    /// What an expression is in development, where its text alone says so: a literal, or `process.env.NODE_ENV`.
    fn known_text<'e>(&self, expression: &'e Expression<'a>) -> Option<&'e str> {
        match expression {
            Expression::StringLiteral(literal) => Some(literal.value.as_str()),
            other => (self.env_name(other)? == "NODE_ENV").then_some("development"),
        }
    }

    /// What a condition is in development, where its text alone says so.
    fn known_condition(&self, test: &Expression<'a>) -> Option<bool> {
        match test {
            Expression::BooleanLiteral(literal) => Some(literal.value),
            Expression::BinaryExpression(binary) => {
                let same = self.known_text(&binary.left)? == self.known_text(&binary.right)?;
                match binary.operator {
                    BinaryOperator::Equality | BinaryOperator::StrictEquality => Some(same),
                    BinaryOperator::Inequality | BinaryOperator::StrictInequality => Some(!same),
                    _ => None,
                }
            }
            Expression::UnaryExpression(unary) if unary.operator == UnaryOperator::LogicalNot => {
                self.known_condition(&unary.argument).map(|known| !known)
            }
            _ => None,
        }
    }

    fn visit_branch(&mut self, is_dead: bool, visit: impl FnOnce(&mut Self)) {
        self.dead += usize::from(is_dead);
        visit(self);
        self.dead -= usize::from(is_dead);
    }

    fn refuse_assignment(&mut self, identifier: &IdentifierReference<'a>) {
        if self.import_of(identifier).is_some() {
            let name = identifier.name.to_string();
            self.analysis.assigned_imports.push((name, identifier.span.start, identifier.span.end));
        }
    }
}

/// Whether there can be a `require` or `import()` whose specifier is not one quoted text.
fn may_compute_requests(text: &str) -> bool {
    let is_computed = |(at, call): (usize, &str)| {
        let argument = text[at + call.len()..].split(')').next().unwrap_or_default().trim();
        let is_quoted = |quote: char| {
            argument.len() > 1
                && argument.starts_with(quote)
                && argument.ends_with(quote)
                && argument.matches(quote).count() == 2
        };
        !argument.is_empty() && !is_quoted('\'') && !is_quoted('"')
    };
    ["require(", "import("].iter().any(|call| text.match_indices(call).any(is_computed))
}

/// The source of `export … from`.
fn reexport_source<'s, 'a>(statement: &'s Statement<'a>) -> Option<&'s StringLiteral<'a>> {
    match statement {
        Statement::ExportAllDeclaration(export) => Some(&export.source),
        Statement::ExportFromDeclaration(export) => Some(&export.source),
        _ => None,
    }
}

impl<'a> VisitMut<'a> for Rewriter<'a, '_> {
    fn visit_expression(&mut self, expression: &mut Expression<'a>) {
        match expression {
            Expression::Identifier(identifier) => {
                if let Some(imported) = self.import_of(identifier) {
                    *expression = self.read(identifier.span, imported);
                    self.analysis.is_edited = true;
                } else if self.is_global(identifier) {
                    self.analysis.note_global(identifier.name.as_str());
                }
                return;
            }
            Expression::ImportMeta(meta) => {
                *expression = self.context(meta.span, "meta");
                self.analysis.is_edited = true;
                self.analysis.uses_context = true;
                return;
            }
            _ => {}
        }
        walk_mut::walk_expression(self, expression);
        if let Expression::ImportExpression(import) = expression {
            // A name that is made at run time, and one inside `try`, may lead nowhere: that is the program's own affair.
            let may_be_missing = self.guarded > 0 || crate::module_facts::literal_text(&import.source).is_none();
            let callee = self.context(import.span, if may_be_missing { "find" } else { "import" });
            let span = import.span;
            let pattern = self.patterns.as_ref().map(|patterns| patterns.read(&import.source));
            let beginnings = pattern.filter(|_| may_be_missing).and_then(|pattern| self.beginnings(&pattern));
            let source = std::mem::replace(&mut import.source, Expression::new_null_literal(SPAN, &self.ast));
            let mut arguments = ArenaVec::with_capacity_in(2, &self.ast);
            arguments.push(Argument::from(source));
            arguments.extend(beginnings.map(Argument::from));
            *expression = Expression::new_call_expression(span, callee, None, arguments, false, &self.ast);
            self.analysis.is_edited = true;
            self.analysis.uses_context = true;
        }
    }

    fn visit_call_expression(&mut self, call: &mut CallExpression<'a>) {
        if let Expression::Identifier(callee) = &call.callee {
            if let Some(imported) = self.import_of(callee) {
                let span = callee.span;
                let read = self.read(span, imported);
                call.callee = if imported.name.is_some() { self.without_this(span, read) } else { read };
                self.analysis.is_edited = true;
            } else if callee.name == "require" && self.is_global(callee) && self.dead == 0 {
                if let Some((specifier, span)) = call.arguments.first().and_then(literal_text) {
                    self.analysis.require(specifier, span, self.guarded > 0);
                } else if let Some(patterns) = &self.patterns
                    && let Some(source) = call.arguments.first().and_then(Argument::as_expression)
                {
                    let pattern = patterns.read(source);
                    let beginnings = self.beginnings(&pattern);
                    let is_optional = self.guarded > 0;
                    let (start, end) = (call.span.start, call.span.end);
                    self.analysis.computed.push(ComputedRequire { pattern, start, end, is_optional });
                    if let Some(beginnings) = beginnings {
                        call.arguments.truncate(1);
                        call.arguments.push(Argument::from(beginnings));
                        self.analysis.is_edited = true;
                    }
                }
            }
        }
        walk_mut::walk_call_expression(self, call);
    }

    fn visit_new_expression(&mut self, expression: &mut NewExpression<'a>) {
        let is_thread = matches!(&expression.callee, Expression::Identifier(name) if name.name == "Worker")
            && matches!(expression.arguments.first(), Some(Argument::NewExpression(url)) if module_url(url).is_some());
        walk_mut::walk_new_expression(self, expression);
        if is_thread {
            let span = expression.callee.span();
            let class = std::mem::replace(&mut expression.callee, Expression::new_null_literal(SPAN, &self.ast));
            let thread = self.context(span, "thread");
            expression.callee =
                Expression::new_call_expression(span, thread, None, [Argument::from(class)], false, &self.ast);
            self.analysis.is_edited = true;
            self.analysis.uses_context = true;
        }
    }

    fn visit_tagged_template_expression(&mut self, tagged: &mut TaggedTemplateExpression<'a>) {
        if let Expression::Identifier(tag) = &tagged.tag
            && let Some(imported) = self.import_of(tag)
            && imported.name.is_some()
        {
            let span = tag.span;
            let read = self.read(span, imported);
            tagged.tag = self.without_this(span, read);
            self.analysis.is_edited = true;
        }
        walk_mut::walk_tagged_template_expression(self, tagged);
    }

    fn visit_object_property(&mut self, property: &mut ObjectProperty<'a>) {
        if property.shorthand
            && let Expression::Identifier(value) = &property.value
            && self.import_of(value).is_some()
        {
            property.shorthand = false;
        }
        walk_mut::walk_object_property(self, property);
    }

    fn visit_simple_assignment_target(&mut self, target: &mut SimpleAssignmentTarget<'a>) {
        if let SimpleAssignmentTarget::AssignmentTargetIdentifier(identifier) = target {
            self.refuse_assignment(identifier);
            if self.is_global(identifier) {
                self.analysis.note_global(identifier.name.as_str());
            }
        }
        walk_mut::walk_simple_assignment_target(self, target);
    }

    fn visit_assignment_target_property_identifier(&mut self, property: &mut AssignmentTargetPropertyIdentifier<'a>) {
        self.refuse_assignment(&property.binding);
        walk_mut::walk_assignment_target_property_identifier(self, property);
    }

    fn visit_function(&mut self, function: &mut Function<'a>, flags: ScopeFlags) {
        self.functions += 1;
        walk_mut::walk_function(self, function, flags);
        self.functions -= 1;
    }

    fn visit_arrow_function_expression(&mut self, function: &mut ArrowFunctionExpression<'a>) {
        self.functions += 1;
        walk_mut::walk_arrow_function_expression(self, function);
        self.functions -= 1;
    }

    fn visit_await_expression(&mut self, expression: &mut AwaitExpression<'a>) {
        self.analysis.has_top_level_await |= self.functions == 0;
        walk_mut::walk_await_expression(self, expression);
    }

    fn visit_for_of_statement(&mut self, statement: &mut ForOfStatement<'a>) {
        self.analysis.has_top_level_await |= statement.r#await && self.functions == 0;
        walk_mut::walk_for_of_statement(self, statement);
    }

    fn visit_variable_declaration(&mut self, declaration: &mut VariableDeclaration<'a>) {
        self.analysis.has_top_level_await |=
            declaration.kind == VariableDeclarationKind::AwaitUsing && self.functions == 0;
        walk_mut::walk_variable_declaration(self, declaration);
    }

    fn visit_try_statement(&mut self, statement: &mut TryStatement<'a>) {
        self.guarded += 1;
        self.visit_block_statement(&mut statement.block);
        self.guarded -= 1;
        if let Some(handler) = &mut statement.handler {
            self.visit_catch_clause(handler);
        }
        if let Some(finalizer) = &mut statement.finalizer {
            self.visit_block_statement(finalizer);
        }
    }

    fn visit_if_statement(&mut self, statement: &mut IfStatement<'a>) {
        let known = self.known_condition(&statement.test);
        self.visit_expression(&mut statement.test);
        self.visit_branch(known == Some(false), |this| this.visit_statement(&mut statement.consequent));
        if let Some(alternate) = &mut statement.alternate {
            self.visit_branch(known == Some(true), |this| this.visit_statement(alternate));
        }
    }

    fn visit_conditional_expression(&mut self, conditional: &mut ConditionalExpression<'a>) {
        let known = self.known_condition(&conditional.test);
        self.visit_expression(&mut conditional.test);
        self.visit_branch(known == Some(false), |this| this.visit_expression(&mut conditional.consequent));
        self.visit_branch(known == Some(true), |this| this.visit_expression(&mut conditional.alternate));
    }
}

impl<'a> Rewriter<'a, '_> {
    /// `(0, f)`: the callee's object does not become `this`.
    fn without_this(&self, span: Span, callee: Expression<'a>) -> Expression<'a> {
        let zero = Expression::new_numeric_literal(SPAN, 0.0, None, NumberBase::Decimal, &self.ast);
        Expression::new_sequence_expression(span, [zero, callee], &self.ast)
    }
}

/// The text of a string literal, or of a template without expressions.
fn literal_text<'e>(argument: &'e Argument<'_>) -> Option<(&'e str, Span)> {
    match argument {
        Argument::StringLiteral(literal) => Some((literal.value.as_str(), literal.span)),
        Argument::TemplateLiteral(template) if template.expressions.is_empty() => {
            let cooked = template.quasis.first()?.value.cooked.as_ref()?;
            Some((cooked.as_str(), template.span))
        }
        _ => None,
    }
}
