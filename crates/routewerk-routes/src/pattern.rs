//! A route's URL in Next.js's form (`/x/[id]`), parsed once into segments that cannot be wrong.
//!
//! The rules and their order are those of Next.js's validation of app paths, so that a pattern with several
//! faults is refused with the same text. A bracket that does not span the whole segment (`a-[x]`) makes no
//! parameter: the segment is literal.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::Interception;

/// How much of a path a dynamic segment takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ParamKind {
    /// `[x]`: exactly one segment, not empty.
    Single,
    /// `[...x]`: one segment or more.
    CatchAll,
    /// `[[...x]]`: any number of segments, none included.
    OptionalCatchAll,
}

/// The name of a parameter and how much of the path it takes.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ParamName {
    /// The name between the brackets.
    pub name: String,
    /// How much of the path it takes.
    pub kind: ParamKind,
}

/// What marks a folder as an intercepting route: how far above its parent the intercepted URL begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum InterceptMarker {
    /// `(..)(..)`: two levels up.
    TwoLevelsUp,
    /// `(.)`: the same level.
    SameLevel,
    /// `(..)`: one level up.
    OneLevelUp,
    /// `(...)`: the root of the app directory.
    Root,
}

impl InterceptMarker {
    /// Every marker; the longer one first where one is the beginning of another.
    pub const ALL: [Self; 4] = [Self::TwoLevelsUp, Self::SameLevel, Self::OneLevelUp, Self::Root];

    /// The marker's text.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::TwoLevelsUp => "(..)(..)",
            Self::SameLevel => "(.)",
            Self::OneLevelUp => "(..)",
            Self::Root => "(...)",
        }
    }

    /// The marker that a folder name begins with.
    pub fn of(segment: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|marker| segment.starts_with(marker.as_str()))
    }
}

/// One segment of a pattern.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Segment {
    /// Matches itself. An intercepting folder's marker is part of the text.
    Static(String),
    /// Matches what its parameter takes, after the marker's text where there is one.
    Dynamic {
        /// The intercepting marker before the brackets.
        marker: Option<InterceptMarker>,
        /// The parameter.
        param: ParamName,
    },
}

impl Segment {
    /// The parameter of a dynamic segment.
    pub fn param(&self) -> Option<&ParamName> {
        match self {
            Self::Static(_) => None,
            Self::Dynamic { param, .. } => Some(param),
        }
    }

    /// The intercepting marker that the segment begins with.
    pub fn marker(&self) -> Option<InterceptMarker> {
        match self {
            Self::Static(text) => InterceptMarker::of(text),
            Self::Dynamic { marker, .. } => *marker,
        }
    }

    /// The segment with every parameter name replaced by `*`: what distinguishes URLs.
    pub(crate) fn structure(&self) -> String {
        match self {
            Self::Static(text) => text.clone(),
            Self::Dynamic { marker, param } => render(*marker, "*", param.kind),
        }
    }

    fn parse(text: &str, route: &str) -> Result<Self, PatternError> {
        let marker = InterceptMarker::of(text);
        let rest = marker.map_or(text, |marker| &text[marker.as_str().len()..]);
        let (name, kind) = if let Some(name) = between(rest, "[[...", "]]") {
            (name, ParamKind::OptionalCatchAll)
        } else if let Some(name) = between(rest, "[...", "]") {
            (name, ParamKind::CatchAll)
        } else if let Some(name) = between(rest, "[", "]") {
            (name, ParamKind::Single)
        } else {
            return Ok(Self::Static(text.to_owned()));
        };
        check_name(name, kind, route)?;
        Ok(Self::Dynamic { marker, param: ParamName { name: name.to_owned(), kind } })
    }
}

impl fmt::Display for Segment {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Static(text) => formatter.write_str(text),
            Self::Dynamic { marker, param } => formatter.write_str(&render(*marker, &param.name, param.kind)),
        }
    }
}

/// A route's URL in Next.js's form, parsed.
///
/// ```
/// use routewerk_routes::{ParamKind, Pattern};
///
/// let pattern = Pattern::parse("/shop/[...slug]")?;
/// let param = pattern.params().next().expect("one parameter");
/// assert_eq!((param.name.as_str(), param.kind), ("slug", ParamKind::CatchAll));
/// # Ok::<(), routewerk_routes::PatternError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Pattern {
    text: String,
    segments: Vec<Segment>,
    interception: Option<Interception>,
}

