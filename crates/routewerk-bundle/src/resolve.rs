//! Where an import leads: the one resolver of build and dev.
//!
//! Resolution is that of the bundler itself (the same crate, the same version), with the conditions, extensions and
//! main fields that Next.js uses for code on the server, so that build and dev agree with each other and with it.
//! Around that stand the rules that are ours: `next/*` comes from the runtime, some packages stay external
//! ([`ExternalPolicy`]), `server-only` is empty and `client-only` an error.
//!
//! Everything found is remembered until [`ProjectResolver::clear_cache`].

use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use rolldown_common::{ImportKind, Platform, ResolveOptions, TsConfig};
use rolldown_fs::{OsFileSystem, OxcResolverFileSystem as _};
use rolldown_resolver::{ResolveError, ResolveReturn, Resolver, TsConfig as LoadedTsConfig};
use rustc_hash::FxHashMap;

use crate::code_frame::{Location, shown_path};
use crate::edge;
use crate::error::{BuildError, BuildErrorKind};
use crate::external::ExternalPolicy;
use crate::next_modules::{NextModule, NextModules};
use crate::package_info::{PackagePlace, package_name_of_specifier};
use crate::segment_config::Runtime;
use crate::tsconfig::TsConfigFinder;

/// What a project decides about resolution.
#[derive(Clone, Debug)]
pub struct ResolveSettings {
    /// The project's folder, absolute, symbolic links resolved.
    pub project_root: PathBuf,
    /// `typescript.tsconfigPath` of next.config.
    pub tsconfig: Option<PathBuf>,
    /// `serverExternalPackages` of next.config.
    pub server_external_packages: Vec<String>,
    /// `transpilePackages` of next.config.
    pub transpile_packages: Vec<String>,
    /// Whether packages get their `development` or their `production` condition.
    pub development: bool,
    /// The modules that the runtime serves.
    pub next_modules: NextModules,
}

/// How a module is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RequestKind {
    /// `import … from` or `export … from`.
    Import,
    /// `import()`.
    DynamicImport,
    /// `require()`, `require.resolve()` or `import x = require()`.
    Require,
    /// `new URL('…', import.meta.url)`.
    Url,
}

/// Where an import leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Resolved {
    /// To a file that is compiled with the project.
    File(ResolvedFile),
    /// To a package that is loaded from where it lies.
    External(External),
    /// To a module of Node.js; the name as it is to be imported (`node:fs`).
    Builtin(String),
    /// To a URL that Node.js loads itself (`data:`).
    Url(String),
    /// To a module of `next` that the runtime serves; its specifier in the table.
    Runtime(String),
    /// To a module of Node.js that is not there at the edge; the specifier as written. It may be imported, and is refused
    /// when it is used.
    EdgeRefused(String),
    /// To nothing: an empty module (`server-only`, or `false` in a package's `browser` field).
    Empty,
}

/// A file that is compiled with the project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResolvedFile {
    /// The file, absolute, symbolic links resolved.
    pub path: PathBuf,
    /// What follows the path in the specifier, `?` included; mostly empty.
    pub query: String,
    /// What the package's `sideEffects` says about this file, where it says something.
    pub side_effects: Option<bool>,
}

/// A package, or a native addon, that is loaded from where it lies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct External {
    /// The file that Node.js will load.
    pub path: PathBuf,
    /// What finds that file at run time.
    pub reach: ExternalReach,
    /// Whether the file is an ES module or anything that `require` loads.
    pub format: ExternalFormat,
}

/// What finds an external at run time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ExternalReach {
    /// This specifier, from the project's folder.
    Specifier(String),
    /// Only its path: it lies in another package's `node_modules`.
    Path,
}

/// How Node.js loads an external.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExternalFormat {
    /// By `import`.
    Module,
    /// By `require`: `CommonJS`, JSON or a native addon.
    CommonJs,
}

/// The resolver of one project.
#[derive(Debug)]
pub struct ProjectResolver {
    settings: ResolveSettings,
    runtime: Runtime,
    policy: ExternalPolicy,
    tsconfigs: TsConfigFinder,
    by_tsconfig: RwLock<FxHashMap<Option<PathBuf>, Arc<Resolver>>>,
    at_run_time: Resolver,
}

