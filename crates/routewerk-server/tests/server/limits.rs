//! Every limit from both sides.

use std::time::{Duration, Instant};

use routewerk_server::{Hooks, Limits, OptionError, OriginPolicy, ServerOptions, Timeouts};

use crate::support::{TestServer, chunks, echo, never, options, reply, text, wait_until};

fn with_limits(limits: Limits) -> TestServer {
    TestServer::with(ServerOptions { limits, ..options() }, Hooks::default(), echo)
}

fn with_timeouts(timeouts: Timeouts) -> TestServer {
    TestServer::with(ServerOptions { timeouts, ..options() }, Hooks::default(), echo)
}

/// A request whose head is exactly so long.
fn head_of(length: usize) -> String {
    let rest = "GET /echo HTTP/1.1\r\nHost: a\r\nX: \r\n\r\n";
    rest.replace("X: ", &format!("X: {}", "x".repeat(length - rest.len())))
}

#[test]
fn a_head_may_be_as_long_as_the_limit_and_no_longer() {
    for limit in [1024, 16 * 1024, 100_000] {
        let server = with_limits(Limits { max_head_bytes: limit, ..Limits::default() });
        assert_eq!(server.connect().send(head_of(limit)).reply("GET").status, 200, "{limit}");
        let mut client = server.connect();
        let reply = client.send(head_of(limit + 1)).reply("GET");
        assert_eq!((reply.status, reply.header("connection")), (431, Some("close")), "{limit}");
        assert!(client.is_closed());
    }
}

#[test]
fn a_head_that_never_ends_is_431_at_the_limit() {
    let server = TestServer::echo();
    let mut client = server.connect();
    client.send("GET /echo HTTP/1.1\r\nHost: a\r\n");
    for _ in 0..17 {
        client.try_send(format!("X: {}\r\n", "y".repeat(1020)));
    }
    assert_eq!(client.reply("GET").status, 431);
}

#[test]
fn a_target_may_be_as_long_as_the_limit_and_no_longer() {
    let server = with_limits(Limits { max_target_bytes: 100, ..Limits::default() });
    let target = |length: usize| format!("/items/{}", "i".repeat(length - 7));
    assert_eq!(server.get(&target(100)).status, 200);
    let mut client = server.connect();
    let reply = client.request("GET", &target(101), &[], b"");
    assert_eq!((reply.status, reply.header("connection")), (414, Some("close")));
    assert!(client.is_closed());
}

#[test]
fn a_request_line_that_never_ends_is_414() {
    let server = TestServer::echo();
    let mut client = server.connect();
    client.send(format!("GET /{}", "a".repeat(17_000)));
    assert_eq!(client.reply("GET").status, 414);
}

#[test]
fn a_request_may_have_as_many_fields_as_the_limit_and_no_more() {
    for limit in [10, 64, 65, 500] {
        let server = with_limits(Limits { max_header_fields: limit, ..Limits::default() });
        let head = |count: usize| {
            let fields: String = (1..count).map(|index| format!("F{index}: v\r\n")).collect();
            format!("GET /echo HTTP/1.1\r\nHost: a\r\n{fields}\r\n")
        };
        let reply = server.connect().send(head(limit)).reply("GET");
        assert_eq!((reply.status, reply.fact(&format!("f{}", limit - 1)).as_deref()), (200, Some("v")), "{limit}");
        let mut client = server.connect();
        assert_eq!(client.send(head(limit + 1)).reply("GET").status, 431, "{limit}");
        assert!(client.is_closed());
    }
}

#[test]
fn a_body_may_be_as_long_as_the_limit_and_no_longer() {
    let server = with_limits(Limits { max_body_bytes: Some(1000), ..Limits::default() });
    let mut client = server.connect();
    assert_eq!(client.request("POST", "/echo", &[], &[b'x'; 1000]).echoed().len(), 1000);
    let reply = client.request("POST", "/echo", &[], &[b'x'; 1001]);
    assert_eq!((reply.status, reply.header("connection")), (413, Some("close")));
    assert!(client.is_closed());
}

