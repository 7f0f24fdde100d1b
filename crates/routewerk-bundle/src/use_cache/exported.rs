//! The functions that a file with `'use cache'` at its head exports, and what it must not export.

use oxc::ast::ast::{
    Argument, Declaration, ExportDefaultDeclarationKind, Expression, ModuleExportName, Program, Statement,
    VariableDeclaration,
};
use rustc_hash::FxHashSet;

use super::fault::{Fault, Wrong};

/// Where the functions begin that a file exports.
pub(super) fn exported_functions(program: &Program<'_>, wrong: &mut Vec<Wrong>) -> FxHashSet<u32> {
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
                    variables.declarations.iter().filter_map(|one| one.init.as_ref()).for_each(|init| {
                        add_functions(init, &mut found);
                    });
                }
                Declaration::ClassDeclaration(class) if !class.declare => {
                    wrong.push((Fault::ExportsOther, export.span));
                }
                _ => {}
            },
            Statement::ExportDefaultDeclaration(export) => match &export.declaration {
                ExportDefaultDeclarationKind::FunctionDeclaration(function) => drop(found.insert(function.span.start)),
                ExportDefaultDeclarationKind::Identifier(local) => drop(names.insert(local.name.as_str())),
                ExportDefaultDeclarationKind::TSInterfaceDeclaration(_) => {}
                other => {
                    let before = found.len();
                    if let Some(expression) = other.as_expression() {
                        add_functions(expression, &mut found);
                    }
                    if found.len() == before {
                        wrong.push((Fault::ExportsOther, export.span));
                    }
                }
            },
            Statement::ExportAllDeclaration(export) if !export.export_kind.is_type() => {
                wrong.push((Fault::ExportsOther, export.span));
            }
            _ => {}
        }
    }
    for statement in &program.body {
        match statement {
            Statement::FunctionDeclaration(function) => {
                let is_exported = function.id.as_ref().is_some_and(|id| names.contains(id.name.as_str()));
                found.extend(is_exported.then_some(function.span.start));
            }
            Statement::VariableDeclaration(variables) => add_named(variables, &names, &mut found),
            _ => {}
        }
    }
    found
}

/// The functions that variables of these names begin with.
fn add_named(variables: &VariableDeclaration<'_>, names: &FxHashSet<&str>, found: &mut FxHashSet<u32>) {
    for variable in &variables.declarations {
        let is_named = variable.id.get_identifier_name().is_some_and(|name| names.contains(name.as_str()));
        if let (true, Some(init)) = (is_named, variable.init.as_ref()) {
            add_functions(init, found);
        }
    }
}

/// A function, or those that are handed to a call that makes what is exported.
fn add_functions(expression: &Expression<'_>, found: &mut FxHashSet<u32>) {
    match expression.get_inner_expression() {
        Expression::ArrowFunctionExpression(arrow) => drop(found.insert(arrow.span.start)),
        Expression::FunctionExpression(function) => drop(found.insert(function.span.start)),
        Expression::CallExpression(call) => {
            call.arguments.iter().filter_map(Argument::as_expression).for_each(|one| add_functions(one, found));
        }
        _ => {}
    }
}
