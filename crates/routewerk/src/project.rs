//! A project as every command sees it: its directory, environment, configuration and routes, read in the order in
//! which Next.js reads them.
//!
//! `.env*` files come before next.config, because that reads the environment, and next.config comes before the scan,
//! because that needs `pageExtensions`.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use routewerk_bundle::{BuildError, Location, NextModules, ResolveSettings};
use routewerk_engine::Runtime;
use routewerk_routes::{RouteSet, ScanError, ScanOptions};

use crate::dotenv::{self, Mode};
use crate::env_vars::{self, Environment};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::next_config::{self, NextConfig, Phase};
use crate::report::Report;

/// Next.js's word for a `NODE_ENV` that does not fit the command.
const NON_STANDARD_NODE_ENV: &str = "You are using a non-standard \"NODE_ENV\" value in your environment. This \
    creates inconsistencies in the project and is strongly advised against. Read more: \
    https://nextjs.org/docs/messages/non-standard-node-env";

/// The environment of a project: the real one with what the `.env*` files and next.config add.
#[derive(Clone, Debug)]
pub(crate) struct ProjectEnvironment {
    /// The environment of the process, for comparison.
    real: BTreeMap<String, String>,
    /// All of it.
    pub values: BTreeMap<String, String>,
    /// The files that were read, highest priority first.
    pub files: Vec<String>,
    /// The names of the files that would be read.
    pub file_names: Vec<String>,
}

impl ProjectEnvironment {
    /// Reads the `.env*` files of a project; what is wrong with one is told, the others count.
    pub(crate) fn load(root: &Path, is_development: bool, environment: &Environment, report: Report) -> Self {
        let real: BTreeMap<_, _> =
            environment.texts().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        let default = if is_development { "development" } else { "production" };
        let node_env = environment.text(env_vars::NODE_ENV);
        if let Some(value) = node_env {
            let opposite = if is_development { "production" } else { "development" };
            if value == opposite || !["production", "development", "test"].contains(&value) {
                report.warn(NON_STANDARD_NODE_ENV);
            }
        }
        let mode = match (node_env, is_development) {
            (Some("test"), _) => Mode::Test,
            (_, true) => Mode::Development,
            (_, false) => Mode::Production,
        };
        let mut base = real.clone();
        base.insert(env_vars::NODE_ENV.to_owned(), node_env.unwrap_or(default).to_owned());
        base.insert(env_vars::NEXT_RUNTIME.to_owned(), "nodejs".to_owned());
        let loaded = dotenv::load(root, mode, &base);
        for problem in &loaded.problems {
            report.error(format!("Failed to load env from {}: {}", problem.path.display(), problem.reason));
        }
        Self { real, values: loaded.environment, files: loaded.files, file_names: mode.file_names() }
    }

    /// Takes over what next.config did to the environment.
    fn apply(&mut self, changes: &next_config::EnvironmentChanges) {
        self.values.extend(changes.set.clone());
        for name in &changes.removed {
            self.values.remove(name);
        }
    }

    /// What a worker needs beyond the environment that it inherits.
    pub(crate) fn for_workers(&self) -> Vec<(OsString, OsString)> {
        self.values
            .iter()
            .filter(|(name, value)| self.real.get(*name) != Some(value))
            .map(|(name, value)| (name.into(), value.into()))
            .collect()
    }
}

/// A project whose configuration has been read.
#[derive(Clone, Debug)]
pub(crate) struct Project {
    /// Its directory.
    pub root: PathBuf,
    /// Its environment.
    pub environment: ProjectEnvironment,
    /// Its next.config.
    pub config: NextConfig,
}

impl Project {
    /// Reads environment and configuration.
    ///
    /// # Errors
    /// A [`Failure`] that names what is broken.
    pub(crate) async fn load(
        root: &Path,
        phase: Phase,
        runtime: &Runtime,
        environment: &Environment,
        report: Report,
    ) -> Result<Self, Failure> {
        check_package_json(root)?;
        let mut environment = ProjectEnvironment::load(root, phase == Phase::Development, environment, report);
        let config = next_config::load(root, phase, runtime, &environment.values, report).await?;
        environment.apply(&config.environment);
        Ok(Self { root: root.to_path_buf(), environment, config })
    }

    /// Finds routes and pages.
    ///
    /// # Errors
    /// A [`Failure`] if there is nothing to scan or it cannot be read.
    pub(crate) fn scan(&self) -> Result<RouteSet, Failure> {
        let options = ScanOptions { page_extensions: self.config.page_extensions.clone() };
        routewerk_routes::scan(&self.root, &options).map_err(|error| scan_failure(&error))
    }

