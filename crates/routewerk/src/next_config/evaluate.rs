//! Runs a next.config in a process of its own, with bounds on its time and its output.
//!
//! The user's code may print, end the process, or never settle: none of that reaches the command. What it prints is
//! passed on to standard error up to a limit, so that `routes --json` stays JSON. The process is killed when the
//! future is dropped.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use routewerk_bundle::Location;
use routewerk_engine::{Runtime, RuntimeKind};
use serde::Deserialize;
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::process::Command;

use super::value::ConfigValue;
use crate::exit::Exit;
use crate::failure::{Failure, IoContext};
use crate::report::Report;
use crate::runtime;

/// The program that imports the file and describes what it exports.
const SCRIPT: &str = include_str!("evaluate.mjs");
/// What `defaultConfig` is for a configuration that is a function.
const DEFAULT_CONFIG: &str = include_str!("default_config.json");
/// How long a configuration may take, network requests of its author included.
const TIMEOUT: Duration = Duration::from_mins(1);
/// What a configuration may print; more is dropped with a word.
const MAX_OUTPUT_BYTES: usize = 256 * 1024;
/// The longest description: `describe` in the script bounds the number of values, this bounds their length.
const MAX_RESULT_BYTES: u64 = 32 * 1024 * 1024;

/// What to evaluate, and how.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Job<'job> {
    /// The project's root: the working directory.
    pub root: &'job Path,
    /// The configuration as the user wrote it, for messages.
    pub config_file: &'job Path,
    /// The file that is imported: the configuration itself, or what it was compiled to.
    pub module_file: &'job Path,
    /// The phase that a function gets.
    pub phase: &'static str,
    /// Whether `headers`, `redirects` and `rewrites` are called.
    pub has_rules: bool,
    /// The environment.
    pub environment: &'job BTreeMap<String, String>,
}

/// What the evaluation found.
#[derive(Debug)]
pub(crate) struct Evaluated {
    /// The configuration.
    pub config: ConfigValue,
    /// What `headers`, `redirects` and `rewrites` returned.
    pub rules: BTreeMap<String, ConfigValue>,
    /// What the user's code did to the environment.
    pub environment: EnvironmentChanges,
}

/// What a configuration did to `process.env`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub(crate) struct EnvironmentChanges {
    /// Names that it set, and to what.
    pub set: BTreeMap<String, String>,
    /// Names that it removed.
    pub removed: Vec<String>,
}

impl EnvironmentChanges {
    /// Whether nothing changed.
    pub(crate) fn is_empty(&self) -> bool {
        self.set.is_empty() && self.removed.is_empty()
    }
}

/// The script's result.
#[derive(Deserialize)]
struct Outcome {
    config: Option<serde_json::Value>,
    #[serde(default)]
    rules: BTreeMap<String, serde_json::Value>,
    #[serde(default)]
    environment: EnvironmentChanges,
    error: Option<Thrown>,
}

/// What the user's code threw.
#[derive(Debug, Deserialize)]
pub(crate) struct Thrown {
    during: String,
    message: String,
    code: Option<String>,
    place: Option<Place>,
}

/// Where it was thrown.
#[derive(Debug, Deserialize)]
struct Place {
    file: PathBuf,
    line: usize,
    column: usize,
}

/// Why there is no configuration.
#[derive(Debug)]
pub(crate) enum EvaluateError {
    /// The user's code threw.
    Thrown(Box<Thrown>),
    /// Anything else, ready to be shown.
    Failed(Box<Failure>),
}

impl Thrown {
    /// Whether a `CommonJS` module could not load an ES module: compiled as an ES module it can.
    pub(crate) fn asks_for_es_module(&self) -> bool {
        matches!(self.code.as_deref(), Some("ERR_REQUIRE_ESM" | "ERR_REQUIRE_ASYNC_MODULE"))
            || self.message.contains("require is not defined")
    }

