//! The pool's own thread: starts the workers' supervisors, passes orders on to them, replaces all of them in a
//! reload.

use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinSet;

use crate::shared::ThreadMessage;
use crate::worker::{Context, Drain, Order, Post, Progress, supervise};
use crate::{AskError, StartError, WorkerSpec};

/// How many orders may wait for one worker.
const MAX_WAITING_ORDERS: usize = 1024;
/// How long the sink may take for the last lines at the end.
const FLUSH_LIMIT: Duration = Duration::from_secs(1);

/// What the pool's handle asks for.
pub(crate) enum Command {
    Tell { topic: String, json: Bytes },
    Ask { worker: u32, topic: String, json: Bytes, answer: oneshot::Sender<Result<Bytes, AskError>> },
    AskAll { topic: String, json: Bytes, answers: oneshot::Sender<Vec<(u32, Answer)>> },
    Reload { spec: WorkerSpec, done: oneshot::Sender<Result<(), StartError>> },
    Shutdown { deadline: Duration, done: oneshot::Sender<()> },
}

/// An answer that is to come.
pub(crate) type Answer = oneshot::Receiver<Result<Bytes, AskError>>;

/// The workers that were started together.
struct Crew {
    posts: Vec<Handle>,
    gate: watch::Sender<bool>,
}

/// The director's end of a [`Post`].
struct Handle {
    worker: u32,
    orders: mpsc::Sender<Order>,
    progress: watch::Receiver<Progress>,
}

/// A reload that waits for its workers.
struct Reload {
    crew: Crew,
    ready: Pin<Box<dyn Future<Output = Result<(), StartError>>>>,
    done: oneshot::Sender<Result<(), StartError>>,
}

/// Runs a pool until it is shut down or its handle is dropped.
pub(crate) struct Director {
    context: Rc<Context>,
    workers: usize,
    next_worker: u32,
    supervisors: JoinSet<()>,
    crew: Crew,
    reload: Option<Reload>,
}

impl Director {
    /// Starts the first workers.
    pub(crate) fn new(context: Rc<Context>, workers: usize, spec: WorkerSpec) -> Self {
        let mut director = Self {
            context,
            workers,
            next_worker: 1,
            supervisors: JoinSet::new(),
            crew: Crew { posts: Vec::new(), gate: watch::channel(true).0 },
            reload: None,
        };
        director.crew = director.start_crew(spec, true);
        director
    }

    /// Does what the handle asks for.
    pub(crate) async fn run(mut self, mut commands: mpsc::Receiver<Command>) {
        loop {
            let command = tokio::select! {
                command = commands.recv() => command,
                ready = reload_ready(&mut self.reload) => {
                    self.finish_reload(ready);
                    continue;
                }
                Some(_) = self.supervisors.join_next() => continue,
            };
            match command {
                Some(Command::Tell { topic, json }) => self.tell(&topic, &json),
                Some(Command::Ask { worker, topic, json, answer }) => self.ask(worker, topic, json, answer),
                Some(Command::AskAll { topic, json, answers }) => {
                    // Whoever asked may have gone away.
                    let _ = answers.send(self.ask_all(&topic, &json));
                }
                Some(Command::Reload { spec, done }) => self.begin_reload(spec, done),
                Some(Command::Shutdown { deadline, done }) => {
                    self.shut_down(deadline).await;
                    let _ = done.send(());
                    return;
                }
                // Dropping the supervisors kills the workers.
                None => return,
            }
        }
    }

    fn start_crew(&mut self, spec: WorkerSpec, is_open: bool) -> Crew {
        let spec = Rc::new(spec);
        let gate = watch::channel(is_open).0;
        let posts = (0..self.workers).map(|_| self.start_post(&spec, &gate)).collect();
        Crew { posts, gate }
    }

    fn start_post(&mut self, spec: &Rc<WorkerSpec>, gate: &watch::Sender<bool>) -> Handle {
        let worker = self.next_worker;
        self.next_worker += 1;
        let (orders, order_receiver) = mpsc::channel(MAX_WAITING_ORDERS);
        let (progress, progress_receiver) = watch::channel(Progress::Starting);
        self.supervisors.spawn_local(supervise(Post {
            context: Rc::clone(&self.context),
            worker,
            spec: Rc::clone(spec),
            orders: order_receiver,
            gate: gate.subscribe(),
            progress,
        }));
        Handle { worker, orders, progress: progress_receiver }
    }

    fn tell(&self, topic: &str, json: &Bytes) {
        for post in &self.crew.posts {
            let order = Order::Tell { topic: topic.to_owned(), json: json.clone() };
            if let Err(error) = post.orders.try_send(order) {
                tracing::warn!(worker = post.worker, topic, %error, "a message was not passed on");
            }
        }
    }

