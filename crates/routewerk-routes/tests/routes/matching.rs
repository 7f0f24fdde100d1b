//! Which route a path belongs to.

use routewerk_routes::{Found, Router, params_are_decodable};

use crate::project::{Routes, parsed};

#[track_caller]
fn assert_found(routes: &[&str], cases: &[(&str, &str)]) {
    let routes = Routes::new(routes);
    for (path, expected) in cases {
        assert_eq!(routes.find(path), *expected, "{path}");
    }
}

#[test]
fn a_segment_is_one_and_not_empty() {
    // 1.21, 1.31, 1.70
    assert_found(
        &["/d/[id]"],
        &[
            ("/d/1", "/d/[id] ← 1"),
            ("/d/1/", "/d/[id] ← 1"),
            ("/d", ""),
            ("/d/", ""),
            ("/d/1/2", ""),
            ("/d/..%2Fx", "/d/[id] ← ..%2Fx"),
            ("/d/a;b:c@d=e", "/d/[id] ← a;b:c@d=e"),
            ("/d/[id]", "/d/[id] ← [id]"),
        ],
    );
}

#[test]
fn a_catch_all_takes_one_or_more() {
    // 1.22, 1.29
    assert_found(
        &["/c/[...slug]"],
        &[("/c", ""), ("/c/", ""), ("/c/a", "/c/[...slug] ← a"), ("/c/a%2Fb/c/", "/c/[...slug] ← a%2Fb/c")],
    );
}

#[test]
fn an_optional_catch_all_matches_its_parent() {
    // 1.23, 1.24
    assert_found(
        &["/o/[[...slug]]", "/o2/[a]/[[...slug]]"],
        &[
            ("/o", "/o/[[...slug]] ← "),
            ("/o/", "/o/[[...slug]] ← "),
            ("/o/a/b", "/o/[[...slug]] ← a/b"),
            ("/o2", ""),
            ("/o2/q", "/o2/[a]/[[...slug]] ← q | "),
            ("/o2/q/r/s", "/o2/[a]/[[...slug]] ← q | r/s"),
        ],
    );
    assert_found(&["/[[...all]]"], &[("/", "/[[...all]] ← "), ("/x", "/[[...all]] ← x")]);
}

#[test]
fn literal_beats_parameter_beats_catch_all_at_each_level() {
    // 1.39
    assert_found(
        &[
            "/x/[id]",
            "/x/[id]/edit",
            "/x/[id]/[...rest]",
            "/x/fixed",
            "/p/[id]",
            "/p/[...all]",
            "/q/[id]",
            "/q/[[...all]]",
        ],
        &[
            ("/x/1", "/x/[id] ← 1"),
            ("/x/fixed", "/x/fixed"),
            ("/x/1/edit", "/x/[id]/edit ← 1"),
            ("/x/1/y/z", "/x/[id]/[...rest] ← 1 | y/z"),
            ("/x/fixed/edit", "/x/[id]/edit ← fixed"),
            ("/x/fixed/y", "/x/[id]/[...rest] ← fixed | y"),
            ("/p/1", "/p/[id] ← 1"),
            ("/p/1/2", "/p/[...all] ← 1/2"),
            ("/q", "/q/[[...all]] ← "),
            ("/q/1", "/q/[id] ← 1"),
            ("/q/1/2", "/q/[[...all]] ← 1/2"),
        ],
    );
}

#[test]
fn a_branch_that_leads_nowhere_is_given_up() {
    assert_found(
        &["/bt/[x]/end", "/bt/s/[y]/fin", "/bt/s", "/[...all]"],
        &[
            ("/bt/s", "/bt/s"),
            ("/bt/s/end", "/bt/[x]/end ← s"),
            ("/bt/s/q/fin", "/bt/s/[y]/fin ← q"),
            ("/bt/s/q/nope", "/[...all] ← bt/s/q/nope"),
            ("/bt/q/end", "/bt/[x]/end ← q"),
        ],
    );
}

