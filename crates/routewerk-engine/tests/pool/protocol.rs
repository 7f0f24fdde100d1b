//! What makes no sense from a worker costs that worker and the calls that it held, and nobody else.

use routewerk_engine::WorkerEvent;
use routewerk_handler::HandlerError;

use crate::support::{Plan, get, run, until};

/// Lets user code write to the data socket, and says what the front made of it.
async fn violation(hex: &str) -> String {
    let stage = Plan::default().ready().await;
    let error = stage.get(&format!("/rubbish?hex={hex}")).await.expect_err("the worker is ended");
    assert_eq!(error.status(), 502);
    let HandlerError::Protocol(what) = error else { panic!("{error}") };
    assert_eq!(stage.get("/hello").await.expect("a new worker answers").text(), "hello");
    until("the event is told", || stage.sink.has_event(|event| matches!(event, WorkerEvent::Violated { .. }))).await;
    what
}

#[test]
fn bytes_that_are_no_frame_end_the_worker() {
    run(async {
        assert!(violation("ffffffffffffffffffffffff").await.starts_with("frame of kind 255"));
        assert!(violation("48656c6c6f20776f726c640a").await.contains("frame of kind 111"));
    });
}

#[test]
fn a_reply_to_a_call_that_does_not_exist_ends_the_worker() {
    run(async {
        // REPLY, END | LAST, status 200, call 99.
        let what = violation("080000001012c800630000000000000000000000").await;
        assert_eq!(what, "frame of kind 16 for call 99, which does not exist");
    });
}

#[test]
fn a_header_that_would_split_a_response_ends_the_worker() {
    run(async {
        // REPLY, END | LAST, status 200, call 0, headers `a LF b CR LF`.
        let what = violation("0d0000001012c80000000000050000000000000061 0a 62 0d 0a".replace(' ', "").as_str()).await;
        assert_eq!(what, "reply with a malformed header: header value holds a control character");
    });
}

#[test]
fn an_informational_status_ends_the_worker() {
    run(async {
        let what = violation("080000001012640000000000 0000000000000000".replace(' ', "").as_str()).await;
        assert_eq!(what, "reply with status 100, expected 200 to 599");
    });
}

#[test]
fn a_body_before_its_reply_ends_the_worker() {
    run(async {
        let what = violation("010000001100000000000000 61".replace(' ', "").as_str()).await;
        assert_eq!(what, "frame of kind 17 for call 0 does not fit the state of the call (its reply is due)");
    });
}

#[test]
fn more_credit_than_was_taken_ends_the_worker() {
    run(async {
        let stage = Plan::default().ready().await;
        let feed = crate::support::Feed::default();
        let call = crate::support::request(routewerk_handler::Method::Post, "/hold-body", feed.body());
        let upload = tokio::task::spawn_local(stage.call(call));
        tokio::task::yield_now().await;
        stage.until_says("/in-flight", "1").await;
        // CALL_CREDIT of one byte for call 0, none of whose window was used.
        stage.get("/rubbish?hex=04000000130000000000000001000000").await.expect_err("the worker is ended");
        assert!(
            matches!(upload.await.expect("no panic"), Err(HandlerError::Protocol(what)) if what.contains("window"))
        );
    });
}

#[test]
fn the_other_workers_go_on() {
    run(async {
        let stage = Plan { workers: 2, ..Plan::default() }.ready().await;
        stage.until_all_answer(2).await;
        let slow: Vec<_> = (0..2).map(|_| tokio::task::spawn_local(stage.call(get("/slow?ms=300")))).collect();
        until("each worker has one", || stage.pool.status().workers.iter().all(|worker| worker.calls == 1)).await;
        stage.get("/rubbish?hex=ffffffffffffffffffffffff").await.expect_err("its worker is ended");
        let mut replies = 0;
        for call in slow {
            replies += usize::from(call.await.expect("no panic").is_ok());
        }
        assert_eq!(replies, 1, "the call of the other worker is answered");
    });
}
