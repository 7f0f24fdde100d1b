//! What the server is told of a build's static routes.

use std::sync::Arc;

use routewerk_bundle::{Manifest, ManifestRoute, ParamKind, RouteKind};
use routewerk_cache::{BuildKey, Cache};
use routewerk_server::{Compressor, OtherParams, StaticRoute, StaticSite};

use super::seeds::Seeds;
use super::{now, settings};

/// The static routes of a build, in the order of its manifest. `seeds` names the params that `build` knew.
pub(crate) fn of_build(
    manifest: &Manifest,
    seeds: &Seeds,
    cache: &Cache,
    draft_secret: Option<String>,
    compressor: Option<Compressor>,
) -> Vec<Option<StaticRoute>> {
    let site = Arc::new(StaticSite {
        cache: cache.clone(),
        build: BuildKey::new(&manifest.build_id),
        draft_secret,
        expire_seconds: Some(settings::expire_seconds(&manifest.config)),
        clock: Arc::new(now),
        compressor: compressor.filter(|_| settings::compresses(&manifest.config)),
    });
    manifest.routes.iter().map(|route| of_route(route, &site, seeds)).collect()
}

fn of_route(route: &ManifestRoute, site: &Arc<StaticSite>, seeds: &Seeds) -> Option<StaticRoute> {
    match route.kind {
        RouteKind::Dynamic => return None,
        RouteKind::Static | RouteKind::Ssg => {}
    }
    let takes_several = |kind: ParamKind| match kind {
        ParamKind::Single => false,
        ParamKind::CatchAll | ParamKind::OptionalCatchAll => true,
    };
    let params = route.params.iter().map(|param| takes_several(param.kind));
    let found = StaticRoute::new(Arc::clone(site), route.pattern.clone(), params);
    let listed = || seeds.params_of(&route.pattern).map(|params| found.key(params)).collect();
    let others = if route.partly_dynamic {
        OtherParams::Called(listed())
    } else if route.kind == RouteKind::Ssg && route.segment.dynamic_params == Some(false) {
        // Without `generateStaticParams` there is no list that could be closed.
        OtherParams::Refused(listed())
    } else {
        OtherParams::Stored
    };
    Some(found.with_others(others))
}
