//! Workers that die, hang or are killed: what their calls are answered, and that nothing else is harmed.

use std::time::{Duration, Instant};

use bytes::Bytes;
use routewerk_engine::{Limits, WorkerEvent};
use routewerk_handler::{BodyError, HandlerError, Method, ReplyBody, RequestBody};

use crate::support::{Feed, Plan, get, request, run, until, within};

#[test]
fn a_post_whose_worker_died_is_not_made_again() {
    run(async {
        let stage = Plan::default().ready().await;
        let call = request(Method::Post, "/die-once", RequestBody::Empty);
        let error = stage.fetch(call).await.expect_err("the worker died");
        assert_eq!(error, HandlerError::WorkerDied);
        assert_eq!(error.status(), 502);
        assert_eq!(stage.get("/hello").await.expect("a new worker answers").text(), "hello");
        until("the event is told", || {
            stage.sink.has_event(
                |event| matches!(event, WorkerEvent::Died { how, calls: 1, .. } if how == "signal 9 (SIGKILL)"),
            )
        })
        .await;
    });
}

#[test]
fn a_get_whose_worker_died_is_made_once_more() {
    run(async {
        let stage = Plan::default().ready().await;
        assert_eq!(stage.get("/die-once").await.expect("a reply").text(), "second");
        assert_eq!(stage.pool.status().workers[0].restarts, 1);
    });
}

#[test]
fn a_call_present_at_two_deaths_is_not_made_again() {
    run(async {
        let stage = Plan::default().ready().await;
        assert_eq!(stage.get("/die").await.expect_err("it kills every worker"), HandlerError::WorkerDied);
        assert_eq!(stage.get("/hello").await.expect("a third worker answers").text(), "hello");
        assert_eq!(stage.pool.status().workers[0].restarts, 2);
    });
}

#[test]
fn a_get_with_a_body_is_not_made_again() {
    run(async {
        let stage = Plan::default().ready().await;
        let body = RequestBody::Complete(Bytes::from_static(b"x"));
        let error = stage.fetch(request(Method::Get, "/die-once", body)).await.expect_err("the worker died");
        assert_eq!(error, HandlerError::WorkerDied);
    });
}

#[test]
fn a_call_that_never_left_is_made_again_whatever_it_is() {
    run(async {
        let limits = Limits { stall_limit: None, ..Limits::default() };
        let stage = Plan::limits(limits).ready().await;
        let pid: u32 = stage.get("/pid").await.expect("a reply").text().parse().expect("a number");
        // The worker reads nothing any more, so that calls fill the socket's buffer and the last ones cannot leave.
        let blocker = tokio::task::spawn_local(stage.call(request(Method::Post, "/loop", RequestBody::Empty)));
        let body = Bytes::from(vec![7; 60_000]);
        let calls: Vec<_> = (0..40)
            .map(|_| {
                let body = RequestBody::Complete(body.clone());
                tokio::task::spawn_local(stage.call(request(Method::Post, "/read", body)))
            })
            .collect();
        until("the calls are made", || stage.pool.status().workers[0].calls == 41).await;
        kill(pid);
        let mut answered = 0;
        for call in calls {
            match within(call).await.expect("no panic") {
                Ok(reply) => {
                    assert_eq!(reply.status, 200);
                    answered += 1;
                }
                Err(error) => assert_eq!(error, HandlerError::WorkerDied),
            }
        }
        // How many had left depends on the system's buffers; most cannot have.
        assert!(answered >= 20, "{answered} of 40 were made again");
        blocker.abort();
    });
}

fn kill(pid: u32) {
    let pid = rustix::process::Pid::from_raw(i32::try_from(pid).expect("a pid")).expect("a pid");
    rustix::process::kill_process(pid, rustix::process::Signal::KILL).expect("the process is there");
}

#[test]
fn a_streamed_reply_breaks_when_its_worker_dies() {
    run(async {
        let stage = Plan::default().ready().await;
        let reply = within(stage.call(get("/die-after-head-once"))).await.expect("a reply");
        let ReplyBody::Stream(mut stream) = reply.body else { panic!("a stream") };
        assert_eq!(within(stream.chunk()).await, Some(Ok(Bytes::from_static(b"begun"))));
        assert_eq!(within(stream.chunk()).await, Some(Err(BodyError::WorkerDied)));
        assert_eq!(stage.get("/hello").await.expect("a new worker answers").text(), "hello");
    });
}

