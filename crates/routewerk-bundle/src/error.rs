//! What stops a build, or one module in development, in the words that the user reads.
//!
//! The texts are Next.js's where Next.js has one: people search for them. A [`BuildError`] displays as place,
//! message, excerpt and hint, ready for a terminal; [`BuildError::to_json`] is the same in parts.

use std::fmt;
use std::path::{Path, PathBuf};

use crate::code_frame::Location;

/// What went wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum BuildErrorKind {
    /// Nothing is found for an import.
    ModuleNotFound {
        /// The specifier as written.
        specifier: String,
        /// What was looked at and why it did not fit, where there is more to say.
        detail: Option<String>,
    },
    /// JSX is used, and the package whose functions it calls is not installed.
    JsxRuntime {
        /// The module that JSX compiles to calls of.
        specifier: String,
        /// The package to install.
        package: String,
    },
    /// No file fits a name that is put together at run time.
    NoFileFits {
        /// The name as far as it is known: `'./locales/' <dynamic> '.json'`.
        shape: String,
    },
    /// An import names something that the module does not export.
    MissingExport {
        /// The name that is imported.
        name: String,
        /// The module, as errors name files.
        module: String,
        /// An export with a similar name.
        suggestion: Option<String>,
    },
    /// A file is not valid JavaScript, TypeScript or JSON.
    Syntax {
        /// What the parser found and expected.
        message: String,
        /// What the parser advises.
        help: Option<String>,
    },
    /// `client-only` is reached from a route.
    ClientOnly,
    /// Code of a route with `runtime = 'edge'` imports a module of Node.js that is not there.
    EdgeBuiltin {
        /// The specifier as written.
        specifier: String,
    },
    /// Code of a route with `runtime = 'edge'` uses something else of Node.js that is not there.
    EdgeApi {
        /// What it uses: `setImmediate`, `process.cwd`.
        name: String,
    },
    /// Code of a route with `runtime = 'edge'` calls `eval`.
    EdgeCode,
    /// A module of `next` that cannot be used in a Route Handler here.
    NextModule {
        /// The specifier as written.
        specifier: String,
        /// What to do instead.
        hint: String,
    },
    /// A name in `import()` or `require()` that only the run time knows.
    UnknownRequest {
        /// `import` or `require`.
        call: &'static str,
        /// The name, as far as it is known.
        shape: String,
        /// There are more files that can be meant than a bundle takes in.
        has_too_many_files: bool,
    },
    /// An import of a file that is no module.
    UnknownModuleType {
        /// The file's extension with its dot; empty if it has none.
        extension: String,
    },
    /// A route's segment configuration that is not static, or has a value that Next.js refuses.
    SegmentConfig {
        /// Next.js's text.
        message: String,
        /// The page that explains it, or what to write instead.
        hint: String,
    },
    /// A route's exports contradict each other, or are not what a route may export.
    RouteExports {
        /// Next.js's text.
        message: String,
    },
    /// A tsconfig.json or jsconfig.json cannot be used.
    TsConfig {
        /// What is wrong with it.
        message: String,
    },
    /// A package.json cannot be used.
    PackageJson {
        /// What is wrong with it.
        message: String,
    },
    /// A file or directory cannot be read.
    Unreadable {
        /// The path.
        path: PathBuf,
        /// What the operating system says.
        reason: String,
    },
    /// A file or directory of the output cannot be written.
    Unwritable {
        /// The path.
        path: PathBuf,
        /// What the operating system says.
        reason: String,
    },
    /// Anything else that the bundler refuses.
    Bundler {
        /// The bundler's text.
        message: String,
    },
}

/// The page that explains a missing module.
const MODULE_NOT_FOUND_PAGE: &str = "https://nextjs.org/docs/messages/module-not-found";

/// What stops a build, or one module in development.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BuildError {
    kind: BuildErrorKind,
    location: Option<Box<Location>>,
}

impl BuildError {
    /// An error without a place.
    pub fn new(kind: BuildErrorKind) -> Self {
        Self { kind, location: None }
    }

    /// The same error at a place. An error that has its own place already (a broken package.json, say) keeps it.
    pub fn or_at(mut self, location: impl FnOnce() -> Location) -> Self {
        if self.location.is_none() {
            self.location = Some(Box::new(location()));
        }
        self
    }

    /// What went wrong.
    pub fn kind(&self) -> &BuildErrorKind {
        &self.kind
    }

