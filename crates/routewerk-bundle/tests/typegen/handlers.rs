//! The checks of route files: which exports TypeScript accepts, and how it refuses the others.

use crate::project::{Problem, Project, TypeScript};

const GOOD: [(&str, &str); 8] = [
    (
        "app/plain/route.ts",
        "import { type NextRequest, NextResponse } from 'next/server';
export const GET = (request: NextRequest): Response => Response.json({ path: request.nextUrl.pathname });
export async function POST(request: Request): Promise<NextResponse<unknown>> {
  return NextResponse.json(await request.json());
}
export function HEAD(): void {}
export const DELETE = async (): Promise<void> => {};
",
    ),
    (
        "app/x/[id]/route.ts",
        "export async function GET(_: Request, { params }: RouteContext<'/x/[id]'>): Promise<Response> {
  const { id } = await params;
  return new Response(id.toUpperCase());
}
export async function PUT(_: Request, { params }: { params: Promise<{ id: string }> }): Promise<Response> {
  return new Response((await params).id);
}
export async function PATCH(request: Request, context: unknown): Promise<Response> {
  return Response.json([request.url, context]);
}
",
    ),
    (
        "app/c/[...slug]/route.ts",
        "export async function GET(_: Request, context: RouteContext<'/c/[...slug]'>): Promise<Response> {
  const { slug } = await context.params;
  return new Response(slug.join('/'));
}
",
    ),
    (
        "app/o/[[...slug]]/route.tsx",
        "export async function GET(_: Request, context: RouteContext<'/o/[[...slug]]'>): Promise<Response> {
  const { slug } = await context.params;
  return new Response(slug?.join('/') ?? 'none');
}
",
    ),
    (
        "app/(group)/config/route.ts",
        "export const dynamic = 'force-static';
export const dynamicParams = false;
export const fetchCache = 'force-no-store';
export const maxDuration = 5;
export const preferredRegion = ['fra1', 'iad1'];
export const revalidate = 60;
export const runtime = 'edge';
export const GET = (): Response => new Response();
export const helper = 1;
",
    ),
    (
        "app/wide/route.ts",
        "export const dynamic: string = 'force-static';
export const preferredRegion = 'auto';
export const revalidate = false;
export let runtime = 'nodejs';
export const OPTIONS = (): Response => new Response();
",
    ),
    (
        "app/quo'te/\"/[a-b]/route.ts",
        "export const GET = (_: Request, context: RouteContext<'/quo\\'te/\"/[a-b]'>): Promise<Response> =>\n  context.params.then((params) => new Response(params['a-b']));\n",
    ),
    ("app/js/route.js", "export const GET = (_, { params }) => params.anything;\n"),
];

