//! What this crate promises, through its public interface. The numbers in comments are those of the behaviours
//! of Next.js that a case stands for.

mod conflicts;
mod matching;
mod node;
mod project;
mod reference;
mod rules;
mod scanning;
mod targets;
