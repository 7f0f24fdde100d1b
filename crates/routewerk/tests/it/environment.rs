//! `.env*` files: which ones, in which order, and when they are read.

use routewerk_test::{TestApp, TestServer};

use crate::{build, dev, routewerk, run_on, start_with};

fn app() -> TestApp {
    TestApp::new()
        .with(
            "app/e/route.ts",
            "export function GET(request: Request): Response {\n  \
             const names = new URL(request.url).searchParams.get('names')?.split(',') ?? []\n  \
             return Response.json(names.map((name) => process.env[name] ?? null))\n}\n",
        )
        .with(".env", "A=env\nB=env\nC=env\nD=env\nREF=$A-${D}\n")
        .with(".env.production", "A=mode\nB=mode\nC=mode\n")
        .with(".env.local", "A=local\nB=local\n")
        .with(".env.production.local", "A=both\n")
        .with(".env.development", "A=development\n")
        .with(".env.test", "A=test\n")
}

fn values(server: &TestServer, names: &str) -> serde_json::Value {
    server.get(&format!("/e?names={names}")).json()
}

#[test]
fn start_takes_the_files_of_production_in_their_order() {
    let app = app();
    let (code, out, err) = run_on(&app, &["build"]);
    assert_eq!(code, Some(0), "{err}");
    let files = "- Environments: .env.production.local, .env.local, .env.production, .env\n";
    assert!(out.contains(files), "{out}");
    let server = start_with(&app, &[]);
    assert!(server.output().contains(files));
    assert_eq!(
        values(&server, "A,B,C,D,REF,NONE"),
        serde_json::json!(["both", "local", "mode", "env", "both-env", null])
    );
    let port = server.address().port().to_string();
    assert_eq!(values(&server, "NODE_ENV,NEXT_RUNTIME,PORT"), serde_json::json!(["production", "nodejs", port]));
}

#[test]
fn start_reads_the_files_again_and_the_real_environment_wins() {
    let app = app();
    build(&app);
    app.write(".env.production.local", "A=later\n");
    let server = TestServer::spawn(routewerk(&["start"]).current_dir(app.root()).env("B", "real"));
    server.wait_for_output("Ready in");
    assert_eq!(values(&server, "A,B"), serde_json::json!(["later", "real"]));
}

#[test]
fn dev_takes_the_files_of_development() {
    let app = app();
    let server = dev(&app);
    assert!(server.output().contains("- Environments: .env.local, .env.development, .env\n"));
    assert_eq!(values(&server, "A,B,C,NODE_ENV"), serde_json::json!(["local", "local", "env", "development"]));
}

#[test]
fn public_variables_are_written_into_the_code() {
    let app = TestApp::new()
        .with(
            "app/p/route.ts",
            "export const GET = () => Response.json([process.env.NEXT_PUBLIC_A, process.env.SECRET])\n",
        )
        .with(".env", "NEXT_PUBLIC_A=public\nSECRET=secret-at-build\n");
    build(&app);
    app.write(".env", "NEXT_PUBLIC_A=changed\nSECRET=secret-at-start\n");
    let server = start_with(&app, &[]);
    assert_eq!(server.get("/p").json(), serde_json::json!(["public", "secret-at-start"]));
    let id = app.read(".routewerk/current");
    let entry = app.read(&format!(".routewerk/builds/{}/server/r0.mjs", id.trim()));
    assert!(!entry.contains("secret-at-build"), "{entry}");
}

#[test]
fn a_file_that_cannot_be_expanded_is_named_and_the_others_count() {
    let app = TestApp::new()
        .with("app/e/route.ts", "export const GET = () => Response.json(process.env['B'] ?? null)\n")
        .with(".env.local", "A=$A\n")
        .with(".env", "B=1\n");
    let (code, _, err) = run_on(&app, &["build"]);
    assert_eq!(code, Some(0), "{err}");
    assert!(
        err.contains("Failed to load env from") && err.contains(".env.local: the value of `A` refers to itself"),
        "{err}"
    );
    assert_eq!(start_with(&app, &[]).get("/e").json(), "1");
}

#[test]
fn a_node_env_that_does_not_fit_is_warned_of() {
    let app = TestApp::new().with_text_route("app/a/route.ts", "a");
    let mut command = routewerk(&["build"]);
    let (code, _, err) = routewerk_test::run(command.current_dir(app.root()).env("NODE_ENV", "development"));
    assert_eq!(code, Some(0), "{err}");
    assert!(err.contains("You are using a non-standard \"NODE_ENV\" value in your environment."), "{err}");
}
