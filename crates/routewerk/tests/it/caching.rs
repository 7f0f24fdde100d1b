//! Caching in operation: what a build leaves behind and how damage to it is met, reloads, limits, and what is told of it all.

use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::path::PathBuf;

use routewerk_test::{Reply, TestApp, TestServer, wait_until};
use serde_json::Value as Json;

use crate::{build, names_in, routewerk, run_on, start, start_with};

/// A route of listed paths that are never made again by themselves.
fn listed(more: &str) -> String {
    format!(
        "export const dynamic = 'force-static'\n{more}\n\
         export const generateStaticParams = () => ['a', 'b', 'c'].map((id) => ({{ id }}))\n\
         export const GET = async (_: Request, {{ params }}: {{ params: Promise<{{ id: string }}> }}) =>\n  \
         new Response(`${{(await params).id}} ${{process.pid}}`)\n"
    )
}

fn state(reply: &Reply) -> &str {
    reply.header("x-nextjs-cache").unwrap_or("none")
}

fn json(app: &TestApp, arguments: &[&str]) -> Json {
    let (code, out, err) = run_on(app, &[&["cache"], arguments, &["--json"]].concat());
    assert_eq!(code, Some(0), "{out}\n{err}");
    serde_json::from_str(&out).expect("JSON")
}

/// A file of the one build that there is.
fn of_build(app: &TestApp, name: &str) -> PathBuf {
    let builds = app.root().join(".routewerk/builds");
    let [build] = names_in(&builds).try_into().expect("one build");
    builds.join(build).join(name)
}

/// How often a text stands in a server's output.
fn count(server: &TestServer, text: &str) -> usize {
    server.output().text().matches(text).count()
}

#[test]
fn damaged_replies_of_a_build_are_made_again_and_told_once() {
    let app = TestApp::new().with("app/p/[id]/route.ts", &listed(""));
    build(&app);
    let file = of_build(&app, "prerendered.bin");
    let whole = std::fs::read(&file).expect("bytes");
    // One byte of `b`, and the end of `c`.
    let third = whole.len() / 3;
    let mut altered = whole[..whole.len() - 1].to_vec();
    altered[third + third / 2] ^= 1;
    std::fs::write(&file, altered).expect("written");
    let server = start_with(&app, &[]);
    assert_eq!(state(&server.get("/p/a")), "HIT");
    for path in ["/p/b", "/p/c"] {
        let made = server.get(path);
        assert_eq!((made.status, state(&made)), (200, "MISS"), "{path}");
        assert!(made.text().starts_with(&path[3..]), "{}", made.text());
        assert_eq!(state(&server.get(path)), "HIT", "{path}");
    }
    for path in ["/p/b", "/p/c"] {
        assert_eq!(count(&server, &format!("the bytes of `{path}`")), 1, "{}", server.output().text());
    }
    drop(server);

    std::fs::remove_file(&file).expect("removed");
    app.remove(".routewerk/cache");
    let server = start_with(&app, &[]);
    assert_eq!((state(&server.get("/p/a")), state(&server.get("/p/a"))), ("MISS", "HIT"));
}

#[test]
fn a_damaged_index_is_told_at_the_start_and_what_it_lists_is_made_again() {
    let app = TestApp::new().with("app/p/[id]/route.ts", &listed(""));
    build(&app);
    let index = of_build(&app, "prerendered.jsonl");
    let text = std::fs::read_to_string(&index).expect("text");
    std::fs::write(&index, text.replacen("/p/b", "/p/x", 1)).expect("written");
    let server = start_with(&app, &[]);
    server.wait_for_output("1 of 3 prerendered replies of the build are missing or damaged");
    assert_eq!((state(&server.get("/p/a")), state(&server.get("/p/b"))), ("HIT", "MISS"));
    drop(server);

    std::fs::remove_file(&index).expect("removed");
    app.remove(".routewerk/cache");
    let server = start_with(&app, &[]);
    server.wait_for_output("3 of 3 prerendered replies");
    assert_eq!(state(&server.get("/p/a")), "MISS");
}

