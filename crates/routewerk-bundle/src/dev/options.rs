//! What `dev` must know of a project before it can resolve and transform its modules.

use crate::resolve::ResolveSettings;
use crate::use_cache::UseCache;

/// The fixed settings of a [`ModuleGraph`](super::ModuleGraph). When one of them changes (a saved next.config, a saved
/// `.env` file), make a new graph and start new workers.
#[derive(Clone, Debug)]
pub struct DevOptions {
    /// How imports are resolved; `development` is taken to be true.
    pub resolve: ResolveSettings,
    /// What is written in place of `process.env.…`, from [`defines`](crate::defines()).
    pub defines: Vec<(String, String)>,
    /// `cacheComponents` of next.config, which some segment configuration does not go together with; default false.
    pub cache_components: bool,
    /// What it says of `'use cache'`; by default nothing is kept, and a directive is an error.
    pub use_cache: UseCache,
    /// How many bytes of transformed text are kept for workers that come later; default 16 MiB. What is not kept is
    /// transformed again.
    pub max_text_bytes: usize,
}

impl DevOptions {
    /// Options with the defaults.
    pub fn new(resolve: ResolveSettings) -> Self {
        Self {
            resolve,
            defines: Vec::new(),
            cache_components: false,
            use_cache: UseCache::default(),
            max_text_bytes: 16 * 1024 * 1024,
        }
    }
}
