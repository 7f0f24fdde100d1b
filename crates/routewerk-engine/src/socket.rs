//! A channel's socket on an event loop, with the fewest system calls.
//!
//! The loop watches it for readability alone. Watched for both, as `tokio::net::UnixStream` is, a stream socket wakes its
//! loop a second time per exchange, when the peer has read what was written: one needless `epoll_wait` per
//! call when calls come one at a time (`examples/call_speed.rs` with one call in flight). Only while a write is blocked is
//! a second descriptor watched for writability.

use std::io::{self, IoSlice, Write};
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::task::{Context, Poll, ready};

use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

/// A channel's socket on the event loop of this thread.
#[derive(Debug)]
pub(crate) struct ChannelSocket {
    readable: AsyncFd<UnixStream>,
    /// The same socket by another descriptor, while a write is blocked.
    writable: Option<AsyncFd<UnixStream>>,
}

impl ChannelSocket {
    /// Puts a socket on the event loop of this thread.
    pub(crate) fn new(socket: UnixStream) -> io::Result<Self> {
        socket.set_nonblocking(true)?;
        Ok(Self { readable: watch(socket, Interest::READABLE)?, writable: None })
    }

    /// Reads once, into what room `buffer` has, and appends. `Ready(0)` is the socket's end.
    pub(crate) fn poll_read(&mut self, context: &mut Context<'_>, buffer: &mut Vec<u8>) -> Poll<io::Result<usize>> {
        loop {
            let mut guard = ready!(self.readable.poll_read_ready(context))?;
            let room = buffer.capacity() - buffer.len();
            match rustix::io::read(guard.get_inner().as_fd(), rustix::buffer::spare_capacity(buffer)) {
                Ok(count) => {
                    // All is read when the buffer is not full: what comes later is news to an edge-triggered loop.
                    if count > 0 && count < room {
                        guard.clear_ready();
                    }
                    return Poll::Ready(Ok(count));
                }
                Err(rustix::io::Errno::INTR) => {}
                Err(rustix::io::Errno::AGAIN) => guard.clear_ready(),
                Err(error) => return Poll::Ready(Err(error.into())),
            }
        }
    }

    /// Writes once.
    pub(crate) fn poll_write(&mut self, context: &mut Context<'_>, pieces: &[IoSlice<'_>]) -> Poll<io::Result<usize>> {
        loop {
            if let Some(writable) = &self.writable {
                ready!(writable.poll_write_ready(context))?.clear_ready();
            }
            let mut socket = self.readable.get_ref();
            let written = match pieces {
                [piece] => socket.write(piece),
                pieces => socket.write_vectored(pieces),
            };
            match written {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    if self.writable.is_none() {
                        let socket = self.readable.get_ref().try_clone()?;
                        self.writable = Some(watch(socket, Interest::WRITABLE)?);
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                written => return Poll::Ready(written),
            }
        }
    }

    /// Nothing is left to write.
    pub(crate) fn all_written(&mut self) {
        self.writable = None;
    }
}

/// Puts a socket on the event loop of this thread.
#[expect(
    deprecated,
    reason = "its successor is unsafe, for types whose descriptor may change; a `UnixStream`'s does not"
)]
fn watch(socket: UnixStream, interest: Interest) -> io::Result<AsyncFd<UnixStream>> {
    AsyncFd::with_interest(socket, interest)
}
