//! Reads an expression of JavaScript and writes it in the syntax of `fancy-regex`, in one pass.
//!
//! Every literal character is written as a number, every class as ranges: nothing of the one syntax means something in
//! the other by accident.

use super::class::{Class, write_character};

/// How deep groups may be nested: the reader and the compiler behind it call themselves for each.
const MAX_DEPTH: usize = 100;

/// An expression in the other syntax.
#[derive(Debug)]
pub(crate) struct Read {
    pub(crate) text: String,
    /// The name of each group.
    pub(crate) names: Vec<Option<String>>,
}

/// Reads an expression.
///
/// # Errors
/// What is wrong with it, in V8's words where it has some.
pub(super) fn read(source: &str) -> Result<Read, String> {
    let text: Vec<char> = source.chars().collect();
    let names = group_names(&text);
    let mut reader = Reader { text: &text, at: 0, depth: 0, names: &names, groups: 0, output: String::new() };
    reader.alternatives()?;
    if reader.at < text.len() {
        return Err("Unmatched ')'".to_owned());
    }
    let output = reader.output;
    let mut seen = std::collections::HashSet::new();
    if names.iter().flatten().any(|name| !seen.insert(name.as_str())) {
        return Err("Duplicate capture group name".to_owned());
    }
    Ok(Read { text: output, names })
}

/// The names of the groups that capture, `None` for one without: a reference may stand before its group.
fn group_names(text: &[char]) -> Vec<Option<String>> {
    let mut names = Vec::new();
    let (mut at, mut is_in_class) = (0, false);
    while at < text.len() {
        match text[at] {
            '\\' => at += 1,
            '[' => is_in_class = true,
            ']' => is_in_class = false,
            '(' if !is_in_class => match &text[at + 1..] {
                ['?', '<', next, ..] if !matches!(next, '=' | '!') => {
                    let name = text[at + 3..].iter().take_while(|character| **character != '>').collect();
                    names.push(Some(name));
                }
                ['?', ..] => {}
                _ => names.push(None),
            },
            _ => {}
        }
        at += 1;
    }
    names
}

struct Reader<'text> {
    text: &'text [char],
    at: usize,
    depth: usize,
    names: &'text [Option<String>],
    /// Groups that have begun.
    groups: usize,
    output: String,
}

/// What of a class an escape or a character stands for.
enum Member {
    One(char),
    Several(Class),
}

