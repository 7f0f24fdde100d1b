//! Copies of the Web Platform Tests: the one in Debian's source package of Node.js, which a machine can get by
//! itself, and a person's checkout of the project.
//!
//! The package is named with its version and its SHA-256, so every machine runs the same files whatever its own
//! release of Debian is; where to download it is read from the configuration of apt, whose own helper does it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::{process, workspace};

/// The upstream archive of the package, as Debian has it (its licence-free parts of Node.js 20.19.2).
const ARCHIVE: &str = "nodejs_20.19.2+dfsg.orig.tar.xz";
/// Its folder in every Debian archive.
const POOL: &str = "pool/main/n/nodejs";
const SHA256: &str = "5e5559381ad031d245a8efa403458abbb73755f74c3e6380f185a4dd342b7949";
/// Where the tests lie in it, below its one folder.
const INSIDE: &str = "test/fixtures/wpt";

/// Test files on this machine.
pub(crate) struct Copy {
    pub(crate) root: PathBuf,
    /// The version of the files, as expectations record it.
    pub(crate) name: String,
}

impl Copy {
    /// The files of the source package, below `target/wpt`; downloaded when they are first needed.
    ///
    /// # Errors
    /// If no archive that apt knows has the package, or it is not the one that is expected.
    pub(crate) fn from_source_package() -> Result<Self> {
        let name = ARCHIVE.trim_end_matches(".orig.tar.xz").to_owned();
        let folder = workspace::target().join("wpt").join(&name);
        if !folder.is_dir() {
            // Complete or absent: filled aside and then renamed.
            let aside = workspace::target().join("wpt").join(format!("{name}.part-{}", std::process::id()));
            workspace::remove_tree(&aside)?;
            fs::create_dir_all(&aside).with_context(|| format!("cannot create `{}`", aside.display()))?;
            let outcome = download(&aside).and_then(|archive| unpack(&archive, &aside));
            if outcome.is_ok() {
                fs::rename(aside.join("wpt"), &folder)
                    .with_context(|| format!("cannot create `{}`", folder.display()))?;
            }
            workspace::remove_tree(&aside)?;
            outcome?;
        }
        Ok(Self { root: folder, name })
    }

    /// A person's checkout of the project, or of a folder of it. Its name is that of the git tree of `fetch/api`, which is
    /// the same in every commit that has the same tests.
    ///
    /// # Errors
    /// If it is no checkout, or something in it was changed.
    pub(crate) fn from_checkout(folder: &Path) -> Result<Self> {
        let root = folder.canonicalize().with_context(|| format!("cannot find `{}`", folder.display()))?;
        if !root.join("resources/testharness.js").is_file() {
            bail!("`{}` has no `resources/testharness.js`: it is no checkout of the tests", root.display());
        }
        let git = |arguments: &[&str]| process::capture(Command::new("git").args(arguments).current_dir(&root));
        let changed = git(&["status", "--porcelain", "--", "fetch/api"])?;
        if !changed.is_empty() {
            bail!("`{}` is not as it was committed:\n{changed}", root.display());
        }
        let tree = git(&["rev-parse", "HEAD:./fetch/api"])?;
        Ok(Self { root, name: format!("web-platform-tests/wpt, fetch/api at tree {}", tree.trim()) })
    }
}

/// Downloads the archive into `folder`, from the first place that apt is configured for and that has it.
fn download(folder: &Path) -> Result<PathBuf> {
    let archive = folder.join(ARCHIVE);
    let mut refused = Vec::new();
    for place in places()? {
        let url = format!("{}/{POOL}/{ARCHIVE}", place.trim_end_matches('/'));
        let mut helper = Command::new("/usr/lib/apt/apt-helper");
        helper.args(["download-file", &url]).arg(&archive).arg(format!("SHA256:{SHA256}"));
        println!("downloading {ARCHIVE}");
        match process::transcript(&mut helper) {
            Ok((true, _)) if archive.is_file() => return Ok(archive),
            Ok((_, text)) => refused.push(text),
            Err(error) => refused.push(format!("{error:#}")),
        }
    }
    bail!("no Debian archive that apt is configured for has `{POOL}/{ARCHIVE}`\n{}", refused.join("\n"));
}

/// The archives that apt is configured for, Debian's own first.
fn places() -> Result<Vec<String>> {
    let mut apt = Command::new("apt-get");
    apt.args(["indextargets", "--no-release-info", "--format", "$(REPO_URI)"]);
    let mut places: Vec<String> = Vec::new();
    for line in process::capture(&mut apt).context("the tests come from a Debian archive")?.lines() {
        if !places.iter().any(|place| place == line) {
            places.push(line.to_owned());
        }
    }
    places.sort_by_key(|place| !place.trim_end_matches('/').ends_with("/debian"));
    Ok(places)
}

/// Unpacks the tests into `folder/wpt`.
fn unpack(archive: &Path, folder: &Path) -> Result<()> {
    let mut tar = Command::new("tar");
    tar.arg("-xJf").arg(archive).arg("-C").arg(folder).args(["--strip-components=3", "--wildcards"]);
    process::run(tar.arg(format!("*/{INSIDE}")))
}
