//! The streams of a connection that are being answered: how many, how long held back, how they end.
//! A client may open streams faster than handlers answer them; what keeps that bounded is here.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;

use routewerk_handler::{BodyError, HandlerError, RouteId};

use crate::clock::{Clock, NEVER, Tick};
use crate::counters::ThreadCounters;
use crate::observer::{CacheAnswer, Observer, RequestEnd};
use crate::pipeline::Peer;
use crate::record::Draft;
use crate::thread::CallFacts;

/// The streams of a connection.
#[derive(Default)]
pub(super) struct Streams {
    /// For each stream, when its client will have held it back for too long.
    deadlines: RefCell<Vec<Rc<Cell<Tick>>>>,
}

impl Streams {
    /// Whether there is none.
    pub(super) fn is_empty(&self) -> bool {
        self.deadlines.borrow().is_empty()
    }

    /// When the first of them will have been held back for too long.
    pub(super) fn stalled_at(&self) -> Tick {
        self.deadlines.borrow().iter().map(|deadline| deadline.get()).min().unwrap_or(NEVER)
    }

    /// Adds a stream.
    pub(super) fn enter(self: &Rc<Self>, clock: &Rc<Clock>) -> StreamPlace {
        let deadline = Rc::new(Cell::new(NEVER));
        self.deadlines.borrow_mut().push(Rc::clone(&deadline));
        StreamPlace { streams: Rc::clone(self), deadline, clock: Rc::clone(clock) }
    }
}

/// A stream's place among those of its connection, given up on drop.
pub(super) struct StreamPlace {
    streams: Rc<Streams>,
    deadline: Rc<Cell<Tick>>,
    clock: Rc<Clock>,
}

impl StreamPlace {
    /// Bytes were given to the client: from now on it is awaited.
    pub(super) fn has_given(&self) {
        self.deadline.set(self.clock.write.map_or(NEVER, |ticks| self.clock.after(ticks)));
    }

    /// The client has room for more.
    pub(super) fn is_asked(&self) {
        self.deadline.set(NEVER);
    }
}

impl Drop for StreamPlace {
    fn drop(&mut self) {
        self.streams.deadlines.borrow_mut().retain(|deadline| !Rc::ptr_eq(deadline, &self.deadline));
    }
}

/// What is told at the end of a request. Dropped before an end was named, the client is gone.
pub(super) struct Ending {
    draft: Option<Draft>,
    observer: Option<Arc<dyn Observer>>,
    counters: Arc<ThreadCounters>,
    peer: Peer,
    failure: Option<HandlerError>,
    is_over: bool,
}

impl Ending {
    /// A request whose head has come.
    pub(super) fn new(
        draft: Option<Draft>,
        observer: Option<Arc<dyn Observer>>,
        counters: &Arc<ThreadCounters>,
        peer: Peer,
    ) -> Self {
        Self { draft, observer, counters: Arc::clone(counters), peer, failure: None, is_over: false }
    }

    /// It was matched.
    pub(super) fn matched(&mut self, route: Option<RouteId>) {
        if let Some(draft) = &mut self.draft {
            draft.route = route;
        }
    }

    /// The cache has been asked.
    pub(super) fn looked_up(&mut self, answer: CacheAnswer) {
        if let Some(draft) = &mut self.draft {
            draft.cache = Some(answer);
        }
    }

    /// Its call has ended.
    pub(super) fn answered(&mut self, facts: Option<Box<CallFacts>>) {
        let Some(facts) = facts else { return };
        if let Some(draft) = &mut self.draft {
            draft.called = facts.called;
        }
        self.failure = facts.failure;
    }

    /// Its reply's head is about to go out.
    pub(super) fn replied(&mut self, status: u16) {
        if let Some(draft) = &mut self.draft {
            draft.status = Some(status);
        }
    }

    /// The whole reply has been handed over.
    pub(super) fn complete(&mut self, body_bytes: u64) {
        let failure = self.failure.take();
        self.finish(body_bytes, failure.as_ref().map_or(RequestEnd::Completed, RequestEnd::Failed));
    }

    /// The reply's stream has failed.
    pub(super) fn break_off(&mut self, body_bytes: u64, error: &BodyError) {
        self.finish(body_bytes, RequestEnd::Broken(error));
    }

    fn finish(&mut self, body_bytes: u64, end: RequestEnd<'_>) {
        if std::mem::replace(&mut self.is_over, true) {
            return;
        }
        if end == RequestEnd::ClientGone {
            self.counters.requests_aborted.add(1);
        }
        if let (Some(mut draft), Some(observer)) = (self.draft.take(), &self.observer) {
            draft.body_bytes = body_bytes;
            draft.finish(&**observer, &self.peer, end);
        }
    }

    /// How many bytes have been handed over until now, should the client leave.
    pub(super) fn count(&mut self, body_bytes: u64) {
        if let Some(draft) = &mut self.draft {
            draft.body_bytes = body_bytes;
        }
    }
}

impl Drop for Ending {
    fn drop(&mut self) {
        let body_bytes = self.draft.as_ref().map_or(0, |draft| draft.body_bytes);
        self.finish(body_bytes, RequestEnd::ClientGone);
    }
}
