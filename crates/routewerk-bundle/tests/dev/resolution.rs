//! Where imports lead: aliases, workspaces, packages that are compiled and packages that are not.

use serde_json::json;

use crate::project::Project;
use crate::worker::Worker;

#[test]
fn tsconfig_paths_and_a_saved_tsconfig_count() {
    let project = Project::new(&[
        ("tsconfig.json", "{\n  // comment\n  \"extends\": \"./tsconfig.base.json\",\n}\n"),
        ("tsconfig.base.json", r#"{ "compilerOptions": { "baseUrl": ".", "paths": { "@/*": ["./one/*"] } } }"#),
        ("app/route.ts", "import { x } from '@/x'\nexport const GET = () => x\n"),
        ("app/other/route.ts", "export const GET = () => 'other'\n"),
        ("one/x.ts", "export const x = 'one'\n"),
        ("two/x.ts", "export const x = 'two'\n"),
    ]);
    let mut worker = Worker::start();
    let entry = project.path("app/route.ts");
    assert_eq!(worker.call(&project.graph, &entry, "GET"), "one");
    worker.call(&project.graph, &project.path("app/other/route.ts"), "GET");
    let told = project.save_in(
        &mut worker,
        "tsconfig.base.json",
        r#"{ "compilerOptions": { "baseUrl": ".", "paths": { "@/*": ["./two/*"] } } }"#,
    );
    assert!(told.config_changed);
    assert_eq!(project.names(&told.changed), ["app/route.ts"]);
    assert_eq!(worker.call(&project.graph, &entry, "GET"), "two");
}

#[test]
fn a_broken_tsconfig_is_told_with_its_place() {
    let project = Project::new(&[
        ("tsconfig.json", "{\n  \"compilerOptions\": {\n    oops\n  }\n}\n"),
        ("app/route.ts", "export const GET = () => 1\n"),
    ]);
    let text = project.prepare_error("app/route.ts");
    assert!(text.starts_with("./tsconfig.json:3:"), "{text}");
    let told = project.save("tsconfig.json", "{}");
    assert_eq!(project.names(&told.entries), ["app/route.ts"]);
    project.graph.prepare(&project.id("app/route.ts")).expect("compiles");
}

#[test]
fn a_linked_workspace_package_is_the_users_own_code() {
    let project = Project::inside(
        "apps/api",
        &[
            ("apps/api/package.json", r#"{ "name": "api" }"#),
            ("apps/api/app/route.ts", "import { shared } from '@repo/shared'\nexport const GET = () => shared\n"),
            ("packages/shared/package.json", r#"{ "name": "@repo/shared", "exports": "./src/index.ts" }"#),
            ("packages/shared/src/index.ts", "export const shared: string = 'one'\n"),
        ],
    );
    let modules = project.path("node_modules/@repo");
    std::fs::create_dir_all(&modules).expect("folder");
    std::os::unix::fs::symlink(project.path("../../packages/shared"), modules.join("shared")).expect("linked");
    let (sender, places) = std::sync::mpsc::sync_channel(16);
    project.graph.on_outside_place(move |place| sender.send(place.to_path_buf()).expect("received"));
    let mut worker = Worker::start();
    let entry = project.path("app/route.ts");
    assert_eq!(worker.call(&project.graph, &entry, "GET"), "one");
    let shared = project.path("../../packages/shared").canonicalize().expect("there");
    assert_eq!(places.try_recv().expect("a place outside"), shared);
    std::fs::write(shared.join("src/index.ts"), "export const shared: string = 'two'\n").expect("written");
    let told = project.graph.changed([shared.join("src/index.ts")]);
    worker.changed(&project.graph, &told);
    assert_eq!(worker.call(&project.graph, &entry, "GET"), "two");
}

#[test]
fn packages_are_compiled_unless_they_are_external() {
    let project = Project::new(&[
        (
            "app/route.ts",
            "import inside from 'inside'\nimport cjs, { named } from 'external-cjs'\nimport esm, { more } from 'external-esm'\nimport * as all from 'external-esm'\nimport { required } from './requires.cjs'\nexport const GET = () => [inside, cjs.named, named, esm, more, all.more, required]\n",
        ),
        ("app/requires.cjs", "exports.required = [require('external-cjs').named, require('inside').default]\n"),
        (
            "node_modules/inside/package.json",
            r#"{ "name": "inside", "exports": { "react-server": "./server.js", "default": "./other.js" }, "type": "module" }"#,
        ),
        ("node_modules/inside/server.js", "import { deep } from './deep.js'\nexport default deep\n"),
        ("node_modules/inside/deep.js", "export const deep = 'inside'\n"),
        ("node_modules/inside/other.js", "export default 'wrong'\n"),
        ("node_modules/external-cjs/package.json", r#"{ "name": "external-cjs", "main": "i.js" }"#),
        ("node_modules/external-cjs/i.js", "exports.named = 'cjs'\n"),
        ("node_modules/external-esm/package.json", r#"{ "name": "external-esm", "exports": "./i.mjs" }"#),
        ("node_modules/external-esm/i.mjs", "export const more = 'more'\nexport default 'esm'\n"),
    ]);
    let mut worker = Worker::start();
    assert_eq!(
        worker.call(&project.graph, &project.path("app/route.ts"), "GET"),
        json!(["inside", "cjs", "cjs", "esm", "more", "more", ["cjs", "inside"]])
    );
    assert_eq!(
        project.names(&worker.sent),
        ["app/route.ts", "node_modules/inside/server.js", "app/requires.cjs", "node_modules/inside/deep.js"]
    );
}

#[test]
fn branches_that_development_never_takes_are_not_loaded() {
    let project = Project::new(&[
        ("app/route.ts", "import { which } from 'switch'\nexport const GET = () => which\n"),
        ("node_modules/switch/package.json", r#"{ "name": "switch", "main": "i.js" }"#),
        (
            "node_modules/switch/i.js",
            "'use strict'\nif (process.env.NODE_ENV === 'production') {\n  module.exports = require('./production.js')\n} else {\n  module.exports = require('./development.js')\n}\n",
        ),
        ("node_modules/switch/production.js", "exports.which = 'production'\n"),
        ("node_modules/switch/development.js", "exports.which = 'development'\n"),
    ]);
    let mut worker = Worker::start();
    assert_eq!(worker.call(&project.graph, &project.path("app/route.ts"), "GET"), "development");
    assert!(!worker.sent.iter().any(|id| id.ends_with("production.js")));
}

#[test]
fn a_package_that_is_installed_later_is_found() {
    let project = Project::new(&[("app/route.ts", "import { z } from 'later'\nexport const GET = () => z\n")]);
    assert!(project.prepare_error("app/route.ts").contains("Can't resolve 'later'"));
    project.write("node_modules/later/package.json", r#"{ "name": "later", "main": "i.js" }"#);
    project.write("node_modules/later/i.js", "exports.z = 1\n");
    let told = project.graph.changed([project.path("node_modules")]);
    assert_eq!(project.names(&told.entries), ["app/route.ts"]);
    let mut worker = Worker::start();
    assert_eq!(worker.call(&project.graph, &project.path("app/route.ts"), "GET"), 1);

    // Another version is installed.
    project.write("node_modules/later/i.js", "exports.z = 'two'\n");
    let told = project.graph.changed([project.path("node_modules")]);
    assert_eq!(project.names(&told.changed), ["node_modules/later/i.js"]);
    worker.changed(&project.graph, &told);
    assert_eq!(worker.call(&project.graph, &project.path("app/route.ts"), "GET"), "two");
}

#[test]
fn requires_that_are_computed_at_run_time_find_the_same_modules() {
    let project = Project::new(&[
        (
            "app/route.ts",
            "import { pick, registry } from 'locales'\nexport const GET = () => [pick('de'), registry.names]\n",
        ),
        ("node_modules/locales/package.json", r#"{ "name": "locales", "main": "i.js" }"#),
        (
            "node_modules/locales/i.js",
            "exports.registry = require('./registry.js')\nexports.pick = (name) => require('./' + name + '.js').hello\n",
        ),
        ("node_modules/locales/registry.js", "exports.names = []\n"),
        ("node_modules/locales/de.js", "require('./registry.js').names.push('de')\nexports.hello = 'hallo'\n"),
    ]);
    assert_eq!(Worker::start().call(&project.graph, &project.path("app/route.ts"), "GET"), json!(["hallo", ["de"]]));
}
