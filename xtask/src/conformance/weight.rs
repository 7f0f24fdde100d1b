//! How much stands behind the claim: requests, sequences and error answers, per area and in all.
//!
//! Whoever removes cases below the least that the project asks of itself is told so by a test.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::ops::AddAssign;

use anyhow::Result;

use crate::conformance::case::{Answers, Case, End, Request};

/// The least of each.
#[cfg(test)]
const LEAST: Weight = Weight { requests: 400, sequences: 60, errors: 40 };
/// The least number of requests in an area.
#[cfg(test)]
const LEAST_IN_AN_AREA: usize = 20;

/// What some cases weigh.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Weight {
    pub(crate) requests: usize,
    /// Requests that consist of several, one after the other.
    pub(crate) sequences: usize,
    /// Requests that were answered with a status from 400 on, or by a connection that was cut, at least once.
    pub(crate) errors: usize,
}

impl AddAssign for Weight {
    fn add_assign(&mut self, other: Self) {
        self.requests += other.requests;
        self.sequences += other.sequences;
        self.errors += other.errors;
    }
}

/// The weight of each area, by its name, and of all.
pub(crate) fn weigh(cases: &[Case]) -> Result<(BTreeMap<String, Weight>, Weight)> {
    let mut areas: BTreeMap<String, Weight> = BTreeMap::new();
    let mut all = Weight::default();
    for case in cases {
        let recorded = case.read_recorded()?;
        for request in &case.requests.list {
            let own = weight_of(request, recorded.of(request)?);
            *areas.entry(case.area().to_owned()).or_default() += own;
            all += own;
        }
    }
    Ok((areas, all))
}

fn weight_of(request: &Request, answers: &Answers) -> Weight {
    let sends = request.steps().iter().filter(|step| step.as_send().is_some()).count();
    let is_error = answers.replies.iter().any(|reply| {
        let code = reply.status.split(' ').next().unwrap_or_default();
        ("400".."600").contains(&code) || reply.end == End::Cut
    });
    Weight { requests: 1, sequences: usize::from(sends > 1), errors: usize::from(is_error) }
}

/// The weights as a table of Markdown.
pub(crate) fn table(areas: &BTreeMap<String, Weight>, all: Weight) -> String {
    let mut text =
        "| area | requests | of them sequences | of them with error answers |\n|---|--:|--:|--:|\n".to_owned();
    let rows = areas.iter().map(|(area, weight)| (format!("`{area}`"), *weight)).chain([("all".to_owned(), all)]);
    for (area, Weight { requests, sequences, errors }) in rows {
        let _ = writeln!(text, "| {area} | {requests} | {sequences} | {errors} |");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cases_weigh_what_the_project_asks_of_itself() {
        let (areas, all) = weigh(&Case::all(&[]).unwrap()).unwrap();
        for (area, weight) in &areas {
            assert!(weight.requests >= LEAST_IN_AN_AREA, "{area}: {weight:?}");
        }
        assert!(
            all.requests >= LEAST.requests && all.sequences >= LEAST.sequences && all.errors >= LEAST.errors,
            "{all:?}"
        );
    }
}
