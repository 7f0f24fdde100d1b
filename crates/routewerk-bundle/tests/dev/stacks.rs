//! That errors name the user's own files and lines.

use crate::project::Project;
use crate::worker::Worker;

const DEEP: &str = "interface Options {\n  readonly a: number\n}\n\nexport function deep(options: Options): never {\n  throw new TypeError(`deep ${options.a}`, { cause: new Error('the cause') })\n}\n";
const ROUTE: &str = "import { deep } from '../lib/deep'\n\ntype X = { a: number }\n\nexport async function GET(): Promise<void> {\n  await null\n  const x: X = { a: 1 }\n  deep(x)\n}\n";

#[test]
fn error_stack_has_typescript_lines() {
    let project =
        Project::new(&[("app/(group)/route.ts", ROUTE.replace("../lib", "../../lib").as_str()), ("lib/deep.ts", DEEP)]);
    let mut worker = Worker::start();
    let entry = project.path("app/(group)/route.ts");
    let failure = worker
        .run(&project.graph, &format!("const {{ GET }} = await load({entry:?}); return GET()"))
        .expect_err("throws");
    let lines: Vec<&str> = failure.stack.lines().collect();
    assert_eq!(lines[0], "TypeError: deep 1");
    assert_eq!(lines[1], format!("    at deep ({}:6:9)", project.id("lib/deep.ts")));
    assert_eq!(lines[2], format!("    at GET ({}:8:7)", entry.display()));
}

#[test]
fn the_log_shows_paths_from_the_root_and_the_code_around() {
    let project = Project::new(&[("app/route.ts", ROUTE), ("lib/deep.ts", DEEP)]);
    let mut worker = Worker::start_in(project.root(), &[]);
    let code = format!(
        "try {{ const {{ GET }} = await load({:?}); await GET() }} catch (error) {{ return mapStack('⨯ ' + require('node:util').inspect(error)) }}",
        project.path("app/route.ts")
    )
    .replace("require(", "process.mainModule.require(");
    assert_eq!(
        worker.value(&project.graph, &code),
        "⨯ TypeError: deep 1
    at deep (lib/deep.ts:6:9)
    at GET (app/route.ts:8:7)
  4 |
  5 | export function deep(options: Options): never {
> 6 |   throw new TypeError(`deep ${options.a}`, { cause: new Error('the cause') })
    |         ^
  7 | }
  8 | {
  [cause]: Error: the cause
      at deep (lib/deep.ts:6:53)
      at GET (app/route.ts:8:7)
    4 |
    5 | export function deep(options: Options): never {
  > 6 |   throw new TypeError(`deep ${options.a}`, { cause: new Error('the cause') })
      |                                                     ^
    7 | }
    8 |
}"
    );
}

#[test]
fn lines_follow_the_last_save() {
    let project = Project::new(&[("app/route.ts", "export const GET = () => { throw new Error('here') }\n")]);
    let mut worker = Worker::start();
    let entry = project.path("app/route.ts");
    let code = format!("const {{ GET }} = await load({entry:?}); return GET()");
    let failure = worker.run(&project.graph, &code).expect_err("throws");
    assert!(failure.stack.contains("route.ts:1:34"), "{}", failure.stack);
    project.save_in(
        &mut worker,
        "app/route.ts",
        "type A = 1\ntype B = 2\nexport const GET = () => { throw new Error('here') }\n",
    );
    let failure = worker.run(&project.graph, &code).expect_err("throws");
    assert!(failure.stack.contains("route.ts:3:34"), "{}", failure.stack);
}

#[test]
fn an_error_while_a_module_runs_names_its_line_too() {
    let project = Project::new(&[
        ("app/route.ts", "import '../lib/boom'\nexport const GET = () => 1\n"),
        ("lib/boom.ts", "const map: Record<string, { x: number }> = {}\nexport const x = map['a'].x\n"),
        ("app/cjs/route.ts", "import '../../lib/old.cjs'\nexport const GET = () => 1\n"),
        ("lib/old.cjs", "\nundefinedFunction()\n"),
    ]);
    let mut worker = Worker::start();
    let failure =
        worker.run(&project.graph, &format!("await load({:?})", project.path("app/route.ts"))).expect_err("throws");
    assert!(failure.stack.contains(&format!("{}:2:27", project.id("lib/boom.ts"))), "{}", failure.stack);
    let failure =
        worker.run(&project.graph, &format!("await load({:?})", project.path("app/cjs/route.ts"))).expect_err("throws");
    assert!(failure.stack.contains(&format!("{}:2:1", project.id("lib/old.cjs"))), "{}", failure.stack);
}

#[test]
fn code_that_prepares_stack_traces_itself_still_can() {
    let project = Project::new(&[(
        "app/route.ts",
        "export function GET() {\n  const before = Error.prepareStackTrace\n  Error.prepareStackTrace = (_, sites) => sites[0].getFunctionName()\n  const name = new Error().stack\n  Error.prepareStackTrace = before\n  return name\n}\n",
    )]);
    assert_eq!(Worker::start().call(&project.graph, &project.path("app/route.ts"), "GET"), "GET");
}

#[test]
fn errors_of_node_keep_their_code() {
    let project = Project::new(&[(
        "app/route.ts",
        "import { readFileSync } from 'node:fs'\nexport function GET() {\n  try { readFileSync(1.5 as never) } catch (error) { return (error as Error).stack!.split(':')[0] }\n}\n",
    )]);
    assert_eq!(
        Worker::start().call(&project.graph, &project.path("app/route.ts"), "GET"),
        "TypeError [ERR_INVALID_ARG_TYPE]"
    );
}

#[test]
fn a_debugger_gets_the_users_file_and_its_source_map() {
    let project = Project::new(&[("app/route.ts", "type A = 1\nexport const GET = () => 'here'\n")]);
    let mut worker = Worker::start();
    let code = format!(
        "const inspector = process.mainModule.require('node:inspector'); inspector.open(0, '127.0.0.1'); \
         const session = new inspector.Session(); session.connect(); const scripts = []; \
         session.on('Debugger.scriptParsed', ({{ params }}) => scripts.push(params)); session.post('Debugger.enable'); \
         await load({:?}); inspector.close(); \
         const script = scripts.find((one) => one.url.endsWith('/app/route.ts')); \
         const [head, text] = script.sourceMapURL.split(','); \
         return [script.url, head, JSON.parse(Buffer.from(text, 'base64').toString()).sources]",
        project.path("app/route.ts")
    );
    let url = format!("file://{}", project.id("app/route.ts"));
    assert_eq!(worker.value(&project.graph, &code), serde_json::json!([url, "data:application/json;base64", [url]]));
}