#[test]
fn a_list_of_what_is_served_must_be_whole() {
    let app = TestApp::new().with("app/p/[id]/route.ts", &listed("export const dynamicParams = false"));
    build(&app);
    let index = of_build(&app, "prerendered.jsonl");
    let text = std::fs::read_to_string(&index).expect("text");
    std::fs::write(&index, text.lines().next().expect("a line")).expect("written");
    let (code, _, err) = run_on(&app, &["start", "--port", "0"]);
    assert_eq!(code, Some(4), "{err}");
    assert!(err.contains("prerendered.jsonl` is damaged") && err.contains("routewerk build"), "{err}");
}

#[test]
fn an_entry_that_is_damaged_while_it_is_served_is_made_again() {
    let app = TestApp::new().with("app/p/[id]/route.ts", &listed(""));
    let server = start(&app);
    assert_eq!(state(&server.get("/p/a")), "HIT");
    let mut file = std::fs::File::options().read(true).write(true).open(of_build(&app, "prerendered.bin")).unwrap();
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes).unwrap();
    file.seek(SeekFrom::Start(0)).unwrap();
    file.write_all(&vec![b'x'; bytes.len()]).unwrap();
    let reply = server.get("/p/b");
    assert_eq!((state(&reply), &reply.text()[..2]), ("MISS", "b "));
    assert_eq!(state(&server.get("/p/a")), "HIT", "what is in memory is good");
}

#[test]
fn the_replies_of_a_build_stay_within_the_memory_that_next_config_allows() {
    let app = TestApp::new().with("next.config.mjs", "export default { cacheMaxMemorySize: 200_000 }\n").with(
        "app/p/[id]/route.ts",
        "export const dynamic = 'force-static'\n\
         export const generateStaticParams = () => Array.from({ length: 300 }, (_, n) => ({ id: `n${n}` }))\n\
         export const GET = () => new Response('x'.repeat(10_000))\n",
    );
    let server = start(&app);
    let mut client = server.connect();
    for round in 0..2 {
        for number in 0..300 {
            let reply = client.request("GET", &format!("/p/n{number}"), &[], b"");
            assert_eq!((reply.status, state(&reply)), (200, "HIT"), "{round} {number}");
        }
    }
    let stats = json(&app, &["stats"]);
    let memory = &stats["memory"];
    assert!(memory["bytes"].as_u64() <= Some(200_000) && memory["entries"].as_u64() > Some(0), "{stats}");
    assert_eq!((&stats["build"], &stats["disk"]["entries"]), (&300.into(), &0.into()), "{stats}");
    assert_eq!(stats["requests"]["hits"], 600, "{stats}");
}

/// What outlives builds.
const VALUE: &str = "import { unstable_cache } from 'next/cache'\n\
    export const value = unstable_cache(async () => `${process.pid}-${Math.random()}`, ['kept'], { revalidate: 3600 })\n";

/// A static route that shows its build and the value.
fn with_value(build: &str) -> String {
    format!(
        "import {{ value }} from '../../lib/value'\nexport const revalidate = 3600\n\
         export const GET = async () => new Response(`{build} ${{await value()}}`)\n"
    )
}

#[test]
fn a_reload_takes_the_limits_of_the_new_build_and_keeps_values_but_no_replies() {
    let app = TestApp::new()
        .with("next.config.mjs", "export default { cacheMaxMemorySize: 1_000_000, expireTime: 7200 }\n")
        .with("lib/value.ts", VALUE)
        .with(
            "app/value/route.ts",
            "import { value } from '../../lib/value'\nexport const GET = async () => new Response(await value())\n",
        )
        .with("app/a/route.ts", &with_value("first"));
    let server = start(&app);
    server.connect().request("GET", "/a", &[], b"");
    // The build's own value was its own: the server's is the one that has to survive.
    let purged = json(&app, &["purge", "--path", "/a"]);
    assert_eq!(purged["entries"], 1, "{purged}");
    let first = server.get("/a");
    assert_eq!(first.header("cache-control"), Some("s-maxage=3600, stale-while-revalidate=3600"));
    let value = server.get("/value").text();
    assert_eq!(first.text(), format!("first {value}"));
    assert_eq!(json(&app, &["stats"])["memory"]["maxBytes"], 1_000_000);

    app.write(
        "next.config.mjs",
        "export default { cacheMaxMemorySize: 2_000_000, expireTime: 3600, experimental: { isrFlushToDisk: false } }\n",
    );
    app.write("app/a/route.ts", &with_value("second"));
    build(&app);
    server.signal("HUP");
    let second = server.get_until("/a", |reply| reply.text().starts_with("second"));
    assert_eq!(second.header("cache-control"), Some("s-maxage=3600"), "its own expireTime");
    for _ in 0..50 {
        assert!(server.get("/a").text().starts_with("second"), "no reply of the old build");
    }
    wait_until("the limits are taken over", || json(&app, &["stats"])["memory"]["maxBytes"] == 2_000_000);
    assert_eq!(server.get("/value").text(), value, "the value of before the reload");
    json(&app, &["purge", "--key", json(&app, &["get", "/a"])["key"].as_str().expect("a key")]);
    assert_ne!(server.get("/a").text(), second.text(), "it was made again");
    let list = json(&app, &["ls"]);
    let on_disk = |entry: &&Json| entry["disk"] == true && entry["kind"] == "reply";
    assert_eq!(list["entries"].as_array().expect("a list").iter().filter(on_disk).count(), 0, "{list}");
}

