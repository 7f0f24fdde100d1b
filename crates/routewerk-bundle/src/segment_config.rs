//! Reads a route's segment configuration (`export const dynamic = …` and its like) from the syntax tree.
//!
//! Nothing of the user's runs for it. What is accepted and refused, and in which words, is Next.js's: values must be
//! literals, one error per export, all reported together. Next.js checks in two passes that end the build one after
//! the other; here both run at once, so the user sees everything in one go.

use std::path::Path;

use oxc::ast::ast::{
    BindingPattern, Declaration, ExportDeclaration, Expression, ImportOrExportKind, ModuleExportName, Program,
    Statement, VariableDeclarationKind,
};
use oxc::span::{GetSpan, Span};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::code_frame::Location;
use crate::error::{BuildError, BuildErrorKind};
use crate::literal::{Literal, Unsupported, literal};
use crate::module_facts::bound_names;

/// A route's segment configuration; what is absent was not exported.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct SegmentConfig {
    /// `dynamic`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dynamic: Option<Dynamic>,
    /// `revalidate`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revalidate: Option<Revalidate>,
    /// `fetchCache`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fetch_cache: Option<FetchCache>,
    /// `runtime`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub runtime: Option<Runtime>,
    /// `maxDuration`, seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_duration: Option<u64>,
    /// `preferredRegion`; one region is a list of one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub preferred_region: Option<Vec<String>>,
    /// `dynamicParams`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dynamic_params: Option<bool>,
    /// Whether `generateStaticParams` is exported.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub generate_static_params: bool,
}

impl SegmentConfig {
    /// Takes over what a route gets by `export * from` and does not say itself: Next.js reads configuration at run time and sees
    /// it there.
    pub(crate) fn inherit(&mut self, theirs: Self) {
        self.dynamic = self.dynamic.or(theirs.dynamic);
        self.revalidate = self.revalidate.or(theirs.revalidate);
        self.fetch_cache = self.fetch_cache.or(theirs.fetch_cache);
        self.runtime = self.runtime.or(theirs.runtime);
        self.max_duration = self.max_duration.or(theirs.max_duration);
        self.preferred_region = self.preferred_region.take().or(theirs.preferred_region);
        self.dynamic_params = self.dynamic_params.or(theirs.dynamic_params);
        self.generate_static_params |= theirs.generate_static_params;
    }
}

/// The values of `dynamic`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Dynamic {
    /// `auto`
    Auto,
    /// `force-dynamic`
    ForceDynamic,
    /// `error`
    Error,
    /// `force-static`
    ForceStatic,
}

/// The values of `fetchCache`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FetchCache {
    /// `auto`
    Auto,
    /// `default-cache`
    DefaultCache,
    /// `only-cache`
    OnlyCache,
    /// `force-cache`
    ForceCache,
    /// `default-no-store`
    DefaultNoStore,
    /// `only-no-store`
    OnlyNoStore,
    /// `force-no-store`
    ForceNoStore,
}

/// The values of `runtime`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Runtime {
    /// `nodejs`
    #[default]
    Nodejs,
    /// `edge`
    Edge,
}

/// The values of `revalidate`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Revalidate {
    /// `false`: never.
    Never,
    /// A number of seconds.
    Seconds(u64),
}

impl Serialize for Revalidate {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Never => serializer.serialize_bool(false),
            Self::Seconds(seconds) => serializer.serialize_u64(*seconds),
        }
    }
}

impl<'de> Deserialize<'de> for Revalidate {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Value::deserialize(deserializer)? {
            Value::Bool(false) => Ok(Self::Never),
            Value::Number(number) if number.is_u64() => Ok(Self::Seconds(number.as_u64().unwrap_or_default())),
            other => Err(serde::de::Error::custom(format!("expected a whole number or `false`, found `{other}`"))),
        }
    }
}

/// Where a route's configuration is read from.
#[derive(Clone, Copy, Debug)]
pub struct SegmentSource<'source> {
    /// The project's folder, for the names of files.
    pub project_root: &'source Path,
    /// The route file.
    pub file: &'source Path,
    /// Its text.
    pub text: &'source str,
    /// The route's pattern as Next.js shows it (`/api/items/[slug]`).
    pub pattern: &'source str,
    /// `cacheComponents` of next.config.
    pub cache_components: bool,
}

