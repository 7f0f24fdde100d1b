//! What a specifier that is put together at run time can be, as far as the text of the program says so:
//! `` `./locales/${name}.json` `` is `./locales/`, anything, `.json`.
//!
//! Strings, templates, `+`, `.concat()`, `? :` and constants that are made of these are read; everything else can be
//! anything. It is one reading for build and dev. Which files fit a pattern is [`pattern_files`](crate::pattern_files)'s.

use oxc::ast::ast::{
    BinaryOperator, BindingPattern, CallExpression, Expression, IdentifierReference, LogicalOperator, Program,
    TemplateLiteral, VariableDeclaration, VariableDeclarationKind,
};
use oxc::ast_visit::{Visit, walk};
use oxc::semantic::{Scoping, SymbolId};
use rustc_hash::FxHashMap;

use crate::module_facts::literal_text;

/// An expression with more alternatives is taken for one that can be anything.
const MAX_ALTERNATIVES: usize = 64;

/// A part of a pattern.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Part {
    /// Exactly this text.
    Text(String),
    /// Any text, the empty one too, with or without slashes.
    Anything,
}

/// One way in which a specifier can be put together: texts and gaps in turn, no two of a kind beside each other.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Shape {
    parts: Vec<Part>,
}

/// Everything that one specifier can be.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct RequestPattern {
    shapes: Vec<Shape>,
}

impl Shape {
    fn text(text: &str) -> Self {
        let parts = if text.is_empty() { Vec::new() } else { vec![Part::Text(text.to_owned())] };
        Self { parts }
    }

    fn anything() -> Self {
        Self { parts: vec![Part::Anything] }
    }

    fn followed_by(&self, next: &Self) -> Self {
        let mut parts = self.parts.clone();
        for part in &next.parts {
            match (parts.last_mut(), part) {
                (Some(Part::Text(before)), Part::Text(text)) => before.push_str(text),
                (Some(Part::Anything), Part::Anything) => {}
                _ => parts.push(part.clone()),
            }
        }
        Self { parts }
    }

    /// The whole text, where there is no gap.
    pub(crate) fn as_text(&self) -> Option<&str> {
        match self.parts.as_slice() {
            [] => Some(""),
            [Part::Text(text)] => Some(text),
            _ => None,
        }
    }

    /// The text before the first gap; empty where it begins with one.
    pub(crate) fn head(&self) -> &str {
        match self.parts.first() {
            Some(Part::Text(text)) => text,
            Some(Part::Anything) | None => "",
        }
    }

    /// The text behind the last gap; empty where it ends with one.
    pub(crate) fn tail(&self) -> &str {
        match self.parts.last() {
            Some(Part::Text(text)) => text,
            Some(Part::Anything) | None => "",
        }
    }

    /// Whether a specifier has this shape.
    pub(crate) fn fits(&self, specifier: &str) -> bool {
        fits(&self.parts, specifier)
    }

    /// The shape as Next.js's errors show it: `'./locales/' <dynamic> '.json'`.
    pub(crate) fn shown(&self) -> String {
        let text = |part: &Part| match part {
            Part::Text(text) => format!("'{text}'"),
            Part::Anything => "<dynamic>".to_owned(),
        };
        self.parts.iter().map(text).collect::<Vec<_>>().join(" ")
    }
}

/// The first text must stand at the beginning, the last one at the end, and each other as early as it can.
fn fits(parts: &[Part], specifier: &str) -> bool {
    match parts {
        [] => specifier.is_empty(),
        [Part::Anything] => true,
        [Part::Text(text), rest @ ..] => specifier.strip_prefix(text.as_str()).is_some_and(|behind| fits(rest, behind)),
        [Part::Anything, Part::Text(text)] => specifier.ends_with(text.as_str()),
        [Part::Anything, Part::Text(text), rest @ ..] => {
            specifier.find(text.as_str()).is_some_and(|at| fits(rest, &specifier[at + text.len()..]))
        }
        [Part::Anything, rest @ ..] => fits(rest, specifier),
    }
}