    fn ask(&self, worker: u32, topic: String, json: Bytes, answer: oneshot::Sender<Result<Bytes, AskError>>) {
        let post = self.crew.posts.iter().find(|post| post.worker == worker);
        let order = Order::Ask { topic, json, answer };
        let refused = match post.map(|post| post.orders.try_send(order)) {
            Some(Ok(())) => return,
            Some(Err(refused)) => Some(refused.into_inner()),
            None => None,
        };
        // For a worker that does not exist the order was dropped, and with it the answer.
        if let Some(Order::Ask { answer, .. }) = refused {
            let _ = answer.send(Err(AskError::NotReady { worker }));
        }
    }

    fn ask_all(&self, topic: &str, json: &Bytes) -> Vec<(u32, Answer)> {
        let ask = |post: &Handle| {
            let (answer, receiver) = oneshot::channel();
            self.ask(post.worker, topic.to_owned(), json.clone(), answer);
            (post.worker, receiver)
        };
        self.crew.posts.iter().filter(|post| post.is_serving()).map(ask).collect()
    }

    /// Starts the workers of a reload. A reload that has not come that far is given up for it.
    fn begin_reload(&mut self, spec: WorkerSpec, done: oneshot::Sender<Result<(), StartError>>) {
        if let Some(superseded) = self.reload.take() {
            superseded.give_up(StartError::Superseded);
        }
        let crew = self.start_crew(spec, false);
        let progress: Vec<_> = crew.posts.iter().map(|post| post.progress.clone()).collect();
        self.reload = Some(Reload { crew, ready: Box::pin(all_ready(progress)), done });
    }

    /// The workers of a reload are ready, or one of them failed.
    fn finish_reload(&mut self, ready: Result<(), StartError>) {
        let Some(reload) = self.reload.take() else { return };
        if let Err(error) = ready {
            reload.give_up(error);
            return;
        }
        let Reload { crew, done, .. } = reload;
        // Sent in this order through the same channels: the threads have the new workers before they lose the old.
        crew.gate.send_replace(true);
        let old = std::mem::replace(&mut self.crew, crew);
        let limit = self.context.limits.drain_limit;
        let serving: Vec<_> = self.crew.posts.iter().map(|post| post.progress.clone()).collect();
        self.supervisors.spawn_local(async move {
            for mut progress in serving {
                // A worker that fails just now is started again by its supervisor.
                let _ = progress.wait_for(|progress| matches!(progress, Progress::Serving | Progress::Failed(_))).await;
            }
            old.drain(Drain { limit, is_shutdown: false });
            for mut post in old.posts {
                // One that was not serving just ends.
                let _ = post.progress.wait_for(|progress| matches!(progress, Progress::Draining)).await;
            }
            // Whoever asked may have gone away.
            let _ = done.send(Ok(()));
        });
    }

    async fn shut_down(&mut self, deadline: Duration) {
        self.context.tell_threads(|| ThreadMessage::Close);
        if let Some(reload) = self.reload.take() {
            reload.give_up(StartError::ShuttingDown);
        }
        self.crew.drain(Drain { limit: deadline, is_shutdown: true });
        self.crew.posts.clear();
        // Workers that an earlier reload replaced have limits of their own; at this one they are killed.
        let all = async { while self.supervisors.join_next().await.is_some() {} };
        if tokio::time::timeout(deadline + Duration::from_secs(2), all).await.is_err() {
            self.supervisors.shutdown().await;
        }
        // A sink that is blocked must not hold the end back.
        let _ = tokio::time::timeout(FLUSH_LIMIT, self.context.output.flush()).await;
    }
}

impl Handle {
    fn is_serving(&self) -> bool {
        matches!(*self.progress.borrow(), Progress::Serving)
    }
}

impl Crew {
    /// Lets every worker finish and end.
    fn drain(&self, drain: Drain) {
        for post in &self.posts {
            // Where the queue is full of other orders, dropping the sender, which follows, ends the worker.
            let _ = post.orders.try_send(Order::Drain(drain));
        }
    }
}

impl Reload {
    /// Ends the workers that were started for it.
    fn give_up(self, error: StartError) {
        self.crew.drain(Drain { limit: Duration::ZERO, is_shutdown: true });
        // Whoever asked may have gone away.
        let _ = self.done.send(Err(error));
    }
}

/// Waits for the workers of a reload, if there is one. Cancel safe.
async fn reload_ready(reload: &mut Option<Reload>) -> Result<(), StartError> {
    match reload {
        Some(reload) => reload.ready.as_mut().await,
        None => std::future::pending().await,
    }
}

/// Waits until all are ready, or one has failed.
async fn all_ready(progress: Vec<watch::Receiver<Progress>>) -> Result<(), StartError> {
    for mut progress in progress {
        let settled = progress.wait_for(|progress| !matches!(progress, Progress::Starting)).await;
        match settled.as_deref() {
            Ok(Progress::Failed(error)) => return Err(error.clone()),
            Ok(Progress::Starting | Progress::Ready | Progress::Serving | Progress::Draining) => {}
            Err(_) => return Err(StartError::ShuttingDown),
        }
    }
    Ok(())
}
