//! Flags and variables of a server, each by what it changes on the wire.

use std::net::TcpListener;
use std::process::{Command, Stdio};

use routewerk_test::{TestApp, TestServer};

use crate::{PROGRAM, build, dev, routewerk, start_with};

fn app() -> TestApp {
    TestApp::new()
        .with_text_route("app/a/route.ts", "a")
        .with("app/url/route.ts", "export const GET = (request: Request) => new Response(request.url)\n")
        .with(
            "app/echo/route.ts",
            "export const POST = async (request: Request) => new Response(await request.text())\n",
        )
        .with("app/never/route.ts", "export const GET = () => new Promise(() => {})\n")
        .with("app/loop/route.ts", "export function GET(): Response {\n  for (;;);\n}\n")
}

#[test]
fn limits_are_kept() {
    let app = app();
    build(&app);
    let server = start_with(
        &app,
        &[
            "--max-body-bytes",
            "1000",
            "--max-head-bytes",
            "2000",
            "--reply-timeout",
            "200",
            "--keepAliveTimeout",
            "2000",
        ],
    );
    let mut client = server.connect();
    let reply = client.request("POST", "/echo", &[], &[b'x'; 1000]);
    assert_eq!((reply.status, reply.body.len()), (200, 1000));
    assert_eq!(reply.header("keep-alive"), Some("timeout=2"));
    assert_eq!(server.connect().request("POST", "/echo", &[], &[b'x'; 1001]).status, 413);
    let long = "x".repeat(3000);
    assert_eq!(server.connect().request("GET", "/a", &[("x-long", &long)], b"").status, 431);
    assert_eq!(server.get("/never").status, 504);
    assert_eq!(server.get("/a").status, 200);
}

#[test]
fn a_worker_in_an_endless_loop_is_replaced() {
    let app = app();
    build(&app);
    let server = start_with(&app, &["--stall-timeout", "500"]);
    assert_eq!(server.get("/loop").status, 504);
    server.wait_for_output("A worker did not respond for 500ms (an endless loop?) with 1 call");
    server.get_until("/a", |reply| reply.status == 200);
}

#[test]
fn every_flag_has_a_variable_and_the_flag_wins() {
    let app = app();
    build(&app);
    let spawn = |arguments: &[&str]| {
        let mut command = routewerk(&["start"]);
        command.args(arguments).current_dir(app.root()).env("ROUTEWERK_ORIGIN", "https://from.env");
        let server = TestServer::spawn(&mut command);
        server.wait_for_output("Ready in");
        server
    };
    assert_eq!(spawn(&[]).get("/url").text(), "https://from.env/url");
    assert_eq!(spawn(&["--origin", "http://from.flag"]).get("/url").text(), "http://from.flag/url");
}

#[test]
fn the_origin_follows_a_proxy_only_if_it_is_trusted() {
    let app = app();
    build(&app);
    let fields = [("x-forwarded-proto", "https"), ("x-forwarded-host", "shop.example")];
    let ask = |server: &TestServer| server.connect().request("GET", "/url", &fields, b"").text();
    assert_eq!(ask(&start_with(&app, &["--trust-proxy"])), "https://shop.example/url");
    let mut by_variable = routewerk(&["start"]);
    let server = TestServer::spawn(by_variable.current_dir(app.root()).env("ROUTEWERK_TRUST_PROXY", "1"));
    server.wait_for_output("Ready in");
    assert_eq!(ask(&server), "https://shop.example/url");
    let server = start_with(&app, &[]);
    assert_eq!(ask(&server), format!("https://localhost:{}/url", server.address().port()));
}

