//! The function around a module's text: a function body that returns it, which is what the registry compiles.
//!
//! - An ES module is a generator function: its first step publishes the exports and binds the imports, so that cycles
//!   and hoisted functions work as the standard says; its second step runs the module.
//! - With top-level await it is an async generator function, for the same two steps.
//! - A `CommonJS` module is the function that Node.js itself makes of it, on the line of the module's first line.
//!
//! The wrapper of an ES module is a line of its own before the module's first line; [`shift_mappings`] says so to the
//! source map.

use std::fmt::Write as _;

use oxc::syntax::identifier::is_identifier_name;

use super::analysis::{Analysis, WrapperNames};

/// Text before a `CommonJS` module. It is on the module's own first line, so that its lines need no source map.
const CJS_HEAD: &str = "return (function(exports,require,module,__filename,__dirname";
/// Text behind every module; a line comment at its end stays a comment.
const TAIL: &str = "\n})";

/// Wraps the rewritten text of an ES module.
pub(super) fn wrap_esm(body: &str, analysis: &Analysis, prefix: &str) -> String {
    let mut text = String::with_capacity(body.len() + 256);
    text.push_str(if analysis.has_top_level_await { "return (async function*(" } else { "return (function*(" });
    text.push_str(prefix);
    for name in extra_parameters(analysis.globals) {
        text.push(',');
        text.push_str(name);
    }
    text.push_str("){\"use strict\";");
    if analysis.names_default {
        let _ =
            write!(text, "Object.defineProperty({prefix}Default,\"name\",{{value:\"default\",configurable:true}});");
    }
    if !analysis.exports.is_empty() {
        let _ = write!(text, "{prefix}.export({{");
        for (index, export) in analysis.exports.iter().enumerate() {
            if index > 0 {
                text.push(',');
            }
            // `__proto__: …` would set the prototype; a computed key is a property like any other.
            if is_identifier_name(&export.name) && export.name != "__proto__" {
                text.push_str(&export.name);
            } else {
                let _ = write!(text, "[{}]", serde_json::json!(export.name));
            }
            let _ = write!(text, ":()=>{}", export.code);
        }
        text.push_str("});");
    }
    for (index, _) in analysis.requests.iter().enumerate() {
        let _ = write!(text, "{}{prefix}{index}={prefix}.namespace({index})", if index == 0 { "const " } else { "," });
    }
    if !analysis.requests.is_empty() {
        text.push(';');
    }
    text.push_str("yield;\n");
    text.push_str(body);
    text.push_str(TAIL);
    text
}

/// Wraps the text of a `CommonJS` module. `context` is the name of the module's context where the code uses it.
pub(super) fn wrap_cjs(body: &str, context: Option<&str>, uses_helpers: bool) -> String {
    let mut text = String::with_capacity(body.len() + 96);
    text.push_str(CJS_HEAD);
    // The registry passes both always; what is not named is not in the way of the module's own names.
    if context.is_some() || uses_helpers {
        text.push(',');
        text.push_str(context.unwrap_or("__rwContext"));
    }
    if uses_helpers {
        text.push_str(",babelHelpers");
    }
    text.push_str("){");
    // A first line `#!…` is a comment only at the very start of a file.
    if body.starts_with("#!") {
        text.push_str("//");
    }
    text.push_str(body.strip_prefix('\u{feff}').unwrap_or(body));
    text.push_str(TAIL);
    text
}

/// The mappings of the wrapped text of an ES module: everything stands one line further down.
pub(super) fn shift_mappings(mappings: &str) -> String {
    let mut shifted = String::with_capacity(mappings.len() + 1);
    shifted.push(';');
    shifted.push_str(mappings);
    shifted
}

/// The parameters of an ES module's wrapper behind its context, in the order in which the registry passes them.
/// A name that the module declares itself must not be among them.
fn extra_parameters(names: WrapperNames) -> impl Iterator<Item = &'static str> {
    // `module` and `exports` do not exist in an ES module. The registry passes the others by position, so a name that
    // is not read is still there, under a name that no code has.
    let last = [names.require, names.filename, names.dirname, names.helpers].iter().rposition(|is_read| *is_read);
    [
        if names.require { "require" } else { "__rwUnused1" },
        if names.filename { "__filename" } else { "__rwUnused2" },
        if names.dirname { "__dirname" } else { "__rwUnused3" },
        "babelHelpers",
    ]
    .into_iter()
    .take(last.map_or(0, |index| index + 1))
}
