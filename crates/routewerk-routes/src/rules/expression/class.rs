//! Sets of characters, as ranges.

/// Characters, in any order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Class {
    ranges: Vec<(char, char)>,
}

/// What `\s` stands for: white space and line ends (ECMAScript sections 12.2 and 12.3).
const SPACES: [(char, char); 10] = [
    ('\t', '\r'),
    (' ', ' '),
    ('\u{a0}', '\u{a0}'),
    ('\u{1680}', '\u{1680}'),
    ('\u{2000}', '\u{200a}'),
    ('\u{2028}', '\u{2029}'),
    ('\u{202f}', '\u{202f}'),
    ('\u{205f}', '\u{205f}'),
    ('\u{3000}', '\u{3000}'),
    ('\u{feff}', '\u{feff}'),
];

impl Class {
    pub(super) fn of(ranges: &[(char, char)]) -> Self {
        Self { ranges: ranges.to_vec() }
    }

    /// The class that a letter behind `\` names, if it names one.
    pub(super) fn named(letter: char) -> Option<Self> {
        let class = match letter.to_ascii_lowercase() {
            'd' => Self::of(&[('0', '9')]),
            'w' => Self::of(&[('0', '9'), ('A', 'Z'), ('_', '_'), ('a', 'z')]),
            's' => Self::of(&SPACES),
            _ => return None,
        };
        Some(if letter.is_ascii_uppercase() { class.complement() } else { class })
    }

    /// What `.` stands for.
    pub(super) fn dot() -> Self {
        Self::of(&[('\n', '\n'), ('\r', '\r'), ('\u{2028}', '\u{2029}')]).complement()
    }

    pub(super) fn add(&mut self, from: char, to: char) {
        self.ranges.push((from, to));
    }

    pub(super) fn extend(&mut self, other: &Self) {
        self.ranges.extend_from_slice(&other.ranges);
    }

    /// Every other character.
    pub(super) fn complement(&self) -> Self {
        let mut ranges = self.ranges.clone();
        ranges.sort_unstable();
        let mut others = Vec::new();
        let mut next = Some('\0');
        for (from, to) in ranges {
            let Some(first) = next else { break };
            if from > first
                && let Some(last) = before(from)
            {
                others.push((first, last));
            }
            next = after(to).map(|after| after.max(first));
        }
        if let Some(first) = next {
            others.push((first, char::MAX));
        }
        Self { ranges: others }
    }

    /// Appends it as an expression of its own.
    pub(super) fn write(&self, output: &mut String) {
        if self.ranges.is_empty() {
            // Nothing is in it, so nothing matches.
            output.push_str(r"[^\x{0}-\x{10FFFF}]");
            return;
        }
        output.push('[');
        for (from, to) in &self.ranges {
            write_character(*from, output);
            if from != to {
                output.push('-');
                write_character(*to, output);
            }
        }
        output.push(']');
    }
}

/// Appends a character that stands for itself.
pub(super) fn write_character(character: char, output: &mut String) {
    if character.is_ascii_alphanumeric() {
        output.push(character);
    } else {
        output.push_str(r"\x{");
        let digits = format!("{:X}", character as u32);
        output.push_str(&digits);
        output.push('}');
    }
}

fn before(character: char) -> Option<char> {
    match character {
        '\u{e000}' => Some('\u{d7ff}'),
        _ => char::from_u32((character as u32).checked_sub(1)?),
    }
}

fn after(character: char) -> Option<char> {
    match character {
        '\u{d7ff}' => Some('\u{e000}'),
        _ => char::from_u32(character as u32 + 1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_complement_is_everything_else() {
        let digits = Class::named('d').expect("known");
        assert_eq!(digits.complement(), Class::of(&[('\0', '/'), (':', char::MAX)]));
        assert_eq!(digits.complement().complement(), digits);
        assert_eq!(Class::default().complement(), Class::of(&[('\0', char::MAX)]));
        assert_eq!(Class::default().complement().complement(), Class::default());
        let overlapping = Class::of(&[('a', 'z'), ('c', 'd'), ('\0', 'b')]);
        assert_eq!(overlapping.complement(), Class::of(&[('{', char::MAX)]));
        assert_eq!(Class::of(&[('\0', '\u{d7ff}')]).complement(), Class::of(&[('\u{e000}', char::MAX)]));
    }
}
