//! One test per security advisory of Next.js whose lesson concerns stored replies: no client changes what others get.

use routewerk_handler::ReplyBody;

use crate::support::{CachedServer, Reply, describe, facts, reply, text};

/// A server whose generations answer all that they know of a request.
fn telling() -> CachedServer {
    CachedServer::start(|call| {
        let seen = describe(&call);
        Box::pin(async move { Ok(facts(text(seen))) })
    })
}

/// A request: its method, target and fields.
type Hostile<'a> = (&'a str, &'a str, &'a [(&'a str, &'a str)]);

/// What the next client gets.
fn clean(server: &CachedServer, target: &str) -> Reply {
    server.server.get(target)
}

#[test]
fn cve_2024_46982_what_the_first_client_sends_is_in_nobody_elses_reply() {
    let expected = {
        let server = telling();
        clean(&server, "/posts/a").text().replace(&server.server.address.port().to_string(), "port")
    };
    let hostile: [Hostile<'_>; 9] = [
        ("GET", "/posts/a?x=1&nxtPid=b&__nextLocale=de", &[]),
        ("GET", "/posts/%61", &[]),
        ("HEAD", "/posts/a", &[("range", "bytes=0-0")]),
        ("GET", "/posts/a", &[("host", "evil.example"), ("x-forwarded-host", "evil.example")]),
        ("GET", "/posts/a", &[("x-forwarded-proto", "https"), ("x-forwarded-port", "1"), ("forwarded", "host=evil")]),
        ("GET", "/posts/a", &[("x-now-route-matches", "1=b"), ("x-matched-path", "/posts/b"), ("x-nextjs-data", "1")]),
        ("GET", "/posts/a", &[("x-http-method-override", "POST"), ("x-invoke-status", "404"), ("x-invoke-error", "1")]),
        ("GET", "/posts/a", &[("cookie", "user=1"), ("authorization", "Bearer 1"), ("accept-language", "de")]),
        (
            "GET",
            "/posts/a",
            &[("cookie", "__prerender_bypass=0"), ("if-none-match", "*"), ("cache-control", "no-store")],
        ),
    ];
    for (method, target, fields) in hostile {
        let server = telling();
        let first = server.server.connect().request(method, target, fields, b"");
        assert!(matches!(first.status, 200 | 304 | 400), "{method} {target} {fields:?}: {}", first.status);
        let next = clean(&server, "/posts/a");
        let seen = next.text().replace(&server.server.address.port().to_string(), "port");
        assert_eq!((next.status, seen.as_str()), (200, expected.as_str()), "{method} {target} {fields:?}");
        assert_eq!(next.header("set-cookie"), None, "{fields:?}");
        assert_eq!(server.generations(), 1, "{method} {target} {fields:?}");
    }
}

#[test]
fn cve_2025_49826_an_empty_reply_takes_no_place_of_a_whole_one() {
    let server = telling();
    let mut client = server.server.connect();
    for (method, fields) in
        [("HEAD", &[][..]), ("GET", &[("if-none-match", "*")][..]), ("GET", &[("range", "bytes=0-0")])]
    {
        client.request(method, "/posts/a", fields, b"");
    }
    let next = clean(&server, "/posts/a");
    assert_eq!((next.status, next.text().is_empty()), (200, false));
    assert_eq!(next.header("x-nextjs-cache"), Some("HIT"));
}

#[test]
fn cve_2026_44576_a_reply_of_another_form_is_never_stored_in_its_place() {
    let server = telling();
    for target in
        ["/posts/a/", "//posts/a", "/posts//a", "/POSTS/a", "/posts/a.rsc", "/posts/%2e%2e/posts/a", "/posts/A"]
    {
        server.server.get(target);
    }
    for fields in [[("rsc", "1")], [("next-router-prefetch", "1")], [("accept", "text/x-component")]] {
        server.server.connect().request("GET", "/posts/a", &fields, b"");
    }
    let next = clean(&server, "/posts/a");
    assert_eq!(next.fact("params").as_deref(), Some("a"));
    assert_eq!(next.fact("method").as_deref(), Some("GET"));
}

#[test]
fn what_drafts_show_is_stored_for_nobody() {
    let server = CachedServer::start(|call| {
        let shown = if call.generation.is_some() { "published" } else { "draft" };
        Box::pin(async move {
            let made = reply(200, &[], ReplyBody::Complete(shown.into()));
            Ok(if shown == "draft" { made } else { facts(made) })
        })
    });
    let cookie = CachedServer::draft_cookie();
    let mut client = server.server.connect();
    for method in ["GET", "HEAD"] {
        assert_eq!(client.request(method, "/posts/a", &[("cookie", &cookie)], b"").status, 200);
    }
    assert_eq!((clean(&server, "/posts/a").text().as_str(), server.generations()), ("published", 1));
    assert_eq!(client.request("GET", "/posts/a", &[("cookie", &cookie)], b"").text(), "draft");
    assert_eq!(clean(&server, "/posts/a").text(), "published");
}
