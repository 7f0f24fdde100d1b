//! Which packages stay out of the bundle and are loaded from `node_modules` at run time.
//!
//! One policy for build and dev: Next.js's own list and the project's `serverExternalPackages`, minus
//! `transpilePackages`, plus every package that brings native code. Only packages under a `node_modules` folder
//! can be external: a workspace package that is linked in is the user's own code. For the modules that next.config names
//! every package is external, as if the file were loaded from where it lies ([`ExternalPolicy::all_packages`]).

use std::path::{Path, PathBuf};
use std::sync::{LazyLock, PoisonError, RwLock};

use rustc_hash::{FxHashMap, FxHashSet};

use crate::package_info::{PackagePlace, has_native_code};

/// Next.js's list. The file names its source.
static DEFAULT_EXTERNALS: LazyLock<FxHashSet<&'static str>> = LazyLock::new(|| {
    include_str!("../data/server-external-packages.txt")
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .collect()
});

/// Decides which packages are external.
#[derive(Debug)]
pub struct ExternalPolicy {
    external: FxHashSet<String>,
    transpiled: FxHashSet<String>,
    /// Whether a package is external whatever its name.
    takes_all: bool,
    native: RwLock<FxHashMap<PathBuf, bool>>,
}

impl ExternalPolicy {
    /// The policy of a project with its `serverExternalPackages` and `transpilePackages`.
    pub fn new(server_external_packages: &[String], transpile_packages: &[String]) -> Self {
        Self {
            external: server_external_packages.iter().cloned().collect(),
            transpiled: transpile_packages.iter().cloned().collect(),
            takes_all: false,
            native: RwLock::default(),
        }
    }

    /// Every package is external that Node.js can load by itself.
    pub fn all_packages() -> Self {
        Self { takes_all: true, ..Self::new(&[], &[]) }
    }

    /// Whether a file that an import resolved to is loaded from where it lies, and not bundled.
    pub fn is_external(&self, file: &Path) -> bool {
        if is_extension(file, &["node"]) {
            return true;
        }
        // Node.js strips no types and compiles no JSX under `node_modules`.
        if !is_extension(file, &["js", "cjs", "mjs", "json"]) {
            return false;
        }
        let Some(package) = PackagePlace::of(file) else { return false };
        if self.transpiled.contains(&package.name) {
            return false;
        }
        self.takes_all
            || DEFAULT_EXTERNALS.contains(package.name.as_str())
            || self.external.contains(&package.name)
            || self.is_native(&package.folder)
    }

    /// Forgets what was read from package folders.
    pub fn clear_cache(&self) {
        self.native.write().unwrap_or_else(PoisonError::into_inner).clear();
    }

    fn is_native(&self, folder: &Path) -> bool {
        if let Some(known) = self.native.read().unwrap_or_else(PoisonError::into_inner).get(folder) {
            return *known;
        }
        let native = has_native_code(folder);
        self.native.write().unwrap_or_else(PoisonError::into_inner).insert(folder.to_path_buf(), native);
        native
    }
}

/// Whether a file's extension is among some.
fn is_extension(file: &Path, extensions: &[&str]) -> bool {
    file.extension().and_then(|found| found.to_str()).is_some_and(|found| extensions.contains(&found))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_of_next_is_read() {
        assert!(DEFAULT_EXTERNALS.contains("pg"));
        assert!(DEFAULT_EXTERNALS.contains("@prisma/client"));
        assert_eq!(DEFAULT_EXTERNALS.len(), 79);
    }

    #[test]
    fn names_decide_and_transpile_packages_wins() {
        let policy = ExternalPolicy::new(&["mine".into()], &["pg".into()]);
        assert!(policy.is_external(Path::new("/p/node_modules/mine/i.js")));
        assert!(policy.is_external(Path::new("/p/node_modules/mongodb/lib/i.js")));
        assert!(!policy.is_external(Path::new("/p/node_modules/pg/i.js")));
        assert!(!policy.is_external(Path::new("/p/node_modules/zod/i.js")));
        assert!(!policy.is_external(Path::new("/p/packages/mongodb/i.js")));
        assert!(!policy.is_external(Path::new("/p/node_modules/mine/i.ts")));
        assert!(policy.is_external(Path::new("/p/lib/addon.node")));
    }

    #[test]
    fn all_packages_are_external_where_that_is_asked_for() {
        let policy = ExternalPolicy::all_packages();
        assert!(policy.is_external(Path::new("/p/node_modules/zod/i.js")));
        assert!(!policy.is_external(Path::new("/p/node_modules/zod/i.ts")), "Node.js strips no types there");
        assert!(!policy.is_external(Path::new("/p/cache-handler.mjs")));
    }

    #[test]
    fn a_package_with_native_code_is_external() {
        let folder = tempfile::tempdir().expect("temp dir");
        let package = |name: &str, manifest: &str| {
            let own = folder.path().join("node_modules").join(name);
            std::fs::create_dir_all(&own).expect("folder");
            std::fs::write(own.join("package.json"), manifest).expect("manifest");
            own.join("index.js")
        };
        let policy = ExternalPolicy::new(&[], &[]);
        assert!(policy.is_external(&package("a", r#"{"dependencies":{"node-gyp-build":"4"}}"#)));
        assert!(policy.is_external(&package("b", r#"{"optionalDependencies":{"@b/core-linux-x64":"4"}}"#)));
        assert!(policy.is_external(&package("c", r#"{"napi":{"name":"c"}}"#)));
        assert!(!policy.is_external(&package("d", r#"{"optionalDependencies":{"fsevents":"2"}}"#)));
        assert!(!policy.is_external(&package("e", "{ broken")));
        let gyp = package("f", "{}");
        std::fs::write(gyp.with_file_name("binding.gyp"), "{}").expect("gyp");
        assert!(policy.is_external(&gyp));
        let addon = package("g", "{}");
        std::fs::write(addon.with_file_name("index.linux-x64-gnu.node"), "").expect("addon");
        assert!(policy.is_external(&addon));
    }
}
