//! Builds real projects and runs what comes out with Node.js.

mod errors;
mod modules;
mod packages;
mod project;
