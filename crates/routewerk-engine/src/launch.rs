//! The launcher: the few lines that run in the new process between `fork` and the JavaScript runtime.
//!
//! The parent-death signal can only be set by the process that is to get it, and it survives `exec`. Setting it
//! between `fork` and `exec` of a Rust child needs unsafe code, so the front starts itself instead, which sets
//! it and becomes the runtime. On systems without the signal the launcher only becomes the runtime.

use std::convert::Infallible;
use std::ffi::{CString, OsStr, OsString};
use std::io::{self, ErrorKind};
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};

use nix::unistd::execv;

/// The exit code of a launcher whose program does not exist, as a shell has it.
pub(crate) const NOT_FOUND_CODE: u8 = 127;
/// The exit code of a launcher that failed in another way.
const FAILED_CODE: u8 = 126;
/// What the launcher's only line begins with, by which the front knows it from a runtime's.
pub(crate) const FAILURE_MARK: &str = "routewerk-launcher: ";

/// The exit code with which a launcher says that [`exec_worker`] failed.
pub fn exec_failure_code(error: &io::Error) -> u8 {
    if error.kind() == ErrorKind::NotFound { NOT_FOUND_CODE } else { FAILED_CODE }
}

/// The line with which a launcher says on standard error that [`exec_worker`] failed. The front takes it for itself and
/// words it with the rest of what it knows; it does not reach the sink.
pub fn exec_failure_line(error: &io::Error) -> String {
    format!("{FAILURE_MARK}{error}")
}

/// Makes this process die with the process `parent` and turns it into `arguments`.
///
/// `arguments` are the front's process id, the program, and the program's arguments: what the pool appends to
/// [`Launcher::args`](crate::Launcher::args). Call it before anything else is done, in particular before threads
/// or signal handlers exist. It returns only when it failed: print [`exec_failure_line`] to standard error and exit with
/// [`exec_failure_code`].
///
/// # Errors
/// `InvalidInput` when the arguments are not what the pool appends, `NotConnected` when the front is gone already,
/// and whatever `exec` says: `NotFound`, `PermissionDenied`, an "exec format error" for a program of another machine.
pub fn exec_worker(arguments: impl IntoIterator<Item = OsString>) -> io::Error {
    let mut arguments = arguments.into_iter();
    let front = arguments.next().and_then(|text| text.to_str()?.parse::<i32>().ok());
    let (Some(front), Some(program)) = (front, arguments.next()) else {
        return io::Error::new(ErrorKind::InvalidInput, "expected a process id and a program");
    };
    if let Err(error) = die_with_parent(front) {
        return error;
    }
    match exec(program, arguments) {
        Ok(never) => match never {},
        Err(error) => error,
    }
}

/// Becomes a program. The standard library's way would hand a file that the system cannot run to a shell, which then
/// complains of the syntax of what is no script.
#[expect(
    clippy::disallowed_methods,
    reason = "the launcher is a process of its own, and looks its program up as a shell"
)]
fn exec(program: OsString, arguments: impl Iterator<Item = OsString>) -> io::Result<Infallible> {
    let path = find(&program, std::env::var_os("PATH").as_deref())
        .ok_or_else(|| io::Error::new(ErrorKind::NotFound, "there is no such program in PATH"))?;
    let all: Vec<CString> = std::iter::once(program)
        .chain(arguments)
        .map(|text| CString::new(text.into_vec()))
        .collect::<Result<_, _>>()?;
    execv(&CString::new(path.clone().into_os_string().into_vec())?, &all).map_err(|error| {
        let error = io::Error::from(error);
        if error.kind() == ErrorKind::NotFound && path.exists() {
            let text = "it exists, but the program that it says it is run by does not";
            return io::Error::other(text);
        }
        error
    })
}

/// A program's path: a name without a slash is looked up in `PATH`, as a shell does.
fn find(program: &OsStr, path: Option<&OsStr>) -> Option<PathBuf> {
    if program.as_encoded_bytes().contains(&b'/') {
        return Some(PathBuf::from(program));
    }
    let is_program = |path: &Path| rustix::fs::access(path, rustix::fs::Access::EXEC_OK).is_ok() && path.is_file();
    std::env::split_paths(path?).map(|folder| folder.join(program)).find(|path| is_program(path))
}

/// What a launcher said, from the end of a worker's standard error.
pub(crate) fn failure_in(stderr_tail: &str) -> Option<&str> {
    stderr_tail.strip_prefix(FAILURE_MARK).map(str::trim_end)
}

#[cfg(target_os = "linux")]
fn die_with_parent(front: i32) -> io::Result<()> {
    rustix::process::set_parent_process_death_signal(Some(rustix::process::Signal::KILL))?;
    // The front may have died before the signal was set; then this process has a new parent already.
    let parent = rustix::process::getppid().map_or(0, |pid| pid.as_raw_nonzero().get());
    if parent != front {
        return Err(io::Error::new(ErrorKind::NotConnected, "the front is gone"));
    }
    Ok(())
}

#[cfg(not(target_os = "linux"))]
fn die_with_parent(_front: i32) -> io::Result<()> {
    Ok(())
}
