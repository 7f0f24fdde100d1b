//! `dev`: saves become answers, errors come and go, and the server outlives all of it.

use std::net::TcpListener;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Instant;

use routewerk_test::{TestApp, TestServer, wait_until};

use crate::{dev, routewerk};

fn app() -> TestApp {
    TestApp::new()
        .with("lib/db.ts", "let count = 0\nexport const next = (): number => ++count\n")
        .with("lib/text.ts", "export const text: string = 'one'\n")
        .with(
            "app/one/route.ts",
            "import { next } from '../../lib/db'\nexport const GET = () => Response.json(next())\n",
        )
        .with(
            "app/two/route.ts",
            "import { next } from '../../lib/db'\nexport const GET = () => Response.json(next())\n",
        )
        .with(
            "app/text/route.ts",
            "import { text } from '../../lib/text'\nexport const GET = () => new Response(text)\n",
        )
}

#[test]
fn a_save_is_live_and_other_modules_keep_their_state() {
    let app = app();
    let server = dev(&app);
    assert_eq!([server.get("/one").text(), server.get("/two").text()], ["1", "2"], "one module for both routes");
    assert_eq!(server.get("/text").text(), "one");
    let mut connection = server.connect();
    assert_eq!(connection.request("GET", "/text", &[], b"").text(), "one");

    app.write("lib/text.ts", "export const text: string = 'two'\n");
    let saved = Instant::now();
    server.get_until("/text", |reply| reply.text() == "two");
    assert!(saved.elapsed().as_millis() < 2000, "{:?}", saved.elapsed());
    assert_eq!(connection.request("GET", "/text", &[], b"").text(), "two", "the connection has survived");
    assert_eq!(server.get("/one").text(), "3", "the state of another module has survived");
}

#[test]
fn each_request_has_a_line_with_its_status_and_times() {
    let app = app();
    let server = dev(&app);
    server.get("/text?a=%20b");
    server.get("/none");
    server.get("/text/");
    server.wait_for_output(" GET /text?a=%20b 200 in ");
    server.wait_for_output("(routewerk: ");
    server.wait_for_output(" GET /none 404 in ");
    assert!(!server.output().contains("GET /text/ "), "a redirect to the one form of a path has no line");
}

#[test]
fn a_syntax_error_is_shown_everywhere_and_goes_away() {
    let app = app();
    let server = dev(&app);
    assert_eq!(server.get("/text").status, 200);
    app.write("lib/text.ts", "export const text: string = (\n");
    let reply = server.get_until("/text", |reply| reply.status == 500);
    assert_eq!(reply.header("content-type"), Some("application/problem+json"));
    let error = &reply.json()["error"];
    assert_eq!((error["file"].as_str(), error["line"].as_u64()), (Some("./lib/text.ts"), Some(2)), "{error}");
    assert!(error["frame"].as_str().unwrap().contains("> 2 |"), "{error}");
    server.wait_for_output("Failed to compile\n./lib/text.ts:2:");

    let page = server.connect().request("GET", "/text", &[("accept", "text/html,*/*")], b"");
    assert_eq!((page.status, page.header("content-type")), (500, Some("text/html; charset=utf-8")));
    assert!(page.text().contains("&gt; 2 |"), "{}", page.text());
    assert_eq!(server.get("/one").status, 200, "a route that does not reach the file goes on");

    app.write("lib/text.ts", "export const text: string = 'mended'\n");
    server.get_until("/text", |reply| reply.text() == "mended");
    server.wait_for_output("compiles again");
}

#[test]
fn code_is_shown_to_this_machine_alone() {
    let app = app()
        .with("app/bad/route.ts", "export const GET = (\n")
        .with("next.config.js", "module.exports = { allowedDevOrigins: ['*.allowed.test'] }\n");
    let server = dev(&app);
    let mut client = server.connect();
    let mut ask = |host: &str, origin: &str| {
        let text = format!("GET /bad HTTP/1.1\r\nhost: {host}\r\norigin: {origin}\r\n\r\n");
        let reply = client.send(text).reply("GET");
        assert_eq!(reply.status, 500);
        reply.text()
    };
    assert!(ask("localhost", "http://localhost:3000").contains("app/bad/route.ts"));
    assert!(ask("a.allowed.test", "http://b.allowed.test").contains("app/bad/route.ts"));
    assert_eq!(ask("evil.test", "http://evil.test"), "Internal Server Error");
    assert_eq!(ask("localhost", "https://evil.test"), "Internal Server Error");
}

