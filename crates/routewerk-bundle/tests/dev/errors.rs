//! What does not compile: what is said, and that it goes away when it is put right.

use serde_json::json;

use crate::project::Project;
use crate::worker::Worker;

#[test]
fn a_syntax_error_shows_its_place_and_goes_away_when_it_is_fixed() {
    let project = Project::new(&[("app/route.ts", "export const GET = () => 1\n")]);
    let mut worker = Worker::start();
    let entry = project.path("app/route.ts");
    assert_eq!(worker.call(&project.graph, &entry, "GET"), 1);

    let told = project.save_in(&mut worker, "app/route.ts", "export const GET = () => {\n  return (1 +\n}\n");
    assert_eq!(project.names(&told.changed), ["app/route.ts"]);
    let text = project.prepare_error("app/route.ts");
    assert!(text.starts_with("./app/route.ts:3:1\n"), "{text}");
    assert!(text.contains("> 3 | }\n    | ^"), "{text}");
    let failure = worker.run(&project.graph, &format!("await load({entry:?})")).expect_err("does not compile");
    assert_eq!(failure.complaints[0]["file"], "./app/route.ts");
    assert_eq!(failure.complaints[0]["line"], 3);
    assert!(failure.stack.starts_with("ModuleCompileError: ./app/route.ts:3:1\n"), "{}", failure.stack);

    project.save_in(&mut worker, "app/route.ts", "export const GET = () => 2\n");
    project.graph.prepare(&project.id("app/route.ts")).expect("compiles");
    assert_eq!(worker.call(&project.graph, &entry, "GET"), 2);
}

#[test]
fn every_error_of_an_entry_is_told_at_once() {
    let project = Project::new(&[
        (
            "app/route.ts",
            "import { nope } from '../lib/a'\nimport gone from './gone'\nimport '../lib/broken'\nexport const GET = () => [nope, gone]\n",
        ),
        ("lib/a.ts", "export const hope = 1\n"),
        ("lib/broken.ts", "const = 1\n"),
    ]);
    let text = project.prepare_error("app/route.ts");
    assert!(text.contains("./app/route.ts:2:1\nModule not found: Can't resolve './gone'"), "{text}");
    assert!(text.contains("./lib/broken.ts:1:7\n"), "{text}");
    project.save("app/route.ts", "import { nope } from '../lib/a'\nexport const GET = () => nope\n");
    let text = project.prepare_error("app/route.ts");
    assert!(text.contains("./app/route.ts:1:10\nExport nope doesn't exist in target module"), "{text}");
    assert!(text.contains("Did you mean to import hope?"), "{text}");
}

#[test]
fn an_error_in_one_route_leaves_the_others_alone() {
    let project = Project::new(&[
        ("app/good/route.ts", "export const GET = () => 'good'\n"),
        ("app/bad/route.ts", "export const GET = (\n"),
    ]);
    project.prepare_error("app/bad/route.ts");
    assert_eq!(Worker::start().call(&project.graph, &project.path("app/good/route.ts"), "GET"), "good");
}

#[test]
fn types_need_not_be_exported_as_values() {
    let project = Project::new(&[
        (
            "app/route.ts",
            "import { Shape, value } from '../lib/index'\nexport const GET = (): Shape => ({ v: value })\n",
        ),
        ("lib/index.ts", "export { Shape, value } from './shape'\nexport * from './shape'\n"),
        ("lib/shape.ts", "export interface Shape { v: number }\nexport const value = 1\n"),
    ]);
    assert_eq!(Worker::start().call(&project.graph, &project.path("app/route.ts"), "GET"), json!({ "v": 1 }));
}

