//! Paths and queries against Node's own `URL` and `URLSearchParams`, on generated targets.
//!
//! Node.js is a prerequisite of the project, so its absence is a failure. Node.js 20 leaves `^` in a path bare, as
//! we do; later versions escape it (a change of the standard), which the script undoes.

use std::io::Write;
use std::process::{Command, Stdio};

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, TestRng, TestRunner};
use routewerk_routes::target::{RequestTarget, TargetRules, query_pairs};
use serde_json::{Value, json};

/// Reads targets, writes for each what the URL standard and Next.js's regrouping make of it.
const SCRIPT: &str = r"
const targets = JSON.parse(require('node:fs').readFileSync(0, 'utf8'));
const isInternal = (key) => key === 'nextInternalLocale' || (key.length > 4 && /^nxt[PI]/.test(key));
const answers = targets.map((target) => {
  const url = new URL('http://n' + target);
  const grouped = Object.create(null);
  for (const [key, value] of url.searchParams) (grouped[key] ??= []).push(value);
  for (const key of Object.keys(grouped)) if (isInternal(key)) delete grouped[key];
  const seen = new URLSearchParams();
  for (const [key, values] of Object.entries(grouped)) for (const value of values) seen.append(key, value);
  const path = target.includes('%5E') ? url.pathname : url.pathname.replaceAll('%5E', '^');
  return { path, search: url.search.slice(1), pairs: [...url.searchParams], query: seen.toString() };
});
process.stdout.write(JSON.stringify(answers));
";

/// What Node says of each target.
fn ask_node(targets: &[String]) -> Vec<Value> {
    let mut node = Command::new("node")
        .args(["-e", SCRIPT])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("node runs: it is a prerequisite of these tests");
    let mut input = node.stdin.take().expect("stdin is piped");
    let text = json!(targets).to_string();
    let writer = std::thread::spawn(move || input.write_all(text.as_bytes()));
    let output = node.wait_with_output().expect("node's answer");
    writer.join().expect("the writer ends").expect("node reads its input");
    assert!(output.status.success(), "node failed");
    serde_json::from_slice(&output.stdout).expect("node writes JSON")
}

/// Targets of all that is special in paths and queries, the same ones in each run.
fn generated(count: usize) -> Vec<String> {
    let piece = prop_oneof![
        4 => "[a-zA-Z0-9._~-]{1,3}",
        3 => Just("/".to_owned()),
        3 => prop::sample::select(vec![
            "..", ".", "%2e", "%2E", "%", "%z", "%FF", "%C3%A9", "%E2%82", "%EF%BB%BF", "%F0%9F%98%80", "%ED%A0%80", "%00",
            "%0a", "%2F", "%5c", "%5E", "%7e", "%41", "é", "€", "😀", "\u{feff}", "\"", "'", "^", "|", "{", "}", "`", "<",
            ">", "[", "]", ";", ":", "@", "!", "$", "(", ")", "*", ",", "?", "&", "=", "+", "#",
        ])
        .prop_map(str::to_owned),
    ];
    let query_piece = prop_oneof![
        3 => "[a-c]",
        2 => Just("&".to_owned()),
        2 => Just("=".to_owned()),
        1 => "[0-9]{1,2}",
        2 => prop::sample::select(vec![
            "a=1&", "b=2&", "a&", "0=", "10=", "2=", "01=", "4294967294=", "4294967295=", "nxtPa=", "nxtI=", "nxtIx&",
            "nextInternalLocale=", "%6extPa", "toString=", "%41", "%2e", "+", "%20", "%2B", "%", "%zz", "%FF", "%C3%A9",
            "%ED%A0%80", "é", "😀", "'", "\"", "<", ">", "`", "{", "}", "|", "^", "\\", "[", "]", "(", ")", "!", "~", "*",
            "-", "_", ".", "/", "//", "?", ":", ";", "@", "$", ",", "#",
        ])
        .prop_map(str::to_owned),
    ];
    let target = (prop::collection::vec(piece, 0..10), prop::collection::vec(query_piece, 0..14))
        .prop_map(|(path, query)| format!("/{}?{}", path.concat(), query.concat()));
    let seed = TestRng::deterministic_rng(proptest::test_runner::RngAlgorithm::ChaCha);
    let mut runner = TestRunner::new_with_rng(Config::default(), seed);
    (0..count).map(|_| target.new_tree(&mut runner).expect("a target").current()).collect()
}

#[test]
fn paths_and_queries_are_what_node_makes_of_them() {
    let rules = TargetRules { skip_trailing_slash_redirect: true, ..TargetRules::default() };
    let targets = generated(6000);
    let mut compared = 0;
    for (target, node) in targets.iter().zip(ask_node(&targets)) {
        let RequestTarget::Normal(normal) = RequestTarget::read(target.as_bytes(), None, &rules) else {
            // A path with `//` is redirected instead.
            continue;
        };
        compared += 1;
        assert_eq!(normal.path, node["path"].as_str().expect("text"), "path of {target}");
        let search = normal.search.as_deref().unwrap_or("");
        assert_eq!(search, node["search"].as_str().expect("text"), "search of {target}");
        let pairs: Vec<_> = query_pairs(search).map(|(name, value)| json!([name, value])).collect();
        assert_eq!(Value::Array(pairs), node["pairs"], "pairs of {target}");
        let query = normal.query.as_deref().unwrap_or("");
        assert_eq!(query, node["query"].as_str().expect("text"), "query of {target}");
    }
    assert!(compared > 3000, "only {compared} targets were compared");
}

#[test]
fn redirects_of_repeated_slashes_are_what_node_makes_of_the_collapsed_target() {
    let rules = TargetRules { skip_trailing_slash_redirect: true, ..TargetRules::default() };
    let mut redirected = Vec::new();
    for target in generated(6000) {
        if let RequestTarget::Redirect { location } = RequestTarget::read(target.as_bytes(), None, &rules) {
            let (path, after) = target.split_at(target.find(['?', '#']).unwrap_or(target.len()));
            let parts: Vec<_> = path.split(['/', '\\']).collect();
            let ends_open = parts.last() == Some(&"");
            let kept: Vec<_> = parts.into_iter().filter(|part| !part.is_empty()).collect();
            let slash = if ends_open && !kept.is_empty() { "/" } else { "" };
            redirected.push((format!("/{}{slash}{after}", kept.join("/")), location));
        }
    }
    assert!(redirected.len() > 200, "only {} redirects", redirected.len());
    let collapsed: Vec<String> = redirected.iter().map(|(collapsed, _)| collapsed.clone()).collect();
    for ((collapsed, location), node) in redirected.iter().zip(ask_node(&collapsed)) {
        let search = node["search"].as_str().expect("text");
        let separator = if search.is_empty() { "" } else { "?" };
        let expected = format!("{}{separator}{search}", node["path"].as_str().expect("text"));
        assert_eq!(*location, expected, "{collapsed}");
    }
}
