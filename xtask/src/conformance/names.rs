//! What differs from run to run gets a name, so that answers can be compared: ports, the bypass cookie, and values.
//!
//! A *value* is `value-` followed by eight or more letters, digits and hyphens: handlers and the origin make a fresh one for each
//! answer. Within a request the first one becomes `{value 1}`, the next that differs `{value 2}`, so that which replies share one
//! is part of the answer, and compared.

use std::fmt::Write as _;

use crate::conformance::case::{Answer, Answers};
use crate::conformance::step::Outgoing;

/// Bodies up to this length are kept as they are.
const LONGEST_BODY: usize = 4096;
const VALUE: &str = "value-";
const SHORTEST_VALUE: usize = 8;

/// Values of this run and what stands for them in files.
pub(crate) struct Names {
    pub(crate) port: String,
    pub(crate) origin: String,
    cookie: String,
}

impl Names {
    /// Of a server and an origin on these ports.
    pub(crate) fn new(port: u16, origin: u16) -> Self {
        Self { port: port.to_string(), origin: origin.to_string(), cookie: String::new() }
    }

    /// Puts the values of this run into what is to be sent.
    pub(crate) fn fill(&self, text: &str) -> String {
        text.replace("{port}", &self.port).replace("{origin}", &self.origin).replace("{cookie}", &self.cookie)
    }

    /// Keeps the cookie that the step asks to keep.
    pub(crate) fn keep(&mut self, send: &Outgoing, reply: &Answer) {
        let Some(name) = &send.keep_cookie else { return };
        let start = format!("set-cookie: {name}=");
        let line = reply.headers.iter().find(|line| line.to_ascii_lowercase().starts_with(&start));
        if let Some(value) = line.and_then(|line| line[start.len()..].split(';').next()) {
            value.clone_into(&mut self.cookie);
        }
    }

    /// Puts names for the values of this run into what came back.
    pub(crate) fn replace_in(&self, answers: &mut Answers) {
        let mut values = Vec::new();
        let mut replace = |text: &mut String| {
            // The long ones first: their digits may happen to hold a port.
            *text = name_values(text, &mut values);
            if !self.cookie.is_empty() {
                *text = text.replace(&self.cookie, "{cookie}");
            }
            *text = text.replace(&self.port, "{port}").replace(&self.origin, "{origin}");
        };
        for reply in &mut answers.replies {
            reply.headers.iter_mut().for_each(&mut replace);
            for line in reply.headers.iter_mut().filter(|line| line.to_ascii_lowercase().starts_with("date: ")) {
                line.truncate("date: ".len());
                line.push_str("(now)");
            }
            replace(&mut reply.body);
            shorten(&mut reply.body);
        }
        for line in &mut answers.log {
            replace(line);
            *line = without_keys_and_sizes(line);
        }
    }
}

/// Takes out of a message what each framework is free to choose: keys of entries (64 hexadecimal digits) and the length of what was
/// to be stored, with all that it writes around a value.
fn without_keys_and_sizes(line: &str) -> String {
    let words = line.split(' ').map(|word| {
        let word_only = word.trim_end_matches([',', ':']);
        if word_only.len() == 64 && word_only.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return word.replace(word_only, "{key}");
        }
        match word.strip_prefix('(') {
            Some(digits) if !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) => {
                "({size}".to_owned()
            }
            _ => word.to_owned(),
        }
    });
    words.collect::<Vec<_>>().join(" ")
}

/// Replaces each value by its number among those seen so far.
fn name_values(text: &str, seen: &mut Vec<String>) -> String {
    let mut named = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(VALUE) {
        let (before, from) = rest.split_at(at);
        named.push_str(before);
        let belongs = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '-';
        let length = from.find(|letter| !belongs(letter)).unwrap_or(from.len());
        let (value, after) = from.split_at(length);
        rest = after;
        if length < VALUE.len() + SHORTEST_VALUE {
            named.push_str(value);
            continue;
        }
        let known = seen.iter().position(|candidate| candidate == value);
        let number = known.unwrap_or_else(|| {
            seen.push(value.to_owned());
            seen.len() - 1
        });
        // Writing to a string cannot fail.
        let _ = write!(named, "{{value {}}}", number + 1);
    }
    named.push_str(rest);
    named
}

/// Stands a long body for its length and checksum (FNV-1a), so that files stay readable.
fn shorten(body: &mut String) {
    if body.len() > LONGEST_BODY {
        let step = |sum: u64, byte: u8| (sum ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        let sum = body.bytes().fold(0xcbf2_9ce4_8422_2325, step);
        *body = format!("({} bytes, FNV-1a {sum:016x})", body.len());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_and_sizes_are_taken_out_of_messages() {
        let line = format!("kept {}, too large (2200110 bytes) (no 5)", "0a".repeat(32));
        assert_eq!(without_keys_and_sizes(&line), "kept {key}, too large ({size} bytes) (no 5)");
    }

    #[test]
    fn values_are_numbered_as_they_appear_and_short_ones_are_words() {
        let mut seen = Vec::new();
        let named = name_values("value-aaaaaaaa value-bbbbbbbb! value-aaaaaaaa value-1", &mut seen);
        assert_eq!(named, "{value 1} {value 2}! {value 1} value-1");
        assert_eq!(name_values("\"value-bbbbbbbb\"", &mut seen), "\"{value 2}\"");
    }
}
