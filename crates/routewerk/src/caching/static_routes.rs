//! What the server is told of a build's static routes, and of the entries that the build has made for them.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use routewerk_bundle::{Manifest, ManifestRoute, ParamKind, RouteKind};
use routewerk_cache::{BuildKey, Cache};
use routewerk_server::{Compressor, ListedParams, OtherParams, StaticRoute, StaticSite, UserStore};

use super::seeds::Seeds;
use super::{now, settings};
use crate::failure::Failure;
use crate::report::Report;

/// The static routes of a build, in the order of its manifest. What it has made is attached to the cache.
///
/// # Errors
/// A [`Failure`] where the build is damaged so that it is not known what is served.
pub(crate) fn of_build(
    manifest: &Manifest,
    build: &Path,
    cache: &Cache,
    draft_secret: Option<String>,
    compressor: Option<Compressor>,
    report: Report,
) -> Result<Vec<Option<StaticRoute>>, Failure> {
    let user_store = manifest
        .config_modules
        .cache_handler
        .as_ref()
        .map(|module| UserStore::new(format!("`{}`", module.file), move |text| report.warn(text)));
    let is_kept_elsewhere = user_store.is_some();
    let site = Arc::new(StaticSite {
        cache: cache.clone(),
        build: BuildKey::new(&manifest.build_id),
        draft_secret,
        expire_seconds: Some(settings::expire_seconds(&manifest.config)),
        clock: Arc::new(now),
        // Forms of a body are made of entries that stay: those of the user's store are others with each request.
        compressor: compressor.filter(|_| user_store.is_none() && settings::compresses(&manifest.config)),
        user_store,
    });
    let routes: Vec<_> = manifest.routes.iter().map(|route| of_route(route, &site)).collect();
    let listed = |route: &ManifestRoute| others_are_refused(route) || route.partly_dynamic;
    let mut known: HashMap<_, _> = manifest
        .routes
        .iter()
        .zip(&routes)
        .filter_map(|(route, found)| {
            let list = listed(route).then(ListedParams::default);
            Some((route.pattern.as_str(), (found.as_ref()?, list)))
        })
        .collect();
    let must_be_whole = manifest.routes.iter().any(others_are_refused);
    let seeds = Seeds::open(build, manifest.prerendered, must_be_whole, &mut known)?;
    let lists: HashMap<_, _> = known.into_iter().filter_map(|(pattern, (_, list))| Some((pattern, list?))).collect();
    if !is_kept_elsewhere {
        // As in Next.js the user's store begins without what the build has made.
        attach(seeds, site.build, manifest.prerendered, cache, report);
    }
    Ok(with_lists(&manifest.routes, routes, lists))
}

/// Has the cache read what the build has made.
fn attach(seeds: Option<Seeds>, build: BuildKey, expected: u64, cache: &Cache, report: Report) {
    let missing = seeds.as_ref().map_or(expected, |seeds| seeds.missing);
    if missing > 0 {
        report.warn(format!(
            "{missing} of {expected} prerendered replies of the build are missing or damaged; they are made again when \
             they are asked for."
        ));
    }
    let Some(seeds) = seeds else { return };
    let begun = seeds.begun;
    if let Err(error) = cache.attach_shelf(build, Arc::new(seeds), begun, move |text| report.warn(text)) {
        report.warn(format!("Prerendered replies are made again: a thread cannot be started: {error}"));
    }
}

fn of_route(route: &ManifestRoute, site: &Arc<StaticSite>) -> Option<StaticRoute> {
    match route.kind {
        RouteKind::Dynamic => return None,
        RouteKind::Static | RouteKind::Ssg => {}
    }
    let takes_several = |kind: ParamKind| match kind {
        ParamKind::Single => false,
        ParamKind::CatchAll | ParamKind::OptionalCatchAll => true,
    };
    let params = route.params.iter().map(|param| takes_several(param.kind));
    Some(StaticRoute::new(Arc::clone(site), route.pattern.clone(), params))
}

/// Whether params that the route has not named are not found: all of them where it asks to be static without
/// `generateStaticParams`.
fn others_are_refused(route: &ManifestRoute) -> bool {
    let has_params = route.kind == RouteKind::Ssg || !route.params.is_empty();
    route.kind != RouteKind::Dynamic && has_params && route.segment.dynamic_params == Some(false)
}

/// The routes with what becomes of params that the build does not know.
fn with_lists(
    manifest: &[ManifestRoute],
    routes: Vec<Option<StaticRoute>>,
    mut lists: HashMap<&str, ListedParams>,
) -> Vec<Option<StaticRoute>> {
    let with_list = |(route, found): (&ManifestRoute, Option<StaticRoute>)| {
        let others = match lists.remove(route.pattern.as_str()) {
            Some(list) if route.partly_dynamic => OtherParams::Called(list),
            Some(list) => OtherParams::Refused(list),
            None => OtherParams::Stored,
        };
        found.map(|found| found.with_others(others))
    };
    manifest.iter().zip(routes).map(with_list).collect()
}
