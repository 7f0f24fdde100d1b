//! The life of a connection: wait for a request, answer it, wait for the next, until one side has had enough.
//!
//! The rule to keep: before anything is awaited from the client, what waits for the client is written. Otherwise both
//! sides wait.

use std::rc::Rc;
use std::task::Poll;
use std::time::Instant;

use routewerk_handler::HandlerEngine;
use tokio::net::TcpStream;

use super::exchange::{After, Exchange, Request};
use super::head::{self, Parsed};
use super::wire::{ClientGone, Wire};
use crate::buffers::{ReadBuffer, WriteBuffer};
use crate::observer::Protocol;
use crate::pipeline::{Decided, Inbound, MethodToken, Peer, Problem};
use crate::record::Draft;
use crate::thread::FrontThread;

/// After so many requests a connection lets the others of its thread go first, even if more of its own are at hand.
const TURN: u32 = 128;

/// What an HTTP/2 client sends first (RFC 9113 section 3.4).
const HTTP2_PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// A connection.
pub(crate) struct Connection<E> {
    wire: Wire<E>,
    peer: Peer,
    /// How many bytes at hand have been looked at without finding a whole head.
    scanned: usize,
    /// Whether no request has come yet.
    is_new: bool,
    /// How many requests have come.
    served: u32,
    /// The request that is being answered.
    request: Option<Request>,
}

/// How a connection has ended.
pub(crate) enum End {
    /// It is closed.
    Closed,
    /// It speaks HTTP/2: the socket and what was read from it.
    Http2 {
        /// The socket.
        stream: TcpStream,
        /// What was read, the preface included.
        read: Vec<u8>,
        /// The client.
        peer: Peer,
    },
}

/// How the serving of HTTP/1.1 requests has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ended {
    Closed,
    Http2,
}

/// What there is to do.
enum Next {
    /// The request that was put aside.
    Request,
    Refuse(Problem),
    Http2,
    Close,
}

