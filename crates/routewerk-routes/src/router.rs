//! Matches a path to a route: the hot part of this crate.
//!
//! At each level a literal segment beats `[x]`, `[x]` beats `[...x]`, `[...x]` beats `[[...x]]`, and a branch that
//! leads nowhere is given up for the next one (Next.js's precedence). Pages take their place: where a page wins,
//! no handler of lower rank answers.
//!
//! Literal folder names are compared in their percent-encoded form, so that `ünï` is reached by `/%C3%BCn%C3%AF`
//! (Next.js cannot reach it); any other escape of a literal character is not the same path, as in Next.js.
//! Matching case-sensitively, without decoding, on the one normalised path is what keeps rules, proxy and router
//! in agreement.
//!
//! Speed: patterns without parameters are one hash look-up; the others a walk with one look-up per segment.
//! A tree node is visited at most once per search, so the cost is bounded by the routes, not by the request.
//! Nothing is allocated for up to four parameters. `examples/match_speed.rs` measures it.

use std::collections::hash_map::Entry;

use rustc_hash::FxHashMap;

use crate::interception::Interception;
use crate::params::RawParams;
use crate::pattern::{InterceptMarker, ParamKind, Pattern, Segment};
use crate::percent;
use crate::precedence::compare_intercepting;

/// What a path belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found<'path> {
    /// A route handler.
    Route {
        /// Its position among the routes that the router was made of.
        index: usize,
        /// Its parameters.
        params: RawParams<'path>,
    },
    /// A page, which is not served.
    Page {
        /// Its position among the pages that the router was made of.
        index: usize,
    },
    /// Nothing.
    None,
}

/// Finds the route of a path.
///
/// ```
/// use routewerk_routes::{Found, Pattern, Router};
///
/// let routes = ["/items/[id]", "/items/new"].map(|text| Pattern::parse(text).expect("valid"));
/// let router = Router::new(&routes, &[]);
/// assert!(matches!(router.find("/items/new"), Found::Route { index: 1, .. }));
/// let Found::Route { index: 0, params } = router.find("/items/7%2F8") else { panic!("found") };
/// assert_eq!(params.joined(), "7%2F8");
/// ```
#[derive(Clone, Debug)]
pub struct Router {
    /// Patterns without parameters, by their encoded path.
    literal: FxHashMap<Box<str>, Leaf>,
    /// Patterns with parameters, as a tree whose root is the first node.
    nodes: Vec<Node>,
    /// Intercepting patterns in the order in which they are asked.
    intercepting: Vec<(Interception, Leaf)>,
    /// Whether a literal name has an escape, so that escapes must also be compared without case.
    has_escapes: bool,
}

#[derive(Clone, Copy, Debug)]
enum Leaf {
    Route(usize),
    Page(usize),
}

#[derive(Clone, Debug, Default)]
struct Node {
    literal: FxHashMap<Box<str>, usize>,
    marked: Vec<(InterceptMarker, ParamKind, usize)>,
    single: Option<usize>,
    catch_all: Option<Leaf>,
    optional_catch_all: Option<Leaf>,
    own: Option<Leaf>,
}

