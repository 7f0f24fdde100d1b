//! `headers()`, `redirects()` and `rewrites()`: checked as Next.js 16.4.6 checks them
//! (`dist/lib/load-custom-routes.js`), in its words, and compiled.
//!
//! Beyond that a build refuses what Next.js finds out per request: expressions of `has` that are none, names and values
//! that no header can have, destinations that are no URL.

mod check;

use std::collections::BTreeMap;
use std::time::Duration;

use routewerk_routes::rules::{RuleDefinitions, RuleSettings, Rules};
use routewerk_server::RuleTrouble;
use serde_json::Value as Json;

use super::value::ConfigValue;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::report::Report;

/// The functions that return rules.
pub(crate) const FUNCTIONS: [&str; 3] = ["headers", "redirects", "rewrites"];

/// How long another server may be silent where the configuration says nothing.
const FORWARD_TIMEOUT: Duration = Duration::from_secs(30);

/// The longest time that Node.js's timers know.
const MAX_MILLIS: f64 = 2_147_483_647.0;

/// From how many rules on Next.js warns of their number.
const MANY: usize = 1000;

/// Checks what the functions returned.
///
/// # Errors
/// A [`Failure`] with Next.js's text for all that is wrong with the first of them that has a fault.
pub(super) fn check(returned: &BTreeMap<String, ConfigValue>) -> Result<(), Failure> {
    let mut text = String::new();
    match check::all(returned, &mut text) {
        Ok(()) => Ok(()),
        Err(check::Faulty) => Err(Failure::new(Exit::Config, text.trim_end().to_owned()).bare()),
    }
}

/// The rules of a frozen configuration.
///
/// # Errors
/// A [`Failure`] that names the rule that cannot be compiled.
pub(crate) fn compile(frozen: &Json) -> Result<Rules, Failure> {
    let refused = |text: String| Failure::new(Exit::Config, text);
    let definitions = definitions(frozen)?;
    let case_sensitive = frozen.pointer("/experimental/caseSensitiveRoutes").and_then(Json::as_bool) == Some(true);
    let settings = RuleSettings {
        base_path: frozen.get("basePath").and_then(Json::as_str).unwrap_or_default().to_owned(),
        is_case_sensitive: case_sensitive,
    };
    Rules::compile(&definitions, &settings).map_err(|error| refused(format!("Error: {error}")))
}

fn definitions(frozen: &Json) -> Result<RuleDefinitions, Failure> {
    let own: serde_json::Map<String, Json> =
        FUNCTIONS.iter().filter_map(|name| Some(((*name).to_owned(), frozen.get(*name)?.clone()))).collect();
    serde_json::from_value(Json::Object(own)).map_err(|error| {
        Failure::new(Exit::Config, format!("Error: the rules of the configuration cannot be read: {error}"))
    })
}

/// How many rules of each kind a frozen configuration has, in words; `None` where it has none.
pub(crate) fn summary(frozen: &Json) -> Option<String> {
    let definitions = definitions(frozen).ok().filter(|definitions| !definitions.is_empty())?;
    let rewrites: usize = definitions.rewrites.places().iter().map(|place| place.len()).sum();
    let counts =
        [(definitions.headers.len(), "header"), (definitions.redirects.len(), "redirect"), (rewrites, "rewrite")];
    let count = |(count, name): (usize, &str)| format!("{count} {name}{}", if count == 1 { "" } else { "s" });
    let counts: Vec<_> = counts.into_iter().filter(|(count, _)| *count > 0).map(count).collect();
    Some(format!("\nRules of next.config: {}", counts.join(", ")))
}

/// Warns of what is legal, and probably not meant.
pub(super) fn warn(frozen: &Json, report: Report) {
    let Ok(definitions) = definitions(frozen) else { return };
    if definitions.len() > MANY {
        let rewrites: usize = definitions.rewrites.places().iter().map(|place| place.len()).sum();
        report.warn(format!(
            "Warning: total number of custom routes exceeds 1000, this can reduce performance. Route counts:\nheaders: {}\n\
             rewrites: {rewrites}\nredirects: {}\nSee more info: https://nextjs.org/docs/messages/max-custom-routes-reached",
            definitions.headers.len(),
            definitions.redirects.len()
        ));
    }
}

/// How long a server that a rewrite leads to may be silent (`experimental.proxyTimeout`): 30 seconds, `null` for ever.
pub(crate) fn forward_timeout(frozen: &Json) -> Option<Duration> {
    match frozen.pointer("/experimental/proxyTimeout") {
        Some(Json::Null) => None,
        Some(Json::Number(millis)) if millis.as_f64() != Some(0.0) => {
            Some(Duration::from_secs_f64(millis.as_f64().unwrap_or_default().clamp(1.0, MAX_MILLIS) / 1000.0))
        }
        _ => Some(FORWARD_TIMEOUT),
    }
}

/// Says what went wrong with a rule and a request.
pub(crate) fn report_trouble(report: Report) -> impl Fn(&RuleTrouble<'_>) + Send + Sync + 'static {
    move |trouble| report.error(trouble)
}
