//! What a manifest's routes look like to a person: the table at the end of `build`, and how each route is answered.

use std::fmt::Write as _;

use routewerk_bundle::{Dynamic, Manifest, ManifestRoute, Revalidate, RouteKind, SegmentConfig};
use routewerk_handler::{Method, MethodSet};

use crate::report::table::{self, Row, Symbol};
use crate::report::{self, Report};

/// The exported names that are methods, in the order of [`Method::ALL`].
pub(crate) fn methods_among(exports: &[String]) -> Vec<String> {
    Method::ALL
        .into_iter()
        .map(Method::as_str)
        .filter(|method| exports.iter().any(|name| name == method))
        .map(str::to_owned)
        .collect()
}

/// A manifest's methods as a set.
pub(crate) fn method_set(methods: &[String]) -> MethodSet {
    methods.iter().filter_map(|name| Method::from_token(name.as_bytes())).collect()
}

/// What a GET of a route is, as far as its source says.
///
/// A route that changes something is dynamic whatever it says about its GET; so is one whose path has params that nobody
/// names, unless it asks to be static.
pub(crate) fn kind(segment: &SegmentConfig, methods: Option<&[String]>, has_params: bool) -> RouteKind {
    let exports = |name: &str| methods.is_none_or(|methods| methods.iter().any(|method| method == name));
    let changes =
        ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"].into_iter().any(|name| methods.is_some() && exports(name));
    let is_refused = segment.dynamic == Some(Dynamic::ForceDynamic)
        || segment.revalidate == Some(Revalidate::Seconds(0))
        || segment.runtime == Some(routewerk_bundle::Runtime::Edge);
    if changes || !exports("GET") || is_refused {
        return RouteKind::Dynamic;
    }
    let asks_to_be_static = matches!(segment.dynamic, Some(Dynamic::ForceStatic | Dynamic::Error));
    match (has_params, segment.generate_static_params) {
        (true, true) => RouteKind::Ssg,
        (true, false) if asks_to_be_static => RouteKind::Static,
        (false, named) if named || asks_to_be_static || segment.revalidate.is_some() => RouteKind::Static,
        _ => RouteKind::Dynamic,
    }
}

/// Pages that are listed by name; a project may have thousands.
const SHOWN: usize = 20;

/// The table, with what is not served and not done below it.
pub(crate) fn write(manifest: &Manifest, report: Report) -> String {
    let rows: Vec<_> = manifest.routes.iter().map(row).collect();
    let is_prerendered = rows.iter().any(|row| row.symbol != Symbol::Dynamic);
    let mut text = if rows.is_empty() {
        "No route handlers were found: a route is a file such as app/api/hello/route.ts.\n".to_owned()
    } else {
        table::write(rows, report)
    };
    if is_prerendered {
        text.push_str("\nNothing is prerendered yet: routes marked ○ and ● run for each request.\n");
    }
    if !manifest.pages.is_empty() {
        let count = manifest.pages.len();
        let _ = write!(text, "\nPages ({count}) take part in matching and are not served:\n");
        for page in manifest.pages.iter().take(SHOWN) {
            let _ = writeln!(text, "  {}  {}", page.pattern, page.file);
        }
        if count > SHOWN {
            let _ = writeln!(text, "  [+{} more pages]", count - SHOWN);
        }
    }
    text
}

fn row(route: &ManifestRoute) -> Row {
    Row {
        path: route.pattern.clone(),
        symbol: match route.kind {
            RouteKind::Static => Symbol::Static,
            RouteKind::Ssg => Symbol::Ssg,
            RouteKind::Dynamic => Symbol::Dynamic,
        },
        methods: route.methods.as_ref().map_or_else(|| "?".to_owned(), |methods| methods.join(" ")),
        size: if route.bytes == 0 { String::new() } else { report::bytes(route.bytes) },
        revalidate: match route.segment.revalidate {
            Some(Revalidate::Seconds(seconds)) if route.kind != RouteKind::Dynamic => revalidate(seconds),
            _ => String::new(),
        },
    }
}

/// Seconds as Next.js's table writes them: `2s`, `15m`, `1h`, `1y`.
fn revalidate(seconds: u64) -> String {
    for (unit, length) in [("y", 31_536_000), ("w", 604_800), ("d", 86_400), ("h", 3600), ("m", 60)] {
        if seconds >= length && seconds.is_multiple_of(length) {
            return format!("{}{unit}", seconds / length);
        }
    }
    format!("{seconds}s")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kind_follows_segment_configuration_methods_and_params() {
        let names = |methods: &[&str]| methods.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        let found =
            |segment: &SegmentConfig, methods: &[&str], has_params| kind(segment, Some(&names(methods)), has_params);
        let plain = SegmentConfig::default();
        let fixed = SegmentConfig { dynamic: Some(Dynamic::ForceStatic), ..SegmentConfig::default() };
        let timed = SegmentConfig { revalidate: Some(Revalidate::Seconds(60)), ..SegmentConfig::default() };
        let listed = SegmentConfig { generate_static_params: true, ..SegmentConfig::default() };
        let zero = SegmentConfig { revalidate: Some(Revalidate::Seconds(0)), ..listed.clone() };
        assert_eq!(found(&plain, &["GET"], false), RouteKind::Dynamic);
        assert_eq!(found(&fixed, &["GET"], false), RouteKind::Static);
        assert_eq!(found(&fixed, &["GET", "HEAD"], true), RouteKind::Static);
        assert_eq!(found(&fixed, &["GET", "POST"], false), RouteKind::Dynamic);
        assert_eq!(found(&fixed, &["POST"], false), RouteKind::Dynamic);
        assert_eq!(found(&timed, &["GET"], false), RouteKind::Static);
        assert_eq!(found(&timed, &["GET"], true), RouteKind::Dynamic);
        assert_eq!(found(&listed, &["GET"], true), RouteKind::Ssg);
        assert_eq!(found(&zero, &["GET"], true), RouteKind::Dynamic);
    }

    #[test]
    fn times_are_written_in_their_largest_whole_unit() {
        assert_eq!([2, 60, 90, 900, 31_536_000].map(revalidate), ["2s", "1m", "90s", "15m", "1y"]);
    }
}
