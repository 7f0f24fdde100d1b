//! `routewerk start`: serves the newest build.
//!
//! The port is taken before anything else is done, and the worker starts while the rest is read, so that a restart
//! behind a load balancer costs no connection. next.config is not evaluated: the build holds what it said. `.env*` files
//! are read again, as Next.js does.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use routewerk_bundle::{MANIFEST_FILE, Manifest, ManifestError, ManifestRoute};
use routewerk_cache::{BuildKey, Cache};
use routewerk_engine::{Runtime, WorkerPool};
use routewerk_handler::RouteId;
use routewerk_routes::rules::Rules;
use routewerk_routes::target::TargetRules;
use routewerk_routes::{Pattern, Router};
use routewerk_server::{Compressor, Hooks, RouterSite, SharedSite, Site, StaticRoute};

use crate::cache_admin::socket::CacheSocket;
use crate::cache_admin::{Running, Subject, UserStore};
use crate::caching::generation_log::GenerationLog;
use crate::caching::host::CacheHost;
use crate::caching::{self, settings, static_routes};
use crate::cli::ServeArgs;
use crate::commands::build::{self, GONE_FILE};
use crate::env_vars::Environment;
use crate::exit::Exit;
use crate::failure::{Failure, IoContext};
use crate::listening;
use crate::next_config::{Phase, routing};
use crate::output::{HeldBuild, OutputDir};
use crate::project::{Project, ProjectEnvironment};
use crate::report::{self, Report};
use crate::serving::Serving;
use crate::settings::ServeSettings;
use crate::signals::{Received, Signals};
use crate::site::{Methods, SlotSite, Slots};
use crate::worker_host::{WorkerHost, files_of_build};
use crate::worker_voice::WorkerVoice;
use crate::workers::{self, WorkerFiles, WorkerSetup};
use crate::{draft_secret, open_files, routes_table, runtime};

/// Next.js's text for a missing build, with our names.
const NO_BUILD: &str = "Error: Could not find a production build in the '.routewerk' directory. Try building your app \
    with 'routewerk build' before starting the production server.";

/// Runs the command.
///
/// # Errors
/// A [`Failure`] if it cannot begin to serve; after that only a signal ends it.
pub(crate) async fn run(
    args: &ServeArgs,
    environment: &Environment,
    begun: Instant,
    report: Report,
) -> Result<Exit, Failure> {
    let machine = std::thread::available_parallelism().unwrap_or(std::num::NonZeroUsize::MIN);
    let settings = ServeSettings::merge(args, machine)?;
    open_files::raise(settings.server.limits.max_connections, report);
    let mut signals =
        Signals::take().map_err(|error| Failure::new(Exit::Failed, format!("signals cannot be received: {error}")))?;
    let output = OutputDir::new(&settings.root);
    let newest = Build::newest(&output)?;
    let listening = listening::listen(&settings.listen)?;
    let runtime = runtime::find(&settings.runtime, environment)?;
    let variables = newest.environment(&settings, &runtime, environment, report).await?;
    let setup = WorkerSetup::new(&settings, runtime, &listening);
    let spec = setup.spec(&newest.files(newest.held.path.join(MANIFEST_FILE), report), variables.for_workers());
    let voice = WorkerVoice::new(report);
    let cache = newest.open_cache(&output, settings.generation_limit, report);
    let cache_host = CacheHost::new(cache.clone());
    let values = cache_host.numbers();
    let host = WorkerHost::new(cache_host, voice.clone());
    let pool = workers::start(&settings, &setup, spec, Arc::new(host), Arc::new(voice))?;
    if let Some(flag) = settings.ignored_bundler {
        report.line(format!("  {flag} is ignored: Routewerk has a bundler of its own."));
    }
    listening.print_banner(&variables.files, report);
    let mut slots = Slots::default();
    // Beside the worker's start.
    let site = SharedSite::new(newest.first_site(&mut slots, &cache, report)?);
    for (index, route) in newest.manifest.routes.iter().enumerate() {
        settings.durations.take(RouteId(index as u32), &route.segment);
    }
    let log = GenerationLog::begin(report)
        .map_err(|error| Failure::new(Exit::Failed, format!("a thread cannot be started: {error}")))?;
    let hooks = Hooks { generations: Some(Arc::new(log)), ..Hooks::default() };
    let serving = Serving::begin(listening, &settings, site.clone(), Arc::clone(&pool), hooks)?;
    tokio::select! {
        ready = workers::first_ready(&pool, setup.runtime()) => ready?,
        // Nothing is under way yet that could be waited for.
        _ = signals.end() => return Ok(Exit::Ok),
    }
    let running = Running { begun, server: serving.numbers(), values };
    let user_store = UserStore::of(&newest.manifest, Some(Arc::clone(&pool)));
    let subject = Subject { cache: cache.clone(), running: Some(running), user_store };
    // Before it says that it is ready: whoever reads that may ask.
    let _socket = open_socket(&output, subject, report).await;
    report.done(format!("Ready in {}", report::duration(begun.elapsed())));
    newest.warn_of_unsupported_files(&settings, report);
    let mut reloader = Reloader {
        settings: &settings,
        environment,
        output,
        setup,
        pool,
        site,
        slots,
        cache: cache.clone(),
        report,
        serving: newest,
        before: None,
        manifest_copy: None,
    };
    loop {
        match signals.next().await {
            Received::End(_) => break,
            Received::Reload => tokio::select! {
                () = reloader.reload() => {}
                _ = signals.end() => break,
            },
        }
    }
    let exit = serving.end(&mut signals, settings.drain, report).await;
    // What was stored last is written before the process ends.
    cache.close();
    Ok(exit)
}

