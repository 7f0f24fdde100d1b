//! What is recorded of the Web Platform Tests: the names of the subtests that pass and fail, file by file, with our
//! classes, and where Node.js's own do otherwise.
//!
//! The format is made for reading a change of it: sorted, one name a line.

use std::collections::BTreeMap;

use anyhow::{Result, ensure};
use serde::{Deserialize, Serialize};

/// Whose `Headers`, `Request`, `Response` and `fetch` a run uses.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Classes {
    Ours,
    Builtin,
}

impl Classes {
    /// As the runner wants it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Ours => "ours",
            Self::Builtin => "builtin",
        }
    }
}

/// What the runner reports (`runtime/tests/wpt/report.ts`).
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct Report {
    pub(crate) platform: String,
    pub(crate) files: BTreeMap<String, FileReport>,
    left_out: BTreeMap<String, Vec<String>>,
}

/// One file of a report.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FileReport {
    harness: String,
    message: String,
    passed: Vec<String>,
    failed: Vec<Failure>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Failure {
    name: String,
    message: String,
}

/// A file of `conformance/wpt/expectations`.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct Expectations {
    /// The copy of the tests.
    pub(crate) source: String,
    /// The versions that ran them.
    pub(crate) platform: String,
    files: BTreeMap<String, FileOutcome>,
    /// Test files that are not run, by the reason.
    left_out: BTreeMap<String, Vec<String>>,
}

/// One file, with our classes.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct FileOutcome {
    /// What became of the file as a whole, if it did not end as it should.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    harness: Option<String>,
    passed: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    failed: Vec<String>,
    /// The subtests that end otherwise with Node.js's own classes.
    #[serde(default, skip_serializing_if = "Difference::is_none")]
    builtin: Difference,
}

/// How Node.js's own classes differ from ours.
#[derive(Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Difference {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    harness: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    passed: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    failed: Vec<String>,
    /// Not reported at all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    absent: Vec<String>,
}

impl Difference {
    fn is_none(&self) -> bool {
        self.harness.is_none() && self.passed.is_empty() && self.failed.is_empty() && self.absent.is_empty()
    }
}

/// How a subtest ended.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Passed,
    Failed,
    Absent,
}

impl Outcome {
    fn word(self) -> &'static str {
        match self {
            Self::Passed => "passes",
            Self::Failed => "fails",
            Self::Absent => "is not there",
        }
    }
}

impl FileReport {
    fn outcomes(&self) -> BTreeMap<&str, Outcome> {
        let passed = self.passed.iter().map(|name| (name.as_str(), Outcome::Passed));
        passed.chain(self.failed.iter().map(|failure| (failure.name.as_str(), Outcome::Failed))).collect()
    }

    fn message(&self, name: &str) -> &str {
        self.failed.iter().find(|failure| failure.name == name).map_or("", |failure| failure.message.as_str())
    }

    fn failed_names(&self) -> Vec<String> {
        self.failed.iter().map(|failure| failure.name.clone()).collect()
    }
}

impl FileOutcome {
    fn of(ours: &FileReport, builtin: &FileReport) -> Self {
        let mut difference = Difference::default();
        if ours.harness != builtin.harness {
            difference.harness = Some(builtin.harness.clone());
        }
        let (mine, theirs) = (ours.outcomes(), builtin.outcomes());
        for name in mine.keys().chain(theirs.keys().filter(|name| !mine.contains_key(*name))) {
            let outcome = theirs.get(name).copied().unwrap_or(Outcome::Absent);
            if mine.get(name) == Some(&outcome) {
                continue;
            }
            match outcome {
                Outcome::Passed => difference.passed.push((*name).to_owned()),
                Outcome::Failed => difference.failed.push((*name).to_owned()),
                Outcome::Absent => difference.absent.push((*name).to_owned()),
            }
        }
        let harness = (ours.harness != "ok").then(|| ours.harness.clone());
        Self { harness, passed: ours.passed.clone(), failed: ours.failed_names(), builtin: difference }
    }

