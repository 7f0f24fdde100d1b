//! Positions in source text, and the excerpt of it that an error shows.
//!
//! The layout is the one that users of Next.js know: two lines before, three after, `>` before the line in
//! question and `^` below the place. Columns count characters from one, as editors do.

use std::fmt::Write as _;
use std::path::{Component, Path, PathBuf};

/// How many lines a frame shows before the one in question.
const LINES_BEFORE: usize = 2;
/// How many lines a frame shows after the one in question.
const LINES_AFTER: usize = 3;
/// The longest piece of a line that a frame shows, in characters. Minified files have lines of megabytes.
const LINE_LIMIT: usize = 160;

/// A place in a source file, with the excerpt that shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Location {
    /// The file, absolute.
    pub file: PathBuf,
    /// The file as errors name it: relative to the project root and beginning with `./` or `../`.
    pub shown: String,
    /// The line, counted from 1; 0 where the whole file is meant.
    pub line: usize,
    /// The column in characters, counted from 1; 0 where the whole file is meant.
    pub column: usize,
    /// The excerpt; empty where the whole file is meant.
    pub frame: String,
}

impl Location {
    /// The place of the bytes `start..end` of a file whose text is `source`.
    pub fn in_source(project_root: &Path, file: &Path, source: &str, start: usize, end: usize) -> Self {
        let start = floor_boundary(source, start);
        let end = floor_boundary(source, end.max(start));
        let (line, column) = line_and_column(source, start);
        Self {
            file: file.to_path_buf(),
            shown: shown_path(project_root, file),
            line,
            column,
            frame: frame(source, start, end),
        }
    }

    /// The place at a line and column (both from 1) of a file whose text is `source`.
    pub fn at_line(project_root: &Path, file: &Path, source: &str, line: usize, column: usize) -> Self {
        let line_start: usize = source.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum();
        let in_line = source[line_start..].split('\n').next().unwrap_or_default();
        let offset = in_line.char_indices().nth(column.saturating_sub(1)).map_or(in_line.len(), |(at, _)| at);
        Self::in_source(project_root, file, source, line_start + offset, line_start + offset + 1)
    }

    /// A whole file, without a line.
    pub fn whole_file(project_root: &Path, file: &Path) -> Self {
        Self {
            file: file.to_path_buf(),
            shown: shown_path(project_root, file),
            line: 0,
            column: 0,
            frame: String::new(),
        }
    }
}

impl std::fmt::Display for Location {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.line == 0 {
            return formatter.write_str(&self.shown);
        }
        write!(formatter, "{}:{}:{}", self.shown, self.line, self.column)
    }
}

/// A path as errors name it: relative to the project root, beginning with `./` or `../`.
pub fn shown_path(project_root: &Path, file: &Path) -> String {
    if let Ok(inside) = file.strip_prefix(project_root) {
        return format!("./{}", inside.display());
    }
    let shared = project_root.components().zip(file.components()).take_while(|(root, own)| root == own).count();
    // Only the file-system root in common: the relative path would say less than the absolute one.
    if shared < 2 {
        return file.display().to_string();
    }
    let mut relative = PathBuf::new();
    for _ in project_root.components().skip(shared) {
        relative.push(Component::ParentDir);
    }
    relative.extend(file.components().skip(shared));
    relative.display().to_string()
}

/// The line and column (both from 1) of a byte offset.
fn line_and_column(source: &str, offset: usize) -> (usize, usize) {
    let before = &source[..offset];
    let line = before.bytes().filter(|byte| *byte == b'\n').count() + 1;
    let line_start = before.rfind('\n').map_or(0, |at| at + 1);
    (line, before[line_start..].chars().count() + 1)
}

