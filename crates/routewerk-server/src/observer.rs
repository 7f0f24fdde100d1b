//! What the server tells about its work: finished requests, and troubles that no client sees.
//!
//! Without an observer nothing is recorded and no clock is read. An observer is called on the front threads, in the
//! path of a request: it hands the record on (a bounded queue, a formatted line) and never blocks.

use std::net::SocketAddr;
use std::time::Duration;

use routewerk_handler::{BodyError, HandlerError, RouteId};

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
    /// How it ended.
    pub end: RequestEnd<'request>,
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
