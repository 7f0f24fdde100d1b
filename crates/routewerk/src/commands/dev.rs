//! `routewerk dev`: serves the project while it is being written.
//!
//! There is no bundle: a route is compiled when it is first asked for, and a save replaces single modules in the running
//! workers. The server outlives whatever is saved.

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::{Duration, Instant};

use routewerk_bundle::dev::{WatchOptions, Watcher};
use routewerk_cache::{Cache, CacheOptions};
use routewerk_engine::{OutputLine, WorkerEvent, WorkerSink};
use routewerk_server::{Hooks, SharedSite};
use tokio::sync::mpsc;

use crate::caching;
use crate::caching::host::CacheHost;
use crate::cli::ServeArgs;
use crate::dev::changes::{self, Change, Changes, QUEUE, Saves, WatcherCell};
use crate::dev::gate::DevGate;
use crate::dev::host::DevHost;
use crate::dev::request_log::RequestLog;
use crate::dev::state::DevState;
use crate::dev::table::DevTable;
use crate::dotenv::Mode;
use crate::env_vars::Environment;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::listening::{self, Listening};
use crate::next_config::Phase;
use crate::output::OutputDir;
use crate::project::{self, Project};
use crate::report::{self, Report};
use crate::serving::Serving;
use crate::settings::ServeSettings;
use crate::signals::{Received, Signals};
use crate::site::Slots;
use crate::worker_voice::WorkerVoice;
use crate::workers::{self, WorkerSetup};
use crate::{draft_secret, open_files, runtime};

/// Calls under way may take so long to end: whoever stops a development server wants it to stop.
const DRAIN: Duration = Duration::from_millis(500);

/// Runs the command.
///
/// # Errors
/// A [`Failure`] if it cannot begin to serve; after that only a signal ends it.
pub(crate) async fn run(
    args: &ServeArgs,
    environment: &Environment,
    launched: Instant,
    report: Report,
) -> Result<Exit, Failure> {
    let machine = std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
    let settings = ServeSettings::merge(args, machine)?;
    open_files::raise(settings.server.limits.max_connections, report);
    let mut signals =
        Signals::take().map_err(|error| Failure::new(Exit::Failed, format!("signals cannot be received: {error}")))?;
    let listening = listening::listen_on_free_port(&settings.listen, report)?;
    let beginning = begin(&settings, listening, environment, report);
    let mut dev = tokio::select! {
        dev = beginning => dev?,
        // Nothing is under way yet that could be waited for.
        _ = signals.end() => return Ok(Exit::Ok),
    };
    report.done(format!("Ready in {}", report::duration(launched.elapsed())));
    loop {
        tokio::select! {
            received = signals.next() => match received {
                Received::End(_) => break,
                Received::Reload => tokio::select! {
                    () = dev.changes.restart() => {}
                    _ = signals.end() => break,
                },
            },
            Some(mut change) = dev.saves.recv() => {
                while let Ok(further) = dev.saves.try_recv() {
                    change = change.and(further);
                }
                tokio::select! {
                    () = dev.changes.work_in(change) => {}
                    _ = signals.end() => break,
                }
            }
        }
    }
    Ok(dev.serving.end(&mut signals, DRAIN, report).await)
}

/// A running development server.
struct Dev<'environment> {
    serving: Serving,
    changes: Changes<'environment>,
    saves: mpsc::Receiver<Change>,
}

