//! Rules under whatever can be sent or written. What they make of the rest is compared with Next.js (`src/rules/oracle.rs`,
//! `conformance/rules`).

use proptest::prelude::*;
use routewerk_routes::rules::{Expression, RuleDefinitions, RuleSettings, Rules, Source};

fn source() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop::sample::select(vec![
        "/", ":", ":x", "(", ")", "*", "+", "?", "{", "}", "\\", "|", "[", "]", "^", "$", ".", "-", "a", "b", "1",
        "\\d", "\\w", "\\b", "(?", "(?:", "(?!", "(?=", "(?<!", "(?<n>", "\\1", "\\k<n>", "{2}", "{1,}", "{,3}", "[^",
        "a-z", "\\u0061", "\\x41", "\\cA", "é", "😀", ",", "\n", "/a/b",
    ]);
    prop::collection::vec(piece, 0..12).prop_map(|pieces| format!("/{}", pieces.concat()).into_bytes())
}

fn request() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop::sample::select(vec![
        "/",
        "//",
        "\\",
        "%2F",
        "%5C",
        "%0d%0a",
        "%00",
        "%",
        "..",
        "%2e%2e",
        "?",
        "?v=",
        "&v=",
        "v=",
        "=",
        ";",
        "#",
        "@",
        ":",
        ".example.com",
        "evil.test",
        "\"",
        " ",
        "\t",
        "\r",
        "\n",
        "é",
        "世",
        "+",
        "a",
        "/a/",
        "/b/",
        "https://",
        "%E4%B8%96",
        "%23",
        "%3F",
        "%40",
    ]);
    (any::<u8>(), prop::collection::vec(piece, 0..14))
        .prop_map(|(choice, pieces)| [vec![choice], format!("/{}", pieces.concat()).into_bytes()].concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn any_text_is_a_source_or_none(source in source()) {
        routewerk_routes::fuzzing::rule_source(&source);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(10_000))]

    #[test]
    fn nothing_that_is_sent_breaks_out_of_a_rule(request in request()) {
        routewerk_routes::fuzzing::rule_request(&request);
    }
}

#[test]
fn a_match_that_steps_back_too_often_is_given_up() {
    let source = Source::new("/:x((?:(?!z)(?:a|aa)+)+y)", false).expect("a source");
    assert!(source.is_match(&format!("/{}", "a".repeat(5000))).is_err());
    assert!(source.is_match("/aaay").expect("few steps"));
}

#[test]
fn an_expression_without_look_around_is_linear() {
    let expression = Expression::new("^(?:a|aa|aaa)+$", false).expect("an expression");
    assert!(!expression.is_match(&format!("{}b", "a".repeat(1_000_000))).expect("no steps back"));
}

#[test]
fn a_long_path_is_within_the_limit_of_a_sound_expression() {
    let source = Source::new("/((?!api|_next/static|favicon.ico).*)", false).expect("a source");
    assert!(source.is_match(&format!("/{}", "a/b-c".repeat(3000))).expect("few steps"));
    let source = Source::new("/:a-:b/:rest*", false).expect("a source");
    assert!(source.is_match(&format!("/{}-x/{}", "a".repeat(6000), "b/".repeat(3000))).expect("few steps"));
}

#[test]
fn what_cannot_be_applied_is_refused() {
    let compile = |definitions: serde_json::Value| {
        let definitions: RuleDefinitions = serde_json::from_value(definitions).expect("definitions");
        Rules::compile(&definitions, &RuleSettings::default()).map_or_else(|error| error.to_string(), |_| String::new())
    };
    let header = |key: &str, value: &str| serde_json::json!({ "headers": [{ "source": "/x", "headers": [{ "key": key, "value": value }] }] });
    assert_eq!(compile(header("x-ok", "é")), "");
    for (key, value, reason) in [
        ("a b", "1", "is no name of a header"),
        ("", "1", "is no name of a header"),
        ("x", "a\r\nb", "cannot be sent"),
        ("x", "世", "cannot be sent"),
        ("Content-Length", "5", "the server's own business"),
        ("transfer-encoding", "chunked", "the server's own business"),
    ] {
        let found = compile(header(key, value));
        assert!(found.contains(reason), "{key}: {found}");
    }
    for (destination, reason) in
        [("x", "neither a path nor a URL"), ("https://", "neither a path nor a URL"), ("/a/:b(", "Unbalanced pattern")]
    {
        let redirect =
            serde_json::json!({ "redirects": [{ "source": "/x", "destination": destination, "permanent": true }] });
        assert!(compile(redirect).contains(reason), "{destination}");
    }
    let item = serde_json::json!({ "redirects": [{ "source": "/x", "destination": "/a", "permanent": true, "has": [{ "type": "header", "key": "x", "value": "(" }] }] });
    assert!(compile(item).contains("Unterminated group"));
    let named =
        serde_json::json!({ "redirects": [{ "source": "/:x((?<n>a))", "destination": "/a", "permanent": true }] });
    assert!(compile(named).contains("the named group `n`"));
}
