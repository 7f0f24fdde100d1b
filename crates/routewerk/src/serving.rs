//! A server under way: from the first accepted connection to the last one that ends.

use std::sync::Arc;
use std::time::{Duration, Instant};

use routewerk_engine::WorkerPool;
use routewerk_server::{Hooks, LimitedEngine, Server, ServerHandle, ServerNumbers, SharedSite};

use crate::exit::Exit;
use crate::failure::Failure;
use crate::listening::Listening;
use crate::report::{self, Report};
use crate::settings::ServeSettings;
use crate::signals::{End, Signals};

/// The server and its workers.
pub(crate) struct Serving {
    handle: ServerHandle,
    pool: Arc<WorkerPool>,
}

impl Serving {
    /// Begins to serve.
    ///
    /// # Errors
    /// A [`Failure`] if a thread cannot be started.
    pub(crate) fn begin(
        listening: Listening,
        settings: &ServeSettings,
        site: SharedSite,
        pool: Arc<WorkerPool>,
        hooks: Hooks,
    ) -> Result<Self, Failure> {
        let engines = Arc::clone(&pool);
        let limits = Arc::clone(&settings.durations.limits);
        let attach = move |thread: usize| LimitedEngine::new(engines.attach(thread), Arc::clone(&limits));
        let handle =
            Server::start(listening.listener, settings.server.clone(), site, attach, hooks).map_err(|error| {
                Failure::new(Exit::Failed, format!("Failed to start server\n{error}")).log_cause(&error)
            })?;
        Ok(Self { handle, pool })
    }

    /// What the server counts.
    pub(crate) fn numbers(&self) -> ServerNumbers {
        self.handle.numbers()
    }

    /// Lets the calls under way end, for at most `drain`, then ends everything. A second signal does not wait.
    pub(crate) async fn end(self, signals: &mut Signals, drain: Duration, report: Report) -> Exit {
        tokio::select! {
            () = self.drain(drain, report) => Exit::Ok,
            second = signals.end() => End::exit_at_once(second),
        }
    }

    async fn drain(self, limit: Duration, report: Report) {
        let begun = Instant::now();
        if !self.handle.shutdown(limit).await {
            report.warn(format!("Calls that had not ended after {} were cut off.", report::duration(limit)));
        }
        self.pool.shutdown(limit.saturating_sub(begun.elapsed())).await;
    }
}
