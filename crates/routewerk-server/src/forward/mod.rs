//! Requests that a rewrite of next.config hands to another server: sent there, its reply handed back.
//!
//! What a client sends chooses no host beyond what the rule leaves open, and nothing of how either connection is framed:
//! fields that concern one connection stay on it (RFC 9110 section 7.6.1), and each side delimits bodies by itself. Bodies
//! stream in both directions and hold nothing but a chunk. Requests that go in circles end (`Via`, section 7.6.3).
//!
//! A front thread has one client, made when it is first needed; its connections are kept for a while and used again.

mod body;
mod fields;

use std::cell::OnceCell;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Uri};
use hyper::ext::ReasonPhrase;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use routewerk_handler::{HandlerReply, HeaderBlock, Method, ReplyBody, RequestBody};
use routewerk_routes::rules::Away;

use self::body::{Idle, Progress, Pump, ReplySource, Upload};
use crate::rules::RuleTrouble;

/// How long a connection waits to be used again.
const IDLE: Duration = Duration::from_secs(10);

/// How many connections to one server wait to be used again.
const MAX_IDLE: usize = 64;

/// The longest head of a reply.
const MAX_HEAD_BYTES: usize = 64 * 1024;

/// What the destinations of one configuration have in common.
pub(crate) struct ForwardSettings {
    /// How long nothing may come or go; `None` waits for ever.
    pub(crate) timeout: Option<Duration>,
    /// Is told of each request that could not be forwarded.
    pub(crate) report: Arc<dyn Fn(&RuleTrouble<'_>) + Send + Sync>,
}

/// Another server's URL.
#[derive(Clone)]
pub struct Destination {
    url: String,
    settings: Arc<ForwardSettings>,
}

impl Destination {
    pub(crate) fn new(away: &Away, settings: &Arc<ForwardSettings>) -> Self {
        let authority = away.origin.authority.as_deref().unwrap_or_default();
        let path = if away.path.is_empty() { "/" } else { &away.path };
        let mut url = format!("{}//{authority}{path}", away.origin.scheme);
        if !away.search.is_empty() {
            url.push('?');
            fields::push_query(&mut url, &away.search);
        }
        Self { url, settings: Arc::clone(settings) }
    }

    /// The URL.
    pub fn url(&self) -> &str {
        &self.url
    }
}

impl fmt::Debug for Destination {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Destination({})", self.url)
    }
}

impl PartialEq for Destination {
    fn eq(&self, other: &Self) -> bool {
        self.url == other.url
    }
}

impl Eq for Destination {}

/// A request that goes to another server.
pub(crate) struct Forward {
    /// Where to.
    pub(crate) to: Destination,
    /// Its method.
    pub(crate) method: Method,
    /// The client's fields.
    pub(crate) headers: HeaderBlock,
    /// Its body; still to be put in.
    pub(crate) body: RequestBody,
}

/// Why a request was not forwarded, or got no reply.
#[derive(Debug, thiserror::Error)]
pub enum ForwardFailure {
    /// The destination is no URL that can be asked.
    #[error("it is no URL: {0}")]
    Url(String),
    /// What was filled into its path leads out of the folder that the rule names.
    #[error("its path has a `.` or `..` segment, which came from the request")]
    DotSegment,
    /// The request has come through here too often.
    #[error("the request goes in circles")]
    Loop,
    /// The other server cannot be reached, or breaks HTTP.
    #[error("{0}")]
    Failed(String),
    /// Nothing came or went for too long.
    #[error("nothing came within {0:?}")]
    TimedOut(Duration),
}

type HttpClient = Client<HttpsConnector<HttpConnector>, Upload>;

/// The client of a front thread.
#[derive(Default)]
pub(crate) struct Forwarder {
    client: OnceCell<HttpClient>,
}

impl Forwarder {
    fn client(&self) -> &HttpClient {
        self.client.get_or_init(|| {
            let connector = HttpsConnectorBuilder::new().with_webpki_roots().https_or_http().enable_http1().build();
            Client::builder(TokioExecutor::new())
                .pool_timer(TokioTimer::new())
                .pool_idle_timeout(IDLE)
                .pool_max_idle_per_host(MAX_IDLE)
                .http1_max_buf_size(MAX_HEAD_BYTES)
                .build(connector)
        })
    }

    /// Sends a request, and makes a reply of what comes: where nothing does, Next.js's words for that.
    ///
    /// # Cancel safety
    /// Dropping the future, or the stream of its reply, closes the connection to the other server.
    pub(crate) async fn forward(&self, forward: Forward) -> HandlerReply {
        let to = forward.to.clone();
        match self.ask(forward).await {
            Ok(reply) => reply,
            Err(failure) => {
                (to.settings.report)(&RuleTrouble::Forward { url: &to.url, failure: &failure });
                failed()
            }
        }
    }

    async fn ask(&self, forward: Forward) -> Result<HandlerReply, ForwardFailure> {
        let Forward { to, method, headers, body } = forward;
        let uri: Uri = to.url.parse().map_err(|error| ForwardFailure::Url(format!("{error}")))?;
        if has_dot_segment(uri.path()) {
            return Err(ForwardFailure::DotSegment);
        }
        let mut request = Request::builder().method(method.as_str()).uri(uri);
        let fields = request.headers_mut().ok_or_else(|| ForwardFailure::Url(to.url.clone()))?;
        fields::copy_request(&headers, fields)?;
        let progress = Progress::default();
        let (upload, pump) = Upload::of(body, fields::length_of(&headers), &progress);
        let request = request.body(upload).map_err(|error| ForwardFailure::Url(error.to_string()))?;
        let mut pump = Pump::new(pump);
        let mut idle = Idle::new(to.settings.timeout, progress.clone());
        let mut response = std::pin::pin!(self.client().request(request));
        let response = std::future::poll_fn(|context| {
            pump.poll(context);
            if let std::task::Poll::Ready(response) = response.as_mut().poll(context) {
                return std::task::Poll::Ready(response.map_err(|error| ForwardFailure::Failed(chain(&error))));
            }
            idle.poll(context).map(|limit| Err(ForwardFailure::TimedOut(limit)))
        })
        .await?;
        let (parts, incoming) = response.into_parts();
        let status = parts.status.as_u16();
        if !(200..600).contains(&status) {
            return Err(ForwardFailure::Failed(format!("a reply of the status {status}")));
        }
        let headers = fields::copy_reply(&parts.headers);
        let reason = parts.extensions.get::<ReasonPhrase>().map(|phrase| Bytes::copy_from_slice(phrase.as_bytes()));
        let body = ReplySource::new(incoming, pump, idle, progress).into_body();
        Ok(HandlerReply { status, reason, headers, body, sent: None, facts: None })
    }
}

/// Whether a path has a segment that a server may resolve (URL standard: escaped or not). A rule's own have been resolved when it was
/// compiled, and those of a request's path when it came; what `has` takes from a query, a cookie or a field may have some.
fn has_dot_segment(path: &str) -> bool {
    path.split('/').any(|segment| {
        let dots = segment.replace("%2e", ".").replace("%2E", ".");
        matches!(dots.as_str(), "." | "..")
    })
}

/// What Next.js answers where another server does not.
fn failed() -> HandlerReply {
    HandlerReply {
        status: 500,
        reason: None,
        headers: HeaderBlock::new(),
        body: ReplyBody::Complete(Bytes::from_static(b"Internal Server Error")),
        sent: None,
        facts: None,
    }
}

/// An error with its causes.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        next = cause.source();
    }
    text
}
