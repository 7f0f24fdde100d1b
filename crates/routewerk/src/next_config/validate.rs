//! Checks a value of next.config against the schema and words what is wrong as Next.js does.
//!
//! The rules are those of the validator that Next.js uses, as far as they can be seen in its messages: where a union
//! has an alternative whose only faults are unknown keys or broken limits, that alternative's faults are shown;
//! otherwise `Invalid input` is followed by the faults of every alternative.

use std::fmt::Write as _;

use super::schema::{CONFIG, Field, NumberRule, Type, Value};
use super::value::ConfigValue;

/// A fault and the key at the top under which it was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    /// The key at the top of the configuration; empty for the configuration itself.
    pub top_key: String,
    /// Next.js's text.
    pub message: String,
}

/// Every fault of a configuration, in the order in which Next.js names them.
pub(crate) fn faults(config: &ConfigValue) -> Vec<Fault> {
    let mut checker = Checker { path: Vec::new(), found: Vec::new() };
    checker.check(config, &Type::Strict(CONFIG));
    checker.found
}

/// How a check ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Outcome {
    Valid,
    /// The type fits, but a limit or the set of keys does not.
    Dirty,
    Invalid,
}

/// A step from a value to one inside of it.
#[derive(Clone)]
enum Step {
    Key(String),
    Index(usize),
}

struct Checker {
    path: Vec<Step>,
    found: Vec<Fault>,
}

impl Checker {
    fn check(&mut self, value: &ConfigValue, expected: &Type) -> Outcome {
        match (expected, value) {
            (Type::Any, _)
            | (Type::Boolean, ConfigValue::Boolean(_))
            | (Type::Function, ConfigValue::Function)
            | (Type::Undefined | Type::Optional(_), ConfigValue::Undefined)
            | (Type::Nullable(_), ConfigValue::Null)
            | (Type::SizeLimit, ConfigValue::Number(_) | ConfigValue::Text(_))
            | (Type::InstanceOf("RegExp"), ConfigValue::RegExp { .. })
            | (Type::InstanceOf("URL"), ConfigValue::Url(_)) => Outcome::Valid,
            (Type::Optional(inner) | Type::Nullable(inner) | Type::Same(inner), _) => self.check(value, inner),
            (Type::Boolean, _) => self.wrong_type("boolean", value),
            (Type::Function, _) => self.wrong_type("function", value),
            (Type::Undefined, _) => self.wrong_type("undefined", value),
            (Type::SizeLimit, _) => self.fault("Invalid input", Outcome::Invalid),
            (Type::Text(min, max), ConfigValue::Text(text)) => {
                // JavaScript counts UTF-16 units.
                self.check_count("String", "character(s)", text.encode_utf16().count(), *min, *max)
            }
            (Type::Text(..), _) => self.wrong_type("string", value),
            (Type::Number(rules), ConfigValue::Number(number)) if !number.is_nan() => self.check_number(*number, rules),
            (Type::Number(_), _) => self.wrong_type("number", value),
            (Type::Literal(literal), _) => self.check_literal(value, *literal),
            (Type::OneOf(words), _) => self.check_one_of(value, words),
            (Type::List(item, min, max), ConfigValue::List(items)) => {
                let outcome = self.check_count("Array", "element(s)", items.len(), *min, *max);
                self.check_items(items, |_| item).max(outcome)
            }
            (Type::Tuple(types), ConfigValue::List(items)) => {
                if items.len() < types.len() {
                    self.check_count("Array", "element(s)", items.len(), types.len(), None);
                    return Outcome::Invalid;
                }
                let outcome = self.check_count("Array", "element(s)", items.len(), 0, Some(types.len()));
                self.check_items(&items[..types.len()], |index| &types[index]).max(outcome)
            }
            (Type::List(..) | Type::Tuple(_), _) => self.wrong_type("array", value),
            (Type::Record(item), ConfigValue::Object(fields)) => self.check_record(fields, item),
            (Type::Record(item), ConfigValue::RegExp { .. } | ConfigValue::Url(_)) => self.check_record(&[], item),
            (Type::Strict(known), _) => self.check_object(value, known, true),
            (Type::Loose(known), _) => self.check_object(value, known, false),
            (Type::Record(_), _) => self.wrong_type("object", value),
            (Type::Union(options), _) => self.check_union(value, options),
            (Type::InstanceOf(class), _) => self.fault(format!("Input not instance of {class}"), Outcome::Invalid),
        }
    }

