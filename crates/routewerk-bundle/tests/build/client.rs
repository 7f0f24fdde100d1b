//! What a route gets of a module with `'use client'`. The expected values are those of a real `next build`.

use serde_json::json;

use crate::project::Project;

/// Calls each of some functions, and says what came of it.
const ROUTE: &str = "import Comp, { helper, constant, type Props } from '../../lib/client'\n\
     import * as all from '../../lib/client'\nimport { type Old } from '../../lib/client'\nimport { late } from 'client-package'\n\
     const show = (call: () => unknown): unknown => { try { return call() ?? null } catch (error: any) { return `${error.name}: ${error.message}` } }\n\
     export const GET = async () => Response.json({\n\
       helper: show(() => helper(1)), fallback: show(() => (Comp as any)()), late: show(() => late()), type: [typeof helper, typeof constant, JSON.stringify({ constant })],\n\
       names: Object.keys(all), id: (helper as any).$$id, react: String((helper as any).$$typeof), again: (await import('../../lib/client')).helper === helper,\n\
       old: show(() => require('../../lib/old').call()), ran: (globalThis as any).ran ?? null })\n";

fn project() -> Project {
    Project::new(&[
        (
            "lib/client.tsx",
            "// A comment first.\n'use client'\nimport { useState } from 'not-installed'\nimport './style.css'\nexport type Props = { a: 1 }\n\
             ;(globalThis as any).ran = true\nexport function helper(a: number): number { return useState(a) }\nexport const constant = 42\n\
             export default function Comp(): unknown { return <b /> }\nexport * from './more'\nexport { helper as 'in quotes' }\n",
        ),
        ("lib/more.ts", "export const more = 1; export default 1; export type Gone = 1; export * from './most'"),
        ("lib/most.ts", "export * from './more'; export class Most {}"),
        ("lib/old.js", "'use client'\nexports.call = () => 1"),
        ("node_modules/client-package/package.json", r#"{ "name": "client-package", "type": "module" }"#),
        ("node_modules/client-package/index.js", "\"use client\";\nexport const late = () => 1;"),
        ("app/x/route.ts", ROUTE),
    ])
}

#[test]
fn exports_of_client_modules_are_references_that_throw_when_they_are_called() {
    let refusal = |name: &str| {
        json!(format!(
            "Error: Attempted to call {name}() from the server but {name} is on the client. It's not possible to invoke a client \
             function from the server, it can only be rendered as a Component or passed to props of a Client Component."
        ))
    };
    assert_eq!(
        project().get(),
        json!({
            "helper": refusal("helper"),
            "fallback": "Error: Attempted to call the default export of [project]/lib/client.tsx from the server, but it's on the \
                client. It's not possible to invoke a client function from the server, it can only be rendered as a Component or \
                passed to props of a Client Component.",
            "late": refusal("late"), "old": refusal("call"), "type": ["function", "function", "{}"],
            "names": ["Most", "constant", "default", "helper", "in quotes", "more"],
            "id": "[project]/lib/client.tsx#helper", "react": "Symbol(react.client.reference)", "again": true, "ran": null,
        })
    );
}

#[test]
fn the_words_elsewhere_than_at_the_top_mean_nothing() {
    let project = Project::new(&[
        ("lib/a.ts", "export const a = 'use client'; export const f = () => { 'use client'; return a }"),
        (
            "app/x/route.ts",
            "'use client'\nimport { f } from '../../lib/a'\nexport const GET = () => Response.json(f())",
        ),
    ]);
    assert_eq!(project.get(), json!("use client"));
}