impl Pattern {
    /// Parses a pattern. Empty segments are dropped; `/` is the pattern of the root.
    ///
    /// # Errors
    /// [`PatternError`] for what Next.js refuses: bad parameter names, a catch-all that is not last, names that
    /// repeat, and intercepting markers that point above the root.
    pub fn parse(text: &str) -> Result<Self, PatternError> {
        let parts: Vec<&str> = text.split('/').filter(|part| !part.is_empty()).collect();
        let route = format!("/{}", parts.join("/"));
        let segments = parts.iter().map(|part| Segment::parse(part, &route)).collect::<Result<Vec<_>, _>>()?;
        match segments.iter().position(|segment| segment.marker().is_some()) {
            None => check_order(&segments, &route)?,
            // The same name may stand before and after the marker: it is the same value.
            Some(marked) => {
                check_order(&segments[..marked], &route)?;
                check_order(&segments[marked..], &route)?;
            }
        }
        let interception = Interception::of(&segments, &route)?;
        Ok(Self { text: route, segments, interception })
    }

    /// The pattern's text, beginning with `/`.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The segments in order; none for the root.
    pub fn segments(&self) -> &[Segment] {
        &self.segments
    }

    /// The parameters in the pattern's order.
    pub fn params(&self) -> impl Iterator<Item = &ParamName> {
        self.segments.iter().filter_map(Segment::param)
    }

    /// Whether the pattern has a parameter.
    pub fn is_dynamic(&self) -> bool {
        self.params().next().is_some()
    }

    /// What the route intercepts, if it is an intercepting one.
    pub fn interception(&self) -> Option<&Interception> {
        self.interception.as_ref()
    }

    /// The pattern with every parameter name replaced by `*`: two patterns with one structure match the same URLs.
    pub(crate) fn structure(&self) -> String {
        structure(&self.segments)
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}

/// The text of segments with every parameter name replaced by `*`.
pub(crate) fn structure(segments: &[Segment]) -> String {
    let parts: Vec<_> = segments.iter().map(Segment::structure).collect();
    format!("/{}", parts.join("/"))
}

/// Why a pattern is refused; the text is Next.js's own.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PatternError {
    /// `[]`, `[...]`, `[[...]]`.
    #[error("Parameter names cannot be empty in route \"{route}\".")]
    EmptyName {
        /// The pattern.
        route: String,
    },
    /// `[…x]`: a typographic ellipsis instead of three periods.
    #[error("Detected a three-dot character ('…') in parameter \"{name}\" in route \"{route}\". Did you mean ('...')?")]
    Ellipsis {
        /// The parameter's name.
        name: String,
        /// The pattern.
        route: String,
    },
    /// `[[x]]`: an optional parameter that is no catch-all.
    #[error("Optional route parameters are not yet supported (\"[{name}]\") in route \"{route}\".")]
    OptionalSingle {
        /// The parameter's name, its inner brackets included.
        name: String,
        /// The pattern.
        route: String,
    },
    /// `[[x]`, `[x]]` and the like.
    #[error("Segment names may not start or end with extra brackets ('{name}') in route \"{route}\".")]
    ExtraBrackets {
        /// The parameter's name.
        name: String,
        /// The pattern.
        route: String,
    },
    /// `[.x]`, `[..x]`.
    #[error("Segment names may not start with erroneous periods ('{name}') in route \"{route}\".")]
    ErroneousPeriods {
        /// The parameter's name.
        name: String,
        /// The pattern.
        route: String,
    },
    /// `/[...x]/y`.
    #[error("Catch-all must be the last part of the URL in route \"{route}\".")]
    CatchAllNotLast {
        /// The pattern.
        route: String,
    },
    /// `/[[...x]]/y`.
    #[error("Optional catch-all must be the last part of the URL in route \"{route}\".")]
    OptionalCatchAllNotLast {
        /// The pattern.
        route: String,
    },
    /// `/[...x]/[[...y]]`.
    #[error("You cannot use both a required and optional catch-all route at the same level in route \"{route}\".")]
    TwoCatchAlls {
        /// The pattern.
        route: String,
    },
    /// `/[x]/[x]`.
    #[error("You cannot have the same slug name \"{name}\" repeat within a single dynamic path in route \"{route}\".")]
    RepeatedName {
        /// The parameter's name.
        name: String,
        /// The pattern.
        route: String,
    },
    /// `/[a-b]/[ab]`: names that differ by more than letters, digits and underscores only.
    #[error(
        "You cannot have the slug names \"{first}\" and \"{second}\" differ only by non-word symbols within a single dynamic path in route \"{route}\"."
    )]
    SimilarNames {
        /// The earlier name.
        first: String,
        /// The later name.
        second: String,
        /// The pattern.
        route: String,
    },
    /// `(..)x` in the app directory itself.
    #[error("Invalid interception route: {route}. Cannot use (..) marker at the root level, use (.) instead.")]
    OneLevelUpAtRoot {
        /// The pattern.
        route: String,
    },
    /// `(..)(..)x` less than two levels below the app directory.
    #[error("Invalid interception route: {route}. Cannot use (..)(..) marker at the root level or one level up.")]
    TwoLevelsUpNearRoot {
        /// The pattern.
        route: String,
    },
    /// The same marker twice in one path.
    #[error("Invalid interception route: {route}")]
    NestedInterception {
        /// The pattern.
        route: String,
    },
}