impl Router {
    /// A router over routes and pages. Of two patterns that match the same URLs the first keeps them, routes
    /// before pages: a project with conflicts still has one answer for each path.
    pub fn new<'pattern>(
        routes: impl IntoIterator<Item = &'pattern Pattern>,
        pages: impl IntoIterator<Item = &'pattern Pattern>,
    ) -> Self {
        let mut built = Self {
            literal: FxHashMap::default(),
            nodes: vec![Node::default()],
            intercepting: Vec::new(),
            has_escapes: false,
        };
        let mut intercepting = Vec::new();
        let routes = routes.into_iter().enumerate().map(|(index, pattern)| (pattern, Leaf::Route(index)));
        let pages = pages.into_iter().enumerate().map(|(index, pattern)| (pattern, Leaf::Page(index)));
        for (pattern, leaf) in routes.chain(pages) {
            built.insert(pattern, leaf);
            if let Some(interception) = pattern.interception() {
                intercepting.push((pattern, interception.clone(), leaf));
            }
        }
        intercepting.sort_by(|left, right| compare_intercepting(left.0.segments(), right.0.segments()));
        built.intercepting = intercepting.into_iter().map(|(_, interception, leaf)| (interception, leaf)).collect();
        built
    }

    /// Finds what a normalised path (the base path taken off) belongs to. One trailing slash does not count.
    pub fn find<'path>(&self, path: &'path str) -> Found<'path> {
        self.find_served(path, &|_, _| true)
    }

    /// The same, where a route with parameters may refuse: `serves` is asked with its position and its parameters, and
    /// where it says no, the search goes on at lower rank.
    pub fn find_served<'path>(
        &self,
        path: &'path str,
        serves: &dyn Fn(usize, &RawParams<'path>) -> bool,
    ) -> Found<'path> {
        let trimmed = if path.len() > 1 { path.strip_suffix('/').unwrap_or(path) } else { path };
        if let Some(leaf) = self.find_literal(trimmed) {
            return leaf.found(RawParams::default());
        }
        let Some(rest) = trimmed.strip_prefix('/') else { return Found::None };
        let mut params = RawParams::default();
        match self.descend(0, (!rest.is_empty()).then_some(rest), &mut params, serves) {
            Some(leaf) => leaf.found(params),
            None => Found::None,
        }
    }

    /// The same for patterns without parameters alone: what stands before rules of `afterFiles`.
    pub fn find_exact<'path>(&self, path: &'path str) -> Found<'path> {
        let trimmed = if path.len() > 1 { path.strip_suffix('/').unwrap_or(path) } else { path };
        self.find_literal(trimmed).map_or(Found::None, |leaf| leaf.found(RawParams::default()))
    }

    /// Whether there is an intercepting route at all: without one, a `next-url` field need not be looked for.
    pub fn has_interceptions(&self) -> bool {
        !self.intercepting.is_empty()
    }

    /// Finds the route that intercepts `path` for a browser whose page is `next_url` (the request field of that
    /// name). [`Found::None`] means that nothing intercepts; [`Router::find`] then decides, which also matches the
    /// literal path of an intercepting route (`/x/(.)y`).
    ///
    /// `next_url` is compared as it stands; a value that is not a normalised path intercepts nothing.
    pub fn intercept<'path>(&self, path: &'path str, next_url: &'path str) -> Found<'path> {
        if self.intercepting.is_empty() {
            return Found::None;
        }
        let end = next_url.find(['?', '#']).unwrap_or(next_url.len());
        let page = &next_url[..end];
        if !crate::target::is_normal_path(page) {
            return Found::None;
        }
        for (interception, leaf) in &self.intercepting {
            if let Some(texts) = interception.texts(path, page) {
                return leaf.found(texts.into_iter().collect());
            }
        }
        Found::None
    }

    fn insert(&mut self, pattern: &Pattern, leaf: Leaf) {
        if !pattern.is_dynamic() {
            let mut path = String::with_capacity(pattern.as_str().len());
            for segment in pattern.segments() {
                path.push('/');
                path.push_str(&self.encoded(&segment.to_string()));
            }
            if path.is_empty() {
                path.push('/');
            }
            self.literal.entry(path.into()).or_insert(leaf);
            return;
        }
        let mut node = 0;
        for segment in pattern.segments() {
            node = match segment {
                Segment::Static(text) => {
                    let key = self.encoded(text);
                    let new = self.nodes.len();
                    match self.nodes[node].literal.entry(key.into()) {
                        Entry::Occupied(child) => *child.get(),
                        Entry::Vacant(place) => {
                            place.insert(new);
                            self.nodes.push(Node::default());
                            new
                        }
                    }
                }
                Segment::Dynamic { marker: Some(marker), param } => self.marked_child(node, *marker, param.kind),
                Segment::Dynamic { marker: None, param } => match param.kind {
                    ParamKind::Single => self.single_child(node),
                    ParamKind::CatchAll => {
                        self.nodes[node].catch_all.get_or_insert(leaf);
                        return;
                    }
                    ParamKind::OptionalCatchAll => {
                        self.nodes[node].optional_catch_all.get_or_insert(leaf);
                        return;
                    }
                },
            };
        }
        self.nodes[node].own.get_or_insert(leaf);
    }

    fn encoded(&mut self, name: &str) -> String {
        let encoded = percent::encode_name(name);
        if !encoded.contains('%') {
            return encoded.into_owned();
        }
        self.has_escapes = true;
        percent::canonical(&encoded)
    }

    fn single_child(&mut self, node: usize) -> usize {
        let new = self.nodes.len();
        let child = *self.nodes[node].single.get_or_insert(new);
        if child == new {
            self.nodes.push(Node::default());
        }
        child
    }

    fn marked_child(&mut self, node: usize, marker: InterceptMarker, kind: ParamKind) -> usize {
        let known = self.nodes[node].marked.iter().find(|child| (child.0, child.1) == (marker, kind));
        if let Some((_, _, child)) = known {
            return *child;
        }
        let new = self.nodes.len();
        self.nodes[node].marked.push((marker, kind, new));
        self.nodes[node].marked.sort_unstable_by_key(|(marker, kind, _)| (*marker, *kind));
        self.nodes.push(Node::default());
        new
    }

    fn find_literal(&self, path: &str) -> Option<Leaf> {
        match self.literal.get(path) {
            Some(leaf) => Some(*leaf),
            None if self.has_escapes && path.contains('%') => {
                self.literal.get(percent::canonical(path).as_str()).copied()
            }
            None => None,
        }
    }

    /// Searches below a node; `rest` is what is left of the path, `None` at its end.
    fn descend<'path>(
        &self,
        at: usize,
        rest: Option<&'path str>,
        params: &mut RawParams<'path>,
        serves: &dyn Fn(usize, &RawParams<'path>) -> bool,
    ) -> Option<Leaf> {
        let node = &self.nodes[at];
        let is_served = |leaf: &Leaf, params: &RawParams<'path>| match leaf {
            Leaf::Route(index) => serves(*index, params),
            Leaf::Page(_) => true,
        };
        let Some(rest) = rest else {
            if let Some(own) = node.own.filter(|leaf| is_served(leaf, params)) {
                return Some(own);
            }
            params.push("");
            return node.optional_catch_all.filter(|leaf| is_served(leaf, params));
        };
        let (segment, below) = match memchr::memchr(b'/', rest.as_bytes()) {
            Some(slash) => (&rest[..slash], Some(&rest[slash + 1..])),
            None => (rest, None),
        };
        let before = params.len();
        let mut try_child = |child: usize, text: Option<&'path str>, below: Option<&'path str>| {
            params.truncate(before);
            if let Some(text) = text {
                params.push(text);
            }
            self.descend(child, below, params, serves)
        };
        if let Some(leaf) = self.literal_child(node, segment).and_then(|child| try_child(child, None, below)) {
            return Some(leaf);
        }
        for (marker, kind, child) in &node.marked {
            let (whole, below) = if *kind == ParamKind::Single { (segment, below) } else { (rest, None) };
            let taken = whole.strip_prefix(marker.as_str()).filter(|text| !text.is_empty());
            if let Some(leaf) = taken.and_then(|text| try_child(*child, Some(text), below)) {
                return Some(leaf);
            }
        }
        let single = node.single.filter(|_| !segment.is_empty());
        if let Some(leaf) = single.and_then(|child| try_child(child, Some(segment), below)) {
            return Some(leaf);
        }
        if rest.is_empty() {
            return None;
        }
        params.truncate(before);
        params.push(rest);
        [node.catch_all, node.optional_catch_all].into_iter().flatten().find(|leaf| is_served(leaf, params))
    }

    fn literal_child(&self, node: &Node, segment: &str) -> Option<usize> {
        match node.literal.get(segment) {
            Some(child) => Some(*child),
            None if self.has_escapes && segment.contains('%') => {
                node.literal.get(percent::canonical(segment).as_str()).copied()
            }
            None => None,
        }
    }
}

impl Default for Router {
    /// A router that finds nothing.
    fn default() -> Self {
        Self::new([], [])
    }
}

impl Leaf {
    fn found(self, params: RawParams<'_>) -> Found<'_> {
        match self {
            Self::Route(index) => Found::Route { index, params },
            Self::Page(index) => Found::Page { index },
        }
    }
}
