//! Request bodies: by length and by chunks, streaming, unread, malformed.

use crate::support::{TestServer, text, wait_until, whole_body};
use routewerk_handler::RequestBody;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

fn chunked(body: &str) -> String {
    format!("POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n{body}")
}

#[test]
fn a_body_that_came_with_its_head_is_handed_over_whole() {
    let server = TestServer::echo();
    let reply = server.connect().request("POST", "/echo", &[], b"hello");
    assert_eq!((reply.fact("body").as_deref(), reply.echoed().as_str()), (Some("complete"), "hello"));
    let reply = server.connect().send(chunked("5\r\nhello\r\n0\r\n\r\n")).reply("POST");
    assert_eq!((reply.fact("body").as_deref(), reply.echoed().as_str()), (Some("complete"), "hello"));
}

#[test]
fn no_length_and_length_zero_are_no_body() {
    let server = TestServer::echo();
    let reply = server.connect().request("POST", "/echo", &[], b"");
    assert_eq!(reply.fact("body").as_deref(), Some("empty"));
    let reply = server.connect().request("POST", "/echo", &[("Content-Length", "0")], b"");
    assert_eq!(reply.fact("body").as_deref(), Some("empty"));
    let reply = server.connect().send(chunked("0\r\n\r\n")).reply("POST");
    assert_eq!(reply.fact("body").as_deref(), Some("empty"));
}

