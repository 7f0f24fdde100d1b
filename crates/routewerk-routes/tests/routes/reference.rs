//! The router against a slow and simple one: patterns sorted as Next.js sorts them, tried one after the other.

use std::cmp::Ordering;

use proptest::prelude::*;
use routewerk_routes::{Found, ParamKind, Pattern, Router, Segment, params_are_decodable};

/// The first pattern in Next.js's order that matches, and its texts.
fn reference(patterns: &[Pattern], path: &str) -> Option<(usize, Vec<String>)> {
    let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    let mut sorted: Vec<(usize, &Pattern)> = patterns.iter().enumerate().collect();
    sorted.sort_by(|left, right| compare(left.1.segments(), right.1.segments()));
    sorted.into_iter().find_map(|(index, pattern)| Some((index, match_one(pattern.segments(), &parts)?)))
}

/// Next.js's order: at each level literal folders, then the pattern that ends here and `[x]`, then `[...x]`, then
/// `[[...x]]`. Patterns of equal rank match different paths.
fn compare(left: &[Segment], right: &[Segment]) -> Ordering {
    match (left.first(), right.first()) {
        (None, None) => Ordering::Equal,
        (None, Some(_)) => Ordering::Less,
        (Some(_), None) => Ordering::Greater,
        (Some(one), Some(other)) => rank(one).cmp(&rank(other)).then_with(|| compare(&left[1..], &right[1..])),
    }
}

fn rank(segment: &Segment) -> (u8, String) {
    match segment {
        Segment::Static(text) => (0, text.clone()),
        Segment::Dynamic { param, .. } => (1 + param.kind as u8, String::new()),
    }
}

fn match_one(segments: &[Segment], parts: &[&str]) -> Option<Vec<String>> {
    let Some(segment) = segments.first() else { return parts.is_empty().then(Vec::new) };
    let kind = match segment {
        Segment::Static(text) => {
            return (parts.first()? == text).then(|| match_one(&segments[1..], &parts[1..]))?;
        }
        Segment::Dynamic { param, .. } => param.kind,
    };
    match kind {
        ParamKind::Single => {
            let mut texts = vec![(*parts.first()?).to_owned()];
            texts.extend(match_one(&segments[1..], &parts[1..])?);
            Some(texts)
        }
        ParamKind::CatchAll if parts.is_empty() => None,
        ParamKind::CatchAll | ParamKind::OptionalCatchAll => Some(vec![parts.join("/")]),
    }
}

fn literal() -> impl Strategy<Value = String> {
    prop::sample::select(vec!["a", "b", "c.d", "e-f", "x+y", "(.)q"]).prop_map(str::to_owned)
}

fn pattern() -> impl Strategy<Value = String> {
    let middle = prop_oneof![3 => literal(), 2 => Just("[x]".to_owned())];
    let last = prop_oneof![
        3 => Just(None),
        1 => Just(Some("[...rest]".to_owned())),
        1 => Just(Some("[[...rest]]".to_owned())),
    ];
    (prop::collection::vec(middle, 0..5), last).prop_map(|(middle, last)| {
        // Names differ along a path, and are the same at each position of all paths.
        let parts: Vec<_> = middle
            .into_iter()
            .enumerate()
            .map(|(at, part)| if part == "[x]" { format!("[p{at}]") } else { part })
            .chain(last)
            .collect();
        format!("/{}", parts.join("/"))
    })
}

fn path() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        6 => literal(),
        1 => "[a-c%]{1,3}",
        1 => Just("%2F".to_owned()),
        1 => Just("%C3%A9".to_owned()),
    ];
    prop::collection::vec(part, 0..7).prop_map(|parts| format!("/{}", parts.join("/")))
}

/// Patterns without intercepting ones, of which none has the structure of another one, and no optional catch-all
/// stands beside a required one or beside its parent's pattern (all of them conflicts).
fn consistent(texts: Vec<String>) -> Vec<Pattern> {
    let mut patterns: Vec<Pattern> = Vec::new();
    for text in texts {
        let Ok(pattern) = Pattern::parse(&text) else { continue };
        let twin = |text: &str| patterns.iter().any(|known| known.as_str() == text);
        let prefix =
            |suffix: &str| text.strip_suffix(suffix).map(|parent| if parent.is_empty() { "/" } else { parent });
        let own = if text == "/" { "" } else { &text };
        let is_in_conflict = twin(&text)
            || prefix("/[[...rest]]")
                .is_some_and(|parent| twin(parent) || twin(&format!("{}/[...rest]", parent.trim_end_matches('/'))))
            || prefix("/[...rest]")
                .is_some_and(|parent| twin(&format!("{}/[[...rest]]", parent.trim_end_matches('/'))))
            || twin(&format!("{own}/[[...rest]]"));
        if !is_in_conflict {
            patterns.push(pattern);
        }
    }
    patterns
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn the_router_agrees_with_the_reference(
        texts in prop::collection::vec(pattern(), 0..24),
        paths in prop::collection::vec(path(), 1..12),
    ) {
        let patterns = consistent(texts);
        let router = Router::new(&patterns, []);
        for path in paths {
            let expected = reference(&patterns, &path);
            let found = match router.find(&path) {
                Found::Route { index, params } => Some((index, params.iter().map(str::to_owned).collect())),
                Found::Page { .. } | Found::None => None,
            };
            prop_assert_eq!(found, expected, "{} among {:?}", path, patterns);
        }
    }

    #[test]
    fn a_trailing_slash_does_not_count(
        texts in prop::collection::vec(pattern(), 0..24),
        path in path(),
    ) {
        let patterns = consistent(texts);
        let router = Router::new(&patterns, []);
        if path != "/" {
            let slashed = format!("{path}/");
            prop_assert_eq!(router.find(&slashed), router.find(&path));
        }
    }

    #[test]
    fn no_input_makes_it_panic(
        texts in prop::collection::vec("(/|\\[|\\]|\\.|…|\\(|\\)|a|é|%){0,12}", 0..12),
        path in "\\PC{0,24}",
        next_url in "\\PC{0,24}",
    ) {
        let patterns: Vec<Pattern> = texts.iter().filter_map(|text| Pattern::parse(text).ok()).collect();
        let router = Router::new(&patterns, &patterns);
        if let Found::Route { params, .. } = router.find(&path) {
            params_are_decodable(&params);
        }
        router.intercept(&path, &next_url);
    }

    #[test]
    fn a_pattern_is_its_own_text(text in "(/|\\[|\\]|\\.|\\(|\\)|a|b){0,14}") {
        if let Ok(pattern) = Pattern::parse(&text) {
            let again = Pattern::parse(pattern.as_str());
            prop_assert_eq!(again.as_ref(), Ok(&pattern));
            let segments: Vec<_> = pattern.segments().iter().map(ToString::to_string).collect();
            prop_assert_eq!(format!("/{}", segments.join("/")), pattern.as_str());
        }
    }
}
