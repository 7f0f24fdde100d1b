//! Compares an answer of ours with the recorded one, field by field.
//!
//! Both are first brought into a form in which the global differences on purpose are gone: each [`Filter`] is one
//! such difference, carries the row of `COMPATIBILITY.md` that explains it, and says which recorded answers it
//! concerns, so that the page can count them. Whatever still differs is a failure.

use std::collections::BTreeMap;

use crate::conformance::case::{Answer, Answers, Ours, Request};

/// A global difference on purpose.
pub(crate) struct Filter {
    /// The row that explains it.
    pub(crate) row: &'static str,
    /// Does the recorded reply show it?
    pub(crate) concerns: fn(&Plain) -> bool,
    /// Takes it out of the recorded reply and of ours.
    apply: fn(recorded: &mut Plain, ours: &mut Plain),
}

/// A reply with its fields by lower-case name, values in their order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Plain {
    interim: Vec<String>,
    status: String,
    fields: BTreeMap<String, Vec<String>>,
    body: String,
    times: Option<usize>,
    end: String,
}

impl Plain {
    pub(crate) fn of(answer: &Answer) -> Self {
        let mut fields: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for line in &answer.headers {
            let (name, value) = line.split_once(':').unwrap_or((line, ""));
            fields.entry(name.to_ascii_lowercase()).or_default().push(value.trim().to_owned());
        }
        let body = if answer.latin1.is_empty() { answer.body.clone() } else { format!("latin-1:{}", answer.latin1) };
        let end = format!("{:?}", answer.end);
        let (interim, status, times) = (answer.interim.clone(), answer.status.clone(), answer.times);
        Self { interim, status, fields, body, times, end }
    }

    fn code(&self) -> &str {
        self.status.split(' ').next().unwrap_or_default()
    }

    fn field(&self, name: &str) -> Option<&str> {
        self.fields.get(name)?.first().map(String::as_str)
    }

    /// Is it a page that Next.js rendered?
    fn is_page(&self) -> bool {
        let is_html = self.field("content-type").is_some_and(|kind| kind.starts_with("text/html"));
        self.code() == "200" && is_html && self.field("x-powered-by").is_some()
    }

    /// Is it a stored reply that names no version of itself?
    fn lacks_etag(&self) -> bool {
        self.fields.contains_key("x-nextjs-cache") && !self.fields.contains_key("etag") && self.code() < "400"
    }

    /// The etag that ours gives a stored reply follows from its body, which may hold a value of the run.
    fn forget_etag_of_body(&mut self) {
        if self.fields.contains_key("x-nextjs-cache") && self.field("etag").is_some_and(|etag| etag.starts_with("W/")) {
            self.fields.insert("etag".to_owned(), vec!["(of the body)".to_owned()]);
        }
    }

    /// Is it the text by which Next.js answers where a generation fails?
    fn is_failure_text(&self) -> bool {
        self.code() == "500" && self.field("etag") == Some("\"66fci67lppl\"")
    }

    /// Does it say that it was compressed, or could have been?
    fn is_compressible(&self) -> bool {
        let varies = self.field("vary").is_some_and(|vary| vary.to_ascii_lowercase().contains("accept-encoding"));
        varies || self.fields.contains_key("content-encoding")
    }

    /// Is it a page or text that Next.js's framework or Node's parser made, not the user's handler?
    fn is_framework_error(&self) -> bool {
        let page = self.field("x-powered-by").is_some()
            && self.field("content-type").is_some_and(|kind| kind.contains("html"));
        let text = self.field("etag") == Some("\"66fci67lppl\"")
            || self.body == "Not Found" && self.field("cache-control").is_some();
        let parser = ["400", "408", "417", "431"].contains(&self.code())
            && self.body.is_empty()
            && self.field("vary").is_none()
            && !self.fields.contains_key("content-type");
        self.code() >= "400" && (page || text || parser)
    }
}

