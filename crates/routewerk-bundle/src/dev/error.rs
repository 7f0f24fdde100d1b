//! What the user sees when an entry's modules do not compile: every complaint that was found, in the order in which the
//! modules are reached.

use std::fmt;

use crate::error::BuildError;

/// Why an entry or module cannot be given to a worker. Never empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DevError {
    errors: Vec<BuildError>,
}

impl DevError {
    /// How many complaints are kept: enough to fill a terminal, few enough for one frame of the channel.
    pub const LIMIT: usize = 20;

    /// One error of the complaints that were found; `None` if there were none.
    pub fn of(errors: impl IntoIterator<Item = BuildError>) -> Option<Self> {
        let mut kept: Vec<BuildError> = Vec::new();
        for error in errors {
            if kept.len() == Self::LIMIT {
                break;
            }
            if !kept.contains(&error) {
                kept.push(error);
            }
        }
        (!kept.is_empty()).then_some(Self { errors: kept })
    }

    /// All complaints, the first one first.
    pub fn errors(&self) -> &[BuildError] {
        &self.errors
    }

    /// The `FAIL` text of `modules.load`: the first complaint's parts, and the other complaints under `others`.
    pub fn to_json(&self) -> serde_json::Value {
        let mut all = self.errors.iter().map(BuildError::to_json);
        let mut first = all.next().unwrap_or_default();
        let others: Vec<_> = all.collect();
        if let Some(object) = first.as_object_mut()
            && !others.is_empty()
        {
            object.insert("others".to_owned(), others.into());
        }
        first
    }
}

impl From<BuildError> for DevError {
    fn from(error: BuildError) -> Self {
        Self { errors: vec![error] }
    }
}

impl fmt::Display for DevError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, error) in self.errors.iter().enumerate() {
            if index > 0 {
                formatter.write_str("\n\n")?;
            }
            write!(formatter, "{error}")?;
        }
        Ok(())
    }
}

impl std::error::Error for DevError {}
