//! The modules that next.config names: where they are, and what the manifest says of them.
//!
//! As in Next.js a name is a path, absolute or relative to the project, or a `file://` URL. A name that is no such file and
//! begins with neither `.` nor `/` may also be that of a package. What is not there ends `build` and `dev`: nobody finds out from
//! a log line in production that his store was never used.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use routewerk_bundle::{
    BuildModule, ConfigModule, ConfigModules, NextModules, ProjectResolver, RequestKind, ResolveSettings, Resolved,
    shown_path,
};
use serde_json::Value as Json;

use crate::exit::Exit;
use crate::failure::Failure;

/// The extensions that a module may have.
const EXTENSIONS: [&str; 6] = ["js", "mjs", "cjs", "ts", "mts", "cts"];

/// The files of the modules that a configuration names, absolute.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ConfigFiles {
    /// `cacheHandler`
    cache_handler: Option<PathBuf>,
    /// `cacheHandlers`, by name.
    cache_handlers: BTreeMap<String, PathBuf>,
}

impl ConfigFiles {
    /// Finds the modules of a configuration; `file` is its name, for messages.
    ///
    /// # Errors
    /// A [`Failure`] with [`Exit::Config`] for a value that is no path, a file that is not there and one that is no script.
    pub(crate) fn find(config: &Json, root: &Path, file: &str) -> Result<Self, Failure> {
        let cache_handler = match config.get("cacheHandler") {
            None | Some(Json::Null) => None,
            Some(Json::String(name)) => Some(
                find(root, name).map_err(|reason| refused(format!("Invalid \"cacheHandler\" in {file}: {reason}")))?,
            ),
            Some(found) => {
                let found = type_name(found);
                let text = format!("Invalid \"cacheHandler\" in {file}: expected a path, found {found}");
                return Err(refused(text).with_hint("cacheHandler: require.resolve('./cache-handler.js')"));
            }
        };
        let cache_handlers = match config.get("cacheHandlers") {
            None | Some(Json::Null) => BTreeMap::new(),
            Some(Json::Object(handlers)) => named(handlers, root)?,
            Some(found) => {
                return Err(refused(format!(
                    "Invalid \"cacheHandlers\" provided, expected an object e.g. {{ default: '/my-handler.js' }}, \
                     received {found}"
                )));
            }
        };
        Ok(Self { cache_handler, cache_handlers })
    }

    /// Each file once, named by its place: several names may lead to one module.
    fn distinct(&self) -> Vec<&Path> {
        let mut files: Vec<&Path> = Vec::new();
        for file in self.cache_handler.iter().chain(self.cache_handlers.values()) {
            if !files.contains(&file.as_path()) {
                files.push(file);
            }
        }
        files
    }

    /// What is to be built.
    pub(crate) fn to_build(&self) -> Vec<BuildModule> {
        let module =
            |(index, file): (usize, &Path)| BuildModule { name: format!("config-{index}"), file: file.to_path_buf() };
        self.distinct().into_iter().enumerate().map(module).collect()
    }

    /// What a build's manifest says: `entries` are the built modules, in the order of [`to_build`](Self::to_build).
    pub(crate) fn built<'entry>(&self, root: &Path, entries: impl Iterator<Item = &'entry str>) -> ConfigModules {
        let entries: Vec<_> = self.distinct().into_iter().zip(entries).collect();
        let entry_of = |file: &Path| {
            let found = entries.iter().find(|(built, _)| *built == file);
            found.map_or_else(String::new, |(_, entry)| (*entry).to_owned())
        };
        self.record(root, entry_of)
    }

    /// What the manifest of `dev` says.
    pub(crate) fn in_development(&self, root: &Path) -> ConfigModules {
        self.record(root, |file| file.to_string_lossy().into_owned())
    }

    fn record(&self, root: &Path, entry_of: impl Fn(&Path) -> String) -> ConfigModules {
        let module = |file: &PathBuf| ConfigModule { file: shown_path(root, file), entry: entry_of(file) };
        ConfigModules {
            cache_handler: self.cache_handler.as_ref().map(module),
            cache_handlers: self.cache_handlers.iter().map(|(name, file)| (name.clone(), module(file))).collect(),
        }
    }
}

