//! Whether TypeScript looks at the generated files, asked of TypeScript itself, and the advice when it does not.

use std::fs;
use std::process::Command;

use routewerk_bundle::typegen::{Advice, Typegen, TypegenSettings, write};
use routewerk_routes::{ScanOptions, scan};

use crate::project::{Project, TypeScript, installed};

const HANDLER: (&str, &str) = ("app/a/route.ts", "export const GET = (): void => {};\n");

/// Asks TypeScript which files each configuration names, one line of JSON for all.
const LIST: &str = "
const ts = require(process.argv[1]);
const path = require('path');
const lists = process.argv.slice(2).map((name) => {
  const read = ts.readConfigFile(name, ts.sys.readFile);
  return ts.parseJsonConfigFileContent(read.config, ts.sys, path.dirname(path.resolve(name)), {}, path.resolve(name)).fileNames;
});
console.log(JSON.stringify(lists));
";

/// The files that each of several configurations names.
fn listed(project: &Project, configurations: &[String]) -> Vec<Vec<String>> {
    let output = Command::new("node")
        .args(["-e", LIST])
        .arg(installed().join("node_modules/typescript"))
        .args(configurations)
        .current_dir(project.root())
        .output()
        .expect("node runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("lists")
}

/// Whether a list has all generated files.
fn has_all(list: &[String], done: &Typegen) -> bool {
    let real = fs::canonicalize(&done.folder).expect("there");
    let mut names = fs::read_dir(&done.folder).expect("there").map(|entry| entry.expect("there").file_name());
    names.all(|name| {
        let wanted = [done.folder.join(&name), real.join(&name)].map(|path| path.display().to_string());
        list.iter().any(|found| wanted.contains(found))
    })
}

/// Writes the types as if a file were the project's configuration.
fn typegen(project: &Project, configuration: &str) -> Typegen {
    let settings = TypegenSettings { tsconfig: Some(configuration.into()), ..TypegenSettings::default() };
    let set = scan(project.root(), &ScanOptions::default()).expect("a scan");
    write(project.root(), &set, &settings).expect("types")
}

fn asks_for_include(done: &Typegen) -> bool {
    done.advice.iter().any(|advice| matches!(advice, Advice::Include { .. }))
}

#[test]
fn the_advice_agrees_with_the_compiler() {
    let configurations = [
        r"{}",
        r#"{ "include": ["**/*"] }"#,
        r#"{ "include": ["**/*.ts"] }"#,
        r#"{ "include": ["app"] }"#,
        r#"{ "include": ["app", ".routewerk/types"] }"#,
        r#"{ "include": ["./app", "./.routewerk/types/"] }"#,
        r#"{ "include": ["app", ".routewerk/types/**/*.ts"] }"#,
        r#"{ "include": ["app", ".routewerk/types/*.ts"] }"#,
        r#"{ "include": ["app", ".routewerk/types/*.d.ts"] }"#,
        r#"{ "include": ["app", ".routewerk/**/*"] }"#,
        r#"{ "include": ["app", ".routewerk"] }"#,
        r#"{ "include": ["app", ".*/types/**/*"] }"#,
        r#"{ "include": ["app", ".?outewerk/types/**/*"] }"#,
        r#"{ "include": ["app", "*/types/**/*"] }"#,
        r#"{ "include": ["app", "**/types/*.ts"] }"#,
        r#"{ "include": ["app", "app/../.routewerk/types/**/*.ts"] }"#,
        r#"{ "include": ["app", "${configDir}/.routewerk/types/**/*.ts"] }"#,
        r#"{ "include": ["app", ".routewerk/types/**/*.ts"], "exclude": [".routewerk"] }"#,
        r#"{ "include": ["app", ".routewerk/types/**/*.ts"], "exclude": ["**/*.d.ts"] }"#,
        r#"{ "include": ["app", ".routewerk/types/**/*.ts"], "exclude": ["**/types"] }"#,
        r#"{ "include": ["app", ".routewerk/types/**/*.ts"], "exclude": [".routewerk/builds", "node_modules"] }"#,
        r#"{ "include": ["app", ".routewerk/types/**/*.ts"], "exclude": ["**/.*"] }"#,
        r#"{ "include": ["app", ".routewerk/types/**/*.ts"], "exclude": ["**/.*/"] }"#,
        r#"{ "include": ["app", ".routewerk/types/**/*.ts"], "exclude": ["*"] }"#,
        r#"{ "files": ["app/a/route.ts"] }"#,
        r#"{ "files": ["app/a/route.ts"], "include": [".routewerk/types/**/*"] }"#,
        r#"{ "files": [".routewerk/types/routes.d.ts", ".routewerk/types/validator.ts", "./.routewerk/types/cache-life.d.ts", ".routewerk/types/next.d.ts"], "exclude": [".routewerk"] }"#,
        r#"{ "extends": "./config/base.json" }"#,
        r#"{ "extends": "./config/base.json", "include": ["app"] }"#,
        r#"{ "extends": ["./config/base.json", "./config/other.json"] }"#,
        r#"{ "extends": "./config/other.json" }"#,
        r#"{ "extends": "./config/deep" }"#,
        r#"{ "extends": "./config/template.json" }"#,
        r#"{ "extends": "base-config" }"#,
        r#"{ "extends": "base-config/strict" }"#,
        r#"{ "extends": "./config/excluding.json", "include": [".routewerk/types/**/*.ts"] }"#,
        "{\n  // A comment.\n  \"include\": [\"app\", \".routewerk/types/**/*.ts\",], /* another */\n}",
    ];
    let project = Project::new(&[HANDLER]);
    project.write("config/base.json", r#"{ "include": ["../app", "../.routewerk/types/**/*.ts"] }"#);
    project.write("config/other.json", r#"{ "include": ["../app"] }"#);
    project.write("config/deep/tsconfig.json", r#"{ "extends": "../base.json" }"#);
    project.write("config/deep.json", r#"{ "extends": "./base.json" }"#);
    project.write("config/template.json", r#"{ "include": ["${configDir}/.routewerk/types/**/*.ts"] }"#);
    project.write("config/excluding.json", r#"{ "exclude": ["../.routewerk"] }"#);
    project
        .write("node_modules/base-config/tsconfig.json", r#"{ "include": ["${configDir}/.routewerk/types/**/*.ts"] }"#);
    project.write("node_modules/base-config/strict.json", r#"{ "include": ["${configDir}/app"] }"#);
    let mut disagreements = Vec::new();
    let names: Vec<_> = (0..configurations.len()).map(|number| format!("tsconfig.{number}.json")).collect();
    for (name, text) in names.iter().zip(configurations) {
        project.write(name, text);
    }
    project.typegen();
    for ((name, text), list) in names.iter().zip(configurations).zip(listed(&project, &names)) {
        let done = typegen(&project, name);
        if has_all(&list, &done) == asks_for_include(&done) {
            disagreements.push(format!("{text}: {:?}", done.advice));
        }
    }
    assert!(disagreements.is_empty(), "{}", disagreements.join("\n"));
}

#[test]
fn following_the_advice_is_enough() {
    let project = Project::new(&[HANDLER]);
    project.write(
        "config/base.json",
        r#"{ "compilerOptions": { "strict": true }, "include": ["../app", "../lib/**/*.ts"] }"#,
    );
    let advised = |text: &str| {
        project.write("tsconfig.json", text);
        let done = project.typegen();
        assert_eq!(done.advice.len(), 1, "{done:?}");
        done.advice[0].to_string()
    };
    let follow = |text: String| {
        project.write("tsconfig.json", &text);
        let done = project.typegen();
        let list = listed(&project, &["tsconfig.json".to_owned()]).remove(0);
        assert!(done.advice.is_empty() && has_all(&list, &done), "{text}: {:?}", done.advice);
        assert!(list.iter().any(|file| file.ends_with("app/a/route.ts")), "{text}");
    };

    let text = advised("{ \"include\": [\"**/*.ts\"] }");
    assert_eq!(text, "Add this line to `include` in ./tsconfig.json:\n    \".routewerk/types/**/*.ts\",");
    follow("{ \"include\": [\n    \".routewerk/types/**/*.ts\",\n    \"**/*.ts\"] }".to_owned());

    let text = advised("{}");
    assert_eq!(text, "Add this line to ./tsconfig.json:\n  \"include\": [\"**/*\", \".routewerk/types/**/*.ts\"],");
    follow(format!("{{{} \"exclude\": [\"node_modules\"] }}", text.lines().last().expect("a line")));

    let text = advised("{ \"extends\": \"./config/base.json\" }");
    assert_eq!(
        text,
        "Add this line to ./tsconfig.json:\n  \"include\": [\"app\", \"lib/**/*.ts\", \".routewerk/types/**/*.ts\"],"
    );
    follow(format!("{{{} \"extends\": \"./config/base.json\" }}", text.lines().last().expect("a line")));
}

#[test]
fn the_named_configuration_is_the_one_that_counts() {
    let project = Project::new(&[HANDLER]);
    project.write("tsconfig.json", r#"{ "include": [".routewerk/types/**/*.ts"] }"#);
    project.write("config/tsconfig.build.json", r#"{ "include": ["../app"] }"#);
    let settings =
        TypegenSettings { tsconfig: Some("config/tsconfig.build.json".into()), ..TypegenSettings::default() };
    let set = scan(project.root(), &ScanOptions::default()).expect("a scan");
    let done = write(project.root(), &set, &settings).expect("types");
    assert_eq!(
        done.advice,
        [Advice::Include {
            file: "./config/tsconfig.build.json".to_owned(),
            line: "\"../.routewerk/types/**/*.ts\",".to_owned(),
            is_element: true
        }]
    );
}

#[test]
fn a_project_without_a_configuration_is_told_that_nothing_is_checked() {
    let project = Project::new(&[HANDLER]);
    project.write(".git/HEAD", "");
    let done = project.typegen();
    assert_eq!(done.advice, [Advice::NoTsConfig]);
    assert!(done.folder.join("routes.d.ts").exists());
}

#[test]
fn a_left_over_file_of_next_is_named_when_the_package_is_gone() {
    let project = Project::strict(&[HANDLER]);
    project.write("next-env.d.ts", "/// <reference types=\"next\" />\nimport \"./.next/types/routes.d.ts\";\n");
    assert_eq!(project.typegen().advice, [Advice::NextEnvFile]);
    project.link(&["next"]);
    assert_eq!(project.typegen().advice, []);
}

#[test]
fn stale_files_of_next_are_named_when_they_hide_a_route() {
    let text = "export const GET = async (_: Request, context: RouteContext<'/b/[id]'>): Promise<Response> =>\n  new Response((await context.params).id);\n";
    let project = Project::strict(&[HANDLER]);
    project.configure(r#""skipLibCheck": true"#);
    project.write("next-env.d.ts", "import \"./.next/types/routes.d.ts\";\n");
    project.typegen();
    let before = project.read(".routewerk/types/routes.d.ts");
    project.write(".next/types/routes.d.ts", &before);
    assert_eq!(project.typegen().advice, [], "it knows all routes");

    project.write("app/b/[id]/route.ts", text);
    let advice = project.typegen().advice;
    assert_eq!(
        advice,
        [Advice::StaleNextTypes { file: "./.next/types/routes.d.ts".to_owned(), route: "/b/[id]".to_owned() }]
    );
    assert!(!project.check(TypeScript::Five).is_empty(), "the older list counts");
    fs::remove_dir_all(project.root().join(".next")).expect("removed");
    fs::remove_file(project.root().join("next-env.d.ts")).expect("removed");
    assert_eq!(project.typegen().advice, []);
    assert_eq!(project.check(TypeScript::Five), []);
}
