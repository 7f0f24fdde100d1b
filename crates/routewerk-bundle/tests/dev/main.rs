//! Drives the module graph on real projects, with the real registry in a real Node.js.

mod edge;
mod errors;
mod evaluation;
mod externals;
mod latency;
mod memory;
mod npm;
mod project;
mod resolution;
mod saves;
mod stacks;
mod watching;
mod worker;
