//! What a rule's source and conditions took from a request, by name.

use smallvec::SmallVec;

/// The value of a parameter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// One text.
    Text(String),
    /// The texts of a repeated parameter, or of a query's key that occurs more than once.
    List(Vec<String>),
}

/// Parameters in the order in which they were taken. A later one of the same name takes the place of the earlier.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Captures<'rule> {
    entries: SmallVec<[(&'rule str, Value); 4]>,
}

impl<'rule> Captures<'rule> {
    /// Whether nothing was taken.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The value of a name.
    pub fn value(&self, name: &str) -> Option<&Value> {
        self.entries.iter().find(|(found, _)| *found == name).map(|(_, value)| value)
    }

    /// All of it.
    pub fn iter(&self) -> impl Iterator<Item = (&'rule str, &Value)> {
        self.entries.iter().map(|(name, value)| (*name, value))
    }

    /// Sets a name's value, or removes it.
    pub(super) fn set(&mut self, name: &'rule str, value: Option<Value>) {
        let place = self.entries.iter().position(|(found, _)| *found == name);
        match (place, value) {
            (Some(place), Some(value)) => self.entries[place].1 = value,
            (Some(place), None) => drop(self.entries.remove(place)),
            (None, Some(value)) => self.entries.push((name, value)),
            (None, None) => {}
        }
    }
}
