//! Which files a tsconfig.json names, with what it extends: `files`, `include` and `exclude`, each from the nearest
//! configuration that has it, and relative to that one.
//!
//! The bundler's reading of a configuration merges these lists without their places, since it has no use for them. A
//! configuration that a package gives under another name than that of its file is not found here; hardly any of those
//! names files.

use std::path::{Path, PathBuf};

use oxc_resolver::ExtendsField;
use rolldown_resolver::TsConfig;

use crate::code_frame::Location;
use crate::error::{BuildError, BuildErrorKind};

/// How deep configurations may extend each other; a circle ends here.
const MAX_DEPTH: usize = 32;
/// Stands in an entry for the folder of the configuration that TypeScript was started with.
const CONFIG_DIR: &str = "${configDir}";

/// The files that a configuration names, as absolute paths and patterns.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct FileLists {
    /// The configuration.
    pub path: PathBuf,
    /// Whether `include` is its own.
    pub has_own_include: bool,
    /// `files`.
    pub files: Option<Vec<PathBuf>>,
    /// `include`.
    pub include: Option<Vec<PathBuf>>,
    /// `exclude`.
    pub exclude: Option<Vec<PathBuf>>,
}

/// Reads a configuration and what it extends.
///
/// # Errors
/// One of them cannot be read, or is not what it should be.
pub(super) fn read(path: &Path) -> Result<FileLists, BuildError> {
    let root = path.parent().unwrap_or(Path::new("/"));
    let mut lists = FileLists { path: path.to_path_buf(), ..FileLists::default() };
    add(path, root, 0, &mut lists)?;
    Ok(lists)
}

/// Adds the lists that are still missing: those of the configuration, then those of what it extends, the last first.
fn add(path: &Path, root: &Path, depth: usize, lists: &mut FileLists) -> Result<(), BuildError> {
    let text = std::fs::read_to_string(path).map_err(|error| BuildError::unreadable(path, &error))?;
    let config = TsConfig::parse(depth == 0, path, path, text).map_err(|error| {
        BuildError::new(BuildErrorKind::TsConfig { message: error.to_string() })
            .or_at(|| Location::whole_file(root, path))
    })?;
    let folder = path.parent().unwrap_or(root);
    if depth == 0 {
        lists.has_own_include = config.include.is_some();
    }
    let absolute = |entries: Vec<PathBuf>| entries.iter().map(|entry| against(folder, root, entry)).collect();
    lists.files = lists.files.take().or_else(|| config.files.map(absolute));
    lists.include = lists.include.take().or_else(|| config.include.map(absolute));
    lists.exclude = lists.exclude.take().or_else(|| config.exclude.map(absolute));
    let Some(extended) = config.extends.filter(|_| depth < MAX_DEPTH) else { return Ok(()) };
    let specifiers = match extended {
        ExtendsField::Single(specifier) => vec![specifier],
        ExtendsField::Multiple(specifiers) => specifiers,
    };
    for specifier in specifiers.iter().rev() {
        if let Some(base) = find(folder, root, specifier) {
            add(&base, root, depth + 1, lists)?;
        }
    }
    Ok(())
}

/// An entry as an absolute path.
fn against(folder: &Path, root: &Path, entry: &Path) -> PathBuf {
    match entry.strip_prefix(CONFIG_DIR) {
        Ok(rest) => root.join(rest),
        Err(_) => folder.join(entry),
    }
}

/// The file of a configuration that is extended by path or from a package.
fn find(folder: &Path, root: &Path, specifier: &str) -> Option<PathBuf> {
    let as_file = |path: PathBuf| {
        let mut with_extension = path.clone().into_os_string();
        with_extension.push(".json");
        let candidates = [path.clone(), PathBuf::from(with_extension), path.join("tsconfig.json")];
        candidates.into_iter().find(|candidate| candidate.is_file())
    };
    let path = against(folder, root, Path::new(specifier));
    if specifier.starts_with(['.', '/', '$']) || Path::new(specifier).is_absolute() {
        return as_file(path);
    }
    folder.ancestors().find_map(|ancestor| as_file(ancestor.join("node_modules").join(specifier)))
}
