//! Error answers that the server makes itself: a status and a safe text, as problem details (RFC 9457) or HTML.
//!
//! Nothing of a request, a path on disk or an error's own text is ever in one: the log has all of that.

use bytes::Bytes;
use routewerk_handler::{HandlerReply, HeaderBlock, ReplyBody};

use crate::options::ErrorFormat;
use crate::status::reason;

/// Whether an error ends inside a route (where Next.js's answer has an empty body) or outside of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// A route matched and its own rules refuse the request.
    InRoute,
    /// There is no route, or the request never gets to one.
    Outside,
}

/// An error on its way to a client.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Problem {
    /// The status.
    pub(crate) status: u16,
    /// What is wrong, in words that any client may read.
    pub(crate) detail: &'static str,
    /// Where it came up.
    pub(crate) place: Place,
}

impl Problem {
    /// An error outside of routes.
    pub(crate) const fn outside(status: u16, detail: &'static str) -> Self {
        Self { status, detail, place: Place::Outside }
    }

    /// An error inside a route.
    pub(crate) const fn in_route(status: u16, detail: &'static str) -> Self {
        Self { status, detail, place: Place::InRoute }
    }

    /// The answer, for a client that prefers HTML or does not.
    pub(crate) fn into_reply(self, format: ErrorFormat, prefers_html: bool) -> HandlerReply {
        let shape = match (format, self.place) {
            (ErrorFormat::Empty, _) | (ErrorFormat::Auto, Place::InRoute) => Shape::Empty,
            (ErrorFormat::Html, _) => Shape::Html,
            (ErrorFormat::Auto, Place::Outside) if prefers_html => Shape::Html,
            (ErrorFormat::Problem, _) | (ErrorFormat::Auto, Place::Outside) => Shape::Problem,
        };
        let mut headers = HeaderBlock::with_capacity(192);
        let body = match shape {
            Shape::Empty => Bytes::new(),
            Shape::Problem => {
                headers.push_parsed(b"content-type", b"application/problem+json");
                self.problem_text().into()
            }
            Shape::Html => {
                headers.push_parsed(b"content-type", b"text/html; charset=utf-8");
                self.html_text().into()
            }
        };
        if self.place == Place::Outside {
            // The value of Next.js on its own error pages.
            headers.push_parsed(b"cache-control", b"private, no-cache, no-store, max-age=0, must-revalidate");
        }
        HandlerReply {
            status: self.status,
            reason: None,
            headers,
            body: ReplyBody::Complete(body),
            sent: None,
            facts: None,
        }
    }

    fn problem_text(self) -> String {
        // Titles and details are constants of this crate without a character that JSON escapes.
        format!(
            r#"{{"type":"about:blank","title":"{}","status":{},"detail":"{}"}}"#,
            reason(self.status),
            self.status,
            self.detail
        )
    }

    fn html_text(self) -> String {
        let (status, title, detail) = (self.status, reason(self.status), self.detail);
        format!(
            "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <title>{status}: {title}</title>\n\
             <style>:root{{color-scheme:light dark}}body{{font:16px/1.5 system-ui,sans-serif;margin:15vh auto;\
             max-width:36em;padding:0 1em}}</style>\n\
             </head>\n<body>\n<h1>{status}: {title}</h1>\n<p>{detail}</p>\n</body>\n</html>\n"
        )
    }
}

#[derive(Clone, Copy)]
enum Shape {
    Empty,
    Problem,
    Html,
}
