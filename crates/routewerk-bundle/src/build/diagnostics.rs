//! The bundler's diagnostics in our words: with the file, the line, the excerpt and, where Next.js has one, its text.
//!
//! The bundler's own rendering is not shown: its positions are recovered and everything else is said anew.

use std::path::{Path, PathBuf};

use oxc::allocator::Allocator;
use oxc::parser::{ParseOptions, Parser};
use oxc::span::SourceType;
use rolldown_error::{BuildDiagnostic, DiagnosticOptions, EventKind};

use crate::build::graph::{ModuleGraph, place_of};
use crate::code_frame::{Location, shown_path};
use crate::error::{BuildError, BuildErrorKind};

/// A diagnostic as our errors; one syntax diagnostic may stand for several errors of its file.
pub(crate) fn build_errors(project_root: &Path, graph: &ModuleGraph, diagnostic: &BuildDiagnostic) -> Vec<BuildError> {
    let options = DiagnosticOptions { cwd: project_root.to_path_buf() };
    match diagnostic.kind() {
        EventKind::ParseError | EventKind::IllegalReassignmentError => {
            let errors =
                diagnostic.id().map(|id| syntax_errors(project_root, &project_root.join(id))).unwrap_or_default();
            if errors.is_empty() { vec![other(project_root, &options, diagnostic)] } else { errors }
        }
        EventKind::MissingExportError => vec![missing_export(project_root, graph, &options, diagnostic)],
        EventKind::JsonParseError => {
            let message = diagnostic.to_message_with(&options);
            let message = message.split(" at line ").next().unwrap_or_default().to_owned();
            let kind = BuildErrorKind::Syntax { message, help: None };
            vec![at_primary(project_root, &options, diagnostic, BuildError::new(kind))]
        }
        EventKind::UnloadableDependencyError => vec![unloadable(project_root, graph, &options, diagnostic)],
        _ => vec![other(project_root, &options, diagnostic)],
    }
}

/// The errors that a parser finds in a file.
pub(crate) fn syntax_errors(project_root: &Path, file: &Path) -> Vec<BuildError> {
    let Ok(text) = std::fs::read_to_string(file) else { return Vec::new() };
    let source_type = source_type_of(file);
    let allocator = Allocator::default();
    let parsed = Parser::new(&allocator, &text, source_type)
        .with_options(ParseOptions { preserve_parens: false, ..ParseOptions::default() })
        .parse();
    let mut diagnostics: Vec<_> = parsed.diagnostics.into_iter().collect();
    if diagnostics.is_empty() {
        let checked = oxc::semantic::SemanticBuilder::new().with_check_syntax_error(true).build(&parsed.program);
        diagnostics.extend(checked.diagnostics);
    }
    diagnostics
        .into_iter()
        .map(|diagnostic| {
            let kind = BuildErrorKind::Syntax {
                message: diagnostic.message.to_string(),
                help: Some(diagnostic.help.as_ref().map_or_else(
                    || "Parsing ecmascript source code failed".to_owned(),
                    |help| format!("{help}\n\nParsing ecmascript source code failed"),
                )),
            };
            BuildError::new(kind).or_at(|| match diagnostic.labels.first() {
                Some(label) => {
                    let start = label.offset() as usize;
                    Location::in_source(project_root, file, &text, start, start + label.len() as usize)
                }
                None => Location::whole_file(project_root, file),
            })
        })
        .collect()
}

/// How a file is parsed; JSX is allowed in every JavaScript file.
pub(crate) fn source_type_of(file: &Path) -> SourceType {
    let source_type = SourceType::from_path(file).unwrap_or_default();
    if source_type.is_javascript() { source_type.with_jsx(true).with_module(true) } else { source_type }
}

fn missing_export(
    project_root: &Path,
    graph: &ModuleGraph,
    options: &DiagnosticOptions,
    diagnostic: &BuildDiagnostic,
) -> BuildError {
    // `"name" is not exported by "module", imported by "importer".`
    let message = diagnostic.to_message_with(options);
    let name = message.split('"').nth(1).unwrap_or_default().to_owned();
    let importer = project_root.join(diagnostic.id().unwrap_or_default());
    let exporter = diagnostic.exporter().unwrap_or_default();
    let module = match exporter.strip_prefix("\0routewerk:next:") {
        Some(served) => served.to_owned(),
        None => shown_path(project_root, &project_root.join(&exporter)),
    };
    let known = match exporter.strip_prefix("\0routewerk:next:") {
        Some(_) => Vec::new(),
        None => graph.facts_of(&exporter).map(|facts| facts.exports).unwrap_or_default(),
    };
    let suggestion = closest(&name, &known);
    let error = BuildError::new(BuildErrorKind::MissingExport { name: name.clone(), module, suggestion });
    let importer_id = importer.display().to_string();
    let site = graph.site_of_name(&importer_id, &exporter, &name);
    match site {
        Some(site) => error.or_at(|| place_of(project_root, &importer, &site)),
        None => at_primary(project_root, options, diagnostic, error),
    }
}

