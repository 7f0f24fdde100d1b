//! Entries that the user's own store keeps: it is asked for each request, handed what is made, and missed by nobody when it fails.

use std::collections::HashMap;
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use routewerk_cache::{CacheOptions, Invalidation};
use routewerk_handler::{
    Generation, GenerationFacts, HandlerCall, HandlerError, HandlerReply, HeaderBlock, LastModified, ReplyBody,
    RequestBody, Revalidate,
};
use routewerk_server::{ServerOptions, UserStore};

use crate::http2::{Client, body_of, run};
use crate::support::{Answer, CachedServer, facts, options, reply, text, wait_until};

/// What a store was handed.
#[derive(Clone)]
struct Kept {
    status: u16,
    headers: HeaderBlock,
    body: Bytes,
    tags: Vec<String>,
    /// The line about it.
    line: String,
    made_at: u64,
}

/// A worker with a store that keeps entries by path, and a handler that counts.
#[derive(Default)]
struct Worker {
    kept: Mutex<HashMap<String, Kept>>,
    calls: Mutex<Vec<String>>,
    made: AtomicUsize,
    /// The time that the store gives what it is handed.
    now: std::sync::atomic::AtomicU64,
    fails: AtomicBool,
}

impl Worker {
    fn answer(self: &Arc<Self>, call: HandlerCall) -> Answer {
        let worker = Arc::clone(self);
        Box::pin(async move {
            let path = call.url.splitn(4, '/').last().map(|path| format!("/{path}")).unwrap_or_default();
            match call.generation {
                Some(Generation::LookUp) => {
                    worker.note(format!("get {path}"));
                    Ok(worker.find(&path))
                }
                Some(Generation::Keep) => {
                    worker.keep(&path, call);
                    worker.note(format!("set {path}"));
                    Ok(nothing())
                }
                _ if worker.fails.load(Ordering::SeqCst) => {
                    let facts = GenerationFacts { failure: Some("boom".to_owned()), ..GenerationFacts::default() };
                    Ok(HandlerReply { facts: Some(Box::new(facts)), ..reply(500, &[], ReplyBody::Null) })
                }
                _ => {
                    let number = worker.made.fetch_add(1, Ordering::SeqCst) + 1;
                    worker.note(format!("make {path}"));
                    Ok(facts(text(format!("made {number}"))))
                }
            }
        })
    }

    fn find(&self, path: &str) -> HandlerReply {
        let Some(kept) = self.kept.lock().expect("no panic").get(path).cloned() else { return nothing() };
        let facts =
            GenerationFacts { tags: kept.tags, found: Some(LastModified::At(kept.made_at)), ..Default::default() };
        let found = reply(kept.status, &[], ReplyBody::Complete(kept.body));
        HandlerReply { headers: kept.headers, facts: Some(Box::new(facts)), ..found }
    }

    fn keep(&self, path: &str, call: HandlerCall) {
        let RequestBody::Complete(body) = call.body else { panic!("an entry has a body") };
        let text = String::from_utf8_lossy(&body).into_owned();
        let (line, rest) = text.split_once('\n').expect("a line about it");
        let (tags, rest) = rest.split_once('\n').expect("a line of tags");
        let kept = Kept {
            status: line.split(' ').next().and_then(|status| status.parse().ok()).expect("a status"),
            headers: call.headers,
            body: Bytes::copy_from_slice(rest.as_bytes()),
            tags: tags.split(',').map(str::to_owned).collect(),
            line: line.to_owned(),
            made_at: self.now.load(Ordering::SeqCst),
        };
        self.kept.lock().expect("no panic").insert(path.to_owned(), kept);
    }

    fn note(&self, call: String) {
        self.calls.lock().expect("no panic").push(call);
    }

    fn calls(&self) -> Vec<String> {
        std::mem::take(&mut self.calls.lock().expect("no panic"))
    }

    fn line(&self, path: &str) -> String {
        self.kept.lock().expect("no panic").get(path).map(|kept| kept.line.clone()).unwrap_or_default()
    }
}

fn nothing() -> HandlerReply {
    HandlerReply { facts: Some(Box::default()), ..reply(200, &[], ReplyBody::Null) }
}

/// A server with a store, and what is told of that.
struct Stored {
    server: CachedServer,
    worker: Arc<Worker>,
    told: Arc<Mutex<Vec<String>>>,
}

