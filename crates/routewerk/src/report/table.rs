//! The table of routes in the shape that `next build` prints.
//!
//! Rows are sorted without regard to case; a route whose paths are known at build is a parent row without a symbol
//! and one child per path. Columns that no row uses are left out, and so are legend lines.

use std::fmt::Write as _;

use owo_colors::Style;

use super::Report;

/// How a route is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Symbol {
    /// Prerendered.
    Static,
    /// Prerendered, the paths from `generateStaticParams`.
    Ssg,
    /// Called for each request.
    Dynamic,
}

impl Symbol {
    const fn mark(self) -> &'static str {
        match self {
            Self::Static => "○",
            Self::Ssg => "●",
            Self::Dynamic => "ƒ",
        }
    }
}

/// One route.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    /// The pattern.
    pub path: String,
    /// How it is answered.
    pub symbol: Symbol,
    /// The methods, joined by blanks.
    pub methods: String,
    /// The size of its code, as people write it; empty if unknown.
    pub size: String,
    /// After how long it is regenerated (`60s`); empty if never.
    pub revalidate: String,
    /// After how long it is not served any more; empty if never.
    pub expire: String,
    /// Where it runs, unless that is Node.js (`edge`).
    pub runtime: String,
    /// How long a call may run (`5s`); empty if the route does not say.
    pub max_duration: String,
    /// The paths that are known.
    pub children: Vec<Child>,
}

/// A path of a route.
#[derive(Clone, Debug)]
pub(crate) struct Child {
    /// The path.
    pub path: String,
    /// As in [`Row`].
    pub revalidate: String,
    /// As in [`Row`].
    pub expire: String,
}

/// A line's cells.
type Line = [String; 7];

/// So many paths of a route are shown, one more if that is all.
const SHOWN_CHILDREN: usize = 3;

/// The table, ended by a line break; empty if there are no rows.
pub(crate) fn write(mut rows: Vec<Row>, report: Report) -> String {
    if rows.is_empty() {
        return String::new();
    }
    rows.sort_by(|a, b| a.path.to_lowercase().cmp(&b.path.to_lowercase()).then_with(|| a.path.cmp(&b.path)));
    let last = rows.len() - 1;
    let mut lines =
        vec![["Route (app)", "Methods", "Runtime", "Max duration", "Size", "Revalidate", "Expire"].map(str::to_owned)];
    let mut used = Vec::new();
    for (index, row) in rows.iter().enumerate() {
        let border = match index {
            0 if last == 0 => "─",
            0 => "┌",
            _ if index == last => "└",
            _ => "├",
        };
        // A row with children is their head; they have the symbol.
        let mark = if row.children.is_empty() { row.symbol.mark() } else { " " };
        used.push(row.symbol);
        let path = format!("{border} {mark} {}", row.path);
        let (revalidate, expire) = if row.children.is_empty() {
            (row.revalidate.clone(), row.expire.clone())
        } else {
            (String::new(), String::new())
        };
        let own = [row.methods.clone(), row.runtime.clone(), row.max_duration.clone(), row.size.clone()];
        let [methods, runtime, max_duration, size] = own;
        lines.push([path, methods, runtime, max_duration, size, revalidate, expire]);
        lines.extend(children(row, index == last));
    }
    let mut text = columns(&lines, report);
    text.push('\n');
    let legend = [
        (Symbol::Static, "(Static) ", "prerendered as static content"),
        (Symbol::Ssg, "(SSG)    ", "prerendered as static HTML (uses generateStaticParams)"),
        (Symbol::Dynamic, "(Dynamic)", "server-rendered on demand"),
    ];
    for (symbol, name, meaning) in legend {
        if used.contains(&symbol) {
            let _ = writeln!(text, "{}  {name}  {meaning}", symbol.mark());
        }
    }
    text
}

/// The lines of a row's paths.
fn children(row: &Row, is_last: bool) -> Vec<Line> {
    let all = row.children.len();
    let shown = if all == SHOWN_CHILDREN + 1 { all } else { all.min(SHOWN_CHILDREN) };
    let edge = if is_last { ' ' } else { '│' };
    let mark = row.symbol.mark();
    let nothing = String::new;
    let mut lines: Vec<_> = row.children[..shown]
        .iter()
        .enumerate()
        .map(|(index, child)| {
            let border = if index + 1 == all { '└' } else { '├' };
            let path = format!("{edge} {border} {mark} {}", child.path);
            [path, nothing(), nothing(), nothing(), nothing(), child.revalidate.clone(), child.expire.clone()]
        })
        .collect();
    if shown < all {
        let path = format!("{edge} └ {mark} [+{} more paths]", all - shown);
        lines.push([path, nothing(), nothing(), nothing(), nothing(), nothing(), nothing()]);
    }
    lines
}

