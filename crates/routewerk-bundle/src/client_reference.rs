//! What server code gets of a module with `'use client'`: references in place of its exports, as in Next.js. Calling one
//! throws; the module itself, and what it imports, is no part of the server's code.
//!
//! The stand-in is text that is compiled in place of the module's own. A route file, and any other file that is loaded
//! by itself, stays what it is: nobody could call its exports.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use oxc::allocator::Allocator;
use oxc::ast::ast::Program;
use oxc::parser::Parser;
use oxc::syntax::identifier::is_identifier_name;
use rustc_hash::FxHashSet;

use crate::build::diagnostics::source_type_of;
use crate::code_frame::shown_path;
use crate::module_facts::ModuleFacts;
use crate::resolve::{ProjectResolver, RequestKind, Resolved};

/// What stands for a module with `'use client'`.
pub(crate) struct StandIn {
    pub(crate) code: String,
    /// Whether it is an ES module, as the module itself is.
    pub(crate) is_esm: bool,
}

/// The stand-in for a module with `'use client'`; `None` for any other module.
pub(crate) fn client_stand_in(resolver: &ProjectResolver, file: &Path, text: &str) -> Option<StandIn> {
    if !text.contains("use client") {
        return None;
    }
    let facts = facts_of(file, text, is_client)?;
    let shown = shown_path(&resolver.settings().project_root, file);
    let path = shown.strip_prefix("./").unwrap_or(&shown);
    let is_esm = facts.is_esm;
    let code = if is_esm {
        esm_stand_in(resolver, file, &facts, path)
    } else {
        commonjs_stand_in(&facts.commonjs_exports, path)
    };
    Some(StandIn { code, is_esm })
}

fn esm_stand_in(resolver: &ProjectResolver, file: &Path, facts: &ModuleFacts, path: &str) -> String {
    let mut names: BTreeSet<String> = facts.exports.iter().cloned().collect();
    let mut seen = FxHashSet::from_iter([file.to_path_buf()]);
    add_star_names(resolver, file, facts, &mut names, &mut seen);
    let mut code = String::from(REFERENCE);
    for (index, name) in names.iter().enumerate() {
        let exported = if is_identifier_name(name) { name.clone() } else { serde_json::json!(name).to_string() };
        let _ = writeln!(code, "const _{index} = {};\nexport {{ _{index} as {exported} }};", reference(name, path));
    }
    // Without an export it would be no ES module.
    code.push_str("export {};\n");
    code
}

/// Makes one reference. `$$typeof` and its like are what React knows references by.
const REFERENCE: &str = "const reference = (id, text) => Object.defineProperties(function () { throw new Error(text); }, { \
                         $$typeof: { value: Symbol.for('react.client.reference') }, $$id: { value: id }, \
                         $$async: { value: false } });\n";

fn reference(name: &str, path: &str) -> String {
    const REST: &str = "It's not possible to invoke a client function from the server, it can only be rendered as a \
                        Component or passed to props of a Client Component.";
    let text = if name == "default" {
        format!(
            "Attempted to call the default export of [project]/{path} from the server, but it's on the client. {REST}"
        )
    } else {
        format!("Attempted to call {name}() from the server but {name} is on the client. {REST}")
    };
    format!("reference({}, {})", serde_json::json!(format!("[project]/{path}#{name}")), serde_json::json!(text))
}

fn commonjs_stand_in(names: &[String], path: &str) -> String {
    let mut code = String::from(REFERENCE);
    // Without a name, `module` makes it a CommonJS module still.
    code.push_str("module.exports = exports;\n");
    for name in names {
        let _ = writeln!(code, "exports[{}] = {};", serde_json::json!(name), reference(name, path));
    }
    code
}

/// Adds the names that come by `export * from`, as far as they are the project's to know.
fn add_star_names(
    resolver: &ProjectResolver,
    file: &Path,
    facts: &ModuleFacts,
    names: &mut BTreeSet<String>,
    seen: &mut FxHashSet<PathBuf>,
) {
    for star in &facts.star_exports {
        // What is not found is no name; the module itself is not compiled, so nobody else would say so either.
        let Ok(Resolved::File(found)) = resolver.resolve(file, star, RequestKind::Import) else { continue };
        if !seen.insert(found.path.clone()) {
            continue;
        }
        let Ok(text) = std::fs::read_to_string(&found.path) else { continue };
        let Some(facts) = facts_of(&found.path, &text, |_| true) else { continue };
        names.extend(facts.exports.iter().filter(|name| *name != "default").cloned());
        add_star_names(resolver, &found.path, &facts, names, seen);
    }
}

fn is_client(program: &Program<'_>) -> bool {
    program.directives.iter().any(|directive| directive.directive == "use client")
}

/// The facts of a module that parses, and of which `is_wanted` is true.
fn facts_of(file: &Path, text: &str, is_wanted: impl Fn(&Program<'_>) -> bool) -> Option<ModuleFacts> {
    let allocator = Allocator::default();
    let parsed = Parser::new(&allocator, text, source_type_of(file)).parse();
    (!parsed.panicked && is_wanted(&parsed.program)).then(|| ModuleFacts::of(&parsed.program))
}
