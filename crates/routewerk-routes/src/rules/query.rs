//! A request's query as rules see it: names with one value or several, in the order of a JavaScript object.

use std::collections::HashSet;

use super::captures::Value;
use crate::percent;
use crate::target::{array_index, query_pairs};

/// Names and values, decoded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Query {
    entries: Vec<(String, Value)>,
}

impl Query {
    /// The query of a target, without `?`.
    pub fn read(search: &str) -> Self {
        let pairs: Vec<_> = query_pairs(search).collect();
        // Sorting instead of a map: its cost does not depend on how a client chooses the names.
        let mut order: Vec<usize> = (0..pairs.len()).collect();
        order.sort_by(|left, right| pairs[*left].0.cmp(&pairs[*right].0));
        let mut entries: Vec<_> = order
            .chunk_by(|left, right| pairs[*left].0 == pairs[*right].0)
            .map(|run| {
                let value = match run {
                    [one] => Value::Text(pairs[*one].1.to_string()),
                    several => Value::List(several.iter().map(|one| pairs[*one].1.to_string()).collect()),
                };
                (run[0], (pairs[run[0]].0.to_string(), value))
            })
            .collect();
        entries.sort_by_key(|(first, _)| *first);
        Self { entries: entries.into_iter().map(|(_, entry)| entry).collect() }
    }

    /// The value of a name.
    pub fn value(&self, name: &str) -> Option<&Value> {
        self.entries.iter().find(|(found, _)| found == name).map(|(_, value)| value)
    }

    /// Sets a name's value, at its place if it has one.
    pub(super) fn set(&mut self, name: &str, value: Value) {
        match self.entries.iter_mut().find(|(found, _)| found == name) {
            Some((_, there)) => *there = value,
            None => self.entries.push((name.to_owned(), value)),
        }
    }

    /// The query as text, without `?`. What the client has sent is escaped, the rest stands as the rule has it, unless it
    /// cannot stand in a header field.
    pub(super) fn to_text(&self, sent: &Self) -> String {
        // A set: a client may send thousands of names and values.
        let mut texts: HashSet<&str> = HashSet::new();
        for (name, value) in &sent.entries {
            texts.insert(name);
            match value {
                Value::Text(one) => texts.extend([one.as_str()]),
                Value::List(several) => texts.extend(several.iter().map(String::as_str)),
            }
        }
        let push = |output: &mut String, text: &str| {
            if texts.contains(text) {
                percent::push_encoded(output, text, |byte| !percent::is_uri_component(byte));
            } else {
                percent::push_encoded(output, text, |byte| !(0x20..0x7f).contains(&byte) || byte == b'#');
            }
        };
        let mut entries: Vec<_> = self.entries.iter().collect();
        entries.sort_by_key(|(name, _)| {
            let index = array_index(name);
            (index.is_none(), index)
        });
        let mut output = String::new();
        let mut push_pair = |name: &str, value: &str| {
            if !output.is_empty() {
                output.push('&');
            }
            push(&mut output, name);
            output.push('=');
            push(&mut output, value);
        };
        for (name, value) in entries {
            match value {
                Value::Text(one) => push_pair(name, one),
                Value::List(several) => several.iter().for_each(|one| push_pair(name, one)),
            }
        }
        output
    }
}