/// Lets `routewerk cache` ask this server. Without the socket it serves all the same.
async fn open_socket(output: &OutputDir, subject: Subject, report: Report) -> Option<CacheSocket> {
    let directory = output.run();
    CacheSocket::open(&directory, subject).await.unwrap_or_else(|error| {
        report.warn(format!("`routewerk cache` cannot ask this server: `{}`: {error}", directory.display()));
        None
    })
}

/// A build that is being served.
struct Build {
    held: HeldBuild,
    manifest: Manifest,
}

impl Build {
    /// The newest build of a project.
    fn newest(output: &OutputDir) -> Result<Self, Failure> {
        let no_build = || Failure::new(Exit::NoBuild, NO_BUILD).bare().with_hint("routewerk build && routewerk start");
        let held = output.current()?.ok_or_else(no_build)?;
        let manifest = Manifest::read(&held.path).map_err(|error| match error {
            ManifestError::Missing(_) => no_build(),
            other => Failure::new(Exit::NoBuild, other.to_string()).with_hint("routewerk build"),
        })?;
        if !build::is_own_version(&held.path) {
            let text = "The build in '.routewerk' was made by another version of Routewerk.";
            return Err(Failure::new(Exit::NoBuild, text).with_hint("routewerk build"));
        }
        Ok(Self { held, manifest })
    }

    /// What its workers need.
    fn files(&self, manifest: PathBuf, report: Report) -> WorkerFiles {
        files_of_build(&self.held.path, manifest, report)
    }

    /// The environment as the project's files say it now.
    async fn environment(
        &self,
        settings: &ServeSettings,
        runtime: &Runtime,
        environment: &Environment,
        report: Report,
    ) -> Result<ProjectEnvironment, Failure> {
        // A configuration that sets variables is evaluated for these alone.
        if self.manifest.config.get(crate::next_config::SETS_ENVIRONMENT).is_some() {
            return Ok(Project::load(&settings.root, Phase::Server, runtime, environment, report).await?.environment);
        }
        Ok(ProjectEnvironment::load(&settings.root, false, environment, report))
    }

    fn rules(&self) -> TargetRules {
        let config = &self.manifest.config;
        let flag = |name: &str| config.get(name).and_then(serde_json::Value::as_bool).unwrap_or_default();
        TargetRules {
            base_path: config.get("basePath").and_then(serde_json::Value::as_str).unwrap_or_default().to_owned(),
            trailing_slash: flag("trailingSlash"),
            skip_trailing_slash_redirect: flag("skipTrailingSlashRedirect"),
        }
    }

