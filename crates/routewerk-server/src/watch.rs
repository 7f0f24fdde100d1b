//! The list of a thread's open connections: who is to be woken when a deadline has passed or the server shuts down.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::task::{Context, Waker};

use tokio::sync::Notify;

use crate::clock::{NEVER, Tick};

/// What the sweeper knows of a connection.
pub(crate) struct Watch {
    /// When the client must have sent what is awaited from it.
    pub(crate) read: Cell<Tick>,
    /// When the client must have taken some of what waits for it.
    pub(crate) write: Cell<Tick>,
    place: Cell<usize>,
    waker: RefCell<Option<Waker>>,
}

impl Watch {
    /// Keeps the waker of the task that serves the connection; costs a comparison where it is the same.
    pub(crate) fn register(&self, context: &Context<'_>) {
        let mut waker = self.waker.borrow_mut();
        if !waker.as_ref().is_some_and(|known| known.will_wake(context.waker())) {
            *waker = Some(context.waker().clone());
        }
    }

    fn wake(&self) {
        if let Some(waker) = &*self.waker.borrow() {
            waker.wake_by_ref();
        }
    }
}

/// All connections of a thread.
#[derive(Default)]
pub(crate) struct Watches {
    list: RefCell<Vec<Rc<Watch>>>,
    /// Told when the list becomes empty, or stops being so.
    changed: Notify,
}

impl Watches {
    /// Adds a connection.
    pub(crate) fn enter(self: &Rc<Self>) -> WatchGuard {
        let mut list = self.list.borrow_mut();
        let watch = Rc::new(Watch {
            read: Cell::new(NEVER),
            write: Cell::new(NEVER),
            place: Cell::new(list.len()),
            waker: RefCell::new(None),
        });
        list.push(Rc::clone(&watch));
        if list.len() == 1 {
            self.changed.notify_waiters();
        }
        WatchGuard { watches: Rc::clone(self), watch }
    }

    /// Wakes every connection with a deadline that has passed.
    pub(crate) fn sweep(&self, now: Tick) {
        for watch in &*self.list.borrow() {
            if watch.read.get() <= now || watch.write.get() <= now {
                watch.wake();
            }
        }
    }

    /// Wakes every connection.
    pub(crate) fn wake_all(&self) {
        self.list.borrow().iter().for_each(|watch| watch.wake());
    }

    /// Whether there is no connection.
    pub(crate) fn is_empty(&self) -> bool {
        self.list.borrow().is_empty()
    }

    /// Resolves when there is no connection.
    pub(crate) async fn emptied(&self) {
        while !self.is_empty() {
            self.changed.notified().await;
        }
    }

    /// Resolves when there is a connection.
    pub(crate) async fn entered(&self) {
        while self.is_empty() {
            self.changed.notified().await;
        }
    }
}

/// A connection's place in the list, given up on drop.
pub(crate) struct WatchGuard {
    watches: Rc<Watches>,
    watch: Rc<Watch>,
}

impl std::ops::Deref for WatchGuard {
    type Target = Watch;

    fn deref(&self) -> &Watch {
        &self.watch
    }
}

impl Drop for WatchGuard {
    fn drop(&mut self) {
        let mut list = self.watches.list.borrow_mut();
        let place = self.watch.place.get();
        list.swap_remove(place);
        if let Some(moved) = list.get(place) {
            moved.place.set(place);
        }
        if list.is_empty() {
            self.watches.changed.notify_waiters();
        }
    }
}
