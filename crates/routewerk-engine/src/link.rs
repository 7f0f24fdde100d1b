//! One front thread's end of one worker: its calls, what waits to be written, and what every frame from the worker means.
//!
//! A link is shared by the calls that it carries and by the task that [drives](driver::drive) its socket. Nobody holds
//! a borrow across an await or while foreign code can run: a reply that is dropped may come back here to abort its call.
//! So slots are emptied first and their contents dropped afterwards.
//!
//! Reading order: [`slot`] (one call), [`Link::begin`] and [`Link::receive`] (its way out and back), [`reply_stream`] and
//! [`pump`] (bodies), [`driver`] (the socket), [`Link::fail_all`] (the worker's death).

mod driver;
mod facts;
mod pump;
mod receive;
mod reply_stream;
mod slot;
#[cfg(test)]
mod tests;

use std::cell::{Cell, RefCell};
use std::io;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use bytes::Bytes;
use routewerk_handler::{BodyError, BodyStream, HandlerCall, HandlerError, HandlerHost, RequestBody};
use slab::Slab;
use tokio::sync::mpsc;

use self::slot::{Outcome, Slot, Upload, WorkerSide};
use crate::frames::{
    ABORT, CALL, CALL_BODY, CALL_FAIL, CALL_HEAD_BYTES, END, HAS_BODY, Header, MAX_CHUNK_BYTES, MAX_PAYLOAD_BYTES,
    REPLY_CREDIT, SENT, WINDOW_BYTES,
};
use crate::lobby::Lobby;
use crate::outgoing::Outgoing;
use crate::shared::{Attachment, Fate, LinkNews, WorkerShared};
use crate::socket::ChannelSocket;

pub(crate) use self::driver::{End, drive};
pub(crate) use self::slot::Settled;

/// One front thread's end of one worker.
pub(crate) struct Link {
    /// The worker, as the pool and the other threads see it.
    pub(crate) worker: Arc<WorkerShared>,
    thread: usize,
    outgoing: RefCell<Outgoing>,
    calls: RefCell<Slab<Slot>>,
    /// How many calls this thread has with the worker.
    own_calls: Cell<u32>,
    /// How many calls the other threads had when it was last looked at.
    others_calls: Cell<u32>,
    /// Calls with a body whose CALL has not left, in the order of their frames.
    unsent: RefCell<Vec<u32>>,
    /// The task that drives the socket.
    driver: RefCell<Option<Waker>>,
    is_driver_woken: Cell<bool>,
    state: Cell<State>,
    /// The worker's process is gone: what can still be read is all there is.
    is_process_gone: Cell<bool>,
    reports: mpsc::Sender<LinkNews>,
    lobby: Rc<Lobby>,
    host: Arc<dyn HandlerHost>,
}

/// Where the sequence stands in a CALL's head.
const SEQUENCE_AT: usize = 16;

/// Where a link stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// It takes calls.
    Open,
    /// It takes no new calls; the end of its last one is to be reported.
    Retiring,
    /// The socket is closed.
    Over,
}

impl Link {
    /// A link whose calls wait in `lobby` when there is no room.
    pub(crate) fn new(attachment: &Attachment, thread: usize, lobby: Rc<Lobby>) -> Self {
        Self {
            worker: Arc::clone(&attachment.worker),
            thread,
            outgoing: RefCell::default(),
            calls: RefCell::default(),
            own_calls: Cell::new(0),
            others_calls: Cell::new(0),
            unsent: RefCell::default(),
            driver: RefCell::default(),
            is_driver_woken: Cell::new(false),
            state: Cell::new(State::Open),
            is_process_gone: Cell::new(false),
            reports: attachment.reports.clone(),
            lobby,
            host: Arc::clone(&attachment.host),
        }
    }