/// A route whose GET takes as long as its path says.
const SLOW: &str = "export const dynamic = 'force-static'\n\
    export const GET = async (_: Request, { params }: { params: Promise<{ ms: string }> }) => {\n  \
    const { ms } = await params\n  await new Promise((done) => setTimeout(done, Number(ms)))\n  return new Response('made')\n}\n";

#[test]
fn a_request_waits_for_its_entry_no_longer_than_it_is_told_to() {
    let app = TestApp::new().with("app/slow/[ms]/route.ts", SLOW);
    build(&app);
    let server = start_with(&app, &["--generation-timeout", "300"]);
    let late = server.get("/slow/1500");
    assert_eq!((late.status, late.header("content-type")), (504, Some("application/problem+json")));
    assert_eq!(
        (late.header("retry-after"), late.json()["detail"].as_str()),
        (Some("1"), Some("the reply is still being made"))
    );
    server.get_until("/slow/1500", |reply| reply.status == 200);
    let made = server.get("/slow/1500");
    assert_eq!((made.text().as_str(), state(&made)), ("made", "HIT"), "it was made nevertheless");
    drop(server);
    let server = start_with(&app, &["--generation-timeout=5000"]);
    assert_eq!(state(&server.get("/slow/600")), "MISS");
    for wrong in ["0", "5", "x", "90000000"] {
        let (code, _, err) = run_on(&app, &["start", "--generation-timeout", wrong]);
        assert_eq!(code, Some(2), "{err}");
    }
}

#[test]
fn many_cold_paths_are_made_a_few_at_a_time() {
    const CLIENTS: usize = 64;
    const EACH: usize = 8;
    let app = TestApp::new().with(
        "app/c/[id]/route.ts",
        "let running = 0\nlet most = 0\nexport const dynamic = 'force-static'\n\
         export const GET = async () => {\n  most = Math.max(most, ++running)\n  \
         await new Promise((done) => setTimeout(done, 5))\n  running--\n  return new Response(String(most))\n}\n",
    );
    build(&app);
    let server = start_with(&app, &["--max-generations", "4"]);
    let mut clients: Vec<_> = (0..CLIENTS).map(|_| server.connect()).collect();
    let mut most = 0;
    for round in 0..EACH {
        for (number, client) in clients.iter_mut().enumerate() {
            client.send(format!("GET /c/{round}-{number} HTTP/1.1\r\nHost: a\r\n\r\n"));
        }
        for client in &mut clients {
            let reply = client.reply("GET");
            assert_eq!((reply.status, state(&reply)), (200, "MISS"));
            most = most.max(reply.text().parse::<usize>().expect("a number"));
        }
    }
    assert!((2..=4).contains(&most), "{most} at once");
    let stats = json(&app, &["stats"]);
    let numbers = (&stats["requests"]["misses"], &stats["generations"]["made"], &stats["generations"]["queued"]);
    assert_eq!(numbers, (&512.into(), &512.into(), &0.into()), "{stats}");
}

