//! The entries that `build` has made, on their way to `start`: an index for people and programs, and the bytes beside it.
//!
//! ```text
//! prerendered.jsonl   a line of JSON about each entry, with the place, the lengths and the hash of its bytes, and a check of the line
//! prerendered.bin     the fields and bodies, one after the other
//! ```
//!
//! `build` writes each entry when it is made, and holds none. `start` reads the index alone, once; an entry is read
//! when it is first asked for, by the cache's own thread ([`Shelf`]). Both files are part of a build, which is published whole
//! and never changed; what is found damaged all the same is made again when it is asked for. Only where the index
//! decides what is served at all (`dynamicParams = false`) a damaged one is no build.

use std::collections::HashMap;
use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use routewerk_cache::{EntryKey, Life, Moment, NewReply, ReplyKey, Revalidate, Shelf, Shelved, TagSet};
use routewerk_server::{ListedParams, StaticRoute};
use serde::{Deserialize, Serialize};

use crate::exit::Exit;
use crate::failure::{Failure, IoContext};

/// The index.
const INDEX: &str = "prerendered.jsonl";
/// The fields and bodies.
const BYTES: &str = "prerendered.bin";
/// The longest line of the index.
const MAX_LINE_BYTES: u64 = 16 << 20;
/// The last field of a line: a check of all before it.
const CHECK: &str = ",\"check\":\"";
/// Its hexadecimal digits.
const CHECK_DIGITS: usize = 32;

/// An entry that `build` has made.
#[derive(Clone, Debug)]
pub(crate) struct Seed {
    /// The route's pattern.
    pub(crate) pattern: String,
    /// The raw text of each param, joined by LF.
    pub(crate) params: String,
    /// When it was made.
    pub(crate) made_at: Moment,
    /// The entry.
    pub(crate) reply: NewReply,
}

/// A line of the index, without its check.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Line {
    pattern: String,
    params: String,
    path: String,
    status: u16,
    /// Seconds; absent is never.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    revalidate: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    expire: Option<u64>,
    tags: Vec<String>,
    /// Milliseconds since the Unix epoch.
    made_at: u64,
    /// Where its bytes begin; the fields come first.
    at: u64,
    header_bytes: u64,
    body_bytes: u64,
    /// BLAKE3 of them.
    hash: String,
}

/// What `start` keeps of a line.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Start {
    pattern: String,
    params: String,
    made_at: u64,
}

/// What `build` keeps of an entry: enough for its table.
#[derive(Clone, Debug)]
pub(crate) struct Made {
    /// The path.
    pub(crate) path: String,
    /// From when on it is stale.
    pub(crate) revalidate: Revalidate,
    /// From when on it is not served.
    pub(crate) expire: Option<u64>,
    /// Its place among the paths of its route.
    pub(crate) number: usize,
}

/// The entries that a build has made, by route.
#[derive(Clone, Debug, Default)]
pub(crate) struct MadeSeeds {
    by_pattern: HashMap<String, Vec<Made>>,
}

impl MadeSeeds {
    /// The entries of a route.
    pub(crate) fn of(&self, pattern: &str) -> &[Made] {
        self.by_pattern.get(pattern).map_or(&[], Vec::as_slice)
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.by_pattern.values().map(Vec::len).sum()
    }
}

/// Writes the entries of a build, one by one.
pub(crate) struct SeedWriter {
    build: PathBuf,
    /// Made with the first entry: a build without entries has no such files.
    files: Option<(BufWriter<File>, BufWriter<File>)>,
    at: u64,
    made: MadeSeeds,
}

impl SeedWriter {
    /// A writer into a build.
    pub(crate) fn new(build: &Path) -> Self {
        Self { build: build.to_path_buf(), files: None, at: 0, made: MadeSeeds::default() }
    }

    /// Writes an entry, the path of this number of its route.
    ///
    /// # Errors
    /// A [`Failure`] with the path if it cannot be written.
    pub(crate) fn add(&mut self, seed: &Seed, number: usize) -> Result<(), Failure> {
        let (index_path, bytes_path) = (self.build.join(INDEX), self.build.join(BYTES));
        let (index, bytes) = if let Some(files) = &mut self.files {
            files
        } else {
            let create = |path: &Path| File::create(path).map(BufWriter::new).or_failure("make", path);
            self.files.insert((create(&index_path)?, create(&bytes_path)?))
        };
        let reply = &seed.reply;
        let mut hasher = blake3::Hasher::new();
        for part in [&reply.headers, &reply.body] {
            hasher.update(part);
            bytes.write_all(part).or_failure("write", &bytes_path)?;
        }
        let line = Line {
            pattern: seed.pattern.clone(),
            params: seed.params.clone(),
            path: reply.path.clone(),
            status: reply.status,
            revalidate: match reply.revalidate {
                Revalidate::After(seconds) => Some(seconds),
                Revalidate::Never => None,
            },
            expire: reply.expire,
            tags: reply.tags.iter().map(str::to_owned).collect(),
            made_at: seed.made_at.as_millis(),
            at: self.at,
            header_bytes: reply.headers.len() as u64,
            body_bytes: reply.body.len() as u64,
            hash: hasher.finalize().to_hex().to_string(),
        };
        self.at += line.header_bytes + line.body_bytes;
        index.write_all(line.text()?.as_bytes()).or_failure("write", &index_path)?;
        let made = Made { path: reply.path.clone(), revalidate: reply.revalidate, expire: reply.expire, number };
        self.made.by_pattern.entry(seed.pattern.clone()).or_default().push(made);
        Ok(())
    }

