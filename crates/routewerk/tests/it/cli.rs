//! The command line: Next.js's texts for what is wrong, and what is generated from the definition.

use routewerk_test::TestApp;

use crate::{routewerk, run_on};

fn run(arguments: &[&str]) -> (Option<i32>, String, String) {
    routewerk_test::run(&mut routewerk(arguments))
}

#[test]
fn wrong_command_lines_have_the_texts_of_next_and_code_2() {
    for (arguments, text) in [
        (
            &["start", "-p", "abc"][..],
            "error: option '-p, --port <port>' argument 'abc' is invalid. 'abc' is not a non-negative number.",
        ),
        (
            &["start", "-p", "6000"],
            "Bad port: \"6000\" is reserved for x11\nRead more: https://nextjs.org/docs/messages/reserved-port",
        ),
        (&["build", "--nope"], "error: unknown option '--nope'"),
        (&["start", "/nonexist"], "Invalid project directory provided, no such directory: /nonexist"),
        (&["strat"], "Did you mean `routewerk start`?"),
        (&["start", "--workers", "0"], "'0' is neither `auto` nor a number from 1 to 256."),
        (&["start", "--origin", "example.com"], "is not an origin"),
    ] {
        let (code, out, err) = run(arguments);
        assert_eq!((code, out.as_str()), (Some(2), ""), "{arguments:?}: {err}");
        assert!(err.contains(text), "{arguments:?}: {err}");
    }
    let (code, _, err) = routewerk_test::run(routewerk(&["start"]).env("PORT", "many"));
    assert_eq!(code, Some(2));
    assert!(err.contains("value 'many' from env 'PORT' is invalid"), "{err}");
}

#[test]
fn help_version_and_generated_texts_come_from_the_definition() {
    let (code, out, _) = run(&["--version"]);
    assert_eq!((code, out), (Some(0), format!("Routewerk v{}\n", env!("CARGO_PKG_VERSION"))));
    let (code, out, _) = run(&["--help"]);
    assert!(code == Some(0) && out.contains("Exit codes:") && out.contains("completions"), "{out}");
    let (_, out, _) = run(&["start", "--help"]);
    assert!(out.contains("--keepAliveTimeout <ms>") && out.contains("[env: PORT="), "{out}");
    for (shell, mark) in [("bash", "complete -F"), ("zsh", "#compdef routewerk"), ("fish", "complete -c routewerk")] {
        let (code, out, _) = run(&["completions", shell]);
        assert!(code == Some(0) && out.contains(mark) && out.contains("keepAliveTimeout"), "{shell}");
    }
    let (code, out, _) = run(&["man"]);
    assert!(code == Some(0) && out.contains(".TH routewerk") && out.contains("keepAliveTimeout"), "{out}");
    let (code, out, _) = run(&["reference"]);
    assert!(code == Some(0) && out.contains("| `ROUTEWERK_LOG` |"), "{out}");
}

#[test]
fn info_names_system_runtime_packages_and_build() {
    let app = TestApp::new().with("node_modules/zod/package.json", r#"{ "name": "zod", "version": "4.1.2" }"#);
    let (code, out, err) = run_on(&app, &["info"]);
    assert_eq!(code, Some(0), "{err}");
    for text in [
        "Operating System:",
        "Binaries:",
        "  Runtime: Node.js ",
        "Relevant Packages:",
        "  zod: 4.1.2",
        "  Current: N/A",
    ] {
        assert!(out.contains(text), "{text} in\n{out}");
    }
}

#[test]
fn flags_of_other_bundlers_are_accepted_with_a_word() {
    let app = TestApp::new().with_text_route("app/a/route.ts", "a");
    for flag in ["--turbopack", "--turbo", "--webpack"] {
        let (code, out, err) = run_on(&app, &["build", flag]);
        assert_eq!(code, Some(0), "{err}");
        assert!(out.contains("is ignored"), "{out}");
    }
}
