//! A process that is killed while it writes: every start comes up, no torn entry is ever given out, and no invalidation
//! that was acknowledged is forgotten.
//!
//! 1,000 rounds in every run; others by hand: `cargo test -p routewerk-cache --test it -- kill rounds=20000`.

use std::collections::HashMap;
use std::io::{Read as _, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use routewerk_cache::{Cache, CacheOptions, DiskOptions, Invalidation, NewReply, Notice, Phase, TagSet};

use crate::setup::{at, key, reply, wait_for};

/// The argument that makes the test below the process that is killed.
const DIRECTORY: &str = "kill-writer-directory=";

/// As many entries are written over and over, each with one of so many tags.
const ENTRIES: u64 = 40;
const TAGS: u64 = 5;

/// A body that tells by itself whether it is whole and whose it is.
fn body(entry: u64, round: u64) -> String {
    format!("{entry} {round};").repeat(1 + (round as usize * 37) % 3000)
}

fn is_whole(entry: u64, body: &[u8]) -> bool {
    let text = String::from_utf8_lossy(body);
    let first = text.split_inclusive(';').next().unwrap_or_default();
    let round = first.strip_prefix(&format!("{entry} ")).and_then(|rest| rest.strip_suffix(';'));
    round.and_then(|round| round.parse().ok()).is_some_and(|round| text == self::body(entry, round))
}

fn argument(prefix: &str) -> Option<String> {
    std::env::args().find_map(|argument| argument.strip_prefix(prefix).map(str::to_owned))
}

fn cache(root: &Path) -> (Cache, std::sync::mpsc::Receiver<Notice>) {
    let (told, notices) = std::sync::mpsc::sync_channel(16);
    let options = CacheOptions { disk: Some(DiskOptions::new(root.to_owned())), ..CacheOptions::default() };
    let cache = Cache::open(options, at(0), move |notice: &Notice| {
        let _ = told.try_send(notice.clone());
    });
    (cache, notices)
}

/// In a normal run it does nothing: the test below starts this program again with this test alone and kills it.
#[test]
fn the_process_that_is_killed_writes_until_then() {
    let Some(directory) = argument(DIRECTORY) else { return };
    let (cache, _) = cache(Path::new(&directory));
    let mut output = std::io::stdout();
    let start = cache.sequence().as_u64();
    for round in start * 10.. {
        let entry = round % ENTRIES;
        let tags = TagSet::new([(entry % TAGS).to_string()]);
        let made = NewReply { tags, ..reply(&body(entry, round), &[]) };
        cache.put_reply(&key(&entry.to_string()), made, at(0), cache.sequence()).expect("stored");
        if round % 97 == 0 {
            let tag = round % TAGS;
            let sequence = cache.invalidate([tag.to_string()], Invalidation::Expire, at(0));
            wait_for(cache.journaled(sequence));
            writeln!(output, "acknowledged {tag} {}", sequence.as_u64()).expect("the parent reads");
            output.flush().expect("the parent reads");
        }
    }
}

#[test]
fn a_killed_process_leaves_no_torn_entry_and_no_forgotten_invalidation() {
    let rounds: u32 = argument("rounds=").map_or(1000, |rounds| rounds.parse().expect("a number"));
    let root = tempfile::tempdir().expect("a directory");
    let mut hits = 0;
    for round in 0..rounds {
        let acknowledged = write_and_kill(root.path(), Duration::from_micros(u64::from(round * 7919 % 30_000)));
        let (cache, notices) = cache(root.path());
        assert!(notices.try_recv().is_err(), "round {round} does not come up");
        let last = acknowledged.values().max().copied().unwrap_or_default();
        assert!(cache.sequence().as_u64() >= last, "round {round} forgets invalidations");
        for entry in 0..ENTRIES {
            let phase = wait_for(cache.load_reply(&key(&entry.to_string()), at(0)));
            let Phase::Hit(reply) = phase else { continue };
            hits += 1;
            assert!(is_whole(entry, reply.body()), "round {round}, entry {entry}");
            let invalidated = acknowledged.get(&(entry % TAGS)).copied().unwrap_or_default();
            assert!(reply.sequence().as_u64() >= invalidated, "round {round}, entry {entry} came back fresh");
        }
        cache.close();
    }
    assert!(hits > rounds, "what was written before is found again: {hits}");
}

/// Starts a process that writes, kills it after it has acknowledged something and a while more, and returns the last
/// acknowledged sequence of each tag.
fn write_and_kill(root: &Path, after: Duration) -> HashMap<u64, u64> {
    let mut child = Command::new(std::env::current_exe().expect("this program"))
        .args(["--exact", "kill::the_process_that_is_killed_writes_until_then", "--nocapture", "--test-threads=1"])
        .arg(format!("{DIRECTORY}{}", root.display()))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .expect("it starts");
    let mut output = child.stdout.take().expect("it is piped");
    let mut text = String::new();
    let mut buffer = [0; 4096];
    while !text.contains("acknowledged") {
        let read = output.read(&mut buffer).expect("readable");
        assert!(read > 0, "it ended by itself: {text}");
        text.push_str(&String::from_utf8_lossy(&buffer[..read]));
    }
    std::thread::sleep(after);
    child.kill().expect("killed");
    output.read_to_string(&mut text).expect("readable");
    child.wait().expect("ended");
    // Half a line at the end was not acknowledged.
    let whole = text.rfind('\n').map_or("", |end| &text[..end]);
    let parsed = whole.lines().filter_map(|line| {
        let (_, numbers) = line.split_once("acknowledged ")?;
        let (tag, sequence) = numbers.split_once(' ')?;
        Some((tag.parse().ok()?, sequence.parse().ok()?))
    });
    parsed.collect()
}
