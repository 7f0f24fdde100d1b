//! What stops a build, and with which words.

use std::path::Path;

use routewerk_routes::Conflict;

use crate::project::{discovered, patterns};

fn texts(files: &[&str]) -> Vec<String> {
    discovered(files).conflicts.iter().map(ToString::to_string).collect()
}

#[test]
fn a_page_and_a_route_in_one_folder_conflict() {
    // 1.43
    let set = discovered(&["app/x/route.ts", "app/x/page.tsx"]);
    let [conflict] = set.conflicts.as_slice() else { panic!("one conflict") };
    let text = "Conflicting route and page at /x: route at /x/route and page at /x/page";
    assert_eq!(conflict.to_string(), text);
    assert_eq!(conflict.files(), [Path::new("app/x/page.tsx"), Path::new("app/x/route.ts")]);
    assert!(conflict.hint().contains("not both"));
}

#[test]
fn files_of_one_url_in_groups_and_slots_conflict() {
    // 1.44, 1.59, and what other arrangements gave
    for (files, expected) in [
        (
            ["app/(a)/x/route.js", "app/(b)/x/route.js"],
            "Conflicting routes at /x: route at /(b)/x/route and route at /(a)/x/route",
        ),
        (
            ["app/(a)/x/page.js", "app/(b)/x/route.js"],
            "Conflicting route and page at /x: route at /(b)/x/route and page at /(a)/x/page",
        ),
        (
            ["app/(a)/x/route.js", "app/(b)/x/page.js"],
            "Conflicting page and route at /x: page at /(b)/x/page and route at /(a)/x/route",
        ),
        (
            ["app/@s/x/route.js", "app/x/page.js"],
            "Conflicting page and route at /x: page at /x/page and route at /@s/x/route",
        ),
        (
            ["app/@s/x/page.js", "app/x/route.js"],
            "Conflicting route and page at /x: route at /x/route and page at /@s/x/page",
        ),
        (
            ["app/@s/x/route.js", "app/x/route.js"],
            "Conflicting routes at /x: route at /x/route and route at /@s/x/route",
        ),
    ] {
        assert_eq!(texts(&files), [expected]);
    }
}

#[test]
fn every_file_after_the_first_conflicts_with_it() {
    assert_eq!(
        texts(&["app/(a)/x/route.js", "app/(b)/x/route.js", "app/(c)/x/route.js"]),
        [
            "Conflicting routes at /x: route at /(b)/x/route and route at /(a)/x/route",
            "Conflicting routes at /x: route at /(c)/x/route and route at /(a)/x/route",
        ]
    );
}

#[test]
fn two_pages_of_one_url_are_parallel_routes() {
    assert_eq!(texts(&["app/x/page.tsx", "app/@side/x/page.tsx"]), <[String; 0]>::default());
}

#[test]
fn patterns_that_differ_by_names_only_are_ambiguous() {
    // 1.45
    let expected = "Ambiguous app routes detected:\n\nAmbiguous route pattern \"/x/[*]\" matches multiple routes:\n  \
                    - /x/[a]\n  - /x/[b]\n\nThese routes cannot be distinguished from each other when matching URLs. \
                    Please ensure that dynamic segments have unique patterns or use different static segments.";
    assert_eq!(texts(&["app/x/[a]/route.js", "app/x/[b]/route.js"]), [expected]);
    assert_eq!(texts(&["app/x/[a]/route.js", "pages/x/[b].js"]), [expected]);
}

#[test]
fn different_names_at_one_position_conflict() {
    // 1.46: passes `next build`, kills `next start`
    let set = discovered(&["app/x/[a]/y/route.js", "app/x/[b]/z/route.js"]);
    let [conflict] = set.conflicts.as_slice() else { panic!("one conflict") };
    let text = "You cannot use different slug names for the same dynamic path ('a' !== 'b').";
    assert_eq!(conflict.to_string(), text);
    assert_eq!(conflict.files(), [Path::new("app/x/[a]/y/route.js"), Path::new("app/x/[b]/z/route.js")]);
    assert_eq!(texts(&["app/x/[a]/y/route.js", "app/x/[a]/z/route.js"]), <[String; 0]>::default());
    assert_eq!(texts(&["app/x/[a]/route.js", "app/x/[...b]/route.js"]), <[String; 0]>::default());
}

