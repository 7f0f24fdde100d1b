//! What the operator should know of a store: one line each, only when something changes.

use std::path::PathBuf;
use std::sync::Arc;

/// Something that the log should tell.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Notice {
    /// Another process uses the directory: entries are kept in memory alone.
    #[error("the cache in `{}` is used by another process: entries are kept in memory only", path.display())]
    InUse {
        /// The directory.
        path: PathBuf,
    },
    /// The directory cannot be used: entries are kept in memory alone.
    #[error("the cache in `{}` cannot be used ({error}): entries are kept in memory only", path.display())]
    Unusable {
        /// The directory.
        path: PathBuf,
        /// What the system said.
        error: Arc<str>,
    },
    /// The invalidations of before are not known any more: the entries of before were dropped.
    #[error("the cache in `{}` begins anew: {reason}", path.display())]
    BeginsAnew {
        /// The directory.
        path: PathBuf,
        /// Why.
        reason: &'static str,
    },
    /// Entries cannot be written at present; they are kept in memory, and it is tried again later.
    #[error("the cache in `{}` cannot be written ({error}): entries are kept in memory only for now", path.display())]
    Failing {
        /// The directory.
        path: PathBuf,
        /// What the system said.
        error: Arc<str>,
    },
    /// They can be written again.
    #[error("the cache in `{}` can be written again", path.display())]
    WorksAgain {
        /// The directory.
        path: PathBuf,
    },
}

/// Who is told.
#[derive(Clone)]
pub(crate) struct Notify(Arc<dyn Fn(&Notice) + Send + Sync>);

impl Notify {
    pub(crate) fn new(told: impl Fn(&Notice) + Send + Sync + 'static) -> Self {
        Self(Arc::new(told))
    }

    pub(crate) fn tell(&self, notice: &Notice) {
        (self.0)(notice);
    }
}

impl std::fmt::Debug for Notify {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Notify")
    }
}
