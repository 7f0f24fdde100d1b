//! The `routewerk` command: reads the command line and the environment, runs one command, exits with its code.
//!
//! This is the only crate that prints, reads arguments and environment, and chooses exit codes; it wires the others.
//! Reading order: [`cli`] (what can be asked), [`settings`] (what that means), [`commands`], then what they stand
//! on: [`project`], [`next_config`], [`dotenv`], [`output`], [`report`], [`failure`], [`exit`].

mod cache_admin;
mod caching;
mod cli;
mod commands;
mod dev;
mod dotenv;
mod draft_secret;
mod env_vars;
mod exit;
mod failure;
mod launcher;
mod listening;
mod log;
mod next_config;
mod open_files;
mod output;
mod port_owner;
mod prerender;
mod project;
mod report;
mod reserved_ports;
mod routes_table;
mod runtime;
mod serving;
mod settings;
mod signals;
mod site;
mod types;
mod typo;
mod usage;
mod worker_host;
mod worker_voice;
mod workers;

use std::process::ExitCode;
use std::time::Instant;

use cli::{Cli, Command};
use env_vars::Environment;
use exit::Exit;
use failure::Failure;
use report::Report;

/// Faster and leaner under many threads than the system's allocator, and the same on every platform.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let begun = Instant::now();
    let environment = Environment::of_process();
    let report = Report::new(&environment);
    let done = match cli::parse(std::env::args_os()) {
        // Before anything else is made: the worker must not inherit it.
        Ok(Cli { command: Command::Worker { arguments }, .. }) => {
            return launcher::become_worker(arguments, report).into();
        }
        Ok(cli) => run(cli.command, &environment, begun, report),
        Err(error) => match usage::explain(&error, &environment, report.has_color()) {
            usage::Outcome::Print(text) => {
                report.raw(&text);
                Ok(Exit::Ok)
            }
            usage::Outcome::Fail(failure) => Err(failure),
        },
    };
    let exit = done.unwrap_or_else(|failure| {
        report.failure(&failure);
        failure.exit
    });
    exit.into()
}

/// Runs one command.
fn run(command: Command, environment: &Environment, begun: Instant, report: Report) -> Result<Exit, Failure> {
    log::begin(environment);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Failure::new(Exit::Failed, format!("no event loop: {error}")))?;
    let done = runtime.block_on(async {
        match command {
            Command::Build(args) => commands::build::run(&args, environment, report).await,
            Command::Routes(args) => commands::routes::run(&args, environment, report).await,
            Command::Typegen(args) => commands::typegen::run(&args, environment, report).await,
            Command::Cache(args) => commands::cache::run(&args, report).await,
            Command::Info(args) => commands::info::run(&args, environment, report).await,
            Command::Completions { shell } => Ok(commands::reference::completions(shell, report)),
            Command::Man => commands::reference::manual(report),
            Command::Reference => Ok(commands::reference::reference(report)),
            Command::Dev(args) => commands::dev::run(&args, environment, begun, report).await,
            Command::Start(args) => commands::start::run(&args, environment, begun, report).await,
            // Has left already.
            Command::Worker { .. } => Ok(Exit::Ok),
        }
    });
    // Work on other threads (a bundle that nobody waits for any more) does not hold up the exit.
    runtime.shutdown_background();
    done
}
