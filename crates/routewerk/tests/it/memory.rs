//! What a server holds: little at rest, and no more of a long body than its consumer is behind.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use routewerk_test::{TestApp, TestServer};

use crate::{build, start_with};

/// How long the bodies are.
const BODY_BYTES: usize = 200_000_000;
/// How much of them a consumer takes in a second: less than its producer gives.
const BYTES_PER_SECOND: f64 = 50_000_000.0;
/// By how much front and worker may grow meanwhile.
const MAX_GROWTH_KB: u64 = 16 * 1024;

fn app() -> TestApp {
    TestApp::new()
        .with(
            "app/in/route.ts",
            "export async function POST(request: Request) {\n  let bytes = 0\n  const begun = performance.now()\n  \
             for await (const chunk of request.body as unknown as AsyncIterable<Uint8Array>) {\n    bytes += chunk.length\n    \
             const early = bytes / 50_000 - (performance.now() - begun)\n    \
             if (early > 1) await new Promise((resolve) => setTimeout(resolve, early))\n  }\n  \
             return Response.json(bytes)\n}\n",
        )
        .with(
            "app/out/route.ts",
            "export function GET(request: Request) {\n  let left = Number(new URL(request.url).searchParams.get('bytes'))\n  \
             return new Response(new ReadableStream({\n    pull(controller) {\n      if (left <= 0) return controller.close()\n      \
             const size = Math.min(left, 65_536)\n      left -= size\n      controller.enqueue(new Uint8Array(size))\n    },\n  }))\n}\n",
        )
}

/// The resident memory of a server's processes, the front's and its worker's, in KB.
fn resident(server: &TestServer) -> [u64; 2] {
    let front = server.id();
    let worker = std::fs::read_dir(format!("/proc/{front}/task"))
        .expect("the server runs")
        .flatten()
        .filter_map(|task| std::fs::read_to_string(task.path().join("children")).ok())
        .find_map(|children| children.split_whitespace().next()?.parse::<u32>().ok())
        .expect("a worker");
    [front, worker].map(|process| {
        let status = std::fs::read_to_string(format!("/proc/{process}/status")).expect("it runs");
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("resident memory");
        line.trim().trim_end_matches(" kB").parse().expect("a number")
    })
}

/// Runs something and returns by how much each process grew at most meanwhile.
fn growth_during(server: &TestServer, run: impl FnOnce(SocketAddr)) -> [u64; 2] {
    let before = resident(server);
    let is_over = AtomicBool::new(false);
    let peak = std::thread::scope(|scope| {
        let watch = scope.spawn(|| {
            let mut peak = before;
            while !is_over.load(Ordering::Relaxed) {
                let now = resident(server);
                peak = [peak[0].max(now[0]), peak[1].max(now[1])];
                std::thread::sleep(Duration::from_millis(20));
            }
            peak
        });
        run(server.address());
        is_over.store(true, Ordering::Relaxed);
        watch.join().expect("no panic")
    });
    [peak[0] - before[0], peak[1] - before[1]]
}

fn upload(address: SocketAddr, bytes: usize) {
    let mut stream = TcpStream::connect(address).expect("connected");
    write!(stream, "POST /in HTTP/1.1\r\nhost: x\r\ncontent-length: {bytes}\r\nconnection: close\r\n\r\n")
        .expect("sent");
    let chunk = vec![b'x'; 100_000];
    for at in (0..bytes).step_by(chunk.len()) {
        stream.write_all(&chunk[..chunk.len().min(bytes - at)]).expect("taken");
    }
    let mut reply = String::new();
    stream.read_to_string(&mut reply).expect("a reply");
    assert!(reply.ends_with(&format!("\r\n\r\n{bytes}")), "{reply}");
}

fn download(address: SocketAddr, bytes: usize) {
    let mut stream = TcpStream::connect(address).expect("connected");
    write!(stream, "GET /out?bytes={bytes} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").expect("sent");
    let (mut buffer, mut received, begun) = (vec![0; 65_536], 0, Instant::now());
    loop {
        let count = stream.read(&mut buffer).expect("readable");
        if count == 0 {
            break;
        }
        received += count;
        let due = Duration::from_secs_f64(received as f64 / BYTES_PER_SECOND);
        std::thread::sleep(due.saturating_sub(begun.elapsed()));
    }
    assert!(received > bytes, "{received} bytes with the head, expected more than {bytes}");
}

#[test]
fn a_long_upload_to_a_slow_handler_takes_little_memory() {
    let app = app();
    build(&app);
    let server = start_with(&app, &[]);
    // What is loaded with the first call is not meant.
    upload(server.address(), 300_000);
    let [front, worker] = growth_during(&server, |address| upload(address, BODY_BYTES));
    assert!(front < MAX_GROWTH_KB && worker < MAX_GROWTH_KB, "the front grew by {front} KB, the worker by {worker}");
}

#[test]
fn a_long_download_to_a_slow_client_takes_little_memory() {
    let app = app();
    build(&app);
    let server = start_with(&app, &[]);
    download(server.address(), 300_000);
    let [front, worker] = growth_during(&server, |address| download(address, BODY_BYTES));
    assert!(front < MAX_GROWTH_KB && worker < MAX_GROWTH_KB, "the front grew by {front} KB, the worker by {worker}");
}

#[test]
fn the_server_holds_no_huge_pages_that_it_asked_for() {
    // Where the system gives them to everybody, they say nothing of the server.
    let mode = std::fs::read_to_string("/sys/kernel/mm/transparent_hugepage/enabled").unwrap_or_default();
    if mode.contains("[always]") {
        return;
    }
    let app = app();
    build(&app);
    let server = start_with(&app, &[]);
    download(server.address(), 300_000);
    let memory = std::fs::read_to_string(format!("/proc/{}/smaps_rollup", server.id())).expect("it runs");
    let huge = memory.lines().find_map(|line| line.strip_prefix("AnonHugePages:")).expect("a line");
    assert_eq!(huge.trim(), "0 kB");
}
