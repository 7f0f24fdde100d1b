//! The syntax of rule patterns, taken apart: literal text and parameters.
//!
//! It is the language of path-to-regexp 6.3, which Next.js 16.4.6 reads `source` and `destination` with: `:name`, a
//! pattern of its own in parentheses, `{prefix:name suffix}`, the modifiers `?`, `*` and `+`, and `\` before a character
//! that stands for itself. Messages and positions of errors are that library's, because Next.js shows them to users.

/// Characters that become a parameter's prefix when they stand in front of it.
const PREFIXES: [char; 2] = ['.', '/'];

/// What ends a parameter where Next.js does not say otherwise.
pub const DELIMITERS: &str = "/#?";

/// How often a parameter may occur.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Modifier {
    /// Once.
    Once,
    /// `?`: once or not at all.
    Optional,
    /// `*`: any number of times.
    Any,
    /// `+`: at least once.
    Many,
}

impl Modifier {
    /// Whether it may be absent.
    pub(super) const fn is_optional(self) -> bool {
        matches!(self, Self::Optional | Self::Any)
    }

    /// Whether it may occur more than once.
    pub(super) const fn is_repeated(self) -> bool {
        matches!(self, Self::Any | Self::Many)
    }

    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Once => "",
            Self::Optional => "?",
            Self::Any => "*",
            Self::Many => "+",
        }
    }
}

/// What a parameter is called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Name {
    /// By its author.
    Given(String),
    /// By its position among the unnamed ones.
    Position(usize),
    /// Not at all: a group in braces without a parameter.
    None,
}

impl std::fmt::Display for Name {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Given(name) => formatter.write_str(name),
            Self::Position(position) => position.fmt(formatter),
            Self::None => Ok(()),
        }
    }
}

/// A parameter, or a group in braces.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Param {
    /// Its name.
    pub name: Name,
    /// The text in front of it that belongs to it.
    pub prefix: String,
    /// The text behind it that belongs to it.
    pub suffix: String,
    /// What it matches, as a regular expression of JavaScript; empty for a group in braces without a parameter.
    pub pattern: String,
    /// How often it may occur.
    pub modifier: Modifier,
}

/// A part of a pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Token {
    /// Text that stands for itself.
    Text(String),
    /// A parameter.
    Param(Param),
}

/// Why a pattern cannot be read, in path-to-regexp's words.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct SyntaxError {
    /// What is wrong.
    pub message: String,
}

fn error<T>(message: impl Into<String>) -> Result<T, SyntaxError> {
    Err(SyntaxError { message: message.into() })
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Char,
    EscapedChar,
    Name,
    Pattern,
    Open,
    Close,
    Modifier,
    End,
}

impl Kind {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Char => "CHAR",
            Self::EscapedChar => "ESCAPED_CHAR",
            Self::Name => "NAME",
            Self::Pattern => "PATTERN",
            Self::Open => "OPEN",
            Self::Close => "CLOSE",
            Self::Modifier => "MODIFIER",
            Self::End => "END",
        }
    }
}

#[derive(Debug)]
struct Lexeme {
    kind: Kind,
    index: usize,
    value: String,
}

/// Positions count UTF-16 code units, as in JavaScript.
fn lex(pattern: &str) -> Result<Vec<Lexeme>, SyntaxError> {
    let text: Vec<char> = pattern.chars().collect();
    let mut offsets = Vec::with_capacity(text.len() + 1);
    let mut offset = 0;
    for character in &text {
        offsets.push(offset);
        offset += character.len_utf16();
    }
    offsets.push(offset);
    let mut lexemes = Vec::new();
    let mut at = 0;
    while at < text.len() {
        let index = offsets[at];
        let mut push = |kind, value: String| lexemes.push(Lexeme { kind, index, value });
        match text[at] {
            character @ ('*' | '+' | '?') => push(Kind::Modifier, character.to_string()),
            '\\' => {
                at += 1;
                // At the end of the text JavaScript reads `undefined` here, which then is no character.
                if let Some(escaped) = text.get(at) {
                    push(Kind::EscapedChar, escaped.to_string());
                }
            }
            '{' => push(Kind::Open, "{".to_owned()),
            '}' => push(Kind::Close, "}".to_owned()),
            ':' => {
                let is_name = |character: &&char| character.is_ascii_alphanumeric() || **character == '_';
                let name: String = text[at + 1..].iter().take_while(is_name).collect();
                if name.is_empty() {
                    return error(format!("Missing parameter name at {index}"));
                }
                at += name.len();
                push(Kind::Name, name);
            }
            '(' => {
                let (inner, end) = lex_group(&text, at, &offsets)?;
                push(Kind::Pattern, inner);
                at = end;
            }
            character => push(Kind::Char, character.to_string()),
        }
        at += 1;
    }
    lexemes.push(Lexeme { kind: Kind::End, index: offset, value: String::new() });
    Ok(lexemes)
}

