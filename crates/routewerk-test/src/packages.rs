//! npm packages that tests compare with or run, installed once per version below `target/test-packages`.

use std::fs::{self, File};
use std::path::PathBuf;
use std::process::{Command, Stdio};

/// The directory of an installed package, for instance `package("@next/env", "16.4.6")`.
///
/// # Panics
/// If npm cannot install it.
pub fn package(name: &str, version: &str) -> PathBuf {
    let root = install(&format!("{}-{version}", name.replace('/', "-")), &[(name, version)], &[]);
    root.join("node_modules").join(name)
}

/// The directory whose `node_modules` holds several packages, by name and version, without their optional
/// dependencies and their installation scripts. The folder is named by `set`; another list needs another name.
///
/// # Panics
/// If npm cannot install them.
pub fn lean_packages(set: &str, packages: &[(&str, &str)]) -> PathBuf {
    install(set, packages, &["--omit=optional", "--ignore-scripts"])
}

/// The same without the packages that they expect beside them (`next`, say).
///
/// # Panics
/// If npm cannot install them.
pub fn packages_alone(set: &str, packages: &[(&str, &str)]) -> PathBuf {
    install(set, packages, &["--omit=optional", "--omit=peer", "--legacy-peer-deps", "--ignore-scripts"])
}

/// Installs packages into a folder of the cache, unless that is done.
fn install(folder: &str, packages: &[(&str, &str)], flags: &[&str]) -> PathBuf {
    let root = cache_root().join(folder);
    let done = root.join(".installed");
    if done.exists() {
        return root;
    }
    fs::create_dir_all(&root).expect("the cache can be made");
    // Test binaries run side by side; the second waits here and finds the work done.
    let lock = File::create(root.join(".lock")).expect("a lock file can be made");
    lock.lock().expect("the lock can be taken");
    if !done.exists() {
        fs::write(root.join("package.json"), "{ \"private\": true }\n").expect("a file can be written");
        let output = Command::new("npm")
            .args(["install", "--no-audit", "--no-fund", "--no-save", "--loglevel=error"])
            .args(flags)
            .args(packages.iter().map(|(name, version)| format!("{name}@{version}")))
            .current_dir(&root)
            .stdin(Stdio::null())
            .output()
            .expect("npm runs");
        assert!(output.status.success(), "npm: {}", String::from_utf8_lossy(&output.stderr));
        fs::write(&done, "").expect("a file can be written");
    }
    root
}

/// `target/test-packages` of the workspace whose tests run: that is where cargo runs them, not where this crate was
/// compiled, which may have been another checkout with the same `target`.
#[expect(clippy::disallowed_methods, reason = "cargo says by the environment where a test runs")]
fn cache_root() -> PathBuf {
    let crate_folder =
        std::env::var_os("CARGO_MANIFEST_DIR").map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
    let workspace = crate_folder.ancestors().find(|folder| folder.join("Cargo.lock").is_file());
    workspace.expect("a crate lies in a workspace").join("target/test-packages")
}
