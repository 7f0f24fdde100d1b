//! Routes with `runtime = 'edge'` in development: their modules are others than those of the same files for the other routes.

use serde_json::json;

use crate::project::Project;
use crate::worker::Worker;

/// What stands for the runtime's part.
const EDGE: &str = "const runtime = globalThis[Symbol.for('routewerk.runtime')]; runtime.edge = Object.create(globalThis); \
                    Object.defineProperty(runtime.edge, 'EdgeRuntime', { value: 'edge-runtime' }); \
                    Object.defineProperty(runtime.edge, 'process', { value: { env: {} } })";

const WHERE: &str =
    "let calls = 0\nexport const where = () => [process.env.NEXT_RUNTIME, typeof EdgeRuntime, (calls += 1)]\n";
const ROUTE: &str = "import { where } from '../../lib/where'\nexport const GET = () => where()\n";

#[test]
fn each_kind_of_routes_has_its_own_modules_and_a_save_reaches_both() {
    let edge = format!("{ROUTE}export const runtime = 'edge'\n");
    let project = Project::new(&[("lib/where.ts", WHERE), ("app/a/route.ts", &edge), ("app/b/route.ts", ROUTE)]);
    let mut worker = Worker::start();
    worker.value(&project.graph, EDGE);
    let (a, b) = (project.path("app/a/route.ts"), project.path("app/b/route.ts"));
    assert_eq!(worker.call(&project.graph, &a, "GET"), json!(["edge", "string", 1]));
    assert_eq!(worker.call(&project.graph, &b, "GET"), json!(["nodejs", "undefined", 1]));
    assert_eq!(worker.call(&project.graph, &a, "GET"), json!(["edge", "string", 2]));
    project.graph.prepare(&project.id("app/a/route.ts")).expect("compiles");
    project.graph.prepare(&project.id("app/b/route.ts")).expect("compiles");

    let told = project.save_in(&mut worker, "lib/where.ts", &WHERE.replace("let calls = 0", "let calls = 10"));
    assert_eq!(project.names(&told.entries), ["app/a/route.ts", "app/b/route.ts"]);
    assert_eq!(worker.call(&project.graph, &a, "GET"), json!(["edge", "string", 11]));
    assert_eq!(worker.call(&project.graph, &b, "GET"), json!(["nodejs", "undefined", 11]));
}

#[test]
fn a_saved_route_may_change_its_runtime() {
    let edge = format!("{ROUTE}export const runtime = 'edge'\n");
    let project = Project::new(&[("lib/where.ts", WHERE), ("app/a/route.ts", &edge)]);
    let mut worker = Worker::start();
    worker.value(&project.graph, EDGE);
    let a = project.path("app/a/route.ts");
    assert_eq!(worker.call(&project.graph, &a, "GET"), json!(["edge", "string", 1]));
    project.save_in(&mut worker, "app/a/route.ts", ROUTE);
    assert_eq!(worker.call(&project.graph, &a, "GET"), json!(["nodejs", "undefined", 1]));
    project.save_in(&mut worker, "app/a/route.ts", &edge);
    assert_eq!(worker.call(&project.graph, &a, "GET"), json!(["edge", "string", 2]));
}

#[test]
fn a_module_of_node_that_is_not_there_is_an_error_at_its_line() {
    let project = Project::new(&[(
        "app/a/route.ts",
        "import { readFileSync } from 'node:fs'\nexport const runtime = 'edge'\nexport const GET = () => readFileSync('x')\n",
    )]);
    let error = project.prepare_error("app/a/route.ts");
    let expected = "./app/a/route.ts:1:1\nA Node.js module is loaded ('node:fs' at line 1) which is not supported in the Edge Runtime.";
    assert!(error.starts_with(expected), "{error}");
}
