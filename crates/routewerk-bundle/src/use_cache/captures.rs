//! Which variables of the functions around it a cached function uses, and how much of each.
//!
//! Of `config.table.name` only that property is captured, as in Next.js: the rest of the object may be something that no key can be
//! made of. In the place of the object the function gets one that has just the captured properties, so its text stays as it is. Of a
//! method that is called the object is captured. Two paths one of which begins with the other are the shorter one.

use oxc::ast::AstKind;
use oxc::ast::ast::{
    ArrowFunctionExpression, CallExpression, ChainElement, Expression, Function, IdentifierReference,
    SimpleAssignmentTarget, StaticMemberExpression, UpdateExpression,
};
use oxc::ast_visit::{Visit, walk};
use oxc::semantic::{ScopeId, Semantic, SymbolId};
use oxc::span::{GetSpan, Span};
use oxc::syntax::scope::ScopeFlags;

/// A variable that is captured.
#[derive(Debug)]
struct Captured {
    symbol: SymbolId,
    paths: Vec<Vec<Step>>,
}

/// A property on the way from a variable to what is captured.
#[derive(Clone, Debug)]
struct Step {
    name: String,
    is_optional: bool,
}

/// What a cached function captures.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Captures {
    /// The variables' names, which the function gets as parameters.
    pub(super) names: String,
    /// The values that go with them, as expressions.
    pub(super) values: String,
    /// Some are declared behind the function: they can be captured only when it is called.
    pub(super) is_late: bool,
    /// The function names the variable that it is given to.
    pub(super) names_itself: bool,
}

impl Captures {
    pub(super) fn is_empty(&self) -> bool {
        self.names.is_empty()
    }
}

/// A function whose captures are asked for.
#[derive(Clone, Copy)]
pub(super) enum AnyFunction<'f, 'a> {
    Function(&'f Function<'a>),
    Arrow(&'f ArrowFunctionExpression<'a>),
}

/// What a function captures. `variable` is the one that it is given to where it is declared.
pub(super) fn captures_of(
    semantic: &Semantic<'_>,
    function: AnyFunction<'_, '_>,
    variable: Option<SymbolId>,
) -> Captures {
    let (scope, own, span) = match function {
        AnyFunction::Function(function) => {
            (function.scope_id.get(), function.id.as_ref().and_then(|id| id.symbol_id.get()), function.span)
        }
        AnyFunction::Arrow(arrow) => (arrow.scope_id.get(), None, arrow.span),
    };
    let Some(scope) = scope else { return Captures::default() };
    let variable = variable.filter(|variable| Some(*variable) != own);
    let mut finder =
        Finder { semantic, scope, own, variable, found: Vec::new(), names_itself: false, is_in_callee: false };
    match function {
        AnyFunction::Function(function) => walk::walk_function(&mut finder, function, ScopeFlags::Function),
        AnyFunction::Arrow(arrow) => walk::walk_arrow_function_expression(&mut finder, arrow),
    }
    let scoping = semantic.scoping();
    // A function that is declared is there from the beginning of its block.
    let is_late = |one: &Captured| {
        !scoping.symbol_flags(one.symbol).is_function()
            && (scoping.symbol_span(one.symbol).start >= span.end || is_inside_of(semantic, one.symbol, span))
    };
    let names: Vec<&str> = finder.found.iter().map(|one| scoping.symbol_name(one.symbol)).collect();
    let values: Vec<String> =
        finder.found.iter().map(|one| value_of(scoping.symbol_name(one.symbol), &one.paths)).collect();
    Captures {
        names: names.join(", "),
        values: values.join(", "),
        is_late: finder.found.iter().any(is_late),
        names_itself: finder.names_itself,
    }
}

/// Whether a function is part of what declares a variable, so that the variable has no value yet when the function is made.
fn is_inside_of(semantic: &Semantic<'_>, symbol: SymbolId, function: Span) -> bool {
    let declaration = semantic.nodes().kind(semantic.scoping().symbol_declaration(symbol));
    matches!(declaration, AstKind::VariableDeclarator(_) | AstKind::Class(_))
        && declaration.span().contains_inclusive(function)
}

struct Finder<'f, 'a> {
    semantic: &'f Semantic<'a>,
    scope: ScopeId,
    own: Option<SymbolId>,
    variable: Option<SymbolId>,
    found: Vec<Captured>,
    names_itself: bool,
    is_in_callee: bool,
}

impl<'a> Visit<'a> for Finder<'_, '_> {
    fn visit_expression(&mut self, expression: &Expression<'a>) {
        match chain_of(expression) {
            Some((root, mut steps)) => {
                if self.is_in_callee {
                    steps.pop();
                }
                self.note(root, steps);
            }
            None => walk::walk_expression(self, expression),
        }
    }

