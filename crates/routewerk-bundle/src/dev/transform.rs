//! One module's text: from what the user wrote to what the registry evaluates.
//!
//! Parse → check → TypeScript, JSX and newer syntax away → [`Rewriter`] → print → wrap. `CommonJS` text that needs none of
//! this is passed on as it is. Nothing here touches the disk or resolves a name.

use std::path::{Path, PathBuf};

use oxc::allocator::Allocator;
use oxc::ast::ast::Program;
use oxc::codegen::{Codegen, CodegenOptions, CommentOptions};
use oxc::diagnostics::{Diagnostics, OxcDiagnostic, Severity};
use oxc::parser::{ParseOptions, Parser};
use oxc::semantic::{Scoping, SemanticBuilder};
use oxc::span::SourceType;
use oxc::transformer::{TransformOptions, Transformer};
use oxc_transformer_plugins::{ReplaceGlobalDefines, ReplaceGlobalDefinesConfig};

use super::analysis::Analysis;
use super::esm::Rewriter;
use super::reply::ModuleKind;
use super::wrapper::{shift_mappings, wrap_cjs, wrap_esm};
use crate::code_frame::Location;
use crate::error::{BuildError, BuildErrorKind};
use crate::module_facts::ModuleFacts;
use crate::segment_config::Runtime;

/// What a module's text is transformed by.
pub(super) struct TransformInput<'s> {
    pub(super) project_root: &'s Path,
    pub(super) path: &'s Path,
    pub(super) source: &'s str,
    /// How TypeScript, JSX and newer syntax are compiled; `None` for plain JavaScript of packages.
    pub(super) options: Option<&'s TransformOptions>,
    /// What the file's extension or its package.json says; it decides where the syntax does not.
    pub(super) declared: Declared,
    /// What is written in place of `process.env.…`.
    pub(super) defines: Option<&'s ReplaceGlobalDefinesConfig>,
    /// For which routes the module is compiled.
    pub(super) runtime: Runtime,
}

/// The format that a file is declared to have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Declared {
    /// `.mjs`, `.mts`: nothing else is possible.
    Module,
    /// `.cjs`, `.cts`: nothing else is possible.
    CommonJs,
    /// `"type": "module"`: an ES module also where no import or export says so.
    LikelyModule,
    /// Nothing: the syntax decides.
    Unknown,
}

/// A transformed module.
#[derive(Debug)]
pub(super) struct Transformed {
    pub(super) kind: ModuleKind,
    pub(super) code: String,
    /// Empty when the lines of `code` are those of the source.
    pub(super) mappings: String,
    pub(super) analysis: Analysis,
}

/// Transforms one module of JavaScript or TypeScript.
///
/// # Errors
/// Every syntax error that was found, with its place; never empty.
pub(super) fn transform(input: &TransformInput<'_>) -> Result<Transformed, Vec<BuildError>> {
    let allocator = Allocator::default();
    let (mut program, is_module) = parse(&allocator, input)?;
    let semantic = SemanticBuilder::new().with_check_syntax_error(true).with_enum_eval(true).build(&program);
    if semantic.diagnostics.has_errors() {
        return Err(errors(input, semantic.diagnostics));
    }
    if let Some((kind, start, end)) = decorator_error(input, &program) {
        return Err(vec![BuildError::new(kind).or_at(|| place(input, start, end))]);
    }
    let mut scoping = semantic.semantic.into_scoping();
    let mut is_edited = false;
    if let Some(defines) = input.defines.filter(|_| input.runtime == Runtime::Edge || names_environment(input.source)) {
        let done = ReplaceGlobalDefines::new(&allocator, defines.clone()).build(scoping, &mut program);
        is_edited = done.changed;
        scoping = if done.changed {
            SemanticBuilder::new().with_enum_eval(true).build(&program).semantic.into_scoping()
        } else {
            done.scoping
        };
    }
    if let Some(options) = input.options {
        let done = Transformer::new(&allocator, input.path, options).build_with_scoping(scoping, &mut program);
        if done.diagnostics.has_errors() {
            return Err(errors(input, done.diagnostics));
        }
        scoping = done.scoping;
        is_edited = true;
    }
    let prefix = free_prefix(&scoping);
    let mut rewriter = Rewriter::new(&allocator, &scoping, &prefix);
    rewriter.rewrite(&mut program);
    let analysis = rewriter.analysis;
    if !analysis.assigned_imports.is_empty() {
        return Err(assigned(input, &analysis));
    }
    if !is_module && !is_edited && !analysis.is_edited {
        let code = wrap_cjs(input.source, None, false);
        return Ok(Transformed { kind: ModuleKind::Cjs, code, mappings: String::new(), analysis });
    }
    // A first line `#!…` is a comment only at the very start of a file.
    program.hashbang = None;
    let (body, mappings) = print(&program, input);
    if !is_module {
        let context = analysis.uses_context.then_some(prefix.as_str());
        let code = wrap_cjs(&format!("\n{body}"), context, analysis.globals.helpers);
        return Ok(Transformed { kind: ModuleKind::Cjs, code, mappings: shift_mappings(&mappings), analysis });
    }
    let kind = if analysis.has_top_level_await { ModuleKind::Async } else { ModuleKind::Esm };
    let code = wrap_esm(&body, &analysis, &prefix);
    Ok(Transformed { kind, code, mappings: shift_mappings(&mappings), analysis })
}

