//! next.config in all its forms, and broken in all ways.

use routewerk_test::TestApp;

use crate::{build, run_on, start};

/// A project that answers with what its configuration put into `env`.
fn app() -> TestApp {
    TestApp::new()
        .with("app/v/route.ts", "export const GET = () => Response.json({ value: process.env.VALUE ?? null })\n")
}

/// The value of a project whose configuration is this file.
fn value_of(app: &TestApp) -> serde_json::Value {
    start(app).get("/v").json()["value"].clone()
}

#[test]
fn every_form_and_file_name_is_read() {
    for (file, text) in [
        ("next.config.js", "module.exports = { env: { VALUE: 'x' } }\n"),
        ("next.config.cjs", "module.exports = { env: { VALUE: 'x' } }\n"),
        ("next.config.mjs", "export default { env: { VALUE: 'x' } }\n"),
        ("next.config.mjs", "const value = await Promise.resolve('x')\nexport default { env: { VALUE: value } }\n"),
        (
            "next.config.js",
            "module.exports = (phase, { defaultConfig }) => ({ ...defaultConfig, env: { VALUE: phase === \
             'phase-production-build' && defaultConfig.trailingSlash === false ? 'x' : phase } })\n",
        ),
        ("next.config.js", "module.exports = async () => ({ env: { VALUE: 'x' } })\n"),
        ("next.config.js", "module.exports = Promise.resolve({ env: { VALUE: 'x' } })\n"),
        (
            "next.config.ts",
            "import type { NextConfig } from 'next'\nconst config: NextConfig = { env: { VALUE: 'x' } }\nexport default config\n",
        ),
        (
            "next.config.ts",
            "const value: string = await Promise.resolve('x')\nexport default { env: { VALUE: value } }\n",
        ),
        ("next.config.mts", "export default (phase: string): object => ({ env: { VALUE: phase ? 'x' : '' } })\n"),
        ("next.config.cts", "const value: string = 'x'\nmodule.exports = { env: { VALUE: value } }\n"),
    ] {
        let (code, _, err) = run_on(&app().with(file, text), &["routes"]);
        assert_eq!((code, err.as_str()), (Some(0), ""), "{file}: {text}");
        assert_eq!(value_of(&app().with(file, text)), "x", "{file}: {text}");
    }
}

