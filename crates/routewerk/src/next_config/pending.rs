//! The keys that have an effect on Route Handlers under Next.js and none here yet.
//!
//! Whoever makes one work takes it off this list. Keys of pages, images and React are not on it: they have no effect
//! on a handler under Next.js either.

use serde_json::Value as Json;

use super::rules::at;
use super::value::ConfigValue;

/// Dotted paths.
const PENDING: [&str; 24] = [
    "adapterPath",
    "compiler.define",
    "compiler.defineServer",
    "compiler.removeConsole",
    "compiler.runAfterProductionCompile",
    "deploymentId",
    "experimental.allowedRevalidateHeaderKeys",
    "experimental.extensionAlias",
    "experimental.multiZoneDraftMode",
    "experimental.preloadEntriesOnStart",
    "experimental.proxyClientMaxBodySize",
    "experimental.removeUncaughtErrorAndRejectionListeners",
    "experimental.swcPlugins",
    "experimental.trustHostHeader",
    "experimental.urlImports",
    "experimental.useSkewCookie",
    "generateBuildId",
    "httpAgentOptions",
    "logging.fetches",
    "modularizeImports",
    "skipProxyUrlNormalize",
    "turbopack",
    "watchOptions",
    "webpack",
];

/// The one warning; `None` if there is nothing to warn of.
pub(super) fn warning(config: &ConfigValue, file: &str) -> Option<String> {
    let defaults: Json = serde_json::from_str(include_str!("default_config.json")).unwrap_or_default();
    let is_default = |path: &str, value: &ConfigValue| {
        let default = path.split('.').try_fold(&defaults, |json, key| json.get(key));
        default.is_some_and(|default| value.to_json().as_ref() == Some(default))
    };
    let mut keys: Vec<_> = PENDING
        .into_iter()
        .filter(|path| at(config, path).is_some_and(|value| !is_default(path, value) && !is_empty(value)))
        .collect();
    if config.field("output") == Some(&ConfigValue::Text("export".to_owned())) {
        keys.push("output: 'export'");
    }
    (!keys.is_empty()).then(|| format!("{file} has options that Routewerk does not honour yet: {}.", keys.join(", ")))
}

/// Whether a value asks for nothing.
fn is_empty(value: &ConfigValue) -> bool {
    match value {
        ConfigValue::Boolean(flag) => !flag,
        ConfigValue::Object(fields) => fields.is_empty(),
        ConfigValue::List(items) => items.is_empty(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn warned(config: serde_json::Value) -> Option<String> {
        warning(&ConfigValue::from_described(config), "next.config.ts")
    }

    #[test]
    fn one_warning_names_every_key_that_has_no_effect_yet() {
        let function = serde_json::json!({ "$": "function" });
        assert_eq!(
            warned(serde_json::json!({
                "cacheComponents": true, "experimental": { "trustHostHeader": true, "useSkewCookie": false },
                "expireTime": 31_536_000, "images": { "path": "/x" }, "turbopack": {}, "redirects": function,
            })),
            Some(
                "next.config.ts has options that Routewerk does not honour yet: experimental.trustHostHeader."
                    .to_owned()
            )
        );
        // What `create-next-app --api` writes.
        assert_eq!(warned(serde_json::json!({ "cacheComponents": true, "partialPrefetching": true })), None);
        assert_eq!(warned(serde_json::json!({ "reactStrictMode": true, "basePath": "/x" })), None);
        let defaults = serde_json::from_str(include_str!("default_config.json")).unwrap();
        assert_eq!(warned(defaults), None);
    }
}
