//! The build: every route file becomes an ES module entry, with everything that routes share in shared files.
//!
//! One run of the bundler for all routes, so a module that several routes import is one object at run time, and modules
//! run in the order in which the source says. Nothing of the user's runs. The output is written into a folder
//! that the caller makes and later renames into its place; it is only written when there is no error.

mod computed;
pub(crate) mod diagnostics;
mod graph;
mod place;
mod plugin;
mod suffix_names;
pub(crate) mod wasm;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rolldown::{
    BundleOutput, BundlerOptions, ChunkOptimizationOption, ExperimentalOptions, InnerOptions, InputItem,
    ModuleSideEffects, OutputFormat, Platform, PreserveEntrySignatures, SourceMapType, TreeshakeOptions, TsConfig,
};
use rolldown_common::{Output, OutputChunk};
use rolldown_error::{BuildDiagnostic, EventKind};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::build::diagnostics::{build_errors, source_type_of};
use crate::build::graph::ModuleGraph;
use crate::build::plugin::{EntryInfo, RoutePlugin, SERVER_FOLDER, entry_id};
use crate::bundler::{absolute_output, run_bundler};
use crate::edge::edge_defines;
use crate::error::{BuildError, BuildErrorKind};
use crate::module_facts::ModuleFacts;
use crate::resolve::{ProjectResolver, ResolveSettings, bundling_options};
use crate::segment_config::{Runtime, SegmentConfig, SegmentSource, declared_runtime, read_segment_config};
use crate::transform::transform_options;
use crate::use_cache::UseCache;

/// One route file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BuildRoute {
    /// The file, absolute.
    pub file: PathBuf,
    /// The route's pattern as Next.js shows it (`/api/items/[slug]`).
    pub pattern: String,
}

/// A module that the worker loads besides the routes (`instrumentation.ts`, say).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BuildModule {
    /// The name of its output: `instrumentation` becomes `server/instrumentation.mjs`.
    pub name: String,
    /// The file, absolute.
    pub file: PathBuf,
}

/// What a build is made of.
#[derive(Clone, Debug)]
pub struct BuildInput {
    /// How imports are resolved; `development` is false for a build.
    pub resolve: ResolveSettings,
    /// The route files, in the order of the manifest's table.
    pub routes: Vec<BuildRoute>,
    /// Further modules.
    pub modules: Vec<BuildModule>,
    /// Modules that next.config names (`cacheHandler`, say). They are a module graph of their own and their packages stay
    /// outside, as if Node.js loaded each from its file; but the build holds them, and what they import of the project.
    pub config_modules: Vec<BuildModule>,
    /// What is written into the code, as [`defines`](crate::defines()) gives it.
    pub defines: Vec<(String, String)>,
    /// `cacheComponents` of next.config.
    pub cache_components: bool,
    /// What it says of `'use cache'`.
    pub use_cache: UseCache,
    /// The folder that the output is written into. It may be renamed afterwards, but not to another depth: sources and
    /// packages are found from it by relative paths.
    pub out_dir: PathBuf,
}

/// What a build made.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct BuildOutput {
    /// The routes, in the order of the input.
    pub routes: Vec<BuiltRoute>,
    /// The further modules, in the order of the input.
    pub modules: Vec<BuiltModule>,
    /// The modules that next.config names, in the order of the input.
    pub config_modules: Vec<BuiltModule>,
    /// Every file that the output was made from, absolute and sorted: what a watcher watches.
    pub files: Vec<PathBuf>,
    /// What Next.js would warn about, once each.
    pub warnings: Vec<String>,
    /// The size of all output code in bytes, without source maps.
    pub bytes: u64,
    /// Whether an external ES module may import `next/*`, so that a worker needs a hook that takes time to install.
    pub externals_import_served: bool,
}

/// A built route.
#[derive(Clone, Debug, PartialEq)]
pub struct BuiltRoute {
    /// Its module, relative to the output folder (`server/r3.mjs`).
    pub entry: String,
    /// The names that the module exports, re-exports resolved; `None` where they are only known at run time.
    pub exports: Option<Vec<String>>,
    /// Its segment configuration.
    pub segment: SegmentConfig,
    /// Whether its calls need an `AsyncLocalStorage` scope on Node.js below 24.
    pub scope: bool,
    /// The bytes of code that its first call loads: its module and everything that this imports.
    pub bytes: u64,
}

