//! Reads the value of a literal expression from the syntax tree: what a segment configuration is made of.
//!
//! What is none is said in Next.js's words, with the place in it: `[0].name`.

use oxc::ast::ast::{Expression, PropertyKind};
use serde_json::{Value, json};

/// A literal's value.
pub(crate) enum Literal {
    Undefined,
    Json(Value),
}

impl Literal {
    /// The text, where it is a string.
    pub(crate) fn text(&self) -> Option<&str> {
        match self {
            Self::Json(Value::String(text)) => Some(text),
            Self::Json(_) | Self::Undefined => None,
        }
    }
}

/// Why an expression is no literal, in Next.js's words, and where in it.
pub(crate) struct Unsupported {
    pub(crate) what: String,
    pub(crate) path: String,
}

/// The value of a literal; `path` is where it stands in the whole.
pub(crate) fn literal(expression: &Expression<'_>, path: &str) -> Result<Literal, Unsupported> {
    let unsupported = |what: String| Err(Unsupported { what, path: path.to_owned() });
    let value = match expression {
        Expression::NullLiteral(_) => Value::Null,
        Expression::BooleanLiteral(literal) => Value::Bool(literal.value),
        Expression::StringLiteral(literal) => Value::String(literal.value.to_string()),
        Expression::NumericLiteral(literal) => json!(literal.value),
        Expression::TemplateLiteral(template) => {
            if !template.expressions.is_empty() {
                return unsupported("Unsupported template literal with expressions".to_owned());
            }
            let text = template.quasis.first().map(|quasi| quasi.value.cooked.as_ref().unwrap_or(&quasi.value.raw));
            Value::String(text.map(ToString::to_string).unwrap_or_default())
        }
        Expression::Identifier(identifier) if identifier.name == "undefined" => return Ok(Literal::Undefined),
        Expression::Identifier(identifier) => {
            return unsupported(format!("Unknown identifier \"{}\"", identifier.name));
        }
        Expression::ArrayExpression(array) => {
            let mut items = Vec::with_capacity(array.elements.len());
            for (index, element) in array.elements.iter().enumerate() {
                let item = match element.as_expression() {
                    Some(expression) => match literal(expression, &format!("{path}[{index}]"))? {
                        Literal::Json(value) => value,
                        Literal::Undefined => Value::Null,
                    },
                    None if element.is_elision() => Value::Null,
                    None => return unsupported("Unsupported spread operator in the Array Expression".to_owned()),
                };
                items.push(item);
            }
            Value::Array(items)
        }
        Expression::ObjectExpression(object) => {
            let mut fields = serde_json::Map::new();
            for property in &object.properties {
                let Some(property) = property
                    .as_property()
                    .filter(|property| property.kind == PropertyKind::Init && !property.shorthand)
                else {
                    return unsupported("Unsupported spread operator in the Object Expression".to_owned());
                };
                let Some(key) = property.key.static_name().filter(|_| !property.computed) else {
                    return unsupported("Unsupported key type \"Computed\" in the Object Expression".to_owned());
                };
                if let Literal::Json(value) = literal(&property.value, &format!("{path}.{key}"))? {
                    fields.insert(key.into_owned(), value);
                }
            }
            Value::Object(fields)
        }
        Expression::TSAsExpression(inner) => return literal(&inner.expression, path),
        Expression::TSSatisfiesExpression(inner) => return literal(&inner.expression, path),
        Expression::TSTypeAssertion(inner) => return literal(&inner.expression, path),
        Expression::ParenthesizedExpression(inner) => return literal(&inner.expression, path),
        other => return unsupported(format!("Unsupported node type \"{}\"", node_type(other))),
    };
    Ok(Literal::Json(value))
}

/// The name of a kind of expression, as Next.js's messages have it.
fn node_type(expression: &Expression<'_>) -> &'static str {
    match expression {
        Expression::UnaryExpression(_) => "UnaryExpression",
        Expression::BinaryExpression(_) | Expression::LogicalExpression(_) => "BinaryExpression",
        Expression::CallExpression(_) => "CallExpression",
        Expression::NewExpression(_) => "NewExpression",
        Expression::ConditionalExpression(_) => "ConditionalExpression",
        Expression::ArrowFunctionExpression(_) => "ArrowFunctionExpression",
        Expression::FunctionExpression(_) => "FunctionExpression",
        Expression::AwaitExpression(_) => "AwaitExpression",
        Expression::BigIntLiteral(_) => "BigIntLiteral",
        Expression::RegExpLiteral(_) => "RegExpLiteral",
        Expression::StaticMemberExpression(_) | Expression::ComputedMemberExpression(_) => "MemberExpression",
        Expression::ChainExpression(_) => "OptionalChainingExpression",
        _ => "Expression",
    }
}
