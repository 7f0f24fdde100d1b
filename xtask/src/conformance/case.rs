//! The files of a case and their format.
//!
//! `requests.json` is written by hand and read by people, so it is terse: a request is a method and a target
//! (`"send": "GET /a"`) with header lines and a body, or the bytes themselves (`"raw"`), or several on one
//! connection (`"steps"`, see [`super::step`]). In all strings `{port}` stands for the port of the server under test. Strings
//! are sent as UTF-8, except `raw` and `latin1`, whose characters are bytes. Two kinds of request ask the build
//! and not the server: `"routes": "/st/"` for the lines of its route table below that path, `"build"` for the outcome of a build with
//! further files.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::conformance::ours::Mode;
use crate::conformance::rows::Rows;
use crate::conformance::step::{Act, Build, Step};
use crate::workspace;

/// One folder of `conformance/`.
pub(crate) struct Case {
    /// `area/case`.
    pub(crate) id: String,
    pub(crate) folder: PathBuf,
    pub(crate) requests: Requests,
}

/// `requests.json`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct Requests {
    /// What the case is about, for the reader.
    #[serde(rename = "about")]
    _about: String,
    /// Also played against `routewerk dev`, whose answers to these are the same.
    #[serde(default)]
    pub(crate) dev: bool,
    /// Recorded from `next dev` or `next start` alone, and checked against the same command of ours.
    #[serde(default)]
    pub(crate) only: Option<Mode>,
    /// Its requests do not disturb each other: they are played several at a time, except those that compare the log,
    /// restart the server or say `alone`.
    #[serde(default)]
    pub(crate) concurrent: bool,
    /// Further arguments of `next start` and `routewerk start`.
    #[serde(default)]
    pub(crate) start_arguments: Vec<String>,
    #[serde(rename = "requests")]
    pub(crate) list: Vec<Request>,
}

/// One request, or several on one connection.
#[derive(Deserialize)]
#[serde(try_from = "Map<String, Value>")]
pub(crate) struct Request {
    /// The claim, as a test's name; unique in the case.
    pub(crate) name: String,
    /// The row of `conformance/rows.json` that this request stands for.
    pub(crate) row: String,
    /// Whether what the server prints is recorded and compared too.
    pub(crate) log: bool,
    /// Header fields whose value differs from run to run; their presence is compared.
    pub(crate) volatile: Vec<String>,
    /// Not while others of the case are played.
    pub(crate) alone: bool,
    pub(crate) asks: Asks,
}

/// What a request is about.
#[derive(Deserialize)]
pub(crate) enum Asks {
    /// What is sent on its one connection, in order.
    Steps(Vec<Step>),
    /// The lines of the build's table for the routes below this path.
    Routes(String),
    /// A build of its own.
    Build(Build),
}

impl Request {
    /// What is sent and done, in order.
    pub(crate) fn steps(&self) -> &[Step] {
        match &self.asks {
            Asks::Steps(steps) => steps,
            Asks::Routes(_) | Asks::Build(_) => &[],
        }
    }

    /// Must nothing else happen meanwhile?
    pub(crate) fn is_alone(&self) -> bool {
        let restarts = |step: &Step| matches!(step, Step::Act(Act::Restart(())));
        self.alone || self.log || self.steps().iter().any(restarts)
    }
}

impl TryFrom<Map<String, Value>> for Request {
    type Error = serde_json::Error;

    /// A request without `steps` is its own only step: the fields of the step then stand beside the name.
    fn try_from(mut fields: Map<String, Value>) -> Result<Self, Self::Error> {
        let mut take = |name: &str| fields.remove(name).unwrap_or(Value::Null);
        let (name, row, log, alone) = (take("name"), take("row"), take("log"), take("alone"));
        let volatile = take("volatile");
        let asks = match [take("steps"), take("routes"), take("build")] {
            [Value::Null, Value::Null, Value::Null] => {
                Asks::Steps(vec![serde_json::from_value(Value::Object(fields))?])
            }
            _ if !fields.is_empty() => {
                return Err(serde::de::Error::custom(format!("beside the steps stand {:?}", fields.keys())));
            }
            [steps, Value::Null, Value::Null] => Asks::Steps(serde_json::from_value(steps)?),
            [Value::Null, routes, Value::Null] => Asks::Routes(serde_json::from_value(routes)?),
            [Value::Null, Value::Null, build] => Asks::Build(serde_json::from_value(build)?),
            _ => return Err(serde::de::Error::custom("a request has one of `steps`, `routes` and `build`")),
        };
        Ok(Self {
            name: serde_json::from_value(name)?,
            row: serde_json::from_value(row)?,
            log: log == Value::Bool(true),
            volatile: if volatile.is_null() { Vec::new() } else { serde_json::from_value(volatile)? },
            alone: alone == Value::Bool(true),
            asks,
        })
    }
}

