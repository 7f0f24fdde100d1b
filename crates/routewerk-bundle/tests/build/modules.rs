//! Module systems, resolution and what a module sees of itself. The expected values are those of a real `next build`.

use std::fmt::Write as _;

use serde_json::json;

use crate::project::Project;

/// A route that answers with an expression.
fn answering(imports: &str, expression: &str) -> String {
    format!("{imports}\nexport async function GET() {{ return Response.json({expression}) }}\n")
}

#[test]
fn a_route_with_typescript_and_aliases_answers() {
    let project = Project::new(&[
        ("tsconfig.json", r#"{ "extends": "./base.json", "compilerOptions": { "paths": { "@/*": ["./*"] } } }"#),
        ("base.json", r#"{ "compilerOptions": { "baseUrl": ".", "strict": true } }"#),
        ("lib/one.ts", "export const one: number = 1; export type One = typeof one"),
        (
            "lib/two.ts",
            "import type { One } from './one'; export enum Two { a = 2 } export const two = (x: One) => Two.a + x",
        ),
        ("lib/ten.ts", "export const ten = 10"),
        (
            "app/x/route.ts",
            "import { NextResponse, type NextRequest } from 'next/server'\nimport { one } from '@/lib/one'\n\
             import { two } from 'lib/two'\nimport { ten } from '../../lib/ten.js'\n\
             export async function GET(request: NextRequest) { return NextResponse.json({ two: two(one), ten, method: request.method }) }",
        ),
    ]);
    assert_eq!(project.get(), json!({ "two": 3, "ten": 10, "method": "GET" }));
}

#[test]
fn jsconfig_and_jsx_in_plain_scripts_work() {
    let project = Project::new(&[
        ("jsconfig.json", r#"{ "compilerOptions": { "paths": { "~/*": ["./src/*"] }, "jsxImportSource": "tiny" } }"#),
        ("src/a.js", "export const a = <b>text</b>"),
        ("node_modules/tiny/package.json", r#"{ "name": "tiny", "exports": { "./jsx-runtime": "./r.js" } }"#),
        ("node_modules/tiny/r.js", "exports.jsx = (type, props) => ({ type, ...props }); exports.jsxs = exports.jsx"),
        ("app/x/route.js", &answering("import { a } from '~/a'", "a")),
    ]);
    assert_eq!(project.get(), json!({ "type": "b", "children": "text" }));
}

#[test]
fn a_named_tsconfig_replaces_the_projects_own() {
    let mut project = Project::new(&[
        ("tsconfig.json", r#"{ "compilerOptions": { "paths": { "@/*": ["./wrong/*"] } } }"#),
        ("tsconfig.build.json", r#"{ "compilerOptions": { "paths": { "@/*": ["./right/*"] } } }"#),
        ("wrong/a.ts", "export const a = 'wrong'"),
        ("right/a.ts", "export const a = 'right'"),
        ("app/x/route.ts", &answering("import { a } from '@/a'", "a")),
    ]);
    assert_eq!(project.get(), json!("wrong"));
    project.tsconfig = Some("tsconfig.build.json".into());
    assert_eq!(project.get(), json!("right"));
}

#[test]
fn packages_get_the_conditions_and_fields_of_next() {
    let conditions = [
        ("react-server", true),
        ("module", true),
        ("module-sync", false),
        ("node", true),
        ("node-addons", false),
        ("production", true),
        ("development", false),
        ("browser", false),
        ("import", true),
        ("require", false),
    ];
    let mut exports = serde_json::Map::new();
    let mut route = String::new();
    for (condition, _) in conditions {
        exports.insert(format!("./{condition}"), json!({ condition: "./yes.js", "default": "./no.js" }));
        writeln!(route, "import c_{} from 'cond/{condition}'", condition.replace('-', "_")).expect("a string");
    }
    let project = Project::new(&[
        ("node_modules/cond/package.json", &json!({ "name": "cond", "exports": exports }).to_string()),
        ("node_modules/cond/yes.js", "module.exports = true"),
        ("node_modules/cond/no.js", "module.exports = false"),
        ("node_modules/fields/package.json", r#"{ "main": "m.js", "module": "e.js", "browser": "b.js" }"#),
        ("node_modules/fields/m.js", "module.exports = 'main'"),
        ("node_modules/fields/e.js", "export default 'module'"),
        ("node_modules/fields/b.js", "export default 'browser'"),
        (
            "app/x/route.ts",
            &answering(
                &format!("{route}\nimport field from 'fields'"),
                &format!(
                    "[{}, require('cond/require'), field, require('fields').default]",
                    conditions.map(|(condition, _)| format!("c_{}", condition.replace('-', "_"))).join(", ")
                ),
            ),
        ),
    ]);
    let mut expected: Vec<_> = conditions.iter().map(|(_, expected)| json!(expected)).collect();
    expected.extend([json!(true), json!("module"), json!("module")]);
    assert_eq!(project.get(), json!(expected));
}

#[test]
fn commonjs_and_es_modules_mix_both_ways() {
    let project = Project::new(&[
        ("node_modules/flagged/package.json", r#"{ "name": "flagged", "main": "i.js" }"#),
        (
            "node_modules/flagged/i.js",
            "Object.defineProperty(exports, '__esModule', { value: true }); exports.default = 'd'; exports.named = 1",
        ),
        ("node_modules/bare/package.json", r#"{ "name": "bare" }"#),
        ("node_modules/bare/index.js", "const o = {}; for (const k of ['a', 'b']) o[k] = k; module.exports = o"),
        ("node_modules/nodefault/package.json", r#"{ "name": "nodefault" }"#),
        (
            "node_modules/nodefault/index.js",
            "Object.defineProperty(exports, '__esModule', { value: true }); exports.named = 1",
        ),
        ("node_modules/esm/package.json", r#"{ "name": "esm", "type": "module", "exports": "./i.js" }"#),
        ("node_modules/esm/i.js", "import d, { named } from 'flagged'; export default d; export { named }"),
        ("node_modules/mjs/package.json", r#"{ "name": "mjs", "main": "i.mjs" }"#),
        ("node_modules/mjs/i.mjs", "import d from 'flagged'; export default d"),
        (
            "app/x/route.ts",
            &answering(
                "import flagged, { named } from 'flagged'; import * as all from 'bare'; import bare, { a } from 'bare'\n\
                 import esm from 'esm'; import mjs from 'mjs'; import nodefault from 'nodefault'; import { own } from './own.cjs'",
                "{ flagged, named, all: Object.keys(all).sort(), bare, a, esm, mjs, nodefault: nodefault.named, own,\n\
                   required: require('esm').default, lazy: Object.keys(await import('bare')).sort(), text: require('./d.json').k }",
            ),
        ),
        ("app/x/own.cjs", "const { sep } = require('path'); exports.own = sep + require('esm').named"),
        ("app/x/d.json", r#"{ "k": "v" }"#),
    ]);
    assert_eq!(
        project.get(),
        json!({
            "flagged": "d", "named": 1, "all": ["a", "b", "default"], "bare": { "a": "a", "b": "b" }, "a": "a", "esm": "d",
            "mjs": "d", "nodefault": 1, "own": "/1", "required": "d", "lazy": ["a", "b", "default"], "text": "v",
        })
    );
}

#[test]
fn a_route_may_be_commonjs() {
    let project = Project::new(&[
        (
            "app/a/route.js",
            "module.exports.GET = () => Response.json(typeof module); module.exports.dynamic = 'force-dynamic'",
        ),
        ("app/b/route.js", "function GET() { return Response.json(__dirname) }\nmodule.exports = { GET, POST: GET }"),
    ]);
    let output = project.build();
    assert_eq!(output.routes[0].exports, Some(vec!["GET".into(), "dynamic".into()]));
    assert_eq!(output.routes[1].exports, Some(vec!["GET".into(), "POST".into()]));
    let answers = project.run_built("show([await call(await load(0)), await call(await load(1), 'POST')])");
    assert_eq!(answers, json!(["object", project.root().join("app/b").display().to_string()]));
}

#[test]
fn names_are_resolved_through_re_exports() {
    let project = Project::new(&[
        (
            "app/a/route.ts",
            "export * from './h'\nexport { foo as POST } from './h2'\nimport { bar } from './h2'; export { bar as PUT }",
        ),
        ("app/a/h.ts", "export const GET = () => Response.json('star'); export default 1; export type T = 1"),
        ("app/a/h2.ts", "export const foo = () => Response.json('foo'); export const bar = foo"),
        ("app/b/route.ts", "export * from 'pg'"),
        ("node_modules/pg/package.json", r#"{ "name": "pg" }"#),
        ("node_modules/pg/index.js", "exports.GET = () => Response.json('pg')"),
    ]);
    let output = project.build();
    assert_eq!(output.routes[0].exports, Some(vec!["GET".into(), "POST".into(), "PUT".into()]));
    assert_eq!(output.routes[0].entry, "server/r0.mjs");
    assert_eq!(output.routes[1].exports, None, "only known at run time");
    let answers =
        project.run_built("const m = await load(0); show([await call(m), await call(m, 'POST'), Object.keys(m)])");
    assert_eq!(answers, json!(["star", "foo", ["GET", "POST", "PUT"]]));
}

#[test]
fn a_shared_module_is_one_object_and_runs_once() {
    let project = Project::new(&[
        ("lib/db.ts", "globalThis.opened = (globalThis.opened ?? 0) + 1; export const db = { n: 0 }"),
        ("lib/only-a.ts", "globalThis.onlyA = true"),
        (
            "app/a/route.ts",
            "import '../../lib/only-a'; import { db } from '../../lib/db'; export const GET = () => Response.json(++db.n)",
        ),
        ("app/b/route.ts", "import { db } from '../../lib/db'; export const GET = () => Response.json(++db.n)"),
        ("app/c/route.ts", "export const GET = async () => Response.json(++(await import('../../lib/db')).db.n)"),
        ("app/d/route.ts", "const { db } = require('../../lib/db'); export const GET = () => Response.json(++db.n)"),
    ]);
    let answers = project.run(
        "const seen = []; for (const n of [1, 2, 3]) seen.push(await call(await load(n)));\n\
         seen.push(globalThis.onlyA ?? null, await call(await load(0)), globalThis.onlyA, globalThis.opened); show(seen)",
    );
    assert_eq!(answers, json!([1, 2, 3, null, 4, true, 1]));
}

#[test]
fn modules_run_in_the_order_of_the_source() {
    // `setup` belongs to one route and `shared` to both: in files of their own, `shared` would run first.
    let project = Project::new(&[
        ("lib/log.ts", "export const log: string[] = (globalThis as any).log ??= []"),
        ("lib/setup.ts", "import { log } from './log'; log.push('setup')"),
        ("lib/shared.ts", "import { log } from './log'; import './deep'; log.push('shared')"),
        ("lib/deep.ts", "import { log } from './log'; log.push('deep')"),
        ("lib/late.ts", "import { log } from './log'; log.push('late ' + (await Promise.resolve('awaited')))"),
        (
            "app/a/route.ts",
            "import '../../lib/setup'; import '../../lib/shared'; import '../../lib/late'; import { log } from '../../lib/log'\n\
             log.push('route'); export const GET = () => Response.json(log)",
        ),
        (
            "app/b/route.ts",
            "import '../../lib/shared'; import '../../lib/late'; export const GET = () => Response.json((globalThis as any).log)",
        ),
    ]);
    assert_eq!(
        project.run("show(await call(await load(0)))"),
        json!(["setup", "deep", "shared", "late awaited", "route"])
    );
    assert_eq!(project.run_built("show(await call(await load(1)))"), json!(["deep", "shared", "late awaited"]));
}

#[test]
fn cycles_between_shared_modules_and_live_bindings_work() {
    let project = Project::new(&[
        (
            "lib/a.ts",
            "import { b } from './b'; export let a = 1; export const setA = (n: number) => { a = n }; export const viaB = () => b()",
        ),
        ("lib/b.ts", "import { a } from './a'; export const b = () => a"),
        (
            "app/x/route.ts",
            &answering("import { a, setA, viaB } from '../../lib/a'", "[a, viaB(), (setA(5), a), viaB()]"),
        ),
        ("app/y/route.ts", &answering("import { b } from '../../lib/b'", "b()")),
    ]);
    assert_eq!(project.run("show([await call(await load(0)), await call(await load(1))])"), json!([[1, 1, 5, 5], 5]));
}

#[test]
fn packages_without_side_effects_are_left_out_if_unused() {
    let project = Project::new(&[
        ("node_modules/pure/package.json", r#"{ "name": "pure", "sideEffects": false }"#),
        ("node_modules/pure/index.js", "globalThis.pure = 'ran'; export const a = 1"),
        ("node_modules/dirty/package.json", r#"{ "name": "dirty", "sideEffects": ["./effect.js"] }"#),
        ("node_modules/dirty/effect.js", "globalThis.dirty = 'ran'"),
        ("lib/own.ts", "(globalThis as any).own = 'ran'; export const unused = 1"),
        (
            "app/x/route.ts",
            &answering(
                "import 'pure'; import 'dirty/effect.js'; import { unused } from '../../lib/own'; import '../../lib/own'",
                "[globalThis.pure ?? null, globalThis.dirty, globalThis.own]",
            ),
        ),
    ]);
    assert_eq!(project.get(), json!([null, "ran", "ran"]));
}

#[test]
fn a_module_knows_its_own_place() {
    let project = Project::new(&[
        (
            "app/[id]/route.ts",
            "import { readFileSync } from 'node:fs'; import { own } from '../../lib/c.cjs'\n\
             const given = (folder = __dirname) => folder; const { dirname } = import.meta as any\n\
             const read = (url: URL) => readFileSync(url, 'utf8')\n\
             export const GET = () => Response.json({\n\
               url: import.meta.url, dirname: import.meta.dirname, filename: import.meta.filename, old: [given(), __filename],\n\
               own, text: read(new URL('./data/ü a.txt', import.meta.url)), gone: new URL('./gone.txt', import.meta.url).href,\n\
               dynamic: read(new URL(`./data/${'b'}.txt`, import.meta.url)), env: [import.meta.env.PROD, (import.meta as any).env.MODE, (process.env as any).NODE_ENV], bare: dirname, shorthand: { __dirname },\n\
             })",
        ),
        ("lib/c.cjs", "exports.own = [__dirname, __filename, typeof require, typeof module]"),
        ("app/[id]/data/ü a.txt", "copied"),
        ("app/[id]/data/b.txt", "read in place"),
    ]);
    let root = project.root().display().to_string();
    assert_eq!(
        project.get(),
        json!({
            "url": format!("file://{root}/app/%5Bid%5D/route.ts"),
            "dirname": format!("{root}/app/[id]"), "filename": format!("{root}/app/[id]/route.ts"),
            "old": [format!("{root}/app/[id]"), format!("{root}/app/[id]/route.ts")],
            "own": [format!("{root}/lib"), format!("{root}/lib/c.cjs"), "function", "object"],
            "text": "copied", "gone": format!("file://{root}/app/%5Bid%5D/gone.txt"), "dynamic": "read in place",
            "env": [true, "production", "production"], "bare": format!("{root}/app/[id]"), "shorthand": { "__dirname": format!("{root}/app/[id]") },
        })
    );
    // A file that was named is there without the sources.
    std::fs::remove_file(project.root().join("app/[id]/data/ü a.txt")).expect("file");
    assert_eq!(project.run_built("show((await call(await load(0))).text)"), json!("copied"));
}

#[test]
fn a_worker_threads_module_is_compiled() {
    let project = Project::new(&[
        (
            "app/x/route.ts",
            "import { Worker } from 'node:worker_threads'\n\
             export const GET = async () => { const worker = new Worker(new URL('./sum.ts', import.meta.url), { workerData: [1, 2] as number[] })\n\
               return Response.json(await new Promise((done) => worker.once('message', done))) }",
        ),
        (
            "app/x/sum.ts",
            "import { parentPort, workerData } from 'node:worker_threads'; import { add } from '../../lib/add'\n\
             parentPort!.postMessage((workerData as number[]).reduce(add))",
        ),
        ("lib/add.ts", "export const add = (a: number, b: number): number => a + b"),
    ]);
    assert_eq!(project.get(), json!(3));
}

#[test]
fn webassembly_is_a_module() {
    let project = Project::new(&[(
        "app/x/route.ts",
        &answering(
            "import compiled from './add.wasm?module'; import { add } from './add.wasm'",
            "[String(compiled), add(2, 3), new WebAssembly.Instance(compiled).exports.add(4, 5)]",
        ),
    )]);
    let bytes = b"\0asm\x01\0\0\0\x01\x07\x01\x60\x02\x7f\x7f\x01\x7f\x03\x02\x01\0\x07\x07\x01\x03add\0\0\x0a\x09\x01\x07\0\x20\0\x20\x01\x6a\x0b";
    project.write("app/x/add.wasm", bytes);
    assert_eq!(project.get(), json!(["[object WebAssembly.Module]", 5, 9]));
}

#[test]
fn literal_environment_variables_are_fixed_at_build() {
    let mut project = Project::new(&[(
        "app/x/route.ts",
        &answering(
            "const { NODE_ENV } = process.env",
            "[process.env.NODE_ENV, process.env.NEXT_RUNTIME, process.env.NEXT_PUBLIC_A, process.env.MINE, process.env.SECRET ?? null,\n\
              process.env['MINE'], NODE_ENV ?? null, Object.keys(process.env).includes('MINE')]",
        ),
    )]);
    project.environment = vec![("NEXT_PUBLIC_A".into(), "a".into()), ("SECRET".into(), "s".into())];
    project.config_env = vec![("MINE".into(), "m".into())];
    let answer = project.run("delete process.env.NODE_ENV; show(await call(await load(0)))");
    assert_eq!(answer, json!(["production", "nodejs", "a", "m", null, "m", null, false]));
}

#[test]
fn typescript_is_compiled_as_next_compiles_it() {
    let project = Project::new(&[
        (
            "tsconfig.json",
            r#"{ "compilerOptions": { "target": "ES2017", "useDefineForClassFields": false, "experimentalDecorators": true, "jsx": "react", "jsxFactory": "h" } }"#,
        ),
        ("lib/se.ts", "(globalThis as any).se = 'ran'; export const val = 1; export type T = string"),
        (
            "app/x/route.ts",
            "import { val, type T } from '../../lib/se'\n\
             const log: unknown[] = []; function dec(target: object, key: string) { log.push([key, typeof target]) }\n\
             class A { x; y = 1; declare q: T; @dec z: string; @dec m() {} constructor(public p = 2) {} }\n\
             enum E { a = 1, b = 'x' } const enum C { q = 7 } namespace N { export const v = 1 }\n\
             class Named extends Error { name = new.target?.name ?? 'none' }\n\
             export function GET() { using _ = { [Symbol.dispose ?? Symbol.for('Symbol.dispose')]() { log.push('disposed') } };\n\
               return Response.json({ se: (globalThis as any).se ?? null, keys: Object.keys(new A()), log, E, c: C.q, n: N.v, named: Named.name }) }",
        ),
    ]);
    assert_eq!(
        project.get(),
        json!({
            "se": null, "keys": ["p", "x", "y", "z"], "log": [["z", "object"], ["m", "object"]], "E": { "1": "a", "a": 1, "b": "x" },
            "c": 7, "n": 1, "named": "Named",
        })
    );
}

#[test]
fn names_survive_the_bundle() {
    let project = Project::new(&[
        ("lib/a.ts", "export class Same { static from = 'a' }; export function helper() { return 'a' }"),
        ("lib/b.ts", "export class Same { static from = 'b' }; export function helper() { return 'b' }"),
        (
            "app/x/route.ts",
            &answering(
                "import * as a from '../../lib/a'; import * as b from '../../lib/b'",
                "[a.Same.name, b.Same.name, a.helper.name, b.helper.name, GET.name]",
            ),
        ),
    ]);
    assert_eq!(project.get(), json!(["Same", "Same", "helper", "helper", "GET"]));
}

#[test]
fn a_workspace_package_is_compiled_with_its_own_tsconfig() {
    let mut project = Project::new(&[
        ("package.json", r#"{ "workspaces": ["packages/*", "apps/*"] }"#),
        ("package-lock.json", "{}"),
        ("packages/ui/package.json", r#"{ "name": "@acme/ui", "exports": { ".": "./src/index.ts" } }"#),
        ("packages/ui/tsconfig.json", r##"{ "compilerOptions": { "paths": { "#own/*": ["./src/*"] } } }"##),
        ("packages/ui/src/index.ts", "export { name } from '#own/name'"),
        ("packages/ui/src/name.ts", "export const name: string = 'ui'"),
        ("apps/api/package.json", r#"{ "name": "api" }"#),
        ("apps/api/tsconfig.json", r#"{ "compilerOptions": { "paths": { "@/*": ["./*"] } } }"#),
        ("apps/api/lib/x.ts", "export const x = 'x'"),
        (
            "apps/api/app/x/route.ts",
            &answering("import { name } from '@acme/ui'; import { x } from '@/lib/x'", "[name, x]"),
        ),
    ]);
    project.inside = "apps/api".into();
    std::fs::create_dir_all(project.top().join("node_modules/@acme")).expect("folder");
    std::os::unix::fs::symlink("../../packages/ui", project.top().join("node_modules/@acme/ui")).expect("link");
    assert_eq!(project.get(), json!(["ui", "x"]));
}

#[test]
fn subpath_imports_and_self_references_resolve() {
    let project = Project::new(&[
        (
            "package.json",
            r##"{ "name": "me", "imports": { "#db": { "node": "./lib/db.ts" } }, "exports": { "./db": "./lib/db.ts" } }"##,
        ),
        ("lib/db.ts", "export const db = 'db'"),
        ("app/x/route.ts", &answering("import { db } from '#db'; import { db as again } from 'me/db'", "[db, again]")),
    ]);
    assert_eq!(project.get(), json!(["db", "db"]));
}

#[test]
fn further_modules_are_built_into_the_same_graph() {
    let mut project = Project::new(&[
        ("lib/state.ts", "export const state = { ready: false }"),
        (
            "instrumentation.ts",
            "import { state } from './lib/state'; export function register() { state.ready = true }",
        ),
        ("app/x/route.ts", &answering("import { state } from '../../lib/state'", "state")),
    ]);
    project.modules = vec![("instrumentation".into(), "instrumentation.ts".into())];
    let output = project.build();
    assert_eq!(output.modules[0].entry, "server/instrumentation.mjs");
    assert_eq!(output.modules[0].exports, Some(vec!["register".into()]));
    let script = format!(
        "(await import('file://{}/server/instrumentation.mjs')).register(); show(await call(await load(0)))",
        project.out_dir().display()
    );
    assert_eq!(project.run_built(&script), json!({ "ready": true }));
}

#[test]
fn styles_are_accepted_and_empty() {
    let project = Project::new(&[
        ("app/x/a.css", "a {}"),
        ("app/x/b.module.css", ".b {}"),
        ("app/x/route.ts", &answering("import './a.css'; import styles from './b.module.css'", "styles")),
    ]);
    assert_eq!(project.get(), json!({}));
}
