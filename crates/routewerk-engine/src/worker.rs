//! The pool's side of one worker, on the pool's thread: its process, its control socket, its life.
//!
//! Reading order: [`life`] (the states, each a type whose transitions consume it), [`supervise`]
//! (starts it, starts it again, ends it), [`control`], [`process`], [`sockets`].

mod backoff;
mod context;
mod control;
mod debugger;
mod life;
mod process;
mod pulse;
mod sockets;
mod stdio;
mod supervisor;
mod version;

pub(crate) use context::{Board, Context, Readiness};
pub(crate) use debugger::DebuggerPorts;
pub(crate) use life::Drain;
pub(crate) use supervisor::{Order, Post, Progress, supervise};
