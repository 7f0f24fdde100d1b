//! Bundles the route handlers of a Next.js project for a worker, and compiles single modules in development.
//!
//! Reading order: [`ProjectResolver`] (where an import leads; shared by build and dev) with [`ExternalPolicy`] (what is
//! not bundled) and [`NextModules`] (what the runtime serves), [`build()`] (all routes in one run of the bundler) with
//! [`SegmentConfig`] (what is read from their syntax trees), [`RuntimeSources`] (the worker's own code), [`Manifest`]
//! (what a build writes and a start reads), [`BuildError`] (what the user reads when something is wrong).

mod build;
mod bundler;
mod client_reference;
mod code_frame;
mod defines;
pub mod dev;
mod edge;
mod edge_checks;
mod error;
mod external;
mod jsx;
mod literal;
mod manifest;
mod module_facts;
mod next_modules;
mod package_info;
mod pattern_files;
mod request_pattern;
mod resolve;
mod runtime_sources;
mod script;
mod segment_config;
mod transform;
mod tsconfig;
pub mod typegen;
mod use_cache;

pub use build::{BuildInput, BuildModule, BuildOutput, BuildRoute, BuiltModule, BuiltRoute, build};
pub use code_frame::{Location, shown_path};
pub use defines::defines;
pub use error::{BuildError, BuildErrorKind};
pub use external::ExternalPolicy;
pub use manifest::{
    ConfigModule, ConfigModules, MANIFEST_FILE, MANIFEST_VERSION, Manifest, ManifestError, ManifestModule,
    ManifestPage, ManifestParam, ManifestRoute, ParamKind, RouteKind,
};
pub use module_facts::{ImportSite, ModuleFacts, Takes};
pub use next_modules::{NextModule, NextModules};
pub use package_info::{PackagePlace, has_native_code, package_name_of_specifier};
pub use resolve::{
    EXTENSIONS, External, ExternalFormat, ExternalReach, ProjectResolver, RequestKind, ResolveSettings, Resolved,
    ResolvedFile, bundling_options,
};
pub use runtime_sources::RuntimeSources;
pub use script::{ScriptFormat, compile_script};
pub use segment_config::{
    Dynamic, FetchCache, Revalidate, Runtime, SegmentConfig, SegmentReading, SegmentSource, read_segment_config,
};
pub use transform::{TARGET, transform_options};
pub use tsconfig::TsConfigFinder;
pub use use_cache::UseCache;
