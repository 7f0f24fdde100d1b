//! Rules as next.config has them, checked for their shape. What they mean is compiled by the other files of this room; a fault is
//! told in words by `crates/routewerk`, which has Next.js's messages.

use serde::Deserialize;

/// What a `has` or `missing` item looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ItemKind {
    /// A field.
    Header,
    /// A cookie.
    Cookie,
    /// A key of the query.
    Query,
    /// The host.
    Host,
}

/// An item of `has` or `missing`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct ItemDefinition {
    /// What it looks at.
    #[serde(rename = "type")]
    pub kind: ItemKind,
    /// The name of the field, cookie or key; empty for a host.
    #[serde(default)]
    pub key: String,
    /// An expression that the whole value must match; absent or empty where any value will do.
    #[serde(default)]
    pub value: Option<String>,
}

/// A field that is added to replies.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct FieldDefinition {
    /// Its name.
    pub key: String,
    /// Its value.
    pub value: String,
}

/// A rule of `headers()`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct HeaderDefinition {
    /// The paths that it is for.
    pub source: String,
    /// `false`: the source is taken without the base path.
    #[serde(default)]
    pub base_path: Option<bool>,
    /// What a request must have.
    #[serde(default)]
    pub has: Option<Vec<ItemDefinition>>,
    /// What a request must not have.
    #[serde(default)]
    pub missing: Option<Vec<ItemDefinition>>,
    /// The fields.
    pub headers: Vec<FieldDefinition>,
}

/// A rule of `redirects()`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RedirectDefinition {
    /// The paths that it is for.
    pub source: String,
    /// Where to.
    pub destination: String,
    /// `true` is 308, `false` 307.
    #[serde(default)]
    pub permanent: Option<bool>,
    /// The status, in place of `permanent`.
    #[serde(default)]
    pub status_code: Option<u16>,
    /// `false`: source and destination are taken without the base path.
    #[serde(default)]
    pub base_path: Option<bool>,
    /// What a request must have.
    #[serde(default)]
    pub has: Option<Vec<ItemDefinition>>,
    /// What a request must not have.
    #[serde(default)]
    pub missing: Option<Vec<ItemDefinition>>,
}

/// A rule of `rewrites()`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RewriteDefinition {
    /// The paths that it is for.
    pub source: String,
    /// Where to.
    pub destination: String,
    /// `false`: source and destination are taken without the base path.
    #[serde(default)]
    pub base_path: Option<bool>,
    /// What a request must have.
    #[serde(default)]
    pub has: Option<Vec<ItemDefinition>>,
    /// What a request must not have.
    #[serde(default)]
    pub missing: Option<Vec<ItemDefinition>>,
}

/// What `rewrites()` returned.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum RewriteDefinitions {
    /// An array: all of them are `afterFiles`.
    List(Vec<RewriteDefinition>),
    /// One array for each place.
    #[serde(rename_all = "camelCase")]
    Places {
        /// Before files and routes are looked for.
        #[serde(default)]
        before_files: Option<Vec<RewriteDefinition>>,
        /// Before routes with parameters are looked for.
        #[serde(default)]
        after_files: Option<Vec<RewriteDefinition>>,
        /// Where nothing else was found.
        #[serde(default)]
        fallback: Option<Vec<RewriteDefinition>>,
    },
}

impl Default for RewriteDefinitions {
    fn default() -> Self {
        Self::List(Vec::new())
    }
}

impl RewriteDefinitions {
    /// The rules of each place: before files, after files, fallback.
    pub fn places(&self) -> [&[RewriteDefinition]; 3] {
        match self {
            Self::List(rules) => [&[], rules, &[]],
            Self::Places { before_files, after_files, fallback } => {
                [before_files, after_files, fallback].map(|rules| rules.as_deref().unwrap_or(&[]))
            }
        }
    }
}

/// All rules of a configuration.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct RuleDefinitions {
    /// `headers()`
    #[serde(default)]
    pub headers: Vec<HeaderDefinition>,
    /// `redirects()`
    #[serde(default)]
    pub redirects: Vec<RedirectDefinition>,
    /// `rewrites()`
    #[serde(default)]
    pub rewrites: RewriteDefinitions,
}

impl RuleDefinitions {
    /// How many rules there are.
    pub fn len(&self) -> usize {
        let rewrites: usize = self.rewrites.places().iter().map(|rules| rules.len()).sum();
        self.headers.len() + self.redirects.len() + rewrites
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}
