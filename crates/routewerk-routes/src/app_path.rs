//! From a file's place below `app/` or `pages/` to the URL that it serves.
//!
//! `app/`: groups `(x)` and slots `@x` contribute nothing, `%5F` in a name is an underscore (so that a folder can
//! begin with one without being private), everything else stands as it is. `pages/`: the file's name is the last
//! segment, `index` stands for its folder.

use std::path::{Path, PathBuf};

/// The name under which Next.js's messages know a file of the app directory: its path without the extension,
/// groups and slots kept, for instance `/(shop)/cart/route`.
pub(crate) fn app_name(file: &str, stem: &str) -> String {
    let folder = file.rsplit_once('/').map_or("", |(folder, _)| folder);
    let separator = if folder.is_empty() { "" } else { "/" };
    format!("/{folder}{separator}{stem}").replace("%5F", "_")
}

/// The URL pattern of a folder below the app directory.
pub(crate) fn app_pattern(folder: &str) -> String {
    let kept: Vec<_> = folder
        .split('/')
        .filter(|part| !part.is_empty() && !is_group(part) && !part.starts_with('@'))
        .map(|part| part.replace("%5F", "_"))
        .collect();
    format!("/{}", kept.join("/"))
}

/// The URL pattern of a file below the pages directory, its extension taken off; `None` for the framework's own
/// files (`_app`, `_document`, `_error`).
pub(crate) fn pages_pattern(name: &str) -> Option<String> {
    if matches!(name, "_app" | "_document" | "_error") {
        return None;
    }
    let folder = if name == "index" { "" } else { name.strip_suffix("/index").unwrap_or(name) };
    Some(format!("/{folder}"))
}

/// The extension of `file_name` after `stem.`, if it is one of `extensions`.
pub(crate) fn extension_of<'name>(file_name: &'name str, stem: &str, extensions: &[String]) -> Option<&'name str> {
    let extension = file_name.strip_prefix(stem)?.strip_prefix('.')?;
    extensions.iter().any(|known| known == extension).then_some(extension)
}

/// A directory's path joined with the slash-separated path of a file below it.
pub(crate) fn join(directory: &Path, file: &str) -> PathBuf {
    file.split('/').fold(directory.to_path_buf(), |path, part| path.join(part))
}

fn is_group(part: &str) -> bool {
    part.starts_with('(') && part.ends_with(')')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_and_slots_contribute_nothing() {
        assert_eq!(app_pattern("(a)/(b)/x/@modal/y"), "/x/y");
        assert_eq!(app_pattern("(a)"), "/");
        assert_eq!(app_pattern(""), "/");
        assert_eq!(app_pattern("x/(.)y"), "/x/(.)y");
    }

    #[test]
    fn an_encoded_underscore_is_an_underscore() {
        assert_eq!(app_pattern("%5Fa/b%5Fc"), "/_a/b_c");
        assert_eq!(app_pattern("%5fa"), "/%5fa");
    }

    #[test]
    fn index_stands_for_its_folder_in_pages_only() {
        assert_eq!(pages_pattern("index").as_deref(), Some("/"));
        assert_eq!(pages_pattern("a/index").as_deref(), Some("/a"));
        assert_eq!(pages_pattern("index/index").as_deref(), Some("/index"));
        assert_eq!(pages_pattern("_app"), None);
        assert_eq!(app_pattern("index"), "/index");
    }
}
