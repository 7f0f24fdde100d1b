//! What is wrong with rules, fault by fault, in the words of Next.js. All faults of all rules are told in one go, and the build
//! ends after that.

use std::collections::{BTreeMap, BTreeSet};

use routewerk_routes::rules::{
    DELIMITERS, Name, SyntaxError, Token, expression_length, parse_pattern, pattern_of_destination,
};

use super::super::value::ConfigValue;

/// Something is wrong; the text says what.
#[derive(Debug)]
pub(super) struct Faulty;

/// What a rule is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Header,
    Redirect,
    Rewrite,
}

impl Kind {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Header => "header",
            Self::Redirect => "redirect",
            Self::Rewrite => "rewrite",
        }
    }

    /// The fields that a rule may have.
    const fn fields(self) -> &'static [&'static str] {
        match self {
            Self::Header => &["source", "locale", "has", "missing", "basePath", "headers"],
            Self::Redirect => {
                &["source", "locale", "has", "missing", "basePath", "statusCode", "permanent", "destination"]
            }
            Self::Rewrite => &["source", "locale", "has", "missing", "basePath", "destination"],
        }
    }
}

/// The longest expression that Next.js takes.
const MAX_LENGTH: usize = 4096;

const STATUSES: [f64; 5] = [301.0, 302.0, 303.0, 307.0, 308.0];
const TYPES: [&str; 4] = ["header", "cookie", "query", "host"];

/// Checks headers, then rewrites, then redirects; ends with the first list that has a fault.
pub(super) fn all(returned: &BTreeMap<String, ConfigValue>, text: &mut String) -> Result<(), Faulty> {
    if let Some(headers) = returned.get("headers") {
        list(headers, Kind::Header, text)?;
    }
    if let Some(rewrites) = returned.get("rewrites") {
        let places = ["beforeFiles", "afterFiles", "fallback"];
        match rewrites {
            ConfigValue::Object(fields) if fields.iter().all(|(key, _)| places.contains(&key.as_str())) => {
                for place in places {
                    // What is false in JavaScript is none.
                    match rewrites.field(place) {
                        None | Some(ConfigValue::Boolean(false)) => {}
                        Some(ConfigValue::Text(empty)) if empty.is_empty() => {}
                        Some(place) => list(place, Kind::Rewrite, text)?,
                    }
                }
            }
            other => list(other, Kind::Rewrite, text)?,
        }
    }
    match returned.get("redirects") {
        Some(redirects) => list(redirects, Kind::Redirect, text),
        None => Ok(()),
    }
}

fn say(text: &mut String, line: &str) {
    text.push_str(line);
    text.push('\n');
}

/// The faults of a list's rules, counted.
#[derive(Default)]
struct Faults {
    count: usize,
    of_status: bool,
    of_has: bool,
    of_missing: bool,
}

fn list(rules: &ConfigValue, kind: Kind, text: &mut String) -> Result<(), Faulty> {
    let name = kind.as_str();
    let ConfigValue::List(rules) = rules else {
        let found = rules.typeof_name();
        say(text, &format!("Error: {name}s must return an array, received {found}."));
        say(text, "See here for more info: https://nextjs.org/docs/messages/routes-must-be-array");
        return Err(Faulty);
    };
    let mut faults = Faults::default();
    for rule in rules {
        faults.count += usize::from(!is_right(rule, kind, &mut faults, text));
    }
    if faults.count == 0 {
        return Ok(());
    }
    if faults.of_status {
        say(text, "\nValid redirect statusCode values are 301, 302, 303, 307, 308");
    }
    for (is_wrong, field) in [(faults.of_has, "has"), (faults.of_missing, "missing")] {
        if is_wrong {
            say(
                text,
                &format!(
                    "\nValid `{field}` object shape is {{\n  \"type\": \"header, cookie, query, host\",\n  \"key\": \"the key \
                     to check for\",\n  \"value\": \"undefined or a value string to match against\"\n}}"
                ),
            );
        }
    }
    let plural = if faults.count == 1 { "" } else { "s" };
    say(text, &format!("\nError: Invalid {name}{plural} found"));
    Err(Faulty)
}