impl PatternError {
    /// What to do about it.
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::EmptyName { .. } => "write a name between the brackets, for instance `[id]`",
            Self::Ellipsis { .. } => "rename the folder with three periods, for instance `[...slug]`",
            Self::OptionalSingle { .. } => "use `[id]`, or `[[...id]]` for an optional catch-all",
            Self::ExtraBrackets { .. } => "a dynamic folder is `[id]`, `[...id]` or `[[...id]]`",
            Self::ErroneousPeriods { .. } => "a catch-all has exactly three periods: `[...slug]`",
            Self::CatchAllNotLast { .. } | Self::OptionalCatchAllNotLast { .. } => {
                "move the file into the catch-all folder itself: nothing can follow a catch-all"
            }
            Self::TwoCatchAlls { .. } => "keep one of the two catch-all folders",
            Self::RepeatedName { .. } => "give each dynamic folder of one path its own name",
            Self::SimilarNames { .. } => {
                "choose names that differ in a letter, a digit or an underscore: other characters do not count"
            }
            Self::OneLevelUpAtRoot { .. } => "use `(.)` to intercept a folder beside this one",
            Self::TwoLevelsUpNearRoot { .. } => "use `(...)` to intercept from the root of the app directory",
            Self::NestedInterception { .. } => "use one intercepting folder per path",
        }
    }
}

/// The text between a prefix and a suffix that do not overlap.
fn between<'text>(text: &'text str, prefix: &str, suffix: &str) -> Option<&'text str> {
    text.strip_prefix(prefix)?.strip_suffix(suffix)
}

fn render(marker: Option<InterceptMarker>, name: &str, kind: ParamKind) -> String {
    let marker = marker.map_or("", InterceptMarker::as_str);
    match kind {
        ParamKind::Single => format!("{marker}[{name}]"),
        ParamKind::CatchAll => format!("{marker}[...{name}]"),
        ParamKind::OptionalCatchAll => format!("{marker}[[...{name}]]"),
    }
}

fn check_name(name: &str, kind: ParamKind, route: &str) -> Result<(), PatternError> {
    let (route, owned) = (route.to_owned(), name.to_owned());
    if name.is_empty() {
        return Err(PatternError::EmptyName { route });
    }
    if name.contains('…') {
        return Err(PatternError::Ellipsis { name: owned, route });
    }
    if kind != ParamKind::OptionalCatchAll && name.starts_with('[') && name.ends_with(']') {
        return Err(PatternError::OptionalSingle { name: owned, route });
    }
    if name.starts_with('[') || name.ends_with(']') {
        return Err(PatternError::ExtraBrackets { name: owned, route });
    }
    if name.starts_with('.') {
        return Err(PatternError::ErroneousPeriods { name: owned, route });
    }
    Ok(())
}

