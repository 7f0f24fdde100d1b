//! What a wrong command line gets: the texts of Next.js's command where it has one, clap's where it has none.

use clap::CommandFactory;
use clap::error::{ContextKind, ContextValue, ErrorKind};

use crate::cli::Cli;
use crate::env_vars::Environment;
use crate::exit::Exit;
use crate::failure::Failure;

/// What to do about an error of the parser: print a text that was asked for, or fail.
pub(crate) enum Outcome {
    /// The help or the version.
    Print(String),
    /// A wrong command line.
    Fail(Failure),
}

/// Words an error of the parser.
pub(crate) fn explain(error: &clap::Error, environment: &Environment, has_color: bool) -> Outcome {
    let rendered = error.render();
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            Outcome::Print(if has_color { rendered.ansi().to_string() } else { rendered.to_string() })
        }
        ErrorKind::DisplayVersion => Outcome::Print(format!("Routewerk v{}\n", env!("CARGO_PKG_VERSION"))),
        ErrorKind::UnknownArgument => Outcome::Fail(unknown_option(error)),
        ErrorKind::ValueValidation | ErrorKind::InvalidValue => Outcome::Fail(bad_value(error, environment)),
        _ => Outcome::Fail(Failure::new(Exit::Usage, rendered.to_string().trim_end().to_owned()).bare()),
    }
}

/// `error: unknown option '--nope'`.
fn unknown_option(error: &clap::Error) -> Failure {
    let option = text(error, ContextKind::InvalidArg).unwrap_or_default();
    let failure = Failure::new(Exit::Usage, format!("error: unknown option '{option}'")).bare();
    match text(error, ContextKind::SuggestedArg) {
        Some(suggestion) => failure.with_hint(format!("Did you mean {suggestion}?")),
        None => failure.with_hint("`routewerk --help` lists the commands, `routewerk <command> --help` its options."),
    }
}

/// `error: option '-p, --port <port>' argument 'abc' is invalid. 'abc' is not a non-negative number.`
fn bad_value(error: &clap::Error, environment: &Environment) -> Failure {
    let value = text(error, ContextKind::InvalidValue).unwrap_or_default();
    let shown = text(error, ContextKind::InvalidArg).unwrap_or_default();
    let (option, variable) = describe_option(&shown).unwrap_or((shown, None));
    let origin = match variable.filter(|variable| environment.text(variable) == Some(&value)) {
        Some(variable) => format!("value '{value}' from env '{variable}'"),
        None => format!("argument '{value}'"),
    };
    let reason = match std::error::Error::source(error) {
        Some(reason) => format!(" {reason}"),
        None => match error.get(ContextKind::ValidValue) {
            Some(ContextValue::Strings(values)) => format!(" Allowed choices are {}.", values.join(", ")),
            _ => String::new(),
        },
    };
    Failure::new(Exit::Usage, format!("error: option '{option}' {origin} is invalid.{reason}")).bare()
}

/// `-p, --port <port>` and the variable of an option that clap shows as `--port <port>`.
fn describe_option(shown: &str) -> Option<(String, Option<String>)> {
    let long = shown.strip_prefix("--")?.split([' ', '[', '=']).next()?;
    let command = Cli::command();
    let argument =
        command.get_subcommands().flat_map(clap::Command::get_arguments).find(|arg| arg.get_long() == Some(long))?;
    let variable = argument.get_env().and_then(|variable| variable.to_str()).map(str::to_owned);
    let option = match argument.get_short() {
        Some(short) => format!("-{short}, {shown}"),
        None => shown.to_owned(),
    };
    Some((option, variable))
}

/// A piece of the error's context.
fn text(error: &clap::Error, kind: ContextKind) -> Option<String> {
    match error.get(kind)? {
        ContextValue::String(text) => Some(text.clone()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;

    use super::*;

    fn message(arguments: &[&str]) -> String {
        let arguments = std::iter::once("routewerk").chain(arguments.iter().copied()).map(OsString::from);
        let error = crate::cli::parse(arguments).expect_err("the command line is wrong");
        match explain(&error, &Environment::default(), false) {
            Outcome::Print(text) => text,
            Outcome::Fail(failure) => {
                assert_eq!(failure.exit, Exit::Usage);
                failure.message
            }
        }
    }

    #[test]
    fn wrong_options_are_worded_as_next_words_them() {
        assert_eq!(message(&["start", "--nope"]), "error: unknown option '--nope'");
        assert_eq!(
            message(&["start", "-p", "abc"]),
            "error: option '-p, --port <port>' argument 'abc' is invalid. 'abc' is not a non-negative number."
        );
        assert_eq!(
            message(&["dev", "--error-format", "xml"]),
            "error: option '--error-format <format>' argument 'xml' is invalid. Allowed choices are auto, problem, \
             html, empty."
        );
        assert_eq!(message(&["--version"]), format!("Routewerk v{}\n", env!("CARGO_PKG_VERSION")));
    }
}
