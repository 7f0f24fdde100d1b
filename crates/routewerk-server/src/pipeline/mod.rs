//! What becomes of a request, whatever wire it came over: an answer of the server's own, or a call.
//!
//! Deciding is one synchronous step without I/O: the target is normalised and matched once, by the [`Site`], and
//! everything afterwards works on that one value. Params come from the matched path alone.
//!
//! [`Site`]: crate::site::Site

mod accept;
mod fields;
mod methods;
mod origin;
mod problem;

use std::cell::RefCell;
use std::sync::Arc;

use bytes::Bytes;
use routewerk_handler::{HandlerCall, HandlerReply, HeaderBlock, Method, MethodSet, ReplyBody, RequestBody, RouteId};
use routewerk_routes::rules::RuleFields;

pub(crate) use self::fields::{ForwardedText, Peer, ReplyField, RequestField, RequestFields};
pub(crate) use self::methods::MethodToken;
pub(crate) use self::origin::Origin;
pub(crate) use self::problem::Problem;
use crate::caching::{CachedRequest, DraftCookie};
use crate::forward::Forward;
use crate::options::{ErrorFormat, ServerOptions};
use crate::site::{Resolution, SharedSite, Site, SiteRequest, SiteView};

/// A request's head, as a wire hands it over.
pub(crate) struct Inbound<'wire> {
    /// What the method is.
    pub(crate) method: MethodToken,
    /// The request target in origin form, absolute form, or `*`.
    pub(crate) target: &'wire [u8],
    /// The request's `Host` or `:authority`.
    pub(crate) host: Option<&'wire [u8]>,
    /// The fields, internal ones removed.
    pub(crate) fields: RequestFields,
    /// The client.
    pub(crate) peer: &'wire Peer,
}

/// What becomes of a request, and what next.config adds to its reply.
pub(crate) struct Decided {
    /// What becomes of it.
    pub(crate) decision: Decision,
    /// The fields of next.config.
    pub(crate) fields: Option<Box<RuleFields>>,
}

/// What becomes of a request.
pub(crate) enum Decision {
    /// The server answers itself.
    Reply {
        /// The answer.
        reply: HandlerReply,
        /// The route that matched, if one did.
        route: Option<RouteId>,
    },
    /// A handler answers.
    Call {
        /// The call; its body is still to be put in.
        call: HandlerCall,
        /// Whether an error answer should be HTML: the call takes the request's fields with it.
        prefers_html: bool,
        /// Whether the client sees drafts of a static route: its reply must be stored nowhere.
        is_draft: bool,
    },
    /// The cache answers, at once or when the entry has been made.
    Cached(CachedRequest),
    /// Another server answers.
    Forward {
        /// The request for it; its body is still to be put in.
        forward: Forward,
        /// Whether an error answer should be HTML: the request's fields go with it.
        prefers_html: bool,
    },
}

/// The rules of one front thread.
pub(crate) struct Pipeline {
    site: RefCell<SiteView>,
    origin: Origin,
    forwarded: ForwardedText,
    error_format: ErrorFormat,
}

impl Pipeline {
    /// The rules for a site behind a port.
    pub(crate) fn new(site: &SharedSite, options: &ServerOptions, port: u16) -> Self {
        use crate::options::OriginPolicy as Policy;
        let hostname = match &options.origin {
            Policy::Listener { hostname } | Policy::TrustProxy { hostname } => hostname.clone(),
            Policy::Fixed(_) => "localhost".to_owned(),
        };
        Self {
            site: RefCell::new(site.view()),
            origin: Origin::new(&options.origin, port),
            forwarded: ForwardedText { hostname, port: port.to_string() },
            error_format: options.error_format,
        }
    }

    /// Decides.
    pub(crate) fn decide(&self, inbound: Inbound<'_>) -> Decided {
        let Inbound { method, target, host, fields, .. } = &inbound;
        if *target == b"*" {
            let decision = self.answer_asterisk(*method, fields.prefers_html());
            return Decided { decision, fields: None };
        }
        let mut view = self.site.borrow_mut();
        let site = view.current();
        let resolved = self.origin.with(&fields.block, fields.is_forwarded_https, |origin| {
            site.resolve(&SiteRequest { target, host: *host, origin, headers: &fields.block })
        });
        let decision = self.decide_resolved(inbound, resolved.resolution, site);
        Decided { decision, fields: resolved.fields }
    }