    fn check_count(&mut self, what: &str, unit: &str, count: usize, min: usize, max: Option<usize>) -> Outcome {
        let mut outcome = Outcome::Valid;
        if count < min {
            outcome = self.fault(format!("{what} must contain at least {min} {unit}"), Outcome::Dirty);
        }
        if let Some(max) = max.filter(|max| count > *max) {
            outcome = self.fault(format!("{what} must contain at most {max} {unit}"), Outcome::Dirty);
        }
        outcome
    }

    fn check_number(&mut self, number: f64, rules: &[NumberRule]) -> Outcome {
        let mut outcome = Outcome::Valid;
        for rule in rules {
            let text = match rule {
                NumberRule::Integer if number.fract() != 0.0 || number.is_infinite() => {
                    "Expected integer, received float".to_owned()
                }
                NumberRule::Finite if number.is_infinite() => "Number must be finite".to_owned(),
                NumberRule::AtLeast(least) if number < *least => {
                    format!("Number must be greater than or equal to {least}")
                }
                NumberRule::MoreThan(limit) if number <= *limit => format!("Number must be greater than {limit}"),
                NumberRule::AtMost(most) if number > *most => format!("Number must be less than or equal to {most}"),
                NumberRule::Integer
                | NumberRule::Finite
                | NumberRule::AtLeast(_)
                | NumberRule::MoreThan(_)
                | NumberRule::AtMost(_) => continue,
            };
            outcome = self.fault(text, Outcome::Dirty);
        }
        outcome
    }

    fn check_literal(&mut self, value: &ConfigValue, literal: Value) -> Outcome {
        let (is_same, shown) = match literal {
            Value::Word(word) => (matches!(value, ConfigValue::Text(text) if text == word), format!("\"{word}\"")),
            Value::Flag(flag) => (*value == ConfigValue::Boolean(flag), flag.to_string()),
        };
        if is_same {
            return Outcome::Valid;
        }
        self.fault(format!("Invalid literal value, expected {shown}"), Outcome::Invalid)
    }

    fn check_one_of(&mut self, value: &ConfigValue, words: &[&str]) -> Outcome {
        let shown: Vec<_> = words.iter().map(|word| format!("'{word}'")).collect();
        let shown = shown.join(" | ");
        match value {
            ConfigValue::Text(text) if words.contains(&text.as_str()) => Outcome::Valid,
            ConfigValue::Text(text) => {
                let at = self.shown_path();
                self.push(format!("Expected {shown}, received '{text}' at {at}"));
                Outcome::Invalid
            }
            _ => self.wrong_type(&shown, value),
        }
    }

