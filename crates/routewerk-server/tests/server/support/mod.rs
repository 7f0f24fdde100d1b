//! What every test stands on: a server with a handler of the test's own, and a client that speaks bytes.

mod cached;
mod engine;
mod raw;
mod recorder;

use std::net::{Ipv4Addr, SocketAddr};
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::{Duration, Instant};

use routewerk_handler::{HandlerCall, Method, MethodSet};
use routewerk_routes::target::TargetRules;
use routewerk_routes::{Pattern, Router};
use routewerk_server::{DEFAULT_BACKLOG, Hooks, RouterSite, Server, ServerHandle, ServerOptions, SharedSite, bind};

pub(crate) use self::cached::{CachedServer, facts, generated};
use self::engine::FakeEngine;
pub(crate) use self::engine::{Answer, Chunks, chunks, describe, echo, never, reply, text, whole_body};
pub(crate) use self::raw::{RawHttp, Reply};
pub(crate) use self::recorder::Recorder;

/// How long a test waits for anything at most.
pub(crate) const WAIT: Duration = Duration::from_secs(10);

/// A running server.
pub(crate) struct TestServer {
    pub(crate) handle: Option<ServerHandle>,
    pub(crate) address: SocketAddr,
    pub(crate) site: SharedSite,
}

/// The routes of [`site`], the page `/about` beside them.
const ROUTES: [(&str, &[Method]); 7] = [
    ("/echo", &[Method::Get, Method::Post, Method::Put, Method::Delete, Method::Patch]),
    ("/items/[id]", &[Method::Get, Method::Post]),
    ("/files/[...path]", &[Method::Get]),
    ("/docs/[[...path]]", &[Method::Get]),
    ("/post-only", &[Method::Post]),
    ("/options", &[Method::Get, Method::Options]),
    ("/query", &[Method::Query]),
];

/// The site that tests are served.
pub(crate) fn site() -> RouterSite {
    site_of(&ROUTES, &["/about", "/pages/[...rest]"], TargetRules::default())
}

/// A site of these routes and pages.
pub(crate) fn site_of(routes: &[(&str, &[Method])], pages: &[&str], rules: TargetRules) -> RouterSite {
    let pattern = |text: &str| Pattern::parse(text).expect("a pattern");
    let patterns: Vec<_> = routes.iter().map(|(text, _)| pattern(text)).collect();
    let pages: Vec<_> = pages.iter().map(|text| pattern(text)).collect();
    let methods = routes.iter().map(|(_, methods)| Some(methods.iter().copied().collect::<MethodSet>()));
    RouterSite::new(Router::new(&patterns, &pages), rules, methods)
}

/// Options for one thread: tests that count on an order need one.
pub(crate) fn options() -> ServerOptions {
    ServerOptions { threads: NonZeroUsize::new(1), ..ServerOptions::default() }
}

impl TestServer {
    /// A server with default options whose handlers do as `behave` says.
    pub(crate) fn start(behave: impl Fn(HandlerCall) -> Answer + Send + Sync + 'static) -> Self {
        Self::with(options(), Hooks::default(), behave)
    }

    /// A server whose handlers describe their call in the body (see [`describe`]).
    pub(crate) fn echo() -> Self {
        Self::start(echo)
    }

    /// A server with options and hooks.
    pub(crate) fn with(
        options: ServerOptions,
        hooks: Hooks,
        behave: impl Fn(HandlerCall) -> Answer + Send + Sync + 'static,
    ) -> Self {
        Self::serving(site(), options, hooks, behave)
    }

    /// A server of another site.
    pub(crate) fn serving(
        site: RouterSite,
        options: ServerOptions,
        hooks: Hooks,
        behave: impl Fn(HandlerCall) -> Answer + Send + Sync + 'static,
    ) -> Self {
        let listener = bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), DEFAULT_BACKLOG).expect("a free port");
        let site = SharedSite::new(Arc::new(site));
        let engine = FakeEngine::new(behave);
        let attach = move |_| engine.clone();
        let handle = Server::start(listener, options, site.clone(), attach, hooks).expect("valid options");
        Self { address: handle.local_addr(), handle: Some(handle), site }
    }

    /// A connection to it.
    pub(crate) fn connect(&self) -> RawHttp {
        RawHttp::connect(self.address)
    }

    /// One request on a connection of its own.
    pub(crate) fn get(&self, target: &str) -> Reply {
        self.connect().request("GET", target, &[], b"")
    }

    /// The running server.
    pub(crate) fn running(&self) -> &ServerHandle {
        self.handle.as_ref().expect("not shut down")
    }
}

/// An engine of its own whose handlers do as `behave` says.
pub(crate) fn engine(behave: impl Fn(HandlerCall) -> Answer + Send + Sync + 'static) -> FakeEngine {
    FakeEngine::new(behave)
}

/// Waits until something is true.
#[track_caller]
pub(crate) fn wait_until(what: &str, mut is_true: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !is_true() {
        assert!(begun.elapsed() < WAIT, "waited in vain until {what}");
        std::thread::sleep(Duration::from_millis(2));
    }
}