/// The files of `cacheHandlers`. The texts are those of Next.js.
fn named(handlers: &serde_json::Map<String, Json>, root: &Path) -> Result<BTreeMap<String, PathBuf>, Failure> {
    let mut found = BTreeMap::new();
    for (key, value) in handlers {
        let is_name = !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-');
        let reason = match value {
            _ if key == "private" => "The cache handler for \"use cache: private\" cannot be customized.".to_owned(),
            _ if !is_name => "key must only use characters a-z and -".to_owned(),
            // Next.js takes an empty text for none.
            Json::Null => continue,
            Json::String(name) if name.is_empty() => continue,
            Json::String(name) => match find(root, name) {
                Ok(file) => {
                    found.insert(key.clone(), file);
                    continue;
                }
                Err(Unfound::Missing(_)) => format!("cache handler path provided does not exist, received {name}"),
                Err(reason) => reason.to_string(),
            },
            other => format!("expected a path, found {}", type_name(other)),
        };
        return Err(refused(format!("Invalid handler fields configured for \"cacheHandlers\":\n{key}: {reason}")));
    }
    Ok(found)
}

/// Why a name leads to no module.
#[derive(Debug, thiserror::Error)]
enum Unfound {
    /// There is nothing of this name.
    #[error("`{0}` does not exist")]
    Missing(String),
    /// It is a `file://` URL that names no file of this machine.
    #[error("`{0}` is no URL of a file")]
    NoFile(String),
    /// It is there and is no script.
    #[error("`{0}` is no JavaScript or TypeScript file")]
    NoScript(String),
}

/// The file that a name leads to, symbolic links resolved.
fn find(root: &Path, name: &str) -> Result<PathBuf, Unfound> {
    let path = match name.strip_prefix("file://") {
        Some(rest) => path_of_url(rest).ok_or_else(|| Unfound::NoFile(name.to_owned()))?,
        None => root.join(name),
    };
    let path =
        if path.is_file() { path } else { package(root, name).ok_or_else(|| Unfound::Missing(name.to_owned()))? };
    let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
    if !EXTENSIONS.contains(&extension) {
        return Err(Unfound::NoScript(name.to_owned()));
    }
    std::fs::canonicalize(&path).map_err(|_| Unfound::Missing(name.to_owned()))
}

/// The path of a file's URL, from what follows `file://`: no host, and no escape that stands for a slash (Node.js's
/// `fileURLToPath`).
fn path_of_url(rest: &str) -> Option<PathBuf> {
    let rest = rest.split(['?', '#']).next().unwrap_or_default();
    let rest = rest.strip_prefix("localhost").unwrap_or(rest);
    if !rest.starts_with('/') {
        return None;
    }
    let bytes = rest.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        if *byte != b'%' {
            decoded.push(*byte);
            at += 1;
            continue;
        }
        let digits = std::str::from_utf8(bytes.get(at + 1..at + 3)?).ok()?;
        match u8::from_str_radix(digits, 16).ok()? {
            b'/' | 0 => return None,
            byte => decoded.push(byte),
        }
        at += 3;
    }
    String::from_utf8(decoded).ok().map(PathBuf::from)
}

/// The file of a package, as `import` in the project's directory finds it.
fn package(root: &Path, name: &str) -> Option<PathBuf> {
    if name.starts_with(['.', '/']) || name.contains(':') {
        return None;
    }
    let resolver = ProjectResolver::new(ResolveSettings {
        project_root: root.to_path_buf(),
        tsconfig: None,
        server_external_packages: Vec::new(),
        transpile_packages: Vec::new(),
        development: false,
        next_modules: NextModules::default(),
    });
    match resolver.resolve(&root.join("package.json"), name, RequestKind::Import) {
        Ok(Resolved::File(file)) => Some(file.path),
        Ok(Resolved::External(external)) => Some(external.path),
        Ok(_) | Err(_) => None,
    }
}

fn refused(text: impl Into<String>) -> Failure {
    Failure::new(Exit::Config, text)
}

