//! The worker's runtime: its TypeScript sources, held in this crate as text, and the file that they become: one for
//! production, and one beside it with what only development needs.
//!
//! The product's own bundler makes `worker.cjs` when `build` or `dev` runs, so there is no second toolchain and nothing to
//! install. Runs in memory from the sources to the output; only the output is written.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::hash::{Hash, Hasher};
use std::path::Path;
use std::sync::Arc;

use rolldown::plugin::{
    HookLoadArgs, HookLoadOutput, HookLoadReturn, HookResolveIdArgs, HookResolveIdOutput, HookResolveIdReturn,
    HookUsage, Plugin, PluginContext, SharedLoadPluginContext,
};
use rolldown::{
    BundlerOptions, CodeSplittingMode, InputItem, ModuleType, OutputFormat, Platform, SourceMapType, TsConfig,
};
use rolldown_common::Output;

use crate::bundler::{absolute_output, run_bundler};
use crate::error::{BuildError, BuildErrorKind};
use crate::next_modules::NextModules;
use crate::transform::transform_options;

/// Every file, by its path below `runtime/`.
static EMBEDDED: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/runtime_files.rs"));

/// The folder that the runtime's files seem to lie in: what a stack trace shows.
const ROOT: &str = "/routewerk-runtime/";
/// The file that starts a worker.
const ENTRY: &str = "main.ts";
/// The file that development loads besides.
const DEVELOPMENT_ENTRY: &str = "loader/development.ts";
/// The table of served `next/*` modules.
const EXPORTS: &str = "next/exports.json";

/// The sources of a worker's runtime.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuntimeSources {
    files: BTreeMap<Cow<'static, str>, Cow<'static, str>>,
}

impl RuntimeSources {
    /// The sources that this crate holds.
    pub fn embedded() -> Self {
        let own = |(name, text): &(&'static str, &'static str)| (Cow::Borrowed(*name), Cow::Borrowed(*text));
        Self { files: EMBEDDED.iter().map(own).collect() }
    }

    /// Other sources, as pairs of a path (`channel/frames.ts`) and a text.
    pub fn from_files(files: impl IntoIterator<Item = (String, String)>) -> Self {
        Self { files: files.into_iter().map(|(name, text)| (Cow::Owned(name), Cow::Owned(text))).collect() }
    }

    /// A number that changes with any of the sources and with this crate's version: whoever keeps a finished
    /// `worker.cjs` compares it.
    pub fn fingerprint(&self) -> u64 {
        let mut hasher = rustc_hash::FxHasher::default();
        env!("CARGO_PKG_VERSION").hash(&mut hasher);
        self.files.hash(&mut hasher);
        hasher.finish()
    }

    /// The table of the `next/*` modules that the runtime serves.
    ///
    /// # Errors
    /// The table is missing or is not what it should be.
    pub fn next_modules(&self) -> Result<NextModules, BuildError> {
        let broken = |message: String| BuildError::new(BuildErrorKind::Bundler { message });
        let text = self.files.get(EXPORTS).ok_or_else(|| broken(format!("the runtime has no `{EXPORTS}`")))?;
        NextModules::from_json(text).map_err(|error| broken(format!("the runtime's `{EXPORTS}` is broken: {error}")))
    }

    /// Bundles the runtime into one `CommonJS` file, with its source map beside it. Blocks; both files are written
    /// aside and renamed.
    ///
    /// # Errors
    /// The sources do not compile, or a file cannot be written.
    pub fn bundle_to(&self, out_file: &Path) -> Result<(), Vec<BuildError>> {
        self.bundle(ENTRY, out_file)
    }

    /// The same for development: `worker.cjs`, and before it `worker-dev.cjs`, which it loads.
    ///
    /// # Errors
    /// Those of [`bundle_to`](Self::bundle_to).
    pub fn bundle_for_development_to(&self, out_file: &Path) -> Result<(), Vec<BuildError>> {
        // `runtime/loader/files.ts` looks for this name.
        let stem = out_file.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
        self.bundle(DEVELOPMENT_ENTRY, &out_file.with_file_name(format!("{stem}-dev.cjs")))?;
        self.bundle(ENTRY, out_file)
    }