/// A built further module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BuiltModule {
    /// Its module, relative to the output folder.
    pub entry: String,
    /// The names that it exports; `None` where they are only known at run time.
    pub exports: Option<Vec<String>>,
}

/// Builds a project's routes. Blocks; on an asynchronous runtime call it from `spawn_blocking`.
///
/// # Errors
/// Everything that is wrong with the sources, all of it in one go, sorted by place; or what could not be written.
pub fn build(input: &BuildInput) -> Result<BuildOutput, Vec<BuildError>> {
    let out_dir = absolute_output(&input.out_dir).map_err(|error| vec![error])?;
    let mut all = entries(input).map_err(sorted)?;
    let mut errors = Vec::new();
    let mut layers = Vec::new();
    for kind in [LayerKind::Nodejs, LayerKind::Edge, LayerKind::Config] {
        let (entries, others): (Vec<_>, Vec<_>) = all.into_iter().partition(|entry| entry.layer == kind);
        all = others;
        if entries.is_empty() {
            continue;
        }
        match Layer::bundle(input, &out_dir, kind, entries) {
            Ok(layer) => layers.push(layer),
            Err(found) => errors.extend(found),
        }
    }
    if !errors.is_empty() {
        return Err(sorted(errors));
    }
    for layer in &layers {
        write_output(&out_dir, &layer.output).map_err(|error| vec![error])?;
    }
    Ok(summary(&layers))
}

/// What shares a module graph.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum LayerKind {
    /// Routes on Node.js, and the further modules.
    Nodejs,
    /// Routes with `runtime = 'edge'`.
    Edge,
    /// The modules that next.config names.
    Config,
}

impl LayerKind {
    const fn runtime(self) -> Runtime {
        match self {
            Self::Nodejs | Self::Config => Runtime::Nodejs,
            Self::Edge => Runtime::Edge,
        }
    }

    fn resolver(self, settings: ResolveSettings) -> ProjectResolver {
        match self {
            Self::Nodejs | Self::Edge => ProjectResolver::for_runtime(settings, self.runtime()),
            Self::Config => ProjectResolver::for_config_modules(settings),
        }
    }

    /// What is written into the code. A module that next.config names sees the environment of its process.
    fn defines(self, defines: &[(String, String)]) -> Vec<(String, String)> {
        match self {
            Self::Nodejs => defines.to_vec(),
            Self::Edge => edge_defines(defines),
            Self::Config => Vec::new(),
        }
    }

    /// The names of shared files. Each layer has its own: the same text in two of them would otherwise be one module.
    const fn chunks(self) -> &'static str {
        match self {
            Self::Nodejs => "[name]-[hash]",
            Self::Edge => "edge-[name]-[hash]",
            Self::Config => "config-[name]-[hash]",
        }
    }
}

/// One layer: one run of the bundler, one module graph.
struct Layer {
    entries: Vec<Entry>,
    graph: Arc<ModuleGraph>,
    output: BundleOutput,
    segments: FxHashMap<String, SegmentConfig>,
    warnings: Vec<String>,
}

