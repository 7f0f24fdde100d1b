//! What Next.js refuses in a configuration beyond the types of its keys, and what it calls deprecated or moved.
//! The texts are those of Next.js 16.4.6 (`dist/server/config.js` of the package).

use super::validate::Fault;
use super::value::ConfigValue;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::report::Report;

/// Keys that left `experimental`: their name there, and where they are now.
const MOVED: [(&str, &str); 13] = [
    ("bundlePagesExternals", "bundlePagesRouterDependencies"),
    ("serverComponentsExternalPackages", "serverExternalPackages"),
    ("swrDelta", "expireTime"),
    ("typedRoutes", "typedRoutes"),
    ("outputFileTracingRoot", "outputFileTracingRoot"),
    ("outputFileTracingIncludes", "outputFileTracingIncludes"),
    ("outputFileTracingExcludes", "outputFileTracingExcludes"),
    ("reactCompiler", "reactCompiler"),
    ("cacheComponents", "cacheComponents"),
    ("cacheLife", "cacheLife"),
    ("cacheHandlers", "cacheHandlers"),
    ("transpilePackages", "transpilePackages"),
    ("skipTrailingSlashRedirect", "skipTrailingSlashRedirect"),
];

/// Keys with a better name: the old one and what Next.js says; `{file}` stands for the file's name.
const DEPRECATED: [(&str, &str); 9] = [
    (
        "experimental.middlewarePrefetch",
        "`experimental.middlewarePrefetch` is deprecated. Please use `experimental.proxyPrefetch` instead in {file}.",
    ),
    (
        "experimental.middlewareClientMaxBodySize",
        "`experimental.middlewareClientMaxBodySize` is deprecated. Please use `experimental.proxyClientMaxBodySize` \
         instead in {file}.",
    ),
    (
        "experimental.externalMiddlewareRewritesResolve",
        "`experimental.externalMiddlewareRewritesResolve` is deprecated. Please use \
         `experimental.externalProxyRewritesResolve` instead in {file}.",
    ),
    (
        "skipMiddlewareUrlNormalize",
        "`skipMiddlewareUrlNormalize` is deprecated. Please use `skipProxyUrlNormalize` instead in {file}.",
    ),
    (
        "experimental.instrumentationHook",
        "`experimental.instrumentationHook` is no longer needed, because `instrumentation.js` is available by default. \
         You can remove it from {file}.",
    ),
    (
        "experimental.after",
        "`experimental.after` is no longer needed, because `after` is available by default. You can remove it from \
         {file}.",
    ),
    (
        "experimental.rootParams",
        "`experimental.rootParams` is no longer needed, because `next/root-params` is available by default. You can \
         remove it from {file}.",
    ),
    (
        "eslint",
        "`eslint` configuration in {file} is no longer supported. See more info here: \
         https://nextjs.org/docs/app/api-reference/cli/next#next-lint-options",
    ),
    (
        "i18n",
        "i18n configuration in {file} is unsupported in App Router.\nLearn more about internationalization in App \
         Router: https://nextjs.org/docs/app/building-your-application/routing/internationalization",
    ),
];

/// Pairs of names for one option, of which only one may be given.
const EXCLUSIVE: [(&str, &str); 4] = [
    ("experimental.proxyClientMaxBodySize", "experimental.middlewareClientMaxBodySize"),
    ("experimental.proxyPrefetch", "experimental.middlewarePrefetch"),
    ("experimental.externalProxyRewritesResolve", "experimental.externalMiddlewareRewritesResolve"),
    ("skipProxyUrlNormalize", "skipMiddlewareUrlNormalize"),
];

/// A value by its dotted path.
pub(super) fn at<'config>(config: &'config ConfigValue, path: &str) -> Option<&'config ConfigValue> {
    path.split('.').try_fold(config, |value, key| value.field(key))
}

/// Takes keys that left `experimental` to where they are now; each with a warning.
pub(super) fn move_out_of_experimental(config: ConfigValue, file: &str, report: Report) -> ConfigValue {
    let moved: Vec<_> = MOVED
        .iter()
        .filter_map(|(old, new)| Some((*old, *new, config.field("experimental")?.field(old)?.clone())))
        .collect();
    let ConfigValue::Object(mut fields) = config else { return config };
    for (old, new, value) in moved {
        report.warn(format!(
            "`experimental.{old}` has been moved to `{new}`. Please update your {file} file accordingly."
        ));
        match fields.iter_mut().find(|(key, _)| key == new) {
            Some((_, there)) => *there = value,
            None => fields.push((new.to_owned(), value)),
        }
    }
    ConfigValue::Object(fields)
}

/// Warns of keys with a better name.
pub(super) fn warn_of_deprecated(config: &ConfigValue, file: &str, report: Report) {
    for (path, text) in DEPRECATED {
        if at(config, path).is_some() {
            report.warn(text.replace("{file}", file));
        }
    }
    if let Some(text) = use_cache_advice(config, file) {
        report.warn(text);
    }
}