    /// What next.config makes of requests.
    fn routing(&self) -> Result<Rules, Failure> {
        routing::compile(&self.manifest.config)
    }

    fn router(&self) -> Result<Router, Failure> {
        let parse = |text: &String| {
            Pattern::parse(text).map_err(|error| {
                Failure::new(Exit::NoBuild, format!("the build's route `{text}` is none: {error}"))
                    .with_hint("routewerk build")
            })
        };
        let routes: Vec<_> =
            self.manifest.routes.iter().map(|route| parse(&route.pattern)).collect::<Result<_, _>>()?;
        let pages: Vec<_> = self.manifest.pages.iter().map(|page| parse(&page.pattern)).collect::<Result<_, _>>()?;
        Ok(Router::new(&routes, &pages))
    }

    /// The cache of a server that begins with this build.
    fn open_cache(&self, output: &OutputDir, limit: Duration, report: Report) -> Cache {
        let directory = output.cache();
        if !settings::flushes_to_disk(&self.manifest.config)
            && let Err(error) = Cache::disown(&directory)
        {
            report.warn(format!("What was stored in `{}` before cannot be given up: {error}", directory.display()));
        }
        let options = settings::with_limit(settings::options(&self.manifest.config, Some(&directory)), limit);
        let cache = Cache::open(options, caching::now(), move |notice| report.warn(notice));
        self.forget_others(&cache);
        cache
    }

    /// Takes over what this build's configuration says of a cache that is in use.
    fn configure(&self, cache: &Cache, report: Report) {
        let config = &self.manifest.config;
        if !cache.reconfigure(settings::memory_bytes(config), settings::flushes_to_disk(config)) {
            report.warn("`experimental.isrFlushToDisk`: entries are written to disk when the server is started again.");
        }
    }

    /// Forgets the replies of other builds; what handlers have stored otherwise stays.
    fn forget_others(&self, cache: &Cache) {
        cache.retain_build(BuildKey::new(&self.manifest.build_id));
    }

    /// Its static routes, in the manifest's order, with what the build has made attached to the cache.
    fn static_routes(&self, cache: &Cache, report: Report) -> Result<Vec<Option<StaticRoute>>, Failure> {
        let secret = draft_secret::read(&self.held.path, report);
        let compressor = Compressor::start(cache.clone()).map_err(|error| {
            report.warn(format!("Stored replies are not compressed: a thread cannot be started: {error}"));
        });
        static_routes::of_build(&self.manifest, &self.held.path, cache, secret, compressor.ok(), report)
    }

    /// The site of the first build: route numbers are the manifest's.
    fn first_site(&self, slots: &mut Slots, cache: &Cache, report: Report) -> Result<Arc<dyn Site>, Failure> {
        slots.assign(self.manifest.routes.iter().map(|route| route.pattern.as_str()));
        let methods = self.manifest.routes.iter().map(|route| route.methods.as_deref().map(routes_table::method_set));
        let site = RouterSite::new(self.router()?, self.rules(), methods);
        let site = site.with_caching(self.static_routes(cache, report)?);
        let timeout = routing::forward_timeout(&self.manifest.config);
        Ok(Arc::new(site.with_rules(self.routing()?, timeout, routing::report_trouble(report))))
    }

    /// The site of a build that takes the place of another one, and its manifest in the order of the numbers.
    fn next_site(
        &self,
        slots: &mut Slots,
        cache: &Cache,
        report: Report,
    ) -> Result<(Arc<dyn Site>, Manifest), Failure> {
        let numbers = slots.assign(self.manifest.routes.iter().map(|route| route.pattern.as_str()));
        let methods: HashMap<_, _> = numbers
            .iter()
            .zip(&self.manifest.routes)
            .filter_map(|(number, route)| Some((*number, routes_table::method_set(route.methods.as_ref()?))))
            .collect();
        let site = SlotSite::new(self.router()?, self.rules(), numbers, Methods::Fixed(methods))
            .with_caching(self.static_routes(cache, report)?)
            .with_rules(self.routing()?, routing::forward_timeout(&self.manifest.config), report);
        let by_pattern: HashMap<_, _> =
            self.manifest.routes.iter().map(|route| (route.pattern.as_str(), route)).collect();
        let routes = slots
            .patterns()
            .iter()
            .map(|pattern| by_pattern.get(pattern.as_str()).map_or_else(|| gone(pattern), |route| (*route).clone()));
        let manifest = Manifest { routes: routes.collect(), ..self.manifest.clone() };
        Ok((Arc::new(site), manifest))
    }