impl Reader<'_> {
    fn peek(&self) -> Option<char> {
        self.text.get(self.at).copied()
    }

    fn next(&mut self) -> Option<char> {
        let next = self.peek()?;
        self.at += 1;
        Some(next)
    }

    fn skip(&mut self, text: &str) -> bool {
        let is_there = text
            .chars()
            .enumerate()
            .all(|(index, character)| self.text.get(self.at + index).is_some_and(|found| *found == character));
        if is_there {
            self.at += text.chars().count();
        }
        is_there
    }

    fn alternatives(&mut self) -> Result<(), String> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(format!("groups are nested more than {MAX_DEPTH} deep"));
        }
        loop {
            match self.peek() {
                None | Some(')') => break,
                Some('|') => {
                    self.at += 1;
                    self.output.push('|');
                }
                Some(_) => self.term()?,
            }
        }
        self.depth -= 1;
        Ok(())
    }

    fn term(&mut self) -> Result<(), String> {
        let begin = self.output.len();
        let is_repeatable = self.atom()?;
        let Some(quantifier) = self.quantifier()? else { return Ok(()) };
        if !is_repeatable {
            return Err("Nothing to repeat".to_owned());
        }
        let atom = self.output.split_off(begin);
        for part in ["(?:", &atom, ")", &quantifier] {
            self.output.push_str(part);
        }
        Ok(())
    }

    /// Reads an atom or an assertion. Returns whether it may be repeated.
    fn atom(&mut self) -> Result<bool, String> {
        match self.next() {
            Some('^') => self.assertion(r"\A"),
            Some('$') => self.assertion(r"\z"),
            Some('.') => self.class(&Class::dot()),
            Some('(') => self.group(),
            Some('[') => {
                let class = self.bracketed()?;
                self.class(&class)
            }
            Some('\\') => self.escape(),
            Some('*' | '+' | '?') => Err("Nothing to repeat".to_owned()),
            Some('{') if self.is_counted() => Err("Nothing to repeat".to_owned()),
            Some(character) => self.character(character),
            None => Ok(false),
        }
    }

    #[expect(clippy::unnecessary_wraps, reason = "the arms of one match")]
    fn assertion(&mut self, text: &str) -> Result<bool, String> {
        self.output.push_str(text);
        Ok(false)
    }

    #[expect(clippy::unnecessary_wraps, reason = "the arms of one match")]
    fn class(&mut self, class: &Class) -> Result<bool, String> {
        class.write(&mut self.output);
        Ok(true)
    }

    #[expect(clippy::unnecessary_wraps, reason = "the arms of one match")]
    fn character(&mut self, character: char) -> Result<bool, String> {
        write_character(character, &mut self.output);
        Ok(true)
    }

    /// Behind `(`.
    fn group(&mut self) -> Result<bool, String> {
        // Annex B lets a look-ahead be repeated, and nothing that looks behind.
        let mut is_repeatable = true;
        if self.skip("?:") {
            self.output.push_str("(?:");
        } else if self.skip("?=") {
            self.output.push_str("(?=");
        } else if self.skip("?!") {
            self.output.push_str("(?!");
        } else if self.skip("?<=") {
            is_repeatable = false;
            self.output.push_str("(?<=");
        } else if self.skip("?<!") {
            is_repeatable = false;
            self.output.push_str("(?<!");
        } else if self.skip("?<") {
            self.groups += 1;
            self.name()?;
            self.output.push('(');
        } else if self.peek() == Some('?') {
            return Err("Invalid group".to_owned());
        } else {
            self.groups += 1;
            self.output.push('(');
        }
        self.alternatives()?;
        if self.next() != Some(')') {
            return Err("Unterminated group".to_owned());
        }
        self.output.push(')');
        Ok(is_repeatable)
    }

    /// A group's name and the `>` behind it.
    fn name(&mut self) -> Result<String, String> {
        let mut name = String::new();
        loop {
            match self.next() {
                Some('>') if !name.is_empty() => return Ok(name),
                Some(character)
                    if character.is_alphabetic()
                        || matches!(character, '_' | '$')
                        || (!name.is_empty() && character.is_numeric()) =>
                {
                    name.push(character);
                }
                _ => return Err("Invalid capture group name".to_owned()),
            }
        }
    }

    /// Whether what stands behind a `{` makes it a quantifier.
    fn is_counted(&self) -> bool {
        self.counts(self.at).is_some()
    }

    /// The two counts behind a `{`, and what comes after them.
    fn counts(&self, from: usize) -> Option<(String, Option<String>, usize)> {
        let digits = |from: usize| -> String {
            self.text.get(from..).unwrap_or_default().iter().take_while(|digit| digit.is_ascii_digit()).collect()
        };
        let least = digits(from);
        if least.is_empty() {
            return None;
        }
        let mut at = from + least.len();
        let mut most = Some(least.clone());
        if self.text.get(at) == Some(&',') {
            let given = digits(at + 1);
            at += 1 + given.len();
            most = Some(given).filter(|given| !given.is_empty());
        }
        (self.text.get(at) == Some(&'}')).then_some((least, most, at + 1))
    }

    fn quantifier(&mut self) -> Result<Option<String>, String> {
        let mut quantifier = match self.peek() {
            Some(sign @ ('*' | '+' | '?')) => {
                self.at += 1;
                sign.to_string()
            }
            Some('{') => {
                let Some((least, most, end)) = self.counts(self.at + 1) else { return Ok(None) };
                self.at = end;
                let number =
                    |digits: &str| digits.parse::<u32>().map_err(|_| format!("`{digits}` repetitions are too many"));
                let least = number(&least)?;
                match most.as_deref().map(number).transpose()? {
                    Some(most) if most < least => return Err("numbers out of order in {} quantifier".to_owned()),
                    Some(most) => format!("{{{least},{most}}}"),
                    None => format!("{{{least},}}"),
                }
            }
            _ => return Ok(None),
        };
        if self.peek() == Some('?') {
            self.at += 1;
            quantifier.push('?');
        }
        Ok(Some(quantifier))
    }

    /// Behind `\`, outside of a class.
    fn escape(&mut self) -> Result<bool, String> {
        match self.peek() {
            None => Err("\\ at end of pattern".to_owned()),
            Some('b') => {
                self.at += 1;
                self.assertion(r"\b")
            }
            Some('B') => {
                self.at += 1;
                self.assertion(r"\B")
            }
            Some('k') if self.names.iter().any(Option::is_some) => {
                self.at += 1;
                if self.next() != Some('<') {
                    return Err("Invalid named reference".to_owned());
                }
                let name = self.name().map_err(|_| "Invalid named reference".to_owned())?;
                let known = self.names.iter().position(|known| known.as_deref() == Some(name.as_str()));
                self.reference(known.ok_or("Invalid named capture referenced")? + 1)
            }
            Some('1'..='9') => {
                let digits: String = self.text[self.at..].iter().take_while(|digit| digit.is_ascii_digit()).collect();
                match digits.parse::<usize>() {
                    Ok(number) if number <= self.names.len() => {
                        self.at += digits.len();
                        self.reference(number)
                    }
                    _ => self.member(),
                }
            }
            Some(_) => self.member(),
        }
    }

    /// A reference to a group, which matches nothing but the empty text while its group has not ended.
    #[expect(clippy::unnecessary_wraps, reason = "the arms of one match")]
    fn reference(&mut self, group: usize) -> Result<bool, String> {
        if group > self.groups {
            self.output.push_str("(?:)");
        } else {
            // A group that took no part matches the empty text in JavaScript, and nothing in the other syntax.
            let reference = format!(r"(?:\{group}|(?!\{group}))");
            self.output.push_str(&reference);
        }
        Ok(true)
    }

    fn member(&mut self) -> Result<bool, String> {
        match self.escaped()? {
            Member::One(character) => self.character(character),
            Member::Several(class) => self.class(&class),
        }
    }

    /// What an escape stands for; the `\` has been read.
    fn escaped(&mut self) -> Result<Member, String> {
        let Some(character) = self.next() else { return Err("\\ at end of pattern".to_owned()) };
        if let Some(class) = Class::named(character) {
            return Ok(Member::Several(class));
        }
        let one = match character {
            't' => '\t',
            'n' => '\n',
            'v' => '\u{b}',
            'f' => '\u{c}',
            'r' => '\r',
            'c' => match self.peek() {
                Some(letter) if letter.is_ascii_alphabetic() => {
                    self.at += 1;
                    char::from(letter as u8 & 31)
                }
                _ => {
                    self.at -= 1;
                    '\\'
                }
            },
            'x' => self.hexadecimal(2).unwrap_or('x'),
            'u' => self.unit()?.unwrap_or('u'),
            '0'..='7' => {
                self.at -= 1;
                self.octal()
            }
            other => other,
        };
        Ok(Member::One(one))
    }

    fn hexadecimal(&mut self, digits: usize) -> Option<char> {
        let text: String = self.text.get(self.at..self.at + digits)?.iter().collect();
        let value = text.chars().all(|digit| digit.is_ascii_hexdigit()).then(|| u32::from_str_radix(&text, 16).ok())?;
        let character = char::from_u32(value?)?;
        self.at += digits;
        Some(character)
    }

    /// Behind `\u`: four digits, or two halves of one character.
    fn unit(&mut self) -> Result<Option<char>, String> {
        let halves: String = self.text[self.at..].iter().take(10).collect();
        let unit = |text: Option<&str>| {
            text.filter(|text| text.chars().all(|digit| digit.is_ascii_hexdigit()))
                .and_then(|text| u16::from_str_radix(text, 16).ok())
        };
        let Some(first) = unit(halves.get(..4)) else { return Ok(None) };
        if !(0xd800..0xe000).contains(&first) {
            self.at += 4;
            return Ok(char::from_u32(u32::from(first)));
        }
        let second = halves.get(4..6).filter(|text| *text == "\\u").and_then(|_| unit(halves.get(6..10)));
        let whole = second.and_then(|second| char::decode_utf16([first, second]).next()?.ok());
        let Some(whole) = whole else { return Err("half of a surrogate pair".to_owned()) };
        self.at += 10;
        Ok(Some(whole))
    }

    /// Up to three octal digits, at most 0o377.
    fn octal(&mut self) -> char {
        let mut value = 0;
        for _ in 0..3 {
            match self.peek() {
                Some(digit @ '0'..='7') if value * 8 + (digit as u32 - 48) <= 0o377 => {
                    value = value * 8 + (digit as u32 - 48);
                    self.at += 1;
                }
                _ => break,
            }
        }
        char::from_u32(value).unwrap_or('\0')
    }

    /// Behind `[`.
    fn bracketed(&mut self) -> Result<Class, String> {
        let is_negated = self.skip("^");
        let mut class = Class::default();
        loop {
            if self.skip("]") {
                return Ok(if is_negated { class.complement() } else { class });
            }
            let first = self.class_member()?;
            let is_range = self.peek() == Some('-') && self.text.get(self.at + 1).is_some_and(|next| *next != ']');
            if !is_range {
                match first {
                    Member::One(character) => class.add(character, character),
                    Member::Several(several) => class.extend(&several),
                }
                continue;
            }
            self.at += 1;
            match (first, self.class_member()?) {
                (Member::One(from), Member::One(to)) if from > to => {
                    return Err("Range out of order in character class".to_owned());
                }
                (Member::One(from), Member::One(to)) => class.add(from, to),
                // Annex B: what cannot be the end of a range makes the hyphen a member.
                (first, last) => {
                    class.add('-', '-');
                    for member in [first, last] {
                        match member {
                            Member::One(character) => class.add(character, character),
                            Member::Several(several) => class.extend(&several),
                        }
                    }
                }
            }
        }
    }

    fn class_member(&mut self) -> Result<Member, String> {
        match self.next() {
            None => Err("Unterminated character class".to_owned()),
            Some('\\') if self.skip("b") => Ok(Member::One('\u{8}')),
            Some('\\') => self.escaped(),
            Some(character) => Ok(Member::One(character)),
        }
    }
}
