//! The rim: walks a project's `app` and `pages` directories. The only code of this crate that touches the disk.
//!
//! Symbolic links to directories are followed; one that leads back to a directory which it is in is left out with
//! a warning. Private folders (`_x`) are not even opened. Directories are bounded in number, so that links which
//! multiply cannot keep a build busy for ever.

use std::collections::HashSet;
use std::ffi::OsStr;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::app_path::{extension_of, join};
use crate::discover::{SourceDirectory, SourceTree, discover};
use crate::{EntryKind, RouteSet, ScanWarning};

/// How many directories one scan opens at most.
const MAX_DIRECTORIES: usize = 200_000;

/// The operating system's word for a link that leads to itself: `ELOOP`, `ERROR_CANT_RESOLVE_FILENAME`.
const TOO_MANY_LINKS: i32 = if cfg!(windows) {
    1921
} else if cfg!(any(target_os = "linux", target_os = "android")) {
    40
} else {
    62
};

/// What a scan needs to know of the project's configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScanOptions {
    /// `pageExtensions` of next.config, without the leading period. Default: `tsx`, `ts`, `jsx`, `js`.
    pub page_extensions: Vec<String>,
}

impl Default for ScanOptions {
    fn default() -> Self {
        Self { page_extensions: ["tsx", "ts", "jsx", "js"].map(str::to_owned).to_vec() }
    }
}

impl ScanOptions {
    /// The extensions, the longest first and then by alphabet: the order in which Next.js prefers them.
    pub(crate) fn by_precedence(&self) -> Vec<String> {
        let mut extensions = self.page_extensions.clone();
        extensions.sort_by(|left, right| right.len().cmp(&left.len()).then_with(|| left.cmp(right)));
        extensions.dedup();
        extensions
    }
}

/// Why a scan failed.
#[derive(Debug, thiserror::Error)]
pub enum ScanError {
    /// There is neither an app nor a pages directory.
    #[error("> Couldn't find any `pages` or `app` directory. Please create one under the project root")]
    NoDirectory {
        /// The project's root.
        root: PathBuf,
    },
    /// A directory, or a link in one, cannot be read.
    #[error("cannot read `{}`", path.display())]
    Unreadable {
        /// The path.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A folder's name is not UTF-8, so that it has no URL.
    #[error("the name of `{}` is not valid UTF-8", path.display())]
    NotUtf8 {
        /// The path.
        path: PathBuf,
    },
    /// There are more directories than any project has.
    #[error("more than {limit} directories below `{}`", path.display())]
    TooManyDirectories {
        /// Where the scan began.
        path: PathBuf,
        /// The limit.
        limit: usize,
    },
}

impl ScanError {
    /// What to do about it.
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::NoDirectory { .. } => "run the command in the project's folder, or name that folder",
            Self::Unreadable { .. } => "check that the file system allows this user to read it",
            Self::NotUtf8 { .. } => "rename the folder",
            Self::TooManyDirectories { .. } => "look for symbolic links that lead out of the project",
        }
    }
}

/// Finds the routes and pages of the project at `project_root`.
///
/// `app` is looked for in the root and then in `src`, as is `pages`. Conflicts are not errors: they are part of
/// the result, so that a development server can show them and live on.
///
/// # Errors
/// [`ScanError`] when there is nothing to scan, when a directory cannot be read, and when a folder's name is not
/// UTF-8.
pub fn scan(project_root: &Path, options: &ScanOptions) -> Result<RouteSet, ScanError> {
    let mut warnings = Vec::new();
    let app = find_directory(project_root, "app", &mut warnings);
    let pages = find_directory(project_root, "pages", &mut warnings);
    if app.is_none() && pages.is_none() {
        return Err(ScanError::NoDirectory { root: project_root.to_path_buf() });
    }
    let mut walk = |directory: Option<PathBuf>, is_app: bool| {
        directory.map(|path| Walk::new(project_root, path, is_app, options).run(&mut warnings)).transpose()
    };
    let tree = SourceTree { app: walk(app, true)?, pages: walk(pages, false)? };
    let mut set = discover(&tree, options);
    warnings.append(&mut set.warnings);
    set.warnings = warnings;
    Ok(set)
}

/// `name` or `src/name`, whichever is there first.
fn find_directory(root: &Path, name: &str, warnings: &mut Vec<ScanWarning>) -> Option<PathBuf> {
    let (plain, in_src) = (PathBuf::from(name), Path::new("src").join(name));
    match (root.join(&plain).is_dir(), root.join(&in_src).is_dir()) {
        (true, true) => {
            warnings.push(ScanWarning::IgnoredDirectory { used: plain.clone(), ignored: in_src });
            Some(plain)
        }
        (true, false) => Some(plain),
        (false, true) => Some(in_src),
        (false, false) => None,
    }
}

