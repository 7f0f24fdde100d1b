//! HTTP/2 with prior knowledge, on the same port and the same pipeline.

use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use http_body::Frame;
use http_body_util::{BodyExt, Empty, Full, StreamBody, combinators::UnsyncBoxBody};
use hyper::body::Incoming;
use hyper::client::conn::http2::SendRequest;
use hyper_util::rt::{TokioExecutor, TokioIo};
use routewerk_server::{Hooks, Limits, Protocol, ServerOptions, Timeouts};

use crate::support::{RawHttp, Recorder, TestServer, WAIT, chunks, echo, never, options, reply, text, wait_until};

type RequestBody = UnsyncBoxBody<Bytes, std::convert::Infallible>;

/// Runs a test's client to its end, within a bounded time.
pub(crate) fn run<T>(test: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async { tokio::time::timeout(WAIT, test).await.expect("an end in time") })
}

pub(crate) struct Client {
    sender: SendRequest<RequestBody>,
    connection: tokio::task::JoinHandle<hyper::Result<()>>,
}

impl Client {
    pub(crate) async fn connect(address: SocketAddr) -> Self {
        let stream = tokio::net::TcpStream::connect(address).await.expect("the server accepts");
        let (sender, connection) = hyper::client::conn::http2::Builder::new(TokioExecutor::new())
            .handshake(TokioIo::new(stream))
            .await
            .expect("HTTP/2");
        Self { sender, connection: tokio::spawn(connection) }
    }

    /// Sends a GET with a field and waits for the reply's head.
    pub(crate) async fn get_with(&mut self, target: &str, name: &str, value: &str) -> Response<Incoming> {
        self.send(request("GET", target).header(name, value), empty()).await.expect("a reply")
    }

    pub(crate) async fn get(&mut self, target: &str) -> Response<Incoming> {
        self.send(request("GET", target), empty()).await.expect("a reply")
    }

    /// Begins a GET without waiting for its reply.
    pub(crate) fn begin(&mut self, target: &str) -> impl Future<Output = hyper::Result<Response<Incoming>>> + use<> {
        self.send(request("GET", target), empty())
    }

    fn send(
        &mut self,
        request: http::request::Builder,
        body: RequestBody,
    ) -> impl Future<Output = hyper::Result<Response<Incoming>>> + use<> {
        self.sender.send_request(request.body(body).expect("a request"))
    }
}

fn request(method: &str, target: &str) -> http::request::Builder {
    Request::builder().method(method).uri(format!("http://test.example{target}"))
}

fn empty() -> RequestBody {
    Empty::new().boxed_unsync()
}

fn full(body: impl Into<Bytes>) -> RequestBody {
    Full::new(body.into()).boxed_unsync()
}

pub(crate) fn field<'response>(response: &'response Response<Incoming>, name: &str) -> Option<&'response str> {
    response.headers().get(name).map(|value| value.to_str().expect("text"))
}

pub(crate) async fn body_of(response: Response<Incoming>) -> String {
    String::from_utf8_lossy(&response.into_body().collect().await.expect("a whole body").to_bytes()).into_owned()
}

/// A request body that the test feeds.
fn fed() -> (tokio::sync::mpsc::Sender<Bytes>, RequestBody) {
    struct Fed(tokio::sync::mpsc::Receiver<Bytes>);
    impl futures_core::Stream for Fed {
        type Item = Result<Frame<Bytes>, std::convert::Infallible>;
        fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
            self.0.poll_recv(context).map(|data| data.map(|data| Ok(Frame::data(data))))
        }
    }
    let (sender, receiver) = tokio::sync::mpsc::channel(8);
    (sender, StreamBody::new(Fed(receiver)).boxed_unsync())
}

#[test]
fn both_protocols_share_a_port_and_a_pipeline() {
    let server = TestServer::echo();
    run(async {
        let mut client = Client::connect(server.address).await;
        let response = client.get("/items/7?q=1").await;
        assert_eq!((response.status().as_u16(), response.version()), (200, http::Version::HTTP_2));
        assert!(response.headers().contains_key("date"));
        let body = body_of(response).await;
        assert!(body.contains("params 7\n") && body.contains("\nhost: test.example\n"), "{body}");
        assert!(body.contains("\nx-forwarded-host: test.example\n") && body.contains("/items/7?q=1\n"), "{body}");
    });
    assert_eq!(server.get("/items/7").fact("params").as_deref(), Some("7"));
}