/// JavaScript's word for the type of a value.
const fn type_name(value: &Json) -> &'static str {
    match value {
        Json::Null => "null",
        Json::Bool(_) => "a boolean",
        Json::Number(_) => "a number",
        Json::String(_) => "a string",
        Json::Array(_) => "an array",
        Json::Object(_) => "an object",
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn project() -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let root = std::fs::canonicalize(folder.path()).unwrap();
        for (name, text) in [
            ("handler.mjs", "export default class {}"),
            ("lib/store.ts", "export default class {}"),
            ("notes.txt", ""),
            ("node_modules/store/package.json", r#"{ "name": "store", "exports": "./main.js" }"#),
            ("node_modules/store/main.js", "module.exports = class {}"),
        ] {
            let path = root.join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        (folder, root)
    }

    #[test]
    fn paths_urls_and_packages_lead_to_files() {
        let (_folder, root) = project();
        std::fs::write(root.join("my \u{fc}.mjs"), "").unwrap();
        let escaped = format!("file://{}/my%20%C3%BC.mjs?x#y", root.display());
        let url = format!("file://{}", root.join("handler.mjs").display());
        let absolute = root.join("handler.mjs").display().to_string();
        for (name, expected) in [
            ("./handler.mjs", "handler.mjs"),
            ("handler.mjs", "handler.mjs"),
            ("lib/store.ts", "lib/store.ts"),
            (url.as_str(), "handler.mjs"),
            (absolute.as_str(), "handler.mjs"),
            (escaped.as_str(), "my \u{fc}.mjs"),
            ("store", "node_modules/store/main.js"),
        ] {
            let found = ConfigFiles::find(&json!({ "cacheHandler": name }), &root, "next.config.js").unwrap();
            assert_eq!(found.cache_handler, Some(root.join(expected)), "{name}");
        }
    }

    #[test]
    fn one_file_under_several_names_is_one_module() {
        let (_folder, root) = project();
        let config = json!({
            "cacheHandler": "./handler.mjs",
            "cacheHandlers": { "default": "./handler.mjs", "remote": "lib/store.ts", "static": null, "other": "" },
        });
        let files = ConfigFiles::find(&config, &root, "next.config.js").unwrap();
        let names: Vec<_> = files.to_build().into_iter().map(|module| module.name).collect();
        assert_eq!(names, ["config-0", "config-1"]);
        let built = files.built(&root, ["server/config-0.mjs", "server/config-1.mjs"].into_iter());
        let expected = |file: &str, entry: &str| ConfigModule { file: file.to_owned(), entry: entry.to_owned() };
        assert_eq!(built.cache_handler, Some(expected("./handler.mjs", "server/config-0.mjs")));
        assert_eq!(built.cache_handlers["default"], expected("./handler.mjs", "server/config-0.mjs"));
        assert_eq!(built.cache_handlers["remote"], expected("./lib/store.ts", "server/config-1.mjs"));
        assert_eq!(built.cache_handlers.len(), 2);
    }

    #[test]
    fn what_leads_to_no_module_is_refused() {
        let (_folder, root) = project();
        for (config, expected) in [
            (
                json!({ "cacheHandler": 7 }),
                "Invalid \"cacheHandler\" in next.config.js: expected a path, found a number",
            ),
            (
                json!({ "cacheHandler": "./gone.js" }),
                "Invalid \"cacheHandler\" in next.config.js: `./gone.js` does not exist",
            ),
            (
                json!({ "cacheHandler": "./notes.txt" }),
                "Invalid \"cacheHandler\" in next.config.js: `./notes.txt` is no JavaScript or TypeScript file",
            ),
            (
                json!({ "cacheHandler": "file://elsewhere/x.js" }),
                "Invalid \"cacheHandler\" in next.config.js: `file://elsewhere/x.js` is no URL of a file",
            ),
            (
                json!({ "cacheHandlers": "./handler.mjs" }),
                "Invalid \"cacheHandlers\" provided, expected an object e.g. { default: '/my-handler.js' }, received \
                 \"./handler.mjs\"",
            ),
            (
                json!({ "cacheHandlers": { "default": "./gone.js" } }),
                "Invalid handler fields configured for \"cacheHandlers\":\ndefault: cache handler path provided does not \
                 exist, received ./gone.js",
            ),
            (
                json!({ "cacheHandlers": { "private": "./handler.mjs" } }),
                "Invalid handler fields configured for \"cacheHandlers\":\nprivate: The cache handler for \"use cache: \
                 private\" cannot be customized.",
            ),
            (
                json!({ "cacheHandlers": { "Mine": "./handler.mjs" } }),
                "Invalid handler fields configured for \"cacheHandlers\":\nMine: key must only use characters a-z and -",
            ),
        ] {
            let failure = ConfigFiles::find(&config, &root, "next.config.js").unwrap_err();
            assert_eq!((failure.exit, failure.message.as_str()), (Exit::Config, expected));
        }
    }
}