/// In the order in which they are applied.
pub(crate) const FILTERS: [Filter; 8] = [
    Filter {
        row: "http/vary-of-pages",
        concerns: |reply| reply.field("vary").is_some_and(|vary| vary.contains("next-router")),
        apply: drop_router_vary,
    },
    Filter {
        row: "http/content-length",
        concerns: |reply| reply.fields.contains_key("transfer-encoding"),
        apply: drop_framing,
    },
    Filter { row: "http/compression", concerns: Plain::is_compressible, apply: drop_compression },
    Filter { row: "caching/etag", concerns: Plain::lacks_etag, apply: drop_etag },
    Filter { row: "caching/failure-text", concerns: Plain::is_failure_text, apply: drop_failure_text },
    Filter { row: "methods/allow-on-405", concerns: |reply| reply.code() == "405", apply: join_allow },
    Filter { row: "routing/pages-not-served", concerns: Plain::is_page, apply: reduce_page },
    Filter { row: "errors/problem-json", concerns: Plain::is_framework_error, apply: reduce_framework_error },
];

/// The differences between the expected and our answer, in words; none if they agree.
pub(crate) fn compare(request: &Request, recorded: &Answers, excuse: Option<&Ours>, ours: &Answers) -> Vec<String> {
    let as_recorded = differences(request, recorded, ours, true);
    match excuse {
        None => as_recorded,
        Some(excuse) if as_recorded.is_empty() => {
            vec![format!("ours.json excuses it by `{}`, but the answer is as recorded", excuse.row)]
        }
        Some(excuse) => differences(request, &excuse.answers, ours, false),
    }
}

fn differences(request: &Request, expected: &Answers, ours: &Answers, filtered: bool) -> Vec<String> {
    let mut found = Vec::new();
    beside_replies(expected, ours, &mut found);
    if expected.replies.len() != ours.replies.len() {
        found.push(format!("{} replies, expected {}", ours.replies.len(), expected.replies.len()));
    }
    for (index, (expected, ours)) in expected.replies.iter().zip(&ours.replies).enumerate() {
        let (mut expected, mut ours) = (Plain::of(expected), Plain::of(ours));
        for reply in [&mut expected, &mut ours] {
            for name in request.volatile.iter().map(String::as_str).chain(["date"]) {
                if let Some(values) = reply.fields.get_mut(name) {
                    *values = vec!["(varies)".to_owned(); values.len()];
                }
            }
        }
        if filtered {
            for filter in &FILTERS {
                (filter.apply)(&mut expected, &mut ours);
            }
        } else {
            drop_framing(&mut expected, &mut ours);
            [&mut expected, &mut ours].into_iter().for_each(Plain::forget_etag_of_body);
        }
        reply_differences(&format!("reply {}", index + 1), &expected, &ours, &mut found);
    }
    if request.log {
        log_differences(&expected.log, &ours.log, &mut found);
    }
    found
}

/// What a build was asked for, and what the origin saw.
fn beside_replies(expected: &Answers, ours: &Answers, found: &mut Vec<String>) {
    if expected.builds != ours.builds {
        found.push(format!("the build succeeds: expected {:?}, got {:?}", expected.builds, ours.builds));
    }
    if expected.calls != ours.calls {
        found.push(format!("calls of the origin: expected {:?}, got {:?}", expected.calls, ours.calls));
    }
    for (side, lines, others) in
        [("expected", &expected.routes, &ours.routes), ("not expected", &ours.routes, &expected.routes)]
    {
        let missing = lines.iter().filter(|line| !others.contains(line));
        found.extend(missing.map(|line| format!("the table of routes: {side} `{line}`")));
    }
    if expected.builds.is_some() {
        let missing = expected.log.iter().filter(|text| !ours.log.contains(text));
        found.extend(missing.map(|text| format!("the build does not say {text:?}")));
    }
}