impl Layer {
    fn bundle(
        input: &BuildInput,
        out_dir: &Path,
        kind: LayerKind,
        entries: Vec<Entry>,
    ) -> Result<Self, Vec<BuildError>> {
        let project_root = input.resolve.project_root.clone();
        let runtime = kind.runtime();
        let resolver = Arc::new(kind.resolver(input.resolve.clone()));
        let tsconfig = resolver.project_tsconfig().map_err(|error| vec![error])?;
        let graph = Arc::new(ModuleGraph::default());
        let plugin = RoutePlugin {
            resolver: Arc::clone(&resolver),
            graph: Arc::clone(&graph),
            entries: entries.iter().map(|entry| (entry.file.clone(), entry.info.clone())).collect(),
            server_folder: out_dir.join(SERVER_FOLDER),
            runtime,
            cache_components: input.cache_components && kind != LayerKind::Config,
            use_cache: (kind != LayerKind::Config).then(|| input.use_cache.clone()),
            experimental_decorators: tsconfig
                .as_ref()
                .is_some_and(|tsconfig| tsconfig.compiler_options.experimental_decorators == Some(true)),
        };
        let (defines, chunks) = (kind.defines(&input.defines), kind.chunks());
        let options = BundlerOptions {
            input: Some(entries.iter().map(Entry::input).collect()),
            cwd: Some(project_root.clone()),
            dir: Some(out_dir.display().to_string()),
            entry_filenames: Some(format!("{SERVER_FOLDER}/[name].mjs").into()),
            chunk_filenames: Some(format!("{SERVER_FOLDER}/{chunks}.mjs").into()),
            platform: Some(Platform::Node),
            format: Some(OutputFormat::Esm),
            sourcemap: Some(SourceMapType::File),
            tsconfig: Some(TsConfig::Auto(false)),
            resolve: Some(bundling_options(input.resolve.development, runtime)),
            transform: Some(transform_options(tsconfig.as_deref(), input.resolve.development)),
            define: Some(defines.into_iter().collect()),
            preserve_entry_signatures: Some(PreserveEntrySignatures::Strict),
            strict_execution_order: Some(true),
            keep_names: Some(true),
            // What Next.js leaves out is left out: modules of packages that say they have no side effects. `CommonJS`
            // modules are kept whole.
            treeshake: TreeshakeOptions::Option(InnerOptions {
                module_side_effects: ModuleSideEffects::Boolean(true),
                commonjs: Some(false),
                ..InnerOptions::default()
            }),
            experimental: Some(ExperimentalOptions {
                // Merged chunks would load modules that a route does not import.
                chunk_optimization: Some(ChunkOptimizationOption::Bool(false)),
                on_demand_wrapping: Some(true),
                ..ExperimentalOptions::default()
            }),
            ..BundlerOptions::default()
        };
        let bundled = run_bundler(options, vec![Arc::new(plugin)]);
        let mut errors = graph.errors(&project_root);
        let readings: FxHashMap<&str, _> =
            entries.iter().filter_map(|entry| Some((entry.file.as_str(), graph.take_segment(&entry.file)?))).collect();
        errors.extend(readings.values().flat_map(|reading| reading.errors.iter().cloned()));
        let diagnostics: &[BuildDiagnostic] = bundled.as_ref().map_or_else(Vec::as_slice, |_| &[]);
        errors.extend(diagnostics.iter().flat_map(|diagnostic| build_errors(&project_root, &graph, diagnostic)));
        let output = match bundled {
            Ok(output) if errors.is_empty() => output,
            Ok(_) | Err(_) => return Err(sorted(errors)),
        };

        let mut warnings: Vec<String> =
            readings.values().flat_map(|reading| reading.warnings.iter().cloned()).collect();
        let mut segments: FxHashMap<String, SegmentConfig> =
            readings.into_iter().map(|(file, reading)| (file.to_owned(), reading.config)).collect();
        let mut star_errors = Vec::new();
        for entry in entries.iter().filter(|entry| entry.info.pattern.is_some()) {
            let segment = segments.entry(entry.file.clone()).or_default();
            for source in graph.star_sources(&entry.file) {
                inherit_segment(input, entry, Path::new(&source), segment, &mut star_errors);
            }
        }
        if !star_errors.is_empty() {
            return Err(star_errors);
        }
        warnings.extend(graph.warnings(&project_root).iter().map(ToString::to_string));
        warnings.extend(bundler_warnings(&project_root, &graph, &output));
        Ok(Self { entries, graph, output, segments, warnings })
    }
}

/// One entry of the bundler.
#[derive(Debug)]
struct Entry {
    /// Its place in the input: among the routes, those first, the further modules, and those that next.config names.
    index: usize,
    layer: LayerKind,
    /// The name of its output, without the extension.
    name: String,
    /// Its file, symbolic links resolved, as text.
    file: String,
    info: EntryInfo,
}

impl Entry {
    fn input(&self) -> InputItem {
        InputItem { name: Some(self.name.clone()), import: entry_id(&self.file, &self.info) }
    }
}