    fn visit_call_expression(&mut self, call: &CallExpression<'a>) {
        let was_in_callee = std::mem::replace(&mut self.is_in_callee, true);
        self.visit_expression(&call.callee);
        self.is_in_callee = was_in_callee;
        self.visit_arguments(&call.arguments);
    }

    fn visit_update_expression(&mut self, update: &UpdateExpression<'a>) {
        match &update.argument {
            SimpleAssignmentTarget::StaticMemberExpression(member) => match member_chain(member) {
                Some((root, steps)) => self.note(root, steps),
                None => walk::walk_update_expression(self, update),
            },
            _ => walk::walk_update_expression(self, update),
        }
    }

    fn visit_identifier_reference(&mut self, name: &IdentifierReference<'a>) {
        self.note(name, Vec::new());
    }
}

impl Finder<'_, '_> {
    fn note(&mut self, name: &IdentifierReference<'_>, path: Vec<Step>) {
        let scoping = self.semantic.scoping();
        let Some(reference) = name.reference_id.get().map(|id| scoping.get_reference(id)) else { return };
        let Some(symbol) = reference.symbol_id() else { return };
        if !reference.is_value() || !reference.is_read() {
            return;
        }
        if self.variable == Some(symbol) {
            self.names_itself = true;
            return;
        }
        let scope = scoping.symbol_scope_id(symbol);
        let is_inside = scope == self.scope || scoping.scope_is_descendant_of(scope, self.scope);
        if is_inside || scope == scoping.root_scope_id() || self.own == Some(symbol) {
            return;
        }
        match self.found.iter_mut().find(|one| one.symbol == symbol) {
            Some(known) => known.paths.push(path),
            None => self.found.push(Captured { symbol, paths: vec![path] }),
        }
    }
}

/// `a.b?.c` as its variable and its properties; `None` for what is more than that.
fn chain_of<'e, 'a>(expression: &'e Expression<'a>) -> Option<(&'e IdentifierReference<'a>, Vec<Step>)> {
    match expression {
        Expression::Identifier(name) => Some((name, Vec::new())),
        Expression::StaticMemberExpression(member) => member_chain(member),
        Expression::ChainExpression(chain) => match &chain.expression {
            ChainElement::StaticMemberExpression(member) => member_chain(member),
            _ => None,
        },
        _ => None,
    }
}

fn member_chain<'e, 'a>(member: &'e StaticMemberExpression<'a>) -> Option<(&'e IdentifierReference<'a>, Vec<Step>)> {
    let (root, mut steps) = chain_of(&member.object)?;
    steps.push(Step { name: member.property.name.to_string(), is_optional: member.optional });
    Some((root, steps))
}

/// The expression of what is captured of one variable.
fn value_of(name: &str, paths: &[Vec<Step>]) -> String {
    if paths.iter().any(Vec::is_empty) {
        return name.to_owned();
    }
    let mut nodes: Vec<Node> = Vec::new();
    for path in paths {
        insert(&mut nodes, name, path);
    }
    shown(&nodes)
}

/// A property of the object that stands for a variable.
struct Node {
    name: String,
    /// How it is reached from the variable.
    text: String,
    /// The properties that are captured of it; none where it is captured whole.
    inner: Vec<Node>,
}

fn insert(nodes: &mut Vec<Node>, before: &str, path: &[Step]) {
    let Some((step, rest)) = path.split_first() else { return };
    let text = format!("{before}{}{}", if step.is_optional { "?." } else { "." }, step.name);
    let known = nodes.iter().position(|node| node.name == step.name);
    if known.is_some_and(|index| nodes[index].inner.is_empty()) {
        // It is captured whole already.
        return;
    }
    let index = known.unwrap_or(nodes.len());
    if known.is_none() {
        nodes.push(Node { name: step.name.clone(), text: text.clone(), inner: Vec::new() });
    }
    if rest.is_empty() {
        nodes[index].inner.clear();
    } else {
        insert(&mut nodes[index].inner, &text, rest);
    }
}

fn shown(nodes: &[Node]) -> String {
    let property = |node: &Node| {
        let value = if node.inner.is_empty() { node.text.clone() } else { shown(&node.inner) };
        // In brackets it is a property like any other.
        let key = if node.name == "__proto__" { "[\"__proto__\"]" } else { &node.name };
        format!("{key}: {value}")
    };
    format!("{{ {} }}", nodes.iter().map(property).collect::<Vec<_>>().join(", "))
}