fn reply_differences(which: &str, expected: &Plain, ours: &Plain, found: &mut Vec<String>) {
    let mut compare = |what: &str, expected: &str, ours: &str| {
        if expected != ours {
            found.push(format!("{which}, {what}: expected {expected:?}, got {ours:?}"));
        }
    };
    compare("interim replies", &expected.interim.join(", "), &ours.interim.join(", "));
    compare("status", &expected.status, &ours.status);
    compare("body", &expected.body, &ours.body);
    compare("how many at once", &format!("{:?}", expected.times), &format!("{:?}", ours.times));
    compare("end of the connection", &expected.end, &ours.end);
    let names: std::collections::BTreeSet<_> = expected.fields.keys().chain(ours.fields.keys()).collect();
    for name in names {
        let shown =
            |reply: &Plain| reply.fields.get(name).map_or_else(|| "absent".to_owned(), |values| values.join(" | "));
        compare(&format!("`{name}`"), &shown(expected), &shown(ours));
    }
}

fn log_differences(expected: &[String], ours: &[String], found: &mut Vec<String>) {
    if let Some(line) = missing_log_line(expected, ours) {
        found.push(format!("log: expected {line:?} in {ours:?}"));
    }
}

/// The first message that Next.js prints for the request and we do not, or not in the same order; further ones (an access
/// log, a code frame), and what Next.js prints twice, are ours to choose.
pub(crate) fn missing_log_line<'expected>(expected: &'expected [String], ours: &[String]) -> Option<&'expected String> {
    let mut rest = ours.iter();
    let has_marks = expected.iter().any(|line| line.starts_with('⨯'));
    let messages = expected.iter().enumerate();
    let messages = messages.filter(|(_, line)| if has_marks { line.starts_with('⨯') } else { says_something(line) });
    let mut once = messages.filter(|(index, line)| !expected[..*index].contains(line)).map(|(_, line)| line);
    once.find(|line| !rest.any(|candidate| candidate.trim() == line.trim()))
}

/// Brackets of an inspected object are no message.
fn says_something(line: &str) -> bool {
    line.chars().any(char::is_alphanumeric)
}

/// The tokens by which Next.js separates the answers of its page router.
fn drop_router_vary(recorded: &mut Plain, _: &mut Plain) {
    let Some(values) = recorded.fields.remove("vary") else { return };
    let tokens = values.iter().flat_map(|value| value.split(',')).map(str::trim);
    let kept: Vec<_> = tokens.filter(|token| *token != "rsc" && !token.starts_with("next-router-")).collect();
    if !kept.is_empty() {
        recorded.fields.insert("vary".to_owned(), vec![kept.join(", ")]);
    }
}

/// Chunked coding or a length: both were read to their end, and the bodies are compared.
fn drop_framing(recorded: &mut Plain, ours: &mut Plain) {
    for reply in [recorded, ours] {
        reply.fields.remove("transfer-encoding");
        reply.fields.remove("content-length");
    }
}

/// What Next.js adds to what it compresses, or would for a client that accepts it. Bodies were decoded when they
/// were read.
fn drop_compression(recorded: &mut Plain, ours: &mut Plain) {
    if ours.is_compressible() {
        return;
    }
    recorded.fields.remove("content-encoding");
    let Some(values) = recorded.fields.remove("vary") else { return };
    let kept = values.iter().flat_map(|value| value.split(',')).map(str::trim);
    let kept: Vec<_> = kept.filter(|token| !token.eq_ignore_ascii_case("accept-encoding")).collect();
    if !kept.is_empty() {
        recorded.fields.insert("vary".to_owned(), vec![kept.join(", ")]);
    }
}

/// Ours gives stored replies an etag of their bytes.
fn drop_etag(recorded: &mut Plain, ours: &mut Plain) {
    if recorded.fields.contains_key("x-nextjs-cache") && !recorded.fields.contains_key("etag") {
        ours.fields.remove("etag");
    }
}

/// Ours has an empty body, as where a handler fails that is asked each time.
fn drop_failure_text(recorded: &mut Plain, ours: &mut Plain) {
    // An edge route answers with the text itself; its HEAD has the fields and no body.
    if recorded.is_failure_text() && ours.code() == "500" && ours.body.is_empty() && ours.field("etag").is_none() {
        recorded.body.clear();
        recorded.fields.remove("etag");
        recorded.fields.remove("content-type");
    }
}

