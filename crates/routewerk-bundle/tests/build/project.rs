//! A project in a temporary folder: files written, built, and the output run by Node.js.

use std::path::{Path, PathBuf};
use std::process::Command;

use routewerk_bundle::{
    BuildError, BuildInput, BuildModule, BuildOutput, BuildRoute, NextModules, ResolveSettings, build, defines,
};

/// What the runtime would serve, for tests that do not look at the real one.
const NEXT_MODULES: &str = r#"{
    "next/server": ["NextRequest", "NextResponse", "after", "connection"],
    "next/headers": ["cookies", "headers", "draftMode"],
    "next/cache": ["revalidateTag"]
}"#;

/// A stand-in for the runtime's objects, and a printer for a route's answer.
const HARNESS: &str = r"
globalThis[Symbol.for('routewerk.runtime')] = { modules: {
    'next/server': { NextRequest: class NextRequest {}, NextResponse: class NextResponse { static json(x) { return Response.json(x) } }, after() {}, connection() {} },
    'next/headers': { cookies() { return 'cookies' }, headers() {}, draftMode() {} },
    'next/cache': { revalidateTag() {} },
} };
globalThis.show = (value) => console.log(JSON.stringify(value));
globalThis.call = async (module, method = 'GET') => (await module[method](new Request('http://x/'), { params: Promise.resolve({}) })).json();
";

pub(crate) struct Project {
    folder: tempfile::TempDir,
    pub(crate) server_external_packages: Vec<String>,
    pub(crate) transpile_packages: Vec<String>,
    pub(crate) tsconfig: Option<PathBuf>,
    pub(crate) environment: Vec<(String, String)>,
    pub(crate) config_env: Vec<(String, String)>,
    pub(crate) modules: Vec<(String, String)>,
    pub(crate) config_modules: Vec<(String, String)>,
    pub(crate) cache_components: bool,
    /// The project's folder below the temporary one: not empty for a workspace.
    pub(crate) inside: String,
}

impl Project {
    pub(crate) fn new(files: &[(&str, &str)]) -> Self {
        let project = Self {
            folder: tempfile::tempdir().expect("temporary folder"),
            server_external_packages: Vec::new(),
            transpile_packages: Vec::new(),
            tsconfig: None,
            environment: Vec::new(),
            config_env: Vec::new(),
            modules: Vec::new(),
            config_modules: Vec::new(),
            cache_components: false,
            inside: String::new(),
        };
        for (name, text) in files {
            project.write(name, text);
        }
        project
    }

    pub(crate) fn top(&self) -> PathBuf {
        std::fs::canonicalize(self.folder.path()).expect("there")
    }

    /// The temporary folder's path, whether it is there or not.
    pub(crate) fn top_path(&self) -> PathBuf {
        self.folder.path().to_path_buf()
    }

    pub(crate) fn root(&self) -> PathBuf {
        if self.inside.is_empty() { self.top() } else { self.top().join(&self.inside) }
    }

    pub(crate) fn write(&self, name: &str, text: impl AsRef<[u8]>) {
        let path = self.folder.path().join(name);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("folders");
        std::fs::write(path, text).expect("file");
    }

    fn routes(&self) -> Vec<BuildRoute> {
        let mut files = Vec::new();
        find_routes(&self.root().join("app"), &mut files);
        files.sort();
        files
            .into_iter()
            .map(|file| {
                let folder = file.parent().expect("a folder").strip_prefix(self.root().join("app")).expect("below app");
                BuildRoute { pattern: format!("/{}", folder.display()), file: file.clone() }
            })
            .collect()
    }

    pub(crate) fn out_dir(&self) -> PathBuf {
        self.root().join(".routewerk/builds/test")
    }

    fn build_modules(&self, modules: &[(String, String)]) -> Vec<BuildModule> {
        let module = |(name, file): &(String, String)| BuildModule { name: name.clone(), file: self.root().join(file) };
        modules.iter().map(module).collect()
    }

    pub(crate) fn input(&self) -> BuildInput {
        let pairs = |list: &[(String, String)]| list.to_vec();
        let (environment, config_env) = (pairs(&self.environment), pairs(&self.config_env));
        BuildInput {
            resolve: ResolveSettings {
                project_root: self.root(),
                tsconfig: self.tsconfig.clone(),
                server_external_packages: self.server_external_packages.clone(),
                transpile_packages: self.transpile_packages.clone(),
                development: false,
                next_modules: NextModules::from_json(NEXT_MODULES).expect("json"),
            },
            routes: self.routes(),
            modules: self.build_modules(&self.modules),
            config_modules: self.build_modules(&self.config_modules),
            defines: defines(
                false,
                environment.iter().map(|(name, value)| (name.as_str(), value.as_str())),
                config_env.iter().map(|(name, value)| (name.as_str(), value.as_str())),
            ),
            cache_components: self.cache_components,
            use_cache: routewerk_bundle::UseCache { is_enabled: self.cache_components, kinds: Vec::new() },
            out_dir: self.out_dir(),
        }
    }

    pub(crate) fn try_build(&self) -> Result<BuildOutput, Vec<BuildError>> {
        build(&self.input())
    }

    pub(crate) fn build(&self) -> BuildOutput {
        match self.try_build() {
            Ok(output) => output,
            Err(errors) => panic!("{}", texts(&errors).join("\n\n")),
        }
    }

    pub(crate) fn errors(&self) -> Vec<String> {
        texts(&self.try_build().expect_err("the build must fail"))
    }

    /// Builds, then runs a script in which `load(n)` imports the nth route; what it shows, as JSON.
    pub(crate) fn run(&self, script: &str) -> serde_json::Value {
        self.build();
        self.run_built(script)
    }

    pub(crate) fn run_built(&self, script: &str) -> serde_json::Value {
        let text = format!(
            "{HARNESS}\nconst load = (n) => import(`${{{}}}/r${{n}}.mjs`);\n{script}\n",
            serde_json::json!(format!("file://{}/server", self.out_dir().display()))
        );
        let file = self.top().join("harness.mjs");
        std::fs::write(&file, text).expect("file");
        let ran = Command::new("node").arg(&file).current_dir(self.root()).output().expect("node");
        let out = String::from_utf8_lossy(&ran.stdout).into_owned();
        assert!(ran.status.success(), "{out}\n{}", String::from_utf8_lossy(&ran.stderr));
        serde_json::from_str(out.lines().last().unwrap_or_default()).unwrap_or_else(|error| panic!("{error}: {out}"))
    }

    /// The answer of the first route's GET.
    pub(crate) fn get(&self) -> serde_json::Value {
        self.run("show(await call(await load(0)))")
    }
}

pub(crate) fn texts(errors: &[BuildError]) -> Vec<String> {
    errors.iter().map(ToString::to_string).collect()
}

fn find_routes(folder: &Path, files: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let path = entry.path();
        if path.is_dir() {
            find_routes(&path, files);
        } else if path.file_stem().is_some_and(|stem| stem == "route") {
            files.push(path);
        }
    }
}
