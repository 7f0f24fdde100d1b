//! Routes with `runtime = 'edge'`: compiled apart from the others, with the edge's names and conditions.

use serde_json::json;

use crate::project::Project;

/// What stands for the runtime's part; the real one is tested by the conformance cases.
const EDGE: &str = "
const edge = Object.create(globalThis);
for (const [name, value] of Object.entries({ process: { env: { RAN: 'at the edge' } }, EdgeRuntime: 'edge-runtime', globalThis: edge })) {
  Object.defineProperty(edge, name, { value });
}
const refuse = (name) => new Proxy({}, { get: (_, key) => { if (key === '__esModule' || key === 'then') return; throw new Error(`no ${name}`); } });
Object.assign(globalThis[Symbol.for('routewerk.runtime')], { edge, edgeRefused: (name) => Object.create(refuse(name), { default: { value: refuse(name) } }) });
";

fn run(files: &[(&str, &str)], script: &str) -> serde_json::Value {
    Project::new(files).run(&format!("{EDGE}\n{script}"))
}

#[test]
fn edge_code_has_the_names_of_the_edge_and_other_code_has_not() {
    let where_am_i = "export const where = () => [process.env.NEXT_RUNTIME, typeof EdgeRuntime, process.env.RAN ?? null, typeof globalThis.EdgeRuntime]\n";
    let found = run(
        &[
            ("lib/where.ts", where_am_i),
            (
                "app/a/route.ts",
                "import { where } from '../../lib/where'\nexport const runtime = 'edge'\nexport const GET = () => Response.json(where())\n",
            ),
            (
                "app/b/route.ts",
                "import { where } from '../../lib/where'\nexport const GET = () => Response.json(where())\n",
            ),
        ],
        "show([await call(await load(0)), await call(await load(1))])",
    );
    assert_eq!(found, json!([["edge", "string", "at the edge", "string"], ["nodejs", "undefined", null, "undefined"]]));
}

#[test]
fn a_module_of_both_kinds_of_routes_is_two_modules() {
    let route = "import { count } from '../../lib/count'\nexport const GET = () => Response.json(count())\n";
    let edge = format!("{route}export const runtime = 'edge'\n");
    let found = run(
        &[
            ("lib/count.ts", "let n = 0\nexport const count = () => (n += 1)\n"),
            ("app/a/route.ts", &edge),
            ("app/b/route.ts", &edge),
            ("app/c/route.ts", route),
        ],
        "const all = []; for (const n of [0, 1, 2]) all.push(await call(await load(n))); show(all)",
    );
    assert_eq!(found, json!([1, 2, 1]));
}

#[test]
fn packages_are_bundled_under_the_conditions_of_the_edge() {
    let project = Project::new(&[
        (
            "app/a/route.ts",
            "import { where } from 'split'\nexport const runtime = 'edge'\nexport const GET = () => Response.json(where)\n",
        ),
        ("app/b/route.ts", "import { where } from 'split'\nexport const GET = () => Response.json(where)\n"),
        (
            "node_modules/split/package.json",
            r#"{"name":"split","type":"module","exports":{"edge-light":"./edge.js","node":"./node.js","default":"./other.js"}}"#,
        ),
        ("node_modules/split/edge.js", "export const where = 'edge-light'\n"),
        ("node_modules/split/node.js", "export const where = 'node'\n"),
        ("node_modules/split/other.js", "export const where = 'other'\n"),
    ]);
    let found = project.run(&format!("{EDGE}\nshow([await call(await load(0)), await call(await load(1))])"));
    assert_eq!(found, json!(["edge-light", "node"]));
}

