//! `has` and `missing`: what of a request beside its path a rule asks for.

use std::borrow::Cow;

use super::captures::{Captures, Value};
use super::definition::{ItemDefinition, ItemKind};
use super::expression::{Expression, ExpressionError, TooManySteps};
use super::query::Query;
use crate::percent;

/// What rules may know of a request beside its target.
pub trait RequestFacts {
    /// The value of a field, several of one name joined as Node.js joins them; `name` in lower case.
    fn field<'facts>(&'facts self, name: &str) -> Option<Cow<'facts, str>>;
}

/// The items of a rule.
#[derive(Clone, Debug, Default)]
pub(super) struct Conditions {
    has: Vec<Item>,
    missing: Vec<Item>,
}

#[derive(Clone, Debug)]
struct Item {
    kind: ItemKind,
    key: String,
    /// The key as a parameter's name: its letters.
    name: String,
    /// What the value must match; `None` where any will do that is not empty.
    value: Option<Expression>,
}

impl Conditions {
    /// Compiles a rule's items.
    ///
    /// # Errors
    /// [`ExpressionError`] where a value is no expression.
    pub(super) fn new(has: &[ItemDefinition], missing: &[ItemDefinition]) -> Result<Self, ExpressionError> {
        let items = |items: &[ItemDefinition]| items.iter().map(Item::new).collect::<Result<Vec<_>, _>>();
        Ok(Self { has: items(has)?, missing: items(missing)? })
    }

    /// Whether there is none.
    pub(super) fn is_empty(&self) -> bool {
        self.has.is_empty() && self.missing.is_empty()
    }

    /// Whether a request meets them; what they take from it is added to `captures`.
    ///
    /// # Errors
    /// [`TooManySteps`].
    pub(super) fn are_met<'rule>(
        &'rule self,
        facts: &dyn RequestFacts,
        query: &Query,
        captures: &mut Captures<'rule>,
    ) -> Result<bool, TooManySteps> {
        for item in &self.has {
            if !item.is_met(facts, query, captures)? {
                return Ok(false);
            }
        }
        for item in &self.missing {
            if item.is_met(facts, query, captures)? {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

impl Item {
    fn new(definition: &ItemDefinition) -> Result<Self, ExpressionError> {
        let ItemDefinition { kind, key, value } = definition;
        let key = match kind {
            ItemKind::Header => key.to_ascii_lowercase(),
            ItemKind::Cookie | ItemKind::Query | ItemKind::Host => key.clone(),
        };
        let value = value.as_deref().filter(|value| !value.is_empty());
        let value = value.map(|value| Expression::new(&format!("^{value}$"), false)).transpose()?;
        Ok(Self { kind: *kind, name: key.chars().filter(char::is_ascii_alphabetic).collect(), key, value })
    }

    fn is_met<'rule>(
        &'rule self,
        facts: &dyn RequestFacts,
        query: &Query,
        captures: &mut Captures<'rule>,
    ) -> Result<bool, TooManySteps> {
        let found = match self.kind {
            ItemKind::Header => facts.field(&self.key).map(|value| Value::Text(value.into_owned())),
            ItemKind::Cookie => facts.field("cookie").and_then(|cookies| cookie(&cookies, &self.key)).map(Value::Text),
            ItemKind::Query => query.value(&self.key).cloned(),
            ItemKind::Host => facts.field("host").map(|host| Value::Text(host_of(&host))),
        };
        let Some(found) = found.filter(|found| !matches!(found, Value::Text(text) if text.is_empty())) else {
            return Ok(false);
        };
        let Some(expression) = &self.value else {
            captures.set(&self.name, Some(found));
            return Ok(true);
        };
        let text = match &found {
            Value::Text(text) => text.as_str(),
            Value::List(several) => several.last().map_or("", String::as_str),
        };
        let Some(groups) = expression.groups(text)? else { return Ok(false) };
        let mut has_names = false;
        for (name, group) in expression.names().iter().zip(&groups[1..]) {
            let Some(name) = name else { continue };
            has_names = true;
            captures.set(name, group.map(|group| Value::Text(group.to_owned())));
        }
        let whole = groups[0].filter(|whole| !whole.is_empty());
        if let (ItemKind::Host, false, Some(host)) = (self.kind, has_names, whole) {
            captures.set("host", Some(Value::Text(host.to_owned())));
        }
        Ok(true)
    }
}

/// A `Host` without its port, in lower case.
fn host_of(host: &str) -> String {
    host.split(':').next().unwrap_or_default().to_ascii_lowercase()
}

/// The value of a cookie: the first of the name, without quotes, decoded if it can be.
fn cookie(cookies: &str, name: &str) -> Option<String> {
    let value = cookies.split(';').find_map(|pair| {
        let (found, value) = pair.split_once('=')?;
        (found.trim() == name).then(|| value.trim())
    })?;
    // The library that Next.js uses takes the last character off as well, whatever it is.
    let bare = if value.starts_with('"') { value.get(1..value.len() - 1).unwrap_or_default() } else { value };
    Some(percent::decode_component(bare).unwrap_or_else(|| bare.to_owned()))
}
