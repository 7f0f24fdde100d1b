//! The end of a pool, and of the front.

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use routewerk_handler::HandlerError;

use crate::support::{Plan, get, is_alive, run, until, within, worker_script};

#[test]
fn a_shutdown_lets_calls_finish_and_leaves_no_process() {
    run(async {
        let stage = Plan { workers: 2, ..Plan::default() }.ready().await;
        until("both are ready", || stage.pool.status().ready() == 2).await;
        let pids: Vec<_> = stage.pool.status().workers.iter().filter_map(|worker| worker.pid).collect();
        let slow = tokio::task::spawn_local(stage.call(get("/slow?ms=300")));
        until("the call is made", || stage.pool.status().workers.iter().any(|worker| worker.calls == 1)).await;
        within(stage.pool.shutdown(Duration::from_secs(10))).await;
        assert_eq!(within(slow).await.expect("no panic").expect("it finished").status, 200);
        assert!(pids.iter().all(|pid| !is_alive(*pid)));
        let error = within(stage.call(get("/hello"))).await.expect_err("no new calls");
        assert_eq!(error, HandlerError::ShuttingDown);
    });
}

#[test]
fn a_shutdown_ends_calls_at_its_deadline() {
    run(async {
        let stage = Plan::default().ready().await;
        let never = tokio::task::spawn_local(stage.call(get("/never")));
        until("the call is made", || stage.pool.status().workers[0].calls == 1).await;
        let begun = Instant::now();
        let deadline = Duration::from_millis(200);
        // The call never ends: whatever comes in time is the deadline's doing.
        within(stage.pool.shutdown(deadline)).await;
        assert!(begun.elapsed() >= deadline, "{:?}", begun.elapsed());
        assert_eq!(within(never).await.expect("no panic").expect_err("cut"), HandlerError::ShuttingDown);
    });
}

#[test]
fn a_shutdown_before_the_first_worker_is_ready_ends_at_once() {
    run(async {
        let stage = Plan::init(serde_json::json!({ "atStart": "hang" })).start();
        let waiting = tokio::task::spawn_local(stage.call(get("/hello")));
        until("the process is there", || stage.pool.status().workers.iter().any(|worker| worker.pid.is_some())).await;
        let pid = stage.pool.status().workers[0].pid.expect("a process");
        within(stage.pool.shutdown(Duration::from_secs(30))).await;
        assert_eq!(within(waiting).await.expect("no panic").expect_err("cut"), HandlerError::ShuttingDown);
        until("the process is gone", || !is_alive(pid)).await;
    });
}

#[test]
fn dropping_the_pool_kills_its_workers() {
    run(async {
        let stage = Plan::default().ready().await;
        let pid = stage.pool.status().workers[0].pid.expect("a process");
        drop(stage);
        until("the process is gone", || !is_alive(pid)).await;
    });
}

/// A front of its own in a process of its own, whose worker does `path`.
struct Front {
    process: std::process::Child,
    worker: u32,
}

fn front(path: &str) -> Front {
    let examples: PathBuf =
        std::env::current_exe().expect("this binary").parent().expect("deps").with_file_name("examples");
    let mut process = Command::new(examples.join("front_process"))
        .arg(worker_script())
        .arg(path)
        .stdout(Stdio::piped())
        .spawn()
        .expect("cargo builds the examples with the tests");
    let mut line = String::new();
    BufReader::new(process.stdout.take().expect("piped")).read_line(&mut line).expect("readable");
    let worker = line.trim().parse().expect("the worker's process id");
    Front { process, worker }
}

/// Kills a front and returns how long its worker outlived it.
fn kill_front(mut front: Front) -> Duration {
    assert!(is_alive(front.worker));
    front.process.kill().expect("it runs");
    let begun = Instant::now();
    front.process.wait().expect("it was killed");
    while is_alive(front.worker) {
        assert!(begun.elapsed() < Duration::from_secs(5), "the worker outlives its front");
        std::thread::sleep(Duration::from_millis(2));
    }
    begun.elapsed()
}

/// Kills fronts whose worker does `path` until one outlives its front by less than the second that is promised. On a machine that
/// stands still for a second the first attempt proves nothing.
fn dies_within_a_second(path: &str) {
    let mut outlived = Vec::new();
    while outlived.len() < 3 {
        outlived.push(kill_front(front(path)));
        if outlived.iter().any(|one| *one < Duration::from_secs(1)) {
            return;
        }
    }
    panic!("workers outlived their fronts by {outlived:?}");
}

#[test]
fn an_idle_worker_dies_with_its_front() {
    dies_within_a_second("/hello");
}

#[test]
fn a_worker_in_an_endless_loop_dies_with_its_front() {
    dies_within_a_second("/loop");
}
