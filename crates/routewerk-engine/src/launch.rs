//! The launcher: the few lines that run in the new process between `fork` and the JavaScript runtime.
//!
//! The parent-death signal can only be set by the process that is to get it, and it survives `exec`. Setting it
//! between `fork` and `exec` of a Rust child needs unsafe code, so the front starts itself instead, which sets
//! it and becomes the runtime. On systems without the signal the launcher only becomes the runtime.

use std::ffi::OsString;
use std::io;
use std::os::unix::process::CommandExt;
use std::process::Command;

/// The exit code of a launcher whose program does not exist, as a shell has it.
pub(crate) const NOT_FOUND_CODE: u8 = 127;
/// The exit code of a launcher that failed in another way.
const FAILED_CODE: u8 = 126;

/// The exit code with which a launcher says that [`exec_worker`] failed. The error itself goes to standard error.
pub fn exec_failure_code(error: &io::Error) -> u8 {
    if error.kind() == io::ErrorKind::NotFound { NOT_FOUND_CODE } else { FAILED_CODE }
}

/// Makes this process die with the process `parent` and turns it into `arguments`.
///
/// `arguments` are the front's process id, the program, and the program's arguments: what the pool appends to
/// [`Launcher::args`](crate::Launcher::args). Call it before anything else is done, in particular before threads
/// or signal handlers exist. It returns only when it failed: print the error to standard error and exit with
/// [`exec_failure_code`].
///
/// # Errors
/// `InvalidInput` when the arguments are not what the pool appends, `NotConnected` when the front is gone already,
/// and whatever `exec` says, for instance `NotFound`.
pub fn exec_worker(arguments: impl IntoIterator<Item = OsString>) -> io::Error {
    let mut arguments = arguments.into_iter();
    let front = arguments.next().and_then(|text| text.to_str()?.parse::<i32>().ok());
    let (Some(front), Some(program)) = (front, arguments.next()) else {
        return io::Error::new(io::ErrorKind::InvalidInput, "expected a process id and a program");
    };
    if let Err(error) = die_with_parent(front) {
        return error;
    }
    Command::new(program).args(arguments).exec()
}

#[cfg(target_os = "linux")]
fn die_with_parent(front: i32) -> io::Result<()> {
    rustix::process::set_parent_process_death_signal(Some(rustix::process::Signal::KILL))?;
    // The front may have died before the signal was set; then this process has a new parent already.
    let parent = rustix::process::getppid().map_or(0, |pid| pid.as_raw_nonzero().get());
    if parent != front {
        return Err(io::Error::new(io::ErrorKind::NotConnected, "the front is gone"));
    }
    Ok(())
}

#[cfg(not(target_os = "linux"))]
fn die_with_parent(_front: i32) -> io::Result<()> {
    Ok(())
}
