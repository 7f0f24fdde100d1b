//! One test per security advisory of Next.js whose lesson concerns the server: none of them reproduces.

use crate::support::{TestServer, chunks, reply};

#[test]
fn cve_2025_29927_internal_headers_do_not_come_in() {
    let server = TestServer::echo();
    let internal = [
        "x-middleware-subrequest",
        "X-Middleware-Rewrite",
        "x-middleware-redirect",
        "x-middleware-set-cookie",
        "x-middleware-skip",
        "x-middleware-override-headers",
        "x-middleware-request-authorization",
        "x-middleware-next",
        "x-now-route-matches",
        "x-matched-path",
        "x-nextjs-data",
        "X-NEXTJS-postponed",
        "x-next-resume-state-length",
        "next-resume",
    ];
    let mut fields: Vec<_> = internal.iter().map(|name| (*name, "1")).collect();
    fields.push(("x-own", "kept"));
    let reply = server.connect().request("GET", "/echo", &fields, b"");
    for name in internal {
        assert!(reply.facts(&name.to_lowercase()).is_empty(), "{name} came in");
    }
    assert_eq!(reply.facts("x-own"), ["kept"]);
}

#[test]
fn cve_2026_44574_a_query_never_changes_params() {
    let server = TestServer::echo();
    let reply = server.get("/items/real?id=fake&nxtPid=fake&nxtIid=fake&nextParamid=fake");
    assert_eq!(reply.fact("params").as_deref(), Some("real"));
    let url = reply.fact("url").expect("a url");
    assert!(!url.contains("nxtP") && !url.contains("nxtI"), "{url}");
}

#[test]
fn cve_2026_44575_a_path_has_one_spelling_for_all_rules() {
    let server = TestServer::echo();
    // Variants of page rendering mean nothing: each is a path of its own, and this project has no such route.
    for target in ["/echo.rsc", "/echo.segments/x.segment.rsc", "/_next/data/build/echo.json", "/ech%6F", "/ECHO"] {
        assert_eq!(server.get(target).status, 404, "{target}");
    }
}

#[test]
fn cve_2026_44572_a_data_request_is_an_ordinary_request() {
    let server = TestServer::echo();
    let reply = server.connect().request("GET", "/echo/", &[("x-nextjs-data", "1")], b"");
    assert_eq!((reply.status, reply.header("location")), (308, Some("/echo")));
    assert_eq!(reply.header("x-nextjs-redirect"), None);
}

#[test]
fn cve_2026_44578_a_foreign_absolute_target_is_not_followed() {
    let server = TestServer::echo();
    for (target, upgrade) in [("http://169.254.169.254/latest", false), ("http://169.254.169.254/latest", true)] {
        let mut client = server.connect();
        let fields = if upgrade { "Connection: Upgrade\r\nUpgrade: websocket\r\n" } else { "" };
        client.send(format!("GET {target} HTTP/1.1\r\nHost: test.example\r\n{fields}\r\n"));
        if upgrade {
            assert!(client.is_closed());
        } else {
            let reply = client.reply("GET");
            assert_eq!((reply.status, reply.header("location")), (400, None));
        }
    }
}

#[test]
fn cve_2026_64649_the_host_field_does_not_name_the_origin() {
    let server = TestServer::echo();
    let mut client = server.connect();
    client.send("GET /echo HTTP/1.1\r\nHost: evil.example\r\nX-Forwarded-Host: evil.example\r\n\r\n");
    let url = client.reply("GET").fact("url").expect("a url");
    assert_eq!(url, format!("http://localhost:{}/echo", server.address.port()));
}

#[test]
fn cve_2026_29057_a_chunked_body_of_any_method_ends_where_it_ends() {
    let server = TestServer::echo();
    for method in ["DELETE", "OPTIONS", "GET", "PATCH", "PROPFIND"] {
        let mut client = server.connect();
        let body = "GET /items/smuggled HTTP/1.1\r\nHost: a\r\n\r\n";
        client.send(format!(
            "{method} /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n{:x}\r\n{body}\r\n0\r\n\r\n\
             GET /items/next HTTP/1.1\r\nHost: a\r\n\r\n",
            body.len()
        ));
        client.reply(method);
        assert_eq!(client.reply("GET").fact("params").as_deref(), Some("next"), "{method}");
    }
}

#[test]
fn cve_2024_34350_no_second_reply_can_be_injected_behind_the_first() {
    // Whatever a handler's stream holds is inside of its framing.
    let stream = chunks();
    let given = stream.clone();
    let server = TestServer::start(move |call| {
        let body = given.body();
        let is_stream = call.params == "stream";
        Box::pin(async move { Ok(if is_stream { reply(200, &[], body) } else { crate::support::text("own") }) })
    });
    stream.give("0\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison");
    stream.end();
    let mut client = server.connect();
    client.send("GET /items/stream HTTP/1.1\r\nHost: a\r\n\r\nGET /items/1 HTTP/1.1\r\nHost: a\r\n\r\n");
    assert!(client.reply("GET").text().ends_with("poison"));
    assert_eq!(client.reply("GET").text(), "own");
}

#[test]
fn cve_2025_57822_request_headers_do_not_become_response_headers() {
    let server = TestServer::echo();
    let reply = server.connect().request("GET", "/echo", &[("Location", "http://evil.example"), ("X-A", "b")], b"");
    assert_eq!((reply.header("location"), reply.header("x-a")), (None, None));
}

#[test]
fn cve_2026_27979_no_request_makes_the_server_buffer_without_bound() {
    let server = TestServer::start(|_| crate::support::never());
    let mut client = server.connect();
    // Pipelined requests behind one that is being answered are read ahead no further than one head.
    client.send("GET /echo HTTP/1.1\r\nHost: a\r\n\r\n");
    client.socket().set_nonblocking(true).expect("an option can be set");
    let piece = "GET /echo HTTP/1.1\r\nHost: a\r\n\r\n".repeat(2000);
    let mut sent = 0;
    let begun = std::time::Instant::now();
    while begun.elapsed() < std::time::Duration::from_millis(300) {
        match std::io::Write::write(&mut client.socket(), piece.as_bytes()) {
            Ok(count) => sent += count,
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {
                std::thread::sleep(std::time::Duration::from_millis(5));
            }
            Err(error) => panic!("{error}"),
        }
        assert!(sent < 64 * 1024 * 1024, "the server takes everything");
    }
    assert_eq!(server.running().counters().requests, 1);
}
