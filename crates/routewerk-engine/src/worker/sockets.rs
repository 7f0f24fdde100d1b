//! How the sockets of a worker come to be: inherited pairs, or connections to a private socket file.
//!
//! Node.js opens inherited descriptors. Bun's `net.Socket` does not, and Deno's does in some versions, so these
//! connect to a socket file in a directory that only this user can enter, and every connection has to begin with a token
//! that only this worker was told. The file is gone as soon as all have connected.

use std::fs::DirBuilder;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::fs::DirBuilderExt;
use std::os::unix::net::UnixStream as StdUnixStream;
use std::path::{Path, PathBuf};

use command_fds::FdMapping;
use tokio::io::AsyncReadExt;
use tokio::net::{UnixListener, UnixStream};

use crate::RuntimeKind;
use crate::frames::{HEADER_BYTES, HELLO, Header};

/// Where the worker's descriptors begin: the control socket, then the data sockets.
const FIRST_FD: i32 = 3;
/// How long a connection may take to greet.
const GREETING_LIMIT: std::time::Duration = std::time::Duration::from_secs(2);
/// Bytes of randomness in a token and in a directory's name.
const TOKEN_BYTES: usize = 16;

/// The front's ends of a worker's sockets.
pub(crate) struct Sockets {
    pub(crate) control: StdUnixStream,
    pub(crate) data: Vec<StdUnixStream>,
}

/// Sockets that a worker is about to get.
pub(crate) enum Rendezvous {
    /// The worker inherits its ends.
    Inherited { front: Sockets, worker: Vec<StdUnixStream> },
    /// The worker connects.
    File { listener: UnixListener, directory: PrivateDirectory, token: String, data_sockets: usize },
}

impl Rendezvous {
    /// Prepares the sockets for one worker and `data_sockets` front threads.
    pub(crate) fn new(kind: RuntimeKind, data_sockets: usize, temp_dir: &Path) -> io::Result<Self> {
        match kind {
            RuntimeKind::Node => Self::inherited(data_sockets),
            RuntimeKind::Bun | RuntimeKind::Deno => Self::file(data_sockets, temp_dir),
        }
    }

    fn inherited(data_sockets: usize) -> io::Result<Self> {
        let (control, control_worker) = StdUnixStream::pair()?;
        let mut worker = vec![control_worker];
        let mut data = Vec::with_capacity(data_sockets);
        for _ in 0..data_sockets {
            let (front_end, worker_end) = StdUnixStream::pair()?;
            data.push(front_end);
            worker.push(worker_end);
        }
        Ok(Self::Inherited { front: Sockets { control, data }, worker })
    }

    fn file(data_sockets: usize, temp_dir: &Path) -> io::Result<Self> {
        let directory = PrivateDirectory::new(temp_dir)?;
        let listener = UnixListener::bind(directory.socket())?;
        Ok(Self::File { listener, directory, token: random_text()?, data_sockets })
    }

    /// What the worker is told, in `ROUTEWERK_CHANNEL`.
    pub(crate) fn address(&self) -> std::ffi::OsString {
        match self {
            Self::Inherited { front, .. } => format!("fd {}", front.data.len()).into(),
            Self::File { directory, token, data_sockets, .. } => {
                let mut address = std::ffi::OsString::from(format!("unix {data_sockets} {token} "));
                address.push(directory.socket());
                address
            }
        }
    }

    /// The descriptors that the worker inherits. They are closed here when the returned value is dropped.
    pub(crate) fn take_descriptors(&mut self) -> Vec<FdMapping> {
        match self {
            Self::Inherited { worker, .. } => worker
                .drain(..)
                .zip(FIRST_FD..)
                .map(|(socket, child_fd)| FdMapping { parent_fd: OwnedFd::from(socket), child_fd })
                .collect(),
            Self::File { .. } => Vec::new(),
        }
    }

    /// The front's ends, as soon as the worker has the others. Not cancel safe: connections that were accepted are lost.
    pub(crate) async fn connect(self) -> io::Result<Sockets> {
        match self {
            Self::Inherited { front, .. } => Ok(front),
            // The directory lives until all have connected.
            Self::File { listener, directory: _directory, token, data_sockets } => {
                accept_all(&listener, &token, data_sockets).await
            }
        }
    }
}

/// Accepts every socket of one worker. A connection without the right greeting is dropped.
async fn accept_all(listener: &UnixListener, token: &str, data_sockets: usize) -> io::Result<Sockets> {
    let mut sockets: Vec<Option<StdUnixStream>> = (0..=data_sockets).map(|_| None).collect();
    while sockets.iter().any(Option::is_none) {
        let (mut socket, _) = listener.accept().await?;
        let greeting = tokio::time::timeout(GREETING_LIMIT, read_greeting(&mut socket, token)).await;
        let place = greeting.ok().flatten().and_then(|index| sockets.get_mut(index));
        if let Some(place @ None) = place {
            *place = Some(socket.into_std()?);
        }
    }
    let mut sockets = sockets.into_iter().flatten();
    let control = sockets.next().expect("every place is taken");
    Ok(Sockets { control, data: sockets.collect() })
}

/// Which socket a connection is, if it begins with the right token.
async fn read_greeting(socket: &mut UnixStream, token: &str) -> Option<usize> {
    let mut header = [0; HEADER_BYTES];
    socket.read_exact(&mut header).await.ok()?;
    let header = Header::decode(&header)?;
    if header.kind != HELLO || header.length != token.len() {
        return None;
    }
    let mut found = vec![0; token.len()];
    socket.read_exact(&mut found).await.ok()?;
    let difference = found.iter().zip(token.as_bytes()).fold(0, |all, (left, right)| all | (left ^ right));
    (difference == 0).then_some(header.number as usize)
}

/// A directory that only this user can enter, with one socket file in it. Dropping it removes both.
pub(crate) struct PrivateDirectory(PathBuf);

impl PrivateDirectory {
    fn new(parent: &Path) -> io::Result<Self> {
        let path = parent.join(format!("routewerk-{}", random_text()?));
        DirBuilder::new().mode(0o700).create(&path)?;
        Ok(Self(path))
    }

    fn socket(&self) -> PathBuf {
        self.0.join("s")
    }
}

impl Drop for PrivateDirectory {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_dir_all(&self.0) {
            tracing::warn!(path = %self.0.display(), %error, "a private directory could not be removed");
        }
    }
}

/// Random bytes as hexadecimal digits.
fn random_text() -> io::Result<String> {
    let mut bytes = [0; TOKEN_BYTES];
    let count = rustix::rand::getrandom(&mut bytes, rustix::rand::GetRandomFlags::empty())?;
    if count != TOKEN_BYTES {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(format!("{:032x}", u128::from_ne_bytes(bytes)))
}