#[test]
fn get_and_head_never_have_a_body_and_framing_stays_right() {
    let server = TestServer::echo();
    let mut client = server.connect();
    let reply = client.request("GET", "/echo", &[], b"ignored");
    assert_eq!((reply.fact("body").as_deref(), reply.echoed().as_str()), (Some("empty"), ""));
    client
        .send("HEAD /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n")
        .reply("HEAD");
    // A body that is still under way when the reply goes out.
    client.send("GET /items/1 HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\n\r\nabc");
    assert_eq!(client.reply("GET").fact("params").as_deref(), Some("1"));
    client.send("defGET /items/2 HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_eq!(client.reply("GET").fact("params").as_deref(), Some("2"));
}

#[test]
fn a_body_in_pieces_streams() {
    let server = TestServer::echo();
    let mut client = server.connect();
    client.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc");
    wait_until("the call is made", || server.running().counters().calls_pending == 1);
    client.send("defg");
    client.send("hijPOST /items/7 HTTP/1.1\r\nHost: a\r\n\r\n");
    let reply = client.reply("POST");
    assert_eq!((reply.fact("body").as_deref(), reply.echoed().as_str()), (Some("stream"), "abcdefghij"));
    assert_eq!(client.reply("POST").fact("params").as_deref(), Some("7"));
}

#[test]
fn chunks_may_have_extensions_and_trailers() {
    let server = TestServer::echo();
    let body = "3;a=b\r\nabc\r\n000A ;x\r\n".replace(" ;", ";") + "0123456789\r\n0;last\r\nX-T: 1\r\nY:\r\n\r\n";
    assert_eq!(server.connect().send(chunked(&body)).reply("POST").echoed(), "abc0123456789");
}

#[test]
fn a_malformed_chunk_is_400_and_ends_the_connection() {
    let server = TestServer::echo();
    for body in [
        "zz\r\nabc\r\n0\r\n\r\n",
        "\r\nabc\r\n0\r\n\r\n",
        "3\nabc\r\n0\r\n\r\n",
        "3\r\nabcd\r\n0\r\n\r\n",
        "3\r\nabc\n0\r\n\r\n",
        "0x3\r\nabc\r\n0\r\n\r\n",
        "+3\r\nabc\r\n0\r\n\r\n",
        "-3\r\nabc\r\n0\r\n\r\n",
        " 3\r\nabc\r\n0\r\n\r\n",
        "3 \r\nabc\r\n0\r\n\r\n",
        "3 ;a\r\nabc\r\n0\r\n\r\n",
        "3;a\nb\r\nabc\r\n0\r\n\r\n",
        "3;a\rb\r\nabc\r\n0\r\n\r\n",
        "3;\0\r\nabc\r\n0\r\n\r\n",
        "ffffffffffffffff\r\nabc\r\n0\r\n\r\n",
        "10000000000000000\r\nabc\r\n0\r\n\r\n",
        "0000000000000003\r\nabc\r\n0\r\n\r\n",
        "0\r\nA b: c\r\n\r\n",
        "0\r\n: c\r\n\r\n",
        "0\r\nA: c\n\r\n",
        "0\r\n\rX",
        "0\r\nA: \u{1}\r\n\r\n",
    ] {
        let mut client = server.connect();
        let reply = client.send(chunked(body)).reply("POST");
        assert_eq!((reply.status, reply.header("connection")), (400, Some("close")), "{body:?}");
        assert!(client.is_closed());
    }
}

#[test]
fn a_chunk_that_turns_out_malformed_is_400_and_the_handler_is_told() {
    let server = TestServer::echo();
    let mut client = server.connect();
    client.send(chunked("3\r\nabc\r\n"));
    wait_until("the call is made", || server.running().counters().calls_pending == 1);
    client.send("nonsense\r\n");
    assert_eq!(client.reply("POST").status, 400);
    assert!(client.is_closed());
    wait_until("the call is given up", || server.running().counters().calls_pending == 0);
}

#[test]
fn endless_chunk_extensions_and_trailers_are_400() {
    let server = TestServer::echo();
    for begin in ["3;", "0\r\n", "0\r\nA: "] {
        let mut client = server.connect();
        client.send(chunked(begin));
        let piece = "a".repeat(4096);
        for _ in 0..5 {
            if !client.try_send(&piece) {
                break;
            }
        }
        assert_eq!(client.reply("POST").status, 400, "{begin:?}");
    }
}

#[test]
fn a_body_that_nobody_reads_leaves_the_connection_usable() {
    let server = TestServer::start(|call| Box::pin(async move { Ok(text(call.params.clone())) }));
    let mut client = server.connect();
    let body = "x".repeat(300_000);
    client.send(format!("POST /items/1 HTTP/1.1\r\nHost: a\r\nContent-Length: {}\r\n\r\n", body.len()));
    let reply = client.reply("POST");
    assert_eq!((reply.text().as_str(), reply.header("connection")), ("1", Some("keep-alive")));
    client.send(&body);
    client.send("POST /items/2 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n");
    assert_eq!(client.reply("POST").text(), "2");
    client.send("0\r\n\r\nGET /items/3 HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_eq!(client.reply("GET").text(), "3");
}

#[test]
fn a_body_too_long_to_drain_closes_the_connection_and_the_reply_arrives() {
    let server = TestServer::start(|_| Box::pin(async { Ok(text("enough")) }));
    let mut client = server.connect();
    client.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000000\r\n\r\n");
    // The client goes on sending although it is answered.
    for _ in 0..8 {
        client.try_send("y".repeat(64 * 1024));
    }
    let reply = client.reply("POST");
    assert_eq!((reply.text().as_str(), reply.header("connection")), ("enough", Some("close")));
}

#[test]
fn a_long_body_arrives_whole_and_waits_for_its_reader() {
    const LENGTH: usize = 24 * 1024 * 1024;
    let received = Arc::new(AtomicUsize::new(0));
    let seen = Arc::clone(&received);
    let gate = Arc::new(tokio::sync::Semaphore::new(0));
    let opened = Arc::clone(&gate);
    let server = TestServer::start(move |call| {
        let (seen, gate) = (Arc::clone(&seen), Arc::clone(&gate));
        Box::pin(async move {
            let RequestBody::Stream(mut stream) = call.body else { panic!("a long body streams") };
            gate.acquire().await.expect("open").forget();
            let mut sum = 0_u64;
            while let Some(chunk) = stream.chunk().await {
                let chunk = chunk.expect("a whole body");
                sum += chunk.iter().map(|byte| u64::from(*byte)).sum::<u64>();
                seen.fetch_add(chunk.len(), Ordering::Relaxed);
            }
            Ok(text(sum.to_string()))
        })
    });
    let mut client = server.connect();
    client.send(format!("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: {LENGTH}\r\n\r\n"));
    let sent = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&sent);
    let writer = client.socket().try_clone().expect("a clone");
    let sending = std::thread::spawn(move || {
        let piece = vec![7; 64 * 1024];
        for _ in 0..LENGTH / piece.len() {
            std::io::Write::write_all(&mut &writer, &piece).expect("the server reads");
            counted.fetch_add(piece.len(), Ordering::Relaxed);
        }
    });
    // The reader does not read: the client is held back by the socket's buffers and one window.
    let mut before = usize::MAX;
    wait_until("the client is held back", || {
        std::thread::sleep(std::time::Duration::from_millis(50));
        let now = sent.load(Ordering::Relaxed);
        std::mem::replace(&mut before, now) == now && now > 0
    });
    assert!(before < LENGTH, "{before} bytes were taken without a reader");
    opened.add_permits(1);
    assert_eq!(client.reply("POST").text(), (LENGTH * 7).to_string());
    assert_eq!(received.load(Ordering::Relaxed), LENGTH);
    sending.join().expect("sent");
}

#[test]
fn a_body_in_uneven_pieces_reaches_a_reader_that_comes_late() {
    for first in [1, 1000, 65_535, 65_536] {
        let gate = Arc::new(tokio::sync::Semaphore::new(0));
        let waiting = Arc::clone(&gate);
        let server = TestServer::start(move |call| {
            let gate = Arc::clone(&waiting);
            Box::pin(async move {
                gate.acquire().await.expect("open").forget();
                Ok(text(whole_body(call.body).await.map_or(0, |body| body.len()).to_string()))
            })
        });
        for framing in ["Content-Length: 300000\r\n", "Transfer-Encoding: chunked\r\n"] {
            let mut client = server.connect();
            let is_chunked = framing.starts_with('T');
            let (before, after) = if is_chunked { ("493e0\r\n", "\r\n0\r\n\r\n") } else { ("", "") };
            client.send(format!("POST /echo HTTP/1.1\r\nHost: a\r\n{framing}\r\n{before}{}", "x".repeat(first)));
            wait_until("the call is made", || server.running().counters().calls_pending == 1);
            client.send("y".repeat(300_000 - first) + after);
            gate.add_permits(1);
            assert_eq!(client.reply("POST").text(), "300000", "{first} {framing}");
        }
    }
}

#[test]
fn a_handler_may_stop_reading_and_answer() {
    let server = TestServer::start(|call| {
        Box::pin(async move {
            let RequestBody::Stream(mut stream) = call.body else { return Ok(text("no stream")) };
            let first = stream.chunk().await.expect("a chunk").expect("whole");
            drop(stream);
            Ok(text(String::from_utf8_lossy(&first).into_owned()))
        })
    });
    let mut client = server.connect();
    client.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\n\r\nabc");
    assert_eq!(client.reply("POST").text(), "abc");
    client.send("defGET /echo HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_eq!(client.reply("GET").text(), "no stream");
}

#[test]
fn a_handler_may_answer_while_it_reads() {
    let server = TestServer::start(|call| {
        Box::pin(async move {
            use routewerk_handler::{BodyStream, ReplyBody};
            struct Back(RequestBody);
            impl routewerk_handler::BodySource for Back {
                fn poll_chunk(
                    mut self: std::pin::Pin<&mut Self>,
                    context: &mut std::task::Context<'_>,
                ) -> std::task::Poll<Option<Result<bytes::Bytes, routewerk_handler::BodyError>>> {
                    match &mut self.0 {
                        RequestBody::Stream(stream) => stream.poll_chunk(context),
                        RequestBody::Empty | RequestBody::Complete(_) => std::task::Poll::Ready(None),
                    }
                }
            }
            Ok(crate::support::reply(200, &[], ReplyBody::Stream(BodyStream::new(Back(call.body)))))
        })
    });
    let mut client = server.connect();
    client.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nabc");
    assert_eq!(client.head().status, 200);
    assert_eq!(client.chunk().as_deref(), Some(b"abc".as_slice()));
    client.send("def");
    assert_eq!(client.chunk().as_deref(), Some(b"def".as_slice()));
    client.send("ghi");
    assert_eq!(client.chunk().as_deref(), Some(b"ghi".as_slice()));
    assert_eq!(client.chunk().as_deref(), Some(b"".as_slice()));
    client.send("GET /echo HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_eq!(client.reply("GET").status, 200);
}

#[test]
fn a_client_that_leaves_within_its_body_ends_the_call() {
    let server = TestServer::start(|call| {
        Box::pin(async move {
            let error = whole_body(call.body).await.expect_err("an incomplete body");
            Ok(text(error.to_string()))
        })
    });
    let mut client = server.connect();
    client.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc");
    wait_until("the call is made", || server.running().counters().calls_pending == 1);
    client.finish_sending();
    assert!(client.is_closed());
    wait_until("the call is given up", || server.running().counters().requests_aborted == 1);
    assert_eq!(server.running().counters().calls_pending, 0);
}
