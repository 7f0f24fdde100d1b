//! Builds real projects and runs what comes out with Node.js.

mod modules;
mod project;