impl ProjectResolver {
    /// A resolver for a project's code on Node.js.
    pub fn new(settings: ResolveSettings) -> Self {
        Self::for_runtime(settings, Runtime::Nodejs)
    }

    /// A resolver for the code of routes with this `runtime`.
    pub(crate) fn for_runtime(settings: ResolveSettings, runtime: Runtime) -> Self {
        let policy = ExternalPolicy::new(&settings.server_external_packages, &settings.transpile_packages);
        Self::with_policy(settings, runtime, policy)
    }

    /// A resolver for the modules that next.config names: their packages are loaded from where they lie.
    pub(crate) fn for_config_modules(settings: ResolveSettings) -> Self {
        Self::with_policy(settings, Runtime::Nodejs, ExternalPolicy::all_packages())
    }

    fn with_policy(settings: ResolveSettings, runtime: Runtime, policy: ExternalPolicy) -> Self {
        let tsconfigs = TsConfigFinder::new(&settings.project_root, settings.tsconfig.as_deref());
        let at_run_time = Resolver::new(
            OsFileSystem::new(false),
            settings.project_root.clone(),
            Platform::Node,
            &TsConfig::Auto(false),
            run_time_options(),
        );
        Self { settings, runtime, policy, tsconfigs, by_tsconfig: RwLock::default(), at_run_time }
    }

    /// The settings that it was made with.
    pub fn settings(&self) -> &ResolveSettings {
        &self.settings
    }

    /// The configuration file that rules a source file's syntax and aliases.
    pub fn tsconfigs(&self) -> &TsConfigFinder {
        &self.tsconfigs
    }

    /// The project's own tsconfig.json or jsconfig.json with everything that it extends; `None` if there is none.
    ///
    /// # Errors
    /// [`BuildErrorKind::TsConfig`], at its place.
    pub fn project_tsconfig(&self) -> Result<Option<Arc<LoadedTsConfig>>, BuildError> {
        let Some(path) = self.tsconfigs.of_project() else { return Ok(None) };
        let inside = self.settings.project_root.join("package.json");
        match self.resolver_for(&inside).resolve_tsconfig(&path) {
            Ok(tsconfig) => Ok(Some(tsconfig)),
            Err(error) => Err(self.tsconfig_failure(&inside, &error)),
        }
    }

    /// Forgets everything that was found: files may have come, gone or changed.
    pub fn clear_cache(&self) {
        self.policy.clear_cache();
        self.tsconfigs.clear_cache();
        self.by_tsconfig.write().unwrap_or_else(PoisonError::into_inner).clear();
        self.at_run_time.clear_cache();
    }

    /// Where `specifier` in the file `importer` leads.
    ///
    /// # Errors
    /// The error has a place of its own only if the cause lies in another file (a package.json, a tsconfig.json); the
    /// caller adds the place of the import with [`BuildError::or_at`].
    pub fn resolve(&self, importer: &Path, specifier: &str, kind: RequestKind) -> Result<Resolved, BuildError> {
        if specifier.starts_with("data:") {
            return Ok(Resolved::Url(specifier.to_owned()));
        }
        if kind != RequestKind::Url {
            match specifier {
                "server-only" => return Ok(Resolved::Empty),
                "client-only" => return Err(BuildError::new(BuildErrorKind::ClientOnly)),
                _ => {}
            }
            if NextModules::is_next(specifier)
                && PackagePlace::of(importer).is_none_or(|package| package.name != "next")
                && let Some(resolved) = self.resolve_next(importer, specifier)?
            {
                return Ok(resolved);
            }
        }
        if let Some(builtin) = self.edge_builtin(importer, specifier, kind) {
            return builtin;
        }
        let resolver = self.resolver_for(importer);
        match resolver.resolve(Some(importer), specifier, import_kind(kind), false) {
            Ok(found) => Ok(self.classify(importer, specifier, kind, &found)),
            Err(error) => self.failure(importer, specifier, error),
        }
    }

