//! The web classes of the worker against the Web Platform Tests.
//!
//! Reading order: here the command and what it compares; [`copy`] where the tests come from; [`expectations`] what is
//! recorded of them. The files themselves are run by `crates/routewerk-bundle/runtime/tests/wpt`, with the web classes in place
//! as in a worker, or with Node.js's own.
//!
//! Rule: every subtest's outcome is compared with the recorded one, and a change in either direction fails. What fails
//! with our classes and passes with Node.js's own is recorded as such and is a defect of ours; what fails with both is the
//! platform's.

mod copy;
mod expectations;

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use clap::{Args, ValueEnum};

use crate::conformance::Tally;
use crate::{process, typescript, workspace};
use copy::Copy;
use expectations::{Classes, Expectations, Report};

/// A part of the Web Platform Tests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Area {
    Url,
    FileApi,
    Streams,
    Abort,
    Encoding,
    /// By hand only: the source package does not have it.
    Fetch,
}

/// What the tests run on without a person.
const PACKAGED: [Area; 5] = [Area::Url, Area::FileApi, Area::Streams, Area::Abort, Area::Encoding];

impl Area {
    /// Its folders (and single files) in a copy of the tests.
    fn folders(self) -> &'static [&'static str] {
        match self {
            Self::Url => &["url"],
            Self::FileApi => &["FileAPI"],
            Self::Streams => &["streams"],
            Self::Abort => &["dom/abort"],
            Self::Encoding => &["encoding"],
            Self::Fetch => &[
                "fetch/api/body",
                "fetch/api/headers",
                "fetch/api/idlharness.any.js",
                "fetch/api/request",
                "fetch/api/response",
            ],
        }
    }

    /// Its expectations, relative to the repository's root.
    fn file(self) -> String {
        let name = self.to_possible_value().expect("no area is hidden").get_name().to_owned();
        format!("conformance/wpt/expectations/{name}.json")
    }
}

/// What `cargo xtask wpt` is asked to do.
#[derive(Args)]
pub(crate) struct Arguments {
    /// Only these areas; without any, all that need no `--from`.
    areas: Vec<Area>,
    /// A checkout of web-platform-tests/wpt, for `fetch`.
    #[arg(long)]
    from: Option<PathBuf>,
    /// Runs with Node.js's own classes in the place of ours.
    #[arg(long, conflicts_with = "accept")]
    builtin: bool,
    /// Runs with ours and with Node.js's own, and records both.
    #[arg(long)]
    accept: bool,
}

/// Carries out the command.
///
/// # Errors
/// If an outcome is not the recorded one, or nothing could be run.
pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let areas = if arguments.areas.is_empty() { &PACKAGED[..] } else { &arguments.areas };
    let packaged: Vec<Area> = areas.iter().copied().filter(|area| *area != Area::Fetch).collect();
    typescript::build()?;
    let mut tally = Tally::default();
    if !packaged.is_empty() {
        tally.add(run_areas(&packaged, &Copy::from_source_package()?, arguments)?);
    }
    if areas.contains(&Area::Fetch) {
        let Some(from) = &arguments.from else {
            bail!("`fetch` needs `--from` with a checkout of web-platform-tests/wpt");
        };
        tally.add(run_areas(&[Area::Fetch], &Copy::from_checkout(from)?, arguments)?);
    }
    if tally.failed > 0 {
        bail!("{} files do not do what is recorded; `--accept` records what they do", tally.failed);
    }
    Ok(())
}

/// The part of `cargo xtask test`: ours against what is recorded, each file counted.
///
/// # Errors
/// If the tests cannot be had or run; a difference is counted and printed.
pub(crate) fn test() -> Result<Tally> {
    typescript::build()?;
    let arguments = Arguments { areas: Vec::new(), from: None, builtin: false, accept: false };
    run_areas(&PACKAGED, &Copy::from_source_package()?, &arguments)
}

fn run_areas(areas: &[Area], copy: &Copy, arguments: &Arguments) -> Result<Tally> {
    let mut tally = Tally::default();
    for area in areas {
        let counted = if arguments.accept {
            accept(*area, copy)?
        } else {
            compare(*area, copy, if arguments.builtin { Classes::Builtin } else { Classes::Ours })?
        };
        tally.add(counted);
    }
    Ok(tally)
}

fn accept(area: Area, copy: &Copy) -> Result<Tally> {
    let (ours, builtin) = (report(area, copy, Classes::Ours)?, report(area, copy, Classes::Builtin)?);
    let expectations = Expectations::of(&copy.name, &ours, &builtin)?;
    workspace::write(&area.file(), &expectations.to_json()?)?;
    println!("wpt: {area:?}: {}", expectations.summary());
    Ok(Tally { passed: ours.files.len(), failed: 0 })
}

fn compare(area: Area, copy: &Copy, classes: Classes) -> Result<Tally> {
    let file = area.file();
    let recorded = Expectations::from_json(&workspace::read(&file)?).with_context(|| format!("in `{file}`"))?;
    if recorded.source != copy.name {
        bail!("`{file}` is recorded from `{}`, and this is `{}`", recorded.source, copy.name);
    }
    let found = report(area, copy, classes)?;
    let expected = if recorded.platform == found.platform {
        recorded
    } else {
        // What the platform does differs from version to version. What must hold on each: ours do no worse.
        let (recorded, here) = (&recorded.platform, &found.platform);
        println!("wpt: {area:?}: recorded on {recorded}, this is {here}: compared with its own classes");
        Expectations::of(&copy.name, &report(area, copy, Classes::Builtin)?, &found)?.without_progress(&found)
    };
    let differing = expected.differences(&found, classes);
    for line in differing.values().flatten() {
        println!("{line}");
    }
    let tally = Tally { passed: found.files.len().saturating_sub(differing.len()), failed: differing.len() };
    println!("wpt: {area:?}: {} files as recorded, {} not", tally.passed, tally.failed);
    Ok(tally)
}

/// Runs the files of an area.
fn report(area: Area, copy: &Copy, classes: Classes) -> Result<Report> {
    let target = workspace::target().join("wpt").join(format!("report-{}.json", std::process::id()));
    let mut node = Command::new("node");
    node.arg(workspace::target().join("runtime-tests/tests/wpt/run.js")).arg(&copy.root).arg(classes.name());
    node.arg(&target).args(area.folders());
    process::run(&mut node)?;
    read_report(&target)
}

fn read_report(path: &Path) -> Result<Report> {
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read `{}`", path.display()))?;
    std::fs::remove_file(path).with_context(|| format!("cannot remove `{}`", path.display()))?;
    serde_json::from_str(&text).context("the runner's report is not of its form")
}
