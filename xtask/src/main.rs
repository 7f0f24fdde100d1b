//! The repository's own commands: `cargo xtask <command>`.
//!
//! Reading order: [`check`] (everything a machine can say about the text of the code), [`tidy`] (the house
//! rules that no other tool knows), [`test_all`] (everything that runs), [`conformance`] (the same answers as
//! Next.js), [`wpt`] (the web classes), [`examples`] and [`demo`].
//!
//! Rule: a command sets up what it needs (npm packages, small tools below `target/tools`) and says what it
//! does; nothing is installed outside `target` and the examples' `node_modules`.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a developer's tool talks to the terminal")]

mod check;
mod conformance;
mod demo;
mod examples;
mod npm;
mod process;
mod references;
mod test_all;
mod tidy;
mod tools;
mod typescript;
mod workspace;
mod wpt;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(name = "cargo xtask", about = "Checks, generated references, conformance and examples of this repository.")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// The house rules that no other tool knows: headers, sizes, names, generated pages.
    Tidy,
    /// Formatting, lints, licences, spelling, docs, TypeScript and `tidy`.
    Check {
        /// Leaves out what has to compile (clippy, docs), for a quick look before a commit.
        #[arg(long)]
        fast: bool,
    },
    /// Everything: checks, Rust tests, TypeScript tests, conformance, examples.
    Test {
        /// Only these parts, comma separated.
        #[arg(long, value_delimiter = ',')]
        only: Vec<test_all::Part>,
    },
    /// Compares our answers with those of real Next.js.
    Conformance {
        #[command(subcommand)]
        command: conformance::Command,
    },
    /// Runs the Web Platform Tests on the worker's web classes and compares with what is recorded.
    Wpt(wpt::Arguments),
    /// Runs the tests of the examples against `routewerk dev` and `routewerk build` with `start`.
    Examples {
        /// Only these examples.
        names: Vec<String>,
        /// Only in these ways, comma separated; `next` runs the tests against real Next.js.
        #[arg(long, value_delimiter = ',')]
        ways: Vec<examples::Way>,
    },
    /// Installs an example's packages and runs `routewerk dev` on it, built with optimisations.
    Demo {
        /// The project to run.
        #[arg(default_value = "examples/api")]
        project: PathBuf,
        /// Passed on to `routewerk dev`.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        rest: Vec<String>,
    },
    /// Writes the generated reference pages below `docs/reference`.
    References,
}

fn main() -> ExitCode {
    let outcome = match Cli::parse().command {
        Command::Tidy => tidy::run(true),
        Command::Check { fast } => check::run(fast),
        Command::Test { only } => test_all::run(&only),
        Command::Conformance { command } => conformance::run(&command),
        Command::Wpt(arguments) => wpt::run(&arguments),
        Command::Examples { names, ways } => examples::run(&names, &ways),
        Command::Demo { project, rest } => demo::run(&project, &rest),
        Command::References => references::write(),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
