//! Sends the requests of a case to a running server and collects the answers.
//!
//! One request after the other, each on a connection of its own, so that what the server prints belongs to the
//! request that was under way. The server's port and the bypass cookie of the run are replaced by their names, so
//! that the answers do not depend on the run.

use std::time::Duration;

use anyhow::{Context, Result};

use crate::conformance::case::{Answer, Answers, Case, End, Request, Step};
use crate::conformance::compare;
use crate::conformance::wire::Connection;
use crate::process::Server;

/// Bodies up to this length are kept as they are.
const LONGEST_BODY: usize = 4096;

/// How long a message that is expected may take to be printed.
const LOG_LIMIT: Duration = Duration::from_secs(10);

/// Plays all requests of `case`, in order. `expected_log` names the messages that a request is known to print: they
/// are waited for; without any, the log is read until it is quiet.
pub(crate) fn play<'case>(
    case: &'case Case,
    server: &Server,
    expected_log: impl Fn(&Request) -> &'case [String],
) -> Result<Vec<Answers>> {
    let requests = case.requests.list.iter();
    let play = |request| play_one(request, server, expected_log(request));
    requests.map(|request| play(request).with_context(|| format!("`{}`", request.name))).collect()
}

fn play_one(request: &Request, server: &Server, expected_log: &[String]) -> Result<Answers> {
    // What earlier requests still print is not this one's.
    let printed_before = if request.log { quiet_length(server) } else { 0 };
    let mut connection = Connection::open(server.address())?;
    let mut names = Names { port: server.address().port().to_string(), cookie: String::new() };
    let mut replies = Vec::new();
    for step in &request.steps {
        let bytes = bytes_of(step, &names);
        connection.send(&bytes)?;
        if step.abandon {
            connection.has_more(Duration::from_secs(1))?;
            connection = Connection::open(server.address())?;
            continue;
        }
        let methods = methods_of(&bytes);
        let mut interim = Vec::new();
        if let Some(rest) = &step.after_continue {
            interim = connection.read_interim()?;
            connection.send(&latin1(&names.fill(rest)))?;
        }
        for (index, method) in methods.iter().enumerate() {
            let mut reply = connection.read_reply(method)?;
            reply.interim.splice(0..0, interim.drain(..));
            let over = reply.end != End::Open;
            names.keep(step, &reply);
            replies.push(reply);
            if over || index + 1 == methods.len() {
                break;
            }
        }
        // Bytes that no request asked for show up as a further reply.
        if step.raw.is_some() {
            settle(&mut connection, &mut replies)?;
        }
    }
    let mut answers = Answers { replies, log: Vec::new() };
    if request.log {
        answers.log = printed_since(server, printed_before, expected_log);
    }
    names.replace_in(&mut answers);
    Ok(answers)
}

/// After raw bytes: further replies, and whether the connection was closed.
fn settle(connection: &mut Connection, replies: &mut Vec<Answer>) -> Result<()> {
    while connection.has_more(Duration::from_millis(250))? {
        let reply = connection.read_reply("GET")?;
        replies.push(reply);
    }
    if let Some(last) = replies.last_mut().filter(|last| last.end == End::Open && connection.is_ended()) {
        last.end = End::Closed;
    }
    Ok(())
}

/// Values of this run and what stands for them in files.
struct Names {
    port: String,
    cookie: String,
}

impl Names {
    fn fill(&self, text: &str) -> String {
        text.replace("{port}", &self.port).replace("{cookie}", &self.cookie)
    }

    fn keep(&mut self, step: &Step, reply: &Answer) {
        let Some(name) = &step.keep_cookie else { return };
        let start = format!("set-cookie: {name}=");
        let line = reply.headers.iter().find(|line| line.to_ascii_lowercase().starts_with(&start));
        if let Some(value) = line.and_then(|line| line[start.len()..].split(';').next()) {
            value.clone_into(&mut self.cookie);
        }
    }

