//! `cache`: what it shows and forgets, in a running server and at rest.

use std::os::unix::fs::PermissionsExt as _;

use routewerk_test::TestApp;
use serde_json::Value as Json;

use crate::{build, run_on, start, start_with};

/// A stored route that says how often it was made.
fn app() -> TestApp {
    TestApp::new()
        .with(
            "app/api/count/route.ts",
            "export const revalidate = 3600\nconst begun = Date.now()\nlet count = 0\n\
             export const GET = () => Response.json([begun, ++count], { headers: { 'x-own': 'yes' } })\n",
        )
        .with(
            "app/api/bytes/route.ts",
            "export const dynamic = 'force-static'\nexport const GET = () => new Response(new Uint8Array([255, 0, 1]))\n",
        )
}

fn json(app: &TestApp, arguments: &[&str]) -> Json {
    let (code, out, err) = run_on(app, &[&["cache"], arguments, &["--json"]].concat());
    assert_eq!(code, Some(0), "{out}\n{err}");
    serde_json::from_str(&out).expect("JSON")
}

fn failure(app: &TestApp, arguments: &[&str]) -> (Option<i32>, String) {
    let (code, _, err) = run_on(app, &[&["cache"], arguments].concat());
    (code, err)
}

fn paths(list: &Json) -> Vec<&str> {
    list["entries"].as_array().expect("a list").iter().filter_map(|entry| entry["path"].as_str()).collect()
}

#[test]
fn a_running_server_is_asked_and_told() {
    let app = app();
    let server = start(&app);
    let mut client = server.connect();
    let first = client.request("GET", "/api/count", &[], b"").text();
    assert_eq!(client.request("GET", "/api/count", &[], b"").text(), first, "it is stored");

    let list = json(&app, &["ls"]);
    assert_eq!((paths(&list), &list["more"]), (vec!["/api/bytes", "/api/count"], &Json::Bool(false)));
    let entry = &list["entries"][1];
    assert_eq!((&entry["state"], &entry["kind"], &entry["status"]), (&"fresh".into(), &"reply".into(), &200.into()));
    assert_eq!((&entry["revalidate"], &entry["memory"]), (&3600.into(), &true.into()));
    let shortened = json(&app, &["list", "--limit", "1"]);
    assert_eq!((paths(&shortened).len(), &shortened["more"]), (1, &Json::Bool(true)));

    let by_path = json(&app, &["get", "/api/count/"]);
    assert_eq!(by_path["body"].as_str(), Some(first.as_str()));
    let headers = by_path["headers"].as_array().expect("fields");
    assert!(headers.contains(&serde_json::json!(["x-own", "yes"])), "{headers:?}");
    let key = by_path["key"].as_str().expect("a key");
    assert_eq!(json(&app, &["get", key])["body"], by_path["body"]);
    assert_eq!(json(&app, &["get", "/api/bytes"])["bodyBase64"], "/wAB");

    json(&app, &["purge", "--path", "/api/count"]);
    let second = client.request("GET", "/api/count", &[], b"").text();
    assert_ne!(second, first, "it was made again");
    json(&app, &["purge", "--tag", "_N_T_/layout"]);
    let third = client.request("GET", "/api/count", &[], b"").text();
    assert_ne!(third, second);
    json(&app, &["purge", "--key", key]);
    let fourth = client.request("GET", "/api/count", &[], b"").text();
    assert_ne!(fourth, third);
    json(&app, &["purge", "--all"]);
    assert_eq!(paths(&json(&app, &["ls"])), Vec::<&str>::new());
    assert_ne!(client.request("GET", "/api/count", &[], b"").text(), fourth);
    let stats = json(&app, &["stats"]);
    assert!(stats["stored"].as_u64() >= Some(4) && stats["memory"]["entries"] == 1, "{stats}");
}

#[test]
fn at_rest_the_store_on_disk_is_read_and_purged() {
    let app = app();
    let mut server = start(&app);
    let first = server.connect().request("GET", "/api/count", &[], b"").text();
    let run = app.root().join(".routewerk/run");
    let mode = |path| std::fs::metadata(path).expect("there").permissions().mode() & 0o777;
    assert_eq!(mode(run.clone()), 0o700);
    assert!(run.join("socket").exists());
    server.signal("TERM");
    assert_eq!(server.wait(), Some(0));
    assert!(!run.join("socket").exists(), "the server takes its socket with it");

    let entry = json(&app, &["get", "/api/count"]);
    assert_eq!((entry["body"].as_str(), &entry["build"]), (Some(first.as_str()), &Json::Bool(true)));
    let (code, out, _) = run_on(&app, &["cache", "ls"]);
    assert!(code == Some(0) && out.contains("/api/count") && out.contains("3600s"), "{out}");
    let (code, out, _) = run_on(&app, &["cache", "get", "/api/bytes"]);
    assert!(code == Some(0) && out.contains("(3 bytes that are no text: --json shows them)"), "{out}");
    let (code, out, _) = run_on(&app, &["cache", "stats"]);
    assert!(code == Some(0) && out.contains("disk:") && out.contains("2 entries"), "{out}");

    let (code, out, _) = run_on(&app, &["cache", "purge", "--path", "/api/count"]);
    assert!(code == Some(0) && out.contains("Purged"), "{out}");
    assert_eq!(json(&app, &["get", "/api/count"])["state"], "expired");
    let server = start_with(&app, &[]);
    assert_ne!(server.connect().request("GET", "/api/count", &[], b"").text(), first, "it was made again");
}

