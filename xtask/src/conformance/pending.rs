//! What is recorded and not answered by ours yet, so that it neither breaks the check nor is forgotten.
//!
//! `pending.json` beside a recording names the requests; their rows have the state `not yet` in `conformance/rows.json`, and no
//! other rows have. A pending request that is answered as recorded fails the check until `cargo xtask conformance settle` has
//! taken it off the list. Nothing that differs on purpose belongs here: that is what `ours.json` is for.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result, bail};

use crate::conformance::case::Case;
use crate::conformance::rows::{self, Rows};
use crate::workspace;

const FILE: &str = "pending.json";
const STATE: &str = ", \"state\": \"not yet\"";

/// The names of the requests of `case` that are pending.
pub(crate) fn read(case: &Case) -> Result<BTreeSet<String>> {
    let names = read_names(case)?;
    if let Some(name) = names.iter().find(|name| !is_asked(case, name)) {
        bail!("`conformance/{}/{FILE}` names `{name}`, which is not asked", case.id);
    }
    Ok(names)
}

/// Takes requests off the list that `case` does not have any more.
pub(crate) fn prune(case: &Case) -> Result<()> {
    let mut names = read_names(case)?;
    names.retain(|name| is_asked(case, name));
    write(case, &names)
}

fn is_asked(case: &Case, name: &str) -> bool {
    case.requests.list.iter().any(|request| request.name == name)
}

fn read_names(case: &Case) -> Result<BTreeSet<String>> {
    if !case.folder.join(FILE).exists() {
        return Ok(BTreeSet::new());
    }
    let file = format!("conformance/{}/{FILE}", case.id);
    serde_json::from_str(&workspace::read(&file)?).with_context(|| format!("in `{file}`"))
}

/// Makes these requests the pending ones of `case`; without any the file goes.
pub(crate) fn write(case: &Case, names: &BTreeSet<String>) -> Result<()> {
    if names.is_empty() {
        return match std::fs::remove_file(case.folder.join(FILE)) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error).context("cannot remove a file"),
            Ok(()) | Err(_) => Ok(()),
        };
    }
    let mut text = serde_json::to_string_pretty(names)?;
    text.push('\n');
    workspace::write(&format!("conformance/{}/{FILE}", case.id), &text)
}

/// The number of pending requests behind each row that has any, over all cases.
pub(crate) fn by_row() -> Result<BTreeMap<String, usize>> {
    let mut rows = BTreeMap::new();
    for case in Case::all(&[])? {
        let pending = read(&case)?;
        for request in case.requests.list.iter().filter(|request| pending.contains(&request.name)) {
            *rows.entry(request.row.clone()).or_default() += 1;
        }
    }
    Ok(rows)
}

/// Checks that exactly the rows with pending requests say so.
pub(crate) fn require_agreement(rows: &Rows) -> Result<()> {
    let pending = by_row()?;
    for area in &rows.areas {
        for row in &area.rows {
            let name = format!("{}/{}", area.id, row.id);
            match (row.state.is_some(), pending.contains_key(&name)) {
                (true, false) => bail!("the row `{name}` is `not yet`, and no pending request stands for it"),
                (false, true) => bail!("the row `{name}` has pending requests, and is not `not yet`"),
                (true, true) | (false, false) => {}
            }
        }
    }
    Ok(())
}

/// Gives the rows of `conformance/rows.json` the state that follows from the lists, line by line: the file is kept as people wrote it.
pub(crate) fn write_states() -> Result<()> {
    let text = with_states(&workspace::read(rows::FILE)?, &by_row()?);
    workspace::write(rows::FILE, &text)
}

fn with_states(text: &str, pending: &BTreeMap<String, usize>) -> String {
    let (mut area, mut written) = (String::new(), String::new());
    let id_of =
        |line: &str| line.split_once("\"id\": \"").and_then(|(_, rest)| Some(rest.split_once('"')?.0.to_owned()));
    for line in text.lines() {
        let is_row = line.trim_start().starts_with("{ \"id\"");
        match id_of(line) {
            Some(id) if is_row => {
                let plain = line.replace(STATE, "");
                let is_pending = pending.contains_key(&format!("{area}/{id}"));
                match plain.rsplit_once(" }") {
                    Some((before, after)) if is_pending => written.extend([before, STATE, " }", after]),
                    _ => written.push_str(&plain),
                }
            }
            Some(id) => {
                area = id;
                written.push_str(line);
            }
            None => written.push_str(line),
        }
        written.push('\n');
    }
    written
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_state_of_a_row_follows_from_its_pending_requests() {
        let before = "      \"id\": \"a\",\n        { \"id\": \"x\", \"says\": \"X\", \"state\": \"not yet\" },\n        { \"id\": \"y\", \"says\": \"Y\" }\n";
        let after = "      \"id\": \"a\",\n        { \"id\": \"x\", \"says\": \"X\" },\n        { \"id\": \"y\", \"says\": \"Y\", \"state\": \"not yet\" }\n";
        assert_eq!(with_states(before, &BTreeMap::from([("a/y".to_owned(), 1)])), after);
        assert_eq!(with_states(after, &BTreeMap::from([("a/y".to_owned(), 2)])), after);
    }
}