/// The text between the parenthesis at `open` and the one that closes it, and where that is.
fn lex_group(text: &[char], open: usize, offsets: &[usize]) -> Result<(String, usize), SyntaxError> {
    let mut at = open + 1;
    if text.get(at) == Some(&'?') {
        return error(format!("Pattern cannot start with \"?\" at {}", offsets[at]));
    }
    let mut inner = String::new();
    let mut depth = 1;
    while let Some(character) = text.get(at) {
        match character {
            '\\' => {
                inner.push('\\');
                at += 1;
                inner.extend(text.get(at));
            }
            ')' => {
                depth -= 1;
                if depth == 0 {
                    break;
                }
                inner.push(')');
            }
            '(' => {
                depth += 1;
                if text.get(at + 1) != Some(&'?') {
                    return error(format!("Capturing groups are not allowed at {}", offsets[at]));
                }
                inner.push('(');
            }
            other => inner.push(*other),
        }
        at += 1;
    }
    if depth > 0 {
        return error(format!("Unbalanced pattern at {}", offsets[open]));
    }
    if inner.is_empty() {
        return error(format!("Missing pattern at {}", offsets[open]));
    }
    Ok((inner, at))
}

/// Reads a pattern. `delimiters` are the characters that end a parameter without a pattern of its own: `/#?` unless
/// Next.js says otherwise.
///
/// # Errors
/// [`SyntaxError`] with path-to-regexp's message.
pub fn parse(pattern: &str, delimiters: &str) -> Result<Vec<Token>, SyntaxError> {
    let mut parser = Parser { lexemes: lex(pattern)?, at: 0, delimiters, tokens: Vec::new(), text: String::new() };
    parser.run()?;
    Ok(parser.tokens)
}

struct Parser<'pattern> {
    lexemes: Vec<Lexeme>,
    at: usize,
    delimiters: &'pattern str,
    tokens: Vec<Token>,
    /// Literal text that is not a token yet.
    text: String,
}

impl Parser<'_> {
    fn run(&mut self) -> Result<(), SyntaxError> {
        let mut position = 0;
        let mut next_position = || {
            position += 1;
            Name::Position(position - 1)
        };
        while self.at < self.lexemes.len() {
            let character = self.take(Kind::Char);
            let name = self.take(Kind::Name);
            let pattern = self.take(Kind::Pattern);
            if name.is_some() || pattern.is_some() {
                let mut prefix = character.unwrap_or_default();
                if !prefix.is_empty() && !prefix.chars().all(|character| PREFIXES.contains(&character)) {
                    self.text.push_str(&prefix);
                    prefix.clear();
                }
                self.flush();
                let pattern = pattern.map_or_else(|| self.default_pattern(&prefix), Ok)?;
                let name = name.map_or_else(&mut next_position, Name::Given);
                let modifier = self.take_modifier();
                self.tokens.push(Token::Param(Param { name, prefix, suffix: String::new(), pattern, modifier }));
                continue;
            }
            if let Some(text) = character.or_else(|| self.take(Kind::EscapedChar)) {
                self.text.push_str(&text);
                continue;
            }
            self.flush();
            if self.take(Kind::Open).is_some() {
                let prefix = self.take_text();
                let name = self.take(Kind::Name);
                let pattern = self.take(Kind::Pattern);
                let suffix = self.take_text();
                self.must_take(Kind::Close)?;
                let (name, pattern) = match (name, pattern) {
                    (Some(name), Some(pattern)) => (Name::Given(name), pattern),
                    (Some(name), None) => (Name::Given(name), self.default_pattern(&prefix)?),
                    (None, Some(pattern)) => (next_position(), pattern),
                    (None, None) => (Name::None, String::new()),
                };
                let modifier = self.take_modifier();
                self.tokens.push(Token::Param(Param { name, prefix, suffix, pattern, modifier }));
                continue;
            }
            self.must_take(Kind::End)?;
        }
        Ok(())
    }

    fn flush(&mut self) {
        if !self.text.is_empty() {
            self.tokens.push(Token::Text(std::mem::take(&mut self.text)));
        }
    }

    fn take(&mut self, kind: Kind) -> Option<String> {
        let lexeme = self.lexemes.get_mut(self.at).filter(|lexeme| lexeme.kind == kind)?;
        self.at += 1;
        Some(std::mem::take(&mut lexeme.value))
    }

    fn must_take(&mut self, kind: Kind) -> Result<(), SyntaxError> {
        if self.take(kind).is_some() {
            return Ok(());
        }
        let (found, index) = self.lexemes.get(self.at).map_or((Kind::End, 0), |lexeme| (lexeme.kind, lexeme.index));
        error(format!("Unexpected {} at {index}, expected {}", found.as_str(), kind.as_str()))
    }

    fn take_text(&mut self) -> String {
        let mut text = String::new();
        while let Some(more) = self.take(Kind::Char).or_else(|| self.take(Kind::EscapedChar)) {
            text.push_str(&more);
        }
        text
    }

    fn take_modifier(&mut self) -> Modifier {
        match self.take(Kind::Modifier).as_deref() {
            Some("?") => Modifier::Optional,
            Some("*") => Modifier::Any,
            Some("+") => Modifier::Many,
            _ => Modifier::Once,
        }
    }

    /// What a parameter without a pattern matches: up to a delimiter, or to the text between it and the one before.
    fn default_pattern(&self, prefix: &str) -> Result<String, SyntaxError> {
        let delimiters = escape(self.delimiters);
        let between = match (prefix, self.tokens.last()) {
            ("", Some(Token::Text(text))) => text.as_str(),
            ("", Some(Token::Param(before))) => {
                let name = &before.name;
                return error(format!("Must have text between two parameters, missing text after \"{name}\""));
            }
            (prefix, _) => prefix,
        };
        let is_delimited = between.is_empty() || between.chars().any(|character| self.delimiters.contains(character));
        Ok(if is_delimited {
            format!("[^{delimiters}]+?")
        } else {
            format!("(?:(?!{})[^{delimiters}])+?", escape(between))
        })
    }
}

