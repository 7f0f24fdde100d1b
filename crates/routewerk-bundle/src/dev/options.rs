//! What `dev` must know of a project before it can resolve and transform its modules.

use std::path::PathBuf;

/// The fixed settings of a [`ModuleGraph`](super::ModuleGraph). When one of them changes (a saved next.config, a saved
/// `.env` file), make a new graph and start new workers.
#[derive(Clone, Debug)]
pub struct DevOptions {
    /// The project's root, absolute and without symbolic links.
    pub root: PathBuf,
    /// The tsconfig or jsconfig to use instead of the nearest `tsconfig.json`/`jsconfig.json` (next.config's `typescript.tsconfigPath`).
    pub tsconfig: Option<PathBuf>,
    /// next.config's `serverExternalPackages`.
    pub server_external_packages: Vec<String>,
    /// next.config's `transpilePackages`: bundled although they would be external by default.
    pub transpile_packages: Vec<String>,
    /// Names read as `process.env.NAME` that are replaced by their text: `NEXT_PUBLIC_*`, next.config's `env`.
    pub inlined_env: Vec<(String, String)>,
    /// How many bytes of transformed text are kept for workers that come later; default 64 MiB.
    pub max_text_bytes: usize,
}

impl DevOptions {
    /// The settings of a project without a next.config.
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self {
            root: root.into(),
            tsconfig: None,
            server_external_packages: Vec::new(),
            transpile_packages: Vec::new(),
            inlined_env: Vec::new(),
            max_text_bytes: 64 * 1024 * 1024,
        }
    }
}
