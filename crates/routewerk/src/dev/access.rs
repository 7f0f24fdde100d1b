//! Who may see code: excerpts of source files go to this machine and to origins that next.config names, to nobody else.
//!
//! The peer's address alone does not tell: a page of a stranger's, opened in a browser on this machine, can send requests
//! to it, under a name of its own that it points here (DNS rebinding). So the names that the request speaks of, `Host` and
//! `Origin`, must be loopback's or allowed ones too.

use std::net::{IpAddr, SocketAddr};

use routewerk_handler::HeaderBlock;

/// Whether a request may get excerpts of source files.
pub(crate) fn may_see_code(peer: SocketAddr, headers: &HeaderBlock, allowed: &[String]) -> bool {
    let text = |name| headers.first(name).and_then(|value| std::str::from_utf8(value).ok());
    let Some(host) = text("host").map(without_port) else { return false };
    let origin = text("origin").map(|origin| without_port(origin.split_once("://").map_or(origin, |(_, rest)| rest)));
    let is_known = |name: &str| is_loopback_name(name) || is_allowed(name, allowed);
    let names_are_known = is_known(host) && origin.is_none_or(is_known);
    let peer_is_here = peer.ip().to_canonical().is_loopback();
    names_are_known && (peer_is_here || is_allowed(host, allowed))
}

/// The host without its port.
fn without_port(authority: &str) -> &str {
    match authority.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((address, _)) => address,
        None => authority.split(':').next().unwrap_or_default(),
    }
}

/// `localhost`, names below it, and loopback addresses.
fn is_loopback_name(host: &str) -> bool {
    let host = host.to_ascii_lowercase();
    host == "localhost"
        || host.ends_with(".localhost")
        || host.parse::<IpAddr>().is_ok_and(|address| address.to_canonical().is_loopback())
}

/// Whether a pattern of `allowedDevOrigins` fits: a name, or `*` for one label and `**` for any number of them.
fn is_allowed(host: &str, allowed: &[String]) -> bool {
    let labels: Vec<_> = host.split('.').collect();
    allowed.iter().any(|pattern| {
        let pattern = without_port(pattern.split_once("://").map_or(pattern.as_str(), |(_, rest)| rest));
        fits(&pattern.split('.').collect::<Vec<_>>(), &labels)
    })
}

fn fits(pattern: &[&str], labels: &[&str]) -> bool {
    match pattern {
        [] => labels.is_empty(),
        ["**", rest @ ..] => (1..=labels.len()).any(|taken| fits(rest, &labels[taken..])),
        ["*", rest @ ..] => !labels.is_empty() && fits(rest, &labels[1..]),
        [label, rest @ ..] => {
            labels.first().is_some_and(|found| found.eq_ignore_ascii_case(label)) && fits(rest, &labels[1..])
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn may(peer: &str, headers: &[(&str, &str)], allowed: &[&str]) -> bool {
        let mut block = HeaderBlock::new();
        for (name, value) in headers {
            block.push(name.as_bytes(), value.as_bytes()).unwrap();
        }
        let allowed: Vec<_> = allowed.iter().map(|one| (*one).to_owned()).collect();
        may_see_code(peer.parse().unwrap(), &block, &allowed)
    }

    #[test]
    fn this_machine_sees_code_and_others_do_not() {
        assert!(may("127.0.0.1:1", &[("host", "localhost:3000")], &[]));
        assert!(may("[::1]:1", &[("host", "[::1]:3000")], &[]));
        assert!(may("[::ffff:127.0.0.1]:1", &[("host", "127.0.0.1:3000"), ("origin", "http://localhost:5173")], &[]));
        assert!(!may("192.168.1.9:1", &[("host", "localhost:3000")], &[]));
        assert!(!may("192.168.1.9:1", &[("host", "192.168.1.2:3000")], &[]));
    }

    #[test]
    fn a_name_that_leads_here_is_not_enough() {
        assert!(!may("127.0.0.1:1", &[("host", "evil.example")], &[]));
        assert!(!may("127.0.0.1:1", &[("host", "localhost:3000"), ("origin", "https://evil.example")], &[]));
        assert!(!may("127.0.0.1:1", &[("host", "localhost:3000"), ("origin", "null")], &[]));
        assert!(!may("127.0.0.1:1", &[], &[]));
    }

    #[test]
    fn allowed_origins_see_code() {
        assert!(may("127.0.0.1:1", &[("host", "my.dev")], &["my.dev"]));
        assert!(may("10.0.0.2:1", &[("host", "a.my.dev:3000"), ("origin", "https://b.my.dev")], &["*.my.dev"]));
        assert!(!may("10.0.0.2:1", &[("host", "a.b.my.dev")], &["*.my.dev"]));
        assert!(may("10.0.0.2:1", &[("host", "a.b.my.dev")], &["**.my.dev"]));
        assert!(!may("10.0.0.2:1", &[("host", "my.dev.evil.example")], &["my.dev"]));
    }
}
