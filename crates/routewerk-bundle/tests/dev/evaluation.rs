//! What a module sees when it runs: ECMAScript's rules for modules, and how they mix with `CommonJS`.

use serde_json::json;

use crate::project::Project;
use crate::worker::Worker;

/// Runs `app/route.ts`'s GET in a fresh worker.
fn get(files: &[(&str, &str)]) -> serde_json::Value {
    let project = Project::new(files);
    Worker::start().call(&project.graph, &project.path("app/route.ts"), "GET")
}

#[test]
fn a_route_imports_typescript_and_answers() {
    let value = get(&[
        ("app/route.ts", "import { twice, type Pair } from '../lib/math'\nexport const GET = (): Pair => twice(21)\n"),
        (
            "lib/math.ts",
            "export interface Pair { a: number }\nexport enum Sign { Plus = 1 }\nexport function twice(n: number): Pair { return { a: n * 2 * Sign.Plus } }\n",
        ),
    ]);
    assert_eq!(value, json!({ "a": 42 }));
}

#[test]
fn bindings_are_live_in_both_directions() {
    let value = get(&[
        (
            "app/route.ts",
            "import { count, add } from '../lib/counter'\nexport { count } from '../lib/counter'\nimport * as all from '../lib/counter'\nexport function GET() { const before = count; add(); add(); return [before, count, all.count] }\n",
        ),
        ("lib/counter.ts", "export let count = 0\nexport function add() { count++ }\n"),
    ]);
    assert_eq!(value, json!([0, 2, 2]));
}

#[test]
fn cycles_see_hoisted_functions_and_not_yet_initialised_bindings() {
    let value = get(&[
        ("app/route.ts", "import { a, log } from '../lib/a'\nexport const GET = () => [a, log]\n"),
        (
            "lib/a.ts",
            "import { b, early } from './b'\nexport const log: string[] = [early]\nexport function hoisted() { return 'hoisted' }\nexport const a = 'a' + b\n",
        ),
        (
            "lib/b.ts",
            "import { a, hoisted } from './a'\nexport const b = hoisted()\nlet text = ''\ntry { text = a } catch (error) { text = (error as Error).name }\nexport const early = text\n",
        ),
    ]);
    assert_eq!(value, json!(["ahoisted", ["ReferenceError"]]));
}

#[test]
fn export_star_gives_names_but_no_default_and_own_names_win() {
    let value = get(&[
        (
            "app/route.ts",
            "import * as all from '../lib/index'\nexport const GET = () => [Object.keys(all), all.x, all.inner.y, all.fromCjs, Object.prototype.toString.call(all)]\n",
        ),
        (
            "lib/index.ts",
            "export * from './one'\nexport * from './two'\nexport * from './old.cjs'\nexport * as inner from './two'\nexport const x = 'own'\n",
        ),
        ("lib/one.ts", "export const x = 'one'\nexport default 'no'\nexport * from './two'\n"),
        ("lib/two.ts", "export const y = 'two'\n"),
        ("lib/old.cjs", "exports.fromCjs = 'cjs'\n"),
    ]);
    assert_eq!(value, json!([["inner", "x", "y", "fromCjs"], "own", "two", "cjs", "[object Module]"]));
}

#[test]
fn default_exports_of_every_form_work_and_have_names() {
    let value = get(&[
        (
            "app/route.ts",
            "import a from '../lib/a'\nimport b from '../lib/b'\nimport c from '../lib/c'\nimport d, { default as again } from '../lib/d'\nimport e from '../lib/e'\nexport const GET = () => [a(), a.name, b.name, new b().v, c.name, c(), d, d === again, e.name]\n",
        ),
        ("lib/a.ts", "export default function () { return 'a' }\n"),
        ("lib/b.ts", "export default class { v = 'b' }\n"),
        ("lib/c.ts", "export default () => 'c'\n"),
        ("lib/d.ts", "const d = 'd'\nexport { d as default }\n"),
        ("lib/e.ts", "export default class Named { static other = 1 }\n"),
    ]);
    assert_eq!(value, json!(["a", "default", "default", "b", "default", "c", "d", true, "Named"]));
}

