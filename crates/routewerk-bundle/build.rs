//! Lists the TypeScript sources of the worker's runtime, so that the crate holds them as text.
//!
//! The output is one table of file names and `include_str!`s; nothing is compiled here. Tests and development
//! tools of the runtime are left out.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

fn main() {
    let crate_folder = PathBuf::from(env("CARGO_MANIFEST_DIR"));
    let runtime = crate_folder.join("runtime");
    let mut files = Vec::new();
    list(&runtime, &runtime, &mut files);
    files.sort();
    let mut table = String::from("&[\n");
    for name in &files {
        let path = runtime.join(name);
        println!("cargo:rerun-if-changed={}", path.display());
        writeln!(table, "    ({name:?}, include_str!({:?})),", path.display().to_string())
            .expect("writing to a string");
    }
    table.push_str("]\n");
    let target = PathBuf::from(env("OUT_DIR")).join("runtime_files.rs");
    std::fs::write(&target, table).unwrap_or_else(|error| panic!("cannot write {}: {error}", target.display()));
}

#[expect(clippy::disallowed_methods, reason = "cargo talks to build scripts through the environment")]
fn env(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|error| panic!("cargo sets {name}: {error}"))
}

/// Adds the sources below `folder`, as paths relative to `runtime` with `/` between their parts.
fn list(runtime: &Path, folder: &Path, files: &mut Vec<String>) {
    println!("cargo:rerun-if-changed={}", folder.display());
    let entries = std::fs::read_dir(folder).unwrap_or_else(|error| panic!("cannot read {}: {error}", folder.display()));
    for entry in entries {
        let path = entry.unwrap_or_else(|error| panic!("cannot read {}: {error}", folder.display())).path();
        let Some(name) = path.file_name().and_then(|name| name.to_str()) else { continue };
        if path.is_dir() {
            if !matches!(name, "node_modules" | "tests" | "dist") && !name.starts_with('.') {
                list(runtime, &path, files);
            }
            continue;
        }
        let extension = path.extension().and_then(|extension| extension.to_str());
        let is_tool =
            [".test", ".d"].iter().any(|kind| path.file_stem().is_some_and(|s| s.to_string_lossy().ends_with(kind)));
        let is_source = extension == Some("ts") && !is_tool;
        if is_source || name == "exports.json" {
            let relative = path.strip_prefix(runtime).expect("below the folder that was listed");
            let parts: Vec<_> = relative.iter().map(|part| part.to_string_lossy()).collect();
            files.push(parts.join("/"));
        }
    }
}
