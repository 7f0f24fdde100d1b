//! The directory on disk: where what lies, and how it is replaced.
//!
//! ```text
//! lock                  held by the process that uses the store
//! journal               the invalidations
//! entries/ab/ab….64     one file per entry, named by its key
//! aside/                files being written, and what is being thrown away
//! ```
//!
//! Names are hexadecimal digits of hashes: nothing that a client sends is ever part of a path.

use std::collections::hash_map::RandomState;
use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::hash::{BuildHasher, Hasher};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;

use crate::key::EntryKey;

use super::file::PREFIX_BYTES;

/// The directory of a store.
#[derive(Debug)]
pub(super) struct Folder {
    root: PathBuf,
    lock: File,
    /// Makes names in `aside` that no earlier process has used.
    salt: u64,
    next: AtomicU64,
}

/// Why a directory cannot be used.
#[derive(Debug)]
pub(super) enum OpenError {
    /// Another process uses it.
    InUse,
    /// The file system says no.
    Io(io::Error),
}

impl From<io::Error> for OpenError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl Folder {
    /// Takes a directory, which is made where it does not exist.
    ///
    /// # Errors
    /// [`OpenError`]: another process has it, or the file system says no.
    pub(super) fn open(root: &Path) -> Result<Self, OpenError> {
        make_directory(root)?;
        let lock = OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(root.join("lock"))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(OpenError::InUse),
            Err(TryLockError::Error(error)) => return Err(error.into()),
        }
        let folder = Self { root: root.to_owned(), lock, salt: random(), next: AtomicU64::new(0) };
        make_directory(&folder.aside())?;
        make_directory(&folder.entries())?;
        Ok(folder)
    }

    /// Gives the directory back before the folder is dropped.
    pub(super) fn unlock(&self) {
        // It fails only where the lock is not held any more, and ends with the process in any case.
        let _ = self.lock.unlock();
    }

    pub(super) fn journal(&self) -> PathBuf {
        self.root.join("journal")
    }

    fn entries(&self) -> PathBuf {
        self.root.join("entries")
    }

    fn aside(&self) -> PathBuf {
        self.root.join("aside")
    }

    /// The file of an entry.
    fn path(&self, key: &EntryKey) -> PathBuf {
        let name = key.to_string();
        self.entries().join(&name[..2]).join(name)
    }

    /// The file's bytes; `None` where there is none.
    pub(super) fn read(&self, key: &EntryKey, limit: u64) -> io::Result<Option<Bytes>> {
        let file = match File::open(self.path(key)) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        let length = file.metadata()?.len();
        if length > limit {
            return Err(io::Error::new(io::ErrorKind::InvalidData, format!("{length} bytes, more than {limit}")));
        }
        let mut bytes = Vec::with_capacity(length as usize);
        // A file that grows while it is read is none of ours.
        file.take(limit).read_to_end(&mut bytes)?;
        Ok(Some(bytes.into()))
    }

    /// The file's beginning: its prefix and as many further bytes as `rest` says.
    pub(super) fn read_start(
        &self,
        key: &EntryKey,
        rest: impl FnOnce(&[u8; PREFIX_BYTES]) -> Option<usize>,
    ) -> io::Result<Option<Vec<u8>>> {
        let mut file = match File::open(self.path(key)) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        let mut prefix = [0; PREFIX_BYTES];
        file.read_exact(&mut prefix)?;
        let Some(rest) = rest(&prefix) else { return Ok(None) };
        let mut start = prefix.to_vec();
        file.take(rest as u64).read_to_end(&mut start)?;
        Ok(Some(start))
    }

    /// Puts a file in the place of another, whole or not at all.
    pub(super) fn write(&self, key: &EntryKey, bytes: &[u8]) -> io::Result<()> {
        let path = self.path(key);
        match self.try_write(&path, bytes) {
            // The first file in its directory, or somebody has emptied the store under us.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                make_directory(&self.aside())?;
                if let Some(parent) = path.parent() {
                    make_directory(parent)?;
                }
                self.try_write(&path, bytes)
            }
            done => done,
        }
    }

    fn try_write(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        let aside = self.aside_name();
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&aside)?;
        let written = file.write_all(bytes).and_then(|()| fs::rename(&aside, path));
        if written.is_err() {
            // What could not be written whole must not use up the disk; the first error is the one to tell.
            let _ = fs::remove_file(&aside);
        }
        written
    }

    /// Removes a file; one that is not there is removed already.
    pub(super) fn remove(&self, key: &EntryKey) -> io::Result<()> {
        match fs::remove_file(self.path(key)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            done => done,
        }
    }

    /// Takes all entries away at once, to be deleted by [`Folder::empty_aside`].
    pub(super) fn discard_entries(&self) -> io::Result<()> {
        fs::rename(self.entries(), self.aside_name())?;
        make_directory(&self.entries())
    }

    /// Whether there may be entries.
    pub(super) fn has_entries(&self) -> io::Result<bool> {
        Ok(fs::read_dir(self.entries())?.next().is_some())
    }

    /// Empties the journal, so that it is damaged: needs no room on the disk.
    pub(super) fn damage_journal(&self) -> io::Result<()> {
        OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(self.journal()).map(drop)
    }

    /// Deletes what was put aside, by this process or an earlier one.
    pub(super) fn empty_aside(&self) -> io::Result<()> {
        for found in fs::read_dir(self.aside())? {
            let found = found?;
            if found.file_type()?.is_dir() {
                fs::remove_dir_all(found.path())?;
            } else {
                fs::remove_file(found.path())?;
            }
        }
        Ok(())
    }

    /// Shows every file of an entry with its length. What has another name is removed. `visit` says whether to go on.
    pub(super) fn scan(&self, mut visit: impl FnMut(Found) -> bool) -> io::Result<()> {
        for directory in fs::read_dir(self.entries())? {
            let directory = directory?;
            if !directory.file_type()?.is_dir() {
                fs::remove_file(directory.path())?;
                continue;
            }
            for file in fs::read_dir(directory.path())? {
                let file = file?;
                let name = file.file_name();
                let key = name.to_str().and_then(EntryKey::from_hex).filter(|key| self.path(key) == file.path());
                let metadata = file.metadata()?;
                match key.filter(|_| metadata.is_file()) {
                    Some(key) if !visit(Found::Entry(key, metadata.len())) => return Ok(()),
                    Some(_) => {}
                    None if metadata.is_dir() => fs::remove_dir_all(file.path())?,
                    None => fs::remove_file(file.path())?,
                }
            }
            if !visit(Found::EndOfDirectory) {
                return Ok(());
            }
        }
        Ok(())
    }

    fn aside_name(&self) -> PathBuf {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        self.aside().join(format!("{:016x}-{number}", self.salt))
    }
}

/// What a scan comes by.
#[derive(Clone, Copy, Debug)]
pub(super) enum Found {
    /// An entry's file with its length.
    Entry(EntryKey, u64),
    /// A good place to see to other things.
    EndOfDirectory,
}

/// A random number: the keys of a `RandomState` come from the system's.
pub(super) fn random() -> u64 {
    RandomState::new().build_hasher().finish()
}

fn make_directory(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(path)
}

/// The machine's present run, where the system tells; the same value everywhere else.
pub(super) fn boot_id() -> [u8; 16] {
    let text = fs::read("/proc/sys/kernel/random/boot_id").unwrap_or_default();
    let mut id = [0; 16];
    id.copy_from_slice(&blake3::hash(&text).as_bytes()[..16]);
    id
}