#[test]
fn an_optional_catch_all_conflicts_with_its_parent() {
    // 1.47
    let text = |parent: &str, catch_all: &str| {
        format!(
            "You cannot define a route with the same specificity as an optional catch-all route (\"{parent}\" and \"{catch_all}\")."
        )
    };
    assert_eq!(texts(&["app/x/route.js", "app/x/[[...s]]/route.js"]), [text("/x", "/x/[[...s]]")]);
    assert_eq!(texts(&["app/route.js", "app/[[...s]]/route.js"]), [text("/", "/[[...s]]")]);
    let nested = texts(&["app/[a]/route.js", "app/[a]/[[...s]]/page.js"]);
    assert_eq!(nested, [text("/[a]", "/[*]/[[...s]]")]);
}

#[test]
fn both_kinds_of_catch_all_at_one_level_conflict() {
    // 1.48: passes `next build`, kills `next start`
    assert_eq!(
        texts(&["app/x/[...s]/route.js", "app/x/[[...s]]/route.js"]),
        [
            "You cannot use both an required and optional catch-all route at the same level (\"[...s]\" and \"[[...s]]\" )."
        ]
    );
}

#[test]
fn an_invalid_name_is_a_conflict_and_no_route() {
    // 1.49–1.55
    let set = discovered(&["app/[...s]/x/route.js", "app/ok/route.js"]);
    assert_eq!(patterns(&set), ["/ok"]);
    let [conflict @ Conflict::InvalidName { .. }] = set.conflicts.as_slice() else { panic!("one conflict") };
    assert_eq!(conflict.to_string(), "Catch-all must be the last part of the URL in route \"/[...s]/x\".");
    assert_eq!(conflict.files(), [Path::new("app/[...s]/x/route.js")]);
    assert!(!conflict.hint().is_empty());
}

#[test]
fn app_and_pages_files_of_one_url_conflict() {
    // 1.42, 1.61
    let text = |path: &str| {
        format!(
            "App Router and Pages Router both match path: {path}\nNext.js does not support having both App Router and \
             Pages Router routes matching the same path. Please remove one of the conflicting routes."
        )
    };
    let found = texts(&[
        "app/api/x/route.js",
        "pages/api/x.js",
        "app/y/page.js",
        "pages/y.js",
        "app/d/[id]/route.js",
        "pages/d/[id].js",
        "app/e/route.js",
        "pages/e/index.js",
    ]);
    assert_eq!(found, [text("/api/x"), text("/d/[id]"), text("/e"), text("/y")]);
}

#[test]
fn app_and_pages_in_different_folders_conflict() {
    use routewerk_routes::{ScanOptions, scan};
    let root = crate::project::on_disk(&["app/x/route.js", "src/pages/y.js"]);
    let set = scan(root.path(), &ScanOptions::default()).expect("a scan");
    let texts: Vec<_> = set.conflicts.iter().map(ToString::to_string).collect();
    assert_eq!(texts, ["> `pages` and `app` directories should be under the same folder"]);
}

#[test]
fn intercepting_routes_do_not_conflict_with_what_they_intercept() {
    // 1.57, 1.58
    let files = [
        "app/x/(.)y/route.js",
        "app/x/y/route.js",
        "app/x/(..)y/route.js",
        "app/y/route.js",
        "app/@modal/(.)photo/[id]/page.js",
        "app/photo/[id]/page.js",
    ];
    assert_eq!(texts(&files), <[String; 0]>::default());
}
