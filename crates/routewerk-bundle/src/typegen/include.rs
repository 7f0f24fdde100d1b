//! Whether TypeScript will look at the generated files, by what tsconfig.json says, and what to tell the user if not.
//!
//! The rules are TypeScript's: a wildcard does not match a name that begins with a period, so the usual `**/*.ts` does
//! not reach into `.routewerk`; `files` and `include` may be inherited; `exclude` takes away what `include` brought,
//! and with a folder everything below it.

use std::fmt;
use std::path::{Component, Path, PathBuf};

use routewerk_routes::RouteSet;

use super::TYPES_FOLDER;
use super::tsconfig_chain::{FileLists, read};
use crate::code_frame::shown_path;
use crate::error::BuildError;
use crate::next_modules::NextModules;
use crate::resolve::{ProjectResolver, ResolveSettings};

/// Something that the user has to do so that TypeScript uses the generated files. Displayed as one or two lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Advice {
    /// There is no tsconfig.json, so nothing is checked.
    NoTsConfig,
    /// TypeScript does not look at the files.
    Include {
        /// The file to change, as it is shown.
        file: String,
        /// The line to write.
        line: String,
        /// Whether the line is an element for the `include` that is there, or the whole `include`.
        is_element: bool,
    },
    /// The generated file of Next.js asks for a package that is not installed.
    NextEnvFile,
    /// What Next.js once wrote about the routes is still in the program and does not know a route: the two
    /// declarations of `RouteContext` merge, and the older may be the one that counts.
    StaleNextTypes {
        /// The file, as it is shown.
        file: String,
        /// A route that it lacks.
        route: String,
    },
}

impl fmt::Display for Advice {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoTsConfig => formatter.write_str("There is no tsconfig.json: nothing checks the types."),
            Self::Include { file, line, is_element: true } => {
                write!(formatter, "Add this line to `include` in {file}:\n    {line}")
            }
            Self::Include { file, line, is_element: false } => {
                write!(formatter, "Add this line to {file}:\n  {line}")
            }
            Self::NextEnvFile => formatter.write_str(
                "next-env.d.ts asks for the types of the package `next`, which is not installed: remove the file. \
                 What it declares is in .routewerk/types.",
            ),
            Self::StaleNextTypes { file, route } => write!(
                formatter,
                "{file} was written by an earlier run of Next.js and does not know the route `{route}`: remove it, or \
                 TypeScript may take its list of routes for the true one."
            ),
        }
    }
}

/// What the user has to do so that TypeScript looks at all of `files`, and at nothing that contradicts them.
///
/// # Errors
/// The tsconfig.json is not what it should be.
pub(super) fn advice(
    root: &Path,
    named: Option<&Path>,
    files: &[PathBuf],
    next_is_installed: bool,
    routes: &RouteSet,
) -> Result<Vec<Advice>, BuildError> {
    let resolver = ProjectResolver::new(ResolveSettings {
        project_root: root.to_path_buf(),
        tsconfig: named.map(Path::to_path_buf),
        server_external_packages: Vec::new(),
        transpile_packages: Vec::new(),
        development: false,
        next_modules: NextModules::default(),
    });
    let mut advice = Vec::new();
    match resolver.project_tsconfig()? {
        None => advice.push(Advice::NoTsConfig),
        Some(config) => {
            let lists = read(&config.path)?;
            if !files.iter().all(|file| covers(&lists, file)) {
                advice.push(missing_include(root, &lists));
            }
            advice.extend(stale_next_types(root, &lists, routes));
        }
    }
    if !next_is_installed && asks_for_next(&root.join("next-env.d.ts")) {
        advice.push(Advice::NextEnvFile);
    }
    Ok(advice)
}

/// Whether the file that Next.js writes for TypeScript is there and names the package.
fn asks_for_next(path: &Path) -> bool {
    std::fs::read_to_string(path).is_ok_and(|text| text.contains("<reference types=\"next\""))
}

