//! What bad input gets: one message that names the file or the command, what to do, and an exit code of its own.

use std::os::unix::fs::PermissionsExt;

use routewerk_test::TestApp;

use crate::{build, routewerk, run_on, start};

#[test]
fn start_without_a_build_says_how_to_make_one() {
    let app = TestApp::new().with_text_route("app/a/route.ts", "a");
    let (code, _, err) = run_on(&app, &["start", "-p", "0"]);
    assert_eq!(code, Some(4), "{err}");
    assert!(err.contains("Could not find a production build in the '.routewerk' directory."), "{err}");
    assert!(err.contains("routewerk build"), "{err}");
}

#[test]
fn a_damaged_build_is_refused() {
    let app = TestApp::new().with_text_route("app/a/route.ts", "a");
    build(&app);
    let manifest = format!(".routewerk/builds/{}/manifest.json", app.read(".routewerk/current").trim());
    app.write(&manifest, "{ \"version\": 1, ");
    let (code, _, err) = run_on(&app, &["start", "-p", "0"]);
    assert_eq!(code, Some(4), "{err}");
    assert!(err.contains("is damaged") && err.contains("routewerk build"), "{err}");
}

#[test]
fn a_build_of_another_version_is_refused() {
    let app = TestApp::new().with_text_route("app/a/route.ts", "a");
    build(&app);
    app.write(&format!(".routewerk/builds/{}/worker.version", app.read(".routewerk/current").trim()), "0\n");
    let (code, _, err) = run_on(&app, &["start", "-p", "0"]);
    assert_eq!(code, Some(4), "{err}");
    assert!(err.contains("made by another version") && err.contains("routewerk build"), "{err}");
}

#[test]
fn a_taken_port_is_an_error_with_the_process_that_has_it() {
    let app = TestApp::new().with_text_route("app/a/route.ts", "a");
    let server = start(&app);
    let port = server.address().port().to_string();
    for command in ["start", "dev"] {
        let (code, _, err) = run_on(&app, &[command, "-H", "127.0.0.1", "-p", &port]);
        assert_eq!(code, Some(3), "{err}");
        assert!(err.contains("Failed to start server") && err.contains("EADDRINUSE"), "{err}");
        assert!(err.contains(&format!("Process {} listens there", server.id())), "{err}");
    }
}

#[test]
fn a_host_name_that_means_nothing_is_named() {
    let app = TestApp::new().with_text_route("app/a/route.ts", "a");
    build(&app);
    let (code, _, err) = run_on(&app, &["start", "-p", "0", "-H", "no-such-host.invalid"]);
    assert_eq!(code, Some(3), "{err}");
    assert!(err.contains("`no-such-host.invalid` cannot be resolved"), "{err}");
}

#[test]
fn a_missing_runtime_is_named_with_what_to_install() {
    let app = TestApp::new().with_text_route("app/a/route.ts", "a");
    build(&app);
    let mut command = routewerk(&["start", "-p", "0"]);
    let (code, _, err) = routewerk_test::run(command.current_dir(app.root()).env("PATH", "/nonexist"));
    assert_eq!(code, Some(5), "{err}");
    assert!(err.contains("Node.js was not found") && err.contains("Install Node.js 20.9 or later"), "{err}");
    let (code, _, err) = run_on(&app, &["dev", "-p", "0", "--runtime", "/nonexist/bun"]);
    assert_eq!(code, Some(5), "{err}");
    assert!(err.contains("Bun was not found"), "{err}");
}

/// A program in the place of Node.js.
fn false_node(app: &TestApp, script: &str) -> String {
    app.write("bin/node", &format!("#!/bin/sh\n{script}\n"));
    let path = app.path("bin/node");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).expect("rights can be set");
    path.to_string_lossy().into_owned()
}

#[test]
fn a_runtime_that_is_too_old_is_named_with_its_version() {
    let app = TestApp::new().with_text_route("app/a/route.ts", "a");
    build(&app);
    let node = false_node(&app, "echo v18.20.4");
    for command in ["start", "dev"] {
        let (code, _, err) = run_on(&app, &[command, "-p", "0", "--runtime", &node]);
        assert_eq!(code, Some(5), "{err}");
        assert!(err.contains("Node.js 18.20.4") && err.contains(">=20.9.0"), "{err}");
    }
    app.write("next.config.js", "module.exports = {}\n");
    let (code, _, err) = run_on(&app, &["build", "--runtime", &node]);
    assert_eq!(code, Some(5), "{err}");
    assert!(err.contains("Node.js 18.20.4"), "{err}");
}

