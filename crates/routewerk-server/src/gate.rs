//! The hook in front of a call: the command's chance to prepare a route, or to answer in its place.
//!
//! In `dev` a route is compiled when it is first asked for, and a syntax error is a page. Without a gate (`start`)
//! nothing of this is in the path of a request but one test for `None`.

use std::net::SocketAddr;
use std::pin::Pin;

use bytes::Bytes;
use routewerk_handler::{HeaderBlock, Method, RouteId};

/// What a gate may know of a request.
#[derive(Debug)]
pub struct GateRequest<'request> {
    /// The route that matched.
    pub route: RouteId,
    /// The request's method.
    pub method: Method,
    /// The URL that the handler would see.
    pub url: &'request str,
    /// The raw text of each param (see [`HandlerCall::params`](routewerk_handler::HandlerCall::params)).
    pub params: &'request str,
    /// The request's fields, internal ones removed.
    pub headers: &'request HeaderBlock,
    /// The client's address.
    pub peer: SocketAddr,
}

/// What a gate answers in a handler's place.
#[derive(Clone, Debug)]
pub struct GatePage {
    /// The status, 200 to 599.
    pub status: u16,
    /// The value of `content-type`.
    pub content_type: &'static str,
    /// The body.
    pub body: Bytes,
}

/// As what a gate lets a call pass.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum GatePass {
    /// As any other.
    #[default]
    Plain,
    /// Its route lists its params: `start` would answer it from the cache, and the reply says what it would say of a
    /// listed path that never grows old. Nothing is stored.
    Listed,
    /// Its route lists its params, and the client sees drafts.
    Draft,
}

/// A preparation under way. Dropped when the client goes away.
pub type GateFuture = Pin<Box<dyn Future<Output = Result<GatePass, GatePage>>>>;

/// Stands in front of every call.
pub trait Gate: Send + Sync {
    /// `None` lets the call pass at once. Otherwise it waits for the future, which lets it pass or answers for it.
    fn prepare(&self, request: &GateRequest<'_>) -> Option<GateFuture>;
}
