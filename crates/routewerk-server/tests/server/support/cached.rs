//! A server with static routes, whose cache and clock are the test's.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use bytes::Bytes;
use routewerk_cache::{BuildKey, Cache, CacheOptions, Moment, NewReply, ReplyKey, Revalidate, Sequence, TagSet};
use routewerk_handler::{GenerationFacts, HandlerCall, HandlerReply, Method, ReplyBody};
use routewerk_routes::rules::{RuleSettings, Rules};
use routewerk_routes::target::TargetRules;
use routewerk_server::{
    Compressor, Hooks, ListedParams, OtherParams, ServerOptions, StaticRoute, StaticSite, UserStore,
};

use super::engine::{Answer, reply};
use super::{TestServer, options, site_of};

/// The routes; all but `/dynamic` and `/listed/[...rest]` are static.
const ROUTES: [(&str, &[Method]); 8] = [
    ("/static", &[Method::Get]),
    ("/posts/[id]", &[Method::Get]),
    ("/listed/[id]", &[Method::Get]),
    ("/listed/[...rest]", &[Method::Get]),
    ("/dynamic", &[Method::Get, Method::Post]),
    ("/files/[[...path]]", &[Method::Get]),
    ("/own-head", &[Method::Get, Method::Head]),
    ("/partly/[id]", &[Method::Get]),
];

/// The draft-mode secret of the site.
const SECRET: &str = "00112233445566778899aabbccddeeff";

/// A server with static routes.
pub(crate) struct CachedServer {
    pub(crate) server: TestServer,
    pub(crate) cache: Cache,
    now: Arc<AtomicU64>,
    generations: Arc<AtomicUsize>,
}

impl CachedServer {
    /// A server of one thread.
    pub(crate) fn start(behave: impl Fn(HandlerCall) -> Answer + Send + Sync + 'static) -> Self {
        Self::with(options(), CacheOptions::default(), behave)
    }

    /// A server with options.
    pub(crate) fn with(
        options: ServerOptions,
        cache: CacheOptions,
        behave: impl Fn(HandlerCall) -> Answer + Send + Sync + 'static,
    ) -> Self {
        Self::whole(options, cache, None, Hooks::default(), behave)
    }

    /// A server whose entries the user's own store keeps.
    pub(crate) fn with_store(
        options: ServerOptions,
        cache: CacheOptions,
        user_store: Option<UserStore>,
        behave: impl Fn(HandlerCall) -> Answer + Send + Sync + 'static,
    ) -> Self {
        Self::whole(options, cache, user_store, Hooks::default(), behave)
    }

    /// A server with hooks.
    pub(crate) fn hooked(
        options: ServerOptions,
        cache: CacheOptions,
        hooks: Hooks,
        behave: impl Fn(HandlerCall) -> Answer + Send + Sync + 'static,
    ) -> Self {
        Self::whole(options, cache, None, hooks, behave)
    }

    fn whole(
        options: ServerOptions,
        cache: CacheOptions,
        user_store: Option<UserStore>,
        hooks: Hooks,
        behave: impl Fn(HandlerCall) -> Answer + Send + Sync + 'static,
    ) -> Self {
        let cache = Cache::in_memory(cache);
        let now = Arc::new(AtomicU64::new(1_000_000_000));
        let (clock, generations) = (Arc::clone(&now), Arc::<AtomicUsize>::default());
        let shared = Arc::new(StaticSite {
            user_store,
            cache: cache.clone(),
            build: BuildKey::new("b1"),
            draft_secret: Some(SECRET.to_owned()),
            expire_seconds: Some(1000),
            clock: Arc::new(move || Moment::from_millis(clock.load(Ordering::SeqCst))),
            compressor: Some(Compressor::start(cache.clone()).expect("a thread")),
        });
        let caching = |pattern: &str| {
            let params: &[bool] = match pattern {
                "/posts/[id]" | "/listed/[id]" | "/partly/[id]" => &[false],
                "/files/[[...path]]" => &[true],
                "/listed/[...rest]" | "/dynamic" => return None,
                _ => &[],
            };
            let route = StaticRoute::new(Arc::clone(&shared), pattern.to_owned(), params.iter().copied());
            let listed = ["a", "b%20c"].map(|param| route.key(param)).into_iter().collect::<ListedParams>();
            Some(match pattern {
                "/listed/[id]" => route.with_others(OtherParams::Refused(listed)),
                "/partly/[id]" => route.with_others(OtherParams::Called(listed)),
                _ => route,
            })
        };
        let site = site_of(&ROUTES, &[], TargetRules::default());
        let site = site.with_caching(ROUTES.map(|(pattern, _)| caching(pattern))).with_rules(rules(), None, |_| ());
        let counted = Arc::clone(&generations);
        let server = TestServer::serving(site, options, hooks, move |call| {
            if call.generation.is_some() {
                counted.fetch_add(1, Ordering::SeqCst);
            }
            behave(call)
        });
        Self { server, cache, now, generations }
    }

    /// Lets time pass.
    pub(crate) fn pass(&self, seconds: u64) {
        self.now.fetch_add(seconds * 1000, Ordering::SeqCst);
    }

    /// This moment.
    pub(crate) fn now(&self) -> Moment {
        Moment::from_millis(self.now.load(Ordering::SeqCst))
    }

    /// How many generations there were.
    pub(crate) fn generations(&self) -> usize {
        self.generations.load(Ordering::SeqCst)
    }

    /// The cookie of draft mode.
    pub(crate) fn draft_cookie() -> String {
        format!("a=b; __prerender_bypass={SECRET}")
    }

    /// Stores a reply as a build does.
    pub(crate) fn store(&self, pattern: &str, params: &[&str], new: NewReply) {
        let key = ReplyKey::new(BuildKey::new("b1"), pattern, params.iter().copied());
        self.cache.put_reply(&key, new, self.now(), Sequence::default()).expect("it may be stored");
    }
}

/// The rules of the site: a header for `/posts/ruled` alone.
fn rules() -> Rules {
    let headers = serde_json::json!([{ "source": "/posts/ruled", "headers": [
        { "key": "Cache-Control", "value": "public, max-age=60" }, { "key": "x-own", "value": "config" },
    ]}]);
    let definitions = serde_json::from_value(serde_json::json!({ "headers": headers })).expect("definitions");
    Rules::compile(&definitions, &RuleSettings::default()).expect("rules")
}

/// A reply to be stored: text, never revalidated, with one tag.
pub(crate) fn generated(status: u16, fields: &[(&str, &str)], body: impl Into<Bytes>) -> NewReply {
    let reply = reply(status, fields, ReplyBody::Null);
    NewReply {
        path: "/static".to_owned(),
        status,
        headers: Bytes::copy_from_slice(reply.headers.as_bytes()),
        body: body.into(),
        revalidate: Revalidate::Never,
        expire: None,
        tags: TagSet::new(["tag"]),
    }
}

/// A reply of a generation that is fresh for two seconds.
pub(crate) fn facts(reply: HandlerReply) -> HandlerReply {
    let facts = GenerationFacts {
        revalidate: routewerk_handler::Revalidate::After(2.0),
        tags: vec!["tag".to_owned()],
        ..GenerationFacts::default()
    };
    HandlerReply { facts: Some(Box::new(facts)), ..reply }
}
