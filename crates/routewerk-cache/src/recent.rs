//! What was invalidated last, by name: for workers, which keep copies of values and judge them without a question.
//!
//! The tag table knows tags by hash and answers about one entry at a time. A worker needs the other direction: everything that was
//! invalidated since it last asked. This log is short; whoever has been away for longer is told from where on it reaches,
//! and asks about each value again.

use std::collections::VecDeque;

use crate::tags::Sequence;

/// How many names of tags are remembered.
const MAX_NAMES: usize = 4096;
/// How many bytes these names may have.
const MAX_BYTES: usize = 256 * 1024;

/// The invalidations after some number.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Invalidated {
    /// The number of the last invalidation.
    pub sequence: Sequence,
    /// From which number on the list is complete: of an entry that was last judged before, it says nothing.
    pub floor: Sequence,
    /// Each invalidation's number and its tags, the oldest first.
    pub tags: Vec<(Sequence, Vec<Box<str>>)>,
}

/// The log.
#[derive(Debug, Default)]
pub(crate) struct Recent {
    log: VecDeque<(Sequence, Box<[Box<str>]>)>,
    names: usize,
    bytes: usize,
    floor: Sequence,
}

impl Recent {
    /// A log that begins after `sequence`.
    pub(crate) fn after(sequence: Sequence) -> Self {
        Self { floor: sequence, ..Self::default() }
    }

    /// Notes an invalidation; numbers only grow.
    pub(crate) fn note(&mut self, sequence: Sequence, names: Vec<Box<str>>) {
        self.names += names.len();
        self.bytes += names.iter().map(|name| name.len()).sum::<usize>();
        self.log.push_back((sequence, names.into_boxed_slice()));
        // One without tags counts as one name, so that the log is bounded by them too.
        while self.names + self.log.len() > MAX_NAMES || self.bytes > MAX_BYTES {
            let Some((oldest, names)) = self.log.pop_front() else { return };
            self.names -= names.len();
            self.bytes -= names.iter().map(|name| name.len()).sum::<usize>();
            self.floor = oldest;
        }
    }

    /// Notes an invalidation that concerns whatever was judged before it.
    pub(crate) fn note_all(&mut self, sequence: Sequence) {
        *self = Self::after(sequence);
    }

    /// What came after a number. `sequence` is the number of the last invalidation, which this log has seen.
    pub(crate) fn since(&self, after: Sequence, sequence: Sequence) -> Invalidated {
        let begin = self.log.partition_point(|(number, _)| *number <= after);
        let tags = self.log.range(begin..).map(|(number, names)| (*number, names.to_vec())).collect();
        Invalidated { sequence, floor: self.floor, tags }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(number: u64) -> Sequence {
        Sequence::from_u64(number)
    }

    #[test]
    fn what_came_after_a_number_is_told() {
        let mut recent = Recent::after(number(3));
        recent.note(number(4), vec!["a".into()]);
        recent.note(number(5), vec!["b".into(), "c".into()]);
        let told = recent.since(number(4), number(5));
        assert_eq!((told.sequence, told.floor), (number(5), number(3)));
        assert_eq!(told.tags, [(number(5), vec!["b".into(), "c".into()])]);
        assert_eq!(recent.since(number(5), number(5)).tags, []);
        assert_eq!(recent.since(number(0), number(5)).tags.len(), 2);
    }

    #[test]
    fn a_log_that_is_full_says_from_where_on_it_is_complete() {
        let mut recent = Recent::default();
        for index in 1..=2 * MAX_NAMES as u64 {
            recent.note(number(index), vec![format!("tag {index}").into()]);
        }
        let told = recent.since(number(0), number(2 * MAX_NAMES as u64));
        assert_eq!(told.tags.len(), MAX_NAMES / 2);
        assert_eq!(told.floor.as_u64() + 1, told.tags[0].0.as_u64());
        recent.note(number(9_000), vec!["x".repeat(MAX_BYTES + 1).into()]);
        let told = recent.since(number(0), number(9_000));
        assert_eq!((told.floor, told.tags.len()), (number(9_000), 0));
        assert_eq!((recent.names, recent.bytes), (0, 0));
    }

    #[test]
    fn an_invalidation_of_everything_leaves_nothing_to_be_told_apart() {
        let mut recent = Recent::default();
        recent.note(number(1), vec!["a".into()]);
        recent.note_all(number(2));
        let told = recent.since(number(0), number(2));
        assert_eq!((told.floor, told.tags.len()), (number(2), 0));
    }
}
