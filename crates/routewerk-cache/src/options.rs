//! What a cache may use: memory, disk, time.

use std::path::PathBuf;
use std::time::Duration;

/// Options of a cache.
#[derive(Clone, Debug)]
pub struct CacheOptions {
    /// Bytes of memory for entries (`cacheMaxMemorySize`; default 50 MiB). With 0 nothing is kept in memory. An entry
    /// larger than a part of it (a quarter up to 256 MiB) is kept in the second store only.
    pub memory_bytes: u64,
    /// An entry beyond so many bytes is not stored (default 64 MiB).
    pub max_entry_bytes: usize,
    /// As many tags are told apart (default 131,072, at least 8); what happens beyond is told in `docs/design/caching.md`.
    pub max_tags: usize,
    /// After this time the next asker makes an entry that another has not finished (default 60 s).
    pub lead_limit: Duration,
    /// So long the caller lets a client wait for an entry that is being made (default 60 s); the caller keeps it.
    pub wait_limit: Duration,
    /// The store on disk, if any.
    pub disk: Option<DiskOptions>,
}

impl Default for CacheOptions {
    fn default() -> Self {
        Self {
            memory_bytes: 50 << 20,
            max_entry_bytes: 64 << 20,
            max_tags: 1 << 17,
            lead_limit: Duration::from_mins(1),
            wait_limit: Duration::from_mins(1),
            disk: None,
        }
    }
}

/// Options of the store on disk.
#[derive(Clone, Debug)]
pub struct DiskOptions {
    /// Its directory (`.routewerk/cache`); it is made where it does not exist, with mode 0700.
    pub directory: PathBuf,
    /// Bytes of files (default 1 GiB).
    pub max_bytes: u64,
    /// Number of files (default 100,000).
    pub max_entries: usize,
    /// After a failure, writing is tried again after this time (default 30 s).
    pub retry_after: Duration,
}

impl DiskOptions {
    /// A store in a directory, with the default limits.
    pub fn new(directory: PathBuf) -> Self {
        Self { directory, max_bytes: 1 << 30, max_entries: 100_000, retry_after: Duration::from_secs(30) }
    }
}