    fn bundle(&self, entry: &str, out_file: &Path) -> Result<(), Vec<BuildError>> {
        let out_file = absolute_output(out_file).map_err(|error| vec![error])?;
        let folder = out_file.parent().unwrap_or(Path::new("/")).to_path_buf();
        let name = out_file.file_name().and_then(|name| name.to_str()).unwrap_or("worker.cjs").to_owned();
        let options = BundlerOptions {
            input: Some(vec![InputItem { name: Some("worker".to_owned()), import: format!("{ROOT}{entry}") }]),
            cwd: Some(folder.clone()),
            dir: Some(folder.display().to_string()),
            entry_filenames: Some(name.clone().into()),
            platform: Some(Platform::Node),
            format: Some(OutputFormat::Cjs),
            code_splitting: Some(CodeSplittingMode::Bool(false)),
            sourcemap: Some(SourceMapType::File),
            tsconfig: Some(TsConfig::Auto(false)),
            transform: Some(transform_options(None, false)),
            ..BundlerOptions::default()
        };
        let plugin = EmbeddedFiles { files: self.files.clone() };
        let output = run_bundler(options, vec![Arc::new(plugin)]).map_err(|diagnostics| {
            diagnostics
                .iter()
                .map(|diagnostic| {
                    let message = format!("the worker's runtime: {}", diagnostic.to_diagnostic());
                    BuildError::new(BuildErrorKind::Bundler { message })
                })
                .collect::<Vec<_>>()
        })?;
        let problems: Vec<_> = output
            .warnings
            .iter()
            .filter(|warning| matches!(warning.kind(), rolldown_error::EventKind::UnresolvedImport))
            .map(|warning| {
                let message = format!("the worker's runtime: {}", warning.to_diagnostic());
                BuildError::new(BuildErrorKind::Bundler { message })
            })
            .collect();
        if !problems.is_empty() {
            return Err(problems);
        }
        std::fs::create_dir_all(&folder).map_err(|error| vec![BuildError::unwritable(&folder, &error)])?;
        // The map first: whoever sees the code finds its map.
        let mut files: Vec<&Output> = output.assets.iter().collect();
        files.sort_by_key(|file| file.filename() == name);
        for file in files {
            let path = folder.join(file.filename());
            let is_code = file.filename() == name;
            let text = if is_code { ascii(file.content_as_bytes()) } else { Cow::Borrowed(file.content_as_bytes()) };
            write_aside(&path, &text).map_err(|error| vec![error])?;
        }
        Ok(())
    }
}

/// The same script with escapes for what is not ASCII, which stands in texts alone: V8 holds a script that has a single
/// character above U+00FF with two bytes for each, here 200 KB in every worker.
fn ascii(code: &[u8]) -> Cow<'_, [u8]> {
    let Some(text) = std::str::from_utf8(code).ok().filter(|text| !text.is_ascii()) else { return Cow::Borrowed(code) };
    let mut escaped = String::with_capacity(text.len() + text.len() / 64);
    for character in text.chars() {
        if character.is_ascii() {
            escaped.push(character);
            continue;
        }
        for unit in character.encode_utf16(&mut [0; 2]) {
            // Writing to a string does not fail.
            let _ = write!(escaped, "\\u{unit:04x}");
        }
    }
    Cow::Owned(escaped.into_bytes())
}

/// Writes a file under another name and renames it, so that nobody ever reads half of it.
pub(crate) fn write_aside(path: &Path, content: &[u8]) -> Result<(), BuildError> {
    let mut aside = path.as_os_str().to_owned();
    aside.push(format!(".{}.tmp", std::process::id()));
    let aside = Path::new(&aside);
    std::fs::write(aside, content).map_err(|error| BuildError::unwritable(aside, &error))?;
    std::fs::rename(aside, path).map_err(|error| BuildError::unwritable(path, &error))
}

/// Gives the bundler the runtime's files from memory.
#[derive(Debug)]
struct EmbeddedFiles {
    files: BTreeMap<Cow<'static, str>, Cow<'static, str>>,
}

impl EmbeddedFiles {
    /// The file that `specifier` in `importer` names, as an id of the bundler.
    fn find(&self, specifier: &str, importer: Option<&str>) -> Option<String> {
        let name = match importer {
            None => specifier.strip_prefix(ROOT)?.to_owned(),
            Some(importer) if specifier.starts_with('.') => {
                let mut parts: Vec<&str> = importer.strip_prefix(ROOT)?.split('/').collect();
                parts.pop();
                for part in specifier.split('/') {
                    match part {
                        "." => {}
                        ".." => {
                            parts.pop()?;
                        }
                        part => parts.push(part),
                    }
                }
                parts.join("/")
            }
            Some(_) => return None,
        };
        self.files.contains_key(name.as_str()).then(|| format!("{ROOT}{name}"))
    }
}

impl Plugin for EmbeddedFiles {
    fn name(&self) -> Cow<'static, str> {
        Cow::Borrowed("routewerk:runtime")
    }

    fn register_hook_usage(&self) -> HookUsage {
        HookUsage::ResolveId | HookUsage::Load
    }

    async fn resolve_id(&self, _context: &PluginContext, args: &HookResolveIdArgs<'_>) -> HookResolveIdReturn {
        Ok(self.find(args.specifier, args.importer).map(HookResolveIdOutput::from_id))
    }

    async fn load(&self, _context: SharedLoadPluginContext, args: &HookLoadArgs<'_>) -> HookLoadReturn {
        let Some(text) = args.id.strip_prefix(ROOT).and_then(|name| self.files.get(name)) else { return Ok(None) };
        let module_type = if Path::new(args.id).extension().is_some_and(|end| end == "json") {
            ModuleType::Json
        } else {
            ModuleType::Ts
        };
        Ok(Some(HookLoadOutput {
            code: text.as_ref().into(),
            module_type: Some(module_type),
            ..HookLoadOutput::default()
        }))
    }
}
