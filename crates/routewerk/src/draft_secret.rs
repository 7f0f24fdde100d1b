//! The secret of the draft-mode cookie: 128 random bits of a build, in a file that nobody else may read.
//!
//! It stands in no manifest and no log. A server that may not read the file goes on without draft mode and says so.

use std::fs::OpenOptions;
use std::io::{ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use crate::exit::Exit;
use crate::failure::{Failure, IoContext};
use crate::report::Report;

/// The file's name in a build.
const FILE: &str = "draft-mode-secret";
/// 128 bits.
const BYTES: usize = 16;

/// A new secret, 32 hexadecimal digits.
///
/// # Errors
/// A [`Failure`] if the system gives no random numbers.
pub(crate) fn generate() -> Result<String, Failure> {
    let mut bytes = [0; BYTES];
    let mut filled = 0;
    while filled < BYTES {
        let flags = rustix::rand::GetRandomFlags::empty();
        filled += rustix::rand::getrandom(&mut bytes[filled..], flags)
            .map_err(|error| Failure::new(Exit::Failed, format!("the system gives no random numbers: {error}")))?;
    }
    Ok(format!("{:032x}", u128::from_be_bytes(bytes)))
}

/// Writes a new secret into a build.
///
/// # Errors
/// A [`Failure`] if the file cannot be written.
pub(crate) fn write(build: &Path) -> Result<(), Failure> {
    let path = build.join(FILE);
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path).or_failure("make", &path)?;
    file.write_all(generate()?.as_bytes()).or_failure("write", &path)
}

/// The secret of a build; `None`, with a word, if it cannot be read.
pub(crate) fn read(build: &Path, report: Report) -> Option<String> {
    let path = build.join(FILE);
    match std::fs::read_to_string(&path) {
        Ok(secret) => Some(secret),
        Err(error) if error.kind() == ErrorKind::NotFound => None,
        Err(error) => {
            report.warn(format!("Draft mode is not available: `{}` cannot be read: {error}", path.display()));
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_secret_is_random_and_for_its_owner_alone() {
        let build = tempfile::tempdir().unwrap();
        write(build.path()).unwrap();
        let secret = read(build.path(), Report::plain()).unwrap();
        assert_eq!(secret.len(), 32);
        assert_ne!(secret, generate().unwrap());
        let mode = std::fs::metadata(build.path().join(FILE)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}
