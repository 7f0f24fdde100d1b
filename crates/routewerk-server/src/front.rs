//! A front thread: its runtime, its accept loop, its sweep of deadlines, its end.
//!
//! Every thread accepts from its clone of the one listener, and hands a connection on to the thread that has the
//! fewest: whoever wakes first would otherwise take most of a burst, and a kept-alive connection stays where it is.

use std::cell::Cell;
use std::io;
use std::net::{SocketAddr, TcpListener as StdListener, TcpStream as StdStream};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::SyncSender;
use std::time::Duration;

use routewerk_handler::HandlerEngine;
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::{Builder, LocalOptions};
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot, watch};
use tokio::time::MissedTickBehavior;

use crate::buffers::BufferPool;
use crate::caching::{GenerationBudget, Generations, LookUps};
use crate::clock::Clock;
use crate::counters::ThreadCounters;
use crate::forward::Forwarder;
use crate::http1::{Connection, End};
use crate::http2;
use crate::options::ServerOptions;
use crate::pipeline::{Peer, Pipeline};
use crate::server::Hooks;
use crate::site::SharedSite;
use crate::thread::FrontThread;

/// How many connections wait at most to be taken over by another thread.
const INBOX: usize = 256;

/// How long to wait after an accept that failed for want of something (descriptors, memory).
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// The life of a server, told to its threads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    /// Connections are accepted.
    Serving,
    /// No connection is accepted, none is used again.
    Draining,
    /// What is left is cut off.
    Stopped,
}

/// All that a front thread begins with.
pub(crate) struct ThreadSetup {
    pub(crate) index: usize,
    pub(crate) listener: StdListener,
    pub(crate) port: u16,
    pub(crate) options: Arc<ServerOptions>,
    pub(crate) site: SharedSite,
    pub(crate) hooks: Hooks,
    pub(crate) budget: GenerationBudget,
    pub(crate) counters: Arc<ThreadCounters>,
    pub(crate) phases: watch::Receiver<Phase>,
    pub(crate) assignment: Assignment,
    pub(crate) inbox: mpsc::Receiver<Assigned>,
}

/// Who serves which connection, and how many there may be.
#[derive(Clone)]
pub(crate) struct Assignment {
    places: Arc<Semaphore>,
    threads: Arc<[Share]>,
}

struct Share {
    connections: AtomicUsize,
    inbox: mpsc::Sender<Assigned>,
}

/// A connection on its way to the thread that serves it.
pub(crate) struct Assigned {
    stream: StdStream,
    address: SocketAddr,
    place: Place,
}

/// A connection's place among all, given up on drop.
struct Place {
    _permit: OwnedSemaphorePermit,
    threads: Arc<[Share]>,
    index: usize,
}

impl Drop for Place {
    fn drop(&mut self) {
        self.threads[self.index].connections.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Assignment {
    /// An assignment among so many threads, and their inboxes.
    pub(crate) fn among(threads: usize, max_connections: usize) -> (Self, Vec<mpsc::Receiver<Assigned>>) {
        let (shares, inboxes): (Vec<_>, Vec<_>) = (0..threads)
            .map(|_| {
                let (inbox, receiver) = mpsc::channel(INBOX);
                (Share { connections: AtomicUsize::new(0), inbox }, receiver)
            })
            .unzip();
        (Self { places: Arc::new(Semaphore::new(max_connections)), threads: shares.into() }, inboxes)
    }

    /// The thread with the fewest connections; `own` where it is among these.
    fn least_loaded(&self, own: usize) -> usize {
        let load = |index: usize| self.threads[index].connections.load(Ordering::Relaxed);
        (0..self.threads.len()).fold(own, |least, index| if load(index) < load(least) { index } else { least })
    }

    fn place(&self, permit: OwnedSemaphorePermit, index: usize) -> Place {
        self.threads[index].connections.fetch_add(1, Ordering::Relaxed);
        Place { _permit: permit, threads: Arc::clone(&self.threads), index }
    }
}

/// Starts a front thread and waits until it accepts connections.
pub(crate) fn spawn<E, A>(setup: ThreadSetup, attach: A, end: oneshot::Sender<()>) -> io::Result<()>
where
    E: HandlerEngine + 'static,
    A: Fn(usize) -> E + Send + 'static,
{
    let (started, has_started) = std::sync::mpsc::sync_channel(1);
    let name = format!("routewerk-front-{}", setup.index);
    std::thread::Builder::new().name(name).spawn(move || {
        if let Err(error) = run(setup, attach, &started) {
            // The starter waits for exactly one word.
            let _ = started.send(Err(error));
        }
        // Whoever waits for the end may have gone.
        let _ = end.send(());
    })?;
    has_started.recv().unwrap_or_else(|_| Err(io::Error::other("the thread ended while it started")))
}

/// The whole life of the thread. Dropping the runtime at its end cuts off what is left.
fn run<E, A>(setup: ThreadSetup, attach: A, started: &SyncSender<io::Result<()>>) -> io::Result<()>
where
    E: HandlerEngine + 'static,
    A: Fn(usize) -> E,
{
    let runtime = Builder::new_current_thread().enable_all().build_local(LocalOptions::default())?;
    runtime.block_on(async {
        let listener = TcpListener::from_std(setup.listener)?;
        let thread = Rc::new(FrontThread {
            engine: attach(setup.index),
            pipeline: Pipeline::new(&setup.site, &setup.options, setup.port),
            clock: Rc::new(Clock::new(&setup.options.timeouts)),
            options: setup.options,
            gate: setup.hooks.gate,
            observer: setup.hooks.observer,
            buffers: BufferPool::default(),
            watches: Rc::default(),
            generations: Generations::new(setup.budget, setup.hooks.generations),
            forwarder: Forwarder::default(),
            look_ups: LookUps::default(),
            counters: setup.counters,
            is_draining: Cell::new(false),
        });
        tokio::task::spawn_local(sweep(Rc::clone(&thread)));
        let _ = started.send(Ok(()));
        let acceptor = Acceptor { thread, index: setup.index, assignment: setup.assignment };
        acceptor.accept_all(listener, setup.inbox, setup.phases).await;
        Ok(())
    })
}

/// Wakes connections whose deadlines have passed, while there are connections.
async fn sweep<E>(thread: Rc<FrontThread<E>>) {
    let mut ticks = tokio::time::interval(thread.clock.tick());
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        thread.watches.entered().await;
        ticks.tick().await;
        thread.watches.sweep(thread.clock.advance());
    }
}

/// Takes connections in.
struct Acceptor<E> {
    thread: Rc<FrontThread<E>>,
    index: usize,
    assignment: Assignment,
}

impl<E: HandlerEngine + 'static> Acceptor<E> {
    async fn accept_all(
        self,
        listener: TcpListener,
        mut inbox: mpsc::Receiver<Assigned>,
        mut phases: watch::Receiver<Phase>,
    ) {
        loop {
            tokio::select! {
                biased;
                changed = phases.wait_for(|phase| *phase != Phase::Serving) => {
                    if changed.is_err() {
                        return;
                    }
                    break;
                }
                Some(assigned) = inbox.recv() => self.adopt(assigned),
                accepted = self.accept(&listener) => self.assign(accepted),
            }
        }
        drop(listener);
        drop(inbox);
        self.thread.is_draining.set(true);
        self.thread.watches.wake_all();
        let drained = async {
            self.thread.watches.emptied().await;
            // What makes entries anew is nobody's request any more, but a handler at work all the same.
            self.thread.generations.ended().await;
        };
        tokio::select! {
            () = drained => {}
            // An error means that nobody waits for a polite end any more.
            _ = phases.wait_for(|phase| *phase == Phase::Stopped) => {}
        }
    }

