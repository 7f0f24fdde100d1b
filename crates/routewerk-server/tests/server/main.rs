//! The server from outside: bytes in, bytes out, on real sockets.

mod connections;
mod heads;
mod request_bodies;
mod support;
