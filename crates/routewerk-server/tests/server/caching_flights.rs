//! The making of entries: one call however many wait, whoever leaves, whatever fails.

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use routewerk_cache::CacheOptions;
use routewerk_handler::{GenerationFacts, HandlerError, HandlerReply};
use routewerk_server::ServerOptions;

use crate::http2::{Client, body_of, run};
use crate::support::{Answer, CachedServer, facts, options, reply, text, wait_until};

/// A gate that handlers wait at until the test opens it.
#[derive(Clone, Default)]
struct Door(Arc<AtomicBool>);

impl Door {
    fn open(&self) {
        self.0.store(true, Ordering::SeqCst);
    }

    async fn pass(&self) {
        while !self.0.load(Ordering::SeqCst) {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }
}

/// A handler that answers `made` when the door is open.
fn behind(door: &Door) -> impl Fn(routewerk_handler::HandlerCall) -> Answer + Send + Sync + 'static {
    let door = door.clone();
    move |_| {
        let door = door.clone();
        Box::pin(async move {
            door.pass().await;
            Ok(facts(text("made")))
        })
    }
}

/// Options of so many threads.
fn threads(count: usize) -> ServerOptions {
    ServerOptions { threads: NonZeroUsize::new(count), ..options() }
}

/// A handler that did not answer, as its worker says it.
fn thrown() -> HandlerReply {
    let facts = GenerationFacts { failure: Some("Error: boom".to_owned()), ..GenerationFacts::default() };
    HandlerReply { facts: Some(Box::new(facts)), ..reply(500, &[], routewerk_handler::ReplyBody::Null) }
}