/// The greatest character boundary that is not behind `offset`.
fn floor_boundary(source: &str, offset: usize) -> usize {
    let mut at = offset.min(source.len());
    while !source.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// The excerpt around the bytes `start..end`, both character boundaries.
fn frame(source: &str, start: usize, end: usize) -> String {
    let (line, column) = line_and_column(source, start);
    let marked = source[start..end].split('\n').next().unwrap_or_default().chars().count().max(1);
    let first = line.saturating_sub(LINES_BEFORE).max(1);
    let lines: Vec<&str> = source.split('\n').map(|text| text.trim_end_matches('\r')).collect();
    let last = (line + LINES_AFTER).min(lines.len());
    let width = last.to_string().len();
    // A line that is too long is shown from a little before the place.
    let skipped = if column > LINE_LIMIT { column - LINE_LIMIT / 2 } else { 0 };
    let mut text = String::new();
    for number in first..=last {
        let shown: String = lines[number - 1].chars().skip(skipped).take(LINE_LIMIT).collect();
        let pointer = if number == line { '>' } else { ' ' };
        let _ = writeln!(text, "{}", format!("{pointer} {number:>width$} | {shown}").trim_end());
        if number == line {
            // Tabs are kept, so that the mark stands where the terminal puts the text.
            let indent: String =
                shown.chars().take(column - 1 - skipped).map(|c| if c == '\t' { '\t' } else { ' ' }).collect();
            let room = shown.chars().count().saturating_sub(column - 1 - skipped).max(1);
            let _ = writeln!(text, "  {:>width$} | {indent}{}", "", "^".repeat(marked.min(room)));
        }
    }
    text.pop();
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_shows_two_lines_before_and_three_after() {
        let source = "a\nb\nc\n  here()\ne\nf\ng\nh\n";
        let start = source.find("here").expect("there");
        let at = Location::in_source(Path::new("/p"), Path::new("/p/app/x.ts"), source, start, start + 4);
        assert_eq!(at.to_string(), "./app/x.ts:4:3");
        assert_eq!(at.frame, "  2 | b\n  3 | c\n> 4 |   here()\n    |   ^^^^\n  5 | e\n  6 | f\n  7 | g");
    }

    #[test]
    fn columns_count_characters_and_frames_survive_odd_offsets() {
        let source = "// ü→😀 x\r\n";
        let at = Location::in_source(Path::new("/p"), Path::new("/p/x.ts"), source, source.find('x').expect("x"), 999);
        assert_eq!((at.line, at.column), (1, 8));
        assert!(at.frame.starts_with("> 1 | // ü→😀 x\n    |        ^"));
        // In the middle of a character.
        assert_eq!(Location::in_source(Path::new("/p"), Path::new("/p/x.ts"), source, 4, 5).column, 4);
    }

    #[test]
    fn a_line_of_a_minified_file_is_cut() {
        let source = format!("{}HERE{}", "x".repeat(5000), "y".repeat(5000));
        let at = Location::in_source(Path::new("/p"), Path::new("/p/x.ts"), &source, 5000, 5004);
        assert_eq!(at.column, 5001);
        assert!(at.frame.len() < 600, "{}", at.frame.len());
        let lines: Vec<&str> = at.frame.lines().collect();
        assert_eq!(lines[0].find("HERE"), lines[1].find("^^^^"));
    }

    #[test]
    fn paths_are_named_from_the_project_root() {
        assert_eq!(shown_path(Path::new("/w/apps/api"), Path::new("/w/apps/api/app/route.ts")), "./app/route.ts");
        assert_eq!(shown_path(Path::new("/w/apps/api"), Path::new("/w/packages/db/i.ts")), "../../packages/db/i.ts");
        assert_eq!(shown_path(Path::new("/w/api"), Path::new("/opt/x.ts")), "/opt/x.ts");
    }

    #[test]
    fn a_line_and_column_become_a_place() {
        let at = Location::at_line(Path::new("/p"), Path::new("/p/tsconfig.json"), "{\n  oops\n}\n", 2, 3);
        assert_eq!((at.line, at.column), (2, 3));
        assert!(at.frame.contains("> 2 |   oops\n    |   ^"));
        let behind = Location::at_line(Path::new("/p"), Path::new("/p/x.json"), "{", 9, 9);
        assert_eq!((behind.line, behind.column), (1, 2));
    }
}