    /// Says in red which of the project's files do not run.
    fn warn_of_unsupported_files(&self, settings: &ServeSettings, report: Report) {
        let extensions = self.manifest.config.get("pageExtensions").and_then(serde_json::Value::as_array);
        let extensions: Option<Vec<_>> =
            extensions.map(|found| found.iter().filter_map(|one| one.as_str().map(str::to_owned)).collect());
        crate::project::warn_of_unsupported_files(&settings.root, extensions.as_deref(), report);
    }
}

/// A route that the newer build does not have: calls that were matched before find nothing there.
fn gone(pattern: &str) -> ManifestRoute {
    ManifestRoute {
        pattern: pattern.to_owned(),
        file: String::new(),
        entry: GONE_FILE.to_owned(),
        params: Vec::new(),
        methods: Some(Vec::new()),
        scope: false,
        kind: routewerk_bundle::RouteKind::Dynamic,
        partly_dynamic: false,
        segment: routewerk_bundle::SegmentConfig::default(),
        bytes: 0,
    }
}

/// Moves a running server to a newer build.
struct Reloader<'start> {
    settings: &'start ServeSettings,
    environment: &'start Environment,
    output: OutputDir,
    setup: WorkerSetup,
    pool: Arc<WorkerPool>,
    site: SharedSite,
    slots: Slots,
    cache: Cache,
    report: Report,
    serving: Build,
    /// The build before, held while its workers may still be draining.
    before: Option<Build>,
    /// The manifest that workers of a reloaded build read, also one that replaces a dead one later.
    manifest_copy: Option<tempfile::NamedTempFile>,
}

impl Reloader<'_> {
    /// Loads the newest build; if that fails, the one that is served stays.
    async fn reload(&mut self) {
        let begun = Instant::now();
        match self.try_reload().await {
            Ok(id) => self.report.done(format!("Reloaded to build {id} in {}", report::duration(begun.elapsed()))),
            Err(failure) => {
                self.report.failure(&failure);
                // What was made ready of the newer one is not kept for nothing.
                self.serving.forget_others(&self.cache);
                self.report.warn("The reload failed; the build before stays in service.");
            }
        }
    }

    async fn try_reload(&mut self) -> Result<String, Failure> {
        let newest = Build::newest(&self.output)?;
        let runtime = self.setup.runtime().clone();
        let variables = newest.environment(self.settings, &runtime, self.environment, self.report).await?;
        let mut slots = self.slots.clone();
        let (site, manifest) = newest.next_site(&mut slots, &self.cache, self.report)?;
        let copy = tempfile::Builder::new().prefix("routewerk-manifest-").suffix(".json").tempfile();
        let copy = copy.or_failure("make a file in", &std::env::temp_dir())?;
        let text = serde_json::to_vec(&manifest)
            .map_err(|error| Failure::new(Exit::Failed, format!("the manifest cannot be written: {error}")))?;
        std::fs::write(copy.path(), text).or_failure("write", copy.path())?;
        let spec = self.setup.spec(&newest.files(copy.path().to_path_buf(), self.report), variables.for_workers());
        self.pool.reload(spec).await.map_err(|error| runtime::start_failure(&error, &runtime))?;
        self.site.replace(site);
        for (index, route) in manifest.routes.iter().enumerate() {
            self.settings.durations.take(RouteId(index as u32), &route.segment);
        }
        newest.forget_others(&self.cache);
        newest.configure(&self.cache, self.report);
        self.slots = slots;
        let id = newest.held.id.clone();
        self.manifest_copy = Some(copy);
        self.before = Some(std::mem::replace(&mut self.serving, newest));
        Ok(id)
    }
}
