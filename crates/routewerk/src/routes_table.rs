//! What a manifest's routes look like to a person: the table at the end of `build`, and how each route is answered.
//!
//! It is the one place that says which routes ask to be static; what `build` finds out about them stands in the manifest.

use std::fmt::Write as _;

use routewerk_bundle::{Dynamic, Manifest, ManifestRoute, Revalidate, RouteKind, Runtime, SegmentConfig};
use routewerk_handler::{Method, MethodSet};

use crate::caching::seeds::{Made, MadeSeeds};
use crate::report::table::{self, Child, Row, Symbol};
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
/// names, unless it asks to be static. With `cacheComponents` every other GET is tried, and the build finds out whether it is static.
pub(crate) fn kind(
    segment: &SegmentConfig,
    methods: Option<&[String]>,
    has_params: bool,
    cache_components: bool,
) -> RouteKind {
    let exports = |name: &str| methods.is_none_or(|methods| methods.iter().any(|method| method == name));
    let changes =
        ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"].into_iter().any(|name| methods.is_some() && exports(name));
    let is_refused = segment.dynamic == Some(Dynamic::ForceDynamic)
        || segment.revalidate == Some(Revalidate::Seconds(0))
        || segment.runtime == Some(Runtime::Edge);
    if changes || !exports("GET") || is_refused {
        return RouteKind::Dynamic;
    }
    let asks_to_be_static = matches!(segment.dynamic, Some(Dynamic::ForceStatic | Dynamic::Error));
    match (has_params, segment.generate_static_params) {
        (true, true) => RouteKind::Ssg,
        (true, false) if asks_to_be_static => RouteKind::Static,
        (false, named) if named || asks_to_be_static || segment.revalidate.is_some() || cache_components => {
            RouteKind::Static
        }
        _ => RouteKind::Dynamic,
    }
}

/// Pages that are listed by name; a project may have thousands.
const SHOWN: usize = 20;

