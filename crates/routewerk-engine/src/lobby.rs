//! Where the calls of a front thread wait for a worker that takes them, first come, first served.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::task::Waker;

/// A place in the [`Lobby`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ticket(u64);

/// The calls of a front thread that wait, in order.
#[derive(Debug)]
pub(crate) struct Lobby {
    state: RefCell<State>,
    limit: usize,
}

#[derive(Debug, Default)]
struct State {
    waiting: VecDeque<(Ticket, Waker)>,
    next: u64,
}

impl Lobby {
    /// A lobby for at most `limit` calls.
    pub(crate) fn new(limit: usize) -> Self {
        Self { state: RefCell::default(), limit }
    }

    /// Whether nobody waits.
    pub(crate) fn is_empty(&self) -> bool {
        self.state.borrow().waiting.is_empty()
    }

    /// Whether the holder of a ticket is next.
    pub(crate) fn is_next(&self, ticket: Ticket) -> bool {
        self.state.borrow().waiting.front().is_some_and(|(first, _)| *first == ticket)
    }

    /// Takes the last place; `None` when there is none.
    pub(crate) fn enter(&self, waker: &Waker) -> Option<Ticket> {
        let mut state = self.state.borrow_mut();
        if state.waiting.len() >= self.limit {
            return None;
        }
        let ticket = Ticket(state.next);
        state.next += 1;
        state.waiting.push_back((ticket, waker.clone()));
        Some(ticket)
    }

    /// Remembers how to wake the holder of a ticket.
    pub(crate) fn stay(&self, ticket: Ticket, waker: &Waker) {
        let mut state = self.state.borrow_mut();
        if let Some((_, kept)) = state.waiting.iter_mut().find(|(held, _)| *held == ticket) {
            kept.clone_from(waker);
        }
    }

    /// Gives a place up, and lets the next one look.
    pub(crate) fn leave(&self, ticket: Ticket) {
        self.state.borrow_mut().waiting.retain(|(held, _)| *held != ticket);
        self.wake_next();
    }

    /// Lets the first one look whether there is a worker for it.
    pub(crate) fn wake_next(&self) {
        if let Some((_, waker)) = self.state.borrow().waiting.front() {
            waker.wake_by_ref();
        }
    }

    /// Lets everybody look: something changed for all.
    pub(crate) fn wake_all(&self) {
        self.state.borrow().waiting.iter().for_each(|(_, waker)| waker.wake_by_ref());
    }
}
