//! What one module's text says about its neighbours: what it imports, requires and exports.

use crate::request_pattern::RequestPattern;

/// The neighbourhood of one module, before any name is resolved.
#[derive(Clone, Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "independent facts, each found by another visit")]
pub(super) struct Analysis {
    /// Static imports and re-exports in the order of evaluation, each specifier once.
    pub(super) requests: Vec<Request>,
    /// Indexes into `requests` of `export * from`.
    pub(super) stars: Vec<u32>,
    /// Literal `require`s, each specifier once.
    pub(super) requires: Vec<Request>,
    /// `require`s whose specifier is put together at run time.
    pub(super) computed: Vec<ComputedRequire>,
    /// Exports that have a name.
    pub(super) exports: Vec<Export>,
    /// Names that are imported from other modules.
    pub(super) used: Vec<UsedImport>,
    /// Imports that are assigned to, which is an error: name, start, end.
    pub(super) assigned_imports: Vec<(String, u32, u32)>,
    /// The default export is a function declaration without a name.
    pub(super) names_default: bool,
    pub(super) has_top_level_await: bool,
    /// The tree differs from the source text.
    pub(super) is_edited: bool,
    /// The code names the module's context.
    pub(super) uses_context: bool,
    /// Which of the names that a `CommonJS` wrapper gives the code reads without declaring them.
    pub(super) globals: WrapperNames,
}

/// Names that a module may read without declaring them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "one per name")]
pub(super) struct WrapperNames {
    pub(super) require: bool,
    pub(super) module: bool,
    pub(super) exports: bool,
    pub(super) filename: bool,
    pub(super) dirname: bool,
    /// The transformer's helpers.
    pub(super) helpers: bool,
}

/// A specifier and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Request {
    pub(super) specifier: String,
    /// Byte offsets of the statement or literal.
    pub(super) start: u32,
    pub(super) end: u32,
    /// Inside `try`: the code goes on without it.
    pub(super) is_optional: bool,
}

/// A `require` whose specifier is put together at run time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ComputedRequire {
    /// What the specifier can be.
    pub(super) pattern: RequestPattern,
    /// Byte offsets of the call.
    pub(super) start: u32,
    pub(super) end: u32,
    /// Inside `try`: the code goes on without it.
    pub(super) is_optional: bool,
}

/// An export that has a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Export {
    pub(super) name: String,
    pub(super) source: ExportSource,
    /// The expression that reads it.
    pub(super) code: String,
}

/// Where an export comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum ExportSource {
    /// The module itself.
    Local,
    /// A name of another module.
    Import { request: u32, name: String },
    /// All of another module.
    Namespace { request: u32 },
}

/// A name that is imported by name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct UsedImport {
    pub(super) request: u32,
    pub(super) name: String,
    pub(super) start: u32,
    pub(super) end: u32,
}

impl Analysis {
    /// The index of a static import, adding it if it is new.
    pub(super) fn request(&mut self, specifier: &str, span: oxc::span::Span) -> u32 {
        let known = self.requests.iter().position(|request| request.specifier == specifier);
        let index = known.unwrap_or_else(|| {
            self.requests.push(Request {
                specifier: specifier.to_owned(),
                start: span.start,
                end: span.end,
                is_optional: false,
            });
            self.requests.len() - 1
        });
        index as u32
    }

    /// Notes a literal `require`. One that is not inside `try` makes the specifier needed.
    pub(super) fn require(&mut self, specifier: &str, span: oxc::span::Span, is_optional: bool) {
        if let Some(known) = self.requires.iter_mut().find(|request| request.specifier == specifier) {
            known.is_optional &= is_optional;
            return;
        }
        let specifier = specifier.to_owned();
        self.requires.push(Request { specifier, start: span.start, end: span.end, is_optional });
    }

    /// Notes a name that the module does not declare.
    pub(super) fn note_global(&mut self, name: &str) {
        match name {
            "require" => self.globals.require = true,
            "module" => self.globals.module = true,
            "exports" => self.globals.exports = true,
            "__filename" => self.globals.filename = true,
            "__dirname" => self.globals.dirname = true,
            "babelHelpers" => self.globals.helpers = true,
            _ => {}
        }
    }
}