#[test]
fn params_that_are_not_listed_are_not_found_where_the_list_is_closed() {
    let route = |listed: &str| {
        format!(
            "export const dynamicParams = false\n\
             export const generateStaticParams = async () => {listed}\n\
             export const GET = async (_: Request, {{ params }}: any) => new Response((await params).id)\n"
        )
    };
    let app = app().with("app/p/[id]/route.ts", &route("[{ id: 'a b' }]"));
    let server = dev(&app);
    assert_eq!((server.get("/p/a%20b").text().as_str(), server.get("/p/other").status), ("a b", 404));
    let listed = server.get("/p/a%20b");
    assert_eq!(
        (listed.header("x-nextjs-cache"), listed.header("cache-control")),
        (Some("HIT"), Some("s-maxage=31536000"))
    );
    let page = server.connect().request("GET", "/p/other", &[("accept", "text/html")], b"");
    assert_eq!((page.status, page.header("cache-control")), (404, Some("no-store")));
    assert!(page.text().contains("dynamicParams is false"), "{}", page.text());

    app.write("app/p/[id]/route.ts", &route("[{ id: 'other' }]"));
    server.get_until("/p/other", |reply| reply.text() == "other");
    assert_eq!(server.get("/p/a%20b").status, 404, "the list of before the save");

    app.write("app/p/[id]/route.ts", &route("{ throw new Error('no list') }"));
    let reply = server.get_until("/p/other", |reply| reply.status == 500);
    assert!(reply.json()["error"]["message"].as_str().unwrap().contains("no list"), "{}", reply.text());
    server.wait_for_output("Error: no list");
}

#[test]
fn only_what_is_requested_is_compiled() {
    let app = app().with("app/bad/route.ts", "import './gone'\nexport const GET = (\n");
    let server = dev(&app);
    assert_eq!(server.get("/one").status, 200);
    assert!(!server.output().contains("Failed to compile"), "{}", server.output().text());
    assert_eq!(server.get("/bad").status, 500);
}

#[test]
fn routes_come_move_and_go() {
    let app = app();
    let server = dev(&app);
    assert_eq!(server.get("/new/1").status, 404);
    app.write(
        "app/new/[id]/route.ts",
        "export const GET = async (_: Request, c: any) => Response.json(await c.params)\n",
    );
    let reply = server.get_until("/new/1", |reply| reply.status == 200);
    assert_eq!(reply.json(), serde_json::json!({ "id": "1" }));
    app.remove("app/new");
    server.get_until("/new/1", |reply| reply.status == 404);
    assert_eq!(server.get("/one").status, 200);
    app.write("app/one/page.tsx", "export default function Page() {\n  return null\n}\n");
    let reply = server.get_until("/one", |reply| reply.status == 500);
    assert!(reply.text().contains("Conflicting route and page at /one"), "{}", reply.text());
    server.wait_for_output("Conflicting route and page at /one");
    assert_eq!(server.get("/two").status, 200, "the server lives");
    app.remove("app/one/page.tsx");
    server.get_until("/one", |reply| reply.status == 200);
}

#[test]
fn new_methods_and_removed_ones_count_at_once() {
    let app = app();
    let server = dev(&app);
    assert_eq!(server.get("/text").status, 200);
    assert_eq!(server.connect().request("POST", "/text", &[], b"x").status, 405);
    app.write("app/text/route.ts", "export const POST = () => new Response('posted')\n");
    wait_until("POST to be served", || server.connect().request("POST", "/text", &[], b"x").text() == "posted");
    assert_eq!(server.get("/text").status, 405);
}