fn check_order(segments: &[Segment], route: &str) -> Result<(), PatternError> {
    let mut names: Vec<&str> = Vec::new();
    let (mut has_catch_all, mut has_optional, mut catch_all_at) = (false, false, 0);
    for (index, segment) in segments.iter().enumerate() {
        if let Some(param) = segment.param() {
            match param.kind {
                ParamKind::Single => {}
                ParamKind::CatchAll => (has_catch_all, catch_all_at) = (true, index),
                ParamKind::OptionalCatchAll => (has_optional, catch_all_at) = (true, index),
            }
            if names.contains(&param.name.as_str()) {
                return Err(PatternError::RepeatedName { name: param.name.clone(), route: route.to_owned() });
            }
            let same_word = |name: &&&str| word_characters(name).eq(word_characters(&param.name));
            if let Some(first) = names.iter().find(same_word) {
                let (first, second) = ((*first).to_owned(), param.name.clone());
                return Err(PatternError::SimilarNames { first, second, route: route.to_owned() });
            }
            names.push(&param.name);
        }
        if has_catch_all && index > catch_all_at {
            return Err(PatternError::CatchAllNotLast { route: route.to_owned() });
        }
        if has_optional && index > catch_all_at {
            return Err(PatternError::OptionalCatchAllNotLast { route: route.to_owned() });
        }
    }
    if has_catch_all && has_optional {
        return Err(PatternError::TwoCatchAlls { route: route.to_owned() });
    }
    Ok(())
}

fn word_characters(name: &str) -> impl Iterator<Item = char> + '_ {
    name.chars().filter(|character| character.is_ascii_alphanumeric() || *character == '_')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(text: &str) -> String {
        Pattern::parse(text).expect_err("refused").to_string()
    }

    #[test]
    fn brackets_that_span_the_segment_make_a_parameter() {
        let pattern = Pattern::parse("/a/[b]/[...c]").expect("valid");
        let params: Vec<_> = pattern.params().map(|param| (param.name.as_str(), param.kind)).collect();
        assert_eq!(params, [("b", ParamKind::Single), ("c", ParamKind::CatchAll)]);
        assert_eq!(pattern.to_string(), "/a/[b]/[...c]");
    }

    #[test]
    fn brackets_inside_a_segment_are_literal() {
        let pattern = Pattern::parse("/a-[x]/[/]").expect("valid");
        assert!(!pattern.is_dynamic());
    }

    #[test]
    fn the_root_has_no_segments() {
        assert_eq!(Pattern::parse("/").expect("valid").segments(), []);
        assert_eq!(Pattern::parse("").expect("valid").as_str(), "/");
    }

    #[test]
    fn bad_names_are_refused_with_the_text_of_next() {
        let cases = [
            ("/[...s]/x", "Catch-all must be the last part of the URL in route \"/[...s]/x\"."),
            ("/[[...s]]/x", "Optional catch-all must be the last part of the URL in route \"/[[...s]]/x\"."),
            (
                "/[a]/[a]",
                "You cannot have the same slug name \"a\" repeat within a single dynamic path in route \"/[a]/[a]\".",
            ),
            (
                "/[a-b]/[ab]",
                "You cannot have the slug names \"a-b\" and \"ab\" differ only by non-word symbols within a single dynamic path in route \"/[a-b]/[ab]\".",
            ),
            (
                "/[…s]",
                "Detected a three-dot character ('…') in parameter \"…s\" in route \"/[…s]\". Did you mean ('...')?",
            ),
            ("/[[id]]", "Optional route parameters are not yet supported (\"[[id]]\") in route \"/[[id]]\"."),
            ("/[.a]", "Segment names may not start with erroneous periods ('.a') in route \"/[.a]\"."),
            ("/[[a]", "Segment names may not start or end with extra brackets ('[a') in route \"/[[a]\"."),
            ("/[a]]", "Segment names may not start or end with extra brackets ('a]') in route \"/[a]]\"."),
            ("/[]", "Parameter names cannot be empty in route \"/[]\"."),
            ("/[[...]]", "Parameter names cannot be empty in route \"/[[...]]\"."),
            (
                "/[...a]/[[...b]]",
                "You cannot use both a required and optional catch-all route at the same level in route \"/[...a]/[[...b]]\".",
            ),
            (
                "/(..)x",
                "Invalid interception route: /(..)x. Cannot use (..) marker at the root level, use (.) instead.",
            ),
            (
                "/a/(..)(..)x",
                "Invalid interception route: /a/(..)(..)x. Cannot use (..)(..) marker at the root level or one level up.",
            ),
            ("/a/(.)b/(.)c", "Invalid interception route: /a/(.)b/(.)c"),
        ];
        for (text, expected) in cases {
            assert_eq!(refusal(text), expected, "{text}");
        }
    }

    #[test]
    fn a_name_may_stand_before_and_after_an_intercepting_marker() {
        assert!(Pattern::parse("/feed/[id]/(.)[id]").is_ok());
    }
}
