//! The body of a reply that arrives in pieces: the queue between the link, which fills it, and the server, which
//! empties it.
//!
//! The queue holds at most the window: the worker sends no more than it has credit for, and credit goes back only for
//! what the server has taken.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use routewerk_handler::{BodyError, BodySource};

use super::Link;
use crate::frames::{CREDIT_BATCH_BYTES, ProtocolError, WINDOW_BYTES};

/// The pieces that have arrived and not been taken.
#[derive(Debug)]
pub(crate) struct ReplyStream {
    state: RefCell<State>,
}

#[derive(Debug)]
struct State {
    pieces: VecDeque<Bytes>,
    end: Option<Result<(), BodyError>>,
    waker: Option<Waker>,
    /// How many bytes the worker may still send.
    window: u32,
    /// How many bytes were taken and not given back as credit.
    owed: u32,
    /// How many bytes are still to come, where the whole length is known.
    missing: Option<u64>,
}

impl ReplyStream {
    /// A stream that has received nothing yet; `length` where the whole is known.
    pub(crate) fn new(length: Option<u64>) -> Self {
        Self {
            state: RefCell::new(State {
                pieces: VecDeque::new(),
                end: None,
                waker: None,
                window: WINDOW_BYTES,
                owed: 0,
                missing: length,
            }),
        }
    }

    /// Takes a piece from the worker.
    pub(crate) fn push(&self, number: u32, piece: Bytes) -> Result<(), ProtocolError> {
        if piece.is_empty() {
            return Ok(());
        }
        let mut state = self.state.borrow_mut();
        let over = ProtocolError::Window { number, what: "reply body" };
        let length = piece.len() as u32;
        state.window = state.window.checked_sub(length).ok_or(over)?;
        if let Some(missing) = state.missing {
            let over = ProtocolError::Size { number };
            state.missing = Some(missing.checked_sub(u64::from(length)).ok_or(over)?);
        }
        state.pieces.push_back(piece);
        state.wake();
        Ok(())
    }

    /// The worker says that the body is complete.
    pub(crate) fn complete(&self, number: u32) -> Result<(), ProtocolError> {
        if !matches!(self.state.borrow().missing, None | Some(0)) {
            return Err(ProtocolError::Size { number });
        }
        self.end(Ok(()));
        Ok(())
    }

    /// The body is over. What has arrived before can still be taken.
    pub(crate) fn end(&self, end: Result<(), BodyError>) {
        let mut state = self.state.borrow_mut();
        state.end.get_or_insert(end);
        state.wake();
    }

    fn is_ended(&self) -> bool {
        self.state.borrow().end.is_some()
    }
}

impl State {
    fn wake(&mut self) {
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
    }
}

/// The server's end of a [`ReplyStream`].
pub(crate) struct ReplyBodySource {
    stream: Rc<ReplyStream>,
    link: Rc<Link>,
    number: u32,
}

impl ReplyBodySource {
    pub(crate) fn new(stream: Rc<ReplyStream>, link: Rc<Link>, number: u32) -> Self {
        Self { stream, link, number }
    }
}

impl BodySource for ReplyBodySource {
    fn poll_chunk(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, BodyError>>> {
        let mut state = self.stream.state.borrow_mut();
        let Some(piece) = state.pieces.pop_front() else {
            return match &state.end {
                Some(Ok(())) => Poll::Ready(None),
                Some(Err(error)) => Poll::Ready(Some(Err(error.clone()))),
                None => {
                    state.waker = Some(context.waker().clone());
                    Poll::Pending
                }
            };
        };
        state.owed += piece.len() as u32;
        if state.owed >= CREDIT_BATCH_BYTES && state.end.is_none() {
            let credit = std::mem::take(&mut state.owed);
            state.window += credit;
            self.link.give_credit(self.number, credit);
        }
        Poll::Ready(Some(Ok(piece)))
    }
}

impl Drop for ReplyBodySource {
    fn drop(&mut self) {
        // While the stream has no end the number is this call's; afterwards it may be another's.
        if !self.stream.is_ended() {
            self.link.abort(self.number);
        }
    }
}
