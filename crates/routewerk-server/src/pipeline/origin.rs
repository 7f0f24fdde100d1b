//! What a handler's `request.url` begins with.

use routewerk_handler::HeaderBlock;

use crate::options::{OriginPolicy, is_authority};

/// The origin policy with its texts made ready.
#[derive(Clone, Debug)]
pub(crate) struct Origin {
    policy: Policy,
    /// `http://` and `https://`, the listener's host and port behind them.
    plain: String,
    secure: String,
}

#[derive(Clone, Debug)]
enum Policy {
    Listener,
    TrustProxy,
    Fixed(String),
}

impl Origin {
    /// The origins of a listener's port.
    pub(crate) fn new(policy: &OriginPolicy, port: u16) -> Self {
        let (policy, hostname) = match policy {
            OriginPolicy::Listener { hostname } => (Policy::Listener, hostname.as_str()),
            OriginPolicy::TrustProxy { hostname } => (Policy::TrustProxy, hostname.as_str()),
            OriginPolicy::Fixed(origin) => (Policy::Fixed(origin.clone()), "localhost"),
        };
        let hostname = url_host(hostname);
        // WHATWG URLs leave a scheme's own port out.
        let with_port = |scheme: &str, own: u16| {
            if port == own { format!("{scheme}://{hostname}") } else { format!("{scheme}://{hostname}:{port}") }
        };
        Self { policy, plain: with_port("http", 80), secure: with_port("https", 443) }
    }

    /// The origin of calls that no client makes: nothing of a request is in it.
    pub(crate) fn own(&self) -> &str {
        match &self.policy {
            Policy::Listener | Policy::TrustProxy => &self.plain,
            Policy::Fixed(origin) => origin,
        }
    }

    /// Calls `then` with the origin of a request. `is_forwarded_https` is whether `x-forwarded-proto` holds `https`.
    pub(crate) fn with<R>(&self, fields: &HeaderBlock, is_forwarded_https: bool, then: impl FnOnce(&str) -> R) -> R {
        let listener = if is_forwarded_https { &self.secure } else { &self.plain };
        match &self.policy {
            Policy::Listener => then(listener),
            Policy::Fixed(origin) => then(origin),
            Policy::TrustProxy => match forwarded(fields) {
                Some(origin) => then(&origin),
                None => then(listener),
            },
        }
    }
}

/// The origin that a trusted proxy names: the first of `x-forwarded-host`, else `Host`, with the first of
/// `x-forwarded-proto`. `None` where there is no host or it is malformed.
fn forwarded(fields: &HeaderBlock) -> Option<String> {
    let host = fields.first("x-forwarded-host").map(first_of_list).filter(|host| !host.is_empty());
    let host = host.or_else(|| fields.first("host"))?;
    if !is_authority(host) {
        return None;
    }
    let host = std::str::from_utf8(host).ok()?.to_ascii_lowercase();
    let secure =
        fields.first("x-forwarded-proto").map(first_of_list).is_some_and(|proto| proto.eq_ignore_ascii_case(b"https"));
    let (scheme, own_port) = if secure { ("https", ":443") } else { ("http", ":80") };
    let host = host.strip_suffix(own_port).unwrap_or(&host);
    Some(format!("{scheme}://{host}"))
}

fn first_of_list(value: &[u8]) -> &[u8] {
    value.split(|byte| *byte == b',').next().unwrap_or_default().trim_ascii()
}

/// A host as Next.js writes it: loopback addresses are `localhost`, other IPv6 addresses stand in brackets.
fn url_host(hostname: &str) -> String {
    let bare = hostname.trim_start_matches('[').trim_end_matches(']');
    match bare.parse::<std::net::IpAddr>() {
        Ok(address) if address.is_loopback() => "localhost".to_owned(),
        Ok(std::net::IpAddr::V6(address)) => format!("[{address}]"),
        Ok(std::net::IpAddr::V4(_)) | Err(_) => hostname.to_ascii_lowercase(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origin(policy: &OriginPolicy, port: u16, fields: &[(&str, &str)]) -> String {
        let mut block = HeaderBlock::new();
        let mut https = false;
        for (name, value) in fields {
            block.push_parsed(name.as_bytes(), value.as_bytes());
            https |= *name == "x-forwarded-proto" && value.contains("https");
        }
        Origin::new(policy, port).with(&block, https, str::to_owned)
    }

    fn listener(hostname: &str) -> OriginPolicy {
        OriginPolicy::Listener { hostname: hostname.to_owned() }
    }

    #[test]
    fn the_listener_names_the_origin_and_the_client_cannot() {
        let sent = [("host", "evil.example"), ("x-forwarded-host", "evil.example")];
        assert_eq!(origin(&listener("localhost"), 3000, &sent), "http://localhost:3000");
        assert_eq!(origin(&listener("127.0.0.1"), 3000, &[]), "http://localhost:3000");
        assert_eq!(origin(&listener("::1"), 3000, &[]), "http://localhost:3000");
        assert_eq!(origin(&listener("0.0.0.0"), 3000, &[]), "http://0.0.0.0:3000");
        assert_eq!(origin(&listener("api.test"), 80, &[]), "http://api.test");
    }

    #[test]
    fn a_forwarded_https_changes_the_scheme_alone() {
        assert_eq!(
            origin(&listener("localhost"), 3000, &[("x-forwarded-proto", "https,http")]),
            "https://localhost:3000"
        );
        assert_eq!(origin(&listener("localhost"), 443, &[("x-forwarded-proto", "https")]), "https://localhost");
    }

    #[test]
    fn a_trusted_proxy_names_the_origin() {
        let trust = OriginPolicy::TrustProxy { hostname: "localhost".to_owned() };
        let sent =
            [("host", "inner:3000"), ("x-forwarded-host", "api.example.com, inner"), ("x-forwarded-proto", "https")];
        assert_eq!(origin(&trust, 3000, &sent), "https://api.example.com");
        assert_eq!(origin(&trust, 3000, &[("host", "Api.example.com:80")]), "http://api.example.com");
        assert_eq!(origin(&trust, 3000, &[("host", "a/b@c")]), "http://localhost:3000");
        assert_eq!(origin(&trust, 3000, &[]), "http://localhost:3000");
    }

    #[test]
    fn a_fixed_origin_is_fixed() {
        let fixed = OriginPolicy::Fixed("https://api.example.com".to_owned());
        assert_eq!(origin(&fixed, 3000, &[("x-forwarded-proto", "http")]), "https://api.example.com");
    }
}