/// Lines in columns; the first line is the head. The first three columns are aligned left, the others right.
fn columns(lines: &[Line], report: Report) -> String {
    let width = |column: usize| lines.iter().map(|line| line[column].chars().count()).max().unwrap_or_default();
    let is_used = |column: usize| column == 0 || lines[1..].iter().any(|line| !line[column].is_empty());
    let mut text = String::new();
    for (index, line) in lines.iter().enumerate() {
        let mut shown = String::new();
        for (column, cell) in line.iter().enumerate().filter(|(column, _)| is_used(*column)) {
            let pad = " ".repeat(width(column) - cell.chars().count());
            let cell = if index == 0 { report.styled(cell, Style::new().underline()) } else { cell.clone() };
            if column > 0 {
                shown.push_str("  ");
            }
            let (left, right) = if column < 3 { (cell, pad) } else { (pad, cell) };
            shown.push_str(&left);
            shown.push_str(&right);
        }
        text.push_str(shown.trim_end());
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(path: &str, symbol: Symbol) -> Row {
        let text = String::new;
        Row {
            path: path.to_owned(),
            symbol,
            methods: "GET POST".to_owned(),
            size: "1.2 kB".to_owned(),
            revalidate: text(),
            expire: text(),
            runtime: text(),
            max_duration: text(),
            children: Vec::new(),
        }
    }

    fn child(path: &str) -> Child {
        Child { path: path.to_owned(), revalidate: "1m".to_owned(), expire: "1y".to_owned() }
    }

    #[test]
    fn paths_stand_below_their_route_and_not_too_many() {
        let with = |count: usize, row: Row| {
            let children = (0..count).map(|number| child(&format!("{}/{number}", row.path))).collect();
            Row { children, ..row }
        };
        let rows = vec![with(4, row("/a", Symbol::Ssg)), with(5, row("/b", Symbol::Ssg)), row("/c", Symbol::Ssg)];
        insta::assert_snapshot!(write(rows, Report::plain()), @r"
        Route (app)            Methods     Size  Revalidate  Expire
        ┌   /a                 GET POST  1.2 kB
        │ ├ ● /a/0                                       1m      1y
        │ ├ ● /a/1                                       1m      1y
        │ ├ ● /a/2                                       1m      1y
        │ └ ● /a/3                                       1m      1y
        ├   /b                 GET POST  1.2 kB
        │ ├ ● /b/0                                       1m      1y
        │ ├ ● /b/1                                       1m      1y
        │ ├ ● /b/2                                       1m      1y
        │ └ ● [+2 more paths]
        └ ● /c                 GET POST  1.2 kB

        ●  (SSG)      prerendered as static HTML (uses generateStaticParams)
        ");
    }

    #[test]
    fn rows_are_sorted_framed_and_explained() {
        let rows = vec![row("/b", Symbol::Dynamic), row("/A", Symbol::Static), row("/a/[id]", Symbol::Dynamic)];
        insta::assert_snapshot!(write(rows, Report::plain()), @r"
        Route (app)  Methods     Size
        ┌ ○ /A       GET POST  1.2 kB
        ├ ƒ /a/[id]  GET POST  1.2 kB
        └ ƒ /b       GET POST  1.2 kB

        ○  (Static)   prerendered as static content
        ƒ  (Dynamic)  server-rendered on demand
        ");
    }

    #[test]
    fn runtime_and_duration_have_a_column_where_a_route_names_them() {
        let edge = Row { runtime: "edge".to_owned(), max_duration: "5s".to_owned(), ..row("/b", Symbol::Dynamic) };
        insta::assert_snapshot!(write(vec![row("/a", Symbol::Dynamic), edge], Report::plain()), @r"
        Route (app)  Methods   Runtime  Max duration    Size
        ┌ ƒ /a       GET POST                         1.2 kB
        └ ƒ /b       GET POST  edge               5s  1.2 kB

        ƒ  (Dynamic)  server-rendered on demand
        ");
    }

    #[test]
    fn one_row_has_a_border_of_its_own() {
        let text = write(vec![row("/", Symbol::Ssg)], Report::plain());
        assert!(text.contains("─ ● /"), "{text}");
        assert_eq!(write(Vec::new(), Report::plain()), "");
    }
}
