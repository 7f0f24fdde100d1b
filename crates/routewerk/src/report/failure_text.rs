//! How a failure looks on the terminal: the message, the excerpt, the advice.

use std::fmt::Write;

use owo_colors::Style;

use super::Report;
use crate::failure::Failure;

/// The text of a failure, ended by a line break.
pub(crate) fn write(failure: &Failure, report: Report) -> String {
    let mut text = String::new();
    let mark = report.styled_err("⨯", Style::new().bold().red());
    if failure.is_bare {
        text.push_str(&failure.message);
    } else {
        // Writing to a string cannot fail.
        let _ = write!(text, "{mark} {}", failure.message);
    }
    text.push('\n');
    if let Some(frame) = &failure.frame {
        text.push('\n');
        for line in frame.lines() {
            let style = if line.starts_with('>') { Style::new() } else { Style::new().dimmed() };
            let _ = writeln!(text, "  {}", report.styled_err(line, style));
        }
    }
    if let Some(hint) = &failure.hint {
        let mut label = report.styled_err("hint:", Style::new().bold().cyan());
        text.push('\n');
        for line in hint.lines() {
            let _ = writeln!(text, "  {label} {line}");
            label = " ".repeat("hint:".len());
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exit::Exit;

    #[test]
    fn message_frame_and_hint_stand_apart() {
        let failure = Failure::new(Exit::Config, "`next.config.js` is broken")
            .with_frame(Some("> 1 | a\n    | ^".to_owned()))
            .with_hint("mend it\nor remove it");
        assert_eq!(
            write(&failure, Report::plain()),
            "⨯ `next.config.js` is broken\n\n  > 1 | a\n      | ^\n\n  hint: mend it\n        or remove it\n"
        );
    }
}
