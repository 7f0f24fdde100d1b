//! The trailing-slash redirect of Next.js.
//!
//! Without `trailingSlash` every path but `/` loses its slash. With it, a last segment without a period gets one
//! and a last segment that looks like a file (`x.txt`) loses it; anything else (`x.`, `.x`, `x.y-z`) is served in
//! both spellings, and `/.well-known…` is left alone, because validators of domains follow no redirect.

use super::TargetRules;

/// The path to redirect to, if the path has another spelling.
pub(super) fn redirect(path: &str, rules: &TargetRules) -> Option<String> {
    if rules.skip_trailing_slash_redirect || path == "/" {
        return None;
    }
    let bare = path.strip_suffix('/');
    if !rules.trailing_slash {
        return bare.map(str::to_owned);
    }
    if path == rules.base_path {
        return Some(format!("{path}/"));
    }
    let below_base = path.strip_prefix(rules.base_path.as_str()).unwrap_or(path);
    if [path, below_base].iter().any(|path| is_well_known(path)) {
        return None;
    }
    let last = last_segment(bare.unwrap_or(path));
    match bare {
        Some(bare) => is_file_name(last).then(|| bare.to_owned()),
        None => (!last.contains('.')).then(|| format!("{path}/")),
    }
}

fn last_segment(path: &str) -> &str {
    path.rsplit_once('/').map_or(path, |(_, last)| last)
}

/// Whether a path begins with `/.well-known`, letters of either case, whatever follows (as Next.js's expression
/// has it).
fn is_well_known(path: &str) -> bool {
    path.get(.."/.well-known".len()).is_some_and(|start| start.eq_ignore_ascii_case("/.well-known"))
}

/// Something, a period, and then letters, digits and underscores to the end.
fn is_file_name(segment: &str) -> bool {
    segment.rsplit_once('.').is_some_and(|(stem, extension)| {
        !stem.is_empty()
            && !extension.is_empty()
            && extension.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    })
}
