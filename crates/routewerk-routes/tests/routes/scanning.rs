//! Which files become routes and pages.

use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use routewerk_routes::{PageKind, ParamKind, ScanError, ScanOptions, ScanWarning, scan};

use crate::project::{discovered, on_disk, patterns, scanned, write};

#[test]
fn route_files_of_the_default_extensions_are_routes() {
    // 1.1, 1.2, 1.64
    let files = ["app/a/route.ts", "app/b/route.tsx", "app/c/route.js", "app/d/route.jsx", "app/e/route.mjs"];
    let set = scanned(&files);
    assert_eq!(patterns(&set), ["/a", "/b", "/c", "/d"]);
    assert_eq!(
        set.warnings,
        [ScanWarning::UnknownExtension { file: "app/e/route.mjs".into(), extension: "mjs".to_owned() }]
    );
    assert_eq!(set.routes[0].file, Path::new("app/a/route.ts"));
}

#[test]
fn only_the_leaf_name_route_counts() {
    let set = scanned(&[
        "app/route/route.ts",
        "app/a/router.ts",
        "app/a/my.route.ts",
        "app/a/route.test.ts",
        "app/a/route.d.ts",
        "app/a/Route.ts",
        "app/a/layout.tsx",
        "app/a/default.tsx",
        "app/route.js/route.ts",
        "app/robots.ts",
        "app/sitemap.xml",
        "app/favicon.ico",
        "app/icon.tsx",
        "app/a/opengraph-image.tsx",
    ]);
    assert_eq!(patterns(&set), ["/route", "/route.js"]);
    assert!(set.pages.is_empty());
}

#[test]
fn page_extensions_decide_which_files_count() {
    // 1.3, 1.65
    let root = on_disk(&["app/a/route.api.js", "app/b/route.mjs", "app/c/route.js", "pages/d.page.js", "pages/e.js"]);
    let options = |extensions: &[&str]| ScanOptions {
        page_extensions: extensions.iter().map(|extension| (*extension).to_owned()).collect(),
    };
    let set = scan(root.path(), &options(&["api.js", "mjs"])).expect("a scan");
    assert_eq!(patterns(&set), ["/a", "/b"]);
    let set = scan(root.path(), &options(&["js", "page.js"])).expect("a scan");
    assert_eq!(set.pages.iter().map(|page| page.pattern.as_str()).collect::<Vec<_>>(), ["/d", "/e"]);
}

#[test]
fn src_app_is_used_where_there_is_no_app() {
    // 1.1, 1.4, 1.63
    let set = scanned(&["src/app/a/route.ts"]);
    assert_eq!(set.routes[0].file, Path::new("src/app/a/route.ts"));
    let set = scanned(&["src/app/a/route.ts", "app/b/route.ts"]);
    assert_eq!(patterns(&set), ["/b"]);
    let ignored = ScanWarning::IgnoredDirectory { used: "app".into(), ignored: "src/app".into() };
    assert_eq!(set.warnings, [ignored]);
}

#[test]
fn groups_slots_and_private_folders_are_not_part_of_the_url() {
    // 1.7–1.14, 1.16
    let set = scanned(&[
        "app/route.ts",
        "app/index/route.ts",
        "app/(a)/(b)/x/route.ts",
        "app/(c)/route.txt/route.ts",
        "app/_lib/x/route.ts",
        "app/y/_private/route.ts",
        "app/%5Fz/route.ts",
        "app/.well-known/x/route.ts",
        "app/@modal/q/route.ts",
        "app/hello.json/route.ts",
    ]);
    let expected = ["/", "/.well-known/x", "/_z", "/hello.json", "/index", "/q", "/route.txt", "/x"];
    assert_eq!(patterns(&set), expected);
    assert!(set.conflicts.is_empty());
}

