//! What the tests of the other crates stand on: app trees in temporary directories, the real command as a child
//! process on a free port, and HTTP as raw bytes.
//!
//! Everything blocks, every wait has a limit, and nothing outlives its value: a dropped [`TestServer`] ends its
//! process, a dropped [`TestApp`] removes its files. A helper that fails panics with what it saw: a failed helper is
//! a failed test.
//!
//! Reading order: [`TestApp`], [`TestServer`], [`RawHttp`], [`packages`].

#![allow(clippy::missing_panics_doc, reason = "every helper panics with what it saw when it fails, as said above")]

mod app;
mod output;
pub mod packages;
mod raw_http;
mod server;

pub use app::TestApp;
pub use output::Output;
pub use raw_http::{RawHttp, Reply};
pub use server::{TestServer, WAIT, run, wait_until};
