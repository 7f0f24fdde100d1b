//! Builds real projects and runs what comes out with Node.js.

mod client;
mod computed;
mod edge;
mod errors;
mod modules;
mod npm;
mod packages;
mod project;
mod runtime;
mod source_maps;