#[test]
fn parameters_are_listed_in_order() {
    // 1.19, 1.21–1.24
    let set = scanned(&["app/[a]/b-[c]/[[...d]]/route.ts"]);
    let params: Vec<_> = set.routes[0].params.iter().map(|param| (param.name.as_str(), param.kind)).collect();
    assert_eq!(params, [("a", ParamKind::Single), ("d", ParamKind::OptionalCatchAll)]);
    let file = "app/[a]/b-[c]/[[...d]]/route.ts".into();
    assert_eq!(set.warnings, [ScanWarning::LiteralBrackets { file, segment: "b-[c]".to_owned() }]);
}

#[test]
fn pages_are_listed_and_match_in_their_place() {
    let set = scanned(&["app/shop/page.tsx", "app/shop/[id]/page.tsx", "app/shop/[id]/data/route.ts"]);
    assert_eq!(set.pages.iter().map(|page| page.pattern.as_str()).collect::<Vec<_>>(), ["/shop", "/shop/[id]"]);
    assert!(set.pages.iter().all(|page| page.kind == PageKind::App));
    let router = set.router();
    assert_eq!(router.find("/shop/1"), routewerk_routes::Found::Page { index: 1 });
    assert!(matches!(router.find("/shop/1/data"), routewerk_routes::Found::Route { index: 0, .. }));
}

#[test]
fn the_pages_directory_is_listed() {
    let files = [
        "pages/index.js",
        "pages/a/index.tsx",
        "pages/b.js",
        "pages/[id].js",
        "pages/api/hello.ts",
        "pages/_app.js",
        "pages/_document.js",
        "pages/_error.js",
        "pages/types.d.ts",
        "pages/style.css",
    ];
    let set = scanned(&files);
    let pages: Vec<_> = set.pages.iter().map(|page| (page.pattern.as_str(), page.kind)).collect();
    let expected = [
        ("/", PageKind::Pages),
        ("/[id]", PageKind::Pages),
        ("/a", PageKind::Pages),
        ("/api/hello", PageKind::PagesApi),
        ("/b", PageKind::Pages),
    ];
    assert_eq!(pages, expected);
}

#[test]
fn of_two_extensions_the_one_of_next_js_is_served_with_a_warning() {
    // 1.60, and what the other pairs gave
    for (served, ignored) in [("js", "ts"), ("tsx", "js"), ("jsx", "js"), ("jsx", "ts"), ("jsx", "tsx"), ("tsx", "ts")]
    {
        let (served, ignored) = (format!("app/x/route.{served}"), format!("app/x/route.{ignored}"));
        let set = scanned(&[&ignored, &served]);
        assert_eq!(set.routes.len(), 1);
        assert_eq!(set.routes[0].file, Path::new(&served));
        let warning = ScanWarning::DuplicateFile { served: served.clone().into(), ignored: ignored.clone().into() };
        assert_eq!(set.warnings, [warning]);
        assert_eq!(set.warnings[0].to_string(), format!("`{served}` is served and `{ignored}` is ignored"));
    }
}

#[test]
fn the_result_does_not_depend_on_the_order_of_the_files() {
    let mut files = ["app/b/route.ts", "app/a/route.js", "app/a/route.ts", "app/(g)/b/page.tsx", "app/c/[x]/route.ts"];
    let first = discovered(&files);
    files.reverse();
    assert_eq!(discovered(&files), first);
}

#[test]
fn a_project_without_app_and_pages_is_an_error() {
    // 1.6
    let root = on_disk(&["lib/db.ts"]);
    let error = scan(root.path(), &ScanOptions::default()).expect_err("refused");
    assert!(matches!(&error, ScanError::NoDirectory { root: named } if named == root.path()));
    let text = "> Couldn't find any `pages` or `app` directory. Please create one under the project root";
    assert_eq!(error.to_string(), text);
}

#[test]
fn linked_directories_are_followed() {
    let root = on_disk(&["shared/v1/items/route.ts", "app/api/.keep"]);
    symlink(root.path().join("shared/v1"), root.path().join("app/api/v1")).expect("a link");
    symlink(root.path().join("shared/v1/items/route.ts"), root.path().join("app/api/route.ts")).expect("a link");
    let set = scan(root.path(), &ScanOptions::default()).expect("a scan");
    assert_eq!(patterns(&set), ["/api", "/api/v1/items"]);
    assert_eq!(set.routes[1].file, Path::new("app/api/v1/items/route.ts"));
}