/// `experimental.useCache` is what `cacheComponents` does by itself.
fn use_cache_advice(config: &ConfigValue, file: &str) -> Option<String> {
    at(config, "experimental.useCache").filter(|value| matches!(value, ConfigValue::Boolean(_)))?;
    Some(if config.field("cacheComponents") == Some(&ConfigValue::Boolean(true)) {
        format!(
            "`experimental.useCache` is no longer needed, because `cacheComponents` already enables the `\"use cache\"` \
             directive. You can remove it from {file}."
        )
    } else {
        format!(
            "`experimental.useCache` is deprecated. Please use the top-level `cacheComponents` option instead in {file}."
        )
    })
}

/// Faults for which Next.js does not go on.
pub(super) fn is_fatal(fault: &Fault) -> bool {
    fault.top_key == "images"
}

/// Refuses what Next.js refuses.
///
/// # Errors
/// A [`Failure`] with Next.js's text.
pub(super) fn refuse(config: &ConfigValue, fatal: &[Fault], file: &str) -> Result<(), Failure> {
    let refusal = (!fatal.is_empty())
        .then(|| fatal_text(fatal, file))
        .or_else(|| page_extensions(config))
        .or_else(|| paths(config))
        .or_else(|| env(config, file))
        .or_else(|| exclusive(config))
        .or_else(|| no_longer(config, file));
    match refusal {
        Some(text) => Err(Failure::new(Exit::Config, text)),
        None => Ok(()),
    }
}

fn fatal_text(fatal: &[Fault], file: &str) -> String {
    let mut text = format!("Fatal next config errors found in {file} that must be fixed:\n");
    for fault in fatal {
        text.push_str("    ");
        text.push_str(&fault.message);
        text.push('\n');
    }
    text.push_str(
        "These configuration options are required or have been migrated. Please update your configuration.\nSee more \
         info here: https://nextjs.org/docs/messages/invalid-next-config",
    );
    text
}

fn page_extensions(config: &ConfigValue) -> Option<String> {
    let found = config.field("pageExtensions")?;
    let remedy = "Please update this config or remove it.";
    let ConfigValue::List(items) = found else {
        let shown = shown(found);
        return Some(format!("Specified pageExtensions is not an array of strings, found \"{shown}\". {remedy}"));
    };
    if items.is_empty() {
        return Some(
            "Specified pageExtensions is an empty array. Please update it with the relevant extensions or remove it."
                .to_owned(),
        );
    }
    let wrong = items.iter().find(|item| !matches!(item, ConfigValue::Text(_)))?;
    Some(format!(
        "Specified pageExtensions is not an array of strings, found \"{}\" of type \"{}\". {remedy}",
        shown(wrong),
        wrong.typeof_name()
    ))
}

fn paths(config: &ConfigValue) -> Option<String> {
    match config.field("distDir") {
        Some(ConfigValue::Text(text)) if text.trim() == "public" => {
            return Some(
                "The 'public' directory is reserved in Next.js and can not be set as the 'distDir'. \
                 https://nextjs.org/docs/messages/can-not-output-to-public"
                    .to_owned(),
            );
        }
        Some(ConfigValue::Text(text)) if text.trim().is_empty() => {
            return Some(
                "Invalid distDir provided, distDir can not be an empty string. Please remove this config or set it to \
                 undefined"
                    .to_owned(),
            );
        }
        None | Some(ConfigValue::Text(_)) => {}
        Some(found) => {
            return Some(format!("Specified distDir is not a string, found type \"{}\"", found.typeof_name()));
        }
    }
    if let Some(found) = config.field("assetPrefix").filter(|found| !matches!(found, ConfigValue::Text(_))) {
        return Some(format!(
            "Specified assetPrefix is not a string, found type \"{}\" \
             https://nextjs.org/docs/messages/invalid-assetprefix",
            found.typeof_name()
        ));
    }
    match config.field("basePath")? {
        ConfigValue::Text(path) if path.is_empty() => None,
        ConfigValue::Text(path) if path == "/" => {
            Some("Specified basePath /. basePath has to be either an empty string or a path prefix\"".to_owned())
        }
        ConfigValue::Text(path) if !path.starts_with('/') => {
            Some(format!("Specified basePath has to start with a /, found \"{path}\""))
        }
        ConfigValue::Text(path) if path.ends_with('/') => {
            Some(format!("Specified basePath should not end with /, found \"{path}\""))
        }
        ConfigValue::Text(_) => None,
        found => Some(format!("Specified basePath is not a string, found type \"{}\"", found.typeof_name())),
    }
}

