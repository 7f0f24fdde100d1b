//! Compiles one script of a project (next.config.ts) with the local files that it imports, for a process that runs
//! it once.
//!
//! Packages stay where they are and Node.js loads them; files of the project (relative imports, aliases of
//! tsconfig.json, packages of the workspace) become part of the text. `__dirname`, `__filename` and `import.meta` keep the
//! value that they have in the file where they stand. Nothing is written.

use std::borrow::Cow;
use std::path::Path;
use std::sync::Arc;

use rolldown::plugin::{
    HookResolveIdArgs, HookResolveIdOutput, HookResolveIdReturn, HookTransformArgs, HookTransformOutput,
    HookTransformReturn, HookUsage, Plugin, PluginContext, SharedTransformPluginContext,
};
use rolldown::{BundlerOptions, CodeSplittingMode, InputItem, OutputFormat, Platform, SourceMapType, TsConfig};
use rolldown_common::{ImportKind, Output, ResolvedExternal};
use rolldown_error::{BuildDiagnostic, DiagnosticOptions};

use crate::bundler::run_bundler;
use crate::code_frame::Location;
use crate::error::{BuildError, BuildErrorKind};
use crate::next_modules::NextModules;
use crate::resolve::{ProjectResolver, RequestKind, ResolveSettings, Resolved};
use crate::transform::transform_options;

/// The module format of a compiled script.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScriptFormat {
    /// `require` and `module.exports`: imports of `CommonJS` packages behave as compilers have them.
    CommonJs,
    /// `import` and `export`: ES modules can be imported, and `await` may stand outside of functions.
    EsModule,
}

/// Compiles a script; the text ends with its source map, which is right in files of `out_dir`. Blocks.
///
/// # Errors
/// What is wrong with the script or the files that it imports.
pub fn compile_script(
    project_root: &Path,
    script: &Path,
    format: ScriptFormat,
    out_dir: &Path,
) -> Result<String, Vec<BuildError>> {
    let resolver = ProjectResolver::new(ResolveSettings {
        project_root: project_root.to_path_buf(),
        tsconfig: None,
        server_external_packages: Vec::new(),
        transpile_packages: Vec::new(),
        development: false,
        next_modules: NextModules::default(),
    });
    let options = BundlerOptions {
        input: Some(vec![InputItem { name: Some("script".to_owned()), import: script.display().to_string() }]),
        cwd: Some(project_root.to_path_buf()),
        // The paths in the source map are relative to it.
        dir: Some(out_dir.display().to_string()),
        platform: Some(Platform::Node),
        format: Some(match format {
            ScriptFormat::CommonJs => OutputFormat::Cjs,
            ScriptFormat::EsModule => OutputFormat::Esm,
        }),
        code_splitting: Some(CodeSplittingMode::Bool(false)),
        sourcemap: Some(SourceMapType::Inline),
        tsconfig: Some(TsConfig::Auto(false)),
        transform: Some(transform_options(None, false)),
        ..BundlerOptions::default()
    };
    let plugin = LocalFiles { resolver };
    let output = run_bundler(options, vec![Arc::new(plugin)])
        .map_err(|diagnostics| diagnostics.iter().map(|found| describe(found, project_root)).collect::<Vec<_>>())?;
    let entry = output.assets.iter().find_map(|asset| match asset {
        Output::Chunk(chunk) if chunk.is_entry => Some(chunk.code.clone()),
        Output::Chunk(_) | Output::Asset(_) => None,
    });
    entry.ok_or_else(|| {
        vec![BuildError::new(BuildErrorKind::Bundler { message: "the script has no output".to_owned() })]
    })
}

/// Takes in the files of the project and leaves everything else outside.
#[derive(Debug)]
struct LocalFiles {
    resolver: ProjectResolver,
}

impl Plugin for LocalFiles {
    fn name(&self) -> Cow<'static, str> {
        Cow::Borrowed("routewerk:local-files")
    }

    fn register_hook_usage(&self) -> HookUsage {
        HookUsage::ResolveId | HookUsage::Transform
    }

    async fn resolve_id(&self, _context: &PluginContext, args: &HookResolveIdArgs<'_>) -> HookResolveIdReturn {
        // Nothing is said about the package that a file lies in: with `"type": "module"` the imports of CommonJS
        // packages would follow the rules of Node.js, and Next.js compiles them otherwise.
        let Some(importer) = args.importer else { return Ok(Some(HookResolveIdOutput::from_id(args.specifier))) };
        let kind = match args.kind {
            ImportKind::Require => RequestKind::Require,
            ImportKind::DynamicImport => RequestKind::DynamicImport,
            _ => RequestKind::Import,
        };
        let outside = |id: &str| HookResolveIdOutput {
            id: id.into(),
            external: Some(ResolvedExternal::Bool(true)),
            ..HookResolveIdOutput::default()
        };
        // What is not found is left to the runtime: its error names the line that asks.
        Ok(Some(match self.resolver.resolve(Path::new(importer), args.specifier, kind) {
            Ok(Resolved::File(file)) if !is_package(&file.path) => {
                HookResolveIdOutput::from_id(file.path.display().to_string())
            }
            Ok(Resolved::Builtin(name)) => outside(&name),
            Ok(_) | Err(_) => outside(args.specifier),
        }))
    }

    async fn transform(
        &self,
        _context: SharedTransformPluginContext,
        args: &HookTransformArgs<'_>,
    ) -> HookTransformReturn {
        Ok(with_own_place(args.code, Path::new(args.id))
            .map(|code| HookTransformOutput { code: Some(code), ..HookTransformOutput::default() }))
    }
}

