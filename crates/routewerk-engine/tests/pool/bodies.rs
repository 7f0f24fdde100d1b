//! Bodies that flow with credit, in both directions.

use bytes::Bytes;
use routewerk_handler::{BodyError, Method, ReplyBody, RequestBody};
use serde_json::json;

use crate::support::{Feed, Plan, Stage, get, read, request, run, until, within};

fn pattern(bytes: usize) -> Vec<u8> {
    (0..bytes).map(|index| (index % 251) as u8).collect()
}

fn post(path: &str, body: RequestBody) -> routewerk_handler::HandlerCall {
    request(Method::Post, path, body)
}

/// What `/read` answers for a body.
fn sum(bytes: &[u8], chunk: usize) -> u64 {
    let sampled = bytes.chunks(chunk).flat_map(|chunk| chunk.iter().step_by(997));
    sampled.fold(0, |sum, byte| (sum + u64::from(*byte)) % 65_521)
}

#[test]
fn complete_request_bodies_of_every_size_arrive() {
    run(async {
        let stage = Plan::default().ready().await;
        for size in [0, 1, 8192, 65_535, 65_536] {
            let body = pattern(size);
            let expected = format!("{size} {}", sum(&body, usize::MAX));
            let found = stage.fetch(post("/read", RequestBody::Complete(body.into()))).await.expect("a reply");
            assert_eq!(found.text(), expected);
        }
        for size in [65_537, 200_000, 5_000_000] {
            let body = pattern(size);
            let echoed = stage.fetch(post("/echo", RequestBody::Complete(body.clone().into()))).await.expect("a reply");
            assert!(echoed.bytes == body, "{size} bytes");
        }
    });
}

#[test]
fn a_streamed_request_body_arrives_in_full_and_in_order() {
    run(async {
        let stage = Plan::default().ready().await;
        let feed = Feed::default();
        let echo = tokio::task::spawn_local({
            let call = stage.call(post("/echo", feed.body()));
            async move { read(call.await.expect("a reply").body).await }
        });
        let mut sent = Vec::new();
        for size in [1, 100, 70_000, 300_000, 5, 65_536] {
            let chunk = pattern(size);
            sent.extend_from_slice(&chunk);
            feed.push(Ok(chunk.into()));
            tokio::task::yield_now().await;
        }
        feed.end();
        let echoed = within(echo).await.expect("no panic").expect("a complete body");
        assert!(echoed == sent);
        until("nothing is left of the call", || stage.pool.status().workers[0].calls == 0).await;
    });
}

#[test]
fn a_request_body_is_pulled_no_further_than_the_window() {
    run(async {
        let stage = Plan::default().ready().await;
        let feed = Feed::default();
        for _ in 0..100 {
            feed.push(Ok(vec![0; 10_000].into()));
        }
        let call = tokio::task::spawn_local(stage.call(post("/hold-body", feed.body())));
        until("the window is full", || feed.pulled() >= 65_536).await;
        stage.until_says("/in-flight", "1").await;
        assert!(feed.pulled() <= 65_536 + 10_000, "{} bytes", feed.pulled());
        call.abort();
        until("the source is dropped", || feed.is_dropped()).await;
    });
}

#[test]
fn a_slow_handler_gets_all_of_a_long_body() {
    run(async {
        let stage = Plan::default().ready().await;
        let body = vec![1; 2_000_000];
        let found = stage.fetch(post("/read-slowly", RequestBody::Complete(body.into()))).await.expect("a reply");
        assert_eq!(found.text(), "2000000");
    });
}

#[test]
fn a_request_body_that_fails_fails_in_the_handler() {
    run(async {
        let stage = Plan::default().ready().await;
        let feed = Feed::default();
        feed.push(Ok(Bytes::from_static(b"abc")));
        feed.push(Err(BodyError::TooLarge { limit_bytes: 3 }));
        let found = stage.fetch(post("/read", feed.body())).await.expect("a reply");
        assert_eq!(found.text(), "failed: request body is longer than 3 bytes");
    });
}

#[test]
fn a_body_that_the_handler_does_not_read_is_dropped_with_the_reply() {
    run(async {
        let stage = Plan::default().ready().await;
        let feed = Feed::default();
        feed.push(Ok(vec![0; 1000].into()));
        let found = stage.fetch(post("/read-nothing", feed.body())).await.expect("a reply");
        assert_eq!(found.text(), "did not read");
        until("the source is dropped", || feed.is_dropped()).await;
        until("nothing is left of the call", || stage.pool.status().workers[0].calls == 0).await;
    });
}

#[test]
fn a_body_that_the_handler_cancels_is_dropped_before_the_reply() {
    run(async {
        let stage = Plan::default().ready().await;
        let feed = Feed::default();
        feed.push(Ok(vec![0; 1000].into()));
        let call = tokio::task::spawn_local(stage.call(post("/start-and-stop", feed.body())));
        until("the source is dropped", || feed.is_dropped()).await;
        assert_eq!(within(call).await.expect("no panic").expect("a reply").status, 200);
        until("nothing is left of the call", || stage.pool.status().workers[0].calls == 0).await;
    });
}