#[test]
fn a_module_of_node_that_is_not_there_stops_the_build_at_its_line() {
    let errors = Project::new(&[(
        "app/a/route.ts",
        "import { readFileSync } from 'node:fs'\nexport const runtime = 'edge'\nexport const GET = () => Response.json(readFileSync('x'))\n",
    )])
    .errors();
    assert_eq!(errors.len(), 1, "{errors:?}");
    assert!(errors[0].starts_with("./app/a/route.ts:1:1\nA Node.js module is loaded ('node:fs' at line 1) which is not supported in the Edge Runtime.\n"), "{}", errors[0]);
    assert!(errors[0].ends_with("https://nextjs.org/docs/messages/node-module-in-edge-runtime"), "{}", errors[0]);
}

#[test]
fn so_does_one_that_a_package_imports() {
    let errors = Project::new(&[
        ("app/a/route.ts", "import { read } from 'reader'\nexport const runtime = 'edge'\nexport const GET = () => Response.json(read())\n"),
        ("node_modules/reader/package.json", r#"{"name":"reader","type":"module","main":"./index.js"}"#),
        ("node_modules/reader/index.js", "import { readFileSync } from 'node:fs'\nexport const read = () => readFileSync('x')\n"),
    ])
    .errors();
    assert_eq!(errors.len(), 1, "{errors:?}");
    assert!(errors[0].starts_with("./node_modules/reader/index.js:1:1\n"), "{}", errors[0]);
}

#[test]
fn by_its_plain_name_it_is_refused_when_it_is_used() {
    let project = Project::new(&[(
        "app/a/route.ts",
        "import fs from 'fs'\nexport const runtime = 'edge'\nexport async function GET() {\n  const found: string[] = []\n  \
         try { fs.readFileSync('x') } catch (error) { found.push((error as Error).message) }\n  \
         try { (await import('node:path')).join('a') } catch (error) { found.push((error as Error).message) }\n  \
         return Response.json(found)\n}\n",
    )]);
    let output = project.build();
    let found = project.run_built(&format!("{EDGE}\nshow(await call(await load(0)))"));
    assert_eq!(
        found,
        json!(["no fs", "Failed to load external module node:path: TypeError: Native module not found: node:path"])
    );
    let named = |text: &str| output.warnings.iter().any(|warning| warning.contains(text));
    assert!(named("./app/a/route.ts:1:1\nA Node.js module is loaded ('fs' at line 1)"), "{:?}", output.warnings);
    assert!(named("A Node.js module is loaded ('node:path' at line 6)"), "{:?}", output.warnings);
}

#[test]
fn the_branch_of_the_other_runtime_is_left_out() {
    let lib = "export async function where() {\n  if (process.env.NEXT_RUNTIME === 'nodejs') return typeof (await import('node:fs')).readFileSync\n  return 'edge'\n}\n";
    let route =
        "import { where } from '../../lib/where'\nexport const GET = async () => Response.json(await where())\n";
    let edge = format!("{route}export const runtime = 'edge'\n");
    let project = Project::new(&[("lib/where.ts", lib), ("app/a/route.ts", &edge), ("app/b/route.ts", route)]);
    let output = project.build();
    let found = project.run_built(&format!("{EDGE}\nshow([await call(await load(0)), await call(await load(1))])"));
    assert_eq!(found, json!(["edge", "function"]));
    assert!(!output.warnings.iter().any(|warning| warning.contains("node:fs")), "{:?}", output.warnings);
}

#[test]
fn code_of_text_stops_the_build_and_what_is_not_there_is_named() {
    let project = Project::new(&[(
        "app/a/route.ts",
        "export const runtime = 'edge'\nexport const GET = () => Response.json(eval('1'))\n",
    )]);
    let errors = project.errors();
    assert_eq!(errors.len(), 1, "{errors:?}");
    assert!(errors[0].starts_with("./app/a/route.ts:2:40\nDynamic Code Evaluation"), "{}", errors[0]);
    project.write(
        "app/a/route.ts",
        "export const runtime = 'edge'\nexport const GET = () => Response.json(process.cwd())\n",
    );
    let warnings = project.build().warnings;
    let expected = "A Node.js API is used (process.cwd at line: 2) which is not supported in the Edge Runtime.";
    assert!(warnings.iter().any(|warning| warning.contains(expected)), "{warnings:?}");
}
