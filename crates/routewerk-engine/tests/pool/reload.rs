//! Reloads: the new workers take over when they are ready, and no call notices.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use routewerk_engine::{Limits, StartError, WorkerEvent, WorkerSpec};
use routewerk_handler::{BodyError, ReplyBody};
use serde_json::json;

use crate::support::{Plan, Stage, get, is_alive, run, until, within};

fn with_init(stage: &Stage, key: &str, value: &str) -> WorkerSpec {
    let mut spec = stage.spec.clone();
    spec.init[key] = json!(value);
    spec
}

#[test]
fn a_reload_moves_calls_to_new_workers_and_loses_none() {
    run(async {
        let stage = Rc::new(Plan { workers: 2, init: json!({ "version": "old" }), ..Plan::default() }.ready().await);
        let is_over = Rc::new(Cell::new(false));
        let callers: Vec<_> = (0..8)
            .map(|_| {
                let (stage, is_over) = (Rc::clone(&stage), Rc::clone(&is_over));
                tokio::task::spawn_local(async move {
                    let mut versions = Vec::new();
                    while !is_over.get() {
                        let found = stage.get("/version").await.expect("no call is lost");
                        versions.push(found.text() == "new");
                    }
                    versions
                })
            })
            .collect();
        let slow = tokio::task::spawn_local(stage.call(get("/slow?ms=500")));
        stage.until_says("/version", "old").await;
        within(stage.pool.reload(with_init(&stage, "version", "new"))).await.expect("it reloads");
        assert_eq!(stage.get("/version").await.expect("a reply").text(), "new");
        is_over.set(true);
        for caller in callers {
            let versions = within(caller).await.expect("no panic");
            assert!(versions.is_sorted(), "once new, always new");
        }
        assert_eq!(within(slow).await.expect("no panic").expect("a slow call ends with its old worker").status, 200);
        until("the old workers are gone", || stage.pool.status().workers.len() == 2).await;
        until("the events are told", || {
            stage.sink.count_events(|event| matches!(event, WorkerEvent::Drained { in_time: true, .. })) == 2
        })
        .await;
    });
}

#[test]
fn a_reload_that_fails_leaves_the_old_workers_as_they_are() {
    run(async {
        let stage = Plan { init: json!({ "version": "old" }), ..Plan::default() }.ready().await;
        let pid = stage.get("/pid").await.expect("a reply");
        let error = within(stage.pool.reload(with_init(&stage, "atStart", "refuse"))).await.expect_err("it fails");
        assert!(matches!(error, StartError::Refused { .. }), "{error:?}");
        assert_eq!(stage.get("/pid").await.expect("a reply").text(), pid.text());
        until("the new worker is gone", || stage.pool.status().workers.len() == 1).await;
    });
}

#[test]
fn a_second_reload_supersedes_one_that_is_not_ready() {
    run(async {
        let stage = Plan::default().ready().await;
        let hanging = stage.pool.reload(with_init(&stage, "atStart", "hang"));
        let (first, second) = tokio::join!(hanging, async {
            until("the first reload has started its worker", || stage.pool.status().workers.len() == 2).await;
            stage.pool.reload(with_init(&stage, "version", "second")).await
        });
        assert!(matches!(first, Err(StartError::Superseded)), "{first:?}");
        second.expect("it reloads");
        assert_eq!(stage.get("/version").await.expect("a reply").text(), "second");
    });
}

#[test]
fn a_call_that_does_not_end_is_cut_at_the_drain_limit() {
    run(async {
        let limits = Limits { drain_limit: Duration::from_millis(300), ..Limits::default() };
        let stage = Plan::limits(limits).ready().await;
        let reply = within(stage.call(get("/one-piece-and-wait"))).await.expect("a reply");
        let ReplyBody::Stream(mut stream) = reply.body else { panic!("a stream") };
        within(stream.chunk()).await.expect("a piece").expect("it is whole");
        within(stage.pool.reload(stage.spec.clone())).await.expect("it reloads");
        assert_eq!(within(stream.chunk()).await, Some(Err(BodyError::WorkerDied)));
        until("the event is told", || {
            stage.sink.has_event(|event| matches!(event, WorkerEvent::Drained { in_time: false, .. }))
        })
        .await;
    });
}

#[test]
fn old_processes_end_after_a_reload() {
    run(async {
        let stage = Plan::default().ready().await;
        let pid: u32 = stage.get("/pid").await.expect("a reply").text().parse().expect("a number");
        within(stage.pool.reload(stage.spec.clone())).await.expect("it reloads");
        until("the old process is gone", || !is_alive(pid)).await;
    });
}
