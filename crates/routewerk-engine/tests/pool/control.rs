//! Messages and questions between front and workers.

use bytes::Bytes;
use routewerk_engine::AskError;
use serde_json::{Value, json};

use crate::support::{Plan, run, until, within};

#[test]
fn a_worker_answers_questions() {
    run(async {
        let stage = Plan::default().ready().await;
        let answer = within(stage.pool.ask(1, "double", r#"{"n":21}"#.into())).await.expect("an answer");
        assert_eq!(serde_json::from_slice::<Value>(&answer).expect("JSON"), json!({ "doubled": 42 }));
    });
}

#[test]
fn a_question_that_fails_gives_the_workers_message() {
    run(async {
        let stage = Plan::default().ready().await;
        let error = within(stage.pool.ask(1, "throw", "null".into())).await.expect_err("it throws");
        assert_eq!(error.to_string(), "the worker failed to answer `throw`: not today");
        let error = within(stage.pool.ask(1, "unknown", "null".into())).await.expect_err("nobody answers");
        assert_eq!(error.to_string(), "the worker failed to answer `unknown`: nobody answers `unknown`");
    });
}

#[test]
fn a_question_to_a_worker_that_is_not_there_fails() {
    run(async {
        let stage = Plan::default().ready().await;
        let error = within(stage.pool.ask(9, "double", "{}".into())).await.expect_err("no such worker");
        assert_eq!(error, AskError::NotReady { worker: 9 });
    });
}

#[test]
fn a_question_to_a_worker_that_dies_fails() {
    run(async {
        let stage = Plan::default().ready().await;
        let asked = stage.pool.ask(1, "exit", "null".into());
        let error = within(asked).await.expect_err("it exits");
        assert_eq!(error, AskError::WorkerDied { topic: "exit".to_owned() });
    });
}

#[test]
fn all_workers_are_asked_and_told() {
    run(async {
        let stage = Plan { workers: 2, ..Plan::default() }.ready().await;
        until("both are ready", || stage.pool.status().ready() == 2).await;
        let answers = within(stage.pool.ask_all("double", r#"{"n":4}"#.into())).await.expect("asked");
        let workers: Vec<_> = answers.iter().map(|(worker, _)| *worker).collect();
        assert_eq!(workers, [1, 2]);
        assert!(answers.iter().all(|(_, answer)| *answer == Ok(Bytes::from_static(br#"{"doubled":8}"#))));
        stage.pool.tell("remember", r#""told""#.into()).expect("sent");
        for _ in 0..2 {
            stage.until_says("/version", "told").await;
        }
    });
}

#[test]
fn an_announcement_is_answered_by_every_worker_that_is_ready() {
    run(async {
        let stage = Plan { workers: 2, ..Plan::default() }.ready().await;
        until("both are ready", || stage.pool.status().ready() == 2).await;
        // On their way when the method returns: they arrive in this order although none is waited for before all are sent.
        let answers: Vec<_> = (0..20)
            .map(|number| stage.pool.announce("double", json!({ "n": number }).to_string().into()).expect("sent"))
            .collect();
        for (number, answers) in answers.into_iter().enumerate() {
            let expected = Ok(Bytes::from(json!({ "doubled": number * 2 }).to_string()));
            assert_eq!(within(answers).await, [(1, expected.clone()), (2, expected)]);
        }
        let error = stage.pool.announce("double", Bytes::from(vec![b' '; 17 << 20])).err();
        assert!(matches!(error, Some(AskError::TooLong { .. })), "{error:?}");
    });
}

#[test]
fn a_worker_asks_the_host() {
    run(async {
        let stage = Plan::default().ready().await;
        assert_eq!(stage.get("/ask?topic=greet&q=me").await.expect("a reply").text(), r#"{"hello":"me"}"#);
        let found = stage.get("/ask?topic=what").await.expect("a reply");
        assert_eq!(found.text(), "error: unknown topic `what`");
    });
}

#[test]
fn a_message_longer_than_a_frame_is_refused_on_either_side() {
    run(async {
        let stage = Plan::default().ready().await;
        let long = Bytes::from(vec![b' '; 17 << 20]);
        let error = stage.pool.tell("remember", long.clone()).expect_err("too long");
        assert!(matches!(error, AskError::TooLong { .. }), "{error}");
        let error = within(stage.pool.ask(1, "double", long)).await.expect_err("too long");
        assert!(matches!(error, AskError::TooLong { .. }), "{error}");
        let found = stage.get("/ask?topic=long").await.expect("a reply");
        assert!(found.text().starts_with("error: an answer of 17"), "{}", found.text());
    });
}

#[test]
fn a_long_message_arrives() {
    run(async {
        let stage = Plan::default().ready().await;
        let text = "€".repeat(2_000_000);
        stage.pool.tell("remember", json!(text).to_string().into()).expect("sent");
        stage.until_says("/version", &text).await;
    });
}
