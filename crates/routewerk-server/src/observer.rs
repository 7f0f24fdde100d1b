//! What the server tells about its work: finished requests, replies that were made to be stored, and troubles that no client sees.
//!
//! Without an observer nothing is recorded and no clock is read. An observer is called on the front threads, in the
//! path of a request: it hands the record on (a bounded queue, a formatted line) and never blocks.

use std::net::SocketAddr;
use std::time::Duration;

use routewerk_cache::Refusal;
use routewerk_handler::{BodyError, Generation, HandlerError, RouteId};

/// Which protocol a request came in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Protocol {
    /// HTTP/1.0
    Http10,
    /// HTTP/1.1
    Http11,
    /// HTTP/2
    Http2,
}

/// How a request ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RequestEnd<'request> {
    /// The reply went out in full.
    Completed,
    /// The client went away, or took nothing for too long; the handler was told.
    ClientGone,
    /// There was no reply from the handler; the status says so to the client, this says why.
    Failed(&'request HandlerError),
    /// The reply's stream failed after its head; the connection was destroyed.
    Broken(&'request BodyError),
}

/// One finished request.
#[derive(Debug)]
pub struct RequestRecord<'request> {
    /// The client's address.
    pub peer: SocketAddr,
    /// The protocol.
    pub protocol: Protocol,
    /// The method as it was sent.
    pub method: &'request [u8],
    /// The request target as it was sent.
    pub target: &'request [u8],
    /// The route that matched, `None` where the server answered without one.
    pub route: Option<RouteId>,
    /// The status that was sent, `None` where the client left before one was.
    pub status: Option<u16>,
    /// How many bytes of reply body were taken from the handler and handed to the client.
    pub body_bytes: u64,
    /// From the complete head to the end of the reply.
    pub duration: Duration,
    /// From the call to the reply's head, `None` where no handler was called.
    pub handler_time: Option<Duration>,
    /// What the cache had for it; `None` where it was not asked.
    pub cache: Option<CacheAnswer>,
    /// How it ended.
    pub end: RequestEnd<'request>,
}

/// What the cache had for a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CacheAnswer {
    /// A fresh reply.
    Hit,
    /// A stale reply, which is made anew meanwhile.
    Stale,
    /// Nothing that could be given out: the request waited.
    Miss,
}

/// Is told what happens.
pub trait Observer: Send + Sync {
    /// A request has ended.
    fn finished(&self, record: &RequestRecord<'_>);

    /// A connection was answered with an error before it held a request: malformed, too large, too slow.
    fn refused(&self, peer: SocketAddr, status: u16, reason: &str) {
        let _ = (peer, status, reason);
    }

    /// The listener could not accept a connection (no descriptors left, for instance); it tries again.
    fn accept_failed(&self, error: &std::io::Error) {
        let _ = error;
    }
}

/// A reply that is made to be stored.
#[derive(Clone, Copy, Debug)]
pub struct GenerationRecord<'generation> {
    /// The route.
    pub route: RouteId,
    /// Its pattern.
    pub pattern: &'generation str,
    /// The path that it answers.
    pub path: &'generation str,
    /// Why it is made.
    pub why: Generation,
}

/// How the making of a reply ended.
#[derive(Clone, Copy, Debug)]
pub enum GenerationEnd<'generation> {
    /// It is stored.
    Stored {
        /// Its status.
        status: u16,
        /// The bytes of its body.
        body_bytes: u64,
    },
    /// It went to those who waited, and is not stored.
    Unstored {
        /// Its status; server errors are never stored.
        status: u16,
        /// Why it could not be stored.
        refusal: Option<Refusal>,
    },
    /// There is none: those who waited were told this status.
    Failed {
        /// The status.
        status: u16,
        /// What failed; the stack is that of the user's files.
        message: &'generation str,
        /// Whether its worker has logged the failure already.
        is_logged: bool,
        /// Whether what was stored before stays in service.
        is_kept: bool,
    },
}

/// Is told of the calls that make stored replies, on the front threads: it never blocks. Apart from [`Observer`], because
/// who wants to know of these few calls does not want every request recorded.
pub trait GenerationObserver: Send + Sync {
    /// A handler is called.
    fn began(&self, generation: &GenerationRecord<'_>) {
        let _ = generation;
    }

    /// It has come to its end, after so long.
    fn ended(&self, generation: &GenerationRecord<'_>, end: &GenerationEnd<'_>, duration: Duration);
}