/// What was read.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SegmentReading {
    /// The configuration, as far as it is valid.
    pub config: SegmentConfig,
    /// What stops the build.
    pub errors: Vec<BuildError>,
    /// What Next.js warns about.
    pub warnings: Vec<String>,
}

const CONFIG_PAGE: &str = "https://nextjs.org/docs/app/api-reference/file-conventions/route-segment-config";
const STATIC_HINT: &str = "The exported configuration object in a source file needs to have a very specific format from \
                           which some properties can be statically parsed at compiled-time.\n\n\
                           https://nextjs.org/docs/app/api-reference/file-conventions/route-segment-config";
const DYNAMIC: [&str; 4] = ["auto", "force-dynamic", "error", "force-static"];
const FETCH_CACHE: [&str; 7] =
    ["auto", "default-cache", "only-cache", "force-cache", "default-no-store", "only-no-store", "force-no-store"];
const RUNTIME: [&str; 3] = ["nodejs", "edge", "experimental-edge"];
/// Exports that `cacheComponents` does not go together with.
const NOT_WITH_CACHE_COMPONENTS: [&str; 5] = ["dynamic", "dynamicParams", "revalidate", "fetchCache", "runtime"];

/// The names that are configuration.
fn is_config_name(name: &str) -> bool {
    matches!(
        name,
        "dynamic" | "dynamicParams" | "revalidate" | "fetchCache" | "runtime" | "maxDuration" | "preferredRegion"
    )
}

/// Reads a route's segment configuration.
pub fn read_segment_config(source: SegmentSource<'_>, program: &Program<'_>) -> SegmentReading {
    let mut reader = Reader { source, reading: SegmentReading::default(), generates: None, runtime_span: None };
    for statement in &program.body {
        reader.statement(statement);
    }
    reader.check_together();
    reader.reading
}

/// The `runtime` that a route file itself declares; what is wrong with the declaration is the affair of
/// [`read_segment_config`].
pub(crate) fn declared_runtime(file: &Path, text: &str) -> Runtime {
    // Few files name it; only those are parsed here.
    if !text.contains("runtime") || !text.contains("edge") {
        return Runtime::Nodejs;
    }
    let allocator = oxc::allocator::Allocator::default();
    let options = oxc::parser::ParseOptions { preserve_parens: false, ..oxc::parser::ParseOptions::default() };
    let source_type = crate::build::diagnostics::source_type_of(file);
    let parsed = oxc::parser::Parser::new(&allocator, text, source_type).with_options(options).parse();
    let source = SegmentSource { project_root: Path::new("/"), file, text, pattern: "", cache_components: false };
    read_segment_config(source, &parsed.program).config.runtime.unwrap_or_default()
}

struct Reader<'source> {
    source: SegmentSource<'source>,
    reading: SegmentReading,
    generates: Option<Span>,
    runtime_span: Option<Span>,
}

