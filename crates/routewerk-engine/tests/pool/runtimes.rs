//! The other runtimes, from npm: the same channel over a private socket file.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use routewerk_engine::{Runtime, RuntimeKind};
use routewerk_handler::{Method, RequestBody};

use crate::support::{Plan, is_alive, request, run, until};

/// The programs of Bun and Deno, installed once into the target folder.
fn program(name: &str) -> PathBuf {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    let folder = FOLDER.get_or_init(|| {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("runtimes");
        std::fs::create_dir_all(&folder).expect("the target folder is writable");
        std::fs::write(folder.join("package.json"), r#"{"private":true}"#).expect("writable");
        let present = ["bun", "deno"].iter().all(|name| folder.join("node_modules/.bin").join(name).exists());
        if !present {
            let mut npm = Command::new("npm");
            npm.args(["install", "--no-audit", "--no-fund", "bun@1.4.5", "deno@2.9.6"]).current_dir(&folder);
            assert!(npm.status().expect("npm runs").success(), "npm install in {}", folder.display());
        }
        folder
    });
    folder.join("node_modules/.bin").join(name)
}

async fn serves_calls_and_streams(kind: RuntimeKind) {
    let runtime = Runtime { kind, program: program(kind.name()) };
    let stage = Plan { runtime, workers: 2, ..Plan::default() }.ready().await;
    assert_eq!(stage.get("/hello").await.expect("a reply").text(), "hello");
    assert_eq!(stage.get("/bytes?n=1000000").await.expect("a reply").bytes.len(), 1_000_000);
    assert_eq!(stage.get("/stream?total=1000000&size=10000").await.expect("a reply").bytes.len(), 1_000_000);
    let body = vec![3; 1_000_000];
    let echo = request(Method::Post, "/echo", RequestBody::Complete(body.clone().into()));
    assert!(stage.fetch(echo).await.expect("a reply").bytes == body);
    let pid: u32 = stage.get("/pid").await.expect("a reply").text().parse().expect("a number");
    stage.pool.shutdown(std::time::Duration::from_secs(5)).await;
    until("the process is gone", || !is_alive(pid)).await;
}

#[test]
fn bun_serves_calls_and_streams() {
    run(serves_calls_and_streams(RuntimeKind::Bun));
}

#[test]
fn deno_serves_calls_and_streams() {
    run(serves_calls_and_streams(RuntimeKind::Deno));
}