#[test]
fn good_handlers_are_accepted_under_every_module_resolution() {
    let resolutions = [
        // Version 7 does not know the oldest way any more.
        (
            TypeScript::Five,
            r#""verbatimModuleSyntax": false, "moduleResolution": "node10", "module": "commonjs", "ignoreDeprecations": "5.0""#,
        ),
        (TypeScript::Five, r#""moduleResolution": "nodenext", "module": "nodenext", "lib": ["esnext"]"#),
        (TypeScript::Seven, r#""moduleResolution": "nodenext", "module": "nodenext""#),
        (TypeScript::Seven, r#""moduleResolution": "node16", "module": "node16", "lib": ["esnext"]"#),
        (TypeScript::Seven, r#""moduleResolution": "bundler", "module": "preserve""#),
        (
            TypeScript::Seven,
            r#""allowJs": true, "strict": false, "exactOptionalPropertyTypes": false, "lib": ["esnext"], "target": "es2017""#,
        ),
    ];
    let project = Project::new(&GOOD);
    project.write("package.json", r#"{ "type": "module" }"#);
    project.typegen();
    for (version, resolution) in resolutions {
        project.configure(resolution);
        assert_eq!(project.check(version), [], "{version:?}: {resolution}");
    }
}

#[test]
fn good_handlers_are_accepted_beside_the_installed_package() {
    let project = Project::new(&GOOD);
    project.link(&["next", "@types/react"]);
    project.configure(r#""skipLibCheck": true"#);
    assert!(project.typegen().next_is_installed);
    assert_eq!(project.check(TypeScript::Five), []);
}

/// Handlers that are refused: their text, the code, and what the message has.
const BAD: [(&str, &str, &[&str]); 11] = [
    (
        "export const GET = (_: Request, { params }: { params: { id: string } }): Response => new Response(params.id);",
        "TS2344",
        &[
            "does not satisfy the constraint 'RouteHandlerConfig<\"/x0/[id]\">'",
            "Property 'id' is missing in type 'Promise<",
        ],
    ),
    (
        "export const GET = (): string => 'text';",
        "TS2344",
        &["RouteHandlerConfig<\"/x1/[id]\">", "Type 'string' is not assignable to type 'void | "],
    ),
    (
        "export const GET = async (_: Request, { params }: { params: Promise<{ slug: string }> }): Promise<Response> =>\n  new Response((await params).slug);",
        "TS2344",
        &["RouteHandlerConfig<\"/x2/[id]\">", "Property 'slug' is missing"],
    ),
    (
        "export const GET = (_: Request, __: unknown, third: number): Response => new Response(String(third));",
        "TS2344",
        &["RouteHandlerConfig<\"/x3/[id]\">", "Target signature provides too few arguments"],
    ),
    ("export const POST = 5;", "TS2344", &["RouteHandlerConfig<\"/x4/[id]\">"]),
    (
        "export const get = (): Response => new Response();",
        "TS2559",
        &["has no properties in common with type 'RouteHandlerConfig<\"/x5/[id]\">'"],
    ),
    (
        "const handler = (): Response => new Response();\nexport default handler;",
        "TS2559",
        &["RouteHandlerConfig<\"/x6/[id]\">"],
    ),
    (
        "export const GET = (request: { body: string }): Response => new Response(request.body);",
        "TS2344",
        &["RouteHandlerConfig<\"/x7/[id]\">"],
    ),
    (
        "export const dynamic = 'static';\nexport const GET = (): Response => new Response();",
        "TS2344",
        &["'RouteSegmentConfig'", "Type '\"static\"' is not assignable to type"],
    ),
    (
        "export const revalidate = '60';\nexport const GET = (): Response => new Response();",
        "TS2344",
        &["'RouteSegmentConfig'", "Type '\"60\"' is not assignable to type 'number | false'"],
    ),
    (
        "export const maxDuration = { seconds: 5 };\nexport const GET = (): Response => new Response();",
        "TS2344",
        &["'RouteSegmentConfig'", "is not assignable to type 'number'"],
    ),
];

fn bad_project() -> Project {
    let project = Project::strict(&[]);
    for (number, (text, ..)) in BAD.iter().enumerate() {
        project.write(&format!("app/x{number}/[id]/route.ts"), &format!("{text}\n"));
    }
    project
}

/// What is wrong with how the bad handlers were refused.
fn complaints(problems: &[Problem]) -> Vec<String> {
    let mut complaints = Vec::new();
    for (number, (handler, code, parts)) in BAD.iter().enumerate() {
        let mark = format!("/x{number}/[id]");
        let found: Vec<_> = problems.iter().filter(|problem| problem.text.contains(&mark)).collect();
        let is_right = found.len() == 1
            && found[0].file == ".routewerk/types/validator.ts"
            && found[0].code == *code
            && parts.iter().all(|part| found[0].text.contains(part));
        if !is_right {
            complaints.push(format!("{handler}\nexpected {code} {parts:?}, found {found:#?}"));
        }
    }
    complaints
}

#[test]
fn bad_handlers_are_refused_with_the_route_and_the_reason() {
    let project = bad_project();
    project.typegen();
    for version in [TypeScript::Five, TypeScript::Seven] {
        let problems = project.check(version);
        let complaints = complaints(&problems);
        assert!(complaints.is_empty(), "{version:?}: {}", complaints.join("\n"));
        assert_eq!(problems.len(), BAD.len(), "{version:?}: {problems:#?}");
    }
}

#[test]
fn bad_handlers_are_refused_alike_with_the_installed_package() {
    let project = bad_project();
    project.configure(r#""skipLibCheck": true"#);
    project.link(&["next", "@types/react"]);
    project.typegen();
    let complaints = complaints(&project.check(TypeScript::Five));
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

#[test]
fn a_route_that_there_is_not_has_no_context() {
    let text = "export const read = (context: RouteContext<'/nowhere'>): unknown => context.params;\n";
    let project =
        Project::strict(&[("app/x/route.ts", "export {};\nexport const GET = (): void => {};\n"), ("read.ts", text)]);
    project.typegen();
    let problems = project.check(TypeScript::Five);
    assert_eq!(problems.len(), 1, "{problems:?}");
    assert!(problems[0].text.contains("'\"/nowhere\"' does not satisfy the constraint '\"/x\"'"), "{problems:?}");
}

#[test]
fn what_next_has_written_for_the_same_routes_may_stay() {
    let project = Project::strict(&GOOD);
    project.typegen();
    // The same shape under another name, as the package's own command writes it.
    let ours = project.read(".routewerk/types/routes.d.ts");
    project.write(".next/types/routes.d.ts", &ours);
    project.write("next-env.d.ts", "import \"./.next/types/routes.d.ts\";\n");
    assert_eq!(project.check(TypeScript::Five), []);
}
