//! A Node.js process with the real registry in it, and this process as its front.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::OnceLock;

use routewerk_bundle::RuntimeSources;
use routewerk_bundle::dev::{Invalidation, ModuleGraph, ModulesQuery};
use serde_json::{Value, json};

/// What happens between an answer and its arrival; what it gives is told to the worker first.
type BeforeAnswer = Box<dyn FnMut(&ModuleGraph) -> Option<Invalidation>>;

/// What a command in the worker came to.
#[derive(Clone, Debug)]
pub(crate) struct Failure {
    pub(crate) message: String,
    pub(crate) stack: String,
    pub(crate) complaints: Value,
}

pub(crate) struct Worker {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    last: u64,
    /// The ids of the modules that were sent, in their order.
    pub(crate) sent: Vec<String>,
    /// Called before each question is answered.
    pub(crate) before_answer: Option<BeforeAnswer>,
}

impl Worker {
    pub(crate) fn start() -> Self {
        Self::start_in(Path::new("/"), &[])
    }

    /// Starts in a folder, with flags for Node.js.
    pub(crate) fn start_in(folder: &Path, flags: &[&str]) -> Self {
        let mut child = Command::new("node")
            .args(flags)
            .arg(bundle())
            .current_dir(folder)
            .env("NODE_ENV", "development")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("node starts");
        let input = child.stdin.take().expect("piped");
        let output = BufReader::new(child.stdout.take().expect("piped"));
        Self { child, input, output, last: 0, sent: Vec::new(), before_answer: None }
    }

    /// Runs the body of an async function with `registry`, `load` and `mapStack`, answering the registry's questions meanwhile.
    pub(crate) fn run(&mut self, graph: &ModuleGraph, code: &str) -> Result<Value, Failure> {
        self.last += 1;
        let number = self.last;
        self.say(&json!({ "number": number, "run": code }));
        self.wait_for(graph, number)
    }

    /// The same for code that does not fail.
    pub(crate) fn value(&mut self, graph: &ModuleGraph, code: &str) -> Value {
        self.run(graph, code).unwrap_or_else(|failure| panic!("{code}: {}\n{}", failure.message, failure.stack))
    }

    /// Loads an entry and calls one of its exports; gives what it returns.
    pub(crate) fn call(&mut self, graph: &ModuleGraph, entry: &Path, name: &str) -> Value {
        let entry = json!(entry);
        self.value(graph, &format!("return await (await load({entry}))[{name:?}]()"))
    }

    pub(crate) fn changed(&mut self, graph: &ModuleGraph, invalidation: &Invalidation) {
        self.last += 1;
        let number = self.last;
        self.say(&json!({ "number": number, "changed": invalidation }));
        self.wait_for(graph, number).expect("taken in");
    }

    fn wait_for(&mut self, graph: &ModuleGraph, number: u64) -> Result<Value, Failure> {
        loop {
            let mut line = String::new();
            let read = self.output.read_line(&mut line).expect("worker's output");
            assert!(read > 0, "the worker ended");
            let message: Value = serde_json::from_str(&line).unwrap_or_else(|_| panic!("not JSON: {line}"));
            if let Some(question) = message.get("ask") {
                self.answer(graph, question, &message["value"]);
                continue;
            }
            if message["number"] != number {
                continue;
            }
            return match message.get("error") {
                None => Ok(message["value"].clone()),
                Some(error) => Err(Failure {
                    message: error.as_str().unwrap_or_default().to_owned(),
                    stack: message["stack"].as_str().unwrap_or_default().to_owned(),
                    complaints: message["complaints"].clone(),
                }),
            };
        }
    }

    fn answer(&mut self, graph: &ModuleGraph, question: &Value, value: &Value) {
        let query: ModulesQuery = serde_json::from_value(value.clone()).expect("a query");
        let reply = graph.load(&query);
        if let Some(told) = self.before_answer.as_mut().and_then(|before| before(graph)) {
            self.say(&json!({ "number": 0, "changed": told }));
        }
        let message = match reply {
            Ok(reply) => {
                self.sent.extend(reply.modules.iter().map(|module| module.id.to_string()));
                json!({ "number": question, "answer": reply })
            }
            Err(error) => json!({ "number": question, "fail": error.to_json().to_string() }),
        };
        self.say(&message);
    }

    fn say(&mut self, message: &Value) {
        writeln!(self.input, "{message}").expect("the worker reads");
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        // It is a test's own process; that it is gone already is fine.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The driver and the runtime's own files as one script, made once per run of the tests.
fn bundle() -> &'static Path {
    static BUNDLE: OnceLock<(tempfile::TempDir, PathBuf)> = OnceLock::new();
    let (_, file) = BUNDLE.get_or_init(|| {
        let runtime = Path::new(env!("CARGO_MANIFEST_DIR")).join("runtime");
        let mut files = vec![("main.ts".to_owned(), include_str!("driver.ts").to_owned())];
        let mut folders = vec![runtime.clone()];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).expect("runtime folder") {
                let path = entry.expect("entry").path();
                let name = path.strip_prefix(&runtime).expect("inside").display().to_string();
                let is_code = path.extension().is_some_and(|extension| extension == "ts" || extension == "json");
                if path.is_dir() && !name.starts_with("node_modules") && !name.starts_with("tests") {
                    folders.push(path);
                } else if is_code && name.contains('/') {
                    files.push((name, std::fs::read_to_string(&path).expect("source")));
                }
            }
        }
        let folder = tempfile::tempdir().expect("temporary folder");
        let file = folder.path().join("worker.cjs");
        RuntimeSources::from_files(files).bundle_to(&file).expect("the runtime compiles");
        (folder, file)
    });
    file
}
