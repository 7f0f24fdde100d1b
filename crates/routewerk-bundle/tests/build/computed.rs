//! Imports of names that are put together. The expected values are those of a real `next build`.

use serde_json::json;

use crate::project::{Project, texts};

/// Loads modules by names, and says what came of each.
const TRIES: &str = "export async function tries(names: string[], load: (name: string) => unknown) {\n\
     const out: Record<string, unknown> = {};\n\
     for (const name of names) {\n\
       try { out[name] = Object.keys((await load(name)) as object).sort() }\n\
       catch (error: any) { out[name] = [error.name, error.message, error.code] }\n\
     }\n\
     return out\n\
   }";

fn with_files(route: &str) -> Project {
    Project::new(&[
        ("tsconfig.json", r#"{ "compilerOptions": { "paths": { "@/*": ["./*"] } } }"#),
        ("lib/tries.ts", TRIES),
        ("lib/x/one.ts", "export const one: number = 1; export default one"),
        ("lib/x/two.js", "exports.two = 2"),
        ("lib/x/dir/index.ts", "export const index = 1"),
        ("lib/x/deep/er/three.ts", "export const three = 3"),
        ("lib/x/data.json", r#"{ "k": "v" }"#),
        ("lib/x/types.d.ts", "export interface A { a: 1 }"),
        ("lib/x/readme.md", "# Not a module"),
        ("lib/x/.hidden.ts", "export const hidden = 1"),
        ("lib/x/node_modules/inner/index.js", "exports.inner = 1"),
        ("node_modules/pkg/package.json", r#"{ "name": "pkg" }"#),
        ("node_modules/pkg/locale/de.js", "exports.de = 1"),
        ("app/x/route.ts", route),
    ])
}

fn answer(body: &str) -> String {
    format!(
        "import {{ tries }} from '../../lib/tries'\nexport async function GET() {{ return Response.json({body}) }}\n"
    )
}

fn missing(specifier: &str) -> serde_json::Value {
    json!(["Error", format!("Cannot find module '{specifier}'"), "MODULE_NOT_FOUND"])
}

#[test]
fn a_name_that_is_put_together_reaches_every_file_that_fits() {
    let names = "['one', 'one.ts', 'two', 'dir', 'dir/', 'dir/index', 'deep/er/three', 'data', 'data.json', 'types', 'types.d.ts', 'readme.md', \
                 '.hidden', 'node_modules/inner', 'nope', '', '../x/one', 'toString', '__proto__']";
    let project = with_files(&answer(&format!(
        "{{ imported: await tries({names}, (name) => import(`../../lib/x/${{name}}`)), \
         required: await tries({names}, (name) => require('../../lib/x/' + name)) }}"
    )));
    let lookup = |common_js: &[&str], json: &[&str]| {
        let mut expected = json!({
            "one": ["default", "one"], "one.ts": ["default", "one"], "two": common_js, "dir": ["index"], "dir/": ["index"],
            "dir/index": ["index"], "deep/er/three": ["three"], "data": json, "data.json": json,
        });
        for name in [
            "types",
            "types.d.ts",
            "readme.md",
            ".hidden",
            "node_modules/inner",
            "nope",
            "",
            "../x/one",
            "toString",
            "__proto__",
        ] {
            expected[name] = missing(&format!("../../lib/x/{name}"));
        }
        // Assigned to an object, this name is no property.
        expected.as_object_mut().expect("an object").remove("__proto__");
        expected
    };
    let expected = json!({
        "imported": lookup(&["default", "two"], &["default", "k"]),
        "required": lookup(&["two"], &["k"]),
    });
    assert_eq!(project.get(), expected);
}

#[test]
fn aliases_packages_and_constants_begin_a_name_too() {
    let project = with_files(&answer(
        "{ alias: await tries(['data', 'nope'], (name) => import(`@/lib/x/${name}.json`)),\n\
           types: await tries(['one', 'deep/er/three', 'two'], (name) => import(`@/lib/x/${name}.ts`)),\n\
           compiled: await tries(['one'], (name) => import(`../../lib/x/${name}.js`)),\n\
           pkg: await tries(['de', 'de.js', 'fr'], (name) => import(`pkg/locale/${name}`)),\n\
           constant: await tries(['one'], (name) => { const file = '../../lib/x/'.concat(name); return import(file as string) }),\n\
           choice: await tries(['a', 'b'], (name) => require(name === 'a' ? '../../lib/x/one' : '../../lib/x/two')),\n\
           built: await tries(['path'], (name) => import(name === 'path' ? 'node:path/posix' : 'not-installed')) }",
    ));
    let mut found = project.get();
    assert!(found["built"]["path"].as_array().is_some_and(|names| names.contains(&json!("join"))), "{found}");
    found.as_object_mut().expect("an object").remove("built");
    let expected = json!({
        "alias": { "data": ["default", "k"], "nope": missing("@/lib/x/nope.json") },
        "types": { "one": ["default", "one"], "deep/er/three": ["three"], "two": missing("@/lib/x/two.ts") },
        "compiled": { "one": ["default", "one"] },
        "pkg": { "de": ["de", "default"], "de.js": ["de", "default"], "fr": missing("pkg/locale/fr") },
        "constant": { "one": ["default", "one"] },
        "choice": { "a": ["default", "one"], "b": ["two"] },
    });
    assert_eq!(found, expected);
}

#[test]
fn what_a_computed_name_reaches_is_one_object_with_what_others_import() {
    let project = Project::new(&[
        ("lib/state.ts", "export const state = { count: 0 }"),
        (
            "app/x/route.ts",
            "import { state } from '../../lib/state'\n\
             export async function GET() { const name = String('state'); state.count += 1; \
             const again = await import(`../../lib/${name}`); return Response.json([again.state === state, require('../../lib/' + name).state.count]) }",
        ),
    ]);
    assert_eq!(project.get(), json!([true, 1]));
}

#[test]
fn a_name_without_a_folder_is_left_to_the_run_time_with_a_warning() {
    let project = with_files(&answer(
        "[await tries(['node:path', 'pkg/locale/de.js'], (name) => import(name)), await tries(['path', 'pkg/locale/de'], (name) => require(name)),\n\
         Object.keys(await import(/* webpackIgnore: true */ String('node:path'))).includes('join')]",
    ));
    let output = project.build();
    assert_eq!(output.warnings.len(), 2, "{:#?}", output.warnings);
    assert!(
        output.warnings[0].starts_with(
            "./app/x/route.ts:2:110\nThe name in `import()` is only known at run time: nothing is bundled for <dynamic>\n"
        ),
        "{}",
        output.warnings[0]
    );
    assert!(output.warnings[1].contains("The name in `require()` is only known"), "{}", output.warnings[1]);
    let answer = project.run_built("show(await call(await load(0)))");
    assert!(answer[0]["node:path"].as_array().is_some_and(|names| names.contains(&json!("join"))), "{answer}");
    assert_eq!(answer[0]["pkg/locale/de.js"], json!(["de", "default"]), "{answer}");
    assert_eq!(answer[1]["pkg/locale/de"], json!(["de"]), "{answer}");
    assert_eq!(answer[2], json!(true));
}

#[test]
fn a_pattern_that_nothing_fits_is_an_error_at_its_place_but_inside_try() {
    let mut project = with_files(&answer("await import(`./locales/${String(1)}.json`)"));
    assert_eq!(
        project.errors(),
        [
            "./app/x/route.ts:2:58\nModule not found: Can't resolve './locales/' <dynamic> '.json'\n  1 | import { tries } from \
          '../../lib/tries'\n> 2 | export async function GET() { return Response.json(await import(`./locales/${String(1)}.json`)) }\n    \
          |                                                          ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^\n  3 |\n\n\
          https://nextjs.org/docs/messages/module-not-found"
        ]
    );
    project = with_files(&answer(
        "await tries(['a'], (name) => { try { return require('./none/' + name) } catch (error) { throw error } })",
    ));
    let output = project.try_build().unwrap_or_else(|errors| panic!("{:?}", texts(&errors)));
    assert_eq!(output.warnings.len(), 1);
    assert!(
        output.warnings[0].contains("Module not found: Can't resolve './none/' <dynamic>\n"),
        "{:?}",
        output.warnings
    );
    assert_eq!(project.run_built("show(await call(await load(0)))"), json!({ "a": missing("./none/a") }));
}

#[test]
fn a_route_that_reaches_known_files_alone_needs_no_scope() {
    let project = Project::new(&[
        ("lib/x/plain.ts", "export const plain = 1"),
        ("lib/y/asks.ts", "import { cookies } from 'next/headers'; export const asks = cookies"),
        (
            "app/a/route.ts",
            "export const GET = async () => Response.json(await import(`../../lib/x/${String('plain')}`))",
        ),
        (
            "app/b/route.ts",
            "export const GET = async () => Response.json(await import(`../../lib/y/${String('asks')}`))",
        ),
        ("app/c/route.ts", "export const GET = async () => Response.json(await import(`next/${String('headers')}`))"),
        ("app/d/route.ts", "export const GET = async () => Response.json(await import(String('x')))"),
    ]);
    let scopes: Vec<_> = project.build().routes.iter().map(|route| route.scope).collect();
    assert_eq!(scopes, [false, true, true, true]);
}
