//! Whether a JavaScript runtime is new enough.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use tokio::process::Command;

use crate::{Runtime, RuntimeKind, StartError};

/// How long `program --version` may take.
const VERSION_LIMIT: Duration = Duration::from_secs(5);

/// Checks a version that a runtime gave.
pub(crate) fn check(kind: RuntimeKind, program: &Path, version: &str) -> Result<(), StartError> {
    let oldest = kind.oldest_version();
    if parse(version).is_some_and(|found| found < oldest) {
        return Err(StartError::TooOld {
            program: program.to_owned(),
            runtime: kind.name(),
            found: version.trim_start_matches('v').to_owned(),
            oldest: format!("{}.{}", oldest.0, oldest.1),
        });
    }
    Ok(())
}

/// Asks a program for its version, after a start failed: a runtime that is far too old cannot even parse the worker.
pub(crate) async fn ask(runtime: &Runtime) -> Option<String> {
    let mut command = Command::new(&runtime.program);
    command.arg("--version").stdin(Stdio::null()).stderr(Stdio::null()).kill_on_drop(true);
    let output = tokio::time::timeout(VERSION_LIMIT, command.output()).await.ok()?.ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    text.split_whitespace().find(|word| parse(word).is_some()).map(str::to_owned)
}

/// Major and minor of `v20.9.0`, `1.2.3`, …
fn parse(version: &str) -> Option<(u32, u32)> {
    let mut parts = version.trim_start_matches('v').split('.');
    Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_as_numbers() {
        let check = |version| check(RuntimeKind::Node, Path::new("node"), version).is_ok();
        assert!(check("v20.9.0") && check("v20.20.2") && check("v26.0.0-pre") && check("20.9.0"));
        assert!(!check("v20.8.1") && !check("v18.19.0") && !check("v9.99.0"));
    }

    #[test]
    fn a_version_that_cannot_be_read_is_not_held_against_the_runtime() {
        assert!(check(RuntimeKind::Node, Path::new("node"), "nightly").is_ok());
    }
}
