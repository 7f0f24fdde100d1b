//! Builds the test worker, starts pools, makes calls, waits with a limit.

use std::cell::RefCell;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::rc::Rc;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::{Duration, Instant};

use bytes::Bytes;
use routewerk_engine::{
    Launcher, Limits, OutputLine, PoolOptions, Runtime, RuntimeKind, ThreadEngine, WorkerEvent, WorkerPool, WorkerSink,
    WorkerSpec,
};
use routewerk_handler::{
    HandlerCall, HandlerEngine, HandlerError, HandlerHost, HandlerReply, HeaderBlock, HostAnswer, HostRequest, Method,
    ReplyBody, RequestBody, RouteId,
};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::task::LocalSet;

/// What any single wait of a test may take.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// The compiled test worker.
pub(crate) fn worker_script() -> PathBuf {
    static SCRIPT: OnceLock<PathBuf> = OnceLock::new();
    SCRIPT.get_or_init(|| build(&manifest_dir().join("tests/worker"), "main.js")).clone()
}

fn manifest_dir() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Compiles a folder of TypeScript with the compiler of the runtime's own package.
fn build(folder: &Path, main: &str) -> PathBuf {
    let runtime = manifest_dir().join("../routewerk-bundle/runtime");
    let compiler = runtime.join("node_modules/.bin/tsc");
    if !compiler.exists() {
        let status = Command::new("npm").args(["ci", "--no-audit", "--no-fund"]).current_dir(&runtime).status();
        assert!(status.expect("npm runs").success(), "npm ci in {}", runtime.display());
    }
    let out = Path::new(env!("CARGO_TARGET_TMPDIR")).join(folder.file_name().expect("a folder has a name"));
    let output = Command::new(compiler).arg("-p").arg(folder).arg("--outDir").arg(&out).output().expect("tsc runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    std::fs::write(out.join("package.json"), r#"{"type":"module"}"#).expect("the target folder is writable");
    out.join("routewerk-engine/tests").join(folder.file_name().expect("a folder has a name")).join(main)
}

/// Remembers what the workers wrote and what happened to them.
#[derive(Default)]
pub(crate) struct Sink {
    pub(crate) lines: Mutex<Vec<String>>,
    pub(crate) events: Mutex<Vec<WorkerEvent>>,
    /// Blocks the sink while it is locked.
    pub(crate) brake: Mutex<()>,
}

impl WorkerSink for Sink {
    fn line(&self, line: OutputLine<'_>) {
        drop(self.brake.lock().expect("not poisoned"));
        let text = String::from_utf8_lossy(line.text).into_owned();
        let mark = if line.is_complete { "" } else { "…" };
        self.lines.lock().expect("not poisoned").push(format!("{:?} {text}{mark}", line.stream));
    }

    fn event(&self, event: WorkerEvent) {
        self.events.lock().expect("not poisoned").push(event);
    }
}

impl Sink {
    pub(crate) fn has_event(&self, is_it: impl Fn(&WorkerEvent) -> bool) -> bool {
        self.events.lock().expect("not poisoned").iter().any(is_it)
    }

    pub(crate) fn count_events(&self, is_it: impl Fn(&WorkerEvent) -> bool) -> usize {
        self.events.lock().expect("not poisoned").iter().filter(|event| is_it(event)).count()
    }
}

/// Remembers what the workers told, and answers `greet` and `slow`.
#[derive(Default)]
pub(crate) struct Host {
    pub(crate) told: Mutex<Vec<(String, Value)>>,
}

impl HandlerHost for Host {
    fn answer(&self, request: HostRequest) -> HostAnswer {
        Box::pin(async move {
            let value: Value = serde_json::from_slice(&request.payload).expect("JSON");
            match request.topic.as_str() {
                "greet" => Ok(json!({ "hello": value["question"] }).to_string().into()),
                "long" => Ok(json!("x".repeat(17 << 20)).to_string().into()),
                topic => Err(format!("unknown topic `{topic}`")),
            }
        })
    }

    fn told(&self, message: HostRequest) {
        let value = serde_json::from_slice(&message.payload).expect("JSON");
        self.told.lock().expect("not poisoned").push((message.topic, value));
    }
}

impl Host {
    pub(crate) fn was_told(&self, topic: &str, value: &Value) -> bool {
        self.count_told(topic, value) > 0
    }

    pub(crate) fn count_told(&self, topic: &str, value: &Value) -> usize {
        let told = self.told.lock().expect("not poisoned");
        told.iter().filter(|(found, text)| found == topic && text == value).count()
    }
}

/// A pool in a test, with one attached front thread.
pub(crate) struct Stage {
    pub(crate) pool: WorkerPool,
    pub(crate) engine: Rc<ThreadEngine>,
    pub(crate) sink: Arc<Sink>,
    pub(crate) host: Arc<Host>,
    pub(crate) spec: WorkerSpec,
    _folder: TempDir,
}

/// How a pool of a test is to be.
pub(crate) struct Plan {
    pub(crate) limits: Limits,
    pub(crate) workers: usize,
    pub(crate) front_threads: usize,
    pub(crate) runtime: Runtime,
    pub(crate) launcher: Option<Launcher>,
    pub(crate) init: Value,
}

impl Default for Plan {
    fn default() -> Self {
        Self {
            limits: Limits::default(),
            workers: 1,
            front_threads: 1,
            runtime: Runtime { kind: RuntimeKind::Node, program: "node".into() },
            launcher: None,
            init: json!({}),
        }
    }
}

impl Plan {
    pub(crate) fn limits(limits: Limits) -> Self {
        Self { limits, ..Self::default() }
    }

    pub(crate) fn init(init: Value) -> Self {
        Self { init, ..Self::default() }
    }

    /// Starts the pool; its first worker may not be ready yet.
    pub(crate) fn start(self) -> Stage {
        let folder = TempDir::new().expect("a temporary folder");
        let spec = spec(folder.path(), self.init);
        let (sink, host) = (Arc::new(Sink::default()), Arc::new(Host::default()));
        let options = PoolOptions {
            runtime: self.runtime,
            launcher: self.launcher,
            spec: spec.clone(),
            workers: NonZeroUsize::new(self.workers).expect("a worker"),
            front_threads: NonZeroUsize::new(self.front_threads).expect("a thread"),
            limits: self.limits,
            sink: Arc::clone(&sink) as Arc<dyn WorkerSink>,
            temp_dir: std::env::temp_dir(),
        };
        let pool = WorkerPool::start(options, Arc::clone(&host) as Arc<dyn HandlerHost>).expect("the pool starts");
        let engine = Rc::new(pool.attach(0));
        Stage { pool, engine, sink, host, spec, _folder: folder }
    }

    /// Starts the pool and waits for its first worker.
    pub(crate) async fn ready(self) -> Stage {
        let stage = self.start();
        within(stage.pool.ready()).await.expect("a worker becomes ready");
        stage
    }
}

pub(crate) fn spec(folder: &Path, mut init: Value) -> WorkerSpec {
    init["folder"] = json!(folder);
    let (script, cwd) = (worker_script(), folder.to_owned());
    WorkerSpec { script, runtime_args: Vec::new(), debugger: None, env: Vec::new(), cwd, init }
}

/// Runs a test on a front thread's kind of event loop.
pub(crate) fn run(test: impl Future<Output = ()>) {
    let event_loop = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("an event loop");
    LocalSet::new().block_on(&event_loop, async {
        tokio::time::timeout(PATIENCE * 4, test).await.expect("the test ends in time");
    });
}

/// A future's value, which has to come in time.
pub(crate) async fn within<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, future).await.expect("in time")
}

