//! Everything that runs: checks, Rust tests, TypeScript tests, Web Platform Tests, conformance, examples, each
//! counted.
//!
//! All parts run even when one fails. The last line is `N passed, N failed`; a part that is not made of tests
//! (the checks) counts as one.

use std::process::Command;

use anyhow::{Result, bail};
use clap::ValueEnum;

use crate::conformance::{self, Tally};
use crate::{check, examples, process, typescript, workspace, wpt};

/// A part of the tests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Part {
    /// `cargo xtask check`.
    Check,
    /// `cargo test` over the workspace.
    Rust,
    /// The runtime's tests.
    Typescript,
    /// `cargo xtask wpt`.
    Wpt,
    /// `cargo xtask conformance check`.
    Conformance,
    /// `cargo xtask examples`.
    Examples,
}

const PARTS: [Part; 6] = [Part::Check, Part::Rust, Part::Typescript, Part::Wpt, Part::Conformance, Part::Examples];

/// Runs the given parts, all if none are given.
///
/// # Errors
/// If a test failed.
pub(crate) fn run(only: &[Part]) -> Result<()> {
    let mut sum = Tally::default();
    for part in PARTS.into_iter().filter(|part| only.is_empty() || only.contains(part)) {
        println!("\n== {part:?}");
        let tally = run_part(part).unwrap_or_else(|error| {
            println!("{part:?}: {error:#}");
            Tally { passed: 0, failed: 1 }
        });
        println!("{part:?}: {} passed, {} failed", tally.passed, tally.failed);
        sum.add(tally);
    }
    println!("\n{} passed, {} failed", sum.passed, sum.failed);
    if sum.failed > 0 || sum.passed == 0 {
        bail!("not everything passed");
    }
    Ok(())
}

fn run_part(part: Part) -> Result<Tally> {
    match part {
        Part::Check => check::run(false).map(|()| Tally { passed: 1, failed: 0 }),
        Part::Rust => rust(),
        Part::Typescript => typescript::test(),
        Part::Wpt => wpt::test(),
        Part::Conformance => conformance::check(&[], &conformance::build_command()?, None),
        Part::Examples => examples::test(&[], &examples::USUAL),
    }
}

fn rust() -> Result<Tally> {
    let mut cargo = Command::new("cargo");
    cargo.args(["test", "--workspace", "--locked", "--no-fail-fast"]).current_dir(workspace::root());
    let (succeeded, text) = process::tee(&mut cargo)?;
    let mut tally = cargo_tally(&text);
    if !succeeded && tally.failed == 0 {
        // A test program that could not be built or that a signal ended has no closing line.
        tally.failed = 1;
    }
    Ok(tally)
}

/// The sum of cargo's closing lines (`test result: ok. 3 passed; 0 failed; …`).
fn cargo_tally(text: &str) -> Tally {
    let mut tally = Tally::default();
    for line in text.lines().filter(|line| line.starts_with("test result:")) {
        let number = |word: &str| {
            let words: Vec<_> = line.split(' ').collect();
            let at = words.iter().position(|candidate| candidate.starts_with(word))?;
            words.get(at.checked_sub(1)?)?.parse::<usize>().ok()
        };
        tally.passed += number("passed").unwrap_or(0);
        tally.failed += number("failed").unwrap_or(0);
    }
    tally
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_closing_lines_of_several_test_programs_are_summed() {
        let text =
            "test result: ok. 3 passed; 0 failed; 0 ignored\nx\ntest result: FAILED. 4 passed; 2 failed; 0 ignored\n";
        let tally = cargo_tally(text);
        assert_eq!((tally.passed, tally.failed), (7, 2));
    }
}
