//! Puts calls of the runtime around the cached functions of a file.
//!
//! A function's own text stays as it is. What is put before and behind it gives the runtime its name among all functions, its store,
//! how many arguments it takes, and what it captures:
//!
//! ```text
//! async function load(id) { … }     function load(...__rwArgs){return RW.declared(load,"lib/a.ts:0:9f…","default",1,__rwArgs,()=>[table],
//!                                     (table)=>async function load(id) { … })};RW.bind(load,"lib/a.ts:0:9f…",[table]);
//! const load = async (id) => …;     const load = RW.make("lib/a.ts:13:9f…","default",1,"load",[table],(table)=>async (id) => …);
//! { async load(id) { … } }          { load: RW.make(…,(table)=>async function(id) { … }) }
//! ```
//!
//! A declared function stays one, so that it can be used above its declaration; what it captures is taken where it is declared, as
//! in Next.js, or where it is called before that.

use std::hash::{DefaultHasher, Hash, Hasher};

use oxc::ast::ast::{
    ArrowFunctionBody, ArrowFunctionExpression, AssignmentExpression, AssignmentTarget, BindingPattern, Class,
    ExportDefaultDeclaration, ExportDefaultDeclarationKind, Expression, FormalParameters, Function, FunctionType,
    IdentifierReference, MethodDefinition, MethodDefinitionKind, ObjectProperty, PropertyKey, PropertyKind, Super,
    TSType, ThisExpression, VariableDeclarator,
};
use oxc::ast_visit::{Visit, walk};
use oxc::semantic::{Semantic, SymbolId};
use oxc::span::Span;
use oxc::syntax::scope::ScopeFlags;
use rustc_hash::{FxHashMap, FxHashSet};

use super::UseCache;
use super::captures::{AnyFunction, captures_of};
use super::directives::read_directives;
use super::fault::{Fault, Location, Wrong};

/// What the runtime puts in place (`runtime/main.ts`).
pub(super) const RUNTIME: &str = "globalThis[Symbol.for(\"routewerk.useCache\")]";
/// The arguments of a wrapped function.
const ARGUMENTS: &str = "__rwArgs";

pub(super) struct Wrapper<'s, 'a> {
    pub(super) settings: &'s UseCache,
    pub(super) text: &'s str,
    /// The file as the project names it.
    pub(super) name: &'s str,
    pub(super) semantic: &'s Semantic<'a>,
    /// What the directive at the head of the file says.
    pub(super) of_file: Option<&'s str>,
    pub(super) exported: FxHashSet<u32>,
    pub(super) edits: Vec<Edit>,
    pub(super) wrong: Vec<Wrong>,
    /// How the functions stand that are about to be visited, by where they begin.
    pub(super) places: FxHashMap<u32, Place>,
}

/// How a function stands in the text.
#[derive(Clone, Debug, Default)]
pub(super) struct Place {
    /// The name that it is known by; empty for none.
    name: String,
    /// The variable that it is given to.
    variable: Option<SymbolId>,
    method: Option<Method>,
    is_default_export: bool,
}

/// A function that is a method: where it begins, and what it is a method of.
#[derive(Clone, Copy, Debug)]
struct Method {
    whole: Span,
    key_start: u32,
    kind: MethodOf,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum MethodOf {
    Object,
    /// A static method of a class.
    Class,
    /// A method of a class's instances.
    Instance,
    /// A getter or setter.
    Accessor,
}

/// A text that takes the place of another.
#[derive(Debug)]
pub(super) struct Edit {
    at: Span,
    text: String,
    /// It ends what begins here: of several at one place those come first that end what began last.
    ends: Option<u32>,
}

/// What a wrapper needs to know of a function beside its text.
struct Cached<'f, 'a> {
    kind: String,
    span: Span,
    function: AnyFunction<'f, 'a>,
    params: &'f FormalParameters<'a>,
    can_be_kept: bool,
}

impl<'a> Visit<'a> for Wrapper<'_, 'a> {
    fn visit_variable_declarator(&mut self, variable: &VariableDeclarator<'a>) {
        if let (BindingPattern::BindingIdentifier(id), Some(start)) =
            (&variable.id, variable.init.as_ref().and_then(function_start))
        {
            let place = Place { name: id.name.to_string(), variable: id.symbol_id.get(), ..Place::default() };
            self.places.insert(start, place);
        }
        walk::walk_variable_declarator(self, variable);
    }

    fn visit_assignment_expression(&mut self, assignment: &AssignmentExpression<'a>) {
        if let (AssignmentTarget::AssignmentTargetIdentifier(id), Some(start)) =
            (&assignment.left, function_start(&assignment.right))
        {
            let reference = id.reference_id.get().map(|id| self.semantic.scoping().get_reference(id));
            let variable = reference.and_then(oxc::semantic::Reference::symbol_id);
            self.places.insert(start, Place { name: id.name.to_string(), variable, ..Place::default() });
        }
        walk::walk_assignment_expression(self, assignment);
    }