    /// Sends a call to the worker and returns its number.
    ///
    /// # Errors
    /// [`HandlerError::Protocol`] when the call's head is longer than a frame may be; the server's limits are far below.
    pub(crate) fn begin(&self, mut call: HandlerCall, deaths: u8, since: Option<Instant>) -> Result<u32, HandlerError> {
        let head_bytes = CALL_HEAD_BYTES + call.url.len() + call.params.len() + call.headers.as_bytes().len();
        if head_bytes > MAX_PAYLOAD_BYTES - MAX_CHUNK_BYTES {
            return Err(HandlerError::Protocol(format!("the call's head has {head_bytes} bytes")));
        }
        let mut flags = 0;
        let mut inline = None;
        let mut upload = None;
        match std::mem::take(&mut call.body) {
            RequestBody::Empty => {}
            RequestBody::Complete(bytes) if bytes.len() <= WINDOW_BYTES as usize => {
                flags = HAS_BODY | END;
                call.body = RequestBody::Complete(bytes.clone());
                inline = Some(bytes);
            }
            RequestBody::Complete(bytes) => {
                flags = HAS_BODY;
                upload = Some(Box::new(Upload::new(BodyStream::new(pump::Whole::new(bytes)))));
            }
            RequestBody::Stream(stream) => {
                flags = HAS_BODY;
                upload = Some(Box::new(Upload::new(stream)));
            }
        }

        let is_generation = call.generation.is_some();
        let mut calls = self.calls.borrow_mut();
        let entry = calls.vacant_entry();
        let number = entry.key() as u32;
        let aux = call.method as u16 | call.generation.map_or(0, |generation| generation as u16) << 8;
        let header = Header { length: 0, kind: CALL, flags, aux, number };
        let mut numbers = [0; CALL_HEAD_BYTES];
        let lengths =
            [call.route.0, call.url.len() as u32, call.params.len() as u32, call.headers.as_bytes().len() as u32];
        for (place, value) in numbers.chunks_exact_mut(4).zip(lengths) {
            place.copy_from_slice(&value.to_le_bytes());
        }
        numbers[SEQUENCE_AT..].copy_from_slice(&self.host.sequence().to_le_bytes());
        let parts: [&[u8]; 4] = [&numbers, call.url.as_bytes(), call.params.as_bytes(), call.headers.as_bytes()];
        let mut outgoing = self.outgoing.borrow_mut();
        match inline {
            None => outgoing.frame(header, &parts),
            Some(bytes) => outgoing.body_frame(header, &parts, bytes),
        }
        if flags != 0 {
            self.unsent.borrow_mut().push(number);
        }
        entry.insert(Slot {
            outcome: Outcome::Awaited(None),
            kept: Some(call),
            call_end: outgoing.queued(),
            deaths,
            since,
            stream: None,
            upload,
            is_generation,
            worker: WorkerSide::OwesReply,
            is_aborted: false,
        });
        self.publish_load(&calls);
        self.kick();
        Ok(number)
    }

    /// Takes what has become of a call. To be polled until it is ready, or [forgotten](Self::forget).
    pub(crate) fn poll_outcome(&self, number: u32, context: &mut Context<'_>) -> Poll<Settled> {
        let mut calls = self.calls.borrow_mut();
        let slot = &mut calls[number as usize];
        match std::mem::replace(&mut slot.outcome, Outcome::Taken) {
            Outcome::Settled(settled) => {
                self.remove_if_over(&mut calls, number);
                Poll::Ready(settled)
            }
            Outcome::Awaited(waker) => {
                let waker = waker.filter(|waker| waker.will_wake(context.waker()));
                slot.outcome = Outcome::Awaited(Some(waker.unwrap_or_else(|| context.waker().clone())));
                Poll::Pending
            }
            Outcome::Taken => unreachable!("the future of a call is not polled after it was ready"),
        }
    }

    /// Nobody waits for the reply any more: the client is gone.
    pub(crate) fn forget(&self, number: u32) {
        let outcome = std::mem::replace(&mut self.calls.borrow_mut()[number as usize].outcome, Outcome::Taken);
        // A reply that nobody took speaks for itself: its body aborts the call, its notice says that it was sent.
        drop(outcome);
        self.abort(number);
    }

    /// Gives a call up, if it is not over: the worker is told, and whatever still comes for it is dropped.
    pub(crate) fn abort(&self, number: u32) {
        if self.state.get() == State::Over {
            let mut calls = self.calls.borrow_mut();
            if calls.contains(number as usize) {
                self.remove_if_over(&mut calls, number);
            }
            return;
        }
        let mut calls = self.calls.borrow_mut();
        let Some(slot) = calls.get_mut(number as usize) else { return };
        slot.outcome = Outcome::Taken;
        slot.is_aborted = true;
        slot.stream = None;
        let dropped = (slot.kept.take(), slot.upload.take());
        if slot.worker == WorkerSide::Done {
            self.remove_if_over(&mut calls, number);
        } else {
            self.enqueue(ABORT, 0, number, &[]);
        }
        drop(calls);
        drop(dropped);
    }

