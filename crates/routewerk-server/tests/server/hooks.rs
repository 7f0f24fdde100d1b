//! The observer and the gate.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use routewerk_handler::{HandlerError, RouteId};
use routewerk_server::{Gate, GateFuture, GatePage, GatePass, GateRequest, Hooks, Protocol};

use crate::support::{Recorder, TestServer, chunks, echo, never, options, reply, text, wait_until};

fn observed(
    behave: impl Fn(routewerk_handler::HandlerCall) -> crate::support::Answer + Send + Sync + 'static,
) -> (TestServer, Recorder) {
    let recorder = Recorder::default();
    (TestServer::with(options(), recorder.hooks(), behave), recorder)
}

#[test]
fn every_finished_request_is_told() {
    let (server, recorder) = observed(|_| Box::pin(async { Ok(text("hello")) }));
    let mut client = server.connect();
    client.request("GET", "/items/1?q=2", &[], b"");
    client.request("GET", "/nowhere", &[], b"");
    client.send("HEAD /echo HTTP/1.0\r\n\r\n").reply("HEAD");
    wait_until("all are told", || recorder.seen().len() == 3);
    let seen = recorder.seen();
    let first = &seen[0];
    assert_eq!((first.method.as_str(), first.target.as_str(), first.route), ("GET", "/items/1?q=2", Some(1)));
    assert_eq!((first.status, first.body_bytes, first.has_handler_time), (Some(200), 5, true));
    assert_eq!((first.protocol, first.end.as_str()), (Protocol::Http11, "completed"));
    assert_eq!((seen[1].status, seen[1].route, seen[1].has_handler_time), (Some(404), None, false));
    assert_eq!((seen[2].protocol, seen[2].body_bytes), (Protocol::Http10, 0));
}

#[test]
fn a_stream_is_told_at_its_end_with_its_bytes() {
    let stream = chunks();
    let given = stream.clone();
    let (server, recorder) = observed(move |_| {
        let body = given.body();
        Box::pin(async move { Ok(reply(200, &[], body)) })
    });
    let mut client = server.connect();
    client.send("GET /echo HTTP/1.1\r\nHost: a\r\n\r\n");
    stream.give("12345");
    client.head();
    client.chunk();
    assert!(recorder.seen().is_empty());
    stream.give("678");
    stream.end();
    wait_until("it is told", || recorder.seen().len() == 1);
    assert_eq!((recorder.seen()[0].body_bytes, recorder.seen()[0].end.as_str()), (8, "completed"));
}

#[test]
fn a_broken_stream_is_told_with_its_cause() {
    let stream = chunks();
    stream.give("12345");
    stream.fail();
    let (server, recorder) = observed(move |_| {
        let body = stream.body();
        Box::pin(async move { Ok(reply(200, &[], body)) })
    });
    server.get("/echo");
    wait_until("it is told", || recorder.seen().len() == 1);
    assert_eq!(recorder.seen()[0].end, "broken: the reply's stream failed: boom");
}

#[test]
fn a_call_without_a_reply_is_told_with_its_cause() {
    let (server, recorder) = observed(|_| Box::pin(async { Err(HandlerError::TimedOut(Duration::from_secs(7))) }));
    assert_eq!(server.get("/echo").status, 504);
    wait_until("it is told", || recorder.seen().len() == 1);
    assert_eq!((recorder.seen()[0].status, recorder.seen()[0].end.as_str()), (Some(504), "failed: no reply within 7s"));
    assert_eq!(server.running().counters().calls_failed, 1);
}

#[test]
fn a_client_that_left_is_told_without_a_status() {
    let (server, recorder) = observed(|_| never());
    let mut client = server.connect();
    client.send("GET /echo HTTP/1.1\r\nHost: a\r\n\r\n");
    wait_until("the call is made", || server.running().counters().calls_pending == 1);
    drop(client);
    wait_until("it is told", || recorder.seen().len() == 1);
    assert_eq!((recorder.seen()[0].status, recorder.seen()[0].end.as_str()), (None, "gone"));
}

#[test]
fn a_refused_head_is_told() {
    let (server, recorder) = observed(echo);
    server.connect().send("nonsense\r\n\r\n").reply("GET");
    assert_eq!(recorder.refused(), [400]);
    assert_eq!(server.running().counters().requests_refused, 1);
}

/// Lets a route pass, holds another back, answers for a third.
#[derive(Default)]
struct TestGate {
    asked: AtomicUsize,
    abandoned: Arc<AtomicUsize>,
}

impl Gate for TestGate {
    fn prepare(&self, request: &GateRequest<'_>) -> Option<GateFuture> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        assert!(request.headers.contains("host") && request.url.starts_with("http://localhost:"));
        match request.route {
            RouteId(0) => None,
            RouteId(1) => Some(Box::pin(async {
                tokio::time::sleep(Duration::from_millis(20)).await;
                Ok(GatePass::Plain)
            })),
            RouteId(2) => Some(Box::pin(async {
                let body = Bytes::from_static(b"<p>syntax error");
                Err(GatePage { status: 500, content_type: "text/html", body })
            })),
            _ => {
                let abandoned = Arc::clone(&self.abandoned);
                struct Given(Arc<AtomicUsize>);
                impl Drop for Given {
                    fn drop(&mut self) {
                        self.0.fetch_add(1, Ordering::Relaxed);
                    }
                }
                let given = Given(abandoned);
                Some(Box::pin(async move {
                    std::future::pending::<()>().await;
                    drop(given);
                    Ok(GatePass::Plain)
                }))
            }
        }
    }
}

#[test]
fn a_gate_stands_in_front_of_every_call() {
    let gate = Arc::new(TestGate::default());
    let abandoned = Arc::clone(&gate.abandoned);
    let hooks = Hooks { gate: Some(Arc::clone(&gate) as Arc<dyn Gate>), ..Hooks::default() };
    let server = TestServer::with(options(), hooks, echo);
    let mut client = server.connect();
    assert_eq!(client.request("GET", "/echo", &[], b"").fact("route").as_deref(), Some("0"));
    assert_eq!(client.request("GET", "/items/1", &[], b"").fact("route").as_deref(), Some("1"));
    let page = client.request("GET", "/files/x", &[], b"");
    assert_eq!(
        (page.status, page.header("content-type"), page.text().as_str()),
        (500, Some("text/html"), "<p>syntax error")
    );
    assert_eq!(client.request("GET", "/nowhere", &[], b"").status, 404);
    assert_eq!(gate.asked.load(Ordering::Relaxed), 3, "only calls are asked about");
    client.send("GET /docs HTTP/1.1\r\nHost: a\r\n\r\n");
    wait_until("the gate is asked", || gate.asked.load(Ordering::Relaxed) == 4);
    drop(client);
    wait_until("the preparation is given up", || abandoned.load(Ordering::Relaxed) == 1);
}
