//! The block of facts that crosses with the reply of a call about an entry.

use routewerk_handler::{GenerationFacts, LastModified, Revalidate};
use serde::Deserialize;
use serde_json::Value;

use crate::frames::ProtocolError;

/// The block as the worker writes it (`runtime/cache/facts.ts`).
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Facts {
    dynamic: Option<String>,
    failure: Option<String>,
    /// `false`, seconds, or null. Not an untagged enum: with the `arbitrary_precision` of `serde_json`, which another crate of a program
    /// may switch on, such a one takes no fractions.
    revalidate: Value,
    expire: Option<f64>,
    tags: Vec<String>,
    /// `"unknown"`, `"outdated"` or milliseconds, where a look-up has found an entry.
    #[serde(default)]
    found: Value,
}

/// Reads a block of facts.
///
/// # Errors
/// [`ProtocolError::Facts`] where it is no such block.
pub(super) fn decode(json: &[u8]) -> Result<GenerationFacts, ProtocolError> {
    let wrong = |what: &str| ProtocolError::Facts(what.to_owned());
    let facts: Facts = serde_json::from_slice(json).map_err(|error| ProtocolError::Facts(error.to_string()))?;
    let revalidate = match (&facts.revalidate, facts.revalidate.as_f64()) {
        (Value::Null, _) => Revalidate::NotSet,
        (Value::Bool(false), _) => Revalidate::Never,
        (_, Some(seconds)) if is_duration(seconds) => Revalidate::After(seconds),
        _ => return Err(wrong("`revalidate` is no number of seconds")),
    };
    if facts.expire.is_some_and(|seconds| !is_duration(seconds)) {
        return Err(wrong("`expire` is no number of seconds"));
    }
    let found = match (&facts.found, facts.found.as_f64()) {
        (Value::Null, _) => None,
        (Value::String(text), _) if text == "unknown" => Some(LastModified::Unknown),
        (Value::String(text), _) if text == "outdated" => Some(LastModified::Outdated),
        (_, Some(millis)) if is_duration(millis) => Some(LastModified::At(millis as u64)),
        _ => return Err(wrong("`found` is no time")),
    };
    Ok(GenerationFacts {
        dynamic: facts.dynamic,
        failure: facts.failure,
        revalidate,
        expire: facts.expire,
        tags: facts.tags,
        found,
    })
}

fn is_duration(seconds: f64) -> bool {
    seconds.is_finite() && seconds >= 0.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_says_what_the_handler_used() {
        let json = br#"{"dynamic":"headers","failure":null,"revalidate":2.5,"expire":60,"tags":["a","b"]}"#;
        let expected = GenerationFacts {
            dynamic: Some("headers".to_owned()),
            failure: None,
            revalidate: Revalidate::After(2.5),
            expire: Some(60.0),
            tags: vec!["a".to_owned(), "b".to_owned()],
            found: None,
        };
        assert_eq!(decode(json), Ok(expected));
        let never = br#"{"dynamic":null,"failure":null,"revalidate":false,"expire":null,"tags":[]}"#;
        assert_eq!(decode(never).map(|facts| facts.revalidate), Ok(Revalidate::Never));
    }

    #[test]
    fn a_block_says_when_an_entry_was_made() {
        let found = |found: &str| {
            let text = format!(
                r#"{{"dynamic":null,"failure":null,"revalidate":null,"expire":null,"tags":[],"found":{found}}}"#
            );
            decode(text.as_bytes()).map(|facts| facts.found)
        };
        assert_eq!(found("null"), Ok(None));
        assert_eq!(found("\"unknown\""), Ok(Some(LastModified::Unknown)));
        assert_eq!(found("\"outdated\""), Ok(Some(LastModified::Outdated)));
        assert_eq!(found("1700000000000.5"), Ok(Some(LastModified::At(1_700_000_000_000))));
        for wrong in ["-1", "1e999", "true", "\"\"", "[]"] {
            assert!(found(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_block_that_makes_no_sense_is_an_error() {
        for json in [
            "",
            "{}",
            "[]",
            r#"{"dynamic":null,"failure":null,"revalidate":true,"expire":null,"tags":[]}"#,
            r#"{"dynamic":null,"failure":null,"revalidate":-1,"expire":null,"tags":[]}"#,
            r#"{"dynamic":null,"failure":null,"revalidate":1e999,"expire":null,"tags":[]}"#,
            r#"{"dynamic":null,"failure":null,"revalidate":null,"expire":-1,"tags":[]}"#,
            r#"{"dynamic":null,"failure":null,"revalidate":null,"expire":null,"tags":[1]}"#,
            r#"{"dynamic":null,"failure":null,"revalidate":null,"expire":null,"tags":[],"more":1}"#,
        ] {
            assert!(matches!(decode(json.as_bytes()), Err(ProtocolError::Facts(_))), "{json}");
        }
    }
}
