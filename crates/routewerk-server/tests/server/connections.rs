//! The life of a connection: keep-alive, pipelining, HTTP/1.0, HEAD, the last reply.

use std::time::Duration;

use crate::support::{TestServer, describe, options, text};
use routewerk_server::{Hooks, ServerOptions, Timeouts};

#[test]
fn a_connection_is_used_again_and_says_for_how_long() {
    let server = TestServer::echo();
    let mut client = server.connect();
    for id in 0..3 {
        let reply = client.request("GET", &format!("/items/{id}"), &[], b"");
        assert_eq!(reply.fact("params"), Some(id.to_string()));
        assert_eq!(reply.header("connection"), Some("keep-alive"));
        assert_eq!(reply.header("keep-alive"), Some("timeout=5"));
        assert!(reply.header("date").is_some_and(|date| date.ends_with(" GMT") && date.len() == 29), "{reply:?}");
    }
    assert_eq!(server.running().counters().connections_accepted, 1);
}

#[test]
fn connection_close_is_heeded_and_answered() {
    let server = TestServer::echo();
    for value in ["close", "Close", "keep-alive, close"] {
        let mut client = server.connect();
        let reply = client.request("GET", "/echo", &[("Connection", value)], b"");
        assert_eq!((reply.status, reply.header("connection")), (200, Some("close")));
        assert_eq!(reply.header("keep-alive"), None);
        assert!(client.is_closed());
    }
}

#[test]
fn bytes_behind_the_last_request_do_not_cost_its_reply() {
    let server = TestServer::start(|_| Box::pin(async { Ok(text("z".repeat(500_000))) }));
    for _ in 0..20 {
        let mut client = server.connect();
        let more = "GET /echo HTTP/1.1\r\nHost: a\r\n\r\n".repeat(2000);
        client.send(format!("GET /echo HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n{more}"));
        let reply = client.reply("GET");
        assert_eq!((reply.body.len(), reply.is_complete), (500_000, true));
    }
}

#[test]
fn http10_is_kept_alive_only_on_request() {
    let server = TestServer::echo();
    let mut client = server.connect();
    for _ in 0..2 {
        let reply = client.send("GET /echo HTTP/1.0\r\nConnection: keep-alive\r\n\r\n").reply("GET");
        assert_eq!((reply.status, reply.header("connection")), (200, Some("keep-alive")));
    }
    let reply = client.send("GET /echo HTTP/1.0\r\n\r\n").reply("GET");
    assert_eq!(reply.header("connection"), Some("close"));
    assert!(client.is_closed());
}

#[test]
fn pipelined_requests_are_answered_in_order() {
    let server = TestServer::start(|call| {
        Box::pin(async move {
            // The first ones take longest.
            let id: u64 = call.params.parse().unwrap_or_default();
            tokio::time::sleep(Duration::from_millis((5 - id) * 5)).await;
            Ok(text(describe(&call)))
        })
    });
    let mut client = server.connect();
    let requests: String = (0..5).map(|id| format!("GET /items/{id} HTTP/1.1\r\nHost: a\r\n\r\n")).collect();
    client.send(requests);
    for id in 0..5 {
        assert_eq!(client.reply("GET").fact("params"), Some(id.to_string()));
    }
}

#[test]
fn pipelined_requests_with_bodies_end_where_they_should() {
    let server = TestServer::echo();
    let mut client = server.connect();
    client.send(concat!(
        "POST /items/1 HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc",
        "POST /items/2 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nde\r\n1\r\nf\r\n0\r\n\r\n",
        "GET /items/3 HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nGET ",
        "POST /items/4 HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n",
        "GET /items/5 HTTP/1.1\r\nHost: a\r\n\r\n",
    ));
    let bodies = ["abc", "def", "", "", ""];
    for (index, body) in bodies.iter().enumerate() {
        let reply = client.reply("POST");
        assert_eq!((reply.fact("params"), reply.echoed()), (Some((index + 1).to_string()), (*body).to_owned()));
    }
}

