//! The error for JSX where the package that it compiles to calls of is not installed: the import stands nowhere in the
//! user's text, so the place is that of the first JSX.

use std::path::Path;

use oxc::allocator::Allocator;
use oxc::ast::ast::{JSXElement, JSXFragment};
use oxc::ast_visit::Visit;
use oxc::parser::Parser;
use oxc::span::Span;

use crate::build::diagnostics::source_type_of;
use crate::code_frame::Location;
use crate::error::{BuildError, BuildErrorKind};

/// Says what to install, where `error` is about an import that the compiler has written for JSX; any other error stays
/// what it is.
pub(crate) fn explain_jsx(project_root: &Path, file: &Path, text: &str, error: BuildError) -> BuildError {
    let BuildErrorKind::ModuleNotFound { specifier, .. } = error.kind() else { return error };
    let package = ["/jsx-runtime", "/jsx-dev-runtime"].iter().find_map(|end| specifier.strip_suffix(end));
    let (Some(package), Some(span)) = (package, first_jsx(file, text)) else { return error };
    let kind = BuildErrorKind::JsxRuntime { specifier: specifier.clone(), package: package.to_owned() };
    let (start, end) = (span.start as usize, span.end as usize);
    BuildError::new(kind).or_at(|| Location::in_source(project_root, file, text, start, end))
}

/// The first opening tag of a file.
fn first_jsx(file: &Path, text: &str) -> Option<Span> {
    let allocator = Allocator::default();
    let parsed = Parser::new(&allocator, text, source_type_of(file)).parse();
    let mut finder = Finder { found: None };
    finder.visit_program(&parsed.program);
    finder.found
}

struct Finder {
    found: Option<Span>,
}

impl<'a> Visit<'a> for Finder {
    fn visit_jsx_element(&mut self, element: &JSXElement<'a>) {
        self.found.get_or_insert(element.opening_element.span);
    }

    fn visit_jsx_fragment(&mut self, fragment: &JSXFragment<'a>) {
        self.found.get_or_insert(fragment.opening_fragment.span);
    }
}
