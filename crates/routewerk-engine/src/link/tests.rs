//! The front's half of the protocol against a worker that this test plays itself, byte by byte.

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::rc::Rc;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use bytes::Bytes;
use proptest::prelude::*;
use routewerk_handler::{
    BodyError, BodySource, BodyStream, HandlerCall, HandlerEngine, HandlerError, HandlerHost, HandlerReply,
    HeaderBlock, HostAnswer, HostRequest, Method, ReplyBody, RequestBody, RouteId,
};
use tokio::sync::mpsc;
use tokio::task::LocalSet;

use crate::ThreadEngine;
use crate::frames::{
    ABORT, CALL, CALL_BODY, CALL_CREDIT, DONE, END, HEADER_BYTES, Header, LAST, MAX_CHUNK_BYTES, REPLY, REPLY_BODY,
    REPLY_CREDIT, STOP, WINDOW_BYTES, read_u32,
};
use crate::shared::{Attachment, LinkNews, NEWS_PER_THREAD, ThreadMessage, WorkerShared};
use crate::thread_engine::ThreadLimits;

/// A host whose cache has seen a number of invalidations.
struct Counting;

const SEQUENCE: u64 = (7 << 32) + 5;

impl HandlerHost for Counting {
    fn answer(&self, _: HostRequest) -> HostAnswer {
        Box::pin(async { Err("nothing is asked here".to_owned()) })
    }

    fn told(&self, _: HostRequest) {}

    fn sequence(&self) -> u64 {
        SEQUENCE
    }
}

/// An engine with one worker, which the test plays.
struct Play {
    engine: Rc<ThreadEngine>,
    worker: UnixStream,
    news: mpsc::Receiver<LinkNews>,
    _messages: mpsc::Sender<ThreadMessage>,
    received: Vec<u8>,
}

fn run(test: impl Future<Output = ()>) {
    let event_loop = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("an event loop");
    LocalSet::new().block_on(&event_loop, async {
        tokio::time::timeout(Duration::from_secs(30), test).await.expect("the test ends in time");
    });
}

impl Play {
    fn new() -> Self {
        let (front, worker) = UnixStream::pair().expect("a socket pair");
        worker.set_nonblocking(true).expect("a socket");
        let (messages, receiver) = mpsc::channel(8);
        let (reports, news) = mpsc::channel(NEWS_PER_THREAD);
        let shared = Arc::new(WorkerShared::new(1, 1));
        let attachment = Attachment { worker: shared, socket: front, host: Arc::new(Counting), reports };
        messages.try_send(ThreadMessage::Attach(attachment)).expect("there is room");
        let limits = ThreadLimits {
            call_timeout: None,
            wait_limit: Duration::from_millis(50),
            max_waiting_calls: 10,
            max_calls_per_worker: 100,
        };
        let engine = Rc::new(ThreadEngine::new(0, limits, receiver));
        Self { engine, worker, news, _messages: messages, received: Vec::new() }
    }

    fn call(&self, body: RequestBody) -> tokio::task::JoinHandle<Result<HandlerReply, HandlerError>> {
        let call = HandlerCall {
            route: RouteId(0),
            method: Method::Post,
            url: "http://localhost/".to_owned(),
            params: String::new(),
            headers: HeaderBlock::new(),
            body,
            generation: None,
        };
        tokio::task::spawn_local(self.engine.call(call))
    }

    /// The next frame from the front, if one is there.
    fn try_frame(&mut self) -> Option<(Header, Vec<u8>)> {
        let mut buffer = [0; 4096];
        while let Ok(count @ 1..) = self.worker.read(&mut buffer) {
            self.received.extend_from_slice(&buffer[..count]);
        }
        let header = Header::decode(&self.received)?;
        let end = HEADER_BYTES + header.length;
        if self.received.len() < end {
            return None;
        }
        let payload = self.received[HEADER_BYTES..end].to_vec();
        self.received.drain(..end);
        Some((header, payload))
    }

    /// The next frame from the front.
    async fn frame(&mut self) -> (Header, Vec<u8>) {
        loop {
            if let Some(frame) = self.try_frame() {
                return frame;
            }
            tokio::time::sleep(Duration::from_micros(200)).await;
        }
    }

