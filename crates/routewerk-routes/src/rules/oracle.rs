//! Rules against what the real Next.js makes of them: `oracle/recorded.json`, which `oracle/record.mjs` has recorded. Sources, captures,
//! destinations and conditions are compared one by one.

use std::borrow::Cow;

use serde_json::{Map, Value as Json, json};

use super::captures::{Captures, Value};
use super::condition::{Conditions, RequestFacts};
use super::definition::ItemDefinition;
use super::destination::Destination;
use super::query::Query;
use super::source::Source;
use super::template::{Template, push_plain};
use super::tokens;

fn recorded(section: &str) -> Vec<Json> {
    let mut all: Json = serde_json::from_str(include_str!("oracle/recorded.json")).expect("JSON");
    serde_json::from_value(all[section].take()).expect("a list")
}

fn text<'json>(json: &'json Json, key: &str) -> &'json str {
    json[key].as_str().unwrap_or_else(|| panic!("`{key}` in {json}"))
}

fn json_of(captures: &Captures<'_>) -> Json {
    let value = |value: &Value| match value {
        Value::Text(text) => json!(text),
        Value::List(list) => json!(list),
    };
    Json::Object(captures.iter().map(|(name, found)| (name.to_owned(), value(found))).collect())
}

fn captures_of(json: &Json) -> Captures<'_> {
    let mut captures = Captures::default();
    for (name, value) in json.as_object().expect("an object") {
        captures.set(name, Some(value_of(value)));
    }
    captures
}

fn value_of(json: &Json) -> Value {
    match json {
        Json::Array(list) => Value::List(list.iter().map(|one| one.as_str().expect("text").to_owned()).collect()),
        one => Value::Text(one.as_str().expect("text").to_owned()),
    }
}

