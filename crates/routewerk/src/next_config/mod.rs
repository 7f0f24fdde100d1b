//! next.config: found, evaluated, checked, and frozen into what the rest of the product reads.
//!
//! It is evaluated by `build` and `dev`, in a process of its own, and never by `start`: what a build was made with is
//! in its manifest. Texts of warnings and errors are those of Next.js 16.4.6 where it has them. Keys that Next.js
//! knows and that have an effect on Route Handlers, but none here yet, are named in one warning: silence would be a
//! trap.
//!
//! Reading order: [`find`], [`compile`], [`evaluate`] with [`value`], [`validate`] with [`schema`], [`rules`]
//! (refusals and deprecations), [`routing`] (`headers`, `redirects`, `rewrites`), [`config_modules`] (files that it
//! names), [`pending`], this file.

mod compile;
mod config_modules;
mod evaluate;
mod find;
mod pending;
pub(crate) mod routing;
mod rules;
mod schema;
mod validate;
mod value;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use routewerk_bundle::UseCache;
use routewerk_engine::Runtime;
use routewerk_routes::rules::Rules;
use serde_json::Value as Json;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::report::Report;
use evaluate::{EvaluateError, Evaluated, Job};
use find::Found;
use value::ConfigValue;

pub(crate) use config_modules::ConfigFiles;
pub(crate) use evaluate::EnvironmentChanges;
pub(crate) use find::is_config_name;

/// The key in the frozen configuration that says that evaluating the file changes the environment.
pub(crate) const SETS_ENVIRONMENT: &str = "routewerk:setsEnvironment";

/// Why a configuration is evaluated; a function gets it as its first argument.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    /// `build`, and commands that look at what a build would see.
    Build,
    /// `dev`.
    Development,
    /// `start`, for what the configuration does to the environment.
    Server,
}

impl Phase {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Build => "phase-production-build",
            Self::Development => "phase-development-server",
            Self::Server => "phase-production-server",
        }
    }
}

/// A project's configuration, checked.
#[derive(Clone, Debug)]
pub(crate) struct NextConfig {
    /// The file; `None` if the project has none.
    pub file: Option<PathBuf>,
    /// Extensions of files that are routes and pages, without the leading period.
    pub page_extensions: Vec<String>,
    /// Packages that are not bundled.
    pub server_external_packages: Vec<String>,
    /// Packages that are bundled although they would be external.
    pub transpile_packages: Vec<String>,
    /// What every path begins with; empty or `/…`.
    pub base_path: String,
    /// Whether paths end with a slash.
    pub trailing_slash: bool,
    /// Whether the redirect to the one form of a path is left out.
    pub skip_trailing_slash_redirect: bool,
    /// Names that are replaced in the code as `process.env.NAME`.
    pub env: Vec<(String, String)>,
    /// The tsconfig file, absolute, where one was named.
    pub tsconfig: Option<PathBuf>,
    /// Origins beside loopback that may see code frames in `dev`.
    pub allowed_dev_origins: Vec<String>,
    /// Whether `dev` prints a line per request.
    pub logs_requests: bool,
    /// The modules that it names.
    pub modules: ConfigFiles,
    /// What it makes of requests.
    pub rules: Rules,
    /// The configuration as JSON, for the manifest.
    pub frozen: Json,
    /// What the file did to `process.env`.
    pub environment: EnvironmentChanges,
}

impl NextConfig {
    /// `cacheComponents`
    pub(crate) fn uses_cache_components(&self) -> bool {
        self.frozen.get("cacheComponents").and_then(Json::as_bool) == Some(true)
    }

    /// What it says of `'use cache'`.
    pub(crate) fn use_cache(&self) -> UseCache {
        let asked = self.frozen.pointer("/experimental/useCache").and_then(Json::as_bool);
        let handlers = self.frozen.get("cacheHandlers").and_then(Json::as_object);
        UseCache {
            is_enabled: asked.unwrap_or_else(|| self.uses_cache_components()),
            kinds: handlers.map(|handlers| handlers.keys().cloned().collect()).unwrap_or_default(),
        }
    }

