//! The seam between the HTTP server and whatever runs handlers: calls go down, replies come up.
//!
//! The server knows only these types and never how JavaScript runs; an engine knows only these types
//! and never HTTP. Nothing here reads a clock, a file or a socket. All of it lives on one front thread:
//! calls, replies and body streams are deliberately not `Send`, so that no lock or atomic stands in
//! the path of a request.
//!
//! Reading order: [`HandlerCall`] and [`HandlerReply`] (the messages), [`HeaderBlock`] (header fields as
//! they cross), [`BodyStream`] (bodies with back-pressure), [`Generation`] and [`GenerationFacts`] (calls that are about
//! entries), [`HandlerEngine`] and [`HandlerHost`] (the two traits), [`HandlerError`].

mod body;
mod call;
mod engine;
mod error;
#[doc(hidden)]
pub mod fuzzing;
mod generation;
mod header_block;
mod method;
mod reply;

pub use body::{BodyError, BodySource, BodyStream, RequestBody};
pub use call::{HandlerCall, RouteId};
pub use engine::{HandlerEngine, HandlerHost, HostAnswer, HostRequest};
pub use error::HandlerError;
pub use generation::{Generation, GenerationFacts, LastModified, Revalidate};
pub use header_block::{HeaderBlock, InvalidHeader};
pub use method::{Method, MethodSet};
pub use reply::{HandlerReply, ReplyBody, SentNotice};
