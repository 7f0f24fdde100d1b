//! Request heads: what is accepted, what is refused, and that nothing is ever read in two ways.

use crate::support::{TestServer, reply};
use routewerk_handler::ReplyBody;

/// Sends bytes on a connection of their own; the status of the one answer, after which the connection must close.
#[track_caller]
fn refused(server: &TestServer, bytes: impl AsRef<[u8]>) -> u16 {
    let mut client = server.connect();
    client.send(bytes);
    let reply = client.reply("GET");
    assert_eq!(reply.header("connection"), Some("close"), "{reply:?}");
    assert_eq!(reply.header("content-type"), Some("application/problem+json"), "{reply:?}");
    assert!(client.is_closed());
    reply.status
}

const HOST: &str = "Host: a\r\n";

#[test]
fn a_malformed_head_is_400_and_ends_the_connection() {
    let server = TestServer::echo();
    for head in [
        "GET /echo HTTP/1.1\n Host: a\r\n\r\n",
        "GET /echo HTTP/1.1\nHost: a\n\n",
        "GET /echo HTTP/1.1\r\nHost: a\n\r\n",
        "GET /echo HTTP/1.1\r\nHost: a\r\n\n",
        "\nGET /echo HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET /echo HTTP/1.1\r\nHost: a\r\nA: b\r\n c\r\n\r\n",
        "GET /echo HTTP/1.1\r\nHost: a\r\nA : b\r\n\r\n",
        "GET /echo HTTP/1.1\r\nHost: a\r\n A: b\r\n\r\n",
        "GET /echo HTTP/1.1\r\nHost: a\r\n: b\r\n\r\n",
        "GET /echo HTTP/1.1\r\nHost: a\r\nA\r\n\r\n",
        "GET /echo HTTP/1.1\r\nHost: a\r\nA: b\0c\r\n\r\n",
        "GET /echo HTTP/1.1\r\nHost: a\r\nA: b\u{1}c\r\n\r\n",
        "GET /echo HTTP/1.1\r\nHost: a\r\nA: b\u{7f}c\r\n\r\n",
        "GET /echo HTTP/1.1\r\nHost: a\r\nA: b\rc\r\n\r\n",
        "GET /echo HTTP/1.1\r\nHost: a\r\n(A): b\r\n\r\n",
        "GET  /echo HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET /echo  HTTP/1.1\r\nHost: a\r\n\r\n",
        " GET /echo HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET /ec ho HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET /echo\r\nHost: a\r\n\r\n",
        "GET /echo HTTP/1.1 \r\nHost: a\r\n\r\n",
        "GET /echo HTTP/1.2\r\nHost: a\r\n\r\n",
        "GET /echo HTTP/2.0\r\nHost: a\r\n\r\n",
        "GET /echo http/1.1\r\nHost: a\r\n\r\n",
        "GET /echo HTTP/1.10\r\nHost: a\r\n\r\n",
        "\u{16}\u{3}\u{1}\u{2}\0\u{1}\0\u{1}\r\n\r\n",
        "hello\r\n\r\n",
    ] {
        assert_eq!(refused(&server, head), 400, "{head:?}");
    }
    assert_eq!(server.running().counters().requests, 0);
}

#[test]
fn a_method_that_node_does_not_know_is_400_and_ends_the_connection() {
    let server = TestServer::echo();
    for method in ["FOO", "get", "Get", "GETX", "PRI"] {
        assert_eq!(refused(&server, format!("{method} /echo HTTP/1.1\r\n{HOST}\r\n")), 400, "{method}");
    }
}

#[test]
fn a_target_that_is_neither_path_nor_url_is_400_and_ends_the_connection() {
    let server = TestServer::echo();
    for target in ["echo", "?a", "#", "a:b", "//", "http:/a"].iter().filter(|target| !target.starts_with('/')) {
        assert_eq!(refused(&server, format!("GET {target} HTTP/1.1\r\n{HOST}\r\n")), 400, "{target}");
    }
}

#[test]
fn an_http11_request_needs_exactly_one_well_formed_host() {
    let server = TestServer::echo();
    for fields in ["", "Host: a\r\nHost: a\r\n", "Host: a b\r\n", "Host: a/b\r\n", "Host: u@a\r\n", "Host: a,b\r\n"] {
        assert_eq!(refused(&server, format!("GET /echo HTTP/1.1\r\n{fields}\r\n")), 400, "{fields:?}");
    }
    for host in ["a", "a:80", "[::1]:3000", "a.b-c_d", ""] {
        let mut client = server.connect();
        let reply = client.send(format!("GET /echo HTTP/1.1\r\nHost: {host}\r\n\r\n")).reply("GET");
        assert_eq!(reply.status, 200, "{host:?}");
    }
}

#[test]
fn an_http10_request_needs_no_host() {
    let server = TestServer::echo();
    let mut client = server.connect();
    let reply = client.send("GET /echo HTTP/1.0\r\n\r\n").reply("GET");
    assert_eq!((reply.status, reply.header("connection")), (200, Some("close")));
    assert_eq!(reply.fact("x-forwarded-host").as_deref(), Some("localhost"));
    assert!(client.is_closed());
}