    /// What becomes of a module of Node.js in edge code; `None` where the specifier is none.
    fn edge_builtin(
        &self,
        importer: &Path,
        specifier: &str,
        kind: RequestKind,
    ) -> Option<Result<Resolved, BuildError>> {
        if self.runtime != Runtime::Edge || kind == RequestKind::Url || specifier.starts_with(['.', '/']) {
            return None;
        }
        match self.at_run_time.resolve(Some(importer), specifier, import_kind(kind), false) {
            Err(ResolveError::Builtin { resolved, .. }) if edge::allows_builtin(&resolved) => {
                Some(Ok(Resolved::Builtin(resolved)))
            }
            // As in Next.js: this one is loaded with the route, so the route could never answer.
            Err(ResolveError::Builtin { .. }) if kind == RequestKind::Import && specifier.starts_with("node:") => {
                Some(Err(BuildError::new(BuildErrorKind::EdgeBuiltin { specifier: specifier.to_owned() })))
            }
            Err(ResolveError::Builtin { .. }) => Some(Ok(Resolved::EdgeRefused(specifier.to_owned()))),
            Ok(_) | Err(_) => None,
        }
    }

    /// What becomes of `next` and everything below it; `None` where the installed package is to be used.
    fn resolve_next(&self, importer: &Path, specifier: &str) -> Result<Option<Resolved>, BuildError> {
        let refuse =
            |hint: String| BuildError::new(BuildErrorKind::NextModule { specifier: specifier.to_owned(), hint });
        match self.settings.next_modules.find(specifier) {
            NextModule::Served(served) => Ok(Some(Resolved::Runtime(served))),
            NextModule::Refused(hint) => Err(refuse(hint)),
            NextModule::Other => {
                if self
                    .resolver_for(importer)
                    .resolve(Some(importer), "next/package.json", ImportKind::Require, false)
                    .is_ok()
                {
                    return Ok(None);
                }
                let served: Vec<_> = self.settings.next_modules.served().map(|(name, _)| format!("`{name}`")).collect();
                Err(refuse(format!(
                    "The package `next` is not installed, and the runtime serves only {}.",
                    served.join(", ")
                )))
            }
        }
    }

    pub(crate) fn resolver_for(&self, importer: &Path) -> Arc<Resolver> {
        let tsconfig = self.tsconfigs.of_file(importer);
        if let Some(known) = self.by_tsconfig.read().unwrap_or_else(PoisonError::into_inner).get(&tsconfig) {
            return Arc::clone(known);
        }
        let option = tsconfig.clone().map_or(TsConfig::Auto(false), TsConfig::Manual);
        let resolver = Arc::new(Resolver::new(
            OsFileSystem::new(false),
            self.settings.project_root.clone(),
            match self.runtime {
                Runtime::Nodejs => Platform::Node,
                // Without the condition `node`.
                Runtime::Edge => Platform::Neutral,
            },
            &option,
            bundling_options(self.settings.development, self.runtime),
        ));
        let mut known = self.by_tsconfig.write().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(known.entry(tsconfig).or_insert(resolver))
    }

    fn classify(&self, importer: &Path, specifier: &str, kind: RequestKind, found: &ResolveReturn) -> Resolved {
        let (path, query) = split_query(&found.path);
        let path = PathBuf::from(path);
        if kind != RequestKind::Url && self.runtime == Runtime::Nodejs && self.policy.is_external(&path) {
            return Resolved::External(self.external(importer, specifier, kind, path));
        }
        let side_effects = found.package_json.as_ref().and_then(|package| {
            let folder = package.realpath().parent()?;
            package.check_side_effects_for(path.strip_prefix(folder).ok()?.to_str()?)
        });
        Resolved::File(ResolvedFile { path, query: query.to_owned(), side_effects })
    }

    /// The folders that the beginning of a specifier, which ends with a slash, stands for by `paths` or `baseUrl`.
    pub(crate) fn aliased_folders(&self, importer: &Path, named: &str) -> Vec<PathBuf> {
        let tsconfig = self.tsconfigs.of_file(importer);
        // A file that cannot be used is an error of the project's own, told elsewhere.
        let Some(Ok(tsconfig)) = tsconfig.map(|file| self.resolver_for(importer).resolve_tsconfig(&file)) else {
            return Vec::new();
        };
        let mut folders = tsconfig.resolve_path_alias_or_base_url(named);
        folders.retain(|folder| folder.is_dir());
        folders
    }