/// Gives a file the names that tell it where it is; `None` if it does not use them. Lines stay where they are.
fn with_own_place(code: &str, file: &Path) -> Option<String> {
    let path = file.display().to_string();
    let folder = file.parent().unwrap_or(Path::new("/")).display().to_string();
    let names = [
        ("import.meta.filename", quoted(&path)),
        ("import.meta.dirname", quoted(&folder)),
        ("import.meta.url", format!("new URL({}).href", quoted(&format!("file://{}", url_path(&path))))),
    ];
    let mut replaced = Cow::Borrowed(code);
    for (name, value) in names {
        if replaced.contains(name) {
            replaced = Cow::Owned(replaced.replace(name, &value));
        }
    }
    let mut head = String::new();
    for (name, value) in [("__filename", &path), ("__dirname", &folder)] {
        if code.contains(name) {
            head.push_str("const ");
            head.push_str(name);
            head.push_str(" = ");
            head.push_str(&quoted(value));
            head.push_str("; ");
        }
    }
    match (head.is_empty(), replaced) {
        (true, Cow::Borrowed(_)) => None,
        (_, replaced) => Some(head + &replaced),
    }
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// A path as it stands in a URL.
fn url_path(path: &str) -> String {
    path.replace('%', "%25").replace('?', "%3F").replace('#', "%23")
}

fn is_package(path: &Path) -> bool {
    path.components().any(|part| part.as_os_str() == "node_modules")
}

/// A complaint of the bundler, with its place where it has one.
fn describe(found: &BuildDiagnostic, root: &Path) -> BuildError {
    let options = DiagnosticOptions { cwd: root.to_path_buf() };
    let diagnostic = found.to_diagnostic_with(&options);
    let text = found.to_message_with(&options);
    let mut lines = text.lines();
    let message = lines.next().unwrap_or_default().to_owned();
    let help = Some(lines.collect::<Vec<_>>().join("\n")).filter(|help| !help.trim().is_empty());
    let error = BuildError::new(BuildErrorKind::Syntax { message, help });
    let Some((file, line, column, _)) = diagnostic.get_primary_location() else { return error };
    let file = root.join(file);
    error.or_at(|| match std::fs::read_to_string(&file) {
        Ok(source) => Location::at_line(root, &file, &source, line, column + 1),
        Err(_) => Location::whole_file(root, &file),
    })
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;

    fn project(files: &[(&str, &str)]) -> (tempfile::TempDir, PathBuf) {
        let directory = tempfile::tempdir().expect("a directory");
        let root = directory.path().canonicalize().expect("it exists");
        for (name, text) in files {
            let path = root.join(name);
            std::fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
            std::fs::write(path, text).expect("a file");
        }
        (directory, root)
    }

    #[test]
    fn local_files_come_in_and_packages_stay_outside() {
        let (_directory, root) = project(&[
            (
                "next.config.ts",
                "import { a } from './lib/a'\nimport { b } from '@/b'\nimport pkg from 'pkg'\nimport fs from \
              'fs'\nexport default { a, b, pkg, fs, here: import.meta.url }\n",
            ),
            ("lib/a.ts", "export const a: string = __dirname\n"),
            ("src/b.ts", "export const b = import.meta.dirname as string\n"),
            ("tsconfig.json", "{ \"compilerOptions\": { \"paths\": { \"@/*\": [\"./src/*\"] } } }"),
            ("node_modules/pkg/index.js", "module.exports = 1\n"),
        ]);
        let code =
            compile_script(&root, &root.join("next.config.ts"), ScriptFormat::CommonJs, &root).expect("it compiles");
        let root = root.display();
        assert!(code.contains(&format!("\"{root}/lib\"")), "{code}");
        assert!(code.contains(&format!("\"{root}/src\"")), "{code}");
        assert!(code.contains(&format!("file://{root}/next.config.ts")), "{code}");
        assert!(code.contains("require(\"pkg\")") && code.contains("require(\"node:fs\")"), "{code}");
        assert!(code.contains("sourceMappingURL=data:"), "{code}");
    }

    #[test]
    fn a_syntax_error_names_its_line() {
        let (_directory, root) = project(&[("next.config.ts", "export default {\n  a: 1,,\n}\n")]);
        let errors = compile_script(&root, &root.join("next.config.ts"), ScriptFormat::EsModule, &root)
            .expect_err("it is broken");
        let place = errors[0].location().expect("a place");
        assert_eq!((place.shown.as_str(), place.line), ("./next.config.ts", 2), "{}", errors[0]);
    }
}