/// Text as a regular expression of JavaScript that matches it.
pub(super) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len() + 8);
    for character in text.chars() {
        if ".+*?=^!:${}()[]|/\\".contains(character) {
            escaped.push('\\');
        }
        escaped.push(character);
    }
    escaped
}

/// The regular expression of tokens. `is_strict` leaves the optional delimiter at the end out.
///
/// # Errors
/// [`SyntaxError`] where a parameter is repeated with nothing to tell its occurrences apart.
pub(super) fn expression(tokens: &[Token], delimiters: &str, is_strict: bool) -> Result<String, SyntaxError> {
    let mut text = String::from("^");
    for token in tokens {
        let param = match token {
            Token::Text(literal) => {
                text.push_str(&escape(literal));
                continue;
            }
            Token::Param(param) => param,
        };
        let (prefix, suffix, pattern) = (escape(&param.prefix), escape(&param.suffix), &param.pattern);
        let modifier = param.modifier.as_str();
        let is_wrapped = !prefix.is_empty() || !suffix.is_empty();
        let part = match (pattern.is_empty(), param.modifier.is_repeated()) {
            (true, _) => format!("(?:{prefix}{suffix}){modifier}"),
            (false, true) if is_wrapped => {
                let optional = if param.modifier == Modifier::Any { "?" } else { "" };
                format!("(?:{prefix}((?:{pattern})(?:{suffix}{prefix}(?:{pattern}))*){suffix}){optional}")
            }
            (false, true) => {
                return error(format!("Can not repeat \"{}\" without a prefix and suffix", param.name));
            }
            (false, false) if is_wrapped => format!("(?:{prefix}({pattern}){suffix}){modifier}"),
            (false, false) => format!("({pattern}){modifier}"),
        };
        text.push_str(&part);
    }
    if !is_strict {
        let delimiter = format!("[{}]?", escape(delimiters));
        text.push_str(&delimiter);
    }
    text.push('$');
    Ok(text)
}

/// How long the expression of tokens is, in UTF-16 code units as JavaScript shows it. What is repeated with nothing between its
/// occurrences counts with a slash there, as in Next.js's check.
pub fn expression_length(tokens: &[Token]) -> usize {
    let with_prefix = |token: &Token| match token {
        Token::Param(param) if param.modifier.is_repeated() && param.prefix.is_empty() && param.suffix.is_empty() => {
            Token::Param(Param { prefix: "/".to_owned(), ..param.clone() })
        }
        other => other.clone(),
    };
    let tokens: Vec<_> = tokens.iter().map(with_prefix).collect();
    expression(&tokens, DELIMITERS, false).map_or(0, |expression| length_of(&expression))
}

/// How long an expression is as JavaScript shows it: with `\` before each `/` outside of a class.
fn length_of(expression: &str) -> usize {
    let (mut length, mut is_in_class, mut is_escaped) = (0, false, false);
    for character in expression.chars() {
        if character == '/' && !is_in_class && !is_escaped {
            length += 1;
        }
        length += character.len_utf16();
        match character {
            '[' if !is_escaped => is_in_class = true,
            ']' if !is_escaped => is_in_class = false,
            _ => {}
        }
        is_escaped = character == '\\' && !is_escaped;
    }
    length
}