    /// All entries are written.
    ///
    /// # Errors
    /// A [`Failure`] with the path if they cannot be.
    pub(crate) fn finish(mut self) -> Result<MadeSeeds, Failure> {
        if let Some((index, bytes)) = &mut self.files {
            index.flush().or_failure("write", &self.build.join(INDEX))?;
            bytes.flush().or_failure("write", &self.build.join(BYTES))?;
        }
        // In the order in which the route names them, whatever took longest.
        self.made.by_pattern.values_mut().for_each(|made| made.sort_by_key(|made| made.number));
        Ok(self.made)
    }
}

impl Line {
    /// The line with its check.
    fn text(&self) -> Result<String, Failure> {
        let mut text = serde_json::to_string(self)
            .map_err(|error| Failure::new(Exit::Failed, format!("an entry cannot be written: {error}")))?;
        text.pop();
        let check = check_of(text.as_bytes());
        Ok(format!("{text}{CHECK}{check}\"}}\n"))
    }
}

fn check_of(text: &[u8]) -> String {
    blake3::hash(text).to_hex()[..CHECK_DIGITS].to_owned()
}

/// What a line of the index says, if it is whole.
fn parsed<'line, T: Deserialize<'line>>(line: &'line [u8]) -> Option<T> {
    let end = line.len().checked_sub(CHECK.len() + CHECK_DIGITS + 3)?;
    let (text, check) = line.split_at(end);
    let digits = check.strip_prefix(CHECK.as_bytes())?.strip_suffix(b"\"}\n")?;
    if digits != check_of(text).as_bytes() {
        return None;
    }
    serde_json::from_slice(&line[..line.len() - 1]).ok()
}

/// The entries of a build, as `start` has them: where each stands.
#[derive(Debug)]
pub(crate) struct Seeds {
    /// Where the line of each entry begins in the index, and how long it is.
    lines: HashMap<EntryKey, (u64, u32)>,
    index: File,
    bytes: Option<File>,
    path: PathBuf,
    /// When the first of them was made.
    pub(crate) begun: Moment,
    /// How many there should be beyond those that there are.
    pub(crate) missing: u64,
}

impl Seeds {
    /// Opens those of a build, which has so many; `None` where it has none. `routes` are its static routes; the keys of an
    /// entry's params are added to the list that stands beside its route, where there is one.
    ///
    /// # Errors
    /// A [`Failure`] where the index is damaged and must be whole: a list of what is served would have gaps.
    pub(crate) fn open(
        build: &Path,
        expected: u64,
        must_be_whole: bool,
        routes: &mut HashMap<&str, (&StaticRoute, Option<ListedParams>)>,
    ) -> Result<Option<Self>, Failure> {
        if expected == 0 {
            return Ok(None);
        }
        let path = build.join(INDEX);
        let index = match File::open(&path) {
            Ok(index) => index,
            Err(error) if must_be_whole => return Err(damaged(&path, &error.to_string())),
            // Every entry is made when it is asked for.
            Err(error) => {
                tracing::warn!("`{}` cannot be read: {error}; what it lists is made again", path.display());
                return Ok(None);
            }
        };
        let mut seeds = Self {
            lines: HashMap::with_capacity(usize::try_from(expected.min(1 << 20)).unwrap_or(0)),
            bytes: File::open(build.join(BYTES)).ok(),
            index,
            path: build.to_path_buf(),
            begun: Moment::from_millis(u64::MAX),
            missing: 0,
        };
        if let Err(error) = seeds.read_index(routes) {
            tracing::warn!("`{}` cannot be read to its end: {error}", path.display());
        }
        seeds.missing = expected.saturating_sub(seeds.lines.len() as u64);
        if seeds.missing > 0 && must_be_whole {
            return Err(damaged(&path, &format!("{} of {expected} entries are missing", seeds.missing)));
        }
        Ok(Some(seeds))
    }

