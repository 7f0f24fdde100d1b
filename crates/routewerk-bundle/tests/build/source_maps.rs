//! A stack names the user's line, and a build can be moved together with its project.

use std::process::Command;

use serde_json::json;

use crate::project::Project;

#[test]
fn a_stack_names_the_typescript_line() {
    let project = Project::new(&[
        (
            "app/x/route.ts",
            "import { fail } from '../../lib/fail'\n\ntype Unused = { a: 1 }\nexport const here = [import.meta.url, __dirname]\n\
             export async function GET(): Promise<Response> {\n  fail('a' as string)\n  return new Response()\n}\n",
        ),
        (
            "lib/fail.ts",
            "interface Gone { b: 2 }\n\nexport function fail(text: string): never {\n  throw new Error(text)\n}\n",
        ),
        ("app/y/route.ts", "import { fail } from '../../lib/fail'\nexport const GET = () => fail('b')"),
    ]);
    project.build();
    let script = format!(
        "const m = await import('file://{}/server/r0.mjs'); try {{ await m.GET() }} catch (error) {{ console.log(error.stack) }}",
        project.out_dir().display()
    );
    let ran = Command::new("node")
        .args(["--enable-source-maps", "--input-type=module", "-e", &script])
        .output()
        .expect("node");
    let stack = String::from_utf8_lossy(&ran.stdout).into_owned();
    let root = project.root().display().to_string();
    assert!(stack.contains(&format!("{root}/lib/fail.ts:4:9")), "{stack}\n{}", String::from_utf8_lossy(&ran.stderr));
    assert!(stack.contains(&format!("{root}/app/x/route.ts:6:3")), "{stack}");
}

#[test]
fn a_build_moves_with_its_project() {
    let project = Project::new(&[
        ("node_modules/store/package.json", r#"{ "name": "store" }"#),
        ("node_modules/store/index.js", "exports.version = require('pg').version"),
        ("node_modules/store/node_modules/pg/package.json", r#"{ "name": "pg" }"#),
        ("node_modules/store/node_modules/pg/index.js", "exports.version = 'nested'"),
        ("app/x/data.txt", "data"),
        (
            "app/x/route.ts",
            "import { version } from 'store'; import { readFileSync } from 'node:fs'\n\
             export const GET = () => Response.json([version, __dirname, readFileSync(new URL('./data.txt', import.meta.url), 'utf8')])",
        ),
    ]);
    project.build();
    let elsewhere = tempfile::tempdir().expect("folder");
    let target = std::fs::canonicalize(elsewhere.path()).expect("there").join("moved");
    std::fs::rename(project.root(), &target).expect("moved");
    std::fs::create_dir(project.top_path()).expect("the guard of the temporary folder wants to remove something");
    let script = format!(
        "const m = await import('file://{}/.routewerk/builds/test/server/r0.mjs'); console.log(await m.GET().text())",
        target.display()
    );
    let ran = Command::new("node").args(["--input-type=module", "-e", &script]).output().expect("node");
    let answer: serde_json::Value = serde_json::from_slice(&ran.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&ran.stderr)));
    assert_eq!(answer, json!(["nested", target.join("app/x").display().to_string(), "data"]));
}

#[test]
fn two_builds_of_the_same_sources_are_the_same() {
    let project = Project::new(&[
        ("lib/a.ts", "export const a = __dirname"),
        ("app/x/route.ts", "import { a } from '../../lib/a'; export const GET = () => new Response(a)"),
        ("app/y/route.ts", "import { a } from '../../lib/a'; export const GET = () => new Response(a)"),
    ]);
    let read = || {
        project.build();
        let mut files: Vec<_> = std::fs::read_dir(project.out_dir().join("server"))
            .expect("output")
            .flatten()
            .map(|file| (file.file_name(), std::fs::read(file.path()).expect("file")))
            .collect();
        files.sort();
        std::fs::remove_dir_all(project.out_dir()).expect("folder");
        files
    };
    assert_eq!(read(), read());
}

/// The production loader as a script of its own: it loads the first route of a build, then runs some code with it.
const LOADER: &str = "import { createProductionLoader } from './loader/loader.ts'\n\
    const [build, code] = process.argv.slice(2) as [string, string]\n\
    const loader = createProductionLoader({ root: process.cwd(), build, routes: () => [{ file: 'app/x/route.ts', entry: 'server/r0.mjs' }], served: {}, runtimeFile: __filename, externalsImportServed: false })\n\
    const AsyncFunction = (async () => undefined).constructor as any\n\
    loader.loadRoute(0).then(({ module }) => new AsyncFunction('route', 'fs', 'build', code)(module, require('node:fs'), build))\n";

