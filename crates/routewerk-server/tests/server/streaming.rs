//! Streamed replies: flushing, back-pressure, failure, and the client that leaves.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use crate::support::{Chunks, Recorder, TestServer, chunks, never, options, reply, text, wait_until};
use routewerk_server::{Hooks, ServerOptions, Timeouts};

/// A server that streams what the test gives.
fn streaming(stream: &Chunks) -> TestServer {
    let stream = stream.clone();
    TestServer::start(move |_| {
        let body = stream.body();
        Box::pin(async move { Ok(reply(200, &[("content-type", "text/plain")], body)) })
    })
}

const GET: &str = "GET /echo HTTP/1.1\r\nHost: a\r\n\r\n";

#[test]
fn each_chunk_is_flushed_when_it_comes() {
    let stream = chunks();
    let server = streaming(&stream);
    let mut client = server.connect();
    client.send(GET);
    stream.give("one");
    assert_eq!(client.head().header("transfer-encoding"), Some("chunked"));
    assert_eq!(client.chunk().as_deref(), Some(b"one".as_slice()));
    stream.give("two");
    assert_eq!(client.chunk().as_deref(), Some(b"two".as_slice()));
    stream.end();
    assert_eq!(client.chunk().as_deref(), Some(b"".as_slice()));
    assert_eq!(client.request("GET", "/nowhere", &[], b"").status, 404, "the connection goes on");
}

#[test]
fn the_head_waits_for_the_first_chunk() {
    let stream = chunks();
    let server = streaming(&stream);
    let mut client = server.connect();
    client.send(GET);
    wait_until("the reply's head has come", || server.running().counters().replies[0] == 1);
    assert!(client.is_silent_for(Duration::from_millis(60)));
    stream.give("x");
    assert_eq!(client.head().status, 200);
}

#[test]
fn chunks_that_are_ready_together_stay_chunks() {
    let stream = chunks();
    for text in ["a", "bc", "", "def"] {
        stream.give(text);
    }
    stream.end();
    let server = streaming(&stream);
    let reply = server.get("/echo");
    assert_eq!((reply.text().as_str(), reply.chunks.as_slice()), ("abcdef", [1, 2, 3].as_slice()));
    assert!(reply.is_complete);
}

#[test]
fn an_empty_stream_is_an_empty_body() {
    let stream = chunks();
    stream.end();
    let server = streaming(&stream);
    let mut client = server.connect();
    let reply = client.request("GET", "/echo", &[], b"");
    assert_eq!((reply.body.len(), reply.is_complete), (0, true));
    assert_eq!(client.request("GET", "/nowhere", &[], b"").status, 404);
}

#[test]
fn http10_streams_until_the_connection_ends() {
    let stream = chunks();
    stream.give("abc");
    stream.give("d".repeat(100_000));
    stream.end();
    let server = streaming(&stream);
    let mut client = server.connect();
    let reply = client.send("GET /echo HTTP/1.0\r\nConnection: keep-alive\r\n\r\n").reply("GET");
    assert_eq!((reply.header("transfer-encoding"), reply.header("connection")), (None, Some("close")));
    assert_eq!(reply.body.len(), 100_003);
}

#[test]
fn an_error_within_the_stream_destroys_the_connection_without_a_last_chunk() {
    let stream = chunks();
    stream.give("partial");
    stream.fail();
    let server = streaming(&stream);
    let reply = server.get("/echo");
    assert_eq!((reply.status, reply.text().as_str(), reply.is_complete), (200, "partial", false));
}

#[test]
fn an_error_before_the_first_chunk_destroys_the_connection_without_a_byte() {
    let stream = chunks();
    stream.fail();
    let server = streaming(&stream);
    assert!(server.connect().send(GET).is_closed());
}

#[test]
fn an_error_within_an_http10_stream_is_no_clean_end() {
    use std::io::Read;
    let stream = chunks();
    stream.give("partial");
    let server = streaming(&stream);
    let mut client = server.connect();
    client.send("GET /echo HTTP/1.0\r\n\r\n");
    client.head();
    stream.fail();
    let mut rest = Vec::new();
    let error = client.socket().read_to_end(&mut rest).expect_err("a reset");
    assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset);
}

#[test]
fn a_client_that_does_not_read_stops_the_producer() {
    let stream = chunks();
    let server = streaming(&stream);
    let mut client = server.connect();
    client.send(GET);
    for _ in 0..512 {
        stream.give(vec![b'x'; 64 * 1024]);
    }
    stream.end();
    client.head();
    let mut before = usize::MAX;
    wait_until("the producer is held back", || {
        std::thread::sleep(Duration::from_millis(50));
        let now = stream.taken();
        std::mem::replace(&mut before, now) == now
    });
    assert!(before < 512 * 64 * 1024, "all of it was taken without a reader");
    let mut received = 0;
    while let Some(chunk) = client.chunk() {
        if chunk.is_empty() {
            break;
        }
        received += chunk.len();
    }
    assert_eq!(received, 512 * 64 * 1024);
}

#[test]
fn a_client_that_leaves_cancels_the_stream() {
    for how in ["close", "reset", "half-close"] {
        let stream = chunks();
        let server = streaming(&stream);
        let mut client = server.connect();
        client.send(GET);
        stream.give("x");
        client.head();
        assert!(!stream.is_dropped());
        let mut kept = None;
        match how {
            "reset" => client.reset(),
            "close" => drop(client),
            _ => {
                client.finish_sending();
                kept = Some(client);
            }
        }
        wait_until("the stream is cancelled", || stream.is_dropped());
        wait_until("it is counted", || server.running().counters().requests_aborted == 1);
        drop(kept);
    }
}

