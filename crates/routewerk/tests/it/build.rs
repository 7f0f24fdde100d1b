//! `build` and `routes`: what they print, what they write, and what remains when they fail.

use std::process::Stdio;

use routewerk_test::{TestApp, wait_until};

use crate::{build, names_in, routewerk, run_on};

#[test]
fn the_table_lists_routes_and_names_pages() {
    let app = TestApp::new()
        .with_text_route("app/b/route.ts", "b")
        .with("app/A/[id]/route.ts", "export const GET = () => new Response()\nexport const DELETE = GET\n")
        .with(
            "app/fixed/route.ts",
            "export const dynamic = 'force-static'\nexport const revalidate = 60\nexport const GET = () => new Response('x')\n",
        )
        .with("app/about/page.tsx", "export default function Page() {\n  return null\n}\n");
    let (code, out, err) = run_on(&app, &["build"]);
    assert_eq!(code, Some(0), "{err}");
    let rows: Vec<_> = out.lines().filter(|line| line.starts_with(['┌', '├', '└'])).collect();
    assert_eq!(rows.len(), 3, "{out}");
    assert!(rows[0].starts_with("┌ ƒ /A/[id]  GET DELETE"), "{out}");
    assert!(rows[1].starts_with("├ ƒ /b       GET"), "{out}");
    assert!(rows[2].starts_with("└ ○ /fixed   GET") && rows[2].ends_with("1m      1y"), "{out}");
    assert!(out.contains("✓ Compiled successfully in ") && out.contains("Route (app)"), "{out}");
    assert!(out.contains("○  (Static)   prerendered as static content"), "{out}");
    assert!(out.contains("not served:\n  /about  app/about/page.tsx"), "{out}");
    assert_eq!(app.read(".routewerk/.gitignore"), "*\n");

    let (code, out, _) = run_on(&app, &["routes", "--json"]);
    assert_eq!(code, Some(0));
    let listed: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!(listed["routes"][0]["path"], "/A/[id]");
    assert_eq!(listed["routes"][0]["methods"], serde_json::json!(["GET", "DELETE"]));
    assert_eq!(listed["routes"][0]["params"], serde_json::json!([{ "name": "id", "kind": "single" }]));
    assert_eq!(listed["routes"][2]["kind"], "static");
    assert_eq!(listed["pages"][0]["served"], false);
}

#[test]
fn routes_changes_nothing_in_the_project() {
    let app = TestApp::new().with_text_route("app/a/route.ts", "a");
    let (code, out, err) = run_on(&app, &["routes"]);
    assert_eq!(code, Some(0), "{err}");
    assert!(out.contains("─ ƒ /a"), "{out}");
    assert!(!app.has(".routewerk"));
}

#[test]
fn types_of_the_routes_are_written_by_build_and_typegen() {
    let app = TestApp::new()
        .with("tsconfig.json", "{}")
        .with("app/items/[id]/route.ts", "export const GET = () => new Response()\n");
    build(&app);
    assert!(app.read(".routewerk/types/routes.d.ts").contains("/items/[id]"));
    app.remove(".routewerk");
    let (code, out, err) = run_on(&app, &["typegen"]);
    assert_eq!(code, Some(0), "{err}");
    assert!(out.contains("✓ Types generated in ./.routewerk/types"), "{out}");
    assert!(app.read(".routewerk/types/routes.d.ts").contains("/items/[id]"));
}

#[test]
fn conflicts_stop_the_build_and_show_both_files() {
    let app = TestApp::new()
        .with_text_route("app/(one)/a/route.ts", "1")
        .with_text_route("app/(two)/a/route.ts", "2")
        .with_text_route("app/b/[x]/route.ts", "x")
        .with_text_route("app/b/[y]/c/route.ts", "y");
    let (code, _, err) = run_on(&app, &["build"]);
    assert_eq!(code, Some(1), "{err}");
    for text in ["./app/(one)/a/route.ts", "./app/(two)/a/route.ts", "'x' !== 'y'", "./app/b/[y]/c/route.ts"] {
        assert!(err.contains(text), "{text} in\n{err}");
    }
    assert!(names_in(&app.path(".routewerk/builds")).is_empty());
}

