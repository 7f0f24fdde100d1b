//! What the pool knows about its workers, for health checks, metrics and the terminal.

use std::time::Duration;

/// Where a worker stands in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WorkerState {
    /// Its process is starting, or a pause before the next attempt is running.
    Starting,
    /// It takes calls.
    Ready,
    /// It finishes its calls and takes no new ones.
    Draining,
}

/// One worker.
#[derive(Clone, Debug)]
pub struct WorkerStatus {
    /// Its number, unique in the pool's life; a restarted worker keeps it, a reloaded one gets a new one.
    pub worker: u32,
    /// Its process, if it has one at the moment.
    pub pid: Option<u32>,
    /// Where it stands.
    pub state: WorkerState,
    /// Calls that it holds.
    pub calls: u32,
    /// How often it has been started again after a death.
    pub restarts: u32,
    /// How long its event loop took to answer the last ping.
    pub lag: Option<Duration>,
}

/// All workers of a pool.
#[derive(Clone, Debug)]
pub struct PoolStatus {
    /// The workers by number.
    pub workers: Vec<WorkerStatus>,
    /// True when starts fail again and again: calls are answered 503 at once.
    pub is_failing: bool,
}

impl PoolStatus {
    /// How many workers take calls.
    pub fn ready(&self) -> usize {
        self.workers.iter().filter(|worker| worker.state == WorkerState::Ready).count()
    }
}
