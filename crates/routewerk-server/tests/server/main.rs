//! The server from outside: bytes in, bytes out, on real sockets.

mod advisories;
mod connections;
mod errors;
mod expectations;
mod heads;
mod hooks;
mod life;
mod limits;
mod replies;
mod request_bodies;
mod routing;
mod streaming;
mod support;