    /// Lets the front do all it can do without the worker.
    async fn settle() {
        for _ in 0..20 {
            tokio::task::yield_now().await;
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }

    fn send(&mut self, kind: u8, flags: u8, aux: u16, number: u32, payload: &[u8]) {
        let header = Header { length: payload.len(), kind, flags, aux, number };
        let mut bytes = header.encode().to_vec();
        bytes.extend_from_slice(payload);
        self.send_bytes(&bytes);
    }

    fn send_bytes(&mut self, bytes: &[u8]) {
        self.worker.set_nonblocking(false).expect("a socket");
        self.worker.write_all(bytes).expect("the front reads");
        self.worker.set_nonblocking(true).expect("a socket");
    }
}

/// A body of so many bytes, in chunks of a size.
struct Chunks {
    left: usize,
    size: usize,
}

impl BodySource for Chunks {
    fn poll_chunk(
        mut self: std::pin::Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
    ) -> Poll<Option<Result<Bytes, BodyError>>> {
        if self.left == 0 {
            return Poll::Ready(None);
        }
        let chunk = self.left.min(self.size);
        self.left -= chunk;
        Poll::Ready(Some(Ok(vec![0; chunk].into())))
    }
}

const OK_HEAD: [u8; 8] = [0; 8];

#[test]
fn a_number_is_used_again_only_after_its_last_frame() {
    run(async {
        let mut play = Play::new();
        let first = play.call(RequestBody::Empty);
        assert_eq!(play.frame().await.0.number, 0);
        first.abort();
        assert_eq!(play.frame().await.0.kind, ABORT);
        // The worker has not read the ABORT yet: its reply is on the way.
        let _second = play.call(RequestBody::Empty);
        assert_eq!(play.frame().await.0.number, 1, "number 0 is not free");
        play.send(REPLY, END, 200, 0, &OK_HEAD);
        Play::settle().await;
        let _third = play.call(RequestBody::Empty);
        assert_eq!(play.frame().await.0.number, 2, "number 0 is still not free");
        play.send(DONE, 0, 0, 0, &[]);
        Play::settle().await;
        let _fourth = play.call(RequestBody::Empty);
        assert_eq!(play.frame().await.0.number, 0);
    });
}

#[test]
fn a_reply_before_the_body_is_sent_ends_the_upload_with_last_and_not_without() {
    run(async {
        let mut play = Play::new();
        for (flags, goes_on) in [(END | LAST, false), (END, true)] {
            let body = RequestBody::Stream(BodyStream::new(Chunks { left: 200_000, size: 1000 }));
            let call = play.call(body);
            let number = play.frame().await.0.number;
            let mut sent = 0;
            while sent < WINDOW_BYTES as usize {
                sent += play.frame().await.1.len();
            }
            play.send(REPLY, flags, 200, number, &OK_HEAD);
            assert_eq!(call.await.expect("no panic").expect("a reply").status, 200);
            if goes_on {
                play.send(CALL_CREDIT, 0, 0, number, &20_000_u32.to_le_bytes());
                assert_eq!(play.frame().await.0.kind, CALL_BODY);
                play.send(STOP, 0, 0, number, &[]);
                play.send(DONE, 0, 0, number, &[]);
            }
            Play::settle().await;
            while play.try_frame().is_some() {}
            Play::settle().await;
            assert!(play.try_frame().is_none(), "the upload has ended");
        }
    });
}

#[test]
fn the_end_of_the_socket_answers_every_call() {
    run(async {
        let mut play = Play::new();
        let calls: Vec<_> = (0..3).map(|_| play.call(RequestBody::Empty)).collect();
        for _ in 0..3 {
            assert_eq!(play.frame().await.0.kind, CALL);
        }
        // What was said before the end still counts.
        play.send(REPLY, END | LAST, 204, 1, &OK_HEAD);
        play.worker.shutdown(std::net::Shutdown::Both).expect("it is open");
        let mut outcomes = Vec::new();
        for call in calls {
            outcomes.push(call.await.expect("no panic").map(|reply| reply.status));
        }
        assert_eq!(outcomes, [Err(HandlerError::WorkerDied), Ok(204), Err(HandlerError::WorkerDied)]);
        assert!(matches!(play.news.recv().await, Some(LinkNews::Lost)));
    });
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// The front never sends more of a body than there is credit for, and sends all of it.
    #[test]
    fn an_upload_never_exceeds_its_credit(
        total in 0..400_000_usize,
        size in 1..150_000_usize,
        takes in proptest::collection::vec(1..65_536_u32, 1..6),
    ) {
        run(async {
            let mut play = Play::new();
            let _call = play.call(RequestBody::Stream(BodyStream::new(Chunks { left: total, size })));
            let number = play.frame().await.0.number;
            let (mut credit, mut received, mut takes) = (WINDOW_BYTES, 0, takes.iter().cycle());
            loop {
                let (header, payload) = play.frame().await;
                assert_eq!(header.kind, CALL_BODY);
                assert!(payload.len() <= MAX_CHUNK_BYTES);
                credit = credit.checked_sub(payload.len() as u32).expect("no byte without credit");
                received += payload.len();
                if header.has(END) {
                    break;
                }
                let taken = (*takes.next().expect("endless")).min(WINDOW_BYTES - credit);
                // Whatever the worker gives back, it never gives more than it has got.
                if credit < WINDOW_BYTES / 2 {
                    let give = taken.max(WINDOW_BYTES / 2 - credit);
                    credit += give;
                    play.send(CALL_CREDIT, 0, 0, number, &give.to_le_bytes());
                }
            }
            assert_eq!(received, total);
        });
    }

    /// The front never lets more of a reply come than its consumer has taken plus the window.
    #[test]
    fn a_reply_gets_credit_only_for_what_was_taken(
        pieces in proptest::collection::vec(1..65_536_usize, 1..12),
    ) {
        run(async {
            let mut play = Play::new();
            let call = play.call(RequestBody::Empty);
            let number = play.frame().await.0.number;
            play.send(REPLY, 0, 200, number, &OK_HEAD);
            let ReplyBody::Stream(mut stream) = call.await.expect("no panic").expect("a reply").body else {
                panic!("a stream")
            };
            let (mut credit, mut sent, mut taken) = (WINDOW_BYTES as usize, 0, 0);
            for piece in &pieces {
                let mut left = *piece;
                while left > 0 {
                    let part = left.min(credit);
                    if part > 0 {
                        play.send(REPLY_BODY, 0, 0, number, &vec![0; part]);
                        credit -= part;
                        sent += part;
                        left -= part;
                        continue;
                    }
                    let chunk = stream.chunk().await.expect("a chunk").expect("it is whole");
                    taken += chunk.len();
                    Play::settle().await;
                    while let Some((header, payload)) = play.try_frame() {
                        assert_eq!(header.kind, REPLY_CREDIT);
                        credit += read_u32(&payload, 0).expect("four bytes") as usize;
                    }
                    assert!(credit + sent - taken <= WINDOW_BYTES as usize, "more credit than was taken");
                }
            }
            play.send(REPLY_BODY, END | LAST, 0, number, &[]);
            while let Some(chunk) = stream.chunk().await {
                taken += chunk.expect("it is whole").len();
            }
            assert_eq!(taken, pieces.iter().sum::<usize>());
        });
    }

    /// Whatever a worker sends, the call gets an answer and the front goes on.
    #[test]
    fn rubbish_from_a_worker_is_an_answer_and_never_a_panic(
        kind in prop_oneof![Just(REPLY), Just(REPLY_BODY), Just(CALL_CREDIT), Just(STOP), Just(DONE), any::<u8>()],
        flags in prop_oneof![Just(0), Just(END), Just(END | LAST), any::<u8>()],
        aux in prop_oneof![Just(0), Just(200), any::<u16>()],
        number in 0..3_u32,
        payload in proptest::collection::vec(any::<u8>(), 0..40),
        tail in proptest::collection::vec(any::<u8>(), 0..40),
    ) {
        run(async {
            let mut play = Play::new();
            let call = play.call(RequestBody::Empty);
            play.frame().await;
            play.send(kind, flags, aux, number, &payload);
            // The front may have closed the socket already.
            let _ = play.worker.write_all(&tail);
            Play::settle().await;
            drop(play.worker);
            match call.await.expect("no panic") {
                Ok(reply) => assert!((200..=599).contains(&reply.status)),
                Err(HandlerError::WorkerDied | HandlerError::Protocol(_)) => {}
                Err(error) => panic!("{error}"),
            }
        });
    }
}
