//! `routewerk typegen`: the types of a project's routes, without building.

use crate::cli::TypegenArgs;
use crate::env_vars::Environment;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::next_config::Phase;
use crate::project::{self, Project};
use crate::report::Report;
use crate::{runtime, settings, types};

/// Runs the command.
///
/// # Errors
/// A [`Failure`] where routes are in conflict or a file cannot be written.
pub(crate) async fn run(args: &TypegenArgs, environment: &Environment, report: Report) -> Result<Exit, Failure> {
    let root = settings::project_root(&args.project.directory)?;
    let runtime = runtime::find(&args.runtime.runtime, environment)?;
    let project = Project::load(&root, Phase::Build, &runtime, environment, report).await?;
    let routes = project.scan()?;
    project::print_scan_warnings(&routes, report);
    if let Some(failure) = project::conflict_failure(&routes) {
        return Err(failure);
    }
    let written = types::write(&project, &routes)?;
    report.done(format!("Types generated in {}", routewerk_bundle::shown_path(&root, &written.folder)));
    for advice in &written.advice {
        report.warn(advice);
    }
    Ok(Exit::Ok)
}
