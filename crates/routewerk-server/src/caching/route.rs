//! What a site says about its static routes: which they are, what their entries are found by, how long these live.
//! It is worked out once per build, so that a request only looks it up.

use std::borrow::Cow;
use std::collections::HashSet;
use std::sync::Arc;

use routewerk_cache::{BuildKey, Cache, Moment, ReplyKey};
use smallvec::SmallVec;

use super::canonical::escape_at;
use super::compressor::Compressor;
use super::user_store::UserStore;

/// Tells the time by which entries age.
pub type CacheClock = Arc<dyn Fn() -> Moment + Send + Sync>;

/// What the static routes of one site have in common.
pub struct StaticSite {
    /// The cache.
    pub cache: Cache,
    /// The build whose entries are served.
    pub build: BuildKey,
    /// The secret of the draft-mode cookie; `None` where there is no draft mode.
    pub draft_secret: Option<String>,
    /// `expireTime` of next.config: when an entry with a revalidate time and no expiry of its own is too old to be served
    /// while it is made anew. Seconds; `None` is never.
    pub expire_seconds: Option<u64>,
    /// The clock.
    pub clock: CacheClock,
    /// The user's own store, which keeps the entries in the cache's place; `None` where there is none.
    pub user_store: Option<UserStore>,
    /// Makes compressed forms of stored replies (`compress` of next.config); `None` sends all of them plain.
    pub compressor: Option<Compressor>,
}

impl StaticSite {
    /// This moment.
    pub(crate) fn now(&self) -> Moment {
        (self.clock)()
    }
}

impl std::fmt::Debug for StaticSite {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "StaticSite({:?})", self.build)
    }
}

/// The keys of the params that a build knows.
pub type ListedParams = HashSet<ReplyKey>;

/// What becomes of a GET whose params a build does not know.
#[derive(Clone, Debug, Default)]
pub enum OtherParams {
    /// Its reply is made when it is first asked for, and stored.
    #[default]
    Stored,
    /// Only these are served (`dynamicParams = false`).
    Refused(ListedParams),
    /// Only these are stored: a reply that `build` has tried to make depends on the request.
    Called(ListedParams),
}

/// A route whose GETs are answered from the cache.
#[derive(Clone, Debug)]
pub struct StaticRoute {
    site: Arc<StaticSite>,
    pattern: String,
    /// For each param, whether it takes several segments.
    params: SmallVec<[bool; 4]>,
    /// The key of a route without params.
    key: Option<ReplyKey>,
    others: OtherParams,
}

impl StaticRoute {
    /// A route of a pattern. `params` says of each, in the pattern's order, whether it takes several segments (or none).
    pub fn new(site: Arc<StaticSite>, pattern: String, params: impl IntoIterator<Item = bool>) -> Self {
        let params: SmallVec<[bool; 4]> = params.into_iter().collect();
        let key = params.is_empty().then(|| ReplyKey::new(site.build, &pattern, []));
        Self { site, pattern, params, key, others: OtherParams::Stored }
    }

    /// The same route, with what becomes of params that a build does not know.
    pub fn with_others(self, others: OtherParams) -> Self {
        Self { others, ..self }
    }

    /// The pattern.
    pub(crate) fn pattern(&self) -> &str {
        &self.pattern
    }

    /// What it shares with the other routes of its site.
    pub fn site(&self) -> &StaticSite {
        &self.site
    }

    /// The key of the entry of these params: the raw text of each, joined by LF
    /// (see [`HandlerCall::params`](routewerk_handler::HandlerCall::params)).
    pub fn key(&self, params: &str) -> ReplyKey {
        if let Some(key) = self.key {
            return key;
        }
        let mut values: SmallVec<[Cow<'_, str>; 8]> = SmallVec::new();
        for (text, is_several) in params.split('\n').zip(&self.params) {
            match is_several {
                true if text.is_empty() => {}
                true => values.extend(text.split('/').map(decoded)),
                false => values.push(decoded(text)),
            }
        }
        ReplyKey::new(self.site.build, &self.pattern, values.iter().map(AsRef::as_ref))
    }

    /// Whether it serves no other params than those that it names.
    pub(crate) fn has_listed(&self) -> bool {
        matches!(self.others, OtherParams::Refused(_))
    }

    /// Whether the reply for these params is stored.
    pub(crate) fn stores(&self, params: &str) -> bool {
        match &self.others {
            OtherParams::Stored | OtherParams::Refused(_) => true,
            OtherParams::Called(listed) => listed.contains(&self.key(params)),
        }
    }

    /// Whether these params are served at all.
    pub(crate) fn serves(&self, params: &str) -> bool {
        match &self.others {
            OtherParams::Stored | OtherParams::Called(_) => true,
            OtherParams::Refused(listed) => listed.contains(&self.key(params)),
        }
    }
}

/// A segment's text without its escapes. The site has checked that they decode; if they did not, the raw text would
/// be a key of its own.
fn decoded(text: &str) -> Cow<'_, str> {
    if memchr::memchr(b'%', text.as_bytes()).is_none() {
        return Cow::Borrowed(text);
    }
    let bytes = text.as_bytes();
    let mut output = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        let escaped = escape_at(&bytes[at..]);
        output.push(escaped.unwrap_or(*byte));
        at += if escaped.is_some() { 3 } else { 1 };
    }
    String::from_utf8(output).map_or(Cow::Borrowed(text), Cow::Owned)
}
