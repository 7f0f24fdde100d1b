//! The worker's runtime becomes one file that Node.js runs.

use std::process::Command;

use routewerk_bundle::RuntimeSources;

fn sources(files: &[(&str, &str)]) -> RuntimeSources {
    RuntimeSources::from_files(files.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())))
}

#[test]
fn typescript_sources_become_one_commonjs_file_with_a_map() {
    let runtime = sources(&[
        (
            "main.ts",
            "import { format } from 'node:util'\nimport type { Words } from './words.ts'\nimport { greet, Count } from './next/greet.ts'\n\
             import table from './next/exports.json' with { type: 'json' }\n\
             const words: Words = { text: 'runtime' }\nconst count = new Count()\n\
             console.log(format('%s %d %s %s', greet(words), count.next(), Object.keys(table)[0], typeof require))\nthrow new Error('here')\n",
        ),
        ("words.ts", "export interface Words { readonly text: string }\n"),
        (
            "next/greet.ts",
            "import type { Words } from '../words.ts'\nexport function greet(words: Words): string { return `hello ${words.text}` }\n\
             export class Count { #n = 0; next(): number { return ++this.#n } }\n",
        ),
        ("next/exports.json", r#"{ "next/server": ["NextRequest"] }"#),
    ]);
    let folder = tempfile::tempdir().expect("folder");
    let file = folder.path().join("deep/worker.cjs");
    runtime.bundle_to(&file).expect("bundled");
    let ran = Command::new("node").arg("--enable-source-maps").arg(&file).output().expect("node");
    assert_eq!(String::from_utf8_lossy(&ran.stdout), "hello runtime 1 next/server function\n");
    let stack = String::from_utf8_lossy(&ran.stderr).into_owned();
    assert!(stack.contains("/routewerk-runtime/main.ts:8"), "{stack}");
    let mut names: Vec<_> =
        std::fs::read_dir(folder.path().join("deep")).expect("folder").flatten().map(|file| file.file_name()).collect();
    names.sort();
    assert_eq!(names, ["worker.cjs", "worker.cjs.map"]);
    assert_eq!(runtime.next_modules().expect("table").served().count(), 1);
}

#[test]
fn a_broken_runtime_is_an_error_and_writes_nothing() {
    let folder = tempfile::tempdir().expect("folder");
    let file = folder.path().join("worker.cjs");
    for text in ["import './gone.ts'", "import x from 'not-a-package'; x()", "let let = 1"] {
        let errors = sources(&[("main.ts", text)]).bundle_to(&file).expect_err(text);
        assert!(errors[0].message().starts_with("the worker's runtime: "), "{}", errors[0]);
        assert!(!file.exists());
    }
    assert!(sources(&[]).next_modules().is_err());
    let blocked = folder.path().join("file/worker.cjs");
    std::fs::write(folder.path().join("file"), "").expect("file");
    let errors = sources(&[("main.ts", "export {}")]).bundle_to(&blocked).expect_err("a file is no folder");
    assert!(errors[0].message().contains("cannot be written"), "{}", errors[0]);
}

#[test]
fn the_fingerprint_changes_with_the_sources() {
    let one = sources(&[("main.ts", "1")]).fingerprint();
    assert_eq!(one, sources(&[("main.ts", "1")]).fingerprint());
    assert_ne!(one, sources(&[("main.ts", "2")]).fingerprint());
    assert_ne!(one, sources(&[("main2.ts", "1")]).fingerprint());
}

#[test]
fn the_embedded_sources_serve_next() {
    let runtime = RuntimeSources::embedded();
    let modules = runtime.next_modules().expect("table");
    let served: Vec<_> = modules.served().map(|(name, _)| name).collect();
    for name in ["next/cache", "next/headers", "next/navigation", "next/server"] {
        assert!(served.contains(&name), "{name}");
    }
}

#[test]
fn the_embedded_sources_become_a_worker_that_parses() {
    let folder = tempfile::tempdir().expect("folder");
    let file = folder.path().join("worker.cjs");
    if let Err(errors) = RuntimeSources::embedded().bundle_for_development_to(&file) {
        panic!("{}", crate::project::texts(&errors).join("\n"));
    }
    for file in [&file, &folder.path().join("worker-dev.cjs")] {
        let checked = Command::new("node").arg("--check").arg(file).output().expect("node");
        assert!(checked.status.success(), "{}", String::from_utf8_lossy(&checked.stderr));
    }
}

#[test]
fn a_worker_in_production_holds_nothing_of_development() {
    let folder = tempfile::tempdir().expect("folder");
    let file = folder.path().join("worker.cjs");
    RuntimeSources::embedded().bundle_to(&file).expect("bundled");
    let code = std::fs::read_to_string(&file).expect("written");
    for module in ["crypto", "inspector", "v8", "vm", "worker_threads", "child_process", "http"] {
        assert!(!code.contains(&format!("require(\"node:{module}\")")), "node:{module} is loaded at the start");
    }
    assert!(!code.contains("//#region") || !code.contains("registry/registry.ts"), "the registry is in it");
    assert!(!folder.path().join("worker-dev.cjs").exists());
}

#[test]
fn the_script_is_ascii_and_means_the_same() {
    let folder = tempfile::tempdir().expect("folder");
    let file = folder.path().join("worker.cjs");
    let text = "console.log('\u{2a2f} \u{1f600}' + `\u{2026}` + /[\u{2a2f}]/.test('\u{2a2f}'))\n";
    sources(&[("main.ts", text)]).bundle_to(&file).expect("bundled");
    assert!(std::fs::read(&file).expect("written").is_ascii());
    let ran = Command::new("node").arg(&file).output().expect("node");
    assert_eq!(String::from_utf8_lossy(&ran.stdout), "\u{2a2f} \u{1f600}\u{2026}true\n");
}
