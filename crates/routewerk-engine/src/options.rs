//! What a pool is told when it starts: which runtime, which script, how many workers, and every limit.
//!
//! Nothing here reads the environment or the command line; the command does and passes values in.

use std::ffi::OsString;
use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crate::WorkerSink;

/// Which JavaScript runtime runs the workers. It decides the arguments and how the sockets reach the worker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RuntimeKind {
    /// Node.js 20.9 or later. The sockets are inherited descriptors.
    Node,
    /// Bun. The sockets are connections to a private socket file.
    Bun,
    /// Deno. The sockets are connections to a private socket file.
    Deno,
}

impl RuntimeKind {
    /// The runtime's name, as it is written in messages and as its own `process.versions` has it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Node => "node",
            Self::Bun => "bun",
            Self::Deno => "deno",
        }
    }

    /// The oldest version that is served, as `(major, minor)`.
    pub const fn oldest_version(self) -> (u32, u32) {
        match self {
            Self::Node => (20, 9),
            Self::Bun => (1, 2),
            Self::Deno => (2, 0),
        }
    }
}

/// A JavaScript runtime on this machine.
#[derive(Clone, Debug)]
pub struct Runtime {
    /// Which one.
    pub kind: RuntimeKind,
    /// Its program: a path, or a name that is looked up in `PATH`.
    pub program: PathBuf,
}

/// A program that makes itself die with its parent and then becomes the worker; see [`exec_worker`](crate::exec_worker).
///
/// The command line of a worker is `program args… runtime runtime_args… script`.
#[derive(Clone, Debug)]
pub struct Launcher {
    /// The program, usually the path of the running command itself.
    pub program: PathBuf,
    /// What makes the program call [`exec_worker`](crate::exec_worker), for instance a hidden subcommand.
    pub args: Vec<OsString>,
}

/// What a worker runs. A [reload](crate::WorkerPool::reload) replaces all of it.
#[derive(Clone, Debug)]
pub struct WorkerSpec {
    /// The worker's script.
    pub script: PathBuf,
    /// Arguments for the runtime, before the script: `--enable-source-maps`, …
    pub runtime_args: Vec<OsString>,
    /// Where the first worker's debugger listens; each further one takes the next port that is free. With port 0 the
    /// runtime chooses. `None`: no debuggers.
    pub debugger: Option<SocketAddr>,
    /// Variables that are set in addition to those the front inherited.
    pub env: Vec<(OsString, OsString)>,
    /// The worker's working directory: the project.
    pub cwd: PathBuf,
    /// The question `init` (channel.md, "Control socket"), without `dataSockets`, which the pool adds.
    pub init: serde_json::Value,
}

/// Every limit of a pool, with what happens when it is reached.
#[derive(Clone, Debug)]
pub struct Limits {
    /// From spawn to ready. A worker that takes longer is killed and counts as one that died at start. Default 60 s.
    pub start_timeout: Duration,
    /// From CALL to the reply's head: the call is answered 504 and aborted; the worker lives on. Default none, as in
    /// Next.js.
    pub call_timeout: Option<Duration>,
    /// How long a worker may leave a ping unanswered, that is, how long its event loop may stand still. Then it is
    /// killed and replaced, and the calls that it held are answered 504. `None` while a debugger may stop it. Default 30 s.
    pub stall_limit: Option<Duration>,
    /// How long a call waits for a ready worker; then 503. Default 10 s.
    pub wait_limit: Duration,
    /// How many calls of the whole pool may wait for a ready worker, in equal shares of the front threads; more are
    /// answered 503 at once. Default 1,024.
    pub max_waiting_calls: usize,
    /// How many calls one worker may hold, in equal shares of the front threads; a thread whose share is used up makes no
    /// further call with the worker until one ends. Default 16,384.
    pub max_calls_per_worker: usize,
    /// How long a worker may finish its calls and its `after` work when it is replaced by a reload; then it is killed.
    /// Default 30 s.
    pub drain_limit: Duration,
    /// How many starts in a row may fail before calls are answered 503 at once while the attempts go on. Default 3.
    pub failing_after: u32,
    /// The longest pause between two attempts to start a worker. The first attempt after a death comes at once, the
    /// second after 100 ms, each further one after twice the pause before. Default 10 s.
    pub max_restart_pause: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            start_timeout: Duration::from_mins(1),
            call_timeout: None,
            stall_limit: Some(Duration::from_secs(30)),
            wait_limit: Duration::from_secs(10),
            max_waiting_calls: 1024,
            max_calls_per_worker: 16_384,
            drain_limit: Duration::from_secs(30),
            failing_after: 3,
            max_restart_pause: Duration::from_secs(10),
        }
    }
}

/// What [`WorkerPool::start`](crate::WorkerPool::start) needs to know.
pub struct PoolOptions {
    /// The JavaScript runtime.
    pub runtime: Runtime,
    /// Makes a worker die with the front even while it is stuck in an endless loop (Linux). Without it a worker ends
    /// when its event loop sees the end of the control socket.
    pub launcher: Option<Launcher>,
    /// What the workers run.
    pub spec: WorkerSpec,
    /// How many workers.
    pub workers: NonZeroUsize,
    /// How many front threads will [attach](crate::WorkerPool::attach).
    pub front_threads: NonZeroUsize,
    /// The limits.
    pub limits: Limits,
    /// Where the workers' output and the pool's events go.
    pub sink: Arc<dyn WorkerSink>,
    /// Where private socket files may be made (Bun and Deno).
    pub temp_dir: PathBuf,
}
