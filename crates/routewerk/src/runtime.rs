//! Which JavaScript runtime is used: the one that was asked for, found in `PATH`, new enough.
//! It is looked for and never installed; what is missing or too old is told with what was found instead.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use routewerk_engine::{Runtime, RuntimeKind, StartError};
use tokio::process::Command;

use crate::env_vars::{self, Environment};
use crate::exit::Exit;
use crate::failure::Failure;

/// Asking a program for its version takes a fraction of this.
const VERSION_TIMEOUT: Duration = Duration::from_secs(20);

/// The runtime that was asked for: `node`, `bun`, `deno`, or the path of one.
///
/// # Errors
/// A [`Failure`] that says where it was looked for.
pub(crate) fn find(asked: &str, environment: &Environment) -> Result<Runtime, Failure> {
    let kind = kind_of(asked);
    let is_path = asked.contains('/');
    let program = if is_path {
        std::path::absolute(asked).ok().filter(|path| is_program(path))
    } else {
        environment.raw(env_vars::PATH).and_then(|path| {
            std::env::split_paths(path).map(|directory| directory.join(asked)).find(|path| is_program(path))
        })
    };
    program.map(|program| Runtime { kind, program }).ok_or_else(|| not_found(kind, asked))
}

/// The kind that a program's name speaks of; what is neither Bun nor Deno is taken for Node.js.
fn kind_of(asked: &str) -> RuntimeKind {
    let name = Path::new(asked).file_stem().and_then(|name| name.to_str()).unwrap_or_default();
    match name {
        name if name.starts_with("bun") => RuntimeKind::Bun,
        name if name.starts_with("deno") => RuntimeKind::Deno,
        _ => RuntimeKind::Node,
    }
}

fn is_program(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    std::fs::metadata(path).is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o111 != 0)
}

/// The name that people know a runtime by.
pub(crate) const fn display_name(kind: RuntimeKind) -> &'static str {
    match kind {
        RuntimeKind::Node => "Node.js",
        RuntimeKind::Bun => "Bun",
        RuntimeKind::Deno => "Deno",
    }
}

fn not_found(kind: RuntimeKind, asked: &str) -> Failure {
    let name = display_name(kind);
    let (major, minor) = kind.oldest_version();
    let looked = if asked.contains('/') { "there is no such program" } else { "it is not in PATH" };
    Failure::new(Exit::Runtime, format!("{name} was not found: `{asked}`: {looked}")).with_hint(format!(
        "Install {name} {major}.{minor} or later, or say where it is: --runtime /path/to/{}",
        kind.name()
    ))
}

fn too_old(kind: RuntimeKind, program: &Path, found: &str) -> Failure {
    let name = display_name(kind);
    let (major, minor) = kind.oldest_version();
    let text = format!(
        "You are using {name} {found} (`{}`). For Routewerk, {name} version \">={major}.{minor}.0\" is required.",
        program.display()
    );
    Failure::new(Exit::Runtime, text)
        .with_hint(format!("Install a newer {name}, or say where one is: --runtime /path/to/{}", kind.name()))
}

/// The version that a runtime says it has, without a leading `v`.
///
/// # Errors
/// A [`Failure`] if it does not run or says no version.
pub(crate) async fn version(runtime: &Runtime) -> Result<String, Failure> {
    let mut command = Command::new(&runtime.program);
    command.arg("--version").stdin(Stdio::null()).kill_on_drop(true);
    let broken = |reason: String| {
        let program = runtime.program.display();
        Failure::new(Exit::Runtime, format!("`{program} --version` failed: {reason}"))
            .with_hint("Is this the program that you mean? --runtime takes the path of another one.")
    };
    let output = match tokio::time::timeout(VERSION_TIMEOUT, command.output()).await {
        Err(_) => return Err(broken(format!("no answer within {} s", VERSION_TIMEOUT.as_secs()))),
        Ok(Err(error)) => return Err(broken(error.to_string())),
        Ok(Ok(output)) => output,
    };
    let text = String::from_utf8_lossy(&output.stdout);
    let is_version = |word: &&str| word.split('.').count() >= 3 && word.starts_with(|char: char| char.is_ascii_digit());
    match text.split_whitespace().map(|word| word.trim_start_matches('v')).find(is_version) {
        Some(version) if output.status.success() => Ok(version.to_owned()),
        _ => Err(broken(format!("it printed {:?} and ended with {}", text.trim(), output.status))),
    }
}

