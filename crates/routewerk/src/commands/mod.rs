//! One file per command.

pub(crate) mod build;
pub(crate) mod info;
pub(crate) mod reference;
pub(crate) mod routes;
