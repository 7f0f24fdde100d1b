//! Projects on disk and in memory, and the answers of a router as text.

use std::fs;
use std::path::Path;

use routewerk_routes::{Found, Pattern, RouteSet, Router, ScanOptions, SourceDirectory, SourceTree, discover, scan};
use tempfile::TempDir;

/// A project in a temporary folder, with these files (their content does not matter).
pub(crate) fn on_disk(files: &[&str]) -> TempDir {
    let root = TempDir::new().expect("a temporary folder");
    for file in files {
        write(root.path(), file);
    }
    root
}

/// Writes an empty file and the folders above it.
pub(crate) fn write(root: &Path, file: &str) {
    let path = root.join(file);
    fs::create_dir_all(path.parent().expect("a file has a folder")).expect("folders");
    fs::write(path, "").expect("a file");
}

/// Scans a project of these files with the default extensions.
pub(crate) fn scanned(files: &[&str]) -> RouteSet {
    scan(on_disk(files).path(), &ScanOptions::default()).expect("a scan")
}

/// What a project of these files has, without a disk.
pub(crate) fn discovered(files: &[&str]) -> RouteSet {
    let below = |name: &str| {
        let prefix = format!("{name}/");
        let files: Vec<_> = files.iter().filter_map(|file| file.strip_prefix(&prefix)).map(str::to_owned).collect();
        (!files.is_empty()).then(|| SourceDirectory { path: name.into(), files })
    };
    discover(&SourceTree { app: below("app"), pages: below("pages") }, &ScanOptions::default())
}

/// The patterns of a set's routes.
pub(crate) fn patterns(set: &RouteSet) -> Vec<&str> {
    set.routes.iter().map(|route| route.pattern.as_str()).collect()
}

/// Parsed patterns.
pub(crate) fn parsed(patterns: &[&str]) -> Vec<Pattern> {
    patterns.iter().map(|text| Pattern::parse(text).expect("a valid pattern")).collect()
}

/// A router over these routes, which answers with a route's pattern and its parameters.
pub(crate) struct Routes<'text> {
    patterns: &'text [&'text str],
    router: Router,
}

impl<'text> Routes<'text> {
    pub(crate) fn new(patterns: &'text [&'text str]) -> Self {
        Self { patterns, router: Router::new(&parsed(patterns), []) }
    }

    /// `pattern` or `pattern ← first | second`; empty where nothing matches.
    pub(crate) fn find(&self, path: &str) -> String {
        self.describe(&self.router.find(path))
    }

    pub(crate) fn intercept(&self, path: &str, next_url: &str) -> String {
        self.describe(&self.router.intercept(path, next_url))
    }

    fn describe(&self, found: &Found<'_>) -> String {
        match found {
            Found::Route { index, params } if params.is_empty() => self.patterns[*index].to_owned(),
            Found::Route { index, params } => {
                format!("{} ← {}", self.patterns[*index], params.joined().replace('\n', " | "))
            }
            Found::Page { index } => format!("page {index}"),
            Found::None => String::new(),
        }
    }
}