#[test]
fn two_ways_to_end_a_body_are_400_and_nothing_behind_them_is_a_request() {
    let server = TestServer::echo();
    let smuggled = "GET /items/smuggled HTTP/1.1\r\nHost: a\r\n\r\n";
    for framing in [
        "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n",
        "Content-Length: 3\r\nContent-Length: 4\r\n",
        "Content-Length: 3\r\nContent-Length: 3\r\n",
        "Content-Length: 3, 3\r\n",
        "Content-Length: +3\r\n",
        "Content-Length: -3\r\n",
        "Content-Length: 0x3\r\n",
        "Content-Length: 3 3\r\n",
        "Content-Length:\r\n",
        "Content-Length: 99999999999999999999\r\n",
        "Content-Length: 1e1\r\n",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding: chunked, chunked\r\n",
        "Transfer-Encoding: gzip, chunked\r\n",
        "Transfer-Encoding: chunked, identity\r\n",
        "Transfer-Encoding: identity\r\n",
        "Transfer-Encoding: xchunked\r\n",
        "Transfer-Encoding: \"chunked\"\r\n",
        "Transfer-Encoding: chunked;a=b\r\n",
        "Transfer-Encoding:\u{b}chunked\r\n",
        "Transfer-Encoding:\r\n",
    ] {
        let request = format!("POST /echo HTTP/1.1\r\n{HOST}{framing}\r\n0\r\n\r\n{smuggled}");
        assert_eq!(refused(&server, request), 400, "{framing:?}");
    }
    let old = format!("POST /echo HTTP/1.0\r\n{HOST}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n{smuggled}");
    assert_eq!(refused(&server, old), 400);
    assert_eq!(server.running().counters().requests, 0);
}

#[test]
fn names_of_framing_fields_are_known_in_any_case() {
    let server = TestServer::echo();
    let both = format!("POST /echo HTTP/1.1\r\n{HOST}cONTENT-lENGTH: 3\r\nTRANSFER-encoding: CHUNKED\r\n\r\n");
    assert_eq!(refused(&server, both), 400);
    let mut client = server.connect();
    client.send(format!("POST /echo HTTP/1.1\r\n{HOST}TRANSFER-encoding: CHUNKED\r\n\r\n3\r\nabc\r\n0\r\n\r\n"));
    assert_eq!(client.reply("POST").echoed(), "abc");
}

#[test]
fn field_names_are_lowered_and_values_keep_their_bytes() {
    let server = TestServer::start(|call| {
        Box::pin(async move {
            let value = call.headers.first("x-latin").map(<[u8]>::to_vec).unwrap_or_default();
            Ok(reply(200, &[], ReplyBody::Complete(value.into())))
        })
    });
    let mut client = server.connect();
    client.send(b"GET /echo HTTP/1.1\r\nHost: a\r\nX-LATIN:\t \xe9\xff t\x80  \r\n\r\n");
    assert_eq!(client.reply("GET").body, b"\xe9\xff t\x80");
}

#[test]
fn repeated_fields_stay_apart_and_in_order() {
    let server = TestServer::echo();
    let reply = server.connect().request("GET", "/echo", &[("A", "1"), ("B", "2"), ("a", "3")], b"");
    assert_eq!(reply.facts("a"), ["1", "3"]);
}

#[test]
fn empty_lines_before_a_request_are_passed_over() {
    let server = TestServer::echo();
    let mut client = server.connect();
    client.send(format!("\r\n\r\nGET /items/1 HTTP/1.1\r\n{HOST}\r\n\r\nGET /items/2 HTTP/1.1\r\n{HOST}\r\n"));
    assert_eq!(client.reply("GET").fact("params").as_deref(), Some("1"));
    assert_eq!(client.reply("GET").fact("params").as_deref(), Some("2"));
}

#[test]
fn connect_and_upgrade_are_ended_without_a_byte() {
    let server = TestServer::echo();
    for head in [
        "CONNECT a:80 HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET /echo HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
        "GET /nowhere HTTP/1.1\r\nHost: a\r\nConnection: keep-alive, upgrade\r\nUpgrade: websocket\r\n\r\n",
    ] {
        assert!(server.connect().send(head).is_closed(), "{head:?}");
    }
}

#[test]
fn an_offer_of_cleartext_http2_is_passed_over() {
    let server = TestServer::echo();
    let fields =
        [("Connection", "Upgrade, HTTP2-Settings"), ("Upgrade", "h2c"), ("HTTP2-Settings", "AAMAAABkAAQAAP__")];
    assert_eq!(server.connect().request("GET", "/echo", &fields, b"").status, 200);
}

#[test]
fn a_head_that_ends_with_the_connection_is_400() {
    let server = TestServer::echo();
    let mut client = server.connect();
    client.send("GET /echo HTTP/1.1\r\nHost:").finish_sending();
    assert_eq!(client.reply("GET").status, 400);
}