#[test]
fn answers_of_the_server_are_the_same() {
    let server = TestServer::echo();
    run(async {
        let mut client = Client::connect(server.address).await;
        assert_eq!(client.get("/nowhere").await.status(), 404);
        let redirect = client.get("/echo/").await;
        assert_eq!((redirect.status().as_u16(), field(&redirect, "location")), (308, Some("/echo")));
        let options = client.send(request("OPTIONS", "/items/1"), empty()).await.expect("a reply");
        assert_eq!((options.status().as_u16(), field(&options, "allow")), (204, Some("GET, HEAD, OPTIONS, POST")));
        assert_eq!(field(&options, "content-length"), None);
        let refused = client.send(request("DELETE", "/items/1"), empty()).await.expect("a reply");
        assert_eq!((refused.status().as_u16(), field(&refused, "content-length")), (405, Some("0")));
        let head = client.send(request("HEAD", "/echo"), empty()).await.expect("a reply");
        assert_eq!((head.status().as_u16(), field(&head, "content-length")), (200, None));
        for method in ["FOO", "PROPFIND"] {
            assert_eq!(client.send(request(method, "/echo"), empty()).await.expect("a reply").status(), 400);
        }
    });
}

#[test]
fn bodies_go_both_ways() {
    let server = TestServer::echo();
    run(async {
        let mut client = Client::connect(server.address).await;
        let long = "x".repeat(1_000_000);
        let response = client.send(request("POST", "/echo"), full(long.clone())).await.expect("a reply");
        assert!(body_of(response).await.ends_with(&format!("\n\n{long}")));
        let response = client.send(request("GET", "/echo"), full("ignored")).await.expect("a reply");
        assert!(body_of(response).await.ends_with("\n\n"));
    });
}

#[test]
fn internal_and_connection_fields_do_not_cross() {
    let server = TestServer::start(|call| {
        Box::pin(async move {
            let fields = [("connection", "close"), ("keep-alive", "x"), ("x-middleware-next", "1"), ("x-own", "1")];
            Ok(reply(200, &fields, routewerk_handler::ReplyBody::Complete(crate::support::describe(&call).into())))
        })
    });
    run(async {
        let mut client = Client::connect(server.address).await;
        let sent = request("GET", "/echo")
            .header("x-middleware-subrequest", "1")
            .header("cookie", "a=1")
            .header("cookie", "b=2")
            .header("x-own", "1");
        let response = client.send(sent, empty()).await.expect("a reply");
        let names: Vec<_> = response.headers().keys().map(http::HeaderName::as_str).collect();
        assert!(names.contains(&"x-own") && !names.contains(&"connection") && !names.contains(&"x-middleware-next"));
        let body = body_of(response).await;
        assert!(body.contains("\ncookie: a=1; b=2\n") && !body.contains("x-middleware"), "{body}");
    });
}

#[test]
fn streams_are_served_side_by_side() {
    let server = TestServer::start(|call| match call.params.as_str() {
        "slow" => never(),
        _ => Box::pin(async { Ok(text("quick")) }),
    });
    run(async {
        let mut client = Client::connect(server.address).await;
        let slow = client.send(request("GET", "/items/slow"), empty());
        let slow = tokio::spawn(slow);
        assert_eq!(body_of(client.get("/items/1").await).await, "quick");
        assert!(!slow.is_finished());
        slow.abort();
    });
    wait_until("the reset ends the call", || server.running().counters().requests_aborted == 1);
}

