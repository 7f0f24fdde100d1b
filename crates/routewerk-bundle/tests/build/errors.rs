//! What the user reads when something is wrong: the place, Next.js's words, the excerpt, what to do.

use crate::project::{Project, texts};

const OK: &str = "export const GET = () => new Response()";

#[test]
fn a_missing_module_names_its_import() {
    let project = Project::new(&[
        (
            "app/a/route.ts",
            "import { NextResponse } from 'next/server'\n\nimport x from 'nope-mod'\nexport function GET() { return NextResponse.json(x) }\n",
        ),
        (
            "app/b/route.ts",
            "import './nope'\nconst y = require('nope-req')\nexport const GET = async () => Response.json([y, await import('nope-dyn')])",
        ),
    ]);
    assert_eq!(
        project.errors(),
        [
            "./app/a/route.ts:3:1\nModule not found: Can't resolve 'nope-mod'\n  1 | import { NextResponse } from 'next/server'\n  2 |\n> 3 | import x from 'nope-mod'\n    | ^^^^^^^^^^^^^^^^^^^^^^^^\n  4 | export function GET() { return NextResponse.json(x) }\n  5 |\n\nhttps://nextjs.org/docs/messages/module-not-found",
            "./app/b/route.ts:1:1\nModule not found: Can't resolve './nope'\n> 1 | import './nope'\n    | ^^^^^^^^^^^^^^^\n  2 | const y = require('nope-req')\n  3 | export const GET = async () => Response.json([y, await import('nope-dyn')])\n\nhttps://nextjs.org/docs/messages/module-not-found",
            "./app/b/route.ts:2:11\nModule not found: Can't resolve 'nope-req'\n  1 | import './nope'\n> 2 | const y = require('nope-req')\n    |           ^^^^^^^^^^^^^^^^^^^\n  3 | export const GET = async () => Response.json([y, await import('nope-dyn')])\n\nhttps://nextjs.org/docs/messages/module-not-found",
            "./app/b/route.ts:3:56\nModule not found: Can't resolve 'nope-dyn'\n  1 | import './nope'\n  2 | const y = require('nope-req')\n> 3 | export const GET = async () => Response.json([y, await import('nope-dyn')])\n    |                                                        ^^^^^^^^^^^^^^^^^^\n\nhttps://nextjs.org/docs/messages/module-not-found",
        ]
    );
    assert!(!project.out_dir().exists(), "a failed build writes nothing");
}

#[test]
fn a_syntax_error_shows_its_line_and_hides_no_other_error() {
    let project = Project::new(&[
        ("app/a/route.ts", "export function GET() {\n  const a = \n  return Response.json(1)\n}\n"),
        ("app/b/route.ts", "import 'gone'\nexport const dynamic = 'foo'\nexport const GET = () => new Response()"),
    ]);
    let errors = project.errors();
    assert_eq!(errors.len(), 3, "{errors:#?}");
    assert_eq!(
        errors[0],
        "./app/a/route.ts:3:3\nUnexpected token\n  1 | export function GET() {\n  2 |   const a =\n> 3 |   return Response.json(1)\n    |   ^^^^^^\n  4 | }\n  5 |\n\nParsing ecmascript source code failed"
    );
    assert!(errors[1].starts_with("./app/b/route.ts:1:1\nModule not found"), "{}", errors[1]);
    assert!(
        errors[2].starts_with("./app/b/route.ts:2:14\nNext.js can't recognize the exported `dynamic` field"),
        "{}",
        errors[2]
    );
}

#[test]
fn a_missing_export_names_what_was_probably_meant() {
    let project = Project::new(&[
        ("lib.ts", "export const getUser = 1; export const other = 2"),
        (
            "app/a/route.ts",
            "import { other } from '../../lib'\nimport { getuser } from '../../lib'\nexport const GET = () => Response.json([getuser, other])",
        ),
        ("app/b/route.ts", "import { Nothing } from 'next/server'\nexport const GET = () => Response.json(Nothing)"),
        ("app/c/route.ts", "import lib from '../../lib'\nexport const GET = () => Response.json(lib)"),
        ("app/d/route.ts", "export { gone } from '../../lib'\nexport const GET = () => new Response()"),
    ]);
    let errors = project.errors();
    assert_eq!(errors.len(), 4, "{errors:#?}");
    assert_eq!(
        errors[0],
        "./app/a/route.ts:2:1\nExport getuser doesn't exist in target module\n  1 | import { other } from '../../lib'\n> 2 | import { getuser } from '../../lib'\n    | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^\n  3 | export const GET = () => Response.json([getuser, other])\n\nThe export getuser was not found in module ./lib.ts.\nDid you mean to import getUser?"
    );
    assert!(errors[1].contains("The export Nothing was not found in module next/server."), "{}", errors[1]);
    assert!(errors[2].starts_with("./app/c/route.ts:1:1\nExport default doesn't exist"), "{}", errors[2]);
    assert!(errors[3].starts_with("./app/d/route.ts:1:1\nExport gone doesn't exist"), "{}", errors[3]);
}