impl Stored {
    fn start() -> Self {
        let worker = Arc::<Worker>::default();
        let own = Arc::clone(&worker);
        Self::with(options(), &worker, move |call| own.answer(call))
    }

    fn with(
        options: ServerOptions,
        worker: &Arc<Worker>,
        behave: impl Fn(HandlerCall) -> Answer + Send + Sync + 'static,
    ) -> Self {
        let told = Arc::<Mutex<Vec<String>>>::default();
        let tell = Arc::clone(&told);
        let store = UserStore::new("`./store.mjs`".to_owned(), move |text| {
            tell.lock().expect("no panic").push(text.to_owned());
        });
        let store = store.with_limit(Duration::from_millis(200));
        let server = CachedServer::with_store(options, CacheOptions::default(), Some(store), behave);
        worker.now.store(server.now().as_millis(), Ordering::SeqCst);
        Self { server, worker: Arc::clone(worker), told }
    }

    /// The phase and the body of a GET.
    fn get(&self, path: &str) -> (String, String) {
        let reply = self.server.server.get(path);
        (reply.header("x-nextjs-cache").unwrap_or_default().to_owned(), reply.text())
    }

    fn pass(&self, seconds: u64) {
        self.server.pass(seconds);
        self.worker.now.store(self.server.now().as_millis(), Ordering::SeqCst);
    }

    fn told(&self) -> Vec<String> {
        self.told.lock().expect("no panic").clone()
    }
}

fn is(phase: &str, body: &str) -> (String, String) {
    (phase.to_owned(), body.to_owned())
}

#[test]
fn every_request_asks_the_store_and_what_is_made_is_handed_to_it() {
    let stored = Stored::start();
    assert_eq!(stored.get("/posts/a"), is("MISS", "made 1"));
    assert_eq!(stored.worker.calls(), ["get /posts/a", "make /posts/a", "set /posts/a"]);
    assert_eq!(stored.worker.line("/posts/a"), "200 2 1000");
    assert_eq!(stored.get("/posts/a?x=1"), is("HIT", "made 1"));
    let head = stored.server.server.connect().request("HEAD", "/posts/a", &[], b"");
    assert_eq!((head.status, head.header("x-nextjs-cache"), head.body.len()), (200, Some("HIT"), 0));
    assert_eq!(stored.worker.calls(), ["get /posts/a", "get /posts/a"]);
    assert_eq!(stored.server.cache.stats().stored, 0, "nothing of it is kept in the front");
    stored.worker.kept.lock().expect("no panic").clear();
    assert_eq!(stored.get("/posts/a"), is("MISS", "made 2"));
}

#[test]
fn an_entry_of_the_store_is_fresh_stale_and_expired_by_its_time() {
    let stored = Stored::start();
    assert_eq!(stored.get("/static"), is("MISS", "made 1"));
    stored.pass(3);
    assert_eq!(stored.get("/static"), is("STALE", "made 1"));
    wait_until("it is made again", || stored.worker.made.load(Ordering::SeqCst) == 2);
    wait_until("it is handed over", || stored.get("/static") == is("HIT", "made 2"));
    stored.pass(1001);
    assert_eq!(stored.get("/static"), is("HIT", "made 3"), "made before the reply");
}

#[test]
fn an_invalidation_counts_although_the_store_goes_on_with_its_entry() {
    let stored = Stored::start();
    assert_eq!(stored.get("/static"), is("MISS", "made 1"));
    stored.server.cache.invalidate(["tag"], Invalidation::Expire, stored.server.now());
    assert_eq!(stored.get("/static"), is("HIT", "made 2"));
    assert_eq!(stored.get("/static"), is("HIT", "made 2"), "in the same millisecond, and made after it");
    stored.server.cache.invalidate(["tag"], Invalidation::Stale, stored.server.now());
    assert_eq!(stored.get("/static"), is("STALE", "made 2"));
    wait_until("it is made again", || stored.get("/static") == is("HIT", "made 3"));
}

