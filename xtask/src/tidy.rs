//! The house rules that no other tool knows, each a function over the repository's files.
//!
//! A rule is listed in [`RULES`], looks at text only (nothing is compiled or run, so that it stays under a
//! second) and reports a [`Problem`] with the place and what to do. The examples and the conformance projects
//! are user code of strangers: they keep their own style and are left out where a rule says so.

mod architecture;
mod dependencies;
mod headers;
mod names;
mod words;

use std::fmt;

use anyhow::{Result, bail};

use crate::{references, workspace};

/// One breach of a house rule.
pub(crate) struct Problem {
    /// Relative to the repository's root.
    file: String,
    /// From 1; 0 where the file as a whole is meant.
    line: usize,
    text: String,
}

impl Problem {
    pub(crate) fn new(file: &str, line: usize, text: impl Into<String>) -> Self {
        Self { file: file.to_owned(), line, text: text.into() }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.line == 0 {
            write!(formatter, "{}: {}", self.file, self.text)
        } else {
            write!(formatter, "{}:{}: {}", self.file, self.line, self.text)
        }
    }
}

/// A text file of the repository.
pub(crate) struct File {
    /// Relative to the repository's root, `/` between the parts.
    pub(crate) name: String,
    pub(crate) text: String,
}

impl File {
    /// Is it code of ours, as opposed to examples and projects that stand for strangers' code?
    pub(crate) fn is_house_code(&self) -> bool {
        let ours = ["crates/", "xtask/"].iter().any(|folder| self.name.starts_with(folder));
        ours && !self.name.contains("/fixtures/") && (self.is_rust() || self.has_extension("ts"))
    }

    pub(crate) fn is_rust(&self) -> bool {
        self.has_extension("rs")
    }

    fn has_extension(&self, extension: &str) -> bool {
        std::path::Path::new(&self.name).extension().is_some_and(|found| found == extension)
    }

    pub(crate) fn lines(&self) -> impl Iterator<Item = (usize, &str)> {
        self.text.lines().enumerate().map(|(index, line)| (index + 1, line))
    }
}

type Rule = fn(&[File], &mut Vec<Problem>);

const RULES: [(&str, Rule); 7] = [
    ("headers", headers::check),
    ("size", headers::check_size),
    ("names", names::check),
    ("words", words::check),
    ("unfinished", words::check_unfinished),
    ("dependencies", dependencies::check),
    ("architecture", architecture::check),
];

/// Applies every rule; `with_references` also the one that builds the command to render its pages.
///
/// # Errors
/// If a rule is broken; the problems have been printed.
pub(crate) fn run(with_references: bool) -> Result<()> {
    let files = read_files()?;
    let mut problems = Vec::new();
    for (_, rule) in RULES {
        rule(&files, &mut problems);
    }
    if with_references {
        references::check(&mut problems);
    }
    for problem in &problems {
        println!("{problem}");
    }
    let rules = RULES.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ");
    println!("tidy: {} files, {} problems ({rules})", files.len(), problems.len());
    if !problems.is_empty() {
        bail!("{} house rules are broken", problems.len());
    }
    Ok(())
}

/// All text files; those that are not UTF-8 (images, databases) are left out.
fn read_files() -> Result<Vec<File>> {
    let mut files = Vec::new();
    for name in workspace::files()? {
        match workspace::read(&name) {
            Ok(text) => files.push(File { name, text }),
            Err(error) => match error.downcast_ref::<std::io::Error>().map(std::io::Error::kind) {
                Some(std::io::ErrorKind::InvalidData | std::io::ErrorKind::NotFound) => {}
                _ => return Err(error),
            },
        }
    }
    Ok(files)
}
