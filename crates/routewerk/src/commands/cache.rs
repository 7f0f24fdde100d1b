//! `routewerk cache`: what is stored, for people and scripts; at rest or in a running server.
//!
//! A server that runs on the project is asked through its socket; else the store on disk is opened as a server does it.

use std::io::ErrorKind;
use std::sync::mpsc::sync_channel;
use std::time::Duration;

use routewerk_bundle::Manifest;
use routewerk_cache::{BuildKey, Cache, CacheOptions, DiskOptions, Notice};
use serde_json::Value as Json;

use crate::cache_admin::{Question, Subject, UserStore, answer, socket};
use crate::caching::{self, static_routes};
use crate::cli::{CacheArgs, CacheCommand, CachePurgeArgs};
use crate::exit::Exit;
use crate::failure::{Failure, IoContext};
use crate::output::{HeldBuild, OutputDir};
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
        CacheCommand::Purge { .. } => print_purged(&answer, report),
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
    let build = newest_build(output);
    let has_replies = build
        .as_ref()
        .is_some_and(|(_, manifest)| manifest.prerendered > 0 || manifest.config_modules.cache_handler.is_some());
    match path.metadata() {
        Ok(_) => {}
        Err(error) if error.kind() == ErrorKind::NotFound && !has_replies => {
            let text = format!("there is no cache in `{}`, and no server runs on the project", path.display());
            return Err(Failure::new(Exit::Failed, text).with_hint("routewerk start"));
        }
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        Err(error) => return Err(error).or_failure("open", &path),
    }
    let (told, notices) = sync_channel(16);
    let options = CacheOptions { disk: Some(DiskOptions::new(path)), ..CacheOptions::default() };
    let cache = Cache::open(options, caching::now(), move |notice: &Notice| {
        // More than 16 would all be of one kind.
        let _ = told.try_send(notice.clone());
    });
    let used = notices.try_iter().find_map(|notice| told_of(&notice, report).err());
    if let Some(failure) = used {
        return Err(failure);
    }
    if let Some((build, manifest)) = &build {
        cache.retain_build(BuildKey::new(&manifest.build_id));
        // Where a list is damaged `start` says so; here the rest is shown.
        drop(static_routes::of_build(manifest, &build.path, &cache, None, None, report));
    }
    let user_store = build.as_ref().and_then(|(_, manifest)| UserStore::of(manifest, None));
    let subject = Subject { cache: cache.clone(), running: None, user_store };
    let answered = answer(&subject, question, caching::now()).await;
    cache.close();
    notices.try_iter().try_for_each(|notice| told_of(&notice, report))?;
    Ok(answered)
}

/// What the store has to say of itself.
fn told_of(notice: &Notice, report: Report) -> Result<(), Failure> {
    match notice {
        Notice::InUse { path } => {
            let text = format!("the cache in `{}` is in use, and no server answers", path.display());
            Err(Failure::new(Exit::Failed, text).with_hint("Try again when the server has started or ended."))
        }
        Notice::Unusable { path, error } => {
            let text = format!("the cache in `{}` cannot be used: {error}", path.display());
            Err(Failure::new(Exit::Failed, text))
        }
        Notice::BeginsAnew { .. } | Notice::Failing { .. } | Notice::WorksAgain { .. } => {
            report.warn(notice);
            Ok(())
        }
    }
}

/// The build that `start` would serve, if there is one that can be read.
fn newest_build(output: &OutputDir) -> Option<(HeldBuild, Manifest)> {
    let held = output.current().ok().flatten()?;
    let manifest = Manifest::read(&held.path).ok()?;
    Some((held, manifest))
}

