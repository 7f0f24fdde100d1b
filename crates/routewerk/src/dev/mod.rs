//! What `routewerk dev` is made of.
//!
//! One [`state::DevState`] is shared by the front threads (its [`gate`] stands before each call), the workers' [`host`]
//! (they ask for modules), the watcher's thread and the loop of [`changes`] (saves, new and removed routes,
//! restarts). Only what a request asks for is compiled; what was compiled once is checked again after each save, so that
//! an error is on the terminal before anybody asks.
//!
//! Reading order: [`table`] (routes and their numbers), [`state`], [`gate`] with [`access`], [`listed`] and [`error_page`],
//! [`host`], [`changes`], [`request_log`].

pub(crate) mod access;
pub(crate) mod changes;
pub(crate) mod error_page;
pub(crate) mod gate;
pub(crate) mod host;
pub(crate) mod listed;
pub(crate) mod request_log;
pub(crate) mod state;
pub(crate) mod table;
