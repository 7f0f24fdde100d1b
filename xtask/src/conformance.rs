//! The same answers as real Next.js, proven case by case.
//!
//! A case is a folder `conformance/<area>/<case>`: `project/` (a Next.js project), `requests.json` (written by
//! hand, see [`case`]), `recorded.json` (what Next.js answered, written by `record` alone) and, where we differ on
//! purpose, `ours.json` (our answer with the row of `COMPATIBILITY.md` that says why).
//!
//! Rule: an answer may differ from the recording by a global filter ([`compare`]) or an entry of `ours.json`; both
//! name a row of `conformance/rows.json`, and an entry that is no longer needed fails the check.

pub(crate) mod case;
mod compare;
mod next;
pub(crate) use ours::build_command;

mod ours;
mod play;
pub(crate) mod report;
mod rows;
mod wire;

use anyhow::{Result, bail};
use clap::Subcommand;

use case::Case;

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
        binary: Option<std::path::PathBuf>,
        /// Only `routewerk start`, or only `routewerk dev`.
        #[arg(long)]
        mode: Option<ours::Mode>,
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
        binary: Option<std::path::PathBuf>,
    },
    /// Writes `COMPATIBILITY.md` from the rows and the cases.
    Report,
}

/// Carries out one command.
pub(crate) fn run(command: &Command) -> Result<()> {
    match command {
        Command::Record { cases } => record(cases),
        Command::Check { cases, binary, mode } => {
            let binary = match binary {
                Some(binary) => binary.clone(),
                None => build_command()?,
            };
            check(cases, &binary, *mode).and_then(Tally::conclude)
        }
        Command::Accept { case, row, requests, binary } => accept(case, row, requests, binary.as_deref()),
        Command::Report => report::write(),
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
    let next = next::Next::install()?;
    for case in Case::all(wanted)? {
        case.require_known_rows(&rows::read()?)?;
        println!("recording {} ({} requests)", case.id, case.requests.list.len());
        let server = next.serve(&case)?;
        let mut answers = play::play(&case, &server, |_| &[])?;
        drop(server);
        answers.iter_mut().flat_map(|answers| &mut answers.replies).for_each(case::Answer::shorten_page);
        let place = next::Next::place(&case);
        for line in answers.iter_mut().flat_map(|answers| &mut answers.log) {
            *line = line.replace(&format!("[project]/{place}/"), "[project]/");
        }
        case.write_recorded(&answers, next.about())?;
    }
    report::write()
}

fn accept(case: &str, row: &str, requests: &[String], binary: Option<&std::path::Path>) -> Result<()> {
    let binary = binary.map_or_else(build_command, |binary| Ok(binary.to_path_buf()))?;
    let case = Case::one(case)?;
    let server = ours::serve(&case, ours::Mode::Start, &binary)?;
    let answers = play::play(&case, &server, |_| &[])?;
    drop(server);
    case.write_ours(row, requests, &answers)?;
    case.require_known_rows(&rows::read()?)
}

/// Compares the answers of the command at `binary` with the recorded ones.
///
/// # Errors
/// If something cannot be run at all; a difference is counted and printed.
pub(crate) fn check(wanted: &[String], binary: &std::path::Path, only: Option<ours::Mode>) -> Result<Tally> {
    let rows = rows::read()?;
    let mut tally = Tally::default();
    for case in Case::all(wanted)? {
        case.require_known_rows(&rows)?;
        for mode in ours::Mode::of(&case).into_iter().filter(|mode| only.is_none_or(|only| only == *mode)) {
            let counted = check_case(&case, mode, binary);
            match counted {
                Ok(counted) => tally.add(counted),
                Err(error) => {
                    println!("not ok {} ({mode}): {error:#}", case.id);
                    tally.failed += case.requests.list.len();
                }
            }
        }
    }
    Ok(tally)
}

fn check_case(case: &Case, mode: ours::Mode, binary: &std::path::Path) -> Result<Tally> {
    let recorded = case.read_recorded()?;
    let excused = case.read_ours()?;
    let server = ours::serve(case, mode, binary)?;
    let expected_log = |request: &case::Request| {
        let excuse = excused.get(&request.name).filter(|ours| ours.only.is_none_or(|only| only == mode));
        let answers = excuse.map(|ours| &ours.answers).or_else(|| recorded.of(request).ok());
        answers.map_or(&[][..], |answers| &answers.log)
    };
    let answers = play::play(case, &server, expected_log)?;
    let stopped = server.stop()?;
    let mut tally = Tally::default();
    for (request, answer) in case.requests.list.iter().zip(&answers) {
        let excuse = excused.get(&request.name).filter(|ours| ours.only.is_none_or(|only| only == mode));
        let differences = compare::compare(request, recorded.of(request)?, excuse, answer);
        if differences.is_empty() {
            tally.passed += 1;
            continue;
        }
        tally.failed += 1;
        println!("not ok {} ({mode}): {}", case.id, request.name);
        for difference in differences {
            println!("    {difference}");
        }
    }
    if stopped != Some(0) {
        println!("not ok {} ({mode}): SIGTERM ended the server with {stopped:?}, expected exit code 0", case.id);
        tally.failed += 1;
    }
    println!("{} ({mode}): {} as recorded, {} not", case.id, tally.passed, tally.failed);
    Ok(tally)
}