#[test]
fn an_es_module_package_makes_plain_files_es_modules() {
    let app = app()
        .with("package.json", r#"{ "name": "test-app", "type": "module" }"#)
        .with("next.config.js", "export default { env: { VALUE: 'x' } }\n");
    assert_eq!(value_of(&app), "x");
    app.remove("next.config.js");
    let app = app
        .with("node_modules/common/index.js", "exports.__esModule = true\nexports.default = 'common'\n")
        .with("next.config.ts", "import common from 'common'\nexport default { env: { VALUE: common } }\n");
    assert_eq!(value_of(&app), "common", "imports behave as Next.js compiles them");
}

#[test]
fn typescript_imports_local_files_aliases_and_packages() {
    let app = app()
        .with("tsconfig.json", r#"{ "compilerOptions": { "paths": { "@/*": ["./src/*"] } } }"#)
        .with("config/parts.ts", "import path from 'node:path'\nexport const here: string = path.basename(__dirname)\n")
        .with("src/more.ts", "export enum More { One = 'one' }\n")
        .with("node_modules/common/index.js", "exports.__esModule = true\nexports.default = 'common'\n")
        .with("node_modules/esm/package.json", r#"{ "name": "esm", "type": "module", "exports": "./index.js" }"#)
        .with("node_modules/esm/index.js", "export default 'esm'\n")
        .with(
            "next.config.ts",
            "import { here } from './config/parts'\nimport { More } from '@/more'\nimport common from 'common'\n\
             export default { env: { VALUE: `${here} ${More.One} ${common}` } }\n",
        );
    assert_eq!(value_of(&app), "config one common");
    app.write("next.config.mts", "import esm from 'esm'\nexport default { env: { VALUE: esm } }\n");
    app.remove("next.config.ts");
    assert_eq!(value_of(&app), "esm");
}

#[test]
fn the_first_of_two_files_wins_with_a_word() {
    let app = app()
        .with("next.config.mjs", "export default { env: { VALUE: 'mjs' } }\n")
        .with("next.config.ts", "throw new Error('not read')\n");
    let (code, _, err) = run_on(&app, &["build"]);
    assert_eq!(code, Some(0), "{err}");
    assert!(err.contains("next.config.ts is not read: next.config.mjs stands beside it and wins"), "{err}");
}

#[test]
fn what_a_configuration_prints_does_no_harm() {
    let app = app().with(
        "next.config.js",
        "console.log('{ \"routes\": [] }')\nconsole.error('to stderr')\nsetInterval(() => {}, 1000)\nmodule.exports = {}\n",
    );
    let (code, out, err) = run_on(&app, &["routes", "--json"]);
    assert_eq!(code, Some(0), "{err}");
    let listed: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!(listed["routes"][0]["path"], "/v");
    assert!(err.contains("{ \"routes\": [] }") && err.contains("to stderr"), "{err}");
}

#[test]
fn a_configuration_that_throws_is_shown_with_its_line() {
    for (file, text, place, line) in [
        (
            "next.config.js",
            "const a = 1\nthrow new Error('own words')\n",
            "next.config.js:2:",
            "> 2 | throw new Error('own words')",
        ),
        (
            "next.config.mjs",
            "export default () => {\n  throw new TypeError('own words')\n}\n",
            "next.config.mjs:2:",
            "> 2 |   throw",
        ),
        (
            "next.config.ts",
            "type A = string\nconst a: A = 'own words'\n\nthrow new Error(a)\n",
            "next.config.ts:4:",
            "> 4 | throw",
        ),
        (
            "next.config.ts",
            "export default {\n  async redirects() {\n    throw new Error('own words')\n  },\n}\n",
            "next.config.ts:3:",
            "> 3 |",
        ),
    ] {
        let (code, _, err) = run_on(&app().with(file, text), &["build"]);
        assert_eq!(code, Some(6), "{err}");
        for expected in ["own words", place, line] {
            assert!(err.contains(expected), "{expected} in\n{err}");
        }
    }
}

#[test]
fn a_syntax_error_is_shown_with_its_line() {
    for file in ["next.config.js", "next.config.mjs", "next.config.ts", "next.config.cts"] {
        let (code, _, err) = run_on(&app().with(file, "const a = 1\nconst b = {,}\n"), &["build"]);
        assert_eq!(code, Some(6), "{err}");
        assert!(err.contains(&format!("{file}:2:")) && err.contains("> 2 | const b = {,}"), "{file}:\n{err}");
    }
}

#[test]
fn a_missing_import_is_shown_with_its_line() {
    for file in ["next.config.mjs", "next.config.ts"] {
        let (code, _, err) =
            run_on(&app().with(file, "import x from 'no-such-package'\nexport default x\n"), &["build"]);
        assert_eq!(code, Some(6), "{err}");
        assert!(err.contains("no-such-package"), "{file}:\n{err}");
    }
}

#[test]
fn a_configuration_that_ends_its_process_or_is_none_is_named() {
    for (text, expected) in [
        ("process.exit(0)\n", "ended its process"),
        ("module.exports = 5\n", "exports no configuration: found number"),
        ("module.exports = () => undefined\n", "exports no configuration: found undefined"),
    ] {
        let (code, _, err) = run_on(&app().with("next.config.js", text), &["build"]);
        assert_eq!(code, Some(6), "{err}");
        assert!(err.contains(expected), "{text}:\n{err}");
    }
    let (code, _, err) = run_on(&app().with("next.config.json", "{}"), &["build"]);
    assert_eq!(code, Some(6), "{err}");
    assert!(err.contains("Configuring Next.js via 'next.config.json' is not supported."), "{err}");
}

#[test]
fn wrong_options_are_told_in_the_words_of_next_and_do_not_stop_the_build() {
    let app = app().with(
        "next.config.js",
        "module.exports = { nope: 1, compress: 'yes', experimental: { zzz: 1, serverComponentsExternalPackages: ['pg'] } }\n",
    );
    let (code, _, err) = run_on(&app, &["build"]);
    assert_eq!(code, Some(0), "{err}");
    for line in [
        "⚠ Invalid next.config.js options detected: ",
        "⚠     Expected boolean, received string at \"compress\"",
        "⚠     Unrecognized key(s) in object: 'nope'",
        "⚠ See more info here: https://nextjs.org/docs/messages/invalid-next-config",
        "⚠ `experimental.serverComponentsExternalPackages` has been moved to `serverExternalPackages`. Please update your \
         next.config.js file accordingly.",
    ] {
        assert!(err.lines().any(|found| found == line), "{line} in\n{err}");
    }
}

#[test]
fn options_without_an_effect_yet_are_named_once() {
    let app = app().with(
        "next.config.js",
        "module.exports = { cacheComponents: false, expireTime: 5, deploymentId: 'd', webpack: (config) => config, reactStrictMode: true,\n  \
         async headers() { return [{ source: '/a', headers: [{ key: 'x', value: 'y' }] }] } }\n",
    );
    let (code, _, err) = run_on(&app, &["build"]);
    assert_eq!(code, Some(0), "{err}");
    assert!(err.contains("does not honour yet: deploymentId, webpack."), "{err}");
    let manifest = format!(".routewerk/builds/{}/manifest.json", app.read(".routewerk/current").trim());
    let manifest: serde_json::Value = serde_json::from_str(&app.read(&manifest)).unwrap();
    assert_eq!(manifest["config"]["headers"][0]["source"], "/a");
}

#[test]
fn rules_that_could_be_applied_to_no_request_stop_the_build() {
    let rule = |rule: &str| format!("module.exports = {{ {rule} }}\n");
    for (text, expected) in [
        (
            "redirects: async () => [{ source: '/x', destination: '/a', permanent: true, has: [{ type: 'header', key: 'x', value: '(' }] }]",
            "Error: the rule for `/x`: `has` or `missing`: invalid regular expression: /^($/: Unterminated group",
        ),
        (
            "headers: async () => [{ source: '/x', headers: [{ key: 'Content-Length', value: '5' }] }]",
            "Error: the rule for `/x`: `headers`: the header `Content-Length` is the server's own business and cannot be set",
        ),
        (
            "headers: async () => [{ source: '/x', headers: [{ key: 'a b', value: '5' }] }]",
            "Error: the rule for `/x`: `headers`: `a b` is no name of a header",
        ),
        (
            "redirects: async () => [{ source: '/x', destination: 'elsewhere', permanent: true }]",
            "Error: the rule for `/x`: `destination`: `elsewhere` is neither a path nor a URL",
        ),
        (
            "redirects: async () => [{ source: '/en-:x*', destination: '/a', permanent: true }]",
            "Error: the rule for `/en-:x*`: `source`: Can not repeat \"x\" without a prefix and suffix",
        ),
        ("redirects: async () => [{ source: '/x' }]", "Error: Invalid redirect found"),
    ] {
        let (code, _, err) = run_on(&app().with("next.config.js", &rule(text)), &["build"]);
        assert_eq!(code, Some(6), "{err}");
        assert!(err.contains(expected), "{text}:\n{err}");
    }
}

#[test]
fn values_that_next_refuses_stop_the_build() {
    for (text, expected) in [
        ("{ basePath: '/' }", "Specified basePath /."),
        ("{ basePath: 'docs' }", "Specified basePath has to start with a /, found \"docs\""),
        ("{ pageExtensions: [] }", "Specified pageExtensions is an empty array."),
        ("{ images: { nope: 1 } }", "Fatal next config errors found in next.config.js that must be fixed:"),
        ("{ async rewrites() { return true } }", "rewrites must return an array, received boolean."),
        ("{ env: { NODE_ENV: 'x' } }", "The key \"NODE_ENV\" under \"env\" in next.config.js is not allowed."),
    ] {
        let (code, _, err) = run_on(&app().with("next.config.js", &format!("module.exports = {text}\n")), &["build"]);
        assert_eq!(code, Some(6), "{err}");
        assert!(err.contains(expected), "{text}:\n{err}");
    }
}

#[test]
fn options_that_are_honoured_work() {
    let app = TestApp::new()
        .with(
            "next.config.js",
            "module.exports = { pageExtensions: ['api.ts'], serverExternalPackages: ['outside'],\n  \
             transpilePackages: ['inside'], typescript: { tsconfigPath: 'tsconfig.own.json' } }\n",
        )
        .with("tsconfig.own.json", r#"{ "compilerOptions": { "paths": { "~/*": ["./lib/*"] } } }"#)
        .with("lib/a.ts", "export const a = 'aliased'\n")
        .with("node_modules/outside/index.js", "module.exports = __filename.includes('node_modules/outside')\n")
        .with("node_modules/inside/package.json", r#"{ "name": "inside", "main": "index.ts" }"#)
        .with("node_modules/inside/index.ts", "export const inside: string = 'compiled'\n")
        .with(
            "app/a/route.api.ts",
            "import { a } from '~/a'\nimport outside from 'outside'\nimport { inside } from 'inside'\n\
             export const GET = () => Response.json([a, outside, inside])\n",
        )
        .with_text_route("app/b/route.ts", "no route");
    let server = start(&app);
    assert_eq!(server.get("/a").json(), serde_json::json!(["aliased", true, "compiled"]));
    assert_eq!(server.get("/b").status, 404);
}

#[test]
fn a_configuration_in_a_directory_above_is_found() {
    let app = TestApp::new()
        .with("next.config.js", "module.exports = { env: { VALUE: 'above' } }\n")
        .with("apps/web/package.json", "{}")
        .with("apps/web/app/v/route.ts", "export const GET = () => Response.json(process.env.VALUE)\n");
    let (code, out, err) = run_on(&app, &["build", "apps/web"]);
    assert_eq!(code, Some(0), "{out}{err}");
    let server = crate::start_with(&app, &["apps/web"]);
    assert_eq!(server.get("/v").json(), "above");
}

#[test]
fn variables_that_a_configuration_sets_reach_handlers_of_start() {
    let app = TestApp::new()
        .with("next.config.js", "process.env.FROM_CONFIG = process.env.FROM_FILE + '!'\nmodule.exports = {}\n")
        .with("app/v/route.ts", "export const GET = () => Response.json(process.env['FROM_CONFIG'] ?? null)\n")
        .with(".env", "FROM_FILE=one\n");
    build(&app);
    app.write(".env", "FROM_FILE=two\n");
    assert_eq!(crate::start_with(&app, &[]).get("/v").json(), "two!");
}
