//! How TypeScript, JSX and decorators become JavaScript, in build and dev alike.
//!
//! As Next.js has it: the automatic JSX runtime whatever `jsx` says, with `jsxImportSource`; class fields are defined,
//! never assigned, whatever `useDefineForClassFields` says; decorators and import elision follow the
//! project's tsconfig.json. Syntax that Node.js 20 does not know (`using`) is lowered.

use rolldown_common::BundlerTransformOptions;
use rolldown_common::bundler_options::{CompilerAssumptions, DecoratorOptions, Either, JsxOptions, TypeScriptOptions};
use rolldown_resolver::TsConfig;

/// The oldest Node.js that runs the output.
pub const TARGET: &str = "node20.9";

/// The transform options for a project with this tsconfig.json.
pub fn transform_options(tsconfig: Option<&TsConfig>, development: bool) -> BundlerTransformOptions {
    let compiler = tsconfig.map(|config| &config.compiler_options);
    BundlerTransformOptions {
        jsx: Some(Either::Right(JsxOptions {
            runtime: Some("automatic".to_owned()),
            development: Some(development),
            import_source: compiler.and_then(|options| options.jsx_import_source.clone()),
            ..JsxOptions::default()
        })),
        target: Some(Either::Left(TARGET.to_owned())),
        assumptions: Some(CompilerAssumptions {
            set_public_class_fields: Some(false),
            ..CompilerAssumptions::default()
        }),
        decorator: Some(DecoratorOptions {
            legacy: compiler.and_then(|options| options.experimental_decorators),
            emit_decorator_metadata: compiler.and_then(|options| options.emit_decorator_metadata),
            strict_null_checks: compiler.and_then(|options| options.strict_null_checks.or(options.strict)),
        }),
        typescript: Some(TypeScriptOptions {
            only_remove_type_imports: compiler.and_then(|options| options.verbatim_module_syntax),
            remove_class_fields_without_initializer: Some(false),
            ..TypeScriptOptions::default()
        }),
        ..BundlerTransformOptions::default()
    }
}
