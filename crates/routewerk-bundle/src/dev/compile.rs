//! From a module's id to its [`Record`]: read, transform, resolve. It knows the project's configuration, and keeps no
//! module.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use oxc::transformer::{HelperLoaderMode, TransformOptions};
use oxc_resolver::ExtendsField;
use oxc_transformer_plugins::ReplaceGlobalDefinesConfig;
use rustc_hash::{FxHashMap, FxHashSet};

use super::analysis::Request;
use super::options::DevOptions;
use super::record::{Choice, Lookup, Module, Record, Stamp, Text, hash_of, is_package_code};
use super::reply::{ModuleKind, Target, TargetFormat};
use super::transform::{Declared, TransformInput, Transformed, transform};
use crate::build::wasm::wasm_module;
use crate::client_reference::{StandIn, client_stand_in};
use crate::code_frame::{Location, shown_path};
use crate::edge::{EdgeRefusal, REFUSED_PREFIX, edge_defines, refusal};
use crate::error::{BuildError, BuildErrorKind};
use crate::jsx::explain_jsx;
use crate::pattern_files::{PatternFiles, find_files};
use crate::request_pattern::RequestPattern;
use crate::resolve::{ExternalFormat, ProjectResolver, RequestKind, Resolved};
use crate::segment_config::Runtime;
use crate::transform::transform_options;
use crate::use_cache::{UseCache, wrap_cached};

/// What was looked up for a module.
#[derive(Debug, Default)]
struct Links {
    lookups: Vec<Lookup>,
    choices: Vec<Choice>,
    /// For which routes the module is compiled.
    runtime: Runtime,
}

/// Compiles single modules of one project.
#[derive(Debug)]
pub(super) struct Compiler {
    project_root: PathBuf,
    defines: Option<ReplaceGlobalDefinesConfig>,
    /// The same without what is true at run time too, so that most code of packages stays as it is.
    package_defines: Option<ReplaceGlobalDefinesConfig>,
    pub(super) resolver: ProjectResolver,
    /// What next.config says of `'use cache'`.
    use_cache: UseCache,
    edge: Edge,
    by_tsconfig: Mutex<FxHashMap<PathBuf, Result<Arc<TransformOptions>, BuildError>>>,
    is_module_folder: Mutex<FxHashMap<PathBuf, bool>>,
    /// Configuration files that were read, the tsconfig files that others extend among them.
    config_files: Mutex<FxHashSet<PathBuf>>,
}

/// What is different for modules of routes with `runtime = 'edge'`.
#[derive(Debug)]
struct Edge {
    resolver: ProjectResolver,
    defines: Option<ReplaceGlobalDefinesConfig>,
}

impl Compiler {
    /// # Errors
    /// A replacement of the options is not an expression.
    pub(super) fn new(options: DevOptions) -> Result<Self, BuildError> {
        let mut resolve = options.resolve;
        resolve.development = true;
        let at_run_time = ["process.env.NODE_ENV", "process.env.NEXT_RUNTIME"];
        let package_defines: Vec<_> =
            options.defines.iter().filter(|(name, _)| !at_run_time.contains(&name.as_str())).cloned().collect();
        Ok(Self {
            project_root: resolve.project_root.clone(),
            defines: config_of(&options.defines)?,
            package_defines: config_of(&package_defines)?,
            edge: Edge {
                resolver: ProjectResolver::for_runtime(resolve.clone(), Runtime::Edge),
                defines: config_of(&edge_defines(&options.defines))?,
            },
            resolver: ProjectResolver::new(resolve),
            use_cache: options.use_cache,
            by_tsconfig: Mutex::default(),
            is_module_folder: Mutex::default(),
            config_files: Mutex::default(),
        })
    }

    pub(super) fn project_root(&self) -> &Path {
        &self.project_root
    }

    /// Forgets everything that was read from configuration files and folders.
    pub(super) fn clear_cache(&self) {
        self.resolver.clear_cache();
        self.edge.resolver.clear_cache();
        lock(&self.by_tsconfig).clear();
        lock(&self.is_module_folder).clear();
    }

