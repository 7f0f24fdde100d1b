//! A project in a temporary folder, with its module graph.

use std::path::{Path, PathBuf};

use routewerk_bundle::dev::{DevOptions, Invalidation, ModuleGraph};
use routewerk_bundle::{NextModules, ResolveSettings, defines};

use crate::worker::Worker;

const NEXT_MODULES: &str = r#"{ "next/server": ["NextResponse", "after"], "next/headers": ["cookies"] }"#;

pub(crate) struct Project {
    _folder: tempfile::TempDir,
    root: PathBuf,
    pub(crate) graph: ModuleGraph,
}

impl Project {
    pub(crate) fn new(files: &[(&str, &str)]) -> Self {
        Self::inside("", files)
    }

    /// A project whose own folder is `inside` the temporary one: a workspace's member.
    pub(crate) fn inside(inside: &str, files: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().expect("temporary folder");
        let top = folder.path().canonicalize().expect("real path");
        write_all(&top, files);
        std::fs::create_dir_all(top.join(inside)).expect("project folder");
        let root = top.join(inside).canonicalize().expect("real path");
        let graph = graph_of(&root);
        Self { _folder: folder, root, graph }
    }

    /// Starts again with a graph that lets every text go as soon as it was sent.
    pub(crate) fn keep_no_texts(&mut self) {
        let mut options = options_of(&self.root);
        options.max_text_bytes = 0;
        self.graph = ModuleGraph::new(options).expect("a graph");
    }

    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.root.join(name)
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        write_all(&self.root, &[(name, text)]);
    }

    /// Writes a file and tells the graph, as the watcher would.
    pub(crate) fn save(&self, name: &str, text: &str) -> Invalidation {
        self.write(name, text);
        self.graph.changed([self.path(name)])
    }

    /// Writes a file and tells the graph and the worker.
    pub(crate) fn save_in(&self, worker: &mut Worker, name: &str, text: &str) -> Invalidation {
        let told = self.save(name, text);
        worker.changed(&self.graph, &told);
        told
    }

    pub(crate) fn remove(&self, name: &str) -> Invalidation {
        std::fs::remove_file(self.path(name)).expect("removed");
        self.graph.changed([self.path(name)])
    }

    /// The id of a module.
    pub(crate) fn id(&self, name: &str) -> String {
        self.path(name).display().to_string()
    }

    /// The names of modules, from the project's root.
    pub(crate) fn names<'i>(&self, ids: impl IntoIterator<Item = &'i (impl AsRef<str> + 'i)>) -> Vec<String> {
        let prefix = format!("{}/", self.root.display());
        ids.into_iter().map(|id| id.as_ref().strip_prefix(&prefix).unwrap_or(id.as_ref()).to_owned()).collect()
    }

    pub(crate) fn prepare_error(&self, entry: &str) -> String {
        self.graph.prepare(&self.id(entry)).expect_err("an error").to_string()
    }
}

pub(crate) fn graph_of(root: &Path) -> ModuleGraph {
    ModuleGraph::new(options_of(root)).expect("a graph")
}

fn options_of(root: &Path) -> DevOptions {
    let settings = ResolveSettings {
        project_root: root.to_path_buf(),
        tsconfig: None,
        server_external_packages: vec!["external-cjs".to_owned(), "external-esm".to_owned()],
        transpile_packages: Vec::new(),
        development: true,
        next_modules: NextModules::from_json(NEXT_MODULES).expect("table"),
    };
    let mut options = DevOptions::new(settings);
    options.defines = defines(true, [("NEXT_PUBLIC_NAME", "public")], [("CONFIGURED", "by config")]);
    options
}

pub(crate) fn write_all(root: &Path, files: &[(&str, &str)]) {
    for (name, text) in files {
        let path = root.join(name);
        std::fs::create_dir_all(path.parent().expect("parent")).expect("folder");
        std::fs::write(path, text).expect("written");
    }
}
