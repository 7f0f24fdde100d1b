//! The bundler's plugin: every import goes through the project's resolver, every module through one look at its syntax
//! tree.
//!
//! The plugin never fails: what is wrong is kept in the [`ModuleGraph`] and the walk goes on with an empty module in its
//! place, so that one build reports everything. Modules that have no file have ids that begin with NUL, as the
//! bundler's convention asks.

use std::borrow::Cow;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use oxc::ast::ast::Program;
use oxc::span::Span;
use rolldown::ModuleType;
use rolldown::plugin::{
    HookAddonArgs, HookInjectionOutputReturn, HookLoadArgs, HookLoadOutput, HookLoadReturn, HookResolveIdArgs,
    HookResolveIdOutput, HookResolveIdReturn, HookTransformArgs, HookTransformOutput, HookTransformReturn, HookUsage,
    Plugin, PluginContext, SharedLoadPluginContext, SharedTransformPluginContext,
};
use rolldown_common::side_effects::HookSideEffects;
use rolldown_common::{EmittedAsset, EmittedChunk, ImportKind, RUNTIME_MODULE_KEY, ResolvedExternal};
use rolldown_plugin::{HookTransformAstArgs, HookTransformAstReturn};
use rustc_hash::FxHashMap;

use crate::build::computed::rewrite_computed;
use crate::build::graph::{Edge, ModuleGraph, Target};
use crate::build::place::{
    Assets, PLACE_IMPORT, PlaceNames, file_beside, may_name_its_place, path_of_url, rewrite, stable_hash,
};
use crate::build::suffix_names::{may_have_suffixed_names, rename_suffixed};
use crate::build::wasm::wasm_module;
use crate::client_reference::client_stand_in;
use crate::code_frame::{Location, shown_path};
use crate::edge::refusing_module;
use crate::edge_checks::check_edge_code;
use crate::error::{BuildError, BuildErrorKind};
use crate::module_facts::ModuleFacts;
use crate::package_info::PackagePlace;
use crate::resolve::{External, ExternalFormat, ExternalReach, ProjectResolver, RequestKind, Resolved, ResolvedFile};
use crate::segment_config::{Runtime, SegmentSource, read_segment_config};
use crate::use_cache::{UseCache, wrap_cached};

/// The folder below the output folder that holds the code.
pub(crate) const SERVER_FOLDER: &str = "server";
const EMPTY: &str = "\0routewerk:empty";
const MISSING: &str = "\0routewerk:missing:";
const STYLE: &str = "\0routewerk:style:";
const NEXT_IMPORT: &str = "\0routewerk:next:";
const NEXT_REQUIRE: &str = "\0routewerk:next-require:";
const EDGE_IMPORT: &str = "\0routewerk:edge:";
const EDGE_REQUIRE: &str = "\0routewerk:edge-require:";
const EXTERNAL: &str = "\0routewerk:external:";
const COMMONJS_ENTRY: &str = "\0routewerk:entry:";
const THENABLE_ENTRY: &str = "\0routewerk:thenable:";

/// What the plugin knows about an entry.
#[derive(Clone, Debug, Default)]
pub(crate) struct EntryInfo {
    /// The route's pattern; `None` for an entry that is no route.
    pub(crate) pattern: Option<String>,
    /// The names that a `CommonJS` entry exports.
    pub(crate) commonjs_exports: Option<Vec<String>>,
    /// Whether an ES module exports the name `then`: `import()` would call it, and never be done.
    pub(crate) is_thenable: bool,
}

/// The plugin of one build.
#[derive(Debug)]
pub(crate) struct RoutePlugin {
    pub(crate) resolver: Arc<ProjectResolver>,
    pub(crate) graph: Arc<ModuleGraph>,
    /// By the entry's file.
    pub(crate) entries: FxHashMap<String, EntryInfo>,
    /// Where the output's code is going to lie.
    pub(crate) server_folder: PathBuf,
    pub(crate) runtime: Runtime,
    pub(crate) cache_components: bool,
    /// `None` where nothing is kept: in the modules that next.config names.
    pub(crate) use_cache: Option<UseCache>,
    pub(crate) experimental_decorators: bool,
}

