//! The examples, each tested as its user would run it.
//!
//! An example is a Next.js project with tests of its own (`tests/*.test.mjs`, Node's test runner, `BASE_URL` says
//! where the server is). The same tests run against each way to serve it: `routewerk dev`, `routewerk build` with
//! `start` on Node.js, Bun and Deno (from their npm packages, below `target`), and, when asked, real Next.js.
//!
//! An example whose handlers speak to other servers has a `tests/services.mjs`. It runs next to the server under test:
//! starts them, listens on `PORT`, prints the environment that leads there (one `NAME=value` per line, at last `ready`),
//! and ends them when it gets SIGTERM. One that cannot start them fails the example.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use clap::ValueEnum;

use crate::conformance::{self, Tally};
use crate::process::{self, Server};
use crate::{npm, workspace};

/// A way to serve an example.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Way {
    /// `routewerk dev`.
    Dev,
    /// `routewerk build`, `routewerk start`.
    Start,
    /// The same with Bun as the worker's runtime.
    Bun,
    /// The same with Deno as the worker's runtime.
    Deno,
    /// `next build`, `next start`: shows that the tests ask for what Next.js does.
    Next,
}

/// What is tested unless something else is asked for.
pub(crate) const USUAL: [Way; 4] = [Way::Dev, Way::Start, Way::Bun, Way::Deno];

/// Tests the examples of the given names (all if none) in the given ways (the usual ones if none).
///
/// # Errors
/// If a test failed or something could not be run.
pub(crate) fn run(names: &[String], ways: &[Way]) -> Result<()> {
    let tally = test(names, if ways.is_empty() { &USUAL } else { ways })?;
    println!("examples: {} tests passed, {} failed", tally.passed, tally.failed);
    if tally.failed > 0 {
        bail!("{} tests of the examples failed", tally.failed);
    }
    Ok(())
}

/// As [`run`], counting instead of failing.
pub(crate) fn test(names: &[String], ways: &[Way]) -> Result<Tally> {
    let binary = if ways == [Way::Next] { PathBuf::new() } else { conformance::build_command()? };
    let mut tally = Tally::default();
    for project in projects(names)? {
        npm::install(&project)?;
        for way in ways {
            match test_one(&project, *way, &binary) {
                Ok(counted) => tally.add(counted),
                Err(error) => {
                    println!("not ok {} ({way:?}): {error:#}", project.display());
                    tally.failed += 1;
                }
            }
        }
    }
    Ok(tally)
}

fn projects(names: &[String]) -> Result<Vec<PathBuf>> {
    let folder = workspace::root().join("examples");
    let mut projects = Vec::new();
    for entry in std::fs::read_dir(&folder).with_context(|| format!("cannot read `{}`", folder.display()))? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if entry.path().join("package.json").is_file() && (names.is_empty() || names.contains(&name)) {
            projects.push(entry.path());
        }
    }
    projects.sort();
    if projects.is_empty() {
        bail!("no example is called {names:?}");
    }
    Ok(projects)
}

fn test_one(project: &Path, way: Way, binary: &Path) -> Result<Tally> {
    println!("example {} ({way:?})", project.display());
    let services = start_services(project)?;
    let environment = services.as_ref().map(environment).unwrap_or_default();
    let port = process::free_port()?;
    let server = serve(project, way, binary, port, &environment)?;
    let mut node = Command::new("node");
    node.args(["--test", "--test-reporter=tap"]).args(test_files(project)?).current_dir(project);
    node.env("BASE_URL", format!("http://localhost:{port}")).envs(environment);
    let (_, text) = process::tee(&mut node)?;
    let mut tally = node_tally(&text)?;
    if tally.failed > 0 {
        println!("{}", server.log().join("\n"));
    }
    let code = server.stop()?;
    if code != Some(0) && way != Way::Next {
        println!(
            "not ok {} ({way:?}): SIGTERM ended the server with {code:?}, expected exit code 0",
            project.display()
        );
        tally.failed += 1;
    }
    if let Some(services) = services {
        services.stop()?;
    }
    Ok(tally)
}

