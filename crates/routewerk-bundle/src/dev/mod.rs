//! The module graph behind `routewerk dev`: single modules, resolved and transformed on demand, and no bundle.
//!
//! The front owns one [`ModuleGraph`]. Workers ask it for modules ([`ModuleGraph::load`]), the command asks it whether a
//! route compiles before it forwards a call ([`ModuleGraph::prepare`]), and a [`Watcher`] tells it what was saved
//! ([`ModuleGraph::changed`]). Between those there is no disk walk: what the graph knows is true until the watcher says
//! otherwise.
//!
//! The worker's half is `runtime/registry/`; what crosses between them is described in `docs/design/modules.md`.
//!
//! Reading order: `options` and `reply` (what goes in and out), `graph` (the state and its questions), `walk` (everything
//! that an entry reaches), `compile` with `transform`, `esm` and `wrapper` (one module), `changes` (what a save means),
//! `watch`.

mod analysis;
mod changes;
mod compile;
mod error;
mod esm;
mod graph;
mod options;
mod record;
mod registries;
mod reply;
mod segment;
mod transform;
mod walk;
mod watch;
mod wrapper;

pub use error::DevError;
pub use graph::ModuleGraph;
pub use options::DevOptions;
pub use reply::{
    ImportKind, Invalidation, ModuleKind, ModuleText, ModulesQuery, ModulesReply, Prepared, Target, TargetFormat,
};
pub use watch::{WatchError, WatchEvent, WatchOptions, Watcher};