#[test]
fn a_reply_streams_and_the_head_waits_for_the_first_chunk() {
    let stream = chunks();
    let given = stream.clone();
    let server = TestServer::start(move |_| {
        let body = given.body();
        Box::pin(async move { Ok(reply(200, &[], body)) })
    });
    run(async {
        let mut client = Client::connect(server.address).await;
        let pending = tokio::spawn(client.send(request("GET", "/echo"), empty()));
        while server.running().counters().replies[0] == 0 {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        assert!(!pending.is_finished());
        stream.give("one");
        let mut body = pending.await.expect("no panic").expect("a reply").into_body();
        let frame = body.frame().await.expect("a frame").expect("data");
        assert_eq!(frame.into_data().expect("data"), "one");
        stream.give("two");
        stream.end();
        assert_eq!(body.collect().await.expect("a whole body").to_bytes(), "two");
    });
}

#[test]
fn a_stream_that_fails_is_reset() {
    let late = chunks();
    let given = late.clone();
    let server = TestServer::start(move |call| {
        let stream = if call.params == "late" { given.clone() } else { chunks() };
        if call.params == "early" {
            stream.fail();
        }
        Box::pin(async move { Ok(reply(200, &[], stream.body())) })
    });
    run(async {
        let mut client = Client::connect(server.address).await;
        client.send(request("GET", "/items/early"), empty()).await.expect_err("no head");
        late.give("partial");
        let mut body = client.get("/items/late").await.into_body();
        assert_eq!(body.frame().await.expect("a frame").expect("data").into_data().expect("data"), "partial");
        late.fail();
        body.collect().await.expect_err("no whole body");
        assert_eq!(client.get("/nowhere").await.status(), 404, "the connection goes on");
    });
}

#[test]
fn a_client_that_leaves_cancels_its_streams() {
    let stream = chunks();
    let given = stream.clone();
    let recorder = Recorder::default();
    let server = TestServer::with(options(), recorder.hooks(), move |_| {
        let body = given.body();
        Box::pin(async move { Ok(reply(200, &[], body)) })
    });
    stream.give("one");
    run(async {
        let mut client = Client::connect(server.address).await;
        let response = client.get("/echo").await;
        drop(response);
        while !stream.is_dropped() {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    });
    wait_until("it is told", || recorder.seen().len() == 1);
    let seen = &recorder.seen()[0];
    assert_eq!((seen.protocol, seen.status, seen.body_bytes), (Protocol::Http2, Some(200), 3));
    assert_eq!(seen.end, "gone");
}

#[test]
fn finished_requests_are_told() {
    let recorder = Recorder::default();
    let server = TestServer::with(options(), recorder.hooks(), |_| Box::pin(async { Ok(text("hello")) }));
    run(async {
        let mut client = Client::connect(server.address).await;
        assert_eq!(body_of(client.get("/items/1?a=b").await).await, "hello");
    });
    wait_until("it is told", || recorder.seen().len() == 1);
    let seen = &recorder.seen()[0];
    assert_eq!((seen.target.as_str(), seen.route, seen.body_bytes), ("/items/1?a=b", Some(1), 5));
    assert_eq!((seen.end.as_str(), seen.has_handler_time), ("completed", true));
}

#[test]
fn a_body_beyond_the_limit_is_413() {
    let limits = Limits { max_body_bytes: Some(1000), ..Limits::default() };
    let server = TestServer::with(ServerOptions { limits, ..options() }, Hooks::default(), echo);
    run(async {
        let mut client = Client::connect(server.address).await;
        let fits = client.send(request("POST", "/echo"), full(vec![b'x'; 1000])).await.expect("a reply");
        assert_eq!(fits.status(), 200);
        let claimed = client.send(request("POST", "/echo"), full(vec![b'x'; 1001])).await.expect("a reply");
        assert_eq!(claimed.status(), 413);
        let (feed, body) = fed();
        let pending = tokio::spawn(client.send(request("POST", "/echo"), body));
        for _ in 0..3 {
            // The server may have stopped listening.
            let _ = feed.send(Bytes::from(vec![b'x'; 500])).await;
        }
        assert_eq!(pending.await.expect("no panic").expect("a reply").status(), 413);
    });
}

#[test]
fn a_body_that_comes_too_slowly_is_408() {
    let timeouts = Timeouts { request: Some(Duration::from_millis(100)), ..Timeouts::default() };
    let server = TestServer::with(ServerOptions { timeouts, ..options() }, Hooks::default(), echo);
    run(async {
        let mut client = Client::connect(server.address).await;
        let (feed, body) = fed();
        feed.send(Bytes::from_static(b"x")).await.expect("open");
        let response = client.send(request("POST", "/echo"), body).await.expect("a reply");
        assert_eq!(response.status(), 408);
        drop(feed);
    });
}

#[test]
fn a_client_that_takes_nothing_for_too_long_is_cut_off() {
    let stream = chunks();
    let given = stream.clone();
    let timeouts = Timeouts { write: Some(Duration::from_millis(150)), ..Timeouts::default() };
    let server = TestServer::with(ServerOptions { timeouts, ..options() }, Hooks::default(), move |_| {
        let body = given.body();
        Box::pin(async move { Ok(reply(200, &[], body)) })
    });
    for _ in 0..64 {
        stream.give(vec![b'x'; 64 * 1024]);
    }
    run(async {
        let mut client = Client::connect(server.address).await;
        let response = client.get("/echo").await;
        while !stream.is_dropped() {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        drop(response);
    });
    assert_eq!(server.running().counters().timeouts, 1);
}

#[test]
fn an_idle_connection_is_closed_after_its_time() {
    let timeouts = Timeouts { keep_alive: Duration::from_millis(100), ..Timeouts::default() };
    let server = TestServer::with(ServerOptions { timeouts, ..options() }, Hooks::default(), |_| {
        Box::pin(async {
            tokio::time::sleep(Duration::from_millis(300)).await;
            Ok(text("late"))
        })
    });
    run(async {
        let mut client = Client::connect(server.address).await;
        assert_eq!(body_of(client.get("/echo").await).await, "late");
        client.connection.await.expect("no panic").expect("a clean end");
    });
    wait_until("it is closed", || server.running().counters().connections_open == 0);
}

#[test]
fn a_shutdown_lets_streams_end_and_says_goodbye() {
    let gate = std::sync::Arc::new(tokio::sync::Semaphore::new(0));
    let waiting = std::sync::Arc::clone(&gate);
    let mut server = TestServer::start(move |_| {
        let gate = std::sync::Arc::clone(&waiting);
        Box::pin(async move {
            gate.acquire().await.expect("open").forget();
            Ok(text("late"))
        })
    });
    run(async {
        let mut client = Client::connect(server.address).await;
        let pending = tokio::spawn(client.send(request("GET", "/echo"), empty()));
        while server.running().counters().calls_pending == 0 {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        let handle = server.handle.take().expect("not shut down");
        let ending = tokio::spawn(handle.shutdown(Duration::from_secs(5)));
        while tokio::net::TcpStream::connect(server.address).await.is_ok() {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        gate.add_permits(1);
        assert_eq!(body_of(pending.await.expect("no panic").expect("a reply")).await, "late");
        client.connection.await.expect("no panic").expect("a clean end");
        assert!(ending.await.expect("no panic"), "nothing was cut off");
    });
}

#[test]
fn more_streams_than_the_limit_wait() {
    let limits = Limits { max_http2_streams: 3, ..Limits::default() };
    let server = TestServer::with(ServerOptions { limits, ..options() }, Hooks::default(), |_| never());
    run(async {
        let mut client = Client::connect(server.address).await;
        let pending: Vec<_> = (0..10).map(|_| tokio::spawn(client.send(request("GET", "/echo"), empty()))).collect();
        while server.running().counters().calls_pending < 3 {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
        assert_eq!(server.running().counters().calls_pending, 3);
        pending.iter().for_each(tokio::task::JoinHandle::abort);
    });
}

#[test]
fn a_list_of_fields_beyond_the_limit_is_431() {
    let server = TestServer::echo();
    run(async {
        let mut client = Client::connect(server.address).await;
        let fits = request("GET", "/echo").header("x-long", "y".repeat(10_000));
        assert_eq!(client.send(fits, empty()).await.expect("a reply").status(), 200);
        let long = (0..3).fold(request("GET", "/echo"), |request, index| {
            request.header(format!("x-long-{index}"), "y".repeat(7_000))
        });
        // hyper's client refuses to send what the server has said it does not take, or the server answers.
        if let Ok(response) = client.send(long, empty()).await {
            assert_eq!(response.status(), 431);
        }
    });
}

/// A frame: length, type, flags, stream, payload (RFC 9113 section 4.1).
fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = (payload.len() as u32).to_be_bytes();
    [&length[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// `:method GET`, `:scheme http`, `:path /echo`, `:authority a` (RFC 7541).
const GET_ECHO: &[u8] = b"\x82\x86\x04\x05/echo\x01\x01a";

#[test]
fn rapid_resets_end_the_connection() {
    let server = TestServer::start(|_| never());
    let mut client = RawHttp::connect(server.address);
    client.send(PREFACE).send(frame(4, 0, 0, b""));
    let mut flood = Vec::new();
    for index in 0..2_000_u32 {
        let stream = index * 2 + 1;
        flood.extend(frame(1, 0x5, stream, GET_ECHO));
        flood.extend(frame(3, 0, stream, &8_u32.to_be_bytes()));
    }
    // The server closes within it.
    client.try_send(flood);
    client.rest();
    assert!(server.running().counters().requests < 2_000);
    wait_until("every call is given up", || server.running().counters().calls_pending == 0);
}

#[test]
fn the_preface_may_come_in_pieces() {
    let server = TestServer::echo();
    let mut client = RawHttp::connect(server.address);
    for byte in PREFACE {
        client.send([*byte]);
    }
    client.send(frame(4, 0, 0, b"")).send(frame(1, 0x5, 1, GET_ECHO));
    let mut settings = Vec::new();
    assert!(client.read_exactly(9, &mut settings));
    assert_eq!(settings[3], 4, "the server's settings");
    wait_until("it is served", || server.running().counters().replies[0] == 1);
}

#[test]
fn half_a_preface_is_408() {
    let timeouts = Timeouts { head: Duration::from_millis(100), ..Timeouts::default() };
    let server = TestServer::with(ServerOptions { timeouts, ..options() }, Hooks::default(), echo);
    let mut client = server.connect();
    client.send(&PREFACE[..10]);
    assert_eq!(client.reply("GET").status, 408);
}
