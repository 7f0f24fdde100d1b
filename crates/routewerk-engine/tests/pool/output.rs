//! What workers write is drained, bounded and handed on in lines.

use routewerk_engine::WorkerEvent;

use crate::support::{Plan, run, until};

#[test]
fn lines_of_both_streams_reach_the_sink() {
    run(async {
        let stage = Plan::default().ready().await;
        stage.get("/print?text=one%0Atwo").await.expect("a reply");
        let expected = ["Stdout one", "Stdout two", "Stderr E one", "Stderr two"];
        until("all lines are there", || {
            let lines = stage.sink.lines.lock().expect("not poisoned");
            expected.iter().all(|line| lines.iter().any(|found| found == line))
        })
        .await;
    });
}

#[test]
fn a_long_line_arrives_in_pieces() {
    run(async {
        let stage = Plan::default().ready().await;
        stage.get(&format!("/print?text={}", "y".repeat(40_000))).await.expect("a reply");
        until("all pieces are there", || {
            let lines = stage.sink.lines.lock().expect("not poisoned");
            let pieces = lines.iter().filter(|line| line.starts_with("Stdout"));
            pieces.map(|line| line.matches('y').count()).sum::<usize>() == 40_000
        })
        .await;
        let lines = stage.sink.lines.lock().expect("not poisoned");
        let is_open: Vec<_> =
            lines.iter().filter(|line| line.starts_with("Stdout")).map(|line| line.ends_with('…')).collect();
        assert_eq!(is_open, [true, true, false]);
    });
}

#[test]
#[expect(
    clippy::await_holding_lock,
    reason = "the lock is the brake: the sink's thread waits for it, nobody here does"
)]
fn a_sink_that_blocks_stops_no_worker_and_costs_only_lines() {
    run(async {
        let stage = Plan::default().ready().await;
        let brake = stage.sink.brake.lock().expect("not poisoned");
        // 50 MB while the sink takes nothing.
        assert_eq!(stage.get("/flood").await.expect("a reply").text(), "flooded");
        assert_eq!(stage.get("/hello").await.expect("a reply").text(), "hello");
        drop(brake);
        until("the loss is told", || {
            stage.sink.has_event(|event| matches!(event, WorkerEvent::OutputDropped { lines } if *lines > 10_000))
        })
        .await;
    });
}