    fn visit_object_property(&mut self, property: &ObjectProperty<'a>) {
        if let Some(start) = function_start(&property.value) {
            let kind = if property.kind == PropertyKind::Init { MethodOf::Object } else { MethodOf::Accessor };
            let is_method = property.method || kind == MethodOf::Accessor;
            let key_start = oxc::span::GetSpan::span(&property.key).start;
            let method = is_method.then_some(Method { whole: property.span, key_start, kind });
            self.places.insert(start, Place { name: key_name(&property.key), method, ..Place::default() });
        }
        walk::walk_object_property(self, property);
    }

    fn visit_method_definition(&mut self, definition: &MethodDefinition<'a>) {
        let kind = match (definition.kind, definition.r#static) {
            (MethodDefinitionKind::Method, true) => MethodOf::Class,
            (MethodDefinitionKind::Method, false) => MethodOf::Instance,
            (MethodDefinitionKind::Constructor | MethodDefinitionKind::Get | MethodDefinitionKind::Set, _) => {
                MethodOf::Accessor
            }
        };
        let key_start = oxc::span::GetSpan::span(&definition.key).start;
        let method = Some(Method { whole: definition.span, key_start, kind });
        let place = Place { name: key_name(&definition.key), method, ..Place::default() };
        self.places.insert(definition.value.span.start, place);
        walk::walk_method_definition(self, definition);
    }

    fn visit_export_default_declaration(&mut self, export: &ExportDefaultDeclaration<'a>) {
        let start = match &export.declaration {
            ExportDefaultDeclarationKind::FunctionDeclaration(function) => Some(function.span.start),
            other => other.as_expression().and_then(function_start),
        };
        if let Some(start) = start {
            let place = Place { name: "default".to_owned(), is_default_export: true, ..Place::default() };
            self.places.insert(start, place);
        }
        walk::walk_export_default_declaration(self, export);
    }

    fn visit_function(&mut self, function: &Function<'a>, flags: ScopeFlags) {
        if let Some(body) = &function.body {
            let own =
                read_directives(self.settings, &body.directives, &body.statements, Location::Function, &mut self.wrong);
            if let Some(kind) = self.kind(own, function.span) {
                let mut forbidden = Forbidden::default();
                walk::walk_function(&mut forbidden, function, flags);
                self.wrong.append(&mut forbidden.found);
                self.wrap(&Cached {
                    kind,
                    span: function.span,
                    function: AnyFunction::Function(function),
                    params: &function.params,
                    can_be_kept: function.r#async && !function.generator,
                });
            }
        }
        walk::walk_function(self, function, flags);
    }

    fn visit_arrow_function_expression(&mut self, arrow: &ArrowFunctionExpression<'a>) {
        let own = match &arrow.body {
            ArrowFunctionBody::FunctionBody(body) => {
                read_directives(self.settings, &body.directives, &body.statements, Location::Function, &mut self.wrong)
            }
            _ => None,
        };
        if let Some(kind) = self.kind(own, arrow.span) {
            let mut forbidden = Forbidden::default();
            walk::walk_arrow_function_expression(&mut forbidden, arrow);
            self.wrong.append(&mut forbidden.found);
            self.wrap(&Cached {
                kind,
                span: arrow.span,
                function: AnyFunction::Arrow(arrow),
                params: &arrow.params,
                can_be_kept: arrow.r#async,
            });
        }
        walk::walk_arrow_function_expression(self, arrow);
    }
}

impl Wrapper<'_, '_> {
    /// In which store a function is kept, if it is: by its own directive, or by the file's if it is exported.
    fn kind(&self, own: Option<&str>, span: Span) -> Option<String> {
        let of_file = self.of_file.filter(|_| self.exported.contains(&span.start));
        own.or(of_file).map(str::to_owned)
    }

