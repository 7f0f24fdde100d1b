//! All that the command prints. No other file writes to standard output or standard error.
//!
//! What a user reads as the command's result goes to standard output, warnings and errors go to standard error, with
//! the marks that Next.js uses (`▲ ✓ ⚠ ⨯`). Colours appear only where the stream is a terminal and `NO_COLOR` is
//! unset. A stream that was closed by its reader (`routewerk routes | head`) is not an error.
//!
//! Reading order: this file (streams, marks), [`table`] (routes), [`progress`].

pub(crate) mod failure_text;
pub(crate) mod progress;
pub(crate) mod table;

use std::fmt::Display;
use std::io::{IsTerminal, Write};
use std::time::Duration;

use owo_colors::{OwoColorize, Style};

use crate::env_vars::{self, Environment};
use crate::failure::Failure;

/// Where and how the command prints. Cheap to copy; every part of the command has one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Report {
    has_color_out: bool,
    has_color_err: bool,
    is_interactive: bool,
}

#[expect(clippy::unused_self, reason = "whoever has no report does not print")]
impl Report {
    /// Looks at the streams and the environment once.
    pub(crate) fn new(environment: &Environment) -> Self {
        let is_plain =
            environment.text(env_vars::NO_COLOR).is_some() || environment.text(env_vars::TERM) == Some("dumb");
        let (out, err) = (std::io::stdout().is_terminal(), std::io::stderr().is_terminal());
        Self { has_color_out: out && !is_plain, has_color_err: err && !is_plain, is_interactive: err && !is_plain }
    }

    /// A report without colours and progress, for texts that become part of an answer.
    #[cfg(test)]
    pub(crate) const fn plain() -> Self {
        Self { has_color_out: false, has_color_err: false, is_interactive: false }
    }

    /// Whether standard output shows colours.
    pub(crate) const fn has_color(self) -> bool {
        self.has_color_out
    }

    /// Whether progress may be drawn.
    pub(crate) const fn is_interactive(self) -> bool {
        self.is_interactive
    }

    /// Text in a style on standard output.
    pub(crate) fn styled(self, text: impl Display, style: Style) -> String {
        if self.has_color_out { text.style(style).to_string() } else { text.to_string() }
    }

    /// Text in a style on standard error.
    pub(crate) fn styled_err(self, text: impl Display, style: Style) -> String {
        if self.has_color_err { text.style(style).to_string() } else { text.to_string() }
    }

    /// A line on standard output.
    pub(crate) fn line(self, text: impl Display) {
        write_out(&format!("{text}\n"));
    }

    /// Text on standard output as it stands.
    pub(crate) fn raw(self, text: &str) {
        write_out(text);
    }

    /// `▲ Routewerk x.y.z`.
    pub(crate) fn title(self) {
        let title = format!("▲ Routewerk {}", env!("CARGO_PKG_VERSION"));
        self.line(self.styled(title, Style::new().bold().magenta()));
    }

    /// `- Name:         value`; short names in one column, as Next.js has them.
    pub(crate) fn bullet(self, name: &str, value: impl Display) {
        const COLUMN: usize = 14;
        let gap = if name.len() < COLUMN - 2 { COLUMN - name.len() } else { 1 };
        self.line(format!("- {name}:{}{value}", " ".repeat(gap)));
    }

    /// `✓ text`.
    pub(crate) fn done(self, text: impl Display) {
        self.line(format!("{} {text}", self.styled("✓", Style::new().bold().green())));
    }

    /// `○ text`: something has begun.
    pub(crate) fn doing(self, text: impl Display) {
        self.line(format!("{} {text}", self.styled("○", Style::new().bold())));
    }

    /// `⚠ text` on standard error.
    pub(crate) fn warn(self, text: impl Display) {
        write_err(&format!("{} {text}\n", self.styled_err("⚠", Style::new().bold().yellow())));
    }

    /// `⨯ text` in red on standard error, for what must not be overlooked.
    pub(crate) fn alarm(self, text: impl Display) {
        write_err(&format!("{}\n", self.styled_err(format!("⨯ {text}"), Style::new().bold().red())));
    }

    /// `⨯ text` on standard error.
    pub(crate) fn error(self, text: impl Display) {
        write_err(&format!("{} {text}\n", self.styled_err("⨯", Style::new().bold().red())));
    }

    /// A text that begins with one of the marks, on standard error, the mark in its colour.
    pub(crate) fn marked_err(self, text: &str) {
        let marks = [("⨯", Style::new().bold().red()), ("⚠", Style::new().bold().yellow())];
        let marked = marks.into_iter().find_map(|(mark, style)| Some((mark, text.strip_prefix(mark)?, style)));
        match marked {
            Some((mark, rest, style)) => write_err(&format!("{}{rest}\n", self.styled_err(mark, style))),
            None => write_err(&format!("{text}\n")),
        }
    }

    /// Bytes of a worker on standard output.
    pub(crate) fn bytes_out(self, bytes: &[u8]) {
        let mut stdout = std::io::stdout().lock();
        // A piece of a line is shown at once.
        drop(stdout.write_all(bytes).and_then(|()| stdout.flush()));
    }

    /// Bytes of a worker on standard error.
    pub(crate) fn bytes_err(self, bytes: &[u8]) {
        drop(std::io::stderr().lock().write_all(bytes));
    }

    /// Text on standard error as it stands.
    pub(crate) fn raw_err(self, text: &str) {
        write_err(text);
    }

    /// A failure: message, excerpt, advice.
    pub(crate) fn failure(self, failure: &Failure) {
        write_err(&failure_text::write(failure, self));
    }
}

/// A closed stream is the reader's choice; the command goes on.
fn write_out(text: &str) {
    drop(std::io::stdout().lock().write_all(text.as_bytes()));
}

/// Standard error is the last place to complain to.
fn write_err(text: &str) {
    drop(std::io::stderr().lock().write_all(text.as_bytes()));
}

/// A duration as Next.js writes it: `312ms`, `2.4s`, `51s`, `3.1min`.
pub(crate) fn duration(duration: Duration) -> String {
    let seconds = duration.as_secs_f64();
    if seconds > 120.0 {
        format!("{:.1}min", seconds / 60.0)
    } else if seconds > 40.0 {
        format!("{seconds:.0}s")
    } else if seconds > 2.0 {
        format!("{seconds:.1}s")
    } else {
        format!("{:.0}ms", seconds * 1000.0)
    }
}

/// A number of bytes as people write it: `812 B`, `3.4 kB`, `1.2 MB`.
pub(crate) fn bytes(count: u64) -> String {
    let count_f = count as f64;
    if count < 1000 {
        format!("{count} B")
    } else if count < 1_000_000 {
        format!("{:.1} kB", count_f / 1e3)
    } else {
        format!("{:.1} MB", count_f / 1e6)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_change_unit_where_next_does() {
        let written = |millis| duration(Duration::from_millis(millis));
        assert_eq!([written(7), written(2000), written(2400)], ["7ms", "2000ms", "2.4s"]);
        assert_eq!([written(41_000), written(186_000)], ["41s", "3.1min"]);
    }

    #[test]
    fn sizes_change_unit() {
        assert_eq!([bytes(999), bytes(1000), bytes(1_250_000)], ["999 B", "1.0 kB", "1.2 MB"]);
    }
}