    /// Lets the worker send so many further bytes of a reply's body.
    fn give_credit(&self, number: u32, bytes: u32) {
        self.enqueue(REPLY_CREDIT, 0, number, &bytes.to_le_bytes());
    }

    /// The reply has been handed to the client's socket, or will never be.
    fn sent(&self, number: u32) {
        let is_due = self.calls.borrow().get(number as usize).is_some_and(|slot| !slot.is_aborted);
        if is_due && self.state.get() != State::Over {
            self.enqueue(SENT, 0, number, &[]);
        }
    }

    /// Waits until bytes of the call's body may be sent. `None` when the rest is not wanted.
    fn poll_upload_credit(&self, number: u32, context: &mut Context<'_>) -> Poll<Option<u32>> {
        let mut calls = self.calls.borrow_mut();
        let Some(upload) = calls.get_mut(number as usize).and_then(|slot| slot.upload.as_mut()) else {
            return Poll::Ready(None);
        };
        if upload.credit > 0 {
            return Poll::Ready(Some(upload.credit));
        }
        upload.waker = Some(context.waker().clone());
        Poll::Pending
    }

    /// Sends a piece of the call's body, for which there is credit.
    fn send_upload(&self, number: u32, piece: Bytes) {
        let mut calls = self.calls.borrow_mut();
        let Some(upload) = calls.get_mut(number as usize).and_then(|slot| slot.upload.as_mut()) else { return };
        upload.credit -= piece.len() as u32;
        let header = Header { length: 0, kind: CALL_BODY, flags: 0, aux: 0, number };
        self.outgoing.borrow_mut().body_frame(header, &[], piece);
        self.kick();
    }

    /// The call's body is complete, or will never be.
    fn end_upload(&self, number: u32, failure: Option<&BodyError>) {
        let upload = {
            let mut calls = self.calls.borrow_mut();
            calls.get_mut(number as usize).and_then(|slot| slot.upload.take())
        };
        if upload.is_none() {
            return;
        }
        match failure {
            None => self.enqueue(CALL_BODY, END, number, &[]),
            Some(error) => self.enqueue(CALL_FAIL, 0, number, error.to_string().as_bytes()),
        }
    }

    /// Takes no new calls, and reports when the last one is over.
    pub(crate) fn retire(&self) {
        if self.state.get() == State::Open {
            self.state.set(State::Retiring);
            // Where the owner has given the worker up meanwhile, nobody wants to know.
            let _ = self.reports.try_send(LinkNews::Retired);
            self.report_if_idle(&self.calls.borrow());
        }
    }

    /// The worker's process is gone.
    pub(crate) fn process_gone(&self) {
        self.is_process_gone.set(true);
        self.kick();
    }

    /// Whether the link takes a call, when this thread may have at most `limit` calls with a worker.
    pub(crate) fn has_room(&self, limit: u32) -> bool {
        self.state.get() == State::Open && self.own_calls.get() < limit
    }

    /// How many calls the worker holds, as far as this thread knows.
    pub(crate) fn load(&self) -> u32 {
        self.own_calls.get() + self.others_calls.get()
    }

    /// Looks how many calls the other threads have with the worker.
    pub(crate) fn look_at_others(&self) {
        self.others_calls.set(self.worker.loads.sum().saturating_sub(self.own_calls.get()));
    }

    /// Ends the wait of calls that began more than `limit` ago: they are answered 504 and aborted.
    pub(crate) fn expire(&self, limit: Duration, now: Instant) {
        let expired: Vec<u32> = {
            let calls = self.calls.borrow();
            let is_late = |slot: &Slot| slot.is_awaited() && slot.since.is_some_and(|since| now - since >= limit);
            calls.iter().filter(|(_, slot)| is_late(slot)).map(|(number, _)| number as u32).collect()
        };
        for number in expired {
            let mut calls = self.calls.borrow_mut();
            let slot = &mut calls[number as usize];
            slot.settle(Settled::Failed(HandlerError::TimedOut(limit)));
            slot.is_aborted = true;
            let dropped = (slot.kept.take(), slot.upload.take());
            self.enqueue(ABORT, 0, number, &[]);
            drop(calls);
            drop(dropped);
        }
    }