#[test]
fn a_body_that_claims_too_much_is_413_before_it_is_sent() {
    let server = with_limits(Limits { max_body_bytes: Some(1000), ..Limits::default() });
    for expect in ["", "Expect: 100-continue\r\n"] {
        let mut client = server.connect();
        client.send(format!("POST /echo HTTP/1.1\r\nHost: a\r\n{expect}Content-Length: 1001\r\n\r\n"));
        assert_eq!(client.head().status, 413);
    }
    assert_eq!(server.running().counters().calls_pending, 0);
}

#[test]
fn chunks_may_sum_up_to_the_limit_and_no_further() {
    let server = with_limits(Limits { max_body_bytes: Some(1000), ..Limits::default() });
    let chunked = "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
    let piece = format!("1f4\r\n{}\r\n", "y".repeat(500));
    let mut client = server.connect();
    assert_eq!(client.send(format!("{chunked}{piece}{piece}0\r\n\r\n")).reply("POST").echoed().len(), 1000);
    assert_eq!(client.send(format!("{chunked}{piece}{piece}1\r\nz\r\n0\r\n\r\n")).reply("POST").status, 413);
    // While the handler reads already.
    let mut client = server.connect();
    client.send(format!("{chunked}{piece}"));
    wait_until("the call is made", || server.running().counters().calls_pending == 1);
    client.send(&piece).send("1\r\n");
    assert_eq!(client.reply("POST").status, 413);
    assert!(client.is_closed());
}

