//! Words that have no place in a tracked file: places of one machine, hosts of package registries, work left undone.
//!
//! Lock files of npm are written without hosts (`omit-lockfile-registry-resolved`), so that they work behind any
//! mirror. Cargo's lock file names its index by design and is left out, as are the names that others gave their tests.

use super::{File, Problem};
use crate::workspace;

/// Split so that this file does not break its own rule.
const PLACES: [(&str, &str); 8] = [
    ("/ro", "ot/."),
    ("/ho", "me/"),
    ("/Us", "ers/"),
    ("npm", "js.org"),
    ("index.", "crates.io"),
    ("static.", "crates.io"),
    ("pypi", ".org"),
    ("deb.", "debian.org"),
];

const UNFINISHED: [(&str, &str); 5] = [("TO", "DO"), ("FIX", "ME"), ("XX", "X:"), ("HA", "CK:"), ("#[", "ignore")];

pub(crate) fn check(files: &[File], problems: &mut Vec<Problem>) {
    let mut places: Vec<String> = PLACES.iter().map(|(start, end)| format!("{start}{end}")).collect();
    places.push(format!("{}/", workspace::root().display()));
    let is_ours = |file: &&File| file.name != "Cargo.lock" && !file.name.starts_with("conformance/wpt/expectations/");
    for file in files.iter().filter(is_ours) {
        for (number, line) in file.lines() {
            for place in places.iter().filter(|place| contains_word(line, place)) {
                let text = format!("`{place}`: no place of one machine, no host of a registry");
                problems.push(Problem::new(&file.name, number, text));
            }
        }
    }
}

pub(crate) fn check_unfinished(files: &[File], problems: &mut Vec<Problem>) {
    for file in files.iter().filter(|file| file.is_house_code()) {
        let mut before = "";
        for (number, line) in file.lines() {
            for (start, end) in UNFINISHED {
                if contains_word(line, &format!("{start}{end}")) {
                    problems.push(Problem::new(&file.name, number, format!("`{start}{end}`: finish it, or drop it")));
                }
            }
            if before.trim_start().starts_with("#[test") && line.contains("fn test_") {
                problems.push(Problem::new(&file.name, number, "a test's name is its claim, without `test_`"));
            }
            before = line;
        }
    }
}

/// Is `word` in `line`, and not the tail of a longer word (`some/place/` is not `/place/`)?
fn contains_word(line: &str, word: &str) -> bool {
    line.match_indices(word).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        !before.is_some_and(|letter| letter.is_alphanumeric() || letter == '_' || letter == '.' || letter == '}')
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_found_only_at_its_start() {
        assert!(contains_word("see /place/x", "/place/"));
        assert!(!contains_word("see some/place/x", "/place/"));
    }
}