    /// Whether a file configures resolution or compilation.
    pub(super) fn is_config(&self, path: &Path) -> bool {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let is_json = path.extension().is_some_and(|extension| extension == "json");
        name == "package.json"
            || (is_json && (name.starts_with("tsconfig") || name.starts_with("jsconfig")))
            || lock(&self.config_files).contains(path)
    }

    /// The configuration files outside the project's folder that were read: someone must watch them.
    pub(super) fn outside_config_files(&self) -> Vec<PathBuf> {
        let known = lock(&self.config_files);
        known.iter().filter(|file| !file.starts_with(&self.project_root) && !is_package_code(file)).cloned().collect()
    }

    /// Reads and compiles a module.
    pub(super) fn compile(&self, id: &Arc<str>, revision: u64) -> Record {
        let path = path_of_id(id);
        let stamp_before = Stamp::of(&path);
        let read = std::fs::read(&path);
        let (stamp, bytes) = match (stamp_before, read) {
            (Ok(stamp), Ok(bytes)) => (stamp, bytes),
            (Err(error), _) | (_, Err(error)) => {
                let outcome = Err(vec![BuildError::unreadable(&path, &error)]);
                let (id, stamp) = (Arc::clone(id), Stamp::absent());
                return Record {
                    id,
                    path,
                    stamp,
                    content: 0,
                    outcome,
                    lookups: Vec::new(),
                    choices: Vec::new(),
                    revision,
                };
            }
        };
        let content = hash_of(&bytes);
        let mut links = Links { runtime: runtime_of_id(id), ..Links::default() };
        if path.extension().is_some_and(|extension| extension == "wasm") {
            let outcome = self.compile_wasm(id, &path, &bytes, &mut links);
            let Links { lookups, choices, .. } = links;
            return Record { id: Arc::clone(id), path, stamp, content, outcome, lookups, choices, revision };
        }
        let outcome = match std::str::from_utf8(&bytes) {
            Ok(source) => self.compile_source(&path, source, &mut links),
            // Some packages have a name in another encoding in a comment; Node.js reads them like this too.
            Err(_) if is_package_code(&path) => {
                self.compile_source(&path, &String::from_utf8_lossy(&bytes), &mut links)
            }
            Err(error) => Err(vec![self.not_utf8(&path, error)]),
        };
        let Links { lookups, choices, .. } = links;
        Record { id: Arc::clone(id), path, stamp, content, outcome, lookups, choices, revision }
    }

    /// The text of a module again, after it was let go. `None` if the file is no longer what the record was made of.
    pub(super) fn text_again(&self, record: &Record) -> Option<Text> {
        let again = self.compile(&record.id, record.revision);
        let module = again.outcome.ok()?;
        let is_same = record.outcome.as_ref().is_ok_and(|own| own.text_hash == module.text_hash);
        is_same.then(|| module.text.into_inner().unwrap_or_else(PoisonError::into_inner)).flatten()
    }

    /// A record that says only that the module cannot be compiled.
    pub(super) fn broken(&self, id: &Arc<str>, revision: u64, kind: BuildErrorKind) -> Record {
        let path = path_of_id(id);
        let error = BuildError::new(kind).or_at(|| Location::whole_file(&self.project_root, &path));
        let stamp = Stamp::of(&path).unwrap_or_else(|_| Stamp::absent());
        let content = std::fs::read(&path).map_or(0, |bytes| hash_of(&bytes));
        let (lookups, choices) = (Vec::new(), Vec::new());
        Record { id: Arc::clone(id), path, stamp, content, outcome: Err(vec![error]), lookups, choices, revision }
    }

    fn not_utf8(&self, path: &Path, error: std::str::Utf8Error) -> BuildError {
        let message = format!("the file is not UTF-8 text (byte {})", error.valid_up_to());
        let kind = BuildErrorKind::Syntax { message, help: Some("Save it with the encoding UTF-8.".to_owned()) };
        BuildError::new(kind).or_at(|| Location::whole_file(&self.project_root, path))
    }