impl RequestPattern {
    /// What each alternative begins with: the folder that it names, or all of it where it has no gap. `None` if one of them
    /// names no folder.
    pub(crate) fn beginnings(&self) -> Option<Vec<&str>> {
        let beginning = |shape: &'_ Shape| -> Option<usize> {
            let head = shape.head();
            let is_followed = !head.starts_with('/') && !head.contains(':');
            if shape.as_text().is_some() {
                Some(head.len())
            } else {
                head.rfind('/').filter(|_| is_followed).map(|at| at + 1)
            }
        };
        self.shapes.iter().map(|shape| Some(&shape.head()[..beginning(shape)?])).collect()
    }

    /// The alternatives, in the order of the text.
    pub(crate) fn shapes(&self) -> &[Shape] {
        &self.shapes
    }

    fn of(shape: Shape) -> Self {
        Self { shapes: vec![shape] }
    }

    fn or(mut self, other: Self) -> Self {
        for shape in other.shapes {
            if !self.shapes.contains(&shape) {
                self.shapes.push(shape);
            }
        }
        if self.shapes.len() > MAX_ALTERNATIVES { Self::of(Shape::anything()) } else { self }
    }

    fn followed_by(&self, next: &Self) -> Self {
        if self.shapes.len() * next.shapes.len() > MAX_ALTERNATIVES {
            return Self::of(Shape::anything());
        }
        let shapes = self.shapes.iter().flat_map(|first| next.shapes.iter().map(|then| first.followed_by(then)));
        Self { shapes: shapes.collect() }
    }
}

/// Reads the specifiers of one module; it knows the module's constants.
pub(crate) struct PatternReader<'s> {
    scoping: &'s Scoping,
    constants: FxHashMap<SymbolId, RequestPattern>,
}

impl<'s> PatternReader<'s> {
    /// A reader for a module whose names `scoping` resolves.
    pub(crate) fn new(program: &Program<'_>, scoping: &'s Scoping) -> Self {
        let mut reader = Self { scoping, constants: FxHashMap::default() };
        reader.visit_program(program);
        reader
    }

    /// What an expression can be.
    pub(crate) fn read(&self, expression: &Expression<'_>) -> RequestPattern {
        if let Some(text) = literal_text(expression) {
            return RequestPattern::of(Shape::text(text));
        }
        match expression.get_inner_expression() {
            Expression::TemplateLiteral(template) => self.read_template(template),
            Expression::BinaryExpression(sum) if sum.operator == BinaryOperator::Addition => {
                self.read(&sum.left).followed_by(&self.read(&sum.right))
            }
            Expression::ConditionalExpression(choice) => self.read(&choice.consequent).or(self.read(&choice.alternate)),
            Expression::LogicalExpression(choice)
                if matches!(choice.operator, LogicalOperator::Or | LogicalOperator::Coalesce) =>
            {
                self.read(&choice.left).or(self.read(&choice.right))
            }
            Expression::CallExpression(call) => {
                self.read_concat(call).unwrap_or_else(|| RequestPattern::of(Shape::anything()))
            }
            Expression::Identifier(name) => {
                self.constant(name).cloned().unwrap_or_else(|| RequestPattern::of(Shape::anything()))
            }
            _ => RequestPattern::of(Shape::anything()),
        }
    }

    /// Whether a name is not one of the module's own.
    pub(crate) fn is_global(&self, name: &IdentifierReference<'_>) -> bool {
        self.symbol_of(name).is_none()
    }

    fn symbol_of(&self, name: &IdentifierReference<'_>) -> Option<SymbolId> {
        self.scoping.get_reference(name.reference_id.get()?).symbol_id()
    }

    fn constant(&self, name: &IdentifierReference<'_>) -> Option<&RequestPattern> {
        self.constants.get(&self.symbol_of(name)?)
    }

    fn read_template(&self, template: &TemplateLiteral<'_>) -> RequestPattern {
        let mut pattern = RequestPattern::of(Shape::default());
        for (index, quasi) in template.quasis.iter().enumerate() {
            let text = quasi.value.cooked.as_ref().map_or_else(Shape::anything, |text| Shape::text(text));
            pattern = pattern.followed_by(&RequestPattern::of(text));
            if let Some(expression) = template.expressions.get(index) {
                pattern = pattern.followed_by(&self.read(expression));
            }
        }
        pattern
    }

    /// `'./x/'.concat(name)`, as compilers write a template.
    fn read_concat(&self, call: &CallExpression<'_>) -> Option<RequestPattern> {
        let Expression::StaticMemberExpression(callee) = call.callee.get_inner_expression() else { return None };
        if callee.property.name != "concat" {
            return None;
        }
        let mut pattern = self.read(&callee.object);
        for argument in &call.arguments {
            pattern = pattern.followed_by(&self.read(argument.as_expression()?));
        }
        Some(pattern)
    }
}

