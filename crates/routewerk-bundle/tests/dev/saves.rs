//! What a save does, and what it leaves alone.

use serde_json::json;

use crate::project::Project;
use crate::worker::Worker;

/// Two routes that share `lib/db.ts`; every module counts its runs.
const SHARED: &[(&str, &str)] = &[
    (
        "app/a/route.ts",
        "import { db } from '../../lib/db'\nimport { text } from '../../lib/text'\nruns('a')\nexport const GET = () => [db.made, db.uses++, text]\n",
    ),
    ("app/b/route.ts", "import { db } from '../../lib/db'\nruns('b')\nexport const GET = () => [db.made, db.uses++]\n"),
    ("lib/db.ts", "runs('db')\nexport const db = { made: counted('db'), uses: 0 }\n"),
    ("lib/text.ts", "import { word } from './word'\nruns('text')\nexport const text = 'says ' + word\n"),
    ("lib/word.ts", "runs('word')\nexport const word = 'one'\n"),
];

const COUNTERS: &str = "const counts = {}; globalThis.runs = (name) => { counts[name] = (counts[name] ?? 0) + 1 }; globalThis.counted = (name) => counts[name]; globalThis.counts = counts";

#[test]
fn two_routes_share_one_module_and_a_save_runs_only_its_importers_again() {
    let project = Project::new(SHARED);
    let mut worker = Worker::start();
    worker.value(&project.graph, COUNTERS);
    let (a, b) = (project.path("app/a/route.ts"), project.path("app/b/route.ts"));
    assert_eq!(worker.call(&project.graph, &a, "GET"), json!([1, 0, "says one"]));
    assert_eq!(worker.call(&project.graph, &b, "GET"), json!([1, 1]));
    project.graph.prepare(&project.id("app/a/route.ts")).expect("compiles");
    project.graph.prepare(&project.id("app/b/route.ts")).expect("compiles");
    worker.sent.clear();

    let told = project.save_in(&mut worker, "lib/word.ts", "runs('word')\nexport const word = 'two'\n");
    assert_eq!(project.names(&told.changed), ["lib/word.ts"]);
    assert_eq!(project.names(&told.entries), ["app/a/route.ts"]);
    assert_eq!(worker.call(&project.graph, &a, "GET"), json!([1, 2, "says two"]));
    assert_eq!(worker.call(&project.graph, &b, "GET"), json!([1, 3]));
    assert_eq!(project.names(&worker.sent), ["lib/word.ts"]);
    assert_eq!(
        worker.value(&project.graph, "return globalThis.counts"),
        json!({ "db": 1, "word": 2, "text": 2, "a": 2, "b": 1 })
    );
}

#[test]
fn saving_the_same_text_changes_nothing() {
    let project = Project::new(SHARED);
    let mut worker = Worker::start();
    worker.value(&project.graph, COUNTERS);
    worker.call(&project.graph, &project.path("app/a/route.ts"), "GET");
    let (_, text) = SHARED.iter().find(|(name, _)| *name == "lib/db.ts").expect("there");
    assert!(project.save("lib/db.ts", text).is_empty());
}

#[test]
fn a_running_stream_goes_on_with_the_code_that_it_began_with() {
    let project = Project::new(&[
        ("app/route.ts", "import { word } from '../lib/word'\nexport async function* GET() { for (;;) yield word }\n"),
        ("lib/word.ts", "export const word = 'old'\n"),
    ]);
    let mut worker = Worker::start();
    let entry = project.path("app/route.ts");
    let next = "return (await globalThis.stream.next()).value";
    worker.value(&project.graph, &format!("globalThis.stream = (await load({entry:?})).GET()"));
    assert_eq!(worker.value(&project.graph, next), "old");
    project.save_in(&mut worker, "lib/word.ts", "export const word = 'new'\n");
    assert_eq!(
        worker.value(&project.graph, &format!("return (await (await load({entry:?})).GET().next()).value")),
        "new"
    );
    assert_eq!(worker.value(&project.graph, next), "old");
}

#[test]
fn a_dynamically_imported_module_that_is_saved_runs_its_importer_again() {
    let project = Project::new(&[
        (
            "app/route.ts",
            "let cached: Promise<any> | undefined\nexport const GET = async () => (await (cached ??= import('../lib/lazy'))).value\n",
        ),
        ("lib/lazy.ts", "export const value = 1\n"),
        ("lib/unrelated.ts", "export const unrelated = 1\n"),
        ("app/other/route.ts", "export { unrelated as GET } from '../../lib/unrelated'\n"),
    ]);
    let mut worker = Worker::start();
    let entry = project.path("app/route.ts");
    assert_eq!(worker.call(&project.graph, &entry, "GET"), 1);
    worker.value(&project.graph, &format!("await load({:?})", project.path("app/other/route.ts")));
    project.save_in(&mut worker, "lib/unrelated.ts", "export const unrelated = 2\n");
    project.save_in(&mut worker, "lib/lazy.ts", "export const value = 2\n");
    assert_eq!(worker.call(&project.graph, &entry, "GET"), 2);
}

