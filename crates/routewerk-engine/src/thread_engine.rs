//! A front thread's side of the pool: chooses a worker for each call, and owns the links to all of them.
//!
//! All of it lives on one thread, in its `LocalSet`: no lock and no read-modify-write stands in the path of a call. What
//! the pool has to say comes through a channel and is handled by a task of its own.

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};
use std::time::{Duration, Instant};

use routewerk_handler::{HandlerCall, HandlerEngine, HandlerError, HandlerReply};
use tokio::sync::mpsc;
use tokio::task::AbortHandle;

use crate::call_future::CallFuture;
use crate::link::{End, Link, drive};
use crate::lobby::Lobby;
use crate::shared::{Attachment, ThreadMessage};
use crate::socket::ChannelSocket;

/// To how many counts of calls a thread looks for every call. Each is a line of cache that another core writes.
const MAX_LOOKS_PER_CALL: usize = 16;
/// Where there are more, how many calls go by what was seen at the last look.
const CALLS_PER_LOOK: usize = 16;

/// Runs handlers in the pool's workers, for one front thread. Dropping it closes the thread's sockets.
pub struct ThreadEngine {
    thread: Rc<Thread>,
}

/// What the calls of a front thread share.
pub(crate) struct Thread {
    index: usize,
    /// The workers, those that are retiring too.
    links: RefCell<Vec<Rc<Link>>>,
    /// Where the search for the least loaded worker begins, so that equals take turns.
    turn: Cell<usize>,
    /// Where calls wait for a worker.
    pub(crate) lobby: Rc<Lobby>,
    pub(crate) limits: ThreadLimits,
    is_failing: Cell<bool>,
    is_closed: Cell<bool>,
    tasks: RefCell<Vec<AbortHandle>>,
}

/// The limits that a front thread keeps.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ThreadLimits {
    pub(crate) call_timeout: Option<Duration>,
    pub(crate) wait_limit: Duration,
    pub(crate) max_waiting_calls: usize,
    /// This thread's share of the limit.
    pub(crate) max_calls_per_worker: u32,
}

/// Why there is no worker for a call at the moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NoWorker {
    /// One may come: wait.
    Yet,
    /// None is to be expected: starts fail again and again.
    Failing,
    /// The server is shutting down.
    Closed,
}

impl ThreadEngine {
    /// The engine of a front thread; to be called on it, inside its `LocalSet`.
    pub(crate) fn new(index: usize, limits: ThreadLimits, messages: mpsc::Receiver<ThreadMessage>) -> Self {
        let thread = Rc::new(Thread {
            index,
            links: RefCell::default(),
            turn: Cell::new(index),
            lobby: Rc::new(Lobby::new(limits.max_waiting_calls)),
            limits,
            is_failing: Cell::new(false),
            is_closed: Cell::new(false),
            tasks: RefCell::default(),
        });
        thread.own(tokio::task::spawn_local(obey(Rc::downgrade(&thread), messages)).abort_handle());
        if let Some(limit) = limits.call_timeout {
            thread.own(tokio::task::spawn_local(sweep(Rc::downgrade(&thread), limit)).abort_handle());
        }
        Self { thread }
    }
}

impl HandlerEngine for ThreadEngine {
    fn call(&self, call: HandlerCall) -> impl Future<Output = Result<HandlerReply, HandlerError>> + 'static {
        CallFuture::new(Rc::clone(&self.thread), call)
    }
}

impl Drop for ThreadEngine {
    fn drop(&mut self) {
        self.thread.tasks.take().iter().for_each(AbortHandle::abort);
    }
}

