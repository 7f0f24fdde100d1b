//! What a client gets instead of a route that does not compile: a page for browsers, JSON for everyone else, and to
//! strangers nothing but the status.

use bytes::Bytes;
use routewerk_bundle::dev::DevError;
use routewerk_handler::HeaderBlock;
use routewerk_server::GatePage;
use serde_json::json;

/// What is wrong.
#[derive(Clone, Debug)]
pub(crate) enum Problem {
    /// Modules that do not compile or are not found.
    Compile(DevError),
    /// The project as a whole: routes at odds.
    Project(String),
    /// What `generateStaticParams` has thrown.
    Params(String),
    /// A path that `generateStaticParams` does not name, where `dynamicParams` is false.
    NotListed,
}

impl Problem {
    /// What is wrong, as plain text of several lines.
    pub(crate) fn text(&self) -> String {
        match self {
            Self::Compile(error) => error.to_string(),
            Self::Project(text) | Self::Params(text) => text.clone(),
            Self::NotListed => "generateStaticParams does not name this path, and dynamicParams is false".to_owned(),
        }
    }

    fn title(&self) -> &'static str {
        match self {
            Self::Compile(_) => "Failed to compile",
            Self::Project(_) => "Conflicting routes",
            Self::Params(_) => "generateStaticParams has failed",
            Self::NotListed => "Not Found",
        }
    }

    const fn status(&self) -> u16 {
        match self {
            Self::Compile(_) | Self::Project(_) | Self::Params(_) => 500,
            Self::NotListed => 404,
        }
    }
}

/// The page.
pub(crate) fn page(problem: &Problem, headers: &HeaderBlock, may_see_code: bool) -> GatePage {
    let status = problem.status();
    if !may_see_code && status == 500 {
        return GatePage {
            status: 500,
            content_type: "text/plain; charset=utf-8",
            body: Bytes::from_static(b"Internal Server Error"),
        };
    }
    if prefers_html(headers) {
        return GatePage { status, content_type: "text/html; charset=utf-8", body: html(problem).into() };
    }
    let details = match problem {
        Problem::Compile(error) => error.to_json(),
        Problem::Project(_) | Problem::Params(_) | Problem::NotListed => json!({ "message": problem.text() }),
    };
    let body = json!({ "type": "about:blank", "title": problem.title(), "status": status, "error": details });
    GatePage { status, content_type: "application/problem+json", body: format!("{body:#}\n").into() }
}

/// Whether the client is a browser that shows a page, as far as it says so.
fn prefers_html(headers: &HeaderBlock) -> bool {
    headers.first("accept").is_some_and(|accept| accept.windows(9).any(|window| window == b"text/html"))
}

fn html(problem: &Problem) -> String {
    const STYLE: &str = "body{margin:0;background:#fff;color:#1a1a1a;font:15px/1.5 system-ui,sans-serif}\
        main{max-width:60rem;margin:4rem auto;padding:0 1.5rem}h1{font-size:1.2rem;color:#c22}\
        pre{overflow:auto;padding:1rem;border-radius:6px;background:#f4f4f5;font:13px/1.5 ui-monospace,monospace;\
        white-space:pre-wrap}\
        @media(prefers-color-scheme:dark){body{background:#111;color:#eee}h1{color:#f66}pre{background:#1c1c1f}}";
    let title = problem.title();
    let text = escape(&problem.text());
    format!(
        "<!doctype html><html lang=en><head><meta charset=utf-8><meta name=viewport \
         content=\"width=device-width\"><title>{title}</title><style>{STYLE}</style></head><body><main><h1>{title}</h1>\
         <pre>{text}</pre><p>Save the file to try again, then load this page anew.</p></main></body></html>\n"
    )
}

/// Text inside of an element.
fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(accept: &str, may_see_code: bool) -> (GatePage, String) {
        let mut headers = HeaderBlock::new();
        headers.push(b"accept", accept.as_bytes()).unwrap();
        let problem = Problem::Project("<script>at ./app/secret.ts".to_owned());
        let page = page(&problem, &headers, may_see_code);
        let body = String::from_utf8_lossy(&page.body).into_owned();
        (page, body)
    }

    #[test]
    fn browsers_get_a_page_and_others_json() {
        let (page, body) = shown("text/html,*/*;q=0.8", true);
        assert_eq!((page.status, page.content_type), (500, "text/html; charset=utf-8"));
        assert!(body.contains("&lt;script&gt;at ./app/secret.ts"), "{body}");
        let (page, body) = shown("*/*", true);
        assert_eq!(page.content_type, "application/problem+json");
        let json: serde_json::Value = serde_json::from_str(&body).unwrap();
        assert_eq!(json["error"]["message"], "<script>at ./app/secret.ts");
    }

    #[test]
    fn strangers_get_the_status_alone() {
        let (page, body) = shown("text/html", false);
        assert_eq!((page.status, body.as_str()), (500, "Internal Server Error"));
    }
}
