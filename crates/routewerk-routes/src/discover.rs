//! From the files of `app/` and `pages/` to routes, pages, warnings and conflicts. Pure: [`scan`](crate::scan())
//! brings the list of files.
//!
//! A file counts when its name is `route.` or `page.` and then exactly one of the page extensions; `default`,
//! `layout`, metadata files and everything else are none of our concern here. The order in which files are
//! considered is that of Next.js's bundler (a folder's own files before its subfolders, page before route, names
//! by their bytes), because its messages name the later file first.

use std::path::{Path, PathBuf};

use crate::app_path::{app_name, app_pattern, extension_of, join, pages_pattern};
use crate::check::check_patterns;
use crate::conflict::{AppEntry, Conflict, EntryKind, PatternFile};
use crate::route_set::{PageKind, PageRoute, Route, RouteSet};
use crate::{Pattern, ScanOptions, ScanWarning, Segment};

/// A directory of sources and the files below it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceDirectory {
    /// The directory, relative to the project's root: `app`, `src/app`, `pages` or `src/pages`.
    pub path: PathBuf,
    /// The files below it, relative to it, separated by `/`.
    pub files: Vec<String>,
}

/// The directories in which Next.js looks for routes and pages.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SourceTree {
    /// `app` or `src/app`.
    pub app: Option<SourceDirectory>,
    /// `pages` or `src/pages`.
    pub pages: Option<SourceDirectory>,
}

/// Finds the routes and pages among the files of a project.
pub fn discover(tree: &SourceTree, options: &ScanOptions) -> RouteSet {
    let extensions = options.by_precedence();
    let mut set = RouteSet::default();
    if let (Some(app), Some(pages)) = (&tree.app, &tree.pages)
        && app.path.parent() != pages.path.parent()
    {
        set.conflicts.push(Conflict::DirectoriesApart { app: app.path.clone(), pages: pages.path.clone() });
    }
    let mut patterns = Vec::new();
    let app_entries = tree.app.as_ref().map_or_else(Vec::new, |app| app_entries(app, &extensions, &mut set.warnings));
    add_app_entries(app_entries, &mut set, &mut patterns);
    if let Some(pages) = &tree.pages {
        add_pages(pages, &extensions, &mut set, &mut patterns);
    }
    set.conflicts.extend(check_patterns(&patterns));
    set.routes.sort_by(|left, right| (&left.pattern, &left.file).cmp(&(&right.pattern, &right.file)));
    set.pages.sort_by(|left, right| (&left.pattern, &left.file).cmp(&(&right.pattern, &right.file)));
    set
}

/// The route and page files of the app directory, one per folder and kind, in the order of consideration.
fn app_entries(directory: &SourceDirectory, extensions: &[String], warnings: &mut Vec<ScanWarning>) -> Vec<AppEntry> {
    let mut found = Vec::new();
    for file in &directory.files {
        let (folder, file_name) = file.rsplit_once('/').unwrap_or(("", file));
        if folder.split('/').any(|part| part.starts_with('_')) {
            continue;
        }
        for kind in [EntryKind::Page, EntryKind::Route] {
            let stem = kind.as_str();
            if let Some(extension) = extension_of(file_name, stem, extensions) {
                let rank = extensions.iter().position(|known| known == extension);
                let place: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
                found.push((place, kind, rank, file));
            } else if kind == EntryKind::Route {
                warn_of_extension(&directory.path, file, file_name, warnings);
            }
        }
    }
    found.sort();
    let mut entries: Vec<AppEntry> = Vec::new();
    for (_, kind, _, file) in found {
        let entry = AppEntry { kind, file: join(&directory.path, file), name: app_name(file, kind.as_str()) };
        match entries.last() {
            Some(served) if served.kind == kind && served.file.parent() == entry.file.parent() => {
                warnings.push(ScanWarning::DuplicateFile { served: served.file.clone(), ignored: entry.file });
            }
            _ => entries.push(entry),
        }
    }
    entries
}

/// Warns of `route.mjs` and the like, which a user may take for a route.
fn warn_of_extension(directory: &Path, file: &str, file_name: &str, warnings: &mut Vec<ScanWarning>) {
    let known = ["js", "jsx", "ts", "tsx", "mjs", "cjs", "mts", "cts"].map(str::to_owned);
    if let Some(extension) = extension_of(file_name, EntryKind::Route.as_str(), &known) {
        let extension = extension.to_owned();
        warnings.push(ScanWarning::UnknownExtension { file: join(directory, file), extension });
    }
}

