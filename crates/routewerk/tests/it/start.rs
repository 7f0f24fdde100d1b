//! `start`: what a built project answers, and how the server ends, reloads and survives its workers.

use routewerk_test::{TestApp, wait_until};

use crate::{build, start, start_with};

/// Routes of every sort that these tests ask.
fn app() -> TestApp {
    TestApp::new()
        .with("lib/db.ts", "let count = 0\nexport const next = (): number => ++count\n")
        .with("tsconfig.json", r#"{ "compilerOptions": { "paths": { "@/*": ["./*"] } } }"#)
        .with(
            "app/api/echo/route.ts",
            "export async function POST(request: Request): Promise<Response> {\n  \
             return new Response((await request.text()).toUpperCase(), { status: 201, headers: { 'x-own': 'yes' } })\n}\n",
        )
        .with(
            "app/api/items/[id]/[...rest]/route.ts",
            "import { NextResponse, type NextRequest } from 'next/server'\n\
             type Context = { params: Promise<{ id: string; rest: string[] }> }\n\
             export async function GET(request: NextRequest, { params }: Context) {\n  \
             return NextResponse.json({ ...(await params), q: request.nextUrl.searchParams.get('q'), url: request.url })\n}\n",
        )
        .with("app/api/one/route.ts", "import { next } from '@/lib/db'\nexport const GET = () => Response.json(next())\n")
        .with(
            "app/api/two/route.ts",
            "import { next } from '../../../lib/db'\nexport const GET = () => Response.json(next())\n",
        )
        .with(
            "app/api/boom/route.ts",
            "type Shape = { a: string }\n\nexport function GET(): Response {\n  const shape: Shape = { a: 'x' }\n  \
             throw new Error(`boom ${shape.a}`)\n}\n",
        )
        .with(
            "app/api/slow/route.ts",
            "let open = 0\nlet aborted = 0\nexport async function GET(request: Request): Promise<Response> {\n  \
             const url = new URL(request.url)\n  if (url.searchParams.has('state')) return Response.json({ open, aborted })\n  \
             open += 1\n  request.signal.addEventListener('abort', () => { aborted += 1 })\n  \
             const wait = Number(url.searchParams.get('ms'))\n  \
             await new Promise((resolve) => setTimeout(resolve, wait))\n  open -= 1\n  return new Response('slow')\n}\n",
        )
        .with(
            "app/api/stream/route.ts",
            "const waiting: (() => void)[] = []\n\
             export function POST(): Response {\n  waiting.shift()?.()\n  return new Response('next')\n}\n\
             export function GET(): Response {\n  const pieces = ['one', 'two', 'three']\n  const encoder = new TextEncoder()\n  \
             return new Response(new ReadableStream({\n    async pull(controller) {\n      \
             const piece = pieces.shift()\n      if (piece === undefined) return controller.close()\n      \
             controller.enqueue(encoder.encode(piece))\n      await new Promise<void>((resolve) => waiting.push(resolve))\n    },\n  }))\n}\n",
        )
        .with("app/api/exit/route.ts", "export function GET(): Response {\n  process.exit(3)\n}\n")
        .with("app/about/page.tsx", "export default function Page() {\n  return null\n}\n")
}

#[test]
fn a_built_project_answers() {
    let app = app();
    let server = start(&app);
    let mut client = server.connect();

    let reply = client.request("POST", "/api/echo", &[], b"hello");
    assert_eq!((reply.status, reply.text().as_str(), reply.header("x-own")), (201, "HELLO", Some("yes")));

    let reply = client.request("GET", "/api/items/a%20b/c/d%2Fe?q=1", &[], b"");
    let port = server.address().port();
    assert_eq!(
        reply.json(),
        serde_json::json!({
            "id": "a b", "rest": ["c", "d/e"], "q": "1",
            "url": format!("http://localhost:{port}/api/items/a%20b/c/d%2Fe?q=1"),
        })
    );

    // One module is one object, whichever route imports it and by whichever path.
    let counted: Vec<_> =
        ["/api/one", "/api/two", "/api/one"].map(|path| client.request("GET", path, &[], b"").text()).into();
    assert_eq!(counted, ["1", "2", "3"]);

    let page = client.request("GET", "/about", &[], b"");
    assert_eq!(page.status, 404);
    assert!(page.text().contains("pages are not served"), "{}", page.text());
    assert_eq!(client.request("DELETE", "/api/echo", &[], b"").header("allow"), Some("OPTIONS, POST"));
}

#[test]
fn a_thrown_error_is_logged_with_its_line_of_typescript() {
    let app = app();
    let server = start(&app);
    let reply = server.get("/api/boom");
    assert_eq!((reply.status, reply.text().as_str()), (500, ""));
    server.wait_for_output("⨯ Error: boom x");
    server.wait_for_output("app/api/boom/route.ts:5:");
}

#[test]
fn a_stream_arrives_piece_by_piece() {
    let app = app();
    let server = start(&app);
    let mut client = server.connect();
    client.send("GET /api/stream HTTP/1.1\r\nhost: localhost\r\n\r\n");
    assert_eq!(client.head().status, 200);
    for piece in ["one", "two", "three"] {
        assert_eq!(client.chunk().as_deref(), Some(piece.as_bytes()));
        assert_eq!(server.connect().request("POST", "/api/stream", &[], b"").status, 200);
    }
    assert_eq!(client.chunk(), None);
}

#[test]
fn a_client_that_leaves_aborts_its_request() {
    let app = app();
    let server = start(&app);
    let mut client = server.connect();
    client.send("GET /api/slow?ms=60000 HTTP/1.1\r\nhost: localhost\r\n\r\n");
    let state = || server.get("/api/slow?state").json();
    wait_until("the call to begin", || state()["open"] == 1);
    drop(client);
    wait_until("the abort", || state()["aborted"] == 1);
}

#[test]
fn a_worker_that_ends_is_replaced_and_named() {
    let app = app();
    let server = start(&app);
    assert_eq!(server.get("/api/exit").status, 502);
    server.wait_for_output("A worker ended (exit code 3)");
    server.get_until("/api/one", |reply| reply.status == 200);
}

#[test]
fn a_signal_lets_calls_end_and_then_exits_with_0() {
    let app = app();
    build(&app);
    for signal in ["TERM", "INT"] {
        let mut server = start_with(&app, &[]);
        let mut client = server.connect();
        client.send("GET /api/slow?ms=600 HTTP/1.1\r\nhost: localhost\r\n\r\n");
        wait_until("the call to begin", || server.get("/api/slow?state").json()["open"] == 1);
        server.signal(signal);
        wait_until("the listener to close", || std::net::TcpStream::connect(server.address()).is_err());
        let reply = client.reply("GET");
        assert_eq!((reply.status, reply.text().as_str()), (200, "slow"), "SIG{signal}");
        assert_eq!(server.wait(), Some(0), "SIG{signal}");
    }
}

#[test]
fn a_second_signal_does_not_wait() {
    let app = app();
    build(&app);
    for (signal, code) in [("TERM", 143), ("INT", 130)] {
        let mut server = start_with(&app, &[]);
        let mut client = server.connect();
        client.send("GET /api/slow?ms=60000 HTTP/1.1\r\nhost: localhost\r\n\r\n");
        wait_until("the call to begin", || server.get("/api/slow?state").json()["open"] == 1);
        server.signal(signal);
        wait_until("the listener to close", || std::net::TcpStream::connect(server.address()).is_err());
        server.signal(signal);
        assert_eq!(server.wait(), Some(code), "SIG{signal}");
    }
}

#[test]
fn workers_do_not_outlive_a_server_that_is_killed() {
    let app = TestApp::new().with("app/pid/route.ts", "export const GET = () => Response.json(process.pid)\n");
    let mut server = start(&app);
    let worker = server.get("/pid").text();
    assert!(std::path::Path::new("/proc").join(&worker).exists());
    server.signal("KILL");
    server.wait();
    let status = std::path::Path::new("/proc").join(&worker).join("status");
    // A zombie that nobody has reaped yet has ended too.
    let has_ended = || std::fs::read_to_string(&status).map_or(true, |text| text.contains("State:\tZ"));
    wait_until("the worker to end", has_ended);
}

#[test]
fn hang_up_loads_the_newest_build_without_losing_a_connection() {
    let app = TestApp::new().with_text_route("app/a/route.ts", "one").with_text_route("app/old/route.ts", "old");
    let server = start(&app);
    let mut client = server.connect();
    assert_eq!(client.request("GET", "/a", &[], b"").text(), "one");

    let app = app.with_text_route("app/a/route.ts", "two").with_text_route("app/0/new/route.ts", "new");
    app.remove("app/old");
    build(&app);
    assert_eq!(client.request("GET", "/a", &[], b"").text(), "one", "a build alone changes nothing");
    server.signal("HUP");
    server.wait_for_output("Reloaded to build");
    assert_eq!(client.request("GET", "/a", &[], b"").text(), "two");
    assert_eq!(client.request("GET", "/0/new", &[], b"").text(), "new");
    assert_eq!(client.request("GET", "/old", &[], b"").status, 404);
}

#[test]
fn several_workers_share_the_calls() {
    let app = TestApp::new().with("app/pid/route.ts", "export const GET = () => Response.json(process.pid)\n");
    build(&app);
    let server = start_with(&app, &["--workers", "2"]);
    let mut seen = std::collections::HashSet::new();
    wait_until("both workers to answer", || {
        seen.insert(server.get("/pid").text());
        seen.len() == 2
    });
}

#[test]
fn base_path_and_trailing_slash_of_the_build_hold() {
    let app = TestApp::new()
        .with("next.config.js", "module.exports = { basePath: '/docs', trailingSlash: true }\n")
        .with_text_route("app/a/route.ts", "a");
    let server = start(&app);
    assert_eq!(server.get("/docs/a/").text(), "a");
    let moved = server.get("/docs/a");
    assert_eq!((moved.status, moved.header("location")), (308, Some("/docs/a/")));
    assert_eq!(server.get("/a/").status, 404);
}

#[test]
fn rules_of_the_build_hold() {
    let app = TestApp::new()
        .with(
            "next.config.js",
            "module.exports = {\n  \
             async headers() { return [{ source: '/:path*', headers: [{ key: 'X-Config', value: 'yes' }] }] },\n  \
             async redirects() { return [{ source: '/old/:id', destination: '/a?from=:id', permanent: true }] },\n  \
             async rewrites() { return [\n    \
             { source: '/alias', destination: '/a' },\n    \
             { source: '/away', destination: 'http://127.0.0.1:1/x' },\n  ] },\n  \
             experimental: { proxyTimeout: 5000 },\n}\n",
        )
        .with_text_route("app/a/route.ts", "a");
    let server = start(&app);
    let alias = server.get("/alias");
    assert_eq!((alias.text().as_str(), alias.header("x-config")), ("a", Some("yes")));
    let moved = server.get("/old/7");
    assert_eq!((moved.status, moved.header("location")), (308, Some("/a?from=7")));
    let away = server.get("/away");
    assert_eq!((away.status, away.text().as_str()), (500, "Internal Server Error"));
    server.wait_for_output("Failed to proxy http://127.0.0.1:1/x ");
}