    fn compile_source(&self, path: &Path, source: &str, links: &mut Links) -> Result<Module, Vec<BuildError>> {
        let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
        match extension {
            "json" => self.compile_json(path, source),
            "js" | "mjs" | "cjs" | "jsx" | "ts" | "mts" | "cts" | "tsx" => {
                if let Some(stand_in) = self.client_stand_in(path, source, links.runtime) {
                    let declared = if stand_in.is_esm { "mjs" } else { "cjs" };
                    let transformed = self.transform(path, declared, &stand_in.code, links.runtime)?;
                    return self.link(path, &stand_in.code, transformed, links);
                }
                let transformed = self.transform(path, extension, source, links.runtime)?;
                self.link(path, source, transformed, links)
            }
            other => {
                let extension = if other.is_empty() { String::new() } else { format!(".{other}") };
                Err(vec![
                    BuildError::new(BuildErrorKind::UnknownModuleType { extension })
                        .or_at(|| Location::whole_file(&self.project_root, path)),
                ])
            }
        }
    }

    /// A WebAssembly file is the module that reads it.
    fn compile_wasm(&self, id: &str, path: &Path, bytes: &[u8], links: &mut Links) -> Result<Module, Vec<BuildError>> {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let as_module = id.contains("?module");
        let shown = || shown_path(&self.project_root, path);
        let source = wasm_module(&format!("./{name}"), bytes, as_module, shown).map_err(|error| vec![error])?;
        self.link(path, &source, self.transform(path, "mjs", &source, links.runtime)?, links)
    }

    fn compile_json(&self, path: &Path, source: &str) -> Result<Module, Vec<BuildError>> {
        let source = source.strip_prefix('\u{feff}').unwrap_or(source);
        if let Err(error) = serde_json::from_str::<serde::de::IgnoredAny>(source) {
            let text = error.to_string();
            let message = text.split(" at line ").next().unwrap_or(&text).to_owned();
            let kind = BuildErrorKind::Syntax { message, help: None };
            return Err(vec![
                BuildError::new(kind)
                    .or_at(|| Location::at_line(&self.project_root, path, source, error.line(), error.column())),
            ]);
        }
        Ok(Module {
            kind: ModuleKind::Json,
            imports: Arc::default(),
            stars: Arc::default(),
            requires: Arc::default(),
            exports: Vec::new(),
            used: Vec::new(),
            text_hash: hash_of(source),
            text: Mutex::new(Some(Text { code: source.into(), mappings: "".into() })),
        })
    }

    fn transform(
        &self,
        path: &Path,
        extension: &str,
        source: &str,
        runtime: Runtime,
    ) -> Result<Transformed, Vec<BuildError>> {
        let is_plain = is_package_code(path) && matches!(extension, "js" | "mjs" | "cjs");
        let wrapped = wrap_cached(&self.use_cache, &self.project_root, path, source)?;
        let options = if is_plain { None } else { Some(self.options_for(path).map_err(|error| vec![error])?) };
        transform(&TransformInput {
            project_root: &self.project_root,
            path,
            source: wrapped.as_deref().unwrap_or(source),
            options: options.as_deref(),
            declared: match extension {
                "mjs" | "mts" => Declared::Module,
                "cjs" | "cts" => Declared::CommonJs,
                _ if self.is_in_module_package(path) => Declared::LikelyModule,
                _ => Declared::Unknown,
            },
            defines: match runtime {
                Runtime::Edge => self.edge.defines.as_ref(),
                Runtime::Nodejs if is_package_code(path) => self.package_defines.as_ref(),
                Runtime::Nodejs => self.defines.as_ref(),
            },
            runtime,
        })
    }

