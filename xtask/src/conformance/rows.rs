//! The rows of `COMPATIBILITY.md`: one behaviour each, and what we do differently where we do.
//!
//! The source is `conformance/rows.json`; a row is named by `area/what-it-is-about`, and requests, filters and
//! `ours.json` refer to it by that name.

use anyhow::{Context, Result, bail};
use serde::Deserialize;

use crate::workspace;

/// All rows, in the order of the file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Rows {
    pub(crate) areas: Vec<Area>,
}

/// A part of the page.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Area {
    /// The first part of its rows' names.
    pub(crate) id: String,
    pub(crate) title: String,
    pub(crate) rows: Vec<Row>,
}

/// One behaviour.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Row {
    /// The second part of its name.
    pub(crate) id: String,
    /// What holds for a handler in Next.js.
    pub(crate) says: String,
    /// What we do instead, if we do.
    pub(crate) differs: Option<Differs>,
    /// Whether we do it already.
    pub(crate) state: Option<State>,
}

/// How far we are with a row.
#[derive(Clone, Copy, Deserialize)]
pub(crate) enum State {
    /// Requests that stand for it are pending (see [`super::pending`]).
    #[serde(rename = "not yet")]
    NotYet,
}

/// A difference on purpose.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Differs {
    pub(crate) ours: String,
    pub(crate) why: String,
    /// The flag or setting that brings the other way back.
    pub(crate) option: Option<String>,
}

impl Rows {
    /// The row of that name.
    pub(crate) fn find(&self, name: &str) -> Option<&Row> {
        let (area, row) = name.split_once('/')?;
        self.areas.iter().find(|candidate| candidate.id == area)?.rows.iter().find(|candidate| candidate.id == row)
    }
}

/// Where the rows are.
pub(crate) const FILE: &str = "conformance/rows.json";

/// Reads the rows.
pub(crate) fn read() -> Result<Rows> {
    let file = FILE;
    let rows: Rows = serde_json::from_str(&workspace::read(file)?).with_context(|| format!("in `{file}`"))?;
    for area in &rows.areas {
        for (index, row) in area.rows.iter().enumerate() {
            if area.rows[..index].iter().any(|other| other.id == row.id) {
                bail!("`{file}` has the row `{}/{}` twice", area.id, row.id);
            }
        }
    }
    Ok(rows)
}
