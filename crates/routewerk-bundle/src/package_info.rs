//! What a package's folder says about it: its name, and whether it brings native code.
//!
//! A package with a native addon cannot be bundled: its JavaScript finds the binary relative to its own file.

use std::path::{Path, PathBuf};

/// The package that a file under `node_modules` belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PackagePlace {
    /// The package's name, `@scope/name` or `name`.
    pub name: String,
    /// The package's folder.
    pub folder: PathBuf,
}

impl PackagePlace {
    /// The innermost package that a file belongs to; `None` where no `node_modules` is above it.
    pub fn of(file: &Path) -> Option<Self> {
        let parts: Vec<_> = file.components().collect();
        let modules = parts.iter().rposition(|part| part.as_os_str() == "node_modules")?;
        let first = parts.get(modules + 1)?.as_os_str().to_str()?;
        let (name, length) = if first.starts_with('@') {
            (format!("{first}/{}", parts.get(modules + 2)?.as_os_str().to_str()?), 2)
        } else {
            (first.to_owned(), 1)
        };
        Some(Self { name, folder: parts[..=modules + length].iter().collect() })
    }
}

/// The name of the package that a bare specifier asks for; `None` for relative, absolute and `#` specifiers and URLs.
pub fn package_name_of_specifier(specifier: &str) -> Option<&str> {
    if specifier.starts_with(['.', '/', '#']) || specifier.is_empty() || specifier.contains(':') {
        return None;
    }
    let mut ends = specifier.match_indices('/').map(|(at, _)| at);
    let end = if specifier.starts_with('@') { ends.nth(1) } else { ends.next() };
    Some(&specifier[..end.unwrap_or(specifier.len())])
}

/// Packages that load or build a binary for the package that depends on them.
const NATIVE_LOADERS: [&str; 8] = [
    "@mapbox/node-pre-gyp",
    "@neon-rs/load",
    "bindings",
    "node-addon-api",
    "node-gyp-build",
    "node-gyp-build-optional-packages",
    "node-pre-gyp",
    "prebuild-install",
];

/// Whether a package's own files or manifest say that it runs native code.
///
/// A missing or broken package.json says nothing: whoever imports the package gets the error about it.
pub fn has_native_code(folder: &Path) -> bool {
    if folder.join("binding.gyp").exists() || folder.join("prebuilds").is_dir() || holds_addon(folder) {
        return true;
    }
    let Ok(text) = std::fs::read(folder.join("package.json")) else { return false };
    let Ok(manifest) = serde_json::from_slice::<serde_json::Value>(&text) else { return false };
    let names =
        |field: &str| manifest.get(field).and_then(serde_json::Value::as_object).into_iter().flat_map(|map| map.keys());
    manifest.get("gypfile").and_then(serde_json::Value::as_bool) == Some(true)
        || manifest.get("napi").is_some_and(serde_json::Value::is_object)
        || names("dependencies").any(|name| NATIVE_LOADERS.contains(&name.as_str()))
        || names("optionalDependencies").any(|name| names_a_platform(name))
}

/// Whether a binary lies beside the package.json.
fn holds_addon(folder: &Path) -> bool {
    let Ok(entries) = std::fs::read_dir(folder) else { return false };
    entries
        .flatten()
        .any(|entry| Path::new(&entry.file_name()).extension().is_some_and(|extension| extension == "node"))
}

/// Whether a package's name ends in an operating system and a processor, as packages that hold one platform's binary
/// are named (`@img/sharp-linux-x64`, `@esbuild/darwin-arm64`, `@rollup/rollup-linux-x64-gnu`).
fn names_a_platform(name: &str) -> bool {
    let mut words = name.rsplit('/').next().unwrap_or(name).split('-');
    words.any(|word| matches!(word, "linux" | "linuxmusl" | "darwin" | "win32" | "windows" | "android" | "freebsd"))
        && words.next().is_some_and(|word| {
            matches!(word, "x64" | "arm64" | "arm" | "ia32" | "armv6" | "armv7" | "x86" | "universal" | "x86_64" | "64")
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_innermost_package_counts() {
        let place =
            PackagePlace::of(Path::new("/p/node_modules/.pnpm/a@1/node_modules/@s/b/lib/i.js")).expect("package");
        assert_eq!(place.name, "@s/b");
        assert_eq!(place.folder, Path::new("/p/node_modules/.pnpm/a@1/node_modules/@s/b"));
        assert_eq!(PackagePlace::of(Path::new("/p/lib/i.js")), None);
        assert_eq!(PackagePlace::of(Path::new("/p/node_modules")), None);
    }

    #[test]
    fn bare_specifiers_name_a_package() {
        assert_eq!(package_name_of_specifier("pg"), Some("pg"));
        assert_eq!(package_name_of_specifier("pg/lib/x.js"), Some("pg"));
        assert_eq!(package_name_of_specifier("@s/b/x"), Some("@s/b"));
        assert_eq!(package_name_of_specifier("@s/b"), Some("@s/b"));
        for none in ["./x", "../x", "/x", "#x", "node:fs", "data:text/javascript,1", ""] {
            assert_eq!(package_name_of_specifier(none), None, "{none}");
        }
    }

    #[test]
    fn platform_packages_are_known_by_their_names() {
        for name in
            ["@img/sharp-linux-x64", "@esbuild/darwin-arm64", "@rollup/rollup-linux-x64-gnu", "@x/linuxmusl-x64"]
        {
            assert!(names_a_platform(name), "{name}");
        }
        for name in ["fsevents", "linux", "detect-linux", "windows-iana"] {
            assert!(!names_a_platform(name), "{name}");
        }
    }
}
