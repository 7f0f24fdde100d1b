//! `Expect: 100-continue` and other expectations.

use crate::support::{TestServer, wait_until};

const HEAD: &str = "POST /echo HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n";

#[test]
fn the_client_is_told_to_go_on() {
    let server = TestServer::echo();
    let mut client = server.connect();
    client.send(HEAD);
    let interim = client.head();
    assert_eq!((interim.status, interim.reason.as_str(), interim.headers.len()), (100, "Continue", 0));
    client.send("abc");
    let reply = client.reply("POST");
    assert_eq!((reply.echoed().as_str(), reply.fact("expect").as_deref()), ("abc", Some("100-continue")));
    assert_eq!(client.request("GET", "/echo", &[], b"").status, 200);
}

#[test]
fn a_body_that_is_here_already_needs_no_word() {
    let server = TestServer::echo();
    let mut client = server.connect();
    client.send(format!("{HEAD}abc"));
    assert_eq!(client.head().status, 200);
}

#[test]
fn a_request_that_is_refused_is_not_told_to_go_on_and_the_connection_ends() {
    let server = TestServer::echo();
    for target in ["/nowhere", "/files/x"] {
        let mut client = server.connect();
        client.send(HEAD.replace("/echo", target));
        let reply = client.head();
        assert!(matches!(reply.status, 404 | 405), "{reply:?}");
        assert_eq!(reply.header("connection"), Some("close"));
    }
}

#[test]
fn http10_knows_no_expectation() {
    let server = TestServer::echo();
    let mut client = server.connect();
    client.send(HEAD.replace("HTTP/1.1", "HTTP/1.0"));
    wait_until("the call is made", || server.running().counters().calls_pending == 1);
    client.send("abc");
    assert_eq!(client.head().status, 200);
}

#[test]
fn an_expectation_that_nobody_knows_is_417() {
    let server = TestServer::echo();
    let mut client = server.connect();
    let reply = client.send("GET /echo HTTP/1.1\r\nHost: a\r\nExpect: the-impossible\r\n\r\n").reply("GET");
    assert_eq!((reply.status, reply.body.len()), (417, 0));
    assert_eq!(client.request("GET", "/echo", &[], b"").status, 200);
}