struct Walk<'options> {
    root: &'options Path,
    directory: PathBuf,
    is_app: bool,
    options: &'options ScanOptions,
    files: Vec<String>,
    opened: usize,
    /// The real paths of the directories that the walk is in.
    ancestors: HashSet<PathBuf>,
}

impl<'options> Walk<'options> {
    fn new(root: &'options Path, directory: PathBuf, is_app: bool, options: &'options ScanOptions) -> Self {
        Self { root, directory, is_app, options, files: Vec::new(), opened: 0, ancestors: HashSet::new() }
    }

    fn run(mut self, warnings: &mut Vec<ScanWarning>) -> Result<SourceDirectory, ScanError> {
        self.walk("", warnings)?;
        Ok(SourceDirectory { path: self.directory, files: self.files })
    }

    /// Reads the folder `below` the directory; every error names the path that it is about.
    fn walk(&mut self, below: &str, warnings: &mut Vec<ScanWarning>) -> Result<(), ScanError> {
        self.opened += 1;
        if self.opened > MAX_DIRECTORIES {
            return Err(ScanError::TooManyDirectories { path: self.directory.clone(), limit: MAX_DIRECTORIES });
        }
        let relative = if below.is_empty() { self.directory.clone() } else { join(&self.directory, below) };
        let path = self.root.join(&relative);
        let unreadable = |source| ScanError::Unreadable { path: relative.clone(), source };
        let real = fs::canonicalize(&path).map_err(unreadable)?;
        if !self.ancestors.insert(real.clone()) {
            warnings.push(ScanWarning::SymlinkLoop { link: relative });
            return Ok(());
        }
        let mut names = Vec::new();
        for entry in fs::read_dir(&path).map_err(unreadable)? {
            let entry = entry.map_err(unreadable)?;
            names.push((entry.file_name(), entry.file_type().map_err(unreadable)?));
        }
        names.sort_by(|left, right| left.0.cmp(&right.0));
        for (name, kind) in names {
            self.visit(below, &name, kind, warnings)?;
        }
        self.ancestors.remove(&real);
        Ok(())
    }

    fn visit(
        &mut self,
        below: &str,
        name: &OsStr,
        kind: fs::FileType,
        warnings: &mut Vec<ScanWarning>,
    ) -> Result<(), ScanError> {
        if self.is_app && name.as_encoded_bytes().starts_with(b"_") {
            return Ok(());
        }
        let relative = if below.is_empty() { self.directory.clone() } else { join(&self.directory, below) }.join(name);
        let is_directory = if kind.is_symlink() {
            match fs::metadata(self.root.join(&relative)) {
                Ok(target) => target.is_dir(),
                Err(error) if error.kind() == io::ErrorKind::NotFound => {
                    if name.to_str().is_some_and(|name| self.is_source(name)) {
                        warnings.push(ScanWarning::BrokenLink { link: relative });
                    }
                    return Ok(());
                }
                Err(error) if error.raw_os_error() == Some(TOO_MANY_LINKS) => {
                    warnings.push(ScanWarning::SymlinkLoop { link: relative });
                    return Ok(());
                }
                Err(source) => return Err(ScanError::Unreadable { path: relative, source }),
            }
        } else {
            kind.is_dir()
        };
        let Some(name) = name.to_str() else {
            // A file with such a name cannot be a route: their names are ASCII.
            return if is_directory { Err(ScanError::NotUtf8 { path: relative }) } else { Ok(()) };
        };
        let below = if below.is_empty() { name.to_owned() } else { format!("{below}/{name}") };
        if is_directory {
            return self.walk(&below, warnings);
        }
        if self.is_source(name) || (self.is_app && name.starts_with("route.")) {
            self.files.push(below);
        }
        Ok(())
    }

    /// Whether a file of this name can be a route or a page.
    fn is_source(&self, name: &str) -> bool {
        let extensions = &self.options.page_extensions;
        if self.is_app {
            [EntryKind::Route, EntryKind::Page]
                .iter()
                .any(|kind| extension_of(name, kind.as_str(), extensions).is_some())
        } else {
            extensions.iter().any(|extension| name.strip_suffix(extension.as_str()).is_some_and(|s| s.ends_with('.')))
        }
    }
}