    fn check_items<'types>(&mut self, items: &[ConfigValue], expected: impl Fn(usize) -> &'types Type) -> Outcome {
        let mut outcome = Outcome::Valid;
        for (index, item) in items.iter().enumerate() {
            outcome = outcome.max(self.inside(Step::Index(index), |checker| checker.check(item, expected(index))));
        }
        outcome
    }

    fn check_record(&mut self, fields: &[(String, ConfigValue)], expected: &Type) -> Outcome {
        let mut outcome = Outcome::Valid;
        for (key, value) in fields {
            outcome = outcome.max(self.inside(Step::Key(key.clone()), |checker| checker.check(value, expected)));
        }
        outcome
    }

    fn check_object(&mut self, value: &ConfigValue, known: &[Field], is_strict: bool) -> Outcome {
        if value.type_name() != "object" {
            return self.wrong_type("object", value);
        }
        let fields = value.fields();
        let mut outcome = Outcome::Valid;
        for (key, expected) in known {
            let found = fields.iter().find(|(name, _)| name == key).map_or(&ConfigValue::Undefined, |(_, value)| value);
            let step = Step::Key((*key).to_owned());
            outcome = outcome.max(self.inside(step, |checker| checker.check(found, expected)));
        }
        let unknown: Vec<_> = fields
            .iter()
            .filter(|(name, _)| !known.iter().any(|(key, _)| key == name))
            .map(|(name, _)| format!("'{name}'"))
            .collect();
        if is_strict && !unknown.is_empty() {
            let dirty = self.fault(format!("Unrecognized key(s) in object: {}", unknown.join(", ")), Outcome::Dirty);
            outcome = outcome.max(dirty);
        }
        outcome
    }

    fn check_union(&mut self, value: &ConfigValue, options: &[Type]) -> Outcome {
        let before = self.found.len();
        let mut dirty: Option<Vec<Fault>> = None;
        let mut all = Vec::new();
        for option in options {
            let outcome = self.check(value, option);
            let faults = self.found.split_off(before);
            match outcome {
                Outcome::Valid => return Outcome::Valid,
                Outcome::Dirty if dirty.is_none() => dirty = Some(faults.clone()),
                Outcome::Dirty | Outcome::Invalid => {}
            }
            all.extend(faults);
        }
        if let Some(faults) = dirty {
            self.found.extend(faults);
            return Outcome::Dirty;
        }
        self.fault("Invalid input", Outcome::Invalid);
        self.found.extend(all);
        Outcome::Invalid
    }

    fn wrong_type(&mut self, expected: &str, found: &ConfigValue) -> Outcome {
        if *found == ConfigValue::Undefined {
            let at = self.shown_path();
            self.push(format!("{at} is missing, expected {expected}"));
            return Outcome::Invalid;
        }
        self.fault(format!("Expected {expected}, received {}", found.type_name()), Outcome::Invalid)
    }

    /// Notes a fault with its place.
    fn fault(&mut self, text: impl Into<String>, outcome: Outcome) -> Outcome {
        let mut text = text.into();
        if !self.path.is_empty() {
            text.push_str(" at ");
            text.push_str(&self.shown_path());
        }
        self.push(text);
        outcome
    }

    fn push(&mut self, message: String) {
        let top_key = match self.path.first() {
            Some(Step::Key(key)) => key.clone(),
            Some(Step::Index(_)) | None => String::new(),
        };
        self.found.push(Fault { top_key, message });
    }

    fn inside<T>(&mut self, step: Step, work: impl FnOnce(&mut Self) -> T) -> T {
        self.path.push(step);
        let result = work(self);
        self.path.pop();
        result
    }

    /// `"compress"`, `"images.domains[0]"`.
    fn shown_path(&self) -> String {
        let mut text = String::new();
        for step in &self.path {
            match step {
                Step::Index(index) => {
                    let _ = write!(text, "[{index}]");
                }
                Step::Key(key) if self.path.len() > 1 && key.contains('"') => {
                    let _ = write!(text, "[\"{}\"]", key.replace('"', "\\\""));
                }
                Step::Key(key) => {
                    if !text.is_empty() {
                        text.push('.');
                    }
                    text.push_str(key);
                }
            }
        }
        if text.is_empty() { text } else { format!("\"{text}\"") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Configurations and what the schema of the published package says about each, recorded.
    const RECORDED: &str = include_str!("schema_cases.json");

    #[test]
    fn faults_are_those_that_next_names() {
        let cases: Vec<(serde_json::Value, Vec<String>)> = serde_json::from_str(RECORDED).unwrap();
        assert!(cases.len() > 60, "{} cases", cases.len());
        for (config, expected) in cases {
            let found = faults(&ConfigValue::from_described(config.clone()));
            let messages: Vec<_> = found.into_iter().map(|fault| fault.message).collect();
            assert_eq!(messages, expected, "{config}");
        }
    }
}