#[test]
fn what_cannot_be_done_is_said() {
    let app = app();
    let (code, text) = failure(&app, &["ls"]);
    assert!(code == Some(1) && text.contains("there is no cache in"), "{text}");
    build(&app);
    let server = start_with(&app, &[]);
    let (code, text) = failure(&app, &["get", "/api/other"]);
    assert!(code == Some(1) && text.contains("there is no entry `/api/other`"), "{text}");
    let (code, text) = failure(&app, &["purge", "--key", "abc"]);
    assert!(code == Some(1) && text.contains("`abc` is neither a path"), "{text}");
    for wrong in [&["purge"][..], &["purge", "--all", "--tag", "x"], &["purge", "--path", "x"], &["ls", "--limit", "0"]]
    {
        assert_eq!(failure(&app, wrong).0, Some(2), "{wrong:?}");
    }
    drop(server);
}

#[test]
fn stats_say_what_has_happened_since_the_start() {
    let app = app().with(
        "app/api/value/route.ts",
        "import { unstable_cache } from 'next/cache'\nconst value = unstable_cache(async () => 1, ['one'])\n\
         export const GET = async () => Response.json(await value())\n",
    );
    build(&app);
    let (_, out, _) = run_on(&app, &["cache", "stats"]);
    assert!(out.contains("At rest") && out.contains("build:          2 entries") && !out.contains("memory:"), "{out}");
    let server = start_with(&app, &[]);
    let mut client = server.connect();
    for path in ["/api/count", "/api/count", "/api/value", "/api/value"] {
        client.request("GET", path, &[], b"");
    }
    json(&app, &["purge", "--path", "/api/count"]);
    client.request("GET", "/api/count", &[], b"");
    let stats = json(&app, &["stats"]);
    let requests = serde_json::json!({ "hits": 2, "stale": 0, "misses": 1, "waiting": 0 });
    assert_eq!(stats["requests"], requests, "{stats}");
    assert_eq!((&stats["generations"]["made"], &stats["generations"]["running"]), (&1.into(), &0.into()), "{stats}");
    let values = &stats["values"];
    assert!(values["hits"].as_u64() >= Some(1) && values["refused"] == 0, "{stats}");
    let (_, out, _) = run_on(&app, &["cache", "stats"]);
    for text in
        ["Since the server's start ", "requests:       2 hits, 0 stale hits, 1 misses, 0 waiting now", "memory: "]
    {
        assert!(out.contains(text), "{text} in\n{out}");
    }
}

#[test]
fn a_socket_that_is_nobodys_or_somebody_elses_is_told_apart() {
    let app = app();
    let mut server = start(&app);
    server.signal("KILL");
    server.wait();
    let socket = app.root().join(".routewerk/run/socket");
    assert!(socket.exists(), "a server that is killed leaves it behind");
    assert_eq!(paths(&json(&app, &["ls"])).len(), 2, "then the store is read at rest");
    std::fs::remove_file(&socket).expect("removed");
    let listener = std::os::unix::net::UnixListener::bind(&socket).expect("bound");
    let other = std::thread::spawn(move || {
        use std::io::{Read as _, Write as _};
        let (mut stream, _) = listener.accept().expect("a question");
        let _ = stream.read(&mut [0; 64]);
        let _ = stream.write_all(b"220 mail.example ESMTP\r\n");
    });
    let (code, text) = failure(&app, &["ls"]);
    assert!(code == Some(1) && text.contains("is no server of this version"), "{text}");
    other.join().expect("no panic");
}

#[test]
fn a_damaged_journal_is_told_and_begins_anew() {
    let app = app();
    let mut server = start(&app);
    json(&app, &["purge", "--path", "/api/count"]);
    server.connect().request("GET", "/api/count", &[], b"");
    server.signal("TERM");
    assert_eq!(server.wait(), Some(0));
    app.write(".routewerk/cache/journal", "nonsense");
    let (code, out, err) = run_on(&app, &["cache", "ls"]);
    assert!(code == Some(0) && err.contains("begins anew: its journal of invalidations is damaged"), "{out}\n{err}");
    // Nothing of before is believed, what lies in the build neither.
    assert!(out.lines().skip(1).all(|line| line.contains("expired")), "{out}");
    let (_, _, err) = run_on(&app, &["cache", "ls"]);
    assert!(err.is_empty(), "told once: {err}");
}
