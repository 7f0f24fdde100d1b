//! What is different for code of routes with `export const runtime = 'edge'`.
//!
//! They run in the same process as the others, compiled a second time: a module that both kinds of routes import is two
//! modules, as in Next.js. In the copy for the edge the names of globals lead to those of the edge runtime
//! (`runtime/edge/globals.ts`), packages are found under the edge's conditions and bundled, and only some modules of
//! Node.js can be imported. docs/design/edge.md says why it is done like this.

use serde_json::json;

/// What of Node.js edge code may import.
const BUILTINS: [&str; 5] = ["node:assert", "node:async_hooks", "node:buffer", "node:events", "node:util"];

/// The globals that edge code sees in another form, or that are errors there. `runtime/edge/globals.ts` has all of them; a
/// test compares.
pub(crate) const GLOBALS: [&str; 43] = [
    "AsyncLocalStorage",
    "BroadcastChannel",
    "ByteLengthQueuingStrategy",
    "CompressionStream",
    "CountQueuingStrategy",
    "DecompressionStream",
    "DomException",
    "EdgeRuntime",
    "FetchEvent",
    "Function",
    "MessageChannel",
    "MessageEvent",
    "MessagePort",
    "Navigator",
    "Performance",
    "PromiseRejectionEvent",
    "ReadableByteStreamController",
    "ReadableStreamBYOBRequest",
    "ReadableStreamDefaultController",
    "Request",
    "Response",
    "Storage",
    "TransformStreamDefaultController",
    "WritableStreamDefaultController",
    "addEventListener",
    "clearImmediate",
    "clearInterval",
    "clearTimeout",
    "dispatchEvent",
    "eval",
    "fetch",
    "global",
    "globalThis",
    "localStorage",
    "navigator",
    "process",
    "removeEventListener",
    "self",
    "sessionStorage",
    "setImmediate",
    "setInterval",
    "setTimeout",
    "window",
];

/// The conditions under which packages are found.
pub(crate) const CONDITIONS: [&str; 2] = ["edge-light", "worker"];

/// The page that explains that a module is not there.
pub(crate) const BUILTIN_PAGE: &str = "https://nextjs.org/docs/messages/node-module-in-edge-runtime";
/// The page that explains that something else is not there.
pub(crate) const API_PAGE: &str = "https://nextjs.org/docs/api-reference/edge-runtime";
/// The page that explains that code cannot be made of text.
pub(crate) const CODE_PAGE: &str = "https://nextjs.org/docs/messages/edge-dynamic-code-evaluation";

/// Whether edge code may import a module of Node.js; `name` begins with `node:`.
pub(crate) fn allows_builtin(name: &str) -> bool {
    BUILTINS.contains(&name)
}

/// The replacements for edge code, made of those for the other code ([`defines`](crate::defines())).
pub(crate) fn edge_defines(defines: &[(String, String)]) -> Vec<(String, String)> {
    let mut pairs: Vec<(String, String)> = defines
        .iter()
        .filter(|(name, _)| name != "process.env.NEXT_RUNTIME")
        .cloned()
        .chain([("process.env.NEXT_RUNTIME".to_owned(), json!("edge").to_string())])
        .collect();
    pairs.extend(
        GLOBALS.map(|name| (name.to_owned(), format!("globalThis[Symbol.for('routewerk.runtime')].edge.{name}"))),
    );
    pairs
}

/// What becomes of an import of a module of Node.js that is not there. The texts are Next.js's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum EdgeRefusal {
    /// By its name with `node:` it cannot even be loaded.
    AtLoad(String),
    /// By its plain name (this one) it can be imported, and refuses any use.
    AtUse(String),
}

/// What the specifiers of modules begin with that refuse any use; the runtime makes them (`runtime/edge/refused.ts`).
pub(crate) const REFUSED_PREFIX: &str = "edge-refused:";

/// What becomes of an import of a module of Node.js that is not there.
pub(crate) fn refusal(specifier: &str, is_required: bool) -> EdgeRefusal {
    if !specifier.starts_with("node:") {
        return EdgeRefusal::AtUse(specifier.split('/').next().unwrap_or(specifier).to_owned());
    }
    EdgeRefusal::AtLoad(if is_required {
        format!("Cannot find module '{specifier}': Unsupported external type Url for commonjs reference")
    } else {
        format!("Failed to load external module {specifier}: TypeError: Native module not found: {specifier}")
    })
}

/// The `CommonJS` module that stands for one of Node.js that is not there.
pub(crate) fn refusing_module(specifier: &str, is_required: bool) -> String {
    match refusal(specifier, is_required) {
        // The assignment first: behind a `throw` it would be dropped, and with it what makes this module `CommonJS`.
        EdgeRefusal::AtLoad(text) => format!("module.exports = {{}};\nthrow new Error({});\n", json!(text)),
        EdgeRefusal::AtUse(name) => {
            format!("module.exports = globalThis[Symbol.for('routewerk.runtime')].edgeRefused({});\n", json!(name))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_runtime_has_what_the_names_lead_to() {
        let runtime = include_str!("../runtime/edge/globals.ts");
        for name in GLOBALS {
            assert!(runtime.contains(&format!("'{name}'")), "{name}");
        }
        for name in BUILTINS {
            assert!(runtime.contains(&format!("'{name}'")), "{name}");
        }
        assert!(include_str!("../runtime/edge/refused.ts").contains(REFUSED_PREFIX));
    }

    #[test]
    fn the_runtime_is_named_and_globals_lead_to_the_edges() {
        let pairs = edge_defines(&[
            ("process.env.NEXT_RUNTIME".to_owned(), "\"nodejs\"".to_owned()),
            ("process.env.A".to_owned(), "1".to_owned()),
        ]);
        let find = |name: &str| {
            pairs.iter().filter(|(found, _)| found == name).map(|(_, value)| value.as_str()).collect::<Vec<_>>()
        };
        assert_eq!(find("process.env.NEXT_RUNTIME"), ["\"edge\""]);
        assert_eq!(find("process.env.A"), ["1"]);
        assert_eq!(find("process"), ["globalThis[Symbol.for('routewerk.runtime')].edge.process"]);
    }
}