    /// The failure to show.
    pub(crate) fn into_failure(self, job: &Job<'_>) -> Failure {
        let name = file_name(job.config_file);
        let what = match self.during.as_str() {
            "load" | "call" => {
                format!("Failed to load {name}, see more info here https://nextjs.org/docs/messages/next-config-error")
            }
            "describe" => format!("The configuration in {name} cannot be used"),
            rule => format!("`{rule}` of {name} failed"),
        };
        let place = self.place.and_then(|place| {
            let source = std::fs::read_to_string(&place.file).ok()?;
            Some(Location::at_line(job.root, &place.file, &source, place.line, place.column))
        });
        match place {
            Some(place) => {
                Failure::new(Exit::Config, format!("{what}\n{place}\n{}", self.message)).with_frame(Some(place.frame))
            }
            None => Failure::new(Exit::Config, format!("{what}\n{}", self.message)),
        }
    }
}

/// Evaluates a configuration.
///
/// # Errors
/// [`EvaluateError`]: the user's code threw, ended the process or did not settle, or the runtime is of no use.
///
/// # Cancel safety
/// Dropping the future kills the process.
pub(crate) async fn evaluate(job: &Job<'_>, runtime: &Runtime, report: Report) -> Result<Evaluated, EvaluateError> {
    let failed = |failure: Failure| EvaluateError::Failed(Box::new(failure));
    let work = tempfile::Builder::new().prefix("routewerk-config-").tempdir();
    let work = work.or_failure("make a directory in", &std::env::temp_dir()).map_err(failed)?;
    let output = work.path().join("result.json");
    let mut command = prepare(job, runtime, work.path(), &output).map_err(failed)?;
    let mut child = command.spawn().map_err(|error| {
        let program = runtime.program.display();
        failed(Failure::new(Exit::Runtime, format!("`{program}` cannot be started: {error}")))
    })?;
    let (out, err) = (child.stdout.take(), child.stderr.take());
    let run = async {
        let ((), errors) = tokio::join!(pass_on(out, report), collect(err));
        (child.wait().await, errors)
    };
    let name = file_name(job.config_file);
    let Ok((status, errors)) = tokio::time::timeout(TIMEOUT, run).await else {
        let text = format!("{name} did not settle within {} s", TIMEOUT.as_secs());
        return Err(failed(
            Failure::new(Exit::Config, text).with_hint("Is something in it waiting for a server that does not answer?"),
        ));
    };
    match read_outcome(&output).map_err(failed)? {
        Some(Outcome { error: Some(thrown), .. }) => {
            print_noise(&errors, report);
            Err(EvaluateError::Thrown(Box::new(thrown)))
        }
        Some(Outcome { config: Some(config), rules, environment, error: None }) => {
            print_noise(&errors, report);
            let described = ConfigValue::from_described;
            let rules = rules.into_iter().map(|(name, value)| (name, described(value))).collect();
            Ok(Evaluated { config: described(config), rules, environment })
        }
        Some(_) | None => {
            // A runtime that is too old for the script ends with a syntax error of its own.
            runtime::check(runtime).await.map_err(failed)?;
            if let Some(thrown) = syntax_error(&errors) {
                return Err(EvaluateError::Thrown(Box::new(thrown)));
            }
            print_noise(&errors, report);
            let how = status.map_or_else(|error| error.to_string(), |status| status.to_string());
            let text = format!("{name} ended its process ({how}) before its value was known");
            Err(failed(Failure::new(Exit::Config, text)))
        }
    }
}

/// The command line and its files.
fn prepare(job: &Job<'_>, runtime: &Runtime, work: &Path, output: &Path) -> Result<Command, Failure> {
    let script = work.join("evaluate.mjs");
    let default_config: serde_json::Value =
        serde_json::from_str(DEFAULT_CONFIG).expect("the default configuration is JSON, as a test checks");
    let rules: &[&str] = if job.has_rules { &["headers", "redirects", "rewrites"] } else { &[] };
    let asked = serde_json::json!({
        "file": job.module_file, "phase": job.phase, "rules": rules, "defaultConfig": default_config,
        "script": script, "output": output,
    });
    let question = work.join("job.json");
    std::fs::write(&script, SCRIPT).or_failure("write", &script)?;
    std::fs::write(&question, asked.to_string()).or_failure("write", &question)?;
    let mut command = Command::new(&runtime.program);
    match runtime.kind {
        RuntimeKind::Node => command.arg("--enable-source-maps"),
        RuntimeKind::Bun => command.arg("run"),
        RuntimeKind::Deno => command.args(["run", "--allow-all", "--quiet"]),
    };
    command.arg(&script).arg(&question).current_dir(job.root).env_clear().envs(job.environment);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    Ok(command)
}