#[test]
fn errors_of_the_server_have_the_format_that_was_asked_for() {
    let app = app();
    build(&app);
    let asked = |format: &str, accept: &str| {
        let server = start_with(&app, &["--error-format", format]);
        let reply = server.connect().request("GET", "/none", &[("accept", accept)], b"");
        (reply.status, reply.header("content-type").map(str::to_owned), reply.body.is_empty())
    };
    let problem = Some("application/problem+json".to_owned());
    assert_eq!(asked("auto", "*/*"), (404, problem.clone(), false));
    assert_eq!(asked("problem", "text/html"), (404, problem, false));
    assert_eq!(asked("html", "*/*"), (404, Some("text/html; charset=utf-8".to_owned()), false));
    assert_eq!(asked("empty", "text/html"), (404, None, true));
}

#[test]
fn the_debugger_is_opened_where_it_was_asked_for() {
    let app = app();
    build(&app);
    let server = start_with(&app, &["--inspect=127.0.0.1:0"]);
    server.wait_for_output("Debugger listening on ws://127.0.0.1:");
}

#[test]
fn each_worker_opens_its_debugger_on_the_next_free_port() {
    let app = app();
    build(&app);
    // Three ports in a row of which the second is somebody's.
    let (first, taken) = (0..100)
        .find_map(|_| {
            let first = TcpListener::bind("127.0.0.1:0").ok()?.local_addr().ok()?.port();
            let taken = TcpListener::bind(("127.0.0.1", first.checked_add(1)?)).ok()?;
            TcpListener::bind(("127.0.0.1", first.checked_add(2)?)).ok()?;
            Some((first, taken))
        })
        .expect("free ports");
    let server = start_with(&app, &["--workers", "2", &format!("--inspect={first}")]);
    for port in [first, first + 2] {
        server.wait_for_output(&format!("Debugger listening on ws://127.0.0.1:{port}/"));
        server.wait_for_output(&format!("debugger at 127.0.0.1:{port}"));
    }
    assert!(!server.output().contains("address already in use"), "{}", server.output().text());
    drop(taken);
}

#[test]
fn draft_mode_has_a_secret_of_the_build() {
    let app = TestApp::new().with(
        "app/draft/route.ts",
        "import { draftMode } from 'next/headers'\n\
         export async function GET() {\n  return Response.json((await draftMode()).isEnabled)\n}\n\
         export async function POST() {\n  (await draftMode()).enable()\n  return new Response('on')\n}\n",
    );
    build(&app);
    for server in [start_with(&app, &[]), dev(&app)] {
        let reply = server.connect().request("POST", "/draft", &[], b"");
        let cookie = reply.header("set-cookie").expect("a cookie").split(';').next().expect("its value").to_owned();
        assert_eq!(cookie.len(), "__prerender_bypass=".len() + 32, "{cookie}");
        let ask = |cookie: &str| server.connect().request("GET", "/draft", &[("cookie", cookie)], b"").text();
        assert_eq!(ask(&cookie), "true");
        assert_eq!(ask("__prerender_bypass=00000000000000000000000000000000"), "false");
        let id = app.read(".routewerk/current");
        let manifest = app.read(&format!(".routewerk/builds/{}/manifest.json", id.trim()));
        assert!(!manifest.contains(&cookie["__prerender_bypass=".len()..]));
    }
}

#[test]
fn colours_are_for_terminals_without_no_color() {
    let app = app();
    // `script` (util-linux) runs a command on a terminal of its own.
    let on_terminal = |variable: Option<&str>| {
        let mut command = Command::new("script");
        command.args(["-qec", &format!("{PROGRAM} routes"), "/dev/null"]).current_dir(app.root()).env("TERM", "xterm");
        command.env_remove("NO_COLOR").stdin(Stdio::null());
        if let Some(value) = variable {
            command.env("NO_COLOR", value);
        }
        routewerk_test::run(&mut command).1
    };
    assert!(on_terminal(None).contains("\u{1b}["), "{}", on_terminal(None));
    assert!(!on_terminal(Some("1")).contains("\u{1b}["));
    let (_, out, _) = crate::run_on(&app, &["routes"]);
    assert!(!out.contains("\u{1b}["));
}

