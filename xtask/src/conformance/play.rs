//! Plays the requests of a case against its subject and collects the answers.
//!
//! Each request has a connection of its own. They come one after the other, so that what the server prints belongs
//! to the request that was under way; those of a case that says so come several at a time. What differs from run to run is
//! replaced by names ([`super::names`]).

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::conformance::case::{Answer, Answers, Asks, Case, End, Request};
use crate::conformance::names::Names;
use crate::conformance::step::{Act, Build, Outgoing, Step};
use crate::conformance::subject::Subject;
use crate::conformance::wire::Connection;
use crate::conformance::{compare, table};
use crate::process::Server;

/// How long a message that is expected may take to be printed.
const LOG_LIMIT: Duration = Duration::from_secs(10);
/// How long a reply that a step asks for again and again may take to come.
const UNTIL_LIMIT: Duration = Duration::from_secs(8);
const UNTIL_PAUSE: Duration = Duration::from_millis(50);
/// Requests of a concurrent case that are under way at once.
const AT_ONCE: usize = 6;

/// Plays all requests of `case`, in order, and returns the outcome of each. `expected_log` names the messages that a request is
/// known to print: they are waited for; without any, the log is read until it is quiet.
pub(crate) fn play<'case>(
    case: &'case Case,
    subject: &mut Subject<'_>,
    expected_log: impl Fn(&Request) -> &'case [String],
) -> Vec<Result<Answers>> {
    let requests = &case.requests.list;
    let is_shared = |request: &Request| case.requests.concurrent && !request.is_alone();
    let mut answers = play_shared(requests.iter().enumerate().filter(|(_, request)| is_shared(request)), subject);
    for (index, request) in requests.iter().enumerate().filter(|(_, request)| !is_shared(request)) {
        answers.insert(index, play_one(request, Access::Alone(subject), expected_log(request)));
    }
    let named = requests.iter().zip(answers.into_values());
    named.map(|(request, answer)| answer.with_context(|| format!("`{}`", request.name))).collect()
}

/// Plays requests that do not disturb each other, [`AT_ONCE`] at a time; the answers by the number of the request.
fn play_shared<'case>(
    requests: impl Iterator<Item = (usize, &'case Request)> + Send,
    subject: &Subject<'_>,
) -> BTreeMap<usize, Result<Answers>> {
    let (requests, answers) = (Mutex::new(requests), Mutex::new(BTreeMap::new()));
    thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                loop {
                    let next = requests.lock().map_or(None, |mut requests| requests.next());
                    let Some((index, request)) = next else { return };
                    let answer = play_one(request, Access::Shared(subject), &[]);
                    if let Ok(mut answers) = answers.lock() {
                        answers.insert(index, answer);
                    }
                }
            });
        }
    });
    answers.into_inner().unwrap_or_default()
}

/// The subject, for this request alone or for others too.
enum Access<'subject, 'case> {
    Shared(&'subject Subject<'case>),
    Alone(&'subject mut Subject<'case>),
}

impl<'case> Access<'_, 'case> {
    fn subject(&self) -> &Subject<'case> {
        match self {
            Self::Shared(subject) => subject,
            Self::Alone(subject) => subject,
        }
    }

    fn restart(&mut self) -> Result<()> {
        match self {
            Self::Shared(_) => bail!("a server that others use is not restarted"),
            Self::Alone(subject) => subject.restart(),
        }
    }
}

fn play_one(request: &Request, access: Access<'_, '_>, expected_log: &[String]) -> Result<Answers> {
    let mut answers = match &request.asks {
        Asks::Steps(steps) => return Sequence::begin(request, access)?.play(steps, expected_log),
        Asks::Routes(below) => Answers { routes: table::routes(&access.subject().built, below), ..Answers::default() },
        Asks::Build(build) => built(build, access.subject())?,
    };
    Names::new(access.subject().port(), access.subject().origin.port()).replace_in(&mut answers);
    Ok(answers)
}

/// What became of a build, and which of the awaited texts it printed.
fn built(build: &Build, subject: &Subject<'_>) -> Result<Answers> {
    let (succeeded, text) = subject.build_variant(build)?;
    let routes = if succeeded { table::routes(&text, "/") } else { Vec::new() };
    let said = build.says.iter().filter(|said| text.contains(said.as_str())).cloned().collect();
    Ok(Answers { builds: Some(succeeded), routes, log: said, ..Answers::default() })
}

/// A request under way.
struct Sequence<'play, 'case> {
    request: &'play Request,
    access: Access<'play, 'case>,
    names: Names,
    connection: Connection,
    /// Replies that nobody has read yet, with the method of their request.
    open: BTreeMap<String, (Connection, String)>,
    /// When the sequence began, and when each step so far had its reply.
    ends: Vec<Instant>,
    answers: Answers,
    printed_before: usize,
}

impl<'play, 'case> Sequence<'play, 'case> {
    fn begin(request: &'play Request, access: Access<'play, 'case>) -> Result<Self> {
        let subject = access.subject();
        let server = subject.server()?;
        // What earlier requests still print is not this one's.
        let printed_before = if request.log { quiet_length(server) } else { 0 };
        let connection = Connection::open(server.address())?;
        let names = Names::new(subject.port(), subject.origin.port());
        let (open, ends, answers) = (BTreeMap::new(), vec![Instant::now()], Answers::default());
        Ok(Self { request, access, names, connection, open, ends, answers, printed_before })
    }

