//! What a call costs in the engine and in the worker's half of the channel: 64 calls in flight from one front thread to
//! one worker whose handler costs next to nothing, CPU microseconds per call of either process.
//!
//! ```text
//! cargo run --release -p routewerk-engine --example call_speed [SECONDS [CALLS_IN_FLIGHT [RUNTIME]]]
//! cargo run --release -p routewerk-engine --example call_speed flow
//! ```
//!
//! `flow` measures instead what both processes hold while a gigabyte passes through each direction against a slow
//! consumer, and how fast it passes against a quick one.

use std::io::Write as _;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::process::Command;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use bytes::Bytes;
use routewerk_engine::{
    Limits, OutputLine, PoolOptions, Runtime, RuntimeKind, ThreadEngine, WorkerEvent, WorkerPool, WorkerSink,
    WorkerSpec,
};
use routewerk_handler::{
    BodyError, BodySource, BodyStream, HandlerCall, HandlerEngine as _, HandlerHost, HeaderBlock, HostAnswer,
    HostRequest, Method, ReplyBody, RequestBody, RouteId,
};
use tokio::task::LocalSet;

/// Prints what workers say, answers nothing.
struct Terminal;

impl WorkerSink for Terminal {
    fn line(&self, line: OutputLine<'_>) {
        say(&String::from_utf8_lossy(line.text));
    }

    fn event(&self, event: WorkerEvent) {
        say(&format!("{event:?}"));
    }
}

impl HandlerHost for Terminal {
    fn answer(&self, _request: HostRequest) -> HostAnswer {
        Box::pin(async { Err("no host".to_owned()) })
    }

    fn told(&self, _message: HostRequest) {}
}

fn say(text: &str) {
    writeln!(std::io::stdout(), "{text}").expect("the terminal is there");
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let kind = match arguments.get(2).map(String::as_str) {
        Some(path) if path.ends_with("bun") => RuntimeKind::Bun,
        Some(path) if path.ends_with("deno") => RuntimeKind::Deno,
        _ => RuntimeKind::Node,
    };
    let program = arguments.get(2).map_or_else(|| PathBuf::from("node"), PathBuf::from);
    let options = PoolOptions {
        runtime: Runtime { kind, program },
        launcher: None,
        spec: WorkerSpec {
            script: build_worker(),
            runtime_args: Vec::new(),
            debugger: None,
            env: Vec::new(),
            cwd: std::env::temp_dir(),
            init: serde_json::json!({}),
        },
        workers: NonZeroUsize::MIN,
        front_threads: NonZeroUsize::MIN,
        limits: Limits::default(),
        sink: Arc::new(Terminal),
        temp_dir: std::env::temp_dir(),
    };
    let event_loop = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("an event loop");
    LocalSet::new().block_on(&event_loop, async {
        let pool = WorkerPool::start(options, Arc::new(Terminal)).expect("the pool starts");
        let engine = Rc::new(pool.attach(0));
        pool.ready().await.expect("the worker is ready");
        let worker = pool.status().workers[0].pid.expect("a process");
        if arguments.first().is_some_and(|first| first == "flow") {
            flow(&engine, worker).await;
        } else {
            let seconds = arguments.first().map_or(3.0, |text| text.parse().expect("a number of seconds"));
            let in_flight = arguments.get(1).map_or(64, |text| text.parse().expect("a number of calls"));
            speed(&engine, worker, Duration::from_secs_f64(seconds), in_flight).await;
        }
        pool.shutdown(Duration::from_secs(5)).await;
    });
}

/// Compiles the worker with the compiler of the runtime's own package.
fn build_worker() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let out = here.join("../../target/call-speed");
    let compiler = here.join("../routewerk-bundle/runtime/node_modules/.bin/tsc");
    let built = Command::new(compiler).arg("-p").arg(here.join("examples/worker")).arg("--outDir").arg(&out).status();
    assert!(built.expect("run `npm ci` in crates/routewerk-bundle/runtime").success(), "the worker compiles");
    std::fs::write(out.join("package.json"), r#"{"type":"module"}"#).expect("the target folder is writable");
    out.join("routewerk-engine/examples/worker/main.js")
}

fn call(route: u32, params: String, body: RequestBody) -> HandlerCall {
    let mut headers = HeaderBlock::with_capacity(256);
    headers.push_parsed(b"host", b"localhost:3000");
    headers.push_parsed(b"user-agent", b"call-speed/1.0");
    headers.push_parsed(b"accept", b"*/*");
    headers.push_parsed(b"x-forwarded-host", b"localhost:3000");
    headers.push_parsed(b"x-forwarded-port", b"3000");
    headers.push_parsed(b"x-forwarded-proto", b"http");
    headers.push_parsed(b"x-forwarded-for", b"127.0.0.1");
    let method = if matches!(body, RequestBody::Empty) { Method::Get } else { Method::Post };
    HandlerCall {
        route: RouteId(route),
        method,
        url: "http://localhost:3000/api/hello".to_owned(),
        params,
        headers,
        body,
        generation: None,
    }
}

