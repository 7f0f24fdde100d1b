//! Starts that fail: each says why, and calls are answered meanwhile.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use routewerk_engine::{Limits, Runtime, RuntimeKind, StartError, WorkerEvent};
use routewerk_handler::HandlerError;
use serde_json::json;

use crate::support::{PATIENCE, Plan, Stage, get, run, until, within};

async fn failure(stage: &Stage) -> StartError {
    within(stage.pool.ready()).await.expect_err("the start fails")
}

/// A program that stands in for a runtime.
fn program(folder: &tempfile::TempDir, text: &str) -> PathBuf {
    use std::os::unix::fs::PermissionsExt;
    let path = folder.path().join("runtime");
    std::fs::write(&path, format!("#!/bin/sh\n{text}\n")).expect("writable");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).expect("ours");
    path
}

fn with_program(program: PathBuf) -> Plan {
    Plan { runtime: Runtime { kind: RuntimeKind::Node, program }, ..Plan::default() }
}

#[test]
fn a_runtime_that_does_not_exist_is_named() {
    run(async {
        let stage = with_program("no-such-node".into()).start();
        let error = failure(&stage).await;
        assert!(matches!(&error, StartError::NotFound { .. }), "{error:?}");
        assert_eq!(error.to_string(), "`no-such-node` was not found");
    });
}

#[test]
fn a_runtime_that_cannot_be_run_is_an_error_with_its_cause() {
    run(async {
        let stage = with_program(std::env::temp_dir()).start();
        let error = failure(&stage).await;
        assert!(matches!(&error, StartError::Spawn { .. }), "{error:?}");
    });
}

#[test]
fn a_runtime_that_is_too_old_is_named_with_both_versions() {
    run(async {
        let folder = tempfile::TempDir::new().expect("a folder");
        // It fails at the worker's syntax, as Node.js 12 does.
        let old = program(&folder, r#"[ "$1" = --version ] && echo v12.22.12 && exit; echo SyntaxError >&2; exit 1"#);
        let stage = with_program(old.clone()).start();
        let expected = format!("`{}` is node 12.22.12, expected 20.9 or later", old.display());
        assert_eq!(failure(&stage).await.to_string(), expected);
    });
}

#[test]
fn a_worker_that_exits_at_start_is_quoted() {
    run(async {
        let stage = Plan::init(json!({ "atStart": "exit" })).start();
        let error = failure(&stage).await;
        let expected = "the worker ended at start (exit code 7):\nline one\nthe database is not there";
        assert_eq!(error.to_string(), expected);
    });
}

#[test]
fn a_worker_that_refuses_to_start_gives_its_reason() {
    run(async {
        let stage = Plan::init(json!({ "atStart": "refuse" })).start();
        assert_eq!(failure(&stage).await.to_string(), "the worker could not start: register() failed");
    });
}

#[test]
fn a_worker_that_names_a_fatal_reason_is_quoted() {
    run(async {
        let stage = Plan::init(json!({ "atStart": "fatal" })).start();
        let expected = "the worker ended at start (exit code 1): instrumentation.ts threw";
        assert_eq!(failure(&stage).await.to_string(), expected);
    });
}

#[test]
fn a_worker_that_is_not_ready_in_time_is_killed() {
    run(async {
        let limits = Limits { start_timeout: Duration::from_millis(500), ..Limits::default() };
        let stage = Plan { limits, init: json!({ "atStart": "hang" }), ..Plan::default() }.start();
        let error = failure(&stage).await;
        assert!(matches!(error, StartError::TimedOut { .. }), "{error:?}");
    });
}

#[test]
fn a_program_that_is_no_worker_is_an_error() {
    run(async {
        let folder = tempfile::TempDir::new().expect("a folder");
        let stage = with_program(program(&folder, "echo hello; exit 0")).start();
        let error = failure(&stage).await;
        assert!(matches!(&error, StartError::Exited { how, .. } if how == "exit code 0"), "{error:?}");
    });
}

#[test]
fn when_starts_go_on_failing_calls_are_unavailable_at_once_and_the_attempts_go_on() {
    run(async {
        let limits = Limits {
            failing_after: 2,
            max_restart_pause: Duration::from_millis(200),
            wait_limit: Duration::from_mins(1),
            ..Limits::default()
        };
        let folder = tempfile::TempDir::new().expect("a folder");
        let mark = folder.path().join("works-now");
        let script = format!(r#"[ -e "{}" ] && exec node "$@"; exit 1"#, mark.display());
        let program = program(&folder, &script);
        let runtime = Runtime { kind: RuntimeKind::Node, program };
        let stage = Plan { limits, runtime, ..Plan::default() }.start();
        let error = within(stage.call(get("/hello"))).await.expect_err("no worker starts");
        assert_eq!(error, HandlerError::Unavailable);
        assert!(stage.pool.status().is_failing);
        until("the attempts go on", || {
            stage.sink.count_events(|event| matches!(event, WorkerEvent::StartFailed { .. })) >= 4
        })
        .await;
        std::fs::write(&mark, "").expect("writable");
        until("a worker is ready", || stage.pool.status().ready() == 1).await;
        until("all is well", || !stage.pool.status().is_failing).await;
        // The thread hears of it a moment later.
        let begun = Instant::now();
        while stage.get("/hello").await.is_err() {
            assert!(begun.elapsed() < PATIENCE, "calls are answered again");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    });
}
