//! `manifest.json`: what a build writes and a start reads (docs/design/modules.md).
//!
//! It is written last, aside and renamed, so a build folder with a manifest is whole. Reading refuses what another
//! version wrote and what is torn, and says which of the two it is.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::runtime_sources::write_aside;
use crate::segment_config::SegmentConfig;

/// The version of the format. It grows with every change that an older reader would misunderstand.
pub const MANIFEST_VERSION: u32 = 1;
/// The manifest's name in a build folder.
pub const MANIFEST_FILE: &str = "manifest.json";

/// A build, as its manifest describes it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Manifest {
    /// [`MANIFEST_VERSION`].
    pub version: u32,
    /// The build's name, unique among the builds of the project.
    pub build_id: String,
    /// The project's folder, absolute, where the build was made.
    pub root: PathBuf,
    /// The frozen next.config.
    pub config: serde_json::Value,
    /// The routes; an index is a `RouteId`.
    pub routes: Vec<ManifestRoute>,
    /// The pages, which take their place in matching but are not served.
    pub pages: Vec<ManifestPage>,
    /// Modules that the worker loads besides the routes, by name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub modules: Vec<ManifestModule>,
    /// The modules that next.config names.
    #[serde(default, skip_serializing_if = "ConfigModules::is_empty")]
    pub config_modules: ConfigModules,
    /// Whether an external ES module may import `next/*`: Node.js 20 needs a hook for that, which takes 30 ms to install.
    #[serde(default = "in_doubt")]
    pub externals_import_served: bool,
    /// How many entries `build` has made: so a file of them that is gone is missed.
    #[serde(default)]
    pub prerendered: u64,
}

fn in_doubt() -> bool {
    true
}

/// A route of a manifest.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ManifestRoute {
    /// The pattern as Next.js shows it.
    pub pattern: String,
    /// The route file, relative to the root.
    pub file: String,
    /// The built module, relative to the build folder.
    pub entry: String,
    /// The dynamic segments in the pattern's order.
    pub params: Vec<ManifestParam>,
    /// The methods that are exported; `None` where that is only known at run time.
    pub methods: Option<Vec<String>>,
    /// Whether its calls enter the `AsyncLocalStorage` scope on Node.js below 24.
    pub scope: bool,
    /// What a GET of it is.
    pub kind: RouteKind,
    /// Whether only those params are static that `build` has made entries for: another one depends on the request.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub partly_dynamic: bool,
    /// Its segment configuration.
    pub segment: SegmentConfig,
    /// The bytes of code that its first call loads.
    #[serde(default)]
    pub bytes: u64,
}

/// A dynamic segment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ManifestParam {
    /// The name between the brackets.
    pub name: String,
    /// How much of the path it takes.
    pub kind: ParamKind,
}

/// How much of the path a dynamic segment takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ParamKind {
    /// `[name]`
    Single,
    /// `[...name]`
    CatchAll,
    /// `[[...name]]`
    OptionalCatchAll,
}

/// What a GET of a route is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum RouteKind {
    /// The same for everybody: `○`.
    Static,
    /// Static for each of the params that `generateStaticParams` names: `●`.
    Ssg,
    /// Made anew for each request: `ƒ`.
    Dynamic,
}

/// A page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ManifestPage {
    /// The pattern as Next.js shows it.
    pub pattern: String,
    /// The page's file, relative to the root.
    pub file: String,
}

/// A module that the worker loads besides the routes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ManifestModule {
    /// What it is for (`instrumentation`).
    pub name: String,
    /// The built module, relative to the build folder.
    pub entry: String,
}

/// The modules that next.config names, which workers load.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ConfigModules {
    /// `cacheHandler`: the store of replies, and of what `fetch` and `unstable_cache` keep.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cache_handler: Option<ConfigModule>,
    /// `cacheHandlers`: the stores of `'use cache'`, by name (`default`, `remote`).
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub cache_handlers: BTreeMap<String, ConfigModule>,
}

impl ConfigModules {
    /// Whether next.config names none.
    pub fn is_empty(&self) -> bool {
        self.cache_handler.is_none() && self.cache_handlers.is_empty()
    }
}

/// A module that next.config names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ConfigModule {
    /// The file, as messages name it (`./cache-handler.mjs`).
    pub file: String,
    /// The module to load: relative to the build folder, or in development the file itself, absolute.
    pub entry: String,
}

/// Why a manifest cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ManifestError {
    /// There is none.
    #[error("there is no build at `{}`", .0.display())]
    Missing(PathBuf),
    /// It cannot be read.
    #[error("`{}` cannot be read", .path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Another version wrote it.
    #[error("`{}` was written by another version (format {found}, expected {MANIFEST_VERSION}): build again", .path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
        /// The format that it has.
        found: u64,
    },
    /// It is no manifest, or not a whole one.
    #[error("`{}` is damaged (line {line}, column {column}: {message}): build again", .path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// The line of the first thing that is wrong, from 1; 0 where it has none.
        line: usize,
        /// Its column.
        column: usize,
        /// What is wrong.
        message: String,
    },
    /// It cannot be written.
    #[error("`{}` cannot be written: {message}", .path.display())]
    Unwritable {
        /// The file.
        path: PathBuf,
        /// Why.
        message: String,
    },
}

