//! The same project on Node.js, Bun and Deno, in `start` and in `dev`.

use std::path::PathBuf;

use routewerk_test::{TestApp, TestServer, packages};

use crate::routewerk;

fn app() -> TestApp {
    TestApp::new()
        .with("next.config.ts", "const value: string = 'configured'\nexport default { env: { VALUE: value } }\n")
        .with(".env", "SECRET=from-file\n")
        .with(
            "app/api/[id]/route.ts",
            "import { NextResponse, type NextRequest } from 'next/server'\n\
             export async function GET(request: NextRequest, { params }: { params: Promise<{ id: string }> }) {\n  \
             const { id } = await params\n  \
             return NextResponse.json({ id, q: request.nextUrl.searchParams.get('q'), value: process.env.VALUE, \
             secret: process.env.SECRET })\n}\n\
             export async function POST(request: NextRequest) {\n  return new NextResponse(await request.text(), { status: 201 })\n}\n",
        )
        .with(
            "app/stream/route.ts",
            "export function GET(): Response {\n  const pieces = ['a', 'b', 'c']\n  return new Response(new ReadableStream({\n    \
             pull(controller) {\n      const piece = pieces.shift()\n      \
             if (piece === undefined) controller.close()\n      else controller.enqueue(new TextEncoder().encode(piece))\n    },\n  }))\n}\n",
        )
        .with("app/boom/route.ts", "export function GET(): Response {\n  throw new Error('boom')\n}\n")
}

fn serves(runtime: &str) {
    let app = app();
    let (code, out, err) = routewerk_test::run(routewerk(&["build", "--runtime", runtime]).current_dir(app.root()));
    assert_eq!(code, Some(0), "{out}{err}");
    for command in ["start", "dev"] {
        let server = TestServer::spawn(routewerk(&[command, "--runtime", runtime]).current_dir(app.root()));
        server.wait_for_output("Ready in");
        let reply = server.get("/api/a%20b?q=1");
        assert_eq!(reply.status, 200, "{command}: {reply:?}\n{}", server.output().text());
        let expected = serde_json::json!({ "id": "a b", "q": "1", "value": "configured", "secret": "from-file" });
        assert_eq!(reply.json(), expected, "{command}");
        let reply = server.connect().request("POST", "/api/x", &[], b"body");
        assert_eq!((reply.status, reply.text().as_str()), (201, "body"), "{command}");
        assert_eq!(server.get("/stream").text(), "abc", "{command}");
        assert_eq!(server.get("/boom").status, 500, "{command}");
        server.wait_for_output("⨯ Error: boom");
        // Bun counts the lines of code that is made at run time, as `dev` does it, from another beginning.
        let is_counted_otherwise = command == "dev" && runtime.contains("bun");
        server.wait_for_output(if is_counted_otherwise { "app/boom/route.ts:" } else { "app/boom/route.ts:2:" });
    }
}

#[test]
fn node_serves_the_project() {
    serves("node");
}

#[test]
fn bun_serves_the_project() {
    let bun: PathBuf = packages::package("bun", "1.4.5").join("bin/bun.exe");
    serves(bun.to_str().unwrap());
}

#[test]
fn deno_serves_the_project() {
    let deno = packages::package("deno", "2.9.6").join("deno");
    serves(deno.to_str().unwrap());
}
