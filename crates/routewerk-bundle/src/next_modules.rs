//! The modules of `next` that the runtime serves, and the little modules that stand in for them.
//!
//! What is served is one table, `runtime/next/exports.json`: specifier to export names. A stand-in reads the runtime's
//! objects from `globalThis`, so there is one instance of everything, however many bundles import it
//! (docs/design/modules.md).

use std::collections::BTreeMap;
use std::fmt::Write as _;

/// The table of served modules.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NextModules {
    exports: BTreeMap<String, Vec<String>>,
}

/// What becomes of an import of `next` or something below it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NextModule {
    /// The runtime serves it under this specifier.
    Served(String),
    /// The runtime does not serve it. It may come from the installed package.
    Other,
    /// It cannot work here, installed or not; the text says what to do.
    Refused(String),
}

impl NextModules {
    /// Reads the table.
    ///
    /// # Errors
    /// The text is not a JSON object of string arrays.
    pub fn from_json(text: &str) -> Result<Self, serde_json::Error> {
        Ok(Self { exports: serde_json::from_str(text)? })
    }

    /// The served specifiers with their export names.
    pub fn served(&self) -> impl Iterator<Item = (&str, &[String])> {
        self.exports.iter().map(|(specifier, names)| (specifier.as_str(), names.as_slice()))
    }

    /// Whether a specifier asks for `next` or something below it.
    pub fn is_next(specifier: &str) -> bool {
        specifier == "next" || specifier.starts_with("next/")
    }

    /// What becomes of an import of `next` or something below it.
    pub fn find(&self, specifier: &str) -> NextModule {
        let bare = specifier.strip_suffix(".js").unwrap_or(specifier);
        if self.exports.contains_key(bare) {
            return NextModule::Served(bare.to_owned());
        }
        if bare.starts_with("next/dist/") {
            return NextModule::Refused(format!(
                "`next/dist` holds the insides of the framework. {}",
                self.public_counterpart(bare)
            ));
        }
        if bare.starts_with("next/font/") {
            return NextModule::Refused("Fonts belong to pages; a Route Handler renders none.".to_owned());
        }
        NextModule::Other
    }

    /// What to write instead of a module of the framework's insides.
    fn public_counterpart(&self, specifier: &str) -> String {
        let last = specifier.rsplit('/').next().unwrap_or(specifier);
        if let Some(served) = self.exports.keys().find(|served| served.strip_prefix("next/") == Some(last)) {
            return format!("Import from `{served}`.");
        }
        let served: Vec<_> = self.exports.keys().map(|name| format!("`{name}`")).collect();
        format!("Import from one of {}.", served.join(", "))
    }

    /// The stand-in for `import`: an ES module with the table's names and the whole module as default export.
    pub fn import_stand_in(&self, specifier: &str) -> Option<String> {
        let names = self.exports.get(specifier)?;
        let mut code = format!("const served = {};\nexport default served;\n", runtime_object(specifier));
        for name in names.iter().filter(|name| name.as_str() != "default") {
            // Marked pure, so that what nobody imports is not even read.
            let _ = writeln!(
                code,
                "const _{name} = /* @__PURE__ */ (() => served.{name})();\nexport {{ _{name} as {name} }};"
            );
        }
        Some(code)
    }

    /// The stand-in for `require`: a `CommonJS` module that is the whole module.
    pub fn require_stand_in(&self, specifier: &str) -> Option<String> {
        self.exports.contains_key(specifier).then(|| format!("module.exports = {};\n", runtime_object(specifier)))
    }
}

/// The expression for a served module's object.
fn runtime_object(specifier: &str) -> String {
    format!("globalThis[Symbol.for('routewerk.runtime')].modules[{}]", serde_json::json!(specifier))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> NextModules {
        NextModules::from_json(r#"{"next/server":["NextRequest","NextResponse"],"next/headers":["cookies"]}"#)
            .expect("json")
    }

    #[test]
    fn served_modules_are_found_under_both_spellings() {
        assert_eq!(table().find("next/server"), NextModule::Served("next/server".into()));
        assert_eq!(table().find("next/server.js"), NextModule::Served("next/server".into()));
        assert_eq!(table().find("next/link"), NextModule::Other);
        assert_eq!(table().find("next"), NextModule::Other);
        assert!(NextModules::is_next("next/link") && !NextModules::is_next("next-auth"));
    }

    #[test]
    fn the_insides_of_the_framework_are_refused_with_advice() {
        let NextModule::Refused(hint) = table().find("next/dist/client/components/headers") else { panic!("served") };
        assert!(hint.ends_with("Import from `next/headers`."), "{hint}");
        let NextModule::Refused(hint) = table().find("next/dist/x") else { panic!("served") };
        assert!(hint.ends_with("Import from one of `next/headers`, `next/server`."), "{hint}");
    }

    #[test]
    fn stand_ins_read_the_runtime() {
        let code = table().import_stand_in("next/headers").expect("served");
        assert!(code.contains("globalThis[Symbol.for('routewerk.runtime')].modules[\"next/headers\"]"));
        assert!(code.contains("export { _cookies as cookies };"));
        assert_eq!(table().import_stand_in("next/link"), None);
    }
}
