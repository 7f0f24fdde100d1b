//! The generated types, judged by the real TypeScript compiler, and next to those of the real package `next`.
//!
//! `project` lays a project and runs the compiler; `files` is about what is written and when, `handlers` about the checks
//! of route files, `snippets` and `shapes` about the types of `next/*`, `tsconfig` about what TypeScript looks at.

mod files;
mod handlers;
mod project;
mod shapes;
mod snippets;
mod tsconfig;
