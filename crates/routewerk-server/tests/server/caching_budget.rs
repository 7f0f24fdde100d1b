//! How much is made at once: calls, bytes, what queues, and what is told of all that.

use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use routewerk_cache::CacheOptions;
use routewerk_handler::{BodyError, BodySource, BodyStream, GenerationFacts, HandlerCall, HandlerReply, ReplyBody};
use routewerk_server::{
    CacheAnswer, GenerationEnd, GenerationObserver, GenerationRecord, Hooks, Limits, ServerOptions,
};

use crate::support::{CachedServer, RawHttp, Recorder, facts, options, reply, text, wait_until};

fn limited(calls: usize, bytes: u64) -> ServerOptions {
    let limits = Limits { max_generations: calls, max_generation_bytes: bytes, ..options().limits };
    ServerOptions { limits, ..options() }
}

/// A handler that counts how many of it are at work, and answers when the door is open.
#[derive(Clone, Default)]
struct Shop {
    is_open: Arc<AtomicBool>,
    inside: Arc<AtomicUsize>,
    most: Arc<AtomicUsize>,
}

impl Shop {
    async fn serve(self, call: HandlerCall) -> HandlerReply {
        let inside = self.inside.fetch_add(1, Ordering::SeqCst) + 1;
        self.most.fetch_max(inside, Ordering::SeqCst);
        while !self.is_open.load(Ordering::SeqCst) {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        self.inside.fetch_sub(1, Ordering::SeqCst);
        facts(text(call.params))
    }
}

fn ask(server: &CachedServer, paths: impl Iterator<Item = String>) -> Vec<RawHttp> {
    let send = |path: String| {
        let mut client = server.server.connect();
        client.send(format!("GET {path} HTTP/1.1\r\nHost: a\r\n\r\n"));
        client
    };
    paths.map(send).collect()
}

#[test]
fn generations_beyond_the_limit_queue_and_all_are_made() {
    let shop = Shop::default();
    let handler = shop.clone();
    let server = CachedServer::with(limited(3, 1 << 20), CacheOptions::default(), move |call| {
        let shop = handler.clone();
        Box::pin(async move { Ok(shop.serve(call).await) })
    });
    let mut clients = ask(&server, (0..40).map(|number| format!("/posts/{number}")));
    let numbers = server.server.running().numbers();
    wait_until("37 queue", || numbers.generations().waiting == 37 && numbers.generations().running == 3);
    assert_eq!(numbers.counters().cache_waiting, 40);
    shop.is_open.store(true, Ordering::SeqCst);
    for (number, client) in clients.iter_mut().enumerate() {
        assert_eq!(client.reply("GET").text(), number.to_string());
    }
    assert_eq!((shop.most.load(Ordering::SeqCst), server.generations()), (3, 40));
    wait_until("nothing is under way", || numbers.generations().running == 0);
    let counters = numbers.counters();
    assert_eq!((counters.generations, counters.cache_misses, counters.cache_waiting), (40, 40, 0));
}

#[test]
fn what_everybody_has_left_before_its_turn_is_not_made() {
    let shop = Shop::default();
    let handler = shop.clone();
    let server = CachedServer::with(limited(1, 1 << 20), CacheOptions::default(), move |call| {
        let shop = handler.clone();
        Box::pin(async move { Ok(shop.serve(call).await) })
    });
    let numbers = server.server.running().numbers();
    let mut first = ask(&server, std::iter::once("/posts/first".to_owned()));
    wait_until("the first is at work", || shop.inside.load(Ordering::SeqCst) == 1);
    let leaving = ask(&server, (0..10).map(|number| format!("/posts/{number}")));
    wait_until("ten queue", || numbers.generations().waiting == 10);
    leaving.into_iter().for_each(RawHttp::reset);
    wait_until("they have left", || numbers.counters().cache_waiting == 1);
    shop.is_open.store(true, Ordering::SeqCst);
    assert_eq!(first[0].reply("GET").text(), "first");
    wait_until("the queue is empty", || numbers.counters().generations_dropped == 10);
    assert_eq!(server.generations(), 1);
    assert_eq!(server.server.get("/posts/3").text(), "3", "whoever asks again gets it");
}

/// A body of so many bytes, and how many of its kind are being read.
struct Long {
    left: u64,
    is_begun: bool,
    is_due: bool,
    reading: Arc<AtomicUsize>,
    most: Arc<AtomicUsize>,
}

impl BodySource for Long {
    fn poll_chunk(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, BodyError>>> {
        if !self.is_begun {
            self.is_begun = true;
            let reading = self.reading.fetch_add(1, Ordering::SeqCst) + 1;
            self.most.fetch_max(reading, Ordering::SeqCst);
        }
        // Lets others have their turn before each chunk.
        self.is_due = !self.is_due;
        if self.is_due {
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        let length = self.left.min(256 << 10);
        self.left -= length;
        if length == 0 {
            self.reading.fetch_sub(1, Ordering::SeqCst);
            return Poll::Ready(None);
        }
        Poll::Ready(Some(Ok(Bytes::from(vec![b'x'; length as usize]))))
    }
}

fn long(length: u64, most: &Arc<AtomicUsize>, reading: &Arc<AtomicUsize>) -> HandlerReply {
    let (reading, most) = (Arc::clone(reading), Arc::clone(most));
    let source = Long { left: length, is_begun: false, is_due: false, reading, most };
    facts(reply(200, &[], ReplyBody::Stream(BodyStream::sized(source, length))))
}

#[test]
fn long_replies_wait_in_their_workers_until_there_is_room_for_them() {
    let (most, reading) = (Arc::<AtomicUsize>::default(), Arc::<AtomicUsize>::default());
    let (handler_most, handler_reading) = (Arc::clone(&most), Arc::clone(&reading));
    let cache = CacheOptions { memory_bytes: 512 << 20, ..CacheOptions::default() };
    let server = CachedServer::with(limited(64, 8 << 20), cache, move |_| {
        let made = long(3 << 20, &handler_most, &handler_reading);
        Box::pin(async move { Ok(made) })
    });
    let numbers = server.server.running().numbers();
    let mut clients = ask(&server, (0..12).map(|number| format!("/posts/{number}")));
    for client in &mut clients {
        let reply = client.reply("GET");
        assert_eq!((reply.status, reply.body.len()), (200, 3 << 20));
        assert!(numbers.generations().bytes <= 8 << 20);
    }
    assert_eq!(most.load(Ordering::SeqCst), 2, "two fit into the room at once");
    wait_until("the room is given back", || numbers.generations().bytes == 0);
}

#[test]
fn a_reply_that_is_longer_than_all_there_is_fails_and_is_told() {
    let (most, reading) = (Arc::<AtomicUsize>::default(), Arc::<AtomicUsize>::default());
    let observed = Observed::default();
    let hooks = Hooks { generations: Some(Arc::new(observed.clone())), ..Hooks::default() };
    let server = CachedServer::hooked(limited(4, 1 << 20), CacheOptions::default(), hooks, move |_| {
        let made = long(5 << 20, &most, &reading);
        Box::pin(async move { Ok(made) })
    });
    let answer = server.server.get("/posts/1");
    assert_eq!((answer.status, answer.body.len()), (500, 0));
    wait_until("it is told", || observed.seen().len() == 2);
    let message = "failed 500 the reply is longer than 1048576 bytes, which is what generations may hold at once";
    assert_eq!(observed.seen()[1], format!("/posts/[id] /posts/1 {message}"));
}

/// Keeps what it is told.
#[derive(Clone, Default)]
struct Observed(Arc<Mutex<Vec<String>>>);

impl Observed {
    fn seen(&self) -> Vec<String> {
        self.0.lock().expect("no panic while held").clone()
    }

    fn note(&self, generation: &GenerationRecord<'_>, what: &str) {
        let text = format!("{} {} {what}", generation.pattern, generation.path);
        self.0.lock().expect("no panic while held").push(text);
    }
}

impl GenerationObserver for Observed {
    fn began(&self, generation: &GenerationRecord<'_>) {
        self.note(generation, &format!("began {:?}", generation.why));
    }

    fn ended(&self, generation: &GenerationRecord<'_>, end: &GenerationEnd<'_>, _: Duration) {
        let what = match end {
            GenerationEnd::Stored { status, body_bytes } => format!("stored {status} {body_bytes}"),
            GenerationEnd::Unstored { status, refusal } => format!("unstored {status} {}", refusal.is_some()),
            GenerationEnd::Failed { status, message, is_logged, is_kept } => match (is_logged, is_kept) {
                (false, false) => format!("failed {status} {message}"),
                flags => format!("failed {status} {message} {flags:?}"),
            },
        };
        self.note(generation, &what);
    }
}

#[test]
fn every_generation_is_told_once_however_many_wait() {
    let observed = Observed::default();
    let hooks = Hooks { generations: Some(Arc::new(observed.clone())), ..Hooks::default() };
    let count = Arc::new(AtomicUsize::new(0));
    let calls = Arc::clone(&count);
    let server = CachedServer::hooked(options(), CacheOptions::default(), hooks, move |_| {
        let number = calls.fetch_add(1, Ordering::SeqCst);
        Box::pin(async move {
            Ok(match number {
                0 => facts(text("hello")),
                1 => {
                    let facts =
                        GenerationFacts { failure: Some("Error: boom".to_owned()), ..GenerationFacts::default() };
                    HandlerReply { facts: Some(Box::new(facts)), ..reply(500, &[], ReplyBody::Null) }
                }
                _ => facts(reply(503, &[], ReplyBody::Null)),
            })
        })
    });
    server.server.get("/posts/1");
    server.server.get("/posts/1");
    server.pass(3);
    server.server.get("/posts/1");
    wait_until("it has failed", || observed.seen().len() == 4);
    assert_eq!(server.server.get("/posts/2").status, 503);
    wait_until("all is told", || observed.seen().len() == 6);
    assert_eq!(
        observed.seen(),
        [
            "/posts/[id] /posts/1 began OnDemand",
            "/posts/[id] /posts/1 stored 200 5",
            "/posts/[id] /posts/1 began Regeneration",
            "/posts/[id] /posts/1 failed 500 Error: boom (true, true)",
            "/posts/[id] /posts/2 began OnDemand",
            "/posts/[id] /posts/2 unstored 503 false",
        ]
    );
    let counters = server.server.running().counters();
    let found = (counters.cache_hits, counters.cache_stale, counters.cache_misses);
    assert_eq!((found, counters.generations, counters.generations_failed), ((1, 1, 2), 3, 1));
}

#[test]
fn a_finished_request_says_what_the_cache_had_for_it() {
    let recorder = Recorder::default();
    let server = CachedServer::hooked(options(), CacheOptions::default(), recorder.hooks(), |_| {
        Box::pin(async { Ok(facts(text("made"))) })
    });
    for path in ["/static", "/static"] {
        server.server.get(path);
    }
    server.pass(3);
    server.server.get("/static");
    server.server.get("/dynamic");
    wait_until("all are told", || recorder.seen().len() == 4);
    let answers: Vec<_> = recorder.seen().iter().map(|seen| seen.cache).collect();
    assert_eq!(answers, [Some(CacheAnswer::Miss), Some(CacheAnswer::Hit), Some(CacheAnswer::Stale), None]);
}

#[test]
fn a_reply_that_takes_a_forged_cookie_back_is_for_nobody_else() {
    let server = CachedServer::start(|_| {
        let fields = [("cache-control", "public, max-age=60"), ("cdn-cache-control", "max-age=60"), ("x-own", "1")];
        Box::pin(async move { Ok(facts(reply(200, &fields, ReplyBody::Complete(Bytes::from_static(b"stored"))))) })
    });
    let plain = server.server.get("/static");
    assert_eq!(
        (plain.header("cache-control"), plain.header("cdn-cache-control")),
        (Some("public, max-age=60"), Some("max-age=60"))
    );
    let mut client = server.server.connect();
    let cookie = "__prerender_bypass=0123456789abcdef0123456789abcdef";
    let private = ["private, no-cache, no-store, max-age=0, must-revalidate"];
    for extra in [vec![], vec![("if-none-match", plain.header("etag").expect("a tag"))]] {
        let fields = [vec![("cookie", cookie)], extra].concat();
        let forged = client.request("GET", "/static", &fields, b"");
        assert_eq!(forged.status, if fields.len() == 1 { 200 } else { 304 });
        assert_eq!((forged.all("cache-control"), forged.all("set-cookie").len()), (private.to_vec(), 2));
        assert_eq!((forged.header("cdn-cache-control"), forged.header("x-own")), (None, Some("1")));
        assert_eq!(forged.header("x-nextjs-cache"), Some("HIT"));
    }
    crate::http2::run(async {
        let mut client = crate::http2::Client::connect(server.server.address).await;
        let reply = client.get_with("/static", "cookie", cookie).await;
        let values = |name: &str| {
            reply.headers().get_all(name).iter().map(|value| value.to_str().unwrap().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!((values("cache-control"), values("set-cookie").len()), (private.map(str::to_owned).to_vec(), 2));
        assert!(values("cdn-cache-control").is_empty());
    });
}