/// The first file of Next.js's about the routes that is in the program and lacks one of them.
fn stale_next_types(root: &Path, lists: &FileLists, routes: &RouteSet) -> Option<Advice> {
    const FILES: [&str; 2] = [".next/types/routes.d.ts", ".next/dev/types/routes.d.ts"];
    let imported = std::fs::read_to_string(root.join("next-env.d.ts")).unwrap_or_default();
    FILES.iter().find_map(|name| {
        let path = root.join(name);
        let text = std::fs::read_to_string(&path).ok()?;
        let is_in_program = covers(lists, &path) || imported.contains(name);
        let lacks = |pattern: &String| !text.contains(&quoted(pattern));
        let route = routes.routes.iter().map(|route| &route.pattern).find(|pattern| lacks(pattern))?;
        let file = shown_path(root, &path);
        is_in_program.then(|| Advice::StaleNextTypes { file, route: route.clone() })
    })
}

/// Whether a configuration takes a file into the program.
fn covers(lists: &FileLists, file: &Path) -> bool {
    let parts = parts_of(file);
    let is_in = |list: &Option<Vec<PathBuf>>, matches: &dyn Fn(&[String]) -> bool| {
        list.as_ref().is_some_and(|entries| entries.iter().any(|entry| matches(&parts_of(entry))))
    };
    // Without an `include` of its own the default is `**/*`, which does not reach into a folder with a period.
    is_in(&lists.files, &|named| named == parts)
        || (is_in(&lists.include, &|pattern| matches(pattern, &parts, Usage::Include))
            && !is_in(&lists.exclude, &|pattern| matches(pattern, &parts, Usage::Exclude)))
}

/// The names of a path with `.` and `..` taken out; the root is the first one and empty.
fn parts_of(path: &Path) -> Vec<String> {
    let mut parts: Vec<String> = Vec::new();
    for component in path.components() {
        match component {
            // Nothing is above the root, which is the first part.
            Component::ParentDir if parts.len() > 1 => drop(parts.pop()),
            Component::ParentDir | Component::CurDir => {}
            Component::RootDir => parts.push(String::new()),
            Component::Prefix(prefix) => parts.push(prefix.as_os_str().to_string_lossy().into_owned()),
            Component::Normal(name) => parts.push(name.to_string_lossy().into_owned()),
        }
    }
    parts
}

/// What a pattern is for: the two differ in what a wildcard leaves out.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Usage {
    Include,
    Exclude,
}

/// Whether a pattern of `include` or `exclude` matches a file.
fn matches(pattern: &[String], file: &[String], usage: Usage) -> bool {
    let is_folder = pattern.last().is_some_and(|last| !last.contains(['.', '*', '?']));
    if is_folder && usage == Usage::Include {
        let mut whole = pattern.to_vec();
        whole.extend(["**".to_owned(), "*".to_owned()]);
        return matches_parts(&whole, file, usage);
    }
    matches_parts(pattern, file, usage)
}

fn matches_parts(pattern: &[String], file: &[String], usage: Usage) -> bool {
    const PACKAGES: [&str; 3] = ["node_modules", "bower_components", "jspm_packages"];
    match (pattern.split_first(), file.split_first()) {
        (None, None) => true,
        // An excluded folder takes everything below with it.
        (None, Some(_)) => usage == Usage::Exclude,
        (Some((first, rest)), _) if first == "**" => {
            matches_parts(rest, file, usage)
                || file.split_first().is_some_and(|(name, below)| {
                    let is_hidden = name.starts_with('.') || PACKAGES.contains(&name.as_str());
                    let goes_on = usage == Usage::Exclude || (!is_hidden && !below.is_empty());
                    goes_on && matches_parts(pattern, below, usage)
                })
        }
        (Some(_), None) => false,
        (Some((first, rest)), Some((name, below))) => {
            let is_hidden = name.starts_with('.') && first.starts_with(['*', '?']) && usage == Usage::Include;
            !is_hidden && matches_name(first.as_bytes(), name.as_bytes()) && matches_parts(rest, below, usage)
        }
    }
}

/// Whether a name matches a pattern with `*` (any number of bytes) and `?` (one).
fn matches_name(pattern: &[u8], name: &[u8]) -> bool {
    match (pattern.split_first(), name.split_first()) {
        (None, None) => true,
        (Some((b'*', rest)), _) => {
            matches_name(rest, name) || name.split_first().is_some_and(|(_, below)| matches_name(pattern, below))
        }
        (Some((b'?', rest)), Some((_, below))) => matches_name(rest, below),
        (Some((first, rest)), Some((byte, below))) => first == byte && matches_name(rest, below),
        (None, Some(_)) | (Some(_), None) => false,
    }
}