    fn play(mut self, steps: &[Step], expected_log: &[String]) -> Result<Answers> {
        for (index, step) in steps.iter().enumerate() {
            match step {
                Step::Send(send) => self.send(send),
                Step::Act(act) => self.act(act),
            }
            .with_context(|| format!("step {}", index + 1))?;
            self.ends.push(Instant::now());
        }
        if self.request.log {
            let server = self.access.subject().server()?;
            self.answers.log = printed_since(server, self.printed_before, expected_log);
        }
        self.names.replace_in(&mut self.answers);
        Ok(self.answers)
    }

    fn act(&mut self, act: &Act) -> Result<()> {
        let origin = &self.access.subject().origin;
        match act {
            Act::Answer(name) => {
                let (mut connection, method) =
                    self.open.remove(name).with_context(|| format!("nothing is open as `{name}`"))?;
                self.answers.replies.push(connection.read_reply(&method)?);
            }
            Act::Calls(key) => self.answers.calls.push(origin.take_calls(key)),
            Act::AwaitCalls(key, count) => origin.await_calls(key, *count)?,
            Act::Hold(key) => origin.hold(key),
            Act::Release(key) => origin.release(key),
            Act::Status(key, status) => origin.set_status(key, *status),
            Act::Restart(()) => {
                self.access.restart()?;
                self.printed_before = 0;
                self.reconnect()?;
            }
        }
        Ok(())
    }

    fn send(&mut self, send: &Outgoing) -> Result<()> {
        if let Some((step, milliseconds)) = send.wait {
            let since = self.ends.get(step).context("`wait` names a later step")?;
            thread::sleep((*since + Duration::from_millis(milliseconds)).saturating_duration_since(Instant::now()));
            // A connection that idles may have been closed meanwhile.
            self.reconnect()?;
        }
        let bytes = bytes_of(send, &self.names);
        let methods = methods_of(&bytes);
        if let Some(until) = &send.until {
            return self.ask_until(until, &bytes, &methods[0]);
        }
        if let Some(times) = send.times {
            return self.ask_at_once(times, &bytes, &methods[0]);
        }
        self.connection.send(&bytes)?;
        if let Some(name) = &send.open {
            let next = Connection::open(self.access.subject().server()?.address())?;
            let connection = std::mem::replace(&mut self.connection, next);
            self.open.insert(name.clone(), (connection, methods[0].clone()));
            return Ok(());
        }
        if send.abandon || send.leave {
            if send.abandon {
                self.connection.has_more(Duration::from_secs(1))?;
            }
            return self.reconnect();
        }
        self.read(send, &methods)
    }

    fn read(&mut self, send: &Outgoing, methods: &[String]) -> Result<()> {
        let mut interim = Vec::new();
        if let Some(rest) = &send.after_continue {
            interim = self.connection.read_interim()?;
            self.connection.send(&latin1(&self.names.fill(rest)))?;
        }
        for (index, method) in methods.iter().enumerate() {
            let mut reply = self.connection.read_reply(method)?;
            reply.interim.splice(0..0, interim.drain(..));
            let over = reply.end != End::Open;
            self.names.keep(send, &reply);
            self.answers.replies.push(reply);
            if over || index + 1 == methods.len() {
                break;
            }
        }
        // Bytes that no request asked for show up as a further reply.
        if send.raw.is_some() {
            settle(&mut self.connection, &mut self.answers.replies)?;
        }
        Ok(())
    }

    /// Asks again until the reply is the awaited one, which is the only one that counts.
    fn ask_until(&mut self, until: &str, bytes: &[u8], method: &str) -> Result<()> {
        let deadline = Instant::now() + UNTIL_LIMIT;
        loop {
            self.reconnect()?;
            self.connection.send(bytes)?;
            let reply = self.connection.read_reply(method)?;
            if is_awaited(until, &reply, self.answers.replies.last()) {
                self.answers.replies.push(reply);
                return Ok(());
            }
            if Instant::now() > deadline {
                bail!("no reply with `{until}` within {UNTIL_LIMIT:?}; the last one: {reply:?}");
            }
            thread::sleep(UNTIL_PAUSE);
        }
    }

    /// Asks on so many connections at once, and counts the replies that are equal.
    fn ask_at_once(&mut self, times: usize, bytes: &[u8], method: &str) -> Result<()> {
        let address = self.access.subject().server()?.address();
        let mut connections = (0..times).map(|_| Connection::open(address)).collect::<Result<Vec<_>>>()?;
        for connection in &mut connections {
            connection.send(bytes)?;
        }
        let mut distinct: Vec<Answer> = Vec::new();
        for connection in &mut connections {
            let mut reply = connection.read_reply(method)?;
            for line in &mut reply.headers {
                let name = line.split(':').next().unwrap_or_default().to_owned();
                let varies = |volatile: &String| volatile.eq_ignore_ascii_case(&name);
                if name.eq_ignore_ascii_case("date") || self.request.volatile.iter().any(varies) {
                    *line = format!("{name}: (varies)");
                }
            }
            let same = distinct.iter_mut().find(|known| Answer { times: None, ..(*known).clone() } == reply);
            match same {
                Some(known) => known.times = known.times.map(|count| count + 1).or(Some(2)),
                None => distinct.push(reply),
            }
        }
        self.answers.replies.append(&mut distinct);
        Ok(())
    }

    fn reconnect(&mut self) -> Result<()> {
        self.connection = Connection::open(self.access.subject().server()?.address())?;
        Ok(())
    }
}

fn is_awaited(until: &str, reply: &Answer, before: Option<&Answer>) -> bool {
    if let Some(text) = until.strip_prefix("body: ") {
        return reply.body.contains(text);
    }
    if until == "changed" {
        return before.is_some_and(|before| before.body != reply.body);
    }
    reply.headers.iter().any(|line| line.eq_ignore_ascii_case(until))
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

fn bytes_of(step: &Outgoing, names: &Names) -> Vec<u8> {
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
