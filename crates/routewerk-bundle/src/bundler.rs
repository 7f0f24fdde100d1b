//! One run of the bundler: the thread and the async runtime that it needs, and nothing else.
//!
//! The bundler wants a tokio runtime with several threads. It gets its own for the time of the run, on a thread of its
//! own, so that callers may be synchronous or live on a current-thread runtime (they then use `spawn_blocking`).

use std::path::{Path, PathBuf};

use rolldown::plugin::__inner::SharedPluginable;
use rolldown::{BundleOutput, BundlerBuilder, BundlerOptions};
use rolldown_error::{BatchedBuildDiagnostic, BuildDiagnostic};

use crate::error::BuildError;

/// Bundles in memory; nothing is written. Blocks until the bundler is done.
pub(crate) fn run_bundler(
    options: BundlerOptions,
    plugins: Vec<SharedPluginable>,
) -> Result<BundleOutput, Vec<BuildDiagnostic>> {
    let run = move || {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(failure)?;
        runtime.block_on(async move {
            let mut bundler = BundlerBuilder::default()
                .with_options(options)
                .with_plugins(plugins)
                .build()
                .map_err(BatchedBuildDiagnostic::into_vec)?;
            let output = bundler.generate().await.map_err(BatchedBuildDiagnostic::into_vec);
            bundler.close().await.map_err(BatchedBuildDiagnostic::into_vec)?;
            output
        })
    };
    let thread = std::thread::Builder::new().name("bundler".to_owned()).spawn(run).map_err(failure)?;
    thread.join().unwrap_or_else(|panic| {
        let text = panic
            .downcast_ref::<String>()
            .map(String::as_str)
            .or_else(|| panic.downcast_ref::<&str>().copied())
            .unwrap_or("without a message");
        Err(failure(std::io::Error::other(format!("the bundler panicked: {text}"))))
    })
}

fn failure(error: std::io::Error) -> Vec<BuildDiagnostic> {
    vec![BuildDiagnostic::unhandleable_error(anyhow::Error::new(error))]
}

/// A path that the bundler may be given: absolute.
pub(crate) fn absolute_output(path: &Path) -> Result<PathBuf, BuildError> {
    std::path::absolute(path).map_err(|error| BuildError::unwritable(path, &error))
}
