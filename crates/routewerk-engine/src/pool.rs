//! The pool's handle: what the command and the front threads hold.
//!
//! The pool itself runs on a thread of its own. So neither a busy main thread nor a busy front thread delays the
//! pings, and the parent-death signal of the workers, which Linux sends when the *thread* ends that started them,
//! means the pool.

use std::rc::Rc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use bytes::Bytes;
use routewerk_handler::HandlerHost;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::LocalSet;

use crate::director::{Command, Director};
use crate::frames::MAX_PAYLOAD_BYTES;
use crate::output::Output;
use crate::shared::{MAX_WAITING_MESSAGES, ThreadMessage};
use crate::thread_engine::ThreadLimits;
use crate::worker::{Board, Context, DebuggerPorts, Readiness};
use crate::{AskError, PoolOptions, PoolStatus, StartError, ThreadEngine, WorkerSpec};

/// How many commands may wait for the pool's thread.
const MAX_WAITING_COMMANDS: usize = 1024;

/// What workers answered, JSON text or why there is none, by worker number.
pub type WorkerAnswers = Vec<(u32, Result<Bytes, AskError>)>;

/// The workers of one server. Dropping it kills them and waits until they are gone.
///
/// ```no_run
/// # async fn example(options: routewerk_engine::PoolOptions, host: std::sync::Arc<dyn routewerk_handler::HandlerHost>)
/// # -> Result<(), routewerk_engine::StartError> {
/// let pool = routewerk_engine::WorkerPool::start(options, host)?;
/// pool.ready().await?;
/// // On each front thread, inside its `LocalSet`:
/// let engine = pool.attach(0);
/// // … `engine.call(call).await` …
/// pool.shutdown(std::time::Duration::from_secs(10)).await;
/// # Ok(()) }
/// ```
pub struct WorkerPool {
    /// `None` once the pool is being dropped.
    commands: Option<mpsc::Sender<Command>>,
    board: Arc<Board>,
    readiness: watch::Receiver<Readiness>,
    limits: ThreadLimits,
    /// What the pool tells each front thread, until the thread attaches.
    ports: Vec<Mutex<Option<mpsc::Receiver<ThreadMessage>>>>,
    attached: Arc<[AtomicBool]>,
    thread: Option<JoinHandle<()>>,
}

impl WorkerPool {
    /// Starts the workers, on a thread of the pool's own, and returns at once; see [`ready`](Self::ready).
    ///
    /// # Errors
    /// [`StartError::System`] when a thread or its event loop cannot be made.
    pub fn start(options: PoolOptions, host: Arc<dyn HandlerHost>) -> Result<Self, StartError> {
        let PoolOptions { runtime, launcher, spec, workers, front_threads, limits, sink, temp_dir } = options;
        let system = |what| move |error: std::io::Error| StartError::System { what, cause: error.to_string() };
        let event_loop = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(system("the pool's event loop could not be made"))?;
        let output = Output::start(sink).map_err(system("the output's thread could not be started"))?;
        let (commands, command_receiver) = mpsc::channel(MAX_WAITING_COMMANDS);
        let (readiness, readiness_receiver) = watch::channel(Readiness::Starting);
        let (threads, ports): (Vec<_>, Vec<_>) = (0..front_threads.get())
            .map(|_| mpsc::channel(MAX_WAITING_MESSAGES))
            .map(|(sender, receiver)| (sender, Mutex::new(Some(receiver))))
            .unzip();
        let board = Arc::new(Board::default());
        let thread_limits = ThreadLimits {
            call_timeout: limits.call_timeout,
            wait_limit: limits.wait_limit,
            max_waiting_calls: limits.max_waiting_calls.div_ceil(front_threads.get()),
            max_calls_per_worker: u32::try_from(limits.max_calls_per_worker.div_ceil(front_threads.get()))
                .unwrap_or(u32::MAX),
        };
        let attached: Arc<[AtomicBool]> = (0..front_threads.get()).map(|_| AtomicBool::new(false)).collect();
        let (pool_board, pool_attached) = (Arc::clone(&board), Arc::clone(&attached));
        let run = move || {
            let context = Context {
                runtime,
                launcher,
                limits,
                temp_dir,
                host,
                output,
                threads,
                attached: pool_attached,
                board: pool_board,
                readiness,
                debugger_ports: DebuggerPorts::default(),
                failed_starts: std::cell::Cell::new(0),
            };
            let local = LocalSet::new();
            local.block_on(&event_loop, async {
                Director::new(Rc::new(context), workers.get(), spec).run(command_receiver).await;
            });
        };
        let thread = std::thread::Builder::new()
            .name("routewerk-pool".to_owned())
            .spawn(run)
            .map_err(system("the pool's thread could not be started"))?;
        Ok(Self {
            commands: Some(commands),
            board,
            readiness: readiness_receiver,
            limits: thread_limits,
            ports,
            attached,
            thread: Some(thread),
        })
    }

