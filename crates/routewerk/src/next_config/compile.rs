//! Makes a module that every runtime can import out of a next.config in TypeScript.
//!
//! The result has to lie inside of the project, or the packages that it imports would not be found; it is removed when
//! the value is dropped.

use std::path::{Path, PathBuf};

use routewerk_bundle::{BuildError, ScriptFormat, compile_script};

use crate::exit::Exit;
use crate::failure::{Failure, IoContext};
use crate::output::OutputDir;

/// The module format that is tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    /// What Next.js compiles to.
    CommonJs,
    /// For configurations that await at their top or import ES modules.
    EsModule,
}

/// A compiled configuration.
#[derive(Debug)]
pub(super) struct Compiled {
    file: PathBuf,
}

impl Compiled {
    /// The file to import.
    pub(super) fn file(&self) -> &Path {
        &self.file
    }
}

impl Drop for Compiled {
    fn drop(&mut self) {
        // A file that is left behind does no harm: its name is never used again.
        drop(std::fs::remove_file(&self.file));
    }
}

/// Whether a configuration has to be compiled.
pub(super) fn is_typescript(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "ts" || extension == "mts" || extension == "cts")
}

/// Whether a configuration may be compiled to what Next.js compiles to; `.mts` is an ES module for good.
pub(super) fn is_common_js_possible(path: &Path) -> bool {
    path.extension().is_none_or(|extension| extension != "mts")
}

/// Compiles a configuration with the local files that it imports.
///
/// # Errors
/// A [`Failure`] that shows the place in the user's file.
pub(super) async fn compile(root: &Path, path: &Path, format: Format) -> Result<Compiled, Failure> {
    let (script_format, extension) = match format {
        Format::CommonJs => (ScriptFormat::CommonJs, "cjs"),
        Format::EsModule => (ScriptFormat::EsModule, "mjs"),
    };
    let directory = OutputDir::new(root).temporary()?;
    let (owned_root, owned_path, out_dir) = (root.to_path_buf(), path.to_path_buf(), directory.clone());
    let compile = move || compile_script(&owned_root, &owned_path, script_format, &out_dir);
    let compiled = tokio::task::spawn_blocking(compile).await;
    let code = match compiled {
        Ok(Ok(code)) => code,
        Ok(Err(errors)) => return Err(failure(&errors)),
        Err(error) => return Err(Failure::new(Exit::Failed, format!("the compiler ended early: {error}"))),
    };
    let file = directory.join(format!("next.config.{}.{extension}", crate::output::fresh_id()));
    std::fs::write(&file, code).or_failure("write", &file)?;
    Ok(Compiled { file })
}

/// The first error, as the others mostly follow from it.
fn failure(errors: &[BuildError]) -> Failure {
    let Some(error) = errors.first() else {
        return Failure::new(Exit::Config, "the configuration could not be compiled");
    };
    let place = error.location().map(|place| format!("{place}\n")).unwrap_or_default();
    let frame = error.location().map(|place| place.frame.clone()).filter(|frame| !frame.is_empty());
    let failure = Failure::new(Exit::Config, format!("{place}{}", error.message())).with_frame(frame);
    match error.hint() {
        Some(hint) => failure.with_hint(hint),
        None => failure,
    }
}
