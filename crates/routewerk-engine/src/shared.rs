//! What the pool's thread and the front threads know of one another: messages, and the few values that both see.
//!
//! Nothing here is on the path of a call but [`Loads`], which each thread writes with a plain store.

use std::fmt;
use std::os::unix::net::UnixStream;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use routewerk_handler::HandlerHost;
use tokio::sync::mpsc;

/// Why a worker that was ready is gone. Set once, before the worker is killed where it is killed, so that a thread which
/// sees the end of its socket knows what to answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// It ended by itself.
    Died,
    /// Its event loop stood still for longer than the limit.
    Stalled(Duration),
    /// It broke the protocol.
    Violated(String),
    /// It was replaced and did not finish its calls in time.
    Replaced,
    /// The server is shutting down.
    ShutDown,
}

/// One run of a worker, as the pool and the threads see it.
#[derive(Debug)]
pub(crate) struct WorkerShared {
    /// The worker's number.
    pub(crate) number: u32,
    /// How many calls it holds.
    pub(crate) loads: Loads,
    /// Why it is gone.
    pub(crate) fate: OnceLock<Fate>,
}

impl WorkerShared {
    pub(crate) fn new(number: u32, threads: usize) -> Self {
        Self { number, loads: Loads::new(threads), fate: OnceLock::new() }
    }

    /// How many calls it holds, or held when it was lost.
    pub(crate) fn held_calls(&self) -> u32 {
        self.loads.sum()
    }
}

/// How many calls each thread has with a worker. Each thread stores its own count, anyone adds them up: no
/// read-modify-write, and no line of cache that two threads write.
#[derive(Debug)]
pub(crate) struct Loads(Box<[Load]>);

#[derive(Debug, Default)]
#[repr(align(64))]
struct Load(AtomicU32);

impl Loads {
    fn new(threads: usize) -> Self {
        Self((0..threads).map(|_| Load::default()).collect())
    }

    /// Says how many calls a thread has with the worker.
    pub(crate) fn store(&self, thread: usize, calls: u32) {
        self.0[thread].0.store(calls, Ordering::Relaxed);
    }

    /// How many threads there are.
    pub(crate) fn threads(&self) -> usize {
        self.0.len()
    }

    /// How many calls all threads have with the worker. Reads a line of cache that another core writes per thread.
    pub(crate) fn sum(&self) -> u32 {
        self.0.iter().map(|load| load.0.load(Ordering::Relaxed)).sum()
    }
}

/// What the pool tells a front thread.
#[derive(Debug)]
pub(crate) enum ThreadMessage {
    /// A worker takes calls from now on.
    Attach(Attachment),
    /// The worker of this number takes no new calls; report [`LinkNews::Idle`] when it holds none of this thread's.
    Retire(u32),
    /// The process of the worker of this number is gone.
    Gone(u32),
    /// Starts fail again and again: calls that find no worker need not wait. Or no longer so.
    Failing(bool),
    /// The server is shutting down: no new calls.
    Close,
}

/// A thread's end of a worker.
pub(crate) struct Attachment {
    pub(crate) worker: Arc<WorkerShared>,
    pub(crate) socket: UnixStream,
    pub(crate) host: Arc<dyn HandlerHost>,
    /// Has room for all that a run's links can say.
    pub(crate) reports: mpsc::Sender<LinkNews>,
}

impl fmt::Debug for Attachment {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { worker, socket, host: _, reports: _ } = self;
        formatter.debug_struct("Attachment").field("worker", worker).field("socket", socket).finish_non_exhaustive()
    }
}

/// How many messages of the pool may wait for a front thread. A run of a worker makes three, and runs follow one
/// another with pauses.
pub(crate) const MAX_WAITING_MESSAGES: usize = 4096;
/// How many [`LinkNews`] a thread sends about one run of a worker, at most.
pub(crate) const NEWS_PER_THREAD: usize = 3;

/// What a front thread tells the owner of a worker.
#[derive(Debug)]
pub(crate) enum LinkNews {
    /// After [`ThreadMessage::Retire`]: this thread makes no new calls with the worker.
    Retired,
    /// After [`ThreadMessage::Retire`]: this thread has no call with the worker any more.
    Idle,
    /// The data socket has ended.
    Lost,
    /// The worker broke the protocol; the thread has closed its data socket.
    Violated(String),
}
