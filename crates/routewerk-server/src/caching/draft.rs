//! The draft-mode cookie: whoever holds the build's secret is never answered from the cache.
//!
//! The comparison takes the same time wherever two values differ, so that the secret cannot be guessed byte by byte.

use routewerk_handler::HeaderBlock;

/// The cookie of Next.js.
const COOKIE: &[u8] = b"__prerender_bypass";
/// What goes with it in the preview mode of pages.
const DATA_COOKIE: &[u8] = b"__next_preview_data";

/// What Next.js answers in draft mode, whatever the handler says.
pub(crate) const DRAFT_CACHE_CONTROL: &str = "private, no-cache, no-store, max-age=0, must-revalidate";

/// What is written in front of a draft's fields on HTTP/1.1. That it was a hit is what Next.js says.
pub(crate) const DRAFT_LINES: &[u8] = b"x-nextjs-cache: HIT\r\n\
    Cache-Control: private, no-cache, no-store, max-age=0, must-revalidate\r\n";

/// By which a cookie that is not this build's is taken back, in Next.js's words.
pub(crate) const CLEARED_COOKIES: [&str; 2] = [
    "__prerender_bypass=; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT; HttpOnly; Secure; SameSite=None",
    "__next_preview_data=; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT; HttpOnly; Secure; SameSite=None",
];

/// What a request's draft-mode cookie says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DraftCookie {
    /// There is none.
    Absent,
    /// It is the build's.
    Right,
    /// It is not.
    Wrong,
}

impl DraftCookie {
    /// The cookie of a request. Of several of the name the last one counts, as in the runtime. The data that Next.js's
    /// preview mode keeps in a cookie beside it is no part of draft mode: whoever brings such has a cookie that is wrong.
    pub(crate) fn of(fields: &HeaderBlock, secret: &str) -> Self {
        match (cookie(fields, COOKIE), cookie(fields, DATA_COOKIE)) {
            (None, None) => Self::Absent,
            (Some(value), None) if is_same(value, secret.as_bytes()) => Self::Right,
            (Some(_), _) | (None, Some(_)) => Self::Wrong,
        }
    }
}

/// Whether a request has the draft-mode cookie with this secret.
pub fn sees_drafts(fields: &HeaderBlock, secret: &str) -> bool {
    DraftCookie::of(fields, secret) == DraftCookie::Right
}

/// The value of a cookie; an empty one is none.
fn cookie<'fields>(fields: &'fields HeaderBlock, name: &[u8]) -> Option<&'fields [u8]> {
    let cookies = fields.all("cookie").flat_map(|value| value.split(|byte| *byte == b';'));
    let named = cookies.filter_map(|cookie| {
        let at = memchr::memchr(b'=', cookie)?;
        (cookie[..at].trim_ascii() == name).then(|| cookie[at + 1..].trim_ascii())
    });
    named.last().filter(|value| !value.is_empty())
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
        DraftCookie::of(&fields, SECRET) == DraftCookie::Right
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
        assert_eq!(DraftCookie::of(&fields, ""), DraftCookie::Absent);
        fields.push_parsed(b"cookie", b"__prerender_bypass=x");
        assert_eq!(DraftCookie::of(&fields, ""), DraftCookie::Wrong);
    }

    #[test]
    fn the_data_of_preview_mode_is_a_wrong_cookie() {
        let mut fields = HeaderBlock::new();
        fields.push_parsed(b"cookie", b"__next_preview_data=x");
        assert_eq!(DraftCookie::of(&fields, SECRET), DraftCookie::Wrong);
        fields.push_parsed(b"cookie", format!("__prerender_bypass={SECRET}").as_bytes());
        assert_eq!(DraftCookie::of(&fields, SECRET), DraftCookie::Wrong);
    }
}
