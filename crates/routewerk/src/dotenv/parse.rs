//! The syntax of one `.env` file: names and values as written, before expansion.
//!
//! The dialect is dotenv 16.3's, which is a search for assignments rather than a grammar: lines that are none are
//! skipped without a word, `KEY: value` counts, a quoted value may span lines, and what looks quoted but is not
//! closed properly is taken as plain text. U+2028 and U+2029 count as blanks, not as line ends.

/// The assignments of a file in their order; a later one of the same name takes the earlier one's place.
pub(super) fn parse(text: &str) -> Vec<(String, String)> {
    let text: Vec<char> = unix_lines(text).chars().collect();
    let mut found: Vec<(String, String)> = Vec::new();
    let mut at = 0;
    while at <= text.len() {
        let is_line_start = at == 0 || text[at - 1] == '\n';
        match is_line_start.then(|| Assignment::at(&text, at)).flatten() {
            Some(assignment) => {
                let value = unquote(&assignment.value);
                match found.iter_mut().find(|(name, _)| *name == assignment.name) {
                    Some((_, earlier)) => *earlier = value,
                    None => found.push((assignment.name, value)),
                }
                // An assignment has at least a name and a sign, so this moves on.
                at = assignment.end;
                if at < text.len() && text[at] == '\n' {
                    at += 1;
                } else if at >= text.len() {
                    break;
                }
            }
            None => match text[at..].iter().position(|char| *char == '\n') {
                Some(line_end) => at += line_end + 1,
                None => break,
            },
        }
    }
    found
}

/// An assignment as it stands in the text.
struct Assignment {
    name: String,
    value: String,
    end: usize,
}

impl Assignment {
    /// The assignment that begins at a line's start, blank lines before it skipped.
    fn at(text: &[char], line_start: usize) -> Option<Self> {
        let begin = skip_blanks(text, line_start);
        let after_export = match text[begin..].strip_prefix(&['e', 'x', 'p', 'o', 'r', 't']) {
            Some(rest) if rest.first().is_some_and(|char| is_blank(*char)) => {
                Some(skip_blanks(text, begin + "export".len()))
            }
            _ => None,
        };
        after_export.and_then(|begin| Self::named(text, begin)).or_else(|| Self::named(text, begin))
    }

    /// The assignment whose name begins here.
    fn named(text: &[char], begin: usize) -> Option<Self> {
        let name_end = begin + text[begin..].iter().take_while(|char| is_name(**char)).count();
        if name_end == begin {
            return None;
        }
        let sign = skip_blanks(text, name_end);
        let value_start = if text.get(sign) == Some(&'=') {
            sign + 1
        } else if text.get(name_end) == Some(&':') && text.get(name_end + 1).is_some_and(|char| is_blank(*char)) {
            name_end + 2
        } else {
            return None;
        };
        let name = text[begin..name_end].iter().collect();
        if let Some((value, end)) = quoted(text, value_start) {
            return Some(Self { name, value, end });
        }
        let value_end = value_start + text[value_start..].iter().take_while(|char| !matches!(char, '#' | '\n')).count();
        let value: String = text[value_start..value_end].iter().collect();
        Some(Self { name, value: value.trim_matches(is_blank).to_owned(), end: line_end(text, value_end) })
    }
}

/// A quoted value with its quotes, and where its line ends. Blanks and line breaks may stand before it.
fn quoted(text: &[char], from: usize) -> Option<(String, usize)> {
    let open = skip_blanks(text, from);
    let quote = *text.get(open).filter(|char| matches!(char, '\'' | '"' | '`'))?;
    // A quote after a backslash may belong to the value; the longest reading that ends its line is taken.
    let mut closings = Vec::new();
    for at in open + 1..text.len() {
        if text[at] == quote {
            closings.push(at);
            let is_escaped = at > open + 1 && text[at - 1] == '\\';
            if !is_escaped {
                break;
            }
        }
    }
    closings.into_iter().rev().find_map(|close| {
        let end = tail_end(text, close + 1)?;
        Some((text[open..=close].iter().collect(), end))
    })
}

/// Where the rest of a line ends if it holds nothing but blanks and a comment.
fn tail_end(text: &[char], from: usize) -> Option<usize> {
    let blanks_end = skip_blanks(text, from);
    if text.get(blanks_end).is_none_or(|char| *char == '#') {
        return Some(line_end(text, blanks_end));
    }
    // Blank lines may have been skipped; the value's own line must end with blanks.
    text[from..blanks_end].iter().rposition(|char| *char == '\n').map(|at| from + at)
}

/// The value without its quotes, with the escapes of double quotes resolved.
fn unquote(value: &str) -> String {
    let Some(first) = value.chars().next() else { return String::new() };
    let inner = match first {
        '\'' | '"' | '`' if value.len() > 1 && value.ends_with(first) => &value[1..value.len() - 1],
        _ => value,
    };
    if first == '"' { inner.replace("\\n", "\n").replace("\\r", "\r") } else { inner.to_owned() }
}

/// CR LF and lone CR become LF.
fn unix_lines(text: &str) -> String {
    text.replace("\r\n", "\n").replace('\r', "\n")
}

/// The first position at or after `from` that is no blank; line breaks are blanks.
fn skip_blanks(text: &[char], from: usize) -> usize {
    from + text[from..].iter().take_while(|char| is_blank(**char)).count()
}

/// The position of the next line break, or the end.
fn line_end(text: &[char], from: usize) -> usize {
    from + text[from..].iter().take_while(|char| **char != '\n').count()
}

/// A letter of a name.
const fn is_name(char: char) -> bool {
    char.is_ascii_alphanumeric() || matches!(char, '_' | '.' | '-')
}

/// White space as ECMAScript has it: Unicode's, with U+FEFF and without U+0085.
fn is_blank(char: char) -> bool {
    char == '\u{feff}' || (char.is_whitespace() && char != '\u{85}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn value(text: &str) -> String {
        parse(text).into_iter().find(|(name, _)| name == "A").expect("A is defined").1
    }

    #[test]
    fn values_are_trimmed_cut_at_comments_and_unquoted() {
        assert_eq!(value("A= b c  # d"), "b c");
        assert_eq!(value("A=a#b"), "a");
        assert_eq!(value("A='a#b' # c"), "a#b");
        assert_eq!(value("A=\"x\\ny\""), "x\ny");
        assert_eq!(value("A='x\\ny'"), "x\\ny");
        assert_eq!(value("export A = `1`"), "1");
        assert_eq!(value("A: yaml"), "yaml");
        assert_eq!(value("A=\"a\nb\"\nB=1"), "a\nb");
        assert_eq!(value("A="), "");
        assert_eq!(value("A=1\r\nA=2\r\n"), "2");
    }

    #[test]
    fn what_is_no_assignment_is_skipped() {
        assert_eq!(parse("just words\n# A=1\n=x\nA B=2\n"), []);
        assert_eq!(parse("A=\"open\nB=2"), [("A".into(), "\"open".into()), ("B".into(), "2".into())]);
    }

    proptest! {
        #[test]
        fn rubbish_never_panics(text in "[ABe'\"`\\\\#=:\\n\\r\\t export$.-]{0,60}") {
            parse(&text);
        }
    }
}
