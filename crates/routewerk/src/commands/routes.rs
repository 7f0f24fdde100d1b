//! `routewerk routes`: what a build would serve. The routes are bundled as `build` does it, into a directory of the
//! system's that is removed again; nothing in the project changes.

use serde_json::{Value as Json, json};

use routewerk_bundle::{Manifest, ManifestRoute, ParamKind, RouteKind, RuntimeSources};

use crate::cli::RoutesArgs;
use crate::commands::build;
use crate::env_vars::Environment;
use crate::exit::Exit;
use crate::failure::{Failure, IoContext};
use crate::next_config::{Phase, routing};
use crate::project::{self, Project};
use crate::report::Report;
use crate::{routes_table, runtime, settings};

/// Runs the command.
///
/// # Errors
/// A [`Failure`] where `build` would fail too.
pub(crate) async fn run(args: &RoutesArgs, environment: &Environment, report: Report) -> Result<Exit, Failure> {
    let root = settings::project_root(&args.project.directory)?;
    let runtime = runtime::find(&args.runtime.runtime, environment)?;
    let project = Project::load(&root, Phase::Build, &runtime, environment, report).await?;
    let routes = project.scan()?;
    project::print_scan_warnings(&routes, report);
    if let Some(failure) = project::conflict_failure(&routes) {
        return Err(failure);
    }
    let work = tempfile::Builder::new().prefix("routewerk-routes-").tempdir();
    let work = work.or_failure("make a directory in", &std::env::temp_dir())?;
    let bundled = build::bundle_routes(&project, &routes, RuntimeSources::embedded(), work.path()).await?;
    let manifest = build::manifest(&project, &routes, &bundled, "none");
    if args.json {
        report.line(format_json(&manifest));
    } else {
        report.raw(&routes_table::write(&manifest, None, report));
        if let Some(rules) = routing::summary(&manifest.config) {
            report.line(rules);
        }
    }
    Ok(Exit::Ok)
}

/// The routes and pages as JSON: a stable form for scripts, apart from the manifest's own.
fn format_json(manifest: &Manifest) -> String {
    let routes: Vec<_> = manifest.routes.iter().map(route_json).collect();
    let pages: Vec<_> =
        manifest.pages.iter().map(|page| json!({ "path": page.pattern, "file": page.file, "served": false })).collect();
    let mut all = json!({ "routes": routes, "pages": pages });
    for name in routing::FUNCTIONS {
        if let Some(rules) = manifest.config.get(name) {
            all[name] = rules.clone();
        }
    }
    format!("{all:#}")
}

fn route_json(route: &ManifestRoute) -> Json {
    let params: Vec<_> = route
        .params
        .iter()
        .map(|param| {
            let kind = match param.kind {
                ParamKind::Single => "single",
                ParamKind::CatchAll => "catchAll",
                ParamKind::OptionalCatchAll => "optionalCatchAll",
            };
            json!({ "name": param.name, "kind": kind })
        })
        .collect();
    let kind = match route.kind {
        RouteKind::Static => "static",
        RouteKind::Ssg => "ssg",
        RouteKind::Dynamic => "dynamic",
    };
    json!({
        "path": route.pattern, "file": route.file, "methods": route.methods, "params": params, "kind": kind,
        "bytes": route.bytes, "segment": route.segment,
    })
}
