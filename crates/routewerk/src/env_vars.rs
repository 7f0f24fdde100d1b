//! Every environment variable that the command reads or sets, in one place.
//!
//! A flag's variable is named here once; the parser, the help and the reference in the documentation take it from
//! here. A flag on the command line wins over its variable. Variables of Next.js keep their names (`PORT`,
//! `NODE_ENV`); all others begin with `ROUTEWERK_`. `HOSTNAME` is deliberately not read: `next start` does not read
//! it either, and in a container it names the container.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};

/// The port to listen on (`--port`). Set for the workers too: the port that was taken.
pub(crate) const PORT: &str = "PORT";
/// The host name or address to listen on (`--hostname`).
pub(crate) const HOSTNAME: &str = "ROUTEWERK_HOSTNAME";
/// The number of worker processes, or `auto` (`--workers`).
pub(crate) const WORKERS: &str = "ROUTEWERK_WORKERS";
/// The number of front threads, or `auto` (`--threads`).
pub(crate) const THREADS: &str = "ROUTEWERK_THREADS";
/// `node`, `bun`, `deno` or the path of one (`--runtime`).
pub(crate) const RUNTIME: &str = "ROUTEWERK_RUNTIME";
/// The address of the worker's debugger (`--inspect`).
pub(crate) const INSPECT: &str = "ROUTEWERK_INSPECT";
/// Milliseconds after which an idle connection is closed (`--keepAliveTimeout`).
pub(crate) const KEEP_ALIVE_TIMEOUT: &str = "ROUTEWERK_KEEP_ALIVE_TIMEOUT";
/// How errors of the server itself are written: `auto`, `problem`, `html`, `empty` (`--error-format`).
pub(crate) const ERROR_FORMAT: &str = "ROUTEWERK_ERROR_FORMAT";
/// Whether `X-Forwarded-*` of the peer is believed (`--trust-proxy`).
pub(crate) const TRUST_PROXY: &str = "ROUTEWERK_TRUST_PROXY";
/// The origin that handlers see in `request.url` (`--origin`).
pub(crate) const ORIGIN: &str = "ROUTEWERK_ORIGIN";
/// The longest request head, in bytes (`--max-head-bytes`).
pub(crate) const MAX_HEAD_BYTES: &str = "ROUTEWERK_MAX_HEAD_BYTES";
/// The longest request body, in bytes (`--max-body-bytes`).
pub(crate) const MAX_BODY_BYTES: &str = "ROUTEWERK_MAX_BODY_BYTES";
/// Milliseconds in which a request head must be complete (`--head-timeout`).
pub(crate) const HEAD_TIMEOUT: &str = "ROUTEWERK_HEAD_TIMEOUT";
/// Milliseconds in which a request with its body must be complete (`--request-timeout`).
pub(crate) const REQUEST_TIMEOUT: &str = "ROUTEWERK_REQUEST_TIMEOUT";
/// Milliseconds that a client may take no byte of a reply (`--write-timeout`).
pub(crate) const WRITE_TIMEOUT: &str = "ROUTEWERK_WRITE_TIMEOUT";
/// Milliseconds in which a handler must begin its reply (`--reply-timeout`).
pub(crate) const REPLY_TIMEOUT: &str = "ROUTEWERK_REPLY_TIMEOUT";
/// Whether calls end at the `maxDuration` of their route (`--max-duration`).
pub(crate) const MAX_DURATION: &str = "ROUTEWERK_MAX_DURATION";
/// Seconds after which calls of routes without `maxDuration` end (`--default-max-duration`).
pub(crate) const DEFAULT_MAX_DURATION: &str = "ROUTEWERK_DEFAULT_MAX_DURATION";
/// Milliseconds that a worker may stand still (`--stall-timeout`).
pub(crate) const STALL_TIMEOUT: &str = "ROUTEWERK_STALL_TIMEOUT";
/// Milliseconds that a call waits while no worker is ready (`--wait-timeout`).
pub(crate) const WAIT_TIMEOUT: &str = "ROUTEWERK_WAIT_TIMEOUT";
/// Milliseconds that a request waits for a stored reply that is being made (`--generation-timeout`).
pub(crate) const GENERATION_TIMEOUT: &str = "ROUTEWERK_GENERATION_TIMEOUT";
/// Handlers that make stored replies at once (`--max-generations`).
pub(crate) const MAX_GENERATIONS: &str = "ROUTEWERK_MAX_GENERATIONS";
/// Bytes of stored replies that are being made (`--max-generation-bytes`).
pub(crate) const MAX_GENERATION_BYTES: &str = "ROUTEWERK_MAX_GENERATION_BYTES";
/// The largest number of connections (`--max-connections`).
pub(crate) const MAX_CONNECTIONS: &str = "ROUTEWERK_MAX_CONNECTIONS";
/// Milliseconds that calls may take to end after SIGTERM or SIGINT (`--drain-timeout`).
pub(crate) const DRAIN_TIMEOUT: &str = "ROUTEWERK_DRAIN_TIMEOUT";
/// What the log shows, as a `tracing` filter (`warn`, `routewerk_engine=debug`, …); `warn` unless set.
pub(crate) const LOG: &str = "ROUTEWERK_LOG";

