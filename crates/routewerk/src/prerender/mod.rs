//! The entries that a build begins with: static handlers are called once, as `start` will call them later.
//!
//! Only what asks to be static is run ([`routes_table::kind`] says what does); a project
//! without such a route starts no worker. What turns out to depend on a request makes its route dynamic, which is no
//! error; what fails ends the build, in Next.js's words.

mod maker;

use std::num::NonZeroUsize;
use std::path::Path;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use routewerk_bundle::{MANIFEST_FILE, Manifest, ManifestRoute, RouteKind};
use routewerk_cache::{Cache, Notice};
use routewerk_engine::{AskError, Runtime, WorkerPool, WorkerSpec};
use routewerk_routes::Pattern;
use routewerk_server::{GenerationBudget, entry_path};
use serde::Deserialize;
use tokio::sync::Semaphore;
use tokio::task::LocalSet;

use self::maker::{Made, Maker, frame_of, of_the_user};
use crate::caching;
use crate::caching::host::CacheHost;
use crate::caching::seeds::{MadeSeeds, SeedWriter};
use crate::caching::settings;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::OutputDir;
use crate::project::Project;
use crate::report::Report;
use crate::report::progress::Progress;
use crate::routes_table;
use crate::worker_host::{WorkerHost, files_of_build};
use crate::worker_voice::WorkerVoice;
use crate::workers::{self, PoolSize, WorkerSetup};

/// How long work that handlers do `after` their replies may take.
const AFTER_LIMIT: Duration = Duration::from_mins(1);
/// What `request.url` begins with in a build, as in Next.js.
const ORIGIN: &str = "http://localhost:3000";
/// Replies of a build that are held at once, in bytes.
const HELD_BYTES: u64 = 256 << 20;

/// An entry that is to be made.
#[derive(Clone, Debug)]
struct Job {
    route: usize,
    pattern: String,
    params: String,
    path: String,
    /// Its place among the paths of its route.
    number: usize,
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
) -> Result<MadeSeeds, Failure> {
    if manifest.routes.iter().all(|route| route.kind == RouteKind::Dynamic) {
        return Ok(MadeSeeds::default());
    }
    let setup = WorkerSetup::for_build(&project.root, runtime.clone(), ORIGIN);
    let files = files_of_build(build, build.join(MANIFEST_FILE), report);
    let cache = open_cache(&OutputDir::new(&project.root), &manifest.config, report);
    let prerender = Prerender {
        spec: setup.spec(&files, project.environment.for_workers()),
        cache: CacheHost::new(cache.clone()),
        limit: settings::generation_limit(&manifest.config),
        cache_components: project.config.uses_cache_components(),
        voice: WorkerVoice::new(report),
        setup,
        build,
        report,
    };
    let made = LocalSet::new().run_until(prerender.run(manifest)).await;
    // What was stored last is written before the build ends, also one that has failed: the next one need not ask for it again.
    cache.close();
    let (made, dynamic) = made?;
    manifest.prerendered = made.len() as u64;
    for route in dynamic {
        let route = &mut manifest.routes[route];
        // What was made of its other params is served, as in Next.js.
        route.partly_dynamic = !made.of(&route.pattern).is_empty();
        if !route.partly_dynamic {
            route.kind = RouteKind::Dynamic;
        }
    }
    Ok(made)
}

/// The cache of a build: the server finds what handlers have stored in it (not what they have answered), and so does the next build, as
/// in Next.js. While a server has the directory, it is kept for this build alone.
fn open_cache(output: &OutputDir, config: &serde_json::Value, report: Report) -> Cache {
    let options = settings::options(config, Some(&output.cache()));
    Cache::open(options, caching::now(), move |notice| match notice {
        Notice::InUse { .. } => {}
        Notice::Unusable { .. } | Notice::BeginsAnew { .. } | Notice::Failing { .. } | Notice::WorksAgain { .. } => {
            report.warn(notice);
        }
    })
}

struct Prerender<'build> {
    setup: WorkerSetup,
    spec: WorkerSpec,
    cache: CacheHost,
    limit: Duration,
    cache_components: bool,
    voice: WorkerVoice,
    build: &'build Path,
    report: Report,
}

