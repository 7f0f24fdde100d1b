//! Bundles the route handlers of a Next.js project for a worker, and compiles single modules in development.
//!
//! Reading order: [`ProjectResolver`] (where an import leads; shared by build and dev) with [`ExternalPolicy`] (what is
//! not bundled) and [`NextModules`] (what the runtime serves), [`BuildError`] (what the user reads when
//! something is wrong).

mod code_frame;
mod error;
mod external;
mod next_modules;
mod package_info;
mod resolve;
mod tsconfig;

pub use code_frame::{Location, shown_path};
pub use error::{BuildError, BuildErrorKind};
pub use external::ExternalPolicy;
pub use next_modules::{NextModule, NextModules};
pub use package_info::{PackagePlace, has_native_code, package_name_of_specifier};
pub use resolve::{
    EXTENSIONS, External, ExternalFormat, ExternalReach, ProjectResolver, RequestKind, ResolveSettings, Resolved,
    ResolvedFile, bundling_options,
};
pub use tsconfig::TsConfigFinder;
