//! Static routes from `build` to `start`: what is made when, what survives what, and what ends a build.

use routewerk_test::{Reply, TestApp, TestServer};

use crate::{build, run_on, start, start_with};

/// A route that counts its calls and is never made again by itself.
const COUNTED: &str = "let count = 0\nexport const dynamic = 'force-static'\n\
    export const GET = () => Response.json({ count: ++count, at: Date.now() })\n";

/// What a static reply says of its way.
fn state(reply: &Reply) -> &str {
    reply.header("x-nextjs-cache").unwrap_or("none")
}

fn get_state(server: &TestServer, path: &str) -> String {
    state(&server.get(path)).to_owned()
}

#[test]
fn what_build_has_made_is_served_without_a_call_and_survives_a_restart() {
    let app = TestApp::new().with("app/a/route.ts", COUNTED).with(
        "app/p/[id]/route.ts",
        "export const revalidate = 3600\nexport const generateStaticParams = () => [{ id: 'x/y' }, { id: 'b' }]\n\
         export const GET = async (_: Request, { params }: { params: Promise<{ id: string }> }) =>\n  \
         new Response(`${(await params).id} ${Date.now()}`)\n",
    );
    let (code, out, err) = run_on(&app, &["build"]);
    assert_eq!(code, Some(0), "{err}");
    assert!(out.contains("✓ Generated static routes (3/3)"), "{out}");
    let rows: Vec<_> = out.lines().filter(|line| line.starts_with(['┌', '├', '└', '│', ' '])).collect();
    assert!(rows.iter().any(|row| row.starts_with("┌ ○ /a ")), "{out}");
    assert!(rows.iter().any(|row| row.starts_with("└   /p/[id] ")), "{out}");
    assert!(rows.iter().any(|row| row.starts_with("  ├ ● /p/x%2Fy ") && row.ends_with("1h      1y")), "{out}");

    let mut server = start_with(&app, &[]);
    let first = server.get("/a");
    assert_eq!((state(&first), first.json()["count"].as_u64()), ("HIT", Some(1)));
    assert_eq!(server.get("/p/x%2Fy").header("cache-control"), Some("s-maxage=3600, stale-while-revalidate=31532400"));
    let made = server.get("/p/on-demand");
    assert_eq!((state(&made), get_state(&server, "/p/on-demand")), ("MISS", "HIT".to_owned()));
    server.signal("TERM");
    assert_eq!(server.wait(), Some(0));

    let server = start_with(&app, &[]);
    assert_eq!(server.get("/a").text(), first.text());
    let again = server.get("/p/on-demand");
    assert_eq!((state(&again), again.text()), ("HIT", made.text()));
    drop(server);

    build(&app);
    let server = start_with(&app, &[]);
    assert_ne!(server.get("/a").text(), first.text(), "a new build has replies of its own");
    assert_eq!(get_state(&server, "/p/on-demand"), "MISS");
}

#[test]
fn a_reload_serves_the_replies_of_the_new_build() {
    let app = TestApp::new().with("app/a/route.ts", &COUNTED.replace("count: ++count", "build: 'first'"));
    let server = start(&app);
    assert!(server.get("/a").text().contains("first"));
    app.write("app/a/route.ts", &COUNTED.replace("count: ++count", "build: 'second'"));
    app.write("app/0/route.ts", COUNTED);
    build(&app);
    server.signal("HUP");
    let reply = server.get_until("/a", |reply| reply.text().contains("second"));
    assert_eq!(state(&reply), "HIT");
    assert_eq!(get_state(&server, "/0"), "HIT");
}

#[test]
fn what_depends_on_a_request_is_dynamic_and_no_error() {
    let app = TestApp::new()
        .with(
            "app/reads/route.ts",
            "export const revalidate = 60\nexport const GET = (request: Request) => new Response(request.headers.get('x-own'))\n",
        )
        .with(
            "app/refuses/route.ts",
            "export const revalidate = 60\nexport const GET = () => new Response('no', { status: 500 })\n",
        )
        .with(
            "app/missing/route.ts",
            "export const revalidate = 60\nexport const GET = () => new Response('gone', { status: 404 })\n",
        );
    let (code, out, err) = run_on(&app, &["build"]);
    assert_eq!(code, Some(0), "{err}");
    for row in ["○ /missing", "ƒ /reads", "ƒ /refuses"] {
        assert!(out.contains(row), "{row} in\n{out}");
    }
    let server = start_with(&app, &[]);
    let reply = server.connect().request("GET", "/reads", &[("x-own", "mine")], b"");
    assert_eq!((state(&reply), reply.text().as_str()), ("none", "mine"));
    assert_eq!((server.get("/missing").status, get_state(&server, "/missing").as_str()), (404, "HIT"));
}

