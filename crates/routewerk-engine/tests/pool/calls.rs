//! Calls and whole replies.

use std::time::Duration;

use routewerk_engine::Limits;
use routewerk_handler::{HandlerCall, HandlerError, HeaderBlock, Method, ReplyBody, RequestBody, RouteId};
use serde_json::{Value, json};

use crate::support::{Plan, get, request, run, until, within};

#[test]
fn a_call_crosses_with_all_its_parts_and_the_reply_comes_back() {
    run(async {
        let stage = Plan::default().ready().await;
        let mut headers = HeaderBlock::new();
        headers.push(b"x-name", b"caf\xe9").expect("valid");
        headers.push(b"x-name", b"").expect("valid");
        let call = HandlerCall {
            route: RouteId(70_000),
            method: Method::Patch,
            url: "http://localhost:3000/meta?q=%C3%A9".to_owned(),
            params: "a%20b\nc/d".to_owned(),
            headers,
            body: RequestBody::Empty,
            generation: None,
        };
        let found: Value = serde_json::from_str(stage.fetch(call).await.expect("a reply").text()).expect("JSON");
        let expected = json!({
            "route": 70_000, "method": 6, "url": "http://localhost:3000/meta?q=%C3%A9",
            "params": "a%20b\nc/d", "headers": "x-name\ncafé\nx-name\n\n",
        });
        assert_eq!(found, expected);
    });
}

#[test]
fn status_reason_headers_and_a_null_body_cross() {
    run(async {
        let stage = Plan::default().ready().await;
        let path = "/head?status=418&reason=Short%20and%20stout%20%E9&headers=x-a%0A1%0Aset-cookie%0Aa%3Db%0A";
        let path = path.replace("%E9", "%C3%A9");
        let reply = within(stage.call(get(&path))).await.expect("a reply");
        assert_eq!(reply.status, 418);
        assert_eq!(reply.reason.as_deref(), Some(b"Short and stout \xe9".as_slice()));
        assert_eq!(reply.headers.as_bytes(), b"x-a\n1\nset-cookie\na=b\n");
        assert!(matches!(reply.body, ReplyBody::Null));
        assert!(reply.sent.is_none());
    });
}

#[test]
fn whole_bodies_of_every_size_cross() {
    run(async {
        let stage = Plan::default().ready().await;
        for size in [0, 1, 8191, 8192, 65_535, 65_536, 65_537, 262_144, 262_145, 1_000_000, 20_000_000] {
            let found = stage.get(&format!("/bytes?n={size}")).await.expect("a reply");
            assert_eq!(found.bytes.len(), size);
            assert!(found.bytes.iter().all(|byte| *byte == 7));
        }
    });
}

#[test]
fn text_bodies_cross_as_utf8() {
    run(async {
        let stage = Plan::default().ready().await;
        for count in [0, 1, 7000, 21_000, 22_000, 100_000, 500_000] {
            let found = stage.get(&format!("/text?n={count}")).await.expect("a reply");
            assert!(found.text() == "€".repeat(count), "{count} characters");
        }
    });
}

#[test]
fn a_long_whole_body_keeps_its_length() {
    run(async {
        let stage = Plan::default().ready().await;
        let reply = within(stage.call(get("/bytes?n=3000000"))).await.expect("a reply");
        let ReplyBody::Stream(stream) = reply.body else { panic!("a long body crosses with credit") };
        assert_eq!(stream.length(), Some(3_000_000));
        let reply = within(stage.call(get("/bytes?n=100000"))).await.expect("a reply");
        assert!(matches!(reply.body, ReplyBody::Complete(bytes) if bytes.len() == 100_000));
    });
}

#[test]
fn many_calls_at_once_each_get_their_own_reply() {
    run(async {
        let stage = Plan::default().ready().await;
        let mut calls = tokio::task::JoinSet::new();
        for number in 0..500 {
            let path = format!("/meta?number={number}");
            let call = stage.call(get(&path));
            calls.spawn_local(async move { (number, call.await.expect("a reply")) });
        }
        while let Some(done) = within(calls.join_next()).await {
            let (number, reply) = done.expect("no panic");
            let ReplyBody::Complete(bytes) = reply.body else { panic!("a whole body") };
            let text = String::from_utf8(bytes.to_vec()).expect("UTF-8");
            assert!(text.contains(&format!("number={number}\"")), "{text}");
        }
        assert_eq!(stage.pool.status().workers[0].calls, 0);
    });
}

#[test]
fn calls_wait_for_the_first_worker() {
    run(async {
        let stage = Plan::default().start();
        assert_eq!(stage.get("/hello").await.expect("a reply").text(), "hello");
    });
}

#[test]
fn more_calls_than_may_wait_are_unavailable_at_once() {
    run(async {
        let limits = Limits { max_waiting_calls: 2, ..Limits::default() };
        let stage = Plan { limits, init: json!({ "atStart": "hang" }), ..Plan::default() }.start();
        let waiting: Vec<_> = (0..2).map(|_| tokio::task::spawn_local(stage.call(get("/hello")))).collect();
        tokio::task::yield_now().await;
        let error = within(stage.call(get("/hello"))).await.expect_err("no room");
        assert_eq!(error, HandlerError::Unavailable);
        assert!(waiting.iter().all(|call| !call.is_finished()));
    });
}

