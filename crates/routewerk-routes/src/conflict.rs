//! What stops a build: files whose URLs cannot be told apart, and names that make no URL.
//!
//! `Display` gives Next.js's own text, so that a search for it finds the same answers; the files stand in
//! [`Conflict::files`], advice in [`Conflict::hint`]. Two of them (`SlugNames`, `CatchAllKinds`) let `next build`
//! pass and kill `next start`: here they stop the build.

use std::fmt;
use std::path::{Path, PathBuf};

use crate::PatternError;

/// Whether a file of the app directory is a route or a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum EntryKind {
    /// `page.*`
    Page,
    /// `route.*`
    Route,
}

impl EntryKind {
    /// The file's name without its extension.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Route => "route",
            Self::Page => "page",
        }
    }
}

/// A route or page file of the app directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AppEntry {
    /// Route or page.
    pub kind: EntryKind,
    /// The file, relative to the project's root.
    pub file: PathBuf,
    /// The name by which Next.js's messages know it, for instance `/(shop)/cart/route`.
    pub name: String,
}

/// A pattern and the file that it comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PatternFile {
    /// The URL pattern.
    pub pattern: String,
    /// The file, relative to the project's root.
    pub file: PathBuf,
}

/// What stops a build.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Conflict {
    /// Two files of the app directory serve one URL, and at least one of them is a route.
    SameUrl {
        /// The URL pattern.
        pattern: String,
        /// The file that was found first.
        existing: AppEntry,
        /// The file that collides with it.
        new: AppEntry,
    },
    /// Patterns that differ by the names of their parameters only.
    Ambiguous {
        /// The common pattern, names replaced by `*`.
        structure: String,
        /// The patterns and files.
        routes: Vec<PatternFile>,
    },
    /// Two names for one dynamic position of different patterns.
    SlugNames {
        /// The name and the pattern that were found first.
        first: (String, PatternFile),
        /// The name and the pattern that collide with it.
        second: (String, PatternFile),
    },
    /// An optional catch-all and a route at its parent: both serve the parent's URL.
    OptionalCatchAllAndParent {
        /// The parent's pattern and file.
        parent: PatternFile,
        /// The optional catch-all as the message names it.
        catch_all: PatternFile,
    },
    /// `[...x]` and `[[...x]]` at one level.
    CatchAllKinds {
        /// The segment of the required catch-all, and its pattern.
        required: (String, PatternFile),
        /// The segment of the optional catch-all, and its pattern.
        optional: (String, PatternFile),
    },
    /// A name that makes no URL.
    InvalidName {
        /// What is wrong.
        error: PatternError,
        /// The file.
        file: PathBuf,
    },
    /// A file of the app directory and one of the pages directory serve one URL.
    AppAndPages {
        /// The URL pattern.
        pattern: String,
        /// The file of the app directory.
        app: PathBuf,
        /// The file of the pages directory.
        pages: PathBuf,
    },
    /// `app` and `pages` stand in different folders.
    DirectoriesApart {
        /// The app directory.
        app: PathBuf,
        /// The pages directory.
        pages: PathBuf,
    },
}

impl Conflict {
    /// The files (or directories) that are at odds, relative to the project's root.
    pub fn files(&self) -> Vec<&Path> {
        match self {
            Self::SameUrl { existing, new, .. } => vec![&existing.file, &new.file],
            Self::Ambiguous { routes, .. } => routes.iter().map(|route| route.file.as_path()).collect(),
            Self::SlugNames { first: (_, first), second: (_, second) } => vec![&first.file, &second.file],
            Self::OptionalCatchAllAndParent { parent, catch_all } => vec![&parent.file, &catch_all.file],
            Self::CatchAllKinds { required: (_, required), optional: (_, optional) } => {
                vec![&required.file, &optional.file]
            }
            Self::InvalidName { file, .. } => vec![file],
            Self::AppAndPages { app, pages, .. } | Self::DirectoriesApart { app, pages } => vec![app, pages],
        }
    }

    /// What to do about it.
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::SameUrl { existing, new, .. } => match (existing.kind, new.kind) {
                (EntryKind::Route, EntryKind::Route) => {
                    "groups and slots add nothing to a URL: keep one of the two files, or rename a folder"
                }
                _ => "a URL has a page or a route handler, not both: move the handler, for instance below `api/`",
            },
            Self::Ambiguous { .. } => "keep one of the folders, or put a folder with a fixed name before one of them",
            Self::SlugNames { .. } => "give the dynamic folder the same name in both paths",
            Self::OptionalCatchAllAndParent { .. } => {
                "delete the file at the parent, or make the catch-all a required one: `[...x]`"
            }
            Self::CatchAllKinds { .. } => "keep one of the two: `[[...x]]` also matches all that `[...x]` does",
            Self::InvalidName { error, .. } => error.hint(),
            Self::AppAndPages { .. } => "delete one of the two files",
            Self::DirectoriesApart { .. } => "move one of them, so that both are in the root or both in `src`",
        }
    }
}

impl fmt::Display for Conflict {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SameUrl { pattern, existing, new } => {
                let (existing_kind, new_kind) = (existing.kind.as_str(), new.kind.as_str());
                if existing.kind == new.kind {
                    write!(formatter, "Conflicting {new_kind}s at {pattern}: ")?;
                } else {
                    write!(formatter, "Conflicting {new_kind} and {existing_kind} at {pattern}: ")?;
                }
                write!(formatter, "{new_kind} at {} and {existing_kind} at {}", new.name, existing.name)
            }
            Self::Ambiguous { structure, routes } => {
                formatter.write_str("Ambiguous app routes detected:\n\n")?;
                writeln!(formatter, "Ambiguous route pattern \"{structure}\" matches multiple routes:")?;
                for route in routes {
                    writeln!(formatter, "  - {}", route.pattern)?;
                }
                formatter.write_str(
                    "\nThese routes cannot be distinguished from each other when matching URLs. Please ensure that \
                     dynamic segments have unique patterns or use different static segments.",
                )
            }
            Self::SlugNames { first: (first, _), second: (second, _) } => write!(
                formatter,
                "You cannot use different slug names for the same dynamic path ('{first}' !== '{second}')."
            ),
            Self::OptionalCatchAllAndParent { parent, catch_all } => write!(
                formatter,
                "You cannot define a route with the same specificity as an optional catch-all route (\"{}\" and \
                 \"{}\").",
                parent.pattern, catch_all.pattern
            ),
            Self::CatchAllKinds { required: (required, _), optional: (optional, _) } => write!(
                formatter,
                "You cannot use both an required and optional catch-all route at the same level (\"{required}\" and \
                 \"{optional}\" )."
            ),
            Self::InvalidName { error, .. } => error.fmt(formatter),
            Self::AppAndPages { pattern, .. } => write!(
                formatter,
                "App Router and Pages Router both match path: {pattern}\nNext.js does not support having both App \
                 Router and Pages Router routes matching the same path. Please remove one of the conflicting routes."
            ),
            Self::DirectoriesApart { .. } => {
                formatter.write_str("> `pages` and `app` directories should be under the same folder")
            }
        }
    }
}
