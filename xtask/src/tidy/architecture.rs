//! `ARCHITECTURE.md` fits into one sitting (300 lines) and names only files and folders that exist.
//!
//! A path is a span in backticks, in this page and in the other pages for contributors, whose first part is a
//! file or folder at the repository's root. A span `area/case: name` is a request of a conformance case, and must
//! exist too: `SECURITY.md` rests on them.

use super::{File, Problem};
use crate::workspace;

const PAGE_LINES: usize = 300;
const PAGES: [&str; 4] = ["ARCHITECTURE.md", "CONTRIBUTING.md", "SECURITY.md", "README.md"];

pub(crate) fn check(files: &[File], problems: &mut Vec<Problem>) {
    let root = workspace::root();
    for page in PAGES {
        let Some(file) = files.iter().find(|file| file.name == page) else {
            problems.push(Problem::new(page, 0, "is missing"));
            continue;
        };
        let lines = file.text.lines().count();
        if page == "ARCHITECTURE.md" && lines > PAGE_LINES {
            problems.push(Problem::new(page, 0, format!("{lines} lines, at most {PAGE_LINES}")));
        }
        for (number, line) in file.lines() {
            for path in paths(line) {
                let path = &in_full(path);
                let top = path.split('/').next().unwrap_or_default();
                if root.join(top).exists() && !root.join(path).exists() {
                    problems.push(Problem::new(page, number, format!("`{path}` does not exist")));
                }
            }
            for (case, request) in requests(line) {
                let name = format!("conformance/{case}/requests.json");
                let wanted = format!("\"name\": \"{request}\"");
                if !files.iter().any(|file| file.name == name && file.text.contains(&wanted)) {
                    problems.push(Problem::new(page, number, format!("`{case}` has no request `{request}`")));
                }
            }
        }
    }
}

/// The path that a short one of `ARCHITECTURE.md` stands for (its last section lists them).
fn in_full(path: &str) -> String {
    let (top, rest) = path.split_once('/').unwrap_or((path, ""));
    match top {
        "server" | "engine" | "routes" | "bundle" => format!("crates/routewerk-{top}/{rest}"),
        "runtime" => format!("crates/routewerk-bundle/runtime/{rest}"),
        _ => path.to_owned(),
    }
}

/// The spans in backticks that name a request of a case.
fn requests(line: &str) -> impl Iterator<Item = (&str, &str)> {
    let spans = line.split('`').skip(1).step_by(2);
    spans.filter_map(|span| span.split_once(": ")).filter(|(case, request)| {
        let is_name = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || "_-/".contains(letter);
        case.contains('/') && case.chars().all(is_name) && request.chars().all(is_name)
    })
}

/// The spans in backticks that look like paths of this repository.
fn paths(line: &str) -> impl Iterator<Item = &str> {
    let spans = line.split('`').skip(1).step_by(2);
    spans.filter(|span| {
        let letters = |letter: char| letter.is_ascii_alphanumeric() || "/._-".contains(letter);
        span.contains('/') && !span.starts_with(['/', '.']) && span.chars().all(letters)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_that_are_no_paths_are_left_alone() {
        let line = "`xtask/src/main.rs`, `a b/c`, `./x`, `plain`, `crates/x/`";
        assert_eq!(paths(line).collect::<Vec<_>>(), ["xtask/src/main.rs", "crates/x/"]);
    }

    #[test]
    fn requests_of_cases_are_told_from_other_spans() {
        let line = "`area/case: some_claim`, `key: value`, `a/b: Not a name`";
        assert_eq!(requests(line).collect::<Vec<_>>(), [("area/case", "some_claim")]);
    }
}
