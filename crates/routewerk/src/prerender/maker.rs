//! One entry of a build: the call of its handler, again where it takes too long, and what is told where it fails.

use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use routewerk_bundle::Location;
use routewerk_engine::{ThreadEngine, WorkerPool};
use routewerk_handler::{Generation, HandlerEngine, RouteId};
use routewerk_server::{GenerationBudget, entry_of, generation_call};
use tokio::sync::Semaphore;

use super::{Job, ORIGIN};
use crate::caching::now;
use crate::caching::seeds::Seed;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::report::Report;

/// How often a handler that takes too long is called, as in Next.js.
const ATTEMPTS: u32 = 3;
/// How long a new worker may take to take the place of one that was stuck.
const WORKER_WAIT: Duration = Duration::from_secs(10);

/// What became of an entry.
pub(super) enum Made {
    Entry(Box<Seed>),
    /// The route is dynamic.
    Dynamic,
}

/// Makes entries.
#[derive(Clone)]
pub(super) struct Maker {
    pub(super) pool: Arc<WorkerPool>,
    pub(super) engine: Rc<ThreadEngine>,
    pub(super) root: PathBuf,
    pub(super) limit: Duration,
    pub(super) expire_seconds: u64,
    /// As many handlers are called at once.
    pub(super) concurrent: u32,
    pub(super) places: Rc<Semaphore>,
    pub(super) budget: GenerationBudget,
    pub(super) report: Report,
}

/// Why an attempt has not made an entry.
enum Unmade {
    /// The handler has thrown.
    Thrown(String),
    /// It took too long, or its worker ended.
    Late,
}

impl Maker {
    /// Makes one entry, and again where it takes too long: then alone, so that a handler that never lets go of its
    /// worker is blamed and not those beside it.
    pub(super) async fn make(&self, job: &Job) -> Result<Made, Failure> {
        let key = format!("{}/route: {}", job.pattern.trim_end_matches('/'), job.path);
        for attempt in 1..=ATTEMPTS {
            let places = if attempt == 1 { 1 } else { self.concurrent };
            let _place = self.places.acquire_many(places).await.expect("the semaphore is never closed");
            if attempt > 1 {
                self.wait_for_worker().await;
            }
            let made = tokio::time::timeout(self.limit, self.attempt(job)).await.unwrap_or(Err(Unmade::Late));
            match made {
                Ok(made) => return Ok(made),
                Err(Unmade::Thrown(failure)) => return Err(self.thrown(job, &key, &failure)),
                Err(Unmade::Late) if attempt < ATTEMPTS => self.report.warn(format!(
                    "Failed to build {key} (attempt {attempt} of {ATTEMPTS}) because it took more than {} seconds. \
                     Retrying again shortly.",
                    self.limit.as_secs_f64()
                )),
                Err(Unmade::Late) => {}
            }
        }
        let text = format!(
            "Failed to build {key} after {ATTEMPTS} attempts.\nExport encountered an error on {key}, exiting the build."
        );
        Err(Failure::new(Exit::Failed, text)
            .with_hint("A handler that needs longer: staticPageGenerationTimeout in next.config, in seconds."))
    }

    /// Waits until a worker listens: one that is stuck is found out and replaced first.
    async fn wait_for_worker(&self) {
        let listens = async {
            loop {
                let answers = self.pool.ask_all("ping", Bytes::from_static(b"null")).await.unwrap_or_default();
                if answers.iter().any(|(_, answer)| answer.is_ok()) {
                    return;
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        // Whatever comes of it, the next attempt is bounded by itself.
        drop(tokio::time::timeout(self.limit.saturating_mul(2) + WORKER_WAIT, listens).await);
    }

    async fn attempt(&self, job: &Job) -> Result<Made, Unmade> {
        let made_at = now();
        let route = RouteId(job.route as u32);
        let call = generation_call(route, ORIGIN, &job.path, &job.params, Generation::Build);
        let reply = self.engine.call(call).await.map_err(|_| Unmade::Late)?;
        if let Some(facts) = &reply.facts {
            if let Some(failure) = &facts.failure {
                return Err(Unmade::Thrown(failure.clone()));
            }
            if facts.dynamic.is_some() || (reply.status >= 400 && reply.status != 404) {
                return Ok(Made::Dynamic);
            }
        }
        let mut room = self.budget.room();
        let made = entry_of(reply, job.path.clone(), Some(self.expire_seconds), &mut room).await;
        let reply = made.map_err(|error| Unmade::Thrown(error.to_string()))?;
        let (pattern, params) = (job.pattern.clone(), job.params.clone());
        Ok(Made::Entry(Box::new(Seed { pattern, params, made_at, reply })))
    }

    fn thrown(&self, job: &Job, key: &str, failure: &str) -> Failure {
        let failure = of_the_user(failure);
        let text = format!(
            "Error occurred prerendering page \"{}\". Read more: https://nextjs.org/docs/messages/prerender-error\n\
             {failure}\nExport encountered an error on {key}, exiting the build.",
            job.path
        );
        Failure::new(Exit::Failed, text).with_frame(frame_of(&self.root, &failure)).bare()
    }
}

/// An error's text without the lines of the stack that are not of the user's files.
pub(super) fn of_the_user(text: &str) -> String {
    let lines: Vec<_> = text.lines().filter(|line| !line.contains("/routewerk-runtime/")).collect();
    lines.join("\n")
}

/// The first place of a stack that is in the project, as an excerpt.
pub(super) fn frame_of(root: &Path, text: &str) -> Option<String> {
    text.lines().filter_map(|line| line.trim_start().strip_prefix("at ")).find_map(|line| {
        let place = line.rsplit_once('(').map_or(line, |(_, place)| place.trim_end_matches(')'));
        let (place, column) = place.rsplit_once(':')?;
        let (file, number) = place.rsplit_once(':')?;
        let (number, column) = (number.parse().ok()?, column.parse().ok()?);
        let file = root.join(file);
        let source = std::fs::read_to_string(&file).ok()?;
        Some(Location::at_line(root, &file, &source, number, column).frame)
    })
}
