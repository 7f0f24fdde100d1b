//! One line for each stored reply that could not be made: which, where in the user's code, and what becomes of it.
//!
//! A worker logs what its handler has thrown, with the whole stack; the line here says which reply that was, and is the only one for
//! all other causes (no worker, too slow, too long). However many waited, it is one; where very many fail, the rest is
//! counted.

use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::{Duration, Instant};

use routewerk_cache::Refusal;
use routewerk_handler::Generation;
use routewerk_server::{GenerationEnd, GenerationObserver, GenerationRecord};

use crate::report::{self, Report};

/// So many lines are written in a second.
const LINES_PER_SECOND: u32 = 20;

/// Writes the lines.
pub(crate) struct GenerationLog {
    report: Report,
    pace: Mutex<Pace>,
}

/// How many lines were written in this second, and how many were not.
#[derive(Debug)]
struct Pace {
    since: Instant,
    written: u32,
    left_out: u64,
}

impl GenerationLog {
    /// A log on the terminal.
    pub(crate) fn new(report: Report) -> Self {
        Self { report, pace: Mutex::new(Pace { since: Instant::now(), written: 0, left_out: 0 }) }
    }

    /// Writes a line, unless too many were written just now. It says how many were left out before it.
    fn line(&self, text: &str) {
        let left_out = {
            // Nothing is done in steps under this lock.
            let mut pace = self.pace.lock().unwrap_or_else(PoisonError::into_inner);
            if pace.since.elapsed() >= Duration::from_secs(1) {
                (pace.since, pace.written) = (Instant::now(), 0);
            }
            if pace.written >= LINES_PER_SECOND {
                pace.left_out += 1;
                return;
            }
            pace.written += 1;
            std::mem::take(&mut pace.left_out)
        };
        let more = if left_out > 0 { format!(" ({left_out} more like it were not shown)") } else { String::new() };
        self.report.error(format!("{text}{more}"));
    }
}

impl GenerationObserver for GenerationLog {
    fn ended(&self, generation: &GenerationRecord<'_>, end: &GenerationEnd<'_>, duration: Duration) {
        let what = format!("The stored reply of {} (route {})", generation.path, generation.pattern);
        match end {
            // Where what is stored is newer, that is no trouble.
            GenerationEnd::Stored { .. } | GenerationEnd::Unstored { refusal: None | Some(Refusal::Older), .. } => {}
            GenerationEnd::Unstored { refusal: Some(refusal), .. } => {
                self.line(&format!("{what} was made and cannot be stored: {refusal}"));
            }
            GenerationEnd::Failed { status, message, is_kept, .. } => {
                let again = if generation.why == Generation::Regeneration { " again" } else { "" };
                let after = report::duration(duration);
                let outcome = match (is_kept, status) {
                    (true, _) => "What was stored before stays in service.".to_owned(),
                    (false, status) => format!("Who waited for it got a {status}."),
                };
                self.line(&format!(
                    "{what} could not be made{again} (after {after}): {}. {outcome}",
                    at_a_glance(message)
                ));
            }
        }
    }
}

/// The first line of an error, with the first place of its stack that is in the user's files.
fn at_a_glance(message: &str) -> String {
    let mut lines = message.lines();
    let first = lines.next().unwrap_or_default().trim_end_matches('.');
    let place = lines
        .filter_map(|line| line.trim_start().strip_prefix("at "))
        .map(|line| line.rsplit_once('(').map_or(line, |(_, place)| place.trim_end_matches(')')))
        .find(|place| {
            !place.contains("node_modules") && !place.starts_with("node:") && !place.contains("/routewerk-runtime/")
        });
    match place {
        Some(place) => format!("{first} at {place}"),
        None => first.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_is_told_by_its_first_line_and_the_users_place() {
        let stack = "Error: boom\n    at read (node:fs:1:2)\n    at GET (app/x/route.ts:3:9)\n    at call (/routewerk-runtime/x.ts:1:1)";
        assert_eq!(at_a_glance(stack), "Error: boom at app/x/route.ts:3:9");
        assert_eq!(at_a_glance("Error: a\n    at app/y/route.ts:1:1"), "Error: a at app/y/route.ts:1:1");
        assert_eq!(at_a_glance("no worker is ready."), "no worker is ready");
    }
}
