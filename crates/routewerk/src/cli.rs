//! The command line, defined once: the parser, the help, the completions, the man page and the reference come from
//! these types.
//!
//! The shape is that of Next.js's command (`next [dev|build|start|info] [directory]`). No command means `dev`, and a
//! word that is no command is a directory ([`parse`]). Whoever adds a flag gives it a variable in
//! [`env_vars`] and a field in [`settings`](crate::settings).

use std::ffi::OsString;
use std::fmt::Write as _;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use clap::{Args, CommandFactory, Parser, Subcommand, ValueEnum};

use crate::env_vars;
use crate::exit::Exit;

/// The command line.
#[derive(Debug, Parser)]
#[command(
    name = "routewerk",
    version,
    about = "Runs the Route Handlers of a Next.js project.",
    after_help = "Without a command: dev. A word that is no command is taken as the project's directory.",
    after_long_help = exit_codes_help(),
    disable_help_subcommand = true,
    disable_version_flag = true,
)]
pub(crate) struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
    /// Prints the version.
    #[arg(short = 'v', long, short_alias = 'V', action = clap::ArgAction::Version)]
    version: Option<bool>,
}

/// What the command does.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Serves the project while it is being written: compiles what is requested, shows errors, follows every save.
    Dev(ServeArgs),
    /// Bundles the routes for production into `.routewerk/`.
    Build(BuildArgs),
    /// Serves the newest build.
    Start(ServeArgs),
    /// Lists the routes.
    Routes(RoutesArgs),
    /// Writes the types of the routes for TypeScript into `.routewerk/types/`.
    Typegen(TypegenArgs),
    /// Shows what is stored, and forgets it: in the server that runs on the project, or at rest.
    Cache(CacheArgs),
    /// Prints what a bug report needs: system, runtimes, packages.
    Info(InfoArgs),
    /// Writes a completion script for a shell to standard output.
    Completions {
        /// The shell.
        shell: clap_complete::Shell,
    },
    /// Writes the manual page to standard output.
    Man,
    /// Writes the reference of commands, flags, variables and exit codes as Markdown to standard output.
    #[command(hide = true)]
    Reference,
    /// Becomes a worker that ends with the server (started by the server itself).
    #[command(name = crate::launcher::COMMAND, hide = true)]
    Worker {
        /// The server's process, the runtime and its arguments.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<OsString>,
    },
}

/// Which project.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct ProjectArgs {
    /// The project's directory: the one that holds `app` or `src/app`.
    #[arg(value_name = "directory", default_value = ".", hide_default_value = true)]
    pub directory: PathBuf,
}

/// Which program runs the handlers and evaluates next.config.
#[derive(Clone, Debug, Args)]
pub(crate) struct RuntimeArgs {
    /// The program that runs the handlers: node, bun, deno, or the path of one.
    #[arg(long, value_name = "runtime", default_value = "node", env = env_vars::RUNTIME)]
    pub runtime: String,
}

/// Flags of other bundlers, accepted so that scripts need no change.
#[derive(Clone, Copy, Debug, Default, Args)]
pub(crate) struct BundlerArgs {
    /// Accepted and ignored: Routewerk has one bundler of its own.
    #[arg(long, alias = "turbo")]
    pub turbopack: bool,
    /// Accepted and ignored: Routewerk has one bundler of its own.
    #[arg(long)]
    pub webpack: bool,
}

impl BundlerArgs {
    /// The flag that was given, if any.
    pub(crate) const fn ignored(self) -> Option<&'static str> {
        match (self.turbopack, self.webpack) {
            (_, true) => Some("--webpack"),
            (true, false) => Some("--turbopack"),
            (false, false) => None,
        }
    }
}

/// Flags of `build`.
#[derive(Clone, Debug, Args)]
pub(crate) struct BuildArgs {
    /// Which project.
    #[command(flatten)]
    pub project: ProjectArgs,
    /// Which program evaluates next.config.
    #[command(flatten)]
    pub runtime: RuntimeArgs,
    /// Flags of other bundlers.
    #[command(flatten)]
    pub bundler: BundlerArgs,
}