/// Reads the script's result; `None` if the process ended before it wrote one.
fn read_outcome(path: &Path) -> Result<Option<Outcome>, Failure> {
    match std::fs::metadata(path) {
        Err(_) => return Ok(None),
        Ok(found) if found.len() > MAX_RESULT_BYTES => {
            let text = format!("the configuration is longer than {MAX_RESULT_BYTES} bytes");
            return Err(Failure::new(Exit::Config, text));
        }
        Ok(_) => {}
    }
    let text = std::fs::read(path).or_failure("read", path)?;
    Ok(serde_json::from_slice(&text).ok())
}

/// Passes a stream on to standard error as it comes, up to the limit.
async fn pass_on(stream: Option<impl AsyncRead + Unpin>, report: Report) {
    let Some(mut stream) = stream else { return };
    let mut left = MAX_OUTPUT_BYTES;
    let mut piece = vec![0; 8192];
    while let Ok(count @ 1..) = stream.read(&mut piece).await {
        let shown = count.min(left);
        report.raw_err(&String::from_utf8_lossy(&piece[..shown]));
        if shown < count && left > 0 {
            report.warn(format!("more than {MAX_OUTPUT_BYTES} bytes of output; the rest is not shown"));
        }
        left -= shown;
    }
}

/// The beginning of a stream; the rest is read and dropped.
async fn collect(stream: Option<impl AsyncRead + Unpin>) -> String {
    let Some(mut stream) = stream else { return String::new() };
    let mut text = Vec::new();
    let mut piece = vec![0; 8192];
    while let Ok(count @ 1..) = stream.read(&mut piece).await {
        let kept = count.min(MAX_OUTPUT_BYTES.saturating_sub(text.len()));
        text.extend_from_slice(&piece[..kept]);
    }
    String::from_utf8_lossy(&text).into_owned()
}

fn print_noise(errors: &str, report: Report) {
    if !errors.trim().is_empty() {
        report.raw_err(errors);
    }
}

/// Reads Node.js's report of a syntax error: `file:///path:line`, the line, a caret, and the message.
fn syntax_error(errors: &str) -> Option<Thrown> {
    let mut lines = errors.lines();
    let head = lines.by_ref().find(|line| line.starts_with("file://") || line.starts_with('/'))?;
    let (file, line) = head.trim_start_matches("file://").rsplit_once(':')?;
    let line = line.parse().ok()?;
    let _code = lines.next()?;
    let column = lines.next()?.find('^')? + 1;
    let message = lines.find(|line| line.starts_with("SyntaxError"))?.to_owned();
    let place = Place { file: PathBuf::from(percent_decode(file)), line, column };
    Some(Thrown { during: "load".to_owned(), message, code: None, place: Some(place) })
}

/// The path of a `file:` URL.
fn percent_decode(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        let escape = after.get(..2).and_then(|digits| std::str::from_utf8(digits).ok());
        let decoded = escape.filter(|_| *first == b'%').and_then(|digits| u8::from_str_radix(digits, 16).ok());
        bytes.push(decoded.unwrap_or(*first));
        rest = if decoded.is_some() { &after[2..] } else { after };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// A file's name for messages.
pub(crate) fn file_name(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_configuration_is_json() {
        assert!(serde_json::from_str::<serde_json::Value>(DEFAULT_CONFIG).unwrap().is_object());
    }

    #[test]
    fn the_place_of_a_syntax_error_is_read_from_the_runtimes_report() {
        let report =
            "file:///a%20b/next.config.mjs:2\n  x y\n    ^\n\nSyntaxError: Unexpected identifier 'y'\n    at …\n";
        let thrown = syntax_error(report).unwrap();
        let place = thrown.place.unwrap();
        assert_eq!((place.file, place.line, place.column), (PathBuf::from("/a b/next.config.mjs"), 2, 5));
        assert_eq!(thrown.message, "SyntaxError: Unexpected identifier 'y'");
        assert!(syntax_error("something else\n").is_none());
    }
}