#[test]
fn commonjs_importers_run_again_too() {
    let project = Project::new(&[
        ("app/route.ts", "import value from '../lib/middle.cjs'\nexport const GET = () => value()\n"),
        ("lib/middle.cjs", "module.exports = () => require('./leaf.cjs').value\n"),
        ("lib/leaf.cjs", "exports.value = 1\n"),
    ]);
    let mut worker = Worker::start();
    let entry = project.path("app/route.ts");
    assert_eq!(worker.call(&project.graph, &entry, "GET"), 1);
    project.save_in(&mut worker, "lib/leaf.cjs", "exports.value = 2\n");
    assert_eq!(worker.call(&project.graph, &entry, "GET"), 2);
}

#[test]
fn an_answer_that_a_save_has_overtaken_is_asked_for_again() {
    let project = Project::new(&[
        ("app/route.ts", "import { word } from '../lib/word'\nexport const GET = () => word\n"),
        ("lib/word.ts", "export const word = 'old'\n"),
    ]);
    let mut worker = Worker::start();
    let file = project.path("lib/word.ts");
    let mut saves = 0;
    // The answer is ready, then the file is saved, and the worker hears of the save first.
    worker.before_answer = Some(Box::new(move |graph| {
        saves += 1;
        (saves == 1).then(|| {
            std::fs::write(&file, "export const word = 'new'\n").expect("written");
            graph.changed([file.clone()])
        })
    }));
    assert_eq!(worker.call(&project.graph, &project.path("app/route.ts"), "GET"), "new");
}

#[test]
fn an_answer_that_is_newer_than_the_message_about_a_save_is_kept() {
    let project = Project::new(&[
        ("app/route.ts", "import { word } from '../lib/word'\nexport const GET = () => word\n"),
        ("lib/word.ts", "export const word = 'old'\n"),
    ]);
    let mut worker = Worker::start();
    let entry = project.path("app/route.ts");
    assert_eq!(worker.call(&project.graph, &entry, "GET"), "old");
    let first = project.save("lib/word.ts", "export const word = 'new'\n");
    let second =
        project.save("app/route.ts", "import { word } from '../lib/word'\nexport const GET = () => word + '!'\n");
    // The worker hears of the second save first, asks, and gets both; then it hears of the first.
    worker.changed(&project.graph, &second);
    worker.call(&project.graph, &entry, "GET");
    worker.changed(&project.graph, &first);
    assert_eq!(worker.call(&project.graph, &entry, "GET"), "new!");
}

#[test]
fn a_second_worker_gets_everything_also_when_texts_were_let_go() {
    let mut project = Project::new(SHARED);
    let entry = project.path("app/a/route.ts");
    project.keep_no_texts();
    for _ in 0..2 {
        let mut worker = Worker::start();
        worker.value(&project.graph, COUNTERS);
        assert_eq!(worker.call(&project.graph, &entry, "GET"), json!([1, 0, "says one"]));
        assert_eq!(worker.sent.len(), 4);
        assert_eq!(project.graph.size(), (4, 0));
    }
}

#[test]
fn long_answers_come_in_parts() {
    let filler = format!("export const filler = '{}'\n", "x".repeat(1_500_000));
    let project = Project::new(&[
        (
            "app/route.ts",
            "import { filler as a } from '../lib/a'\nimport { filler as b } from '../lib/b'\nimport { filler as c } from '../lib/c'\nimport { filler as d } from '../lib/d'\nexport const GET = () => a.length + b.length + c.length + d.length\n",
        ),
        ("lib/a.ts", &filler),
        ("lib/b.ts", &filler),
        ("lib/c.ts", &filler),
        ("lib/d.ts", &filler),
    ]);
    let mut worker = Worker::start();
    assert_eq!(worker.call(&project.graph, &project.path("app/route.ts"), "GET"), 6_000_000);
    assert_eq!(worker.sent.len(), 5);
}

#[test]
fn global_this_survives_saves() {
    let project = Project::new(&[(
        "app/route.ts",
        "const store = globalThis as any\nstore.pool ??= { id: Math.random() }\nexport const GET = () => store.pool.id\n",
    )]);
    let mut worker = Worker::start();
    let entry = project.path("app/route.ts");
    let before = worker.call(&project.graph, &entry, "GET");
    project.save_in(&mut worker, "app/route.ts", "const store = globalThis as any\nstore.pool ??= { id: Math.random() }\nexport const GET = () => store.pool.id // saved\n");
    assert_eq!(worker.call(&project.graph, &entry, "GET"), before);
}

#[test]
fn a_worker_goes_on_with_a_graph_that_takes_the_place_of_another() {
    let mut project = Project::new(SHARED);
    let mut worker = Worker::start();
    worker.value(&project.graph, COUNTERS);
    let (a, b) = (project.path("app/a/route.ts"), project.path("app/b/route.ts"));
    worker.call(&project.graph, &a, "GET");
    project.save_in(&mut worker, "lib/word.ts", "runs('word')\nexport const word = 'two'\n");
    project.keep_no_texts();
    assert_eq!(worker.call(&project.graph, &a, "GET"), json!([1, 1, "says two"]));
    assert_eq!(worker.call(&project.graph, &b, "GET"), json!([1, 2]));
}