/// The line that brings the files into the program.
fn missing_include(root: &Path, lists: &FileLists) -> Advice {
    let folder = lists.path.parent().unwrap_or(root);
    let entry = format!("{}/**/*.ts", relative(folder, &root.join(TYPES_FOLDER)));
    let file = shown_path(root, &lists.path);
    if lists.has_own_include {
        return Advice::Include { file, line: format!("{},", quoted(&entry)), is_element: true };
    }
    // An `include` of its own takes the place of the inherited or default one, so the line repeats that.
    let mut entries: Vec<String> = match &lists.include {
        Some(inherited) => inherited.iter().map(|entry| relative(folder, entry)).collect(),
        None if lists.files.is_some() => Vec::new(),
        None => vec!["**/*".to_owned()],
    };
    entries.push(entry);
    let entries: Vec<_> = entries.iter().map(|entry| quoted(entry)).collect();
    Advice::Include { file, line: format!("\"include\": [{}],", entries.join(", ")), is_element: false }
}

fn quoted(text: &str) -> String {
    super::quote::string(text)
}

/// The way from a folder to a path, with `/` between its parts.
fn relative(folder: &Path, path: &Path) -> String {
    let (from, to) = (parts_of(folder), parts_of(path));
    let shared = from.iter().zip(&to).take_while(|(left, right)| left == right).count();
    let mut parts: Vec<&str> = vec![".."; from.len() - shared];
    parts.extend(to[shared..].iter().map(String::as_str));
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn includes(pattern: &str, file: &str) -> bool {
        matches(&parts_of(Path::new(pattern)), &parts_of(Path::new(file)), Usage::Include)
    }

    fn excludes(pattern: &str, file: &str) -> bool {
        matches(&parts_of(Path::new(pattern)), &parts_of(Path::new(file)), Usage::Exclude)
    }

    #[test]
    fn wildcards_do_not_reach_into_hidden_folders() {
        const FILE: &str = "/p/.routewerk/types/routes.d.ts";
        for pattern in ["/p/**/*", "/p/**/*.ts", "/p", "/p/*/types/*.ts", "/p/**/types/*.ts", "/.routewerk/types/*.ts"]
        {
            assert!(!includes(pattern, FILE), "{pattern}");
        }
        for pattern in [
            "/p/.routewerk/types/**/*.ts",
            "/p/.routewerk/types/*.ts",
            "/p/.routewerk/types/*.d.ts",
            "/p/.routewerk/types/",
            "/p/.routewerk/types/**/*",
            "/p/.routewerk/**/*.ts",
            "/p/x/../.routewerk/types/routes.d.ts",
            "/p/**/.routewerk/types/route?.d.ts",
            "/p/.route*/types/*",
        ] {
            assert!(includes(pattern, FILE), "{pattern}");
        }
        assert!(includes("/p/**/*", "/p/app/x/route.ts") && includes("/p/app", "/p/app/x/route.ts"));
        assert!(!includes("/p/**/*", "/p/node_modules/x/i.d.ts") && !includes("/p/app/*", "/p/app/x/route.ts"));
        // A last part with a period is a file, so a hidden folder must say what of it is meant.
        assert!(!includes("/p/.routewerk", FILE));
    }

    #[test]
    fn an_excluded_folder_takes_everything_below_with_it() {
        const FILE: &str = "/p/.routewerk/types/routes.d.ts";
        for pattern in ["/p/.routewerk", "/p/**/types", "/p/**/*.d.ts", "/p/*", "/p/**/.*"] {
            assert!(excludes(pattern, FILE), "{pattern}");
        }
        assert!(!excludes("/p/types", FILE) && !excludes("/p/.routewerk/builds", FILE));
    }

    #[test]
    fn ways_between_folders_are_short() {
        assert_eq!(relative(Path::new("/p"), Path::new("/p/.routewerk/types")), ".routewerk/types");
        assert_eq!(relative(Path::new("/p/a/b"), Path::new("/p/c")), "../../c");
    }
}
