//! Replies on the wire: fields, framing, reasons, null bodies.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use bytes::Bytes;
use routewerk_handler::{HandlerError, HandlerReply, HeaderBlock, ReplyBody, SentNotice};

use crate::support::{TestServer, chunks, reply, text, wait_until};

/// A server whose only reply is this one, made anew for each call.
fn answering(make: impl Fn() -> HandlerReply + Send + Sync + 'static) -> TestServer {
    TestServer::start(move |_| {
        let reply = make();
        Box::pin(async move { Ok(reply) })
    })
}

#[test]
fn a_known_length_is_told() {
    let server = answering(|| text("hello"));
    let reply = server.get("/echo");
    assert_eq!((reply.header("content-length"), reply.header("transfer-encoding")), (Some("5"), None));
    assert_eq!((reply.status, reply.reason.as_str(), reply.text().as_str()), (200, "OK", "hello"));
}

#[test]
fn fields_go_out_in_the_order_of_the_handler_and_framing_last() {
    let server = answering(|| {
        let fields = [("b", "1"), ("set-cookie", "a=1"), ("a", "2"), ("set-cookie", "b=2"), ("empty", "")];
        reply(201, &fields, ReplyBody::Complete(Bytes::from_static(b"x")))
    });
    let reply = server.get("/echo");
    let names: Vec<_> = reply.headers.iter().map(|(name, _)| name.as_str()).collect();
    let own = ["b", "set-cookie", "a", "set-cookie", "empty"];
    assert_eq!(names, [&own[..], &["Date", "Connection", "Keep-Alive", "Content-Length"]].concat());
    assert_eq!(reply.all("set-cookie"), ["a=1", "b=2"]);
    assert_eq!(reply.reason, "Created");
}

