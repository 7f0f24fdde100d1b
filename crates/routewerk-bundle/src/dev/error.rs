//! What the user sees when a module does not compile: structured, so that the terminal, the HTML page and the worker's
//! log each show it in their own way.
//!
//! Nothing here is formatted for one medium. The code frame is plain text; who may see it (only loopback or an allowed
//! origin) is decided by whoever answers the request.

use std::fmt;

use serde::{Deserialize, Serialize};

/// One complaint about one place in the user's project.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DevDiagnostic {
    /// What is wrong, lower case where it is ours, without a full stop.
    pub message: String,
    /// The file, absolute.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// The line, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
    /// The column in UTF-16 code units, from 1, as editors count.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<u32>,
    /// The lines around the place with a caret under it; plain text, no colours.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub frame: Option<String>,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
}

/// Why an entry or module cannot be given to a worker. Never empty.
///
/// Serialised it is the first diagnostic's fields, plus `others` when there are more: the `FAIL` text of `modules.load`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DevError {
    /// The first complaint, in the order in which the modules are reached.
    #[serde(flatten)]
    pub first: DevDiagnostic,
    /// The other ones, at most [`DevError::MAX_OTHERS`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub others: Vec<DevDiagnostic>,
}

impl DevError {
    /// How many further complaints are kept: enough to fill a terminal, few enough for one frame.
    pub const MAX_OTHERS: usize = 19;

    /// Makes one error of the complaints that were found; `None` if there were none.
    pub fn from_diagnostics(diagnostics: impl IntoIterator<Item = DevDiagnostic>) -> Option<Self> {
        let mut all = diagnostics.into_iter();
        let first = all.next()?;
        Some(Self { first, others: all.take(Self::MAX_OTHERS).collect() })
    }

    /// All complaints, the first one first.
    pub fn diagnostics(&self) -> impl Iterator<Item = &DevDiagnostic> {
        std::iter::once(&self.first).chain(&self.others)
    }
}

impl fmt::Display for DevDiagnostic {
    /// Place, message, frame and hint as plain text of several lines.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(file) = &self.file {
            write!(out, "{file}")?;
            if let Some(line) = self.line {
                write!(out, ":{line}:{}", self.column.unwrap_or(1))?;
            }
            writeln!(out)?;
        }
        write!(out, "{}", self.message)?;
        if let Some(frame) = &self.frame {
            write!(out, "\n{frame}")?;
        }
        if let Some(hint) = &self.hint {
            write!(out, "\n{hint}")?;
        }
        Ok(())
    }
}

impl fmt::Display for DevError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, diagnostic) in self.diagnostics().enumerate() {
            if index > 0 {
                write!(out, "\n\n")?;
            }
            write!(out, "{diagnostic}")?;
        }
        Ok(())
    }
}

impl std::error::Error for DevError {}