    fn read_index(&mut self, routes: &mut HashMap<&str, (&StaticRoute, Option<ListedParams>)>) -> std::io::Result<()> {
        let mut reader = BufReader::with_capacity(1 << 17, self.index.try_clone()?);
        let (mut line, mut at) = (Vec::new(), 0);
        loop {
            line.clear();
            let length = std::io::Read::take(&mut reader, MAX_LINE_BYTES).read_until(b'\n', &mut line)?;
            if length == 0 {
                return Ok(());
            }
            if let Some(start) = parsed::<Start>(&line)
                && let Some((route, listed)) = routes.get_mut(start.pattern.as_str())
            {
                let key: ReplyKey = route.key(&start.params);
                if let Some(listed) = listed {
                    listed.insert(key);
                }
                self.lines.insert(key.entry(), (at, u32::try_from(length).unwrap_or(u32::MAX)));
                self.begun = self.begun.min(Moment::from_millis(start.made_at));
            }
            at += length as u64;
        }
    }

    /// The line about an entry.
    fn line(&self, (at, length): (u64, u32)) -> Option<Line> {
        let mut line = vec![0; length as usize];
        self.index.read_exact_at(&mut line, at).ok()?;
        parsed(&line)
    }
}

/// An index that cannot be done without.
fn damaged(path: &Path, what: &str) -> Failure {
    Failure::new(Exit::NoBuild, format!("`{}` is damaged ({what}): build again", path.display()))
        .with_hint("routewerk build")
}

impl Line {
    fn life(&self) -> Life {
        let revalidate = self.revalidate.map_or(Revalidate::Never, Revalidate::After);
        Life { made_at: Moment::from_millis(self.made_at), revalidate, expire: self.expire }
    }
}

impl Shelf for Seeds {
    fn has(&self, key: &EntryKey) -> bool {
        self.lines.contains_key(key)
    }

    fn count(&self) -> usize {
        self.lines.len()
    }

    fn read(&self, key: &EntryKey) -> Result<(NewReply, Moment), String> {
        let damaged = |file: &str, path: &str, what: &str| {
            format!("`{}` is damaged ({what} of `{path}`): it is made again", self.path.join(file).display())
        };
        let place = *self.lines.get(key).ok_or("there is no such entry")?;
        let line = self.line(place).ok_or_else(|| damaged(INDEX, &key.to_string(), "the line"))?;
        let bytes = self.bytes.as_ref().ok_or_else(|| damaged(BYTES, &line.path, "the bytes"))?;
        let whole = bytes.metadata().map_or(0, |found| found.len());
        // A length that is longer than the file reserves no memory.
        let length = line.header_bytes.checked_add(line.body_bytes);
        let is_within = length.and_then(|length| length.checked_add(line.at)).is_some_and(|end| end <= whole);
        let length = length.filter(|_| is_within).and_then(|length| usize::try_from(length).ok());
        let Some(length) = length else { return Err(damaged(BYTES, &line.path, "the bytes")) };
        let mut content = vec![0; length];
        bytes.read_exact_at(&mut content, line.at).map_err(|_| damaged(BYTES, &line.path, "the bytes"))?;
        if blake3::hash(&content).to_hex().as_str() != line.hash {
            return Err(damaged(BYTES, &line.path, "the bytes"));
        }
        let content = Bytes::from(content);
        let Life { made_at, revalidate, expire } = line.life();
        let header_bytes = usize::try_from(line.header_bytes).unwrap_or(length);
        let reply = NewReply {
            status: line.status,
            headers: content.slice(..header_bytes),
            body: content.slice(header_bytes..),
            revalidate,
            expire,
            tags: TagSet::new(&line.tags),
            path: line.path,
        };
        Ok((reply, made_at))
    }