#[test]
fn a_handler_may_go_on_reading_after_its_reply() {
    run(async {
        let stage = Plan::default().ready().await;
        let feed = Feed::default();
        let found = stage.fetch(post("/reply-then-read", feed.body())).await.expect("a reply");
        assert_eq!(found.text(), "early");
        for _ in 0..20 {
            feed.push(Ok(vec![0; 20_000].into()));
        }
        feed.end();
        until("the handler has read it all", || stage.host.was_told("read", &json!("to the end"))).await;
        until("nothing is left of the call", || stage.pool.status().workers[0].calls == 0).await;
    });
}

#[test]
fn streamed_replies_of_every_shape_arrive() {
    run(async {
        let stage = Plan::default().ready().await;
        for (total, size) in
            [(1, 1), (1000, 10), (65_536, 65_536), (65_537, 65_536), (3_000_000, 100_000), (500_000, 8192)]
        {
            let found = stage.get(&format!("/stream?total={total}&size={size}")).await.expect("a reply");
            assert_eq!(found.bytes.len(), total, "in pieces of {size}");
        }
        assert_eq!(stage.get("/empty-stream").await.expect("a reply").bytes, b"");
    });
}

#[test]
fn a_reply_that_nobody_reads_stops_at_the_window() {
    run(async {
        let stage = Plan::default().ready().await;
        let reply = within(stage.call(get("/endless"))).await.expect("a reply");
        let ReplyBody::Stream(mut stream) = reply.body else { panic!("a stream") };
        // Other calls go on meanwhile, and by the second answer the worker has sent all that it may.
        for _ in 0..2 {
            stage.get("/hello").await.expect("a reply");
        }
        let mut at_hand = 0;
        while let Some(Some(Ok(chunk))) = futures_now(stream.chunk()).await {
            at_hand += chunk.len();
            if at_hand > 65_536 {
                break;
            }
        }
        assert!(at_hand <= 65_536, "{at_hand} bytes were there without being asked for");
        drop(stream);
        stage.until_says("/aborted", "1").await;
        until("nothing is left of the call", || stage.pool.status().workers[0].calls == 0).await;
    });
}

/// A future's value, if it is there without waiting.
async fn futures_now<T>(future: impl Future<Output = T>) -> Option<T> {
    tokio::select! {
        biased;
        value = future => Some(value),
        () = std::future::ready(()) => None,
    }
}

#[test]
fn the_first_piece_comes_before_the_second_is_made() {
    run(async {
        let stage = Plan::default().ready().await;
        let reply = within(stage.call(get("/one-piece-and-wait"))).await.expect("a reply");
        let ReplyBody::Stream(mut stream) = reply.body else { panic!("a stream") };
        assert_eq!(within(stream.chunk()).await, Some(Ok(Bytes::from_static(b"one"))));
    });
}

#[test]
fn a_stream_that_fails_says_so_after_its_last_piece() {
    run(async {
        let stage = Plan::default().ready().await;
        let reply = within(stage.call(get("/fail"))).await.expect("a reply");
        let ReplyBody::Stream(mut stream) = reply.body else { panic!("a stream") };
        assert_eq!(within(stream.chunk()).await.expect("a piece").expect("it is whole").len(), 10);
        let failure = BodyError::Handler("the source broke".to_owned());
        assert_eq!(within(stream.chunk()).await, Some(Err(failure)));

        let reply = within(stage.call(get("/fail-at-once"))).await.expect("a reply");
        let failure = BodyError::Handler("nothing came".to_owned());
        assert_eq!(within(read(reply.body)).await, Err(failure));
        until("nothing is left of the calls", || stage.pool.status().workers[0].calls == 0).await;
    });
}

async fn want_sent(stage: &Stage, path: &str) -> routewerk_handler::HandlerReply {
    within(stage.call(get(path))).await.expect("a reply")
}

#[test]
fn the_handler_hears_that_its_reply_was_sent_when_the_notice_says_so() {
    run(async {
        let stage = Plan::default().ready().await;
        let mut reply = want_sent(&stage, "/want-sent?id=1").await;
        stage.get("/hello").await.expect("a reply");
        assert!(!stage.host.was_told("sent", &json!("1")), "the reply is not sent yet");
        reply.sent.take().expect("a notice").notify();
        until("the handler was told", || stage.host.was_told("sent", &json!("1"))).await;

        let reply = want_sent(&stage, "/want-sent?id=2&stream").await;
        let notice = reply.sent.expect("a notice");
        within(read(reply.body)).await.expect("a complete body");
        drop(notice);
        until("the handler was told", || stage.host.was_told("sent", &json!("2"))).await;
        until("nothing is left of the calls", || stage.pool.status().workers[0].calls == 0).await;
    });
}

#[test]
fn a_client_that_leaves_amid_a_stream_is_an_abort_and_not_a_sent() {
    run(async {
        let stage = Plan::default().ready().await;
        let reply = want_sent(&stage, "/want-sent?id=3&stream").await;
        drop(reply);
        until("the handler was told", || stage.host.was_told("aborted", &json!("3"))).await;
        until("nothing is left of the call", || stage.pool.status().workers[0].calls == 0).await;
        assert!(!stage.host.was_told("sent", &json!("3")));
    });
}