    /// Resolves what the module names.
    fn link(
        &self,
        path: &Path,
        source: &str,
        transformed: Transformed,
        links: &mut Links,
    ) -> Result<Module, Vec<BuildError>> {
        let analysis = transformed.analysis;
        let mut errors = Vec::new();
        let place = |request: &Request| {
            Location::in_source(&self.project_root, path, source, request.start as usize, request.end as usize)
        };
        let mut imports = Vec::with_capacity(analysis.requests.len());
        for request in &analysis.requests {
            match self.look_up(path, &request.specifier, RequestKind::Import, links) {
                Ok(target) => imports.push(target),
                // What the compiler itself has written has no place.
                Err(error) if request.start == request.end => errors.push(
                    explain_jsx(&self.project_root, path, source, error)
                        .or_at(|| Location::whole_file(&self.project_root, path)),
                ),
                Err(error) => errors.push(error.or_at(|| place(request))),
            }
        }
        let mut requires: Vec<(Arc<str>, Target)> = Vec::with_capacity(analysis.requires.len());
        for request in &analysis.requires {
            let target = match self.look_up(path, &request.specifier, RequestKind::Require, links) {
                Ok(target) => target,
                // Whoever asks inside `try` finds out by himself, when he runs, what is installed.
                Err(error) if request.is_optional => {
                    Target::Missing { missing: missing_text(&request.specifier, &error).into() }
                }
                Err(error) => {
                    errors.push(error.or_at(|| place(request)));
                    continue;
                }
            };
            requires.push((request.specifier.as_str().into(), target));
        }
        for request in &analysis.computed {
            let found = self.choices_of(links.runtime, path, &request.pattern);
            for specifier in &found.specifiers {
                if requires.iter().all(|(known, _)| known.as_ref() != specifier.as_str())
                    && let Ok(target) = self.look_up(path, specifier, RequestKind::Require, links)
                {
                    requires.push((specifier.as_str().into(), target));
                }
            }
            // A package looks for what nobody has to install.
            if !request.is_optional && !is_package_code(path) && found.open.is_empty() && found.specifiers.is_empty() {
                errors.extend(found.without_match.iter().map(|shape| {
                    BuildError::new(BuildErrorKind::NoFileFits { shape: shape.shown() }).or_at(|| {
                        let (start, end) = (request.start as usize, request.end as usize);
                        Location::in_source(&self.project_root, path, source, start, end)
                    })
                }));
            }
            links.choices.push(Choice { pattern: request.pattern.clone(), found });
        }
        if !errors.is_empty() {
            return Err(errors);
        }
        Ok(Module {
            kind: transformed.kind,
            imports: imports.into(),
            stars: analysis.stars.into(),
            requires: requires.into(),
            exports: analysis.exports,
            used: analysis.used,
            text_hash: hash_of(&(&transformed.code, &transformed.mappings)),
            text: Mutex::new(Some(Text { code: transformed.code.into(), mappings: transformed.mappings.into() })),
        })
    }

    /// What a computed `require` can lead to.
    pub(super) fn choices_of(&self, runtime: Runtime, path: &Path, pattern: &RequestPattern) -> PatternFiles {
        find_files(self.resolver_of(runtime), path, pattern, RequestKind::Require)
    }

    /// What stands for a module with `'use client'`, but for a route file.
    fn client_stand_in(&self, path: &Path, source: &str, runtime: Runtime) -> Option<StandIn> {
        let is_entry = path.file_stem().is_some_and(|stem| stem == "route");
        if is_entry { None } else { client_stand_in(self.resolver_of(runtime), path, source) }
    }

    fn resolver_of(&self, runtime: Runtime) -> &ProjectResolver {
        match runtime {
            Runtime::Nodejs => &self.resolver,
            Runtime::Edge => &self.edge.resolver,
        }
    }

    fn look_up(
        &self,
        path: &Path,
        specifier: &str,
        kind: RequestKind,
        links: &mut Links,
    ) -> Result<Target, BuildError> {
        let found = self.resolve(links.runtime, path, specifier, kind);
        links.lookups.push(Lookup { specifier: specifier.into(), kind, found: found.as_ref().ok().cloned() });
        found
    }

