//! What a request costs in front of a handler that costs nothing: this crate's server beside hyper on tokio, both
//! answering the same bytes, driven by `wrk` one after the other on the same machine.
//!
//! ```text
//! cargo run --release -p routewerk-server --example constant_speed [seconds] [connections] [threads]
//! ```
//!
//! Prints requests per second and the CPU microseconds of the server's process per request (user + system), of which
//! the kernel's share. Needs `wrk` in the path. `serve own|hyper PORT [threads]` only serves, for a profiler.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a benchmark prints its table")]

use std::convert::Infallible;
use std::error::Error;
use std::net::{SocketAddr, TcpListener};
use std::num::NonZeroUsize;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use routewerk_handler::{
    HandlerCall, HandlerEngine, HandlerError, HandlerReply, HeaderBlock, Method, MethodSet, ReplyBody,
};
use routewerk_routes::target::TargetRules;
use routewerk_routes::{Pattern, Router};
use routewerk_server::{DEFAULT_BACKLOG, Hooks, RouterSite, Server, ServerOptions, SharedSite, bind};

const BODY: &[u8] = br#"{"id":"42","q":"hello","ok":true}"#;
const TARGET: &str = "/items/42?q=hello";

/// Answers every call at once.
struct ConstantEngine;

impl HandlerEngine for ConstantEngine {
    fn call(&self, call: HandlerCall) -> impl Future<Output = Result<HandlerReply, HandlerError>> + 'static {
        let mut headers = HeaderBlock::with_capacity(64);
        headers.push_parsed(b"content-type", b"application/json");
        drop(call);
        std::future::ready(Ok(HandlerReply {
            status: 200,
            reason: None,
            headers,
            body: ReplyBody::Complete(Bytes::from_static(BODY)),
            sent: None,
            facts: None,
        }))
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let texts: Vec<&str> = arguments.iter().map(String::as_str).collect();
    if let ["serve", which, port, rest @ ..] = texts.as_slice() {
        let threads = rest.first().map_or(Ok(2), |threads| threads.parse())?;
        return serve(which, port.parse()?, threads);
    }
    let number = |index: usize, usual: u32| texts.get(index).map_or(Ok(usual), |text| text.parse());
    let (seconds, connections, threads) = (number(0, 5)?, number(1, 64)?, number(2, 2)?);
    println!("{seconds} s each, {connections} connections, {threads} server threads");
    println!("{:<8} {:>12} {:>14} {:>12}", "server", "req/s", "CPU us/req", "of it kernel");
    for which in ["hyper", "own", "hyper", "own"] {
        measure(which, seconds, connections, threads)?;
    }
    Ok(())
}

/// Serves until the process ends.
fn serve(which: &str, port: u16, threads: usize) -> Result<(), Box<dyn Error>> {
    let listener = bind(SocketAddr::from(([127, 0, 0, 1], port)), DEFAULT_BACKLOG)?;
    println!("{}", listener.local_addr()?.port());
    match which {
        "own" => {
            let routes = ["/items/[id]", "/hello"].map(Pattern::parse).into_iter().collect::<Result<Vec<_>, _>>()?;
            let methods: MethodSet = [Method::Get].into_iter().collect();
            let site = RouterSite::new(Router::new(&routes, &[]), TargetRules::default(), [Some(methods); 2]);
            let options = ServerOptions { threads: NonZeroUsize::new(threads), ..ServerOptions::default() };
            let site = SharedSite::new(Arc::new(site));
            let _server = Server::start(listener, options, site, |_| ConstantEngine, Hooks::default())?;
            loop {
                std::thread::park();
            }
        }
        _ => serve_hyper(&listener, threads),
    }
}