#[test]
fn a_generation_that_fails_is_one_line_with_its_route_and_the_users_place() {
    let app = TestApp::new().with(
        "app/f/[id]/route.ts",
        "export const dynamic = 'force-static'\nexport async function GET(): Promise<Response> {\n  \
         await new Promise((done) => setTimeout(done, 100))\n  throw new Error('boom')\n}\n",
    );
    let server = start(&app);
    let mut clients: Vec<_> = (0..20).map(|_| server.connect()).collect();
    for client in &mut clients {
        client.send("GET /f/1 HTTP/1.1\r\nHost: a\r\n\r\n");
    }
    for client in &mut clients {
        assert_eq!(client.reply("GET").status, 500);
    }
    let line = "The stored reply of /f/1 (route /f/[id]) could not be made";
    server.wait_for_output(line);
    let text = server.output().text();
    assert_eq!(text.matches(line).count(), 1, "{text}");
    let line = text.lines().find(|found| found.contains(line)).expect("the line");
    assert!(line.contains("Error: boom at app/f/[id]/route.ts:4:"), "{line}");
    assert!(line.ends_with("Who waited for it got a 500."), "{line}");
    let stats = json(&app, &["stats"]);
    assert_eq!((&stats["generations"]["failed"], &stats["requests"]["misses"]), (&1.into(), &20.into()), "{stats}");
}

#[test]
fn a_path_is_purged_however_it_is_written() {
    let app = TestApp::new().with(
        "app/p/[id]/route.ts",
        "export const dynamic = 'force-static'\n\
         export const generateStaticParams = () => [{ id: 'b c' }, { id: 'grün' }, { id: '50%' }]\n\
         export const GET = () => new Response(`${Math.random()}`)\n",
    );
    let server = start(&app);
    for (path, written) in [
        ("/p/b%20c", &["/p/b c", "/p/b%20c", "/p/b%20c/", "/p/b c?x=1"][..]),
        ("/p/gr%C3%BCn", &["/p/grün", "/p/gr%C3%BCn", "/p/gr%c3%bcn"]),
        ("/p/50%25", &["/p/50%", "/p/50%25"]),
    ] {
        for written in written {
            let before = server.get(path).text();
            assert_eq!(server.get(path).text(), before, "{path}");
            let purged = json(&app, &["purge", "--path", written]);
            assert_eq!(purged, serde_json::json!({ "purged": true, "entries": 1, "names": [path] }), "{written}");
            assert_ne!(server.get(path).text(), before, "{written}");
        }
    }
    let (code, out, _) = run_on(&app, &["cache", "purge", "--path", "/p/none"]);
    assert!(code == Some(0) && out.contains("Nothing that is stored matched"), "{out}");
    let (_, out, _) = run_on(&app, &["cache", "purge", "--tag", "_N_T_/p/[id]/route"]);
    assert!(out.contains("Purged 3 entries: /p/50%25, /p/b%20c, /p/gr%C3%BCn"), "{out}");
}

#[test]
fn what_was_purged_by_its_key_does_not_come_back_from_the_build() {
    let app = TestApp::new().with("app/p/[id]/route.ts", &listed(""));
    build(&app);
    let before = json(&app, &["get", "/p/a"]);
    assert_eq!((&before["build"], &before["state"]), (&true.into(), &"fresh".into()), "{before}");
    json(&app, &["purge", "--key", before["key"].as_str().expect("a key")]);
    assert_eq!(json(&app, &["get", "/p/a"])["state"], "expired");
    let server = start_with(&app, &[]);
    assert_eq!((state(&server.get("/p/a")), state(&server.get("/p/b"))), ("MISS", "HIT"));
}

#[test]
fn without_a_disk_nothing_is_written_and_what_lay_there_is_not_believed_again() {
    let app = TestApp::new().with("lib/value.ts", VALUE).with("app/a/route.ts", &with_value("one"));
    let mut server = start(&app);
    json(&app, &["purge", "--path", "/a"]);
    let old = server.get("/a").text();
    server.signal("TERM");
    assert_eq!(server.wait(), Some(0));

    app.write("next.config.mjs", "export default { experimental: { isrFlushToDisk: false } }\n");
    let files = || walk(&app.root().join(".routewerk/cache"));
    let before = files();
    let mut server = start(&app);
    json(&app, &["purge", "--path", "/a"]);
    let new = server.get("/a").text();
    assert_ne!(new, old);
    assert_eq!(json(&app, &["stats"])["disk"], Json::Null);
    server.signal("TERM");
    assert_eq!(server.wait(), Some(0));
    assert_eq!(files(), before, "nothing was written");

    app.remove("next.config.mjs");
    let (code, out, err) = run_on(&app, &["build"]);
    assert!(code == Some(0) && format!("{out}{err}").contains("begins anew"), "{out}\n{err}");
    let server = start_with(&app, &[]);
    json(&app, &["purge", "--path", "/a"]);
    let value = |text: &str| text.split(' ').nth(1).expect("a value").to_owned();
    assert_ne!(value(&server.get("/a").text()), value(&old), "nobody knows what was invalidated meanwhile");
}