/// Waits until something is true.
pub(crate) async fn until(what: &str, mut is_true: impl FnMut() -> bool) {
    let start = Instant::now();
    while !is_true() {
        assert!(start.elapsed() < PATIENCE, "never came true: {what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

pub(crate) fn request(method: Method, path: &str, body: RequestBody) -> HandlerCall {
    HandlerCall {
        route: RouteId(3),
        method,
        url: format!("http://localhost:3000{path}"),
        params: String::new(),
        headers: HeaderBlock::new(),
        body,
        generation: None,
    }
}

pub(crate) fn get(path: &str) -> HandlerCall {
    request(Method::Get, path, RequestBody::Empty)
}

/// A reply's body, read to its end.
#[derive(Debug)]
pub(crate) struct Whole {
    pub(crate) bytes: Vec<u8>,
}

impl Whole {
    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.bytes).expect("UTF-8")
    }
}

impl Stage {
    pub(crate) fn call(&self, call: HandlerCall) -> impl Future<Output = Result<HandlerReply, HandlerError>> + 'static {
        self.engine.call(call)
    }

    /// Makes a call and reads its body.
    pub(crate) async fn fetch(&self, call: HandlerCall) -> Result<Whole, HandlerError> {
        let mut reply = within(self.call(call)).await?;
        let body = std::mem::replace(&mut reply.body, ReplyBody::Null);
        let bytes = within(read(body)).await.expect("the body is complete").to_vec();
        Ok(Whole { bytes })
    }

    pub(crate) async fn get(&self, path: &str) -> Result<Whole, HandlerError> {
        self.fetch(get(path)).await
    }

    /// Waits until calls reach so many workers.
    pub(crate) async fn until_all_answer(&self, workers: usize) {
        let start = Instant::now();
        let mut pids = std::collections::HashSet::new();
        while pids.len() < workers {
            pids.insert(self.get("/pid").await.expect("a reply").text().to_owned());
            assert!(start.elapsed() < PATIENCE, "only {} workers answer", pids.len());
        }
    }

    /// Polls a counter of the worker until it has a value.
    pub(crate) async fn until_says(&self, path: &str, expected: &str) {
        let start = Instant::now();
        loop {
            let found = self.get(path).await.expect("a reply");
            if found.text() == expected {
                return;
            }
            assert!(start.elapsed() < PATIENCE, "{path} says {}, expected {expected}", found.text());
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

/// Reads a reply's body to its end.
pub(crate) async fn read(body: ReplyBody) -> Result<Bytes, routewerk_handler::BodyError> {
    match body {
        ReplyBody::Null => Ok(Bytes::new()),
        ReplyBody::Complete(bytes) => Ok(bytes),
        ReplyBody::Stream(mut stream) => {
            let mut all = Vec::new();
            while let Some(chunk) = stream.chunk().await {
                all.extend_from_slice(&chunk?);
            }
            Ok(all.into())
        }
    }
}

/// A request body that gives the chunks of a queue, and waits while it is empty and not ended.
#[derive(Clone, Default)]
pub(crate) struct Feed(Rc<RefCell<FeedState>>);

#[derive(Default)]
struct FeedState {
    chunks: std::collections::VecDeque<Result<Bytes, routewerk_handler::BodyError>>,
    is_ended: bool,
    waker: Option<std::task::Waker>,
    is_dropped: bool,
    pulled: usize,
}

/// The end of a [`Feed`] that the engine pulls from.
pub(crate) struct FeedSource(Feed);

impl Feed {
    pub(crate) fn body(&self) -> RequestBody {
        RequestBody::Stream(routewerk_handler::BodyStream::new(FeedSource(self.clone())))
    }

    pub(crate) fn push(&self, chunk: Result<Bytes, routewerk_handler::BodyError>) {
        let mut state = self.0.borrow_mut();
        state.chunks.push_back(chunk);
        state.waker.take().into_iter().for_each(std::task::Waker::wake);
    }

    pub(crate) fn end(&self) {
        let mut state = self.0.borrow_mut();
        state.is_ended = true;
        state.waker.take().into_iter().for_each(std::task::Waker::wake);
    }

    /// How many bytes the engine has pulled.
    pub(crate) fn pulled(&self) -> usize {
        self.0.borrow().pulled
    }

    /// Whether the engine has dropped its end.
    pub(crate) fn is_dropped(&self) -> bool {
        self.0.borrow().is_dropped
    }
}

impl routewerk_handler::BodySource for FeedSource {
    fn poll_chunk(
        self: std::pin::Pin<&mut Self>,
        context: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Result<Bytes, routewerk_handler::BodyError>>> {
        let mut state = self.0.0.borrow_mut();
        match state.chunks.pop_front() {
            Some(chunk) => {
                state.pulled += chunk.as_ref().map_or(0, Bytes::len);
                std::task::Poll::Ready(Some(chunk))
            }
            None if state.is_ended => std::task::Poll::Ready(None),
            None => {
                state.waker = Some(context.waker().clone());
                std::task::Poll::Pending
            }
        }
    }
}

impl Drop for FeedSource {
    fn drop(&mut self) {
        self.0.0.borrow_mut().is_dropped = true;
    }
}

/// Whether a process exists and is not only waiting to be reaped.
pub(crate) fn is_alive(pid: u32) -> bool {
    match std::fs::read_to_string(format!("/proc/{pid}/stat")) {
        Ok(stat) => !stat.rsplit(')').next().is_some_and(|rest| rest.trim_start().starts_with('Z')),
        Err(_) => false,
    }
}