    fn decide_resolved(&self, inbound: Inbound<'_>, resolution: Resolution, site: &dyn Site) -> Decision {
        let Inbound { method, target: _, host, mut fields, peer } = inbound;
        let problem = |problem: Problem, route| Decision::Reply {
            reply: problem.into_reply(self.error_format, fields.prefers_html()),
            route,
        };
        let found = match resolution {
            Resolution::Route(found) => found,
            Resolution::Page => return problem(PAGE, None),
            Resolution::NotFound => return problem(NOT_FOUND, None),
            Resolution::Malformed => return problem(MALFORMED_TARGET, None),
            Resolution::RuleFailed => return problem(RULE_FAILED, None),
            Resolution::Away(to) => {
                let MethodToken::Served(method) = method else { return problem(UNRECOGNISED_METHOD, None) };
                let prefers_html = fields.prefers_html();
                let forward = Forward { to, method, headers: fields.block, body: RequestBody::Empty };
                return Decision::Forward { forward, prefers_html };
            }
            Resolution::Redirect { location, status } => {
                return Decision::Reply { reply: redirect(location, status), route: None };
            }
        };
        let caching = site.caching(found.route);
        let draft = caching
            .and_then(|caching| caching.site().draft_secret.as_deref())
            .map_or(DraftCookie::Absent, |secret| DraftCookie::of(&fields.block, secret));
        let is_draft = draft == DraftCookie::Right;
        let methods = site.methods(found.route);
        match verdict(method, methods) {
            Verdict::Call(method) => {
                let prefers_html = fields.prefers_html();
                let is_get = matches!(method, Method::Get | Method::Head);
                if let Some(caching) = caching.filter(|caching| is_get && !is_draft && caching.stores(&found.params)) {
                    return Decision::Cached(CachedRequest {
                        route: found.route,
                        caching: Arc::clone(caching),
                        // The entry is that of the path where it lies, however its first visitor came.
                        url: match found.destination {
                            Some(path) => format!("{}{path}", self.origin.own()),
                            None => found.url,
                        },
                        params: found.params,
                        fields: fields.block,
                        prefers_html,
                        takes_cookie_back: draft == DraftCookie::Wrong,
                    });
                }
                fields.add_forwarded(host, peer, &self.forwarded);
                let call = HandlerCall {
                    route: found.route,
                    method,
                    url: found.url,
                    params: found.params,
                    headers: fields.block,
                    body: RequestBody::Empty,
                    generation: None,
                };
                Decision::Call { call, prefers_html, is_draft }
            }
            Verdict::Options(methods) => {
                let mut headers = HeaderBlock::new();
                headers.push_parsed(b"allow", methods.allow().as_bytes());
                let reply =
                    HandlerReply { status: 204, reason: None, headers, body: ReplyBody::Null, sent: None, facts: None };
                Decision::Reply { reply, route: Some(found.route) }
            }
            Verdict::NotAllowed(methods) => {
                let mut reply = NOT_ALLOWED.into_reply(self.error_format, fields.prefers_html());
                if let Some(methods) = methods {
                    reply.headers.push_parsed(b"allow", methods.allow().as_bytes());
                }
                Decision::Reply { reply, route: Some(found.route) }
            }
            Verdict::Unrecognised => problem(UNRECOGNISED_METHOD, Some(found.route)),
        }
    }

    /// What the URLs of calls that no client makes begin with.
    pub(crate) fn own_origin(&self) -> &str {
        self.origin.own()
    }

    /// An error answer outside of a decision.
    pub(crate) fn problem(&self, problem: Problem, prefers_html: bool) -> HandlerReply {
        problem.into_reply(self.error_format, prefers_html)
    }

    /// `OPTIONS *` asks about the server as a whole (RFC 9110 section 9.3.7); no other method has this target.
    fn answer_asterisk(&self, method: MethodToken, prefers_html: bool) -> Decision {
        let reply = if method == MethodToken::Served(Method::Options) {
            let all: MethodSet = Method::ALL.into_iter().filter(|method| *method != Method::Query).collect();
            let mut headers = HeaderBlock::new();
            headers.push_parsed(b"allow", all.allow().as_bytes());
            HandlerReply { status: 204, reason: None, headers, body: ReplyBody::Null, sent: None, facts: None }
        } else {
            MALFORMED_TARGET.into_reply(self.error_format, prefers_html)
        };
        Decision::Reply { reply, route: None }
    }
}

const PAGE: Problem = Problem::outside(404, "this path belongs to a page, and pages are not served here");
const NOT_FOUND: Problem = Problem::outside(404, "no route matches this path");
const MALFORMED_TARGET: Problem = Problem::outside(400, "the request target is malformed");
const RULE_FAILED: Problem = Problem::outside(500, "a rule of the configuration cannot be applied to this request");
const NOT_ALLOWED: Problem = Problem::in_route(405, "the route has no handler for this method");
const UNRECOGNISED_METHOD: Problem = Problem::in_route(400, "no route can have a handler for this method");

/// What a route's methods say to a request's.
enum Verdict {
    Call(Method),
    Options(MethodSet),
    NotAllowed(Option<MethodSet>),
    Unrecognised,
}

/// `methods` is `None` where they are not known before the route has been loaded; its worker then decides.
fn verdict(method: MethodToken, methods: Option<MethodSet>) -> Verdict {
    let method = match method {
        MethodToken::Served(method) => method,
        MethodToken::Trace => return Verdict::NotAllowed(methods),
        MethodToken::Known | MethodToken::Connect | MethodToken::Unknown => return Verdict::Unrecognised,
    };
    let Some(methods) = methods else { return Verdict::Call(method) };
    match method {
        _ if methods.contains(method) => Verdict::Call(method),
        Method::Head if methods.contains(Method::Get) => Verdict::Call(method),
        Method::Options => Verdict::Options(methods),
        // Next.js 16.4.6 does not know it; a route that does not export it is not asked.
        Method::Query => Verdict::Unrecognised,
        Method::Get | Method::Head | Method::Post | Method::Put | Method::Delete | Method::Patch => {
            Verdict::NotAllowed(Some(methods))
        }
    }
}

/// A redirect as Next.js has it: the location is the body too, and there is no content type.
fn redirect(location: String, status: u16) -> HandlerReply {
    let mut headers = HeaderBlock::with_capacity(location.len() * 2 + 32);
    headers.push_parsed(b"location", location.as_bytes());
    if status == 308 {
        let mut refresh = Vec::with_capacity(location.len() + 6);
        refresh.extend_from_slice(b"0;url=");
        refresh.extend_from_slice(location.as_bytes());
        headers.push_parsed(b"refresh", &refresh);
    }
    HandlerReply {
        status,
        reason: None,
        headers,
        body: ReplyBody::Complete(Bytes::from(location)),
        sent: None,
        facts: None,
    }
}
