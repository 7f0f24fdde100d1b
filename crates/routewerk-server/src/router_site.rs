//! The site that a router makes: normalise the target, match its path, check its params.
//! One is made per build and shared by all threads; a reload puts another one in its place.

use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::Duration;

use routewerk_handler::{Method, MethodSet, RouteId};
use routewerk_routes::rules::Rules;
use routewerk_routes::target::{NormalTarget, RequestTarget, TargetRules};
use routewerk_routes::{Found, RawParams, Router, params_are_decodable};

use crate::caching::{DraftCookie, StaticRoute};
use crate::rules::{AppliedRules, Routes, RuleTrouble};
use crate::site::{Resolution, Resolved, RouteMatch, Site, SiteRequest};

/// A router with what next.config says about URLs, and the methods of its routes.
pub struct RouterSite {
    router: Router,
    rules: TargetRules,
    methods: Vec<RouteMethods>,
    /// By route; empty where no route is static.
    caching: Vec<Option<Arc<StaticRoute>>>,
    /// Whether a route serves no other params than those that it names.
    has_listed: bool,
    /// The rules of next.config; `None` where there is none.
    applied: Option<Box<AppliedRules>>,
}

/// A route's methods as a set of bits; the one beyond all methods says that they are known.
struct RouteMethods(AtomicU16);

impl RouteMethods {
    const KNOWN: u16 = 1 << 15;

    fn new(methods: Option<MethodSet>) -> Self {
        let known = Self(AtomicU16::new(0));
        if let Some(methods) = methods {
            known.set(methods);
        }
        known
    }

    fn set(&self, methods: MethodSet) {
        let bits = methods.iter().fold(Self::KNOWN, |bits, method| bits | 1 << method as u16);
        self.0.store(bits, Ordering::Relaxed);
    }

    fn value(&self) -> Option<MethodSet> {
        let bits = self.0.load(Ordering::Relaxed);
        (bits & Self::KNOWN != 0)
            .then(|| Method::ALL.into_iter().filter(|method| bits & (1 << *method as u16) != 0).collect())
    }
}

impl RouterSite {
    /// A site of a router's routes. `methods` has an element per route, in the order in which the router got them:
    /// what the route exports, or `None` where that is not known before it has been loaded.
    pub fn new(router: Router, rules: TargetRules, methods: impl IntoIterator<Item = Option<MethodSet>>) -> Self {
        let methods = methods.into_iter().map(RouteMethods::new).collect();
        Self { router, rules, methods, caching: Vec::new(), has_listed: false, applied: None }
    }

    /// The same site, with an element per route that says how its GETs are cached.
    pub fn with_caching(self, caching: impl IntoIterator<Item = Option<StaticRoute>>) -> Self {
        let caching: Vec<_> = caching.into_iter().map(|route| route.map(Arc::new)).collect();
        let has_listed = caching.iter().flatten().any(|route| route.has_listed());
        Self { caching, has_listed, ..self }
    }

    /// The same site, with the rules of next.config applied. A server that a rewrite leads to may be silent for
    /// `forward_timeout`, `None` for ever. `report` is told of each request with which something goes wrong.
    pub fn with_rules(
        self,
        rules: Rules,
        forward_timeout: Option<Duration>,
        report: impl Fn(&RuleTrouble<'_>) + Send + Sync + 'static,
    ) -> Self {
        let applied = (!rules.is_empty()).then(|| Box::new(AppliedRules::new(rules, forward_timeout, report)));
        Self { applied, ..self }
    }

    /// Says what a route exports, once it has been loaded.
    pub fn set_methods(&self, route: RouteId, methods: MethodSet) {
        if let Some(known) = self.methods.get(route.0 as usize) {
            known.set(methods);
        }
    }
}

impl std::fmt::Debug for RouterSite {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "RouterSite({} routes)", self.methods.len())
    }
}