#[test]
fn imported_functions_are_called_without_this() {
    let value = get(&[
        (
            "app/route.ts",
            "import { self } from '../lib/a'\nexport const GET = () => [self() === undefined, (self)() === undefined, self`` === undefined, self?.() === undefined, { self }.self() === undefined]\n",
        ),
        ("lib/a.ts", "export function self(this: unknown, ..._: unknown[]) { return this }\n"),
    ]);
    assert_eq!(value, json!([true, true, true, true, false]));
}

#[test]
fn top_level_await_delays_importers_and_siblings_run_in_parallel() {
    let value = get(&[
        (
            "app/route.ts",
            "import { log } from '../lib/log'\nimport '../lib/slow'\nimport '../lib/fast'\nimport '../lib/sync'\nlog.push('route')\nexport const GET = () => log\n",
        ),
        ("lib/log.ts", "export const log: string[] = []\n"),
        (
            "lib/slow.ts",
            "import { log } from './log'\nlog.push('slow starts')\nawait new Promise((resolve) => setTimeout(resolve, 30))\nlog.push('slow ends')\n",
        ),
        ("lib/fast.ts", "import { log } from './log'\nlog.push('fast starts')\nawait null\nlog.push('fast ends')\n"),
        ("lib/sync.ts", "import { log } from './log'\nlog.push('sync')\n"),
    ]);
    assert_eq!(value, json!(["slow starts", "fast starts", "sync", "fast ends", "slow ends", "route"]));
}

#[test]
fn a_cycle_with_top_level_await_runs_once_and_completely() {
    let value = get(&[
        (
            "app/route.ts",
            "import { a } from '../lib/a'\nimport { b } from '../lib/b'\nexport const GET = () => [a, b()]\n",
        ),
        ("lib/a.ts", "import { b } from './b'\nexport const a = await Promise.resolve('a')\nexport const got = b\n"),
        ("lib/b.ts", "import { a } from './a'\nexport function b() { return 'b sees ' + a }\n"),
    ]);
    assert_eq!(value, json!(["a", "b sees a"]));
}

#[test]
fn commonjs_and_es_modules_import_each_other() {
    let value = get(&[
        (
            "app/route.ts",
            "import plain, { named } from '../lib/plain.cjs'\nimport compiled, { other } from '../lib/compiled.cjs'\nimport * as all from '../lib/compiled.cjs'\nimport fn from '../lib/function.cjs'\nimport { viaRequire, view } from '../lib/requires.cjs'\nimport Klass, { method } from '../lib/instance.cjs'\nexport const GET = () => [plain.named, named, compiled, other, all.default, fn(), viaRequire, view, typeof method, Klass.method()]\n",
        ),
        ("lib/plain.cjs", "module.exports = { named: 'plain' }\n"),
        (
            "lib/compiled.cjs",
            "Object.defineProperty(exports, '__esModule', { value: true })\nexports.default = 'default of compiled'\nexports.other = 'other'\n",
        ),
        ("lib/function.cjs", "module.exports = function () { return 'called' }\n"),
        ("lib/instance.cjs", "class K { method() { return 'm' } }\nmodule.exports = new K()\n"),
        (
            "lib/requires.cjs",
            "const esm = require('./esm')\nexports.viaRequire = esm.value + esm.default\nexports.view = [esm.__esModule, Object.keys(esm)]\n",
        ),
        ("lib/esm.ts", "export const value = 'esm '\nexport default 'default'\n"),
    ]);
    assert_eq!(
        value,
        json!([
            "plain",
            "plain",
            "default of compiled",
            "other",
            "default of compiled",
            "called",
            "esm default",
            [true, ["default", "value"]],
            "function",
            "m"
        ])
    );
}

#[test]
fn commonjs_has_what_node_gives_it() {
    let value = get(&[
        ("app/route.ts", "import facts from '../lib/facts.cjs'\nexport const GET = () => facts\n"),
        (
            "lib/facts.cjs",
            "#!/usr/bin/env node\nconst path = require('path')\nlet missing\ntry { require('not-installed') } catch (error) { missing = error.code }\nmodule.exports = [path.basename(__filename), path.basename(__dirname), this === exports, module.id === __filename, module.exports === exports, missing, require.resolve('fs'), typeof require.cache, require.main === module, require('./data.json').a, module.loaded, module.paths.length > 0]\n",
        ),
        ("lib/data.json", "{ \"a\": 1 }"),
    ]);
    assert_eq!(
        value,
        json!(["facts.cjs", "lib", true, true, true, "MODULE_NOT_FOUND", "fs", "object", false, 1, false, true])
    );
}

