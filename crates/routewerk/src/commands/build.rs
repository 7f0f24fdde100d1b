//! `routewerk build`: routes, configuration and bundle into a build that `start` serves.
//!
//! Of the project's routes only those run that ask to be static. Everything is made aside and gets its place in one step; a build that fails
//! or is interrupted leaves the one before as it was.

use std::path::{Path, PathBuf};
use std::time::Duration;

use routewerk_bundle::{
    BuildInput, BuildOutput, BuildRoute, BuiltRoute, MANIFEST_VERSION, Manifest, ManifestPage, ManifestParam,
    ManifestRoute, ParamKind, RuntimeSources,
};
use routewerk_routes::{Route, RouteSet};

use crate::cli::BuildArgs;
use crate::env_vars::Environment;
use crate::exit::Exit;
use crate::failure::{Failure, IoContext};
use crate::next_config::Phase;
use crate::output::{OutputDir, Workspace};
use crate::project::{self, Project};
use crate::report::progress::Progress;
use crate::report::{self, Report};
use crate::routes_table;
use crate::{draft_secret, prerender, runtime, settings, signals, types};

/// The worker's script in a build.
pub(crate) const WORKER_FILE: &str = "worker.cjs";

/// What the worker's script was made from; a server of another version speaks another protocol with its workers.
const VERSION_FILE: &str = "worker.version";

/// Next.js's name for the file that names a build.
const BUILD_ID_FILE: &str = "BUILD_ID";

/// The version of the worker's script that this program makes.
fn worker_version() -> String {
    format!("{:016x}\n", RuntimeSources::embedded().fingerprint())
}

/// Whether a build's worker is the one that this program speaks with.
pub(crate) fn is_own_version(build: &Path) -> bool {
    std::fs::read_to_string(build.join(VERSION_FILE)).is_ok_and(|found| found == worker_version())
}

/// A module without exports, relative to a build: what a route that a newer build does not have leads to.
pub(crate) const GONE_FILE: &str = "server/gone.mjs";

/// Runs the command.
///
/// # Errors
/// A [`Failure`] that names what is wrong; nothing of the build remains.
pub(crate) async fn run(args: &BuildArgs, environment: &Environment, report: Report) -> Result<Exit, Failure> {
    let root = settings::project_root(&args.project.directory)?;
    report.title();
    if let Some(flag) = args.bundler.ignored() {
        report.line(format!("  {flag} is ignored: Routewerk has a bundler of its own."));
    }
    tokio::select! {
        done = build(root, &args.runtime.runtime, environment, report) => done.map(|()| Exit::Ok),
        signal = signals::first() => Err(Failure::new(signal.exit_at_once(), "the build was interrupted")),
    }
}

async fn build(root: PathBuf, asked_runtime: &str, environment: &Environment, report: Report) -> Result<(), Failure> {
    let output = OutputDir::new(&root);
    let lock =
        output.lock_for_build(|| report.line("  Another build of this project is running; waiting for it ...")).await?;
    let runtime = runtime::find(asked_runtime, environment)?;
    let project = Project::load(&root, Phase::Build, &runtime, environment, report).await?;
    if !project.environment.files.is_empty() {
        report.bullet("Environments", project.environment.files.join(", "));
    }
    report.line("");
    report.line("  Creating an optimized production build ...");
    project.warn_of_unsupported_files(report);
    let routes = project.scan()?;
    project::print_scan_warnings(&routes, report);
    if let Some(failure) = project::conflict_failure(&routes) {
        return Err(failure);
    }
    types::write(&project, &routes)?;
    let workspace = output.workspace()?;
    let (mut manifest, took) = compile(&project, routes, &workspace, report).await?;
    report.done(format!("Compiled successfully in {}", report::duration(took)));
    let seeds = prerender::run(&project, workspace.path(), &mut manifest, &runtime, report).await?;
    write_manifest(&manifest, workspace.path())?;
    output.publish(workspace, &lock)?;
    output.prune(&lock);
    report.line("");
    report.raw(&routes_table::write(&manifest, Some(&seeds), report));
    Ok(())
}

fn write_manifest(manifest: &Manifest, build: &Path) -> Result<(), Failure> {
    manifest.write(build).map_err(|error| Failure::new(Exit::Failed, error.to_string()))
}

