//! The table of routes at the end of a build, of either framework: which route is static, which is dynamic.
//!
//! A line is a piece of a tree, a symbol (`○` static, `●` by `generateStaticParams`, `ƒ` dynamic) and a path; what stands behind
//! the path is left to each framework. Next.js puts the symbol of a route with listed paths on these alone.

/// A table of one line begins with `─`.
const TREE: &[char] = &['┌', '├', '└', '│', '─', ' ', '\u{a0}'];
const SYMBOLS: [&str; 4] = ["○", "●", "ƒ", "◐"];

/// The routes of the table in `text` whose path begins with `below`, symbol and path, in order.
pub(crate) fn routes(text: &str, below: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut parent = None;
    for line in text.lines().filter(|line| line.trim_start().starts_with(&TREE[..5])) {
        let row = line.trim_start_matches(TREE);
        let symbol = SYMBOLS.into_iter().find(|symbol| row.starts_with(symbol));
        // A path may hold a space; columns are two apart.
        let path = row[symbol.map_or(0, str::len)..].trim_start().split("  ").next().unwrap_or_default().trim_end();
        // The page for what is not found is none of ours.
        if !path.starts_with('/') || path == "/_not-found" {
            continue;
        }
        let Some(symbol) = symbol else {
            parent = Some(path);
            continue;
        };
        found.extend([parent.take(), Some(path)].into_iter().flatten().map(|path| (path, symbol)));
    }
    found.retain(|(path, _)| path.starts_with(below));
    found.sort_unstable();
    found.into_iter().map(|(path, symbol)| format!("{symbol} {path}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_route_with_listed_paths_has_their_symbol() {
        let text = "Route (app)   Revalidate  Expire\n┌ ƒ /a\n├ /s/[id]\n│ ├ ● /s/1   2s   1y\n│ └ ● /s/b c  2s\n└ ○ /b  1h\n\n○  (Static)";
        assert_eq!(routes(text, "/"), ["ƒ /a", "○ /b", "● /s/1", "● /s/[id]", "● /s/b c"]);
        assert_eq!(routes(text, "/s/"), ["● /s/1", "● /s/[id]", "● /s/b c"]);
    }
}
