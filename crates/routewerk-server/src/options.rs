//! What can be set about the server, with every default and range.
//!
//! One value per decision, checked once by [`ServerOptions::check`] before a socket is touched: past that point
//! no limit is zero by accident and no origin is malformed. Where Next.js has the same setting, its default is
//! ours.

use std::num::NonZeroUsize;
use std::time::Duration;

/// Everything that can be set about a server.
#[derive(Clone, Debug, Default)]
pub struct ServerOptions {
    /// How many front threads serve connections. Default: what the machine has (`available_parallelism`).
    pub threads: Option<NonZeroUsize>,
    /// What `request.url` begins with.
    pub origin: OriginPolicy,
    /// What the body of an error answer is.
    pub error_format: ErrorFormat,
    /// How much of everything.
    pub limits: Limits,
    /// How long for everything.
    pub timeouts: Timeouts,
}

/// What `request.url` begins with.
///
/// Next.js ignores `Host` and `X-Forwarded-Host` and names the address that it was started with; only the scheme
/// follows `X-Forwarded-Proto`. That is the default. It is wrong behind a reverse proxy and safe everywhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OriginPolicy {
    /// `http://<hostname>:<listening port>`, or `https://` where `x-forwarded-proto` holds `https`.
    Listener {
        /// The host as it is written into URLs: `localhost`, unless the server was started with another name.
        hostname: String,
    },
    /// `x-forwarded-proto` and `x-forwarded-host` (else `Host`) as a trusted proxy has set them. Where these are
    /// absent or malformed, as [`OriginPolicy::Listener`].
    TrustProxy {
        /// The host where the request names none.
        hostname: String,
    },
    /// Always this one, for instance `https://api.example.com`.
    Fixed(String),
}

impl Default for OriginPolicy {
    fn default() -> Self {
        Self::Listener { hostname: "localhost".to_owned() }
    }
}

/// What the body of an error answer is: one that the server makes itself, never one of a handler.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ErrorFormat {
    /// What ends inside a route (405, an unknown method) has an empty body as in Next.js. Everything else is
    /// `application/problem+json` (RFC 9457), or HTML for a client that prefers it.
    #[default]
    Auto,
    /// Always `application/problem+json`.
    Problem,
    /// Always HTML.
    Html,
    /// Always empty.
    Empty,
}

/// How much of everything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// A request's head (request line and fields) in bytes; more is 431. Default 16 KiB as Node.js, range 1 KiB to 1 MiB.
    pub max_head_bytes: usize,
    /// A request target in bytes; more is 414, also where the request line alone is longer than
    /// [`max_head_bytes`](Self::max_head_bytes). Default 16 KiB, range 64 bytes to 1 MiB.
    pub max_target_bytes: usize,
    /// A request's fields; more are 431. Default 2,000 as Node.js (which drops the rest in silence), range 8 to 10,000.
    pub max_header_fields: usize,
    /// A request's body in bytes; more is 413. Default none, as Next.js.
    pub max_body_bytes: Option<u64>,
    /// How much of a request body that nobody reads is taken after the reply, so that the connection can be used
    /// again; with more to come it is closed. Default 1 MiB.
    pub max_drain_bytes: u64,
    /// Open connections of the whole server; more wait in the listener's backlog. Default 16,384, range 1 to 1,000,000.
    pub max_connections: usize,
    /// Calls under way per front thread; more are 503. Default 16,384, range 1 to 1,000,000.
    pub max_pending_calls: usize,
    /// Concurrent streams of one HTTP/2 connection. Default 200, range 1 to 10,000.
    pub max_http2_streams: u32,
    /// Handlers that make stored replies at once, in the whole server; further ones queue, and their clients wait. Default
    /// 256, range 1 to 16,384.
    pub max_generations: usize,
    /// Bytes of the replies above 256 KiB that are being made, held at once in the whole server; further ones wait in
    /// their workers, and one that is longer than all of it fails. Default 256 MiB, range 1 MiB to 64 GiB.
    pub max_generation_bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_head_bytes: 16 * 1024,
            max_target_bytes: 16 * 1024,
            max_header_fields: 2_000,
            max_body_bytes: None,
            max_drain_bytes: 1024 * 1024,
            max_connections: 16_384,
            max_pending_calls: 16_384,
            max_http2_streams: 200,
            max_generations: 256,
            max_generation_bytes: 256 * 1024 * 1024,
        }
    }
}

