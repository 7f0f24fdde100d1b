//! Which stored replies are worth a second form, and which form a client takes (RFC 9110 section 12.5.3).
//!
//! Nothing is compressed here, and dynamic replies are none of this file's.

use routewerk_cache::Encoding;
use routewerk_handler::HeaderBlock;

/// Shorter bodies are sent as they are: they fit into one packet either way.
pub(crate) const MIN_BODY_BYTES: usize = 1024;

/// The encodings in the order in which they are preferred where a client has no preference: the shortest first.
pub(crate) const ENCODINGS: [Encoding; 3] = [Encoding::Brotli, Encoding::Zstd, Encoding::Gzip];

/// The name of an encoding in `content-encoding`.
pub(crate) const fn name(encoding: Encoding) -> &'static str {
    match encoding {
        Encoding::Gzip => "gzip",
        Encoding::Brotli => "br",
        Encoding::Zstd => "zstd",
    }
}

/// The `content-encoding` line of an encoding in HTTP/1.1.
pub(crate) const fn line(encoding: Encoding) -> &'static [u8] {
    match encoding {
        Encoding::Gzip => b"content-encoding: gzip\r\n",
        Encoding::Brotli => b"content-encoding: br\r\n",
        Encoding::Zstd => b"content-encoding: zstd\r\n",
    }
}

/// Whether a reply is worth compressing: text of some length that nobody has encoded already, and that may be changed
/// on its way (`no-transform`, RFC 9111 section 5.2.2.6).
pub(crate) fn is_worth_it(status: u16, headers: &HeaderBlock, body_bytes: usize) -> bool {
    (200..300).contains(&status)
        && body_bytes >= MIN_BODY_BYTES
        && !headers.contains("content-encoding")
        && headers.first("content-type").is_some_and(is_text)
        && !headers.all("cache-control").any(|value| contains_token(value, b"no-transform"))
}

/// Whether a media type is made of text, by and large: what the list of mime-db, which Next.js uses, calls compressible.
fn is_text(content_type: &[u8]) -> bool {
    const APPLICATIONS: [&str; 11] = [
        "json",
        "javascript",
        "xml",
        "x-javascript",
        "ecmascript",
        "graphql",
        "x-ndjson",
        "toml",
        "yaml",
        "wasm",
        "x-www-form-urlencoded",
    ];
    let essence = content_type.split(|byte| *byte == b';').next().unwrap_or_default().trim_ascii().to_ascii_lowercase();
    let Ok(essence) = String::from_utf8(essence) else { return false };
    match essence.split_once('/') {
        Some(("text", _)) => true,
        Some((_, subtype)) if subtype.ends_with("+json") || subtype.ends_with("+xml") || subtype.ends_with("+text") => {
            true
        }
        Some(("application", subtype)) => APPLICATIONS.contains(&subtype),
        Some(("image", subtype)) => matches!(subtype, "bmp" | "x-icon" | "vnd.microsoft.icon"),
        Some(("font", subtype)) => matches!(subtype, "ttf" | "otf"),
        _ => false,
    }
}

fn contains_token(value: &[u8], token: &[u8]) -> bool {
    value.split(|byte| *byte == b',').any(|part| part.trim_ascii().eq_ignore_ascii_case(token))
}

/// The encoding to send to a client: of those that are there, the one it weighs most. `None` is the plain body.
pub(crate) fn chosen(fields: &HeaderBlock, is_there: impl Fn(Encoding) -> bool) -> Option<Encoding> {
    let mut best: Option<(u16, Encoding)> = None;
    for encoding in ENCODINGS {
        let weight = weight_of(fields, name(encoding).as_bytes());
        if weight > best.map_or(0, |(weight, _)| weight) && is_there(encoding) {
            best = Some((weight, encoding));
        }
    }
    // Who would rather have the plain body gets it.
    let plain = named_weight(fields, b"identity").unwrap_or(0);
    best.filter(|(weight, _)| *weight >= plain).map(|(_, encoding)| encoding)
}