impl<E: HandlerEngine + 'static> Connection<E> {
    /// A connection on a socket that was just accepted.
    pub(crate) fn new(thread: Rc<FrontThread<E>>, stream: TcpStream, peer: Peer) -> Self {
        let watch = thread.watches.enter();
        watch.read.set(thread.clock.after(thread.clock.head));
        let wire = Wire { thread, stream, watch, input: ReadBuffer::default(), output: WriteBuffer::default() };
        Self { wire, peer, scanned: 0, is_new: true, served: 0, request: None }
    }

    /// Serves it to its end.
    pub(crate) async fn serve(mut self) -> End {
        if self.serve_requests().await == Ended::Closed {
            self.wire.give_buffers_back();
            return End::Closed;
        }
        let read = self.wire.input.filled().to_vec();
        let Self { wire, peer, .. } = self;
        End::Http2 { stream: wire.into_stream(), read, peer }
    }

    async fn serve_requests(&mut self) -> Ended {
        loop {
            let after = match self.next().await {
                Next::Request => {
                    self.is_new = false;
                    self.served = self.served.wrapping_add(1);
                    if self.served.is_multiple_of(TURN) {
                        tokio::task::yield_now().await;
                    }
                    let request = self.request.as_mut().expect("`take_request` has put it there");
                    Exchange::new(&mut self.wire, &self.peer, request).run().await
                }
                Next::Refuse(problem) => self.refuse(problem),
                Next::Close => return Ended::Closed,
                Next::Http2 => return Ended::Http2,
            };
            match after {
                After::Reuse => self.wait_idle(),
                // Bytes that nobody will read would turn the end into a reset, which can overtake the last reply.
                After::Close if self.wire.input.is_empty() => {
                    // A client that takes nothing any more does not hear of the end either.
                    let _ = self.wire.flush().await;
                    return Ended::Closed;
                }
                After::Close | After::Linger => {
                    if self.wire.flush().await.is_ok() {
                        self.wire.linger().await;
                    }
                    return Ended::Closed;
                }
                After::Drop => return Ended::Closed,
            }
        }
    }

    fn wait_idle(&self) {
        let clock = &self.wire.thread.clock;
        self.wire.watch.read.set(clock.after(clock.keep_alive));
    }

    /// Waits for the next request. What waits to be written goes out first, as soon as nothing more can be answered
    /// without reading: replies to pipelined requests leave together.
    async fn next(&mut self) -> Next {
        std::future::poll_fn(|context| {
            self.wire.watch.register(context);
            loop {
                if let Some(next) = self.take_request() {
                    return Poll::Ready(next);
                }
                match self.wire.poll_flush(context) {
                    Poll::Ready(Ok(())) => {}
                    Poll::Ready(Err(ClientGone)) => return Poll::Ready(Next::Close),
                    // A client that does not take its replies gets no further ones.
                    Poll::Pending => return Poll::Pending,
                }
                if self.wire.thread.is_draining.get() && self.wire.input.is_empty() {
                    return Poll::Ready(Next::Close);
                }
                if self.wire.is_read_deadline_passed() {
                    return Poll::Ready(self.too_late());
                }
                let most = self.wire.thread.options.limits.max_head_bytes;
                match self.wire.poll_fill(most, context) {
                    Poll::Ready(Ok(1..)) => {}
                    Poll::Ready(Ok(0) | Err(_)) => return Poll::Ready(self.input_ended()),
                    Poll::Pending => return Poll::Pending,
                }
            }
        })
        .await
    }

    /// Looks for a request in the bytes at hand.
    fn take_request(&mut self) -> Option<Next> {
        // Empty lines in front of a request line are dropped (RFC 9112 section 2.2).
        while self.wire.input.filled().starts_with(b"\r\n") {
            self.wire.input.consume(2);
            self.scanned = 0;
        }
        let filled = self.wire.input.filled();
        if filled.is_empty() || filled == b"\r" {
            return None;
        }
        if self.is_new && HTTP2_PREFACE.starts_with(&filled[..filled.len().min(HTTP2_PREFACE.len())]) {
            let is_whole = filled.len() >= HTTP2_PREFACE.len();
            return if is_whole { Some(Next::Http2) } else { self.wait_for_head() };
        }
        // A head can only be complete, or wrong in a new way, where another line has ended.
        let limits = &self.wire.thread.options.limits;
        let is_full = filled.len() >= limits.max_head_bytes.min(limits.max_target_bytes);
        if self.scanned > 0 && !is_full && memchr::memchr(b'\n', &filled[self.scanned..]).is_none() {
            self.scanned = filled.len();
            return None;
        }
        match head::parse(filled, limits) {
            Parsed::Refused(problem) => Some(Next::Refuse(problem)),
            Parsed::Partial => self.wait_for_head(),
            Parsed::Complete(head) => {
                let length = head.length;
                self.request = self.decide(head);
                self.wire.input.consume(length);
                self.scanned = 0;
                Some(if self.request.is_some() { Next::Request } else { Next::Close })
            }
        }
    }

    /// The rest of a head is awaited: its deadline begins with its first bytes.
    fn wait_for_head(&mut self) -> Option<Next> {
        if self.scanned == 0 {
            let clock = &self.wire.thread.clock;
            self.wire.watch.read.set(clock.after(clock.head));
        }
        self.scanned = self.wire.input.filled().len();
        None
    }

    /// `None` where the client wants to speak another protocol, which ends the connection as in Next.js.
    fn decide(&self, head: head::Head<'_>) -> Option<Request> {
        let thread = &self.wire.thread;
        thread.counters.requests.add(1);
        if head.upgrade || head.method == MethodToken::Connect {
            return None;
        }
        let record = thread.observer.as_ref().map(|_| {
            let protocol = if head.is_http10 { Protocol::Http10 } else { Protocol::Http11 };
            Box::new(Draft::new(protocol, head.method_text, head.target, Instant::now()))
        });
        let is_head_method = head.method_text == b"HEAD";
        let inbound = Inbound {
            method: head.method,
            target: head.target,
            host: head.host,
            fields: head.fields,
            peer: &self.peer,
        };
        let Decided { decision, fields } = thread.pipeline.decide(inbound);
        Some(Request {
            decision: Some(decision),
            fields,
            record,
            is_http10: head.is_http10,
            is_head: is_head_method,
            keep_alive: head.keep_alive,
            framing: head.framing,
            expect: head.expect,
        })
    }

    /// The deadline for a head has passed: an idle connection is closed, half a head is told so.
    fn too_late(&self) -> Next {
        if self.wire.input.is_empty() {
            return Next::Close;
        }
        self.wire.thread.counters.timeouts.add(1);
        Next::Refuse(Problem::outside(408, "the request took too long to arrive"))
    }

    fn input_ended(&self) -> Next {
        if self.wire.input.is_empty() {
            return Next::Close;
        }
        Next::Refuse(Problem::outside(400, "the request ends within its head"))
    }

    /// Answers bytes that are no request. Where the next one would begin is unknown, so that this is the last answer.
    fn refuse(&mut self, problem: Problem) -> After {
        let thread = Rc::clone(&self.wire.thread);
        thread.counters.requests_refused.add(1);
        if let Some(observer) = &thread.observer {
            observer.refused(self.peer.address, problem.status, problem.detail);
        }
        self.wire.write_last(&thread.pipeline.problem(problem, false));
        After::Linger
    }
}
