//! A connection's socket with its buffers and deadlines: the only place of HTTP/1.1 that reads and writes.
//!
//! Two deadlines run independently: one for what the client must send, one for what it must take.

use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use routewerk_handler::{BodyError, HandlerReply, ReplyBody};
use tokio::io::AsyncWrite;
use tokio::net::TcpStream;

use super::encode::{ReplyFraming, ReplyHead};
use super::intake::{Intake, Taken};
use crate::buffers::{ReadBuffer, WriteBuffer};
use crate::clock::NEVER;
use crate::thread::FrontThread;
use crate::watch::WatchGuard;

/// How far a connection reads ahead of a body's consumer, in one piece.
const BODY_READ: usize = 64 * 1024;

/// The client is gone, or takes nothing any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ClientGone;

/// Why nothing more can be read while a request is being answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum InputEnd {
    /// The client has sent a whole request and then closed its side.
    HalfClosed,
    /// The client is gone.
    Gone,
    /// The request's body is malformed or too long.
    Body(BodyError),
    /// The request's body took longer than it may.
    TooSlow,
}

/// A socket with its buffers and deadlines.
pub(super) struct Wire<E> {
    pub(super) thread: Rc<FrontThread<E>>,
    pub(super) stream: TcpStream,
    pub(super) watch: WatchGuard,
    pub(super) input: ReadBuffer,
    pub(super) output: WriteBuffer,
}

impl<E> Wire<E> {
    /// The bytes of output, to append to. Whatever long piece waits must have been written.
    pub(super) fn out(&mut self) -> &mut Vec<u8> {
        self.output.open(&self.thread.buffers)
    }

    /// Puts the last reply of the connection into the output.
    pub(super) fn write_last(&mut self, reply: &HandlerReply) {
        let body = match &reply.body {
            ReplyBody::Complete(body) => body.clone(),
            ReplyBody::Null | ReplyBody::Stream(_) => Bytes::new(),
        };
        let head = ReplyHead {
            status: reply.status,
            reason: reply.reason.as_deref(),
            lead: b"",
            fields: None,
            headers: &reply.headers,
            framing: ReplyFraming::Length(body.len()),
            keep_alive: false,
        };
        let out = self.output.open(&self.thread.buffers);
        head.write(&self.thread.clock, out);
        out.extend_from_slice(&body);
        self.thread.counters.replied(reply.status);
    }

    /// Sees to it that the end of the connection is an error for the client.
    pub(super) fn reset(&self) {
        // Where the option cannot be set, the socket is broken already.
        let _ = socket2::SockRef::from(&self.stream).set_linger(Some(Duration::ZERO));
    }

    /// Gives the buffers back to the thread; nothing of them is needed any more.
    pub(super) fn give_buffers_back(&mut self) {
        self.input.consume(self.input.filled().len());
        self.input.release(&self.thread.buffers);
        self.output.release(&self.thread.buffers);
    }

    /// Gives the socket up; what was read of it is the caller's to have copied.
    pub(super) fn into_stream(self) -> TcpStream {
        self.stream
    }

    /// Reads once, so that at most `most` bytes are at hand; 0 is the socket's end.
    pub(super) fn poll_fill(&mut self, most: usize, context: &mut Context<'_>) -> Poll<io::Result<usize>> {
        self.input.poll_fill(&mut self.stream, &self.thread.buffers, most, context)
    }

    /// Writes what waits, to its end. The write deadline runs while the socket takes nothing.
    pub(super) fn poll_flush(&mut self, context: &mut Context<'_>) -> Poll<Result<(), ClientGone>> {
        while !self.output.is_empty() {
            match self.output.poll_write(&mut self.stream, &self.thread.buffers, context) {
                Poll::Ready(Ok(_)) => self.watch.write.set(NEVER),
                Poll::Ready(Err(_)) => return Poll::Ready(Err(ClientGone)),
                Poll::Pending => return self.check_write_deadline(),
            }
        }
        Poll::Ready(Ok(()))
    }

    fn check_write_deadline(&self) -> Poll<Result<(), ClientGone>> {
        let clock = &self.thread.clock;
        let deadline = &self.watch.write;
        if deadline.get() == NEVER {
            deadline.set(clock.write.map_or(NEVER, |ticks| clock.after(ticks)));
        } else if clock.has_passed(deadline.get()) {
            self.thread.counters.timeouts.add(1);
            return Poll::Ready(Err(ClientGone));
        }
        Poll::Pending
    }

    /// Writes what waits, to its end.
    pub(super) async fn flush(&mut self) -> Result<(), ClientGone> {
        std::future::poll_fn(|context| {
            self.watch.register(context);
            self.poll_flush(context)
        })
        .await
    }

    /// Whether the client has let its deadline pass.
    pub(super) fn is_read_deadline_passed(&self) -> bool {
        self.thread.clock.has_passed(self.watch.read.get())
    }

    /// Reads while a request is being answered: its body for whoever consumes it, behind it whatever the client sends
    /// next. Ready only when that is over; must not be polled again then.
    pub(super) fn poll_input(&mut self, intake: &mut Intake, context: &mut Context<'_>) -> Poll<InputEnd> {
        loop {
            let most = if intake.is_done() {
                let read_ahead = self.thread.options.limits.max_head_bytes;
                if self.input.filled().len() >= read_ahead {
                    return Poll::Pending;
                }
                read_ahead
            } else {
                match intake.take(&mut self.input, &self.thread.options.limits, context) {
                    Ok(Taken::Done) => {
                        self.watch.read.set(NEVER);
                        continue;
                    }
                    Ok(Taken::Starved) => BODY_READ,
                    Ok(Taken::Blocked) => return self.check_request_deadline(),
                    Err(error) => return Poll::Ready(InputEnd::Body(error)),
                }
            };
            match self.poll_fill(most, context) {
                Poll::Ready(Ok(0)) if intake.is_done() => return Poll::Ready(InputEnd::HalfClosed),
                Poll::Ready(Ok(0) | Err(_)) => return Poll::Ready(InputEnd::Gone),
                Poll::Ready(Ok(_)) => {}
                Poll::Pending => return self.check_request_deadline(),
            }
        }
    }

    /// The deadline runs only while a body is to come.
    fn check_request_deadline(&self) -> Poll<InputEnd> {
        if self.is_read_deadline_passed() { Poll::Ready(InputEnd::TooSlow) } else { Poll::Pending }
    }

    /// Says that nothing more will be written, then reads and drops what the client still sends, so that the last
    /// reply is not lost to a reset (RFC 9112 section 9.6). Bounded in bytes and time.
    pub(super) async fn linger(&mut self) {
        const MOST: u64 = 1024 * 1024;
        let clock = &self.thread.clock;
        self.watch.read.set(clock.after(clock.keep_alive));
        let mut dropped = 0;
        let mut is_shut = false;
        std::future::poll_fn(|context| {
            self.watch.register(context);
            if !is_shut {
                is_shut = ready!(Pin::new(&mut self.stream).poll_shutdown(context)).is_ok();
                if !is_shut {
                    return Poll::Ready(());
                }
            }
            loop {
                dropped += self.input.filled().len() as u64;
                self.input.consume(self.input.filled().len());
                if dropped > MOST || self.is_read_deadline_passed() || self.thread.is_draining.get() {
                    return Poll::Ready(());
                }
                if !matches!(ready!(self.poll_fill(BODY_READ, context)), Ok(1..)) {
                    return Poll::Ready(());
                }
            }
        })
        .await;
    }
}
