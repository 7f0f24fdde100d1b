//! A request's record while the request is under way; exists only where an observer does.

use std::time::Instant;

use routewerk_handler::RouteId;

use crate::observer::{CacheAnswer, Observer, Protocol, RequestEnd, RequestRecord};
use crate::pipeline::Peer;

/// What is known of a request before it has ended.
#[derive(Debug)]
pub(crate) struct Draft {
    protocol: Protocol,
    method: Vec<u8>,
    target: Vec<u8>,
    begun: Instant,
    /// The route that matched.
    pub(crate) route: Option<RouteId>,
    /// The status that was sent.
    pub(crate) status: Option<u16>,
    /// How many bytes of reply body went out.
    pub(crate) body_bytes: u64,
    /// What the cache had.
    pub(crate) cache: Option<CacheAnswer>,
    /// When the handler was called, and when its reply's head came.
    pub(crate) called: Option<(Instant, Instant)>,
}

impl Draft {
    /// A request whose head is complete.
    pub(crate) fn new(protocol: Protocol, method: &[u8], target: &[u8], begun: Instant) -> Self {
        Self {
            protocol,
            method: method.to_vec(),
            target: target.to_vec(),
            begun,
            route: None,
            status: None,
            body_bytes: 0,
            cache: None,
            called: None,
        }
    }

    /// Hands the finished record over.
    pub(crate) fn finish(&self, observer: &dyn Observer, peer: &Peer, end: RequestEnd<'_>) {
        observer.finished(&RequestRecord {
            peer: peer.address,
            protocol: self.protocol,
            method: &self.method,
            target: &self.target,
            route: self.route,
            status: self.status,
            body_bytes: self.body_bytes,
            duration: self.begun.elapsed(),
            cache: self.cache,
            handler_time: self.called.map(|(begun, ended)| ended - begun),
            end,
        });
    }
}