/// Reads the project, starts workers, watcher and server.
async fn begin<'environment>(
    settings: &ServeSettings,
    listening: Listening,
    environment: &'environment Environment,
    report: Report,
) -> Result<Dev<'environment>, Failure> {
    if let Some(flag) = settings.ignored_bundler {
        report.line(format!("  {flag} is ignored: Routewerk has a bundler of its own."));
    }
    let files = Mode::Development.file_names().into_iter().filter(|name| settings.root.join(name).is_file());
    listening.print_banner(&files.collect::<Vec<_>>(), report);
    let runtime = runtime::find(&settings.runtime, environment)?;
    let output = OutputDir::new(&settings.root);
    let workspace = output.workspace()?;
    output.sweep();
    let script = output.worker_script();
    let project = Project::load(&settings.root, Phase::Development, &runtime, environment, report);
    let (project, script) = tokio::join!(project, script);
    let (project, script) = (project?, script?);
    project.warn_of_unsupported_files(report);
    let routes = project.scan()?;
    project::print_scan_warnings(&routes, report);
    if let Some(failure) = project::conflict_failure(&routes) {
        report.failure(&failure);
    }

    let mut slots = Slots::default();
    let table = DevTable::new(&project.root, routes, &project.config, &mut slots);
    changes::write_manifest(&table, &workspace)?;
    changes::write_types(&project, &table, report);
    let watcher = WatcherCell::default();
    let state =
        Arc::new(DevState::new(report, changes::module_graph(&project, &watcher)?, table, settings.durations.clone()));
    changes::apply_config(&state, &project);
    let (changes, saves) = mpsc::channel(QUEUE);

    let setup = WorkerSetup::new(settings, runtime, &listening);
    let draft_secret = draft_secret::generate()?;
    let spec =
        setup.spec(&changes::worker_files(&script, &workspace, &draft_secret), project.environment.for_workers());
    let voice = WorkerVoice::new(report);
    let sink = Arc::new(DevSink { voice: voice.clone(), changes: changes.clone() });
    // Replies are not stored in development; what `fetch` and `unstable_cache` keep is, as in Next.js.
    let cache = caching::settings::with_limit(CacheOptions::default(), settings.generation_limit);
    let cache = CacheHost::new(Cache::in_memory(cache));
    let host = Arc::new(DevHost::new(Arc::clone(&state), voice, cache));
    let pool = workers::start(settings, &setup, spec, host, sink)?;

    let event_loop = tokio::runtime::Handle::current();
    let told = Saves { state: Arc::clone(&state), pool: Arc::clone(&pool), changes, event_loop, report };
    let started = Watcher::start(&project.root, WatchOptions::default(), move |event| told.take_in(event));
    let started = started.map_err(|error| Failure::new(Exit::Failed, format!("{error}: {}", error.source)))?;
    watcher.set(started);
    watcher.watch_config(&project);

    let log = RequestLog::begin(Arc::clone(&state), report);
    let log = log.map_err(|error| Failure::new(Exit::Failed, format!("a thread cannot be started: {error}")))?;
    let limit = caching::settings::generation_limit(&project.config.frozen);
    let hooks = Hooks {
        gate: Some(Arc::new(DevGate::new(Arc::clone(&state), Arc::clone(&pool), limit, draft_secret.clone(), report))),
        observer: Some(Arc::new(log)),
        ..Hooks::default()
    };
    let site = state.table().site(&project.config, &mut slots, &state.methods, report);
    let site = SharedSite::new(Arc::new(site));
    let serving = Serving::begin(listening, settings, site.clone(), Arc::clone(&pool), hooks)?;
    workers::first_ready(&pool, setup.runtime()).await?;
    let changes = Changes {
        state,
        project,
        slots,
        pool,
        setup,
        workspace,
        script,
        draft_secret,
        site,
        watcher,
        environment,
        report,
    };
    Ok(Dev { serving, changes, saves })
}

/// Prints what workers say, and lets the loop know of new ones.
struct DevSink {
    voice: WorkerVoice,
    changes: mpsc::Sender<Change>,
}

impl WorkerSink for DevSink {
    fn line(&self, line: OutputLine<'_>) {
        self.voice.line(line);
    }

    fn event(&self, event: WorkerEvent) {
        if matches!(event, WorkerEvent::Ready { .. }) {
            // A full queue holds changes that lead to the same message.
            drop(self.changes.try_send(Change::new_worker()));
        }
        self.voice.event(event);
    }
}