/// The same shape: a current-thread loop per core, a task per connection.
fn serve_hyper(listener: &TcpListener, threads: usize) -> Result<(), Box<dyn Error>> {
    let serving: Vec<_> = (0..threads)
        .map(|_| {
            let listener = listener.try_clone()?;
            Ok(std::thread::spawn(move || serve_hyper_thread(listener)))
        })
        .collect::<Result<_, std::io::Error>>()?;
    for thread in serving {
        thread.join().map_err(|_| "a server thread panicked")??;
    }
    Ok(())
}

fn serve_hyper_thread(listener: TcpListener) -> std::io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build_local(tokio::runtime::LocalOptions::default())?;
    runtime.block_on(async move {
        let listener = tokio::net::TcpListener::from_std(listener)?;
        loop {
            let (stream, _) = listener.accept().await?;
            stream.set_nodelay(true)?;
            let service = service_fn(|_: Request<hyper::body::Incoming>| async {
                let response = Response::builder().header("content-type", "application/json");
                Ok::<_, Infallible>(response.body(Full::new(Bytes::from_static(BODY))).unwrap_or_default())
            });
            tokio::task::spawn_local(async move {
                let connection = hyper::server::conn::http1::Builder::new()
                    .pipeline_flush(true)
                    .serve_connection(TokioIo::new(stream), service);
                // A client that goes away in the middle is of no interest here.
                let _ = connection.await;
            });
        }
    })
}

/// Runs one server as a child process under load.
fn measure(which: &str, seconds: u32, connections: u32, threads: u32) -> Result<(), Box<dyn Error>> {
    let program = std::env::current_exe()?;
    let mut server = Command::new(program)
        .args(["serve", which, "0", &threads.to_string()])
        .stdout(std::process::Stdio::piped())
        .spawn()?;
    let result = load(&mut server, which, seconds, connections);
    server.kill()?;
    server.wait()?;
    result
}

fn load(server: &mut std::process::Child, which: &str, seconds: u32, connections: u32) -> Result<(), Box<dyn Error>> {
    use std::io::{BufRead, BufReader};
    let mut port = String::new();
    BufReader::new(server.stdout.take().ok_or("no output")?).read_line(&mut port)?;
    let url = format!("http://127.0.0.1:{}{TARGET}", port.trim());
    run_wrk(&url, 1, connections)?;
    let before = cpu_ticks(server.id())?;
    let requests = run_wrk(&url, seconds, connections)?;
    let after = cpu_ticks(server.id())?;
    // USER_HZ is 100 on every Linux that there is.
    let micros = |ticks: u64| ticks as f64 * 10_000.0 / requests as f64;
    let (user, system) = (after.0 - before.0, after.1 - before.1);
    println!(
        "{which:<8} {:>12.0} {:>14.2} {:>12.2}",
        requests as f64 / f64::from(seconds),
        micros(user + system),
        micros(system)
    );
    std::io::Write::flush(&mut std::io::stdout())?;
    Ok(())
}

/// The number of requests that `wrk` counted.
fn run_wrk(url: &str, seconds: u32, connections: u32) -> Result<u64, Box<dyn Error>> {
    let output =
        Command::new("wrk").args(["-t2", &format!("-c{connections}"), &format!("-d{seconds}s"), url]).output()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    if text.contains("Non-2xx") || text.contains("Socket errors") {
        return Err(format!("not every request was answered well:\n{text}").into());
    }
    let requests = text.split_whitespace().zip(text.split_whitespace().skip(1));
    let count = requests.filter(|(_, word)| *word == "requests").find_map(|(count, _)| count.parse().ok());
    // The server's own clock ticks a moment longer.
    std::thread::sleep(Duration::from_millis(50));
    count.ok_or_else(|| format!("wrk said: {text}").into())
}

/// User and system time of a process, in clock ticks.
fn cpu_ticks(process: u32) -> Result<(u64, u64), Box<dyn Error>> {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat"))?;
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let field = |index: usize| fields.get(index).ok_or("a short stat line");
    Ok((field(11)?.parse()?, field(12)?.parse()?))
}
