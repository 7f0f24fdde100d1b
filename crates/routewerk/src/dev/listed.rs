//! `generateStaticParams` in `dev`: asked when its route is first asked for, and again after a save.
//!
//! Nothing is prerendered here. What counts is what `dynamicParams = false` closes, so that a path that `start` would not
//! serve is not found here either, and that a function that fails is seen at once.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use bytes::Bytes;
use routewerk_bundle::SegmentConfig;
use routewerk_engine::{AskError, WorkerPool};
use routewerk_handler::RouteId;
use routewerk_routes::Pattern;
use routewerk_server::{GatePass, entry_path};
use serde::Deserialize;

use crate::report;

/// How long is waited before a worker is looked for again.
const WORKER_PAUSE: Duration = Duration::from_millis(20);

/// The routes that list their params, as far as that is known.
#[derive(Debug, Default)]
pub(crate) struct ListedRoutes {
    routes: RwLock<HashMap<RouteId, Listing>>,
}

/// A route that lists its params.
#[derive(Clone, Debug)]
pub(crate) struct Listing {
    /// The state of the project for which it holds.
    version: u64,
    /// Whether only the listed ones are served.
    is_closed: bool,
    /// Their paths; `None` until the function was called.
    paths: Option<Arc<HashSet<String>>>,
}

/// The answer to `params.generate`.
#[derive(Deserialize)]
struct GeneratedParams {
    params: Option<Vec<String>>,
}

impl ListedRoutes {
    /// Takes in what a route's source says at a version of the project.
    pub(crate) fn note(&self, route: RouteId, version: u64, segment: &SegmentConfig, has_params: bool) {
        let mut routes = self.routes.write().unwrap_or_else(PoisonError::into_inner);
        if segment.generate_static_params && has_params {
            let is_closed = segment.dynamic_params == Some(false);
            routes.insert(route, Listing { version, is_closed, paths: None });
        } else {
            routes.remove(&route);
        }
    }

    /// What is known of a route; `None` where it lists nothing.
    pub(crate) fn of(&self, route: RouteId) -> Option<Listing> {
        self.routes.read().unwrap_or_else(PoisonError::into_inner).get(&route).cloned()
    }

    /// Whether a route serves these params, in the raw text of a call, and as what. Its function is called unless that was done.
    ///
    /// # Errors
    /// What the function has thrown, or why there is no answer.
    pub(crate) async fn serves(
        &self,
        asked: Asked<'_>,
        pool: &WorkerPool,
        limit: Duration,
    ) -> Result<Option<GatePass>, String> {
        let Some(listing) = self.of(asked.route) else { return Ok(Some(GatePass::Plain)) };
        let pattern = Pattern::parse(asked.pattern).map_err(|error| error.to_string())?;
        let paths = if let Some(paths) = listing.paths {
            paths
        } else {
            let params = ask(asked, pool, limit).await?;
            let paths: HashSet<_> = params.iter().map(|params| entry_path(&pattern, params, false)).collect();
            self.keep(asked.route, listing.version, Arc::new(paths))
        };
        // As in Next.js, a list that names no whole path changes nothing here.
        if paths.is_empty() {
            return Ok(Some(GatePass::Plain));
        }
        if asked.sees_drafts {
            return Ok(Some(GatePass::Draft));
        }
        let is_served = !listing.is_closed || paths.contains(&entry_path(&pattern, asked.params, false));
        Ok(is_served.then_some(GatePass::Listed))
    }

    fn keep(&self, route: RouteId, version: u64, paths: Arc<HashSet<String>>) -> Arc<HashSet<String>> {
        let mut routes = self.routes.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(listing) = routes.get_mut(&route).filter(|listing| listing.version == version) {
            listing.paths = Some(Arc::clone(&paths));
        }
        paths
    }
}

/// Which path of which route is asked for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asked<'request> {
    /// The route.
    pub(crate) route: RouteId,
    /// Its pattern.
    pub(crate) pattern: &'request str,
    /// The raw text of each param, joined by LF.
    pub(crate) params: &'request str,
    /// Whether the client sees drafts: those of any path.
    pub(crate) sees_drafts: bool,
}

/// The params that the route's function names.
async fn ask(asked: Asked<'_>, pool: &WorkerPool, limit: Duration) -> Result<Vec<String>, String> {
    let question = Bytes::from(serde_json::json!({ "route": asked.route.0 }).to_string());
    let answer = tokio::time::timeout(limit, first_answer(pool, question)).await.map_err(|_| {
        let limit = report::duration(limit);
        format!("generateStaticParams of {} has not answered within {limit}", asked.pattern)
    })??;
    let found: GeneratedParams = serde_json::from_slice(&answer)
        .map_err(|error| format!("the answer of generateStaticParams cannot be read: {error}"))?;
    Ok(found.params.unwrap_or_default())
}

/// The answer of the first worker. Where none is ready (at the start, between two), it is waited for.
async fn first_answer(pool: &WorkerPool, question: Bytes) -> Result<Bytes, String> {
    loop {
        let answers = pool.ask_all("params.generate", question.clone()).await.map_err(|error| error.to_string())?;
        match answers.into_iter().next() {
            Some((_, Ok(answer))) => return Ok(answer),
            Some((_, Err(AskError::Failed { message, .. }))) => return Err(message),
            Some((_, Err(AskError::NotReady { .. }))) | None => tokio::time::sleep(WORKER_PAUSE).await,
            Some((_, Err(error))) => return Err(error.to_string()),
        }
    }
}