/// Flags of `routes`.
#[derive(Clone, Debug, Args)]
pub(crate) struct RoutesArgs {
    /// Which project.
    #[command(flatten)]
    pub project: ProjectArgs,
    /// Which program evaluates next.config.
    #[command(flatten)]
    pub runtime: RuntimeArgs,
    /// Writes JSON instead of a table.
    #[arg(long)]
    pub json: bool,
}

/// What `cache` does.
#[derive(Clone, Debug, Args)]
pub(crate) struct CacheArgs {
    /// What to do.
    #[command(subcommand)]
    pub command: CacheCommand,
}

/// What can be done with a cache.
#[derive(Clone, Debug, Subcommand)]
pub(crate) enum CacheCommand {
    /// Lists what is stored.
    #[command(visible_alias = "list")]
    Ls {
        /// As many entries are shown.
        #[arg(long, value_name = "n", default_value_t = 1000, value_parser = clap::value_parser!(u32).range(1..))]
        limit: u32,
        /// Whose cache.
        #[command(flatten)]
        place: CachePlaceArgs,
    },
    /// Shows one entry with its fields and body.
    Get {
        /// The path of a reply, or the key of an entry.
        #[arg(value_name = "path|key")]
        entry: String,
        /// Whose cache.
        #[command(flatten)]
        place: CachePlaceArgs,
    },
    /// Forgets entries: they are made again when they are asked for.
    Purge {
        /// Which entries.
        #[command(flatten)]
        what: CachePurgeArgs,
        /// Whose cache.
        #[command(flatten)]
        place: CachePlaceArgs,
    },
    /// Prints how much is stored, and what a running server has counted.
    Stats {
        /// Whose cache.
        #[command(flatten)]
        place: CachePlaceArgs,
    },
}

impl CacheCommand {
    /// Whose cache, and how the answer is written.
    pub(crate) const fn place(&self) -> &CachePlaceArgs {
        match self {
            Self::Ls { place, .. } | Self::Get { place, .. } | Self::Purge { place, .. } | Self::Stats { place } => {
                place
            }
        }
    }
}

/// Whose cache, and how the answer is written.
#[derive(Clone, Debug, Args)]
pub(crate) struct CachePlaceArgs {
    /// Which project.
    #[command(flatten)]
    pub project: ProjectArgs,
    /// Writes JSON instead of a table.
    #[arg(long)]
    pub json: bool,
}

/// What is purged.
#[derive(Clone, Debug, Args)]
#[group(required = true, multiple = false)]
pub(crate) struct CachePurgeArgs {
    /// What carries a tag.
    #[arg(long, value_name = "tag")]
    pub tag: Option<String>,
    /// The reply of a path, and the values that were stored for it.
    #[arg(long, value_name = "path", value_parser = parse_path)]
    pub path: Option<String>,
    /// One entry, by its key.
    #[arg(long, value_name = "key")]
    pub key: Option<String>,
    /// Everything.
    #[arg(long)]
    pub all: bool,
}

/// Flags of `typegen`.
#[derive(Clone, Debug, Args)]
pub(crate) struct TypegenArgs {
    /// Which project.
    #[command(flatten)]
    pub project: ProjectArgs,
    /// Which program evaluates next.config.
    #[command(flatten)]
    pub runtime: RuntimeArgs,
}

/// Flags of `info`.
#[derive(Clone, Debug, Args)]
pub(crate) struct InfoArgs {
    /// Which project.
    #[command(flatten)]
    pub project: ProjectArgs,
    /// Which program runs the handlers.
    #[command(flatten)]
    pub runtime: RuntimeArgs,
}