#[test]
fn broken_configuration_files_are_named_with_their_line() {
    let route = ("app/a/route.ts", "import 'broken'\nimport '../../lib'\nexport const GET = () => new Response()");
    let broken = Project::new(&[
        ("tsconfig.json", "{\n  \"compilerOptions\": {\n    \"strict\": true oops\n  }\n}\n"),
        ("app/a/route.ts", OK),
    ]);
    let errors = broken.errors();
    assert_eq!(errors.len(), 1, "{errors:#?}");
    assert!(errors[0].starts_with("./tsconfig.json:3:"), "{}", errors[0]);
    assert!(errors[0].contains("The TypeScript configuration cannot be used: "), "{}", errors[0]);
    assert!(errors[0].contains("> 3 |     \"strict\": true oops"), "{}", errors[0]);

    let circle = Project::new(&[
        ("tsconfig.json", r#"{ "extends": "./other.json" }"#),
        ("other.json", r#"{ "extends": "./tsconfig.json" }"#),
        ("app/a/route.ts", OK),
    ]);
    let errors = circle.errors();
    assert_eq!(errors.len(), 1);
    assert_eq!(
        errors[0],
        "./tsconfig.json\nThe TypeScript configuration cannot be used: it extends itself: ./tsconfig.json → ./other.json → ./tsconfig.json"
    );

    let missing = Project::new(&[("tsconfig.json", r#"{ "extends": "./gone.json" }"#), ("app/a/route.ts", OK)]);
    let errors = missing.errors();
    assert_eq!(errors.len(), 1);
    assert!(errors[0].contains("gone.json"), "{}", errors[0]);
    assert!(errors[0].starts_with("./tsconfig.json"), "{}", errors[0]);

    let package = Project::new(&[
        route,
        ("lib.ts", ""),
        ("node_modules/broken/package.json", "{\n  \"name\": \"broken\",\n  \"main\" \"i.js\"\n}\n"),
        ("node_modules/broken/i.js", ""),
    ]);
    let errors = package.errors();
    assert_eq!(errors.len(), 1, "{errors:#?}");
    assert!(errors[0].starts_with("./node_modules/broken/package.json:3:"), "{}", errors[0]);
    assert!(errors[0].contains("The package.json cannot be used: "), "{}", errors[0]);
}

#[test]
fn a_subpath_that_a_package_does_not_export_says_so() {
    let project = Project::new(&[
        ("node_modules/p/package.json", r#"{ "name": "p", "exports": { ".": "./i.js" } }"#),
        ("node_modules/p/i.js", ""),
        ("app/a/route.ts", "import 'p/inner.js'\nexport const GET = () => new Response()"),
    ]);
    let errors = project.errors();
    assert!(
        errors[0].starts_with("./app/a/route.ts:1:1\nModule not found: Can't resolve 'p/inner.js'\n"),
        "{}",
        errors[0]
    );
    assert!(errors[0].contains("\"./inner.js\" is not exported under"), "{}", errors[0]);
}

#[test]
fn an_alias_that_leads_nowhere_is_named() {
    let project = Project::new(&[
        ("tsconfig.json", r#"{ "compilerOptions": { "paths": { "@/*": ["./src/*"] } } }"#),
        ("app/a/route.ts", "import '@/gone'\nexport const GET = () => new Response()"),
    ]);
    let errors = project.errors();
    assert!(
        errors[0].contains("It matches the alias `@/*` of ./tsconfig.json, which leads to no file."),
        "{}",
        errors[0]
    );
}

#[test]
fn client_only_is_refused_in_the_words_of_next() {
    let project = Project::new(&[
        ("lib/ui.ts", "import 'client-only'\nexport const ui = 1"),
        ("app/a/route.ts", "import { ui } from '../../lib/ui'\nexport const GET = () => Response.json(ui)"),
    ]);
    assert_eq!(
        project.errors(),
        [
            "./lib/ui.ts:1:1\n'client-only' cannot be imported from a Server Component module\n> 1 | import 'client-only'\n    | ^^^^^^^^^^^^^^^^^^^^\n  2 | export const ui = 1\n\nIt should only be used from a Client Component."
        ]
    );
}

#[test]
fn what_of_next_is_not_served_says_what_to_do() {
    let project = Project::new(&[(
        "app/a/route.ts",
        "import Link from 'next/link'\nimport { x } from 'next/dist/server/headers'\nimport { Inter } from 'next/font/google'\nexport const GET = () => Response.json([Link, x, Inter])",
    )]);
    let errors = project.errors();
    assert_eq!(errors.len(), 3, "{errors:#?}");
    assert!(
        errors[0].starts_with("./app/a/route.ts:1:1\n`next/link` cannot be used in a Route Handler here\n"),
        "{}",
        errors[0]
    );
    assert!(errors[0].ends_with("The package `next` is not installed, and the runtime serves only `next/cache`, `next/headers`, `next/server`."), "{}", errors[0]);
    assert!(
        errors[1].ends_with("`next/dist` holds the insides of the framework. Import from `next/headers`."),
        "{}",
        errors[1]
    );
    assert!(errors[2].ends_with("Fonts belong to pages; a Route Handler renders none."), "{}", errors[2]);
}

#[test]
fn a_file_that_is_no_module_is_refused() {
    let project = Project::new(&[
        ("app/a/t.txt", "text"),
        ("app/a/d.json", "{\n  \"a\": 1,\n  oops\n}"),
        (
            "app/a/route.ts",
            "import t from './t.txt'\nimport d from './d.json'\nexport const GET = () => Response.json([t, d])",
        ),
    ]);
    let errors = project.errors();
    assert_eq!(errors.len(), 2, "{errors:#?}");
    assert!(errors[0].starts_with("./app/a/d.json:3:"), "{}", errors[0]);
    assert!(errors[0].contains("> 3 |   oops"), "{}", errors[0]);
    assert!(errors[1].starts_with("./app/a/route.ts:1:1\nUnknown module type (`.txt`)\n"), "{}", errors[1]);
}

#[test]
fn a_file_that_cannot_be_read_is_named_at_its_import() {
    // A folder in place of a file cannot be read whoever asks; a mode would not stop an administrator.
    let project = Project::new(&[
        ("node_modules/p/package.json", r#"{ "name": "p", "main": "i.js" }"#),
        ("node_modules/p/i.js", "\u{0}"),
        ("app/a/route.ts", "import { p } from 'p'\nexport const GET = () => Response.json(p)"),
    ]);
    project.write("node_modules/p/i.js", [0xff, 0xfe, 0x00]);
    let errors = project.errors();
    assert_eq!(errors.len(), 1, "{errors:#?}");
    assert!(errors[0].starts_with("./app/a/route.ts:1:1\n`"), "{}", errors[0]);
    assert!(errors[0].contains("node_modules/p/i.js` cannot be read: "), "{}", errors[0]);

    let mut gone = Project::new(&[("app/a/route.ts", OK)]).input();
    gone.routes[0].file.set_extension("gone");
    let errors = texts(&routewerk_bundle::build(&gone).expect_err("missing"));
    assert!(errors[0].contains("app/a/route.gone` cannot be read: No such file or directory"), "{}", errors[0]);
}

#[test]
fn jsx_without_react_says_at_its_line_what_to_install() {
    let project = Project::new(&[
        (
            "app/a/route.tsx",
            "type A = <T>(a: T) => T\nexport const GET = () =>\n  Response.json([<b id=\"x\">b</b>, <i />])\n",
        ),
        ("app/b/route.js", "import './gone'\nexport const GET = () => <>text</>\n"),
    ]);
    assert_eq!(
        project.errors(),
        [
            "./app/a/route.tsx:3:18\nModule not found: Can't resolve 'react/jsx-runtime'\n  1 | type A = <T>(a: T) => T\n  2 | export const GET = () =>\n\
             > 3 |   Response.json([<b id=\"x\">b</b>, <i />])\n    |                  ^^^^^^^^^^\n  4 |\n\n\
             JSX compiles to calls of the package `react`: install it with `npm install react`.",
            "./app/b/route.js:1:1\nModule not found: Can't resolve './gone'\n> 1 | import './gone'\n    | ^^^^^^^^^^^^^^^\n  2 | export const GET = () => <>text</>\n  3 |\n\n\
             https://nextjs.org/docs/messages/module-not-found",
            "./app/b/route.js:2:26\nModule not found: Can't resolve 'react/jsx-runtime'\n  1 | import './gone'\n> 2 | export const GET = () => <>text</>\n    \
             |                          ^^\n  3 |\n\n\
             JSX compiles to calls of the package `react`: install it with `npm install react`.",
        ]
    );
}

#[test]
fn a_file_for_jsx_without_any_needs_no_react() {
    let project = Project::new(&[
        (
            "app/a/route.tsx",
            "import React, { type ReactNode } from 'react'\nimport type { FC } from 'react'\ntype Props = { children: ReactNode; of: FC }\n\
             export const shown = (element: React.ReactElement<Props> | null): boolean => element !== null\n\
             export const GET = (): Response => Response.json(shown(null))\n",
        ),
        ("app/b/route.jsx", "export const GET = () => Response.json('jsx')\n"),
    ]);
    let answers = project.run("show([await call(await load(0)), await call(await load(1))])");
    assert_eq!(answers, serde_json::json!([false, "jsx"]));
}

#[test]
fn segment_configuration_that_comes_by_a_star_is_read_there() {
    let project = Project::new(&[
        ("lib/cfg.ts", "export const revalidate = 77; export const dynamic = 'error'"),
        (
            "app/a/route.ts",
            "export * from '../../lib/cfg'\nexport const dynamic = 'auto'\nexport const GET = () => new Response()",
        ),
    ]);
    let segment = serde_json::to_value(&project.build().routes[0].segment).expect("json");
    assert_eq!(segment, serde_json::json!({ "dynamic": "auto", "revalidate": 77 }));
    project.write("lib/cfg.ts", "export const revalidate = 7 * 11");
    assert!(project.errors()[0].starts_with("./lib/cfg.ts:1:14\nInvalid segment configuration export detected."));
}

#[test]
fn what_the_bundler_refuses_has_a_place_too() {
    let project = Project::new(&[
        ("lib/a.ts", "export const a = 1"),
        ("app/a/route.ts", "import { a } from '../../lib/a'\na = 2\nexport const GET = () => new Response()"),
        ("app/b/route.ts", "const q = 1\nq = 2\nexport const GET = () => q"),
        ("app/c/route.ts", "const q = 1\nconst q = 2\nexport const GET = () => q"),
        ("app/d/route.ts", "export const GET = () => {\n  return await 1\n}"),
    ]);
    let errors = project.errors();
    let heads: Vec<_> = errors.iter().map(|text| text.lines().take(2).collect::<Vec<_>>().join(" ")).collect();
    assert_eq!(
        heads,
        [
            "./app/a/route.ts:2:1 Cannot assign to import 'a'",
            "./app/b/route.ts:2:1 Unexpected re-assignment of const variable `q`",
            "./app/c/route.ts:1:7 Identifier `q` has already been declared",
            "./app/d/route.ts:2:10 `await` is only allowed within async functions and at the top levels of modules",
        ]
    );
    let circle =
        Project::new(&[("app/a/route.ts", "export { a } from './b'"), ("app/a/b.ts", "export { a } from './route'")]);
    assert!(circle.errors()[0].starts_with("./app/a/b.ts\n'a' cannot be exported"), "{}", circle.errors()[0]);
}

#[test]
fn decorators_want_to_be_turned_on() {
    let project = Project::new(&[(
        "app/a/route.ts",
        "const dec = (..._: unknown[]) => {}\nclass A {\n  @dec m() {}\n}\nexport const GET = () => Response.json(new A())",
    )]);
    let errors = project.errors();
    assert_eq!(errors.len(), 1, "{errors:#?}");
    assert!(errors[0].starts_with("./app/a/route.ts:3:3\nDecorators are not enabled\n"), "{}", errors[0]);
    assert!(
        errors[0].ends_with("Set `experimentalDecorators` to true in the `compilerOptions` of tsconfig.json."),
        "{}",
        errors[0]
    );
    project.write("tsconfig.json", r#"{ "compilerOptions": { "experimentalDecorators": true } }"#);
    assert_eq!(project.get(), serde_json::json!({}));
}

#[test]
fn what_is_always_undefined_is_warned_of_with_its_place() {
    let project = Project::new(&[
        ("lib/a.ts", "export const a = 1"),
        (
            "app/a/route.ts",
            "import * as all from '../../lib/a'\nexport const GET = () => Response.json([all.a, all.nope])",
        ),
    ]);
    let warnings = project.build().warnings;
    assert_eq!(warnings.len(), 1);
    assert!(
        warnings[0].starts_with("./app/a/route.ts:2:48\nImport `nope` will always be undefined"),
        "{}",
        warnings[0]
    );
}
