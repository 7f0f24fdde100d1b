//! A guess at the command that was meant when a word is neither a command nor a directory.

use clap::CommandFactory;

use crate::cli::Cli;

/// More differences than this are another word.
const MAX_DISTANCE: usize = 2;

/// The command that differs least from `word`, if any is close.
pub(crate) fn nearest_command(word: &str) -> Option<String> {
    Cli::command()
        .get_subcommands()
        .filter(|command| !command.is_hide_set())
        .map(|command| (distance(command.get_name(), word), command.get_name().to_owned()))
        .filter(|(distance, _)| *distance <= MAX_DISTANCE)
        .min()
        .map(|(_, name)| name)
}

/// Insertions, deletions and replacements that turn one word into the other (Levenshtein).
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (index, left) in one.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = index + 1;
        for (column, right) in other.iter().enumerate() {
            let replaced = diagonal + usize::from(left != *right);
            diagonal = row[column + 1];
            row[column + 1] = replaced.min(row[column] + 1).min(diagonal + 1);
        }
    }
    row[other.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn close_words_are_commands_and_others_are_not() {
        assert_eq!(nearest_command("biuld"), Some("build".to_owned()));
        assert_eq!(nearest_command("strat"), Some("start".to_owned()));
        assert_eq!(nearest_command("examples/api"), None);
    }
}
