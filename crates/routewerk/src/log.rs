//! The log: what the crates below say to developers of the product, on standard error, `warn` and above unless
//! `ROUTEWERK_LOG` says otherwise. What users read goes through [`report`](crate::report).

use tracing_subscriber::EnvFilter;

use crate::env_vars::{self, Environment};

/// Begins to log.
pub(crate) fn begin(environment: &Environment) {
    let filter = environment.text(env_vars::LOG).unwrap_or("warn");
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::new(filter))
        .with_writer(std::io::stderr)
        .with_ansi(false)
        .finish();
    // It is the first one: nothing has been set before `main`.
    drop(tracing::subscriber::set_global_default(subscriber));
}
