//! The server that a case's handlers fetch from: it counts what it is asked for and never gives the same answer twice.
//!
//! The handlers find its port in the environment variable `ORIGIN_PORT`. What it does stands in the path:
//! `/value/<key>` answers with a fresh value, `/bytes/<count>/<key>` with so many letters, `/echo/<key>` with a value, method, body and
//! the `x-` and `authorization` fields of the request. Every request counts for its key, also one that is held back; what a case has
//! said about a key (its status, that it is held) holds for all three.
//!
//! One thread per connection, on the loopback interface; the connections of a run are few, and a thread ends with its connection or
//! after half a minute without a request.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, bail};

/// How long an answer is held back, and how long a call is waited for.
const LIMIT: Duration = Duration::from_secs(20);
const IDLE: Duration = Duration::from_secs(30);
/// Bodies of requests beyond this are refused.
const MOST_BODY_BYTES: usize = 1 << 20;
/// `/bytes/` gives no more.
const MOST_BYTES: usize = 8 << 20;

/// A running origin.
pub(crate) struct Origin {
    address: SocketAddr,
    shared: Arc<Shared>,
    is_over: Arc<AtomicBool>,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    /// By key, since they were last asked for.
    calls: BTreeMap<String, usize>,
    held: BTreeSet<String>,
    statuses: BTreeMap<String, u16>,
    /// Of all values given so far.
    values: u64,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until `found`, [`LIMIT`] at most; says whether it came.
    fn wait(&self, found: impl Fn(&State) -> bool) -> bool {
        let (state, _) = self
            .changed
            .wait_timeout_while(self.lock(), LIMIT, |state| !found(state))
            .unwrap_or_else(PoisonError::into_inner);
        found(&state)
    }
}

impl Origin {
    /// Starts one on a free port of the loopback interface.
    pub(crate) fn start() -> Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).context("no free port on 127.0.0.1")?;
        let address = listener.local_addr()?;
        let (shared, is_over) = (Arc::new(Shared::default()), Arc::new(AtomicBool::new(false)));
        let (state, over) = (Arc::clone(&shared), Arc::clone(&is_over));
        thread::spawn(move || {
            for stream in listener.incoming() {
                if over.load(Ordering::Relaxed) {
                    return;
                }
                let Ok(stream) = stream else { continue };
                let state = Arc::clone(&state);
                // A connection that fails is one that the handler's side gave up.
                thread::spawn(move || drop(serve(&stream, &state)));
            }
        });
        Ok(Self { address, shared, is_over })
    }

    pub(crate) fn port(&self) -> u16 {
        self.address.port()
    }

    /// How often `key` was asked for since the last time.
    pub(crate) fn take_calls(&self, key: &str) -> usize {
        self.shared.lock().calls.remove(key).unwrap_or(0)
    }

    /// Waits until `key` was asked for `count` times.
    pub(crate) fn await_calls(&self, key: &str, count: usize) -> Result<()> {
        if !self.shared.wait(|state| state.calls.get(key).is_some_and(|calls| *calls >= count)) {
            bail!("the origin was not asked {count} times for `{key}` within {LIMIT:?}");
        }
        Ok(())
    }

    /// Holds back what is asked for `key` from now on.
    pub(crate) fn hold(&self, key: &str) {
        self.shared.lock().held.insert(key.to_owned());
    }

    /// Answers what is held back for `key`.
    pub(crate) fn release(&self, key: &str) {
        self.shared.lock().held.remove(key);
        self.shared.changed.notify_all();
    }

    /// Answers `key` with this status from now on.
    pub(crate) fn set_status(&self, key: &str, status: u16) {
        self.shared.lock().statuses.insert(key.to_owned(), status);
    }
}

impl Drop for Origin {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::Relaxed);
        // Wakes the listener, which then sees that it is over.
        drop(TcpStream::connect_timeout(&self.address, Duration::from_secs(1)));
    }
}

struct Request {
    method: String,
    path: String,
    fields: Vec<String>,
    body: Vec<u8>,
}

fn serve(stream: &TcpStream, shared: &Shared) -> Result<()> {
    stream.set_read_timeout(Some(IDLE))?;
    stream.set_nodelay(true)?;
    let mut reader = BufReader::new(stream);
    while let Some(request) = read_request(&mut reader)? {
        let (status, body) = answer(&request, shared)?;
        let head = format!(
            "HTTP/1.1 {status} -\r\ncontent-type: text/plain\r\ncontent-length: {}\r\nx-origin: yes\r\n\r\n",
            body.len()
        );
        let mut stream = stream;
        stream.write_all(head.as_bytes())?;
        if request.method != "HEAD" {
            stream.write_all(body.as_bytes())?;
        }
    }
    Ok(())
}

