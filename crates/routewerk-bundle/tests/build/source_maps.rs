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