/// The table, with what is not served below it. `seeds` are the entries of a build; without them the table says what the
/// sources alone say.
pub(crate) fn write(manifest: &Manifest, seeds: Option<&MadeSeeds>, report: Report) -> String {
    let rows: Vec<_> = manifest.routes.iter().flat_map(|route| rows(route, seeds)).collect();
    let mut text = if rows.is_empty() {
        "No route handlers were found: a route is a file such as app/api/hello/route.ts.\n".to_owned()
    } else {
        table::write(rows, report)
    };
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

/// The rows of a route: one, and before it another one for what is called where only some of its params are static.
fn rows(route: &ManifestRoute, seeds: Option<&MadeSeeds>) -> impl Iterator<Item = Row> {
    let row = row(route, seeds);
    let called = route.partly_dynamic.then(|| Row {
        symbol: Symbol::Dynamic,
        revalidate: String::new(),
        expire: String::new(),
        children: Vec::new(),
        ..row.clone()
    });
    called.into_iter().chain([row])
}

fn row(route: &ManifestRoute, seeds: Option<&MadeSeeds>) -> Row {
    let made = seeds.map_or(&[] as &[Made], |seeds| seeds.of(&route.pattern));
    let asks_to_be_static = matches!(route.segment.dynamic, Some(Dynamic::ForceStatic | Dynamic::Error));
    let symbol = match route.kind {
        RouteKind::Static => Symbol::Static,
        // As in Next.js, where its `generateStaticParams` has named none.
        RouteKind::Ssg if asks_to_be_static && seeds.is_some() && made.is_empty() => Symbol::Static,
        RouteKind::Ssg => Symbol::Ssg,
        RouteKind::Dynamic => Symbol::Dynamic,
    };
    let of_source = || match route.segment.revalidate {
        Some(Revalidate::Seconds(seconds)) if route.kind != RouteKind::Dynamic => duration(seconds),
        _ => String::new(),
    };
    let (revalidate, expire) = match made {
        [only] if route.params.is_empty() => times(only),
        _ => (of_source(), String::new()),
    };
    let children = made.iter().filter(|_| !route.params.is_empty()).map(|made| {
        let (revalidate, expire) = times(made);
        Child { path: shown_path(&made.path), revalidate, expire }
    });
    Row {
        path: route.pattern.clone(),
        symbol,
        methods: route.methods.as_ref().map_or_else(|| "?".to_owned(), |methods| methods.join(" ")),
        size: if route.bytes == 0 { String::new() } else { report::bytes(route.bytes) },
        revalidate,
        expire,
        runtime: match route.segment.runtime {
            Some(Runtime::Edge) => "edge".to_owned(),
            Some(Runtime::Nodejs) | None => String::new(),
        },
        max_duration: route.segment.max_duration.map(|seconds| format!("{seconds}s")).unwrap_or_default(),
        children: children.collect(),
    }
}

/// A path for people: its text without escapes, except where a slash or a control character would come of one.
fn shown_path(path: &str) -> String {
    // The slash of `trailingSlash` is no part of it.
    let path = path.strip_suffix('/').filter(|path| !path.is_empty()).unwrap_or(path);
    let mut shown = Vec::with_capacity(path.len());
    let mut rest = path;
    while let Some(at) = rest.find('%') {
        let (before, escape) = rest.split_at(at);
        shown.extend_from_slice(before.as_bytes());
        let byte = escape.get(1..3).and_then(|digits| u8::from_str_radix(digits, 16).ok());
        let length = match byte {
            Some(byte) if byte != b'/' && !byte.is_ascii_control() => {
                shown.push(byte);
                3
            }
            _ => {
                shown.push(b'%');
                1
            }
        };
        rest = &escape[length..];
    }
    shown.extend_from_slice(rest.as_bytes());
    String::from_utf8(shown).unwrap_or_else(|_| path.to_owned())
}

/// When an entry is stale and when it has expired, for people.
fn times(made: &Made) -> (String, String) {
    let revalidate = match made.revalidate {
        routewerk_cache::Revalidate::After(seconds) => duration(seconds),
        routewerk_cache::Revalidate::Never => String::new(),
    };
    (revalidate, made.expire.map(duration).unwrap_or_default())
}

/// Seconds as Next.js's table writes them, in the largest unit that they fill: `2s`, `15m`, `1y`, `≈2h`.
fn duration(seconds: u64) -> String {
    const UNITS: [(&str, u64); 6] =
        [("y", 31_536_000), ("w", 604_800), ("d", 86_400), ("h", 3600), ("m", 60), ("s", 1)];
    let index = UNITS.iter().position(|(_, length)| seconds >= *length).unwrap_or(UNITS.len() - 1);
    let (unit, length) = UNITS[index];
    if seconds.is_multiple_of(length) {
        return format!("{}{unit}", seconds / length);
    }
    // Of days and weeks Next.js says the next smaller unit where that is exact.
    if let ("d" | "w", Some((smaller, length))) = (unit, UNITS.get(index + 1))
        && seconds.is_multiple_of(*length)
    {
        return format!("{}{smaller}", seconds / length);
    }
    format!("≈{}{unit}", (seconds * 2 + length) / (length * 2))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kind_follows_segment_configuration_methods_and_params() {
        let names = |methods: &[&str]| methods.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        let found = |segment: &SegmentConfig, methods: &[&str], has_params| {
            kind(segment, Some(&names(methods)), has_params, false)
        };
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
        let tried = |segment: &SegmentConfig, methods: &[&str], has_params| {
            kind(segment, Some(&names(methods)), has_params, true)
        };
        assert_eq!(tried(&plain, &["GET", "HEAD"], false), RouteKind::Static);
        assert_eq!(tried(&plain, &["GET"], true), RouteKind::Dynamic);
        assert_eq!(tried(&listed, &["GET"], true), RouteKind::Ssg);
        assert_eq!(tried(&plain, &["GET", "OPTIONS"], false), RouteKind::Dynamic);
    }

    #[test]
    fn paths_are_shown_as_people_write_them() {
        let shown = ["/b%20c", "/%C3%BC", "/x%2Fy", "/per%25cent", "/%0A", "/%FF"].map(shown_path);
        assert_eq!(shown, ["/b c", "/ü", "/x%2Fy", "/per%cent", "/%0A", "/%FF"]);
    }

    #[test]
    fn times_are_written_in_the_largest_unit_that_they_fill() {
        assert_eq!([0, 2, 60, 900, 31_536_000].map(duration), ["0s", "2s", "1m", "15m", "1y"]);
        assert_eq!([90, 8 * 86_400, 9 * 3600, 31_535_998].map(duration), ["≈2m", "8d", "9h", "≈52w"]);
    }
}