#[test]
fn links_that_lead_in_a_circle_end() {
    let root = on_disk(&["app/a/route.ts", "app/b/route.ts"]);
    symlink(root.path().join("app"), root.path().join("app/a/up")).expect("a link");
    symlink(root.path().join("app/b"), root.path().join("app/a/side")).expect("a link");
    symlink(root.path().join("app/a"), root.path().join("app/b/side")).expect("a link");
    symlink("self", root.path().join("app/self")).expect("a link");
    let set = scan(root.path(), &ScanOptions::default()).expect("a scan");
    assert_eq!(patterns(&set), ["/a", "/a/side", "/b", "/b/side"]);
    let loops: Vec<PathBuf> = set
        .warnings
        .iter()
        .map(|warning| match warning {
            ScanWarning::SymlinkLoop { link } => link.clone(),
            other => panic!("unexpected: {other}"),
        })
        .collect();
    let expected = ["app/a/side/side", "app/a/up", "app/b/side/side", "app/b/side/up", "app/self"];
    assert_eq!(loops, expected.map(PathBuf::from));
}

#[test]
fn a_broken_link_of_a_route_is_a_warning() {
    let root = on_disk(&["app/a/route.ts"]);
    fs::create_dir(root.path().join("app/b")).expect("a folder");
    symlink("nowhere", root.path().join("app/b/route.ts")).expect("a link");
    symlink("nowhere", root.path().join("app/b/readme")).expect("a link");
    let set = scan(root.path(), &ScanOptions::default()).expect("a scan");
    assert_eq!(patterns(&set), ["/a"]);
    assert_eq!(set.warnings, [ScanWarning::BrokenLink { link: "app/b/route.ts".into() }]);
}

#[test]
fn an_unreadable_directory_is_named() {
    let root = on_disk(&["app/a/route.ts", "app/secret/route.ts"]);
    let secret = root.path().join("app/secret");
    fs::set_permissions(&secret, fs::Permissions::from_mode(0o000)).expect("permissions");
    // The superuser reads every directory. Another way to the same error has its own test below.
    let is_privileged = fs::read_dir(&secret).is_ok();
    let result = scan(root.path(), &ScanOptions::default());
    fs::set_permissions(&secret, fs::Permissions::from_mode(0o700)).expect("permissions");
    match result {
        Err(error @ ScanError::Unreadable { .. }) => {
            assert_eq!(error.to_string(), "cannot read `app/secret`");
        }
        Err(other) => panic!("unexpected: {other}"),
        Ok(_) => assert!(is_privileged, "an unreadable directory was scanned"),
    }
}

#[test]
fn a_link_into_an_overlong_path_is_an_error_that_names_it() {
    let root = on_disk(&["app/a/route.ts"]);
    symlink("x".repeat(300), root.path().join("app/link")).expect("a link");
    let error = scan(root.path(), &ScanOptions::default()).expect_err("refused");
    assert_eq!(error.to_string(), "cannot read `app/link`");
}

#[test]
fn a_folder_whose_name_is_not_utf8_is_an_error() {
    let root = on_disk(&["app/a/route.ts"]);
    let name = std::ffi::OsStr::from_bytes(b"bad\xff");
    write(&root.path().join("app").join(name), "route.ts");
    let error = scan(root.path(), &ScanOptions::default()).expect_err("refused");
    assert!(matches!(&error, ScanError::NotUtf8 { path } if path == &Path::new("app").join(name)));
    assert!(error.to_string().ends_with("is not valid UTF-8"));
}

#[test]
fn private_folders_are_not_even_opened() {
    let root = on_disk(&["app/a/route.ts"]);
    write(&root.path().join("app").join(std::ffi::OsStr::from_bytes(b"_bad\xff")), "route.ts");
    symlink("x".repeat(300), root.path().join("app/_link")).expect("a link");
    assert_eq!(patterns(&scan(root.path(), &ScanOptions::default()).expect("a scan")), ["/a"]);
}