    /// How an external is reached at run time, and what is loaded then: Node.js resolves it, with its own conditions.
    fn external(&self, importer: &Path, specifier: &str, kind: RequestKind, bundled: PathBuf) -> External {
        let kind = import_kind(kind);
        let path_only = |path: PathBuf| {
            let format = format_of(&path);
            External { path, reach: ExternalReach::Path, format }
        };
        let Some(name) = package_name_of_specifier(specifier) else { return path_only(bundled) };
        let Ok(from_importer) = self.at_run_time.resolve(Some(importer), specifier, kind, false) else {
            // Found by an alias, or under a condition that Node.js does not set.
            return path_only(bundled);
        };
        let path = PathBuf::from(split_query(&from_importer.path).0);
        let at_root = self.settings.project_root.join("package.json");
        let reachable = PackagePlace::of(&path).is_some_and(|package| package.name == name)
            && self
                .at_run_time
                .resolve(Some(&at_root), specifier, kind, false)
                .is_ok_and(|from_root| from_root.path == from_importer.path);
        if !reachable {
            return path_only(path);
        }
        let format = format_of(&path);
        // `require` may lead elsewhere than `import` did; the file that was chosen is the one that is loaded.
        let require_differs = kind != ImportKind::Require
            && format == ExternalFormat::CommonJs
            && self
                .at_run_time
                .resolve(Some(&at_root), specifier, ImportKind::Require, false)
                .is_ok_and(|required| required.path != from_importer.path);
        if require_differs {
            return path_only(path);
        }
        External { path, reach: ExternalReach::Specifier(specifier.to_owned()), format }
    }

    fn failure(&self, importer: &Path, specifier: &str, error: ResolveError) -> Result<Resolved, BuildError> {
        let not_found = |detail: Option<String>| {
            BuildError::new(BuildErrorKind::ModuleNotFound { specifier: specifier.to_owned(), detail })
        };
        match error {
            ResolveError::Builtin { resolved, .. } => Ok(Resolved::Builtin(resolved)),
            ResolveError::Ignored(_) => Ok(Resolved::Empty),
            ResolveError::NotFound(_) => Err(not_found(self.alias_detail(importer, specifier))),
            ResolveError::TsconfigNotFound(_)
            | ResolveError::TsconfigSelfReference(_)
            | ResolveError::TsconfigCircularExtend(_)
            | ResolveError::TsconfigLoadFailed { .. } => Err(self.tsconfig_failure(importer, &error)),
            ResolveError::Json(json) => {
                let kind = if json.path.file_name().is_some_and(|name| name == "package.json") {
                    BuildErrorKind::PackageJson { message: json_message(&json.message) }
                } else {
                    BuildErrorKind::TsConfig { message: json_message(&json.message) }
                };
                Err(BuildError::new(kind).or_at(|| self.place_in_json(&json.path, json.line, json.column)))
            }
            other => Err(not_found(Some(other.to_string()))),
        }
    }

    /// Which alias a specifier matched, for the message that the aliased file is missing.
    fn alias_detail(&self, importer: &Path, specifier: &str) -> Option<String> {
        let tsconfig = self.resolver_for(importer).resolve_tsconfig(&self.tsconfigs.of_file(importer)?).ok()?;
        let alias = tsconfig.compiler_options.paths.as_ref()?.keys().find(|alias| match alias.split_once('*') {
            Some((before, after)) => {
                specifier.len() >= before.len() + after.len()
                    && specifier.starts_with(before)
                    && specifier.ends_with(after)
            }
            None => alias.as_str() == specifier,
        })?;
        let file = shown_path(&self.settings.project_root, &tsconfig.path);
        Some(format!("It matches the alias `{alias}` of {file}, which leads to no file."))
    }

