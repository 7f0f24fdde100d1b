//! Where a redirect or rewrite leads: a URL with parameters in its host, path, query and fragment.
//!
//! It is taken apart as the URL standard has it before parameters are looked for, so `{` in a path is an escape and not
//! a group, and `?` begins the query. What a client has sent cannot change which part it is in.

use super::captures::{Captures, Value};
use super::query::Query;
use super::template::{FillError, Template, push_into_host, push_into_path, push_plain};
use super::tokens::{self, DELIMITERS, SyntaxError};
use crate::target::{query_pairs, serialize_path, serialize_search};

/// A compiled destination.
#[derive(Clone, Debug)]
pub(super) struct Destination {
    /// Where it does not lead to this site.
    origin: Option<Origin>,
    path: Template,
    query: Vec<(String, Vec<Template>)>,
    fragment: Option<Template>,
}

/// The origin of an absolute destination.
#[derive(Clone, Debug)]
struct Origin {
    /// With its colon.
    scheme: String,
    /// `None` for a scheme without a host.
    host: Option<Host>,
}

#[derive(Clone, Debug)]
struct Host {
    /// User and password, with `@`; empty where there are none.
    user: String,
    name: Template,
    /// With its colon; empty where there is none.
    port: String,
}

/// Why a destination cannot be compiled.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DestinationError {
    /// It is no pattern.
    #[error(transparent)]
    Syntax(#[from] SyntaxError),
    /// It is no URL.
    #[error("`{0}` is neither a path nor a URL")]
    NoUrl(String),
}

/// An absolute destination, filled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FilledOrigin {
    /// `http:`, `https:` or what a redirect may name.
    pub scheme: String,
    /// User, host and port; `None` for a scheme without a host.
    pub authority: Option<String>,
}

/// A destination, filled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Filled {
    pub(super) origin: Option<FilledOrigin>,
    pub(super) path: String,
    pub(super) query: Vec<(String, Value)>,
    /// With `#`; empty where there is none.
    pub(super) fragment: String,
}

impl Destination {
    /// Compiles a destination.
    ///
    /// # Errors
    /// [`DestinationError`].
    pub(super) fn new(destination: &str) -> Result<Self, DestinationError> {
        let no_url = || DestinationError::NoUrl(destination.to_owned());
        let (before_fragment, fragment) = match destination.split_once('#') {
            Some((before, fragment)) => (before, Some(fragment)),
            None => (destination, None),
        };
        let (before_query, search) = match before_fragment.split_once('?') {
            Some((before, search)) => (before, Some(search)),
            None => (before_fragment, None),
        };
        let (origin, path) = if before_query.starts_with('/') {
            (None, before_query)
        } else {
            let (origin, path) = split_origin(before_query).ok_or_else(no_url)??;
            (Some(origin), path)
        };
        let is_opaque = origin.as_ref().is_some_and(|origin| origin.host.is_none());
        let path = if is_opaque {
            Template::of_path(tokens::parse(path, DELIMITERS)?)
        } else {
            let path = if path.is_empty() { "/" } else { path };
            let path = serialize_path(&path.replace('\\', "/").replace(' ', "%20")).map_err(|_| no_url())?;
            Template::of_path(tokens::parse(&path, DELIMITERS)?)
        };
        let mut query: Vec<(String, Vec<Template>)> = Vec::new();
        let search = search.unwrap_or_default().replace(' ', "%20");
        let search = serialize_search(search.as_bytes()).map_err(|_| no_url())?;
        for (name, value) in query_pairs(&search) {
            let value = Template::of_text(&value);
            match query.iter_mut().find(|(known, _)| *known == name) {
                Some((_, values)) => values.push(value),
                None => query.push((name.into_owned(), vec![value])),
            }
        }
        let fragment = fragment.filter(|fragment| !fragment.is_empty());
        let fragment = fragment.map(|fragment| tokens::parse(fragment, DELIMITERS)).transpose()?;
        Ok(Self { origin, path, query, fragment: fragment.map(Template::of_path) })
    }

    fn path_templates(&self) -> impl Iterator<Item = &Template> {
        let host = self.origin.as_ref().and_then(|origin| origin.host.as_ref()).map(|host| &host.name);
        [Some(&self.path), self.fragment.as_ref(), host].into_iter().flatten()
    }

    /// Whether one of these parameters is in its path, fragment or host.
    pub(super) fn uses_one_of(&self, captures: &Captures<'_>) -> bool {
        self.path_templates().any(|template| template.names().any(|name| captures.value(name).is_some()))
    }

