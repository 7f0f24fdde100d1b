//! One module as the graph knows it: what it is made of, where its imports lead, or why it does not compile.
//! Plain data: reading, resolving and transforming happen elsewhere.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use super::analysis::{Export, UsedImport};
use super::reply::{ModuleKind, ModuleText, Target};
use crate::error::BuildError;
use crate::pattern_files::PatternFiles;
use crate::request_pattern::RequestPattern;
use crate::resolve::RequestKind;

/// One version of one module. It never changes, but for its text, which may be let go.
#[derive(Debug)]
pub(super) struct Record {
    pub(super) id: Arc<str>,
    /// The file.
    pub(super) path: PathBuf,
    pub(super) stamp: Stamp,
    /// The hash of the file's bytes.
    pub(super) content: u64,
    pub(super) outcome: Result<Module, Vec<BuildError>>,
    /// Everything that was looked up, with what it was looked up as: what a new or missing file may change.
    pub(super) lookups: Vec<Lookup>,
    /// Computed `require`s, with every specifier that was found for them: what a new file may add to.
    pub(super) choices: Vec<Choice>,
    /// Tells two versions of a module apart.
    pub(super) revision: u64,
}

/// A module that compiles.
#[derive(Debug)]
pub(super) struct Module {
    pub(super) kind: ModuleKind,
    pub(super) imports: Arc<[Target]>,
    pub(super) stars: Arc<[u32]>,
    pub(super) requires: Arc<[(Arc<str>, Target)]>,
    pub(super) exports: Vec<Export>,
    pub(super) used: Vec<UsedImport>,
    /// The hash of code and mappings.
    pub(super) text_hash: u64,
    pub(super) text: Mutex<Option<Text>>,
}

/// What the registry evaluates.
#[derive(Clone, Debug)]
pub(super) struct Text {
    pub(super) code: Arc<str>,
    pub(super) mappings: Arc<str>,
}

/// A name that was resolved, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Lookup {
    pub(super) specifier: Arc<str>,
    pub(super) kind: RequestKind,
    /// `None`: nothing was found.
    pub(super) found: Option<Target>,
}

/// A computed `require`, and what it can lead to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Choice {
    pub(super) pattern: RequestPattern,
    pub(super) found: PatternFiles,
}

/// What tells cheaply that a file has changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stamp {
    len: u64,
    modified: Option<SystemTime>,
}

impl Stamp {
    pub(super) fn of(path: &Path) -> std::io::Result<Self> {
        let metadata = std::fs::metadata(path)?;
        Ok(Self { len: metadata.len(), modified: metadata.modified().ok() })
    }

    /// The stamp of a file that is not there.
    pub(super) fn absent() -> Self {
        Self { len: 0, modified: None }
    }
}

impl Record {
    /// The ids of the modules that this one reaches directly and statically, also where others are not found.
    pub(super) fn neighbours(&self) -> impl Iterator<Item = &Arc<str>> {
        self.lookups.iter().filter_map(|lookup| lookup.found.as_ref()?.module_id())
    }

    /// The complaints about this module alone.
    pub(super) fn errors(&self) -> &[BuildError] {
        match &self.outcome {
            Ok(_) => &[],
            Err(errors) => errors,
        }
    }

    /// Whether another version of the same module is the same for whoever evaluates it.
    pub(super) fn is_same_as(&self, other: &Self) -> bool {
        match (&self.outcome, &other.outcome) {
            (Ok(own), Ok(theirs)) => {
                own.kind == theirs.kind
                    && own.text_hash == theirs.text_hash
                    && own.imports == theirs.imports
                    && own.requires == theirs.requires
            }
            (Err(own), Err(theirs)) => own == theirs,
            (Ok(_), Err(_)) | (Err(_), Ok(_)) => false,
        }
    }

    /// Whether the file lies under a `node_modules` folder.
    pub(super) fn is_package_code(&self) -> bool {
        is_package_code(&self.path)
    }
}

impl Module {
    /// The message that brings this module to a registry; `None` if its text was let go.
    pub(super) fn to_message(&self, id: &Arc<str>) -> Option<ModuleText> {
        let text = self.text.lock().unwrap_or_else(PoisonError::into_inner).clone()?;
        Some(ModuleText {
            id: Arc::clone(id),
            kind: self.kind,
            code: text.code,
            mappings: text.mappings,
            imports: Arc::clone(&self.imports),
            stars: Arc::clone(&self.stars),
            requires: Arc::clone(&self.requires),
        })
    }

    /// How many bytes of text are kept.
    pub(super) fn text_bytes(&self) -> usize {
        let text = self.text.lock().unwrap_or_else(PoisonError::into_inner);
        text.as_ref().map_or(0, |text| text.code.len() + text.mappings.len())
    }

    /// Whether the text is kept.
    pub(super) fn has_text(&self) -> bool {
        self.text.lock().unwrap_or_else(PoisonError::into_inner).is_some()
    }

    /// Lets the text go.
    pub(super) fn drop_text(&self) {
        *self.text.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

/// Whether a file lies under a `node_modules` folder.
pub(super) fn is_package_code(path: &Path) -> bool {
    path.components().any(|part| part.as_os_str() == "node_modules")
}

/// A hash of anything, for comparison within this process.
pub(super) fn hash_of(value: &(impl Hash + ?Sized)) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}