/// Warns of `a-[x]`, which a user may take for a parameter.
fn warn_of_literal_brackets(pattern: &Pattern, file: &Path, warnings: &mut Vec<ScanWarning>) {
    for segment in pattern.segments() {
        if let Segment::Static(text) = segment
            && text.find('[').is_some_and(|open| text[open..].contains(']'))
        {
            warnings.push(ScanWarning::LiteralBrackets { file: file.to_path_buf(), segment: text.clone() });
        }
    }
}

fn add_app_entries(entries: Vec<AppEntry>, set: &mut RouteSet, patterns: &mut Vec<(Pattern, PatternFile)>) {
    let mut first_of: Vec<(String, AppEntry)> = Vec::new();
    let mut place_of = rustc_hash::FxHashMap::<String, usize>::default();
    for entry in entries {
        let folder = entry.name.rsplit_once('/').map_or("", |(folder, _)| folder);
        let text = app_pattern(folder);
        let parsed = match Pattern::parse(&text) {
            Ok(parsed) => parsed,
            Err(error) => {
                set.conflicts.push(Conflict::InvalidName { error, file: entry.file });
                continue;
            }
        };
        if entry.kind == EntryKind::Route {
            warn_of_literal_brackets(&parsed, &entry.file, &mut set.warnings);
        }
        match place_of.get(&text) {
            None => {
                place_of.insert(text.clone(), first_of.len());
                first_of.push((text.clone(), entry.clone()));
                patterns.push((parsed.clone(), PatternFile { pattern: text.clone(), file: entry.file.clone() }));
            }
            Some(place) => {
                let existing = &first_of[*place].1;
                // Two pages of one URL are parallel routes, or the concern of whoever renders pages.
                if (existing.kind, entry.kind) != (EntryKind::Page, EntryKind::Page) {
                    set.conflicts.push(Conflict::SameUrl {
                        pattern: text.clone(),
                        existing: existing.clone(),
                        new: entry.clone(),
                    });
                }
            }
        }
        match entry.kind {
            EntryKind::Route => set.routes.push(Route {
                pattern: text,
                file: entry.file,
                segments: parsed.segments().to_vec(),
                params: parsed.params().cloned().collect(),
                parsed,
            }),
            EntryKind::Page => {
                set.pages.push(PageRoute { pattern: text, file: entry.file, kind: PageKind::App, parsed });
            }
        }
    }
}

fn add_pages(
    directory: &SourceDirectory,
    extensions: &[String],
    set: &mut RouteSet,
    patterns: &mut Vec<(Pattern, PatternFile)>,
) {
    let mut files: Vec<&String> = directory.files.iter().collect();
    files.sort();
    let app_files: rustc_hash::FxHashMap<String, PathBuf> =
        patterns.iter().map(|(pattern, file)| (pattern.as_str().to_owned(), file.file.clone())).collect();
    let mut seen = rustc_hash::FxHashSet::<String>::default();
    for file in files {
        if file.ends_with(".d.ts") {
            continue;
        }
        // The longest extension first, so that `x.page.js` is not taken for a page named `x.page`.
        let name = extensions.iter().find_map(|known| file.strip_suffix(known.as_str())?.strip_suffix('.'));
        let Some(text) = name.and_then(pages_pattern) else { continue };
        let path = join(&directory.path, file);
        let parsed = match Pattern::parse(&text) {
            Ok(parsed) => parsed,
            Err(error) => {
                set.conflicts.push(Conflict::InvalidName { error, file: path });
                continue;
            }
        };
        let text = parsed.as_str().to_owned();
        if let Some(app) = app_files.get(&text) {
            set.conflicts.push(Conflict::AppAndPages { pattern: text.clone(), app: app.clone(), pages: path.clone() });
        } else if seen.insert(text.clone()) {
            patterns.push((parsed.clone(), PatternFile { pattern: text.clone(), file: path.clone() }));
        }
        let is_api = text == "/api" || text.starts_with("/api/");
        let kind = if is_api { PageKind::PagesApi } else { PageKind::Pages };
        set.pages.push(PageRoute { pattern: text, file: path, kind, parsed });
    }
}
