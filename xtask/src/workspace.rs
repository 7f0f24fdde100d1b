//! Where things are in this repository, and which files belong to it.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::process;

/// The repository's root folder.
pub(crate) fn root() -> PathBuf {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
    manifest.parent().expect("xtask lies in a folder of the repository").to_path_buf()
}

/// The folder that holds everything generated, never committed.
pub(crate) fn target() -> PathBuf {
    root().join("target")
}

/// The files that git tracks or would track (new ones included, ignored ones not), relative to the root and
/// with `/` between their parts. A file that is deleted but still in the index is left out.
pub(crate) fn files() -> Result<Vec<String>> {
    let mut command = Command::new("git");
    command.args(["ls-files", "--cached", "--others", "--exclude-standard", "--deduplicate", "-z"]).current_dir(root());
    let listing = process::capture(&mut command)?;
    let mut files: Vec<String> =
        listing.split('\0').filter(|file| !file.is_empty() && root().join(file).is_file()).map(str::to_owned).collect();
    files.sort_unstable();
    Ok(files)
}

/// Reads a file of the repository as text.
pub(crate) fn read(file: &str) -> Result<String> {
    std::fs::read_to_string(root().join(file)).with_context(|| format!("cannot read `{file}`"))
}

/// Writes a file of the repository, with the folders above it.
pub(crate) fn write(file: &str, text: &str) -> Result<()> {
    let path = root().join(file);
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).with_context(|| format!("cannot create `{}`", folder.display()))?;
    }
    std::fs::write(&path, text).with_context(|| format!("cannot write `{file}`"))
}

/// Copies a folder with all below it, without `node_modules` and the output folders of the two frameworks.
pub(crate) fn copy_tree(from: &Path, to: &Path) -> Result<()> {
    std::fs::create_dir_all(to).with_context(|| format!("cannot create `{}`", to.display()))?;
    for entry in std::fs::read_dir(from).with_context(|| format!("cannot read `{}`", from.display()))? {
        let entry = entry?;
        let (source, name) = (entry.path(), entry.file_name());
        if ["node_modules", ".next", ".routewerk"].iter().any(|skipped| name == *skipped) {
            continue;
        }
        let aim = to.join(&name);
        if entry.file_type()?.is_dir() {
            copy_tree(&source, &aim)?;
        } else {
            std::fs::copy(&source, &aim).with_context(|| format!("cannot copy `{}`", source.display()))?;
        }
    }
    Ok(())
}

/// Removes a folder and all below it; one that is not there is fine.
pub(crate) fn remove_tree(folder: &Path) -> Result<()> {
    match std::fs::remove_dir_all(folder) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error).with_context(|| format!("cannot remove `{}`", folder.display())),
    }
}
