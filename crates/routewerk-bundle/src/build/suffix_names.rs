//! Keeps the bundler from giving two variables of a `CommonJS` module one name.
//!
//! The bundler renames what would clash to `name$1`, `name$2` and so on, and looks whether such a name is taken, but in the
//! outermost scope of a `CommonJS` module it does not look (rolldown 1.2.4). Packages that were bundled once before
//! have just such names there: `@opentelemetry/api` declares `require_context` and `require_context$1` side by side, and the
//! output would declare `require_context$1` twice. So these names get an underscore before the bundler sees them.

use oxc::allocator::Allocator;
use oxc::ast::ast::{
    AssignmentTargetPropertyIdentifier, BindingIdentifier, BindingPattern, BindingProperty, Expression,
    IdentifierReference, ObjectProperty, Program,
};
use oxc::ast::builder::AstBuilder;
use oxc::ast_visit::{Visit, VisitMut, walk, walk_mut};
use oxc::semantic::{Scoping, SemanticBuilder};
use oxc::str::Ident;
use oxc::syntax::symbol::SymbolId;
use rustc_hash::{FxHashMap, FxHashSet};

/// Whether a text can hold a name that [`rename_suffixed`] looks for.
pub(crate) fn may_have_suffixed_names(source: &str) -> bool {
    source.as_bytes().windows(2).any(|pair| pair[0] == b'$' && pair[1].is_ascii_digit())
}

/// Gives every variable of the outermost scope whose name ends in `$` and a number another name.
pub(crate) fn rename_suffixed<'a>(program: &mut Program<'a>, allocator: &'a Allocator) {
    let scoping = SemanticBuilder::new().build(program).semantic.into_scoping();
    let mut kept = Kept { scoping: &scoping, symbols: FxHashSet::default() };
    kept.visit_program(program);
    let kept = kept.symbols;
    let taken: FxHashSet<&str> = scoping.symbol_names().collect();
    let mut names = FxHashMap::default();
    for (name, symbol) in scoping.get_bindings(scoping.root_scope_id()) {
        if !is_suffixed(name.as_str()) || kept.contains(symbol) {
            continue;
        }
        let mut renamed = format!("{name}_");
        while taken.contains(renamed.as_str()) {
            renamed.push('_');
        }
        names.insert(*symbol, renamed);
    }
    if !names.is_empty() {
        let ast = AstBuilder::new(allocator);
        Renamer { scoping: &scoping, names: &names, ast: &ast }.visit_program(program);
    }
}

/// Whether a name is something, `$` and a number.
fn is_suffixed(name: &str) -> bool {
    name.rsplit_once('$').is_some_and(|(base, number)| {
        !base.is_empty() && !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit())
    })
}

/// Finds the variables that stand where a name cannot be replaced: `({ name$1 } = object)`.
struct Kept<'scoping> {
    scoping: &'scoping Scoping,
    symbols: FxHashSet<SymbolId>,
}

impl<'a> Visit<'a> for Kept<'_> {
    fn visit_assignment_target_property_identifier(&mut self, property: &AssignmentTargetPropertyIdentifier<'a>) {
        self.symbols.extend(symbol_of(self.scoping, &property.binding));
        walk::walk_assignment_target_property_identifier(self, property);
    }
}

fn symbol_of(scoping: &Scoping, identifier: &IdentifierReference<'_>) -> Option<SymbolId> {
    scoping.get_reference(identifier.reference_id.get()?).symbol_id()
}

struct Renamer<'a, 'input> {
    scoping: &'input Scoping,
    names: &'input FxHashMap<SymbolId, String>,
    ast: &'input AstBuilder<'a>,
}

impl<'a> Renamer<'a, '_> {
    fn name_of(&self, symbol: Option<SymbolId>) -> Option<Ident<'a>> {
        Some(Ident::from_str_in(self.names.get(&symbol?)?, self.ast))
    }
}

impl<'a> VisitMut<'a> for Renamer<'a, '_> {
    fn visit_binding_identifier(&mut self, identifier: &mut BindingIdentifier<'a>) {
        if let Some(name) = self.name_of(identifier.symbol_id.get()) {
            identifier.name = name;
        }
    }

    fn visit_identifier_reference(&mut self, identifier: &mut IdentifierReference<'a>) {
        if let Some(name) = self.name_of(symbol_of(self.scoping, identifier)) {
            identifier.name = name;
        }
    }

    fn visit_object_property(&mut self, property: &mut ObjectProperty<'a>) {
        if let Expression::Identifier(identifier) = &property.value
            && self.name_of(symbol_of(self.scoping, identifier)).is_some()
        {
            property.shorthand = false;
        }
        walk_mut::walk_object_property(self, property);
    }

    fn visit_binding_property(&mut self, property: &mut BindingProperty<'a>) {
        let bound = match &property.value {
            BindingPattern::BindingIdentifier(identifier) => Some(identifier),
            BindingPattern::AssignmentPattern(pattern) => match &pattern.left {
                BindingPattern::BindingIdentifier(identifier) => Some(identifier),
                _ => None,
            },
            _ => None,
        };
        if bound.is_some_and(|identifier| self.name_of(identifier.symbol_id.get()).is_some()) {
            property.shorthand = false;
        }
        walk_mut::walk_binding_property(self, property);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use oxc::codegen::Codegen;
    use oxc::parser::Parser;
    use oxc::span::SourceType;

    fn renamed(source: &str) -> String {
        let allocator = Allocator::default();
        let mut program = Parser::new(&allocator, source, SourceType::cjs()).parse().program;
        rename_suffixed(&mut program, &allocator);
        Codegen::new().build(&program).code
    }

    #[test]
    fn only_outer_names_with_a_suffix_change() {
        let code = renamed(
            "const a = 1, a$1 = 2, { b$2, c: d$3 = 1, e$4 = 5 } = a$1; exports.x = { a$1, $1: a };\n\
             function f$1(a$1, x$1) { return a$1 + x$1 + b$2; } f$1.a$1 = f$1();",
        );
        assert_eq!(
            code,
            "const a = 1, a$1_ = 2, { b$2: b$2_, c: d$3_ = 1, e$4: e$4_ = 5 } = a$1_;\nexports.x = {\n\ta$1: a$1_,\n\t$1: a\n};\n\
             function f$1_(a$1, x$1) {\n\treturn a$1 + x$1 + b$2_;\n}\nf$1_.a$1 = f$1_();\n"
        );
    }

    #[test]
    fn taken_names_and_assignment_shorthands_are_respected() {
        assert_eq!(renamed("var a$1, a$1_; a$1 = a$1_;"), "var a$1__, a$1_;\na$1__ = a$1_;\n");
        assert_eq!(renamed("let a$1; ({ a$1 } = x);"), "let a$1;\n({a$1} = x);\n");
        assert!(may_have_suffixed_names("a$1") && !may_have_suffixed_names("a$b $ 1"));
    }
}