    /// The configuration of a project without a file.
    fn empty() -> Self {
        Self {
            file: None,
            page_extensions: ["tsx", "ts", "jsx", "js"].map(str::to_owned).into(),
            server_external_packages: Vec::new(),
            transpile_packages: Vec::new(),
            base_path: String::new(),
            trailing_slash: false,
            skip_trailing_slash_redirect: false,
            env: Vec::new(),
            tsconfig: None,
            allowed_dev_origins: Vec::new(),
            logs_requests: true,
            modules: ConfigFiles::default(),
            rules: Rules::default(),
            frozen: Json::Object(serde_json::Map::new()),
            environment: EnvironmentChanges::default(),
        }
    }
}

/// Finds, evaluates and checks a project's configuration; warnings are printed.
///
/// # Errors
/// A [`Failure`] with [`Exit::Config`] that names the file, and the line where it is known.
pub(crate) async fn load(
    root: &Path,
    phase: Phase,
    runtime: &Runtime,
    environment: &BTreeMap<String, String>,
    report: Report,
) -> Result<NextConfig, Failure> {
    let path = match find::find(root) {
        Found::Nothing => return Ok(NextConfig::empty()),
        Found::Refused(name) => {
            return Err(Failure::new(
                Exit::Config,
                format!(
                    "Configuring Next.js via '{name}' is not supported. Please replace the file with \
                     'next.config.js', 'next.config.mjs', or 'next.config.ts'."
                ),
            ));
        }
        Found::File { path, hidden } => {
            let name = evaluate::file_name(&path);
            for other in hidden {
                report.warn(format!("{other} is not read: {name} stands beside it and wins"));
            }
            path
        }
    };
    let evaluated = evaluate_file(root, &path, phase, runtime, environment, report).await?;
    finish(root, path, phase, evaluated, report)
}

/// Evaluates the file, compiled first if it is TypeScript.
async fn evaluate_file(
    root: &Path,
    path: &Path,
    phase: Phase,
    runtime: &Runtime,
    environment: &BTreeMap<String, String>,
    report: Report,
) -> Result<Evaluated, Failure> {
    let job = Job {
        root,
        config_file: path,
        module_file: path,
        phase: phase.as_str(),
        has_rules: phase != Phase::Server,
        environment,
    };
    if !compile::is_typescript(path) {
        return evaluate::evaluate(&job, runtime, report).await.map_err(|error| failure(error, &job));
    }
    if compile::is_common_js_possible(path) {
        // A failure may mean that the file can only be an ES module (it awaits at its top): that is tried then.
        if let Ok(compiled) = compile::compile(root, path, compile::Format::CommonJs).await {
            let job = Job { module_file: compiled.file(), ..job };
            match evaluate::evaluate(&job, runtime, report).await {
                Err(EvaluateError::Thrown(thrown)) if thrown.asks_for_es_module() => {}
                evaluated => return evaluated.map_err(|error| failure(error, &job)),
            }
        }
    }
    let compiled = compile::compile(root, path, compile::Format::EsModule).await?;
    let job = Job { module_file: compiled.file(), ..job };
    evaluate::evaluate(&job, runtime, report).await.map_err(|error| failure(error, &job))
}

/// The failure to show.
fn failure(error: EvaluateError, job: &Job<'_>) -> Failure {
    match error {
        EvaluateError::Thrown(thrown) => thrown.into_failure(job),
        EvaluateError::Failed(failure) => *failure,
    }
}

