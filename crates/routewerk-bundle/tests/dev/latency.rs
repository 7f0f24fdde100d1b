//! How long it takes from a save until the next answer is there, without HTTP.

use std::sync::mpsc::sync_channel;
use std::time::{Duration, Instant};

use routewerk_bundle::dev::{WatchEvent, WatchOptions, Watcher};

use crate::project::Project;
use crate::worker::Worker;

const ROUTES: usize = 100;
const SAVES: usize = 30;

/// A project of 100 routes, each with a module of its own and three shared ones.
fn project() -> Project {
    let project = Project::new(&[
        ("lib/db.ts", "export const db = { made: Math.random(), rows: new Map<string, number>() }\n"),
        ("lib/text.ts", "import { db } from './db'\nexport const text = (n: number) => `${n} of ${db.rows.size}`\n"),
        ("lib/index.ts", "export * from './db'\nexport * from './text'\n"),
    ]);
    for index in 0..ROUTES {
        project.write(&format!("app/r{index}/route.ts"), &route(index, 0));
        project.write(
            &format!("app/r{index}/service.ts"),
            "import { text } from '../../lib'\nexport interface Row { id: number }\nexport const load = (id: number): string => text(id)\n",
        );
    }
    project
}

fn route(index: usize, save: usize) -> String {
    format!(
        "import {{ load }} from './service'\nimport {{ db }} from '../../lib'\nexport async function GET(): Promise<unknown> {{\n  return [{index}, {save}, load({index}), db.rows.size]\n}}\n"
    )
}

#[test]
fn a_save_is_live_within_a_hundred_milliseconds() {
    let project = project();
    let mut worker = Worker::start();
    let entries: Vec<_> = (0..ROUTES).map(|index| project.path(&format!("app/r{index}/route.ts"))).collect();
    let cold = Instant::now();
    for entry in &entries {
        project.graph.prepare(&entry.display().to_string()).expect("compiles");
        worker.call(&project.graph, entry, "GET");
    }
    let cold = cold.elapsed();
    let (sender, events) = sync_channel(1000);
    let _watcher = Watcher::start(project.root(), WatchOptions::default(), move |event| {
        // The test may be over.
        let _ = sender.send(event);
    })
    .expect("watched");

    let mut whole = Vec::new();
    let mut graph = Vec::new();
    for save in 1..=SAVES {
        let index = save * 7 % ROUTES;
        let entry = &entries[index];
        let began = Instant::now();
        std::fs::write(entry, route(index, save)).expect("written");
        let (told, heard) = loop {
            let event = events.recv_timeout(Duration::from_secs(10)).expect("told");
            let WatchEvent::Saved(paths) = event else { panic!("{event:?}") };
            let heard = Instant::now();
            let told = project.graph.changed(paths);
            if !told.is_empty() {
                break (told, heard);
            }
        };
        worker.changed(&project.graph, &told);
        project.graph.prepare(&entry.display().to_string()).expect("compiles");
        graph.push(heard.elapsed());
        assert_eq!(worker.call(&project.graph, entry, "GET")[1], save);
        whole.push(began.elapsed());
    }
    whole.sort_unstable();
    graph.sort_unstable();
    println!(
        "{ROUTES} routes, all cold: {cold:?}; a save until the answer: median {:?}, worst {:?}; of which after the \
         watcher's word and before the call: median {:?}",
        whole[SAVES / 2],
        whole[SAVES - 1],
        graph[SAVES / 2]
    );
    assert!(whole[SAVES / 2] < Duration::from_millis(100), "median {:?}", whole[SAVES / 2]);
}
