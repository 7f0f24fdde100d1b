//! npm packages that tests compare with or run, installed once per version below `target/test-packages`.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The directory of an installed package, for instance `package("@next/env", "16.4.6")`.
///
/// # Panics
/// If npm cannot install it.
pub fn package(name: &str, version: &str) -> PathBuf {
    let root = cache_root().join(format!("{}-{version}", name.replace('/', "-")));
    let installed = root.join("node_modules").join(name);
    let done = root.join(".installed");
    if done.exists() {
        return installed;
    }
    fs::create_dir_all(&root).expect("the cache can be made");
    // Test binaries run side by side; the second waits here and finds the work done.
    let lock = File::create(root.join(".lock")).expect("a lock file can be made");
    lock.lock().expect("the lock can be taken");
    if !done.exists() {
        fs::write(root.join("package.json"), "{ \"private\": true }\n").expect("a file can be written");
        let output = Command::new("npm")
            .args(["install", "--no-audit", "--no-fund", "--no-save", "--loglevel=error"])
            .arg(format!("{name}@{version}"))
            .current_dir(&root)
            .stdin(Stdio::null())
            .output()
            .expect("npm runs");
        assert!(output.status.success(), "npm: {}", String::from_utf8_lossy(&output.stderr));
        fs::write(&done, "").expect("a file can be written");
    }
    installed
}

/// `target/test-packages` of the workspace.
fn cache_root() -> PathBuf {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    workspace.canonicalize().expect("the workspace exists").join("target/test-packages")
}
