//! The way to a running server's cache: a socket file that only its owner can open.
//!
//! `.routewerk/run/socket`, in a directory of mode 0700. One question per connection, one line of JSON each way, one
//! connection at a time; who says nothing is dropped after a few seconds. Where two servers of a project run, the first
//! has it: its cache is the one on disk.

use std::fs::{self, DirBuilder, File};
use std::io;
use std::os::fd::AsRawFd;
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::{Value as Json, json};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{UnixListener, UnixStream};
use tokio::task::JoinHandle;

use super::{Question, Subject, answer};
use crate::caching;

/// The longest question.
const MAX_QUESTION: u64 = 64 << 10;
/// The longest answer that is read: a list of very many entries.
const MAX_ANSWER: u64 = 1 << 30;
/// In this time a question has been read and its answer taken.
const TIME: Duration = Duration::from_secs(10);
/// So long an answer may be in the making (a long list from a slow disk).
const ANSWER_TIME: Duration = Duration::from_mins(2);
/// The longest path of a socket that every system takes.
const LONGEST: usize = 100;

/// A socket that answers until it is dropped.
#[derive(Debug)]
pub(crate) struct CacheSocket {
    task: JoinHandle<()>,
    path: PathBuf,
    /// Which file it is: a later server may have put its own in the place.
    file: u64,
}

impl CacheSocket {
    /// Answers questions about a cache. `None`: another server of the project does already.
    ///
    /// # Errors
    /// [`io::Error`] where the socket cannot be made.
    pub(crate) async fn open(directory: &Path, subject: Subject) -> io::Result<Option<Self>> {
        DirBuilder::new().recursive(true).mode(0o700).create(directory)?;
        let path = directory.join("socket");
        let place = Place::of(directory)?;
        if connect(&place).await.is_ok() {
            return Ok(None);
        }
        match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let listener = UnixListener::bind(&place.socket)?;
        let file = fs::metadata(&path)?.ino();
        let task = tokio::spawn(serve(listener, subject));
        Ok(Some(Self { task, path, file }))
    }
}

impl Drop for CacheSocket {
    fn drop(&mut self) {
        self.task.abort();
        let is_ours = fs::metadata(&self.path).is_ok_and(|metadata| metadata.ino() == self.file);
        if is_ours {
            // One that stays is replaced by the next server.
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// Asks the server that runs on a project. `None`: none does.
///
/// # Errors
/// A text for people: the server's own, or what went wrong on the way.
pub(crate) async fn ask(directory: &Path, question: &Question) -> Option<Result<Json, String>> {
    let opened = match Place::of(directory) {
        Ok(place) => connect(&place).await,
        Err(error) => Err(error),
    };
    let stream = match opened {
        Ok(stream) => stream,
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
            let text = "only the user who runs the server of the project may ask it";
            return Some(Err(format!("`{}` cannot be opened ({error}): {text}", directory.join("socket").display())));
        }
        // A socket that is not there, or that a server that was killed has left behind.
        Err(_) => return None,
    };
    let asked = tokio::time::timeout(TIME + ANSWER_TIME, converse(stream, question));
    Some(match asked.await {
        Ok(Ok(answer)) => answer,
        Ok(Err(error)) if matches!(error.kind(), io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof) => {
            let socket = directory.join("socket");
            Err(format!("what listens on `{}` is no server of this version ({error})", socket.display()))
        }
        Ok(Err(error)) => Err(format!("the running server does not answer: {error}")),
        Err(_) => Err("the running server does not answer in time".to_owned()),
    })
}

async fn converse(mut stream: UnixStream, question: &Question) -> io::Result<Result<Json, String>> {
    let mut line = serde_json::to_vec(question)?;
    line.push(b'\n');
    stream.write_all(&line).await?;
    let mut text = Vec::new();
    stream.take(MAX_ANSWER).read_to_end(&mut text).await?;
    let mut answer: Json = serde_json::from_slice(&text)?;
    Ok(match answer.get("error").and_then(Json::as_str) {
        Some(error) => Err(error.to_owned()),
        None => Ok(answer["ok"].take()),
    })
}

async fn serve(listener: UnixListener, subject: Subject) {
    loop {
        let stream = match listener.accept().await {
            Ok((stream, _)) => stream,
            Err(error) => {
                // Out of descriptors, say: the server is worse off than its operator.
                tracing::warn!(%error, "a question about the cache cannot be accepted");
                tokio::time::sleep(Duration::from_secs(1)).await;
                continue;
            }
        };
        if let Err(error) = reply(stream, &subject).await {
            tracing::debug!(%error, "a question about the cache came to nothing");
        }
    }
}

async fn reply(stream: UnixStream, subject: &Subject) -> io::Result<()> {
    let (read, mut write) = stream.into_split();
    let mut line = Vec::new();
    let mut read = BufReader::new(read.take(MAX_QUESTION));
    timely(TIME, read.read_until(b'\n', &mut line)).await?;
    let answer = match serde_json::from_slice(&line) {
        Ok(question) => timely(ANSWER_TIME, async { Ok(answer(subject, &question, caching::now()).await) }).await?,
        Err(error) => Err(format!("the question is not understood: {error}")),
    };
    let text = match answer {
        Ok(answer) => json!({ "ok": answer }),
        Err(error) => json!({ "error": error }),
    };
    timely(ANSWER_TIME, write.write_all(text.to_string().as_bytes())).await?;
    timely(TIME, write.shutdown()).await
}

/// The output of a future, within a time.
async fn timely<T>(time: Duration, future: impl Future<Output = io::Result<T>>) -> io::Result<T> {
    tokio::time::timeout(time, future).await.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
}

async fn connect(place: &Place) -> io::Result<UnixStream> {
    UnixStream::connect(&place.socket).await
}

/// A socket's path, short enough for the system.
struct Place {
    socket: PathBuf,
    /// Keeps the directory open while the path goes through its descriptor.
    _directory: Option<File>,
}

impl Place {
    fn of(directory: &Path) -> io::Result<Self> {
        let socket = directory.join("socket");
        if socket.as_os_str().len() <= LONGEST {
            return Ok(Self { socket, _directory: None });
        }
        // The address of a socket holds some 100 bytes; a deep project goes through its directory's descriptor.
        let opened = File::open(directory)?;
        let socket = PathBuf::from(format!("/proc/self/fd/{}/socket", opened.as_raw_fd()));
        Ok(Self { socket, _directory: Some(opened) })
    }
}
