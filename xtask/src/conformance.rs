//! The same answers as real Next.js, proven case by case.
//!
//! A case is a folder `conformance/<area>/<case>`: `project/` (a Next.js project), `requests.json` (written by
//! hand, see [`case`]), `recorded.json` (what Next.js answered, written by `record` alone), where we differ on
//! purpose `ours.json` (our answer with the row of `COMPATIBILITY.md` that says why), and where ours is yet to be built
//! `pending.json` (the names of the requests, see [`pending`]).
//!
//! Rule: an answer may differ from the recording by a global filter ([`compare`]) or an entry of `ours.json`; both
//! name a row of `conformance/rows.json`, and an entry that is no longer needed fails the check.

pub(crate) mod case;
mod compare;
mod names;
mod next;
mod origin;
mod ours;
mod pending;
mod play;
pub(crate) mod report;
mod rows;
mod step;
mod subject;
mod table;
mod weight;
mod wire;

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use clap::Subcommand;

use case::{Answers, Asks, Case, Ours, Recorded, Request};
use ours::Mode;
use subject::Subject;

pub(crate) use ours::build_command;

/// What `cargo xtask conformance` can do.
#[derive(Subcommand)]
pub(crate) enum Command {
    /// Installs real Next.js below `target`, runs it on the projects and writes its answers.
    Record {
        /// Only cases whose `area/case` begins so.
        cases: Vec<String>,
    },
    /// Runs Routewerk on the projects and compares.
    Check {
        /// Only cases whose `area/case` begins so.
        cases: Vec<String>,
        /// The command to test, instead of building it.
        #[arg(long)]
        binary: Option<PathBuf>,
        /// Only `routewerk start`, or only `routewerk dev`.
        #[arg(long)]
        mode: Option<Mode>,
        /// Shows also how pending requests are answered.
        #[arg(long)]
        pending: bool,
    },
    /// Takes the requests that are answered as recorded off the lists of pending ones, and their rows' state with them.
    Settle {
        /// Only cases whose `area/case` begins so.
        cases: Vec<String>,
        /// Puts all that are not answered as recorded on the lists: for what is recorded before it is built.
        #[arg(long)]
        add: bool,
        /// The command to ask, instead of building it.
        #[arg(long)]
        binary: Option<PathBuf>,
    },
    /// Writes our present answers to requests of a case into its `ours.json`: a difference on purpose.
    Accept {
        /// `area/case`.
        case: String,
        /// The row that says that we differ, and why.
        row: String,
        /// The names of the requests.
        #[arg(required = true)]
        requests: Vec<String>,
        /// The command to ask, instead of building it.
        #[arg(long)]
        binary: Option<PathBuf>,
    },
    /// Writes `COMPATIBILITY.md` from the rows and the cases.
    Report,
}

/// Carries out one command.
pub(crate) fn run(command: &Command) -> Result<()> {
    match command {
        Command::Record { cases } => record(cases),
        Command::Check { cases, binary, mode, pending } => {
            check_shown(cases, &given(binary.as_ref())?, *mode, *pending).and_then(Tally::conclude)
        }
        Command::Settle { cases, add, binary } => settle(cases, *add, &given(binary.as_ref())?),
        Command::Accept { case, row, requests, binary } => accept(case, row, requests, &given(binary.as_ref())?),
        Command::Report => report::write(),
    }
}

/// The command at the path that was given, or built now.
fn given(binary: Option<&PathBuf>) -> Result<PathBuf> {
    match binary {
        // It is run in the folders of the projects.
        Some(binary) => binary.canonicalize().with_context(|| format!("there is no `{}`", binary.display())),
        None => build_command(),
    }
}

/// How many requests were answered as they should be.
#[derive(Clone, Copy, Default)]
pub(crate) struct Tally {
    pub(crate) passed: usize,
    pub(crate) failed: usize,
}

impl Tally {
    pub(crate) fn add(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
    }

    fn conclude(self) -> Result<()> {
        println!("conformance: {} requests as recorded, {} not", self.passed, self.failed);
        if self.failed > 0 {
            bail!("{} requests are not answered as recorded", self.failed);
        }
        Ok(())
    }
}

fn record(wanted: &[String]) -> Result<()> {
    let installed = next::Next::install()?;
    for case in Case::all(wanted)? {
        case.require_known_rows(&rows::read()?)?;
        println!("recording {} ({} requests)", case.id, case.requests.list.len());
        let next = installed.for_case(&case);
        let mut subject = Subject::new(&next, &case)?;
        let answers = play::play(&case, &mut subject, |_| &[]);
        subject.stop()?;
        let mut answers = answers.into_iter().collect::<Result<Vec<_>>>()?;
        for (request, answers) in case.requests.list.iter().zip(&answers) {
            require_said(request, answers)?;
        }
        answers.iter_mut().flat_map(|answers| &mut answers.replies).for_each(case::Answer::shorten_page);
        let place = next::Next::place(&case);
        for line in answers.iter_mut().flat_map(|answers| &mut answers.log) {
            *line = line.replace(&format!("[project]/{place}/"), "[project]/");
        }
        case.write_recorded(&answers, next.about())?;
        pending::prune(&case)?;
    }
    report::write()
}

/// Checks that a build printed what the case says it does.
fn require_said(request: &Request, answers: &Answers) -> Result<()> {
    let Asks::Build(build) = &request.asks else { return Ok(()) };
    match build.says.iter().find(|said| !answers.log.contains(said)) {
        Some(said) => bail!("`{}`: the build does not print {said:?}", request.name),
        None => Ok(()),
    }
}