impl Prerender<'_> {
    /// Makes all entries; the second part of the answer is the routes that are dynamic after all.
    async fn run(&self, manifest: &mut Manifest) -> Result<(MadeSeeds, Vec<usize>), Failure> {
        let pool = self.start_workers(NonZeroUsize::MIN)?;
        let jobs = async {
            workers::first_ready(&pool, self.setup.runtime()).await?;
            self.check_user_store(&pool, manifest).await?;
            self.jobs(&pool, manifest).await
        };
        let jobs = match jobs.await {
            Ok(jobs) => jobs,
            Err(failure) => return self.end(&pool, Err(failure)).await,
        };
        let wanted = settings::generation_workers(&manifest.config, jobs.len());
        if wanted == NonZeroUsize::MIN {
            let made = self.make_all(&pool, wanted, jobs, manifest).await;
            return self.end(&pool, made).await;
        }
        // The one that has named the paths is not kept beside them: they are as many as the machine can bear.
        pool.shutdown(AFTER_LIMIT).await;
        let pool = self.start_workers(wanted)?;
        let made = async {
            workers::first_ready(&pool, self.setup.runtime()).await?;
            self.make_all(&pool, wanted, jobs, manifest).await
        };
        let made = made.await;
        self.end(&pool, made).await
    }

    fn start_workers(&self, workers: NonZeroUsize) -> Result<Arc<WorkerPool>, Failure> {
        let limits = routewerk_engine::Limits {
            // A handler that never lets go of its thread ends its worker, and is told like any that takes too long.
            stall_limit: Some(self.limit.max(Duration::from_secs(1))),
            ..routewerk_engine::Limits::default()
        };
        let voice = self.voice.clone();
        let host = Arc::new(WorkerHost::new(self.cache.clone(), voice.clone()));
        let size = PoolSize { workers, front_threads: NonZeroUsize::MIN };
        workers::start_pool(&self.setup, self.spec.clone(), size, limits, host, Arc::new(voice))
    }

    async fn end<T>(&self, pool: &WorkerPool, made: Result<T, Failure>) -> Result<T, Failure> {
        // Nobody waits for work of a build that has failed.
        if made.is_err() {
            self.voice.gives_up();
        }
        pool.shutdown(if made.is_ok() { AFTER_LIMIT } else { Duration::ZERO }).await;
        made
    }

    /// Loads the user's own store: what it throws ends the build, as in Next.js.
    async fn check_user_store(&self, pool: &WorkerPool, manifest: &Manifest) -> Result<(), Failure> {
        let Some(module) = &manifest.config_modules.cache_handler else { return Ok(()) };
        let failed = |text: &str| {
            let text = of_the_user(text);
            let frame = frame_of(&manifest.root, &text);
            let message = format!("{text}\nThe cacheHandler of next.config ({}) cannot be used.", module.file);
            Failure::new(Exit::Failed, message).with_frame(frame)
        };
        let asked = pool.ask_all("store.check", bytes::Bytes::from_static(b"null"));
        let answers = match tokio::time::timeout(self.limit, asked).await {
            Err(_) => return Err(failed("it was not loaded in time")),
            Ok(answers) => answers.map_err(|error| failed(&error.to_string()))?,
        };
        match answers.into_iter().next() {
            Some((_, Ok(_))) => Ok(()),
            Some((_, Err(AskError::Failed { message, .. }))) => Err(failed(&message)),
            Some((_, Err(error))) => Err(failed(&error.to_string())),
            None => Err(failed("the worker has ended")),
        }
    }

    /// The entries that are to be made.
    async fn jobs(&self, pool: &WorkerPool, manifest: &mut Manifest) -> Result<Vec<Job>, Failure> {
        let mut jobs = Vec::new();
        let has_slash = manifest.config.get("trailingSlash").and_then(serde_json::Value::as_bool) == Some(true);
        for index in 0..manifest.routes.len() {
            let params = match self.named_params(pool, index, manifest).await? {
                Some(named) => named,
                None if manifest.routes[index].kind == RouteKind::Static => vec![String::new()],
                None => continue,
            };
            let route = &manifest.routes[index];
            let pattern = Pattern::parse(&route.pattern).map_err(|error| {
                Failure::new(Exit::Failed, format!("the route `{}` is none: {error}", route.pattern))
            })?;
            jobs.extend(params.into_iter().enumerate().map(|(number, params)| {
                let path = entry_path(&pattern, &params, has_slash);
                Job { route: index, pattern: route.pattern.clone(), params, path, number }
            }));
        }
        Ok(jobs)
    }

    /// The params that are known of a static route: those that it names. `None`: it is to be tried as it is, or not at all where
    /// it is dynamic. An export `generateStaticParams` that is no function is none.
    async fn named_params(
        &self,
        pool: &WorkerPool,
        index: usize,
        manifest: &mut Manifest,
    ) -> Result<Option<Vec<String>>, Failure> {
        let route = &manifest.routes[index];
        let unnamed = self.kind_without_params(route);
        let is_asked = route.segment.generate_static_params && route.kind != unnamed;
        match route.kind {
            RouteKind::Ssg => {}
            RouteKind::Static if is_asked => {}
            RouteKind::Static if route.params.is_empty() => return Ok(None),
            // The paths of such a static route are known by those who ask for them.
            RouteKind::Static => return Ok(Some(Vec::new())),
            RouteKind::Dynamic => return Ok(None),
        }
        if let Some(named) = self.params_of(pool, index, manifest).await? {
            let has_params = !manifest.routes[index].params.is_empty();
            return Ok(has_params.then_some(named));
        }
        let route = &mut manifest.routes[index];
        route.segment.generate_static_params = false;
        route.kind = unnamed;
        Ok(match unnamed {
            RouteKind::Static if !route.params.is_empty() => Some(Vec::new()),
            RouteKind::Static | RouteKind::Ssg | RouteKind::Dynamic => None,
        })
    }

    /// What a route would be if it named no params.
    fn kind_without_params(&self, route: &ManifestRoute) -> RouteKind {
        let segment = routewerk_bundle::SegmentConfig { generate_static_params: false, ..route.segment.clone() };
        routes_table::kind(&segment, route.methods.as_deref(), !route.params.is_empty(), self.cache_components)
    }

    async fn make_all(
        &self,
        pool: &Arc<WorkerPool>,
        workers: NonZeroUsize,
        jobs: Vec<Job>,
        manifest: &Manifest,
    ) -> Result<(MadeSeeds, Vec<usize>), Failure> {
        let total = jobs.len();
        let progress = Progress::counting(self.report, "Generating static routes", total as u64);
        let (mut writer, mut dynamic) = (SeedWriter::new(self.build), Vec::new());
        let concurrent = settings::generations_at_once(&manifest.config).saturating_mul(workers.get() as u32);
        let maker = Maker {
            pool: Arc::clone(pool),
            engine: Rc::new(pool.attach(0)),
            root: manifest.root.clone(),
            limit: self.limit,
            expire_seconds: settings::expire_seconds(&manifest.config),
            concurrent,
            places: Rc::new(Semaphore::new(concurrent as usize)),
            budget: GenerationBudget::new(concurrent as usize, HELD_BYTES),
            report: self.report,
        };
        let mut waiting = jobs.into_iter();
        let mut running = tokio::task::JoinSet::new();
        loop {
            while running.len() < concurrent as usize
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
                Made::Entry(seed) => writer.add(&seed, job.number)?,
                Made::Dynamic => dynamic.push(job.route),
            }
            progress.advance();
        }
        drop(progress);
        let made = writer.finish()?;
        if total > 0 {
            self.report.done(format!("Generated static routes ({total}/{total})"));
        }
        Ok((made, dynamic))
    }

    /// The params that a route's `generateStaticParams` names; `None` where that is no function.
    async fn params_of(
        &self,
        pool: &WorkerPool,
        index: usize,
        manifest: &Manifest,
    ) -> Result<Option<Vec<String>>, Failure> {
        let pattern = &manifest.routes[index].pattern;
        let failed = |text: &str| {
            let text = of_the_user(text);
            let frame = frame_of(&manifest.root, &text);
            Failure::new(Exit::Failed, format!("{text}\nFailed to collect page data for {pattern}")).with_frame(frame)
        };
        let question = serde_json::json!({ "route": index }).to_string();
        let asked = tokio::time::timeout(self.limit, pool.ask_all("params.generate", question.into())).await;
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
        Ok(found.params)
    }
}