    fn replace_in(&self, answers: &mut Answers) {
        let replace = |text: &mut String| {
            *text = text.replace(&self.port, "{port}");
            if !self.cookie.is_empty() {
                *text = text.replace(&self.cookie, "{cookie}");
            }
        };
        for reply in &mut answers.replies {
            reply.headers.iter_mut().for_each(replace);
            for line in reply.headers.iter_mut().filter(|line| line.to_ascii_lowercase().starts_with("date: ")) {
                line.truncate("date: ".len());
                line.push_str("(now)");
            }
            replace(&mut reply.body);
            shorten(&mut reply.body);
        }
        answers.log.iter_mut().for_each(replace);
    }
}

/// Stands a long body for its length and checksum (FNV-1a), so that files stay readable.
fn shorten(body: &mut String) {
    if body.len() > LONGEST_BODY {
        let step = |sum: u64, byte: u8| (sum ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        let sum = body.bytes().fold(0xcbf2_9ce4_8422_2325, step);
        *body = format!("({} bytes, FNV-1a {sum:016x})", body.len());
    }
}

fn bytes_of(step: &Step, names: &Names) -> Vec<u8> {
    if let Some(raw) = &step.raw {
        return latin1(&names.fill(raw));
    }
    let target = names.fill(step.send.as_deref().unwrap_or_default());
    let mut head = format!("{target} HTTP/1.1\r\nHost: localhost:{}\r\n", names.port);
    for line in &step.headers {
        head.push_str(&names.fill(line));
        head.push_str("\r\n");
    }
    let mut bytes = Vec::new();
    if let Some(chunks) = &step.chunks {
        bytes.extend_from_slice(format!("{head}Transfer-Encoding: chunked\r\n\r\n").as_bytes());
        for chunk in chunks {
            bytes.extend_from_slice(format!("{:x}\r\n{chunk}\r\n", chunk.len()).as_bytes());
        }
        bytes.extend_from_slice(b"0\r\n\r\n");
        return bytes;
    }
    let body = match (&step.body, &step.latin1, step.body_length) {
        (Some(text), _, _) => Some(names.fill(text).into_bytes()),
        (_, Some(text), _) => Some(latin1(text)),
        (_, _, Some(length)) => Some(vec![b'x'; length]),
        (None, None, None) => None,
    };
    let length = body.as_ref().map(|body| format!("Content-Length: {}\r\n", body.len())).unwrap_or_default();
    bytes.extend_from_slice(format!("{head}{length}\r\n").as_bytes());
    bytes.extend_from_slice(&body.unwrap_or_default());
    bytes
}

fn latin1(text: &str) -> Vec<u8> {
    text.chars().map(|letter| u8::try_from(u32::from(letter)).unwrap_or(b'?')).collect()
}

/// The methods of the requests in `bytes`, so that replies without a body are known; at least one.
fn methods_of(bytes: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(bytes);
    let request_lines = text.lines().filter(|line| line.contains(" HTTP/1."));
    let mut methods: Vec<String> =
        request_lines.map(|line| line.split(' ').next().unwrap_or_default().to_owned()).collect();
    if methods.is_empty() {
        methods.push("GET".to_owned());
    }
    methods
}

/// What the server printed since, without stack frames, once it is quiet.
fn printed_since(server: &Server, before: usize, expected: &[String]) -> Vec<String> {
    if expected.is_empty() {
        server.wait_for_log(Duration::from_secs(1), |lines| lines.len() > before);
    } else {
        server.wait_for_log(LOG_LIMIT, |lines| compare::missing_log_line(expected, &lines[before..]).is_none());
    }
    quiet_length(server);
    let lines = server.log().split_off(before);
    let is_frame = |line: &str| line.trim_start().starts_with("at ") || line.trim().is_empty();
    lines.into_iter().filter(|line| !is_frame(line)).collect()
}

/// The number of lines printed, once no further one comes for a moment.
fn quiet_length(server: &Server) -> usize {
    loop {
        let seen = server.log().len();
        if !server.wait_for_log(Duration::from_millis(150), |lines| lines.len() > seen) {
            return seen;
        }
    }
}