fn unloadable(
    project_root: &Path,
    graph: &ModuleGraph,
    options: &DiagnosticOptions,
    diagnostic: &BuildDiagnostic,
) -> BuildError {
    // `Could not load path (imported by importer) - reason.`
    let message = diagnostic.to_message_with(options);
    let rest = message.strip_prefix("Could not load ").unwrap_or(&message);
    let (subject, reason) = rest.rsplit_once(" - ").unwrap_or((rest, "unknown reason"));
    let path = project_root.join(subject.split(" (imported by ").next().unwrap_or(subject));
    let reason = reason.trim_end_matches('.').to_owned();
    let error = BuildError::new(BuildErrorKind::Unreadable { path: path.clone(), reason });
    match graph.importers_of(&path.display().to_string()).into_iter().next() {
        Some((importer, site)) => error.or_at(|| place_of(project_root, Path::new(&importer), &site)),
        None => error.or_at(|| Location::whole_file(project_root, &path)),
    }
}

fn other(project_root: &Path, options: &DiagnosticOptions, diagnostic: &BuildDiagnostic) -> BuildError {
    let mut message = diagnostic.to_message_with(options);
    if matches!(diagnostic.kind(), EventKind::IllegalReassignmentError) {
        // The place follows; the message need not have it.
        message.truncate(message.find("` at ").map_or(message.len(), |at| at + 1));
    }
    let error = at_primary(project_root, options, diagnostic, BuildError::new(BuildErrorKind::Bundler { message }));
    // A circular re-export names its file only in its text: `'a' cannot be exported from 'file' as …`.
    let text = diagnostic.to_message_with(options);
    let named = diagnostic.id().or_else(|| Some(text.split(" from '").nth(1)?.split('\'').next()?.to_owned()));
    match named.map(|name| project_root.join(name)).filter(|file| file.is_file()) {
        Some(file) => error.or_at(|| Location::whole_file(project_root, &file)),
        None => error,
    }
}

/// The error at the place that the diagnostic names first, if it names one.
fn at_primary(
    project_root: &Path,
    options: &DiagnosticOptions,
    diagnostic: &BuildDiagnostic,
    error: BuildError,
) -> BuildError {
    let Some((file, line, column, _)) = diagnostic.to_diagnostic_with(options).get_primary_location() else {
        return error;
    };
    let file: PathBuf = project_root.join(file);
    match std::fs::read_to_string(&file) {
        Ok(text) => error.or_at(|| Location::at_line(project_root, &file, &text, line, column + 1)),
        Err(_) => error,
    }
}

/// The name that was probably meant.
fn closest(name: &str, known: &[String]) -> Option<String> {
    let limit = name.chars().count().div_ceil(3).max(1);
    known
        .iter()
        .map(|other| (distance(&name.to_lowercase(), &other.to_lowercase()), other))
        .filter(|(distance, _)| *distance <= limit)
        .min()
        .map(|(_, other)| other.clone())
        // With one export there is nothing else that could be meant.
        .or_else(|| (known.len() == 1).then(|| known[0].clone()))
}

/// Levenshtein's distance.
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (line, left) in one.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = line + 1;
        for (column, right) in other.iter().enumerate() {
            let above = row[column + 1];
            row[column + 1] = (diagonal + usize::from(left != *right)).min(above + 1).min(row[column] + 1);
            diagonal = above;
        }
    }
    row[other.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_similar_name_is_suggested() {
        let known = ["getUser".to_owned(), "getUsers".to_owned(), "other".to_owned()];
        assert_eq!(closest("getuser", &known).as_deref(), Some("getUser"));
        assert_eq!(closest("zzz", &known), None);
        assert_eq!(distance("kitten", "sitting"), 3);
    }
}