/// What a script prints that runs in a worker of production, on a JavaScript runtime.
fn in_production(project: &Project, code: &str) -> String {
    let runtime = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("runtime");
    let mut files = vec![("main.ts".to_owned(), LOADER.to_owned())];
    let mut folders = vec![runtime.clone()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("runtime folder").flatten() {
            let path = entry.path();
            let name = path.strip_prefix(&runtime).expect("inside").display().to_string();
            if path.is_dir() && !name.starts_with("node_modules") && !name.starts_with("tests") {
                folders.push(path);
            } else if name.contains('/')
                && path.extension().is_some_and(|extension| extension == "ts" || extension == "json")
            {
                files.push((name, std::fs::read_to_string(&path).expect("source")));
            }
        }
    }
    let script = project.top().join("loader/worker.cjs");
    routewerk_bundle::RuntimeSources::from_files(files).bundle_to(&script).expect("the runtime compiles");
    let ran = Command::new("node")
        .arg(&script)
        .args([project.out_dir().as_os_str(), code.as_ref()])
        .current_dir(project.root())
        .output()
        .expect("node");
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    String::from_utf8_lossy(&ran.stdout).into_owned()
}

fn failing() -> Project {
    Project::new(&[
        (
            "app/x/route.ts",
            "import { fail } from '../../lib/fail'\n\ntype Unused = { a: 1 }\n\nexport async function GET(): Promise<void> {\n  await null\n  \
             fail('a' as string)\n}\nexport const POST = (): unknown => require('node:fs').readFileSync(1.5)\n",
        ),
        (
            "lib/fail.ts",
            "interface Gone { b: 2 }\n\nexport function fail(text: string): never {\n  throw new TypeError(text, { cause: new Error('cause') })\n}\n",
        ),
    ])
}

#[test]
fn what_user_code_logs_itself_names_the_typescript_line() {
    let project = failing();
    project.build();
    let root = project.root().display().to_string();
    let printed = in_production(
        &project,
        "const { GET } = route; try { await GET() } catch (error) { console.log(error.stack); console.log('---'); console.log(error) }",
    );
    let (stack, inspected) = printed.split_once("---\n").expect("both");
    let lines: Vec<&str> = stack.lines().collect();
    assert_eq!(
        lines[..3],
        [
            "TypeError: a",
            &format!("    at fail ({root}/lib/fail.ts:4:9)"),
            &format!("    at GET ({root}/app/x/route.ts:7:3)")
        ],
        "{stack}"
    );
    // What is left is the test's own code.
    assert!(lines[3..].iter().all(|line| line.contains("at async eval (eval at")), "{stack}");
    assert!(
        inspected.contains(&format!("[cause]: Error: cause\n      at fail ({root}/lib/fail.ts:4:38)")),
        "{inspected}"
    );
}

#[test]
fn source_maps_are_read_when_a_stack_is_and_the_users_own_way_wins() {
    let project = failing();
    project.build();
    let root = project.root().display().to_string();
    let code = "const maps = fs.readdirSync(build + '/server').filter((name) => name.endsWith('.map')).map((name) => `${build}/server/${name}`);\n\
        for (const map of maps) fs.renameSync(map, map + '.away');\n\
        const error = await route.GET().catch((error) => error);\n\
        for (const map of maps) fs.renameSync(map + '.away', map);\n\
        const show = (value) => console.log(JSON.stringify(value));\n\
        show(error.stack.split('\\n')[1]);\n\
        try { route.POST() } catch (error) { show([error.stack.split(':')[0], error.stack.includes('/app/x/route.ts:9:')]) }\n\
        const ours = Error.prepareStackTrace; Error.prepareStackTrace = (_, sites) => sites[0].getFunctionName();\n\
        show((await route.GET().catch((error) => error)).stack);\n\
        Error.prepareStackTrace = ours; show((await route.GET().catch((error) => error)).stack.includes('lib/fail.ts:4:9'));";
    let printed = in_production(&project, code);
    let values: Vec<serde_json::Value> =
        printed.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(
        values,
        [
            json!(format!("    at fail ({root}/lib/fail.ts:4:9)")),
            json!(["TypeError [ERR_INVALID_ARG_TYPE]", true]),
            json!("fail"),
            json!(true)
        ]
    );
}

#[test]
fn a_computed_import_that_finds_nothing_names_its_line() {
    let project = Project::new(&[
        ("app/x/names/a.ts", "export const a = 1"),
        (
            "app/x/route.ts",
            "type A = 1\nexport const GET = (name: string): Promise<unknown> =>\n  import(`./names/${name}`)\n",
        ),
    ]);
    project.build();
    let printed = in_production(
        &project,
        "await route.GET('b').catch((error) => console.log(error.stack.split('\\n').slice(0, 2).join('|')))",
    );
    let place = project.root().join("app/x/route.ts").display().to_string();
    assert!(
        printed.starts_with("Error: Cannot find module './names/b'|    at ")
            && printed.ends_with(&format!("{place}:3:3\n")),
        "{printed}"
    );
}
