//! That packages which Node.js loads by itself get the runtime's `next/*`, in development and production.

use serde_json::json;

use crate::project::Project;
use crate::worker::Worker;

/// Two external packages that use `next`, and a `next` that must not be touched.
const FILES: &[(&str, &str)] = &[
    ("node_modules/next/package.json", r#"{ "name": "next", "version": "16.4.6" }"#),
    ("node_modules/next/server.js", "throw new Error('the installed next was loaded')\n"),
    ("node_modules/next/headers.js", "throw new Error('the installed next was loaded')\n"),
    ("node_modules/external-cjs/package.json", r#"{ "name": "external-cjs", "main": "i.js" }"#),
    (
        "node_modules/external-cjs/i.js",
        "require('server-only')\nrequire('client-only')\nexports.NextResponse = require('next/server').NextResponse\nexports.cookies = require('next/headers.js').cookies\nexports.resolved = require(require.resolve('next/server')).NextResponse.name\nexports.later = () => import('next/headers')\n",
    ),
    ("node_modules/external-esm/package.json", r#"{ "name": "external-esm", "exports": "./i.mjs" }"#),
    (
        "node_modules/external-esm/i.mjs",
        "import 'server-only'\nimport { NextResponse } from 'next/server'\nimport * as all from 'next/headers.js'\nimport server from 'next/server'\nexport { NextResponse, server }\nexport const cookies = all.cookies\n",
    ),
    (
        "app/route.ts",
        "import { NextResponse } from 'next/server'\nimport * as cjs from 'external-cjs'\nimport * as esm from 'external-esm'\nexport const GET = async () => [cjs.NextResponse === NextResponse, esm.NextResponse === NextResponse, cjs.cookies(), esm.cookies(), esm.server.NextResponse === NextResponse, cjs.resolved, (await cjs.later()).cookies()]\n",
    ),
];

#[test]
fn external_packages_get_the_runtimes_next_modules() {
    let project = Project::new(FILES);
    assert_eq!(
        Worker::start().call(&project.graph, &project.path("app/route.ts"), "GET"),
        json!([true, true, "cookies", "cookies", true, "NextResponse", "cookies"])
    );
}

#[test]
fn they_get_them_where_next_is_not_installed() {
    let project = Project::new(FILES);
    std::fs::remove_dir_all(project.path("node_modules/next")).expect("removed");
    assert_eq!(
        Worker::start().call(&project.graph, &project.path("app/route.ts"), "GET"),
        json!([true, true, "cookies", "cookies", true, "NextResponse", "cookies"])
    );
}

#[test]
fn they_get_them_in_production_too() {
    let project = Project::new(FILES);
    project.write(
        "build/server/r0.mjs",
        "import * as esm from 'external-esm'\nimport cjs from 'external-cjs'\nexport const GET = () => [esm.cookies(), cjs.cookies(), esm.NextResponse === cjs.NextResponse]\n",
    );
    let code = format!(
        "const loader = production({:?}, 'server/r0.mjs'); const before = loader.loadedRoute(0); const [one, two] = await Promise.all([loader.loadRoute(0), loader.loadRoute(0)]); return [before, one === two, loader.loadedRoute(0) === one.module, one.module.GET()]",
        project.path("build")
    );
    assert_eq!(
        Worker::start_in(project.root(), &[]).value(&project.graph, &code),
        json!([null, true, true, ["cookies", "cookies", true]])
    );
}

#[test]
fn stacks_of_built_chunks_name_the_users_source() {
    let project =
        Project::new(&[("app/x/route.ts", "// one\n// two\nexport const GET = () => { throw new Error('built') }\n")]);
    // One mapping: the chunk's line 1, column 30 is line 3, column 27 of the source.
    project.write(
        "build/server/r0.mjs",
        "export const GET = () => { throw new Error('built') }\n//# sourceMappingURL=r0.mjs.map\n",
    );
    project.write(
        "build/server/r0.mjs.map",
        r#"{ "version": 3, "sources": ["../../app/x/route.ts"], "names": [], "mappings": "AAEA,0BAA0B" }"#,
    );
    let code = format!(
        "const loader = production({:?}, 'server/r0.mjs'); const {{ GET }} = (await loader.loadRoute(0)).module; try {{ GET() }} catch (error) {{ return loader.mapStack(error.stack) }}",
        project.path("build")
    );
    assert_eq!(
        Worker::start_in(project.root(), &[]).value(&project.graph, &code),
        "Error: built\n    at GET (app/x/route.ts:3:27)"
    );
}

#[test]
fn an_entry_that_fails_says_the_same_again() {
    let project = Project::new(&[("build/server/r0.mjs", "throw new Error('no database')\n")]);
    let code = format!(
        "const loader = production({:?}, 'server/r0.mjs'); const texts = []; for (const _ of [1, 2]) await loader.loadRoute(0).catch((error) => texts.push(error.message)); return [texts, loader.loadedRoute(0)]",
        project.path("build")
    );
    assert_eq!(Worker::start().value(&project.graph, &code), json!([["no database", "no database"], null]));
}
