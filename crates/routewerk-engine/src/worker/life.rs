//! The life of one run of a worker. Each state is a type, and what leads on consumes it:
//!
//! ```text
//! Starting ──ready──▶ Ready ──open──▶ Serving ──drain──▶ Draining ──▶ gone
//!    │                  │                │                   │
//!    └─────StartError───┴─────Death──────┴──── (in time, or killed at its limit)
//! ```
//!
//! `Starting`: the process runs, the worker has not answered `init`. `Ready`: it has, but takes no calls yet (a reload waits
//! for all of its workers). `Serving`: the front threads have its data sockets. `Draining`: it takes no new calls. Dropping any
//! of them kills the process.

use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinHandle;

use super::context::Context;
use super::control::{Control, ControlEnd, drive};
use super::process::{Birth, Exit, Process};
use super::pulse::{Beat, Pulse};
use super::sockets::{Rendezvous, Sockets};
use super::supervisor::Order;
use super::version;
use crate::launch;
use crate::shared::{Attachment, Fate, LinkNews, NEWS_PER_THREAD, ThreadMessage, WorkerShared};
use crate::socket::ChannelSocket;
use crate::{AskError, StartError, WorkerSpec, WorkerState};

/// How long a worker that has closed a socket may take to end by itself.
const LAST_BREATH: Duration = Duration::from_secs(1);
/// A worker whose process runs and which is not ready.
pub(crate) struct Starting {
    context: Rc<Context>,
    worker: u32,
    spec: Rc<WorkerSpec>,
    process: Process,
    rendezvous: Rendezvous,
    since: Instant,
}

impl Starting {
    /// Starts the process.
    pub(crate) fn spawn(context: Rc<Context>, worker: u32, spec: Rc<WorkerSpec>) -> Result<Self, StartError> {
        let system = |error: std::io::Error| StartError::System {
            what: "the worker's sockets could not be made",
            cause: error.to_string(),
        };
        let since = Instant::now();
        let mut rendezvous =
            Rendezvous::new(context.runtime.kind, context.threads.len(), &context.temp_dir).map_err(system)?;
        let process = Process::spawn(Birth {
            worker,
            runtime: &context.runtime,
            launcher: context.launcher.as_ref(),
            spec: &spec,
            address: rendezvous.address(),
            descriptors: rendezvous.take_descriptors(),
            output: &context.output,
            debugger: spec.debugger.map(|first| context.debugger_ports.take(first)),
        })?;
        context.board.update(worker, |entry| entry.pid = Some(process.pid()));
        Ok(Self { context, worker, spec, process, rendezvous, since })
    }

    /// Waits until the worker is ready.
    pub(crate) async fn into_ready(self) -> Result<Ready, StartError> {
        let Self { context, worker, spec, mut process, rendezvous, since } = self;
        let limit = context.limits.start_timeout;
        let control = Control::new(worker, Arc::clone(&context.host));
        let greeted = {
            let greet = greet(&context, &control, &spec, rendezvous);
            tokio::pin!(greet);
            tokio::select! {
                biased;
                greeted = &mut greet => Some(greeted),
                exit = process.wait() => {
                    // Its last words may still be in the socket.
                    if let Ok(Err(Some(error))) = tokio::time::timeout(LAST_BREATH, &mut greet).await {
                        return Err(error);
                    }
                    return Err(died_early(&context, &control, process, exit).await);
                }
                () = tokio::time::sleep(limit) => None,
            }
        };
        match greeted {
            Some(Ok((data, driver))) => {
                let shared = Arc::new(WorkerShared::new(worker, context.threads.len()));
                Ok(Ready { run: Run { context, worker, process, control, driver, shared, since }, data })
            }
            Some(Err(Some(error))) => Err(error),
            Some(Err(None)) => {
                let exit = process.wait_or_kill(LAST_BREATH).await;
                Err(died_early(&context, &control, process, exit).await)
            }
            None => {
                process.kill();
                Err(StartError::TimedOut { limit, stderr_tail: process.last_lines().await })
            }
        }
    }
}

