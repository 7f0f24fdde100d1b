//! The types that TypeScript gets for a project's routes, written as `build`, `dev` and `typegen` run.

use routewerk_bundle::typegen::{self, Typegen, TypegenSettings};
use routewerk_routes::RouteSet;

use crate::failure::Failure;
use crate::project::{self, Project};

/// Writes them below `.routewerk/types/`; files that would be the same are not touched.
///
/// # Errors
/// A [`Failure`] if a file cannot be written or tsconfig.json cannot be used.
pub(crate) fn write(project: &Project, routes: &RouteSet) -> Result<Typegen, Failure> {
    let profiles = project.config.frozen.get("cacheLife").and_then(serde_json::Value::as_object);
    let settings = TypegenSettings {
        tsconfig: project.config.tsconfig.clone(),
        cache_life_profiles: profiles.map(|found| found.keys().cloned().collect()).unwrap_or_default(),
    };
    typegen::write(&project.root, routes, &settings).map_err(|error| project::build_failure(&[error]))
}
