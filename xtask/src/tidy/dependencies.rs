//! A declared dependency is used: by the crate that names it, and in the workspace by some crate.
//!
//! Judged by text: the crate's name as it stands in code (`-` becomes `_`) occurs in one of the crate's Rust
//! files. A dependency that is needed without being named (a feature switched on) says so with a comment
//! `# unnamed: why` at the end of its line.

use std::collections::BTreeSet;

use super::{File, Problem};

pub(crate) fn check(files: &[File], problems: &mut Vec<Problem>) {
    let mut used_by_crates = BTreeSet::new();
    for manifest in files.iter().filter(|file| file.name.ends_with("/Cargo.toml")) {
        let folder = manifest.name.trim_end_matches("Cargo.toml");
        let code: Vec<&File> = files.iter().filter(|file| file.name.starts_with(folder) && file.is_rust()).collect();
        for (number, name, line) in dependencies(manifest, &["dependencies", "dev-dependencies", "build-dependencies"])
        {
            let word = name.replace('-', "_");
            if !line.contains("# unnamed:") && !code.iter().any(|file| names(&file.text, &word)) {
                problems.push(Problem::new(&manifest.name, number, format!("`{name}` is declared and not used")));
            }
            used_by_crates.insert(name);
        }
    }
    for manifest in files.iter().filter(|file| file.name == "Cargo.toml") {
        for (number, name, line) in dependencies(manifest, &["workspace.dependencies"]) {
            if !line.contains("# unnamed:") && !used_by_crates.contains(&name) {
                problems.push(Problem::new(
                    &manifest.name,
                    number,
                    format!("`{name}` is declared and used by no crate"),
                ));
            }
        }
    }
}

/// The dependencies in the given tables: line number, name, line.
fn dependencies<'file>(manifest: &'file File, tables: &[&str]) -> Vec<(usize, String, &'file str)> {
    let mut found = Vec::new();
    let mut inside = false;
    for (number, line) in manifest.lines() {
        if let Some(table) = line.strip_prefix('[') {
            let table = table.split(']').next().unwrap_or_default();
            inside = tables.iter().any(|wanted| table == *wanted || table.ends_with(&format!("cfg(unix)'.{wanted}")));
            continue;
        }
        let name = line.split(['.', '=', ' ']).next().unwrap_or_default();
        if inside && !name.is_empty() && !name.starts_with('#') {
            found.push((number, name.to_owned(), line));
        }
    }
    found
}

fn names(text: &str, word: &str) -> bool {
    let is_letter = |letter: char| letter.is_alphanumeric() || letter == '_';
    text.match_indices(word).any(|(at, _)| {
        let before = text[..at].chars().next_back();
        let after = text[at + word.len()..].chars().next();
        !before.is_some_and(is_letter) && !after.is_some_and(is_letter)
    })
}
