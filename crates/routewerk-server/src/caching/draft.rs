//! The draft-mode cookie: whoever holds the build's secret is never answered from the cache.
//!
//! The comparison takes the same time wherever two values differ, so that the secret cannot be guessed byte by byte.

use routewerk_handler::HeaderBlock;

/// The cookie of Next.js.
const COOKIE: &[u8] = b"__prerender_bypass";

/// What Next.js answers in draft mode, whatever the handler says.
pub(crate) const DRAFT_CACHE_CONTROL: &[u8] = b"private, no-cache, no-store, max-age=0, must-revalidate";

/// Whether a request carries the cookie with this secret. Of several cookies of the name the last one counts, as in
/// the runtime.
pub(crate) fn is_draft(fields: &HeaderBlock, secret: &str) -> bool {
    let cookies = fields.all("cookie").flat_map(|value| value.split(|byte| *byte == b';'));
    let named = cookies.filter_map(|cookie| {
        let at = memchr::memchr(b'=', cookie)?;
        (cookie[..at].trim_ascii() == COOKIE).then(|| cookie[at + 1..].trim_ascii())
    });
    named.last().is_some_and(|value| is_same(value, secret.as_bytes()))
}

/// Whether two texts are the same, in a time that depends on their lengths alone.
fn is_same(left: &[u8], right: &[u8]) -> bool {
    if left.len() != right.len() || right.is_empty() {
        return false;
    }
    let differences = left.iter().zip(right).fold(0, |found, (left, right)| found | (left ^ right));
    // Keeps the compiler from leaving the loop early.
    std::hint::black_box(differences) == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "0123456789abcdef0123456789abcdef";

    fn draft(cookies: &[&str]) -> bool {
        let mut fields = HeaderBlock::new();
        for cookie in cookies {
            fields.push_parsed(b"cookie", cookie.as_bytes());
        }
        is_draft(&fields, SECRET)
    }

    #[test]
    fn only_the_whole_secret_under_the_right_name_counts() {
        assert!(draft(&[&format!("a=b; __prerender_bypass={SECRET}; c=d")]));
        assert!(draft(&["a=b", &format!("__prerender_bypass={SECRET}")]));
        assert!(!draft(&[&format!("__prerender_bypass={SECRET}0")]));
        assert!(!draft(&[&format!("__prerender_bypass={}", &SECRET[1..])]));
        assert!(!draft(&[&format!("x__prerender_bypass={SECRET}")]));
        assert!(!draft(&["__prerender_bypass=", "__prerender_bypass"]));
        assert!(!draft(&[]));
    }

    #[test]
    fn the_last_cookie_of_the_name_counts() {
        assert!(!draft(&[&format!("__prerender_bypass={SECRET}; __prerender_bypass=x")]));
        assert!(draft(&[&format!("__prerender_bypass=x; __prerender_bypass={SECRET}")]));
    }

    #[test]
    fn an_empty_secret_is_nobodys() {
        let mut fields = HeaderBlock::new();
        fields.push_parsed(b"cookie", b"__prerender_bypass=");
        assert!(!is_draft(&fields, ""));
    }
}