#[test]
fn an_upload_ends_when_its_worker_dies() {
    run(async {
        let stage = Plan::default().ready().await;
        let feed = Feed::default();
        feed.push(Ok(vec![0; 1000].into()));
        let call = tokio::task::spawn_local(stage.call(request(Method::Put, "/hold-body", feed.body())));
        until("the body flows", || feed.pulled() == 1000).await;
        let pid: u32 = stage.get("/pid").await.expect("a reply").text().parse().expect("a number");
        kill(pid);
        assert_eq!(within(call).await.expect("no panic").expect_err("it died"), HandlerError::WorkerDied);
        until("the source is dropped", || feed.is_dropped()).await;
    });
}

#[test]
fn process_exit_in_a_handler_costs_its_call_alone() {
    run(async {
        let stage = Plan { workers: 2, ..Plan::default() }.ready().await;
        until("both are ready", || stage.pool.status().ready() == 2).await;
        let error = stage.fetch(request(Method::Post, "/exit", RequestBody::Empty)).await.expect_err("it exits");
        assert_eq!(error, HandlerError::WorkerDied);
        for _ in 0..20 {
            stage.get("/hello").await.expect("the other worker answers");
        }
        until("the event is told", || {
            stage.sink.has_event(|event| matches!(event, WorkerEvent::Died { how, .. } if how == "exit code 3"))
        })
        .await;
        until("it is back", || stage.pool.status().ready() == 2).await;
    });
}

#[test]
fn an_endless_loop_is_ended_at_the_stall_limit_and_its_calls_are_too_slow() {
    run(async {
        // A worker that is only starting must keep this limit as well, on a machine that may be busy.
        let limit = Duration::from_secs(2);
        let limits = Limits { stall_limit: Some(limit), ..Limits::default() };
        let stage = Plan::limits(limits).ready().await;
        let (looping, innocent) = within(async {
            tokio::join!(
                tokio::task::spawn_local(stage.call(get("/loop"))),
                tokio::task::spawn_local(stage.call(get("/hello"))),
            )
        })
        .await;
        let error = looping.expect("no panic").expect_err("it loops");
        assert_eq!(error, HandlerError::TimedOut(limit));
        assert_eq!(error.status(), 504);
        // It came first or second in the same turn; either is right.
        assert!(matches!(innocent.expect("no panic"), Ok(_) | Err(HandlerError::TimedOut(_))));
        assert_eq!(stage.get("/hello").await.expect("a new worker answers").text(), "hello");
        until("the event is told", || stage.sink.has_event(|event| matches!(event, WorkerEvent::Stalled { .. }))).await;
    });
}

#[test]
fn a_busy_worker_that_answers_pings_is_left_alone() {
    run(async {
        let limits = Limits { stall_limit: Some(Duration::from_secs(2)), ..Limits::default() };
        let stage = Plan::limits(limits).ready().await;
        let reply = within(stage.call(get("/slow?ms=4500"))).await.expect("a reply");
        assert_eq!(reply.status, 200);
        assert_eq!(stage.pool.status().workers[0].restarts, 0);
        assert!(stage.pool.status().workers[0].lag.is_some());
    });
}

#[test]
fn a_worker_that_dies_again_and_again_is_started_with_growing_pauses() {
    run(async {
        let stage = Plan::default().ready().await;
        let begun = Instant::now();
        for _ in 0..4 {
            let call = request(Method::Post, "/exit", RequestBody::Empty);
            stage.fetch(call).await.expect_err("it exits");
        }
        stage.get("/hello").await.expect("it is back");
        // At once, then after 100, 200 and 400 ms.
        assert!(begun.elapsed() >= Duration::from_millis(700), "{:?}", begun.elapsed());
        assert_eq!(stage.pool.status().workers[0].restarts, 4);
    });
}