impl Site for RouterSite {
    fn resolve(&self, request: &SiteRequest<'_>) -> Resolved {
        let target = match RequestTarget::read(request.target, request.host, &self.rules) {
            RequestTarget::Normal(target) => target,
            RequestTarget::Redirect { location } => return Resolution::Redirect { location, status: 308 }.into(),
            RequestTarget::Asterisk | RequestTarget::Bad(_) => return Resolution::Malformed.into(),
        };
        let lookup = Lookup { site: self, target: &target, request };
        if let Some(applied) = &self.applied {
            return applied.resolve(&target, request, &lookup);
        }
        target.route_path().and_then(|path| lookup.found(path, self.find(path, request), None)).into()
    }

    fn methods(&self, route: RouteId) -> Option<MethodSet> {
        self.methods.get(route.0 as usize)?.value()
    }

    fn caching(&self, route: RouteId) -> Option<&Arc<StaticRoute>> {
        self.caching.get(route.0 as usize)?.as_ref()
    }
}

/// One request's look-ups.
struct Lookup<'request> {
    site: &'request RouterSite,
    target: &'request NormalTarget<'request>,
    request: &'request SiteRequest<'request>,
}

impl Routes for Lookup<'_> {
    fn exact(&self, path: &str, is_rewritten: bool) -> Option<Resolution> {
        let path = self.site.rules.route_path(path)?;
        let intercepted = self.site.intercept(path, self.request);
        let found = if intercepted == Found::None { self.site.router.find_exact(path) } else { intercepted };
        self.found(path, found, is_rewritten.then_some(path))
    }

    fn any(&self, path: &str, is_rewritten: bool) -> Option<Resolution> {
        let path = self.site.rules.route_path(path)?;
        self.found(path, self.site.find_served(path, self.request), is_rewritten.then_some(path))
    }
}

impl Lookup<'_> {
    /// What the router has found. `destination` is the path of a rewrite.
    fn found(&self, path: &str, found: Found<'_>, destination: Option<&str>) -> Option<Resolution> {
        let (index, params) = match found {
            Found::Route { index, params } => (index, params),
            Found::Page { .. } => return Some(Resolution::Page),
            Found::None => return None,
        };
        if !params_are_decodable(&params) {
            return Some(Resolution::Malformed);
        }
        // A rewrite changes nothing of the URL that the handler sees.
        let path = destination.map_or(path, |_| self.target.route_path().unwrap_or(&self.target.path));
        let (origin, query) = (self.request.origin, self.target.query.as_deref());
        let mut url = String::with_capacity(origin.len() + path.len() + query.map_or(0, |query| query.len() + 1));
        url.push_str(origin);
        url.push_str(path);
        if let Some(query) = query {
            url.push('?');
            url.push_str(query);
        }
        let destination = destination.map(str::to_owned);
        Some(Resolution::Route(RouteMatch { route: RouteId(index as u32), url, params: params.joined(), destination }))
    }
}

impl RouterSite {
    fn find<'path>(&self, path: &'path str, request: &SiteRequest<'path>) -> Found<'path> {
        match self.intercept(path, request) {
            Found::None => self.find_served(path, request),
            found @ (Found::Route { .. } | Found::Page { .. }) => found,
        }
    }

    fn intercept<'path>(&self, path: &'path str, request: &SiteRequest<'path>) -> Found<'path> {
        if !self.router.has_interceptions() {
            return Found::None;
        }
        let page = request.headers.first("next-url").and_then(|page| std::str::from_utf8(page).ok());
        page.map_or(Found::None, |page| self.router.intercept(path, page))
    }

    fn find_served<'path>(&self, path: &'path str, request: &SiteRequest<'path>) -> Found<'path> {
        if !self.has_listed {
            return self.router.find(path);
        }
        self.router.find_served(path, &|index, params| self.serves(index, params, request))
    }

    /// Whether a route serves these params: where it names all that it serves, the search goes on without it for others.
    /// Params that do not decode are not looked up; they are refused later.
    fn serves(&self, index: usize, params: &RawParams<'_>, request: &SiteRequest<'_>) -> bool {
        let Some(Some(route)) = self.caching.get(index) else { return true };
        if !route.has_listed() || !params_are_decodable(params) {
            return true;
        }
        let secret = route.site().draft_secret.as_deref();
        let sees_drafts = secret.is_some_and(|secret| DraftCookie::of(request.headers, secret) == DraftCookie::Right);
        sees_drafts || route.serves(&params.joined())
    }
}