#[test]
fn commonjs_cycles_get_what_is_exported_so_far() {
    let value = get(&[
        ("app/route.ts", "import a from '../lib/a.cjs'\nexport const GET = () => a\n"),
        ("lib/a.cjs", "exports.early = 1\nconst b = require('./b.cjs')\nexports.seen = b.seen\n"),
        ("lib/b.cjs", "const a = require('./a.cjs')\nexports.seen = Object.keys(a)\n"),
    ]);
    assert_eq!(value, json!({ "early": 1, "seen": ["early"] }));
}

#[test]
fn requiring_a_module_with_top_level_await_says_why_it_cannot_be() {
    let project = Project::new(&[
        ("app/route.ts", "import x from '../lib/a.cjs'\nexport const GET = () => x\n"),
        ("lib/a.cjs", "module.exports = require('./b.mjs')\n"),
        ("lib/b.mjs", "await null\nexport const b = 1\n"),
    ]);
    let mut worker = Worker::start();
    let failure = worker
        .run(&project.graph, &format!("return (await load({:?})).GET()", project.path("app/route.ts")))
        .expect_err("cannot wait");
    assert!(failure.message.contains("top-level await"), "{}", failure.message);
    assert!(failure.message.contains("b.mjs"), "{}", failure.message);
}

#[test]
fn import_meta_and_file_urls_name_the_users_files() {
    let project = Project::new(&[
        (
            "app/route.ts",
            "import { readFileSync } from 'node:fs'\nexport const GET = () => [import.meta.url, import.meta.dirname, import.meta.filename, readFileSync(new URL('./data.txt', import.meta.url), 'utf8'), import.meta.resolve('./data.txt'), import.meta.resolve('fs'), __filename, __dirname, import.meta.env.MODE]\n",
        ),
        ("app/data.txt", "text"),
    ]);
    let route = project.id("app/route.ts");
    let app = project.id("app");
    assert_eq!(
        Worker::start().call(&project.graph, &project.path("app/route.ts"), "GET"),
        json!([
            format!("file://{route}"),
            app,
            route,
            "text",
            format!("file://{app}/data.txt"),
            "node:fs",
            route,
            app,
            "development"
        ])
    );
}

#[test]
fn json_has_a_default_and_names() {
    let value = get(&[
        (
            "app/route.ts",
            "import data, { a } from '../data.json' with { type: 'json' }\nimport list from '../list.json'\nexport const GET = () => [data, a, list.length]\n",
        ),
        ("data.json", "{ \"a\": { \"b\": 1 } }"),
        ("list.json", "[1, 2, 3]"),
    ]);
    assert_eq!(value, json!([{ "a": { "b": 1 } }, { "b": 1 }, 3]));
}

#[test]
fn styles_are_empty_and_webassembly_is_run() {
    // (module (func (export "three") (result i32) i32.const 3))
    const WASM: &[u8] = b"\0asm\x01\0\0\0\x01\x05\x01\x60\0\x01\x7f\x03\x02\x01\0\x07\x09\x01\x05three\0\0\x0a\x06\x01\x04\0\x41\x03\x0b";
    let project = Project::new(&[
        (
            "app/route.ts",
            "import './x.css'\nimport classes from './x.module.scss'\nimport { three } from './x.wasm'\nimport compiled from './x.wasm?module'\nexport const GET = () => [classes, three(), compiled instanceof WebAssembly.Module]\n",
        ),
        ("app/x.css", "a { color: red }"),
        ("app/x.module.scss", "$a: 1"),
    ]);
    std::fs::write(project.path("app/x.wasm"), WASM).expect("written");
    assert_eq!(Worker::start().call(&project.graph, &project.path("app/route.ts"), "GET"), json!([{}, 3, true]));
}

