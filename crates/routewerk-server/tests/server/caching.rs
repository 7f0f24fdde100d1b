//! Static routes: what is answered from the cache, with which fields, and who gets around it.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use routewerk_cache::{Invalidation, NewReply, Revalidate};

use crate::http2::{Client, body_of, field, run};
use crate::support::{CachedServer, Reply, describe, facts, generated, never, reply, text};

/// Names and values in their order, without what every reply has.
fn fields(reply: &Reply) -> Vec<(&str, &str)> {
    let common = ["Date", "Connection", "Keep-Alive"];
    let shown = reply.headers.iter().filter(|(name, _)| !common.contains(&name.as_str()));
    shown.map(|(name, value)| (name.as_str(), value.as_str())).collect()
}

/// A server whose handlers never answer.
fn stuck() -> CachedServer {
    CachedServer::start(|_| never())
}

/// A server whose generations count up: `1`, `2`, …
fn counting() -> CachedServer {
    let count = AtomicUsize::new(0);
    CachedServer::start(move |_| {
        let number = count.fetch_add(1, Ordering::SeqCst) + 1;
        Box::pin(async move { Ok(facts(text(number.to_string()))) })
    })
}

#[test]
fn a_stored_reply_is_answered_while_every_worker_is_stuck() {
    let server = stuck();
    server.store("/static", &[], generated(200, &[("content-type", "text/plain")], "stored"));
    let mut waiting = server.server.connect();
    waiting.send("GET /dynamic HTTP/1.1\r\nHost: a\r\n\r\n");
    let reply = server.server.get("/static?query=is&no=part");
    assert_eq!((reply.status, reply.text().as_str()), (200, "stored"));
    assert_eq!(server.generations(), 0);
}

#[test]
fn the_fields_of_a_stored_reply_are_in_the_order_of_nextjs() {
    let server = stuck();
    let own =
        [("x-b", "1"), ("content-type", "text/plain"), ("set-cookie", "b=2"), ("set-cookie", "a=1"), ("a-a", "2")];
    server.store(
        "/static",
        &[],
        NewReply { revalidate: Revalidate::After(2), expire: Some(10), ..generated(200, &own, "stored") },
    );
    let reply = server.server.get("/static");
    let etag = reply.header("etag").expect("a tag").to_owned();
    let expected = [
        ("x-nextjs-cache", "HIT"),
        ("a-a", "2"),
        ("cache-control", "s-maxage=2, stale-while-revalidate=8"),
        ("content-type", "text/plain"),
        ("etag", etag.as_str()),
        ("set-cookie", "b=2"),
        ("set-cookie", "a=1"),
        ("x-b", "1"),
        ("Content-Length", "6"),
    ];
    assert_eq!(fields(&reply), expected);
}

#[test]
fn head_has_the_fields_and_no_body() {
    let server = stuck();
    server.store("/static", &[], generated(200, &[], "stored"));
    server.store("/own-head", &[], generated(200, &[], "stored"));
    for target in ["/static", "/own-head"] {
        let mut client = server.server.connect();
        let reply = client.request("HEAD", target, &[], b"");
        assert_eq!((reply.status, reply.header("x-nextjs-cache")), (200, Some("HIT")), "{target}");
        assert_eq!(client.request("GET", "/static", &[], b"").text(), "stored");
    }
}

#[test]
fn a_method_without_a_handler_never_gets_a_stored_get() {
    let server = stuck();
    server.store("/static", &[], generated(200, &[], "stored"));
    for method in ["POST", "PUT", "DELETE", "PATCH"] {
        let fields = [("content-type", "application/x-www-form-urlencoded"), ("next-action", "x")];
        let reply = server.server.connect().request(method, "/static", &fields, b"a=b");
        assert_eq!((reply.status, reply.header("allow")), (405, Some("GET, HEAD, OPTIONS")), "{method}");
        assert_eq!(reply.body, b"");
    }
    assert_eq!(server.server.connect().request("OPTIONS", "/static", &[], b"").status, 204);
}

