//! Binding: one listener, bound so that a second server on the port fails instead of sharing its requests.
//!
//! Follows Node.js's `server.listen`: an unspecified IPv6 address takes IPv4 connections too (dual stack), and
//! `SO_REUSEADDR` is set on Unix so that a restart does not wait for old connections. `SO_REUSEPORT` is never set.

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener};

use socket2::{Domain, Protocol, Socket, Type};

/// The backlog of Node.js.
pub const DEFAULT_BACKLOG: i32 = 511;

/// Why there is no listener.
#[derive(Debug, thiserror::Error)]
pub enum BindError {
    /// Another server listens there.
    #[error("address `{address}` is in use")]
    InUse {
        /// The address that was asked for.
        address: SocketAddr,
    },
    /// The port is privileged, or the system forbids it otherwise.
    #[error("no permission to listen on `{address}`")]
    Forbidden {
        /// The address that was asked for.
        address: SocketAddr,
    },
    /// The address is none of this machine's.
    #[error("`{address}` is no address of this machine")]
    NotLocal {
        /// The address that was asked for.
        address: SocketAddr,
    },
    /// Anything else.
    #[error("could not listen on `{address}`")]
    Other {
        /// The address that was asked for.
        address: SocketAddr,
        /// What the system said.
        source: io::Error,
    },
}

/// Binds and listens.
///
/// # Errors
/// [`BindError`], by what the user can do about it.
pub fn bind(address: SocketAddr, backlog: i32) -> Result<TcpListener, BindError> {
    try_bind(address, backlog).map_err(|source| match source.kind() {
        io::ErrorKind::AddrInUse => BindError::InUse { address },
        io::ErrorKind::PermissionDenied => BindError::Forbidden { address },
        io::ErrorKind::AddrNotAvailable => BindError::NotLocal { address },
        _ => BindError::Other { address, source },
    })
}

/// Binds to every address of the machine: `[::]` with IPv4 connections included, or `0.0.0.0` where there is no IPv6.
///
/// # Errors
/// [`BindError`], by what the user can do about it.
pub fn bind_any(port: u16, backlog: i32) -> Result<TcpListener, BindError> {
    match bind(SocketAddr::from((Ipv6Addr::UNSPECIFIED, port)), backlog) {
        Err(BindError::Other { .. } | BindError::NotLocal { .. }) => {
            bind(SocketAddr::from((Ipv4Addr::UNSPECIFIED, port)), backlog)
        }
        bound => bound,
    }
}

fn try_bind(address: SocketAddr, backlog: i32) -> io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    if let SocketAddr::V6(v6) = address {
        socket.set_only_v6(!v6.ip().is_unspecified())?;
    }
    // On Windows the option would let a second server take the port.
    #[cfg(unix)]
    socket.set_reuse_address(true)?;
    socket.bind(&address.into())?;
    socket.listen(backlog)?;
    socket.set_nonblocking(true)?;
    Ok(socket.into())
}