    fn harness(&self, classes: Classes) -> &str {
        let own = self.harness.as_deref().unwrap_or("ok");
        match classes {
            Classes::Ours => own,
            Classes::Builtin => self.builtin.harness.as_deref().unwrap_or(own),
        }
    }

    fn outcomes(&self, classes: Classes) -> BTreeMap<&str, Outcome> {
        fn add<'name>(into: &mut BTreeMap<&'name str, Outcome>, names: &'name [String], outcome: Outcome) {
            into.extend(names.iter().map(|name| (name.as_str(), outcome)));
        }
        let mut outcomes = BTreeMap::new();
        add(&mut outcomes, &self.passed, Outcome::Passed);
        add(&mut outcomes, &self.failed, Outcome::Failed);
        if classes == Classes::Builtin {
            add(&mut outcomes, &self.builtin.passed, Outcome::Passed);
            add(&mut outcomes, &self.builtin.failed, Outcome::Failed);
            add(&mut outcomes, &self.builtin.absent, Outcome::Absent);
        }
        outcomes.retain(|_, outcome| *outcome != Outcome::Absent);
        outcomes
    }
}

impl Expectations {
    /// What two runs over the same files found.
    ///
    /// # Errors
    /// If they did not run the same files.
    pub(crate) fn of(source: &str, ours: &Report, builtin: &Report) -> Result<Self> {
        ensure!(ours.files.keys().eq(builtin.files.keys()), "the two runs are not of the same files");
        let pairs = ours.files.iter().zip(builtin.files.values());
        let files = pairs.map(|((name, ours), builtin)| (name.clone(), FileOutcome::of(ours, builtin))).collect();
        Ok(Self { source: source.to_owned(), platform: ours.platform.clone(), files, left_out: ours.left_out.clone() })
    }

    /// Reads a recorded file.
    pub(crate) fn from_json(text: &str) -> Result<Self> {
        Ok(serde_json::from_str(text)?)
    }

    /// The text of the file to record.
    pub(crate) fn to_json(&self) -> Result<String> {
        Ok(serde_json::to_string_pretty(self)? + "\n")
    }

    /// For expectations made of a run with Node.js's own classes: takes over what `ours` does better, so that only
    /// what it does worse is a difference.
    pub(crate) fn without_progress(mut self, ours: &Report) -> Self {
        for (name, file) in &mut self.files {
            let Some(found) = ours.files.get(name) else { continue };
            for passed in &found.passed {
                if !file.passed.contains(passed) {
                    file.failed.retain(|failed| failed != passed);
                    file.passed.push(passed.clone());
                }
            }
        }
        self
    }

    /// Where a run did something else than is recorded, by file: lines for the reader.
    pub(crate) fn differences(&self, found: &Report, classes: Classes) -> BTreeMap<String, Vec<String>> {
        let mut lines: BTreeMap<String, Vec<String>> = BTreeMap::new();
        let names = self.files.keys().chain(found.files.keys().filter(|name| !self.files.contains_key(*name)));
        for name in names {
            let file = match (self.files.get(name), found.files.get(name)) {
                (Some(recorded), Some(report)) => file_differences(name, recorded, report, classes),
                (Some(_), None) => vec![format!("not ok {name}: is recorded and was not run")],
                (None, _) => vec![format!("not ok {name}: was run and is not recorded")],
            };
            if !file.is_empty() {
                lines.insert(name.clone(), file);
            }
        }
        if self.left_out != found.left_out {
            let text = format!("not ok: other files were left out than recorded: {:?}", found.left_out);
            lines.insert("left out".to_owned(), vec![text]);
        }
        lines
    }

    /// One line of figures.
    pub(crate) fn summary(&self) -> String {
        let sum = |count: fn(&FileOutcome) -> usize| self.files.values().map(count).sum::<usize>();
        let (passed, failed) = (sum(|file| file.passed.len()), sum(|file| file.failed.len()));
        let (worse, better) = (sum(|file| file.builtin.passed.len()), sum(|file| file.builtin.failed.len()));
        let left_out = self.left_out.values().map(Vec::len).sum::<usize>();
        format!(
            "{} files, {passed} subtests pass, {failed} fail; of these {worse} pass with Node.js's own classes, \
             which fail {better} that ours pass; {left_out} files left out",
            self.files.len()
        )
    }
}