/// Meets a new worker: its sockets, its version, its answer to `init`. `Err(None)` is the end of the control socket.
async fn greet(
    context: &Context,
    control: &Rc<Control>,
    spec: &WorkerSpec,
    rendezvous: Rendezvous,
) -> Result<(Vec<std::os::unix::net::UnixStream>, Driver), Option<StartError>> {
    let system = |error: std::io::Error| {
        Some(StartError::System { what: "the worker's sockets could not be opened", cause: error.to_string() })
    };
    let Sockets { control: socket, data } = rendezvous.connect().await.map_err(system)?;
    let socket = ChannelSocket::new(socket).map_err(system)?;
    let mut driver = Driver(tokio::task::spawn_local(drive(Rc::clone(control), socket)));

    let started = tokio::select! {
        started = control.started() => started,
        end = driver.end() => return Err(start_end(end)),
    };
    if started.runtime == context.runtime.kind.name() {
        version::check(context.runtime.kind, &context.runtime.program, &started.version)?;
    }
    let init = init(spec, data.len());
    let answer = control.ask("init", init).map_err(|error| Some(StartError::Refused { message: error.to_string() }))?;
    let answered = tokio::select! {
        answered = answer => answered,
        end = driver.end() => return Err(start_end(end)),
    };
    match answered {
        Ok(Ok(_)) => Ok((data, driver)),
        Ok(Err(AskError::Failed { message, .. })) => Err(Some(StartError::Refused { message })),
        Ok(Err(error)) => Err(Some(StartError::Refused { message: error.to_string() })),
        Err(_) => Err(start_end(driver.end().await)),
    }
}

/// The question `init`: what the command said, and how many data sockets there are.
fn init(spec: &WorkerSpec, data_sockets: usize) -> Bytes {
    let mut init = spec.init.clone();
    if let serde_json::Value::Object(fields) = &mut init {
        fields.insert("dataSockets".to_owned(), data_sockets.into());
    }
    init.to_string().into()
}

fn start_end(end: ControlEnd) -> Option<StartError> {
    match end {
        ControlEnd::Lost => None,
        ControlEnd::Violated(error) => Some(StartError::Protocol { what: error.to_string() }),
    }
}

/// Why a worker ended before it was ready.
async fn died_early(context: &Context, control: &Control, mut process: Process, exit: Exit) -> StartError {
    let stderr_tail = process.last_lines().await;
    let program = context.runtime.program.clone();
    if let Some(cause) = launch::failure_in(&stderr_tail) {
        if exit.is_not_found() {
            return StartError::NotFound { program };
        }
        return StartError::Spawn { program, cause: cause.to_owned() };
    }
    let fatal = control.fatal();
    if fatal.is_none()
        && let Some(version) = version::ask(&context.runtime).await
        && let Err(too_old) = version::check(context.runtime.kind, &program, &version)
    {
        return too_old;
    }
    StartError::Exited { how: exit.how, fatal, stderr_tail }
}

/// The task that drives a control socket. Dropping it closes the socket.
struct Driver(JoinHandle<ControlEnd>);

