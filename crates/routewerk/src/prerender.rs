//! The entries that a build begins with: static handlers are called once, as `start` will call them later.
//!
//! Only what asks to be static is run ([`routes_table::kind`](crate::routes_table::kind) says what does); a project
//! without such a route starts no worker. What turns out to depend on a request makes its route dynamic, which is no
//! error; what fails ends the build, in Next.js's words.

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use routewerk_bundle::{Location, MANIFEST_FILE, Manifest, RouteKind};
use routewerk_cache::Cache;
use routewerk_engine::{AskError, Runtime, ThreadEngine, WorkerPool};
use routewerk_handler::{Generation, HandlerEngine, HandlerHost, HostAnswer, HostRequest, RouteId};
use routewerk_routes::Pattern;
use routewerk_server::{entry_of, entry_path, generation_call};
use serde::Deserialize;
use tokio::sync::Semaphore;
use tokio::task::LocalSet;

use crate::caching::host::CacheHost;
use crate::caching::seeds::{Seed, Seeds};
use crate::caching::{now, settings};
use crate::commands::build::WORKER_FILE;
use crate::draft_secret;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::project::Project;
use crate::report::Report;
use crate::report::progress::Progress;
use crate::worker_voice::WorkerVoice;
use crate::workers::{self, PoolSize, WorkerFiles, WorkerSetup};

/// How many handlers are called at once, as in Next.js.
const CONCURRENT: u32 = 8;
/// How often a handler that takes too long is called, as in Next.js.
const ATTEMPTS: u32 = 3;
/// How long work that handlers do `after` their replies may take.
const AFTER_LIMIT: Duration = Duration::from_mins(1);
/// How long a new worker may take to take the place of one that was stuck.
const WORKER_WAIT: Duration = Duration::from_secs(10);
/// What `request.url` begins with in a build, as in Next.js.
const ORIGIN: &str = "http://localhost:3000";

/// An entry that is to be made.
#[derive(Clone, Debug)]
struct Job {
    route: usize,
    pattern: String,
    params: String,
    path: String,
}

/// What became of one.
enum Made {
    Entry(Box<Seed>),
    /// The route is dynamic.
    Dynamic,
}

/// The answer to `params.generate`.
#[derive(Deserialize)]
struct GeneratedParams {
    params: Option<Vec<String>>,
}

/// Makes the entries of a build in its directory. Routes that turn out to be dynamic become so in the manifest.
///
/// # Errors
/// A [`Failure`] in Next.js's words for what a handler has thrown, or that takes too long.
pub(crate) async fn run(
    project: &Project,
    build: &Path,
    manifest: &mut Manifest,
    runtime: &Runtime,
    report: Report,
) -> Result<Seeds, Failure> {
    if manifest.routes.iter().all(|route| route.kind == RouteKind::Dynamic) {
        return Ok(Seeds::default());
    }
    let limit = settings::generation_limit(&manifest.config);
    let setup = WorkerSetup::for_build(&project.root, runtime.clone(), ORIGIN);
    let files = WorkerFiles {
        mode: "production",
        script: build.join(WORKER_FILE),
        build: build.to_path_buf(),
        manifest: build.join(MANIFEST_FILE),
        draft_secret: draft_secret::read(build, report),
    };
    let voice = WorkerVoice::new(report);
    let cache = CacheHost::new(Cache::in_memory(settings::options(&manifest.config, None)));
    let limits = routewerk_engine::Limits {
        // A handler that never lets go of its thread ends its worker, and is told like any that takes too long.
        stall_limit: Some(limit.max(Duration::from_secs(1))),
        ..routewerk_engine::Limits::default()
    };
    let spec = setup.spec(&files, project.environment.for_workers());
    let host = Arc::new(BuildHost { cache, voice: voice.clone() });
    let size = PoolSize { workers: NonZeroUsize::MIN, front_threads: NonZeroUsize::MIN };
    let pool = workers::start_pool(&setup, spec, size, limits, host, Arc::new(voice))?;
    let made = LocalSet::new()
        .run_until(async {
            workers::first_ready(&pool, setup.runtime()).await?;
            let prerender = Prerender { pool: &pool, engine: Rc::new(pool.attach(0)), manifest, limit, report };
            prerender.run().await
        })
        .await;
    // Nobody waits for work of a build that has failed.
    pool.shutdown(if made.is_ok() { AFTER_LIMIT } else { Duration::ZERO }).await;
    let (seeds, dynamic) = made?;
    for route in dynamic {
        let route = &mut manifest.routes[route];
        // What was made of its other params is served, as in Next.js.
        route.partly_dynamic = seeds.of(&route.pattern).next().is_some();
        if !route.partly_dynamic {
            route.kind = RouteKind::Dynamic;
        }
    }
    Ok(seeds)
}

/// Answers workers of a build: what one handler stores, the next one finds.
struct BuildHost {
    cache: CacheHost,
    voice: WorkerVoice,
}

