//! Keeps one worker alive: starts it, starts it again when it died, and ends it when told so.
//!
//! It never spins: the first attempt after a death comes at once, the following ones after growing pauses.

use std::rc::Rc;
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::{mpsc, oneshot, watch};

use super::backoff::Backoff;
use super::context::Context;
use super::life::{Death, Drain, Ready, Served, Starting};
use crate::shared::Fate;
use crate::{AskError, StartError, WorkerEvent, WorkerSpec, WorkerState};

/// What a worker is told to do.
pub(crate) enum Order {
    /// Pass a message on.
    Tell { topic: String, json: Bytes },
    /// Pass a question on.
    Ask { topic: String, json: Bytes, answer: oneshot::Sender<Result<Bytes, AskError>> },
    /// Finish and end, for good.
    Drain(Drain),
}

/// How far a worker is, for a reload that waits for it.
#[derive(Clone, Debug)]
pub(crate) enum Progress {
    /// Its first start is under way.
    Starting,
    /// It is ready and waits for the others.
    Ready,
    /// It takes calls, or did.
    Serving,
    /// It takes no new calls.
    Draining,
    /// Its first start failed.
    Failed(StartError),
}

/// The place of one worker.
pub(crate) struct Post {
    pub(crate) context: Rc<Context>,
    pub(crate) worker: u32,
    pub(crate) spec: Rc<WorkerSpec>,
    /// What it is told to do. Its end is an order to end at once.
    pub(crate) orders: mpsc::Receiver<Order>,
    /// Calls may come.
    pub(crate) gate: watch::Receiver<bool>,
    pub(crate) progress: watch::Sender<Progress>,
}

/// Keeps a worker alive until it is told to drain.
pub(crate) async fn supervise(mut post: Post) {
    let (context, worker) = (Rc::clone(&post.context), post.worker);
    context.board.update(worker, |_| {});
    post.keep_alive().await;
    context.board.remove(worker);
}

impl Post {
    async fn keep_alive(&mut self) {
        let mut backoff = Backoff::new(self.context.limits.max_restart_pause);
        let mut pause = Duration::ZERO;
        loop {
            if self.unless_drained(tokio::time::sleep(pause)).await.is_none() {
                return;
            }
            let context = Rc::clone(&self.context);
            let (worker, spec, mut gate) = (self.worker, Rc::clone(&self.spec), self.gate.clone());
            let progress = self.progress.clone();
            let start = async move { start(context, worker, spec, &mut gate, &progress).await };
            let Some(started) = self.unless_drained(start).await else { return };
            let ready = match started {
                Ok(ready) => ready,
                Err(error) => {
                    pause = backoff.failed();
                    self.start_failed(error, pause);
                    continue;
                }
            };
            let serving = ready.open();
            self.context.start_succeeded();
            self.progress.send_replace(Progress::Serving);
            match serving.serve(&mut self.orders).await {
                Served::Draining(draining, drain) => {
                    // Who asks or tells from now on is told that the worker is not ready.
                    self.orders.close();
                    let retired = || drop(self.progress.send_replace(Progress::Draining));
                    let in_time = draining.finish(drain, retired).await;
                    self.context.host.ended(self.worker);
                    self.context.output.event(WorkerEvent::Drained { worker: self.worker, in_time });
                    return;
                }
                Served::Died(death) => {
                    backoff.ran_for(death.ran_for);
                    pause = backoff.failed();
                    self.died(death);
                }
            }
        }
    }

    /// Waits for something, unless the worker is told to drain first: then there is nothing to finish.
    async fn unless_drained<T>(&mut self, something: impl Future<Output = T>) -> Option<T> {
        tokio::pin!(something);
        loop {
            tokio::select! {
                biased;
                order = self.orders.recv() => match order {
                    Some(Order::Tell { .. }) => {}
                    Some(Order::Ask { answer, .. }) => {
                        // Whoever asked may have gone away.
                        let _ = answer.send(Err(AskError::NotReady { worker: self.worker }));
                    }
                    Some(Order::Drain(_)) | None => return None,
                },
                outcome = &mut something => return Some(outcome),
            }
        }
    }

    fn start_failed(&self, error: StartError, retry_in: Duration) {
        self.context.board.update(self.worker, |entry| {
            entry.pid = None;
            entry.restarts = entry.restarts.saturating_add(1);
        });
        self.context.start_failed(&error);
        self.progress.send_if_modified(|progress| {
            let is_first = !matches!(progress, Progress::Serving);
            if is_first {
                *progress = Progress::Failed(error.clone());
            }
            is_first
        });
        self.context.output.event(WorkerEvent::StartFailed { worker: self.worker, error, retry_in });
    }

    fn died(&self, death: Death) {
        self.context.host.ended(self.worker);
        self.context.board.update(self.worker, |entry| {
            entry.state = WorkerState::Starting;
            entry.pid = None;
            entry.lag = None;
            entry.shared = None;
            entry.restarts = entry.restarts.saturating_add(1);
        });
        let (worker, calls) = (self.worker, death.calls);
        self.context.output.event(match death.fate {
            Fate::Stalled(limit) => WorkerEvent::Stalled { worker, limit, calls },
            Fate::Violated(what) => WorkerEvent::Violated { worker, what, calls },
            Fate::Died | Fate::Replaced | Fate::ShutDown => WorkerEvent::Died { worker, how: death.how, calls },
        });
    }
}

/// Starts a worker and waits until calls may come.
async fn start(
    context: Rc<Context>,
    worker: u32,
    spec: Rc<WorkerSpec>,
    gate: &mut watch::Receiver<bool>,
    progress: &watch::Sender<Progress>,
) -> Result<Ready, StartError> {
    let ready = Starting::spawn(Rc::clone(&context), worker, spec)?.into_ready().await?;
    let (pid, took, debugger) = (ready.pid(), ready.took(), ready.debugger());
    context.output.event(WorkerEvent::Ready { worker, pid, took, debugger });
    if *gate.borrow() {
        return Ok(ready);
    }
    progress.send_replace(Progress::Ready);
    ready.hold(gate).await
}