/// The id under which an entry is given to the bundler.
pub(crate) fn entry_id(file: &str, info: &EntryInfo) -> String {
    if info.commonjs_exports.is_some() {
        format!("{COMMONJS_ENTRY}{file}")
    } else if info.is_thenable {
        format!("{THENABLE_ENTRY}{file}")
    } else {
        file.to_owned()
    }
}

impl RoutePlugin {
    fn project_root(&self) -> &Path {
        &self.resolver.settings().project_root
    }

    /// The bundler's id for what an import leads to, and the edge of the graph.
    fn output_of(
        &self,
        specifier: &str,
        kind: RequestKind,
        resolved: Result<Resolved, BuildError>,
    ) -> (HookResolveIdOutput, Target) {
        let module = |id: String| (HookResolveIdOutput::from_id(id.as_str()), Target::Module(id));
        match resolved {
            Ok(Resolved::File(file)) => file_output(specifier, &file),
            Ok(Resolved::Empty) => (HookResolveIdOutput::from_id(EMPTY), Target::Harmless),
            Ok(Resolved::Runtime(served)) => {
                let prefix = if kind == RequestKind::Require { NEXT_REQUIRE } else { NEXT_IMPORT };
                let mut output = HookResolveIdOutput::from_id(format!("{prefix}{served}").as_str());
                output.side_effects = Some(HookSideEffects::False);
                (output, Target::Next(served))
            }
            Ok(Resolved::Builtin(name)) => {
                let mut output = outside(&name);
                output.side_effects = Some(HookSideEffects::False);
                (output, Target::Harmless)
            }
            Ok(Resolved::Url(url)) => (outside(&url), Target::Harmless),
            Ok(Resolved::EdgeRefused(specifier)) => {
                let prefix = if kind == RequestKind::Require { EDGE_REQUIRE } else { EDGE_IMPORT };
                let error = BuildError::new(BuildErrorKind::EdgeBuiltin { specifier: specifier.clone() });
                let output = HookResolveIdOutput::from_id(format!("{prefix}{specifier}").as_str());
                (output, Target::Refused(Box::new(error)))
            }
            Ok(Resolved::External(external)) => {
                let name = PackagePlace::of(&external.path).map(|package| package.name);
                let request = self.request_of(&external);
                let by_import = kind != RequestKind::Require && external.format == ExternalFormat::Module;
                if by_import {
                    self.graph.add_imported_module(name.as_deref());
                }
                let target = Target::External(name);
                let output = if by_import || kind == RequestKind::Require {
                    outside(&request)
                } else {
                    // `require` inside a module of its own gives `import` every property of `module.exports`, and not only
                    // those that Node.js guesses from the text.
                    HookResolveIdOutput::from_id(format!("{EXTERNAL}{request}").as_str())
                };
                (output, target)
            }
            Err(error) => {
                let (output, _) = module(format!("{MISSING}{specifier}"));
                (output, Target::Missing(Box::new(error)))
            }
        }
    }

    /// What an output file writes to load an external.
    fn request_of(&self, external: &External) -> String {
        match &external.reach {
            ExternalReach::Specifier(specifier) => specifier.clone(),
            ExternalReach::Path => relative_request(&self.server_folder, &external.path),
        }
    }

    /// Notes what the module uses that is not there at the edge.
    fn check_edge_code(&self, file: &Path, text: &str, program: &Program<'_>) {
        let at = |(kind, span): (BuildErrorKind, Span)| {
            let (start, end) = (span.start as usize, span.end as usize);
            BuildError::new(kind).or_at(|| Location::in_source(self.project_root(), file, text, start, end))
        };
        let found = check_edge_code(program);
        found.errors.into_iter().map(at).for_each(|error| self.graph.add_failure(error));
        self.graph.add_warnings(found.warnings.into_iter().map(at));
    }