#[test]
fn a_client_that_holds_the_reply_gets_304() {
    let server = stuck();
    server.store("/static", &[], generated(200, &[("content-type", "text/plain"), ("vary", "x")], "stored"));
    server.store("/posts/[id]", &["own"], generated(200, &[("etag", "\"own\"")], "stored"));
    server.store("/posts/[id]", &["gone"], generated(404, &[("etag", "\"own\"")], "stored"));
    let mut client = server.server.connect();
    let etag = client.request("GET", "/static", &[], b"").header("etag").expect("a tag").to_owned();
    assert!(etag.starts_with("W/\""), "{etag}");
    let held = client.request("GET", "/static", &[("If-None-Match", &etag)], b"");
    let expected =
        [("x-nextjs-cache", "HIT"), ("cache-control", "s-maxage=31536000"), ("etag", etag.as_str()), ("vary", "x")];
    assert_eq!((held.status, held.reason.as_str(), held.body.len()), (304, "Not Modified", 0));
    assert_eq!(fields(&held), expected);
    assert_eq!(client.request("GET", "/static", &[("If-None-Match", "\"other\"")], b"").status, 200);
    assert_eq!(client.request("HEAD", "/posts/own", &[("If-None-Match", "W/\"own\"")], b"").status, 304);
    assert_eq!(client.request("GET", "/posts/gone", &[("If-None-Match", "\"own\"")], b"").status, 404);
}

#[test]
fn statuses_without_a_body_are_served() {
    let server = stuck();
    for status in [204, 304, 302, 404] {
        let body = if matches!(status, 204 | 304) { "" } else { "text" };
        server.store("/posts/[id]", &[&status.to_string()], generated(status, &[("location", "/x")], body));
        let mut client = server.server.connect();
        let reply = client.request("GET", &format!("/posts/{status}"), &[], b"");
        assert_eq!((reply.status, reply.text().as_str()), (status, body));
        assert_eq!(reply.header("etag").is_some(), status == 204, "{status}");
        assert_eq!(client.request("GET", &format!("/posts/{status}"), &[], b"").status, status);
    }
}

#[test]
fn a_long_body_arrives_whole() {
    let server = stuck();
    let long: String = ('a'..='z').cycle().take(300_000).collect();
    server.store("/static", &[], generated(200, &[], long.clone()));
    let mut client = server.server.connect();
    for _ in 0..3 {
        assert_eq!(client.request("GET", "/static", &[], b"").text(), long);
    }
}

#[test]
fn pipelined_requests_are_answered_in_order() {
    let server = CachedServer::start(|_| Box::pin(async { Ok(text("called")) }));
    server.store("/static", &[], generated(200, &[], "stored"));
    let mut client = server.server.connect();
    let head = |target: &str| format!("GET {target} HTTP/1.1\r\nHost: a\r\n\r\n");
    client.send([head("/static"), head("/dynamic"), head("/static")].concat());
    let texts = [(); 3].map(|()| client.reply("GET").text());
    assert_eq!(texts, ["stored", "called", "stored"]);
}

#[test]
fn http2_gets_the_same_reply() {
    let server = stuck();
    server.store("/static", &[], generated(200, &[("x-own", "1")], "stored"));
    run(async {
        let mut client = Client::connect(server.server.address).await;
        let response = client.get("/static").await;
        assert_eq!(field(&response, "x-nextjs-cache"), Some("HIT"));
        assert_eq!(field(&response, "cache-control"), Some("s-maxage=31536000"));
        assert_eq!(field(&response, "x-own"), Some("1"));
        assert_eq!(field(&response, "content-length"), Some("6"));
        assert_eq!(body_of(response).await, "stored");
    });
}

