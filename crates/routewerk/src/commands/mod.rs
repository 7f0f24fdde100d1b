//! One file per command.

pub(crate) mod build;
pub(crate) mod cache;
pub(crate) mod dev;
pub(crate) mod info;
pub(crate) mod reference;
pub(crate) mod routes;
pub(crate) mod start;
pub(crate) mod typegen;
