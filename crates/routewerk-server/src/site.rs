//! What the server serves: the route table as it asks for it, and the cell in which it is swapped while running.
//!
//! The server knows of a site only what stands here. The table may be replaced at any time (`dev`, a reload of
//! `start`): each front thread keeps its own reference and compares one number per request, so that the swap costs
//! the path of a request a load and no lock.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use routewerk_handler::{HeaderBlock, MethodSet, RouteId};

use routewerk_routes::rules::RuleFields;

use crate::caching::StaticRoute;
use crate::forward::Destination;

/// A route table.
pub trait Site: Send + Sync {
    /// Normalises a request target once, applies the rules of next.config and finds what it names.
    fn resolve(&self, request: &SiteRequest<'_>) -> Resolved;

    /// The methods that a route exports, `None` where that is not known before it has been loaded.
    fn methods(&self, route: RouteId) -> Option<MethodSet>;

    /// How the GETs of a route are answered from the cache; `None` where each of them is a call.
    fn caching(&self, route: RouteId) -> Option<&Arc<StaticRoute>> {
        let _ = route;
        None
    }
}

/// What a site may know of a request.
#[derive(Clone, Copy, Debug)]
pub struct SiteRequest<'request> {
    /// The request target in origin form (`/path?query`) or absolute form, as the client sent it.
    pub target: &'request [u8],
    /// The `Host` field or `:authority`; never more than one.
    pub host: Option<&'request [u8]>,
    /// What the handler's URL begins with (`http://localhost:3000`).
    pub origin: &'request str,
    /// The request's fields, internal ones removed.
    pub headers: &'request HeaderBlock,
}

/// What a request target names, and what is added to its reply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resolved {
    /// What it names.
    pub resolution: Resolution,
    /// The fields that next.config adds to the reply.
    pub fields: Option<Box<RuleFields>>,
}

impl From<Resolution> for Resolved {
    fn from(resolution: Resolution) -> Self {
        Self { resolution, fields: None }
    }
}

impl From<Option<Resolution>> for Resolved {
    fn from(resolution: Option<Resolution>) -> Self {
        resolution.unwrap_or(Resolution::NotFound).into()
    }
}

/// What a request target names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Resolution {
    /// A route.
    Route(RouteMatch),
    /// A page won the match: it is not served, and no handler of lower rank takes its place.
    Page,
    /// Nothing.
    NotFound,
    /// The path is not in its one normal form (308), or a rule leads elsewhere.
    Redirect {
        /// The value of `location`, ASCII.
        location: String,
        /// 301, 302, 303, 307 or 308.
        status: u16,
    },
    /// A rewrite hands the request to another server.
    Away(Destination),
    /// A rule of next.config cannot be applied to this request: 500.
    RuleFailed,
    /// The target is no URL, or a dynamic segment's escapes do not decode: 400.
    Malformed,
}

/// A route and what the match took from the path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RouteMatch {
    /// The route.
    pub route: RouteId,
    /// The absolute URL that the handler sees (see [`HandlerCall::url`](routewerk_handler::HandlerCall::url)).
    pub url: String,
    /// The raw text of each dynamic segment (see [`HandlerCall::params`](routewerk_handler::HandlerCall::params)).
    pub params: String,
    /// The path that a rewrite led to: the handler sees the client's, a stored reply is made under this one.
    pub destination: Option<String>,
}

/// The site that is served now; clones share it.
#[derive(Clone)]
pub struct SharedSite {
    cell: Arc<Cell>,
}

struct Cell {
    version: AtomicU64,
    current: Mutex<Arc<dyn Site>>,
}

impl SharedSite {
    /// Begins with a site.
    pub fn new(site: Arc<dyn Site>) -> Self {
        Self { cell: Arc::new(Cell { version: AtomicU64::new(0), current: Mutex::new(site) }) }
    }

    /// Serves another site from the next request on. Requests that were matched already are not touched.
    pub fn replace(&self, site: Arc<dyn Site>) {
        let mut current = self.cell.current.lock().unwrap_or_else(PoisonError::into_inner);
        *current = site;
        // Under the lock, so that whoever sees the new number also finds the new site.
        self.cell.version.fetch_add(1, Ordering::Release);
    }

    /// A front thread's view.
    pub(crate) fn view(&self) -> SiteView {
        let current = self.cell.current.lock().unwrap_or_else(PoisonError::into_inner);
        SiteView {
            shared: self.clone(),
            version: self.cell.version.load(Ordering::Acquire),
            site: Arc::clone(&current),
        }
    }
}

impl std::fmt::Debug for SharedSite {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "SharedSite(version {})", self.cell.version.load(Ordering::Relaxed))
    }
}

/// One thread's reference to the site, renewed when the number says so.
pub(crate) struct SiteView {
    shared: SharedSite,
    version: u64,
    site: Arc<dyn Site>,
}

impl SiteView {
    /// The site of this moment.
    pub(crate) fn current(&mut self) -> &dyn Site {
        if self.shared.cell.version.load(Ordering::Acquire) != self.version {
            let shared = self.shared.clone();
            *self = shared.view();
        }
        &*self.site
    }
}