    /// Where.
    pub fn location(&self) -> Option<&Location> {
        self.location.as_deref()
    }

    /// The file that cannot be read, as an error.
    pub fn unreadable(path: &Path, error: &std::io::Error) -> Self {
        Self::new(BuildErrorKind::Unreadable { path: path.to_path_buf(), reason: error.to_string() })
    }

    /// The file that cannot be written, as an error.
    pub fn unwritable(path: &Path, error: &std::io::Error) -> Self {
        Self::new(BuildErrorKind::Unwritable { path: path.to_path_buf(), reason: error.to_string() })
    }

    /// The message, one line or a few.
    pub fn message(&self) -> String {
        match &self.kind {
            BuildErrorKind::ModuleNotFound { specifier, detail } => match detail {
                Some(detail) => format!("Module not found: Can't resolve '{specifier}'\n{detail}"),
                None => format!("Module not found: Can't resolve '{specifier}'"),
            },
            BuildErrorKind::MissingExport { name, .. } => format!("Export {name} doesn't exist in target module"),
            BuildErrorKind::ClientOnly => "'client-only' cannot be imported from a Server Component module".to_owned(),
            BuildErrorKind::EdgeBuiltin { specifier } => format!(
                "A Node.js module is loaded ('{specifier}'{}) which is not supported in the Edge Runtime.",
                self.line_in_words(" at line")
            ),
            BuildErrorKind::EdgeApi { name } => format!(
                "A Node.js API is used ({name}{}) which is not supported in the Edge Runtime.",
                self.line_in_words(" at line:")
            ),
            BuildErrorKind::EdgeCode => {
                "Dynamic Code Evaluation (e. g. 'eval', 'new Function', 'WebAssembly.compile') \
                                         not allowed in Edge Runtime"
                    .to_owned()
            }
            BuildErrorKind::NextModule { specifier, .. } => {
                format!("`{specifier}` cannot be used in a Route Handler here")
            }
            BuildErrorKind::JsxRuntime { specifier, .. } => format!("Module not found: Can't resolve '{specifier}'"),
            BuildErrorKind::NoFileFits { shape } => format!("Module not found: Can't resolve {shape}"),
            BuildErrorKind::UnknownRequest { call, shape, has_too_many_files: false } => {
                format!("The name in `{call}()` is only known at run time: nothing is bundled for {shape}")
            }
            BuildErrorKind::UnknownRequest { call, shape, has_too_many_files: true } => {
                format!("Too many files can be meant by the name in `{call}()`: nothing is bundled for {shape}")
            }
            BuildErrorKind::UnknownModuleType { extension } if extension.is_empty() => "Unknown module type".to_owned(),
            BuildErrorKind::UnknownModuleType { extension } => format!("Unknown module type (`{extension}`)"),
            BuildErrorKind::Syntax { message, .. }
            | BuildErrorKind::SegmentConfig { message, .. }
            | BuildErrorKind::RouteExports { message }
            | BuildErrorKind::Bundler { message } => message.clone(),
            BuildErrorKind::TsConfig { message } => format!("The TypeScript configuration cannot be used: {message}"),
            BuildErrorKind::PackageJson { message } => format!("The package.json cannot be used: {message}"),
            BuildErrorKind::Unreadable { path, reason } => format!("`{}` cannot be read: {reason}", path.display()),
            BuildErrorKind::Unwritable { path, reason } => format!("`{}` cannot be written: {reason}", path.display()),
        }
    }

    /// ` at line 3`, where the line is known.
    fn line_in_words(&self, words: &str) -> String {
        self.location().filter(|at| at.line > 0).map(|at| format!("{words} {}", at.line)).unwrap_or_default()
    }

