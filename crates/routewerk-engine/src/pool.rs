//! The pool's handle: what the command and the front threads hold.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use routewerk_handler::HandlerHost;

use crate::{AskError, PoolOptions, PoolStatus, StartError, ThreadEngine, WorkerSpec};

/// The workers of one server. Dropping it kills them.
pub struct WorkerPool {}

impl WorkerPool {
    /// Starts the workers, on a thread of the pool's own, and returns at once; see [`ready`](Self::ready).
    ///
    /// # Errors
    /// [`StartError::System`] when the thread or its event loop cannot be made.
    pub fn start(options: PoolOptions, host: Arc<dyn HandlerHost>) -> Result<Self, StartError> {
        let _ = (options, host);
        Ok(Self {})
    }

    /// The engine of a front thread, to be called once per thread, on it, inside its `LocalSet`.
    ///
    /// # Panics
    /// When `thread_index` is not below `front_threads`, or was attached before.
    pub fn attach(&self, thread_index: usize) -> ThreadEngine {
        let _ = thread_index;
        ThreadEngine {}
    }

    /// Waits for the first ready worker.
    ///
    /// # Errors
    /// The [`StartError`] of the first failed start, if one fails first. The pool goes on trying all the same.
    ///
    /// # Cancel safety
    /// Cancel safe.
    pub async fn ready(&self) -> Result<(), StartError> {
        Err(StartError::ShuttingDown)
    }

    /// What the workers are doing.
    pub fn status(&self) -> PoolStatus {
        PoolStatus { workers: Vec::new(), is_failing: true }
    }

    /// Sends a message to every ready worker; workers that become ready later do not get it.
    ///
    /// # Errors
    /// [`AskError::TooLong`], [`AskError::ShuttingDown`].
    pub fn tell(&self, topic: &str, json: Bytes) -> Result<(), AskError> {
        let _ = (topic, json);
        Ok(())
    }

    /// Asks one worker and waits for its answer, JSON text.
    ///
    /// # Errors
    /// Each [`AskError`].
    pub async fn ask(&self, worker: u32, topic: &str, json: Bytes) -> Result<Bytes, AskError> {
        let _ = (topic, json);
        Err(AskError::NotReady { worker })
    }

    /// Asks every ready worker; the answers by worker number.
    pub async fn ask_all(&self, topic: &str, json: Bytes) -> Vec<(u32, Result<Bytes, AskError>)> {
        let _ = (topic, json);
        Vec::new()
    }

    /// Starts new workers, waits until they are ready, moves new calls over to them and drains the old ones.
    ///
    /// It resolves when the new workers take the calls; the old ones finish in the background.
    ///
    /// # Errors
    /// The [`StartError`] of a new worker that failed to start; the old ones then stay as they are.
    pub async fn reload(&self, spec: WorkerSpec) -> Result<(), StartError> {
        let _ = spec;
        Err(StartError::ShuttingDown)
    }

    /// Lets the workers finish their calls and their `after` work, for at most `deadline`, then ends them.
    ///
    /// Calls that are made from now on fail with `ShuttingDown`. Resolves when no worker is left.
    pub async fn shutdown(&self, deadline: Duration) {
        let _ = deadline;
    }
}