/// Checks that a runtime is not older than what is served.
///
/// # Errors
/// A [`Failure`] with the version that was found.
pub(crate) async fn check(runtime: &Runtime) -> Result<String, Failure> {
    let found = version(runtime).await?;
    let mut numbers = found.split('.').map(|part| part.parse::<u32>().unwrap_or_default());
    let version = (numbers.next().unwrap_or_default(), numbers.next().unwrap_or_default());
    if version < runtime.kind.oldest_version() {
        return Err(too_old(runtime.kind, &runtime.program, &found));
    }
    Ok(found)
}

/// Words a worker that could not be started.
pub(crate) fn start_failure(error: &StartError, runtime: &Runtime) -> Failure {
    match error {
        StartError::NotFound { program } => not_found(runtime.kind, &program.to_string_lossy()),
        StartError::TooOld { program, found, .. } => too_old(runtime.kind, program, found),
        StartError::Spawn { .. } => Failure::new(Exit::Runtime, error.to_string())
            .with_hint("Is this the program that you mean? --runtime takes the path of another one."),
        // What the worker wrote is on the terminal already.
        StartError::Exited { how, fatal, .. } => {
            let fatal = fatal.as_deref().map(|text| format!(": {text}")).unwrap_or_default();
            Failure::new(Exit::Worker, format!("the worker ended at start ({how}){fatal}"))
        }
        StartError::TimedOut { limit, .. } => {
            let limit = crate::report::duration(*limit);
            Failure::new(Exit::Worker, format!("the worker was not ready within {limit}"))
        }
        StartError::Refused { .. } => Failure::new(Exit::Worker, error.to_string()),
        StartError::Protocol { .. } | StartError::System { .. } | StartError::Superseded | StartError::ShuttingDown => {
            Failure::new(Exit::Failed, error.to_string())
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;

    fn environment(path: &Path) -> Environment {
        [(env_vars::PATH.to_owned(), path.to_string_lossy().into_owned())].into_iter().collect()
    }

    fn program(directory: &Path, name: &str, script: &str) -> PathBuf {
        use std::os::unix::fs::PermissionsExt;
        let path = directory.join(name);
        std::fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
        path
    }

    #[test]
    fn the_name_says_the_kind_and_the_path_says_where() {
        let directory = tempfile::tempdir().unwrap();
        let bun = program(directory.path(), "bun", "");
        let found = find("bun", &environment(directory.path())).unwrap();
        assert_eq!((found.kind, found.program), (RuntimeKind::Bun, bun.clone()));
        let found = find(bun.to_str().unwrap(), &Environment::default()).unwrap();
        assert_eq!(found.kind, RuntimeKind::Bun);
        let missing = find("node", &environment(directory.path())).unwrap_err();
        assert_eq!(missing.exit, Exit::Runtime);
        assert!(missing.message.contains("`node`: it is not in PATH"), "{}", missing.message);
    }

    #[tokio::test]
    async fn versions_are_read_and_compared() {
        let directory = tempfile::tempdir().unwrap();
        let path = environment(directory.path());
        program(directory.path(), "node", "echo v20.8.1");
        program(directory.path(), "deno", "echo 'deno 2.5.1 (stable, release, x86_64)'; echo 'v8 14.0.365'");
        program(directory.path(), "bun", "echo what; exit 3");
        let old = check(&find("node", &path).unwrap()).await.unwrap_err();
        assert!(old.message.contains("Node.js 20.8.1") && old.message.contains(">=20.9.0"), "{}", old.message);
        assert_eq!(check(&find("deno", &path).unwrap()).await.unwrap(), "2.5.1");
        assert_eq!(check(&find("bun", &path).unwrap()).await.unwrap_err().exit, Exit::Runtime);
    }
}
