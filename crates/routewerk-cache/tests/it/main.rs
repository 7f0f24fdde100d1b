//! The cache through its public interface, with a clock of the tests' own.

#![allow(missing_docs, clippy::pedantic, reason = "tests")]

mod replies;
mod setup;
