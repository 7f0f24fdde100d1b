//! Packages from npm, as they are published. Installed once into the target folder and shared by all tests.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use serde_json::json;

use crate::project::Project;

/// The packages with their versions: an ES module, `CommonJS` modules old and new, one that was bundled before, one that
/// computes what it requires, one with native code.
const PACKAGES: [&str; 8] = [
    "@node-rs/bcrypt@1.10.7",
    "dayjs@1.11.18",
    "jsonwebtoken@9.0.2",
    "lodash@4.17.21",
    "@opentelemetry/api@1.9.0",
    "nanoid@5.1.6",
    "react@19.2.0",
    "zod@4.1.12",
];

/// The `node_modules` folder with the packages.
fn packages() -> &'static Path {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("test-packages").join("bundle-1");
        std::fs::create_dir_all(&folder).expect("folder");
        // Several test programs may want the packages at once; the lock ends with this program at the latest.
        let lock = std::fs::File::create(folder.join("lock")).expect("lock file");
        lock.lock().expect("lock");
        let done = folder.join("installed.json");
        let wanted = serde_json::to_string(&PACKAGES).expect("json");
        if std::fs::read_to_string(&done).ok().as_ref() != Some(&wanted) {
            std::fs::write(folder.join("package.json"), r#"{ "private": true }"#).expect("file");
            let installed = Command::new("npm")
                .args(["install", "--no-audit", "--no-fund", "--ignore-scripts", "--save-exact"])
                .args(PACKAGES)
                .current_dir(&folder)
                .output()
                .expect("npm");
            assert!(installed.status.success(), "{}", String::from_utf8_lossy(&installed.stderr));
            std::fs::write(done, wanted).expect("file");
        }
        folder.join("node_modules")
    })
}

fn project(route: &str) -> Project {
    let project = Project::new(&[("app/x/route.ts", route)]);
    std::os::unix::fs::symlink(packages(), project.root().join("node_modules")).expect("link");
    project
}

#[test]
fn packages_of_every_kind_work_in_a_bundle() {
    let project = project(
        "import { z } from 'zod'\nimport * as zod from 'zod'\nimport _, { chunk } from 'lodash'\nimport groupBy from 'lodash/groupBy'\n\
         import jwt, { verify } from 'jsonwebtoken'\nimport dayjs from 'dayjs'\nimport utc from 'dayjs/plugin/utc'\nimport { nanoid } from 'nanoid'\n\
         import { trace } from '@opentelemetry/api'\ndayjs.extend(utc)\n\
         export async function GET() {\n\
           const token = jwt.sign({ a: 1 }, 'secret', { noTimestamp: true })\n\
           return Response.json({\n\
             parsed: z.object({ n: z.coerce.number() }).parse({ n: '5' }), same: zod.z === z, issue: z.string().safeParse(1).error!.issues[0].code,\n\
             chunk: chunk([1, 2, 3], 2), whole: _.chunk === chunk, grouped: groupBy([1, 2], (n: number) => n % 2 ? 'odd' : 'even'),\n\
             token: verify(token, 'secret'), day: dayjs.utc('2026-01-02').format('DD.MM.YYYY'), id: nanoid().length,\n\
             tracer: typeof trace.getTracer('x').startSpan,\n\
           })\n}",
    );
    assert_eq!(
        project.get(),
        json!({
            "parsed": { "n": 5 }, "same": true, "issue": "invalid_type", "chunk": [[1, 2], [3]], "whole": true,
            "grouped": { "odd": [1], "even": [2] }, "token": { "a": 1 }, "day": "02.01.2026", "id": 21, "tracer": "function",
        })
    );
}

#[test]
fn jsx_makes_elements_of_the_installed_react() {
    let project = project("export const GET = () => Response.json(null)");
    project.write(
        "app/y/route.tsx",
        "import React, { createElement, isValidElement, type ReactElement } from 'react'\n\
         const Title = ({ text }: { text: string }): ReactElement => <h1 className=\"a\">{text}</h1>\n\
         export function GET(): Response {\n  const element = <Title key=\"k\" text=\"t\" />\n  \
         return Response.json({ element: Title({ text: 'x' }), valid: isValidElement(element), key: element.key, same: React.createElement === createElement, \
         list: <><b /></> })\n}\n",
    );
    let answer = project.run("show(await call(await load(1)))");
    assert_eq!(
        answer,
        json!({
            "element": { "type": "h1", "key": null, "ref": null, "props": { "className": "a", "children": "x" } },
            "valid": true, "key": "k", "same": true, "list": { "key": null, "ref": null, "props": { "children": { "type": "b", "key": null, "ref": null, "props": {} } } },
        })
    );
}

#[test]
fn a_package_with_a_native_binary_runs_from_where_it_lies() {
    let project = project(
        "import { hash, verify } from '@node-rs/bcrypt'\n\
         export const GET = async () => Response.json(await verify('secret', await hash('secret', 4)))",
    );
    assert_eq!(project.get(), json!(true));
    let code = std::fs::read_to_string(project.out_dir().join("server/r0.mjs")).expect("output");
    assert!(code.contains("\"@node-rs/bcrypt\""), "it is named, not bundled:\n{code}");
}