fn print_purged(answer: &Json, report: Report) {
    let names: Vec<_> = answer["names"].as_array().into_iter().flatten().map(text).collect();
    let count = number(&answer["entries"]);
    let more = count.saturating_sub(names.len() as u64);
    if let (Some(file), told) = (answer["cacheHandler"]["file"].as_str(), &answer["cacheHandler"]["told"]) {
        report.line(if *told == true {
            format!("The cacheHandler `{file}` was told.")
        } else {
            format!(
                "The cacheHandler `{file}` was not told: what it keeps is not used by this project's server, and stays."
            )
        });
    }
    match count {
        0 => report.line("Nothing that is stored matched. What is being made for it now is purged as well."),
        1 => report.done(format!("Purged 1 entry: {}", names.join(", "))),
        _ if more == 0 => report.done(format!("Purged {count} entries: {}", names.join(", "))),
        _ => report.done(format!("Purged {count} entries: {} and {more} more", names.join(", "))),
    }
}

fn print_list(answer: &Json, report: Report) {
    if let Some(file) = answer["cacheHandler"].as_str() {
        report.line(format!(
            "Replies and what `fetch` and `unstable_cache` keep are in the cacheHandler `{file}`, which cannot be listed."
        ));
    }
    let entries = answer["entries"].as_array().map(Vec::as_slice).unwrap_or_default();
    if entries.is_empty() {
        report.line("Nothing is stored.");
        return;
    }
    let mut lines = vec![["Entry", "Kind", "State", "Age", "Revalidate", "Size", "Where"].map(str::to_owned)];
    lines.extend(entries.iter().map(|entry| {
        let name = entry["path"].as_str().or_else(|| entry["key"].as_str()).unwrap_or_default();
        let revalidate = entry["revalidate"].as_u64().map(|seconds| format!("{seconds}s")).unwrap_or_default();
        let places = [("memory", "memory"), ("disk", "disk"), ("build", "build")];
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
            value if value.is_u64() && matches!(field, "age" | "revalidate" | "expire") => {
                lines.push([format!("{field}:"), format!("{value}s")]);
            }
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
        let failures = number(&usage["failures"]);
        let failed = if failures > 0 { format!(", {failures} failures") } else { String::new() };
        format!("{}, {bytes} of {limit}, {evicted} evicted{failed}", counted(entries))
    };
    let is_running = !answer["requests"].is_null();
    let mut lines = Vec::new();
    let mut group = |name: &str, fields: &[(&str, &str)]| {
        let group = &answer[name];
        if !group.is_null() {
            let parts = fields.iter().map(|(field, word)| format!("{} {word}", number(&group[field])));
            lines.push([format!("{name}:"), parts.collect::<Vec<_>>().join(", ")]);
        }
    };
    group("requests", &[("hits", "hits"), ("stale", "stale hits"), ("misses", "misses"), ("waiting", "waiting now")]);
    let made =
        [("made", "made"), ("failed", "failed"), ("running", "running"), ("queued", "queued"), ("dropped", "dropped")];
    group("generations", &made);
    group("values", &[("hits", "hits"), ("stale", "stale hits"), ("misses", "misses"), ("refused", "refused")]);
    // Without a server nothing is in memory, and nothing was done.
    if is_running {
        lines.push(["memory:".to_owned(), usage(&answer["memory"])]);
    }
    lines.push(["disk:".to_owned(), usage(&answer["disk"])]);
    lines.push(["build:".to_owned(), counted(number(&answer["build"]))]);
    let numbers = ["stored", "refused", "making", "tags", "invalidations"];
    for field in &numbers[if is_running { 0 } else { 3 }..] {
        lines.push([format!("{field}:"), text(&answer[*field])]);
    }
    report.line(match answer["seconds"].as_u64() {
        Some(seconds) => format!("Since the server's start {} ago:", report::duration(Duration::from_secs(seconds))),
        None => "At rest: no server runs on the project.".to_owned(),
    });
    report.line(columns(&lines));
}

/// So many entries.
fn counted(entries: u64) -> String {
    if entries == 1 { "1 entry".to_owned() } else { format!("{entries} entries") }
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