#[test]
fn a_changed_configuration_restarts_the_workers_and_keeps_connections() {
    let app = app()
        .with("next.config.js", "module.exports = { env: { VALUE: 'one' } }\n")
        .with(".env", "OTHER=one\n")
        .with("app/v/route.ts", "export const GET = () => Response.json([process.env.VALUE, process.env['OTHER']])\n");
    let server = dev(&app);
    let mut connection = server.connect();
    assert_eq!(connection.request("GET", "/v", &[], b"").json(), serde_json::json!(["one", "one"]));

    app.write("next.config.js", "module.exports = { env: { VALUE: 'two' }, basePath: '/base' }\n");
    server.wait_for_output("Found a change in next.config.js. Restarting the server to apply the changes...");
    server.get_until("/base/v", |reply| reply.status == 200 && reply.json()[0] == "two");
    assert_eq!(connection.request("GET", "/v", &[], b"").status, 404);
    assert_eq!(connection.request("GET", "/base/v", &[], b"").json()[0], "two");

    app.write(".env", "OTHER=two\n");
    server.get_until("/base/v", |reply| reply.json()[1] == "two");
    server.wait_for_output("Reload env: .env");

    app.write("next.config.js", "throw new Error('broken')\n");
    server.wait_for_output("The configuration before stays in force");
    assert_eq!(connection.request("GET", "/base/v", &[], b"").json(), serde_json::json!(["two", "two"]));
}

#[test]
fn changed_rules_hold_from_the_save_on_and_broken_ones_do_not() {
    let rules = |to: &str| {
        format!(
            "module.exports = {{ redirects: async () => [{{ source: '/old', destination: '{to}', permanent: false }}] }}\n"
        )
    };
    let app = app().with("next.config.js", &rules("/one"));
    let server = dev(&app);
    assert_eq!(server.get("/old").header("location"), Some("/one"));
    app.write("next.config.js", &rules("/two"));
    server.get_until("/old", |reply| reply.header("location") == Some("/two"));
    app.write("next.config.js", &rules("/:nothing"));
    server.wait_for_output("Error: Invalid redirect found");
    server.wait_for_output("The configuration before stays in force");
    assert_eq!(server.get("/old").header("location"), Some("/two"));
}