    pub(crate) fn tsconfig_failure(&self, importer: &Path, error: &ResolveError) -> BuildError {
        let root = &self.settings.project_root;
        let whole = |path: &Path, message: String| {
            BuildError::new(BuildErrorKind::TsConfig { message }).or_at(|| Location::whole_file(root, path))
        };
        let own = || self.tsconfigs.of_file(importer).unwrap_or_else(|| root.join("tsconfig.json"));
        match error {
            ResolveError::TsconfigLoadFailed { path, source } => match source.as_ref() {
                ResolveError::Json(json) => {
                    BuildError::new(BuildErrorKind::TsConfig { message: json_message(&json.message) })
                        .or_at(|| self.place_in_json(path, json.line, json.column))
                }
                ResolveError::IOError(error) => whole(path, error.to_string()),
                inner @ (ResolveError::TsconfigNotFound(_)
                | ResolveError::TsconfigSelfReference(_)
                | ResolveError::TsconfigCircularExtend(_)
                | ResolveError::TsconfigLoadFailed { .. }) => self.tsconfig_failure(importer, inner),
                other => whole(path, other.to_string()),
            },
            ResolveError::TsconfigNotFound(path) => {
                whole(&own(), format!("`{}`, which it extends or refers to, does not exist", shown_path(root, path)))
            }
            ResolveError::TsconfigSelfReference(path) => whole(path, "it refers to itself".to_owned()),
            ResolveError::TsconfigCircularExtend(circle) => {
                let names: Vec<_> = circle.paths().iter().map(|path| shown_path(root, path)).collect();
                whole(
                    circle.paths().first().map_or(&own(), |path| path),
                    format!("it extends itself: {}", names.join(" → ")),
                )
            }
            other => whole(&own(), other.to_string()),
        }
    }

    fn place_in_json(&self, path: &Path, line: usize, column: usize) -> Location {
        match std::fs::read_to_string(path) {
            Ok(text) => Location::at_line(&self.settings.project_root, path, &text, line, column),
            Err(_) => Location::whole_file(&self.settings.project_root, path),
        }
    }
}

/// A JSON parser's message without the position that it repeats.
fn json_message(message: &str) -> String {
    message.split(" at line ").next().unwrap_or(message).to_owned()
}

/// A resolved path and the query behind it.
fn split_query(found: &str) -> (&str, &str) {
    match found.find('?') {
        // A question mark may be part of a file's name.
        Some(at) if !Path::new(found).exists() => found.split_at(at),
        _ => (found, ""),
    }
}

fn import_kind(kind: RequestKind) -> ImportKind {
    match kind {
        RequestKind::Import => ImportKind::Import,
        RequestKind::DynamicImport => ImportKind::DynamicImport,
        RequestKind::Require => ImportKind::Require,
        RequestKind::Url => ImportKind::NewUrl,
    }
}

/// How Node.js loads a file: by its extension, else by `type` in the nearest package.json.
fn format_of(path: &Path) -> ExternalFormat {
    match path.extension().and_then(|extension| extension.to_str()) {
        Some("mjs") => ExternalFormat::Module,
        Some("js") => {
            let nearest =
                path.ancestors().skip(1).map(|folder| folder.join("package.json")).find(|file| file.is_file());
            let is_module = nearest
                .and_then(|file| std::fs::read(file).ok())
                .and_then(|text| serde_json::from_slice::<serde_json::Value>(&text).ok())
                .is_some_and(|manifest| manifest.get("type").and_then(|kind| kind.as_str()) == Some("module"));
            if is_module { ExternalFormat::Module } else { ExternalFormat::CommonJs }
        }
        _ => ExternalFormat::CommonJs,
    }
}

/// The extensions that an import may leave out, in Next.js's order.
pub const EXTENSIONS: [&str; 6] = [".tsx", ".ts", ".jsx", ".js", ".mjs", ".json"];

/// The bundler's options for code that is compiled with the project. The bundler adds `node`, `default` and `import` or
/// `require` to the conditions by itself.
pub fn bundling_options(development: bool, runtime: Runtime) -> ResolveOptions {
    let mode = if development { "development" } else { "production" };
    let strings = |items: &[&str]| Some(items.iter().map(|item| (*item).to_owned()).collect());
    let own: &[&str] = match runtime {
        Runtime::Nodejs => &[],
        Runtime::Edge => &edge::CONDITIONS,
    };
    ResolveOptions {
        condition_names: strings(&[&["react-server", "module", mode], own].concat()),
        main_fields: strings(&["module", "main"]),
        extensions: strings(&EXTENSIONS),
        symlinks: Some(true),
        ..ResolveOptions::default()
    }
}

/// The options that find what Node.js itself would load.
fn run_time_options() -> ResolveOptions {
    let strings = |items: &[&str]| Some(items.iter().map(|item| (*item).to_owned()).collect());
    ResolveOptions {
        condition_names: strings(&["node-addons"]),
        main_fields: strings(&["main"]),
        extensions: strings(&[".js", ".json", ".node"]),
        symlinks: Some(true),
        ..ResolveOptions::default()
    }
}
