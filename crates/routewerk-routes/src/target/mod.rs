//! The request target, normalised once per request: rules, proxy and router all match on what comes out here.
//!
//! What Next.js 16.4.6 does, in its order: a path with `//` or `\` is answered by a redirect to the path without;
//! then the target is parsed as the URL standard says (dot segments resolved also where they are escaped, other
//! characters escaped where the standard asks for it, nothing unescaped); then the trailing-slash redirect. The
//! base path is taken off last, and nothing after that looks at the raw bytes again.
//!
//! Different on purpose:
//! - *Absolute form* (RFC 9112 section 3.2.2) is accepted, by its path, when scheme and authority name the very host of
//!   the `Host` field, else 400: targets that name another host have led to forged requests.
//! - A fragment is cut off; raw bytes beyond ASCII are taken as UTF-8, else 400; control characters are 400.
//! - With a base path, `/.well-known/` stays spared, and the base path's own redirect is case-sensitive.
//!
//! Speed: one pass over the bytes proves that nothing needs a change, and then everything is borrowed.

mod authority;
mod path;
mod query;
mod slash;

use std::borrow::Cow;

pub use path::is_normal_path;
pub(crate) use path::serialize_text as serialize_path;
pub(crate) use query::{array_index, serialize_search};
pub use query::{handler_query, query_pairs};

use crate::percent;

/// What of next.config bears on the URL.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TargetRules {
    /// `basePath`: empty, or beginning with `/` and not ending with one. Default: empty.
    pub base_path: String,
    /// `trailingSlash`. Default: false.
    pub trailing_slash: bool,
    /// `skipTrailingSlashRedirect`: neither redirect is made, both spellings are served. Default: false.
    pub skip_trailing_slash_redirect: bool,
}

impl TargetRules {
    /// A normalised path without the base path; `None` where it is not below it.
    pub fn route_path<'path>(&self, path: &'path str) -> Option<&'path str> {
        let rest = &path[base_length(path, &self.base_path)?..];
        Some(if rest.is_empty() { "/" } else { rest })
    }
}

/// What a request target asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RequestTarget<'target> {
    /// A path to be served.
    Normal(NormalTarget<'target>),
    /// The path has another spelling: answer 308 with this `Location`, which begins with exactly one `/`.
    Redirect {
        /// The other spelling, query included.
        location: String,
    },
    /// `*`: the server as a whole. Valid for OPTIONS only (RFC 9112 section 3.2.4).
    Asterisk,
    /// Answer 400.
    Bad(BadTarget),
}

/// Why a request target is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum BadTarget {
    /// Neither a path, nor `*`, nor an absolute URL.
    #[error("the request target is neither a path nor a URL")]
    Form,
    /// An absolute URL of another scheme than http and https.
    #[error("the request target has an unknown scheme")]
    Scheme,
    /// An absolute URL of another host than the `Host` field names.
    #[error("the request target names another host than the `Host` field")]
    Authority,
    /// A control character or a space.
    #[error("the request target has a control character")]
    ControlCharacter,
    /// Bytes beyond ASCII that are not UTF-8.
    #[error("the request target is not valid UTF-8")]
    NotUtf8,
}

/// A normalised target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NormalTarget<'target> {
    /// The whole path, base path included, as the URL standard serialises it: what rules and the proxy match.
    pub path: Cow<'target, str>,
    /// The query as the URL standard serialises it, without `?`; `None` where it is empty. What rules match.
    pub search: Option<Cow<'target, str>>,
    /// The query as a handler sees it: see [`handler_query`].
    pub query: Option<Cow<'target, str>>,
    /// How much of the path is the base path; `None` outside of it.
    base_length: Option<usize>,
}

impl NormalTarget<'_> {
    /// The path without the base path: what the router matches, and what a handler sees in `request.url`. `None`
    /// where the path is not below the base path: nothing but rules that opt out of the base path apply.
    pub fn route_path(&self) -> Option<&str> {
        let path = &self.path[self.base_length?..];
        Some(if path.is_empty() { "/" } else { path })
    }
}