#[test]
fn a_runtime_that_cannot_be_executed_is_named_once_with_its_cause() {
    let app = TestApp::new().with_text_route("app/a/route.ts", "a");
    build(&app);
    // A program of another machine: this one's, with the number of a machine that nobody has.
    let mut foreign = std::fs::read("/bin/true").expect("a program");
    foreign[18..20].copy_from_slice(&[0xfe, 0x7f]);
    app.write("bin/foreign/node", "");
    std::fs::write(app.path("bin/foreign/node"), foreign).expect("writable");
    app.write("bin/orphan/node", "#!/nonexist/interpreter\n");
    // What cannot be loaded although it may be executed: the system looks at its first bytes alone.
    app.write("bin/text/node", "no program\n");
    for (name, cause) in [
        ("foreign", "Exec format error"),
        ("orphan", "the program that it says it is run by"),
        ("text", "Exec format error"),
    ] {
        let path = app.path(&format!("bin/{name}/node"));
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).expect("rights can be set");
        let path = path.to_string_lossy().into_owned();
        let (code, out, err) = run_on(&app, &["start", "-p", "0", "--runtime", &path]);
        assert_eq!(code, Some(5), "{name}: {err}");
        assert_eq!(err.matches(cause).count(), 1, "{name}: {out}\n{err}");
        assert!(err.contains(&path) && err.contains("--runtime takes the path of another one"), "{name}: {err}");
    }
}

#[test]
fn a_worker_that_ends_at_start_ends_the_server_with_its_words() {
    let app = TestApp::new().with_text_route("app/a/route.ts", "a");
    build(&app);
    let node = false_node(&app, "[ \"$1\" = --version ] && echo v22.0.0 && exit; echo 'no licence' >&2; exit 9");
    let (code, _, err) = run_on(&app, &["start", "-p", "0", "--runtime", &node]);
    assert_eq!(code, Some(7), "{err}");
    assert!(err.contains("no licence") && err.contains("exit code 9"), "{err}");
}

#[test]
fn broken_project_files_are_named_with_their_line() {
    let app = TestApp::new()
        .with("tsconfig.json", "{\n  \"compilerOptions\": { \"paths\": }\n}\n")
        .with_text_route("app/a/route.ts", "a");
    let (code, _, err) = run_on(&app, &["build"]);
    assert_eq!(code, Some(6), "{err}");
    assert!(err.contains("./tsconfig.json:2:"), "{err}");

    let app =
        TestApp::new().with("package.json", "{\n  \"name\": \"app\",,\n}\n").with_text_route("app/a/route.ts", "a");
    for command in [&["build"][..], &["dev", "-p", "0"]] {
        let (code, _, err) = run_on(&app, command);
        assert_eq!(code, Some(6), "{err}");
        assert!(err.contains("./package.json:2:") && err.contains("> 2 |"), "{err}");
    }

    let app = TestApp::new()
        .with("node_modules/broken/package.json", "{ \"name\": \"broken\",,\n")
        .with("app/a/route.ts", "import x from 'broken'\nexport const GET = () => new Response(x)\n");
    let (code, _, err) = run_on(&app, &["build"]);
    assert_eq!(code, Some(6), "{err}");
    assert!(err.contains("node_modules/broken/package.json:1:"), "{err}");
}

#[test]
fn a_project_without_an_app_directory_is_told_so() {
    let app = TestApp::new();
    for command in [&["build"][..], &["routes"], &["dev", "-p", "0"]] {
        let (code, _, err) = run_on(&app, command);
        assert_eq!(code, Some(1), "{command:?}: {err}");
        assert!(err.contains("Couldn't find any `pages` or `app` directory"), "{err}");
    }
}

#[test]
fn an_output_directory_that_cannot_be_written_is_named() {
    let app = TestApp::new().with_text_route("app/a/route.ts", "a").with(".routewerk", "a file");
    let (code, _, err) = run_on(&app, &["build"]);
    assert_eq!(code, Some(1), "{err}");
    assert!(err.contains(".routewerk"), "{err}");
}
