//! Expansion of `$NAME`, `${NAME}` and `${NAME:-default}` in the values of one file.
//!
//! Works from the last reference to the first and repeats on its own result, as dotenv-expand does. A name is looked
//! for in the environment (which holds what files of higher priority defined), then its default counts, then the
//! same file. `\$` is a dollar sign.

use std::collections::BTreeMap;

/// Expansions of one value; a chain that is longer refers to itself.
const MAX_STEPS: usize = 2_000;
/// The longest value: one that doubles with each step would fill the memory before the steps run out.
const MAX_VALUE_BYTES: usize = 1024 * 1024;

/// A value that cannot be expanded.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the value of `{name}` refers to itself")]
pub(crate) struct ExpansionError {
    name: String,
}

/// Expands the assignments of one file and puts them into the environment; nothing is put there on an error.
pub(super) fn expand(
    mut assignments: Vec<(String, String)>,
    environment: &mut BTreeMap<String, String>,
) -> Result<(), ExpansionError> {
    for index in 0..assignments.len() {
        let (name, written) = &assignments[index];
        let value = environment.get(name).unwrap_or(written).clone();
        let value = interpolate(value, environment, &assignments)
            .ok_or_else(|| ExpansionError { name: assignments[index].0.clone() })?;
        assignments[index].1 = value.replace("\\$", "$");
    }
    environment.extend(assignments);
    Ok(())
}

/// A value with its references resolved; `None` if that does not end.
fn interpolate(
    mut value: String,
    environment: &BTreeMap<String, String>,
    assignments: &[(String, String)],
) -> Option<String> {
    for _ in 0..MAX_STEPS {
        let Some(reference) = Reference::last_in(&value) else { return Some(value) };
        let same_file = || assignments.iter().find(|(name, _)| name == reference.name).map(|(_, value)| value.as_str());
        let found = environment
            .get(reference.name)
            .map(String::as_str)
            .filter(|value| !value.is_empty())
            .or(reference.default.filter(|default| !default.is_empty()))
            .or_else(same_file)
            .unwrap_or_default();
        // The text is replaced where it first occurs, which need not be where it was found.
        let at = value.find(reference.text).unwrap_or_default();
        let (before, after) = (&value[..at], &value[at + reference.text.len()..]);
        let replacement = substitute(found, reference.text, before, after);
        value = format!("{before}{replacement}{after}");
        if value.len() > MAX_VALUE_BYTES {
            return None;
        }
    }
    None
}

/// A reference to another value.
struct Reference<'value> {
    text: &'value str,
    name: &'value str,
    default: Option<&'value str>,
}

impl<'value> Reference<'value> {
    /// The reference at the last dollar sign that is not escaped; `None` if there is no such sign or no name after it.
    fn last_in(value: &'value str) -> Option<Self> {
        let at = value.rmatch_indices('$').map(|(at, _)| at).find(|at| !value[..*at].ends_with('\\'))?;
        let rest = &value[at..];
        let mut length = 1;
        if rest[length..].starts_with('{') {
            length += 1;
        }
        let is_word = |char: char| char.is_ascii_alphanumeric() || char == '_';
        let name_length = rest[length..].find(|char| !is_word(char)).unwrap_or(rest.len() - length);
        if name_length == 0 {
            return None;
        }
        let name = &rest[length..length + name_length];
        length += name_length;
        let default = rest[length..].strip_prefix(":-").map(|default| {
            let end = default.find(['}', '\\']).unwrap_or(default.len());
            &default[..end]
        });
        length += default.map_or(0, |default| default.len() + ":-".len());
        if rest[length..].starts_with('}') {
            length += 1;
        }
        Some(Self { text: &rest[..length], name, default })
    }
}

/// The replacement patterns of `String.prototype.replace`, which values go through: `$$`, `$&`, `` $` `` and `$'`.
fn substitute(found: &str, matched: &str, before: &str, after: &str) -> String {
    let mut text = String::with_capacity(found.len());
    let mut rest = found;
    while let Some(at) = rest.find('$') {
        text.push_str(&rest[..at]);
        let pattern = rest[at + 1..].chars().next();
        match pattern {
            Some('$') => text.push('$'),
            Some('&') => text.push_str(matched),
            Some('`') => text.push_str(before),
            Some('\'') => text.push_str(after),
            Some(_) | None => {
                text.push('$');
                rest = &rest[at + 1..];
                continue;
            }
        }
        rest = &rest[at + 2..];
    }
    text.push_str(rest);
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn expanded(file: &[(&str, &str)], real: &[(&str, &str)], name: &str) -> Result<String, ExpansionError> {
        let owned = |pairs: &[(&str, &str)]| pairs.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
        let mut environment = BTreeMap::from_iter::<Vec<_>>(owned(real));
        expand(owned(file), &mut environment).map(|()| environment[name].clone())
    }

    #[test]
    fn references_are_resolved_from_the_environment_then_the_default_then_the_file() {
        assert_eq!(expanded(&[("A", "$B-${B}")], &[("B", "b")], "A").unwrap(), "b-b");
        assert_eq!(expanded(&[("B", "1"), ("A", "${B:-2}")], &[], "A").unwrap(), "2");
        assert_eq!(expanded(&[("A", "$B"), ("B", "1")], &[], "A").unwrap(), "1");
        assert_eq!(expanded(&[("A", "\\$B")], &[("B", "b")], "A").unwrap(), "$B");
        assert_eq!(expanded(&[("A", "$NONE.")], &[], "A").unwrap(), ".");
        assert_eq!(expanded(&[("A", "$B$")], &[("B", "b")], "A").unwrap(), "$B$");
        assert_eq!(expanded(&[("A", "file")], &[("A", "x$B"), ("B", "b")], "A").unwrap(), "xb");
    }

    #[test]
    fn a_value_that_refers_to_itself_is_an_error() {
        assert!(expanded(&[("A", "$A")], &[], "A").is_err());
        assert!(expanded(&[("A", "$B$B"), ("B", "$A$A")], &[], "A").is_err());
    }

    proptest! {
        #[test]
        fn rubbish_never_panics(value in "[ABü${}:\\\\-]{0,24}", other in "[A$&`'{}:-]{0,8}") {
            drop(expanded(&[("A", &value), ("B", &other)], &[("C", &other)], "A"));
        }
    }
}