    /// What to do about it, where something general can be said.
    pub fn hint(&self) -> Option<String> {
        match &self.kind {
            BuildErrorKind::ModuleNotFound { .. } | BuildErrorKind::NoFileFits { .. } => {
                Some(MODULE_NOT_FOUND_PAGE.to_owned())
            }
            BuildErrorKind::MissingExport { name, module, suggestion } => {
                let mut hint = format!("The export {name} was not found in module {module}.");
                if let Some(suggestion) = suggestion {
                    hint.push_str("\nDid you mean to import ");
                    hint.push_str(suggestion);
                    hint.push('?');
                }
                Some(hint)
            }
            BuildErrorKind::Syntax { help, .. } => help.clone(),
            BuildErrorKind::EdgeBuiltin { .. } => Some(edge_hint("this import", crate::edge::BUILTIN_PAGE)),
            BuildErrorKind::EdgeApi { .. } => Some(edge_hint("this use", crate::edge::API_PAGE)),
            BuildErrorKind::EdgeCode => Some(edge_hint("this call", crate::edge::CODE_PAGE)),
            BuildErrorKind::ClientOnly => Some("It should only be used from a Client Component.".to_owned()),
            BuildErrorKind::NextModule { hint, .. } | BuildErrorKind::SegmentConfig { hint, .. } => Some(hint.clone()),
            BuildErrorKind::JsxRuntime { package, .. } => Some(format!(
                "JSX compiles to calls of the package `{package}`: install it with `npm install {package}`."
            )),
            BuildErrorKind::UnknownRequest { has_too_many_files, .. } => Some(
                if *has_too_many_files {
                    "Begin the name with a folder that holds fewer files."
                } else {
                    "It is loaded from where Node.js finds it. Begin the name with a folder (`./locales/`) to have the \
                     files in it bundled."
                }
                .to_owned(),
            ),
            BuildErrorKind::UnknownModuleType { .. } => Some(
                "This module doesn't have an associated type. To read a file at run time, name it with \
                 `new URL('./file', import.meta.url)`."
                    .to_owned(),
            ),
            BuildErrorKind::RouteExports { .. }
            | BuildErrorKind::TsConfig { .. }
            | BuildErrorKind::PackageJson { .. }
            | BuildErrorKind::Bundler { .. } => None,
            BuildErrorKind::Unreadable { .. } | BuildErrorKind::Unwritable { .. } => {
                Some("Check that it exists and that this user may open it.".to_owned())
            }
        }
    }

    /// The error in parts: `message`, `file`, `line`, `column`, `frame`, `hint`; absent ones are `null`.
    pub fn to_json(&self) -> serde_json::Value {
        let location = self.location();
        serde_json::json!({
            "message": self.message(),
            "file": location.map(|at| at.shown.clone()),
            "line": location.filter(|at| at.line > 0).map(|at| at.line),
            "column": location.filter(|at| at.line > 0).map(|at| at.column),
            "frame": location.filter(|at| !at.frame.is_empty()).map(|at| at.frame.clone()),
            "hint": self.hint(),
        })
    }
}

impl fmt::Display for BuildError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(location) = self.location() {
            writeln!(formatter, "{location}")?;
        }
        formatter.write_str(&self.message())?;
        if let Some(location) = self.location().filter(|at| !at.frame.is_empty()) {
            write!(formatter, "\n{}", location.frame)?;
        }
        if let Some(hint) = self.hint() {
            write!(formatter, "\n\n{hint}")?;
        }
        Ok(())
    }
}

impl std::error::Error for BuildError {}

/// What to do about something that is not there at the edge.
fn edge_hint(what: &str, page: &str) -> String {
    format!("It is reached from a route that exports `runtime = 'edge'`: remove that export, or {what}.\n{page}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_has_place_message_frame_and_hint() {
        let source = "import { NextResponse } from 'next/server'\n\nimport x from 'nope-mod'\n";
        let kind = BuildErrorKind::ModuleNotFound { specifier: "nope-mod".to_owned(), detail: None };
        let error = BuildError::new(kind)
            .or_at(|| Location::in_source(Path::new("/p"), Path::new("/p/app/x/route.ts"), source, 44, 68));
        assert_eq!(
            error.to_string(),
            "./app/x/route.ts:3:1\nModule not found: Can't resolve 'nope-mod'\n  1 | import { NextResponse } from \
             'next/server'\n  2 |\n> 3 | import x from 'nope-mod'\n    | ^^^^^^^^^^^^^^^^^^^^^^^^\n  4 |\n\n\
             https://nextjs.org/docs/messages/module-not-found"
        );
        let json = error.to_json();
        assert_eq!(json["line"], 3);
        assert_eq!(json["file"], "./app/x/route.ts");
    }

    #[test]
    fn an_own_place_is_kept() {
        let root = Path::new("/p");
        let error = BuildError::new(BuildErrorKind::PackageJson { message: "broken".to_owned() })
            .or_at(|| Location::whole_file(root, Path::new("/p/package.json")))
            .or_at(|| Location::whole_file(root, Path::new("/p/route.ts")));
        assert_eq!(error.to_string(), "./package.json\nThe package.json cannot be used: broken");
    }
}
