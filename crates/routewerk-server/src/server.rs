//! Starts the front threads and ends them: the server as its owner sees it.
//!
//! The handle is the only owner: without it nobody could end the server, so that dropping it does.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use routewerk_handler::HandlerEngine;
use tokio::sync::{oneshot, watch};

use crate::caching::{GenerationBudget, GenerationUsage};
use crate::counters::{Counters, ThreadCounters};
use crate::front::{self, Assignment, Phase, ThreadSetup};
use crate::gate::Gate;
use crate::observer::{GenerationObserver, Observer};
use crate::options::{OptionError, ServerOptions};
use crate::site::SharedSite;

/// The hooks of a server; none costs nothing.
#[derive(Clone, Default)]
pub struct Hooks {
    /// Stands in front of every call.
    pub gate: Option<Arc<dyn Gate>>,
    /// Is told of every request.
    pub observer: Option<Arc<dyn Observer>>,
    /// Is told of the calls that make stored replies.
    pub generations: Option<Arc<dyn GenerationObserver>>,
}

/// Why a server did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// An option is out of its range.
    #[error(transparent)]
    Option(#[from] OptionError),
    /// The listener is unusable.
    #[error("the listener cannot be used")]
    Listener(#[source] io::Error),
    /// A front thread could not be started.
    #[error("a front thread could not be started")]
    Thread(#[source] io::Error),
}

/// An HTTP server.
pub struct Server;

impl Server {
    /// Starts a server on a listener (see [`bind`](crate::bind)): it accepts connections when this returns.
    ///
    /// `attach` is called once on each front thread, inside its runtime (`tokio::task::spawn_local` works there),
    /// with the thread's number from 0.
    ///
    /// ```no_run
    /// # use routewerk_server::{Hooks, Server, ServerOptions, SharedSite, bind, DEFAULT_BACKLOG};
    /// # fn start<E: routewerk_handler::HandlerEngine + 'static>(
    /// #     site: SharedSite, attach: impl Fn(usize) -> E + Send + Clone + 'static,
    /// # ) -> Result<(), Box<dyn std::error::Error>> {
    /// let listener = bind("127.0.0.1:3000".parse()?, DEFAULT_BACKLOG)?;
    /// let server = Server::start(listener, ServerOptions::default(), site, attach, Hooks::default())?;
    /// println!("listening on {}", server.local_addr());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`StartError`] where an option is out of range, the listener is unusable or a thread cannot be started.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "the server owns them: a listener kept elsewhere would hold the port"
    )]
    pub fn start<E, A>(
        listener: TcpListener,
        options: ServerOptions,
        site: SharedSite,
        attach: A,
        hooks: Hooks,
    ) -> Result<ServerHandle, StartError>
    where
        E: HandlerEngine + 'static,
        A: Fn(usize) -> E + Send + Clone + 'static,
    {
        options.check()?;
        listener.set_nonblocking(true).map_err(StartError::Listener)?;
        let address = listener.local_addr().map_err(StartError::Listener)?;
        let threads =
            options.threads.or_else(|| std::thread::available_parallelism().ok()).map_or(1, NonZeroUsize::get);
        let (phase, phases) = watch::channel(Phase::Serving);
        let (assignments, inboxes) = Assignment::among(threads, options.limits.max_connections);
        let budget = GenerationBudget::new(options.limits.max_generations, options.limits.max_generation_bytes);
        let options = Arc::new(options);
        let mut counters = Vec::with_capacity(threads);
        let mut ended = Vec::with_capacity(threads);
        for (index, inbox) in inboxes.into_iter().enumerate() {
            let thread_counters = Arc::new(ThreadCounters::default());
            counters.push(Arc::clone(&thread_counters));
            let (end, has_ended) = oneshot::channel();
            ended.push(has_ended);
            let setup = ThreadSetup {
                index,
                listener: listener.try_clone().map_err(StartError::Listener)?,
                port: address.port(),
                options: Arc::clone(&options),
                site: site.clone(),
                hooks: hooks.clone(),
                budget: budget.clone(),
                counters: thread_counters,
                phases: phases.clone(),
                assignment: assignments.clone(),
                inbox,
            };
            front::spawn(setup, attach.clone(), end).map_err(StartError::Thread)?;
        }
        let numbers = ServerNumbers { counters: counters.into(), budget };
        Ok(ServerHandle { address, numbers, phase, ended })
    }
}

/// What a server has counted; outlives its handle.
#[derive(Clone, Debug)]
pub struct ServerNumbers {
    counters: Arc<[Arc<ThreadCounters>]>,
    budget: GenerationBudget,
}

impl ServerNumbers {
    /// What has been counted until about now.
    pub fn counters(&self) -> Counters {
        Counters::sum(&self.counters)
    }

    /// The generations under way.
    pub fn generations(&self) -> GenerationUsage {
        self.budget.usage()
    }
}

/// A running server. Dropping the handle ends it at once; [`ServerHandle::shutdown`] is the polite way.
#[derive(Debug)]
pub struct ServerHandle {
    address: SocketAddr,
    numbers: ServerNumbers,
    phase: watch::Sender<Phase>,
    ended: Vec<oneshot::Receiver<()>>,
}

impl ServerHandle {
    /// The address that the server listens on, with the real port.
    pub fn local_addr(&self) -> SocketAddr {
        self.address
    }

    /// What has been counted until about now.
    pub fn counters(&self) -> Counters {
        self.numbers.counters()
    }

    /// The numbers of the server, for whoever shows them.
    pub fn numbers(&self) -> ServerNumbers {
        self.numbers.clone()
    }

    /// Stops accepting at once, closes idle connections and lets calls under way end; what is left at the deadline is
    /// cut off. Resolves when every front thread has ended, to whether nothing was cut off.
    ///
    /// Needs a tokio runtime with time.
    ///
    /// # Cancel safety
    /// Dropping the future ends the server at once.
    pub async fn shutdown(self, deadline: Duration) -> bool {
        let Self { phase, mut ended, .. } = self;
        phase.send_replace(Phase::Draining);
        // An error means that the thread is gone already.
        let drain = async {
            for end in &mut ended {
                let _ = end.await;
            }
        };
        if tokio::time::timeout(deadline, drain).await.is_ok() {
            return true;
        }
        phase.send_replace(Phase::Stopped);
        for end in ended {
            if !end.is_terminated() {
                let _ = end.await;
            }
        }
        false
    }
}
