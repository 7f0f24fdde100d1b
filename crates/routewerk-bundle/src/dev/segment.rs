//! A route's segment configuration in development: that of its own file, and what `export * from` adds to it.

use std::path::Path;
use std::sync::Arc;

use oxc::allocator::Allocator;
use oxc::parser::{ParseOptions, Parser};
use rustc_hash::{FxHashMap, FxHashSet};

use super::record::Record;
use super::reply::Target;
use crate::build::diagnostics::source_type_of;
use crate::segment_config::{SegmentReading, SegmentSource, read_segment_config};

/// Reads the configuration of the route whose modules these are, its own first.
pub(super) fn read_segment(
    project_root: &Path,
    cache_components: bool,
    records: &[Arc<Record>],
    pattern: &str,
) -> SegmentReading {
    let mut whole = SegmentReading::default();
    for record in with_stars(records) {
        // The file compiled a moment ago; if it is gone since, the watcher says so and the route is asked for again.
        let Ok(text) = std::fs::read_to_string(&record.path) else { continue };
        let allocator = Allocator::default();
        let options = ParseOptions { preserve_parens: false, ..ParseOptions::default() };
        let parsed = Parser::new(&allocator, &text, source_type_of(&record.path)).with_options(options).parse();
        let source = SegmentSource { project_root, file: &record.path, text: &text, pattern, cache_components };
        let reading = read_segment_config(source, &parsed.program);
        whole.config.inherit(reading.config);
        whole.errors.extend(reading.errors);
        whole.warnings.extend(reading.warnings);
    }
    whole
}

/// The first record and those that it exports all of, nearest first.
fn with_stars(records: &[Arc<Record>]) -> Vec<&Record> {
    let by_id: FxHashMap<&str, &Record> = records.iter().map(|record| (record.id.as_ref(), record.as_ref())).collect();
    let mut found: Vec<&Record> = records.first().map(AsRef::as_ref).into_iter().collect();
    let mut seen: FxHashSet<&str> = found.iter().map(|record| record.id.as_ref()).collect();
    let mut next = 0;
    while let Some(record) = found.get(next).copied() {
        next += 1;
        let Ok(module) = &record.outcome else { continue };
        let stars = module.stars.iter().filter_map(|star| module.imports.get(*star as usize));
        for id in stars.filter_map(Target::module_id) {
            if let Some(star) = by_id.get(id.as_ref())
                && seen.insert(star.id.as_ref())
            {
                found.push(star);
            }
        }
    }
    found
}
