//! An HTTP/1.1 connection of our own (RFC 9110, RFC 9112), made for the path of a request: one buffer read from, one
//! written to, no task and no timer per request.
//!
//! Behaves as Node.js's server does for Next.js: keep-alive, pipelining in order, `100-continue`, half-close,
//! time-outs. Requests of one connection are answered one after the other; replies to pipelined requests leave in
//! one write.
//!
//! Reading order: [`connection`] (the life of a connection), [`exchange`] (one request), [`head`] and [`body`] (the
//! parsers), [`encode`] and [`reply_stream`] (the reply), [`wire`], [`intake`] and [`feed`] (the bytes).

mod body;
mod connection;
mod encode;
mod exchange;
mod feed;
pub mod fuzzing;
mod head;
mod intake;
mod reply_stream;
mod wire;

pub(crate) use connection::{Connection, End};