    fn wrap(&mut self, cached: &Cached<'_, '_>) {
        let place = self.places.remove(&cached.span.start).unwrap_or_default();
        if place.method.is_some_and(|method| method.kind == MethodOf::Instance) {
            self.wrong.push((Fault::InstanceMethod, place.method.map_or(cached.span, |method| method.whole)));
            return;
        }
        if !cached.can_be_kept {
            let at = match cached.function {
                AnyFunction::Function(function) => function.id.as_ref().map(|id| id.span),
                AnyFunction::Arrow(_) => None,
            };
            self.wrong.push((Fault::NotAsync, at.unwrap_or(cached.span)));
            return;
        }
        let captures = captures_of(self.semantic, cached.function, place.variable);
        let id = serde_json::Value::from(self.id(cached.span));
        let kind = serde_json::Value::from(cached.kind.as_str());
        // -1 stands for all.
        let count =
            cached.params.rest.as_ref().map_or_else(|| cached.params.items.len().to_string(), |_| "-1".to_owned());
        let thunk = format!("()=>[{}]", captures.values);
        let names = &captures.names;
        let declared = match cached.function {
            AnyFunction::Function(function) if function.r#type == FunctionType::FunctionDeclaration => {
                function.id.as_ref().map(|id| id.name.as_str())
            }
            _ => None,
        };
        let Span { start, end, .. } = cached.span;
        if let Some(name) = declared {
            let live = if captures.is_empty() { "null" } else { &thunk };
            let bound = match (captures.is_empty(), captures.is_late) {
                (true, _) => format!("{RUNTIME}.bind({name},{id});"),
                (false, true) => String::new(),
                (false, false) => format!("{RUNTIME}.bind({name},{id},[{}]);", captures.values),
            };
            self.insert(start, format!(
                "function {name}(...{ARGUMENTS}){{return {RUNTIME}.declared({name},{id},{kind},{count},{ARGUMENTS},{live},({names})=>"
            ));
            self.end(end, start, format!(")}};{bound}"));
            return;
        }
        let taken = match (captures.is_empty(), captures.is_late) {
            (true, _) => "null".to_owned(),
            (false, true) => thunk,
            (false, false) => format!("[{}]", captures.values),
        };
        let name = serde_json::Value::from(match cached.function {
            AnyFunction::Function(function) => function.id.as_ref().map_or(place.name.as_str(), |id| id.name.as_str()),
            AnyFunction::Arrow(_) => &place.name,
        });
        let head = format!("{RUNTIME}.make({id},{kind},{count},{name},{taken},({names})=>");
        match place.method {
            Some(method) => self.wrap_method(method, start, end, &head),
            // Inside of itself the function is the bare one, as in Next.js.
            None if captures.names_itself => {
                let itself = &place.name;
                self.insert(start, format!("{head}{{const {itself}="));
                self.end(end, start, format!(";return {itself}}})"));
            }
            None => {
                self.insert(start, head);
                self.end(end, start, if place.is_default_export { ");" } else { ")" }.to_owned());
            }
        }
    }

    /// `async load(id) { … }` becomes `load: make(… async function(id) { … })`, or `load = …;` in a class.
    fn wrap_method(&mut self, method: Method, start: u32, end: u32, head: &str) {
        const ASYNC: &str = "async";
        let before = &self.text[method.whole.start as usize..method.key_start as usize];
        let Some(offset) = before.rfind(ASYNC) else { return };
        let at = method.whole.start + u32::try_from(offset).unwrap_or_default();
        self.edits.push(Edit { at: Span::new(at, at + 5), text: String::new(), ends: None });
        let (sign, tail) = if method.kind == MethodOf::Object { (":", ")") } else { ("=", ");") };
        self.insert(start, format!("{sign}{head}async function"));
        self.end(end, start, tail.to_owned());
    }

    fn insert(&mut self, at: u32, text: String) {
        self.edits.push(Edit { at: Span::new(at, at), text, ends: None });
    }

    fn end(&mut self, at: u32, began: u32, text: String) {
        self.edits.push(Edit { at: Span::new(at, at), text, ends: Some(began) });
    }

    /// The function's name among all of the project: where it stands and what it says, so that another text is another function.
    fn id(&self, span: Span) -> String {
        let mut hasher = DefaultHasher::new();
        self.text[span.start as usize..span.end as usize].hash(&mut hasher);
        format!("{}:{}:{:x}", self.name, span.start, hasher.finish())
    }
}

/// Where a function begins that an expression is.
fn function_start(expression: &Expression<'_>) -> Option<u32> {
    match expression {
        Expression::ArrowFunctionExpression(arrow) => Some(arrow.span.start),
        Expression::FunctionExpression(function) => Some(function.span.start),
        _ => None,
    }
}

fn key_name(key: &PropertyKey<'_>) -> String {
    match key {
        PropertyKey::StaticIdentifier(name) => name.name.to_string(),
        PropertyKey::StringLiteral(text) => text.value.to_string(),
        _ => String::new(),
    }
}

/// Finds what a cached function must not use. Functions and classes inside of it have their own `this`.
#[derive(Default)]
struct Forbidden {
    found: Vec<Wrong>,
}

impl<'a> Visit<'a> for Forbidden {
    fn visit_function(&mut self, _: &Function<'a>, _: ScopeFlags) {}

    fn visit_class(&mut self, _: &Class<'a>) {}

    fn visit_ts_type(&mut self, _: &TSType<'a>) {}

    fn visit_this_expression(&mut self, this: &ThisExpression) {
        self.found.push((Fault::Uses("this"), this.span));
    }

    fn visit_super(&mut self, parent: &Super) {
        self.found.push((Fault::Uses("super"), parent.span));
    }

    fn visit_identifier_reference(&mut self, name: &IdentifierReference<'a>) {
        if name.name == "arguments" {
            self.found.push((Fault::Uses("arguments"), name.span));
        }
    }
}

/// The text with the edits made.
pub(super) fn apply(text: &str, mut edits: Vec<Edit>) -> String {
    // At one place what ends comes before what begins, the inner before the outer; what begins stays in the order in which it was
    // found, which is the outer before the inner.
    edits.sort_by_key(|edit| (edit.at.start, edit.ends.map_or((1, 0), |began| (0, u32::MAX - began))));
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