    fn list(&self, visit: &mut dyn FnMut(EntryKey, Shelved) -> bool) {
        for (key, place) in &self.lines {
            // What cannot be read is told when it is asked for.
            let Some(line) = self.line(*place) else { continue };
            let shelved = Shelved {
                life: line.life(),
                tags: TagSet::new(&line.tags),
                status: line.status,
                bytes: line.body_bytes,
                path: line.path,
            };
            if !visit(*key, shelved) {
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use routewerk_cache::Cache;
    use routewerk_server::StaticSite;

    use super::*;

    fn route() -> StaticRoute {
        let site = StaticSite {
            cache: Cache::in_memory(routewerk_cache::CacheOptions::default()),
            build: routewerk_cache::BuildKey::new("b"),
            draft_secret: None,
            expire_seconds: None,
            clock: std::sync::Arc::new(|| Moment::from_millis(0)),
            compressor: None,
            user_store: None,
        };
        StaticRoute::new(std::sync::Arc::new(site), "/p/[id]".to_owned(), [false])
    }

    fn seed(params: &str, body: &[u8]) -> Seed {
        let reply = NewReply {
            path: format!("/p/{params}"),
            status: 200,
            headers: Bytes::from_static(b"content-type\ntext/plain\n"),
            body: Bytes::copy_from_slice(body),
            revalidate: Revalidate::After(60),
            expire: Some(3600),
            tags: TagSet::new(["a", "b\u{fc}"]),
        };
        Seed { pattern: "/p/[id]".to_owned(), params: params.to_owned(), made_at: Moment::from_millis(7), reply }
    }

    fn written(seeds: &[Seed]) -> tempfile::TempDir {
        let build = tempfile::tempdir().unwrap();
        let mut writer = SeedWriter::new(build.path());
        // The last path of the route first: what takes longest ends last.
        for (number, seed) in seeds.iter().enumerate().rev() {
            writer.add(seed, number).unwrap();
        }
        let made = writer.finish().unwrap();
        let paths: Vec<_> = made.of("/p/[id]").iter().map(|made| made.path.clone()).collect();
        assert_eq!(paths, seeds.iter().map(|seed| seed.reply.path.clone()).collect::<Vec<_>>());
        build
    }

    fn opened(build: &Path, expected: u64, must_be_whole: bool) -> Result<Option<Seeds>, Failure> {
        let route = route();
        let mut routes = HashMap::from([("/p/[id]", (&route, None))]);
        Seeds::open(build, expected, must_be_whole, &mut routes)
    }

    #[test]
    fn what_was_written_is_read() {
        let build = written(&[seed("a", b"{\"x\":1}\n"), seed("b%0A", &[0, 10, 255])]);
        let route = route();
        let mut routes = HashMap::from([("/p/[id]", (&route, Some(ListedParams::default())))]);
        let seeds = Seeds::open(build.path(), 2, true, &mut routes).unwrap().unwrap();
        let listed = routes["/p/[id]"].1.as_ref().unwrap();
        assert!(listed.contains(&route.key("a")) && listed.contains(&route.key("b%0A")));
        assert_eq!((seeds.begun, seeds.missing, seeds.count()), (Moment::from_millis(7), 0, 2));
        let (reply, made_at) = seeds.read(&route.key("b%0A").entry()).unwrap();
        assert_eq!((&*reply.body, made_at), ([0, 10, 255].as_slice(), Moment::from_millis(7)));
        assert_eq!((&*reply.headers, reply.status), (b"content-type\ntext/plain\n".as_slice(), 200));
        assert_eq!((reply.revalidate, reply.expire), (Revalidate::After(60), Some(3600)));
        assert!(reply.tags.contains("b\u{fc}"));
        assert!(opened(tempfile::tempdir().unwrap().path(), 0, true).unwrap().is_none(), "a build without entries");
    }

    #[test]
    fn every_damage_to_a_line_or_its_bytes_is_found() {
        let key = route().key("a").entry();
        let build = written(&[seed("a", b"body of a"), seed("b", b"body of b")]);
        for file in [INDEX, BYTES] {
            let path = build.path().join(file);
            let whole = std::fs::read(&path).unwrap();
            for at in 0..whole.len() {
                let mut altered = whole.clone();
                altered[at] ^= 1;
                std::fs::write(&path, &altered).unwrap();
                let seeds = opened(build.path(), 2, false).unwrap().unwrap();
                for key in [key, route().key("b").entry()] {
                    if let Ok((reply, _)) = seeds.read(&key) {
                        let name = if key == route().key("a").entry() { "a" } else { "b" };
                        assert_eq!(reply.body, format!("body of {name}"), "{file} {at}");
                        assert_eq!(reply.path, format!("/p/{name}"), "{file} {at}");
                    }
                }
                let is_read = |name: &str| seeds.read(&route().key(name).entry()).is_ok();
                assert!(!(is_read("a") && is_read("b")), "{file} {at}");
            }
            std::fs::write(&path, &whole[..whole.len() / 2 + 3]).unwrap();
            let seeds = opened(build.path(), 2, false).unwrap().unwrap();
            // The last one written is the first of the route.
            assert!(seeds.read(&key).is_err());
            std::fs::write(&path, &whole).unwrap();
        }
        std::fs::write(build.path().join(INDEX), b"").unwrap();
        let failure = opened(build.path(), 2, true).unwrap_err();
        assert_eq!(failure.exit, Exit::NoBuild);
        assert!(failure.message.contains("2 of 2 entries are missing"), "{}", failure.message);
    }
}