#[test]
fn a_call_waits_for_a_worker_no_longer_than_the_limit() {
    run(async {
        let limits = Limits { wait_limit: Duration::from_millis(100), ..Limits::default() };
        let stage = Plan { limits, init: json!({ "atStart": "hang" }), ..Plan::default() }.start();
        let error = within(stage.call(get("/hello"))).await.expect_err("no worker");
        assert_eq!(error, HandlerError::Unavailable);
    });
}

#[test]
fn a_worker_that_is_full_takes_the_next_call_when_one_ends() {
    run(async {
        let limits = Limits { max_calls_per_worker: 1, ..Limits::default() };
        let stage = Plan::limits(limits).ready().await;
        let first = tokio::task::spawn_local(stage.call(get("/slow?ms=100")));
        let later: Vec<_> = (0..3).map(|_| tokio::task::spawn_local(stage.call(get("/in-flight")))).collect();
        within(first).await.expect("no panic").expect("a reply");
        for call in later {
            let reply = within(call).await.expect("no panic").expect("a reply");
            assert!(matches!(reply.body, ReplyBody::Complete(bytes) if bytes == "0"[..]));
        }
    });
}

#[test]
fn a_call_that_is_too_slow_is_answered_and_aborted_and_the_worker_lives_on() {
    run(async {
        // The calls that must be answered have this limit too, on a machine that may be busy.
        let limit = Duration::from_millis(1500);
        let limits = Limits { call_timeout: Some(limit), ..Limits::default() };
        let stage = Plan::limits(limits).ready().await;
        let pid = stage.get("/pid").await.expect("a reply");
        let error = within(stage.call(get("/never"))).await.expect_err("too slow");
        assert_eq!(error, HandlerError::TimedOut(limit));
        assert_eq!(error.status(), 504);
        stage.until_says("/aborted", "1").await;
        assert_eq!(stage.get("/pid").await.expect("a reply").text(), pid.text());
    });
}

#[test]
fn dropping_a_call_aborts_it() {
    run(async {
        let stage = Plan::default().ready().await;
        let call = tokio::task::spawn_local(stage.call(get("/never")));
        stage.until_says("/in-flight", "1").await;
        call.abort();
        stage.until_says("/aborted", "1").await;
        stage.until_says("/in-flight", "0").await;
        until("the front has forgotten the call", || stage.pool.status().workers[0].calls == 0).await;
    });
}

#[test]
fn a_reply_to_a_call_that_was_dropped_reaches_nobody_else() {
    run(async {
        let stage = Plan::default().ready().await;
        for round in 0..200 {
            // Its reply is on the way when the call is dropped, and its number is free for the next call soon.
            let dropped = tokio::task::spawn_local(stage.call(get("/hello")));
            tokio::task::yield_now().await;
            dropped.abort();
            let found = stage.get(&format!("/meta?round={round}")).await.expect("a reply");
            assert!(found.text().contains(&format!("round={round}\"")), "{}", found.text());
        }
    });
}

#[test]
fn several_workers_share_calls_by_their_load() {
    run(async {
        let stage = Plan { workers: 2, ..Plan::default() }.ready().await;
        stage.until_all_answer(2).await;
        let busy: Vec<_> = (0..6).map(|_| tokio::task::spawn_local(stage.call(get("/never")))).collect();
        until("the calls are with the workers", || {
            stage.pool.status().workers.iter().map(|worker| worker.calls).sum::<u32>() == 6
        })
        .await;
        let loads: Vec<_> = stage.pool.status().workers.iter().map(|worker| worker.calls).collect();
        assert_eq!(loads, [3, 3]);
        busy.iter().for_each(tokio::task::JoinHandle::abort);
        until("they are idle", || stage.pool.status().workers.iter().all(|worker| worker.calls == 0)).await;
        let mut pids = std::collections::HashSet::new();
        for _ in 0..4 {
            pids.insert(stage.get("/pid").await.expect("a reply").text().to_owned());
        }
        assert_eq!(pids.len(), 2, "idle workers take turns");
    });
}

#[test]
fn two_front_threads_have_their_calls_answered_at_the_same_time() {
    run(async {
        let stage = Plan { front_threads: 2, ..Plan::default() }.start();
        let stage = std::rc::Rc::new(stage);
        // The second engine lives on the same thread here, which it cannot tell.
        let second = stage.pool.attach(1);
        within(stage.pool.ready()).await.expect("ready");
        for _ in 0..50 {
            let (left, right) =
                tokio::join!(stage.call(get("/hello")), routewerk_handler::HandlerEngine::call(&second, get("/pid")),);
            assert_eq!(left.expect("a reply").status, 200);
            assert_eq!(right.expect("a reply").status, 200);
        }
    });
}

#[test]
fn a_head_longer_than_a_frame_is_refused_without_harm() {
    run(async {
        let stage = Plan::default().ready().await;
        let mut call = request(Method::Get, "/hello", RequestBody::Empty);
        call.params = "x".repeat(17 << 20);
        assert!(matches!(within(stage.call(call)).await, Err(HandlerError::Protocol(_))));
        assert_eq!(stage.get("/hello").await.expect("a reply").text(), "hello");
    });
}