#[test]
fn no_route_matches_by_chance() {
    // 1.10, 1.20, 1.32, 1.33, 1.35
    assert_found(
        &["/req/echo", "/grp/inner"],
        &[
            ("/req/Echo", ""),
            ("/req%2Fecho", ""),
            ("/req/echo%2F", ""),
            ("/req/ech%6F", ""),
            ("/(g)/grp/inner", ""),
            ("/nope/%zz", ""),
            ("", ""),
            ("req/echo", ""),
            ("/req//echo", ""),
        ],
    );
}

#[test]
fn unencoded_punctuation_is_reached_as_it_stands_only() {
    // 1.12, 1.16, 1.17, 1.19
    assert_found(
        &["/_us", "/hello.json", "/plus+x", "/at@b", "/com,ma", "/semi;c", "/eq=q", "/a-[x]", "/pct%20x", "/100%"],
        &[
            ("/_us", "/_us"),
            ("/%5Fus", ""),
            ("/hello.json", "/hello.json"),
            ("/plus+x", "/plus+x"),
            ("/plus%2Bx", ""),
            ("/at@b", "/at@b"),
            ("/at%40b", ""),
            ("/com,ma", "/com,ma"),
            ("/semi;c", "/semi;c"),
            ("/eq=q", "/eq=q"),
            ("/a-[x]", "/a-[x]"),
            ("/a-b", ""),
            ("/a-%5Bx%5D", ""),
            ("/pct%20x", "/pct%20x"),
            ("/pct%2520x", ""),
            ("/100%", "/100%"),
            ("/100%25", ""),
        ],
    );
}

#[test]
fn names_that_urls_must_encode_are_reached_and_beat_a_parameter() {
    // 1.18, different on purpose
    assert_found(
        &["/sp ace", "/ünï/[x]", "/cur{ly}", "/[any]", "/[any]/[x]"],
        &[
            ("/sp%20ace", "/sp ace"),
            ("/%C3%BCn%C3%AF/1", "/ünï/[x] ← 1"),
            ("/%c3%bcn%c3%af/1", "/ünï/[x] ← 1"),
            ("/cur%7Bly%7D", "/cur{ly}"),
            ("/sp%20%61ce", "/[any] ← sp%20%61ce"),
        ],
    );
}

#[test]
fn a_page_keeps_its_place() {
    let handlers = parsed(&["/pg/stat", "/pg/[x]/deep", "/[...all]"]);
    let pages = parsed(&["/pg/[x]", "/pg/[x]/deep"]);
    let router = Router::new(&handlers, &pages);
    assert_eq!(router.find("/pg/1"), Found::Page { index: 0 });
    assert!(matches!(router.find("/pg/stat"), Found::Route { index: 0, .. }));
    assert!(matches!(router.find("/pg/1/deep"), Found::Route { index: 1, .. }));
    assert!(matches!(router.find("/pg"), Found::Route { index: 2, .. }));
}

#[test]
fn of_two_patterns_for_the_same_urls_the_first_keeps_them() {
    assert_found(&["/x/[a]", "/x/[b]", "/y", "/y"], &[("/x/1", "/x/[a] ← 1"), ("/y", "/y")]);
    // 1.46 is a conflict at build, but a development server goes on.
    assert_found(&["/x/[a]/y", "/x/[b]/z"], &[("/x/1/y", "/x/[a]/y ← 1"), ("/x/1/z", "/x/[b]/z ← 1")]);
}

#[test]
fn malformed_escapes_are_found_where_they_meet_a_parameter() {
    // 1.28, 1.34
    let router = Router::new(&parsed(&["/d/[id]"]), []);
    for (path, is_decodable) in [
        ("/d/%", false),
        ("/d/%zz", false),
        ("/d/%E0%A4%A", false),
        ("/d/%FF", false),
        ("/d/%00", true),
        ("/d/%2F", true),
        ("/d/%C3%A9+%20%3F%5Bid%5D", true),
    ] {
        let Found::Route { params, .. } = router.find(path) else { panic!("{path} is a route") };
        assert_eq!(params_are_decodable(&params), is_decodable, "{path}");
    }
}

