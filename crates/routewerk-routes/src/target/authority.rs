//! The absolute form of a request target (RFC 9112 section 3.2.2): accepted for this very host only.

use super::BadTarget;

/// What follows the authority of an absolute URL, if its authority is that of the `Host` field.
pub(super) fn path_of_absolute<'target>(
    target: &'target [u8],
    host: Option<&[u8]>,
) -> Result<&'target [u8], BadTarget> {
    let colon = memchr::memmem::find(target, b"://").ok_or(BadTarget::Form)?;
    let scheme = &target[..colon];
    let default_port: &[u8] = if scheme.eq_ignore_ascii_case(b"http") {
        b"80"
    } else if scheme.eq_ignore_ascii_case(b"https") {
        b"443"
    } else {
        let is_scheme = scheme.first().is_some_and(u8::is_ascii_alphabetic)
            && scheme.iter().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(byte));
        return Err(if is_scheme { BadTarget::Scheme } else { BadTarget::Form });
    };
    let rest = &target[colon + 3..];
    let end = rest.iter().position(|byte| b"/?#\\".contains(byte)).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    let host = host.ok_or(BadTarget::Authority)?;
    let same = !authority.is_empty()
        && without_port(authority, default_port).eq_ignore_ascii_case(without_port(host, default_port));
    if !same {
        return Err(BadTarget::Authority);
    }
    if path.first() == Some(&b'\\') {
        return Err(BadTarget::Form);
    }
    Ok(path)
}

/// The authority without an empty or default port.
fn without_port<'text>(authority: &'text [u8], default_port: &[u8]) -> &'text [u8] {
    let bare = authority.strip_suffix(default_port).unwrap_or(authority);
    bare.strip_suffix(b":").unwrap_or(authority)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_authority_must_be_the_host() {
        let path = |target: &'static str, host: Option<&str>| {
            path_of_absolute(target.as_bytes(), host.map(str::as_bytes)).map(|path| String::from_utf8_lossy(path))
        };
        assert_eq!(path("http://a.example/x?y", Some("a.example")), Ok("/x?y".into()));
        assert_eq!(path("HTTP://A.example:80/x", Some("a.EXAMPLE")), Ok("/x".into()));
        assert_eq!(path("https://a.example/x", Some("a.example:443")), Ok("/x".into()));
        assert_eq!(path("http://[::1]:3000/x", Some("[::1]:3000")), Ok("/x".into()));
        assert_eq!(path("http://a.example?y", Some("a.example:")), Ok("?y".into()));
        assert_eq!(path("http://a.example", Some("a.example")), Ok("".into()));
        for (target, host, bad) in [
            ("http://b.example/x", Some("a.example"), BadTarget::Authority),
            ("http://a.example:81/x", Some("a.example"), BadTarget::Authority),
            ("http://a.example/x", None, BadTarget::Authority),
            ("http://u@a.example/x", Some("a.example"), BadTarget::Authority),
            ("http:///x", Some(""), BadTarget::Authority),
            ("http://a.example\\x", Some("a.example"), BadTarget::Form),
            ("ftp://a.example/x", Some("a.example"), BadTarget::Scheme),
            ("a.example:80", Some("a.example"), BadTarget::Form),
            ("x/y://", Some("a.example"), BadTarget::Form),
            ("", Some("a.example"), BadTarget::Form),
        ] {
            assert_eq!(path(target, host), Err(bad), "{target}");
        }
    }
}
