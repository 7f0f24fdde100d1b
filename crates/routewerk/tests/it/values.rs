//! What handlers keep across requests, workers, restarts and builds: `fetch`, `unstable_cache`, `'use cache'`, and what drops it.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use routewerk_test::{TestApp, TestServer, wait_until};

use crate::{build, dev, start, start_with};

/// What handlers fetch from: it counts the calls of each path, and takes its time for paths with `slow`.
struct Origin {
    address: SocketAddr,
    calls: Arc<Mutex<HashMap<String, usize>>>,
}

impl Origin {
    fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("it is bound");
        let calls: Arc<Mutex<HashMap<String, usize>>> = Arc::default();
        let seen = Arc::clone(&calls);
        // Ends with the test's process: it has nothing to put in order.
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let seen = Arc::clone(&seen);
                std::thread::spawn(move || answer(stream, &seen));
            }
        });
        Self { address, calls }
    }

    fn calls(&self, path: &str) -> usize {
        self.calls.lock().expect("no thread has panicked").get(path).copied().unwrap_or_default()
    }

    /// A project whose routes reach it as `origin`.
    fn app(&self) -> TestApp {
        TestApp::new().with("lib/origin.ts", &format!("export const origin = 'http://{}'\n", self.address))
    }
}

fn answer(stream: TcpStream, seen: &Mutex<HashMap<String, usize>>) {
    let mut reader = BufReader::new(stream.try_clone().expect("a socket"));
    let mut line = String::new();
    reader.read_line(&mut line).expect("a request");
    let Some(path) = line.split(' ').nth(1).map(str::to_owned) else { return };
    let mut head = String::new();
    while reader.read_line(&mut head).expect("a head") > 2 {}
    let count = {
        let mut seen = seen.lock().expect("no thread has panicked");
        let count = seen.entry(path.clone()).or_default();
        *count += 1;
        *count
    };
    if path.contains("slow") {
        std::thread::sleep(Duration::from_millis(300));
    }
    let body = format!("answer {count}");
    let reply = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}", body.len());
    let mut stream = stream;
    stream.write_all(reply.as_bytes()).expect("a client");
    let _ = stream.shutdown(std::net::Shutdown::Write);
    let _ = reader.read(&mut [0; 1]);
}

const FETCHING: &str = "import { revalidatePath, revalidateTag } from 'next/cache'\nimport { origin } from '../../lib/origin'\n\
    export async function GET(request: Request) {\n  \
      const path = new URL(request.url).searchParams.get('path')\n  \
      const reply = await fetch(origin + path, { next: { revalidate: 600, tags: ['news'] } })\n  \
      return new Response(`${process.pid} ${await reply.text()}`)\n}\n\
    export async function POST() {\n  revalidateTag('news', { expire: 0 })\n  return new Response('dropped')\n}\n\
    export async function DELETE() {\n  revalidatePath('/f')\n  return new Response('dropped')\n}\n";

/// Everything that many requests at once have got, without the number of the worker that answered, and those numbers.
fn together(server: &TestServer, path: &str, count: usize) -> (Vec<String>, Vec<String>) {
    let replies: Vec<_> = std::thread::scope(|scope| {
        let asking: Vec<_> = (0..count).map(|_| scope.spawn(|| server.get(path).text())).collect();
        asking.into_iter().map(|one| one.join().expect("a reply")).collect()
    });
    let split =
        |text: &String| text.split_once(' ').map(|(pid, text)| (pid.to_owned(), text.to_owned())).expect("two words");
    let (mut pids, mut texts): (Vec<_>, Vec<_>) = replies.iter().map(split).unzip();
    pids.sort();
    pids.dedup();
    texts.sort();
    texts.dedup();
    (texts, pids)
}

#[test]
fn one_worker_fetches_for_all_and_all_see_an_invalidation() {
    let origin = Origin::new();
    let app = origin.app().with("app/f/route.ts", FETCHING);
    build(&app);
    let server = start_with(&app, &["--workers", "2"]);
    wait_until("both workers answer", || together(&server, "/f?path=/slow-first", 8).1.len() == 2);
    let (texts, _) = together(&server, "/f?path=/slow", 40);
    assert_eq!(texts, ["answer 1"]);
    assert_eq!(origin.calls("/slow"), 1);
    for (round, method) in ["POST", "DELETE", "POST"].into_iter().enumerate() {
        let reply = server.connect().request(method, "/f", &[], b"");
        assert_eq!(reply.text(), "dropped");
        let (texts, _) = together(&server, "/f?path=/slow", 40);
        assert_eq!(texts, [format!("answer {}", round + 2)]);
        assert_eq!(origin.calls("/slow"), round + 2);
    }
}

