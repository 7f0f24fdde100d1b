//! What a server command works with: flags, environment and defaults merged once, checked, in the units of the
//! crates below.
//!
//! clap has already let a flag win over its variable and a variable over the default; this file turns the result
//! into types that cannot be wrong. next.config has no say here: it speaks of the project, not of the machine.

use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use routewerk_bundle::SegmentConfig;
use routewerk_handler::RouteId;
use routewerk_server::{DurationLimits, OriginPolicy, ServerOptions};

use crate::cli::{Count, ErrorFormat, LimitArgs, ServeArgs};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::reserved_ports;

/// The port where none is given.
pub(crate) const DEFAULT_PORT: u16 = 3000;
/// More front threads than this gain nothing for one process of workers.
const MAX_AUTO_THREADS: usize = 8;

/// Settings of `dev` and `start`.
#[derive(Clone, Debug)]
pub(crate) struct ServeSettings {
    /// The project's directory, symbolic links resolved.
    pub root: PathBuf,
    /// Where to listen.
    pub listen: Listen,
    /// How many workers.
    pub workers: NonZeroUsize,
    /// How many front threads.
    pub threads: NonZeroUsize,
    /// The runtime as it was asked for.
    pub runtime: String,
    /// Where the first worker's debugger listens.
    pub inspect: Option<SocketAddr>,
    /// Options of the server; the origin is completed when the port is known.
    pub server: ServerOptions,
    /// Limits of the workers.
    pub engine: routewerk_engine::Limits,
    /// How long calls may run.
    pub durations: Durations,
    /// How long a request, or a call, waits for an entry that somebody makes.
    pub generation_limit: Duration,
    /// How long calls may take to end when the server is told to.
    pub drain: Duration,
    /// A bundler of another name that was asked for.
    pub ignored_bundler: Option<&'static str>,
}

/// Where to listen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Listen {
    /// The host name as given.
    pub hostname: Option<String>,
    /// The port.
    pub port: u16,
    /// Whether the port was asked for; if not, `dev` may take another one.
    pub is_port_given: bool,
}

impl Listen {
    /// The address to bind, `None` for all addresses.
    ///
    /// # Errors
    /// A [`Failure`] if the host name means nothing on this machine.
    pub(crate) fn address(&self) -> Result<Option<SocketAddr>, Failure> {
        let Some(hostname) = &self.hostname else { return Ok(None) };
        let bare = hostname.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(hostname);
        let unknown = |reason: String| {
            Failure::new(Exit::Address, format!("the host name `{hostname}` cannot be resolved: {reason}"))
                .with_hint("Give a name or address of this machine, or leave -H out to listen on all addresses.")
        };
        let mut found = (bare, self.port).to_socket_addrs().map_err(|error| unknown(error.to_string()))?;
        found.next().map(Some).ok_or_else(|| unknown("it has no address".to_owned()))
    }

    /// The host as a URL shows it to a person: what a browser on this machine can open.
    pub(crate) fn local_host(&self) -> String {
        match self.hostname.as_deref() {
            None | Some("0.0.0.0") => "localhost".to_owned(),
            Some("::" | "[::]") => "[::1]".to_owned(),
            Some(hostname) => url_host(hostname),
        }
    }

    /// The host in `request.url` as Next.js has it: loopback addresses are `localhost`.
    pub(crate) fn origin_host(&self) -> String {
        let Some(hostname) = self.hostname.as_deref() else { return "localhost".to_owned() };
        let bare = hostname.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(hostname);
        match bare.parse::<IpAddr>() {
            Ok(address) if address.is_loopback() => "localhost".to_owned(),
            _ => url_host(hostname),
        }
    }
}

/// A host as it stands in a URL: IPv6 addresses in brackets.
pub(crate) fn url_host(hostname: &str) -> String {
    if hostname.contains(':') && !hostname.starts_with('[') { format!("[{hostname}]") } else { hostname.to_owned() }
}

/// How long calls may run.
#[derive(Clone, Debug)]
pub(crate) struct Durations {
    /// The limits, as the front threads read them.
    pub limits: Arc<DurationLimits>,
    /// Whether what a route exports counts.
    are_on: bool,
}

impl Durations {
    fn new(args: &LimitArgs) -> Self {
        let fallback = args.default_max_duration.map(Duration::from_secs);
        // A limit for the routes that name none would be a shorter one for some that do.
        let are_on = args.max_duration || fallback.is_some();
        let limits = if are_on { DurationLimits::new(fallback) } else { DurationLimits::none() };
        Self { limits: Arc::new(limits), are_on }
    }

    /// Takes over what a route's file says; 0 is no limit.
    pub(crate) fn take(&self, route: RouteId, segment: &SegmentConfig) {
        if self.are_on {
            let seconds = segment.max_duration.filter(|seconds| *seconds > 0);
            self.limits.set(route, seconds.map(Duration::from_secs));
        }
    }
}

