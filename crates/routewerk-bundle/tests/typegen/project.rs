//! A project in a temporary folder, and the TypeScript compiler run on it.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use routewerk_bundle::typegen::{Typegen, TypegenSettings, write};
use routewerk_routes::{ScanOptions, scan};
use routewerk_test::packages;

/// Options that find everything there is to find, in the generated files too.
pub(crate) const STRICT: &str = r#"
    "strict": true, "noEmit": true, "skipLibCheck": false, "target": "es2022", "jsx": "react-jsx",
    "module": "esnext", "moduleResolution": "bundler", "lib": ["es2024", "dom", "dom.iterable", "dom.asynciterable"],
    "types": ["node"], "isolatedModules": true, "verbatimModuleSyntax": true, "erasableSyntaxOnly": true,
    "exactOptionalPropertyTypes": true, "noUncheckedIndexedAccess": true, "noUncheckedSideEffectImports": true,
    "noPropertyAccessFromIndexSignature": true, "noUnusedLocals": true, "noUnusedParameters": true,
    "noImplicitReturns": true, "noImplicitOverride": true, "allowUnreachableCode": false"#;

/// A version of TypeScript.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TypeScript {
    /// 5.9, which projects of today have.
    Five,
    /// 7, the native compiler.
    Seven,
}

/// What the compiler found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Problem {
    /// The file, relative to the project; empty if it is about none.
    pub file: String,
    /// `TS2344`.
    pub code: String,
    /// All of the message.
    pub text: String,
}

/// A project.
pub(crate) struct Project {
    folder: tempfile::TempDir,
}

impl Project {
    /// A project with files; without `next`, with the types of Node.js.
    pub(crate) fn new(files: &[(&str, &str)]) -> Self {
        let project = Self { folder: tempfile::tempdir().expect("a folder") };
        for (name, text) in files {
            project.write(name, text);
        }
        project.link(&["@types/node"]);
        project
    }

    /// The same with a tsconfig.json that takes in the generated files.
    pub(crate) fn strict(files: &[(&str, &str)]) -> Self {
        let project = Self::new(files);
        project.configure("");
        project
    }

    /// Writes a tsconfig.json of strict options and others, which go before them.
    pub(crate) fn configure(&self, others: &str) {
        let mut options: serde_json::Map<String, serde_json::Value> =
            serde_json::from_str(&format!("{{{STRICT}}}")).expect("options");
        let others: serde_json::Map<String, serde_json::Value> =
            serde_json::from_str(&format!("{{{others}}}")).expect("options");
        options.extend(others);
        let config = serde_json::json!({
            "compilerOptions": options,
            "include": ["**/*.ts", "**/*.tsx", ".routewerk/types/**/*.ts"],
        });
        self.write("tsconfig.json", &config.to_string());
    }

    pub(crate) fn root(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        let path = self.root().join(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        fs::write(path, text).expect("written");
    }

    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.root().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    /// Installs packages of the shared folder.
    pub(crate) fn link(&self, names: &[&str]) {
        for name in names {
            let place = self.root().join("node_modules").join(name);
            fs::create_dir_all(place.parent().expect("a folder")).expect("made");
            std::os::unix::fs::symlink(installed().join("node_modules").join(name), place).expect("linked");
        }
    }

    /// Writes the types of the routes that are there.
    pub(crate) fn typegen(&self) -> Typegen {
        let set = scan(self.root(), &ScanOptions::default()).expect("a scan");
        write(self.root(), &set, &TypegenSettings::default()).expect("types")
    }

    /// What the compiler finds, except in packages: their declarations are not ours to mend.
    pub(crate) fn check(&self, version: TypeScript) -> Vec<Problem> {
        let mut problems = parse(&self.compiler(version, &["--pretty", "false"]));
        problems.retain(|problem| !problem.file.contains("node_modules"));
        problems
    }

    /// What the compiler prints.
    pub(crate) fn compiler(&self, version: TypeScript, flags: &[&str]) -> String {
        let output = Command::new("node")
            .arg(compiler(version))
            .args(["-p", "."])
            .args(flags)
            .current_dir(self.root())
            .stdin(Stdio::null())
            .output()
            .expect("the compiler runs");
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(errors.is_empty() || errors.starts_with("npm warn"), "{errors}");
        String::from_utf8(output.stdout).expect("text")
    }
}

/// Problems by their file.
pub(crate) fn by_file(problems: Vec<Problem>) -> BTreeMap<String, Vec<Problem>> {
    let mut files: BTreeMap<String, Vec<Problem>> = BTreeMap::new();
    for problem in problems {
        files.entry(problem.file.clone()).or_default().push(problem);
    }
    files
}

/// The folder with everything that the projects link to.
pub(crate) fn installed() -> PathBuf {
    packages::lean_packages(
        "next-16.4.6-types",
        &[
            ("next", "16.4.6"),
            ("react", "19.3.1"),
            ("react-dom", "19.3.1"),
            ("@types/react", "19.3.0"),
            ("@types/node", "20.19.0"),
            ("typescript", "5.9.3"),
        ],
    )
}

fn compiler(version: TypeScript) -> PathBuf {
    match version {
        TypeScript::Five => installed().join("node_modules/typescript/bin/tsc"),
        TypeScript::Seven => packages::package("typescript", "7.0.2").join("bin/tsc"),
    }
}

/// Reads `file(line,column): error TS1: text` and the lines that belong to it.
fn parse(output: &str) -> Vec<Problem> {
    let mut problems: Vec<Problem> = Vec::new();
    for line in output.lines() {
        if line.starts_with(' ') {
            if let Some(last) = problems.last_mut() {
                last.text.push('\n');
                last.text.push_str(line);
            }
            continue;
        }
        let Some((place, rest)) = line.split_once("error TS") else { panic!("not understood: {line}") };
        let (code, text) = rest.split_once(": ").expect("a text");
        let place = place.trim_end_matches([':', ' ']);
        let file = place.rfind('(').map_or(place, |end| &place[..end]);
        problems.push(Problem { file: file.to_owned(), code: format!("TS{code}"), text: text.to_owned() });
    }
    problems
}
