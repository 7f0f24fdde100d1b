//! What a front thread remembers of one call that a worker holds.
//!
//! A slot is in use until both are over: the worker's side (LAST or DONE has come) and the front's (the outcome was taken
//! or is not wanted any more). Its index is the call number, so a number is used again only when the worker
//! will send nothing further for it.

use std::rc::Rc;
use std::task::Waker;
use std::time::Instant;

use routewerk_handler::{BodyStream, HandlerCall, HandlerError, HandlerReply, RequestBody};
use tokio::task::AbortHandle;

use super::reply_stream::ReplyStream;
use crate::frames::{ProtocolError, WINDOW_BYTES};

/// What has become of a call.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// Its reply is due.
    Awaited(Option<Waker>),
    /// Here it is, and nobody has taken it yet.
    Settled(Settled),
    /// It was taken, or nobody wants it.
    Taken,
}

/// What the future of a call resolves to.
#[derive(Debug)]
pub(crate) enum Settled {
    /// The reply.
    Reply(HandlerReply),
    /// There is none.
    Failed(HandlerError),
    /// The worker died and the call may be made once more.
    Retry(HandlerCall),
}

/// What a front thread remembers of one call.
#[derive(Debug)]
pub(crate) struct Slot {
    pub(crate) outcome: Outcome,
    /// What is needed to make the call once more. For a call with a body only until its CALL has left.
    pub(crate) kept: Option<HandlerCall>,
    /// Where the CALL frame ends in the stream of bytes to the worker.
    pub(crate) call_end: u64,
    /// How often the call has been made before.
    pub(crate) deaths: u8,
    /// When the call was made, where a call timeout is set.
    pub(crate) since: Option<Instant>,
    /// Where the pieces of a streamed reply go, from the reply's head to its end.
    pub(crate) stream: Option<Rc<ReplyStream>>,
    /// How the call's body is going, if it did not leave with the head.
    pub(crate) upload: Option<Box<Upload>>,
    /// Whether the reply may have facts.
    pub(crate) is_generation: bool,
    /// How far the worker is.
    pub(crate) worker: WorkerSide,
    /// The client is gone or the call was given up: whatever still comes is dropped.
    pub(crate) is_aborted: bool,
}

/// How far the worker is with a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum WorkerSide {
    /// It owes the reply.
    OwesReply,
    /// It owes the rest of the reply's body.
    OwesBody,
    /// It owes the word that nothing further comes.
    OwesDone,
    /// Nothing further comes.
    Done,
}

impl WorkerSide {
    /// What it is doing, for a message.
    pub(crate) const fn describe(self) -> &'static str {
        match self {
            Self::OwesReply => "its reply is due",
            Self::OwesBody => "its reply's body is under way",
            Self::OwesDone => "its reply is complete",
            Self::Done => "it is over",
        }
    }
}

/// A body that is sent after its CALL.
#[derive(Debug)]
pub(crate) struct Upload {
    /// What is to be sent, until the CALL has left and the pump takes it.
    pub(crate) source: Option<BodyStream>,
    /// How many bytes may be sent.
    pub(crate) credit: u32,
    /// The pump, when it waits for credit.
    pub(crate) waker: Option<Waker>,
    /// Ends the pump.
    pub(crate) pump: Option<AbortHandle>,
}

impl Upload {
    pub(crate) fn new(source: BodyStream) -> Self {
        Self { source: Some(source), credit: WINDOW_BYTES, waker: None, pump: None }
    }

    /// Adds credit that the worker gave back.
    pub(crate) fn add_credit(&mut self, number: u32, bytes: u32) -> Result<(), ProtocolError> {
        let credit = self.credit.checked_add(bytes).filter(|credit| *credit <= WINDOW_BYTES);
        self.credit = credit.ok_or(ProtocolError::Window { number, what: "credit" })?;
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
        Ok(())
    }
}

impl Drop for Upload {
    fn drop(&mut self) {
        if let Some(pump) = &self.pump {
            pump.abort();
        }
    }
}

impl Slot {
    /// Whether the slot can be given up.
    pub(crate) fn is_over(&self) -> bool {
        self.worker == WorkerSide::Done && matches!(self.outcome, Outcome::Taken)
    }

    /// Whether somebody still waits for the reply.
    pub(crate) fn is_awaited(&self) -> bool {
        matches!(self.outcome, Outcome::Awaited(_))
    }

    /// Settles the outcome, if somebody still waits for it, and wakes him.
    pub(crate) fn settle(&mut self, settled: Settled) {
        if let Outcome::Awaited(waker) = &mut self.outcome {
            let waker = waker.take();
            self.outcome = Outcome::Settled(settled);
            if let Some(waker) = waker {
                waker.wake();
            }
        }
    }

    /// The call once more, if it may be made once more after its worker died having read `written` bytes.
    ///
    /// Once, and only if it never left, or if repeating it is harmless and no byte of a body has crossed.
    pub(crate) fn take_retry(&mut self, written: u64) -> Option<HandlerCall> {
        if self.deaths > 0 || !self.is_awaited() {
            return None;
        }
        let never_left = written < self.call_end;
        let mut call = self.kept.take()?;
        if let Some(source) = self.upload.as_mut().and_then(|upload| upload.source.take()) {
            call.body = RequestBody::Stream(source);
        }
        let is_harmless = call.method.is_retryable() && matches!(call.body, RequestBody::Empty);
        (never_left || is_harmless).then_some(call)
    }
}