#[test]
fn ten_thousand_requests_for_one_cold_entry_are_one_call() {
    const CONNECTIONS: usize = 50;
    const STREAMS: usize = 200;
    let door = Door::default();
    let server = CachedServer::with(threads(2), CacheOptions::default(), behind(&door));
    run(async {
        let mut clients = Vec::new();
        let mut replies = Vec::new();
        for _ in 0..CONNECTIONS {
            let mut client = Client::connect(server.server.address).await;
            replies.extend((0..STREAMS).map(|_| tokio::spawn(client.begin("/posts/cold"))));
            clients.push(client);
        }
        while server.server.running().counters().calls_pending < (CONNECTIONS * STREAMS) as u64 {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        door.open();
        for reply in replies {
            let reply = reply.await.expect("no panic").expect("a reply");
            assert_eq!(reply.status(), 200);
            assert_eq!(body_of(reply).await, "made");
        }
    });
    assert_eq!(server.generations(), 1);
}

#[test]
fn a_generation_goes_on_when_all_who_waited_have_left() {
    let door = Door::default();
    let server = CachedServer::start(behind(&door));
    let mut clients: Vec<_> = (0..3).map(|_| server.server.connect()).collect();
    for client in &mut clients {
        client.send("GET /static HTTP/1.1\r\nHost: a\r\n\r\n");
    }
    wait_until("all wait", || server.server.running().counters().calls_pending == 4);
    for client in clients {
        client.reset();
    }
    wait_until("all have left", || server.server.running().counters().calls_pending == 1);
    door.open();
    wait_until("it is stored", || server.cache.stats().stored == 1);
    assert_eq!(server.server.get("/static").header("x-nextjs-cache"), Some("HIT"));
    assert_eq!(server.generations(), 1);
}

#[test]
fn a_failed_cold_generation_fails_all_who_waited_once() {
    let door = Door::default();
    let handler = door.clone();
    let count = AtomicUsize::new(0);
    let server = CachedServer::with(threads(2), CacheOptions::default(), move |_| {
        let door = handler.clone();
        let is_first = count.fetch_add(1, Ordering::SeqCst) == 0;
        Box::pin(async move {
            door.pass().await;
            Ok(if is_first { thrown() } else { facts(text("made")) })
        })
    });
    let mut clients: Vec<_> = (0..8).map(|_| server.server.connect()).collect();
    for client in &mut clients {
        client.send("GET /static HTTP/1.1\r\nHost: a\r\n\r\n");
    }
    wait_until("all wait", || server.server.running().counters().calls_pending == 9);
    door.open();
    for client in &mut clients {
        let reply = client.reply("GET");
        assert_eq!((reply.status, reply.body.len(), reply.header("x-nextjs-cache")), (500, 0, None));
    }
    let reply = server.server.get("/static");
    assert_eq!((reply.status, reply.text().as_str()), (200, "made"));
    assert_eq!(server.generations(), 2);
}

#[test]
fn a_generation_without_a_worker_says_so() {
    for (error, status) in [
        (HandlerError::Unavailable, 503),
        (HandlerError::WorkerDied, 502),
        (HandlerError::TimedOut(Duration::from_secs(1)), 504),
    ] {
        let server = CachedServer::start(move |_| {
            let error = error.clone();
            Box::pin(async move { Err(error) })
        });
        let reply = server.server.get("/static");
        assert_eq!((reply.status, reply.header("content-type")), (status, Some("application/problem+json")));
        assert_eq!(reply.header("retry-after").is_some(), status == 503);
    }
}

#[test]
fn a_failing_regeneration_keeps_the_entry_and_waits_before_it_tries_again() {
    let count = Arc::new(AtomicUsize::new(0));
    let calls = Arc::clone(&count);
    let server = CachedServer::start(move |_| {
        let number = calls.fetch_add(1, Ordering::SeqCst);
        Box::pin(async move {
            Ok(match number {
                0 => facts(text("good")),
                1 => thrown(),
                2 => facts(reply(503, &[], routewerk_handler::ReplyBody::Null)),
                _ => facts(text("better")),
            })
        })
    });
    assert_eq!(server.server.get("/static").text(), "good");
    for failures in 1..=2 {
        server.pass(4);
        let stale = server.server.get("/static");
        assert_eq!((stale.header("x-nextjs-cache"), stale.text().as_str()), (Some("STALE"), "good"));
        wait_until("it has failed", || count.load(Ordering::SeqCst) == failures + 1);
        let mut kept = server.server.get("/static");
        wait_until("the entry is kept", || {
            kept = server.server.get("/static");
            kept.header("x-nextjs-cache") == Some("HIT")
        });
        assert_eq!(kept.header("cache-control"), Some("s-maxage=3, stale-while-revalidate=997"));
        assert_eq!(kept.text(), "good");
        server.pass(2);
        assert_eq!(server.server.get("/static").header("x-nextjs-cache"), Some("HIT"), "not yet");
    }
    server.pass(2);
    assert_eq!(server.server.get("/static").text(), "good");
    wait_until("it is better", || server.server.get("/static").text() == "better");
    assert_eq!(server.generations(), 4);
}

#[test]
fn many_requests_for_a_stale_entry_are_one_call() {
    let door = Door::default();
    let handler = door.clone();
    let count = AtomicUsize::new(0);
    let server = CachedServer::start(move |_| {
        let number = count.fetch_add(1, Ordering::SeqCst) + 1;
        let door = handler.clone();
        Box::pin(async move {
            if number > 1 {
                door.pass().await;
            }
            Ok(facts(text(number.to_string())))
        })
    });
    server.server.get("/static");
    server.pass(3);
    let mut client = server.server.connect();
    for _ in 0..100 {
        let reply = client.request("GET", "/static", &[], b"");
        assert_eq!((reply.header("x-nextjs-cache"), reply.text().as_str()), (Some("STALE"), "1"));
    }
    door.open();
    wait_until("it is made anew", || server.server.get("/static").text() == "2");
    assert_eq!(server.generations(), 2);
}

#[test]
fn who_waits_too_long_is_told_and_the_generation_goes_on() {
    let door = Door::default();
    let cache = CacheOptions { wait_limit: Duration::from_millis(50), ..CacheOptions::default() };
    let server = CachedServer::with(options(), cache, behind(&door));
    assert_eq!(server.server.get("/static").status, 504);
    door.open();
    wait_until("it is stored", || server.cache.stats().stored == 1);
    assert_eq!(server.server.get("/static").text(), "made");
    assert_eq!(server.generations(), 1);
}

#[test]
fn more_waiting_requests_than_the_limit_are_told_so() {
    let door = Door::default();
    let mut few = options();
    few.limits.max_pending_calls = 3;
    let server = CachedServer::with(few, CacheOptions::default(), behind(&door));
    let mut clients: Vec<_> = (0..2).map(|_| server.server.connect()).collect();
    for client in &mut clients {
        client.send("GET /static HTTP/1.1\r\nHost: a\r\n\r\n");
    }
    wait_until("both wait", || server.server.running().counters().calls_pending == 3);
    let reply = server.server.get("/static");
    assert_eq!((reply.status, reply.header("retry-after")), (503, Some("1")));
    door.open();
    for client in &mut clients {
        assert_eq!(client.reply("GET").text(), "made");
    }
}

#[test]
fn a_shutdown_lets_generations_end() {
    let door = Door::default();
    let mut server = CachedServer::start(behind(&door));
    let mut client = server.server.connect();
    client.send("GET /static HTTP/1.1\r\nHost: a\r\n\r\n");
    wait_until("it waits", || server.server.running().counters().calls_pending == 2);
    client.reset();
    wait_until("it has left", || server.server.running().counters().calls_pending == 1);
    let handle = server.server.handle.take().expect("running");
    let ending = std::thread::spawn(move || run(handle.shutdown(Duration::from_secs(8))));
    door.open();
    assert!(ending.join().expect("no panic"), "nothing was cut off");
    assert_eq!(server.cache.stats().stored, 1);
}
