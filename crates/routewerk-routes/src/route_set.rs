//! What a project has to offer: routes, pages, and what is wrong with them.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::{Conflict, ParamName, Pattern, Router, ScanWarning, Segment};

/// A route file and the URLs that it serves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// The URL pattern in Next.js's form, `/x/[id]`.
    pub pattern: String,
    /// The file, relative to the project's root.
    pub file: PathBuf,
    /// The pattern's segments.
    pub segments: Vec<Segment>,
    /// The pattern's parameters, in order.
    pub params: Vec<ParamName>,
    /// The pattern, parsed.
    pub parsed: Pattern,
}

/// What kind of page a file is. None of them is served.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum PageKind {
    /// `page.*` in the app directory.
    App,
    /// A file of the pages directory.
    Pages,
    /// A file below `pages/api`.
    PagesApi,
}

/// A page: not served, but in its place where paths are matched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageRoute {
    /// The URL pattern in Next.js's form.
    pub pattern: String,
    /// The file, relative to the project's root.
    pub file: PathBuf,
    /// What kind of page it is.
    pub kind: PageKind,
    /// The pattern, parsed.
    pub parsed: Pattern,
}

/// All that [`scan`](crate::scan()) found, each list in an order that depends on the files' names alone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RouteSet {
    /// The routes, by pattern. One that has an invalid name is a conflict and not among them.
    pub routes: Vec<Route>,
    /// The pages, by pattern.
    pub pages: Vec<PageRoute>,
    /// What the user should know, but what stops nothing.
    pub warnings: Vec<ScanWarning>,
    /// What stops a build.
    pub conflicts: Vec<Conflict>,
}

impl RouteSet {
    /// A router over the routes and pages of this set; its indices are those of [`RouteSet::routes`] and
    /// [`RouteSet::pages`].
    pub fn router(&self) -> Router {
        Router::new(self.routes.iter().map(|route| &route.parsed), self.pages.iter().map(|page| &page.parsed))
    }
}
