//! Asks the linker for packed relocations where the system can load them: the program's tables of code addresses are
//! relocated at each start, and the usual list of them takes 1 MB of resident memory in every server, the packed one 13 KB.
//!
//! glibc loads them from 2.36 on; a program that has them does not start with an older one. So they are asked for only
//! where the program is built for the machine that builds it and that one's glibc is new enough.

use std::process::Command;

/// The oldest glibc that loads packed relocations.
const OLDEST: (u32, u32) = (2, 36);

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    let is_glibc = env("CARGO_CFG_TARGET_OS") == "linux" && env("CARGO_CFG_TARGET_ENV") == "gnu";
    if is_glibc && env("HOST") == env("TARGET") && glibc().is_some_and(|found| found >= OLDEST) {
        println!("cargo:rustc-link-arg-bins=-Wl,-z,pack-relative-relocs");
    }
}

#[expect(clippy::disallowed_methods, reason = "cargo talks to build scripts through the environment")]
fn env(name: &str) -> String {
    std::env::var(name).unwrap_or_default()
}

/// This machine's glibc, as `getconf` names it: `glibc 2.36`.
fn glibc() -> Option<(u32, u32)> {
    let output = Command::new("getconf").arg("GNU_LIBC_VERSION").output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    let (major, minor) = text.trim().strip_prefix("glibc ")?.split_once('.')?;
    Some((major.parse().ok()?, minor.split('.').next()?.parse().ok()?))
}
