//! What workers ask in `dev`: modules, and what `fetch` and `unstable_cache` have kept. And what they tell: log records.

use std::sync::Arc;

use bytes::Bytes;
use routewerk_bundle::dev::ModulesQuery;
use routewerk_handler::{HandlerHost, HostAnswer, HostRequest};

use crate::caching::host::CacheHost;
use crate::dev::state::DevState;
use crate::worker_voice::WorkerVoice;

/// Answers the workers of `dev`.
pub(crate) struct DevHost {
    state: Arc<DevState>,
    voice: WorkerVoice,
    cache: CacheHost,
}

impl DevHost {
    /// A host over the state.
    pub(crate) const fn new(state: Arc<DevState>, voice: WorkerVoice, cache: CacheHost) -> Self {
        Self { state, voice, cache }
    }
}

impl HandlerHost for DevHost {
    fn answer(&self, request: HostRequest) -> HostAnswer {
        if let Some(answer) = self.cache.answer(&request) {
            return answer;
        }
        if request.topic != "modules.load" {
            return Box::pin(async move { Err(format!("unknown topic `{}`", request.topic)) });
        }
        let state = Arc::clone(&self.state);
        Box::pin(async move {
            let load = tokio::task::spawn_blocking(move || load(&state, &request.payload));
            load.await.unwrap_or_else(|error| Err(format!("the compiler ended early: {error}")))
        })
    }

    fn told(&self, message: HostRequest) {
        self.voice.log(&message);
    }

    fn sequence(&self) -> u64 {
        self.cache.sequence()
    }

    fn ended(&self, worker: u32) {
        self.cache.worker_ended(worker);
    }
}

fn load(state: &DevState, question: &[u8]) -> Result<Bytes, String> {
    let query: ModulesQuery =
        serde_json::from_slice(question).map_err(|error| format!("`modules.load` cannot be read: {error}"))?;
    let reply = state.graph().load(&query).map_err(|error| error.to_json().to_string())?;
    serde_json::to_vec(&reply).map(Bytes::from).map_err(|error| format!("the modules cannot be written: {error}"))
}