/// Where a page answers, ours is a 404 that says so.
fn reduce_page(recorded: &mut Plain, ours: &mut Plain) {
    if !recorded.is_page() || ours.code() != "404" || !ours.body.contains("belongs to a page") {
        return;
    }
    recorded.clone_from(ours);
}

/// Next.js sends one `Allow` line per method on stored replies, and none on others.
fn join_allow(recorded: &mut Plain, ours: &mut Plain) {
    if recorded.code() != "405" || ours.code() != "405" {
        return;
    }
    match recorded.fields.get_mut("allow") {
        Some(values) => *values = vec![values.join(", ")],
        None => drop(ours.fields.remove("allow")),
    }
}

/// Where the framework answers with a page or text of its own, ours is `application/problem+json` (or HTML): only
/// the status code and the state of the connection are compared.
fn reduce_framework_error(recorded: &mut Plain, ours: &mut Plain) {
    let ours_is_error = ours
        .field("content-type")
        .is_some_and(|kind| kind.starts_with("application/problem+json") || kind.starts_with("text/html"));
    if !recorded.is_framework_error() || !ours_is_error {
        return;
    }
    for reply in [recorded, ours] {
        reply.status = reply.code().to_owned();
        reply.fields.clear();
        reply.body.clear();
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn request() -> Request {
        serde_json::from_value(json!({ "name": "x", "row": "a/b", "send": "GET /" })).unwrap()
    }

    fn answers(status: &str, headers: &[&str], body: &str) -> Answers {
        let reply = json!({ "status": status, "headers": headers, "body": body, "end": "open" });
        serde_json::from_value(json!({ "replies": [reply] })).unwrap()
    }

    #[test]
    fn framing_compression_and_router_vary_are_no_difference() {
        let vary = "vary: rsc, next-router-state-tree, Accept, Accept-Encoding";
        let next = answers("200 OK", &[vary, "Transfer-Encoding: chunked", "Date: x"], "hi");
        let ours = answers("200 OK", &["vary: Accept", "content-length: 2", "date: y"], "hi");
        assert_eq!(compare(&request(), &next, None, &ours), Vec::<String>::new());
    }

    #[test]
    fn status_reason_fields_and_body_are_compared() {
        let next = answers("200 OK", &["x-a: 1"], "hi");
        for ours in [
            answers("201 Created", &["x-a: 1"], "hi"),
            answers("200 Fine", &["x-a: 1"], "hi"),
            answers("200 OK", &["x-a: 2"], "hi"),
            answers("200 OK", &[], "hi"),
            answers("200 OK", &["x-a: 1", "x-b: 1"], "hi"),
            answers("200 OK", &["x-a: 1"], "ho"),
        ] {
            assert_eq!(compare(&request(), &next, None, &ours).len(), 1, "{ours:?}");
        }
    }

    #[test]
    fn a_page_of_the_framework_stands_for_a_problem_of_the_same_status() {
        let next = answers("404 Not Found", &["X-Powered-By: Next.js", "Content-Type: text/html"], "page");
        let problem = |status| answers(status, &["content-type: application/problem+json"], "{}");
        assert!(compare(&request(), &next, None, &problem("404 Not Found")).is_empty());
        assert_eq!(compare(&request(), &next, None, &problem("400 Bad Request")).len(), 1);
        let handlers_own = answers("404 Not Found", &["content-type: text/plain"], "gone");
        assert!(!compare(&request(), &handlers_own, None, &problem("404 Not Found")).is_empty());
    }

    #[test]
    fn an_excuse_that_is_not_needed_is_a_difference() {
        let next = answers("200 OK", &[], "hi");
        let excuse = Ours { row: "a/b".to_owned(), only: None, answers: answers("400 Bad Request", &[], "") };
        assert_eq!(compare(&request(), &next, Some(&excuse), &next).len(), 1);
        let ours = answers("400 Bad Request", &[], "");
        assert!(compare(&request(), &next, Some(&excuse), &ours).is_empty());
    }
}
