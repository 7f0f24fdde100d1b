//! The entries that `build` has made, on their way to `start`: one file in the build, its entries one after the other.
//!
//! An entry is a line of JSON about it and then its bytes, so that a file is written and read from the front to the end,
//! one entry at a time. It is part of a build, which is written once and published whole; a reader that finds it torn says so.

use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, Read, Write};
use std::path::Path;

use bytes::Bytes;
use routewerk_cache::{Cache, Moment, NewReply, Phase, ReplyKey, Revalidate, TagSet};
use routewerk_server::StaticRoute;
use serde::{Deserialize, Serialize};

use super::now;
use crate::exit::Exit;
use crate::failure::{Failure, IoContext};

/// The file's name in a build.
const FILE: &str = "prerendered";
/// The longest line that is read of one entry.
const MAX_LINE_BYTES: u64 = 16 << 20;

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

/// What stands about an entry before its bytes.
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
    /// How many bytes of fields follow, and of body behind them.
    header_bytes: usize,
    body_bytes: usize,
}

/// The entries of a build.
#[derive(Clone, Debug, Default)]
pub(crate) struct Seeds {
    entries: Vec<Seed>,
}

impl Seeds {
    /// These entries.
    pub(crate) const fn new(entries: Vec<Seed>) -> Self {
        Self { entries }
    }

    /// The params of a route that have an entry.
    pub(crate) fn params_of<'seeds>(&'seeds self, pattern: &'seeds str) -> impl Iterator<Item = &'seeds str> {
        self.of(pattern).map(|seed| seed.params.as_str())
    }

    /// The entries of a route.
    pub(crate) fn of<'seeds>(&'seeds self, pattern: &'seeds str) -> impl Iterator<Item = &'seeds Seed> {
        self.entries.iter().filter(move |seed| seed.pattern == pattern)
    }

    /// Writes them into a build; a build without entries has no file.
    ///
    /// # Errors
    /// A [`Failure`] with the path if it cannot be written.
    pub(crate) fn write(&self, build: &Path) -> Result<(), Failure> {
        if self.entries.is_empty() {
            return Ok(());
        }
        let path = build.join(FILE);
        let mut file = BufWriter::new(File::create(&path).or_failure("make", &path)?);
        for seed in &self.entries {
            seed.write(&mut file).or_failure("write", &path)?;
        }
        file.flush().or_failure("write", &path)
    }

    /// Reads those of a build.
    ///
    /// # Errors
    /// A [`Failure`] if the file cannot be read or is damaged.
    pub(crate) fn read(build: &Path) -> Result<Self, Failure> {
        let path = build.join(FILE);
        let file = match File::open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Self::default()),
            Err(error) => return Err(error).or_failure("read", &path),
        };
        let whole_bytes = file.metadata().or_failure("read", &path)?.len();
        let mut reader = BufReader::new(file);
        let mut entries = Vec::new();
        while let Some(seed) = Seed::read(&mut reader, whole_bytes).map_err(|error| damaged(&path, &error))? {
            entries.push(seed);
        }
        Ok(Self { entries })
    }

    /// Puts them into a cache, unless it knows newer ones: those that an earlier run of the same build has made.
    /// `routes` are the build's static routes.
    pub(crate) async fn plant<'route>(
        self,
        routes: impl Iterator<Item = (&'route str, &'route StaticRoute)>,
        cache: &Cache,
    ) {
        let routes: std::collections::HashMap<_, _> = routes.collect();
        let now = now();
        for seed in self.entries {
            let Some(route) = routes.get(seed.pattern.as_str()) else { continue };
            let key: ReplyKey = route.key(&seed.params);
            if matches!(cache.load_reply(&key, now).await, Phase::Miss) {
                // What may not be stored is made again when it is asked for.
                drop(cache.put_reply(&key, seed.reply, seed.made_at, cache.sequence_at(seed.made_at)));
            }
        }
    }
}

