//! The rules of next.config around the look-up of a route, in Next.js's order, and their fields in front of a reply's own.
//!
//! Headers, redirects, rewrites before files, exact routes, rewrites after files, all routes, rewrites of last resort. The
//! target has been normalised before, so that no spelling of a path slips past a rule. (The user's proxy will have its
//! place between redirects and rewrites.)
//!
//! A handler's reply gives way to the fields of next.config, but for those of which a reply has several (`Set-Cookie`,
//! `Vary`, …), where it has both. A reply that the server makes itself keeps its own: an error stays an error that is
//! stored nowhere.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use routewerk_handler::HeaderBlock;
use routewerk_routes::rules::{Away, Passage, Place, RequestFacts, Rewritten, RuleFailure, RuleFields, Rules};
use routewerk_routes::target::NormalTarget;

use crate::forward::{Destination, ForwardFailure, ForwardSettings};
use crate::site::{Resolution, Resolved, SiteRequest};

/// Looks routes up by paths that include the base path.
pub(crate) trait Routes {
    /// A route without parameters.
    fn exact(&self, path: &str, is_rewritten: bool) -> Option<Resolution>;

    /// Any route.
    fn any(&self, path: &str, is_rewritten: bool) -> Option<Resolution>;
}

/// What went wrong with a rule and a request.
#[derive(Debug, thiserror::Error)]
pub enum RuleTrouble<'request> {
    /// The rule cannot be applied: the request is answered 500.
    #[error(transparent)]
    Rule(&'request RuleFailure),
    /// The request could not be forwarded to another server: it is answered 500.
    #[error("Failed to proxy {url} {failure}")]
    Forward {
        /// The URL there.
        url: &'request str,
        /// Why.
        failure: &'request ForwardFailure,
    },
}

/// Rules, and who is told where they cannot be applied.
pub(crate) struct AppliedRules {
    rules: Rules,
    forward: Arc<ForwardSettings>,
}

impl AppliedRules {
    pub(crate) fn new(
        rules: Rules,
        timeout: Option<Duration>,
        report: impl Fn(&RuleTrouble<'_>) + Send + Sync + 'static,
    ) -> Self {
        Self { rules, forward: Arc::new(ForwardSettings { timeout, report: Arc::new(report) }) }
    }

    /// What a request names under the rules.
    pub(crate) fn resolve(
        &self,
        target: &NormalTarget<'_>,
        request: &SiteRequest<'_>,
        routes: &dyn Routes,
    ) -> Resolved {
        let facts = Facts(request.headers);
        let mut passage = self.rules.begin(&target.path, target.search.as_deref(), &facts);
        self.pass(&mut passage, routes).unwrap_or_else(|failure| {
            (self.forward.report)(&RuleTrouble::Rule(&failure));
            Resolution::RuleFailed.into()
        })
    }

    fn pass(&self, passage: &mut Passage<'_>, routes: &dyn Routes) -> Result<Resolved, RuleFailure> {
        let fields = passage.fields()?.map(Box::new);
        if let Some(redirect) = passage.redirect()? {
            // As in Next.js, a redirect has none of the fields.
            let (location, status) = (redirect.location, redirect.status);
            return Ok(Resolution::Redirect { location, status }.into());
        }
        let found = if self.rules.has_rewrites() {
            match self.rewrite(passage, routes)? {
                // As in Next.js, what another server answers has none of the fields.
                Some(away @ Resolution::Away(_)) => return Ok(away.into()),
                found => found,
            }
        } else {
            routes.exact(passage.path(), false).or_else(|| routes.any(passage.path(), false))
        };
        Ok(Resolved { resolution: found.unwrap_or(Resolution::NotFound), fields })
    }

    fn rewrite(&self, passage: &mut Passage<'_>, routes: &dyn Routes) -> Result<Option<Resolution>, RuleFailure> {
        let any = |path: &str| routes.any(path, true);
        let away = |away: &Away| Resolution::Away(Destination::new(away, &self.forward));
        match passage.rewrite(Place::BeforeFiles, |_| None)? {
            Rewritten::Nothing => {}
            Rewritten::Found(found) => return Ok(Some(found)),
            Rewritten::Away(to) => return Ok(Some(away(&to))),
        }
        if let Some(found) = routes.exact(passage.path(), passage.rewritten_path().is_some()) {
            return Ok(Some(found));
        }
        match passage.rewrite(Place::AfterFiles, any)? {
            Rewritten::Nothing => {}
            Rewritten::Found(found) => return Ok(Some(found)),
            Rewritten::Away(to) => return Ok(Some(away(&to))),
        }
        if let Some(found) = routes.any(passage.path(), passage.rewritten_path().is_some()) {
            return Ok(Some(found));
        }
        match passage.rewrite(Place::Fallback, any)? {
            Rewritten::Found(found) => Ok(Some(found)),
            Rewritten::Nothing => Ok(None),
            Rewritten::Away(to) => Ok(Some(away(&to))),
        }
    }
}

/// A request's fields, as Node.js gives them to Next.js.
struct Facts<'request>(&'request HeaderBlock);

/// Fields of which Node.js keeps the first alone (`IncomingMessage.headers`).
const SINGLE: [&str; 18] = [
    "age",
    "authorization",
    "content-length",
    "content-type",
    "etag",
    "expires",
    "from",
    "host",
    "if-modified-since",
    "if-unmodified-since",
    "last-modified",
    "location",
    "max-forwards",
    "proxy-authorization",
    "referer",
    "retry-after",
    "server",
    "user-agent",
];

impl RequestFacts for Facts<'_> {
    fn field<'facts>(&'facts self, name: &str) -> Option<Cow<'facts, str>> {
        let mut values = self.0.iter().filter(|(found, _)| *found == name.as_bytes()).map(|(_, value)| value);
        let first = values.next()?;
        let mut text = latin1(first);
        if !SINGLE.contains(&name) {
            let separator = if name == "cookie" { "; " } else { ", " };
            for value in values {
                let text = text.to_mut();
                text.push_str(separator);
                text.push_str(&latin1(value));
            }
        }
        Some(text)
    }
}

fn latin1(value: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(value) {
        Ok(text) if value.is_ascii() => Cow::Borrowed(text),
        _ => Cow::Owned(value.iter().map(|byte| char::from(*byte)).collect()),
    }
}

/// Makes room for the fields of next.config in front of a handler's: takes out what they replace. `Vary` is one line in
/// the end, as Next.js has it.
pub(crate) fn give_way(headers: &mut HeaderBlock, fields: &mut RuleFields) {
    let joins_vary = fields.contains("vary");
    if joins_vary {
        headers.all("vary").for_each(|vary| fields.append("vary", vary));
    }
    headers.retain(|name, _| !(fields.replaces(name) || joins_vary && name == b"vary"));
}

/// The fields of next.config in front of those of a reply that the server has made: without those that it has itself.
pub(crate) fn beside_own(mut fields: RuleFields, headers: &HeaderBlock) -> RuleFields {
    fields.retain(|name| RuleFields::is_added(name) || !headers.contains(name));
    fields
}

/// The fields of next.config on a reply that no cache may keep, whatever they say.
pub(crate) fn for_nobody_else(mut fields: RuleFields) -> RuleFields {
    fields.retain(|name| !name.ends_with("cache-control") && !matches!(name, "expires" | "pragma"));
    fields
}