/// How long for everything. Each is kept to within an eighth of the shortest of them (at most 250 ms).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Timeouts {
    /// From the first byte of a head (or the accept) to its last; later is 408. Default 60 s as Node.js, range 10 ms to 1 hour.
    pub head: Duration,
    /// From the head to the last byte of the body; later is 408. Default 300 s as Node.js; `None` waits for ever.
    pub request: Option<Duration>,
    /// How long a connection without a request stays open; also told in `Keep-Alive: timeout=`. Default 5 s as
    /// Next.js; zero means the default, as in Next.js; range 10 ms to 1 day.
    pub keep_alive: Duration,
    /// How long a client may take no byte of a reply that waits for it. Default 60 s; `None` waits for ever.
    pub write: Option<Duration>,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            head: Duration::from_mins(1),
            request: Some(Duration::from_mins(5)),
            keep_alive: Timeouts::DEFAULT_KEEP_ALIVE,
            write: Some(Duration::from_mins(1)),
        }
    }
}

impl Timeouts {
    /// The idle time of Next.js.
    pub const DEFAULT_KEEP_ALIVE: Duration = Duration::from_secs(5);

    /// The idle time, with zero taken as the default.
    pub fn keep_alive(&self) -> Duration {
        if self.keep_alive.is_zero() { Self::DEFAULT_KEEP_ALIVE } else { self.keep_alive }
    }
}

/// An option that is out of its range.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OptionError {
    /// A number is out of its range.
    #[error("`{name}` is {found}, expected {min} to {max}")]
    Range {
        /// The option's name.
        name: &'static str,
        /// What was given.
        found: u64,
        /// The least that is possible.
        min: u64,
        /// The most that is possible.
        max: u64,
    },
    /// A duration is out of its range.
    #[error("`{name}` is {found:?}, expected {min:?} to {max:?}")]
    Duration {
        /// The option's name.
        name: &'static str,
        /// What was given.
        found: Duration,
        /// The least that is possible.
        min: Duration,
        /// The most that is possible.
        max: Duration,
    },
    /// The origin is no origin.
    #[error("`origin` is `{found}`, expected `http://` or `https://` and a host, without a path")]
    Origin {
        /// What was given.
        found: String,
    },
    /// The host name is none.
    #[error("`hostname` is `{found}`, expected a host name or an address")]
    Hostname {
        /// What was given.
        found: String,
    },
}

impl ServerOptions {
    /// Checks every option against its range.
    ///
    /// # Errors
    /// [`OptionError`] for the first one that is out of range.
    pub fn check(&self) -> Result<(), OptionError> {
        let limits = &self.limits;
        in_range("max_head_bytes", limits.max_head_bytes as u64, 1024, 1024 * 1024)?;
        in_range("max_target_bytes", limits.max_target_bytes as u64, 64, 1024 * 1024)?;
        in_range("max_header_fields", limits.max_header_fields as u64, 8, 10_000)?;
        in_range("max_connections", limits.max_connections as u64, 1, 1_000_000)?;
        in_range("max_pending_calls", limits.max_pending_calls as u64, 1, 1_000_000)?;
        in_range("max_http2_streams", u64::from(limits.max_http2_streams), 1, 10_000)?;
        in_range("max_generations", limits.max_generations as u64, 1, 16_384)?;
        in_range("max_generation_bytes", limits.max_generation_bytes, 1 << 20, 1 << 36)?;
        let least = Duration::from_millis(10);
        let day = Duration::from_hours(24);
        lasts("head", self.timeouts.head, least, Duration::from_hours(1))?;
        lasts("keep_alive", self.timeouts.keep_alive(), least, day)?;
        lasts("request", self.timeouts.request.unwrap_or(day), least, day)?;
        lasts("write", self.timeouts.write.unwrap_or(day), least, day)?;
        self.origin.check()
    }
}

impl OriginPolicy {
    fn check(&self) -> Result<(), OptionError> {
        match self {
            Self::Listener { hostname } | Self::TrustProxy { hostname } if is_authority(hostname.as_bytes()) => Ok(()),
            Self::Listener { hostname } | Self::TrustProxy { hostname } => {
                Err(OptionError::Hostname { found: hostname.clone() })
            }
            Self::Fixed(origin) => {
                let host = origin.strip_prefix("https://").or_else(|| origin.strip_prefix("http://"));
                match host {
                    Some(host) if is_authority(host.as_bytes()) => Ok(()),
                    _ => Err(OptionError::Origin { found: origin.clone() }),
                }
            }
        }
    }
}

/// Whether a text can stand between `://` and the path of a URL without changing what is before or after it:
/// RFC 3986's host and port, without user information.
pub(crate) fn is_authority(text: &[u8]) -> bool {
    !text.is_empty()
        && text.len() <= 255 + 6
        && text
            .iter()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_' | b':' | b'[' | b']'))
}

fn in_range(name: &'static str, found: u64, min: u64, max: u64) -> Result<(), OptionError> {
    if (min..=max).contains(&found) { Ok(()) } else { Err(OptionError::Range { name, found, min, max }) }
}

fn lasts(name: &'static str, found: Duration, min: Duration, max: Duration) -> Result<(), OptionError> {
    if (min..=max).contains(&found) { Ok(()) } else { Err(OptionError::Duration { name, found, min, max }) }
}