impl<'a> Visit<'a> for PatternReader<'_> {
    /// Takes in constants in the order of the text, so that one may be made of others before it.
    fn visit_variable_declaration(&mut self, declaration: &VariableDeclaration<'a>) {
        for declarator in &declaration.declarations {
            if declaration.kind == VariableDeclarationKind::Const
                && let BindingPattern::BindingIdentifier(name) = &declarator.id
                && let Some(symbol) = name.symbol_id.get()
                && let Some(value) = &declarator.init
            {
                let pattern = self.read(value);
                if pattern.shapes.iter().any(|shape| shape.parts != [Part::Anything]) {
                    self.constants.insert(symbol, pattern);
                }
            }
        }
        walk::walk_variable_declaration(self, declaration);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use oxc::allocator::Allocator;
    use oxc::ast::ast::Statement;
    use oxc::parser::Parser;
    use oxc::semantic::SemanticBuilder;
    use oxc::span::SourceType;

    /// What the last statement of a source, an expression, can be.
    fn shown(source: &str) -> Vec<String> {
        let allocator = Allocator::default();
        let program = Parser::new(&allocator, source, SourceType::ts()).parse().program;
        let scoping = SemanticBuilder::new().build(&program).semantic.into_scoping();
        let reader = PatternReader::new(&program, &scoping);
        let Some(Statement::ExpressionStatement(last)) = program.body.last() else { panic!("no expression") };
        reader.read(&last.expression).shapes().iter().map(Shape::shown).collect()
    }

    #[test]
    fn every_way_to_put_a_specifier_together_is_read() {
        let cases: [(&str, &[&str]); 12] = [
            ("`./x/${name}.json`", &["'./x/' <dynamic> '.json'"]),
            ("'./x/' + name + '.js'", &["'./x/' <dynamic> '.js'"]),
            ("'./x/'.concat(a, '/', b)", &["'./x/' <dynamic> '/' <dynamic>"]),
            ("const dir = './x' as const; const to = `${dir}/${name}`; to + '.ts'", &["'./x/' <dynamic> '.ts'"]),
            ("(flag ? './a' : './b') as string", &["'./a'", "'./b'"]),
            ("'./x/' + (name || 'y')", &["'./x/' <dynamic>", "'./x/y'"]),
            ("`${a}${b}`", &["<dynamic>"]),
            ("`./${a}${b}/x`", &["'./' <dynamic> '/x'"]),
            ("let dir = './x/'; dir + name", &["<dynamic>"]),
            ("name", &["<dynamic>"]),
            ("f('./x')", &["<dynamic>"]),
            ("flag ? './a' : other", &["'./a'", "<dynamic>"]),
        ];
        for (source, expected) in cases {
            assert_eq!(shown(source), expected, "{source}");
        }
    }

    #[test]
    fn a_pattern_begins_with_folders_or_whole_names() {
        let shape = |head: &str| Shape::text(head).followed_by(&Shape::anything());
        let of = |shapes: &[Shape]| RequestPattern { shapes: shapes.to_vec() };
        let pattern = of(&[shape("./x/a-"), shape("@/"), Shape::text("./exact")]);
        assert_eq!(pattern.beginnings(), Some(vec!["./x/", "@/", "./exact"]));
        for open in ["", "lib", "/abs/", "node:x/"] {
            assert_eq!(of(&[shape("./x/"), shape(open)]).beginnings(), None, "{open}");
        }
    }

    #[test]
    fn a_shape_fits_what_it_can_become() {
        let shape = |parts: &[&str]| Shape {
            parts: parts
                .iter()
                .map(|part| if *part == "*" { Part::Anything } else { Part::Text((*part).into()) })
                .collect(),
        };
        let one = shape(&["./x/", "*", ".json"]);
        assert!(one.fits("./x/de.json") && one.fits("./x/a/b.json") && one.fits("./x/.json"));
        assert!(!one.fits("./x/de.js") && !one.fits("./y/de.json") && !one.fits("./x/json"));
        let two = shape(&["./", "*", "/x/", "*", ".js"]);
        assert!(two.fits("./a/x/b.js") && two.fits("./x/x/x/x/x.js") && !two.fits("./a/y/b.js"));
        assert!(shape(&["./a"]).fits("./a") && !shape(&["./a"]).fits("./ab"));
    }
}
