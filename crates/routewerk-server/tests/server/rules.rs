//! The rules of next.config, from outside: what they make of requests that mean no good, and on either wire. What they make
//! of the others is compared with Next.js (`conformance/rules`).

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use routewerk_routes::rules::{RuleDefinitions, RuleSettings, Rules};
use routewerk_server::{Hooks, RouterSite};
use serde_json::json;

use crate::http2::{Client, field, run};
use crate::support::{Answer, CachedServer, TestServer, echo, facts, options, reply, site, text};

/// What the server has said of rules that could not be applied.
type Told = Arc<Mutex<Vec<String>>>;

fn rules(definitions: serde_json::Value) -> Rules {
    let definitions: RuleDefinitions = serde_json::from_value(definitions).expect("definitions");
    Rules::compile(&definitions, &RuleSettings::default()).expect("rules")
}

fn with_rules(site: RouterSite, definitions: serde_json::Value) -> (RouterSite, Told) {
    let told = Told::default();
    let heard = Arc::clone(&told);
    let site = site.with_rules(rules(definitions), Some(Duration::from_secs(5)), move |failure| {
        heard.lock().expect("no panic").push(failure.to_string());
    });
    (site, told)
}

fn serve(definitions: serde_json::Value) -> (TestServer, Told) {
    serve_with(definitions, echo)
}

fn serve_with(
    definitions: serde_json::Value,
    behave: impl Fn(routewerk_handler::HandlerCall) -> Answer + Send + Sync + 'static,
) -> (TestServer, Told) {
    let (site, told) = with_rules(site(), definitions);
    (TestServer::serving(site, options(), Hooks::default(), behave), told)
}

fn header(source: &str, key: &str, value: &str) -> serde_json::Value {
    json!({ "source": source, "headers": [{ "key": key, "value": value }] })
}