/// A server whose handlers never answer, and how many of their calls were given up.
fn hanging() -> (TestServer, Arc<AtomicUsize>) {
    struct Given(Arc<AtomicUsize>);
    impl Drop for Given {
        fn drop(&mut self) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }
    let given_up = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&given_up);
    let server = TestServer::start(move |call| {
        let given = Given(Arc::clone(&count));
        Box::pin(async move {
            let body = crate::support::whole_body(call.body).await;
            std::future::pending::<()>().await;
            drop((given, body));
            Ok(text("never"))
        })
    });
    (server, given_up)
}

#[test]
fn a_client_that_leaves_while_the_handler_works_ends_the_call() {
    let (server, given_up) = hanging();
    for (index, request) in [
        GET,
        "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc",
        "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
        "GET /echo HTTP/1.1\r\nHost: a\r\n\r\nGET /echo HTTP/1.1\r\nHost: a\r\n\r\n",
    ]
    .into_iter()
    .enumerate()
    {
        for reset in [false, true] {
            let mut client = server.connect();
            client.send(request);
            wait_until("the call is made", || server.running().counters().calls_pending == 1);
            if reset {
                client.reset();
            } else {
                drop(client);
            }
            let expected = index * 2 + usize::from(reset) + 1;
            wait_until("the call is given up", || given_up.load(Ordering::Relaxed) == expected);
        }
    }
    wait_until("no connection is left", || server.running().counters().connections_open == 0);
}

#[test]
fn a_client_that_leaves_after_its_body_was_read_ends_the_call() {
    let (server, given_up) = hanging();
    let mut client = server.connect();
    client.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\n\r\nabc");
    wait_until("the call is made", || server.running().counters().calls_pending == 1);
    client.send("def");
    std::thread::sleep(Duration::from_millis(20));
    assert_eq!(given_up.load(Ordering::Relaxed), 0);
    drop(client);
    wait_until("the call is given up", || given_up.load(Ordering::Relaxed) == 1);
}

#[test]
fn a_client_that_half_closes_gets_a_quick_answer() {
    let server = TestServer::start(|_| {
        Box::pin(async {
            tokio::task::yield_now().await;
            Ok(text("quick"))
        })
    });
    let mut client = server.connect();
    client.send(format!("{GET}{GET}")).finish_sending();
    assert_eq!(client.reply("GET").text(), "quick");
    assert_eq!(client.reply("GET").text(), "quick");
    assert!(client.is_closed());
}

#[test]
fn a_client_that_half_closes_does_not_get_a_late_answer() {
    let server = TestServer::start(|_| never());
    let mut client = server.connect();
    client.send(GET).finish_sending();
    assert!(client.is_closed());
}

#[test]
fn a_client_that_takes_nothing_for_too_long_is_cut_off() {
    let stream = chunks();
    let given = stream.clone();
    let timeouts = Timeouts { write: Some(Duration::from_millis(150)), ..Timeouts::default() };
    let recorder = Recorder::default();
    let server = TestServer::with(ServerOptions { timeouts, ..options() }, recorder.hooks(), move |_| {
        let body = given.body();
        Box::pin(async move { Ok(reply(200, &[], body)) })
    });
    let mut client = server.connect();
    client.send(GET);
    for _ in 0..512 {
        stream.give(vec![b'x'; 64 * 1024]);
    }
    wait_until("the stream is cancelled", || stream.is_dropped());
    wait_until("it is counted", || server.running().counters().timeouts == 1);
    wait_until("it is told", || recorder.seen().first().is_some_and(|seen| seen.end == "gone"));
}

#[test]
fn a_client_that_takes_a_little_again_and_again_is_not_cut_off() {
    let stream = chunks();
    let given = stream.clone();
    let timeouts = Timeouts { write: Some(Duration::from_millis(1500)), ..Timeouts::default() };
    let server = TestServer::with(ServerOptions { timeouts, ..options() }, Hooks::default(), move |_| {
        let body = given.body();
        Box::pin(async move { Ok(reply(200, &[], body)) })
    });
    let mut client = server.connect();
    client.send(GET);
    const COUNT: usize = 256;
    for _ in 0..COUNT {
        stream.give(vec![b'x'; 64 * 1024]);
    }
    stream.end();
    client.head();
    let mut received = 0;
    let begun = std::time::Instant::now();
    while let Some(chunk) = client.chunk() {
        received += chunk.len();
        if chunk.is_empty() {
            break;
        }
        // Slower in sum than the limit, never slower in one piece.
        if begun.elapsed() < Duration::from_millis(2400) {
            std::thread::sleep(Duration::from_millis(10));
        }
    }
    assert_eq!(received, COUNT * 64 * 1024);
}

#[test]
fn an_idle_stream_is_not_cut_off() {
    let stream = chunks();
    let given = stream.clone();
    // The request itself has to keep it, on a machine that may be busy.
    let short = Duration::from_millis(500);
    let timeouts = Timeouts { write: Some(short), keep_alive: short, head: short, request: Some(short) };
    let server = TestServer::with(ServerOptions { timeouts, ..options() }, Hooks::default(), move |_| {
        let body = given.body();
        Box::pin(async move { Ok(reply(200, &[], body)) })
    });
    let mut client = server.connect();
    client.send(GET);
    stream.give("event");
    client.head();
    assert_eq!(client.chunk().as_deref(), Some(b"event".as_slice()));
    std::thread::sleep(short * 3);
    stream.give("event");
    assert_eq!(client.chunk().as_deref(), Some(b"event".as_slice()));
}