    /// The text of a file that has functions with `'use cache'`. It is loaded so, and not transformed later, because then the maps
    /// lead to it: its lines are those of the file.
    fn cached_text(&self, id: &str) -> Option<String> {
        let file = Path::new(id);
        let is_script = file
            .extension()
            .and_then(|extension| extension.to_str())
            .is_some_and(|extension| matches!(extension, "js" | "jsx" | "mjs" | "cjs" | "ts" | "tsx" | "mts" | "cts"));
        let settings = self.use_cache.as_ref().filter(|_| is_script && !id.starts_with('\0'))?;
        // What cannot be read is told by whoever loads it otherwise.
        let text = std::fs::read_to_string(file).ok()?;
        match wrap_cached(settings, self.project_root(), file, &text) {
            Ok(wrapped) => wrapped,
            Err(errors) => {
                for error in errors {
                    self.graph.add_failure(error);
                }
                None
            }
        }
    }

    fn commonjs_entry(&self, file: &str) -> Option<String> {
        use std::fmt::Write as _;
        let names = self.entries.get(file)?.commonjs_exports.as_ref()?;
        let mut code = format!("import * as entry from {};\n", serde_json::json!(file));
        for name in names {
            let _ = writeln!(code, "const _{name} = entry.{name};\nexport {{ _{name} as {name} }};");
        }
        Some(code)
    }
}

/// The bundler's id for a file, by its kind.
fn file_output(specifier: &str, file: &ResolvedFile) -> (HookResolveIdOutput, Target) {
    let id = file.path.display().to_string();
    let extension = file.path.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
    match extension {
        "ts" | "tsx" | "mts" | "cts" | "js" | "jsx" | "mjs" | "cjs" | "json" => {
            let mut output = HookResolveIdOutput::from_id(id.as_str());
            if file.side_effects == Some(false) {
                output.side_effects = Some(HookSideEffects::False);
            }
            (output, Target::Module(id))
        }
        // Styles mean nothing on the server; Next.js accepts them there, and a module of class names is an object.
        "css" | "scss" | "sass" | "less" => {
            (HookResolveIdOutput::from_id(format!("{STYLE}{id}").as_str()), Target::Harmless)
        }
        "wasm" => {
            let id = if file.query == "?module" { format!("{id}?module") } else { id };
            (HookResolveIdOutput::from_id(id.as_str()), Target::Module(id))
        }
        other => {
            let extension = if other.is_empty() { String::new() } else { format!(".{other}") };
            let error = BuildError::new(BuildErrorKind::UnknownModuleType { extension });
            let output = HookResolveIdOutput::from_id(format!("{MISSING}{specifier}").as_str());
            (output, Target::Missing(Box::new(error)))
        }
    }
}

/// The bundler's helper functions with two differences.
///
/// Next.js gives every importer the `default` of an `__esModule` alike, while the bundler gives importers with the extension
/// .mjs the whole of `module.exports`, as Node.js does. And a `CommonJS` module that throws is forgotten, as in Node.js:
/// the next `require` runs it again instead of returning what it had exported until then.
fn patched_helpers(code: &str) -> Result<String, String> {
    const INTEROP: (&str, &str) = ("isNodeMode || !mod ||", "!mod ||");
    const COMMONJS: (&str, &str) = (
        "export var __commonJSMin = (cb, mod) => () => (\n  mod || (cb((mod = { exports: {} }).exports, mod), cb = null), \
         mod.exports\n);",
        "export var __commonJSMin = (cb, mod) => () => {\n  if (!mod) {\n    mod = { exports: {} };\n    try {\n      \
         cb(mod.exports, mod);\n    } catch (error) {\n      mod = undefined;\n      throw error;\n    }\n    \
         cb = null;\n  }\n  return mod.exports;\n};",
    );
    let mut patched = code.to_owned();
    for (before, after) in [INTEROP, COMMONJS] {
        if !patched.contains(before) {
            return Err(format!("the bundler's helper functions are not those of its pinned version: no `{before}`"));
        }
        patched = patched.replace(before, after);
    }
    Ok(patched)
}

/// A module that is loaded at run time under this very name.
fn outside(request: &str) -> HookResolveIdOutput {
    HookResolveIdOutput {
        id: request.into(),
        external: Some(ResolvedExternal::Bool(true)),
        normalize_external_id: Some(false),
        ..HookResolveIdOutput::default()
    }
}

