//! One line for each stored reply that could not be made: which, where in the user's code, and what becomes of it.
//!
//! A worker logs what its handler has thrown, with the whole stack; the line here says which reply that was, and is the only one for
//! all other causes (no worker, too slow, too long). However many waited, it is one; where very many fail, the rest is
//! counted.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::{Duration, Instant};

use routewerk_cache::Refusal;
use routewerk_handler::Generation;
use routewerk_server::{GenerationEnd, GenerationObserver, GenerationRecord};

use crate::report::{self, Report};

/// So many lines are written in a second.
const LINES_PER_SECOND: u32 = 20;
/// So many lines wait for the terminal.
const QUEUE: usize = 64;
/// Longer paths are cut.
const MAX_PATH_CHARS: usize = 500;

/// Writes the lines, on a thread of its own: the front threads hand them on and never wait for the terminal.
pub(crate) struct GenerationLog {
    lines: SyncSender<String>,
    /// Lines that were not written.
    left_out: Arc<AtomicU64>,
}

impl GenerationLog {
    /// Begins to write, on a thread that ends with this value.
    ///
    /// # Errors
    /// The system's, if the thread cannot be started.
    pub(crate) fn begin(report: Report) -> std::io::Result<Self> {
        let (lines, received) = sync_channel(QUEUE);
        let left_out = Arc::<AtomicU64>::default();
        let counted = Arc::clone(&left_out);
        std::thread::Builder::new()
            .name("generation-log".to_owned())
            .spawn(move || write_all(&received, &counted, report))?;
        Ok(Self { lines, left_out })
    }

    fn line(&self, text: String) {
        if self.lines.try_send(text).is_err() {
            self.left_out.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// Writes what comes, not too much in a second. A line says how many were left out before it.
fn write_all(lines: &Receiver<String>, left_out: &AtomicU64, report: Report) {
    let (mut since, mut written) = (Instant::now(), 0);
    for line in lines {
        if since.elapsed() >= Duration::from_secs(1) {
            (since, written) = (Instant::now(), 0);
        }
        if written >= LINES_PER_SECOND {
            left_out.fetch_add(1, Ordering::Relaxed);
            continue;
        }
        written += 1;
        let more = match left_out.swap(0, Ordering::Relaxed) {
            0 => String::new(),
            count => format!(" ({count} more like it were not shown)"),
        };
        report.error(format!("{line}{more}"));
    }
}

impl GenerationObserver for GenerationLog {
    fn ended(&self, generation: &GenerationRecord<'_>, end: &GenerationEnd<'_>, duration: Duration) {
        let path: String = generation.path.chars().take(MAX_PATH_CHARS).collect();
        let what = format!("The stored reply of {path} (route {})", generation.pattern);
        match end {
            // Where what is stored is newer, that is no trouble.
            GenerationEnd::Stored { .. } | GenerationEnd::Unstored { refusal: None | Some(Refusal::Older), .. } => {}
            GenerationEnd::Unstored { refusal: Some(refusal), .. } => {
                self.line(format!("{what} was made and cannot be stored: {refusal}"));
            }
            GenerationEnd::Failed { status, message, is_kept, .. } => {
                let again = if generation.why == Generation::Regeneration { " again" } else { "" };
                let after = report::duration(duration);
                let outcome = match (is_kept, status) {
                    (true, _) => "What was stored before stays in service.".to_owned(),
                    (false, status) => format!("Who waited for it got a {status}."),
                };
                self.line(format!(
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
