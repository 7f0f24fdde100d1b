//! A value of next.config as it came out of the process that evaluated it: JSON, and what JSON cannot say.
//! Functions and symbols keep their place, so that validation can name them.

use serde_json::Value as Json;

/// A value of next.config.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum ConfigValue {
    /// `undefined`
    Undefined,
    /// `null`
    Null,
    /// `true` or `false`
    Boolean(bool),
    /// A number, `NaN` and the infinities too.
    Number(f64),
    /// A string.
    Text(String),
    /// A function.
    Function,
    /// A regular expression.
    RegExp {
        /// Its source.
        source: String,
        /// Its flags.
        flags: String,
    },
    /// A `URL` object.
    Url(String),
    /// An array.
    List(Vec<ConfigValue>),
    /// An object, its keys in order.
    Object(Vec<(String, ConfigValue)>),
    /// Anything else, by the name of its type: `map`, `set`, `date`, `promise`, `bigint`, `symbol`.
    Other(String),
}

impl ConfigValue {
    /// Reads what `evaluate.mjs` wrote.
    pub(crate) fn from_described(json: Json) -> Self {
        match json {
            Json::Null => Self::Null,
            Json::Bool(value) => Self::Boolean(value),
            Json::Number(value) => Self::Number(value.as_f64().unwrap_or(f64::NAN)),
            Json::String(value) => Self::Text(value),
            Json::Array(items) => Self::List(items.into_iter().map(Self::from_described).collect()),
            Json::Object(fields) => match fields.get("$").and_then(Json::as_str) {
                None => {
                    Self::Object(fields.into_iter().map(|(key, value)| (key, Self::from_described(value))).collect())
                }
                Some(tag) => Self::from_tagged(tag, &fields),
            },
        }
    }

    fn from_tagged(tag: &str, fields: &serde_json::Map<String, Json>) -> Self {
        let text = |key: &str| fields.get(key).and_then(Json::as_str).unwrap_or_default().to_owned();
        match tag {
            "undefined" => Self::Undefined,
            "function" => Self::Function,
            "number" => Self::Number(text("text").parse().unwrap_or(f64::NAN)),
            "regexp" => Self::RegExp { source: text("source"), flags: text("flags") },
            "url" => Self::Url(text("href")),
            "object" => Self::Object(entries(fields.get("entries"))),
            _ => Self::Other(text("type")),
        }
    }

    /// The name of the value's type as validation messages have it.
    pub(crate) fn type_name(&self) -> &str {
        match self {
            Self::Undefined => "undefined",
            Self::Null => "null",
            Self::Boolean(_) => "boolean",
            Self::Number(value) if value.is_nan() => "nan",
            Self::Number(_) => "number",
            Self::Text(_) => "string",
            Self::Function => "function",
            Self::List(_) => "array",
            Self::RegExp { .. } | Self::Url(_) | Self::Object(_) => "object",
            Self::Other(name) => name,
        }
    }

    /// The name of the value's type as `typeof` has it.
    pub(crate) fn typeof_name(&self) -> &str {
        match self {
            Self::Null | Self::List(_) | Self::RegExp { .. } | Self::Url(_) | Self::Object(_) => "object",
            Self::Number(_) => "number",
            Self::Other(name) if name != "bigint" && name != "symbol" => "object",
            _ => self.type_name(),
        }
    }

    /// A field of an object; `None` if this is no object, the field is absent, `undefined` or `null`.
    pub(crate) fn field(&self, name: &str) -> Option<&Self> {
        let Self::Object(fields) = self else { return None };
        let (_, value) = fields.iter().find(|(key, _)| key == name)?;
        (!matches!(value, Self::Undefined | Self::Null)).then_some(value)
    }

    /// The fields of an object; none of anything else.
    pub(crate) fn fields(&self) -> &[(String, Self)] {
        match self {
            Self::Object(fields) => fields,
            _ => &[],
        }
    }

    /// The value as plain JSON for the manifest; what JSON cannot say is left out (`null` inside of arrays).
    pub(crate) fn to_json(&self) -> Option<Json> {
        Some(match self {
            Self::Undefined | Self::Function | Self::Other(_) => return None,
            Self::Null => Json::Null,
            Self::Boolean(value) => Json::Bool(*value),
            Self::Number(value) => number(*value),
            Self::Text(value) | Self::Url(value) => Json::String(value.clone()),
            Self::RegExp { source, .. } => Json::String(source.clone()),
            Self::List(items) => items.iter().map(|item| item.to_json().unwrap_or_default()).collect(),
            Self::Object(fields) => {
                fields.iter().filter_map(|(key, value)| Some((key.clone(), value.to_json()?))).collect()
            }
        })
    }
}

/// A number as JSON: whole ones without a fraction.
fn number(value: f64) -> Json {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    if value.fract() == 0.0 && value.abs() <= EXACT {
        return Json::from(value as i64);
    }
    serde_json::Number::from_f64(value).map_or(Json::Null, Json::Number)
}

/// The `[key, value]` pairs of an object that has a key `$` itself.
fn entries(json: Option<&Json>) -> Vec<(String, ConfigValue)> {
    let pairs = json.and_then(Json::as_array).map(Vec::as_slice).unwrap_or_default();
    pairs
        .iter()
        .filter_map(|pair| {
            let [key, value] = pair.as_array()?.as_slice() else { return None };
            Some((key.as_str()?.to_owned(), ConfigValue::from_described(value.clone())))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_json_cannot_say_is_read_back() {
        let json = serde_json::json!({
            "a": { "$": "undefined" }, "b": { "$": "function" }, "c": { "$": "regexp", "source": "x", "flags": "i" },
            "d": { "$": "number", "text": "Infinity" }, "e": { "$": "object", "entries": [["$", 1]] }, "f": [null, 1.5]
        });
        let value = ConfigValue::from_described(json);
        assert_eq!(value.field("a"), None);
        assert_eq!(value.field("b"), Some(&ConfigValue::Function));
        assert_eq!(value.field("d"), Some(&ConfigValue::Number(f64::INFINITY)));
        assert_eq!(value.field("e").unwrap().field("$"), Some(&ConfigValue::Number(1.0)));
        assert_eq!(
            value.to_json(),
            Some(serde_json::json!({ "c": "x", "d": null, "e": { "$": 1 }, "f": [null, 1.5] }))
        );
    }
}