/// A field as it is, `undefined` where it is absent.
fn field<'rule>(rule: &'rule ConfigValue, name: &str) -> &'rule ConfigValue {
    let found = rule.fields().iter().find(|(key, _)| key == name);
    found.map_or(&ConfigValue::Undefined, |(_, value)| value)
}

fn text_of<'rule>(rule: &'rule ConfigValue, name: &str) -> Option<&'rule str> {
    match field(rule, name) {
        ConfigValue::Text(text) => Some(text),
        _ => None,
    }
}

/// Whether a value is false in JavaScript.
fn is_falsy(value: &ConfigValue) -> bool {
    match value {
        ConfigValue::Undefined | ConfigValue::Null | ConfigValue::Boolean(false) => true,
        ConfigValue::Number(number) => *number == 0.0 || number.is_nan(),
        ConfigValue::Text(text) => text.is_empty(),
        _ => false,
    }
}

fn json(value: &ConfigValue) -> String {
    value.to_json().map_or_else(|| "undefined".to_owned(), |json| json.to_string())
}

/// A value in a message, as string concatenation shows it.
fn shown(value: &ConfigValue) -> String {
    match value {
        ConfigValue::Text(text) => text.clone(),
        ConfigValue::Undefined | ConfigValue::Null => value.type_name().to_owned(),
        ConfigValue::Object(_) => "[object Object]".to_owned(),
        other => json(other),
    }
}

/// Whether a rule has no fault; those that it has are said.
fn is_right(rule: &ConfigValue, kind: Kind, faults: &mut Faults, text: &mut String) -> bool {
    if rule.typeof_name() != "object" || *rule == ConfigValue::Null {
        let what = if kind == Kind::Header { "headers" } else { "destination" };
        say(text, &format!("The route {} is not a valid object with `source` and `{what}`", json(rule)));
        return false;
    }
    let base_path = field(rule, "basePath");
    let is_absolute = |url: &str| url.starts_with("http://") || url.starts_with("https://");
    if kind == Kind::Rewrite
        && *base_path == ConfigValue::Boolean(false)
        && !text_of(rule, "destination").is_some_and(is_absolute)
    {
        say(
            text,
            &format!(
                "The route {} rewrites urls outside of the basePath. Please use a destination that starts with `http://` \
                 or `https://` https://nextjs.org/docs/messages/invalid-external-rewrite",
                shown(field(rule, "source"))
            ),
        );
        return false;
    }
    let keys = rule.fields().iter().map(|(key, _)| key.as_str());
    let unknown: Vec<_> = keys.filter(|key| !kind.fields().contains(key)).collect();
    let mut parts: Vec<String> = Vec::new();
    if !matches!(base_path, ConfigValue::Undefined | ConfigValue::Boolean(false)) {
        parts.push("`basePath` must be undefined or false".to_owned());
    }
    if !matches!(field(rule, "locale"), ConfigValue::Undefined | ConfigValue::Boolean(false)) {
        parts.push("`locale` must be undefined or false".to_owned());
    }
    faults.of_has |= !items_are_right(rule, "has", &mut parts, text);
    faults.of_missing |= !items_are_right(rule, "missing", &mut parts, text);
    let source = field(rule, "source");
    match source {
        _ if is_falsy(source) => parts.push("`source` is missing".to_owned()),
        ConfigValue::Text(source) if !source.starts_with('/') => {
            parts.push("`source` does not start with /".to_owned());
        }
        ConfigValue::Text(_) => {}
        _ => parts.push("`source` is not a string".to_owned()),
    }
    match kind {
        Kind::Header => parts.extend(header_fault(field(rule, "headers"))),
        Kind::Redirect | Kind::Rewrite => parts.extend(destination_fault(field(rule, "destination"), kind)),
    }
    if kind == Kind::Redirect {
        redirect_faults(rule, faults, &mut parts);
    }
    let mut tokens = None;
    if let ConfigValue::Text(source) = source
        && source.starts_with('/')
    {
        match parsed(source, source, text) {
            Some(found) => {
                if expression_length(&found) > MAX_LENGTH {
                    parts.push(format!("`source` exceeds max built length of {MAX_LENGTH}"));
                }
                tokens = Some(found);
            }
            None => parts.push("`source` parse failed".to_owned()),
        }
    }
    if let (Some(destination), Some(tokens)) = (text_of(rule, "destination"), &tokens)
        && destination.starts_with('/')
    {
        parts.extend(pattern_fault(destination, tokens, &names_of_items(rule), text));
    }
    if parts.is_empty() && unknown.is_empty() {
        return true;
    }
    let mut line = parts.join(", ");
    if !unknown.is_empty() {
        let plural = if unknown.len() == 1 { "" } else { "s" };
        let comma = if parts.is_empty() { "" } else { "," };
        let fields = format!("{comma} invalid field{plural}: {}", unknown.join(","));
        line.push_str(&fields);
    }
    say(text, &format!("{line} for route {}\n", json(rule)));
    false
}