/// Flags of `dev` and `start`.
#[derive(Clone, Debug, Args)]
pub(crate) struct ServeArgs {
    /// Which project.
    #[command(flatten)]
    pub project: ProjectArgs,
    /// The port to listen on; 0 takes any free one [default: 3000; `dev` goes on to the next free one].
    #[arg(short, long, value_name = "port", env = env_vars::PORT, value_parser = parse_port)]
    pub port: Option<u16>,
    /// The host name or address to listen on [default: all addresses].
    #[arg(short = 'H', long, value_name = "hostname", env = env_vars::HOSTNAME)]
    pub hostname: Option<String>,
    /// Worker processes: a number, or `auto` for one per processor.
    #[arg(long, value_name = "n|auto", default_value = "1", env = env_vars::WORKERS, value_parser = parse_count)]
    pub workers: Count,
    /// Threads of the server in front of the workers: a number, or `auto` for one per processor that no worker has.
    #[arg(long, value_name = "n|auto", default_value = "auto", env = env_vars::THREADS, value_parser = parse_count)]
    pub threads: Count,
    /// Which program runs the handlers.
    #[command(flatten)]
    pub runtime: RuntimeArgs,
    /// Opens the debugger of the worker; each further worker takes the next free port.
    #[arg(long, value_name = "[host:]port", num_args = 0..=1, require_equals = true, default_missing_value = "9229",
          env = env_vars::INSPECT, value_parser = parse_inspect)]
    pub inspect: Option<SocketAddr>,
    /// Milliseconds after which an idle connection is closed.
    #[arg(long = "keepAliveTimeout", alias = "keep-alive-timeout", value_name = "ms", default_value_t = 5000,
          env = env_vars::KEEP_ALIVE_TIMEOUT, value_parser = parse_number)]
    pub keep_alive_timeout_ms: u64,
    /// How errors of the server itself (400, 404, 413, 431, 502 to 504) are written.
    #[arg(long, value_name = "format", value_enum, default_value = "auto", env = env_vars::ERROR_FORMAT)]
    pub error_format: ErrorFormat,
    /// Believes the `X-Forwarded-*` fields of the peer; only behind a proxy that sets them.
    #[arg(long, env = env_vars::TRUST_PROXY, value_parser = clap::builder::FalseyValueParser::new())]
    pub trust_proxy: bool,
    /// The origin that handlers see in `request.url`, for instance `https://example.com`.
    #[arg(long, value_name = "url", env = env_vars::ORIGIN, value_parser = parse_origin)]
    pub origin: Option<String>,
    /// What a client may send, and for how long.
    #[command(flatten)]
    pub limits: LimitArgs,
    /// Flags of other bundlers.
    #[command(flatten)]
    pub bundler: BundlerArgs,
}

