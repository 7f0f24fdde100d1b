//! That the watcher tells what was saved, however it was saved.

use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, sync_channel};
use std::time::{Duration, Instant};

use routewerk_bundle::dev::{WatchEvent, WatchOptions, Watcher};

use crate::project::write_all;

struct Watched {
    _folder: tempfile::TempDir,
    root: PathBuf,
    watcher: Watcher,
    events: Receiver<WatchEvent>,
}

impl Watched {
    fn start(options: WatchOptions, files: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().expect("temporary folder");
        let root = folder.path().canonicalize().expect("real path");
        write_all(&root, files);
        let (sender, events) = sync_channel(20_000);
        let watcher = Watcher::start(&root, options, move |event| {
            // The test may be over.
            let _ = sender.send(event);
        });
        Self { _folder: folder, root, watcher: watcher.expect("watched"), events }
    }

    /// Waits until a path is told of; gives everything that was told until then.
    fn wait_for(&self, name: &str) -> Vec<PathBuf> {
        self.wait_for_path(&self.root.join(name))
    }

    fn wait_for_path(&self, path: &Path) -> Vec<PathBuf> {
        let end = Instant::now() + Duration::from_secs(10);
        let mut told = Vec::new();
        while let Ok(event) = self.events.recv_timeout(end.saturating_duration_since(Instant::now())) {
            if let WatchEvent::Saved(paths) = event {
                told.extend(paths);
            }
            if told.iter().any(|one| one == path) {
                return told;
            }
        }
        panic!("`{}` was not told of, only {told:?}", path.display());
    }
}

fn watched(files: &[(&str, &str)]) -> Watched {
    Watched::start(WatchOptions::default(), files)
}

#[test]
fn writing_in_place_and_renaming_onto_a_file_are_told() {
    let watched = watched(&[("app/route.ts", "1")]);
    std::fs::write(watched.root.join("app/route.ts"), "2").expect("written");
    watched.wait_for("app/route.ts");
    std::fs::write(watched.root.join("app/route.ts~"), "3").expect("written");
    std::fs::rename(watched.root.join("app/route.ts~"), watched.root.join("app/route.ts")).expect("renamed");
    watched.wait_for("app/route.ts");
    std::fs::remove_file(watched.root.join("app/route.ts")).expect("removed");
    watched.wait_for("app/route.ts");
}

#[test]
fn files_in_new_folders_are_told() {
    let watched = watched(&[("app/route.ts", "1")]);
    write_all(&watched.root, &[("app/a/b/c/route.ts", "1")]);
    watched.wait_for("app/a/b/c/route.ts");
    std::fs::write(watched.root.join("app/a/b/c/route.ts"), "2").expect("written");
    watched.wait_for("app/a/b/c/route.ts");
    // A folder that is moved in brings its files, and goes on to be watched under its new name.
    std::fs::rename(watched.root.join("app/a"), watched.root.join("app/z")).expect("renamed");
    watched.wait_for("app/z/b/c/route.ts");
    std::fs::write(watched.root.join("app/z/b/c/route.ts"), "3").expect("written");
    let told = watched.wait_for("app/z/b/c/route.ts");
    assert!(!told.iter().any(|path| path.starts_with(watched.root.join("app/a"))), "{told:?}");
}

#[test]
fn output_folders_and_repositories_are_not_told() {
    let watched =
        watched(&[(".git/HEAD", ""), (".next/x.js", ""), (".routewerk/x.js", ""), ("app/.well-known/route.ts", "")]);
    for name in [".git/HEAD", ".next/x.js", ".routewerk/x.js", "node_modules/a/b/i.js"] {
        write_all(&watched.root, &[(name, "changed")]);
    }
    std::fs::write(watched.root.join("app/.well-known/route.ts"), "1").expect("written");
    let told = watched.wait_for("app/.well-known/route.ts");
    assert_eq!(told, [watched.root.join("app/.well-known/route.ts")]);
}

#[test]
fn installed_packages_are_told_as_a_whole() {
    let watched = watched(&[("node_modules/a/i.js", "")]);
    write_all(&watched.root, &[("node_modules/b/i.js", ""), ("node_modules/.package-lock.json", "{}")]);
    assert_eq!(watched.wait_for("node_modules"), [watched.root.join("node_modules")]);
}

#[test]
fn places_outside_are_told_once_they_are_named() {
    let outside = tempfile::tempdir().expect("temporary folder");
    let outside = outside.path().canonicalize().expect("real path");
    write_all(&outside, &[("shared/src/a.ts", "1"), ("tsconfig.base.json", "{}"), ("other.json", "{}")]);
    let watched = watched(&[("app/route.ts", "1")]);
    watched.watcher.watch(&outside.join("shared"));
    watched.watcher.watch(&outside.join("tsconfig.base.json"));
    // The watch begins on another thread: write until it is noticed.
    let noticed = |path: PathBuf| {
        let end = Instant::now() + Duration::from_secs(10);
        while Instant::now() < end {
            std::fs::write(&path, "2").expect("written");
            if let Ok(WatchEvent::Saved(paths)) = watched.events.recv_timeout(Duration::from_millis(100)) {
                assert!(!paths.contains(&outside.join("other.json")));
                if paths.contains(&path) {
                    return;
                }
            }
            std::fs::write(outside.join("other.json"), "2").expect("written");
        }
        panic!("`{}` was not told of", path.display());
    };
    noticed(outside.join("shared/src/a.ts"));
    noticed(outside.join("tsconfig.base.json"));
}

#[test]
fn polling_tells_the_same() {
    let options =
        WatchOptions { always_poll: true, poll_interval: Duration::from_millis(30), ..WatchOptions::default() };
    let watched = Watched::start(options, &[("app/route.ts", "1")]);
    std::fs::write(watched.root.join("app/route.ts"), "22").expect("written");
    watched.wait_for("app/route.ts");
    write_all(&watched.root, &[("app/new/deep/route.ts", "1")]);
    watched.wait_for("app/new/deep/route.ts");
}

#[test]
fn a_burst_is_told_at_once_and_a_flood_is_counted_as_lost() {
    let watched = watched(&[("app/route.ts", "1")]);
    for index in 0..12_000 {
        std::fs::write(watched.root.join(format!("app/f{index}.ts")), "").expect("written");
    }
    let end = Instant::now() + Duration::from_secs(20);
    let mut count = 0;
    loop {
        match watched.events.recv_timeout(end.saturating_duration_since(Instant::now())).expect("told") {
            WatchEvent::LostCount => return,
            WatchEvent::Saved(paths) => count += paths.len(),
            WatchEvent::Notice(text) => panic!("{text}"),
        }
        // A slow machine reports in several pieces, none of which is too long: then nothing may be missing.
        if count >= 12_000 {
            return;
        }
    }
}

#[test]
fn a_folder_that_is_not_there_is_an_error() {
    let error = Watcher::start(Path::new("/does/not/exist"), WatchOptions::default(), |_| {}).expect_err("an error");
    assert_eq!(error.to_string(), "`/does/not/exist` cannot be watched");
}