    /// The next connection, once there is a place for it.
    async fn accept(&self, listener: &TcpListener) -> (TcpStream, SocketAddr, OwnedSemaphorePermit) {
        loop {
            let permit = Arc::clone(&self.assignment.places).acquire_owned().await;
            let permit = permit.expect("the semaphore is never closed");
            match listener.accept().await {
                Ok((stream, address)) => return (stream, address, permit),
                // These concern one connection that is gone already, not the listener.
                Err(error) if is_of_connection(&error) => {}
                Err(error) => {
                    drop(permit);
                    if let Some(observer) = &self.thread.observer {
                        observer.accept_failed(&error);
                    }
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            }
        }
    }

    /// Gives a connection to the thread with the fewest.
    fn assign(&self, (stream, address, permit): (TcpStream, SocketAddr, OwnedSemaphorePermit)) {
        let index = self.assignment.least_loaded(self.index);
        let place = self.assignment.place(permit, index);
        if index == self.index {
            return self.serve(stream, Peer::new(address), place);
        }
        // A socket that cannot change hands is broken; dropping it closes it.
        let Ok(stream) = stream.into_std() else { return };
        let handed = self.assignment.threads[index].inbox.try_send(Assigned { stream, address, place });
        if let Err(TrySendError::Full(assigned) | TrySendError::Closed(assigned)) = handed {
            self.adopt(assigned);
        }
    }

    /// Serves a connection that another thread accepted.
    fn adopt(&self, assigned: Assigned) {
        if let Ok(stream) = TcpStream::from_std(assigned.stream) {
            self.serve(stream, Peer::new(assigned.address), assigned.place);
        }
    }

    fn serve(&self, stream: TcpStream, peer: Peer, place: Place) {
        // Replies leave as a whole already; waiting for more would only delay them. A failure costs speed alone.
        let _ = stream.set_nodelay(true);
        if self.thread.watches.is_empty() {
            self.thread.clock.advance();
        }
        tokio::task::spawn_local(serve_connection(Rc::clone(&self.thread), stream, peer, place));
    }
}

async fn serve_connection<E: HandlerEngine + 'static>(
    thread: Rc<FrontThread<E>>,
    stream: TcpStream,
    peer: Peer,
    _place: Place,
) {
    let counters = Arc::clone(&thread.counters);
    let _open = OpenConnection::count(&counters);
    match Connection::new(Rc::clone(&thread), stream, peer).serve().await {
        End::Closed => {}
        // Boxed, so that a connection of HTTP/1.1 does not pay for its size.
        End::Http2 { stream, read, peer } => Box::pin(http2::serve(thread, stream, read, peer)).await,
    }
}

/// A connection, counted.
struct OpenConnection<'thread>(&'thread ThreadCounters);

impl<'thread> OpenConnection<'thread> {
    fn count(counters: &'thread ThreadCounters) -> Self {
        counters.connections_accepted.add(1);
        counters.connections_open.add(1);
        Self(counters)
    }
}

impl Drop for OpenConnection<'_> {
    fn drop(&mut self) {
        self.0.connections_open.sub(1);
    }
}

fn is_of_connection(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}