    /// The engine of a front thread, to be called once per thread, on it, inside its `LocalSet`.
    ///
    /// # Panics
    /// When `thread_index` is not below `front_threads`, was attached before, or no `LocalSet` runs.
    pub fn attach(&self, thread_index: usize) -> ThreadEngine {
        let port = self.ports[thread_index].lock().unwrap_or_else(PoisonError::into_inner).take();
        let messages = port.expect("a front thread attaches once");
        self.attached[thread_index].store(true, Ordering::Release);
        ThreadEngine::new(thread_index, self.limits, messages)
    }

    /// Waits for the first ready worker.
    ///
    /// # Errors
    /// The [`StartError`] of the first failed start, if one fails first. The pool goes on trying all the same.
    ///
    /// # Cancel safety
    /// Cancel safe.
    pub async fn ready(&self) -> Result<(), StartError> {
        let mut readiness = self.readiness.clone();
        let settled = readiness.wait_for(|readiness| !matches!(readiness, Readiness::Starting)).await;
        match settled.as_deref() {
            Ok(Readiness::Failed(error)) => Err(error.clone()),
            Ok(Readiness::Ready | Readiness::Starting) => Ok(()),
            Err(_) => Err(StartError::ShuttingDown),
        }
    }

    /// What the workers are doing.
    pub fn status(&self) -> PoolStatus {
        self.board.status()
    }

    /// Sends a message to every ready worker; workers that become ready later do not get it.
    ///
    /// # Errors
    /// [`AskError::TooLong`], [`AskError::Busy`], [`AskError::ShuttingDown`].
    pub fn tell(&self, topic: &str, json: Bytes) -> Result<(), AskError> {
        check_length(topic, &json)?;
        self.try_command(Command::Tell { topic: topic.to_owned(), json })
    }

    /// Asks one worker and waits for its answer, JSON text. The wait is bounded by the worker's life: an event loop
    /// that stands still ends it at the stall limit.
    ///
    /// # Errors
    /// [`AskError`], for each of its reasons.
    ///
    /// # Cancel safety
    /// Cancel safe; the worker may answer all the same.
    pub async fn ask(&self, worker: u32, topic: &str, json: Bytes) -> Result<Bytes, AskError> {
        check_length(topic, &json)?;
        let (answer, receiver) = oneshot::channel();
        self.command(Command::Ask { worker, topic: topic.to_owned(), json, answer }).await?;
        receiver.await.unwrap_or(Err(AskError::NotReady { worker }))
    }

    /// Asks every ready worker; the answers by worker number.
    ///
    /// # Errors
    /// [`AskError::TooLong`], [`AskError::ShuttingDown`]; what a single worker failed at stands beside its number.
    pub async fn ask_all(&self, topic: &str, json: Bytes) -> Result<WorkerAnswers, AskError> {
        check_length(topic, &json)?;
        let (answers, receiver) = oneshot::channel();
        self.command(Command::AskAll { topic: topic.to_owned(), json, answers }).await?;
        let mut found = Vec::new();
        for (worker, answer) in receiver.await.map_err(|_| AskError::ShuttingDown)? {
            found.push((worker, answer.await.unwrap_or(Err(AskError::NotReady { worker }))));
        }
        Ok(found)
    }