/// The thousandths that a client gives an encoding, by its name or by `*`.
fn weight_of(fields: &HeaderBlock, encoding: &[u8]) -> u16 {
    named_weight(fields, encoding).or_else(|| named_weight(fields, b"*")).unwrap_or(0)
}

fn named_weight(fields: &HeaderBlock, wanted: &[u8]) -> Option<u16> {
    let mut ranges = fields.all("accept-encoding").flat_map(|value| value.split(|byte| *byte == b','));
    ranges.find_map(|range| {
        let mut parts = range.split(|byte| *byte == b';').map(<[u8]>::trim_ascii);
        let name = parts.next()?;
        let is_wanted =
            name.eq_ignore_ascii_case(wanted) || (wanted == b"gzip" && name.eq_ignore_ascii_case(b"x-gzip"));
        is_wanted.then(|| parts.find_map(thousandths).unwrap_or(1000))
    })
}

/// The thousandths of a `q` parameter; a malformed one counts as nothing.
fn thousandths(parameter: &[u8]) -> Option<u16> {
    let value = parameter.strip_prefix(b"q=").or_else(|| parameter.strip_prefix(b"Q="))?;
    let text = std::str::from_utf8(value).ok()?;
    let weight: f32 = text.parse().ok().filter(|weight| (0.0..=1.0).contains(weight)).unwrap_or(0.0);
    Some((weight * 1000.0) as u16)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(list: &[(&str, &str)]) -> HeaderBlock {
        let mut block = HeaderBlock::new();
        for (name, value) in list {
            block.push_parsed(name.as_bytes(), value.as_bytes());
        }
        block
    }

    fn choose(accept: &str) -> Option<Encoding> {
        chosen(&fields(&[("accept-encoding", accept)]), |_| true)
    }

    #[test]
    fn the_client_chooses_and_without_a_preference_the_shortest_wins() {
        assert_eq!(choose("gzip, deflate, br, zstd"), Some(Encoding::Brotli));
        assert_eq!(choose("gzip, deflate"), Some(Encoding::Gzip));
        assert_eq!(choose("gzip;q=1.0, br;q=0.5"), Some(Encoding::Gzip));
        assert_eq!(choose("*"), Some(Encoding::Brotli));
        assert_eq!(choose("br;q=0, *;q=0.3"), Some(Encoding::Zstd));
        assert_eq!(choose("x-gzip"), Some(Encoding::Gzip));
        assert_eq!(
            chosen(&fields(&[("accept-encoding", "br, gzip")]), |one| one == Encoding::Gzip),
            Some(Encoding::Gzip)
        );
    }

    #[test]
    fn who_asks_for_nothing_gets_the_plain_body() {
        for accept in ["", "identity", "gzip;q=0", "deflate", "gzip;q=0.5, identity", "gzip;q=x", "*;q=0"] {
            assert_eq!(choose(accept), None, "{accept}");
        }
        assert_eq!(chosen(&HeaderBlock::new(), |_| true), None);
    }

    #[test]
    fn text_of_some_length_is_worth_it() {
        let json = fields(&[("content-type", "application/json; charset=utf-8")]);
        assert!(is_worth_it(200, &json, 1024));
        assert!(!is_worth_it(200, &json, 1023));
        assert!(!is_worth_it(404, &json, 5000));
        for (name, value) in [("content-encoding", "gzip"), ("cache-control", "public, no-transform")] {
            assert!(!is_worth_it(200, &fields(&[("content-type", "text/plain"), (name, value)]), 5000), "{name}");
        }
        for (kind, is_text) in
            [("image/png", false), ("image/svg+xml", true), ("TEXT/html", true), ("application/zip", false)]
        {
            assert_eq!(is_worth_it(200, &fields(&[("content-type", kind)]), 5000), is_text, "{kind}");
        }
        assert!(!is_worth_it(200, &HeaderBlock::new(), 5000));
    }
}