fn items_are_right(rule: &ConfigValue, name: &str, parts: &mut Vec<String>, text: &mut String) -> bool {
    let items = match field(rule, name) {
        ConfigValue::List(items) => items,
        ConfigValue::Undefined => return true,
        _ => {
            parts.push(format!("`{name}` must be undefined or valid has object"));
            return false;
        }
    };
    let mut wrong = Vec::new();
    for item in items {
        let (kind, key, value) = (field(item, "type"), field(item, "key"), field(item, "value"));
        let is_host = *kind == ConfigValue::Text("host".to_owned());
        let mut said = Vec::new();
        if !matches!(kind, ConfigValue::Text(kind) if TYPES.contains(&kind.as_str())) {
            said.push(format!("invalid type \"{}\"", shown(kind)));
        }
        if !matches!(key, ConfigValue::Text(_)) && !is_host {
            said.push(format!("invalid key \"{}\"", shown(key)));
        }
        if !matches!(value, ConfigValue::Undefined | ConfigValue::Text(_)) {
            said.push(format!("invalid value \"{}\"", shown(value)));
        }
        if *value == ConfigValue::Undefined && is_host {
            said.push("value is required for \"host\" type".to_owned());
        }
        if !said.is_empty() {
            wrong.push(format!("{} for {}", said.join(", "), json(item)));
        }
    }
    if wrong.is_empty() {
        return true;
    }
    let items = if wrong.len() == 1 { "item" } else { "items" };
    say(text, &format!("Invalid `{name}` {items}:\n{}\n", wrong.join("\n")));
    parts.push(format!("invalid `{name}` {items} found"));
    false
}

fn header_fault(headers: &ConfigValue) -> Option<String> {
    let ConfigValue::List(headers) = headers else { return Some("`headers` field must be an array".to_owned()) };
    if headers.is_empty() {
        return Some("`headers` field cannot be empty".to_owned());
    }
    headers.iter().find_map(|header| {
        if header.typeof_name() != "object" || *header == ConfigValue::Null {
            return Some("`headers` items must be object with { key: '', value: '' }".to_owned());
        }
        let wrong = ["key", "value"].into_iter().find(|name| !matches!(field(header, name), ConfigValue::Text(_)))?;
        Some(format!("`{wrong}` in header item must be string"))
    })
}

fn destination_fault(destination: &ConfigValue, kind: Kind) -> Option<String> {
    match destination {
        _ if is_falsy(destination) => Some("`destination` is missing".to_owned()),
        ConfigValue::Text(text) => {
            let is_url = ["/", "http://", "https://"].iter().any(|start| text.starts_with(start));
            (kind == Kind::Rewrite && !is_url)
                .then(|| "`destination` does not start with `/`, `http://`, or `https://`".to_owned())
        }
        _ => Some("`destination` is not a string".to_owned()),
    }
}

fn redirect_faults(rule: &ConfigValue, faults: &mut Faults, parts: &mut Vec<String>) {
    let status = field(rule, "statusCode");
    let has_status = !is_falsy(status);
    if has_status && !matches!(status, ConfigValue::Number(number) if STATUSES.contains(number)) {
        faults.of_status = true;
        parts.push("`statusCode` is not undefined or valid statusCode".to_owned());
    }
    if !has_status && !matches!(field(rule, "permanent"), ConfigValue::Boolean(_)) {
        parts.push("`permanent` is not set to `true` or `false`".to_owned());
    }
}