fn accept(case: &str, row: &str, requests: &[String], binary: &Path) -> Result<()> {
    let case = Case::one(case)?;
    let ours = ours::Ours { mode: Mode::Start, binary };
    let mut subject = Subject::new(&ours, &case)?;
    let answers = play::play(&case, &mut subject, |_| &[]);
    subject.stop()?;
    case.write_ours(row, requests, answers)?;
    let mut pending = pending::read(&case)?;
    pending.retain(|name| !requests.contains(name));
    pending::write(&case, &pending)?;
    pending::write_states()?;
    case.require_known_rows(&rows::read()?)
}

/// Compares the answers of the command at `binary` with the recorded ones.
///
/// # Errors
/// If something cannot be run at all; a difference is counted and printed.
pub(crate) fn check(wanted: &[String], binary: &Path, only: Option<Mode>) -> Result<Tally> {
    check_shown(wanted, binary, only, false)
}

fn check_shown(wanted: &[String], binary: &Path, only: Option<Mode>, shows_pending: bool) -> Result<Tally> {
    let rows = rows::read()?;
    pending::require_agreement(&rows)?;
    let mut tally = Tally::default();
    for case in Case::all(wanted)? {
        case.require_known_rows(&rows)?;
        for mode in Mode::of(&case).into_iter().filter(|mode| only.is_none_or(|only| only == *mode)) {
            tally.add(check_case(&case, mode, binary, shows_pending)?);
        }
    }
    Ok(tally)
}

/// What a case is to be answered with.
struct Expected {
    recorded: Recorded,
    excused: std::collections::BTreeMap<String, Ours>,
    pending: std::collections::BTreeSet<String>,
}

impl Expected {
    fn read(case: &Case) -> Result<Self> {
        Ok(Self { recorded: case.read_recorded()?, excused: case.read_ours()?, pending: pending::read(case)? })
    }

    fn excuse(&self, request: &Request, mode: Mode) -> Option<&Ours> {
        self.excused.get(&request.name).filter(|ours| ours.only.is_none_or(|only| only == mode))
    }

    /// The messages to wait for; what is pending may never print them.
    fn log(&self, request: &Request, mode: Mode) -> &[String] {
        if self.pending.contains(&request.name) {
            return &[];
        }
        let answers = self.excuse(request, mode).map(|ours| &ours.answers);
        answers.or_else(|| self.recorded.of(request).ok()).map_or(&[], |answers| &answers.log)
    }
}

/// How each request of a case differs, in words, and how the server ended.
fn differences(case: &Case, mode: Mode, binary: &Path, expected: &Expected) -> Result<(Vec<Vec<String>>, Option<i32>)> {
    let ours = ours::Ours { mode, binary };
    let mut subject = match Subject::new(&ours, case) {
        Ok(subject) => subject,
        Err(error) => return Ok((vec![vec![format!("{error:#}")]; case.requests.list.len()], Some(0))),
    };
    let answers = play::play(case, &mut subject, |request| expected.log(request, mode));
    let stopped = subject.stop()?;
    let mut found = Vec::new();
    for (request, answers) in case.requests.list.iter().zip(answers) {
        let recorded = expected.recorded.of(request)?;
        found.push(match answers {
            Ok(answers) => compare::compare(request, recorded, expected.excuse(request, mode), &answers),
            Err(error) => vec![format!("{error:#}")],
        });
    }
    Ok((found, stopped))
}

fn check_case(case: &Case, mode: Mode, binary: &Path, shows_pending: bool) -> Result<Tally> {
    let expected = Expected::read(case)?;
    let (found, stopped) = differences(case, mode, binary, &expected)?;
    let (mut tally, mut pending) = (Tally::default(), 0);
    for (request, differences) in case.requests.list.iter().zip(found) {
        let is_pending = expected.pending.contains(&request.name);
        if is_pending && !differences.is_empty() {
            pending += 1;
            if shows_pending {
                show("pending", case, mode, request, &differences);
            }
        } else if is_pending {
            tally.failed += 1;
            let settle = format!("is answered now: run `cargo xtask conformance settle {}`", case.id);
            show("not ok", case, mode, request, &[settle]);
        } else if differences.is_empty() {
            tally.passed += 1;
        } else {
            tally.failed += 1;
            show("not ok", case, mode, request, &differences);
        }
    }
    if stopped != Some(0) {
        println!("not ok {} ({mode}): SIGTERM ended the server with {stopped:?}, expected exit code 0", case.id);
        tally.failed += 1;
    }
    let waiting = if pending == 0 { String::new() } else { format!(", {pending} pending") };
    println!("{} ({mode}): {} as recorded, {} not{waiting}", case.id, tally.passed, tally.failed);
    Ok(tally)
}

fn show(verdict: &str, case: &Case, mode: Mode, request: &Request, differences: &[String]) {
    println!("{verdict} {} ({mode}): {}", case.id, request.name);
    for difference in differences {
        println!("    {difference}");
    }
}

fn settle(wanted: &[String], add: bool, binary: &Path) -> Result<()> {
    for case in Case::all(wanted)? {
        let mut expected = Expected::read(&case)?;
        if expected.pending.is_empty() && !add {
            continue;
        }
        let (found, _) = differences(&case, Mode::Start, binary, &expected)?;
        for (request, differences) in case.requests.list.iter().zip(found) {
            if differences.is_empty() {
                if expected.pending.remove(&request.name) {
                    println!("{}: {} is answered", case.id, request.name);
                }
            } else if add && expected.pending.insert(request.name.clone()) {
                println!("{}: {} is pending", case.id, request.name);
            }
        }
        pending::write(&case, &expected.pending)?;
    }
    pending::write_states()?;
    report::write()
}