#[test]
fn params_that_a_build_does_not_know_are_not_found_where_it_says_so() {
    let app = TestApp::new().with(
        "app/p/[id]/route.ts",
        "export const dynamicParams = false\nexport const generateStaticParams = () => [{ id: 'a' }]\n\
         export const GET = () => new Response('made')\n",
    );
    let server = start(&app);
    assert_eq!((server.get("/p/a").status, server.get("/p/b").status), (200, 404));
}

#[test]
fn a_handler_that_throws_ends_the_build_at_the_users_line() {
    let app = TestApp::new().with(
        "app/broken/route.ts",
        "export const dynamic = 'force-static'\nexport async function GET(): Promise<Response> {\n  throw new Error('boom')\n}\n",
    );
    let (code, _, err) = run_on(&app, &["build"]);
    assert_eq!(code, Some(1), "{err}");
    for text in [
        "Error occurred prerendering page \"/broken\". Read more: https://nextjs.org/docs/messages/prerender-error",
        "Error: boom",
        "app/broken/route.ts:3",
        "Export encountered an error on /broken/route: /broken, exiting the build.",
        "> 3 |   throw new Error('boom')",
    ] {
        assert!(err.contains(text), "{text} in\n{err}");
    }
    assert!(!app.has(".routewerk/builds"), "nothing remains");
}

#[test]
fn a_handler_that_takes_too_long_ends_the_build() {
    let app = TestApp::new()
        .with("next.config.mjs", "export default { staticPageGenerationTimeout: 0.3 }\n")
        .with("app/fine/route.ts", COUNTED)
        .with(
            "app/stuck/route.ts",
            "export const revalidate = 60\nexport const GET = (): Response => {\n  for (;;) {}\n}\n",
        );
    let (code, _, err) = run_on(&app, &["build"]);
    assert_eq!(code, Some(1), "{err}");
    assert!(err.contains("Failed to build /stuck/route: /stuck after 3 attempts."), "{err}");
}

#[test]
fn params_that_are_none_end_the_build() {
    let app = TestApp::new().with(
        "app/p/[id]/route.ts",
        "export const generateStaticParams = () => [{ id: 5 }]\nexport const GET = () => new Response('x')\n",
    );
    let (code, _, err) = run_on(&app, &["build"]);
    assert_eq!(code, Some(1), "{err}");
    let text =
        "A required parameter (id) was not provided as a string received number in generateStaticParams for /p/[id]";
    assert!(err.contains(text) && err.contains("Failed to collect page data for /p/[id]"), "{err}");
}

#[test]
fn nothing_dynamic_runs_at_build() {
    let app = TestApp::new()
        .with("app/fixed/route.ts", COUNTED)
        .with("app/dynamic/route.ts", "import { writeFileSync } from 'node:fs'\nwriteFileSync('ran', '')\nexport const GET = () => new Response('x')\n");
    build(&app);
    assert!(!app.has("ran"));
}

#[test]
fn a_handler_invalidates_what_the_next_request_sees() {
    let app = TestApp::new().with("app/a/route.ts", COUNTED).with(
        "app/drop/route.ts",
        "import { revalidatePath } from 'next/cache'\nexport const POST = () => {\n  revalidatePath('/a')\n  return new Response('dropped')\n}\n",
    );
    let server = start(&app);
    assert_eq!(get_state(&server, "/a"), "HIT");
    assert_eq!(server.connect().request("POST", "/drop", &[], b"").status, 200);
    assert_eq!(get_state(&server, "/a"), "MISS");
    assert_eq!(get_state(&server, "/a"), "HIT");
}

#[test]
fn many_paths_are_made_by_several_workers_where_there_are_processors_for_them() {
    let route = "export const dynamic = 'force-static'\n\
        export const generateStaticParams = () => Array.from({ length: 120 }, (_, n) => ({ id: `n${n}` }))\n\
        export const GET = async () => {\n  await new Promise((done) => setTimeout(done, 300))\n  return new Response(String(process.pid))\n}\n";
    let app = TestApp::new().with("app/p/[id]/route.ts", route);
    for cpus in [1, 3] {
        app.write("next.config.mjs", &format!("export default {{ experimental: {{ cpus: {cpus} }} }}\n"));
        let (code, out, err) = run_on(&app, &["build"]);
        assert_eq!(code, Some(0), "{out}\n{err}");
        assert!(out.contains("✓ Generated static routes (120/120)"), "{out}");
        // In the order in which the route names them, whoever made them.
        assert!(out.contains("├ ● /p/n0\n  ├ ● /p/n1\n  ├ ● /p/n2\n  └ ● [+117 more paths]"), "{out}");
        let server = start_with(&app, &[]);
        let mut client = server.connect();
        let workers: std::collections::HashSet<_> = (0..120)
            .map(|number| {
                let reply = client.request("GET", &format!("/p/n{number}"), &[], b"");
                assert_eq!(state(&reply), "HIT");
                reply.text()
            })
            .collect();
        // Those that start last may find nothing left to do.
        assert_eq!(workers.len() > 1, cpus > 1, "{cpus}: {workers:?}");
    }
}