/// Routes that count what becomes of their calls.
fn slow_app() -> TestApp {
    let slow = "import { aborted } from '../../lib/aborted'\n\
                const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))\n\
                export async function GET(request: Request) {\n  \
                request.signal.addEventListener('abort', () => aborted.push((request.signal.reason as Error).name))\n  \
                await wait(Number(new URL(request.url).searchParams.get('ms')))\n  return new Response('done')\n}\n";
    let stream = "import { aborted } from '../../lib/aborted'\nexport const maxDuration = 1\n\
                  export const GET = () => new Response(new ReadableStream({\n  \
                  start(controller) { controller.enqueue(new TextEncoder().encode('begun')) },\n  \
                  cancel(reason) { aborted.push(`stream ${(reason as Error).name}`) },\n}))\n";
    TestApp::new()
        .with("lib/aborted.ts", "export const aborted: string[] = []\n")
        .with("app/one/route.ts", &format!("{slow}export const maxDuration = 1\n"))
        .with("app/free/route.ts", slow)
        .with("app/stream/route.ts", stream)
        .with(
            "app/aborted/route.ts",
            "import { aborted } from '../../lib/aborted'\nexport const POST = () => Response.json([process.pid, aborted])\n",
        )
}

fn aborted(server: &TestServer) -> serde_json::Value {
    serde_json::from_str(&server.connect().request("POST", "/aborted", &[], b"").text()).expect("json")
}

#[test]
fn max_duration_ends_longer_calls_and_their_worker_lives() {
    let app = slow_app();
    build(&app);
    let dev = TestServer::spawn(routewerk(&["dev", "--max-duration"]).current_dir(app.root()));
    dev.wait_for_output("Ready in");
    for server in [start_with(&app, &["--max-duration"]), dev] {
        let worker = aborted(&server)[0].clone();
        assert_eq!(server.get("/one?ms=10").text(), "done");
        assert_eq!(server.get("/one?ms=60000").status, 504);
        assert_eq!(server.get("/free?ms=1500").text(), "done", "it exports no maxDuration");
        let cut = server.get("/stream");
        assert_eq!((cut.status, cut.text().as_str(), cut.is_complete), (200, "begun", false));
        let expected = serde_json::json!([worker, ["ResponseAborted", "stream ResponseAborted"]]);
        assert_eq!(aborted(&server), expected);
    }
}

#[test]
fn max_duration_is_ignored_without_the_flag() {
    let app = slow_app();
    build(&app);
    let server = start_with(&app, &[]);
    assert_eq!(server.get("/one?ms=1300").text(), "done");
}

#[test]
fn a_default_max_duration_is_for_routes_that_export_none() {
    let app = slow_app().with("app/long/route.ts", "export const maxDuration = 60\nexport const GET = async () => {\n  await new Promise((resolve) => setTimeout(resolve, 1500))\n  return new Response('done')\n}\n");
    build(&app);
    let server = start_with(&app, &["--default-max-duration", "1"]);
    assert_eq!(server.get("/free?ms=60000").status, 504);
    assert_eq!(server.get("/free?ms=10").text(), "done");
    assert_eq!(server.get("/long").text(), "done");
}

#[test]
fn a_server_takes_more_connections_than_files_that_a_process_is_first_given() {
    let app = app();
    build(&app);
    let limited = |limits: &str, more: &str| {
        let script = format!("ulimit {limits} && exec \"$0\" start {more} \"$@\"");
        TestServer::spawn(Command::new("sh").args(["-c", &script, PROGRAM]).current_dir(app.root()))
    };
    let server = limited("-Sn 100", "--max-connections 500");
    let mut connections: Vec<_> = (0..300).map(|_| server.connect()).collect();
    for connection in &mut connections {
        assert_eq!(connection.request("GET", "/a", &[], b"").text(), "a");
    }
    assert!(!server.output().contains("files open"), "{}", server.output().text());
    let server = limited("-n 400", "");
    server.wait_for_output("The system lets this process have 400 files open, and --max-connections is 16384.");
    assert_eq!(server.get("/a").text(), "a");
}
