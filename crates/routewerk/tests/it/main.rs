//! The command as users run it: the real binary on real projects, over real sockets and signals.
//!
//! Each file is about one part of the command. Projects are made by `TestApp` in directories of their own, servers take
//! free ports, and whatever is waited for has a limit.

mod build;
mod cache;
mod caching;
mod cli;
mod config;
mod dev;
mod environment;
mod failures;
mod memory;
mod options;
mod prerendering;
mod runtimes;
mod stampede;
mod start;
mod user_store;
mod user_store_packages;
mod values;

use std::path::Path;
use std::process::Command;

use routewerk_test::{TestApp, TestServer};

/// The binary under test.
const PROGRAM: &str = env!("CARGO_BIN_EXE_routewerk");

/// The command, with nothing of the tests' own environment that it would obey.
fn routewerk(arguments: &[&str]) -> Command {
    let mut command = Command::new(PROGRAM);
    command.args(arguments);
    for name in ["PORT", "NODE_ENV", "NO_COLOR", "ROUTEWERK_LOG", "RUST_BACKTRACE"] {
        command.env_remove(name);
    }
    command
}

/// The command on a project, run to its end: exit code, standard output, standard error.
fn run_on(app: &TestApp, arguments: &[&str]) -> (Option<i32>, String, String) {
    routewerk_test::run(routewerk(arguments).current_dir(app.root()))
}

/// Builds a project.
fn build(app: &TestApp) {
    let (code, out, err) = run_on(app, &["build"]);
    assert_eq!(code, Some(0), "{out}\n{err}");
}

/// Builds and starts a project.
fn start(app: &TestApp) -> TestServer {
    build(app);
    start_with(app, &[])
}

/// Starts a project that has been built.
fn start_with(app: &TestApp, arguments: &[&str]) -> TestServer {
    let server = TestServer::spawn(routewerk(&["start"]).args(arguments).current_dir(app.root()));
    server.wait_for_output("Ready in");
    server
}

/// Starts a project for development.
fn dev(app: &TestApp) -> TestServer {
    let server = TestServer::spawn(routewerk(&["dev"]).current_dir(app.root()));
    server.wait_for_output("Ready in");
    server
}

/// The names in a directory, sorted; none if there is no such directory.
fn names_in(directory: &Path) -> Vec<String> {
    let Ok(entries) = std::fs::read_dir(directory) else { return Vec::new() };
    let mut names: Vec<_> = entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}