    /// What a specifier stands for.
    pub(super) fn resolve(
        &self,
        runtime: Runtime,
        importer: &Path,
        specifier: &str,
        kind: RequestKind,
    ) -> Result<Target, BuildError> {
        let (resolver, mark) = match runtime {
            Runtime::Nodejs => (&self.resolver, ""),
            Runtime::Edge => (&self.edge.resolver, EDGE),
        };
        Ok(match resolver.resolve(importer, specifier, kind)? {
            // Styles mean nothing on the server; Next.js accepts them there.
            Resolved::File(file) if is_style(&file.path) => Target::Empty { empty: true },
            Resolved::File(file) => {
                let path = file.path.to_str().ok_or_else(|| not_unicode(&file.path))?;
                let join = if mark.is_empty() {
                    ""
                } else if file.query.is_empty() {
                    "?"
                } else {
                    "&"
                };
                Target::Module { id: format!("{path}{}{join}{mark}", file.query).into() }
            }
            Resolved::External(external) => {
                let path = external.path.to_str().ok_or_else(|| not_unicode(&external.path))?;
                let format = match external.format {
                    ExternalFormat::Module => TargetFormat::Module,
                    ExternalFormat::CommonJs => TargetFormat::CommonJs,
                };
                Target::External { external: path.into(), format }
            }
            Resolved::Builtin(name) => Target::External { external: name.into(), format: TargetFormat::Builtin },
            Resolved::EdgeRefused(specifier) => refused(&specifier, kind),
            Resolved::Url(url) => Target::External { external: url.into(), format: TargetFormat::Module },
            Resolved::Runtime(specifier) => Target::Runtime { runtime: specifier.into() },
            Resolved::Empty => Target::Empty { empty: true },
        })
    }

    /// The compiler's options for a file: those of its tsconfig.
    fn options_for(&self, path: &Path) -> Result<Arc<TransformOptions>, BuildError> {
        let tsconfig = self.resolver.tsconfigs().of_file(path);
        let key = tsconfig.clone().unwrap_or_default();
        if let Some(known) = lock(&self.by_tsconfig).get(&key) {
            return known.clone();
        }
        let options = self.read_options(path, tsconfig.as_deref());
        lock(&self.by_tsconfig).insert(key, options.clone());
        options
    }

    fn read_options(&self, path: &Path, tsconfig: Option<&Path>) -> Result<Arc<TransformOptions>, BuildError> {
        let tsconfig = match tsconfig {
            Some(file) => {
                lock(&self.config_files).insert(file.to_path_buf());
                let read = self.resolver.resolver_for(path).resolve_tsconfig(&file);
                let read = read.map_err(|error| self.resolver.tsconfig_failure(path, &error))?;
                self.note_extended(file);
                Some(read)
            }
            None => None,
        };
        let options: Result<TransformOptions, String> = transform_options(tsconfig.as_deref(), true).try_into();
        let mut options = options.map_err(|message| {
            let place = tsconfig.as_deref().map_or(path, |read| &read.path);
            BuildError::new(BuildErrorKind::TsConfig { message })
                .or_at(|| Location::whole_file(&self.project_root, place))
        })?;
        options.helper_loader.mode = HelperLoaderMode::External;
        Ok(Arc::new(options))
    }

    /// Remembers the files that a tsconfig extends, so that saving one of them counts.
    fn note_extended(&self, tsconfig: &Path) {
        let mut waiting = vec![tsconfig.to_path_buf()];
        let mut seen = FxHashSet::default();
        while let Some(file) = waiting.pop() {
            if !seen.insert(file.clone()) {
                continue;
            }
            // A file that cannot be read was the resolver's error already.
            let Ok(read) = self.resolver.resolver_for(&file).resolve_tsconfig(&file) else { continue };
            let names: Vec<String> = match &read.extends {
                Some(ExtendsField::Single(name)) => vec![name.clone()],
                Some(ExtendsField::Multiple(names)) => names.clone(),
                None => Vec::new(),
            };
            let folder = file.parent().unwrap_or(Path::new("/"));
            for name in names.iter().filter(|name| name.starts_with('.') || name.starts_with('/')) {
                let plain = folder.join(name);
                let candidates = [plain.clone(), plain.with_extension("json"), plain.join("tsconfig.json")];
                if let Some(found) = candidates.into_iter().find(|path| path.is_file()) {
                    let found = found.canonicalize().unwrap_or(found);
                    lock(&self.config_files).insert(found.clone());
                    waiting.push(found);
                }
            }
        }
    }

