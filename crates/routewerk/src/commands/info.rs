//! `routewerk info`: what a bug report needs, in the sections of `next info`.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use tokio::process::Command;

use crate::cli::InfoArgs;
use crate::env_vars::Environment;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::OutputDir;
use crate::report::Report;
use crate::{runtime, settings};

/// Packages whose versions bear on how routes behave.
const PACKAGES: [&str; 6] = ["next", "react", "react-dom", "typescript", "zod", "prisma"];
/// How long a program may take to say its version.
const TIMEOUT: Duration = Duration::from_secs(5);

/// Runs the command.
///
/// # Errors
/// A [`Failure`] if the directory does not exist; what is missing otherwise is `N/A`.
pub(crate) async fn run(args: &InfoArgs, environment: &Environment, report: Report) -> Result<Exit, Failure> {
    let root = settings::project_root(&args.project.directory)?;
    let names = ["node", "bun", "deno", "npm", "yarn", "pnpm"];
    let mut binaries = Vec::new();
    for name in names {
        binaries.push((name, version_of(name, environment).await));
    }
    let chosen = match runtime::find(&args.runtime.runtime, environment) {
        Ok(found) => match runtime::check(&found).await {
            Ok(version) => format!("{} {version} ({})", runtime::display_name(found.kind), found.program.display()),
            Err(failure) => failure.message,
        },
        Err(failure) => failure.message,
    };
    let cores = std::thread::available_parallelism().map_or_else(|_| "N/A".to_owned(), |count| count.to_string());
    let or_missing = |text: Option<String>| text.unwrap_or_else(|| "N/A".to_owned());
    let mut lines = vec![
        String::new(),
        "Operating System:".to_owned(),
        format!("  Platform: {}", std::env::consts::OS),
        format!("  Arch: {}", std::env::consts::ARCH),
        format!("  Version: {}", or_missing(system_version())),
        format!("  Available memory (MB): {}", or_missing(memory_megabytes().map(|count| count.to_string()))),
        format!("  Available CPU cores: {cores}"),
        "Binaries:".to_owned(),
        format!("  Routewerk: {}", env!("CARGO_PKG_VERSION")),
        format!("  Runtime: {chosen}"),
    ];
    lines.extend(binaries.into_iter().map(|(name, version)| format!("  {name}: {}", or_missing(version))));
    lines.push("Relevant Packages:".to_owned());
    lines.extend(PACKAGES.map(|name| format!("  {name}: {}", or_missing(package_version(&root, name)))));
    lines.push("Build:".to_owned());
    lines.push(format!("  Current: {}", or_missing(OutputDir::new(&root).current()?.map(|build| build.id))));
    report.line(lines.join("\n"));
    Ok(Exit::Ok)
}

/// The version that a program in `PATH` says it has.
async fn version_of(name: &str, environment: &Environment) -> Option<String> {
    let found = runtime::find(name, environment).ok()?;
    let mut command = Command::new(&found.program);
    command.arg("--version").stdin(Stdio::null()).kill_on_drop(true);
    let output = tokio::time::timeout(TIMEOUT, command.output()).await.ok()?.ok()?;
    let text = String::from_utf8_lossy(&output.stdout);
    let line = text.lines().next()?.trim().trim_start_matches('v').to_owned();
    (output.status.success() && !line.is_empty()).then_some(line)
}

/// The version of an installed package, as Node.js would find it from the project.
fn package_version(root: &Path, name: &str) -> Option<String> {
    root.ancestors().find_map(|directory| {
        let text = std::fs::read_to_string(directory.join("node_modules").join(name).join("package.json")).ok()?;
        let json: serde_json::Value = serde_json::from_str(&text).ok()?;
        json.get("version")?.as_str().map(str::to_owned)
    })
}

/// The kernel's own name for itself, where the system tells it in a file.
fn system_version() -> Option<String> {
    std::fs::read_to_string("/proc/sys/kernel/version").ok().map(|text| text.trim().to_owned())
}

/// The machine's memory, where the system tells it in a file.
fn memory_megabytes() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/meminfo").ok()?;
    let line = text.lines().find(|line| line.starts_with("MemTotal:"))?;
    let kilobytes: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kilobytes.div_ceil(1024))
}