impl ServeSettings {
    /// Merges and checks.
    ///
    /// # Errors
    /// A [`Failure`] with the text that Next.js has for it, where it has one.
    pub(crate) fn merge(args: &ServeArgs, machine_threads: NonZeroUsize) -> Result<Self, Failure> {
        let root = project_root(&args.project.directory)?;
        let port = args.port.unwrap_or(DEFAULT_PORT);
        if let Some(service) = reserved_ports::service(port) {
            let page = "https://nextjs.org/docs/messages/reserved-port";
            let text = format!("Bad port: \"{port}\" is reserved for {service}\nRead more: {page}");
            return Err(Failure::new(Exit::Usage, text).bare());
        }
        let listen = Listen { hostname: args.hostname.clone(), port, is_port_given: args.port.is_some() };
        let count = |count: Count, auto: NonZeroUsize| match count {
            Count::Auto => auto,
            Count::Exactly(count) => NonZeroUsize::new(count.into()).unwrap_or(NonZeroUsize::MIN),
        };
        let workers = count(args.workers, machine_threads);
        let threads = count(args.threads, auto_threads(machine_threads, workers));
        let server = server_options(args, &listen, threads);
        server.check().map_err(|error| Failure::new(Exit::Usage, error.to_string()))?;
        Ok(Self {
            root,
            workers,
            threads,
            runtime: args.runtime.runtime.clone(),
            inspect: args.inspect,
            server,
            engine: engine_limits(&args.limits, args.inspect.is_some()),
            durations: Durations::new(&args.limits),
            generation_limit: Duration::from_millis(args.limits.generation_timeout),
            drain: Duration::from_millis(args.limits.drain_timeout),
            listen,
            ignored_bundler: args.bundler.ignored(),
        })
    }
}

/// One front thread for each processor that no worker keeps busy.
///
/// A thread that shares a processor with a worker takes smaller batches and pays more system calls and switches for each
/// request (benchmarks/bench.py, `hello` with `--threads 1` and `2` on two processors).
fn auto_threads(machine_threads: NonZeroUsize, workers: NonZeroUsize) -> NonZeroUsize {
    let left = machine_threads.get().saturating_sub(workers.get()).min(MAX_AUTO_THREADS);
    NonZeroUsize::new(left).unwrap_or(NonZeroUsize::MIN)
}

/// The project's directory with symbolic links resolved.
///
/// # Errors
/// A [`Failure`] with Next.js's text if there is no such directory.
pub(crate) fn project_root(directory: &Path) -> Result<PathBuf, Failure> {
    let absolute = std::path::absolute(directory).unwrap_or_else(|_| directory.to_path_buf());
    let missing = || {
        let text = format!("Invalid project directory provided, no such directory: {}", absolute.display());
        let failure = Failure::new(Exit::Usage, text).bare();
        match directory.to_str().and_then(crate::typo::nearest_command) {
            Some(command) => failure.with_hint(format!("Did you mean `routewerk {command}`?")),
            None => failure,
        }
    };
    let root = directory.canonicalize().map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => missing(),
        _ => Failure::new(
            Exit::Usage,
            format!("the project directory `{}` cannot be opened: {error}", absolute.display()),
        ),
    })?;
    if root.is_dir() { Ok(root) } else { Err(missing()) }
}

fn server_options(args: &ServeArgs, listen: &Listen, threads: NonZeroUsize) -> ServerOptions {
    let limits = &args.limits;
    let or_never = |millis: u64| (millis > 0).then(|| Duration::from_millis(millis));
    let hostname = listen.origin_host();
    ServerOptions {
        threads: Some(threads),
        origin: match (&args.origin, args.trust_proxy) {
            (Some(origin), _) => OriginPolicy::Fixed(origin.clone()),
            (None, true) => OriginPolicy::TrustProxy { hostname },
            (None, false) => OriginPolicy::Listener { hostname },
        },
        error_format: match args.error_format {
            ErrorFormat::Auto => routewerk_server::ErrorFormat::Auto,
            ErrorFormat::Problem => routewerk_server::ErrorFormat::Problem,
            ErrorFormat::Html => routewerk_server::ErrorFormat::Html,
            ErrorFormat::Empty => routewerk_server::ErrorFormat::Empty,
        },
        limits: routewerk_server::Limits {
            max_head_bytes: limits.max_head_bytes as usize,
            max_body_bytes: limits.max_body_bytes,
            max_connections: limits.max_connections as usize,
            max_generations: limits.max_generations as usize,
            max_generation_bytes: limits.max_generation_bytes,
            ..routewerk_server::Limits::default()
        },
        timeouts: routewerk_server::Timeouts {
            head: Duration::from_millis(limits.head_timeout),
            request: or_never(limits.request_timeout),
            keep_alive: Duration::from_millis(args.keep_alive_timeout_ms),
            write: or_never(limits.write_timeout),
        },
    }
}

fn engine_limits(limits: &LimitArgs, has_debugger: bool) -> routewerk_engine::Limits {
    let or_never = |millis: u64| (millis > 0).then(|| Duration::from_millis(millis));
    routewerk_engine::Limits {
        call_timeout: or_never(limits.reply_timeout),
        // A debugger stops the event loop for as long as someone thinks.
        stall_limit: or_never(limits.stall_timeout).filter(|_| !has_debugger),
        wait_limit: Duration::from_millis(limits.wait_timeout),
        drain_limit: Duration::from_millis(limits.drain_timeout),
        ..routewerk_engine::Limits::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listen(hostname: Option<&str>) -> Listen {
        Listen { hostname: hostname.map(str::to_owned), port: 1, is_port_given: true }
    }

    #[test]
    fn hosts_are_written_as_next_writes_them() {
        let written = |hostname| (listen(hostname).local_host(), listen(hostname).origin_host());
        let pair = |local: &str, origin: &str| (local.to_owned(), origin.to_owned());
        assert_eq!(written(None), pair("localhost", "localhost"));
        assert_eq!(written(Some("0.0.0.0")), pair("localhost", "0.0.0.0"));
        assert_eq!(written(Some("127.0.0.2")), pair("127.0.0.2", "localhost"));
        assert_eq!(written(Some("::1")), pair("[::1]", "localhost"));
        assert_eq!(written(Some("api.test")), pair("api.test", "api.test"));
    }
}