#[test]
fn replies_to_pipelined_requests_are_not_held_back_by_a_slow_one() {
    let server = TestServer::start(|call| {
        Box::pin(async move {
            if call.params == "slow" {
                std::future::pending::<()>().await;
            }
            Ok(text("quick"))
        })
    });
    let mut client = server.connect();
    client.send("GET /items/1 HTTP/1.1\r\nHost: a\r\n\r\nGET /items/slow HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_eq!(client.reply("GET").text(), "quick");
}

#[test]
fn a_client_with_many_requests_does_not_starve_the_others() {
    let server = TestServer::echo();
    let mut greedy = server.connect();
    let writer = greedy.socket().try_clone().expect("a clone");
    let flooding = std::thread::spawn(move || {
        let requests = "GET /echo HTTP/1.1\r\nHost: a\r\n\r\n".repeat(20_000);
        std::io::Write::write_all(&mut &writer, requests.as_bytes()).expect("the server reads");
    });
    let reading = std::thread::spawn(move || {
        for _ in 0..20_000 {
            assert_eq!(greedy.reply("GET").status, 200);
        }
    });
    let mut other = server.connect();
    for _ in 0..20 {
        let begun = std::time::Instant::now();
        assert_eq!(other.request("GET", "/echo", &[], b"").status, 200);
        assert!(begun.elapsed() < Duration::from_secs(1), "{:?}", begun.elapsed());
    }
    flooding.join().expect("sent");
    reading.join().expect("answered");
}

#[test]
fn a_thousand_pipelined_requests_are_all_answered() {
    let server = TestServer::echo();
    let mut client = server.connect();
    let writer = client.socket().try_clone().expect("a clone");
    let sending = std::thread::spawn(move || {
        let requests: String = (0..1000).map(|id| format!("GET /items/{id} HTTP/1.1\r\nHost: a\r\n\r\n")).collect();
        std::io::Write::write_all(&mut &writer, requests.as_bytes()).expect("the server reads");
    });
    for id in 0..1000 {
        assert_eq!(client.reply("GET").fact("params"), Some(id.to_string()));
    }
    sending.join().expect("sent");
}

#[test]
fn head_gets_the_fields_of_get_and_no_body() {
    let server = TestServer::echo();
    let mut client = server.connect();
    for _ in 0..2 {
        let reply = client.request("HEAD", "/echo", &[], b"");
        assert_eq!(
            (reply.status, reply.header("content-length"), reply.header("transfer-encoding")),
            (200, None, None)
        );
    }
    // Nothing of a body stands between this reply and the ones before.
    assert_eq!(client.request("GET", "/echo", &[], b"").fact("method").as_deref(), Some("GET"));
}

#[test]
fn an_idle_connection_is_closed_after_its_time() {
    let timeouts = Timeouts { keep_alive: Duration::from_millis(80), ..Timeouts::default() };
    let server = TestServer::with(ServerOptions { timeouts, ..options() }, Hooks::default(), crate::support::echo);
    let mut client = server.connect();
    let reply = client.request("GET", "/echo", &[], b"");
    assert_eq!(reply.header("keep-alive"), Some("timeout=0"));
    let begun = std::time::Instant::now();
    assert!(client.is_closed());
    assert!(begun.elapsed() >= Duration::from_millis(70), "{:?}", begun.elapsed());
}

#[test]
fn a_connection_in_use_outlives_the_idle_time() {
    let timeouts = Timeouts { keep_alive: Duration::from_millis(200), ..Timeouts::default() };
    let server = TestServer::with(ServerOptions { timeouts, ..options() }, Hooks::default(), |_| {
        Box::pin(async {
            tokio::time::sleep(Duration::from_millis(600)).await;
            Ok(text("late"))
        })
    });
    let mut client = server.connect();
    assert_eq!(client.request("GET", "/echo", &[], b"").text(), "late");
    assert_eq!(client.request("GET", "/echo", &[], b"").text(), "late");
}
