//! Stands before each call in `dev`: a route is compiled when it is first asked for, and again after a save, and its
//! calls wait until the workers have heard of the save. What `dynamicParams = false` closes is not found.

use std::sync::{Arc, PoisonError};
use std::time::Duration;

use routewerk_engine::WorkerPool;
use routewerk_server::{Gate, GateFuture, GatePage, GateRequest, sees_drafts};

use crate::dev::access::may_see_code;
use crate::dev::error_page::{self, Problem};
use crate::dev::listed::Asked;
use crate::dev::state::DevState;
use crate::report::Report;

/// Compiling for longer than this is told.
const QUIET: Duration = Duration::from_secs(1);

/// The gate of `dev`.
pub(crate) struct DevGate {
    state: Arc<DevState>,
    pool: Arc<WorkerPool>,
    /// How long `generateStaticParams` may take.
    limit: Duration,
    draft_secret: String,
    report: Report,
}

impl DevGate {
    /// A gate over the state. `limit` is how long `generateStaticParams` may take, `draft_secret` what the draft-mode cookie must
    /// equal.
    pub(crate) const fn new(
        state: Arc<DevState>,
        pool: Arc<WorkerPool>,
        limit: Duration,
        draft_secret: String,
        report: Report,
    ) -> Self {
        Self { state, pool, limit, draft_secret, report }
    }
}

impl Gate for DevGate {
    fn prepare(&self, request: &GateRequest<'_>) -> Option<GateFuture> {
        if self.state.is_ready(request.route) && self.state.listed.of(request.route).is_none() {
            return None;
        }
        let (state, report, route) = (Arc::clone(&self.state), self.report, request.route);
        let sees_drafts = sees_drafts(request.headers, &self.draft_secret);
        let (pool, limit, params) = (Arc::clone(&self.pool), self.limit, request.params.to_owned());
        let headers = request.headers.clone();
        let allowed = Arc::clone(&self.state.allowed_origins.read().unwrap_or_else(PoisonError::into_inner));
        let may_see_code = may_see_code(request.peer, &headers, &allowed);
        Some(Box::pin(async move {
            let table = state.table();
            let checked = Arc::clone(&state);
            let is_ready = state.is_ready(route);
            let check = tokio::task::spawn_blocking(move || if is_ready { Ok(()) } else { checked.check(route) });
            tokio::pin!(check);
            let checked = tokio::select! {
                checked = &mut check => checked,
                () = tokio::time::sleep(QUIET) => {
                    let pattern = table.manifest().routes.get(route.0 as usize).map(|route| route.pattern.as_str());
                    report.doing(format!("Compiling {} ...", pattern.unwrap_or("a route")));
                    check.await
                }
            };
            let show = |problem: &Problem| -> GatePage { error_page::page(problem, &headers, may_see_code) };
            match checked {
                Ok(Ok(())) => {
                    state.heard(route).await;
                    let asked = Asked { route, pattern: table.pattern(route), params: &params, sees_drafts };
                    match state.listed.serves(asked, &pool, limit).await {
                        Ok(Some(pass)) => Ok(pass),
                        Ok(None) => Err(show(&Problem::NotListed)),
                        Err(text) => {
                            report.error(&text);
                            Err(show(&Problem::Params(text)))
                        }
                    }
                }
                Ok(Err(problem)) => Err(show(&problem)),
                Err(error) => Err(show(&Problem::Project(format!("the compiler ended early: {error}")))),
            }
        }))
    }
}
