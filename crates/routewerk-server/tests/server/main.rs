//! The server from outside: bytes in, bytes out, on real sockets.

#![allow(clippy::format_push_string, clippy::format_collect, reason = "requests of a test are written to be read")]
#![allow(clippy::items_after_statements, reason = "what only one test needs stands in it")]

mod advisories;
mod caching;
mod caching_budget;
mod caching_flights;
mod caching_poison;
mod caching_user_store;
mod connections;
mod differential;
mod errors;
mod expectations;
mod forwarding;
mod heads;
mod hooks;
mod http2;
mod life;
mod limits;
mod pieces;
mod replies;
mod request_bodies;
mod routing;
mod rules;
mod streaming;
mod support;