/// Limits of the server.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Limits")]
pub(crate) struct LimitArgs {
    /// The longest request head, in bytes; a longer one is answered 431.
    #[arg(long, value_name = "bytes", default_value_t = 16_384, env = env_vars::MAX_HEAD_BYTES,
          value_parser = clap::value_parser!(u32).range(1024..=1_048_576))]
    pub max_head_bytes: u32,
    /// The longest request body, in bytes; a longer one is answered 413 [default: no limit].
    #[arg(long, value_name = "bytes", env = env_vars::MAX_BODY_BYTES, value_parser = parse_number)]
    pub max_body_bytes: Option<u64>,
    /// The largest number of connections; further ones wait to be accepted.
    #[arg(long, value_name = "n", default_value_t = 16_384, env = env_vars::MAX_CONNECTIONS,
          value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub max_connections: u32,
    /// Milliseconds in which a request head must be complete; later is answered 408.
    #[arg(long, value_name = "ms", default_value_t = 60_000, env = env_vars::HEAD_TIMEOUT,
          value_parser = clap::value_parser!(u64).range(10..=3_600_000))]
    pub head_timeout: u64,
    /// Milliseconds in which a request with its body must be complete; later is answered 408. 0: no limit.
    #[arg(long, value_name = "ms", default_value_t = 300_000, env = env_vars::REQUEST_TIMEOUT,
          value_parser = clap::value_parser!(u64).range(0..=86_400_000))]
    pub request_timeout: u64,
    /// Milliseconds that a client may take no byte of a reply. 0: no limit.
    #[arg(long, value_name = "ms", default_value_t = 60_000, env = env_vars::WRITE_TIMEOUT,
          value_parser = clap::value_parser!(u64).range(0..=86_400_000))]
    pub write_timeout: u64,
    /// Milliseconds in which a handler must begin its reply; later is answered 504. 0: no limit.
    #[arg(long, value_name = "ms", default_value_t = 0, env = env_vars::REPLY_TIMEOUT,
          value_parser = clap::value_parser!(u64).range(0..=86_400_000))]
    pub reply_timeout: u64,
    /// Ends calls of routes that export `maxDuration` when they have run so long: 504, or the reply is cut. Next.js itself
    /// ignores that export.
    #[arg(long, env = env_vars::MAX_DURATION, value_parser = clap::builder::FalseyValueParser::new())]
    pub max_duration: bool,
    /// Seconds after which calls of routes without `maxDuration` end likewise; implies --max-duration [default: no limit].
    #[arg(long, value_name = "seconds", env = env_vars::DEFAULT_MAX_DURATION,
          value_parser = clap::value_parser!(u64).range(1..=86_400))]
    pub default_max_duration: Option<u64>,
    /// Milliseconds that a worker may stand still (an endless loop) before it is replaced. 0: no limit.
    #[arg(long, value_name = "ms", default_value_t = 30_000, env = env_vars::STALL_TIMEOUT,
          value_parser = clap::value_parser!(u64).range(0..=86_400_000))]
    pub stall_timeout: u64,
    /// Milliseconds that a call waits while no worker is ready; later is answered 503.
    #[arg(long, value_name = "ms", default_value_t = 10_000, env = env_vars::WAIT_TIMEOUT,
          value_parser = clap::value_parser!(u64).range(0..=86_400_000))]
    pub wait_timeout: u64,
    /// Milliseconds that a request waits for a stored reply that is being made; later is answered 504, and whoever asks next
    /// has it made again.
    #[arg(long, value_name = "ms", default_value_t = 60_000, env = env_vars::GENERATION_TIMEOUT,
          value_parser = clap::value_parser!(u64).range(10..=86_400_000))]
    pub generation_timeout: u64,
    /// Handlers that make stored replies at once; further ones queue, and their clients wait.
    #[arg(long, value_name = "n", default_value_t = 256, env = env_vars::MAX_GENERATIONS,
          value_parser = clap::value_parser!(u32).range(1..=16_384))]
    pub max_generations: u32,
    /// Bytes that stored replies hold at once while they are being made; further ones wait in their workers.
    #[arg(long, value_name = "bytes", default_value_t = 268_435_456, env = env_vars::MAX_GENERATION_BYTES,
          value_parser = clap::value_parser!(u64).range(1_048_576..=68_719_476_736))]
    pub max_generation_bytes: u64,
    /// Milliseconds that calls may take to end after SIGTERM or SIGINT.
    #[arg(long, value_name = "ms", default_value_t = 30_000, env = env_vars::DRAIN_TIMEOUT,
          value_parser = clap::value_parser!(u64).range(0..=86_400_000))]
    pub drain_timeout: u64,
}

/// How errors of the server itself are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ErrorFormat {
    /// HTML for who prefers it, `application/problem+json` for everyone else; what ends inside a route is empty.
    Auto,
    /// Always `application/problem+json`.
    Problem,
    /// Always HTML.
    Html,
    /// Always empty.
    Empty,
}

/// A number of workers or threads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Count {
    /// As many as fit the machine.
    Auto,
    /// So many.
    Exactly(u16),
}

/// Reads the command line.
///
/// # Errors
/// clap's error, which may also be the help or version that was asked for.
pub(crate) fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Cli, clap::Error> {
    let mut arguments: Vec<_> = arguments.into_iter().collect();
    if !names_command(&arguments) {
        arguments.insert(arguments.len().min(1), "dev".into());
    }
    Cli::try_parse_from(arguments)
}

/// Whether the first argument is a command, or asks for the help or version of the whole.
fn names_command(arguments: &[OsString]) -> bool {
    let Some(first) = arguments.get(1).and_then(|argument| argument.to_str()) else { return false };
    matches!(first, "-h" | "--help" | "-v" | "-V" | "--version")
        || Cli::command().get_subcommands().any(|command| command.get_name() == first)
}

/// The exit codes as the long help lists them.
fn exit_codes_help() -> String {
    let mut text =
        "Without a command: dev. A word that is no command is taken as the project's directory.\n\nExit codes:\n"
            .to_owned();
    for (exit, meaning) in Exit::ALL {
        let _ = writeln!(text, "  {:>3}  {meaning}", exit.code());
    }
    text
}

/// A number as Next.js words its refusal.
fn parse_number(text: &str) -> Result<u64, String> {
    text.parse().map_err(|_| format!("'{text}' is not a non-negative number."))
}

