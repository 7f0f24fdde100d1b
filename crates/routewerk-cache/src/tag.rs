//! Names that entries carry: tags by hash, with their text kept for people.
//!
//! Tables hold 128 bits of a hash, so a tag costs the same whatever its length. Path tags (`_N_T_/…`) are ordinary
//! tags. Limits on a tag's length and number are the worker's to tell the user of; an entry beyond
//! [`MAX_TAGS_PER_ENTRY`] is not stored.

use std::fmt;

use crate::key;

/// As many tags an entry may carry: Next.js allows 128 of the user's, and a path adds one per segment.
pub const MAX_TAGS_PER_ENTRY: usize = 1024;

/// A tag as tables know it: the first 128 bits of its hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct TagId([u64; 2]);

impl TagId {
    pub(crate) fn new(tag: &str) -> Self {
        let hash = key::hash("tag", &[tag.as_bytes()]);
        let mut id = [0; 16];
        id.copy_from_slice(&hash[..16]);
        Self::from_bytes(id)
    }

    pub(crate) fn to_bytes(self) -> [u8; 16] {
        let mut bytes = [0; 16];
        bytes[..8].copy_from_slice(&self.0[0].to_le_bytes());
        bytes[8..].copy_from_slice(&self.0[1].to_le_bytes());
        bytes
    }

    pub(crate) fn from_bytes(bytes: [u8; 16]) -> Self {
        let whole = u128::from_le_bytes(bytes);
        Self([whole as u64, (whole >> 64) as u64])
    }
}

/// The tags of an entry, each once, in the order given.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct TagSet {
    marks: Box<[Mark]>,
    names: Box<str>,
}

/// One tag of a set: its id, and where its name ends among the names.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Mark {
    id: TagId,
    end: u32,
}

impl TagSet {
    /// The set of these tags; repeated ones count once. What comes after the first tag too many
    /// ([`MAX_TAGS_PER_ENTRY`]) is not looked at: such a set is refused as a whole when it is to be stored.
    pub fn new<T: AsRef<str>>(tags: impl IntoIterator<Item = T>) -> Self {
        let mut marks: Vec<Mark> = Vec::new();
        let mut names = String::new();
        for tag in tags {
            let tag = tag.as_ref();
            let id = TagId::new(tag);
            let Ok(end) = u32::try_from(names.len() + tag.len()) else { break };
            if marks.iter().any(|mark| mark.id == id) {
                continue;
            }
            if marks.len() > MAX_TAGS_PER_ENTRY {
                break;
            }
            names.push_str(tag);
            marks.push(Mark { id, end });
        }
        Self { marks: marks.into_boxed_slice(), names: names.into_boxed_str() }
    }

    /// The tags' names.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        let starts = std::iter::once(0).chain(self.marks.iter().map(|mark| mark.end as usize));
        starts.zip(self.marks.iter()).map(|(start, mark)| &self.names[start..mark.end as usize])
    }

    /// How many tags.
    pub fn len(&self) -> usize {
        self.marks.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.marks.is_empty()
    }

    /// Whether a tag is among them.
    pub fn contains(&self, tag: &str) -> bool {
        let id = TagId::new(tag);
        self.marks.iter().any(|mark| mark.id == id)
    }

    pub(crate) fn ids(&self) -> impl Iterator<Item = TagId> {
        self.marks.iter().map(|mark| mark.id)
    }

    /// Bytes on the heap.
    pub(crate) fn weight(&self) -> usize {
        size_of_val(&*self.marks) + self.names.len()
    }
}

impl<T: AsRef<str>> FromIterator<T> for TagSet {
    fn from_iter<I: IntoIterator<Item = T>>(tags: I) -> Self {
        Self::new(tags)
    }
}

impl fmt::Debug for TagSet {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_list().entries(self.iter()).finish()
    }
}
