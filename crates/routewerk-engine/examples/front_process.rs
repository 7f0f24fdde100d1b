//! A front in a process of its own, for the test that kills it: starts one worker with the launcher, makes one call,
//! prints the worker's process id and waits to be killed. Started as `front_process worker …` it is the launcher.

use std::io::Write as _;
use std::num::NonZeroUsize;
use std::process::ExitCode;
use std::sync::Arc;

use routewerk_engine::{
    Launcher, Limits, OutputLine, PoolOptions, Runtime, RuntimeKind, WorkerEvent, WorkerPool, WorkerSink, WorkerSpec,
    exec_failure_code, exec_worker,
};
use routewerk_handler::{
    HandlerCall, HandlerEngine as _, HandlerHost, HeaderBlock, HostAnswer, HostRequest, Method, RequestBody, RouteId,
};
use tokio::task::LocalSet;

struct Nobody;

impl WorkerSink for Nobody {
    fn line(&self, _line: OutputLine<'_>) {}
    fn event(&self, _event: WorkerEvent) {}
}

impl HandlerHost for Nobody {
    fn answer(&self, _request: HostRequest) -> HostAnswer {
        Box::pin(async { Err("no host".to_owned()) })
    }

    fn told(&self, _message: HostRequest) {}
}

fn main() -> ExitCode {
    let mut arguments = std::env::args_os().skip(1);
    let script = arguments.next().expect("a script, or `worker`");
    if script == "worker" {
        let error = exec_worker(arguments);
        let _ = writeln!(std::io::stderr(), "{error}");
        return ExitCode::from(exec_failure_code(&error));
    }
    let path = arguments.next().expect("a path").into_string().expect("UTF-8");
    let folder = std::env::temp_dir();
    let options = PoolOptions {
        runtime: Runtime { kind: RuntimeKind::Node, program: "node".into() },
        launcher: Some(Launcher {
            program: std::env::current_exe().expect("this program"),
            args: vec!["worker".into()],
        }),
        spec: WorkerSpec {
            script: script.into(),
            runtime_args: Vec::new(),
            debugger: None,
            env: Vec::new(),
            cwd: folder.clone(),
            init: serde_json::json!({ "folder": folder }),
        },
        workers: NonZeroUsize::MIN,
        front_threads: NonZeroUsize::MIN,
        limits: Limits::default(),
        sink: Arc::new(Nobody),
        temp_dir: folder,
    };
    let event_loop = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("an event loop");
    LocalSet::new().block_on(&event_loop, async {
        let pool = WorkerPool::start(options, Arc::new(Nobody)).expect("the pool starts");
        let engine = pool.attach(0);
        pool.ready().await.expect("the worker is ready");
        let call = engine.call(HandlerCall {
            route: RouteId(0),
            method: Method::Get,
            url: format!("http://localhost{path}"),
            params: String::new(),
            headers: HeaderBlock::new(),
            body: RequestBody::Empty,
            generation: None,
        });
        // An endless loop never answers: the call has left when the worker has not answered for a while.
        let _ = tokio::time::timeout(std::time::Duration::from_millis(300), call).await;
        let pid = pool.status().workers[0].pid.expect("a process");
        let mut stdout = std::io::stdout();
        writeln!(stdout, "{pid}").expect("somebody reads");
        stdout.flush().expect("somebody reads");
        std::future::pending::<()>().await;
    });
    ExitCode::SUCCESS
}
