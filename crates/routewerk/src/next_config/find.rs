//! Which file is the project's next.config.

use std::path::{Path, PathBuf};

/// The names in the order in which Next.js looks for them, then those that Next.js does not take and we do.
const NAMES: [&str; 6] =
    ["next.config.js", "next.config.mjs", "next.config.ts", "next.config.mts", "next.config.cjs", "next.config.cts"];

/// Names that look like a configuration and are none, for Next.js and for us.
const REFUSED: [&str; 3] = ["next.config.json", "next.config.jsx", "next.config.tsx"];

/// What was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Found {
    /// This file; and others in the same directory that it hides.
    File {
        /// The file.
        path: PathBuf,
        /// Names beside it that are not read.
        hidden: Vec<&'static str>,
    },
    /// A file with a name that nobody reads.
    Refused(&'static str),
    /// Nothing.
    Nothing,
}

/// Looks in the project and, as Next.js does, in the directories above it.
pub(crate) fn find(root: &Path) -> Found {
    for directory in root.ancestors() {
        let mut present = NAMES.into_iter().filter(|name| directory.join(name).is_file());
        if let Some(first) = present.next() {
            return Found::File { path: directory.join(first), hidden: present.collect() };
        }
    }
    match REFUSED.into_iter().find(|name| root.join(name).is_file()) {
        Some(name) => Found::Refused(name),
        None => Found::Nothing,
    }
}

/// Every name that a change of which may change the configuration, for watching.
pub(crate) fn is_config_name(name: &str) -> bool {
    NAMES.contains(&name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_is_that_of_next_and_parents_count() {
        let top = tempfile::tempdir().unwrap();
        let root = top.path().join("apps/web");
        std::fs::create_dir_all(&root).unwrap();
        assert_eq!(find(&root), Found::Nothing);
        std::fs::write(root.join("next.config.json"), "{}").unwrap();
        assert_eq!(find(&root), Found::Refused("next.config.json"));
        std::fs::write(top.path().join("next.config.ts"), "").unwrap();
        assert_eq!(find(&root), Found::File { path: top.path().join("next.config.ts"), hidden: vec![] });
        std::fs::write(root.join("next.config.ts"), "").unwrap();
        std::fs::write(root.join("next.config.mjs"), "").unwrap();
        assert_eq!(find(&root), Found::File { path: root.join("next.config.mjs"), hidden: vec!["next.config.ts"] });
    }
}