/// A file as a specifier relative to a folder, with `/` between its parts.
pub(crate) fn relative_request(folder: &Path, file: &Path) -> String {
    let shared = folder.components().zip(file.components()).take_while(|(one, other)| one == other).count();
    let mut parts: Vec<String> = folder.components().skip(shared).map(|_| "..".to_owned()).collect();
    if parts.is_empty() {
        parts.push(".".to_owned());
    }
    parts.extend(file.components().skip(shared).map(|part| part.as_os_str().to_string_lossy().into_owned()));
    parts.join("/")
}

fn request_kind(kind: ImportKind) -> RequestKind {
    match kind {
        ImportKind::DynamicImport => RequestKind::DynamicImport,
        ImportKind::Require => RequestKind::Require,
        ImportKind::NewUrl => RequestKind::Url,
        ImportKind::Import | ImportKind::AtImport | ImportKind::UrlImport | ImportKind::HotAccept => {
            RequestKind::Import
        }
    }
}

/// Copies the files that a module names, and compiles its worker threads' modules.
struct Emitter<'call> {
    context: &'call PluginContext,
    graph: &'call ModuleGraph,
    module: &'call Path,
}

impl Emitter<'_> {
    fn emit(&self, file: &Path) -> Option<String> {
        match emit_asset(self.context, file) {
            Ok(url) => {
                self.graph.add_asset(file.to_path_buf());
                Some(url)
            }
            Err(error) => {
                self.graph.add_failure(error);
                None
            }
        }
    }
}

/// Copies a file beside the output; gives its URL relative to the output's code.
fn emit_asset(context: &PluginContext, file: &Path) -> Result<String, BuildError> {
    let bytes = std::fs::read(file).map_err(|error| BuildError::unreadable(file, &error))?;
    let stem = file.file_stem().map(|stem| stem.to_string_lossy()).unwrap_or_default();
    let extension = file.extension().map(|extension| format!(".{}", extension.to_string_lossy())).unwrap_or_default();
    // Names go into URLs and onto other people's disks: only what is plain everywhere is kept of them.
    let plain = |text: &str| -> String {
        text.chars().map(|c| if c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_') { c } else { '_' }).collect()
    };
    let name = format!("assets/{}-{:016x}{}", plain(&stem), stable_hash(&bytes), plain(&extension));
    let asset = EmittedAsset {
        name: None,
        original_file_name: None,
        file_name: Some(format!("{SERVER_FOLDER}/{name}").into()),
        source: bytes.into(),
    };
    context
        .emit_file(asset, None, None)
        .map_err(|error| BuildError::new(BuildErrorKind::Bundler { message: error.to_string() }))?;
    Ok(format!("./{name}"))
}

impl Assets for Emitter<'_> {
    fn copy(&mut self, path: &str) -> Option<String> {
        let file = file_beside(self.module, path)?;
        let rest = &path[path_of_url(path).len()..];
        self.emit(&file).map(|url| format!("{url}{rest}"))
    }

    fn compile(&mut self, path: &str) -> Option<String> {
        let file = file_beside(self.module, path)?;
        let id = file.display().to_string();
        let name = format!("worker-{:016x}.mjs", stable_hash(id.as_bytes()));
        let chunk = EmittedChunk {
            name: None,
            file_name: Some(format!("{SERVER_FOLDER}/{name}").into()),
            id,
            importer: None,
            preserve_entry_signatures: None,
        };
        match self.context.emit_chunk(chunk) {
            Ok(_) => Some(format!("./{name}")),
            Err(error) => {
                self.graph.add_failure(BuildError::new(BuildErrorKind::Bundler { message: error.to_string() }));
                None
            }
        }
    }
}