impl Thread {
    /// The least loaded worker that takes calls.
    pub(crate) fn choose(&self) -> Result<Rc<Link>, NoWorker> {
        if self.is_closed.get() {
            return Err(NoWorker::Closed);
        }
        let limit = self.limits.max_calls_per_worker;
        let links = self.links.borrow();
        let chosen = match links.as_slice() {
            [only] => only.has_room(limit).then_some(only),
            several => {
                let turn = self.turn.get();
                self.turn.set(turn.wrapping_add(1));
                let looks = several.iter().map(|link| link.worker.loads.threads()).sum::<usize>();
                if looks <= MAX_LOOKS_PER_CALL || turn.is_multiple_of(CALLS_PER_LOOK) {
                    for link in several {
                        link.look_at_others();
                    }
                }
                let rotated = several.iter().cycle().skip(turn % several.len().max(1)).take(several.len());
                rotated.filter(|link| link.has_room(limit)).min_by_key(|link| link.load())
            }
        };
        match chosen {
            Some(link) => Ok(Rc::clone(link)),
            None if self.is_failing.get() => Err(NoWorker::Failing),
            None => Err(NoWorker::Yet),
        }
    }

    /// Now, where a call timeout makes the time of a call matter.
    pub(crate) fn call_start(&self) -> Option<Instant> {
        self.limits.call_timeout.map(|_| Instant::now())
    }

    /// Keeps a task, to end it with the engine.
    fn own(&self, task: AbortHandle) {
        let mut tasks = self.tasks.borrow_mut();
        tasks.retain(|task| !task.is_finished());
        tasks.push(task);
    }

    fn obey(self: &Rc<Self>, message: ThreadMessage) {
        match message {
            ThreadMessage::Attach(attachment) => self.attach(attachment),
            ThreadMessage::Retire(worker) => self.links_of(worker).iter().for_each(|link| link.retire()),
            ThreadMessage::Gone(worker) => self.links_of(worker).iter().for_each(|link| link.process_gone()),
            ThreadMessage::Failing(is_failing) => {
                self.is_failing.set(is_failing);
                self.lobby.wake_all();
            }
            ThreadMessage::Close => {
                self.is_closed.set(true);
                self.lobby.wake_all();
            }
        }
    }

    /// The links to a worker: one, or a second one for a moment while the first one of a dead run is being read out.
    fn links_of(&self, worker: u32) -> Vec<Rc<Link>> {
        self.links.borrow().iter().filter(|link| link.worker.number == worker).map(Rc::clone).collect()
    }

    /// A worker takes calls from now on.
    fn attach(self: &Rc<Self>, attachment: Attachment) {
        let link = Rc::new(Link::new(&attachment, self.index, Rc::clone(&self.lobby)));
        let socket = match ChannelSocket::new(attachment.socket) {
            Ok(socket) => socket,
            Err(error) => {
                tracing::error!(worker = attachment.worker.number, %error, "a data socket cannot be watched");
                link.fail_all(&End::Lost);
                return;
            }
        };
        self.links.borrow_mut().push(Rc::clone(&link));
        let thread = Rc::downgrade(self);
        let task = tokio::task::spawn_local(async move {
            let end = drive(Rc::clone(&link), socket).await;
            if let Some(thread) = thread.upgrade() {
                thread.links.borrow_mut().retain(|other| !Rc::ptr_eq(other, &link));
            }
            link.fail_all(&end);
        });
        self.own(task.abort_handle());
        self.lobby.wake_all();
    }
}

/// Does what the pool says, until the pool or the engine is gone.
async fn obey(thread: Weak<Thread>, mut messages: mpsc::Receiver<ThreadMessage>) {
    while let Some(message) = messages.recv().await {
        let Some(thread) = thread.upgrade() else { return };
        thread.obey(message);
    }
    if let Some(thread) = thread.upgrade() {
        thread.obey(ThreadMessage::Close);
    }
}

/// Ends the wait of calls that are too slow. Looks ten times per limit, so a call waits at most a tenth too long.
async fn sweep(thread: Weak<Thread>, limit: Duration) {
    let mut ticks = tokio::time::interval((limit / 10).clamp(Duration::from_millis(5), Duration::from_secs(1)));
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        let Some(thread) = thread.upgrade() else { return };
        let now = Instant::now();
        let links = thread.links.borrow().clone();
        for link in links {
            link.expire(limit, now);
        }
    }
}
