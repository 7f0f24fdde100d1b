//! The files that a [`RequestPattern`] can lead to: each specifier of its shape that the project's resolver finds.
//!
//! A shape's text up to its last slash before the first gap names a folder: relative to the importer, by an alias of
//! tsconfig.json, or in a package. What lies below that folder is looked at, but for `node_modules` and names that begin
//! with a dot. A shape without such a folder is left to the run time.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use rustc_hash::FxHashSet;

use crate::package_info::package_name_of_specifier;
use crate::request_pattern::{RequestPattern, Shape};
use crate::resolve::{EXTENSIONS, ProjectResolver, RequestKind, Resolved};

/// A folder with more files below it is not a list of things to choose from; the pattern is left to the run time.
const MAX_FILES: usize = 10_000;

/// The files that are modules, by their extensions. Others may lie between them.
const MODULES: [&str; 14] =
    ["ts", "tsx", "mts", "cts", "js", "jsx", "mjs", "cjs", "json", "wasm", "css", "scss", "sass", "less"];

/// What a pattern leads to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct PatternFiles {
    /// Every specifier that leads somewhere, sorted.
    pub(crate) specifiers: Vec<String>,
    /// Shapes that only the run time can follow.
    pub(crate) open: Vec<OpenShape>,
    /// Shapes with a folder (or without a gap) for which nothing is found.
    pub(crate) without_match: Vec<Shape>,
}

/// A shape that is left to the run time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct OpenShape {
    pub(crate) shape: Shape,
    pub(crate) reason: OpenReason,
}

/// Why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OpenReason {
    /// No folder is named before the first gap.
    NoFolder,
    /// It names what no bundler follows: an absolute path, a URL, a module of Node.js.
    RunTime,
    /// There are too many files.
    TooManyFiles,
}

/// Finds what a pattern in the file `importer` leads to.
pub(crate) fn find_files(
    resolver: &ProjectResolver,
    importer: &Path,
    pattern: &RequestPattern,
    kind: RequestKind,
) -> PatternFiles {
    let mut found = PatternFiles::default();
    let mut specifiers: BTreeSet<String> = BTreeSet::new();
    for shape in pattern.shapes() {
        let matches = match candidates(resolver, importer, shape) {
            Ok(candidates) => candidates,
            Err(reason) => {
                found.open.push(OpenShape { shape: shape.clone(), reason });
                continue;
            }
        };
        let before = specifiers.len();
        let leads_somewhere = |specifier: &String| match resolver.resolve(importer, specifier, kind) {
            Ok(Resolved::File(file)) => is_module(&file.path),
            Ok(_) => true,
            Err(_) => false,
        };
        specifiers.extend(matches.into_iter().filter(leads_somewhere));
        if specifiers.len() == before {
            found.without_match.push(shape.clone());
        }
    }
    found.specifiers = specifiers.into_iter().collect();
    found
}

/// The specifiers of a shape for which there may be a file.
fn candidates(resolver: &ProjectResolver, importer: &Path, shape: &Shape) -> Result<Vec<String>, OpenReason> {
    if let Some(text) = shape.as_text() {
        return Ok(vec![text.to_owned()]);
    }
    let head = shape.head();
    if head.starts_with('/') || head.contains(':') {
        return Err(OpenReason::RunTime);
    }
    let folder_end = head.rfind('/').ok_or(OpenReason::NoFolder)? + 1;
    let named = &head[..folder_end];
    let folders = folders_of(resolver, importer, named)?;
    let served = resolver.settings().next_modules.served().map(|(name, _)| name);
    let mut found: BTreeSet<String> = served.filter(|name| shape.fits(name)).map(str::to_owned).collect();
    for folder in folders {
        let mut files = Files { below: Vec::new(), seen: FxHashSet::default() };
        files.walk(&folder, "")?;
        for file in &files.below {
            let variants = names_of(file, shape.tail()).into_iter().map(|name| format!("{named}{name}"));
            found.extend(variants.filter(|specifier| shape.fits(specifier)));
        }
    }
    Ok(found.into_iter().collect())
}

/// The folders that the beginning of a specifier names.
fn folders_of(resolver: &ProjectResolver, importer: &Path, named: &str) -> Result<Vec<PathBuf>, OpenReason> {
    if named.starts_with("./") || named.starts_with("../") {
        let beside = importer.parent().ok_or(OpenReason::NoFolder)?;
        return Ok(vec![beside.join(named)]);
    }
    let aliased = resolver.aliased_folders(importer, named);
    if !aliased.is_empty() {
        return Ok(aliased);
    }
    // `pkg/` names a folder, `@scope/` does not.
    let package = package_name_of_specifier(named).filter(|name| named.len() > name.len());
    let package = package.ok_or(OpenReason::NoFolder)?;
    let inside = named[package.len()..].trim_start_matches('/');
    let installed = importer.ancestors().skip(1).map(|folder| folder.join("node_modules").join(package));
    Ok(installed.filter(|folder| folder.is_dir()).take(1).map(|folder| folder.join(inside)).collect())
}

fn is_module(path: &Path) -> bool {
    // Declarations hold types alone.
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    if [".d.ts", ".d.mts", ".d.cts"].iter().any(|declaration| name.ends_with(declaration)) {
        return false;
    }
    path.extension().and_then(|extension| extension.to_str()).is_some_and(|extension| MODULES.contains(&extension))
}

/// The files below a folder, by their paths from there.
struct Files {
    below: Vec<String>,
    /// Folders that were entered, symbolic links resolved: a link may lead upwards.
    seen: FxHashSet<PathBuf>,
}

impl Files {
    fn walk(&mut self, folder: &Path, path: &str) -> Result<(), OpenReason> {
        let is_new = folder.canonicalize().is_ok_and(|real| self.seen.insert(real));
        // A folder that is not there, or that may not be read, holds nothing to choose from.
        let Ok(entries) = std::fs::read_dir(folder) else { return Ok(()) };
        if !is_new {
            return Ok(());
        }
        for entry in entries.flatten() {
            let Ok(name) = entry.file_name().into_string() else { continue };
            if name.starts_with('.') || name == "node_modules" {
                continue;
            }
            let Ok(kind) = std::fs::metadata(entry.path()) else { continue };
            if kind.is_dir() {
                self.walk(&entry.path(), &format!("{path}{name}/"))?;
            } else if is_module(Path::new(&name)) {
                self.below.push(format!("{path}{name}"));
            }
            if self.below.len() > MAX_FILES {
                return Err(OpenReason::TooManyFiles);
            }
        }
        Ok(())
    }
}

/// The names under which a file may be asked for, `tail` being what they end with.
fn names_of(file: &str, tail: &str) -> Vec<String> {
    let mut names = vec![file.to_owned()];
    if let Some(stem) = EXTENSIONS.iter().find_map(|extension| file.strip_suffix(extension)) {
        names.push(stem.to_owned());
        if stem == "index" {
            names.push(String::new());
        } else if let Some(folder) = stem.strip_suffix("/index") {
            names.push(folder.to_owned());
            names.push(format!("{folder}/"));
        }
    }
    // TypeScript's own way to name a file is by the extension that it is compiled to.
    for (written, compiled) in [(".ts", ".js"), (".tsx", ".js"), (".tsx", ".jsx"), (".mts", ".mjs"), (".cts", ".cjs")] {
        if tail.ends_with(compiled)
            && let Some(stem) = file.strip_suffix(written)
        {
            names.push(format!("{stem}{compiled}"));
        }
    }
    names
}