/// The routes and further modules as entries, in the order of the input.
fn entries(input: &BuildInput) -> Result<Vec<Entry>, Vec<BuildError>> {
    let routes = input
        .routes
        .iter()
        .enumerate()
        .map(|(index, route)| (format!("r{index}"), &route.file, Some(route.pattern.clone())));
    let modules = input.modules.iter().chain(&input.config_modules);
    let modules = modules.map(|module| (module.name.clone(), &module.file, None));
    let first_of_config = input.routes.len() + input.modules.len();
    let mut entries = Vec::with_capacity(first_of_config + input.config_modules.len());
    let mut errors = Vec::new();
    for (index, (name, file, pattern)) in routes.chain(modules).enumerate() {
        let found = std::fs::canonicalize(file).and_then(|real| Ok((std::fs::read_to_string(&real)?, real)));
        match found {
            Ok((text, real)) => {
                let is_of_config = index >= first_of_config;
                // Of a module that next.config names the whole `module.exports` is asked for, as `default`.
                let commonjs_exports = if is_of_config { None } else { commonjs_exports(&real, &text) };
                let is_thenable = commonjs_exports.is_none() && exports_then(&real, &text);
                let runtime = if pattern.is_some() { declared_runtime(&real, &text) } else { Runtime::Nodejs };
                let layer = match runtime {
                    Runtime::Nodejs if is_of_config => LayerKind::Config,
                    Runtime::Nodejs => LayerKind::Nodejs,
                    Runtime::Edge => LayerKind::Edge,
                };
                let file = real.display().to_string();
                let info = EntryInfo { pattern, commonjs_exports, is_thenable };
                entries.push(Entry { index, layer, name, file, info });
            }
            Err(error) => errors.push(BuildError::unreadable(file, &error)),
        }
    }
    if errors.is_empty() { Ok(entries) } else { Err(errors) }
}

/// Whether an ES module itself exports the name `then`.
fn exports_then(file: &Path, text: &str) -> bool {
    // Most handlers that have the word call it on a promise: only the others are parsed here.
    let names = [" then", ",then", "{then", "\"then\"", "'then'", "\nthen"];
    text.contains("export")
        && names.iter().any(|name| text.contains(name))
        && facts_of(file, text).exports.iter().any(|name| name == "then")
}

fn facts_of(file: &Path, text: &str) -> ModuleFacts {
    let allocator = oxc::allocator::Allocator::default();
    let parsed = oxc::parser::Parser::new(&allocator, text, source_type_of(file)).parse();
    ModuleFacts::of(&parsed.program)
}

/// The names that a `CommonJS` file exports; `None` for an ES module.
///
/// A file that has the word `export` before a space or a bracket is an ES module; only the others are parsed here.
fn commonjs_exports(file: &Path, text: &str) -> Option<Vec<String>> {
    let looks_esm = text
        .match_indices("export")
        .any(|(at, word)| text[at + word.len()..].starts_with([' ', '\t', '\n', '\r', '{', '*', '/']));
    if looks_esm {
        return None;
    }
    let facts = facts_of(file, text);
    if facts.is_esm || facts.commonjs_exports.is_empty() {
        return None;
    }
    let mut names = facts.commonjs_exports;
    names.retain(|name| name != "default" && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '$')));
    names.sort();
    names.dedup();
    Some(names)
}

/// Takes over what a route gets by `export * from`.
fn inherit_segment(
    input: &BuildInput,
    entry: &Entry,
    source: &Path,
    segment: &mut SegmentConfig,
    errors: &mut Vec<BuildError>,
) {
    let Ok(text) = std::fs::read_to_string(source) else { return };
    let allocator = oxc::allocator::Allocator::default();
    let options = oxc::parser::ParseOptions { preserve_parens: false, ..oxc::parser::ParseOptions::default() };
    let parsed = oxc::parser::Parser::new(&allocator, &text, source_type_of(source)).with_options(options).parse();
    let segment_source = SegmentSource {
        project_root: &input.resolve.project_root,
        file: source,
        text: &text,
        pattern: entry.info.pattern.as_deref().unwrap_or_default(),
        cache_components: input.cache_components,
    };
    let reading = read_segment_config(segment_source, &parsed.program);
    errors.extend(reading.errors);
    segment.inherit(reading.config);
}

/// Writes the output's files.
fn write_output(out_dir: &Path, output: &BundleOutput) -> Result<(), BuildError> {
    let mut made = FxHashSet::default();
    for file in &output.assets {
        let path = out_dir.join(file.filename());
        let folder = path.parent().unwrap_or(out_dir);
        if made.insert(folder.to_path_buf()) {
            std::fs::create_dir_all(folder).map_err(|error| BuildError::unwritable(folder, &error))?;
        }
        std::fs::write(&path, file.content_as_bytes()).map_err(|error| BuildError::unwritable(&path, &error))?;
    }
    Ok(())
}

