//! Every file of ours opens by saying what it is for, in 2 to 15 lines, and stays below 800 lines.
//!
//! Rust files use `//!`, TypeScript files one block comment or a run of `//` lines. The content is not judged
//! here; that a header is present and short enough to be read is. In a file that fits on two screens, and in one
//! whose tests' names are its claims, one line is enough.

use super::{File, Problem};

const FILE_LINES: usize = 800;
const MOST_HEADER_LINES: usize = 15;
/// Up to this length a file may open with a single line.
const SHORT_FILE_LINES: usize = 150;

pub(crate) fn check(files: &[File], problems: &mut Vec<Problem>) {
    for file in files.iter().filter(|file| file.is_house_code()) {
        let lines = if file.is_rust() { rust_header(&file.text) } else { typescript_header(&file.text) };
        let is_short = file.text.lines().count() <= SHORT_FILE_LINES
            || file.name.contains("/tests/")
            || file.name.ends_with("/tests.rs");
        let least = if is_short { 1 } else { 2 };
        if lines == 0 {
            problems.push(Problem::new(&file.name, 1, "no header: the first lines say what the file is for"));
        } else if !(least..=MOST_HEADER_LINES).contains(&lines) {
            let text = format!("a header of {lines} lines, expected {least} to {MOST_HEADER_LINES}");
            problems.push(Problem::new(&file.name, 1, text));
        }
    }
}

pub(crate) fn check_size(files: &[File], problems: &mut Vec<Problem>) {
    for file in files.iter().filter(|file| file.is_house_code()) {
        let lines = file.text.lines().count();
        if lines > FILE_LINES {
            problems.push(Problem::new(
                &file.name,
                0,
                format!("{lines} lines, at most {FILE_LINES}: split it by subject"),
            ));
        }
    }
}

fn rust_header(text: &str) -> usize {
    text.lines().take_while(|line| line.starts_with("//!")).count()
}

/// The number of lines that hold words.
fn typescript_header(text: &str) -> usize {
    let has_words = |line: &str| line.chars().any(char::is_alphanumeric);
    if !text.starts_with("/*") {
        return text.lines().take_while(|line| line.starts_with("//")).filter(|line| has_words(line)).count();
    }
    let end = text.find("*/").unwrap_or(0);
    text[..end].lines().filter(|line| has_words(line)).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_of_both_languages_are_counted() {
        assert_eq!(rust_header("//! One.\n//!\n//! Three.\nuse x;\n"), 3);
        assert_eq!(typescript_header("/**\n * One.\n * Two.\n */\nexport {};\n"), 2);
        assert_eq!(typescript_header("// One.\n// Two.\n\n// not it\n"), 2);
        assert_eq!(typescript_header("export {};\n"), 0);
    }
}