fn damaged(path: &Path, error: &std::io::Error) -> Failure {
    Failure::new(Exit::NoBuild, format!("`{}` is damaged ({error}): build again", path.display()))
        .with_hint("routewerk build")
}

impl Seed {
    fn write(&self, output: &mut impl Write) -> std::io::Result<()> {
        let reply = &self.reply;
        let line = Line {
            pattern: self.pattern.clone(),
            params: self.params.clone(),
            path: reply.path.clone(),
            status: reply.status,
            revalidate: match reply.revalidate {
                Revalidate::After(seconds) => Some(seconds),
                Revalidate::Never => None,
            },
            expire: reply.expire,
            tags: reply.tags.iter().map(str::to_owned).collect(),
            made_at: self.made_at.as_millis(),
            header_bytes: reply.headers.len(),
            body_bytes: reply.body.len(),
        };
        serde_json::to_writer(&mut *output, &line)?;
        output.write_all(b"\n")?;
        output.write_all(&reply.headers)?;
        output.write_all(&reply.body)
    }

    /// The next entry of a file of so many bytes.
    fn read(input: &mut impl BufRead, whole_bytes: u64) -> std::io::Result<Option<Self>> {
        let mut text = Vec::new();
        input.by_ref().take(MAX_LINE_BYTES).read_until(b'\n', &mut text)?;
        if text.is_empty() {
            return Ok(None);
        }
        let line: Line = serde_json::from_slice(&text)?;
        let mut bytes = |count: usize| {
            // A length that is longer than the file reserves no memory.
            if count as u64 > whole_bytes {
                return Err(std::io::Error::from(std::io::ErrorKind::UnexpectedEof));
            }
            let mut bytes = vec![0; count];
            input.read_exact(&mut bytes).map(|()| Bytes::from(bytes))
        };
        let (headers, body) = (bytes(line.header_bytes)?, bytes(line.body_bytes)?);
        let reply = NewReply {
            path: line.path,
            status: line.status,
            headers,
            body,
            revalidate: line.revalidate.map_or(Revalidate::Never, Revalidate::After),
            expire: line.expire,
            tags: TagSet::new(&line.tags),
        };
        let made_at = Moment::from_millis(line.made_at);
        Ok(Some(Self { pattern: line.pattern, params: line.params, made_at, reply }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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

    #[test]
    fn what_was_written_is_read() {
        let build = tempfile::tempdir().unwrap();
        assert_eq!(Seeds::read(build.path()).unwrap().entries.len(), 0);
        Seeds::new(vec![seed("a", b"{\"x\":1}\n"), seed("b%0A", &[0, 10, 255])]).write(build.path()).unwrap();
        let read = Seeds::read(build.path()).unwrap();
        assert_eq!(read.params_of("/p/[id]").collect::<Vec<_>>(), ["a", "b%0A"]);
        let last = &read.entries[1];
        assert_eq!((&*last.reply.body, last.made_at), ([0, 10, 255].as_slice(), Moment::from_millis(7)));
        assert_eq!((last.reply.revalidate, last.reply.expire), (Revalidate::After(60), Some(3600)));
        assert!(last.reply.tags.contains("b\u{fc}"));
    }

    #[test]
    fn a_torn_file_is_told_so() {
        let build = tempfile::tempdir().unwrap();
        Seeds::new(vec![seed("a", b"body"), seed("b", b"body")]).write(build.path()).unwrap();
        let path = build.path().join(FILE);
        let whole = std::fs::read(&path).unwrap();
        for length in [1, whole.len() / 2 + 3, whole.len() - 1] {
            std::fs::write(&path, &whole[..length]).unwrap();
            let failure = Seeds::read(build.path()).unwrap_err();
            assert_eq!(failure.exit, Exit::NoBuild, "{length}");
            assert!(failure.message.contains("is damaged"), "{}", failure.message);
        }
        std::fs::write(&path, whole.iter().map(|byte| if *byte == b'2' { b'9' } else { *byte }).collect::<Vec<_>>())
            .unwrap();
        assert!(Seeds::read(build.path()).is_err(), "lengths beyond the file");
    }
}
