//! One invocation of a handler, as the server hands it down.

use crate::{Generation, HeaderBlock, Method, RequestBody};

/// The index of a route in the manifest's route table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RouteId(pub u32);

/// One invocation of a handler.
///
/// Everything textual is ASCII or latin-1 and already normalised: the engine forwards, it never interprets.
#[derive(Debug)]
pub struct HandlerCall {
    /// The route that matched.
    pub route: RouteId,
    /// The request's method.
    pub method: Method,
    /// The absolute URL that the handler sees as `request.url`, WHATWG-serialised, ASCII.
    pub url: String,
    /// The raw (still percent-encoded) path text of each dynamic segment in the pattern's order, joined by LF.
    /// A catch-all's text holds `/` between its segments; an absent optional catch-all is the empty text.
    /// The server has checked that every percent escape decodes to UTF-8.
    pub params: String,
    /// The request's fields, those that Next.js adds (`x-forwarded-*`) included, hop-by-hop framing fields kept.
    pub headers: HeaderBlock,
    /// The request's body.
    pub body: RequestBody,
    /// Set in a call that is about an entry; `None` is the call of a client.
    pub generation: Option<Generation>,
}
