//! The exit codes of the command: one meaning each, so that a script can tell a taken port from a broken build.

/// How the command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Exit {
    /// Everything asked for was done; for a server: it was told to end and all calls ended.
    Ok = 0,
    /// The build failed (an error in a route, a conflict of routes), or something failed that has no code of its own.
    Failed = 1,
    /// The command line is wrong: an unknown option, a bad value, a directory that does not exist.
    Usage = 2,
    /// The address cannot be listened on: the port is taken or not allowed.
    Address = 3,
    /// `start` found no build.
    NoBuild = 4,
    /// Node.js (Bun, Deno) was not found, does not run or is too old.
    Runtime = 5,
    /// `next.config`, `tsconfig.json`, `package.json` or a `.env` file is broken.
    Config = 6,
    /// The workers end as soon as they are started.
    Worker = 7,
    /// Another `routewerk build` of the same project held the lock for too long.
    Locked = 8,
    /// A second SIGINT ended the command before its calls had ended.
    Interrupted = 130,
    /// A second SIGTERM ended the command before its calls had ended.
    Terminated = 143,
}

impl Exit {
    /// Every code with its meaning, for `--help` and the man page.
    pub(crate) const ALL: [(Self, &'static str); 11] = [
        (Self::Ok, "done; a server that was told to end and whose calls have ended"),
        (Self::Failed, "the build failed, or a failure that has no code of its own"),
        (Self::Usage, "the command line is wrong"),
        (Self::Address, "the address cannot be listened on (the port is taken)"),
        (Self::NoBuild, "`start` found no build"),
        (Self::Runtime, "node, bun or deno is missing, does not run or is too old"),
        (Self::Config, "next.config, tsconfig.json, package.json or a .env file is broken"),
        (Self::Worker, "the workers end as soon as they are started"),
        (Self::Locked, "another build of the same project held the lock for too long"),
        (Self::Interrupted, "a second SIGINT did not wait for the calls to end"),
        (Self::Terminated, "a second SIGTERM did not wait for the calls to end"),
    ];

    /// The code as a number.
    pub(crate) const fn code(self) -> u8 {
        self as u8
    }
}

impl From<Exit> for std::process::ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}
