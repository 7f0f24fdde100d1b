//! The fields that `headers()` adds to the replies of a request: which rules match it, in which order their fields count, and what
//! of a request may be put into a name or a value.

use std::borrow::Cow;

use smallvec::SmallVec;

use super::captures::Captures;
use super::template::{FillError, Template, push_plain};

/// Fields of which a reply has the configuration's and the handler's; of all others it has the configuration's alone.
const ADDED: [&str; 4] = ["set-cookie", "vary", "www-authenticate", "proxy-authenticate"];

/// Fields that delimit a reply or concern one connection: what they say is known to the server alone.
const FRAMING: [&str; 7] =
    ["connection", "content-length", "keep-alive", "proxy-connection", "te", "transfer-encoding", "upgrade"];

/// A field of a rule.
#[derive(Clone, Debug)]
pub(super) enum Field {
    /// The same for each request.
    Fixed { name: String, value: Vec<u8> },
    /// With parameters.
    Filled { name: Template, value: Template },
}

/// Why a field cannot be sent.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FieldError {
    /// The name is no token (RFC 9110 section 5.1).
    #[error("`{0}` is no name of a header")]
    Name(String),
    /// It delimits replies, or concerns one connection.
    #[error("the header `{0}` is the server's own business and cannot be set")]
    Framing(String),
    /// The value has a control character, or one beyond latin-1.
    #[error("the value of the header `{0}` has a character that cannot be sent")]
    Value(String),
    /// A parameter cannot be filled in.
    #[error(transparent)]
    Fill(#[from] FillError),
}

impl Field {
    /// Compiles a field.
    ///
    /// # Errors
    /// [`FieldError`] where it could be sent to nobody.
    pub(super) fn new(name: &str, value: &str) -> Result<Self, FieldError> {
        if name.contains(':') || value.contains(':') {
            let field = Self::Filled { name: Template::of_text(name), value: Template::of_text(value) };
            // Text without parameters is what it is for every request.
            let names_nothing = |text: &str| Template::of_text(text).names().next().is_none();
            if !names_nothing(name) || !names_nothing(value) {
                if !name.contains(':') {
                    checked_name(name)?;
                }
                checked_value(name, value)?;
                return Ok(field);
            }
        }
        checked_name(name)?;
        Ok(Self::Fixed { name: name.to_owned(), value: checked_value(name, value)? })
    }

    /// Whether it has parameters.
    pub(super) fn has_params(&self) -> bool {
        matches!(self, Self::Filled { .. })
    }

    /// Its name and value for a request.
    fn fill(&self, captures: &Captures<'_>) -> Result<Filled<'_>, FieldError> {
        let (name, value) = match self {
            Self::Fixed { name, value } => return Ok((Cow::Borrowed(name), Cow::Borrowed(value))),
            Self::Filled { name, value } => (name, value),
        };
        let name = name.fill(captures, push_plain)?;
        checked_name(&name)?;
        let value = checked_value(&name, &value.fill(captures, push_plain)?)?;
        Ok((Cow::Owned(name), Cow::Owned(value)))
    }
}

fn checked_name(name: &str) -> Result<(), FieldError> {
    let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    if name.is_empty() || !name.bytes().all(is_token) {
        return Err(FieldError::Name(name.to_owned()));
    }
    if FRAMING.iter().any(|framing| name.eq_ignore_ascii_case(framing)) {
        return Err(FieldError::Framing(name.to_owned()));
    }
    Ok(())
}

/// A value as it is sent: latin-1.
fn checked_value(name: &str, value: &str) -> Result<Vec<u8>, FieldError> {
    let byte = |character: char| {
        u8::try_from(character as u32).ok().filter(|byte| *byte == b'\t' || (*byte >= 0x20 && *byte != 0x7f))
    };
    let bytes: Option<Vec<u8>> = value.chars().map(byte).collect();
    bytes.ok_or_else(|| FieldError::Value(name.to_owned()))
}

/// The fields of a request's replies, in their order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleFields {
    /// `Name: value CR LF`, repeated.
    lines: Box<[u8]>,
}

