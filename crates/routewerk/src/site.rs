//! The site that is served, with route numbers that stay what they are while tables change.
//!
//! A call carries the number of its route, and a worker knows routes by number. When a table is replaced (a route file
//! is added in `dev`, a newer build is loaded by `start`), calls that were matched before are still on their way. So a
//! pattern keeps its number ([`Slots`]) for as long as the server runs, and a number is never given to another one.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use routewerk_handler::{MethodSet, RouteId};
use routewerk_routes::Router;
use routewerk_routes::rules::Rules;
use routewerk_routes::target::TargetRules;
use routewerk_server::{Resolution, Resolved, RouterSite, Site, SiteRequest, StaticRoute};

use crate::next_config::routing;
use crate::report::Report;

/// The numbers of patterns.
#[derive(Clone, Debug, Default)]
pub(crate) struct Slots {
    patterns: Vec<String>,
    numbers: HashMap<String, RouteId>,
}

impl Slots {
    /// The number of each pattern; new ones get new numbers.
    pub(crate) fn assign<'pattern>(&mut self, patterns: impl IntoIterator<Item = &'pattern str>) -> Vec<RouteId> {
        patterns
            .into_iter()
            .map(|pattern| {
                if let Some(known) = self.numbers.get(pattern) {
                    return *known;
                }
                let number = RouteId(self.patterns.len() as u32);
                self.patterns.push(pattern.to_owned());
                self.numbers.insert(pattern.to_owned(), number);
                number
            })
            .collect()
    }

    /// Every pattern that ever had a number, by number.
    pub(crate) fn patterns(&self) -> &[String] {
        &self.patterns
    }
}

/// What routes export, by number, as it becomes known.
#[derive(Debug, Default)]
pub(crate) struct MethodTable {
    known: RwLock<HashMap<RouteId, MethodSet>>,
}

impl MethodTable {
    /// What a route exports, if that is known.
    pub(crate) fn find(&self, route: RouteId) -> Option<MethodSet> {
        self.known.read().unwrap_or_else(PoisonError::into_inner).get(&route).copied()
    }

    /// A route has been loaded.
    pub(crate) fn set(&self, route: RouteId, methods: MethodSet) {
        self.known.write().unwrap_or_else(PoisonError::into_inner).insert(route, methods);
    }

    /// A route has changed.
    pub(crate) fn forget(&self, route: RouteId) {
        self.known.write().unwrap_or_else(PoisonError::into_inner).remove(&route);
    }

    /// Anything may have changed.
    pub(crate) fn forget_all(&self) {
        self.known.write().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

/// What a [`SlotSite`] knows of its routes' methods.
pub(crate) enum Methods {
    /// All of it, by number.
    Fixed(HashMap<RouteId, MethodSet>),
    /// What has been found out so far.
    Live(Arc<MethodTable>),
}

/// A router whose routes have the numbers of [`Slots`].
pub(crate) struct SlotSite {
    inner: RouterSite,
    numbers: Vec<RouteId>,
    /// The router's position of each number.
    positions: HashMap<RouteId, RouteId>,
    methods: Methods,
}

impl SlotSite {
    /// `numbers` has an element per route, in the order in which the router got them.
    pub(crate) fn new(router: Router, rules: TargetRules, numbers: Vec<RouteId>, methods: Methods) -> Self {
        let inner = RouterSite::new(router, rules, numbers.iter().map(|_| None));
        let positions = numbers.iter().enumerate().map(|(position, number)| (*number, RouteId(position as u32)));
        Self { inner, positions: positions.collect(), numbers, methods }
    }

    /// The same site, with the rules of next.config applied.
    pub(crate) fn with_rules(self, rules: Rules, forward_timeout: Option<Duration>, report: Report) -> Self {
        Self { inner: self.inner.with_rules(rules, forward_timeout, routing::report_trouble(report)), ..self }
    }

    /// The same site, with an element per route of the router that says how its GETs are cached.
    pub(crate) fn with_caching(self, caching: Vec<Option<StaticRoute>>) -> Self {
        Self { inner: self.inner.with_caching(caching), ..self }
    }
}

impl Site for SlotSite {
    fn resolve(&self, request: &SiteRequest<'_>) -> Resolved {
        let mut resolved = self.inner.resolve(request);
        if let Resolution::Route(found) = &mut resolved.resolution {
            match self.numbers.get(found.route.0 as usize) {
                Some(number) => found.route = *number,
                None => resolved.resolution = Resolution::NotFound,
            }
        }
        resolved
    }

    fn methods(&self, route: RouteId) -> Option<MethodSet> {
        match &self.methods {
            Methods::Fixed(known) => known.get(&route).copied(),
            Methods::Live(table) => table.find(route),
        }
    }

    fn caching(&self, route: RouteId) -> Option<&Arc<StaticRoute>> {
        self.inner.caching(*self.positions.get(&route)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_keeps_its_number_and_no_other_gets_it() {
        let mut slots = Slots::default();
        assert_eq!(slots.assign(["/a", "/b"]), [RouteId(0), RouteId(1)]);
        assert_eq!(slots.assign(["/0", "/b"]), [RouteId(2), RouteId(1)]);
        assert_eq!(slots.assign(["/a"]), [RouteId(0)]);
        assert_eq!(slots.patterns(), ["/a", "/b", "/0"]);
    }
}