#[test]
fn every_broken_file_is_shown_with_its_line_and_nothing_remains() {
    let app = TestApp::new()
        .with("app/a/route.ts", "export function GET(): Response {\n  return new Response('a'\n}\n")
        .with("app/b/route.ts", "import { gone } from './gone'\nexport const GET = () => new Response(gone)\n");
    let (code, _, err) = run_on(&app, &["build"]);
    assert_eq!(code, Some(1), "{err}");
    assert!(err.contains("./app/a/route.ts:3:1"), "{err}");
    assert!(err.contains("> 3 | }"), "{err}");
    assert!(err.contains("Module not found: Can't resolve './gone'") && err.contains("./app/b/route.ts:1:"), "{err}");
    assert!(names_in(&app.path(".routewerk/tmp")).is_empty());
    assert!(!app.has(".routewerk/current") && names_in(&app.path(".routewerk/builds")).is_empty());
}

#[test]
fn a_failed_build_leaves_the_one_before_in_service() {
    let app = TestApp::new().with_text_route("app/a/route.ts", "a");
    build(&app);
    let before = app.read(".routewerk/current");
    app.write("app/a/route.ts", "export const GET = (");
    assert_eq!(run_on(&app, &["build"]).0, Some(1));
    assert_eq!(app.read(".routewerk/current"), before);
    assert!(app.has(&format!(".routewerk/builds/{}/manifest.json", before.trim())));
}

#[test]
fn an_interrupted_build_leaves_nothing() {
    let config = "module.exports = async () => {\n  require('node:fs').writeFileSync('begun', '')\n  \
                  await new Promise((resolve) => setTimeout(resolve, 60_000))\n  return {}\n}\n";
    let app = TestApp::new().with_text_route("app/a/route.ts", "a").with("next.config.js", config);
    for (signal, code) in [("INT", 130), ("TERM", 143)] {
        let mut child =
            routewerk(&["build"]).current_dir(app.root()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        wait_until("the configuration to run", || app.has("begun"));
        app.remove("begun");
        let kill = std::process::Command::new("kill").args(["-s", signal, &child.id().to_string()]).status();
        assert!(kill.unwrap().success());
        assert_eq!(child.wait().unwrap().code(), Some(code), "SIG{signal}");
        assert!(names_in(&app.path(".routewerk/tmp")).is_empty() && !app.has(".routewerk/builds"), "SIG{signal}");
    }
}

#[test]
fn two_builds_at_once_both_succeed_one_after_the_other() {
    let app = TestApp::new().with_text_route("app/a/route.ts", "a");
    let spawn = || {
        let mut command = routewerk(&["build"]);
        command.current_dir(app.root()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    };
    let children = [spawn(), spawn(), spawn()];
    for child in children {
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
    let current = app.read(".routewerk/current");
    let builds = names_in(&app.path(".routewerk/builds"));
    assert!(builds.contains(&current.trim().to_owned()) && builds.len() == 2, "{builds:?}, {current}");
    assert!(names_in(&app.path(".routewerk/tmp")).is_empty());
}

#[test]
fn a_proxy_is_said_in_red_not_to_run() {
    for (file, builds) in [("proxy.ts", "src/app"), ("src/middleware.ts", "src/app"), ("middleware.js", "app")] {
        let app = TestApp::new()
            .with(file, "export function proxy() {}\n")
            .with_text_route(&format!("{builds}/a/route.ts"), "a");
        let (code, _, err) = run_on(&app, &["build"]);
        assert_eq!(code, Some(0), "{err}");
        assert!(err.contains(&format!("⨯ {file} does NOT run")), "{err}");
        let server = crate::start_with(&app, &[]);
        server.wait_for_output("does NOT run");
    }
}

#[test]
fn a_project_without_routes_can_be_built() {
    let app = TestApp::new().with("app/page.tsx", "export default function Page() {\n  return null\n}\n");
    let (code, out, err) = run_on(&app, &["build"]);
    assert_eq!(code, Some(0), "{err}");
    assert!(out.contains("No route handlers were found"), "{out}");
    assert_eq!(crate::start_with(&app, &[]).get("/").status, 404);
}