/// The bundler's warnings that say something about the user's code and that Next.js would also find strange.
fn bundler_warnings(project_root: &Path, graph: &ModuleGraph, output: &BundleOutput) -> Vec<String> {
    output
        .warnings
        .iter()
        .filter(|warning| {
            matches!(
                warning.kind(),
                EventKind::ImportIsUndefined | EventKind::CannotCallNamespace | EventKind::UnsupportedFeatureError
            )
        })
        .flat_map(|warning| build_errors(project_root, graph, warning))
        .map(|warning| warning.to_string())
        .collect()
}

/// What the layers made, in the order of the input.
fn summary(layers: &[Layer]) -> BuildOutput {
    let mut made = BuildOutput::default();
    let (mut routes, mut modules, mut config_modules) = (Vec::new(), Vec::new(), Vec::new());
    for layer in layers {
        let Layer { entries, graph, output, segments, warnings } = layer;
        let chunks: FxHashMap<&str, &OutputChunk> = output
            .assets
            .iter()
            .filter_map(|file| match file {
                Output::Chunk(chunk) => Some((chunk.filename.as_str(), &**chunk)),
                Output::Asset(_) => None,
            })
            .collect();
        for entry in entries {
            let file = format!("{SERVER_FOLDER}/{}.mjs", entry.name);
            let exports = exports_of(entry, graph, chunks.get(file.as_str()).copied());
            if entry.info.pattern.is_none() {
                let list = if entry.layer == LayerKind::Config { &mut config_modules } else { &mut modules };
                list.push((entry.index, BuiltModule { entry: file, exports }));
                continue;
            }
            let route = BuiltRoute {
                exports,
                segment: segments.get(&entry.file).cloned().unwrap_or_default(),
                scope: graph.needs_scope(&entry.file),
                bytes: loaded_bytes(&chunks, &file),
                entry: file,
            };
            routes.push((entry.index, route));
        }
        made.files.extend(graph.files());
        made.warnings.extend(warnings.iter().cloned());
        made.bytes += chunks.values().map(|chunk| chunk.code.len() as u64).sum::<u64>();
        made.externals_import_served |= graph.imports_loud_modules();
    }
    routes.sort_by_key(|(index, _)| *index);
    modules.sort_by_key(|(index, _)| *index);
    config_modules.sort_by_key(|(index, _)| *index);
    made.warnings.sort();
    made.warnings.dedup();
    made.files.sort();
    made.files.dedup();
    BuildOutput {
        routes: routes.into_iter().map(|(_, route)| route).collect(),
        modules: modules.into_iter().map(|(_, module)| module).collect(),
        config_modules: config_modules.into_iter().map(|(_, module)| module).collect(),
        ..made
    }
}

/// The names that an entry exports, where they are known.
fn exports_of(entry: &Entry, graph: &ModuleGraph, chunk: Option<&OutputChunk>) -> Option<Vec<String>> {
    if entry.info.commonjs_exports.is_none() && !graph.exports_are_known(&entry.file) {
        return None;
    }
    let mut names: Vec<_> = chunk?.exports.iter().map(ToString::to_string).collect();
    // The entry itself adds it, to hide the module's own.
    names.retain(|name| !(entry.info.is_thenable && name == "then"));
    names.sort();
    Some(names)
}

/// The code that loading an output file loads.
fn loaded_bytes(chunks: &FxHashMap<&str, &OutputChunk>, entry: &str) -> u64 {
    let mut seen = FxHashSet::default();
    let mut open = vec![entry];
    let mut bytes = 0;
    while let Some(name) = open.pop() {
        let Some(chunk) = chunks.get(name).filter(|_| seen.insert(name)) else { continue };
        bytes += chunk.code.len() as u64;
        open.extend(chunk.imports.iter().map(AsRef::<str>::as_ref));
    }
    bytes
}

/// Errors in the order of their places, each once.
fn sorted(mut errors: Vec<BuildError>) -> Vec<BuildError> {
    let key = |error: &BuildError| {
        let place = error.location().map(|at| (at.shown.clone(), at.line, at.column));
        (place.is_none(), place, error.message())
    };
    errors.sort_by_cached_key(key);
    errors.dedup();
    if errors.is_empty() {
        let message = "the bundler failed without saying why".to_owned();
        errors.push(BuildError::new(BuildErrorKind::Bundler { message }));
    }
    errors
}
