//! Packages: which stay outside, how they are reached, and what `next/*` becomes.

use serde_json::json;

use crate::project::Project;

fn answering(imports: &str, expression: &str) -> String {
    format!("{imports}\nexport async function GET() {{ return Response.json({expression}) }}\n")
}

#[test]
fn externals_are_loaded_from_where_they_lie() {
    let mut project = Project::new(&[
        ("node_modules/pg/package.json", r#"{ "name": "pg" }"#),
        // Named imports that Node.js itself cannot see in the text.
        (
            "node_modules/pg/index.js",
            "const o = {}; for (const k of ['a', 'b']) o[k] = k; module.exports = { ...o, file: __filename }",
        ),
        (
            "node_modules/dual/package.json",
            r#"{ "name": "dual", "exports": { "import": "./i.mjs", "require": "./i.cjs" } }"#,
        ),
        ("node_modules/dual/i.mjs", "export default 'esm'; export const url = import.meta.url"),
        ("node_modules/dual/i.cjs", "module.exports = 'cjs'"),
        ("node_modules/flagged/package.json", r#"{ "name": "flagged" }"#),
        (
            "node_modules/flagged/index.js",
            "Object.defineProperty(exports, '__esModule', { value: true }); exports.default = 'd'; exports.x = 'x'",
        ),
        ("node_modules/flagged/sub.json", r#"{ "sub": true }"#),
        (
            "app/x/route.ts",
            &answering(
                "import pg, { a, file } from 'pg'; import * as all from 'pg'; import dual, { url } from 'dual'\n\
                 import flagged, { x } from 'flagged'; import sub from 'flagged/sub.json'",
                "{ b: pg.b, a, file, all: Object.keys(all).sort(), dual, url, required: require('dual'), flagged, x, sub,\n\
                   lazy: Object.keys(await import('pg')).sort(), lazyDual: (await import('dual')).default }",
            ),
        ),
    ]);
    project.server_external_packages = vec!["dual".into(), "flagged".into()];
    let root = project.root().display().to_string();
    assert_eq!(
        project.get(),
        json!({
            "b": "b", "a": "a", "file": format!("{root}/node_modules/pg/index.js"), "all": ["a", "b", "default", "file"],
            "dual": "esm", "url": format!("file://{root}/node_modules/dual/i.mjs"), "required": "cjs", "flagged": "d", "x": "x",
            "sub": { "sub": true }, "lazy": ["a", "b", "default", "file"], "lazyDual": "esm",
        })
    );
}

#[test]
fn transpile_packages_brings_a_default_external_into_the_bundle() {
    let mut project = Project::new(&[
        ("node_modules/pg/package.json", r#"{ "name": "pg", "main": "index.ts" }"#),
        ("node_modules/pg/index.ts", "export const url: string = import.meta.url"),
        ("app/x/route.ts", &answering("import { url } from 'pg'", "url")),
    ]);
    project.transpile_packages = vec!["pg".into()];
    project.get();
    // It is in the bundle: without its folder it still runs.
    std::fs::remove_dir_all(project.root().join("node_modules")).expect("folder");
    assert!(
        project.run_built("show(await call(await load(0)))").as_str().is_some_and(|url| url.ends_with("/pg/index.ts"))
    );
}

#[test]
fn an_external_below_another_package_is_found_by_its_path() {
    let project = Project::new(&[
        ("node_modules/store/package.json", r#"{ "name": "store" }"#),
        (
            "node_modules/store/index.js",
            "import pg, { version } from 'pg'; export { pg, version }; export const direct = require('pg').version",
        ),
        ("node_modules/store/node_modules/pg/package.json", r#"{ "name": "pg" }"#),
        ("node_modules/store/node_modules/pg/index.js", "exports.version = 'nested'; exports.file = __filename"),
        ("node_modules/pg/package.json", r#"{ "name": "pg" }"#),
        ("node_modules/pg/index.js", "exports.version = 'top'"),
        (
            "app/x/route.ts",
            &answering(
                "import { version, direct, pg } from 'store'; import { version as top } from 'pg'",
                "[version, direct, top, pg.file]",
            ),
        ),
    ]);
    let file = project.root().join("node_modules/store/node_modules/pg/index.js").display().to_string();
    assert_eq!(project.get(), json!(["nested", "nested", "top", file]));
}

#[test]
fn a_package_with_native_code_stays_outside() {
    let project = Project::new(&[
        ("node_modules/native/package.json", r#"{ "name": "native", "dependencies": { "node-gyp-build": "4" } }"#),
        ("node_modules/native/index.js", "module.exports = __filename"),
        ("app/x/route.ts", &answering("import native from 'native'", "native")),
    ]);
    assert_eq!(project.get(), json!(project.root().join("node_modules/native/index.js").display().to_string()));
}

#[test]
fn a_native_addon_of_the_project_is_required_by_its_path() {
    let project = Project::new(&[
        ("addon/fake.node", "not a binary"),
        ("addon/index.js", "module.exports = () => require('./fake.node')"),
        (
            "app/x/route.ts",
            "import load from '../../addon'; export const GET = () => { try { load() } catch (error) { return Response.json([error.code, error.message.includes('addon/fake.node')]) } }",
        ),
    ]);
    assert_eq!(project.get(), json!(["ERR_DLOPEN_FAILED", true]));
}

#[test]
fn builtins_work_bare_and_prefixed() {
    let project = Project::new(&[(
        "app/x/route.ts",
        &answering(
            "import fs, { existsSync } from 'fs'; import * as path from 'node:path'; import { setTimeout as wait } from 'timers/promises'",
            "[typeof fs.readFileSync, existsSync('/'), path.sep, typeof wait, require('os').EOL, (await import('url')).URL === URL, typeof require('node:crypto').randomUUID]",
        ),
    )]);
    assert_eq!(project.get(), json!(["function", true, "/", "function", "\n", true, "function"]));
}

#[test]
fn next_modules_come_from_the_runtime() {
    let project = Project::new(&[
        // An installed `next` makes no difference to what is served.
        ("node_modules/next/package.json", r#"{ "name": "next" }"#),
        ("node_modules/next/server.js", "module.exports = { NextResponse: 'the wrong one' }"),
        ("node_modules/next/link.js", "module.exports = 'a link'"),
        ("node_modules/auth/package.json", r#"{ "name": "auth" }"#),
        ("node_modules/auth/index.js", "const { cookies } = require('next/headers'); exports.read = () => cookies()"),
        (
            "app/x/route.ts",
            &answering(
                "import { NextResponse } from 'next/server'; import { NextResponse as again } from 'next/server.js'\n\
                 import * as all from 'next/server'; import whole from 'next/server'; import { read } from 'auth'; import link from 'next/link'",
                "[NextResponse.name, again === NextResponse, Object.keys(all).sort(), whole.NextResponse === NextResponse, read(),\n\
                  (await import('next/cache')).revalidateTag.name, link]",
            ),
        ),
    ]);
    assert_eq!(
        project.get(),
        json!([
            "NextResponse",
            true,
            ["NextRequest", "NextResponse", "after", "connection", "default"],
            true,
            "cookies",
            "revalidateTag",
            "a link",
        ])
    );
}

#[test]
fn server_only_needs_no_package() {
    let project = Project::new(&[
        ("lib/secret.ts", "import 'server-only'; export const secret = 's'"),
        ("app/x/route.ts", &answering("import { secret } from '../../lib/secret'", "secret")),
    ]);
    assert_eq!(project.get(), json!("s"));
}

#[test]
fn a_missing_module_inside_try_throws_when_it_is_reached() {
    let project = Project::new(&[(
        "app/x/route.ts",
        "const seen: unknown[] = []; for (const _ of [1, 2]) try { require('gone') } catch (error) { seen.push(error.code) }\n\
         export async function GET() { try { await import('gone-too') } catch (error) { seen.push(error.message) } return Response.json(seen) }",
    )]);
    let output = project.build();
    let answer = project.run_built("show(await call(await load(0)))");
    assert_eq!(answer, json!(["MODULE_NOT_FOUND", "MODULE_NOT_FOUND", "Cannot find module 'gone-too'"]));
    let heads: Vec<_> = output.warnings.iter().map(|text| text.lines().take(2).collect::<Vec<_>>()).collect();
    assert_eq!(
        heads,
        [
            ["./app/x/route.ts:1:59", "Module not found: Can't resolve 'gone'"],
            ["./app/x/route.ts:2:43", "Module not found: Can't resolve 'gone-too'"]
        ]
    );
}

#[test]
fn a_package_may_look_for_what_is_not_installed_without_a_word() {
    let project = Project::new(&[
        ("node_modules/pkg/package.json", r#"{ "name": "pkg" }"#),
        (
            "node_modules/pkg/index.js",
            "exports.found = []; try { require('gone') } catch (error) { exports.found.push(error.code) }\n\
             exports.load = (name) => require(name); exports.locale = (name) => require('./locale/' + name)",
        ),
        ("app/x/route.ts", &answering("import { found } from 'pkg'", "found")),
    ]);
    assert_eq!(project.build().warnings, Vec::<String>::new());
    assert_eq!(project.run_built("show(await call(await load(0)))"), json!(["MODULE_NOT_FOUND"]));
}

#[test]
fn a_module_that_throws_is_run_again_by_the_next_require() {
    let project = Project::new(&[
        (
            "lib/flaky.js",
            "globalThis.tries = (globalThis.tries ?? 0) + 1; exports.half = true; if (globalThis.tries < 2) throw new Error('no'); exports.whole = true",
        ),
        (
            "app/x/route.ts",
            "const get = () => require('../../lib/flaky')\n\
             export const GET = () => { const seen = []; for (const _ of [1, 2]) try { seen.push(get()) } catch (error) { seen.push(error.message) } return Response.json(seen) }",
        ),
    ]);
    assert_eq!(project.get(), json!(["no", { "half": true, "whole": true }]));
}

#[test]
fn the_scope_is_entered_where_something_may_ask_for_it() {
    let cases = [
        ("import { NextResponse } from 'next/server'; use(NextResponse)", false),
        ("import { NextResponse, after } from 'next/server'; use(NextResponse, after)", true),
        ("import { after } from 'next/server'", false),
        ("import { cookies } from 'next/headers'; use(cookies)", true),
        ("import { revalidateTag } from 'next/cache'; use(revalidateTag)", true),
        ("import * as all from 'next/server'; use(all)", true),
        ("const x = require('next/server')", true),
        ("const x = import('next/headers')", true),
        ("export { headers } from 'next/headers'", true),
        ("const x = () => fetch('http://x')", true),
        ("const { fetch: f } = globalThis", true),
        ("import pg from 'pg'; use(pg)", false),
        ("import some from 'some'; use(some)", true),
        ("import '../../lib/uses'", true),
        ("import '../../lib/quiet'", false),
        ("import fs from 'node:fs'; import './x.css'", false),
        ("import type { cookies } from 'next/headers'", false),
        ("const load = (name) => import(name)", true),
    ];
    let mut project = Project::new(&[
        ("node_modules/pg/package.json", r#"{ "name": "pg" }"#),
        ("node_modules/pg/index.js", ""),
        ("node_modules/some/package.json", r#"{ "name": "some" }"#),
        ("node_modules/some/index.js", ""),
        ("lib/uses.ts", "import './deeper'"),
        ("lib/deeper.ts", "import './uses'; import { draftMode } from 'next/headers'; export const x = draftMode"),
        ("lib/quiet.ts", "export const fetchUser = () => 1; // fetch"),
    ]);
    project.server_external_packages = vec!["some".into()];
    for (index, (text, _)) in cases.iter().enumerate() {
        project.write(
            &format!("app/r{index:02}/route.ts"),
            format!("{text}\nfunction use(...all: unknown[]) {{}}\nexport const GET = () => new Response()"),
        );
        project.write(&format!("app/r{index:02}/x.css"), "");
    }
    let output = project.build();
    for (route, (text, expected)) in output.routes.iter().zip(cases) {
        assert_eq!(route.scope, expected, "{text}");
    }
}

#[test]
fn the_output_says_what_it_was_made_from_and_how_large_it_is() {
    let project = Project::new(&[
        ("lib/shared.ts", "export const shared = 'shared'.repeat(globalThis.n ?? 1)"),
        (
            "app/a/route.ts",
            "import { shared } from '../../lib/shared'; import d from './d.json'; export const GET = () => Response.json([shared, d])",
        ),
        ("app/a/d.json", "{}"),
        (
            "app/b/route.ts",
            "import { shared } from '../../lib/shared'; export const GET = () => new Response(shared + new URL('./t.txt', import.meta.url))",
        ),
        ("app/b/t.txt", "t"),
        ("app/c/route.ts", "export const GET = () => new Response('alone'); export const revalidate = 60"),
    ]);
    let output = project.build();
    let root = project.root();
    let expected: Vec<_> =
        ["app/a/d.json", "app/a/route.ts", "app/b/route.ts", "app/b/t.txt", "app/c/route.ts", "lib/shared.ts"]
            .iter()
            .map(|name| root.join(name))
            .collect();
    assert_eq!(output.files, expected);
    assert_eq!(serde_json::to_value(&output.routes[2].segment).expect("json"), json!({ "revalidate": 60 }));
    assert!(output.routes.iter().all(|route| route.bytes > 0 && route.bytes <= output.bytes));
    assert!(output.routes[2].bytes < output.routes[0].bytes);
}

#[test]
fn names_of_a_package_that_was_bundled_before_do_not_clash() {
    let project = Project::new(&[
        ("node_modules/pre/package.json", r#"{ "name": "pre", "main": "dist/index.cjs" }"#),
        ("node_modules/pre/dist/context.cjs", "exports.value = 'outer'"),
        ("node_modules/pre/dist/api/context.cjs", "exports.value = 'inner'"),
        (
            "node_modules/pre/dist/index.cjs",
            "const require_context = require('./context.cjs'); const require_context$1 = require('./api/context.cjs');\n\
             function read(require_context) { return [require_context, require_context$1.value] }\n\
             exports.values = [require_context.value, require_context$1.value, read(1)]",
        ),
        ("app/x/route.ts", &answering("import { values } from 'pre'", "values")),
    ]);
    assert_eq!(project.get(), json!(["outer", "inner", [1, "inner"]]));
}

#[test]
fn the_output_says_whether_an_external_module_may_import_next() {
    let project = |import: &str| {
        let mut project = Project::new(&[
            ("node_modules/esm/package.json", r#"{ "name": "esm", "exports": "./i.mjs" }"#),
            ("node_modules/esm/i.mjs", "export default 1"),
            ("node_modules/cjs/package.json", r#"{ "name": "cjs" }"#),
            ("node_modules/cjs/index.js", "module.exports = 1"),
            ("app/x/route.ts", &answering(import, "x")),
        ]);
        project.server_external_packages = vec!["esm".into(), "cjs".into()];
        project.build().externals_import_served
    };
    assert!(project("import x from 'esm'"));
    assert!(!project("import x from 'cjs'"));
}

#[test]
fn a_module_of_next_config_is_in_the_build_and_its_packages_stay_where_they_are() {
    let mut project = Project::new(&[
        (
            "app/x/route.js",
            "import { shared } from '../../lib/shared.js'\nexport function GET() { return Response.json(shared) }",
        ),
        ("lib/shared.js", "export const shared = { isOfRoute: true }"),
        (
            "handler.ts",
            "import { shared } from './lib/shared.js'\nimport store from 'store'\nimport { own } from 'mixed/own'\n\
             export default class Handler { static parts: unknown[] = [shared, store.dirname, own, process.env.FROM_RUN] }",
        ),
        ("legacy.cjs", "module.exports = class Legacy { static store = require('store') }; module.exports.extra = 1"),
        ("node_modules/store/package.json", r#"{ "name": "store", "version": "1.0.0" }"#),
        ("node_modules/store/index.js", "exports.dirname = __dirname"),
        ("node_modules/mixed/package.json", r#"{ "name": "mixed", "exports": { "./own": "./own.mjs" } }"#),
        ("node_modules/mixed/own.mjs", "export const own = import.meta.url"),
    ]);
    project.config_modules = vec![
        ("config-0".to_owned(), "handler.ts".to_owned()),
        ("config-1".to_owned(), "legacy.cjs".to_owned()),
        ("config-2".to_owned(), "node_modules/store/index.js".to_owned()),
    ];
    let output = project.build();
    let entries: Vec<_> = output.config_modules.iter().map(|module| module.entry.as_str()).collect();
    assert_eq!(entries, ["server/config-0.mjs", "server/config-1.mjs", "server/config-2.mjs"]);
    // The sources are not needed any more; packages are.
    for file in ["handler.ts", "legacy.cjs", "lib/shared.js"] {
        std::fs::remove_file(project.root().join(file)).expect("there");
    }
    let found = project.run_built(
        "process.env.FROM_RUN = 'set at run time'
         const config = (n) => import(new URL(`./.routewerk/builds/test/server/config-${n}.mjs`, import.meta.url).href)
         const { default: Handler } = await config(0)
         const { default: Legacy } = await config(1)
         const { default: itself } = await config(2)
         const route = await load(0)
         const ofRoute = await (await route.GET()).json()
         show([Handler.parts.slice(1), Legacy.name, Legacy.extra, Legacy.store.dirname, Object.keys(itself), ofRoute])",
    );
    let folder = project.root().join("node_modules/store").display().to_string();
    let own = format!("file://{}", project.root().join("node_modules/mixed/own.mjs").display());
    assert_eq!(
        found,
        json!([[folder, own, "set at run time"], "Legacy", 1, folder, ["dirname"], { "isOfRoute": true }])
    );
}