impl Manifest {
    /// Reads the manifest of a build folder.
    ///
    /// # Errors
    /// [`ManifestError`] for a missing, unreadable, foreign or damaged manifest.
    pub fn read(build_folder: &Path) -> Result<Self, ManifestError> {
        let path = build_folder.join(MANIFEST_FILE);
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Err(ManifestError::Missing(path)),
            Err(source) => return Err(ManifestError::Unreadable { path, source }),
        };
        let damaged = |error: &serde_json::Error| ManifestError::Damaged {
            path: path.clone(),
            line: error.line(),
            column: error.column(),
            message: error.to_string().split(" at line ").next().unwrap_or_default().to_owned(),
        };
        let value: serde_json::Value = serde_json::from_str(&text).map_err(|error| damaged(&error))?;
        // The version first: of a foreign manifest nothing else can be relied upon.
        match value.get("version").and_then(serde_json::Value::as_u64) {
            Some(found) if found == u64::from(MANIFEST_VERSION) => {}
            Some(found) => return Err(ManifestError::Foreign { path, found }),
            None => {
                let message = "it has no `version`".to_owned();
                return Err(ManifestError::Damaged { path, line: 0, column: 0, message });
            }
        }
        serde_json::from_str(&text).map_err(|error| damaged(&error))
    }

    /// Writes the manifest into a build folder, aside and renamed.
    ///
    /// # Errors
    /// [`ManifestError::Unwritable`].
    pub fn write(&self, build_folder: &Path) -> Result<(), ManifestError> {
        let path = build_folder.join(MANIFEST_FILE);
        let unwritable = |message: String| ManifestError::Unwritable { path: path.clone(), message };
        let text = serde_json::to_string_pretty(self).map_err(|error| unwritable(error.to_string()))?;
        write_aside(&path, text.as_bytes()).map_err(|error| unwritable(error.message()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn manifest() -> Manifest {
        Manifest {
            version: MANIFEST_VERSION,
            build_id: "b1".into(),
            root: "/p".into(),
            config: json!({ "basePath": "/x" }),
            routes: vec![ManifestRoute {
                pattern: "/api/[...slug]".into(),
                file: "app/api/[...slug]/route.ts".into(),
                entry: "server/r0.mjs".into(),
                params: vec![ManifestParam { name: "slug".into(), kind: ParamKind::CatchAll }],
                methods: Some(vec!["GET".into()]),
                scope: true,
                kind: RouteKind::Dynamic,
                partly_dynamic: false,
                segment: SegmentConfig { max_duration: Some(5), ..SegmentConfig::default() },
                bytes: 12,
            }],
            pages: vec![ManifestPage { pattern: "/".into(), file: "app/page.tsx".into() }],
            modules: Vec::new(),
            config_modules: ConfigModules {
                cache_handler: Some(ConfigModule {
                    file: "./cache-handler.mjs".into(),
                    entry: "server/config-0.mjs".into(),
                }),
                cache_handlers: BTreeMap::new(),
            },
            externals_import_served: false,
            prerendered: 0,
        }
    }

    #[test]
    fn what_was_written_is_read() {
        let folder = tempfile::tempdir().expect("folder");
        manifest().write(folder.path()).expect("written");
        assert_eq!(Manifest::read(folder.path()).expect("read"), manifest());
        let names: Vec<_> = std::fs::read_dir(folder.path()).expect("there").flatten().map(|e| e.file_name()).collect();
        assert_eq!(names, [MANIFEST_FILE], "nothing half-written remains");
        let text = std::fs::read_to_string(folder.path().join(MANIFEST_FILE)).expect("there");
        let value: serde_json::Value = serde_json::from_str(&text).expect("json");
        assert_eq!(value["routes"][0]["params"], json!([{ "name": "slug", "kind": "catchAll" }]));
        assert_eq!(value["routes"][0]["kind"], "dynamic");
        assert_eq!(value["configModules"]["cacheHandler"]["entry"], "server/config-0.mjs");
        assert_eq!(value["routes"][0]["segment"], json!({ "maxDuration": 5 }));
    }

    #[test]
    fn missing_foreign_and_torn_manifests_are_told_apart() {
        let folder = tempfile::tempdir().expect("folder");
        let path = folder.path().join(MANIFEST_FILE);
        let text = |content: &str| {
            std::fs::write(&path, content).expect("file");
            let shown = path.display().to_string();
            Manifest::read(folder.path()).expect_err("unusable").to_string().replace(&shown, "M")
        };
        assert_eq!(
            text(r#"{ "version": 7 }"#),
            "`M` was written by another version (format 7, expected 1): build again"
        );
        assert_eq!(
            text(r#"{ "version": 1, "bui"#),
            "`M` is damaged (line 1, column 20: EOF while parsing a string): build again"
        );
        assert_eq!(
            text(r#"{ "version": 1 }"#),
            "`M` is damaged (line 1, column 16: missing field `buildId`): build again"
        );
        assert_eq!(text("[]"), "`M` is damaged (line 0, column 0: it has no `version`): build again");
        std::fs::remove_file(&path).expect("file");
        assert!(matches!(Manifest::read(folder.path()), Err(ManifestError::Missing(_))));
        assert!(matches!(manifest().write(&folder.path().join("gone")), Err(ManifestError::Unwritable { .. })));
    }
}