/// The tokens of a pattern; why there are none is said.
fn parsed(route: &str, pattern: &str, text: &mut String) -> Option<Vec<Token>> {
    match parse_pattern(pattern, DELIMITERS) {
        Ok(tokens) => Some(tokens),
        Err(SyntaxError { message }) => {
            let position = message.rsplit_once(" at ").map(|(_, rest)| rest.split(',').next().unwrap_or(rest));
            let link = "https://nextjs.org/docs/messages/invalid-route-source";
            match position.and_then(|position| position.parse::<usize>().ok()) {
                Some(position) => {
                    let mark = format!("{}^", " ".repeat(position));
                    say(
                        text,
                        &format!("\nError parsing `{route}` {link}\nReason: {message}\n\n  {pattern}\n  {mark}\n"),
                    );
                }
                None => say(text, &format!("\nError parsing {route} {link} TypeError: {message}")),
            }
            None
        }
    }
}

/// What is wrong with the parameters of a destination on this site.
fn pattern_fault(destination: &str, source: &[Token], of_items: &BTreeSet<String>, text: &mut String) -> Vec<String> {
    let params = |tokens: &[Token]| -> Vec<Name> {
        let name = |token: &Token| match token {
            Token::Param(param) => Some(param.name.clone()),
            Token::Text(_) => None,
        };
        tokens.iter().filter_map(name).collect()
    };
    let of_source = params(source);
    let positions = of_source.iter().filter_map(|name| match name {
        Name::Position(position) => Some(*position),
        Name::Given(_) | Name::None => None,
    });
    let unnamed: Vec<_> = positions.filter(|position| names(destination, *position)).collect();
    if !unnamed.is_empty() {
        let unnamed: Vec<_> = unnamed.iter().map(|position| format!(":{position}")).collect();
        return vec![format!("`destination` has unnamed params {}", unnamed.join(", "))];
    }
    let pattern = pattern_of_destination(destination).unwrap_or_else(|| destination.to_owned());
    let Some(tokens) = parsed(destination, &pattern, text) else {
        return vec!["`destination` parse failed".to_owned()];
    };
    let mut faults = Vec::new();
    if expression_length(&tokens) > MAX_LENGTH {
        faults.push(format!("`destination` exceeds max built length of {MAX_LENGTH}"));
    }
    // In JavaScript the name 0 is none.
    let is_known = |name: &Name| match name {
        Name::Given(given) => of_source.contains(name) || of_items.contains(given),
        Name::Position(position) => *position > 0 && of_source.contains(name),
        Name::None => false,
    };
    let mut foreign: Vec<String> = Vec::new();
    for name in params(&tokens).iter().filter(|name| !is_known(name)) {
        let name = name.to_string();
        if !foreign.contains(&name) {
            foreign.push(name);
        }
    }
    if !foreign.is_empty() {
        faults.push(format!("`destination` has segments not in `source` or `has` ({})", foreign.join(", ")));
    }
    faults
}

/// Whether a text has `:` and the number, with no digit behind it.
fn names(destination: &str, position: usize) -> bool {
    let wanted = format!(":{position}");
    destination
        .match_indices(&wanted)
        .any(|(at, _)| !destination[at + wanted.len()..].starts_with(|next: char| next.is_ascii_digit()))
}

/// The names that `has` may add.
fn names_of_items(rule: &ConfigValue) -> BTreeSet<String> {
    let ConfigValue::List(items) = field(rule, "has") else { return BTreeSet::new() };
    let mut names = BTreeSet::new();
    for item in items {
        match (text_of(item, "key"), text_of(item, "value").filter(|value| !value.is_empty())) {
            (Some(key), None) => drop(names.insert(key.to_owned())),
            (_, Some(value)) => {
                names.extend(group_names(value));
                if text_of(item, "type") == Some("host") {
                    names.insert("host".to_owned());
                }
            }
            (None, None) => {}
        }
    }
    names
}

/// The names of the groups of an expression: letters and digits, a letter first.
fn group_names(expression: &str) -> impl Iterator<Item = String> {
    expression.match_indices("(?<").filter_map(|(at, _)| {
        let name = expression[at + 3..].split_once('>')?.0;
        let is_name = name.starts_with(|first: char| first.is_ascii_alphabetic())
            && name.chars().all(|character| character.is_ascii_alphanumeric());
        is_name.then(|| name.to_owned())
    })
}