impl RuleFields {
    /// The fields as lines of HTTP/1.1.
    pub fn lines(&self) -> &[u8] {
        &self.lines
    }

    /// Names, in the case in which the configuration has them, and values.
    pub fn iter(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        let mut rest = &*self.lines;
        std::iter::from_fn(move || {
            let name_end = memchr::memmem::find(rest, b": ")?;
            let line_end = memchr::memmem::find(rest, b"\r\n")?;
            let field = (&rest[..name_end], &rest[name_end + 2..line_end]);
            rest = &rest[line_end + 2..];
            Some(field)
        })
    }

    /// Whether a reply's own field of this name, in lower case, is left out because of these.
    pub fn replaces(&self, name: &[u8]) -> bool {
        let is_same = |(own, _): (&[u8], &[u8])| own.eq_ignore_ascii_case(name);
        self.iter().any(is_same) && !ADDED.iter().any(|added| added.as_bytes() == name)
    }

    /// Whether there is a field of this name.
    pub fn contains(&self, name: &str) -> bool {
        self.iter().any(|(own, _)| own.eq_ignore_ascii_case(name.as_bytes()))
    }

    /// Appends a list to the value of a field, which must be there; `name` in lower case.
    pub fn append(&mut self, name: &str, list: &[u8]) {
        let mut lines = Vec::with_capacity(self.lines.len() + list.len() + 2);
        let mut is_done = false;
        for (own, value) in self.iter() {
            if is_done || !own.eq_ignore_ascii_case(name.as_bytes()) {
                push_line(own, value, &mut lines);
                continue;
            }
            is_done = true;
            push_line(own, &[value, b", ", list].concat(), &mut lines);
        }
        self.lines = lines.into_boxed_slice();
    }

    /// Keeps the fields for whose names `keep` is true; it gets them in lower case.
    pub fn retain(&mut self, mut keep: impl FnMut(&str) -> bool) {
        let mut lines = Vec::with_capacity(self.lines.len());
        for (name, value) in self.iter() {
            let lower = String::from_utf8_lossy(name).to_ascii_lowercase();
            if keep(&lower) {
                push_line(name, value, &mut lines);
            }
        }
        self.lines = lines.into_boxed_slice();
    }

    /// Whether a reply has both its own field of this name, in lower case, and these.
    pub fn is_added(name: &str) -> bool {
        ADDED.contains(&name)
    }
}

fn push_line(name: &[u8], value: &[u8], lines: &mut Vec<u8>) {
    lines.extend_from_slice(name);
    lines.extend_from_slice(b": ");
    lines.extend_from_slice(value);
    lines.extend_from_slice(b"\r\n");
}

/// A field, as far as possible the rule's own text.
type Filled<'rules> = (Cow<'rules, str>, Cow<'rules, [u8]>);

/// Fields while rules are still asked: a later one of the same name takes the value's place, cookies are all kept.
#[derive(Debug, Default)]
pub(super) struct FieldsOfRules<'rules> {
    fields: SmallVec<[Filled<'rules>; 8]>,
}

impl<'rules> FieldsOfRules<'rules> {
    /// Adds a field.
    ///
    /// # Errors
    /// [`FieldError`].
    pub(super) fn add(&mut self, field: &'rules Field, captures: &Captures<'_>) -> Result<(), FieldError> {
        let (name, value) = field.fill(captures)?;
        let known = self.fields.iter_mut().find(|(known, _)| known.eq_ignore_ascii_case(&name));
        match known {
            Some((_, there)) if !name.eq_ignore_ascii_case("set-cookie") => *there = value,
            Some(_) | None => self.fields.push((name, value)),
        }
        Ok(())
    }

    /// All of them; `None` where there is none.
    pub(super) fn finish(self) -> Option<RuleFields> {
        if self.fields.is_empty() {
            return None;
        }
        let length = self.fields.iter().map(|(name, value)| name.len() + value.len() + 4).sum();
        let mut lines = Vec::with_capacity(length);
        for (name, value) in &self.fields {
            push_line(name.as_bytes(), value, &mut lines);
        }
        Some(RuleFields { lines: lines.into_boxed_slice() })
    }
}