    /// The destination for a request.
    ///
    /// # Errors
    /// [`FillError`].
    pub(super) fn fill(&self, captures: &Captures<'_>) -> Result<Filled, FillError> {
        let mut query = Vec::with_capacity(self.query.len());
        for (name, values) in &self.query {
            let value = match values.as_slice() {
                [one] => Value::Text(one.fill(captures, push_plain)?),
                several => {
                    Value::List(several.iter().map(|one| one.fill(captures, push_plain)).collect::<Result<_, _>>()?)
                }
            };
            query.push((name.clone(), value));
        }
        let fragment = match &self.fragment {
            Some(fragment) => format!("#{}", fragment.fill(captures, push_into_path)?),
            None => String::new(),
        };
        let origin = self.origin.as_ref().map(|origin| origin.fill(captures)).transpose()?;
        Ok(Filled { origin, path: self.path.fill(captures, push_into_path)?, query, fragment })
    }
}

impl Origin {
    fn fill(&self, captures: &Captures<'_>) -> Result<FilledOrigin, FillError> {
        let authority = match &self.host {
            Some(Host { user, name, port }) => Some(format!("{user}{}{port}", name.fill(captures, push_into_host)?)),
            None => None,
        };
        Ok(FilledOrigin { scheme: self.scheme.clone(), authority })
    }
}

/// The part of a destination on this site in which parameters are looked for: its path and fragment, as the URL standard
/// serialises them. `None` where it is no URL.
pub fn pattern_of_destination(destination: &str) -> Option<String> {
    let (before, fragment) = destination.split_once('#').map_or((destination, None), |(path, rest)| (path, Some(rest)));
    let path = before.split('?').next().unwrap_or_default();
    if !path.starts_with('/') {
        return None;
    }
    let path = serialize_path(&path.replace('\\', "/").replace(' ', "%20")).ok()?;
    Some(match fragment.filter(|fragment| !fragment.is_empty()) {
        Some(fragment) => format!("{path}#{fragment}"),
        None => path,
    })
}

/// The origin of an absolute URL, and its path.
fn split_origin(url: &str) -> Option<Result<(Origin, &str), SyntaxError>> {
    let (scheme, rest) = url.split_once(':')?;
    let is_scheme = scheme.starts_with(|first: char| first.is_ascii_alphabetic())
        && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte));
    if !is_scheme {
        return None;
    }
    let scheme = format!("{}:", scheme.to_ascii_lowercase());
    let Some(rest) = rest.strip_prefix("//") else {
        let is_web = matches!(scheme.as_str(), "http:" | "https:");
        return (!is_web).then_some(Ok((Origin { scheme, host: None }, rest)));
    };
    let end = rest.find('/').unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    let (user, host) = match authority.rsplit_once('@') {
        Some((user, host)) => (format!("{user}@"), host),
        None => (String::new(), authority),
    };
    let (name, port) = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) && !name.ends_with(']') => (name, port),
        Some((name, port)) if name.ends_with(']') => (name, port),
        _ => (host, ""),
    };
    if name.is_empty() {
        return None;
    }
    let is_default = matches!((scheme.as_str(), port), ("http:", "80") | ("https:", "443"));
    let port = if port.is_empty() || is_default { String::new() } else { format!(":{port}") };
    let template = if name.starts_with('[') {
        vec![tokens::Token::Text(name.to_owned())]
    } else {
        match tokens::parse(name, DELIMITERS) {
            Ok(tokens) => tokens,
            Err(error) => return Some(Err(error)),
        }
    };
    Some(Ok((Origin { scheme, host: Some(Host { user, name: Template::of_path(template), port }) }, path)))
}

impl Filled {
    /// The value of a `location` field; `query` is the whole query.
    pub(super) fn location(&self, query: &Query, sent: &Query) -> String {
        let mut location = String::with_capacity(self.path.len() + 32);
        if let Some(FilledOrigin { scheme, authority }) = &self.origin {
            location.push_str(scheme);
            if let Some(authority) = authority {
                location.push_str("//");
                location.push_str(authority);
            }
        }
        let has_authority = self.origin.as_ref().is_some_and(|origin| origin.authority.is_some());
        let path = one_slash_each(&self.path);
        if has_authority && !path.is_empty() && !path.starts_with('/') {
            location.push('/');
        }
        // An empty location would lead a browser to where it is, again and again.
        location.push_str(if path.is_empty() && self.origin.is_none() { "/" } else { &path });
        let search = query.to_text(sent);
        if !search.is_empty() {
            location.push('?');
            location.push_str(&search);
        }
        location.push_str(&self.fragment);
        location
    }
}

/// A path in which no slash follows another, and no backslash stands: what a browser could take for a host is none.
fn one_slash_each(path: &str) -> String {
    let mut output = String::with_capacity(path.len());
    for character in path.chars() {
        let character = if character == '\\' { '/' } else { character };
        if character != '/' || !output.ends_with('/') {
            output.push(character);
        }
    }
    output
}