/// A port as Next.js words its refusal.
fn parse_port(text: &str) -> Result<u16, String> {
    let number = parse_number(text)?;
    u16::try_from(number).map_err(|_| format!("'{text}' is not a port: the highest one is 65535."))
}

/// A path as a request has it.
fn parse_path(text: &str) -> Result<String, String> {
    if text.starts_with('/') { Ok(text.to_owned()) } else { Err(format!("'{text}' does not begin with '/'.")) }
}

/// A number of workers or threads.
fn parse_count(text: &str) -> Result<Count, String> {
    match text {
        "auto" => Ok(Count::Auto),
        _ => match text.parse() {
            Ok(count @ 1..=256) => Ok(Count::Exactly(count)),
            _ => Err(format!("'{text}' is neither `auto` nor a number from 1 to 256.")),
        },
    }
}

/// `[host:]port` of a debugger; the host is an address, loopback unless given.
fn parse_inspect(text: &str) -> Result<SocketAddr, String> {
    let refusal = || {
        format!(
            "'{text}' is not `port` or `address:port`. Did you mean to pass a directory? Write it before the option, \
             or give the address: --inspect=127.0.0.1:9229"
        )
    };
    if let Ok(port) = text.parse() {
        return Ok(SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port));
    }
    let text = text.strip_prefix("localhost:").map_or_else(|| text.to_owned(), |port| format!("127.0.0.1:{port}"));
    text.parse().map_err(|_| refusal())
}

/// An origin: scheme and authority, nothing else.
fn parse_origin(text: &str) -> Result<String, String> {
    let refusal = || format!("'{text}' is not an origin such as `https://example.com`.");
    let authority = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://")).ok_or_else(refusal)?;
    let authority = authority.strip_suffix('/').unwrap_or(authority);
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b':' | b'[' | b']' | b'_');
    if authority.is_empty() || !authority.bytes().all(is_plain) {
        return Err(refusal());
    }
    let scheme_length = text.find("//").map_or(0, |at| at + 2);
    Ok(format!("{}{}", &text[..scheme_length], authority.to_ascii_lowercase()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(arguments: &[&str]) -> Result<Cli, clap::Error> {
        parse(std::iter::once("routewerk").chain(arguments.iter().copied()).map(OsString::from))
    }

    #[test]
    fn the_definition_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn no_command_and_unknown_words_are_dev() {
        let Ok(Cli { command: Command::Dev(args), .. }) = parsed(&[]) else { panic!("dev") };
        assert_eq!(args.project.directory, PathBuf::from("."));
        let Ok(Cli { command: Command::Dev(args), .. }) = parsed(&["shop", "-p", "0"]) else { panic!("dev") };
        assert_eq!((args.project.directory, args.port), (PathBuf::from("shop"), Some(0)));
        let Ok(Cli { command: Command::Dev(args), .. }) = parsed(&["-p", "4000"]) else { panic!("dev") };
        assert_eq!(args.port, Some(4000));
        let Ok(Cli { command: Command::Start(_), .. }) = parsed(&["start"]) else { panic!("start") };
    }

    #[test]
    fn inspect_takes_its_value_only_after_an_equals_sign() {
        let Ok(Cli { command: Command::Start(args), .. }) = parsed(&["start", "--inspect", "shop"]) else {
            panic!("start")
        };
        assert_eq!(args.project.directory, PathBuf::from("shop"));
        assert_eq!(args.inspect, Some("127.0.0.1:9229".parse().unwrap()));
        let Ok(Cli { command: Command::Dev(args), .. }) = parsed(&["--inspect=0.0.0.0:1234"]) else { panic!("dev") };
        assert_eq!(args.inspect, Some("0.0.0.0:1234".parse().unwrap()));
        assert!(parsed(&["--inspect=shop"]).is_err());
    }

    #[test]
    fn origins_are_scheme_and_authority_alone() {
        assert_eq!(parse_origin("https://Example.com/"), Ok("https://example.com".to_owned()));
        assert_eq!(parse_origin("http://[::1]:3000"), Ok("http://[::1]:3000".to_owned()));
        for wrong in ["example.com", "https://", "https://a/b", "ftp://a", "https://a@b", "https://a b"] {
            assert!(parse_origin(wrong).is_err(), "{wrong}");
        }
    }
}
