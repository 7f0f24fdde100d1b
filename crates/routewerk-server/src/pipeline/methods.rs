//! Request methods: those that a handler can be exported for, those that are merely known, and the rest.

use routewerk_handler::Method;

/// What a method token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MethodToken {
    /// A handler can be exported for it.
    Served(Method),
    /// Node.js's parser knows it, no handler can be exported for it.
    Known,
    /// `TRACE`, which must not echo a request's fields back to a script (RFC 9110 section 9.3.8).
    Trace,
    /// `CONNECT`, which is for proxies.
    Connect,
    /// Node.js's parser does not know it: a syntax error there. Methods are case-sensitive.
    Unknown,
}

/// The methods of Node.js 20's parser that no handler can be exported for (`http.METHODS`).
const KNOWN: [&str; 25] = [
    "ACL",
    "BIND",
    "CHECKOUT",
    "COPY",
    "LINK",
    "LOCK",
    "M-SEARCH",
    "MERGE",
    "MKACTIVITY",
    "MKCALENDAR",
    "MKCOL",
    "MOVE",
    "NOTIFY",
    "PROPFIND",
    "PROPPATCH",
    "PURGE",
    "REBIND",
    "REPORT",
    "SEARCH",
    "SOURCE",
    "SUBSCRIBE",
    "UNBIND",
    "UNLINK",
    "UNLOCK",
    "UNSUBSCRIBE",
];

impl MethodToken {
    /// What a token is.
    pub(crate) fn of(token: &[u8]) -> Self {
        match token {
            b"GET" => Self::Served(Method::Get),
            b"TRACE" => Self::Trace,
            b"CONNECT" => Self::Connect,
            _ => match Method::from_token(token) {
                Some(method) => Self::Served(method),
                None if KNOWN.iter().any(|known| known.as_bytes() == token) => Self::Known,
                None => Self::Unknown,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_decides() {
        assert_eq!(MethodToken::of(b"GET"), MethodToken::Served(Method::Get));
        assert_eq!(MethodToken::of(b"QUERY"), MethodToken::Served(Method::Query));
        assert_eq!(MethodToken::of(b"PROPFIND"), MethodToken::Known);
        assert_eq!(MethodToken::of(b"get"), MethodToken::Unknown);
        assert_eq!(MethodToken::of(b"FOO"), MethodToken::Unknown);
    }
}
