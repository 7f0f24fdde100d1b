//! Module systems, resolution and what a module sees of itself.

use serde_json::json;

use crate::project::Project;

#[test]
fn a_route_with_typescript_and_aliases_answers() {
    let project = Project::new(&[
        ("tsconfig.json", r#"{ "extends": "./base.json", "compilerOptions": { "paths": { "@/*": ["./*"] } } }"#),
        ("base.json", r#"{ "compilerOptions": { "baseUrl": ".", "strict": true } }"#),
        ("lib/one.ts", "export const one: number = 1; export type One = typeof one"),
        (
            "lib/two.ts",
            "import type { One } from './one'; export enum Two { a = 2 } export const two = (x: One) => Two.a + x",
        ),
        (
            "app/x/route.ts",
            "import { NextResponse, type NextRequest } from 'next/server'\nimport { one } from '@/lib/one'\n\
             import { two } from 'lib/two'\nimport { ten } from '../../lib/ten.js'\n\
             export async function GET(request: NextRequest) { return NextResponse.json({ two: two(one), ten, method: request.method }) }",
        ),
        ("lib/ten.ts", "export const ten = 10"),
    ]);
    assert_eq!(project.get(), json!({ "two": 3, "ten": 10, "method": "GET" }));
}