#[test]
fn internal_fields_of_a_client_mean_nothing() {
    let server = stuck();
    server.store("/static", &[], generated(200, &[], "stored"));
    let sent = [
        ("x-prerender-revalidate", "00112233445566778899aabbccddeeff"),
        ("x-prerender-revalidate-if-generated", "1"),
        ("x-nextjs-cache", "MISS"),
        ("x-nextjs-data", "1"),
        ("x-matched-path", "/dynamic"),
        ("rsc", "1"),
        ("cache-control", "no-cache"),
        ("purpose", "prefetch"),
    ];
    let reply = server.server.connect().request("GET", "/static", &sent, b"");
    assert_eq!((reply.status, reply.header("x-nextjs-cache")), (200, Some("HIT")));
    assert_eq!(server.generations(), 0);
}

#[test]
fn who_sees_drafts_gets_around_the_cache() {
    let server = CachedServer::start(|call| {
        let seen = describe(&call);
        Box::pin(async move {
            Ok(reply(
                200,
                &[("cache-control", "public"), ("x-own", "1")],
                routewerk_handler::ReplyBody::Complete(seen.into()),
            ))
        })
    });
    server.store("/static", &[], generated(200, &[], "stored"));
    let cookie = CachedServer::draft_cookie();
    let mut client = server.server.connect();
    let draft = client.request("GET", "/static", &[("cookie", &cookie)], b"");
    assert_eq!(draft.all("cache-control"), ["private, no-cache, no-store, max-age=0, must-revalidate"]);
    assert_eq!((draft.header("x-own"), draft.header("x-nextjs-cache")), (Some("1"), Some("HIT")));
    assert_eq!(draft.fact("cookie"), Some(cookie.clone()));
    let guess = cookie.replace('0', "1");
    let forged = client.request("GET", "/static", &[("cookie", &guess)], b"");
    assert_eq!((forged.text().as_str(), forged.all("set-cookie").len()), ("stored", 2));
    assert!(forged.all("set-cookie")[0].starts_with("__prerender_bypass=; Path=/; Expires=Thu, 01 Jan 1970"));
    assert_eq!(client.request("GET", "/listed/z", &[("cookie", &cookie)], b"").fact("params").as_deref(), Some("z"));
}

#[test]
fn nothing_of_a_client_is_in_a_generation() {
    let server = CachedServer::start(|call| {
        let seen = describe(&call);
        assert_eq!(call.generation, Some(routewerk_handler::Generation::OnDemand));
        Box::pin(async move { Ok(facts(text(seen))) })
    });
    let sent = [("cookie", "secret=1"), ("x-forwarded-proto", "https"), ("x-forwarded-host", "evil.example")];
    let seen = server.server.connect().request("HEAD", "/posts/%61%2fb@%c3%bc?q=1", &sent, b"");
    assert_eq!(seen.header("x-nextjs-cache"), Some("MISS"));
    let seen = server.server.get("/posts/a%2Fb%40%C3%BC");
    assert_eq!(seen.header("x-nextjs-cache"), Some("HIT"));
    let port = server.server.address.port();
    let expected = format!(
        "method GET\nroute 1\nurl http://localhost:{port}/posts/a%2Fb@%C3%BC\nparams a%2Fb@%C3%BC\nbody empty\n"
    );
    assert_eq!(seen.text(), expected);
}

#[test]
fn one_param_with_a_slash_and_two_are_two_entries() {
    let server = counting();
    let texts = ["/files/a%2Fb", "/files/a/b", "/files", "/files/a%2fb"].map(|path| server.server.get(path).text());
    assert_eq!(texts, ["1", "2", "3", "1"]);
}

#[test]
fn params_that_are_not_listed_are_served_by_others_or_not_at_all() {
    let server = CachedServer::start(|call| {
        let route = call.route.0.to_string();
        Box::pin(async move { Ok(facts(text(route))) })
    });
    for (path, route) in [("/listed/a", "2"), ("/listed/b%20c", "2"), ("/listed/z", "3"), ("/listed/%61", "2")] {
        assert_eq!(server.server.get(path).text(), route, "{path}");
    }
    assert_eq!(
        server.server.connect().request("POST", "/listed/z", &[], b"").header("allow"),
        Some("GET, HEAD, OPTIONS")
    );
}