#[test]
fn a_changed_tsconfig_counts() {
    let app = app()
        .with("tsconfig.json", r#"{ "compilerOptions": { "paths": { "@/*": ["./a/*"] } } }"#)
        .with("a/x.ts", "export const x = 'a'\n")
        .with("b/x.ts", "export const x = 'b'\n")
        .with("app/x/route.ts", "import { x } from '@/x'\nexport const GET = () => new Response(x)\n");
    let server = dev(&app);
    assert_eq!(server.get("/x").text(), "a");
    app.write("tsconfig.json", r#"{ "compilerOptions": { "paths": { "@/*": ["./b/*"] } } }"#);
    server.get_until("/x", |reply| reply.text() == "b");
}

#[test]
fn a_changed_tsconfig_or_package_json_replaces_what_it_touches_alone() {
    let tsconfig = |paths: &str| format!(r#"{{ "compilerOptions": {{ "paths": {{ {paths} }} }} }}"#);
    let package = |file: &str| format!(r##"{{ "name": "app", "imports": {{ "#y": "./{file}/x.ts" }} }}"##);
    let app = app()
        .with("tsconfig.json", &tsconfig(r#""@/*": ["./a/*"]"#))
        .with("package.json", &package("a"))
        .with("a/x.ts", "export const x = 'a'\n")
        .with("b/x.ts", "export const x = 'b'\n")
        .with("app/x/route.ts", "import { x } from '@/x'\nexport const GET = () => new Response(x)\n")
        .with("app/y/route.ts", "import { x } from '#y'\nexport const GET = () => new Response(x)\n");
    let server = dev(&app);
    assert_eq!([server.get("/x").text(), server.get("/y").text()], ["a", "a"]);
    assert_eq!(server.get("/one").text(), "1");

    // The first one touches nothing that is loaded; that it was taken in shows in the second one.
    app.write("tsconfig.json", &tsconfig(r#""@/*": ["./a/*"], "~/*": ["./b/*"]"#));
    app.write("app/z/route.ts", "import { x } from '~/x'\nexport const GET = () => new Response(x)\n");
    server.get_until("/z", |reply| reply.text() == "b");
    app.write("tsconfig.json", &tsconfig(r#""@/*": ["./b/*"], "~/*": ["./b/*"]"#));
    server.get_until("/x", |reply| reply.text() == "b");
    app.write("package.json", &package("b"));
    server.get_until("/y", |reply| reply.text() == "b");
    assert_eq!(server.get("/two").text(), "2", "the state of a module has survived");

    app.write("package.json", "{\n  \"name\": \"app\",,\n}\n");
    server.wait_for_output("./package.json:2:");
    app.write("package.json", &package("a"));
    server.get_until("/y", |reply| reply.text() == "a");
    app.write("tsconfig.json", "{\n  oops\n}\n");
    server.get_until("/x", |reply| reply.status == 500 && reply.text().contains("tsconfig.json"));
    app.write("tsconfig.json", &tsconfig(r#""@/*": ["./a/*"]"#));
    server.get_until("/x", |reply| reply.text() == "a");
    assert!(!server.output().contains("Restarting"), "{}", server.output().text());
}

#[test]
fn a_worker_that_ends_is_told_and_replaced() {
    let app = app().with("app/exit/route.ts", "export function GET(): Response {\n  process.exit(4)\n}\n");
    let server = dev(&app);
    assert_eq!(server.get("/exit").status, 502);
    server.wait_for_output("A worker ended (exit code 4)");
    server.get_until("/text", |reply| reply.text() == "one");
}

#[test]
fn a_thrown_error_is_logged_with_its_lines_of_code() {
    let app = app().with(
        "app/boom/route.ts",
        "interface Shape { a: string }\n\nexport function GET(): Response {\n  const shape: Shape = { a: 'x' }\n  \
         throw new Error(`boom ${shape.a}`)\n}\n",
    );
    let server = dev(&app);
    assert_eq!(server.get("/boom").status, 500);
    server.wait_for_output("⨯ Error: boom x");
    server.wait_for_output("at GET (app/boom/route.ts:5:");
    server.wait_for_output("> 5 |   throw new Error(`boom ${shape.a}`)");
}

#[test]
fn the_next_free_port_is_taken_unless_one_was_asked_for() {
    let app = app();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    // The default port may be anybody's on this machine, so the test only runs its part where it is free.
    if let Ok(held) = TcpListener::bind("127.0.0.1:3000") {
        let mut command = routewerk(&["dev", "-H", "127.0.0.1"]);
        let mut child = command
            .current_dir(app.root())
            .stdout(std::process::Stdio::piped())
            .stderr(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        let mut text = String::new();
        let mut reader = std::io::BufReader::new(child.stderr.take().unwrap());
        std::io::BufRead::read_line(&mut reader, &mut text).unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
        let process = std::process::id();
        assert!(text.contains(&format!("Port 3000 is in use by process {process}, using available port ")), "{text}");
        drop(held);
    }
    let held = TcpListener::bind(("127.0.0.1", taken)).unwrap();
    let (code, _, err) = crate::run_on(&app, &["dev", "-H", "127.0.0.1", "-p", &taken.to_string()]);
    assert_eq!(code, Some(3), "{err}");
    drop(held);
}

#[test]
fn dev_ends_with_0_on_a_signal() {
    let app = app();
    for signal in ["INT", "TERM"] {
        let mut server: TestServer = dev(&app);
        server.get("/one");
        server.signal(signal);
        assert_eq!(server.wait(), Some(0), "SIG{signal}");
        assert!(crate::names_in(&app.path(".routewerk/tmp")).is_empty(), "SIG{signal}");
    }
}

#[test]
fn no_answer_is_older_than_one_that_was_seen() {
    let route = "import { old } from '../../lib/old'\nexport const GET = () => new Response(String(old))\n";
    let lib = |number: usize| format!("export const old: number = {number}\n");
    let app = TestApp::new().with("lib/old.ts", &lib(0)).with("app/old/route.ts", route);
    let server = TestServer::spawn(routewerk(&["dev", "--workers", "3", "--threads", "2"]).current_dir(app.root()));
    server.wait_for_output("Ready in");
    assert_eq!(server.get("/old").text(), "0");
    let newest = AtomicUsize::new(0);
    let is_over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let mut client = server.connect();
                while !is_over.load(Ordering::Relaxed) {
                    let seen = newest.load(Ordering::SeqCst);
                    let reply = client.request("GET", "/old", &[], b"");
                    assert_eq!(reply.status, 200, "{}", reply.text());
                    let found: usize = reply.text().parse().expect("a number");
                    assert!(found >= seen, "{found} after {seen} had been seen");
                    newest.fetch_max(found, Ordering::SeqCst);
                }
            });
        }
        for number in 1..=60 {
            app.write("lib/old.ts", &lib(number));
            wait_until("the save to be served", || newest.load(Ordering::SeqCst) == number);
        }
        is_over.store(true, Ordering::Relaxed);
    });
}
