//! Which tsconfig.json (or jsconfig.json) rules a file.
//!
//! The nearest one above the file, whatever its `include` says: an import alias works in every file of a project,
//! as it does under Next.js. Files under `node_modules` have none. Where next.config names a file
//! (`typescript.tsconfigPath`), that one rules the whole project folder instead of the project's own tsconfig.json.

use std::path::{Path, PathBuf};
use std::sync::{PoisonError, RwLock};

use rustc_hash::FxHashMap;

/// Finds the configuration file of each source file, and remembers it by folder.
#[derive(Debug)]
pub struct TsConfigFinder {
    project_root: PathBuf,
    named: Option<PathBuf>,
    by_folder: RwLock<FxHashMap<PathBuf, Option<PathBuf>>>,
}

impl TsConfigFinder {
    /// A finder for a project; `named` is the path in next.config, absolute or relative to the project root.
    pub fn new(project_root: &Path, named: Option<&Path>) -> Self {
        Self {
            project_root: project_root.to_path_buf(),
            named: named.map(|path| project_root.join(path)),
            by_folder: RwLock::default(),
        }
    }

    /// The configuration file of the project itself.
    pub fn of_project(&self) -> Option<PathBuf> {
        self.of_folder(&self.project_root)
    }

    /// The configuration file that rules a source file.
    pub fn of_file(&self, file: &Path) -> Option<PathBuf> {
        if file.components().any(|part| part.as_os_str() == "node_modules") {
            return None;
        }
        self.of_folder(file.parent()?)
    }

    /// Forgets what was found.
    pub fn clear_cache(&self) {
        self.by_folder.write().unwrap_or_else(PoisonError::into_inner).clear();
    }

    fn of_folder(&self, folder: &Path) -> Option<PathBuf> {
        if let Some(named) = self.named.as_ref().filter(|_| folder.starts_with(&self.project_root)) {
            return Some(named.clone());
        }
        if let Some(known) = self.by_folder.read().unwrap_or_else(PoisonError::into_inner).get(folder) {
            return known.clone();
        }
        let found = search(folder);
        self.by_folder.write().unwrap_or_else(PoisonError::into_inner).insert(folder.to_path_buf(), found.clone());
        found
    }
}

/// The nearest configuration file at or above a folder, not above the folder that holds a lock file or a repository.
fn search(folder: &Path) -> Option<PathBuf> {
    const ROOT_MARKS: [&str; 6] = ["package-lock.json", "pnpm-lock.yaml", "yarn.lock", "bun.lock", "bun.lockb", ".git"];
    for ancestor in folder.ancestors() {
        for name in ["tsconfig.json", "jsconfig.json"] {
            let candidate = ancestor.join(name);
            if candidate.is_file() {
                return Some(candidate);
            }
        }
        if ROOT_MARKS.iter().any(|mark| ancestor.join(mark).exists()) {
            return None;
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_file_rules_and_a_repository_ends_the_search() {
        let temporary = tempfile::tempdir().expect("temp dir");
        let root = temporary.path();
        for folder in ["app/x", "packages/ui/src", "repo/.git", "repo/app"] {
            std::fs::create_dir_all(root.join(folder)).expect("folder");
        }
        std::fs::write(root.join("tsconfig.json"), "{}").expect("file");
        std::fs::write(root.join("packages/ui/jsconfig.json"), "{}").expect("file");
        let finder = TsConfigFinder::new(root, None);
        assert_eq!(finder.of_file(&root.join("app/x/route.ts")), Some(root.join("tsconfig.json")));
        assert_eq!(finder.of_file(&root.join("packages/ui/src/a.ts")), Some(root.join("packages/ui/jsconfig.json")));
        assert_eq!(finder.of_file(&root.join("repo/app/route.ts")), None);
        assert_eq!(finder.of_file(&root.join("node_modules/a/i.js")), None);
    }

    #[test]
    fn a_named_file_rules_the_project() {
        let finder = TsConfigFinder::new(Path::new("/p"), Some(Path::new("tsconfig.build.json")));
        assert_eq!(finder.of_file(Path::new("/p/app/route.ts")), Some(PathBuf::from("/p/tsconfig.build.json")));
        assert_eq!(finder.of_project(), Some(PathBuf::from("/p/tsconfig.build.json")));
    }
}
