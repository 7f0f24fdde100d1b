//! A table of snippets that users write: each is accepted, or refused with one error, by our types and by those of
//! `next` alike.
//!
//! `fixtures/snippets/*` hold them; `//// ok: claim` or `//// TS2322: claim` begins one.

use std::fs;
use std::path::Path;

use crate::project::{Project, TypeScript, by_file};

struct Snippet {
    /// The file that it becomes.
    file: String,
    claim: String,
    /// The error, if it must be refused.
    code: Option<String>,
    text: String,
}

fn snippets() -> Vec<Snippet> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/typegen/fixtures/snippets");
    let mut files: Vec<_> = fs::read_dir(folder).expect("there").map(|entry| entry.expect("there").path()).collect();
    files.sort();
    let mut snippets = Vec::new();
    for path in files {
        let area = path.file_stem().expect("a name").to_string_lossy().into_owned();
        let extension = path.extension().expect("an extension").to_string_lossy().into_owned();
        let text = fs::read_to_string(&path).expect("text");
        for (number, part) in text.split("//// ").skip(1).enumerate() {
            let (head, text) = part.split_once('\n').expect("a line");
            let (kind, claim) = head.split_once(": ").expect("a claim");
            snippets.push(Snippet {
                file: format!("{area}-{number}.{extension}"),
                claim: claim.to_owned(),
                code: (kind != "ok").then(|| kind.to_owned()),
                text: format!("{text}\nexport {{}};\n"),
            });
        }
    }
    assert!(snippets.len() > 100, "{} snippets", snippets.len());
    snippets
}

/// The claims that do not hold in a project, with what the compiler said.
fn failures(project: &Project, snippets: &[Snippet], version: TypeScript) -> Vec<String> {
    let mut found = by_file(project.check(version));
    let mut failures = Vec::new();
    for Snippet { file, claim, code, .. } in snippets {
        let problems = found.remove(file).unwrap_or_default();
        let codes: Vec<_> = problems.iter().map(|problem| problem.code.as_str()).collect();
        let expected: Vec<_> = code.iter().map(String::as_str).collect();
        if codes != expected {
            let texts: Vec<_> = problems.iter().map(|problem| format!("{}: {}", problem.code, problem.text)).collect();
            failures.push(format!("{file} ({claim}): expected {expected:?}, found {}", texts.join("\n    ")));
        }
    }
    failures.extend(found.into_iter().map(|(file, problems)| format!("{file}: {problems:#?}")));
    failures
}

/// A project whose unused names are no errors: the snippets have many.
fn project(snippets: &[Snippet], others: &str) -> Project {
    let project = Project::new(&[("app/route.ts", "export const GET = (): Response => new Response();\n")]);
    project.configure(&format!(
        r#""noUnusedLocals": false, "noUnusedParameters": false, "noImplicitReturns": false, "target": "esnext"{others}"#
    ));
    project.link(&["@types/react"]);
    for snippet in snippets {
        project.write(&snippet.file, &snippet.text);
    }
    project
}

#[test]
fn snippets_are_judged_without_next_as_the_table_says() {
    let snippets = snippets();
    let project = project(&snippets, "");
    let done = project.typegen();
    assert!(
        !done.next_is_installed && done.folder.join("next.d.ts").exists() && done.folder.join("react.d.ts").exists()
    );
    for version in [TypeScript::Five, TypeScript::Seven] {
        let failures = failures(&project, &snippets, version);
        assert!(failures.is_empty(), "{version:?}:\n{}", failures.join("\n"));
    }
}

#[test]
fn snippets_are_judged_by_the_types_of_next_as_the_table_says() {
    let snippets = snippets();
    // The package's own declarations are not without errors under such strict options.
    let project = project(&snippets, r#", "skipLibCheck": true"#);
    project.link(&["next"]);
    project.write("next-env.d.ts", "/// <reference types=\"next\" />\n");
    let done = project.typegen();
    assert!(done.next_is_installed && !done.folder.join("next.d.ts").exists());
    let failures = failures(&project, &snippets, TypeScript::Five);
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}