/// What came back for one step. The order of fields is the order in the file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct Answer {
    /// Interim replies that came before, for instance `100 Continue`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) interim: Vec<String>,
    /// Status code and reason; empty if no reply came.
    pub(crate) status: String,
    /// `name: value`, as on the wire.
    pub(crate) headers: Vec<String>,
    /// The body without its transfer and content codings; UTF-8 where it is that.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(crate) body: String,
    /// The same where it is not UTF-8: each character is a byte.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(crate) latin1: String,
    /// How many of several that were asked for at once were answered so, where that is more than one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) times: Option<usize>,
    /// How the connection stands afterwards.
    pub(crate) end: End,
}

impl Answer {
    /// Keeps of a page that Next.js rendered (its 404 page, for instance) only that it was one: it is long, and
    /// differs from build to build.
    pub(crate) fn shorten_page(&mut self) {
        let has = |start: &str| self.headers.iter().any(|line| line.to_ascii_lowercase().starts_with(start));
        if !has("x-powered-by:") || !has("content-type: text/html") {
            return;
        }
        self.headers.retain(|line| {
            let line = line.to_ascii_lowercase();
            !line.starts_with("etag:") && !line.starts_with("content-length:")
        });
        if !self.body.is_empty() {
            "(a page of Next.js)".clone_into(&mut self.body);
        }
    }
}

/// How a connection stands after a reply.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum End {
    /// Open for the next request.
    #[default]
    Open,
    /// Closed after a complete reply.
    Closed,
    /// Closed within a reply, or without any.
    Cut,
    /// Open, and nothing came for a long time.
    Silent,
}

/// The answers to one request.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Answers {
    /// Whether a build that was asked for succeeded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) builds: Option<bool>,
    /// The lines of the build's table, symbol and path.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) routes: Vec<String>,
    /// How often the origin was asked, in the order in which the steps want to know it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) calls: Vec<usize>,
    #[serde(default)]
    pub(crate) replies: Vec<Answer>,
    /// What the server printed, without stack frames.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) log: Vec<String>,
}

/// `recorded.json`.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Recorded {
    /// The versions that answered.
    pub(crate) by: String,
    /// In the order of the requests.
    pub(crate) answers: Vec<Named>,
}

/// The answers to one request, with its name.
#[derive(Serialize, Deserialize)]
pub(crate) struct Named {
    name: String,
    #[serde(flatten)]
    answers: Answers,
}

impl Recorded {
    /// The recorded answers to `request`.
    pub(crate) fn of(&self, request: &Request) -> Result<&Answers> {
        let named = self.answers.iter().find(|named| named.name == request.name);
        named
            .map(|named| &named.answers)
            .with_context(|| format!("`{}` is not recorded: run `cargo xtask conformance record`", request.name))
    }
}

/// An entry of `ours.json`: where our answer differs on purpose.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Ours {
    /// The row that says why.
    pub(crate) row: String,
    /// Where the difference is not seen in each way to serve the project: where it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) only: Option<Mode>,
    /// Our answer in full.
    pub(crate) answers: Answers,
}

