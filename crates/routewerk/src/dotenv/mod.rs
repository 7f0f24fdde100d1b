//! The `.env*` files of a project: which ones, in which order, and what they add to the environment.
//!
//! Follows `@next/env` 16.4.6, its oddities included, because people's files rely on them: a value of the real
//! environment that a file names again is expanded too, a default (`${A:-x}`) wins over a definition in the same
//! file, single quotes do not stop expansion. Reading order: this file, [`parse`], [`expand`].

mod expand;
#[cfg(test)]
mod oracle_tests;
mod parse;

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// The greatest size of one file: a settings file that is longer is not one.
const MAX_FILE_BYTES: u64 = 4 * 1024 * 1024;

/// Which files count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// `.env.development*`
    Development,
    /// `.env.production*`
    Production,
    /// `.env.test*`, and no `.env.local`: tests give the same result on every machine.
    Test,
}

impl Mode {
    /// The mode's name in file names.
    const fn name(self) -> &'static str {
        match self {
            Self::Development => "development",
            Self::Production => "production",
            Self::Test => "test",
        }
    }

    /// The names of the files, the first definition wins.
    pub(crate) fn file_names(self) -> Vec<String> {
        let name = self.name();
        let mut names = vec![format!(".env.{name}.local")];
        if self != Self::Test {
            names.push(".env.local".to_owned());
        }
        names.push(format!(".env.{name}"));
        names.push(".env".to_owned());
        names
    }
}

/// What the files of a project say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Loaded {
    /// The environment with the files' values merged in.
    pub environment: BTreeMap<String, String>,
    /// The names that come from a file and were not in the environment before.
    pub added: Vec<String>,
    /// The files that were found, highest priority first.
    pub files: Vec<String>,
    /// What could not be used, one entry per file; the others count nevertheless, as with Next.js.
    pub problems: Vec<Problem>,
}

/// A file that could not be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Problem {
    /// The file.
    pub path: PathBuf,
    /// Why.
    pub reason: String,
}

/// Reads the files of a project.
///
/// `environment` is the real environment (the valid Unicode part); its values win over every file.
pub(crate) fn load(root: &Path, mode: Mode, environment: &BTreeMap<String, String>) -> Loaded {
    let mut loaded = Loaded::default();
    let mut contents = Vec::new();
    for name in mode.file_names() {
        let path = root.join(&name);
        match read(&path) {
            Ok(Some(text)) => {
                loaded.files.push(name);
                contents.push((path, text));
            }
            Ok(None) => {}
            Err(reason) => loaded.problems.push(Problem { path, reason }),
        }
    }
    let mut merged = environment.clone();
    for (path, text) in contents {
        match expand::expand(parse::parse(&text), &mut merged) {
            Ok(()) => {}
            Err(error) => loaded.problems.push(Problem { path, reason: error.to_string() }),
        }
    }
    loaded.added = merged.keys().filter(|name| !environment.contains_key(*name)).cloned().collect();
    loaded.environment = merged;
    loaded
}

/// A file's text; `None` if there is no such file. Named pipes are read too: secret stores mount them.
fn read(path: &Path) -> Result<Option<String>, String> {
    let metadata = match std::fs::metadata(path) {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error.to_string()),
    };
    if metadata.is_dir() {
        return Ok(None);
    }
    if metadata.len() > MAX_FILE_BYTES {
        return Err(format!("the file has {} bytes; at most {MAX_FILE_BYTES} are read", metadata.len()));
    }
    let bytes = std::fs::read(path).map_err(|error| error.to_string())?;
    Ok(Some(String::from_utf8_lossy(&bytes).into_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(values: &[(&str, &str)]) -> BTreeMap<String, String> {
        values.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn the_first_file_and_the_real_environment_win() {
        let root = tempfile::tempdir().unwrap();
        for (name, text) in [
            (".env", "A=env\nB=env\nC=env\nD=env\nE=$A-$D"),
            (".env.production", "A=mode\nB=mode\nC=mode"),
            (".env.local", "A=local\nB=local"),
            (".env.production.local", "A=mode-local"),
            (".env.development", "D=wrong"),
        ] {
            std::fs::write(root.path().join(name), text).unwrap();
        }
        let loaded = load(root.path(), Mode::Production, &environment(&[("D", "real")]));
        let values: Vec<_> = ["A", "B", "C", "D", "E"].map(|name| loaded.environment[name].as_str()).into();
        assert_eq!(values, ["mode-local", "local", "mode", "real", "mode-local-real"]);
        assert_eq!(loaded.files, [".env.production.local", ".env.local", ".env.production", ".env"]);
        assert_eq!(loaded.added, ["A", "B", "C", "E"]);
        assert!(!load(root.path(), Mode::Test, &BTreeMap::new()).files.contains(&".env.local".to_owned()));
    }

    #[test]
    fn a_file_that_expands_for_ever_is_named_and_the_others_count() {
        let root = tempfile::tempdir().unwrap();
        std::fs::write(root.path().join(".env.local"), "A=$A").unwrap();
        std::fs::write(root.path().join(".env"), "B=1").unwrap();
        let loaded = load(root.path(), Mode::Development, &BTreeMap::new());
        assert_eq!(loaded.environment, environment(&[("B", "1")]));
        assert_eq!(loaded.problems[0].path, root.path().join(".env.local"));
    }
}
