//! What made a command fail, ready to be shown: one message, the place in the user's file, advice, and the exit code.
//!
//! The message is for the user; the chain of causes of lower layers goes to the log alone
//! ([`Failure::log_cause`]).

use std::error::Error;

use crate::exit::Exit;

/// A failure that ends a command.
#[derive(Clone, Debug)]
pub(crate) struct Failure {
    /// How the command exits.
    pub exit: Exit,
    /// What failed, what was found and what was expected. May have several lines.
    pub message: String,
    /// The place in the user's file: an excerpt with line numbers and a mark.
    pub frame: Option<String>,
    /// What to do about it.
    pub hint: Option<String>,
    /// Whether the message is printed as it stands, without the `⨯` mark: Next.js prints some of its texts so.
    pub is_bare: bool,
}

impl Failure {
    /// A failure with a message alone.
    pub(crate) fn new(exit: Exit, message: impl Into<String>) -> Self {
        Self { exit, message: message.into(), frame: None, hint: None, is_bare: false }
    }

    /// Adds an excerpt of the file that is at fault.
    pub(crate) fn with_frame(mut self, frame: Option<String>) -> Self {
        self.frame = frame;
        self
    }

    /// Adds advice.
    pub(crate) fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Prints the message as it stands.
    pub(crate) fn bare(mut self) -> Self {
        self.is_bare = true;
        self
    }

    /// Writes the causes of lower layers to the log.
    pub(crate) fn log_cause(self, cause: &(dyn Error + 'static)) -> Self {
        let mut next: Option<&dyn Error> = Some(cause);
        while let Some(error) = next {
            tracing::debug!(failure = %self.message, cause = %error);
            next = error.source();
        }
        self
    }
}

/// Adds the path to errors of the file system, which do not carry it.
pub(crate) trait IoContext<T> {
    /// Turns the error into a [`Failure`] that says what was tried and where.
    fn or_failure(self, doing: &str, path: &std::path::Path) -> Result<T, Failure>;
}

impl<T> IoContext<T> for std::io::Result<T> {
    fn or_failure(self, doing: &str, path: &std::path::Path) -> Result<T, Failure> {
        self.map_err(|error| Failure::new(Exit::Failed, format!("cannot {doing} `{}`: {error}", path.display())))
    }
}
