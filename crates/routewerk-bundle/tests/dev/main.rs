//! Drives the module graph on real projects, with the real registry in a real Node.js.

mod evaluation;
mod project;
mod worker;