#[test]
fn a_missing_import_is_found_when_its_file_is_created() {
    let project =
        Project::new(&[("app/route.ts", "import { late } from '@/lib/late'\nexport const GET = () => late\n")]);
    project.save("tsconfig.json", r#"{ "compilerOptions": { "paths": { "@/*": ["./*"] } } }"#);
    let mut worker = Worker::start();
    let text = project.prepare_error("app/route.ts");
    assert!(text.contains("Module not found: Can't resolve '@/lib/late'"), "{text}");
    assert!(text.contains("It matches the alias `@/*`"), "{text}");

    let told = project.save_in(&mut worker, "lib/late.ts", "export const late = 'now'\n");
    assert_eq!(project.names(&told.entries), ["app/route.ts"]);
    assert_eq!(worker.call(&project.graph, &project.path("app/route.ts"), "GET"), "now");
}

#[test]
fn a_removed_file_is_missed_and_a_renamed_one_found() {
    let project = Project::new(&[
        ("app/route.ts", "import { x } from '../lib/x'\nexport const GET = () => x\n"),
        ("lib/x.ts", "export const x = 'ts'\n"),
    ]);
    let mut worker = Worker::start();
    let entry = project.path("app/route.ts");
    assert_eq!(worker.call(&project.graph, &entry, "GET"), "ts");
    let told = project.remove("lib/x.ts");
    assert_eq!(project.names(&told.removed), ["lib/x.ts"]);
    assert_eq!(project.names(&told.changed), ["app/route.ts"]);
    worker.changed(&project.graph, &told);
    assert!(project.prepare_error("app/route.ts").contains("Can't resolve '../lib/x'"));

    let told = project.save_in(&mut worker, "lib/x/index.js", "export const x = 'folder'\n");
    assert_eq!(project.names(&told.changed), ["app/route.ts"]);
    assert_eq!(worker.call(&project.graph, &entry, "GET"), "folder");

    // A file of the same name goes before the folder.
    project.save_in(&mut worker, "lib/x.tsx", "export const x = 'tsx'\n");
    assert_eq!(worker.call(&project.graph, &entry, "GET"), "tsx");
}

#[test]
fn a_folder_that_is_moved_away_takes_its_modules_with_it() {
    let project = Project::new(&[
        ("app/route.ts", "import { x } from '../lib/deep/x'\nexport const GET = () => x\n"),
        ("lib/deep/x.ts", "export const x = 1\n"),
    ]);
    let mut worker = Worker::start();
    let entry = project.path("app/route.ts");
    assert_eq!(worker.call(&project.graph, &entry, "GET"), 1);
    std::fs::rename(project.path("lib"), project.path("other")).expect("renamed");
    let told = project.graph.changed([project.path("lib"), project.path("other")]);
    assert_eq!(project.names(&told.removed), ["lib/deep/x.ts"]);
    worker.changed(&project.graph, &told);
    assert!(project.prepare_error("app/route.ts").contains("Can't resolve"));
    std::fs::rename(project.path("other"), project.path("lib")).expect("renamed");
    let told = project.graph.changed([project.path("lib"), project.path("other")]);
    worker.changed(&project.graph, &told);
    assert_eq!(worker.call(&project.graph, &entry, "GET"), 1);
}

#[test]
fn json_errors_and_unknown_files_are_told_with_their_place() {
    let project = Project::new(&[
        ("app/json/route.ts", "import data from '../../data.json'\nexport const GET = () => data\n"),
        ("data.json", "{\n  \"a\": 1,\n}\n"),
        ("app/file/route.ts", "import text from './text.md'\nexport const GET = () => text\n"),
        ("app/file/text.md", "# hello\n"),
    ]);
    let text = project.prepare_error("app/json/route.ts");
    assert!(text.starts_with("./data.json:3:1\n"), "{text}");
    let text = project.prepare_error("app/file/route.ts");
    assert!(text.contains("Unknown module type (`.md`)"), "{text}");
    assert!(text.contains("new URL('./file', import.meta.url)"), "{text}");
}

#[test]
fn decorators_need_the_option_that_says_which_ones_they_are() {
    let project = Project::new(&[(
        "app/route.ts",
        "const seal = (_: unknown) => {}\n@seal class K {}\nexport const GET = () => K.name\n",
    )]);
    let text = project.prepare_error("app/route.ts");
    assert!(text.contains("Decorators are not enabled") && text.contains("experimentalDecorators"), "{text}");
    project.save("tsconfig.json", r#"{ "compilerOptions": { "experimentalDecorators": true } }"#);
    assert_eq!(Worker::start().call(&project.graph, &project.path("app/route.ts"), "GET"), "K");
}

#[test]
fn a_package_that_requires_what_is_not_installed_is_an_error_unless_it_tries() {
    let project = Project::new(&[
        ("app/route.ts", "import x from 'asks'\nexport const GET = () => x\n"),
        ("node_modules/asks/package.json", r#"{ "name": "asks", "main": "i.js" }"#),
        ("node_modules/asks/i.js", "try { require('tried') } catch {}\nmodule.exports = () => require('needed')\n"),
    ]);
    let text = project.prepare_error("app/route.ts");
    assert!(text.contains("./node_modules/asks/i.js:2:32\nModule not found: Can't resolve 'needed'"), "{text}");
    assert!(!text.contains("Can't resolve 'tried'"), "{text}");
}

#[test]
fn only_what_a_route_imports_from_the_runtime_must_be_there() {
    let project = Project::new(&[
        (
            "app/good/route.ts",
            "import { NextResponse } from 'next/server'\nimport { cookies } from 'next/headers.js'\nexport const GET = () => [NextResponse.name, cookies()]\n",
        ),
        ("app/bad/route.ts", "import { NextRespons } from 'next/server'\nexport const GET = () => NextRespons\n"),
        ("app/client/route.ts", "import 'client-only'\nexport const GET = () => 1\n"),
        ("app/server/route.ts", "import 'server-only'\nexport const GET = () => 1\n"),
    ]);
    let mut worker = Worker::start();
    assert_eq!(
        worker.call(&project.graph, &project.path("app/good/route.ts"), "GET"),
        json!(["NextResponse", "cookies"])
    );
    let text = project.prepare_error("app/bad/route.ts");
    assert!(text.contains("Export NextRespons doesn't exist in target module"), "{text}");
    assert!(text.contains("Did you mean to import NextResponse?"), "{text}");
    assert!(project.prepare_error("app/client/route.ts").contains("'client-only' cannot be imported"));
    assert_eq!(worker.call(&project.graph, &project.path("app/server/route.ts"), "GET"), 1);
}

#[test]
fn a_missing_entry_says_so_and_is_not_remembered() {
    let project = Project::new(&[]);
    assert!(project.prepare_error("app/route.ts").contains("cannot be read"));
    project.write("app/route.ts", "export const GET = () => 1\n");
    let prepared = project.graph.prepare(&project.id("app/route.ts")).expect("there now");
    assert_eq!(prepared.exports, ["GET"]);
}

#[test]
fn prepare_names_all_exports() {
    let project = Project::new(&[
        (
            "app/route.ts",
            "export * from '../lib/more'\nexport { GET } from '../lib/get'\nexport const dynamic = 'force-dynamic'\nexport async function POST() {}\nexport type T = 1\nexport default 1\n",
        ),
        ("lib/more.ts", "export const revalidate = 1\nexport default 2\nexport interface I {}\n"),
        ("lib/get.ts", "export const GET = 1\n"),
    ]);
    let prepared = project.graph.prepare(&project.id("app/route.ts")).expect("compiles");
    assert_eq!(prepared.exports, ["GET", "POST", "default", "dynamic", "revalidate"]);
    assert_eq!(prepared.modules, 3);
}

#[test]
fn segment_configuration_is_read_and_checked() {
    let project = Project::new(&[
        (
            "app/route.ts",
            "export * from '../lib/shared'\nexport const dynamic = 'force-dynamic'\nexport const GET = () => 1\n",
        ),
        ("lib/shared.ts", "export const revalidate = 60\nexport const dynamic = 'error'\n"),
    ]);
    let entry = project.id("app/route.ts");
    let prepared = project.graph.prepare_route(&entry, "/").expect("valid");
    assert_eq!(
        serde_json::to_value(&prepared.segment).expect("json"),
        json!({ "dynamic": "force-dynamic", "revalidate": 60 })
    );
    project.save("app/route.ts", "export const revalidate = 30 + Math.random()\nexport const GET = () => 1\n");
    let text = project.graph.prepare_route(&entry, "/x").expect_err("not static").to_string();
    assert!(text.starts_with("./app/route.ts:1:"), "{text}");
    assert!(text.contains("Next.js can't recognize the exported `revalidate` field in route \"/x\""), "{text}");
    project.save("app/route.ts", "export const revalidate = 30\nexport const GET = () => 1\n");
    project.graph.prepare_route(&entry, "/x").expect("valid");
}

#[test]
fn jsx_without_react_says_at_its_line_what_to_install() {
    let project = Project::new(&[
        ("app/route.tsx", "export const GET = () =>\n  <b>text</b>\n"),
        (
            "app/types/route.tsx",
            "import React, { type ReactNode } from 'react'\nexport const GET = (node: ReactNode | React.FC) => typeof node\n",
        ),
    ]);
    let error = project.prepare_error("app/route.tsx");
    assert!(
        error.starts_with("./app/route.tsx:2:3\nModule not found: Can't resolve 'react/jsx-dev-runtime'\n")
            && error.ends_with("install it with `npm install react`."),
        "{error}"
    );
    project.graph.prepare(&project.id("app/types/route.tsx")).expect("it needs no react");
}
