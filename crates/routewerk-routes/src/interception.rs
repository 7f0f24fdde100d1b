//! What an intercepting route intercepts: from which pages, and which URL.
//!
//! A folder `(.)y`, `(..)y`, `(..)(..)y` or `(...)y` serves the URL of another folder while the browser
//! navigates from a page at or below the intercepting folder's parent (request header `next-url`). Here are only
//! the two lists of segments; who matches them is the [`Router`](crate::Router).

use crate::pattern::{InterceptMarker, ParamKind, PatternError, Segment};

/// The two sides of an intercepting route.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Interception {
    /// The segments of the pages from which it intercepts: those before the marker.
    pub intercepting: Vec<Segment>,
    /// The segments of the URL that it intercepts.
    pub intercepted: Vec<Segment>,
    /// How many segments the two have in common at their beginning.
    pub shared: usize,
}

impl Interception {
    /// The interception of a path with a marked segment; `None` without one.
    pub(crate) fn of(segments: &[Segment], route: &str) -> Result<Option<Self>, PatternError> {
        let Some((at, marker)) = segments.iter().enumerate().find_map(|(at, s)| Some((at, s.marker()?))) else {
            return Ok(None);
        };
        if segments[at + 1..].iter().any(|segment| segment.marker() == Some(marker)) {
            return Err(PatternError::NestedInterception { route: route.to_owned() });
        }
        let shared = match marker {
            InterceptMarker::SameLevel => at,
            InterceptMarker::Root => 0,
            InterceptMarker::OneLevelUp => {
                at.checked_sub(1).ok_or_else(|| PatternError::OneLevelUpAtRoot { route: route.to_owned() })?
            }
            InterceptMarker::TwoLevelsUp => {
                at.checked_sub(2).ok_or_else(|| PatternError::TwoLevelsUpNearRoot { route: route.to_owned() })?
            }
        };
        let unmarked = match &segments[at] {
            Segment::Static(text) => Segment::Static(text[marker.as_str().len()..].to_owned()),
            Segment::Dynamic { param, .. } => Segment::Dynamic { marker: None, param: param.clone() },
        };
        let intercepting = segments[..at].to_vec();
        let intercepted = segments[..shared].iter().chain([&unmarked]).chain(&segments[at + 1..]).cloned().collect();
        Ok(Some(Self { intercepting, intercepted, shared }))
    }

    /// The parameter texts of a path that this intercepts for a browser at `next_url`, in the pattern's order.
    ///
    /// A parameter of the common beginning must have the same text on both sides: params come from the matched
    /// path, and a header cannot put other ones in their place. (Next.js lets the header win.)
    pub(crate) fn texts<'path>(&self, path: &'path str, next_url: &'path str) -> Option<Vec<&'path str>> {
        let from_path = match_segments(&self.intercepted, path, false)?;
        let from_header = match_segments(&self.intercepting, next_url, true)?;
        let shared = self.intercepting[..self.shared].iter().filter(|segment| segment.param().is_some()).count();
        if from_path[..shared] != from_header[..shared] {
            return None;
        }
        Some(from_header.iter().chain(&from_path[shared..]).copied().collect())
    }
}

/// Matches a path with segments; with `is_prefix`, anything below them matches too, and a catch-all takes one
/// segment only (as the lazy quantifier of Next.js's expression does).
fn match_segments<'path>(segments: &[Segment], path: &'path str, is_prefix: bool) -> Option<Vec<&'path str>> {
    let mut rest = path.strip_prefix('/')?;
    rest = rest.strip_suffix('/').unwrap_or(rest);
    let mut texts = Vec::new();
    for segment in segments {
        let (first, below) = rest.split_once('/').unwrap_or((rest, ""));
        match segment {
            Segment::Static(text) => {
                if !crate::percent::names_match(text, first) {
                    return None;
                }
            }
            Segment::Dynamic { marker, param } => {
                let marker = marker.map_or("", InterceptMarker::as_str);
                let takes_all = !is_prefix && param.kind != ParamKind::Single;
                let taken = (if takes_all { rest } else { first }).strip_prefix(marker)?;
                if taken.is_empty() && param.kind != ParamKind::OptionalCatchAll {
                    return None;
                }
                texts.push(taken);
                if takes_all {
                    return Some(texts);
                }
            }
        }
        rest = below;
    }
    (is_prefix || rest.is_empty()).then_some(texts)
}

#[cfg(test)]
mod tests {
    use crate::Pattern;

    fn texts(pattern: &str, path: &str, next_url: &str) -> Option<Vec<String>> {
        let pattern = Pattern::parse(pattern).expect("valid");
        let texts = pattern.interception().expect("intercepting").texts(path, next_url)?;
        Some(texts.into_iter().map(str::to_owned).collect())
    }

    #[test]
    fn each_marker_points_at_its_level() {
        let cases = [
            ("/a/b/(.)y", "/a/b/y"),
            ("/a/b/(..)y", "/a/y"),
            ("/a/b/(..)(..)y", "/y"),
            ("/a/b/(...)y", "/y"),
            ("/(.)y", "/y"),
        ];
        for (pattern, path) in cases {
            assert_eq!(texts(pattern, path, "/a/b"), Some(Vec::new()), "{pattern}");
        }
    }

    #[test]
    fn it_applies_at_and_below_its_parent_only() {
        assert!(texts("/x/(.)y", "/x/y", "/x").is_some());
        assert!(texts("/x/(.)y", "/x/y", "/x/").is_some());
        assert!(texts("/x/(.)y", "/x/y", "/x/z/q").is_some());
        assert_eq!(texts("/x/(.)y", "/x/y", "/xy"), None);
        assert_eq!(texts("/x/(.)y", "/x/y", "/q"), None);
        assert_eq!(texts("/x/(.)y", "/x/y", ""), None);
    }

    #[test]
    fn parameters_come_from_both_sides_in_the_order_of_the_pattern() {
        let pattern = "/feed/[user]/(..)photo/[id]";
        assert_eq!(texts(pattern, "/feed/photo/7", "/feed/bob"), Some(vec!["bob".into(), "7".into()]));
        assert_eq!(texts(pattern, "/feed/photo/7", "/feed"), None);
    }

    #[test]
    fn a_header_cannot_replace_a_parameter_of_the_path() {
        let pattern = "/u/[user]/(.)photo";
        assert_eq!(texts(pattern, "/u/bob/photo", "/u/bob"), Some(vec!["bob".into()]));
        assert_eq!(texts(pattern, "/u/bob/photo", "/u/eve"), None);
    }

    #[test]
    fn a_marked_catch_all_takes_the_rest() {
        assert_eq!(texts("/x/(.)[...all]", "/x/a/b", "/x"), Some(vec!["a/b".into()]));
        assert_eq!(texts("/x/(.)[...all]", "/x", "/x"), None);
    }
}