#[test]
fn more_than_four_parameters_are_kept() {
    assert_found(
        &["/[a]/[b]/[c]/[d]/[e]/[...f]"],
        &[("/1/2/3/4/5/6/7", "/[a]/[b]/[c]/[d]/[e]/[...f] ← 1 | 2 | 3 | 4 | 5 | 6/7")],
    );
}

#[test]
fn the_empty_router_finds_nothing() {
    assert_eq!(Router::default().find("/"), Found::None);
    assert_eq!(Router::default().find("/x/y"), Found::None);
    assert_eq!(Router::default().intercept("/x", "/"), Found::None);
}

#[test]
fn an_intercepting_route_is_reached_from_its_pages() {
    // 1.57, 1.58
    let routes = ["/x/(.)y", "/z/(..)up", "/up", "/feed/[user]/(..)photo/[id]", "/root/(...)top", "/top"];
    let routes = Routes::new(&routes);
    for (path, next_url, expected) in [
        ("/x/y", "/x", "/x/(.)y"),
        ("/x/y", "/x/z", "/x/(.)y"),
        ("/x/y", "/x/z?q", "/x/(.)y"),
        ("/x/y", "/xy", ""),
        ("/x/y", "/q", ""),
        ("/x/y", "", ""),
        ("/x/y", "x", ""),
        ("/x/y", "/x//", ""),
        ("/x/q", "/x", ""),
        ("/up", "/z", "/z/(..)up"),
        ("/feed/photo/7%2F8", "/feed/b%2Fo%20b/x", "/feed/[user]/(..)photo/[id] ← b%2Fo%20b | 7%2F8"),
        ("/feed/photo/7", "/feed/bo b", ""),
        ("/top", "/root/abc", "/root/(...)top"),
        ("/top", "/roo", ""),
    ] {
        assert_eq!(routes.intercept(path, next_url), expected, "{path} from {next_url}");
    }
}

#[test]
fn the_literal_path_of_an_intercepting_route_is_served() {
    // 1.57
    assert_found(
        &["/x/(.)y", "/x/(.)[id]", "/feed/[user]/(..)photo/[id]"],
        &[
            ("/x/(.)y", "/x/(.)y"),
            ("/x/%28.%29y", ""),
            ("/x/y", ""),
            ("/x/(.)foo", "/x/(.)[id] ← foo"),
            ("/x/(.)", ""),
            ("/x/(.)foo/x", ""),
            ("/feed/bob/(..)photo/9", "/feed/[user]/(..)photo/[id] ← bob | 9"),
        ],
    );
}

#[test]
fn intercepting_routes_are_asked_in_the_order_of_next_js() {
    let routes = Routes::new(&["/ic/z/(..)up", "/ic/(.)[dyn]", "/ic/(.)y"]);
    assert_eq!(routes.intercept("/ic/y", "/ic"), "/ic/(.)y");
    assert_eq!(routes.intercept("/ic/q", "/ic"), "/ic/(.)[dyn] ← q");
    assert_eq!(routes.intercept("/ic/up", "/ic/z"), "/ic/(.)[dyn] ← up");
}

#[test]
fn a_route_that_refuses_its_params_leaves_the_path_to_lower_rank() {
    use routewerk_routes::{Found, Pattern, Router};
    let patterns = ["/a/[id]", "/a/[...rest]", "/[[...all]]"].map(|text| Pattern::parse(text).expect("valid"));
    let router = Router::new(&patterns, &[]);
    let found = |path: &'static str, refused: &'static [usize]| match router
        .find_served(path, &|index, _| !refused.contains(&index))
    {
        Found::Route { index, params } => Some((index, params.joined())),
        Found::Page { .. } | Found::None => None,
    };
    assert_eq!(found("/a/x", &[]), Some((0, "x".to_owned())));
    assert_eq!(found("/a/x", &[0]), Some((1, "x".to_owned())));
    assert_eq!(found("/a/x", &[0, 1]), Some((2, "a/x".to_owned())));
    assert_eq!(found("/a/x", &[0, 1, 2]), None);
}