    /// How imports are resolved.
    pub(crate) fn resolve_settings(&self, is_development: bool, next_modules: NextModules) -> ResolveSettings {
        ResolveSettings {
            project_root: self.root.clone(),
            tsconfig: self.config.tsconfig.clone(),
            server_external_packages: self.config.server_external_packages.clone(),
            transpile_packages: self.config.transpile_packages.clone(),
            development: is_development,
            next_modules,
        }
    }

    /// What is written into the code in place of `process.env.…`.
    pub(crate) fn defines(&self, is_development: bool) -> Vec<(String, String)> {
        let pairs = |(name, value): &'_ (String, String)| (name.clone(), value.clone());
        let environment: Vec<_> =
            self.environment.values.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let own: Vec<_> = self.config.env.iter().map(pairs).collect();
        routewerk_bundle::defines(
            is_development,
            environment,
            own.iter().map(|(name, value)| (name.as_str(), value.as_str())),
        )
    }

    /// Says in red which of the project's files do not run, so that nobody relies on them.
    pub(crate) fn warn_of_unsupported_files(&self, report: Report) {
        warn_of_unsupported_files(&self.root, Some(&self.config.page_extensions), report);
    }
}

/// Says in red which files of a project do not run. Extensions are those of Next.js unless others are given.
pub(crate) fn warn_of_unsupported_files(root: &Path, extensions: Option<&[String]>, report: Report) {
    let default = ["tsx", "ts", "jsx", "js"].map(str::to_owned);
    let extensions = extensions.unwrap_or(&default);
    let find = |stem: &str| {
        ["", "src/"].into_iter().find_map(|directory| {
            extensions
                .iter()
                .map(|extension| format!("{directory}{stem}.{extension}"))
                .find(|file| root.join(file).is_file())
        })
    };
    for (stem, consequence) in [
        ("proxy", "Checks and redirects that it makes (authentication!) are NOT made."),
        ("middleware", "Checks and redirects that it makes (authentication!) are NOT made."),
        ("instrumentation", "Its `register` and `onRequestError` are NOT called."),
    ] {
        if let Some(file) = find(stem) {
            report.alarm(format!("{file} does NOT run: Routewerk does not support it yet. {consequence}"));
        }
    }
}

/// Checks that the project's package.json is JSON, as whatever reads it later says so in worse words.
///
/// # Errors
/// A [`Failure`] with the line.
pub(crate) fn check_package_json(root: &Path) -> Result<(), Failure> {
    let path = root.join("package.json");
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(Failure::new(Exit::Config, format!("cannot read `{}`: {error}", path.display()))),
    };
    let Err(error) = serde_json::from_str::<serde::de::IgnoredAny>(text.trim_start_matches('\u{feff}')) else {
        return Ok(());
    };
    let place = Location::at_line(root, &path, &text, error.line(), error.column());
    // The place is said once, before the message.
    let reason = error.to_string();
    let reason = reason.split(" at line ").next().unwrap_or_default();
    Err(Failure::new(Exit::Config, format!("{place}\nThe package.json cannot be used: {reason}"))
        .with_frame(Some(place.frame)))
}

/// Words a scan that failed.
fn scan_failure(error: &ScanError) -> Failure {
    let message = match error {
        ScanError::Unreadable { source, .. } => format!("{error}: {source}"),
        ScanError::NoDirectory { .. } | ScanError::NotUtf8 { .. } | ScanError::TooManyDirectories { .. } => {
            error.to_string()
        }
    };
    Failure::new(Exit::Failed, message).with_hint(error.hint())
}

/// Every conflict of a scan as one failure.
pub(crate) fn conflict_failure(routes: &RouteSet) -> Option<Failure> {
    let texts: Vec<_> = routes
        .conflicts
        .iter()
        .map(|conflict| {
            let files: Vec<_> = conflict.files().iter().map(|file| format!("  ./{}", file.display())).collect();
            format!("{conflict}\n{}\n  {}", files.join("\n"), conflict.hint())
        })
        .collect();
    (!texts.is_empty()).then(|| Failure::new(Exit::Failed, texts.join("\n\n")))
}

/// The errors of a build as one failure.
pub(crate) fn build_failure(errors: &[BuildError]) -> Failure {
    let texts: Vec<_> = errors.iter().map(ToString::to_string).collect();
    let is_config = errors.iter().all(|error| {
        use routewerk_bundle::BuildErrorKind as Kind;
        matches!(error.kind(), Kind::TsConfig { .. } | Kind::PackageJson { .. })
    });
    let exit = if is_config && !errors.is_empty() { Exit::Config } else { Exit::Failed };
    Failure::new(exit, format!("Failed to compile.\n\n{}", texts.join("\n\n")))
}

/// Prints what a scan noticed.
pub(crate) fn print_scan_warnings(routes: &RouteSet, report: Report) {
    for warning in &routes.warnings {
        report.warn(format!("{warning}: {}", warning.hint()));
    }
}