#[test]
fn a_source_matches_what_it_matches_in_next_js() {
    let patterns = recorded("patterns");
    assert!(patterns.len() > 250);
    let mut wrong = Vec::new();
    for pattern in &patterns {
        let source = text(pattern, "source");
        let ours = Source::new(source, pattern["sensitive"] == json!(true));
        let (ours, found) = match (ours, pattern.get("found")) {
            (Ok(ours), Some(found)) => (ours, found.as_object().expect("an object")),
            (Err(error), None) => {
                let expected = text(pattern, "error");
                let reason =
                    expected.rsplit_once("$/").map_or(expected, |(_, rest)| rest.trim_start_matches(['i', ':', ' ']));
                if !error.to_string().ends_with(reason) {
                    wrong.push(format!("{source}: the error is {expected:?}, ours {:?}", error.to_string()));
                }
                continue;
            }
            (Ok(_), None) => {
                wrong.push(format!("{source}: refused by Next.js ({}), not by ours", text(pattern, "error")));
                continue;
            }
            (Err(error), Some(_)) => {
                wrong.push(format!("{source}: refused by ours: {error}"));
                continue;
            }
        };
        for (path, expected) in found {
            let captures = ours.captures(path).expect("few steps");
            if captures.as_ref().map(json_of).as_ref() != Some(expected) {
                wrong.push(format!("{source} on {path}: {expected}, ours {:?}", captures.as_ref().map(json_of)));
            }
            if !ours.is_match(path).expect("few steps") {
                wrong.push(format!("{source} on {path}: `is_match` says no"));
            }
        }
        for path in pattern["missed"].as_array().expect("a list").iter().map(|path| path.as_str().expect("text")) {
            if let Some(captures) = ours.captures(path).expect("few steps") {
                wrong.push(format!("{source} on {path}: no match, ours {}", json_of(&captures)));
            }
            if ours.is_match(path).expect("few steps") {
                wrong.push(format!("{source} on {path}: `is_match` says yes"));
            }
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn an_expression_is_as_long_as_in_next_js() {
    for one in recorded("lengths") {
        let source = text(&one, "source");
        let tokens = tokens::parse(source, tokens::DELIMITERS).expect(source);
        let expected = one["length"].as_u64().expect("a number") as usize;
        assert_eq!(tokens::expression_length(&tokens), expected, "{source}");
    }
}

#[test]
fn a_destination_becomes_what_it_becomes_in_next_js() {
    let mut wrong = Vec::new();
    for one in recorded("filled") {
        let destination = text(&one, "destination");
        let ours = Destination::new(destination).expect(destination);
        let captures = captures_of(&one["params"]);
        let filled = match (ours.fill(&captures), one.get("error")) {
            (Ok(filled), None) => filled,
            (Err(_), Some(_)) => continue,
            (ours, expected) => {
                wrong.push(format!("{destination} of {}: {expected:?}, ours {ours:?}", one["params"]));
                continue;
            }
        };
        let mut expected_origin =
            one["protocol"].as_str().map(|protocol| format!("{protocol}//{}", text(&one, "hostname")));
        if let (Some(origin), Some(port)) = (&mut expected_origin, one["port"].as_str().filter(|port| !port.is_empty()))
        {
            origin.push(':');
            origin.push_str(port);
        }
        let origin = filled.origin.as_ref().map(|origin| {
            let authority = origin.authority.as_deref().unwrap_or_default();
            format!("{}//{}", origin.scheme, authority.rsplit('@').next().unwrap_or_default())
        });
        let mut query = Query::read("q=sent");
        if !ours.uses_one_of(&captures) {
            let own = |name: &str| filled.query.iter().any(|(known, _)| known == name);
            for (name, value) in captures.iter().filter(|(name, _)| !own(name)) {
                query.set(name, value.clone());
            }
        }
        for (name, value) in &filled.query {
            query.set(name, value.clone());
        }
        let expected_query: Map<String, Json> = one["query"].as_object().expect("an object").clone();
        let same_query = expected_query.iter().all(|(name, value)| query.value(name) == Some(&value_of(value)));
        let expected = (expected_origin.as_deref(), text(&one, "path"), text(&one, "hash"));
        if (origin.as_deref(), filled.path.as_str(), filled.fragment.as_str()) != expected || !same_query {
            wrong.push(format!("{destination} of {}: {one}, ours {filled:?} {query:?}", one["params"]));
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn a_text_is_filled_as_in_next_js() {
    let mut wrong = Vec::new();
    for one in recorded("written") {
        let template = Template::of_text(text(&one, "text"));
        let ours = template.fill(&captures_of(&one["params"]), push_plain);
        let is_same = match one.get("written") {
            Some(expected) => ours.as_ref().is_ok_and(|ours| Some(ours.as_str()) == expected.as_str()),
            None => ours.is_err(),
        };
        if !is_same {
            wrong.push(format!("{one}: ours {ours:?}"));
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

struct Fields(Map<String, Json>);

impl RequestFacts for Fields {
    fn field<'facts>(&'facts self, name: &str) -> Option<Cow<'facts, str>> {
        Some(Cow::Borrowed(self.0.get(name)?.as_str()?))
    }
}

#[test]
fn a_request_meets_what_it_meets_in_next_js() {
    let mut wrong = Vec::new();
    for one in recorded("met") {
        let items = |key: &str| -> Vec<ItemDefinition> {
            let mut items: Vec<Json> = serde_json::from_value(one[key].clone()).expect("a list");
            items.iter_mut().filter(|item| item.get("key").is_none()).for_each(|item| item["key"] = json!(""));
            serde_json::from_value(Json::Array(items)).expect("items")
        };
        let conditions = Conditions::new(&items("has"), &items("missing")).expect("valid");
        let facts = Fields(one["request"]["headers"].as_object().expect("an object").clone());
        let mut query = Query::default();
        for (name, value) in one["request"]["query"].as_object().expect("an object") {
            query.set(name, value_of(value));
        }
        let mut captures = Captures::default();
        let is_met = conditions.are_met(&facts, &query, &mut captures).expect("few steps");
        let ours = if is_met { json_of(&captures) } else { json!(false) };
        if ours != one["met"] {
            wrong.push(format!("{one}: ours {ours}"));
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}