#[test]
fn latin1_values_go_out_as_their_bytes() {
    let server = answering(|| {
        let mut headers = HeaderBlock::new();
        headers.push(b"x-latin", b"caf\xe9").expect("valid");
        HandlerReply { headers, ..text("") }
    });
    let mut client = server.connect();
    client.send("GET /echo HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    let bytes = client.rest();
    assert!(bytes.windows(15).any(|window| window == b"x-latin: caf\xe9\r\n"), "{bytes:?}");
}

#[test]
fn a_reason_of_the_handler_is_kept_and_an_unknown_status_is_unknown() {
    let server =
        answering(|| HandlerReply { status: 202, reason: Some(Bytes::from_static(b"Custom Text")), ..text("") });
    assert_eq!(server.get("/echo").reason, "Custom Text");
    let server = answering(|| HandlerReply { status: 599, ..text("") });
    assert_eq!(server.get("/echo").reason, "unknown");
    let server = answering(|| HandlerReply { status: 418, ..text("") });
    assert_eq!(server.get("/echo").reason, "I'm a Teapot");
}

#[test]
fn a_reason_that_would_split_the_reply_is_not_sent() {
    for wrong in ["OK\r\nset-cookie: a=1", "OK\nx", "\0"] {
        let server = answering(move || HandlerReply { reason: Some(Bytes::from_static(wrong.as_bytes())), ..text("") });
        let reply = server.get("/echo");
        assert_eq!((reply.reason.as_str(), reply.header("set-cookie")), ("OK", None));
    }
}

#[test]
fn framing_and_internal_fields_of_a_handler_never_go_out() {
    let server = answering(|| {
        let fields = [
            ("content-length", "99"),
            ("transfer-encoding", "gzip"),
            ("keep-alive", "timeout=99"),
            ("x-middleware-rewrite", "/x"),
            ("x-middleware-set-cookie", "a=1"),
            ("x-nextjs-data", "1"),
            ("x-own", "kept"),
            ("content-encoding", "gzip"),
        ];
        reply(200, &fields, ReplyBody::Complete(Bytes::from_static(b"abc")))
    });
    let reply = server.get("/echo");
    assert_eq!(reply.all("content-length"), ["3"]);
    assert_eq!(reply.all("keep-alive"), ["timeout=5"]);
    assert_eq!((reply.header("x-own"), reply.header("content-encoding")), (Some("kept"), Some("gzip")));
    assert!(reply.headers.iter().all(|(name, _)| !name.starts_with("x-middleware") && !name.starts_with("x-nextjs")));
}

#[test]
fn a_date_of_the_handler_stands_alone() {
    let server = answering(|| reply(200, &[("date", "Thu, 01 Jan 1970 00:00:00 GMT")], ReplyBody::Null));
    assert_eq!(server.get("/echo").all("date"), ["Thu, 01 Jan 1970 00:00:00 GMT"]);
}

#[test]
fn connection_close_of_a_handler_is_heeded() {
    let server = answering(|| reply(200, &[("connection", "close")], ReplyBody::Null));
    let mut client = server.connect();
    let reply = client.request("GET", "/echo", &[], b"");
    assert_eq!((reply.all("connection"), reply.header("keep-alive")), (vec!["close"], None));
    assert!(client.is_closed());
}

#[test]
fn connection_keep_alive_of_a_handler_is_echoed_but_does_not_overrule_the_client() {
    let server = answering(|| reply(200, &[("connection", "keep-alive")], ReplyBody::Null));
    let mut client = server.connect();
    let reply = client.request("GET", "/echo", &[], b"");
    assert_eq!((reply.all("connection"), reply.header("keep-alive")), (vec!["keep-alive"], None));
    let reply = client.request("GET", "/echo", &[("Connection", "close")], b"");
    assert_eq!(reply.all("connection"), ["close"]);
    assert!(client.is_closed());
}

#[test]
fn statuses_without_a_body_have_none_and_no_framing() {
    for status in [204, 304] {
        let server = answering(move || reply(status, &[], ReplyBody::Complete(Bytes::from_static(b"wrong"))));
        let mut client = server.connect();
        for _ in 0..2 {
            let reply = client.request("GET", "/echo", &[], b"");
            let framing = (reply.header("content-length"), reply.header("transfer-encoding"));
            assert_eq!((reply.status, framing), (status, (None, None)));
        }
    }
}

#[test]
fn a_null_body_has_length_zero() {
    for status in [200, 205, 500] {
        let server = answering(move || reply(status, &[], ReplyBody::Null));
        assert_eq!(server.get("/echo").header("content-length"), Some("0"));
    }
}

#[test]
fn a_stream_for_a_head_request_is_dropped_unread() {
    let stream = chunks();
    let given = stream.clone();
    let server = TestServer::start(move |_| {
        let body = given.body();
        Box::pin(async move { Ok(reply(200, &[("a", "b")], body)) })
    });
    stream.give("unread");
    let mut client = server.connect();
    let reply = client.request("HEAD", "/echo", &[], b"");
    assert_eq!((reply.header("a"), reply.header("transfer-encoding")), (Some("b"), None));
    wait_until("the stream is dropped", || stream.is_dropped());
    assert_eq!(stream.taken(), 0);
}

#[test]
fn a_long_reply_arrives_whole() {
    let body: Bytes = (0..20_000_000_u32).map(|index| (index % 251) as u8).collect::<Vec<_>>().into();
    let expected = body.clone();
    let server = answering(move || reply(200, &[], ReplyBody::Complete(body.clone())));
    let mut client = server.connect();
    for _ in 0..2 {
        assert!(client.request("GET", "/echo", &[], b"").body == expected);
    }
}

#[test]
fn long_and_short_replies_to_pipelined_requests_keep_their_order() {
    let server = TestServer::start(|call| {
        let length: usize = call.params.parse().unwrap_or_default();
        Box::pin(async move { Ok(text("z".repeat(length))) })
    });
    let lengths = [1, 100_000, 0, 8192, 8193, 70_000, 2, 300_000, 5];
    let requests: String =
        lengths.iter().map(|length| format!("GET /items/{length} HTTP/1.1\r\nHost: a\r\n\r\n")).collect();
    let mut client = server.connect();
    client.send(requests);
    for length in lengths {
        assert_eq!(client.reply("GET").body.len(), length);
    }
}

#[test]
fn a_notice_fires_when_the_reply_has_been_sent() {
    let notified = Arc::new(AtomicBool::new(false));
    let seen = Arc::clone(&notified);
    let server = TestServer::start(move |_| {
        let seen = Arc::clone(&seen);
        Box::pin(async move {
            let notice = SentNotice::new(move || seen.store(true, Ordering::Relaxed));
            Ok(HandlerReply { sent: Some(notice), ..text("x".repeat(30_000_000)) })
        })
    });
    let mut client = server.connect();
    client.send("GET /echo HTTP/1.1\r\nHost: a\r\n\r\n");
    client.head();
    assert!(!notified.load(Ordering::Relaxed), "the socket cannot have taken all of it");
    let mut body = Vec::new();
    assert!(client.read_exactly(30_000_000, &mut body));
    wait_until("the notice fires", || notified.load(Ordering::Relaxed));
}

#[test]
fn a_call_without_a_reply_is_told_by_its_status_alone() {
    for (error, status) in [
        (HandlerError::WorkerDied, 502),
        (HandlerError::Protocol("secret detail".to_owned()), 502),
        (HandlerError::TimedOut(std::time::Duration::from_secs(1)), 504),
        (HandlerError::Unavailable, 503),
        (HandlerError::ShuttingDown, 503),
    ] {
        let server = TestServer::start(move |_| {
            let error = error.clone();
            Box::pin(async move { Err(error) })
        });
        let mut client = server.connect();
        let reply = client.request("GET", "/echo", &[], b"");
        assert_eq!((reply.status, reply.header("content-type")), (status, Some("application/problem+json")));
        assert_eq!(reply.header("retry-after"), (status == 503).then_some("1"));
        assert!(!reply.text().contains("secret"));
        assert_eq!(client.request("GET", "/nowhere", &[], b"").status, 404, "the connection goes on");
    }
}

#[test]
fn a_status_that_is_none_is_502() {
    for status in [0, 99, 100, 199, 600, 1000] {
        let server = answering(move || HandlerReply { status, ..text("never seen") });
        let reply = server.get("/echo");
        assert_eq!(reply.status, 502);
        assert!(!reply.text().contains("never seen"));
    }
}