#[test]
fn params_that_are_called_are_not_stored_beside_those_that_are() {
    let server = CachedServer::start(|call| {
        let seen = call.generation.is_some().to_string();
        Box::pin(async move { Ok(facts(text(seen))) })
    });
    for (path, is_generation, state) in [("/partly/a", "true", Some("HIT")), ("/partly/z", "false", None)] {
        server.server.get(path);
        let reply = server.server.get(path);
        assert_eq!((reply.text().as_str(), reply.header("x-nextjs-cache")), (is_generation, state), "{path}");
    }
}

#[test]
fn a_server_error_is_given_to_who_waited_and_never_stored() {
    let count = AtomicUsize::new(0);
    let server = CachedServer::start(move |_| {
        let status = if count.fetch_add(1, Ordering::SeqCst) == 0 { 503 } else { 200 };
        let body = routewerk_handler::ReplyBody::Complete("body".into());
        Box::pin(async move { Ok(facts(reply(status, &[], body))) })
    });
    let failed = server.server.get("/static");
    assert_eq!((failed.status, failed.text().as_str(), failed.header("x-nextjs-cache")), (503, "body", Some("MISS")));
    assert_eq!(failed.header("cache-control"), Some("private, no-cache, no-store, max-age=0, must-revalidate"));
    assert_eq!((server.server.get("/static").status, server.generations()), (200, 2));
}

#[test]
fn a_stale_entry_is_served_once_more_and_made_anew() {
    let server = counting();
    let state = |reply: &Reply| (reply.header("x-nextjs-cache").map(str::to_owned), reply.text());
    let state_of = |text: &str, body: &str| (Some(text.to_owned()), body.to_owned());
    assert_eq!(state(&server.server.get("/static")), state_of("MISS", "1"));
    server.pass(2);
    assert_eq!(state(&server.server.get("/static")), state_of("HIT", "1"));
    server.pass(1);
    assert_eq!(state(&server.server.get("/static")), state_of("STALE", "1"));
    crate::support::wait_until("it is made anew", || server.server.get("/static").text() == "2");
    assert_eq!(state(&server.server.get("/static")), state_of("HIT", "2"));
    assert_eq!(server.generations(), 2);
}

#[test]
fn an_expired_entry_is_waited_for_and_called_a_hit() {
    let server = counting();
    server.server.get("/static");
    server.pass(1001);
    let reply = server.server.get("/static");
    assert_eq!((reply.header("x-nextjs-cache"), reply.text().as_str()), (Some("HIT"), "2"));
}

#[test]
fn an_invalidated_tag_is_a_miss_and_a_stale_one_is_stale() {
    let server = counting();
    server.server.get("/static");
    server.cache.invalidate(["tag"], Invalidation::Expire, server.now());
    let reply = server.server.get("/static");
    assert_eq!((reply.header("x-nextjs-cache"), reply.text().as_str()), (Some("MISS"), "2"));
    server.cache.invalidate(["other"], Invalidation::Expire, server.now());
    assert_eq!(server.server.get("/static").text(), "2");
    server.cache.invalidate(["tag"], Invalidation::Stale, server.now());
    let reply = server.server.get("/static");
    assert_eq!((reply.header("x-nextjs-cache"), reply.text().as_str()), (Some("STALE"), "2"));
}

#[test]
fn a_reply_that_streams_is_stored_whole() {
    let stream = crate::support::chunks();
    for part in ["one ", "two ", "three"] {
        stream.give(part);
    }
    stream.end();
    let server = CachedServer::start(move |_| {
        let body = stream.body();
        Box::pin(async move { Ok(facts(reply(200, &[], body))) })
    });
    for state in ["MISS", "HIT"] {
        let reply = server.server.get("/static");
        assert_eq!((reply.header("x-nextjs-cache"), reply.text().as_str()), (Some(state), "one two three"));
    }
}