fn file_differences(name: &str, recorded: &FileOutcome, report: &FileReport, classes: Classes) -> Vec<String> {
    let mut lines = Vec::new();
    let harness = recorded.harness(classes);
    if harness != report.harness {
        lines.push(format!(
            "not ok {name}: ended with `{}`, `{harness}` is recorded: {}",
            report.harness, report.message
        ));
    }
    let (before, now) = (recorded.outcomes(classes), report.outcomes());
    for subtest in before.keys().chain(now.keys().filter(|subtest| !before.contains_key(*subtest))) {
        let outcome = |of: &BTreeMap<&str, Outcome>| of.get(subtest).copied().unwrap_or(Outcome::Absent);
        let (was, is) = (outcome(&before), outcome(&now));
        if was != is {
            let why = report.message(subtest);
            let (is, was) = (is.word(), was.word());
            lines.push(format!("not ok {name}: `{subtest}` {is}, recorded is that it {was}: {why}"));
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(passed: &[&str], failed: &[&str]) -> Report {
        let failures: Vec<_> =
            failed.iter().map(|name| serde_json::json!({ "name": name, "message": "why" })).collect();
        let file = serde_json::json!({ "harness": "ok", "message": "", "passed": passed, "failed": failures });
        let whole = serde_json::json!({ "platform": "p", "files": { "x.any.js": file }, "leftOut": {} });
        serde_json::from_value(whole).unwrap()
    }

    fn count(expected: &Expectations, found: &Report, classes: Classes) -> usize {
        expected.differences(found, classes).values().map(Vec::len).sum()
    }

    #[test]
    fn a_change_in_either_direction_is_a_difference() {
        let expected = Expectations::of("s", &report(&["a"], &["b"]), &report(&["a"], &["b"])).unwrap();
        assert_eq!(count(&expected, &report(&["a"], &["b"]), Classes::Ours), 0);
        assert_eq!(count(&expected, &report(&["a", "b"], &[]), Classes::Ours), 1);
        assert_eq!(count(&expected, &report(&[], &["a", "b"]), Classes::Ours), 1);
        assert_eq!(count(&expected, &report(&["a", "c"], &["b"]), Classes::Ours), 1);
        assert_eq!(count(&expected, &report(&[], &["b"]), Classes::Ours), 1);
    }

    #[test]
    fn both_runs_are_recorded_and_survive_the_file() {
        let (ours, builtin) = (report(&["a", "c"], &["b"]), report(&["b", "d"], &["a"]));
        let expected = Expectations::of("s", &ours, &builtin).unwrap();
        let read = Expectations::from_json(&expected.to_json().unwrap()).unwrap();
        assert_eq!(count(&read, &ours, Classes::Ours), 0);
        assert_eq!(count(&read, &builtin, Classes::Builtin), 0);
        assert_eq!(count(&read, &builtin, Classes::Ours), 4);
    }

    #[test]
    fn on_another_platform_only_what_ours_do_worse_counts() {
        let (ours, builtin) = (report(&["a"], &["b"]), report(&["b"], &["a"]));
        let expected = Expectations::of("s", &builtin, &ours).unwrap().without_progress(&ours);
        assert_eq!(count(&expected, &ours, Classes::Ours), 1);
    }

    #[test]
    fn a_file_more_or_less_is_a_difference() {
        let expected = Expectations::of("s", &report(&["a"], &[]), &report(&["a"], &[])).unwrap();
        let mut found = report(&["a"], &[]);
        let file = found.files.remove("x.any.js").unwrap();
        assert_eq!(count(&expected, &found, Classes::Ours), 1);
        found.files.insert("x.any.js".to_owned(), file);
        found.left_out.insert("reason".to_owned(), vec!["y.html".to_owned()]);
        assert_eq!(count(&expected, &found, Classes::Ours), 1);
    }
}