impl Reader<'_> {
    fn error(&mut self, span: Span, message: String, hint: &str) {
        let SegmentSource { project_root, file, text, .. } = self.source;
        let kind = BuildErrorKind::SegmentConfig { message, hint: hint.to_owned() };
        self.reading.errors.push(
            BuildError::new(kind)
                .or_at(|| Location::in_source(project_root, file, text, span.start as usize, span.end as usize)),
        );
    }

    fn not_static(&mut self, name: &str, span: Span, what: &str) {
        self.error(span, format!("Next.js can't recognize the exported `{name}` field in route. {what}"), STATIC_HINT);
    }

    /// The words of Next.js's second pass, which knows the value.
    fn invalid(&mut self, name: &str, span: Span, what: &str) {
        let pattern = self.source.pattern;
        self.error(
            span,
            format!(
                "Invalid segment configuration options detected for \"{pattern}\". Read more at {CONFIG_PAGE}: {what} at \"{name}\""
            ),
            CONFIG_PAGE,
        );
    }

    /// The words of Next.js's second pass for what is no literal.
    fn unsupported(&mut self, name: &str, span: Span, unsupported: &Unsupported) {
        let pattern = self.source.pattern;
        let path = format!("{name}{}", unsupported.path);
        self.error(
            span,
            format!(
                "Invalid segment configuration export detected. This can cause unexpected behavior from the configs not \
                 being applied.\nNext.js can't recognize the exported `{name}` field in route \"{pattern}\": {} at \"{path}\".",
                unsupported.what
            ),
            STATIC_HINT,
        );
    }

    fn statement(&mut self, statement: &Statement<'_>) {
        match statement {
            Statement::ExportDeclaration(export) => self.declaration(export),
            Statement::ExportNamedDeclaration(export) if export.export_kind == ImportOrExportKind::Value => {
                for named in export.specifiers.iter().filter(|named| named.export_kind == ImportOrExportKind::Value) {
                    self.re_export(&named.exported, named.span);
                }
            }
            Statement::ExportFromDeclaration(export) if export.export_kind == ImportOrExportKind::Value => {
                for named in export.specifiers.iter().filter(|named| named.export_kind == ImportOrExportKind::Value) {
                    self.re_export(&named.exported, named.span);
                }
            }
            _ => {}
        }
    }

    fn re_export(&mut self, exported: &ModuleExportName<'_>, span: Span) {
        let name = exported.name();
        if is_config_name(&name) {
            self.not_static(&name, span, "It mustn't be reexported.");
        } else {
            self.other_export(&name, span);
        }
    }

    fn declaration(&mut self, export: &ExportDeclaration<'_>) {
        match &export.declaration {
            Declaration::VariableDeclaration(variables) => {
                for variable in &variables.declarations {
                    match &variable.id {
                        BindingPattern::BindingIdentifier(identifier) => {
                            let name = identifier.name.as_str();
                            if is_config_name(name) {
                                self.config(name, variable.init.as_ref(), variable.span, variables.kind);
                            } else {
                                self.other_export(name, variable.span);
                            }
                        }
                        pattern => {
                            for name in bound_names(pattern).iter().filter(|name| is_config_name(name)) {
                                let what =
                                    Unsupported { what: "Unsupported destructuring".to_owned(), path: String::new() };
                                self.unsupported(name, variable.span, &what);
                            }
                        }
                    }
                }
            }
            Declaration::TSTypeAliasDeclaration(_) | Declaration::TSInterfaceDeclaration(_) => {}
            other => {
                if let Some(identifier) = other.id() {
                    if is_config_name(identifier.name.as_str()) {
                        self.config(identifier.name.as_str(), None, other.span(), VariableDeclarationKind::Const);
                    } else {
                        self.other_export(identifier.name.as_str(), other.span());
                    }
                }
            }
        }
    }

    /// An export that is not plain configuration but has rules of its own.
    fn other_export(&mut self, name: &str, span: Span) {
        let page = format!("{}/route", self.source.pattern.trim_end_matches('/'));
        match name {
            "generateStaticParams" => {
                self.reading.config.generate_static_params = true;
                self.generates = Some(span);
            }
            "config" => self.reading.warnings.push(
                "Next.js can't recognize the exported `config` field in route. Page config in `config` is deprecated and \
                 ignored, use individual exports instead."
                    .to_owned(),
            ),
            "unstable_paramMatching" | "unstable_generateParamMatching" => self.error(
                span,
                format!(
                    "Route \"{page}\" cannot export parameter matching. It is only supported in layouts and pages."
                ),
                CONFIG_PAGE,
            ),
            "instant" | "prefetch" | "ensureStatic" if !self.source.cache_components => self.error(
                span,
                format!("Route \"{page}\" cannot use `export const {name} = ...` without enabling `cacheComponents`."),
                CONFIG_PAGE,
            ),
            _ => {}
        }
    }

    fn config(&mut self, name: &str, init: Option<&Expression<'_>>, span: Span, kind: VariableDeclarationKind) {
        if self.source.cache_components && NOT_WITH_CACHE_COMPONENTS.contains(&name) {
            self.error(
                span,
                format!(
                    "Route segment config \"{name}\" is not compatible with `nextConfig.cacheComponents`. Please remove it."
                ),
                CONFIG_PAGE,
            );
            return;
        }
        let value = match init {
            Some(init) => literal(init, ""),
            None if kind == VariableDeclarationKind::Const => {
                Err(Unsupported { what: "Unsupported declaration".to_owned(), path: String::new() })
            }
            None => Ok(Literal::Undefined),
        };
        match name {
            "dynamic" => {
                self.reading.config.dynamic = self.variant(name, &value, span, &DYNAMIC);
            }
            "fetchCache" => {
                self.reading.config.fetch_cache = self.variant(name, &value, span, &FETCH_CACHE);
            }
            "runtime" => {
                self.runtime_span = Some(span);
                if value.as_ref().ok().and_then(Literal::text) == Some("experimental-edge") {
                    let what = "Invalid enum value. Expected 'edge' | 'nodejs', received 'experimental-edge'";
                    self.invalid(name, span, what);
                } else {
                    self.reading.config.runtime = self.variant(name, &value, span, &RUNTIME);
                }
            }
            "dynamicParams" => match value {
                Ok(Literal::Json(Value::Bool(flag))) => self.reading.config.dynamic_params = Some(flag),
                Ok(Literal::Undefined) => {}
                _ => self.not_static(name, span, "It needs to be a static boolean."),
            },
            "preferredRegion" => self.preferred_region(name, &value, span),
            "revalidate" => match value {
                Ok(Literal::Undefined) => {}
                Ok(Literal::Json(value)) => self.revalidate(name, &value, span),
                Err(unsupported) => self.unsupported(name, span, &unsupported),
            },
            _ => match value {
                Ok(Literal::Undefined) => {}
                Ok(Literal::Json(value)) => self.max_duration(name, &value, span),
                Err(unsupported) => self.unsupported(name, span, &unsupported),
            },
        }
    }

    fn variant<T: serde::de::DeserializeOwned>(
        &mut self,
        name: &str,
        value: &Result<Literal, Unsupported>,
        span: Span,
        variants: &[&str],
    ) -> Option<T> {
        let text = match value {
            Ok(Literal::Undefined) => return None,
            Ok(literal) => literal.text(),
            Err(_) => None,
        };
        let Some(text) = text else {
            self.not_static(name, span, "It needs to be a static string.");
            return None;
        };
        if !variants.contains(&text) {
            let expected: Vec<_> = variants.iter().map(|variant| format!("`{variant}`")).collect();
            let what =
                format!("It has an invalid value: unknown variant `{text}`, expected one of {}.", expected.join(", "));
            self.not_static(name, span, &what);
            return None;
        }
        serde_json::from_value(json!(text)).ok()
    }

    fn preferred_region(&mut self, name: &str, value: &Result<Literal, Unsupported>, span: Span) {
        const NEEDED: &str = "needs to be a static string or array of static strings.";
        let regions = match value {
            Ok(Literal::Undefined) => return,
            Ok(Literal::Json(Value::String(region))) => vec![region.clone()],
            Ok(Literal::Json(Value::Array(regions))) => match regions.iter().position(|region| !region.is_string()) {
                Some(at) => {
                    self.not_static(name, span, &format!("Entry `{name}[{at}]` {NEEDED}"));
                    return;
                }
                None => regions.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
            },
            _ => {
                self.not_static(name, span, &format!("It {NEEDED}"));
                return;
            }
        };
        self.reading.config.preferred_region = Some(regions);
        self.reading.warnings.push(
            "The \"preferredRegion\" route segment config is deprecated. Learn more: \
             https://nextjs.org/docs/messages/preferred-region-deprecated"
                .to_owned(),
        );
    }

    fn revalidate(&mut self, name: &str, value: &Value, span: Span) {
        let valid = match value {
            Value::Bool(false) => Some(Revalidate::Never),
            Value::Number(number) => whole_number(number).map(Revalidate::Seconds),
            _ => None,
        };
        if valid.is_none() {
            let pattern = self.source.pattern;
            let what =
                format!("Invalid revalidate value {value} on \"{pattern}\", must be a non-negative number or false");
            self.invalid(name, span, &what);
        }
        self.reading.config.revalidate = valid;
    }

    fn max_duration(&mut self, name: &str, value: &Value, span: Span) {
        match value {
            Value::Number(number) => match whole_number(number) {
                Some(seconds) => self.reading.config.max_duration = Some(seconds),
                None => self.invalid(name, span, "Expected integer, received float"),
            },
            other => {
                let received = match other {
                    Value::Null => "null",
                    Value::Bool(_) => "boolean",
                    Value::String(_) => "string",
                    Value::Array(_) => "array",
                    Value::Object(_) | Value::Number(_) => "object",
                };
                self.invalid(name, span, &format!("Expected number, received {received}"));
            }
        }
    }

    /// What holds between several exports.
    fn check_together(&mut self) {
        if self.reading.config.runtime != Some(Runtime::Edge) {
            return;
        }
        let pattern = self.source.pattern;
        self.reading.warnings.push(
            "The Edge Runtime is deprecated. You can use the \"nodejs\" runtime instead. Learn more: \
             https://nextjs.org/docs/messages/edge-runtime-deprecated"
                .to_owned(),
        );
        self.reading
            .warnings
            .push("Using edge runtime on a page currently disables static generation for that page".to_owned());
        if self.reading.config.dynamic == Some(Dynamic::ForceStatic) {
            self.reading.warnings.push(format!(
                "Page \"{pattern}\" is using runtime = 'edge' which is currently incompatible with dynamic = \
                 'force-static'. Please remove either \"runtime\" or \"force-static\" for correct behavior"
            ));
        }
        if let Some(span) = self.generates {
            let page = format!("{}/route", pattern.trim_end_matches('/'));
            self.error(
                span,
                format!(
                    "Page \"{page}\" cannot use both `export const runtime = 'edge'` and export `generateStaticParams`."
                ),
                CONFIG_PAGE,
            );
        }
    }
}

