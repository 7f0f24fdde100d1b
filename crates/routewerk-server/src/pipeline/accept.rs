//! Content negotiation for error answers: does this client rather read HTML? (RFC 9110 section 12.5.1)

/// Whether a client prefers HTML to JSON: it names `text/html` or `application/xhtml+xml` with a weight, and
/// no JSON type or wildcard with a greater one.
///
/// A client that takes anything (`*/*`, or no `Accept` at all: curl, fetch) gets JSON; a browser names HTML first.
pub(crate) fn prefers_html<'field>(accept: impl Iterator<Item = &'field [u8]>) -> bool {
    let (mut html, mut json) = (0, 0);
    for range in accept.flat_map(|value| value.split(|byte| *byte == b',')) {
        let mut parts = range.split(|byte| *byte == b';').map(<[u8]>::trim_ascii);
        let media = parts.next().unwrap_or_default();
        let weight = parts.find_map(weight).unwrap_or(1000);
        if is_one_of(media, &["text/html", "application/xhtml+xml"]) {
            html = html.max(weight);
        } else if is_one_of(media, &["application/json", "application/problem+json"]) {
            json = json.max(weight);
        }
    }
    html > json
}

fn is_one_of(media: &[u8], known: &[&str]) -> bool {
    known.iter().any(|name| media.eq_ignore_ascii_case(name.as_bytes()))
}

/// The thousandths of a `q` parameter, `None` for another parameter. A malformed weight counts as nothing.
fn weight(parameter: &[u8]) -> Option<u16> {
    let (name, value) = parameter.split_at_checked(2)?;
    if !name.eq_ignore_ascii_case(b"q=") {
        return None;
    }
    let (whole, fraction) = match value {
        [whole] => (*whole, &[][..]),
        [whole, b'.', fraction @ ..] if fraction.len() <= 3 => (*whole, fraction),
        _ => return Some(0),
    };
    if !matches!(whole, b'0' | b'1') || !fraction.iter().all(u8::is_ascii_digit) {
        return Some(0);
    }
    let mut thousandths = u16::from(whole - b'0') * 1000;
    let mut place = 100;
    for digit in fraction {
        thousandths += u16::from(digit - b'0') * place;
        place /= 10;
    }
    Some(thousandths.min(1000))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn html(accept: &str) -> bool {
        prefers_html(std::iter::once(accept.as_bytes()))
    }

    #[test]
    fn browsers_prefer_html() {
        assert!(html("text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8"));
        assert!(html("application/json;q=0.5, text/html;q=0.6"));
        assert!(html("TEXT/HTML"));
    }

    #[test]
    fn everyone_else_gets_json() {
        assert!(!prefers_html(std::iter::empty()));
        assert!(!html("*/*"));
        assert!(!html("text/*"));
        assert!(!html("application/json, text/html"));
        assert!(!html("text/html;q=0"));
        assert!(!html("text/html;q=0.5, application/problem+json;q=0.8"));
        assert!(!html("text/html;q=abc"));
        assert!(!html("text/html;q=1.2345"));
        assert!(!html(",;,"));
    }
}