#[test]
fn dynamic_imports_load_only_when_they_are_reached() {
    let project = Project::new(&[
        (
            "app/route.ts",
            "export async function GET() { const name = 'b'; const one = await import('../lib/a'); const two = await import(`../lib/${name}`); const cjs = await import('../lib/c.cjs'); const fs = await import('node:fs'); return [one.default, two.b, cjs.default.c, cjs.c, typeof fs.readFileSync] }\nexport const POST = () => import('../lib/missing')\n",
        ),
        ("lib/a.ts", "export default 'a'\n"),
        ("lib/b.ts", "export const b = 'b'\n"),
        ("lib/c.cjs", "exports.c = 'c'\n"),
    ]);
    let mut worker = Worker::start();
    let entry = project.path("app/route.ts");
    worker.value(&project.graph, &format!("await load({entry:?})"));
    assert_eq!(project.names(&worker.sent), ["app/route.ts"]);
    assert_eq!(worker.call(&project.graph, &entry, "GET"), json!(["a", "b", "c", "c", "function"]));
    let failure = worker.run(&project.graph, &format!("return (await load({entry:?})).POST()")).expect_err("not found");
    assert!(failure.message.contains("Module not found: Can't resolve '../lib/missing'"), "{}", failure.message);
}

#[test]
fn environment_variables_that_are_fixed_are_written_into_the_code() {
    let value = get(&[(
        "app/route.ts",
        "export const GET = () => [process.env.NEXT_PUBLIC_NAME, process.env.CONFIGURED, process.env.NODE_ENV, process.env.NOT_THERE === undefined]\n",
    )]);
    assert_eq!(value, json!(["public", "by config", "development", true]));
}

#[test]
fn decorators_jsx_and_using_are_compiled() {
    let value = get(&[
        (
            "tsconfig.json",
            r#"{ "compilerOptions": { "experimentalDecorators": true, "jsx": "preserve", "jsxImportSource": "tiny" } }"#,
        ),
        ("app/route.tsx", ""),
        (
            "app/route.ts",
            "import { view } from '../lib/view'\nconst log: string[] = []\nfunction mark(target: any, key: string, descriptor: PropertyDescriptor) { log.push(key); return descriptor }\nfunction sealed(target: any) { log.push(target.name) }\n@sealed class K { @mark method() { return 1 } }\nexport function GET() { { using resource = { [Symbol.dispose]() { log.push('disposed') } }; log.push('used') } return [log, new K().method(), view] }\n",
        ),
        ("lib/view.tsx", "export const view = <b id=\"x\">hi</b>\n"),
        (
            "node_modules/tiny/package.json",
            r#"{ "name": "tiny", "exports": { "./jsx-dev-runtime": "./jsx.js", "./jsx-runtime": "./jsx.js" } }"#,
        ),
        (
            "node_modules/tiny/jsx.js",
            "export const jsxDEV = (type, props) => [type, props.id, props.children]\nexport const jsx = jsxDEV\n",
        ),
    ]);
    assert_eq!(value, json!([["method", "K", "used", "disposed"], 1, ["b", "x", "hi"]]));
}

#[test]
fn a_module_that_throws_is_run_again_by_the_next_use() {
    let project = Project::new(&[
        (
            "app/a/route.ts",
            "import { value } from '../../lib/flaky'\nimport '../../lib/other'\nexport const GET = () => value\n",
        ),
        (
            "lib/flaky.ts",
            "const state = globalThis as any\nstate.tries = (state.tries ?? 0) + 1\nif (state.tries < 3) throw new Error('try ' + state.tries)\nexport const value = state.tries\n",
        ),
        ("lib/other.ts", "import './flaky'\nexport {}\n"),
    ]);
    let mut worker = Worker::start();
    let entry = project.path("app/a/route.ts");
    for expected in ["try 1", "try 2"] {
        let failure = worker.run(&project.graph, &format!("await load({entry:?})")).expect_err("throws");
        assert_eq!(failure.message, expected);
    }
    assert_eq!(worker.call(&project.graph, &entry, "GET"), json!(3));
}

#[test]
fn concurrent_loads_share_one_evaluation() {
    let project = Project::new(&[(
        "app/route.ts",
        "(globalThis as any).runs = ((globalThis as any).runs ?? 0) + 1\nawait new Promise((resolve) => setTimeout(resolve, 10))\nexport const GET = () => (globalThis as any).runs\n",
    )]);
    let entry = project.path("app/route.ts");
    let code = format!(
        "const all = await Promise.all([1, 2, 3].map(() => load({entry:?}))); return [all[0].GET(), all.every((one) => one === all[0]), registry.loaded({entry:?}) === all[0]]"
    );
    assert_eq!(Worker::start().value(&project.graph, &code), json!([1, true, true]));
}

