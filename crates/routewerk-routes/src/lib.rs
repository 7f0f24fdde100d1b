//! Finds the routes of a Next.js project and matches request paths to them.
//!
//! Only [`scan()`] touches the disk; everything else is pure: the same input gives the same answer, and nothing
//! here knows HTTP beyond the text of a request target. It follows Next.js 16.4.6 (file conventions, precedence,
//! conflicts, URL normalisation); where it differs on purpose, the item's documentation says so.
//!
//! Reading order: [`Pattern`] (a route's URL, parsed), [`scan()`] and [`RouteSet`] (what a project has),
//! [`Conflict`] (what stops a build), [`Router`] (path to route), [`target`] (request target to path), [`rules`] (what next.config makes of a request).

mod app_path;
mod check;
mod conflict;
mod discover;
#[doc(hidden)]
pub mod fuzzing;
mod interception;
mod params;
mod pattern;
mod percent;
mod precedence;
mod route_set;
mod router;
pub mod rules;
mod scan;
pub mod target;
mod warning;

pub use conflict::{AppEntry, Conflict, EntryKind, PatternFile};
pub use discover::{SourceDirectory, SourceTree, discover};
pub use interception::Interception;
pub use params::{RawParams, params_are_decodable};
pub use pattern::{InterceptMarker, ParamKind, ParamName, Pattern, PatternError, Segment};
pub use route_set::{PageKind, PageRoute, Route, RouteSet};
pub use router::{Found, Router};
pub use scan::{ScanError, ScanOptions, scan};
pub use warning::ScanWarning;