impl Plugin for RoutePlugin {
    fn name(&self) -> Cow<'static, str> {
        Cow::Borrowed("routewerk:routes")
    }

    fn register_hook_usage(&self) -> HookUsage {
        HookUsage::ResolveId | HookUsage::Load | HookUsage::Transform | HookUsage::TransformAst | HookUsage::Intro
    }

    async fn resolve_id(&self, _context: &PluginContext, args: &HookResolveIdArgs<'_>) -> HookResolveIdReturn {
        let specifier = args.specifier;
        let Some(importer) = args.importer else {
            // Entries and worker threads are named by their files.
            return Ok(Some(HookResolveIdOutput::from_id(specifier)));
        };
        if importer.starts_with(EXTERNAL) {
            return Ok(Some(outside(specifier)));
        }
        if importer.starts_with(COMMONJS_ENTRY) || importer.starts_with(THENABLE_ENTRY) {
            let edge = Edge {
                specifier: specifier.to_owned(),
                kind: RequestKind::Import,
                target: Target::Module(specifier.to_owned()),
            };
            self.graph.add_edge(importer, edge);
            return Ok(Some(HookResolveIdOutput::from_id(specifier)));
        }
        if importer.starts_with('\0') {
            return Ok(None);
        }
        let importer_file = importer.split('?').next().unwrap_or(importer);
        let kind = request_kind(args.kind);
        let resolved = self.resolver.resolve(Path::new(importer_file), specifier, kind);
        let (output, target) = self.output_of(specifier, kind, resolved);
        self.graph.add_edge(importer, Edge { specifier: specifier.to_owned(), kind, target });
        Ok(Some(output))
    }

    async fn load(&self, context: SharedLoadPluginContext, args: &HookLoadArgs<'_>) -> HookLoadReturn {
        let code = |text: String| {
            Ok(Some(HookLoadOutput {
                code: text.into(),
                module_type: Some(ModuleType::Js),
                ..HookLoadOutput::default()
            }))
        };
        let id = args.id;
        let modules = &self.resolver.settings().next_modules;
        if id == EMPTY {
            return code("module.exports = {};\n".to_owned());
        }
        if id.starts_with(STYLE) {
            return code("export default {};\n".to_owned());
        }
        if let Some(specifier) = id.strip_prefix(MISSING) {
            // `module` first: behind a `throw` it would be dropped, and with it what makes this module `CommonJS`.
            let message = serde_json::json!(format!("Cannot find module '{specifier}'"));
            return code(format!(
                "module.exports = {{}};\nthrow Object.assign(new Error({message}), {{ code: 'MODULE_NOT_FOUND' }});\n"
            ));
        }
        if let Some(specifier) = id.strip_prefix(EDGE_IMPORT) {
            return code(refusing_module(specifier, false));
        }
        if let Some(specifier) = id.strip_prefix(EDGE_REQUIRE) {
            return code(refusing_module(specifier, true));
        }
        if let Some(request) = id.strip_prefix(EXTERNAL) {
            return code(format!("module.exports = require({});\n", serde_json::json!(request)));
        }
        if let Some(text) = id.strip_prefix(NEXT_IMPORT).and_then(|served| modules.import_stand_in(served)) {
            return code(text);
        }
        if let Some(text) = id.strip_prefix(NEXT_REQUIRE).and_then(|served| modules.require_stand_in(served)) {
            return code(text);
        }
        if let Some(text) = id.strip_prefix(COMMONJS_ENTRY).and_then(|file| self.commonjs_entry(file)) {
            return code(text);
        }
        if let Some(file) = id.strip_prefix(THENABLE_ENTRY) {
            // A module's own export wins over a name that comes with `export *`.
            return code(format!("export * from {};\nexport const then = undefined;\n", serde_json::json!(file)));
        }
        let (path, query) = id.split_once('?').unwrap_or((id, ""));
        let file = Path::new(path);
        if file.extension().is_some_and(|extension| extension == "wasm") && !id.starts_with('\0') {
            let built = emit_asset(&context, file).and_then(|url| {
                self.graph.add_asset(file.to_path_buf());
                let bytes = std::fs::read(file).map_err(|error| BuildError::unreadable(file, &error))?;
                wasm_module(&url, &bytes, query == "module", || shown_path(self.project_root(), file))
            });
            return match built {
                Ok(text) => code(text),
                Err(error) => {
                    self.graph.add_failure(error);
                    code("export default {};\n".to_owned())
                }
            };
        }
        Ok(self.cached_text(id).map(|text| HookLoadOutput { code: text.into(), ..HookLoadOutput::default() }))
    }

    async fn transform(
        &self,
        _context: SharedTransformPluginContext,
        args: &HookTransformArgs<'_>,
    ) -> HookTransformReturn {
        if args.id == RUNTIME_MODULE_KEY {
            let code = patched_helpers(args.code).map_err(anyhow::Error::msg)?;
            return Ok(Some(HookTransformOutput { code: Some(code), ..HookTransformOutput::default() }));
        }
        let is_script = matches!(args.module_type, ModuleType::Js | ModuleType::Jsx | ModuleType::Ts | ModuleType::Tsx);
        if is_script
            && !args.id.starts_with('\0')
            && !self.entries.contains_key(args.id)
            && let Some(stand_in) = client_stand_in(&self.resolver, Path::new(args.id), args.code)
        {
            return Ok(Some(HookTransformOutput {
                code: Some(stand_in.code),
                module_type: Some(ModuleType::Js),
                ..HookTransformOutput::default()
            }));
        }
        // JSX is allowed in the user's own .js files.
        let is_own_script = matches!(args.module_type, ModuleType::Js)
            && !args.id.starts_with('\0')
            && PackagePlace::of(Path::new(args.id)).is_none();
        Ok(is_own_script
            .then(|| HookTransformOutput { module_type: Some(ModuleType::Jsx), ..HookTransformOutput::default() }))
    }

    async fn transform_ast(&self, context: &PluginContext, args: HookTransformAstArgs<'_>) -> HookTransformAstReturn {
        let mut ast = args.ast;
        // What was not written by the user has no place and no facts.
        let is_generated = args.id.starts_with('\0') || args.id.contains(".wasm");
        if is_generated || matches!(args.module_type, ModuleType::Json) {
            return Ok(ast);
        }
        let file = Path::new(args.id);
        let text = ast.source().to_string();
        if let Some(pattern) = self.entries.get(args.id).and_then(|entry| entry.pattern.as_deref()) {
            let source = SegmentSource {
                project_root: self.project_root(),
                file,
                text: &text,
                pattern,
                cache_components: self.cache_components,
            };
            self.graph.add_segment(args.id, read_segment_config(source, ast.program()));
        }
        let mut facts = ModuleFacts::of(ast.program());
        if !facts.is_esm && may_have_suffixed_names(&text) {
            ast.program.with_mut(|fields| rename_suffixed(fields.program, fields.allocator));
        }
        if let Some((kind, start, end)) = facts.decorator_error(self.experimental_decorators) {
            let place = || Location::in_source(self.project_root(), file, &text, start, end);
            self.graph.add_failure(BuildError::new(kind).or_at(place));
        }
        if self.runtime == Runtime::Edge && PackagePlace::of(file).is_none() {
            self.check_edge_code(file, &text, ast.program());
        }
        if facts.computed_requests > 0 {
            let computed =
                ast.program.with_mut(|fields| rewrite_computed(fields.program, fields.allocator, &self.resolver, file));
            facts.loads_unknown_modules |= computed.closed < facts.computed_requests;
            // Packages look for modules that nobody has to install.
            if PackagePlace::of(file).is_none() {
                computed.errors.into_iter().for_each(|error| self.graph.add_failure(error));
                self.graph.add_warnings(computed.warnings);
            }
        }
        self.graph.add_facts(args.id, facts);
        if may_name_its_place(&text) {
            let names = PlaceNames::of(&shown_path(self.project_root(), file));
            let mut emitter = Emitter { context, graph: &self.graph, module: file };
            let used = ast.program.with_mut(|fields| rewrite(fields.program, fields.allocator, &names, &mut emitter));
            if used.is_any() {
                self.graph.add_place(args.id, used);
            }
        }
        Ok(ast)
    }

    async fn intro(&self, _context: &PluginContext, args: &HookAddonArgs) -> HookInjectionOutputReturn {
        let mut code = String::new();
        for id in &args.chunk.module_ids {
            let used = self.graph.place(id.as_str());
            if !used.is_any() {
                continue;
            }
            if code.is_empty() {
                code.push_str(PLACE_IMPORT);
            }
            let file = Path::new(id.as_str());
            let names = PlaceNames::of(&shown_path(self.project_root(), file));
            code.push_str(&names.statements(&relative_request(&self.server_folder, file), used));
        }
        Ok((!code.is_empty()).then_some(code))
    }
}