/// A whole number that is not negative; `60.0` is one in JavaScript.
fn whole_number(number: &serde_json::Number) -> Option<u64> {
    let value = number.as_f64()?;
    // 2^53: behind that, JavaScript's numbers are no longer whole.
    (value >= 0.0 && value.fract() == 0.0 && value <= 9_007_199_254_740_992.0).then_some(value as u64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use oxc::allocator::Allocator;
    use oxc::parser::{ParseOptions, Parser};
    use oxc::span::SourceType;

    fn read_with(text: &str, cache_components: bool) -> SegmentReading {
        let allocator = Allocator::default();
        let options = ParseOptions { preserve_parens: false, ..ParseOptions::default() };
        let parsed = Parser::new(&allocator, text, SourceType::ts()).with_options(options).parse();
        assert!(parsed.diagnostics.is_empty(), "{:?}", parsed.diagnostics);
        let source = SegmentSource {
            project_root: Path::new("/p"),
            file: Path::new("/p/app/x/route.ts"),
            text,
            pattern: "/x",
            cache_components,
        };
        read_segment_config(source, &parsed.program)
    }

    fn read(text: &str) -> SegmentReading {
        read_with(text, false)
    }

    fn only_error(text: &str) -> String {
        let reading = read(text);
        assert_eq!(reading.errors.len(), 1, "{text}: {:?}", reading.errors);
        reading.errors[0].message()
    }

    #[test]
    fn literals_are_read() {
        let config = read(
            "export const dynamic = `force-static`; export let revalidate = 60; export const fetchCache = 'only-cache' as const\n\
             export const runtime = 'nodejs' satisfies string, maxDuration = 5; export const dynamicParams = false\n\
             export async function generateStaticParams() { return [] }; export const preferredRegion = ['a', 'b']",
        );
        assert_eq!(config.errors, []);
        assert_eq!(
            serde_json::to_value(&config.config).expect("json"),
            json!({
                "dynamic": "force-static", "revalidate": 60, "fetchCache": "only-cache", "runtime": "nodejs",
                "maxDuration": 5, "preferredRegion": ["a", "b"], "dynamicParams": false, "generateStaticParams": true,
            })
        );
        assert_eq!(read("export const revalidate = false").config.revalidate, Some(Revalidate::Never));
        assert_eq!(read("export const revalidate = 0x10").config.revalidate, Some(Revalidate::Seconds(16)));
        assert_eq!(read("export const fetchCache = undefined"), SegmentReading::default());
    }

    #[test]
    fn every_invalid_export_is_reported_with_its_place() {
        let reading = read(
            "export const dynamic = 'foo'\nexport const fetchCache = 'zip'\nexport const dynamicParams = 'x'\n\
             export const runtime = process.env.X\nexport const preferredRegion = 5\nexport const revalidate = -1\n",
        );
        let texts: Vec<_> = reading.errors.iter().map(BuildError::message).collect();
        assert_eq!(
            texts[..5],
            [
                "Next.js can't recognize the exported `dynamic` field in route. It has an invalid value: unknown variant `foo`, expected one of `auto`, `force-dynamic`, `error`, `force-static`.",
                "Next.js can't recognize the exported `fetchCache` field in route. It has an invalid value: unknown variant `zip`, expected one of `auto`, `default-cache`, `only-cache`, `force-cache`, `default-no-store`, `only-no-store`, `force-no-store`.",
                "Next.js can't recognize the exported `dynamicParams` field in route. It needs to be a static boolean.",
                "Next.js can't recognize the exported `runtime` field in route. It needs to be a static string.",
                "Next.js can't recognize the exported `preferredRegion` field in route. It needs to be a static string or array of static strings.",
            ]
        );
        assert!(texts[5].ends_with("Unsupported node type \"UnaryExpression\" at \"revalidate\"."), "{}", texts[5]);
        let place = reading.errors[2].location().expect("place");
        assert_eq!(place.to_string(), "./app/x/route.ts:3:14");
        assert!(place.frame.contains("> 3 | export const dynamicParams = 'x'\n    |              ^^^^^^^^^^^^^^^^^^^"));
    }

    #[test]
    fn numbers_are_checked_in_the_words_of_next() {
        let prefix = "Invalid segment configuration options detected for \"/x\". Read more at https://nextjs.org/docs/app/api-reference/file-conventions/route-segment-config: ";
        for (text, expected) in [
            (
                "export const revalidate = '60'",
                "Invalid revalidate value \"60\" on \"/x\", must be a non-negative number or false at \"revalidate\"",
            ),
            (
                "export const revalidate = 1.5",
                "Invalid revalidate value 1.5 on \"/x\", must be a non-negative number or false at \"revalidate\"",
            ),
            (
                "export const revalidate = true",
                "Invalid revalidate value true on \"/x\", must be a non-negative number or false at \"revalidate\"",
            ),
            ("export const maxDuration = '5'", "Expected number, received string at \"maxDuration\""),
            ("export const maxDuration = 1.5", "Expected integer, received float at \"maxDuration\""),
            (
                "export const runtime = 'experimental-edge'",
                "Invalid enum value. Expected 'edge' | 'nodejs', received 'experimental-edge' at \"runtime\"",
            ),
        ] {
            assert_eq!(only_error(text), format!("{prefix}{expected}"), "{text}");
        }
    }

    #[test]
    fn what_is_no_literal_is_refused() {
        for text in ["60 * 10", "x", "Infinity", "f()", "`${a}`", "-1"] {
            let message = only_error(&format!("export const revalidate = {text}"));
            assert!(message.starts_with("Invalid segment configuration export detected."), "{message}");
        }
        assert!(
            only_error("export const preferredRegion = ['a', 5]")
                .ends_with("Entry `preferredRegion[1]` needs to be a static string or array of static strings.")
        );
        for text in [
            "const dynamic = 'auto'; export { dynamic }",
            "const x = 1; export { x as revalidate }",
            "export { dynamic } from './x'",
        ] {
            assert!(only_error(text).ends_with("It mustn't be reexported."), "{text}");
        }
        assert!(only_error("export function dynamic() {}").ends_with("It needs to be a static string."));
        assert!(only_error("export const dynamic = null").ends_with("It needs to be a static string."));
    }

    #[test]
    fn exports_that_do_not_go_together_are_reported() {
        assert_eq!(
            only_error("export const runtime = 'edge'; export function generateStaticParams() {}"),
            "Page \"/x/route\" cannot use both `export const runtime = 'edge'` and export `generateStaticParams`."
        );
        let both = read("export const runtime = 'edge'; export const dynamic = 'force-static'");
        assert_eq!(both.errors, []);
        assert_eq!(both.warnings.len(), 3);
        assert_eq!(read("export const config = {}").warnings.len(), 1);
        let cached = read_with("export const revalidate = 1", true);
        assert_eq!(
            cached.errors[0].message(),
            "Route segment config \"revalidate\" is not compatible with `nextConfig.cacheComponents`. Please remove it."
        );
    }

    #[test]
    fn a_configuration_survives_the_manifest() {
        let config = read("export const revalidate = false; export const dynamic = 'error'").config;
        let text = serde_json::to_string(&config).expect("json");
        assert_eq!(serde_json::from_str::<SegmentConfig>(&text).expect("json"), config);
        assert!(serde_json::from_str::<SegmentConfig>("{\"revalidate\":true}").is_err());
    }
}