/// Keeps `in_flight` calls going and prints what they cost.
async fn speed(engine: &Rc<ThreadEngine>, worker: u32, time: Duration, in_flight: usize) {
    let warm_up = Duration::from_secs(1);
    make_calls(engine, warm_up, in_flight).await;
    let (front_before, worker_before, begun) = (thread_cpu(), process_cpu(worker), Instant::now());
    let mut latencies = make_calls(engine, time, in_flight).await;
    let elapsed = begun.elapsed();
    let front = thread_cpu().saturating_sub(front_before);
    let worker = process_cpu(worker).saturating_sub(worker_before);
    let calls = latencies.len() as f64;
    latencies.sort_unstable();
    let percentile = |part: f64| latencies[((calls - 1.0) * part) as usize].as_secs_f64() * 1e6;
    say(&format!(
        "{in_flight} in flight: {:.0} calls/s · CPU per call: front {:.2} µs, worker {:.2} µs · p50 {:.0} µs, p99 {:.0} µs",
        calls / elapsed.as_secs_f64(),
        front.as_secs_f64() * 1e6 / calls,
        worker.as_secs_f64() * 1e6 / calls,
        percentile(0.5),
        percentile(0.99),
    ));
}

async fn make_calls(engine: &Rc<ThreadEngine>, time: Duration, in_flight: usize) -> Vec<Duration> {
    let end = Instant::now() + time;
    let mut callers = tokio::task::JoinSet::new();
    for _ in 0..in_flight {
        let engine = Rc::clone(engine);
        callers.spawn_local(async move {
            let mut latencies = Vec::with_capacity(1 << 16);
            loop {
                let begun = Instant::now();
                let reply = engine.call(call(0, String::new(), RequestBody::Empty)).await.expect("a reply");
                assert_eq!(reply.status, 200);
                latencies.push(begun.elapsed());
                if begun > end {
                    return latencies;
                }
            }
        });
    }
    let mut all = Vec::new();
    while let Some(latencies) = callers.join_next().await {
        all.extend(latencies.expect("no panic"));
    }
    all
}

/// A body of zeros.
struct Zeros {
    left: usize,
}

impl BodySource for Zeros {
    fn poll_chunk(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Bytes, BodyError>>> {
        static CHUNK: [u8; 65_536] = [0; 65_536];
        if self.left == 0 {
            return Poll::Ready(None);
        }
        let length = self.left.min(CHUNK.len());
        self.left -= length;
        Poll::Ready(Some(Ok(Bytes::from_static(&CHUNK[..length]))))
    }
}

/// Passes long bodies in both directions and prints speed and memory.
async fn flow(engine: &Rc<ThreadEngine>, worker: u32) {
    const GIGABYTE: usize = 1 << 30;
    const SLOW_SECONDS: usize = 20;
    let front = std::process::id();
    for (name, route) in [("up, quick handler", 1), ("up, slow handler (1 MB/s)", 2)] {
        let bytes = if route == 1 { GIGABYTE } else { SLOW_SECONDS << 20 };
        let before = (resident(front), resident(worker));
        let begun = Instant::now();
        let body = RequestBody::Stream(BodyStream::new(Zeros { left: bytes }));
        let reply = engine.call(call(route, String::new(), body)).await.expect("a reply");
        let ReplyBody::Complete(text) = reply.body else { panic!("a whole reply") };
        assert_eq!(text, bytes.to_string().as_bytes());
        report(name, bytes, begun, before, (resident(front), resident(worker)));
    }
    for (name, is_slow) in [("down, quick client", false), ("down, slow client (1 MB/s)", true)] {
        let before = (resident(front), resident(worker));
        let begun = Instant::now();
        let reply = engine.call(call(3, "1024".to_owned(), RequestBody::Empty)).await.expect("a reply");
        let ReplyBody::Stream(mut stream) = reply.body else { panic!("a stream") };
        let mut bytes = 0;
        while let Some(chunk) = stream.chunk().await {
            let chunk = chunk.expect("no failure").len();
            bytes += chunk;
            if is_slow {
                tokio::time::sleep(Duration::from_micros(chunk as u64)).await;
                if bytes > SLOW_SECONDS << 20 {
                    break;
                }
            }
        }
        report(name, bytes, begun, before, (resident(front), resident(worker)));
    }
}

fn report(name: &str, bytes: usize, begun: Instant, before: (u64, u64), after: (u64, u64)) {
    let megabytes = bytes as f64 / 1e6;
    say(&format!(
        "{name}: {megabytes:.0} MB at {:.0} MB/s · resident, MB: front {:.1} → {:.1}, worker {:.1} → {:.1}",
        megabytes / begun.elapsed().as_secs_f64(),
        before.0 as f64 / 1e6,
        after.0 as f64 / 1e6,
        before.1 as f64 / 1e6,
        after.1 as f64 / 1e6,
    ));
}

/// Resident memory of a process, in bytes.
fn resident(pid: u32) -> u64 {
    let statm = std::fs::read_to_string(format!("/proc/{pid}/statm")).expect("Linux");
    statm.split(' ').nth(1).and_then(|pages| pages.parse::<u64>().ok()).expect("a number of pages") * 4096
}

/// CPU time of this thread.
fn thread_cpu() -> Duration {
    task_cpu(Path::new("/proc/thread-self"))
}

/// CPU time of all threads of a process.
fn process_cpu(pid: u32) -> Duration {
    let tasks = std::fs::read_dir(format!("/proc/{pid}/task")).expect("Linux");
    tasks.map(|task| task_cpu(&task.expect("readable").path())).sum()
}

fn task_cpu(task: &Path) -> Duration {
    let schedstat = std::fs::read_to_string(task.join("schedstat")).expect("Linux");
    Duration::from_nanos(schedstat.split(' ').next().and_then(|nanos| nanos.parse().ok()).expect("a number"))
}