    /// The link is over: every call gets its answer.
    pub(crate) fn fail_all(&self, end: &End) {
        self.state.set(State::Over);
        let fate = match end {
            End::Violated(error) => Fate::Violated(error.to_string()),
            End::Lost => self.worker.fate.get().cloned().unwrap_or(Fate::Died),
        };
        let written = self.outgoing.borrow().written();
        let mut dropped = Vec::new();
        let mut calls = self.calls.borrow_mut();
        calls.retain(|_, slot| {
            slot.worker = WorkerSide::Done;
            if slot.is_awaited() {
                let retry = if fate == Fate::Died { slot.take_retry(written) } else { None };
                slot.settle(match retry {
                    Some(call) => Settled::Retry(call),
                    None => Settled::Failed(fate_error(&fate)),
                });
            }
            if let Some(stream) = slot.stream.take() {
                stream.end(Err(BodyError::WorkerDied));
            }
            dropped.push((slot.kept.take(), slot.upload.take()));
            !slot.is_over()
        });
        self.publish_load(&calls);
        drop(calls);
        drop(dropped);
        // The owner of the worker may be gone already; then there is nobody left who wants to know.
        let _ = self.reports.try_send(match end {
            End::Lost => LinkNews::Lost,
            End::Violated(error) => LinkNews::Violated(error.to_string()),
        });
    }

    /// Writes what waits; called by the driver.
    fn poll_write(self: &Rc<Self>, socket: &mut ChannelSocket, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut outgoing = self.outgoing.borrow_mut();
        if outgoing.is_empty() {
            return Poll::Ready(Ok(()));
        }
        let polled = outgoing.poll_write(|pieces| socket.poll_write(context, pieces));
        if polled.is_ready() {
            socket.all_written();
        }
        let written = outgoing.written();
        drop(outgoing);
        if !self.unsent.borrow().is_empty() {
            self.release_bodies(written);
        }
        polled
    }

    /// The CALLs up to a position have left: nothing of their bodies is kept for a second attempt, and what follows
    /// them starts to flow.
    fn release_bodies(self: &Rc<Self>, written: u64) {
        let mut unsent = self.unsent.borrow_mut();
        let mut calls = self.calls.borrow_mut();
        let mut dropped = Vec::new();
        unsent.retain(|number| {
            let Some(slot) = calls.get_mut(*number as usize) else { return false };
            if slot.call_end > written {
                return true;
            }
            dropped.push(slot.kept.take());
            if let Some(upload) = &mut slot.upload {
                upload.pump = upload.source.take().map(|source| pump::spawn(Rc::clone(self), *number, source));
            }
            false
        });
        drop(calls);
        drop(unsent);
        drop(dropped);
    }

    fn enqueue(&self, kind: u8, flags: u8, number: u32, payload: &[u8]) {
        let header = Header { length: 0, kind, flags, aux: 0, number };
        self.outgoing.borrow_mut().frame(header, &[payload]);
        self.kick();
    }

    /// Sees to it that the driver runs once more in this turn, after the tasks that are ready now.
    fn kick(&self) {
        if self.is_driver_woken.replace(true) {
            return;
        }
        if let Some(driver) = &*self.driver.borrow() {
            driver.wake_by_ref();
        }
    }

    fn remove_if_over(&self, calls: &mut Slab<Slot>, number: u32) {
        if calls[number as usize].is_over() {
            calls.remove(number as usize);
            self.publish_load(calls);
            self.lobby.wake_next();
            self.report_if_idle(calls);
        }
    }

    fn publish_load(&self, calls: &Slab<Slot>) {
        let own_calls = calls.len() as u32;
        self.own_calls.set(own_calls);
        // What a lost worker held stays to be read: its owner may hear of its death before or after this thread.
        if self.state.get() != State::Over {
            self.worker.loads.store(self.thread, own_calls);
        }
    }

    fn report_if_idle(&self, calls: &Slab<Slot>) {
        if self.state.get() == State::Retiring && calls.is_empty() {
            // The owner may have given the worker up meanwhile.
            let _ = self.reports.try_send(LinkNews::Idle);
        }
    }
}

/// What a call is answered whose worker met this fate.
fn fate_error(fate: &Fate) -> HandlerError {
    match fate {
        Fate::Died | Fate::Replaced => HandlerError::WorkerDied,
        Fate::Stalled(limit) => HandlerError::TimedOut(*limit),
        Fate::Violated(what) => HandlerError::Protocol(what.clone()),
        Fate::ShutDown => HandlerError::ShuttingDown,
    }
}