    /// Whether the nearest package.json says `"type": "module"`.
    fn is_in_module_package(&self, path: &Path) -> bool {
        let Some(folder) = path.parent() else { return false };
        if let Some(known) = lock(&self.is_module_folder).get(folder) {
            return *known;
        }
        let nearest = folder.ancestors().map(|folder| folder.join("package.json")).find(|file| file.is_file());
        let is_module = nearest
            .and_then(|file| std::fs::read(file).ok())
            .and_then(|text| serde_json::from_slice::<serde_json::Value>(&text).ok())
            .is_some_and(|manifest| manifest.get("type").and_then(|kind| kind.as_str()) == Some("module"));
        lock(&self.is_module_folder).insert(folder.to_path_buf(), is_module);
        is_module
    }
}

/// What the ids of modules of routes with `runtime = 'edge'` have in their query: such a module is another one than that of
/// the same file for the other routes.
const EDGE: &str = "edge";

/// The id of a route file that declares `runtime`.
pub(super) fn entry_id(path: &str, runtime: Runtime) -> String {
    match runtime {
        Runtime::Nodejs => path.to_owned(),
        Runtime::Edge => format!("{path}?{EDGE}"),
    }
}

/// For which routes a module is compiled.
pub(super) fn runtime_of_id(id: &str) -> Runtime {
    let is_edge = ['?', '&'].iter().any(|sign| id.strip_suffix(EDGE).is_some_and(|rest| rest.ends_with(*sign)));
    // A question mark may be part of a file's name.
    if is_edge && !Path::new(id).exists() { Runtime::Edge } else { Runtime::Nodejs }
}

/// What stands for a module of Node.js that is not there at the edge.
fn refused(specifier: &str, kind: RequestKind) -> Target {
    match refusal(specifier, kind == RequestKind::Require) {
        EdgeRefusal::AtLoad(text) => Target::Missing { missing: text.into() },
        EdgeRefusal::AtUse(name) => Target::Runtime { runtime: format!("{REFUSED_PREFIX}{name}").into() },
    }
}

/// The file of a module's id, which may have a query behind the path.
pub(super) fn path_of_id(id: &str) -> PathBuf {
    match id.split_once('?') {
        // A question mark may be part of a file's name.
        Some((path, _)) if !Path::new(id).exists() => PathBuf::from(path),
        _ => PathBuf::from(id),
    }
}

fn is_style(path: &Path) -> bool {
    let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
    ["css", "scss", "sass", "less"].contains(&extension)
}

/// What Node.js says when a `require` finds nothing; what the resolver has to say beyond that comes behind it.
pub(super) fn missing_text(specifier: &str, error: &BuildError) -> String {
    match error.kind() {
        BuildErrorKind::ModuleNotFound { .. } => format!("Cannot find module '{specifier}'"),
        _ => format!("Cannot find module '{specifier}': {}", error.message()),
    }
}

fn not_unicode(path: &Path) -> BuildError {
    let reason = "its name is not Unicode text".to_owned();
    BuildError::new(BuildErrorKind::Unreadable { path: path.to_path_buf(), reason })
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The replacements in the form that the compiler takes.
fn config_of(defines: &[(String, String)]) -> Result<Option<ReplaceGlobalDefinesConfig>, BuildError> {
    if defines.is_empty() {
        return Ok(None);
    }
    ReplaceGlobalDefinesConfig::new(defines).map(Some).map_err(|diagnostics| {
        let texts: Vec<String> = diagnostics.into_iter().map(|diagnostic| diagnostic.to_string()).collect();
        let message = format!("a replacement for an environment variable is not an expression: {}", texts.join("; "));
        BuildError::new(BuildErrorKind::Bundler { message })
    })
}