impl HandlerHost for BuildHost {
    fn answer(&self, request: HostRequest) -> HostAnswer {
        self.cache
            .answer(&request)
            .unwrap_or_else(|| Box::pin(async move { Err(format!("unknown topic `{}`", request.topic)) }))
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

struct Prerender<'build> {
    pool: &'build Arc<WorkerPool>,
    engine: Rc<ThreadEngine>,
    manifest: &'build Manifest,
    limit: Duration,
    report: Report,
}

impl Prerender<'_> {
    /// Makes all entries; the second part of the answer is the routes that are dynamic after all.
    async fn run(&self) -> Result<(Seeds, Vec<usize>), Failure> {
        let mut jobs = Vec::new();
        for (index, route) in self.manifest.routes.iter().enumerate() {
            let params = match route.kind {
                RouteKind::Ssg => self.params_of(index).await?,
                RouteKind::Static if route.params.is_empty() => vec![String::new()],
                // The paths of such a static route are known by those who ask for them.
                RouteKind::Dynamic | RouteKind::Static => continue,
            };
            let pattern = Pattern::parse(&route.pattern).map_err(|error| {
                Failure::new(Exit::Failed, format!("the route `{}` is none: {error}", route.pattern))
            })?;
            let has_slash =
                self.manifest.config.get("trailingSlash").and_then(serde_json::Value::as_bool) == Some(true);
            jobs.extend(params.into_iter().map(|params| {
                let path = entry_path(&pattern, &params, has_slash);
                Job { route: index, pattern: route.pattern.clone(), params, path }
            }));
        }
        self.make_all(jobs).await
    }

    async fn make_all(&self, jobs: Vec<Job>) -> Result<(Seeds, Vec<usize>), Failure> {
        let total = jobs.len();
        let progress = Progress::counting(self.report, "Generating static routes", total as u64);
        let (mut seeds, mut dynamic) = (Vec::with_capacity(total), Vec::new());
        let maker = Maker {
            pool: Arc::clone(self.pool),
            engine: Rc::clone(&self.engine),
            root: self.manifest.root.clone(),
            limit: self.limit,
            expire_seconds: settings::expire_seconds(&self.manifest.config),
            places: Rc::new(Semaphore::new(CONCURRENT as usize)),
            report: self.report,
        };
        let mut waiting = jobs.into_iter();
        let mut running = tokio::task::JoinSet::new();
        loop {
            while running.len() < CONCURRENT as usize
                && let Some(job) = waiting.next()
            {
                let maker = maker.clone();
                running.spawn_local(async move {
                    let made = maker.make(&job).await;
                    (job, made)
                });
            }
            let Some(ended) = running.join_next().await else { break };
            let (job, made) =
                ended.map_err(|error| Failure::new(Exit::Failed, format!("a static route ended early: {error}")))?;
            match made? {
                Made::Entry(seed) => seeds.push(*seed),
                Made::Dynamic => dynamic.push(job.route),
            }
            progress.advance();
        }
        // In the order of the routes, whatever took longest.
        let place = |pattern: &str| self.manifest.routes.iter().position(|route| route.pattern == pattern);
        seeds.sort_by_cached_key(|seed: &Seed| place(&seed.pattern));
        drop(progress);
        if total > 0 {
            self.report.done(format!("Generated static routes ({total}/{total})"));
        }
        Ok((Seeds::new(seeds), dynamic))
    }

    /// The params that a route's `generateStaticParams` names.
    async fn params_of(&self, index: usize) -> Result<Vec<String>, Failure> {
        let pattern = &self.manifest.routes[index].pattern;
        let failed = |text: &str| {
            let text = of_the_user(text);
            let frame = frame_of(&self.manifest.root, &text);
            Failure::new(Exit::Failed, format!("{text}\nFailed to collect page data for {pattern}")).with_frame(frame)
        };
        let question = serde_json::json!({ "route": index }).to_string();
        let asked = tokio::time::timeout(self.limit, self.pool.ask_all("params.generate", question.into())).await;
        let answers = match asked {
            Err(_) => {
                let limit = crate::report::duration(self.limit);
                return Err(failed(&format!("generateStaticParams of {pattern} has not answered within {limit}")));
            }
            Ok(answers) => answers.map_err(|error| failed(&error.to_string()))?,
        };
        let answer = match answers.into_iter().next() {
            Some((_, Ok(answer))) => answer,
            Some((_, Err(AskError::Failed { message, .. }))) => return Err(failed(&message)),
            Some((_, Err(error))) => return Err(failed(&error.to_string())),
            None => return Err(failed("the worker has ended")),
        };
        let found: GeneratedParams = serde_json::from_slice(&answer)
            .map_err(|error| failed(&format!("the answer of generateStaticParams cannot be read: {error}")))?;
        Ok(found.params.unwrap_or_default())
    }
}

/// Makes entries.
#[derive(Clone)]
struct Maker {
    pool: Arc<WorkerPool>,
    engine: Rc<ThreadEngine>,
    root: PathBuf,
    limit: Duration,
    expire_seconds: u64,
    places: Rc<Semaphore>,
    report: Report,
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
    async fn make(&self, job: &Job) -> Result<Made, Failure> {
        let key = format!("{}/route: {}", job.pattern.trim_end_matches('/'), job.path);
        for attempt in 1..=ATTEMPTS {
            let places = if attempt == 1 { 1 } else { CONCURRENT };
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
        let made = entry_of(reply, job.path.clone(), Some(self.expire_seconds)).await;
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
fn of_the_user(text: &str) -> String {
    let lines: Vec<_> = text.lines().filter(|line| !line.contains("/routewerk-runtime/")).collect();
    lines.join("\n")
}

/// The first place of a stack that is in the project, as an excerpt.
fn frame_of(root: &Path, text: &str) -> Option<String> {
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
