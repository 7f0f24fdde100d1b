//! `routewerk cache`: what is stored, for people and scripts; at rest or in a running server.
//!
//! A server that runs on the project is asked through its socket; else the store on disk is opened as a server does it.

use std::sync::mpsc::sync_channel;

use routewerk_cache::{Cache, CacheOptions, DiskOptions, Notice};
use serde_json::Value as Json;

use crate::cache_admin::{Question, answer, socket};
use crate::caching;
use crate::cli::{CacheArgs, CacheCommand, CachePurgeArgs};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::OutputDir;
use crate::report::{self, Report};
use crate::settings;

/// Runs the command.
///
/// # Errors
/// A [`Failure`] if there is no such directory or entry, or the cache is in use and nobody answers.
pub(crate) async fn run(args: &CacheArgs, report: Report) -> Result<Exit, Failure> {
    let place = args.command.place();
    let root = settings::project_root(&place.project.directory)?;
    let output = OutputDir::new(&root);
    let question = question(&args.command);
    let answered = match socket::ask(&output.run(), &question).await {
        Some(answered) => answered,
        None => at_rest(&output, &question, report).await?,
    };
    let answer = answered.map_err(|text| Failure::new(Exit::Failed, text))?;
    if place.json {
        report.line(format!("{answer:#}"));
        return Ok(Exit::Ok);
    }
    match &args.command {
        CacheCommand::Ls { .. } => print_list(&answer, report),
        CacheCommand::Get { .. } => print_entry(&answer, report),
        CacheCommand::Purge { .. } => report.done("Purged"),
        CacheCommand::Stats { .. } => print_stats(&answer, report),
    }
    Ok(Exit::Ok)
}

fn question(command: &CacheCommand) -> Question {
    match command {
        CacheCommand::Ls { limit, .. } => Question::List { limit: *limit as usize },
        CacheCommand::Get { entry, .. } => Question::Get { entry: entry.clone() },
        CacheCommand::Stats { .. } => Question::Stats,
        CacheCommand::Purge { what, .. } => match what {
            CachePurgeArgs { tag: Some(tag), .. } => Question::PurgeTag { tag: tag.clone() },
            CachePurgeArgs { path: Some(path), .. } => Question::PurgePath { path: path.clone() },
            CachePurgeArgs { key: Some(key), .. } => Question::PurgeKey { key: key.clone() },
            // The parser asks for one of them.
            CachePurgeArgs { .. } => Question::PurgeAll,
        },
    }
}

/// Answers from the store on disk, which nobody else uses meanwhile.
async fn at_rest(output: &OutputDir, question: &Question, report: Report) -> Result<Result<Json, String>, Failure> {
    let path = output.cache();
    if !path.is_dir() {
        let text = format!("there is no cache in `{}`, and no server runs on the project", path.display());
        return Err(Failure::new(Exit::Failed, text));
    }
    let (told, notices) = sync_channel(16);
    let options = CacheOptions { disk: Some(DiskOptions::new(path)), ..CacheOptions::default() };
    let cache = Cache::open(options, caching::now(), move |notice: &Notice| {
        // More than 16 would all be of one kind.
        let _ = told.try_send(notice.clone());
    });
    let answered = answer(&cache, question, caching::now()).await;
    cache.close();
    for notice in notices.try_iter() {
        match &notice {
            Notice::InUse { path } => {
                let text = format!("the cache in `{}` is in use, and no server answers", path.display());
                return Err(
                    Failure::new(Exit::Failed, text).with_hint("Try again when the server has started or ended.")
                );
            }
            Notice::Unusable { path, error } => {
                let text = format!("the cache in `{}` cannot be used: {error}", path.display());
                return Err(Failure::new(Exit::Failed, text));
            }
            Notice::BeginsAnew { .. } | Notice::Failing { .. } | Notice::WorksAgain { .. } => report.warn(&notice),
        }
    }
    Ok(answered)
}

fn print_list(answer: &Json, report: Report) {
    let entries = answer["entries"].as_array().map(Vec::as_slice).unwrap_or_default();
    if entries.is_empty() {
        report.line("Nothing is stored.");
        return;
    }
    let mut lines = vec![["Entry", "Kind", "State", "Age", "Revalidate", "Size", "Where"].map(str::to_owned)];
    lines.extend(entries.iter().map(|entry| {
        let name = entry["path"].as_str().or_else(|| entry["key"].as_str()).unwrap_or_default();
        let revalidate = entry["revalidate"].as_u64().map(|seconds| format!("{seconds}s")).unwrap_or_default();
        let places = [("memory", "memory"), ("disk", "disk")];
        let places: Vec<_> = places.iter().filter(|(field, _)| entry[field] == true).map(|(_, name)| *name).collect();
        [
            name.to_owned(),
            text(&entry["kind"]),
            text(&entry["state"]),
            format!("{}s", number(&entry["age"])),
            revalidate,
            report::bytes(number(&entry["bytes"])),
            places.join(", "),
        ]
    }));
    report.line(columns(&lines));
    if answer["more"] == true {
        report.line(format!("\n{} entries are shown; --limit shows more.", entries.len()));
    }
}

fn print_entry(answer: &Json, report: Report) {
    let mut lines = Vec::new();
    for field in ["path", "key", "kind", "status", "state", "age", "revalidate", "expire", "bytes"] {
        match &answer[field] {
            Json::Null => {}
            value => lines.push([format!("{field}:"), text(value)]),
        }
    }
    let tags: Vec<_> = answer["tags"].as_array().into_iter().flatten().map(text).collect();
    lines.push(["tags:".to_owned(), tags.join(", ")]);
    report.line(columns(&lines));
    let headers = answer["headers"].as_array().map(Vec::as_slice).unwrap_or_default();
    if !headers.is_empty() {
        report.line("");
    }
    for field in headers {
        report.line(format!("{}: {}", text(&field[0]), text(&field[1])));
    }
    report.line("");
    match answer["body"].as_str() {
        Some(body) => report.line(body),
        None => report.line(format!("({} bytes that are no text: --json shows them)", number(&answer["bytes"]))),
    }
}

fn print_stats(answer: &Json, report: Report) {
    let usage = |usage: &Json| {
        if usage.is_null() {
            return "none".to_owned();
        }
        let (entries, evicted) = (number(&usage["entries"]), number(&usage["evicted"]));
        let (bytes, limit) = (report::bytes(number(&usage["bytes"])), report::bytes(number(&usage["maxBytes"])));
        format!("{entries} entries, {bytes} of {limit}, {evicted} evicted")
    };
    let mut lines =
        vec![["memory:".to_owned(), usage(&answer["memory"])], ["disk:".to_owned(), usage(&answer["disk"])]];
    for field in ["stored", "refused", "generations", "tags", "invalidations"] {
        lines.push([format!("{field}:"), text(&answer[field])]);
    }
    report.line(columns(&lines));
}

fn number(value: &Json) -> u64 {
    value.as_u64().unwrap_or_default()
}

/// A value as people read it: texts without quotes.
fn text(value: &Json) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// Lines in columns, without blanks at their ends.
fn columns<const N: usize>(lines: &[[String; N]]) -> String {
    let width = |column: usize| lines.iter().map(|line| line[column].chars().count()).max().unwrap_or_default();
    let widths: [usize; N] = std::array::from_fn(width);
    let line = |cells: &[String; N]| {
        let padded = cells.iter().zip(widths).map(|(cell, width)| format!("{cell:<width$}"));
        padded.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    lines.iter().map(line).collect::<Vec<_>>().join("\n")
}