#[test]
fn what_is_kept_survives_a_restart_and_a_new_build() {
    let origin = Origin::new();
    let app = origin.app().with("app/f/route.ts", FETCHING).with(
        "app/u/route.ts",
        "import { unstable_cache } from 'next/cache'\nconst load = unstable_cache(async () => Math.random(), ['load'])\n\
         export const GET = async () => Response.json(await load())\n",
    );
    let server = start(&app);
    let (fetched, _) = together(&server, "/f?path=/kept", 1);
    let loaded = server.get("/u").text();
    assert_eq!(server.get("/u").text(), loaded);
    server.signal("TERM");
    drop(server);
    app.write("app/more/route.ts", "export const GET = () => new Response('more')\n");
    let server = start(&app);
    assert_eq!(server.get("/more").text(), "more");
    assert_eq!(together(&server, "/f?path=/kept", 1).0, fetched);
    assert_eq!(server.get("/u").text(), loaded);
    assert_eq!(origin.calls("/kept"), 1);
}

#[test]
fn a_worker_that_dies_while_it_makes_a_value_holds_nobody_up() {
    let app = TestApp::new().with(
        "app/u/route.ts",
        "import { existsSync, writeFileSync } from 'node:fs'\nimport { unstable_cache } from 'next/cache'\n\
         const load = unstable_cache(async () => {\n  \
           if (existsSync('died')) return 'made'\n  \
           writeFileSync('died', '')\n  setTimeout(() => process.kill(process.pid, 'SIGKILL'), 100)\n  \
           return new Promise<string>(() => {})\n}, ['load'])\n\
         export const GET = async () => new Response(`${process.pid} ${await load()}`)\n",
    );
    build(&app);
    let server = start_with(&app, &["--workers", "2"]);
    let begun = std::time::Instant::now();
    let (texts, _) = together(&server, "/u", 6);
    assert_eq!(texts, ["made"]);
    // Whoever makes a value has a minute for it; its death is known at once.
    assert!(begun.elapsed() < Duration::from_secs(30), "{:?}", begun.elapsed());
}

const CACHED: &str = "import { cacheLife, cacheTag, revalidateTag } from 'next/cache'\n\
    import { word } from '../../lib/word'\n\
    async function load(id: string) {\n  'use cache'\n  cacheLife('hours')\n  cacheTag('load')\n  \
      if (id === 'throws') throw new Error('inside')\n  \
      return { made: new Map([[id, new Date(0)]]), at: Math.random(), word }\n}\n\
    export async function GET(request: Request) {\n  const id = new URL(request.url).searchParams.get('id') ?? ''\n  \
      const nested = async () => {\n    'use cache'\n    return `${id} ${Math.random()}`\n  }\n  \
      const value = await load(id)\n  \
      return Response.json([...value.made.keys(), value.at, value.word, await nested()])\n}\n\
    export async function POST() {\n  revalidateTag('load', { expire: 0 })\n  return new Response('dropped')\n}\n";

fn cached_app() -> TestApp {
    TestApp::new()
        .with("next.config.mjs", "export default { cacheComponents: true }\n")
        .with("lib/word.ts", "export const word: string = 'one'\n")
        .with("app/c/route.ts", CACHED)
}

#[test]
fn a_function_with_use_cache_runs_once_for_its_arguments_and_what_it_captures() {
    let app = cached_app();
    let server = start(&app);
    let first = server.get("/c?id=a").text();
    assert!(first.starts_with("[\"a\",0."), "{first}");
    assert_eq!(server.get("/c?id=a").text(), first);
    assert!(server.get("/c?id=b").text().contains("\"b 0."), "a captured variable is part of the key");
    assert_eq!(server.connect().request("POST", "/c", &[], b"").text(), "dropped");
    let second = server.get("/c?id=a").text();
    assert_ne!(second, first);
    assert_eq!(second.rsplit(' ').next(), first.rsplit(' ').next(), "the other one has no such tag");
    assert_eq!(server.get("/c?id=throws").status, 500);
    server.wait_for_output("Error: inside");
    server.wait_for_output("app/c/route.ts:7");
    server.signal("TERM");
    drop(server);
    let server = start(&app);
    assert_ne!(server.get("/c?id=a").text(), second, "a new build has values of its own");
}

#[test]
fn development_keeps_values_until_what_makes_them_changes() {
    let origin = Origin::new();
    let app = cached_app()
        .with("lib/origin.ts", &format!("export const origin = 'http://{}'\n", origin.address))
        .with("app/f/route.ts", FETCHING);
    let server = dev(&app);
    let first = server.get("/c?id=a").text();
    assert_eq!(server.get("/c?id=a").text(), first);
    app.write("lib/word.ts", "export const word: string = 'two'\n");
    server.get_until("/c?id=a", |reply| reply.text().contains("\"two\""));
    let (fetched, _) = together(&server, "/f?path=/dev", 1);
    assert_eq!(together(&server, "/f?path=/dev", 1).0, fetched);
    let mut connection = server.connect();
    let fresh = connection.request("GET", "/f?path=/dev", &[("cache-control", "no-cache")], b"");
    assert!(fresh.text().ends_with("answer 2"), "{}", fresh.text());
}
