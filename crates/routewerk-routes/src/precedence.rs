//! In which order intercepting routes are asked.
//!
//! Next.js turns each of them into a rewrite and applies the rewrites one after the other, in the order of its
//! route table; a URL that one has rewritten is then looked up as it stands, where a literal folder beats a
//! parameter. Sorting literal before parameter within one intercepting folder gives the same answer in one step.

use std::cmp::Ordering;

use crate::pattern::{ParamKind, Segment};

/// Compares two intercepting patterns segment by segment.
pub(crate) fn compare_intercepting(left: &[Segment], right: &[Segment]) -> Ordering {
    for (left, right) in left.iter().zip(right) {
        let order = compare_segments(left, right);
        if order != Ordering::Equal {
            return order;
        }
    }
    left.len().cmp(&right.len())
}

fn compare_segments(left: &Segment, right: &Segment) -> Ordering {
    let texts = || left.to_string().cmp(&right.to_string());
    match (left.marker(), right.marker()) {
        (Some(one), Some(other)) if one == other => specificity(left).cmp(&specificity(right)).then_with(texts),
        // A marked folder counts as literal beside unmarked ones.
        (Some(_), Some(_)) => texts(),
        (Some(_), None) => 0.cmp(&specificity(right)).then_with(texts),
        (None, Some(_)) => specificity(left).cmp(&0).then_with(texts),
        (None, None) => specificity(left).cmp(&specificity(right)).then_with(texts),
    }
}

fn specificity(segment: &Segment) -> u8 {
    match segment.param().map(|param| param.kind) {
        None => 0,
        Some(ParamKind::Single) => 1,
        Some(ParamKind::CatchAll) => 2,
        Some(ParamKind::OptionalCatchAll) => 3,
    }
}