#[test]
fn a_failed_regeneration_hands_the_old_entry_over_for_a_little_longer() {
    let stored = Stored::start();
    assert_eq!(stored.get("/static"), is("MISS", "made 1"));
    stored.pass(3);
    stored.worker.fails.store(true, Ordering::SeqCst);
    assert_eq!(stored.get("/static"), is("STALE", "made 1"));
    wait_until("it is handed over", || stored.worker.line("/static") == "200 3 1000");
    assert_eq!(stored.get("/static"), is("HIT", "made 1"));
    stored.server.cache.invalidate(["tag"], Invalidation::Expire, stored.server.now());
    let reply = stored.server.server.get("/static");
    assert_eq!(reply.status, 500, "what a tag has expired is never given out again");
}

#[test]
fn many_requests_for_one_cold_entry_are_few_look_ups_and_one_call() {
    const CONNECTIONS: usize = 20;
    const STREAMS: usize = 100;
    let worker = Arc::<Worker>::default();
    let own = Arc::clone(&worker);
    let options = ServerOptions { threads: NonZeroUsize::new(2), ..options() };
    let stored = Stored::with(options, &worker, move |call| own.answer(call));
    run(async {
        let mut clients = Vec::new();
        let mut replies = Vec::new();
        for _ in 0..CONNECTIONS {
            let mut client = Client::connect(stored.server.server.address).await;
            replies.extend((0..STREAMS).map(|_| tokio::spawn(client.begin("/posts/cold"))));
            clients.push(client);
        }
        for reply in replies {
            let reply = reply.await.expect("no panic").expect("a reply");
            assert_eq!(body_of(reply).await, "made 1");
        }
    });
    assert_eq!(worker.made.load(Ordering::SeqCst), 1);
}

#[test]
fn a_store_that_hangs_costs_one_wait_and_then_is_left_alone() {
    let worker = Arc::<Worker>::default();
    let (own, hangs) = (Arc::clone(&worker), Arc::new(AtomicBool::new(true)));
    let is_hung = Arc::clone(&hangs);
    let stored = Stored::with(options(), &worker, move |call| {
        let is_asked = matches!(call.generation, Some(Generation::LookUp | Generation::Keep));
        if is_asked && is_hung.load(Ordering::SeqCst) {
            own.note("hung".to_owned());
            return Box::pin(std::future::pending());
        }
        own.answer(call)
    });
    assert_eq!(stored.get("/static"), is("MISS", "made 1"));
    assert_eq!(stored.get("/static"), is("MISS", "made 2"));
    assert_eq!(worker.calls(), ["hung", "make /static", "make /static"]);
    assert_eq!(
        stored.told(),
        ["the cacheHandler `./store.mjs` has not answered within 200ms: requests are answered without it, and it is \
          asked again in 10 seconds"]
    );
    hangs.store(false, Ordering::SeqCst);
    stored.pass(11);
    assert_eq!(stored.get("/static"), is("MISS", "made 3"));
    assert_eq!(stored.get("/static"), is("HIT", "made 3"));
    assert_eq!(stored.told().len(), 1);
}

#[test]
fn a_store_that_takes_its_worker_along_costs_no_reply() {
    let worker = Arc::<Worker>::default();
    let own = Arc::clone(&worker);
    let stored = Stored::with(options(), &worker, move |call| match call.generation {
        Some(Generation::LookUp | Generation::Keep) => Box::pin(async { Err(HandlerError::WorkerDied) }),
        _ => own.answer(call),
    });
    for number in 1..=3 {
        assert_eq!(stored.get("/static"), is("MISS", &format!("made {number}")));
    }
    assert_eq!(stored.told().len(), 1, "{:?}", stored.told());
}

#[test]
fn the_lifetime_that_the_store_names_wins_and_a_long_entry_crosses() {
    let long = "x".repeat(3_000_000);
    let body = Bytes::from(long.clone());
    let stored = Stored::with(options(), &Arc::default(), move |call| {
        assert_eq!(call.generation, Some(Generation::LookUp));
        let facts = GenerationFacts {
            revalidate: Revalidate::After(7.0),
            expire: Some(70.0),
            found: Some(LastModified::Unknown),
            ..GenerationFacts::default()
        };
        let found = reply(203, &[("x-own", "1")], ReplyBody::Complete(body.clone()));
        Box::pin(async move { Ok(HandlerReply { facts: Some(Box::new(facts)), ..found }) })
    });
    let reply = stored.server.server.get("/static");
    assert_eq!((reply.status, reply.header("x-own"), reply.body.len()), (203, Some("1"), long.len()));
    assert_eq!(reply.header("cache-control"), Some("s-maxage=7, stale-while-revalidate=63"));
}
