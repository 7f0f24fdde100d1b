//! What can be wrong with a `'use cache'` directive or the function that has it, in Next.js's words.

use oxc::span::Span;

/// Something wrong, and where it stands.
pub(super) type Wrong = (Fault, Span);

/// Where a directive was looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Location {
    File,
    Function,
}

impl Location {
    const fn shown(self) -> &'static str {
        match self {
            Self::File => "file",
            Self::Function => "function body",
        }
    }
}

/// Why a file cannot be compiled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// The function is not async, or a generator.
    NotAsync,
    /// The function uses what is neither an argument nor a variable: `this`, `super`, `arguments`.
    Uses(&'static str),
    /// A method of instances.
    InstanceMethod,
    /// A file with the directive exports something else.
    ExportsOther,
    /// next.config does not switch the directive on; how it is written.
    NotEnabled(String),
    /// No store has this name.
    UnknownKind(String),
    /// What was written, and what it looks like.
    Misspelled { found: String, expected: String },
    /// It stands behind other statements.
    Misplaced(String, Location),
    /// It stands in parentheses; `None` where its place is right.
    Wrapped(Option<Location>),
    /// `'use server'` stands there, too.
    Conflicting(Location),
}

impl Fault {
    pub(super) fn message(&self) -> String {
        match self {
            Self::NotAsync => "\"use cache\" functions must be async functions.".to_owned(),
            Self::Uses(what) => format!("\"use cache\" functions cannot use `{what}`."),
            Self::InstanceMethod => {
                "It is not allowed to define inline \"use cache\" annotated class instance methods.".to_owned()
            }
            Self::ExportsOther => "Only async functions are allowed to be exported in a \"use cache\" file.".to_owned(),
            Self::NotEnabled(directive) => format!(
                "To use \"{directive}\", please enable the feature flag `cacheComponents` in your Next.js config."
            ),
            Self::UnknownKind(kind) => format!(
                "Unknown cache kind \"{kind}\". Please configure a cache handler for this kind in the `cacheHandlers` \
                 object in your Next.js config."
            ),
            Self::Misspelled { found, expected } => {
                format!("Did you mean \"{expected}\"? \"{found}\" is not a supported directive name.\"")
            }
            Self::Misplaced(directive, location) => {
                format!("The \"{directive}\" directive must be at the top of the {}.", location.shown())
            }
            Self::Wrapped(None) => "The \"use cache\" directive cannot be wrapped in parentheses.".to_owned(),
            Self::Wrapped(Some(location)) => format!(
                "The \"use cache\" directive must be at the top of the {}, and cannot be wrapped in parentheses.",
                location.shown()
            ),
            Self::Conflicting(location) => {
                let location = location.shown();
                format!(
                    "Conflicting directives \"use server\" and \"use cache\" found in the same {location}. You cannot \
                     place both directives at the top of a {location}. Please remove one of them."
                )
            }
        }
    }

    pub(super) fn help(&self) -> Option<&'static str> {
        match self {
            Self::NotAsync => Some("Add `async` to it: what is kept may have to be waited for."),
            Self::Uses(_) => Some("Pass what it needs as an argument: what is kept is found by its arguments."),
            Self::InstanceMethod => Some(
                "To define cached functions, use functions, object method properties, or static class methods instead.",
            ),
            Self::NotEnabled(_) => {
                Some("Read more: https://nextjs.org/docs/app/api-reference/directives/use-cache#usage")
            }
            Self::ExportsOther
            | Self::UnknownKind(_)
            | Self::Misspelled { .. }
            | Self::Misplaced(..)
            | Self::Wrapped(_)
            | Self::Conflicting(_) => None,
        }
    }
}