/// Any value other than the empty one switches colours off (<https://no-color.org>).
pub(crate) const NO_COLOR: &str = "NO_COLOR";
/// The kind of terminal; `dumb` switches colours and progress off.
pub(crate) const TERM: &str = "TERM";
/// `test` makes the `.env.test` files count; otherwise the command decides. Set for the workers.
pub(crate) const NODE_ENV: &str = "NODE_ENV";
/// Set for the workers, as Next.js sets it: `nodejs`.
pub(crate) const NEXT_RUNTIME: &str = "NEXT_RUNTIME";
/// Tells a project's code that it runs in a build.
pub(crate) const NEXT_PHASE: &str = "NEXT_PHASE";
/// Set for the workers, as Next.js sets it: the address that `- Local:` shows.
pub(crate) const NEXT_PRIVATE_ORIGIN: &str = "__NEXT_PRIVATE_ORIGIN";
/// Where runtimes and other programs are looked for.
pub(crate) const PATH: &str = "PATH";

/// One variable and what it does, for the reference.
pub(crate) struct EnvVar {
    /// The variable's name.
    pub name: &'static str,
    /// What it does, one sentence.
    pub about: &'static str,
}

/// The variables that belong to no flag; those of the flags are in the flags' own definitions.
pub(crate) const BESIDES_FLAGS: &[EnvVar] = &[
    EnvVar { name: LOG, about: "What the log shows, as a tracing filter; `warn` unless set." },
    EnvVar { name: NO_COLOR, about: "Any value but the empty one switches colours off." },
    EnvVar { name: TERM, about: "`dumb` switches colours and progress off." },
    EnvVar { name: NODE_ENV, about: "`test` makes `.env.test` and `.env.test.local` count." },
    EnvVar { name: PATH, about: "Where node, bun and deno are looked for." },
];

/// The environment of the process, read once in `main` and passed down.
#[derive(Clone, Debug, Default)]
pub(crate) struct Environment {
    values: BTreeMap<OsString, OsString>,
}

impl Environment {
    /// Reads the environment of the process.
    #[expect(clippy::disallowed_methods, reason = "this is the one place that reads the environment")]
    pub(crate) fn of_process() -> Self {
        Self { values: std::env::vars_os().collect() }
    }

    /// A value; `None` if it is unset or empty.
    pub(crate) fn raw(&self, name: &str) -> Option<&OsStr> {
        self.values.get(OsStr::new(name)).map(OsString::as_os_str).filter(|value| !value.is_empty())
    }

    /// A value that is valid Unicode; `None` if it is unset or empty.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.raw(name).and_then(OsStr::to_str)
    }

    /// Every name and value that is valid Unicode, the empty ones too.
    pub(crate) fn texts(&self) -> impl Iterator<Item = (&str, &str)> {
        self.values.iter().filter_map(|(name, value)| Some((name.to_str()?, value.to_str()?)))
    }
}

impl FromIterator<(String, String)> for Environment {
    fn from_iter<I: IntoIterator<Item = (String, String)>>(values: I) -> Self {
        Self { values: values.into_iter().map(|(name, value)| (name.into(), value.into())).collect() }
    }
}