impl Case {
    /// All cases in order, or those whose id begins with one of `wanted`.
    ///
    /// # Errors
    /// If a case is broken, or nothing fits `wanted`.
    pub(crate) fn all(wanted: &[String]) -> Result<Vec<Self>> {
        let files = workspace::files()?;
        let ids = files.iter().filter_map(|file| file.strip_prefix("conformance/")?.strip_suffix("/requests.json"));
        let mut cases = Vec::new();
        for id in ids.filter(|id| wanted.is_empty() || wanted.iter().any(|start| id.starts_with(start.as_str()))) {
            let file = format!("conformance/{id}/requests.json");
            let requests: Requests =
                serde_json::from_str(&workspace::read(&file)?).with_context(|| format!("in `{file}`"))?;
            let mut names = BTreeSet::new();
            for request in &requests.list {
                if !names.insert(&request.name) {
                    bail!("`{file}` names two requests `{}`", request.name);
                }
                let mut sends = request.steps().iter().filter_map(Step::as_send);
                if sends.any(|send| send.send.is_none() == send.raw.is_none()) {
                    bail!("`{file}`, `{}`: a step has either `send` or `raw`", request.name);
                }
            }
            cases.push(Self { id: id.to_owned(), folder: workspace::root().join("conformance").join(id), requests });
        }
        if cases.is_empty() {
            bail!("no case begins with {wanted:?}");
        }
        Ok(cases)
    }

    /// The first part of its id.
    pub(crate) fn area(&self) -> &str {
        self.id.split('/').next().unwrap_or_default()
    }

    /// The case of exactly that id.
    pub(crate) fn one(id: &str) -> Result<Self> {
        let found = Self::all(&[id.to_owned()])?.into_iter().find(|case| case.id == id);
        found.with_context(|| format!("there is no case `{id}`"))
    }

    /// Checks that every row that the case names exists.
    pub(crate) fn require_known_rows(&self, rows: &Rows) -> Result<()> {
        let excuses = self.read_ours()?;
        let named = self.requests.list.iter().map(|request| &request.row);
        for row in named.chain(excuses.values().map(|ours| &ours.row)) {
            if rows.find(row).is_none() {
                bail!("`{}` names the row `{row}`, which `conformance/rows.json` does not have", self.id);
            }
        }
        for (name, ours) in &excuses {
            if rows.find(&ours.row).is_none_or(|row| row.differs.is_none()) {
                bail!("`{}`, `{name}`: the row `{}` does not say that we differ", self.id, ours.row);
            }
            if !self.requests.list.iter().any(|request| &request.name == name) {
                bail!("`{}`: ours.json answers `{name}`, which is not asked", self.id);
            }
        }
        Ok(())
    }

    /// Has it been recorded at all? A new case is not while its first recording is under way.
    pub(crate) fn is_recorded(&self) -> bool {
        self.folder.join("recorded.json").is_file()
    }

    pub(crate) fn read_recorded(&self) -> Result<Recorded> {
        let file = format!("conformance/{}/recorded.json", self.id);
        serde_json::from_str(&workspace::read(&file)?).with_context(|| format!("in `{file}`"))
    }

    pub(crate) fn read_ours(&self) -> Result<BTreeMap<String, Ours>> {
        if !self.folder.join("ours.json").exists() {
            return Ok(BTreeMap::new());
        }
        let file = format!("conformance/{}/ours.json", self.id);
        serde_json::from_str(&workspace::read(&file)?).with_context(|| format!("in `{file}`"))
    }

    /// Puts our answers to the requests of these names into `ours.json`; entries for requests that are gone go.
    pub(crate) fn write_ours(&self, row: &str, names: &[String], answers: Vec<Result<Answers>>) -> Result<()> {
        let mut answers: Vec<_> = answers.into_iter().map(Some).collect();
        let mut ours = self.read_ours()?;
        ours.retain(|name, _| self.requests.list.iter().any(|request| &request.name == name));
        for name in names {
            let index = self.requests.list.iter().position(|request| &request.name == name);
            let index = index.with_context(|| format!("`{}` does not ask `{name}`", self.id))?;
            let only = ours.get(name).and_then(|before| before.only);
            let answers = answers[index].take().with_context(|| format!("`{name}` is named twice"))??;
            ours.insert(name.clone(), Ours { row: row.to_owned(), only, answers });
        }
        let mut text = serde_json::to_string_pretty(&ours)?;
        text.push('\n');
        workspace::write(&format!("conformance/{}/ours.json", self.id), &text)
    }

    pub(crate) fn write_recorded(&self, answers: &[Answers], by: String) -> Result<()> {
        let requests = self.requests.list.iter().zip(answers);
        let named = requests.map(|(request, answers)| Named { name: request.name.clone(), answers: answers.clone() });
        let recorded = Recorded { by, answers: named.collect() };
        let mut text = serde_json::to_string_pretty(&recorded)?;
        text.push('\n');
        workspace::write(&format!("conformance/{}/recorded.json", self.id), &text)
    }
}