/// The files below a directory.
fn walk(directory: &std::path::Path) -> Vec<String> {
    let mut found = Vec::new();
    for name in names_in(directory) {
        let path = directory.join(&name);
        if path.is_dir() {
            found.extend(walk(&path).into_iter().map(|below| format!("{name}/{below}")));
        } else {
            found.push(name);
        }
    }
    found
}

#[test]
fn expiry_follows_next_config_at_its_edges() {
    let cases = [
        ("0", "s-maxage=60"),
        ("30", "s-maxage=60"),
        ("60", "s-maxage=60"),
        ("61", "s-maxage=60, stale-while-revalidate=1"),
        ("1e15", "s-maxage=60, stale-while-revalidate=999999999999940"),
    ];
    let app = TestApp::new()
        .with("app/a/route.ts", "export const revalidate = 60\nexport const GET = () => new Response('a')\n");
    for (expire, expected) in cases {
        app.write("next.config.mjs", &format!("export default {{ expireTime: {expire}, cacheMaxMemorySize: 0 }}\n"));
        let server = start(&app);
        for _ in 0..2 {
            let reply = server.get("/a");
            assert_eq!((state(&reply), reply.header("cache-control")), ("HIT", Some(expected)), "{expire}");
        }
    }
    app.write("next.config.mjs", "export default { expireTime: '60', cacheMaxMemorySize: 'all' }\n");
    let (code, out, err) = run_on(&app, &["build"]);
    assert_eq!(code, Some(0), "{err}");
    let text = format!("{out}{err}");
    for wrong in ["expireTime", "cacheMaxMemorySize"] {
        assert!(text.lines().any(|line| line.contains(wrong) && line.contains("number")), "{wrong} in\n{text}");
    }
}

#[test]
fn a_generate_static_params_that_is_no_function_is_none() {
    let app = TestApp::new()
        .with(
            "app/x/[id]/route.js",
            "export const generateStaticParams = [{ id: 'a' }]\nexport const dynamicParams = false\n\
             export const GET = () => new Response('x')\n",
        )
        .with("app/y/route.js", "export const generateStaticParams = []\nexport const GET = () => new Response('y')\n");
    let (code, out, err) = run_on(&app, &["build"]);
    assert_eq!(code, Some(0), "{err}");
    assert!(out.contains("ƒ /x/[id]") && out.contains("ƒ /y"), "{out}");
    let server = start_with(&app, &[]);
    for path in ["/x/a", "/x/b", "/y"] {
        assert_eq!((server.get(path).status, state(&server.get(path))), (200, "none"), "{path}");
    }
}

#[test]
fn a_call_in_development_waits_no_longer_for_a_value_than_it_is_told_to() {
    let app = TestApp::new().with(
        "app/v/[ms]/route.ts",
        "import { unstable_cache } from 'next/cache'\nlet calls = 0\n\
         const value = unstable_cache(async (ms: number) => {\n  calls++\n  \
         await new Promise((done) => setTimeout(done, ms))\n  return calls\n}, ['slow'])\n\
         export const GET = async (_: Request, { params }: { params: Promise<{ ms: string }> }) => {\n  \
         const { ms } = await params\n  await value(Number(ms))\n  return new Response(String(calls))\n}\n",
    );
    let both = |arguments: &[&str]| {
        let server = TestServer::spawn(routewerk(&["dev"]).args(arguments).current_dir(app.root()));
        server.wait_for_output("Ready in");
        server.get("/v/0");
        let mut clients = [server.connect(), server.connect()];
        for client in &mut clients {
            client.send("GET /v/1500 HTTP/1.1\r\nHost: a\r\n\r\n");
        }
        clients.map(|mut client| client.reply("GET").text())
    };
    assert_eq!(both(&[]), ["2", "2"], "the second call waits for the first one's value");
    let impatient = both(&["--generation-timeout", "200"]);
    assert!(impatient.iter().any(|calls| calls == "3"), "it makes its own: {impatient:?}");
}
