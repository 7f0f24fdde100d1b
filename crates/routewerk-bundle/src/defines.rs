//! What is written into the code in place of `process.env.…`, in build and dev alike.
//!
//! Next.js replaces literal accesses to the variables that a build fixes: `NODE_ENV`, `NEXT_RUNTIME`, everything that
//! begins with `NEXT_PUBLIC_` and what next.config names under `env`. Other accesses read the real environment at run
//! time.

/// The replacements, as pairs of an expression (`process.env.NAME`) and the code that takes its place.
///
/// `environment` is what the process and the `.env` files define; `config_env` is `env` of next.config and wins.
pub fn defines<'input>(
    development: bool,
    environment: impl IntoIterator<Item = (&'input str, &'input str)>,
    config_env: impl IntoIterator<Item = (&'input str, &'input str)>,
) -> Vec<(String, String)> {
    let mode = if development { "development" } else { "production" };
    let mut values: std::collections::BTreeMap<&str, &str> =
        environment.into_iter().filter(|(name, _)| name.starts_with("NEXT_PUBLIC_")).collect();
    values.extend(config_env);
    values.insert("NODE_ENV", mode);
    values.insert("NEXT_RUNTIME", "nodejs");
    let mut pairs: Vec<_> = values
        .into_iter()
        .filter(|(name, _)| is_identifier(name))
        .map(|(name, value)| (format!("process.env.{name}"), serde_json::json!(value).to_string()))
        .collect();
    // Next.js gives the five values that code written for Vite asks for.
    let flags = [
        ("DEV", development.to_string()),
        ("PROD", (!development).to_string()),
        ("MODE", serde_json::json!(mode).to_string()),
        ("BASE_URL", "\"/\"".to_owned()),
        ("SSR", "true".to_owned()),
    ];
    let object: Vec<_> = flags.iter().map(|(name, value)| format!("{name}: {value}")).collect();
    pairs.extend(flags.iter().map(|(name, value)| (format!("import.meta.env.{name}"), value.clone())));
    pairs.push(("import.meta.env".to_owned(), format!("{{ {} }}", object.join(", "))));
    pairs
}

/// Whether a name can follow a dot.
fn is_identifier(name: &str) -> bool {
    let mut characters = name.chars();
    characters.next().is_some_and(|first| first.is_ascii_alphabetic() || matches!(first, '_' | '$'))
        && characters.all(|other| other.is_ascii_alphanumeric() || matches!(other, '_' | '$'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_fixed_variables_are_written_into_the_code() {
        let pairs = defines(
            false,
            [("NEXT_PUBLIC_A", "1"), ("SECRET", "x"), ("NEXT_PUBLIC_B", "b\"\n"), ("NODE_ENV", "test")],
            [("NEXT_PUBLIC_A", "2"), ("MINE", "m"), ("not-a-name", "n")],
        );
        let find = |name: &str| pairs.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str());
        assert_eq!(find("process.env.NEXT_PUBLIC_A"), Some("\"2\""));
        assert_eq!(find("process.env.NEXT_PUBLIC_B"), Some("\"b\\\"\\n\""));
        assert_eq!(find("process.env.MINE"), Some("\"m\""));
        assert_eq!(find("process.env.NODE_ENV"), Some("\"production\""));
        assert_eq!(find("process.env.NEXT_RUNTIME"), Some("\"nodejs\""));
        assert_eq!(find("process.env.SECRET"), None);
        assert_eq!(find("process.env.not-a-name"), None);
    }
}