/// The servers that the example's handlers speak to, if it has any.
fn start_services(project: &Path) -> Result<Option<Server>> {
    let script = project.join("tests/services.mjs");
    if !script.is_file() {
        return Ok(None);
    }
    let port = process::free_port()?;
    let mut node = Command::new("node");
    let services = Server::start(node.arg(script).current_dir(project).env("PORT", port.to_string()), port)?;
    // What it printed last may come after its port answers: the pipe is read by a thread.
    let ready = |lines: &[String]| lines.iter().any(|line| line == "ready");
    if !services.wait_for_log(Duration::from_secs(10), ready) {
        bail!("the services of the example never printed `ready`\n{}", services.log().join("\n"));
    }
    Ok(Some(services))
}

/// The lines `NAME=value` that services have printed.
fn environment(services: &Server) -> Vec<(String, String)> {
    let is_name = |name: &str| name.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_');
    let lines = services.log();
    let pairs = lines.iter().filter_map(|line| line.split_once('=').filter(|(name, _)| is_name(name)));
    pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

fn serve(project: &Path, way: Way, binary: &Path, port: u16, environment: &[(String, String)]) -> Result<Server> {
    let port_text = port.to_string();
    let next = project.join("node_modules/next/dist/bin/next");
    let (program, runtime): (&Path, Option<PathBuf>) = match way {
        Way::Dev | Way::Start => (binary, None),
        Way::Bun => (binary, Some(runtime("bun", "1.4.5", "@oven", "bin/bun")?)),
        Way::Deno => (binary, Some(runtime("deno", "2.9.6", "@deno", "deno")?)),
        Way::Next => (&next, None),
    };
    let command = |word: &str| {
        let mut command = Command::new(program);
        command.arg(word).current_dir(project).env("NO_COLOR", "1").env("NEXT_TELEMETRY_DISABLED", "1");
        command.env_remove("PORT").env_remove("HOSTNAME").envs(environment.iter().cloned());
        if let Some(runtime) = &runtime {
            command.arg("--runtime").arg(runtime);
        }
        command
    };
    if way == Way::Dev {
        return Server::start(command("dev").args(["--port", &port_text]), port);
    }
    let (built, text) = process::transcript(&mut command("build"))?;
    if !built {
        bail!("the build failed\n{text}");
    }
    Server::start(command("start").args(["--port", &port_text]), port)
}

/// The program of a JavaScript runtime, from the package of this platform that its npm package brings along,
/// installed below `target` on first use.
fn runtime(name: &str, version: &str, scope: &str, program: &str) -> Result<PathBuf> {
    let folder = workspace::target().join("tools").join(format!("{name}-{version}"));
    let packages = folder.join("node_modules").join(scope);
    if !packages.is_dir() {
        std::fs::create_dir_all(&folder).with_context(|| format!("cannot create `{}`", folder.display()))?;
        let mut npm = Command::new("npm");
        npm.args(["install", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error", "--prefix"]);
        process::run(npm.arg(&folder).arg(format!("{name}@{version}")))?;
    }
    let mut found = Vec::new();
    for entry in std::fs::read_dir(&packages).with_context(|| format!("cannot read `{}`", packages.display()))? {
        found.push(entry?.path().join(program));
    }
    found.sort();
    found.into_iter().find(|path| path.is_file()).with_context(|| format!("npm brought no {name} for this platform"))
}

fn test_files(project: &Path) -> Result<Vec<PathBuf>> {
    let folder = project.join("tests");
    let mut files = Vec::new();
    for entry in std::fs::read_dir(&folder).with_context(|| format!("cannot read `{}`", folder.display()))? {
        let path = entry?.path();
        if path.to_string_lossy().ends_with(".test.mjs") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

/// The closing counts of Node's test runner (`# pass 3`, `# fail 0`).
pub(crate) fn node_tally(text: &str) -> Result<Tally> {
    let count = |word: &str| {
        let line = text.lines().rev().find_map(|line| line.strip_prefix("# ")?.strip_prefix(word)?.strip_prefix(' '));
        line.and_then(|number| number.parse().ok()).with_context(|| format!("the test runner printed no `# {word}`"))
    };
    Ok(Tally { passed: count("pass")?, failed: count("fail")? })
}