#[test]
fn what_is_left_of_a_body_is_drained_up_to_the_limit() {
    let limits = Limits { max_drain_bytes: 1000, ..Limits::default() };
    let server = TestServer::with(ServerOptions { limits, ..options() }, Hooks::default(), |_| {
        Box::pin(async { Ok(text("done")) })
    });
    let head = |length: usize| format!("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: {length}\r\n\r\n");
    let mut client = server.connect();
    assert_eq!(client.send(head(1000)).reply("POST").header("connection"), Some("keep-alive"));
    client.send([b'x'; 1000]);
    assert_eq!(client.send(head(1001)).reply("POST").header("connection"), Some("close"));
    // Of chunks it is not known before.
    let mut client = server.connect();
    client.send("POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
    assert_eq!(client.reply("POST").header("connection"), Some("keep-alive"));
    client.send(format!("{:x}\r\n{}\r\n", 1001, "y".repeat(1001)));
    assert!(client.is_closed());
}

#[test]
fn connections_beyond_the_limit_wait_for_a_place() {
    let limits = Limits { max_connections: 2, ..Limits::default() };
    let server = with_limits(limits);
    let mut first = server.connect();
    let mut second = server.connect();
    assert_eq!(first.request("GET", "/echo", &[], b"").status, 200);
    assert_eq!(second.request("GET", "/echo", &[], b"").status, 200);
    let mut third = server.connect();
    third.send("GET /echo HTTP/1.1\r\nHost: a\r\n\r\n");
    assert!(third.is_silent_for(Duration::from_millis(80)));
    assert_eq!(server.running().counters().connections_open, 2);
    drop(first);
    assert_eq!(third.reply("GET").status, 200);
}

#[test]
fn calls_beyond_the_limit_are_503() {
    let stream = chunks();
    let given = stream.clone();
    let limits = Limits { max_pending_calls: 2, ..Limits::default() };
    let server = TestServer::with(ServerOptions { limits, ..options() }, Hooks::default(), move |call| {
        if call.params == "hang" {
            return never();
        }
        let body = given.body();
        Box::pin(async move { Ok(reply(200, &[], body)) })
    });
    stream.give("x");
    stream.end();
    let hanging: Vec<_> = (0..2)
        .map(|_| {
            let mut client = server.connect();
            client.send("GET /items/hang HTTP/1.1\r\nHost: a\r\n\r\n");
            client
        })
        .collect();
    wait_until("both calls are made", || server.running().counters().calls_pending == 2);
    let mut client = server.connect();
    let reply = client.request("GET", "/echo", &[], b"");
    assert_eq!((reply.status, reply.header("retry-after")), (503, Some("1")));
    drop(hanging);
    wait_until("both calls are given up", || server.running().counters().calls_pending == 0);
    assert_eq!(client.request("GET", "/echo", &[], b"").status, 200);
}

#[test]
fn a_head_that_comes_too_slowly_is_408() {
    let server = with_timeouts(Timeouts { head: Duration::from_millis(150), ..Timeouts::default() });
    let mut client = server.connect();
    let begun = Instant::now();
    client.send("GET /ec");
    // A byte now and then does not help.
    for byte in ["h", "o", " "] {
        std::thread::sleep(Duration::from_millis(20));
        client.send(byte);
    }
    let reply = client.reply("GET");
    assert_eq!((reply.status, reply.header("connection")), (408, Some("close")));
    assert!(begun.elapsed() >= Duration::from_millis(130), "{:?}", begun.elapsed());
    assert!(client.is_closed());
    assert_eq!(server.running().counters().timeouts, 1);
}

#[test]
fn a_second_head_has_the_same_time() {
    let server = with_timeouts(Timeouts { head: Duration::from_millis(100), ..Timeouts::default() });
    let mut client = server.connect();
    assert_eq!(client.request("GET", "/echo", &[], b"").status, 200);
    // Idle time is another limit.
    std::thread::sleep(Duration::from_millis(250));
    client.send("GET /echo HTTP/1.1\r\n");
    assert_eq!(client.reply("GET").status, 408);
}

#[test]
fn a_connection_without_a_byte_is_closed_without_one() {
    let server = with_timeouts(Timeouts { head: Duration::from_millis(100), ..Timeouts::default() });
    assert!(server.connect().is_closed());
}

#[test]
fn a_body_that_comes_too_slowly_is_408() {
    let server = with_timeouts(Timeouts { request: Some(Duration::from_millis(120)), ..Timeouts::default() });
    let mut client = server.connect();
    client.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n");
    for _ in 0..3 {
        std::thread::sleep(Duration::from_millis(20));
        client.send("x");
    }
    let reply = client.reply("POST");
    assert_eq!((reply.status, reply.header("connection")), (408, Some("close")));
    assert!(client.is_closed());
    wait_until("the call is given up", || server.running().counters().calls_pending == 0);
}

#[test]
fn a_body_that_came_in_time_leaves_the_handler_its_own() {
    let timeouts = Timeouts { request: Some(Duration::from_millis(80)), ..Timeouts::default() };
    let server = TestServer::with(ServerOptions { timeouts, ..options() }, Hooks::default(), |call| {
        Box::pin(async move {
            let body = crate::support::whole_body(call.body).await;
            tokio::time::sleep(Duration::from_millis(300)).await;
            Ok(text(format!("{:?}", body.map(|body| body.len()))))
        })
    });
    let mut client = server.connect();
    client.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nx");
    wait_until("the call is made", || server.running().counters().calls_pending == 1);
    client.send("y");
    assert_eq!(client.reply("POST").text(), "Ok(2)");
}

#[test]
fn options_out_of_range_are_refused() {
    let range = |limits| ServerOptions { limits, ..options() }.check().expect_err("out of range");
    let default = Limits::default;
    for (limits, name) in [
        (Limits { max_head_bytes: 1023, ..default() }, "max_head_bytes"),
        (Limits { max_head_bytes: 1024 * 1024 + 1, ..default() }, "max_head_bytes"),
        (Limits { max_target_bytes: 63, ..default() }, "max_target_bytes"),
        (Limits { max_header_fields: 7, ..default() }, "max_header_fields"),
        (Limits { max_connections: 0, ..default() }, "max_connections"),
        (Limits { max_pending_calls: 0, ..default() }, "max_pending_calls"),
        (Limits { max_http2_streams: 0, ..default() }, "max_http2_streams"),
    ] {
        assert!(matches!(range(limits), OptionError::Range { name: found, .. } if found == name), "{name}");
    }
    let timeouts = Timeouts { head: Duration::from_millis(9), ..Timeouts::default() };
    let error = ServerOptions { timeouts, ..options() }.check().expect_err("out of range");
    assert_eq!(error.to_string(), "`head` is 9ms, expected 10ms to 3600s");
    for origin in ["api.example.com", "https://", "https://a/b", "https://u@a", "ftp://a", "https://a b"] {
        let options = ServerOptions { origin: OriginPolicy::Fixed(origin.to_owned()), ..options() };
        assert!(matches!(options.check(), Err(OptionError::Origin { .. })), "{origin}");
    }
    let zero = Timeouts { keep_alive: Duration::ZERO, ..Timeouts::default() };
    assert_eq!(
        (zero.keep_alive(), ServerOptions { timeouts: zero, ..options() }.check()),
        (Duration::from_secs(5), Ok(()))
    );
}