fn answer(request: &Request, shared: &Shared) -> Result<(u16, String)> {
    let path = request.path.split('?').next().unwrap_or_default();
    let mut parts = path.trim_start_matches('/').split('/');
    let (what, mut rest) = (parts.next().unwrap_or_default(), parts);
    let number = if what == "bytes" { rest.next() } else { None };
    let key = rest.next().context("no key in the path")?.to_owned();
    let value = {
        let mut state = shared.lock();
        *state.calls.entry(key.clone()).or_default() += 1;
        state.values += 1;
        state.values
    };
    shared.changed.notify_all();
    if !shared.wait(|state| !state.held.contains(&key)) {
        bail!("`{key}` was not released within {LIMIT:?}");
    }
    let status = shared.lock().statuses.get(&key).copied().unwrap_or(200);
    let number = number.map(str::parse::<usize>).transpose().context("a number in the path")?;
    let value = format!("value-o{value:07}");
    Ok(match (what, number) {
        ("value", _) => (status, value),
        ("bytes", Some(count)) => (status, "x".repeat(count.min(MOST_BYTES))),
        ("echo", _) => (status, echo(request, &value)),
        _ => (404, format!("no such thing: {path}")),
    })
}

fn echo(request: &Request, value: &str) -> String {
    let told = |line: &&String| line.starts_with("x-") || line.starts_with("authorization");
    let mut fields: Vec<_> = request.fields.iter().filter(told).cloned().collect();
    fields.sort_unstable();
    let body = String::from_utf8_lossy(&request.body);
    format!("{} {} [{}] {body} {value}", request.method, request.path, fields.join("; "))
}

/// The next request of a connection; none at its end.
fn read_request(reader: &mut impl BufRead) -> Result<Option<Request>> {
    let mut line = String::new();
    if reader.read_line(&mut line)? == 0 {
        return Ok(None);
    }
    let mut words = line.split_whitespace();
    let method = words.next().unwrap_or_default().to_owned();
    let path = words.next().context("a request line without a target")?.to_owned();
    let (mut fields, mut length) = (Vec::new(), Some(0));
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let Some((name, value)) = line.trim_end().split_once(':') else { break };
        let (name, value) = (name.to_ascii_lowercase(), value.trim());
        match name.as_str() {
            "content-length" => length = Some(value.parse().context("content-length")?),
            "transfer-encoding" => length = None,
            _ => {}
        }
        fields.push(format!("{name}: {value}"));
    }
    let body = match length {
        Some(length) if length > MOST_BODY_BYTES => bail!("a body of {length} bytes"),
        Some(length) => {
            let mut body = vec![0; length];
            reader.read_exact(&mut body)?;
            body
        }
        None => read_chunks(reader)?,
    };
    Ok(Some(Request { method, path, fields, body }))
}

fn read_chunks(reader: &mut impl BufRead) -> Result<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let size = usize::from_str_radix(line.trim(), 16).with_context(|| format!("chunk size `{line}`"))?;
        if body.len() + size > MOST_BODY_BYTES {
            bail!("a body of more than {MOST_BODY_BYTES} bytes");
        }
        let mut chunk = vec![0; size + 2];
        reader.read_exact(&mut chunk)?;
        if size == 0 {
            return Ok(body);
        }
        body.extend_from_slice(&chunk[..size]);
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::*;

    fn ask(origin: &Origin, request: &str) -> String {
        let mut stream = TcpStream::connect(origin.address).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        stream.shutdown(std::net::Shutdown::Write).unwrap();
        let mut reply = String::new();
        stream.read_to_string(&mut reply).unwrap();
        reply
    }

    #[test]
    fn calls_are_counted_by_key_and_values_differ() {
        let origin = Origin::start().unwrap();
        let [first, second] = [(); 2].map(|()| ask(&origin, "GET /value/a?x=1 HTTP/1.1\r\n\r\n"));
        assert!(first.starts_with("HTTP/1.1 200 ") && first.contains("value-"), "{first}");
        assert_ne!(first, second);
        assert_eq!((origin.take_calls("a"), origin.take_calls("a"), origin.take_calls("b")), (2, 0, 0));
    }

    #[test]
    fn what_is_held_comes_when_it_is_released() {
        let origin = Origin::start().unwrap();
        origin.hold("k");
        thread::scope(|scope| {
            let asked = scope.spawn(|| ask(&origin, "GET /value/k HTTP/1.1\r\n\r\n"));
            origin.await_calls("k", 1).unwrap();
            origin.release("k");
            assert!(asked.join().unwrap().contains("value-"));
        });
    }

    #[test]
    fn a_body_in_chunks_is_echoed_with_the_fields_and_the_status_that_was_set() {
        let origin = Origin::start().unwrap();
        origin.set_status("k", 503);
        let request = "POST /echo/k HTTP/1.1\r\nX-A: b\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n";
        let reply = ask(&origin, request);
        assert!(reply.starts_with("HTTP/1.1 503 "), "{reply}");
        assert!(reply.contains("POST /echo/k [x-a: b] hi value-"), "{reply}");
    }
}
