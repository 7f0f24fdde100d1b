//! The server from outside: bytes in, bytes out, on real sockets.

mod connections;
mod errors;
mod expectations;
mod heads;
mod replies;
mod request_bodies;
mod routing;
mod streaming;
mod support;