/// Bundles the worker and the routes into a workspace and writes the manifest.
async fn compile(
    project: &Project,
    routes: RouteSet,
    workspace: &Workspace,
    report: Report,
) -> Result<(Manifest, Duration), Failure> {
    let progress = Progress::begin(report, "Compiling");
    let sources = RuntimeSources::embedded();
    let (worker_sources, worker_file) = (sources.clone(), workspace.path().join(WORKER_FILE));
    let worker = tokio::task::spawn_blocking(move || worker_sources.bundle_to(&worker_file));
    let bundle = bundle_routes(project, &routes, sources, workspace.path());
    let (worker, built) = tokio::join!(worker, bundle);
    worker.map_err(|error| ended(&error))?.map_err(|errors| project::build_failure(&errors))?;
    let built = built?;
    for warning in &built.warnings {
        report.warn(warning);
    }
    draft_secret::write(workspace.path())?;
    let version = workspace.path().join(VERSION_FILE);
    std::fs::write(&version, worker_version()).or_failure("write", &version)?;
    // Packages for `cacheHandler` look for it beside `serverDistDir`, to keep the entries of builds apart.
    let build_id = workspace.path().join(BUILD_ID_FILE);
    std::fs::write(&build_id, workspace.id()).or_failure("write", &build_id)?;
    let gone = workspace.path().join(GONE_FILE);
    std::fs::create_dir_all(workspace.path().join("server")).or_failure("make a directory in", workspace.path())?;
    std::fs::write(&gone, "export {}\n").or_failure("write", &gone)?;
    let manifest = manifest(project, &routes, &built, workspace.id());
    // Workers that make the first entries read it; what they find out is written again.
    write_manifest(&manifest, workspace.path())?;
    Ok((manifest, progress.elapsed()))
}

/// Bundles the routes into a directory.
///
/// # Errors
/// A [`Failure`] with everything that is wrong with the sources.
pub(crate) async fn bundle_routes(
    project: &Project,
    routes: &RouteSet,
    sources: RuntimeSources,
    directory: &Path,
) -> Result<BuildOutput, Failure> {
    let next_modules = sources.next_modules().map_err(|error| project::build_failure(&[error]))?;
    let input = BuildInput {
        resolve: project.resolve_settings(false, next_modules),
        routes: routes
            .routes
            .iter()
            .map(|route| BuildRoute { file: project.root.join(&route.file), pattern: route.pattern.clone() })
            .collect(),
        modules: Vec::new(),
        config_modules: project.config.modules.to_build(),
        defines: project.defines(false),
        cache_components: project.config.uses_cache_components(),
        use_cache: project.config.use_cache(),
        out_dir: directory.to_path_buf(),
    };
    tokio::task::spawn_blocking(move || routewerk_bundle::build(&input))
        .await
        .map_err(|error| ended(&error))?
        .map_err(|errors| project::build_failure(&errors))
}

fn ended(error: &tokio::task::JoinError) -> Failure {
    Failure::new(Exit::Failed, format!("the bundler ended early: {error}"))
}

/// What `start` reads of a bundle.
pub(crate) fn manifest(project: &Project, routes: &RouteSet, built: &BuildOutput, build_id: &str) -> Manifest {
    Manifest {
        version: MANIFEST_VERSION,
        build_id: build_id.to_owned(),
        root: project.root.clone(),
        config: project.config.frozen.clone(),
        routes: routes
            .routes
            .iter()
            .zip(&built.routes)
            .map(|(route, built)| manifest_route(route, built, project.config.uses_cache_components()))
            .collect(),
        pages: manifest_pages(routes),
        modules: Vec::new(),
        config_modules: project
            .config
            .modules
            .built(&project.root, built.config_modules.iter().map(|module| module.entry.as_str())),
        externals_import_served: built.externals_import_served,
        prerendered: 0,
    }
}

fn manifest_route(route: &Route, built: &BuiltRoute, cache_components: bool) -> ManifestRoute {
    let methods = built.exports.as_ref().map(|exports| routes_table::methods_among(exports));
    ManifestRoute {
        pattern: route.pattern.clone(),
        file: route.file.to_string_lossy().into_owned(),
        entry: built.entry.clone(),
        params: manifest_params(route),
        kind: routes_table::kind(&built.segment, methods.as_deref(), !route.params.is_empty(), cache_components),
        methods,
        partly_dynamic: false,
        scope: built.scope,
        segment: built.segment.clone(),
        bytes: built.bytes,
    }
}

/// A route's params as the manifest has them.
pub(crate) fn manifest_params(route: &Route) -> Vec<ManifestParam> {
    let kind = |kind| match kind {
        routewerk_routes::ParamKind::Single => ParamKind::Single,
        routewerk_routes::ParamKind::CatchAll => ParamKind::CatchAll,
        routewerk_routes::ParamKind::OptionalCatchAll => ParamKind::OptionalCatchAll,
    };
    route.params.iter().map(|param| ManifestParam { name: param.name.clone(), kind: kind(param.kind) }).collect()
}

/// The pages as the manifest has them.
pub(crate) fn manifest_pages(routes: &RouteSet) -> Vec<ManifestPage> {
    routes
        .pages
        .iter()
        .map(|page| ManifestPage { pattern: page.pattern.clone(), file: page.file.to_string_lossy().into_owned() })
        .collect()
}
