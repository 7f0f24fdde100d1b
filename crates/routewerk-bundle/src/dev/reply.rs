//! The messages of the module graph: what a worker asks and gets, and what the command is told.
//!
//! The serialised forms are the JSON of `modules.load` and `modules.changed` in `docs/design/modules.md`; the TypeScript
//! half is `runtime/registry/wire.ts`. Change both, or neither.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::segment_config::SegmentConfig;

/// How a module is asked for; it decides the conditions of `exports` in a package.json.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ImportKind {
    /// `import()`.
    #[default]
    Import,
    /// `require()`.
    Require,
}

/// What a worker asks in `modules.load`: an `entry`, or a `specifier` with its `importer`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModulesQuery {
    /// Names the registry that asks; a new process has a new name.
    pub registry: String,
    /// The number of the last reply that the registry took in, 0 before the first.
    pub have: u64,
    /// An absolute path: a route file, or another entry.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entry: Option<String>,
    /// A specifier as the user's code gave it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub specifier: Option<String>,
    /// The id of the module that asks for `specifier`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub importer: Option<String>,
    /// How `specifier` is asked for.
    #[serde(default)]
    pub kind: ImportKind,
    /// Whether the code can do without it: then finding nothing is an answer, [`Target::Missing`], and no failure.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub optional: bool,
}

/// The answer to [`ModulesQuery`]: what was asked for, and every module it reaches statically that the registry does not
/// have yet.
#[derive(Clone, Debug, Serialize)]
pub struct ModulesReply {
    /// The reply's number; the registry gives it back in the next question's `have`.
    pub number: u64,
    /// The graph's version that this reply is true for. A registry that has been told of a later one throws the reply
    /// away and asks again.
    pub version: u64,
    /// What was asked for.
    pub target: Target,
    /// New or changed modules.
    pub modules: Vec<ModuleText>,
    /// There is more: ask the same again. Keeps each reply far below the channel's frame limit.
    pub more: bool,
}

/// What a specifier stands for.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(untagged)]
pub enum Target {
    /// A module of the registry.
    Module {
        /// The module's id: its absolute real path, and the query of its specifier if there is one.
        id: Arc<str>,
    },
    /// A module that Node.js itself loads.
    External {
        /// Absolute path of the file, `node:…` or `data:…`.
        external: Arc<str>,
        /// How Node.js loads it.
        format: TargetFormat,
    },
    /// A module that the runtime serves, for instance `next/server`.
    Runtime {
        /// The specifier in the runtime's table.
        runtime: Arc<str>,
    },
    /// Nothing by design, for instance `server-only`.
    Empty {
        /// Always true.
        empty: bool,
    },
    /// Nothing is found; evaluating the `require` or `import()` throws this message with the code `MODULE_NOT_FOUND`.
    Missing {
        /// The message.
        missing: Arc<str>,
    },
}

impl Target {
    /// The id, if this is a module of the registry.
    pub fn module_id(&self) -> Option<&Arc<str>> {
        match self {
            Self::Module { id } => Some(id),
            Self::External { .. } | Self::Runtime { .. } | Self::Empty { .. } | Self::Missing { .. } => None,
        }
    }
}

/// How Node.js loads an external module.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum TargetFormat {
    /// A module of Node.js itself.
    Builtin,
    /// By `require`.
    CommonJs,
    /// By `import()`.
    Module,
}

/// The kind of a module's text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ModuleKind {
    /// An ES module without top-level await: the text is a generator function.
    Esm,
    /// An ES module with top-level await: the text is an async generator function.
    Async,
    /// A `CommonJS` module: the text is a function.
    Cjs,
    /// JSON.
    Json,
}

/// One module as a registry gets it.
#[derive(Clone, Debug, Serialize)]
pub struct ModuleText {
    /// The module's id.
    pub id: Arc<str>,
    /// What `code` is.
    pub kind: ModuleKind,
    /// A function body that returns the module's function, or JSON text.
    pub code: Arc<str>,
    /// The `mappings` of the source map whose only source is the file itself; empty when `code` has the file's own lines.
    #[serde(skip_serializing_if = "str::is_empty")]
    pub mappings: Arc<str>,
    /// Static imports and re-exports in the order of evaluation. The code names them by their index.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub imports: Arc<[Target]>,
    /// Indexes into `imports` of `export * from`.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub stars: Arc<[u32]>,
    /// The literal `require`s: specifier and what it stands for.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub requires: Arc<[(Arc<str>, Target)]>,
}

/// What [`ModuleGraph::changed`](super::ModuleGraph::changed) found out. Serialised it is the message `modules.changed`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Invalidation {
    /// The graph's version from now on.
    pub version: u64,
    /// Modules whose text or resolution differs, by id.
    pub changed: Vec<Arc<str>>,
    /// Modules whose file is gone, by id.
    pub removed: Vec<Arc<str>>,
    /// The prepared entries, as they were asked for, that reach one of these.
    #[serde(skip)]
    pub entries: Vec<String>,
    /// A tsconfig.json, jsconfig.json or package.json is among the saved files.
    #[serde(skip)]
    pub config_changed: bool,
}

impl Invalidation {
    /// True when no worker needs to be told.
    pub fn is_empty(&self) -> bool {
        self.changed.is_empty() && self.removed.is_empty()
    }
}

/// What the front knows of an entry whose modules all compile.
#[derive(Clone, Debug, PartialEq)]
pub struct Prepared {
    /// The graph's version for which this was found out. It stays true until an [`Invalidation`] names the entry.
    pub version: u64,
    /// The names that the entry exports, sorted: methods, segment config, anything. Names that come by
    /// `export *` from a package that is not compiled are not among them.
    pub exports: Vec<String>,
    /// The segment configuration, for a route.
    pub segment: SegmentConfig,
    /// What Next.js warns about in it.
    pub warnings: Vec<String>,
    /// The entry's own file, absolute, symbolic links resolved.
    pub file: std::path::PathBuf,
    /// How many modules the entry reaches statically, itself included.
    pub modules: usize,
}