/// Decorators where the tsconfig does not say how to compile them.
fn decorator_error(input: &TransformInput<'_>, program: &Program<'_>) -> Option<(BuildErrorKind, usize, usize)> {
    let options = input.options.filter(|options| !options.decorator.legacy && input.source.contains('@'))?;
    ModuleFacts::of(program).decorator_error(options.decorator.legacy)
}

/// Whether there can be anything to write in place of.
fn names_environment(source: &str) -> bool {
    source.contains("process.env") || source.contains("import.meta.env")
}

/// Parses the text as what it is: a module if it has the syntax of one, else `CommonJS`, else (top-level await alone) a
/// module after all.
fn parse<'a>(allocator: &'a Allocator, input: &TransformInput<'a>) -> Result<(Program<'a>, bool), Vec<BuildError>> {
    let base = source_type(input.path, input.options.is_some());
    let options = ParseOptions { preserve_parens: false, ..ParseOptions::default() };
    let attempt =
        |source_type: SourceType| Parser::new(allocator, input.source, source_type).with_options(options).parse();
    let declared = match input.declared {
        Declared::Module => base.with_module(true),
        Declared::CommonJs => base.with_commonjs(true),
        Declared::LikelyModule | Declared::Unknown => base.with_unambiguous(true),
    };
    let first = attempt(declared);
    if !first.diagnostics.has_errors() && !first.panicked {
        let is_module = first.program.source_type.is_module() || input.declared == Declared::LikelyModule;
        return Ok((first.program, is_module));
    }
    if matches!(input.declared, Declared::LikelyModule | Declared::Unknown) && !first.module_record.has_module_syntax {
        for (source_type, is_module) in [(base.with_commonjs(true), false), (base.with_module(true), true)] {
            let again = attempt(source_type);
            if !again.diagnostics.has_errors() && !again.panicked {
                return Ok((again.program, is_module));
            }
        }
    }
    Err(errors(input, first.diagnostics))
}

/// The dialect of a file, by its extension. JSX is read in the project's JavaScript too, as Next.js does.
fn source_type(path: &Path, reads_jsx: bool) -> SourceType {
    match path.extension().and_then(|extension| extension.to_str()) {
        Some("ts" | "mts" | "cts") => SourceType::ts(),
        Some("tsx") => SourceType::tsx(),
        _ => SourceType::mjs().with_jsx(reads_jsx),
    }
}

/// A beginning of names that none of the module's own names has.
fn free_prefix(scoping: &Scoping) -> String {
    let mut prefix = "__rw".to_owned();
    let is_taken = |prefix: &str| {
        scoping.symbol_names().any(|name| name.starts_with(prefix))
            || scoping.root_unresolved_references().keys().any(|name| name.starts_with(prefix))
    };
    while is_taken(&prefix) {
        prefix.push('_');
    }
    prefix
}

fn print(program: &Program<'_>, input: &TransformInput<'_>) -> (String, String) {
    let options = CodegenOptions {
        comments: CommentOptions::disabled(),
        source_map_path: Some(PathBuf::from(input.path)),
        ..CodegenOptions::default()
    };
    let printed = Codegen::new().with_options(options).build(program);
    let mappings = printed.map.map(|map| map.to_json().mappings).unwrap_or_default();
    (printed.code, mappings)
}

/// The diagnostics of the parser as errors with their places.
fn errors(input: &TransformInput<'_>, diagnostics: Diagnostics) -> Vec<BuildError> {
    let mut found: Vec<BuildError> = diagnostics
        .into_iter()
        .filter(|diagnostic| diagnostic.severity == Severity::Error)
        .map(|diagnostic| error_of(input, &diagnostic))
        .collect();
    if found.is_empty() {
        let kind = BuildErrorKind::Syntax { message: "the file cannot be parsed".to_owned(), help: None };
        found.push(BuildError::new(kind).or_at(|| Location::whole_file(input.project_root, input.path)));
    }
    found
}

fn error_of(input: &TransformInput<'_>, diagnostic: &OxcDiagnostic) -> BuildError {
    let kind = BuildErrorKind::Syntax {
        message: diagnostic.message.to_string(),
        help: diagnostic.help.as_ref().map(ToString::to_string),
    };
    BuildError::new(kind).or_at(|| match diagnostic.labels.first() {
        Some(label) => {
            let start = label.offset() as usize;
            place(input, start, start + label.len() as usize)
        }
        None => Location::whole_file(input.project_root, input.path),
    })
}

fn assigned(input: &TransformInput<'_>, analysis: &Analysis) -> Vec<BuildError> {
    let one = |(name, start, end): &(String, u32, u32)| {
        let kind = BuildErrorKind::Syntax {
            message: format!("`{name}` is an import and cannot be assigned to"),
            help: Some("Export a function from the other module that sets the value there.".to_owned()),
        };
        BuildError::new(kind).or_at(|| place(input, *start as usize, *end as usize))
    };
    analysis.assigned_imports.iter().map(one).collect()
}

fn place(input: &TransformInput<'_>, start: usize, end: usize) -> Location {
    Location::in_source(input.project_root, input.path, input.source, start, end)
}