/// Checks what was evaluated and takes out what is read here.
fn finish(
    root: &Path,
    path: PathBuf,
    phase: Phase,
    evaluated: Evaluated,
    report: Report,
) -> Result<NextConfig, Failure> {
    let name = evaluate::file_name(&path);
    let ConfigValue::Object(_) = &evaluated.config else {
        let found = evaluated.config.type_name();
        let text = format!("{name} exports no configuration: found {found}, expected an object or a function");
        return Err(Failure::new(Exit::Config, text)
            .with_hint("Write `export default { … }` (or `module.exports = { … }` in CommonJS)."));
    };
    let config = rules::move_out_of_experimental(evaluated.config.clone(), &name, report);
    rules::warn_of_deprecated(&config, &name, report);
    let (fatal, faults): (Vec<_>, Vec<_>) = validate::faults(&config).into_iter().partition(rules::is_fatal);
    if !faults.is_empty() {
        report.warn(format!("Invalid {name} options detected: "));
        for fault in &faults {
            report.warn(format!("    {}", fault.message));
        }
        report.warn("See more info here: https://nextjs.org/docs/messages/invalid-next-config");
    }
    rules::refuse(&config, &fatal, &name)?;
    routing::check(&evaluated.rules)?;
    if let Some(warning) = pending::warning(&config, &name) {
        report.warn(warning);
    }
    let frozen = freeze(&config, &evaluated);
    let texts = |key: &str| config.field(key).map(texts).unwrap_or_default();
    let flag = |key: &str| matches!(config.field(key), Some(ConfigValue::Boolean(true)));
    let mut next = NextConfig::empty();
    if config.field("pageExtensions").is_some() {
        next.page_extensions = texts("pageExtensions");
    }
    next.server_external_packages = texts("serverExternalPackages");
    next.transpile_packages = texts("transpilePackages");
    next.base_path = text(config.field("basePath")).unwrap_or_default();
    next.trailing_slash = flag("trailingSlash");
    next.skip_trailing_slash_redirect = flag("skipTrailingSlashRedirect");
    next.env = config.field("env").map(pairs).unwrap_or_default();
    next.tsconfig = text(config.field("typescript").and_then(|typescript| typescript.field("tsconfigPath")))
        .map(|path| root.join(path));
    next.allowed_dev_origins = texts("allowedDevOrigins");
    next.logs_requests = logs_requests(config.field("logging"));
    if phase != Phase::Server {
        // A server has them in its build.
        next.modules = ConfigFiles::find(&frozen, root, &name)?;
    }
    next.rules = routing::compile(&frozen)?;
    routing::warn(&frozen, report);
    next.frozen = frozen;
    next.environment = evaluated.environment;
    next.file = Some(path);
    Ok(next)
}

/// `logging: false` and `logging.incomingRequests: false` switch the line per request off.
fn logs_requests(logging: Option<&ConfigValue>) -> bool {
    match logging {
        Some(ConfigValue::Boolean(false)) => false,
        Some(logging) => logging.field("incomingRequests") != Some(&ConfigValue::Boolean(false)),
        None => true,
    }
}

/// The configuration as JSON, with what its rule functions returned in their place.
fn freeze(config: &ConfigValue, evaluated: &Evaluated) -> Json {
    let mut frozen = match config.to_json() {
        Some(Json::Object(fields)) => fields,
        _ => serde_json::Map::new(),
    };
    for name in routing::FUNCTIONS {
        // What is no function has been called a fault, and is none of ours.
        frozen.shift_remove(name);
        if let Some(returned) = evaluated.rules.get(name).and_then(ConfigValue::to_json) {
            frozen.insert(name.to_owned(), returned);
        }
    }
    if !evaluated.environment.is_empty() {
        frozen.insert(SETS_ENVIRONMENT.to_owned(), Json::Bool(true));
    }
    Json::Object(frozen)
}

fn text(value: Option<&ConfigValue>) -> Option<String> {
    match value {
        Some(ConfigValue::Text(text)) => Some(text.clone()),
        _ => None,
    }
}

/// The strings of an array; a fault in the others has been named already.
fn texts(value: &ConfigValue) -> Vec<String> {
    let ConfigValue::List(items) = value else { return Vec::new() };
    items.iter().filter_map(|item| text(Some(item))).collect()
}

/// The string values of an object. Numbers and booleans are turned into text, as they are in `process.env`.
fn pairs(value: &ConfigValue) -> Vec<(String, String)> {
    let written = |value: &ConfigValue| match value {
        ConfigValue::Text(text) => Some(text.clone()),
        ConfigValue::Boolean(flag) => Some(flag.to_string()),
        ConfigValue::Number(number) => Some(number.to_string()),
        _ => None,
    };
    value.fields().iter().filter_map(|(name, value)| Some((name.clone(), written(value)?))).collect()
}
