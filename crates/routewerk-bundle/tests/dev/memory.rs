//! That saves leave nothing behind.

use serde_json::Value;

use crate::project::Project;
use crate::worker::Worker;

/// A module of some size, different with each number.
fn text(number: usize) -> String {
    let mut functions = String::new();
    for index in 0..100 {
        functions.push_str("export function f");
        functions.push_str(&index.to_string());
        functions.push_str("(a: number): string { return 'saved ' + a }\n");
    }
    format!(
        "import {{ kept }} from '../lib/kept'\n{functions}const big = new Array(5_000).fill({number})\nexport const GET = () => [big[0], kept.count++, f7(1)]\n"
    )
}

#[test]
fn five_hundred_saves_grow_memory_by_less_than_twenty_megabytes() {
    let project = Project::new(&[("app/route.ts", &text(0)), ("lib/kept.ts", "export const kept = { count: 0 }\n")]);
    // V8's young generation grows under any load from 1 to 32 MB, and that is no leak: here it may not.
    let mut worker = Worker::start_in(project.root(), &["--expose-gc", "--max-semi-space-size=1"]);
    let entry = project.path("app/route.ts");
    let measure = "gc(); gc(); await new Promise((resolve) => setTimeout(resolve, 20)); gc(); const m = process.memoryUsage(); return [m.heapUsed, m.rss]";
    let save = |worker: &mut Worker, number: usize| {
        project.save_in(worker, "app/route.ts", &text(number));
        let value = worker.call(&project.graph, &entry, "GET");
        assert_eq!(value[0], number);
        value
    };
    worker.call(&project.graph, &entry, "GET");
    for number in 1..=50 {
        save(&mut worker, number);
    }
    let megabytes = |value: &Value, index: usize| value[index].as_f64().expect("bytes") / 1024.0 / 1024.0;
    let before = worker.value(&project.graph, measure);
    for number in 51..=550 {
        save(&mut worker, number);
    }
    let after = worker.value(&project.graph, measure);
    let heap = megabytes(&after, 0) - megabytes(&before, 0);
    let rss = megabytes(&after, 1) - megabytes(&before, 1);
    println!("heap grew by {heap:.1} MB, resident memory by {rss:.1} MB");
    assert!(heap < 5.0, "the heap grew by {heap:.1} MB");
    assert!(rss < 20.0, "resident memory grew by {rss:.1} MB");
    assert_eq!(worker.call(&project.graph, &entry, "GET")[1], 551);
    let (modules, bytes) = project.graph.size();
    assert_eq!(modules, 2);
    assert!(bytes < 200_000, "{bytes} bytes of text are kept");
}
