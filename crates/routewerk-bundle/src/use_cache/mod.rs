//! `'use cache'`: makes of each function with the directive one that asks the runtime for what it has returned before.
//!
//! Text is put in and nothing else is touched, no line is added: places in the rest of the file stay what they are. A directive at the
//! head of a file counts for every function that the file exports. `wrapper.rs` shows what is put in, `captures.rs` says what counts
//! as captured, `directives.rs` what is a directive; what the runtime does with it all is written in `runtime/cache/`.
//!
//! The code of packages is looked at as well, as in Next.js, where it is bundled.

use std::path::Path;

use oxc::allocator::Allocator;
use oxc::ast_visit::Visit;
use oxc::parser::Parser;
use oxc::semantic::SemanticBuilder;
use oxc::span::SourceType;
use rustc_hash::{FxHashMap, FxHashSet};

use crate::code_frame::{Location, shown_path};
use crate::error::{BuildError, BuildErrorKind};
use crate::package_info::PackagePlace;

mod captures;
mod directives;
mod exported;
mod fault;
#[cfg(test)]
mod tests;
mod wrapper;

use directives::read_directives;
use exported::exported_functions;
use fault::Wrong;
use wrapper::{Wrapper, apply};

/// What next.config says of `'use cache'`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UseCache {
    /// Whether the directive may be used: with `cacheComponents` or `experimental.useCache`. Default false.
    pub is_enabled: bool,
    /// The names of `cacheHandlers`: what may stand behind `use cache: ` beside those that are always there.
    pub kinds: Vec<String>,
}

impl UseCache {
    /// The names that need no configuration.
    const OWN_KINDS: [&'static str; 3] = ["default", "remote", "private"];

    fn knows(&self, kind: &str) -> bool {
        Self::OWN_KINDS.contains(&kind) || self.kinds.iter().any(|known| known == kind)
    }
}

/// The text of a module with its cached functions wrapped; `None` where it has none.
///
/// # Errors
/// The directives that are none and the functions that cannot be wrapped, with their places.
pub(crate) fn wrap_cached(
    settings: &UseCache,
    project_root: &Path,
    file: &Path,
    text: &str,
) -> Result<Option<String>, Vec<BuildError>> {
    if !may_have_directives(file, text) {
        return Ok(None);
    }
    wrap(settings, text, file, &shown_path(project_root, file)).map_err(|wrong| {
        let one = |(fault, span): Wrong| {
            let kind = BuildErrorKind::Syntax { message: fault.message(), help: fault.help().map(str::to_owned) };
            let (start, end) = (span.start as usize, span.end as usize);
            BuildError::new(kind).or_at(|| Location::in_source(project_root, file, text, start, end))
        };
        wrong.into_iter().map(one).collect()
    })
}

/// Most files have no directive, and are not looked at further. In the project's own code slips are looked for, too.
fn may_have_directives(file: &Path, text: &str) -> bool {
    let is_own = PackagePlace::of(file).is_none();
    text.contains("use cache")
        || (is_own && (text.contains("ache") || text.contains("cach") || text.contains("use ca")))
}

/// The text with its cached functions wrapped; `None` where it has none, or cannot be parsed, which is for others to say.
/// `name` is the file as the project names it.
fn wrap(settings: &UseCache, text: &str, file: &Path, name: &str) -> Result<Option<String>, Vec<Wrong>> {
    let allocator = Allocator::default();
    let mut parsed = Parser::new(&allocator, text, dialect(file)).parse();
    if parsed.panicked || parsed.diagnostics.has_errors() {
        // What is no module may still be a script.
        parsed = Parser::new(&allocator, text, SourceType::cjs().with_jsx(true)).parse();
        if parsed.panicked || parsed.diagnostics.has_errors() {
            return Ok(None);
        }
    }
    let program = &parsed.program;
    let mut wrong = Vec::new();
    let of_file = read_directives(settings, &program.directives, &program.body, fault::Location::File, &mut wrong);
    let exported = if of_file.is_some() { exported_functions(program, &mut wrong) } else { FxHashSet::default() };
    let semantic = SemanticBuilder::new().with_build_nodes(true).build(program).semantic;
    let mut wrapper = Wrapper {
        settings,
        text,
        name,
        semantic: &semantic,
        of_file,
        exported,
        edits: Vec::new(),
        wrong,
        places: FxHashMap::default(),
    };
    wrapper.visit_program(program);
    if !wrapper.wrong.is_empty() {
        return Err(wrapper.wrong);
    }
    Ok((!wrapper.edits.is_empty()).then(|| apply(text, wrapper.edits)))
}

fn dialect(file: &Path) -> SourceType {
    match file.extension().and_then(|extension| extension.to_str()) {
        Some("ts" | "mts" | "cts") => SourceType::ts(),
        Some("tsx") => SourceType::tsx(),
        _ => SourceType::mjs().with_jsx(true),
    }
}