/// Names that belong to Node.js and Next.js cannot be replaced in the code.
fn env(config: &ConfigValue, file: &str) -> Option<String> {
    let is_private = |name: &str| {
        let upper = name.to_ascii_uppercase();
        (upper.starts_with("NODE_") && upper.len() > "NODE_".len())
            || (upper.starts_with("__") && upper.len() > "__".len())
            || name == "NEXT_RUNTIME"
    };
    let (name, _) = config.field("env")?.fields().iter().find(|(name, _)| is_private(name))?;
    Some(format!(
        "The key \"{name}\" under \"env\" in {file} is not allowed. \
         https://nextjs.org/docs/messages/env-key-not-allowed"
    ))
}

fn exclusive(config: &ConfigValue) -> Option<String> {
    let (new, old) = EXCLUSIVE.iter().find(|(new, old)| at(config, new).is_some() && at(config, old).is_some())?;
    Some(format!("Config options `{new}` and `{old}` cannot be set at the same time. Please use `{new}` instead."))
}

fn no_longer(config: &ConfigValue, file: &str) -> Option<String> {
    if config.field("target").is_some_and(|target| *target != ConfigValue::Text("server".to_owned())) {
        return Some(format!(
            "The \"target\" property is no longer supported in {file}.\nSee more info here \
             https://nextjs.org/docs/messages/deprecated-target-config"
        ));
    }
    let is = |path: &str, flag: bool| at(config, path) == Some(&ConfigValue::Boolean(flag));
    if is("experimental.useCache", false) && is("cacheComponents", true) {
        return Some(format!(
            "`experimental.useCache` cannot be disabled when `cacheComponents` is enabled, because Cache Components relies on \
             the `\"use cache\"` directive. Please remove it from {file}."
        ));
    }
    match at(config, "experimental.ppr") {
        None | Some(ConfigValue::Boolean(false)) => None,
        Some(_) => Some(format!(
            "`experimental.ppr` has been merged into `cacheComponents`. The Partial Prerendering feature is still \
             available, but is now enabled via `cacheComponents`. Please update your {file} accordingly."
        )),
    }
}

/// A value inside of a message, as string concatenation shows it.
fn shown(value: &ConfigValue) -> String {
    match value {
        ConfigValue::Text(text) => text.clone(),
        ConfigValue::Number(number) => number.to_string(),
        ConfigValue::Boolean(flag) => flag.to_string(),
        ConfigValue::Object(_) => "[object Object]".to_owned(),
        other => other.type_name().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(config: serde_json::Value) -> String {
        let config = ConfigValue::from_described(config);
        refuse(&config, &[], "next.config.js").map_or_else(|failure| failure.message, |()| String::new())
    }

    #[test]
    fn the_old_name_of_cache_components_is_told() {
        let advice =
            |config: serde_json::Value| use_cache_advice(&ConfigValue::from_described(config), "next.config.ts");
        assert_eq!(advice(serde_json::json!({ "cacheComponents": true })), None);
        let told = advice(serde_json::json!({ "experimental": { "useCache": true } })).unwrap();
        assert!(told.starts_with("`experimental.useCache` is deprecated."), "{told}");
        let told =
            advice(serde_json::json!({ "cacheComponents": true, "experimental": { "useCache": true } })).unwrap();
        assert!(told.ends_with("You can remove it from next.config.ts."), "{told}");
    }

    #[test]
    fn base_paths_are_refused_as_next_refuses_them() {
        let base_path = |path: &str| refusal(serde_json::json!({ "basePath": path }));
        assert_eq!(base_path("/docs"), "");
        assert_eq!(base_path(""), "");
        assert!(base_path("/").starts_with("Specified basePath /."));
        assert_eq!(base_path("docs"), "Specified basePath has to start with a /, found \"docs\"");
        assert_eq!(base_path("/docs/"), "Specified basePath should not end with /, found \"/docs/\"");
        assert_eq!(
            refusal(serde_json::json!({ "basePath": 5 })),
            "Specified basePath is not a string, found type \"number\""
        );
    }

    #[test]
    fn what_cannot_be_is_refused() {
        for (config, text) in [
            (serde_json::json!({ "pageExtensions": [] }), "is an empty array"),
            (serde_json::json!({ "pageExtensions": "ts" }), "found \"ts\""),
            (serde_json::json!({ "pageExtensions": ["ts", 1] }), "found \"1\" of type \"number\""),
            (serde_json::json!({ "env": { "NODE_ENV": "x" } }), "The key \"NODE_ENV\" under \"env\""),
            (serde_json::json!({ "env": { "__X": "x" } }), "The key \"__X\""),
            (serde_json::json!({ "distDir": " " }), "can not be an empty string"),
            (
                serde_json::json!({ "skipProxyUrlNormalize": true, "skipMiddlewareUrlNormalize": true }),
                "cannot be set at the same time",
            ),
            (serde_json::json!({ "experimental": { "ppr": "incremental" } }), "merged into `cacheComponents`"),
            (
                serde_json::json!({ "cacheComponents": true, "experimental": { "useCache": false } }),
                "`experimental.useCache` cannot be disabled when `cacheComponents` is enabled",
            ),
        ] {
            let found = refusal(config.clone());
            assert!(found.contains(text), "{config}: {found}");
        }
    }
}
