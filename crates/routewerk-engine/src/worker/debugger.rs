//! Where the workers' debuggers listen: one port after the other from the one that was asked for, so that each can be found.
//!
//! A port that something else listens on is skipped. A port of a worker is nobody else's until its process is gone, as
//! the process takes it only some time after it was given it.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::net::{SocketAddr, TcpListener};
use std::rc::Rc;

/// How many ports are tried.
const MAX_TRIES: u16 = 1000;

/// The ports that workers of a pool have.
#[derive(Clone, Debug, Default)]
pub(crate) struct DebuggerPorts(Rc<RefCell<BTreeSet<u16>>>);

/// A place for one worker's debugger. It is given back when it is dropped.
#[derive(Debug)]
pub(crate) struct DebuggerPort {
    ports: DebuggerPorts,
    address: SocketAddr,
}

impl DebuggerPorts {
    /// The first place from `first` on that is free. Where none is, `first` itself: the runtime then says that it is taken.
    pub(crate) fn take(&self, first: SocketAddr) -> DebuggerPort {
        let port = first.port();
        let mut address = first;
        if port != 0 {
            let mut taken = self.0.borrow_mut();
            let mut tries = (port..=port.saturating_add(MAX_TRIES)).filter(|port| !taken.contains(port));
            let is_free = |port: &u16| TcpListener::bind(SocketAddr::new(first.ip(), *port)).is_ok();
            address.set_port(tries.find(is_free).unwrap_or(port));
            taken.insert(address.port());
        }
        DebuggerPort { ports: self.clone(), address }
    }
}

impl DebuggerPort {
    /// Where it is. With port 0 the runtime chooses one.
    pub(crate) const fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for DebuggerPort {
    fn drop(&mut self) {
        self.ports.0.borrow_mut().remove(&self.address.port());
    }
}