impl Driver {
    /// Waits for the end of the socket. Cancel safe.
    async fn end(&mut self) -> ControlEnd {
        // The task is aborted only by dropping its handle, and it does not panic.
        (&mut self.0).await.unwrap_or(ControlEnd::Lost)
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// What the states from `Ready` on have in common.
struct Run {
    context: Rc<Context>,
    worker: u32,
    process: Process,
    control: Rc<Control>,
    driver: Driver,
    shared: Arc<WorkerShared>,
    since: Instant,
}

/// How a run ended by itself.
pub(crate) struct Death {
    /// Why.
    pub(crate) fate: Fate,
    /// How the process ended.
    pub(crate) how: String,
    /// How long it had been ready.
    pub(crate) ran_for: Duration,
    /// How many calls it held.
    pub(crate) calls: u32,
}

impl Run {
    /// The run is over: decides its fate, unless that was decided before, and tells the front threads.
    fn decide(&self, fate: Fate) -> Fate {
        let fate = self.shared.fate.get_or_init(|| fate).clone();
        self.context.tell_threads(|| ThreadMessage::Gone(self.worker));
        fate
    }

    /// Ends the process: decides its fate first, so that the threads know it when they see the end of their sockets.
    async fn kill(mut self, fate: Fate) -> (Fate, Exit) {
        let fate = self.shared.fate.get_or_init(|| fate).clone();
        self.process.kill();
        let exit = self.process.wait().await;
        (self.decide(fate), exit)
    }
}

/// A worker that is ready and takes no calls yet.
pub(crate) struct Ready {
    run: Run,
    data: Vec<std::os::unix::net::UnixStream>,
}

impl Ready {
    /// How long it took from spawn.
    pub(crate) fn took(&self) -> Duration {
        self.run.since.elapsed()
    }

    /// The process.
    pub(crate) fn pid(&self) -> u32 {
        self.run.process.pid()
    }

    /// Where its debugger listens.
    pub(crate) fn debugger(&self) -> Option<std::net::SocketAddr> {
        self.run.process.debugger()
    }

    /// Waits until calls may come.
    pub(crate) async fn hold(mut self, gate: &mut watch::Receiver<bool>) -> Result<Self, StartError> {
        let exit = tokio::select! {
            opened = gate.wait_for(|is_open| *is_open) => match opened {
                Ok(_) => return Ok(self),
                Err(_) => return Err(StartError::Superseded),
            },
            exit = self.run.process.wait() => exit,
            _ = self.run.driver.end() => self.run.process.wait_or_kill(LAST_BREATH).await,
        };
        Err(died_early(&self.run.context, &self.run.control, self.run.process, exit).await)
    }

    /// Gives the data sockets to the front threads: calls come from now on.
    pub(crate) fn open(self) -> Serving {
        let Self { run, data } = self;
        let (reports, news) = mpsc::channel(NEWS_PER_THREAD * data.len());
        let pid = run.process.pid();
        run.context.board.update(run.worker, |entry| {
            entry.state = WorkerState::Ready;
            entry.pid = Some(pid);
            entry.shared = Some(Arc::clone(&run.shared));
        });
        for (thread, socket) in data.into_iter().enumerate() {
            let (worker, host) = (Arc::clone(&run.shared), Arc::clone(&run.context.host));
            let attachment = Attachment { worker, socket, host, reports: reports.clone() };
            run.context.tell_thread(thread, ThreadMessage::Attach(attachment));
        }
        Serving { run, news, opened: Instant::now() }
    }
}

/// A worker that takes calls.
pub(crate) struct Serving {
    run: Run,
    news: mpsc::Receiver<LinkNews>,
    opened: Instant,
}

/// What became of a worker that took calls.
pub(crate) enum Served {
    /// It was told to drain.
    Draining(Box<Draining>, Drain),
    /// It died.
    Died(Death),
}

/// How a worker is to drain.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Drain {
    /// How long it may take.
    pub(crate) limit: Duration,
    /// What the calls are told that did not finish in time.
    pub(crate) is_shutdown: bool,
}

impl Serving {
    /// Watches over the worker, and passes messages on, until it dies or is to drain.
    pub(crate) async fn serve(mut self, orders: &mut mpsc::Receiver<Order>) -> Served {
        let mut pulse = Pulse::new(self.run.context.limits.stall_limit);
        let mut doomed_at = None;
        loop {
            let doom = async {
                match doomed_at {
                    Some(instant) => tokio::time::sleep_until(instant).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                biased;
                exit = self.run.process.wait() => return Served::Died(self.died(exit)),
                Some(news) = self.news.recv() => match news {
                    LinkNews::Violated(what) => return Served::Died(self.kill(Fate::Violated(what)).await),
                    // Most likely its process is ending.
                    LinkNews::Lost => doomed_at = doomed_at.or(Some(tokio::time::Instant::now() + LAST_BREATH)),
                    LinkNews::Retired | LinkNews::Idle => {}
                },
                end = self.run.driver.end(), if doomed_at.is_none() => match end {
                    ControlEnd::Lost => doomed_at = Some(tokio::time::Instant::now() + LAST_BREATH),
                    ControlEnd::Violated(error) => {
                        return Served::Died(self.kill(Fate::Violated(error.to_string())).await);
                    }
                },
                beat = pulse.beat(&self.run.control) => match beat {
                    Beat::Lag(lag) => self.run.context.board.update(self.run.worker, |entry| entry.lag = Some(lag)),
                    Beat::Stalled(limit) => return Served::Died(self.kill(Fate::Stalled(limit)).await),
                },
                order = orders.recv() => match order {
                    Some(Order::Tell { topic, json }) => {
                        if let Err(error) = self.run.control.tell(&topic, json) {
                            tracing::warn!(worker = self.run.worker, topic, %error, "a message was not sent");
                        }
                    }
                    Some(Order::Ask { topic, json, answer }) => forward(&self.run.control, &topic, json, answer),
                    Some(Order::Drain(drain)) => {
                        return Served::Draining(Box::new(Draining { run: self.run, news: self.news }), drain);
                    }
                    None => {
                        let drain = Drain { limit: Duration::ZERO, is_shutdown: true };
                        return Served::Draining(Box::new(Draining { run: self.run, news: self.news }), drain);
                    }
                },
                () = doom => return Served::Died(self.kill(Fate::Died).await),
            }
        }
    }

    fn died(self, exit: Exit) -> Death {
        let (ran_for, calls) = (self.opened.elapsed(), self.run.shared.held_calls());
        Death { fate: self.run.decide(Fate::Died), how: exit.how, ran_for, calls }
    }

    async fn kill(self, fate: Fate) -> Death {
        let (ran_for, calls) = (self.opened.elapsed(), self.run.shared.held_calls());
        let (fate, exit) = self.run.kill(fate).await;
        Death { fate, how: exit.how, ran_for, calls }
    }
}

/// Asks a worker and passes its answer on.
fn forward(control: &Control, topic: &str, json: Bytes, answer: oneshot::Sender<Result<Bytes, AskError>>) {
    match control.ask(topic, json) {
        Err(error) => {
            // Whoever asked may have gone away.
            let _ = answer.send(Err(error));
        }
        Ok(receiver) => {
            let died = AskError::WorkerDied { topic: topic.to_owned() };
            // Ends with the answer or with the control socket, whichever comes first.
            tokio::task::spawn_local(async move {
                let _ = answer.send(receiver.await.unwrap_or(Err(died)));
            });
        }
    }
}

/// A worker that takes no new calls.
pub(crate) struct Draining {
    run: Run,
    news: mpsc::Receiver<LinkNews>,
}

impl Draining {
    /// Lets the worker finish; kills it at the limit. Returns whether it finished in time.
    ///
    /// `retired` is called as soon as no front thread makes new calls with the worker.
    pub(crate) async fn finish(mut self, drain: Drain, retired: impl FnOnce()) -> bool {
        self.run.context.board.update(self.run.worker, |entry| entry.state = WorkerState::Draining);
        let threads = self.run.context.live_threads();
        self.run.context.tell_threads(|| ThreadMessage::Retire(self.run.worker));
        let finish = async {
            tokio::select! {
                // It died before it had finished.
                _ = self.run.process.wait() => return false,
                () = all_idle(&mut self.news, threads, retired) => {}
            }
            let Ok(answer) = self.run.control.ask("drain", Bytes::from_static(b"{}")) else { return false };
            tokio::select! {
                _ = self.run.process.wait() => false,
                answered = answer => answered.is_ok(),
            }
        };
        let in_time = tokio::time::timeout(drain.limit, finish).await.unwrap_or(false);
        let fate = if drain.is_shutdown { Fate::ShutDown } else { Fate::Replaced };
        if !in_time {
            self.run.kill(fate).await;
            return false;
        }
        let Run { context, worker, mut process, driver, shared, .. } = self.run;
        let _ = shared.fate.set(fate);
        // The end of the control socket is the worker's cue.
        drop(driver);
        process.wait_or_kill(LAST_BREATH).await;
        context.tell_threads(|| ThreadMessage::Gone(worker));
        true
    }
}

/// Waits until every thread has said that it makes no new calls, and then that it holds none.
async fn all_idle(news: &mut mpsc::Receiver<LinkNews>, threads: usize, retired: impl FnOnce()) {
    let mut retired = Some(retired);
    let (mut calling, mut busy) = (threads, threads);
    loop {
        if calling == 0
            && let Some(retired) = retired.take()
        {
            retired();
        }
        if busy == 0 {
            return;
        }
        match news.recv().await {
            Some(LinkNews::Retired) => calling = calling.saturating_sub(1),
            Some(LinkNews::Idle) => busy -= 1,
            // Its process is ending, which is noticed elsewhere.
            Some(LinkNews::Lost | LinkNews::Violated(_)) => {}
            // Every thread is gone.
            None => return,
        }
    }
}
