//! The cache as the command wires it: opened with what next.config says, filled with what the build has made, asked by
//! the server for static routes and by workers for values.
//!
//! Reading order: [`settings`] (next.config), [`seeds`] (what `build` writes and `start` reads), [`static_routes`] (what
//! the server is told), [`host`] (what workers ask), [`generation_log`] (what the log says).

pub(crate) mod generation_log;
pub(crate) mod host;
pub(crate) mod seeds;
pub(crate) mod settings;
pub(crate) mod static_routes;

use std::time::SystemTime;

use routewerk_cache::Moment;

/// This moment, by the system's clock.
pub(crate) fn now() -> Moment {
    SystemTime::now().into()
}