#[test]
fn a_header_has_the_case_of_the_configuration() {
    let (server, _) = serve(json!({ "headers": [header("/:path*", "X-Frame-Options", "DENY")] }));
    let mut connection = server.connect();
    connection.send("GET /echo HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    let bytes = connection.rest();
    assert!(String::from_utf8_lossy(&bytes).contains("\r\nX-Frame-Options: DENY\r\n"));
}

#[test]
fn http2_gets_the_same_fields() {
    let definitions = json!({
        "headers": [header("/echo", "X-One", "1"), header("/echo", "Content-Type", "text/x"), header("/:path*", "x-all", ":path*")],
        "redirects": [{ "source": "/old/:id", "destination": "/items/:id?a=b", "permanent": true }],
        "rewrites": [{ "source": "/alias/:id", "destination": "/items/:id" }],
    });
    let (server, _) = serve(definitions);
    run(async {
        let mut client = Client::connect(server.address).await;
        let reply = client.get("/echo").await;
        assert_eq!((field(&reply, "x-one"), field(&reply, "content-type")), (Some("1"), Some("text/x")));
        let missing = client.get("/nothing/here").await;
        assert_eq!((missing.status().as_u16(), field(&missing, "x-all")), (404, Some("nothing/here")));
        let moved = client.get("/old/7?q=1").await;
        assert_eq!((moved.status().as_u16(), field(&moved, "location")), (308, Some("/items/7?q=1&a=b")));
        assert_eq!(client.get("/alias/7").await.status().as_u16(), 200);
    });
}

#[test]
fn an_error_page_keeps_its_own_cache_control_and_type() {
    let definitions = json!({ "headers": [
        header("/:path*", "Cache-Control", "public, max-age=3600"), header("/:path*", "Content-Type", "text/css"),
        header("/:path*", "x-kept", "yes"),
    ]});
    let (server, _) = serve_with(definitions, |_| Box::pin(async { Err(routewerk_handler::HandlerError::WorkerDied) }));
    for (target, status) in [("/nothing", 404), ("/items/%zz", 400), ("/about", 404), ("/echo", 502)] {
        let reply = server.get(target);
        assert_eq!(reply.status, status, "{target}");
        assert!(reply.header("cache-control").is_some_and(|value| value.contains("no-store")), "{target}");
        assert_eq!(reply.header("content-type"), Some("application/problem+json"), "{target}");
        assert_eq!(reply.header("x-kept"), Some("yes"), "{target}");
    }
}

#[test]
fn nobody_else_gets_what_a_draft_cookie_has_made() {
    let server = CachedServer::start(|call| {
        let made = text("made");
        let made = if call.generation.is_some() { facts(made) } else { made };
        Box::pin(async { Ok(made) })
    });
    for _ in 0..2 {
        let reply = server.server.get("/posts/ruled");
        assert_eq!((reply.all("cache-control"), reply.all("x-own")), (vec!["public, max-age=60"], vec!["config"]));
    }
    assert_eq!(server.generations(), 1);
    for cookie in [CachedServer::draft_cookie(), "__prerender_bypass=forged".to_owned()] {
        let reply = server.server.connect().request("GET", "/posts/ruled", &[("Cookie", &cookie)], b"");
        let control = reply.all("cache-control");
        assert!(control.iter().all(|value| value.contains("no-store")) && !control.is_empty(), "{cookie}: {control:?}");
    }
}

#[test]
fn a_value_that_would_split_the_reply_is_an_error() {
    let has = |kind: &str| json!([{ "type": kind, "key": "v", "value": "(?<v>[^]*)" }]);
    let definitions = json!({ "headers": [
        { "source": "/echo", "has": has("query"), "headers": [{ "key": "x-v", "value": ":v" }] },
        { "source": "/echo", "has": has("cookie"), "headers": [{ "key": "x-:v", "value": "1" }] },
    ]});
    let (server, told) = serve(definitions);
    assert_eq!(server.get("/echo?v=fine").header("x-v"), Some("fine"));
    for target in ["/echo?v=a%0d%0aset-cookie:%20b=1", "/echo?v=%00", "/echo?v=%E4%B8%96"] {
        let reply = server.get(target);
        assert_eq!((reply.status, reply.header("set-cookie")), (500, None), "{target}");
    }
    for cookie in ["v=content-length", "v=a%20b", "v=%0d%0ax"] {
        let reply = server.connect().request("GET", "/echo", &[("Cookie", cookie)], b"");
        let expected = if cookie == "v=content-length" { 200 } else { 500 };
        assert_eq!(reply.status, expected, "{cookie}");
    }
    assert_eq!(told.lock().expect("no panic").len(), 5);
}

#[test]
fn no_param_leads_a_redirect_to_another_host() {
    let definitions = json!({ "redirects": [
        { "source": "/to", "destination": "/:where", "permanent": false, "has": [{ "type": "query", "key": "where" }] },
        { "source": "/go/:path*", "destination": "/:path*", "permanent": false },
        { "source": "/sub/:name", "destination": "https://:name.example.com/:name", "permanent": false },
    ]});
    let (server, _) = serve(definitions);
    for where_to in [
        "/evil.example",
        "%5Cevil.example",
        "//evil.example",
        "%09//evil.example",
        "%0a/evil.example",
        "/%5C/evil.example",
    ] {
        let reply = server.get(&format!("/to?where={where_to}"));
        let location = reply.header("location").expect("a location").to_owned();
        let behind = location.strip_prefix('/').expect("a path");
        assert!(!behind.starts_with(['/', '\\']), "{where_to}: {location}");
        assert!(location.bytes().all(|byte| byte.is_ascii_graphic()), "{where_to}: {location}");
    }
    for target in ["/go/%2F%2Fevil.example", "/go/%5Cevil.example", "/go/https:%2F%2Fevil.example"] {
        let location = server.get(target).header("location").expect("a location").to_owned();
        assert!(location.starts_with('/') && !location.starts_with("//"), "{target}: {location}");
    }
    for name in ["evil.test%2F", "evil.test%23", "evil.test%3F", "a@evil.test", "evil.test:80", "evil.test%5C"] {
        let location = server.get(&format!("/sub/{name}")).header("location").expect("a location").to_owned();
        let host = location.strip_prefix("https://").and_then(|rest| rest.split('/').next()).expect("a host");
        assert!(host.ends_with(".example.com") && !host.contains(['@', ':', '?', '#', '\\']), "{name}: {location}");
    }
}

#[test]
fn no_path_keeps_a_thread_busy() {
    let definitions = json!({ "redirects": [
        { "source": "/slow/:x((?:(?!z)(?:a|aa|aaa)+)+y)", "destination": "/echo", "permanent": false },
    ]});
    let (server, told) = serve(definitions);
    let begun = Instant::now();
    let reply = server.get(&format!("/slow/{}", "a".repeat(4000)));
    assert_eq!(reply.status, 500);
    assert!(begun.elapsed() < Duration::from_secs(5), "took {:?}", begun.elapsed());
    assert!(told.lock().expect("no panic")[0].contains("given up"));
    assert_eq!(server.get("/slow/aaay").status, 307);
}

#[test]
fn rewrites_that_grow_end() {
    let double = |index: usize| json!({ "source": "/grow/:x*", "destination": "/grow/:x*/:x*", "_": index });
    let definitions = json!({ "rewrites": (0..40).map(double).collect::<Vec<_>>() });
    let (server, told) = serve(definitions);
    assert_eq!(server.get("/grow/a/b/c").status, 500);
    assert!(told.lock().expect("no panic")[0].contains("longer than"));
}

#[test]
fn every_spelling_of_a_path_meets_its_rule() {
    let definitions = json!({ "redirects": [{ "source": "/echo", "destination": "/login", "permanent": false }] });
    let (server, _) = serve(definitions);
    let spellings = [
        "/echo",
        "/ECHO",
        "/x/../echo",
        "/x/%2e%2E/echo",
        "/./echo",
        "/%2e/echo",
        "/echo?",
        "/echo#x",
        "/echo?x=1#y",
        "http://test.example/echo",
        "/echo/",
        "//echo",
        "/\\echo",
        "/echo\\",
    ];
    for target in spellings {
        let reply = server.get(target);
        assert!(matches!(reply.status, 307 | 308), "{target}: {}", reply.status);
    }
    for target in ["/%65cho", "/echo%2F", "/echo;x", "/echo%20", "/echo%00"] {
        assert_eq!(server.get(target).status, 404, "{target}");
    }
}

#[test]
fn a_rewrite_changes_the_params_and_nothing_else() {
    let definitions = json!({ "rewrites": { "afterFiles": [
        { "source": "/shop/:id", "destination": "/items/:id?hidden=1", "has": [{ "type": "header", "key": "x-forwarded-for", "value": "(?<from>.*)" }] },
        { "source": "/post/:id", "destination": "/items/:id" },
    ]}});
    let (server, _) = serve(definitions);
    let reply = server.connect().request("POST", "/post/a%2Fb?q=1", &[], b"body");
    assert_eq!(reply.fact("method").as_deref(), Some("POST"));
    assert!(reply.text().contains("/post/a%2Fb?q=1") && reply.text().contains("a%2Fb"), "{}", reply.text());
    assert_eq!(server.connect().request("DELETE", "/post/a", &[], b"").status, 405);
    assert_eq!(server.connect().request("OPTIONS", "/post/a", &[], b"").status, 204);
    // Fields that the server adds for the handler are no client's, and no rule sees them.
    assert_eq!(server.get("/shop/1").status, 404);
    assert_eq!(server.connect().request("GET", "/shop/1", &[("x-forwarded-for", "1.2.3.4")], b"").status, 200);
}

#[test]
fn fields_stand_on_streams_and_on_replies_to_head() {
    let definitions = json!({ "headers": [header("/echo", "x-config", "yes"), header("/echo", "Vary", "Origin")] });
    let (server, _) = serve_with(definitions, |_| {
        let chunks = crate::support::chunks();
        chunks.give("one");
        chunks.end();
        let body = chunks.body();
        Box::pin(async move { Ok(reply(200, &[("vary", "Cookie"), ("x-config", "own")], body)) })
    });
    for method in ["GET", "HEAD"] {
        let reply = server.connect().request(method, "/echo", &[], b"");
        assert_eq!(reply.all("x-config"), ["yes"], "{method}");
        assert_eq!(reply.all("vary"), ["Origin, Cookie"], "{method}");
    }
}
