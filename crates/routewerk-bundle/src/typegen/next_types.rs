//! `next.d.ts`: the types of the `next/*` modules that the runtime serves, for projects without `next`.
//!
//! They are ambient modules: TypeScript takes them before it looks into `node_modules`, so the file may only be there
//! where the package is not. The sources lie in `types/`, written by hand.

use std::path::Path;

use super::MARK;

/// The sources, in the order in which they are written.
const SOURCES: [&str; 15] = [
    include_str!("../../types/next/index.d.ts"),
    include_str!("../../types/next/server.d.ts"),
    include_str!("../../types/next/cookies.d.ts"),
    include_str!("../../types/next/headers.d.ts"),
    include_str!("../../types/next/cache.d.ts"),
    include_str!("../../types/next/navigation.d.ts"),
    include_str!("../../types/next/next-url.d.ts"),
    include_str!("../../types/next/og.d.ts"),
    include_str!("../../types/next/constants.d.ts"),
    include_str!("../../types/next/config.d.ts"),
    include_str!("../../types/next/config-tools.d.ts"),
    include_str!("../../types/next/config-experimental.d.ts"),
    include_str!("../../types/next/metadata.d.ts"),
    include_str!("../../types/next/sharing.d.ts"),
    include_str!("../../types/next/global.d.ts"),
];

/// The property that `next/og` adds to elements. A module of its own: only from there a module of others is extended.
const REACT: &str = include_str!("../../types/react.d.ts");

/// The text of `next.d.ts`.
pub(super) fn text() -> String {
    let mut text = MARK.to_owned();
    for source in SOURCES {
        text.push('\n');
        text.push_str(source);
    }
    text
}

/// The text of `react.d.ts`.
pub(super) fn react_text() -> String {
    format!("{MARK}\n{REACT}")
}

/// Whether TypeScript finds the package `next` from the project.
pub(super) fn is_installed(project_root: &Path) -> bool {
    is_package_installed(project_root, "next")
}

/// Whether a package lies in a `node_modules` at or above the project, or is among its dependencies where the package
/// manager keeps packages in archives (Plug'n'Play).
pub(super) fn is_package_installed(project_root: &Path, name: &str) -> bool {
    let is_in = |folder: &Path| folder.join("node_modules").join(name).join("package.json").is_file();
    let has_archives = |folder: &Path| folder.join(".pnp.cjs").is_file();
    project_root.ancestors().any(is_in)
        || (project_root.ancestors().any(has_archives) && is_dependency(project_root, name))
}

/// Whether the project's own package.json names a package.
fn is_dependency(project_root: &Path, name: &str) -> bool {
    let Ok(text) = std::fs::read_to_string(project_root.join("package.json")) else { return false };
    let Ok(package) = serde_json::from_str::<serde_json::Value>(&text) else { return false };
    ["dependencies", "devDependencies", "optionalDependencies", "peerDependencies"]
        .iter()
        .any(|table| package.get(table).and_then(|table| table.get(name)).is_some())
}
