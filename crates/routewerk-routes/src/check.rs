//! Checks patterns against each other: those that match the same URLs, and those that `next start` dies of.
//!
//! The first two are Next.js's validation of app paths, the other two its sorting of dynamic routes, which runs
//! when the server starts. All of them see routes and pages alike.

use std::collections::BTreeMap;

use crate::conflict::{Conflict, PatternFile};
use crate::pattern::{ParamKind, Pattern, Segment, structure};

type Entry = (Pattern, PatternFile);

/// The conflicts among patterns, each of which occurs once.
pub(crate) fn check_patterns(patterns: &[Entry]) -> Vec<Conflict> {
    let mut by_structure: BTreeMap<String, Vec<&Entry>> = BTreeMap::new();
    for entry in patterns {
        by_structure.entry(entry.0.structure()).or_default().push(entry);
    }
    let mut conflicts = optional_catch_alls(patterns, &by_structure);
    for (structure, entries) in &by_structure {
        if entries.len() > 1 {
            let routes = entries.iter().map(|(_, file)| file.clone()).collect();
            conflicts.push(Conflict::Ambiguous { structure: structure.clone(), routes });
        }
    }
    conflicts.extend(levels(patterns));
    conflicts
}

/// An optional catch-all beside a route at its parent.
fn optional_catch_alls(patterns: &[Entry], by_structure: &BTreeMap<String, Vec<&Entry>>) -> Vec<Conflict> {
    let mut conflicts = Vec::new();
    for (pattern, file) in patterns {
        let Some((Segment::Dynamic { param, .. }, prefix)) = pattern.segments().split_last() else { continue };
        if param.kind != ParamKind::OptionalCatchAll {
            continue;
        }
        let parent_structure = structure(prefix);
        for (_, parent) in by_structure.get(&parent_structure).into_iter().flatten() {
            let base = if prefix.is_empty() { "" } else { parent_structure.as_str() };
            let catch_all = PatternFile { pattern: format!("{base}/[[...{}]]", param.name), file: file.file.clone() };
            conflicts.push(Conflict::OptionalCatchAllAndParent { parent: parent.clone(), catch_all });
        }
    }
    conflicts
}

/// What stands at one level below one prefix: the first pattern for each name of each kind.
#[derive(Default)]
struct Level<'entries> {
    single: Vec<(&'entries str, &'entries Entry)>,
    catch_all: Vec<(&'entries str, &'entries Entry)>,
    optional: Vec<(&'entries str, &'entries Entry)>,
}

/// Different names at one position, and catch-alls of both kinds.
fn levels(patterns: &[Entry]) -> Vec<Conflict> {
    let mut levels: BTreeMap<String, Level<'_>> = BTreeMap::new();
    for entry in patterns.iter().filter(|(pattern, _)| pattern.is_dynamic()) {
        let segments = entry.0.segments();
        for (at, segment) in segments.iter().enumerate() {
            // A folder with an intercepting marker counts as literal here.
            let Segment::Dynamic { marker: None, param } = segment else { continue };
            let level = levels.entry(structure(&segments[..at])).or_default();
            let names = match param.kind {
                ParamKind::Single => &mut level.single,
                ParamKind::CatchAll => &mut level.catch_all,
                ParamKind::OptionalCatchAll => &mut level.optional,
            };
            if !names.iter().any(|(name, _)| *name == param.name) {
                names.push((&param.name, entry));
            }
        }
    }
    let mut conflicts = Vec::new();
    for level in levels.values() {
        for names in [&level.single, &level.catch_all, &level.optional] {
            let Some(((first_name, first), others)) = names.split_first() else { continue };
            for (second_name, second) in others {
                // These are reported as ambiguous already.
                if first.0.structure() != second.0.structure() {
                    conflicts.push(Conflict::SlugNames {
                        first: ((*first_name).to_owned(), first.1.clone()),
                        second: ((*second_name).to_owned(), second.1.clone()),
                    });
                }
            }
        }
        if let (Some((required, at)), Some((optional, beside))) = (level.catch_all.first(), level.optional.first()) {
            conflicts.push(Conflict::CatchAllKinds {
                required: (format!("[...{required}]"), at.1.clone()),
                optional: (format!("[[...{optional}]]"), beside.1.clone()),
            });
        }
    }
    conflicts
}