#[test]
fn assigning_to_an_import_is_a_compile_error() {
    let project = Project::new(&[
        ("app/route.ts", "import { x } from '../lib/x'\nexport const GET = () => { (x as any) = 2 }\n"),
        ("lib/x.ts", "export let x = 1\n"),
    ]);
    let text = project.prepare_error("app/route.ts");
    assert!(text.contains("`x` is an import and cannot be assigned to"), "{text}");
    assert!(text.starts_with("./app/route.ts:2:"), "{text}");
}

const TRIES: &str = "export async function tries(names: string[], load: (name: string) => unknown) {\n  const out: Record<string, unknown> = {}\n  for (const name of names) {\n    try { out[name] = Object.keys((await load(name)) as object).sort() }\n    catch (error: any) { out[name] = [error.name, error.message, error.code] }\n  }\n  return out\n}\n";

fn missing(specifier: &str) -> serde_json::Value {
    json!(["Error", format!("Cannot find module '{specifier}'"), "MODULE_NOT_FOUND"])
}

#[test]
fn a_computed_name_reaches_the_modules_that_fit_and_a_file_that_comes_later() {
    let names = "['one', 'one.ts', 'two', 'dir', 'dir/', 'deep/three', 'data', 'late', 'nope', '../x/two', './two', '.hidden', '']";
    let project = Project::new(&[
        ("tsconfig.json", r#"{ "compilerOptions": { "paths": { "@/*": ["./*"] } } }"#),
        ("lib/tries.ts", TRIES),
        ("lib/x/one.ts", "export const one: number = 1"),
        ("lib/x/two.js", "exports.two = 2"),
        ("lib/x/dir/index.ts", "export const index = 1"),
        ("lib/x/deep/three.ts", "export const three = 3"),
        ("lib/x/data.json", r#"{ "k": "v" }"#),
        ("lib/x/readme.md", "# Not a module"),
        ("lib/x/.hidden.js", "exports.hidden = 1"),
        (
            "app/route.ts",
            &format!(
                "import {{ tries }} from '../lib/tries'\nexport const GET = async () => ({{\n  \
                 imported: await tries({names}, (name) => import(`@/lib/x/${{name}}`)),\n  \
                 required: await tries({names}, (name) => require('../lib/x/' + name)),\n}})\n"
            ),
        ),
    ]);
    let mut worker = Worker::start();
    let entry = project.path("app/route.ts");
    let expected = |late: Option<serde_json::Value>| {
        let of = |two: &[&str], data: &[&str], prefix: &str| {
            json!({
                "one": ["one"], "one.ts": ["one"], "two": two, "dir": ["index"], "dir/": ["index"], "deep/three": ["three"],
                "data": data, "../x/two": missing(&format!("{prefix}../x/two")), "./two": missing(&format!("{prefix}./two")),
                ".hidden": missing(&format!("{prefix}.hidden")), "": missing(prefix), "late": late.clone().unwrap_or_else(|| missing(&format!("{prefix}late"))),
                "nope": missing(&format!("{prefix}nope")),
            })
        };
        json!({
            "imported": of(&["default", "two"], &["default", "k"], "@/lib/x/"),
            "required": of(&["two"], &["k"], "../lib/x/"),
        })
    };
    assert_eq!(worker.call(&project.graph, &entry, "GET"), expected(None));
    let told = project.save_in(&mut worker, "lib/x/late.ts", "export const late: string = 'here'\n");
    assert_eq!(project.names(&told.changed), ["app/route.ts"]);
    assert_eq!(worker.call(&project.graph, &entry, "GET"), expected(Some(json!(["late"]))));
    let told = project.remove("lib/x/late.ts");
    worker.changed(&project.graph, &told);
    assert_eq!(worker.call(&project.graph, &entry, "GET"), expected(None));
}

#[test]
fn an_import_that_may_be_missing_finds_its_file_when_it_comes() {
    let project = Project::new(&[(
        "app/route.ts",
        "export async function GET() { try { return (await import('./later')).later } catch (error) { return [error.name, error.message, error.code] } }\n",
    )]);
    let mut worker = Worker::start();
    let entry = project.path("app/route.ts");
    assert_eq!(worker.call(&project.graph, &entry, "GET"), missing("./later"));
    project.save_in(&mut worker, "app/later.ts", "export const later: number = 1\n");
    assert_eq!(worker.call(&project.graph, &entry, "GET"), 1);
}

#[test]
fn a_computed_require_that_nothing_fits_is_an_error_at_its_place() {
    let project = Project::new(&[
        ("app/a/route.ts", "export const GET = (name: string) => require('./none/' + name)\n"),
        (
            "app/b/route.ts",
            "export const GET = () => { try { require('./none/' + String(1)) } catch (error) { return error.message } }\n",
        ),
    ]);
    let error = project.prepare_error("app/a/route.ts");
    assert!(
        error.starts_with("./app/a/route.ts:1:38\nModule not found: Can't resolve './none/' <dynamic>\n"),
        "{error}"
    );
    let message = Worker::start().call(&project.graph, &project.path("app/b/route.ts"), "GET");
    assert_eq!(message, "Cannot find module './none/1'");
}

#[test]
fn a_worker_thread_runs_compiled_modules_and_a_saved_one_the_next_time() {
    let project = Project::new(&[
        ("tsconfig.json", r#"{ "compilerOptions": { "paths": { "@/*": ["./*"] } } }"#),
        (
            "lib/sum.ts",
            "export const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0)\n",
        ),
        (
            "app/sum.ts",
            "import { parentPort, workerData, isMainThread } from 'node:worker_threads'\nimport { sum } from '@/lib/sum'\n\
             type Data = { numbers: number[] }\nconst { numbers } = workerData as Data\n\
             parentPort!.once('message', async (name: string) => {\n  const late = await import(`@/lib/${name}`)\n  \
             parentPort!.postMessage([sum(numbers), isMainThread, late.sum === sum, import.meta.filename])\n})\n",
        ),
        ("app/broken.ts", "import './gone'\n"),
        (
            "app/route.ts",
            "import { Worker } from 'node:worker_threads'\n\
             export const GET = () => new Promise((resolve, reject) => {\n  \
             const worker = new Worker(new URL('./sum.ts', import.meta.url), { workerData: { numbers: [1, 2] } as object })\n  \
             let answer: unknown\n  worker.once('message', (value) => { answer = value })\n  worker.once('error', reject)\n  \
             worker.once('exit', (code) => resolve([answer, code, worker instanceof Worker]))\n  worker.postMessage('sum')\n})\n\
             export const POST = () => new Promise((resolve) => {\n  \
             new Worker(new URL('./broken.ts', import.meta.url)).once('error', (error) => resolve(error.message))\n})\n\
             class Own { constructor(readonly url: URL) {} }\nexport const PUT = () => { const Worker = Own; return new Worker(new URL('./sum.ts', import.meta.url)).url.pathname }\n",
        ),
    ]);
    let mut worker = Worker::start();
    let entry = project.path("app/route.ts");
    let file = project.id("app/sum.ts");
    assert_eq!(worker.call(&project.graph, &entry, "GET"), json!([[3, false, true, file], 0, true]));
    project.save_in(&mut worker, "lib/sum.ts", "export const sum = (numbers: number[]): string => numbers.join('+')\n");
    assert_eq!(worker.call(&project.graph, &entry, "GET"), json!([["1+2", false, true, file], 0, true]));
    let message = worker.call(&project.graph, &entry, "POST");
    assert!(
        message.as_str().is_some_and(|text| text.contains("Module not found: Can't resolve './gone'")),
        "{message}"
    );
    assert_eq!(worker.call(&project.graph, &entry, "PUT"), json!(file));
}

#[test]
fn exports_of_client_modules_are_references_that_throw_when_they_are_called() {
    let project = Project::new(&[
        (
            "lib/client.tsx",
            "'use client'\nimport { useState } from 'not-installed'\nexport const helper = () => useState(1)\nexport default () => <b />\n",
        ),
        ("lib/old.js", "'use client'\nexports.call = () => 1\n"),
        (
            "app/route.ts",
            "import Comp, { helper } from '../lib/client'\nimport { call } from '../lib/old'\n\
             export const GET = () => [helper, Comp, call].map((run: any) => { try { return run() } catch (error) { return error.message.split(' from')[0] } })\n",
        ),
    ]);
    assert_eq!(
        Worker::start().call(&project.graph, &project.path("app/route.ts"), "GET"),
        json!([
            "Attempted to call helper()",
            "Attempted to call the default export of [project]/lib/client.tsx",
            "Attempted to call call()"
        ])
    );
}
