//! A Next.js project in a temporary directory.

use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

/// A project that exists as long as this value.
#[derive(Debug)]
pub struct TestApp {
    directory: TempDir,
}

impl Default for TestApp {
    fn default() -> Self {
        Self::new()
    }
}

impl TestApp {
    /// A project with a `package.json` and nothing else.
    pub fn new() -> Self {
        let directory = tempfile::Builder::new().prefix("routewerk-test-").tempdir().expect("a temporary directory");
        let app = Self { directory };
        app.write("package.json", "{ \"name\": \"test-app\", \"private\": true }\n");
        app
    }

    /// The same project with a file more.
    pub fn with(self, path: &str, text: &str) -> Self {
        self.write(path, text);
        self
    }

    /// The same project with a route that answers GET with a text.
    pub fn with_text_route(self, path: &str, text: &str) -> Self {
        let text = serde_json::Value::from(text);
        self.with(path, &format!("export function GET(): Response {{\n  return new Response({text})\n}}\n"))
    }

    /// Writes a file, its directories too. The file is replaced in one step, as editors save.
    pub fn write(&self, path: &str, text: &str) {
        let target = self.path(path);
        let parent = target.parent().expect("a file has a parent");
        fs::create_dir_all(parent).expect("directories can be made");
        let aside = parent.join(format!(".{}.saving", target.file_name().expect("a name").to_string_lossy()));
        fs::write(&aside, text).expect("a file can be written");
        fs::rename(&aside, &target).expect("a file can be replaced");
    }

    /// A file's text.
    pub fn read(&self, path: &str) -> String {
        fs::read_to_string(self.path(path)).unwrap_or_else(|error| panic!("`{path}` can be read: {error}"))
    }

    /// Removes a file or a directory with all that it holds.
    pub fn remove(&self, path: &str) {
        let path = self.path(path);
        if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) }.expect("it can be removed");
    }

    /// Whether there is such a file or directory.
    pub fn has(&self, path: &str) -> bool {
        self.path(path).exists()
    }

    /// Makes an installed package visible to the project, as a link in `node_modules`.
    pub fn link_package(&self, name: &str, package: &Path) {
        let link = self.path("node_modules").join(name);
        fs::create_dir_all(link.parent().expect("a parent")).expect("node_modules can be made");
        std::os::unix::fs::symlink(package, link).expect("a link can be made");
    }

    /// The project's directory, symbolic links resolved.
    pub fn root(&self) -> PathBuf {
        self.directory.path().canonicalize().expect("the directory exists")
    }

    /// The absolute path of one of its files.
    pub fn path(&self, path: &str) -> PathBuf {
        self.root().join(path)
    }
}