#[test]
fn after_work_of_a_generation_begins_when_its_reply_is_complete() {
    let notified = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&notified);
    let server = CachedServer::start(move |_| {
        let count = Arc::clone(&count);
        let sent = routewerk_handler::SentNotice::new(move || {
            count.fetch_add(1, Ordering::SeqCst);
        });
        let mut made = facts(text("made"));
        made.sent = Some(sent);
        Box::pin(async move { Ok(made) })
    });
    server.server.get("/static");
    server.server.get("/static");
    assert_eq!(notified.load(Ordering::SeqCst), 1);
}

#[test]
fn a_long_text_is_sent_in_the_form_that_the_client_takes() {
    use std::io::Read;
    let server = stuck();
    let long = "a stored reply of some length; ".repeat(200);
    let own = [("content-type", "text/plain"), ("vary", "x-own")];
    server.store("/static", &[], generated(200, &own, long.clone()));
    let mut client = server.server.connect();
    let mut get = |accept: &str| client.request("GET", "/static", &[("Accept-Encoding", accept)], b"");
    let plain = get("identity");
    assert_eq!((plain.text(), plain.all("vary")), (long.clone(), vec!["x-own, Accept-Encoding"]));
    for encoding in ["gzip", "br", "zstd"] {
        crate::support::wait_until("the form is made", || get(encoding).header("content-encoding") == Some(encoding));
    }
    let decoded = |encoding: &str, body: &[u8]| {
        let mut text = String::new();
        match encoding {
            "gzip" => drop(flate2::read::GzDecoder::new(body).read_to_string(&mut text).expect("gzip")),
            "br" => drop(brotli::Decompressor::new(body, 4096).read_to_string(&mut text).expect("brotli")),
            _ => text = String::from_utf8(zstd::stream::decode_all(body).expect("zstd")).expect("text"),
        }
        text
    };
    for encoding in ["gzip", "br", "zstd"] {
        let reply = get(encoding);
        assert!(reply.body.len() < long.len() / 2, "{encoding}");
        assert_eq!(decoded(encoding, &reply.body), long, "{encoding}");
        assert_eq!((reply.header("etag"), reply.header("x-nextjs-cache")), (plain.header("etag"), Some("HIT")));
    }
    assert_eq!(get("gzip, br").header("content-encoding"), Some("br"));
    assert_eq!(get("identity").text(), long);
    let etag = plain.header("etag").expect("a tag").to_owned();
    let fields = [("Accept-Encoding", "br"), ("If-None-Match", etag.as_str())];
    let held = server.server.connect().request("GET", "/static", &fields, b"");
    assert_eq!((held.status, held.header("content-encoding")), (304, None));
    let bare = server.server.connect().request("HEAD", "/static", &[("Accept-Encoding", "br")], b"");
    assert_eq!((bare.status, bare.header("content-encoding")), (200, None));
    assert_eq!(server.generations(), 0);
}

#[test]
fn what_is_short_or_no_text_has_one_form() {
    let server = stuck();
    let long = "x".repeat(5000);
    server.store("/posts/[id]", &["short"], generated(200, &[("content-type", "text/plain")], "short"));
    server.store("/posts/[id]", &["image"], generated(200, &[("content-type", "image/png")], long.clone()));
    let encoded = [("content-type", "text/plain"), ("content-encoding", "own")];
    server.store("/posts/[id]", &["encoded"], generated(200, &encoded, long));
    for path in ["/posts/short", "/posts/image", "/posts/encoded"] {
        let reply = server.server.connect().request("GET", path, &[("Accept-Encoding", "gzip, br")], b"");
        assert_eq!(reply.header("vary"), None, "{path}");
        assert_eq!(reply.header("content-encoding").is_some(), path == "/posts/encoded");
    }
}
