//! What all workers of a pool share on the pool's thread, and what the pool's handle may look at.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use routewerk_handler::HandlerHost;
use tokio::sync::{mpsc, watch};

use super::debugger::DebuggerPorts;
use crate::output::Output;
use crate::shared::{ThreadMessage, WorkerShared};
use crate::{Launcher, Limits, PoolStatus, Runtime, StartError, WorkerState, WorkerStatus};

/// What all workers of a pool share.
pub(crate) struct Context {
    pub(crate) runtime: Runtime,
    pub(crate) launcher: Option<Launcher>,
    pub(crate) limits: Limits,
    pub(crate) temp_dir: PathBuf,
    pub(crate) host: Arc<dyn HandlerHost>,
    pub(crate) output: Output,
    /// The front threads. What is sent to one that is gone is lost, which is right.
    pub(crate) threads: Vec<mpsc::Sender<ThreadMessage>>,
    /// Which front threads have attached.
    pub(crate) attached: Arc<[AtomicBool]>,
    pub(crate) board: Arc<Board>,
    pub(crate) readiness: watch::Sender<Readiness>,
    /// Where their debuggers listen.
    pub(crate) debugger_ports: DebuggerPorts,
    /// How many starts have failed since the last one that did not.
    pub(crate) failed_starts: Cell<u32>,
}

/// Whether a first worker has become ready.
#[derive(Clone, Debug)]
pub(crate) enum Readiness {
    /// Not yet, and nothing has failed.
    Starting,
    /// Yes.
    Ready,
    /// The first attempt failed.
    Failed(StartError),
}

impl Context {
    /// Tells every front thread.
    pub(crate) fn tell_threads(&self, message: impl Fn() -> ThreadMessage) {
        for index in 0..self.threads.len() {
            self.tell_thread(index, message());
        }
    }

    /// Tells one front thread. One that has ended needs to know nothing; one that has stood still for thousands of
    /// messages learns from the ends of its sockets what it has missed.
    pub(crate) fn tell_thread(&self, index: usize, message: ThreadMessage) {
        if let Err(mpsc::error::TrySendError::Full(message)) = self.threads[index].try_send(message) {
            tracing::error!(thread = index, ?message, "a front thread does not take its messages");
        }
    }

    /// How many front threads may make calls.
    pub(crate) fn live_threads(&self) -> usize {
        let threads = self.threads.iter().zip(&*self.attached);
        threads.filter(|(thread, is_attached)| is_attached.load(Ordering::Acquire) && !thread.is_closed()).count()
    }

    /// A start failed. When starts go on failing and no worker is ready, calls need not wait.
    pub(crate) fn start_failed(&self, error: &StartError) {
        self.failed_starts.set(self.failed_starts.get().saturating_add(1));
        self.readiness.send_if_modified(|readiness| {
            let is_first = matches!(readiness, Readiness::Starting);
            if is_first {
                *readiness = Readiness::Failed(error.clone());
            }
            is_first
        });
        let is_failing = self.failed_starts.get() >= self.limits.failing_after && self.board.ready() == 0;
        if is_failing && !self.board.is_failing.swap(true, Ordering::Relaxed) {
            self.tell_threads(|| ThreadMessage::Failing(true));
        }
    }

    /// A worker is ready.
    pub(crate) fn start_succeeded(&self) {
        self.failed_starts.set(0);
        self.readiness.send_replace(Readiness::Ready);
        if self.board.is_failing.swap(false, Ordering::Relaxed) {
            self.tell_threads(|| ThreadMessage::Failing(false));
        }
    }
}

/// The workers' states, for [`WorkerPool::status`](crate::WorkerPool::status).
#[derive(Debug, Default)]
pub(crate) struct Board {
    entries: Mutex<BTreeMap<u32, Entry>>,
    is_failing: AtomicBool,
}

/// One worker's state.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) state: WorkerState,
    pub(crate) pid: Option<u32>,
    pub(crate) restarts: u32,
    pub(crate) lag: Option<Duration>,
    pub(crate) shared: Option<Arc<WorkerShared>>,
}

impl Board {
    /// Changes a worker's entry, which appears with its first change.
    pub(crate) fn update(&self, worker: u32, change: impl FnOnce(&mut Entry)) {
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        let new = Entry { state: WorkerState::Starting, pid: None, restarts: 0, lag: None, shared: None };
        change(entries.entry(worker).or_insert(new));
    }

    /// Takes a worker off.
    pub(crate) fn remove(&self, worker: u32) {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner).remove(&worker);
    }

    /// How many workers are ready.
    pub(crate) fn ready(&self) -> usize {
        self.status().ready()
    }

    /// All of it.
    pub(crate) fn status(&self) -> PoolStatus {
        let entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        let status = |(worker, entry): (&u32, &Entry)| WorkerStatus {
            worker: *worker,
            pid: entry.pid,
            state: entry.state,
            calls: entry.shared.as_ref().map_or(0, |shared| shared.loads.sum()),
            restarts: entry.restarts,
            lag: entry.lag,
        };
        PoolStatus {
            workers: entries.iter().map(status).collect(),
            is_failing: self.is_failing.load(Ordering::Relaxed),
        }
    }
}
