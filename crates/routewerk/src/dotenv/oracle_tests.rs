//! The same files read by `@next/env` 16.4.6 in node and by this module.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngSeed, TestRunner};

use super::{Mode, load};

/// Reads many projects in one process: prints for each what the files added or changed.
const SCRIPT: &str = r"
const { loadEnvConfig } = require(process.argv[1]);
const fs = require('fs');
const cases = JSON.parse(fs.readFileSync(process.argv[2], 'utf8'));
const quiet = { info() {}, error() {} };
const results = cases.map(({ root, environment, isDev }) => {
  for (const name of Object.keys(process.env)) delete process.env[name];
  Object.assign(process.env, environment);
  delete require.cache[require.resolve(process.argv[1])];
  const fresh = require(process.argv[1]);
  fresh.loadEnvConfig(root, isDev, quiet, true);
  const { __NEXT_PROCESSED_ENV, ...rest } = process.env;
  return rest;
});
fs.writeFileSync(process.argv[3], JSON.stringify(results));
";

struct Case {
    files: Vec<(&'static str, String)>,
    environment: BTreeMap<String, String>,
}

fn case(files: &[(&'static str, &str)], environment: &[(&str, &str)]) -> Case {
    Case {
        files: files.iter().map(|(name, text)| (*name, (*text).to_owned())).collect(),
        environment: environment.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
    }
}

fn written_cases() -> Vec<Case> {
    let one = |text: &str| case(&[(".env", text)], &[]);
    vec![
        one("A=1\nB = 2 \n  C=3\nexport D=4\nexport\tE=5\nexport=6\n"),
        one("A=a#b\nB=a #b\nC='a#b' # c\nD=\"a#b\"#c\nE=`a#b`\nF=#\nG= # x\n"),
        one("A=\"x\\ny\\rz\\tq\"\nB='x\\ny'\nC=x\\ny\nD=`x\\ny`\n"),
        one("A=\"one\ntwo\n\"\nB='one\n\ntwo'\nC=`\n`\nD=1"),
        one("A='it\\'s'\nB=\"say \\\"hi\\\"\"\nC='open\nD='x'\nE=\"a\" b\nF=\"a\"b\"\n"),
        one("A: yaml\nB:no\nC:\n next\nD =5\nE\n=6\nF=\n'g'\n"),
        one("\u{feff}A=1\r\nB=2\rC=3\r\n\r\n# no\r\n  # neither\nD=4"),
        one("A\nB C=2\n=x\n1=2\na.b-c=3\nÜ=4\nD=ü€ß\n"),
        one("A=$B\nB=1\nC=${A}-$A\nD=${NO:-x}\nE=${B:-y}\nF=\\$B\nG='$B'\nH=\"${B}\"\n"),
        one("A=$\nB=$$\nC=a$ b\nD=${}\nE=${NO\nF=$B$\nG=${NO:-}\nH=${NO:-$B}\nI=$NO:-z\n"),
        one("A=$A\n"),
        one("A=$B\nB=$A\nC=1\n"),
        one("DB=postgres://u:p$1w@h/d\nKEY='$2b$10$abc'\nX=$$&\n"),
        one("A=1\nA=2\nB=$A\nA=3\n"),
        case(&[(".env", "A=file\nB=$REAL\nC=$A\n")], &[("A", "real$REAL"), ("REAL", "r")]),
        case(&[(".env", "A=$X-1\nX=env\n"), (".env.local", "X=local\nY=$A\n")], &[]),
        case(&[(".env", "A=$X\n"), (".env.production", "X=$Y\n"), (".env.production.local", "Y=1\n")], &[("E", "")]),
        case(&[(".env", "E=file\nF=$E\n")], &[("E", "")]),
        case(&[(".env.local", "A=1\nB=2\n"), (".env.test", "A=3\n"), (".env", "C=$A\n")], &[("NODE_ENV", "test")]),
        case(&[(".env.local", "A=$A\nB=2\n"), (".env", "A=3\n")], &[]),
    ]
}

/// Files made of the pieces that the syntax knows.
fn random_cases(count: usize) -> Vec<Case> {
    let piece = prop::sample::select(vec![
        "A", "B", "=", "=", ":", ": ", "\n", "\n", "'", "\"", "`", "\\", "\\n", "#", " ", "$", "${", "}", ":-", "x",
        "export ", "\t", "\r\n", "$A", "${B}", "B=", "\nA=", "é",
    ]);
    let file = prop::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat());
    let strategy = (file.clone(), file, prop::option::of("[a-c$A{}]{0,5}"));
    let config = Config { rng_seed: RngSeed::Fixed(20_090_526), ..Config::default() };
    let mut runner = TestRunner::new(config);
    let mut cases = Vec::new();
    while cases.len() < count {
        let (first, second, real) = strategy.new_tree(&mut runner).expect("a strategy without filters").current();
        let environment = real.into_iter().map(|value| ("B".to_owned(), value)).collect();
        cases.push(Case { files: vec![(".env.local", first), (".env", second)], environment });
    }
    cases
}

fn next_answers(cases: &[(tempfile::TempDir, &Case)], work: &Path) -> Vec<BTreeMap<String, String>> {
    let package = routewerk_test::packages::package("@next/env", "16.4.6");
    let questions: Vec<_> = cases
        .iter()
        .map(|(root, case)| serde_json::json!({ "root": root.path(), "environment": case.environment, "isDev": false }))
        .collect();
    let (asked, answered) = (work.join("cases.json"), work.join("answers.json"));
    std::fs::write(&asked, serde_json::to_string(&questions).unwrap()).unwrap();
    let status = Command::new("node").args(["-e", SCRIPT]).arg(package).arg(&asked).arg(&answered).status();
    assert!(status.is_ok_and(|status| status.success()), "node reads the files");
    serde_json::from_str(&std::fs::read_to_string(answered).unwrap()).unwrap()
}

#[test]
fn files_mean_what_they_mean_to_next() {
    let work = tempfile::tempdir().unwrap();
    let cases: Vec<Case> = written_cases().into_iter().chain(random_cases(200)).collect();
    let projects: Vec<_> = cases
        .iter()
        .map(|case| {
            let root = tempfile::tempdir().unwrap();
            for (name, text) in &case.files {
                std::fs::write(root.path().join(name), text).unwrap();
            }
            (root, case)
        })
        .collect();
    for ((root, case), expected) in projects.iter().zip(next_answers(&projects, work.path())) {
        let is_test = case.environment.get("NODE_ENV").is_some_and(|value| value == "test");
        let mode = if is_test { Mode::Test } else { Mode::Production };
        let loaded = load(root.path(), mode, &case.environment);
        assert_eq!(loaded.environment, expected, "{:?} with {:?}", case.files, case.environment);
    }
}
