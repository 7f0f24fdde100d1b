//! File and folder names say what is in them: no drawers such as `util` or `misc`, no history such as `http_next`.
//!
//! Applies to our code and to the repository's own folders; examples keep the names that their users would give.

use super::{File, Problem};

const DRAWERS: [&str; 11] =
    ["util", "utils", "utility", "utilities", "common", "misc", "helper", "helpers", "stuff", "manager", "lib2"];
const HISTORY: [&str; 6] = ["_new", "_old", "_next", "_v2", "-new", "-old"];

pub(crate) fn check(files: &[File], problems: &mut Vec<Problem>) {
    for file in files.iter().filter(|file| file.is_house_code()) {
        for part in file.name.split('/') {
            let stem = part.split('.').next().unwrap_or(part);
            if DRAWERS.contains(&stem) {
                problems.push(Problem::new(&file.name, 0, format!("`{stem}` names a drawer, not its content")));
            }
            if HISTORY.iter().any(|end| stem.ends_with(end)) {
                problems.push(Problem::new(&file.name, 0, format!("`{stem}` is named by its history")));
            }
        }
    }
}