impl<'target> RequestTarget<'target> {
    /// Normalises the target of a request.
    ///
    /// `target` is what stands in the request line (or in `:path`), `host` the value of the `Host` field
    /// (`:authority`), of which there must be no two.
    pub fn read(target: &'target [u8], host: Option<&[u8]>, rules: &TargetRules) -> Self {
        match target {
            [b'/', ..] => Self::from_path(target, rules),
            [b'*'] => Self::Asterisk,
            _ => match authority::path_of_absolute(target, host) {
                Ok(rest) if rest.first() == Some(&b'/') => Self::from_path(rest, rules),
                // RFC 9110 section 4.2.3: an empty path is `/`.
                Ok(rest) => Self::from_path(b"/", rules).with_query_of(rest, rules),
                Err(bad) => Self::Bad(bad),
            },
        }
    }

    fn from_path(target: &'target [u8], rules: &TargetRules) -> Self {
        Self::try_from_path(target, rules).unwrap_or_else(Self::Bad)
    }

    fn try_from_path(target: &'target [u8], rules: &TargetRules) -> Result<Self, BadTarget> {
        let shape = path::Shape::of(target);
        let raw_path = &target[..shape.path_length];
        let raw_query = raw_query(&target[shape.path_length..]);
        let search = raw_query.map(serialize_search).transpose()?.filter(|search| !search.is_empty());
        if shape.has_repeated_slash {
            let mut location = path::serialize(&path::collapse_slashes(raw_path))?;
            push_query(&mut location, search.as_deref());
            return Ok(Self::Redirect { location });
        }
        let path = if shape.is_normal {
            Cow::Borrowed(path::plain_text(raw_path)?)
        } else {
            Cow::Owned(path::serialize(raw_path)?)
        };
        if let Some(mut location) = slash::redirect(&path, rules) {
            let query = search.as_deref().and_then(query::redirect_query);
            push_query(&mut location, query.as_deref());
            return Ok(Self::Redirect { location });
        }
        let base_length = base_length(&path, &rules.base_path);
        let query = search.clone().and_then(handler_query);
        Ok(Self::Normal(NormalTarget { path, search, query, base_length }))
    }

    /// The target of an absolute URL without a path: `rest` begins with `?` or `#` or is empty.
    fn with_query_of(self, rest: &'target [u8], rules: &TargetRules) -> Self {
        let Some(raw) = raw_query(rest) else { return self };
        let search = match serialize_search(raw) {
            Ok(search) => Some(search).filter(|search| !search.is_empty()),
            Err(bad) => return Self::Bad(bad),
        };
        match self {
            Self::Normal(target) => {
                let query = search.clone().and_then(handler_query);
                Self::Normal(NormalTarget { search, query, ..target })
            }
            Self::Redirect { .. } => {
                let Some(mut location) = slash::redirect("/", rules) else { return self };
                push_query(&mut location, search.as_deref().and_then(query::redirect_query).as_deref());
                Self::Redirect { location }
            }
            Self::Asterisk | Self::Bad(_) => self,
        }
    }
}

/// The query of what follows a path: from after `?` to a fragment.
fn raw_query(after_path: &[u8]) -> Option<&[u8]> {
    let query = after_path.strip_prefix(b"?")?;
    Some(&query[..memchr::memchr(b'#', query).unwrap_or(query.len())])
}

fn push_query(location: &mut String, query: Option<&str>) {
    if let Some(query) = query {
        location.push('?');
        location.push_str(query);
    }
}

fn base_length(path: &str, base_path: &str) -> Option<usize> {
    let rest = path.strip_prefix(base_path)?;
    (base_path.is_empty() || rest.is_empty() || rest.starts_with('/')).then_some(base_path.len())
}

/// Text of a target that holds neither control characters nor spaces.
fn checked_text(raw: &[u8]) -> Result<&str, BadTarget> {
    if raw.iter().any(|byte| *byte <= 0x20 || *byte == 0x7f) {
        return Err(BadTarget::ControlCharacter);
    }
    std::str::from_utf8(raw).map_err(|_| BadTarget::NotUtf8)
}

/// Text with the bytes that `is_encoded` names as escapes, borrowed where there is none.
fn encoded(raw: &[u8], is_encoded: impl Fn(u8) -> bool) -> Result<Cow<'_, str>, BadTarget> {
    let text = checked_text(raw)?;
    if !text.bytes().any(&is_encoded) {
        return Ok(Cow::Borrowed(text));
    }
    let mut output = String::with_capacity(text.len() + 16);
    percent::push_encoded(&mut output, text, is_encoded);
    Ok(Cow::Owned(output))
}