    /// Asks every ready worker like [`ask_all`](Self::ask_all), but the question is on its way when this returns: questions
    /// and [messages](Self::tell) that are sent one after the other by one thread arrive in that order. What is returned is the
    /// wait for the answers; dropping it takes nothing back.
    ///
    /// # Errors
    /// [`AskError::TooLong`], [`AskError::Busy`], [`AskError::ShuttingDown`]; what a single worker failed at stands
    /// beside its number.
    pub fn announce(
        &self,
        topic: &str,
        json: Bytes,
    ) -> Result<impl Future<Output = WorkerAnswers> + Send + use<>, AskError> {
        check_length(topic, &json)?;
        let (answers, receiver) = oneshot::channel();
        self.try_command(Command::AskAll { topic: topic.to_owned(), json, answers })?;
        Ok(async move {
            let mut found = Vec::new();
            // A pool that has ended has no worker.
            for (worker, answer) in receiver.await.unwrap_or_default() {
                found.push((worker, answer.await.unwrap_or(Err(AskError::NotReady { worker }))));
            }
            found
        })
    }

    /// Starts new workers, waits until they are ready, moves new calls over to them and drains the old ones.
    ///
    /// It resolves when the new workers take the calls; the old ones finish in the background.
    ///
    /// # Errors
    /// The [`StartError`] of a new worker that failed to start; the old ones then stay as they are.
    /// [`StartError::Superseded`] when another reload was asked for meanwhile.
    ///
    /// # Cancel safety
    /// Cancel safe; the reload goes on.
    pub async fn reload(&self, spec: WorkerSpec) -> Result<(), StartError> {
        let (done, receiver) = oneshot::channel();
        self.command(Command::Reload { spec, done }).await.map_err(|_| StartError::ShuttingDown)?;
        receiver.await.unwrap_or(Err(StartError::ShuttingDown))
    }

    /// Lets the workers finish their calls and their `after` work, for at most `deadline`, then ends them.
    ///
    /// Calls that are made from now on fail with `ShuttingDown`. Resolves when no worker is left and the sink has got
    /// their last lines.
    ///
    /// # Cancel safety
    /// Cancel safe; the shutdown goes on.
    pub async fn shutdown(&self, deadline: Duration) {
        let (done, receiver) = oneshot::channel();
        if self.command(Command::Shutdown { deadline, done }).await.is_ok() {
            // The pool's thread answers or ends; either means that no worker is left.
            let _ = receiver.await;
        }
    }

    fn try_command(&self, command: Command) -> Result<(), AskError> {
        let commands = self.commands.as_ref().ok_or(AskError::ShuttingDown)?;
        commands.try_send(command).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => AskError::Busy,
            mpsc::error::TrySendError::Closed(_) => AskError::ShuttingDown,
        })
    }

    async fn command(&self, command: Command) -> Result<(), AskError> {
        let commands = self.commands.as_ref().ok_or(AskError::ShuttingDown)?;
        commands.send(command).await.map_err(|_| AskError::ShuttingDown)
    }
}

impl Drop for WorkerPool {
    fn drop(&mut self) {
        // The end of the commands ends the director, which kills the workers.
        self.commands = None;
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the pool's thread panicked");
        }
    }
}

fn check_length(topic: &str, json: &Bytes) -> Result<(), AskError> {
    let found_bytes = 2 + topic.len() + json.len();
    if found_bytes > MAX_PAYLOAD_BYTES || topic.len() > usize::from(u16::MAX) {
        return Err(AskError::TooLong { found_bytes, limit_bytes: MAX_PAYLOAD_BYTES });
    }
    Ok(())
}
