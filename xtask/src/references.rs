//! Generated pages: each is rendered from its source and compared with the file, or written.
//!
//! The command's reference comes from `routewerk reference` (its argument definitions and exit codes), the
//! compatibility page from the conformance rows. Whoever changes a source runs `cargo xtask references`.

use std::process::Command;

use anyhow::Result;

use crate::conformance::{self, report};
use crate::process;
use crate::tidy::Problem;
use crate::workspace;

/// The reference of flags, environment variables and exit codes.
const COMMAND_PAGE: &str = "docs/reference/command.md";

/// Writes all generated pages.
pub(crate) fn write() -> Result<()> {
    workspace::write(COMMAND_PAGE, &command_page()?)?;
    report::write()
}

/// Compares all generated pages with their sources.
pub(crate) fn check(problems: &mut Vec<Problem>) {
    for (page, rendered) in [(COMMAND_PAGE, command_page()), (report::PAGE, report::render())] {
        match rendered {
            Ok(text) if workspace::read(page).ok().as_deref() == Some(text.as_str()) => {}
            Ok(_) => {
                problems.push(Problem::new(page, 0, "is not what its source says: run `cargo xtask references`"));
            }
            Err(error) => problems.push(Problem::new(page, 0, format!("cannot be rendered: {error:#}"))),
        }
    }
}

fn command_page() -> Result<String> {
    let binary = conformance::build_command()?;
    process::capture(Command::new(binary).arg("reference").env("NO_COLOR", "1"))
}
