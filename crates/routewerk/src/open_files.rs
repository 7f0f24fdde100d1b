//! How many files this process may have open: a connection is one.
//!
//! Systems give a process few (1,024 is usual) and let it ask for more, up to a limit of the administrator's. Node.js asks for all of it
//! when it starts; a server that has no more than 1,024 connections would be a surprise here too.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::report::Report;

/// What a server needs beside its connections: stored entries that are read, sockets to workers, its own files.
const BESIDE_CONNECTIONS: u64 = 256;

/// Asks the system for as many open files as it gives. A word of warning where that is less than the connections need.
pub(crate) fn raise(max_connections: usize, report: Report) {
    let limit = getrlimit(Resource::Nofile);
    let had = limit.current;
    let wanted = Rlimit { current: limit.maximum, maximum: limit.maximum };
    // Nothing to ask for, or the system gives no more: then it stays as it was.
    let has = if had == limit.maximum || setrlimit(Resource::Nofile, wanted).is_err() { had } else { limit.maximum };
    if let Some(has) = has.filter(|has| *has < max_connections as u64 + BESIDE_CONNECTIONS) {
        report.warn(format!(
            "The system lets this process have {has} files open, and --max-connections is {max_connections}. Raise the \
             limit (`ulimit -Hn`, `LimitNOFILE=` of systemd) or lower the option."
        ));
    }
}
