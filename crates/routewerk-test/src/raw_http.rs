//! HTTP/1.1 as bytes: what is sent is exactly what the test wrote, what comes back is taken apart as little as needed.
//! Deliberately no HTTP client: a client would mend what the tests are about.

use std::fmt::Write as _;
use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};

use crate::WAIT;

/// A client connection. Reading and writing time out after [`WAIT`].
#[derive(Debug)]
pub struct RawHttp {
    stream: TcpStream,
    unread: Vec<u8>,
}

/// A reply.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reply {
    /// The status code.
    pub status: u16,
    /// The reason phrase.
    pub reason: String,
    /// The fields in their order, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body, without its framing.
    pub body: Vec<u8>,
    /// Whether the body came to its end as its framing says.
    pub is_complete: bool,
}

impl Reply {
    /// The first value of a field; `name` in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str())
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON.
    ///
    /// # Panics
    /// If it is none.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error} in the body of {self:?}"))
    }
}

impl RawHttp {
    /// Connects.
    ///
    /// # Panics
    /// If nobody listens.
    pub fn connect(address: SocketAddr) -> Self {
        let stream = TcpStream::connect_timeout(&address, WAIT).expect("the server accepts");
        stream.set_read_timeout(Some(WAIT)).expect("a time-out can be set");
        stream.set_write_timeout(Some(WAIT)).expect("a time-out can be set");
        stream.set_nodelay(true).expect("an option can be set");
        Self { stream, unread: Vec::new() }
    }

    /// Sends bytes as they are.
    pub fn send(&mut self, bytes: impl AsRef<[u8]>) -> &mut Self {
        self.stream.write_all(bytes.as_ref()).expect("the server reads");
        self
    }

    /// Ends the sending half.
    pub fn finish_sending(&mut self) -> &mut Self {
        self.stream.shutdown(Shutdown::Write).expect("the connection is open");
        self
    }

    /// Sends a request with a `Host` field, and a `Content-Length` where there is a body, and reads the reply.
    pub fn request(&mut self, method: &str, target: &str, headers: &[(&str, &str)], body: &[u8]) -> Reply {
        let mut head = format!("{method} {target} HTTP/1.1\r\n");
        let host = self.stream.peer_addr().expect("connected").to_string();
        for (name, value) in [("host", host.as_str())].iter().chain(headers) {
            let _ = write!(head, "{name}: {value}\r\n");
        }
        if !body.is_empty() {
            let _ = write!(head, "content-length: {}\r\n", body.len());
        }
        head.push_str("\r\n");
        self.send(head).send(body);
        self.reply(method)
    }

    /// Reads a reply to a request of this method.
    ///
    /// # Panics
    /// If no complete head comes.
    pub fn reply(&mut self, method: &str) -> Reply {
        let mut reply = loop {
            let head = self.head();
            if head.status >= 200 {
                break head;
            }
        };
        let is_bodiless = method == "HEAD" || matches!(reply.status, 204 | 304);
        let chunked = reply.header("transfer-encoding").is_some_and(|value| value.ends_with("chunked"));
        reply.is_complete = if is_bodiless {
            true
        } else if chunked {
            self.chunks(&mut reply.body)
        } else if let Some(length) = reply.header("content-length").and_then(|value| value.parse().ok()) {
            self.exactly(length, &mut reply.body)
        } else {
            reply.body = self.to_end();
            true
        };
        reply
    }

    /// Reads a reply's head; the body stays unread.
    ///
    /// # Panics
    /// If no complete head comes.
    pub fn head(&mut self) -> Reply {
        let Some(text) = self.until(b"\r\n\r\n") else {
            panic!("no complete head: {:?}", String::from_utf8_lossy(&self.unread));
        };
        let text: String = text.iter().map(|byte| char::from(*byte)).collect();
        let mut lines = text.split("\r\n");
        let mut status = lines.next().unwrap_or_default().splitn(3, ' ').skip(1);
        Reply {
            status: status.next().and_then(|status| status.parse().ok()).expect("a status line"),
            reason: status.next().unwrap_or_default().to_owned(),
            headers: lines
                .filter_map(|line| line.split_once(':'))
                .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
                .collect(),
            body: Vec::new(),
            is_complete: false,
        }
    }

    /// Reads one chunk of a chunked body; `None` at its end or where the connection ends.
    pub fn chunk(&mut self) -> Option<Vec<u8>> {
        let line = self.until(b"\r\n")?;
        let length = String::from_utf8_lossy(&line);
        let length = usize::from_str_radix(length.split(';').next()?.trim(), 16).ok()?;
        if length == 0 {
            self.until(b"\r\n")?;
            return None;
        }
        let mut chunk = Vec::new();
        let is_whole = self.exactly(length, &mut chunk) && self.exactly(2, &mut Vec::new());
        is_whole.then_some(chunk)
    }

    /// Reads all that comes until the server closes.
    pub fn to_end(&mut self) -> Vec<u8> {
        while self.fill() {}
        std::mem::take(&mut self.unread)
    }

    /// Whether the server closes the connection without sending anything more.
    pub fn is_closed(&mut self) -> bool {
        self.unread.is_empty() && !self.fill()
    }

    /// A chunked body; whether it came to its end.
    fn chunks(&mut self, body: &mut Vec<u8>) -> bool {
        loop {
            let Some(line) = self.until(b"\r\n") else { return false };
            let line = String::from_utf8_lossy(&line).into_owned();
            let Ok(length) = usize::from_str_radix(line.split(';').next().unwrap_or_default().trim(), 16) else {
                return false;
            };
            if length == 0 {
                return self.until(b"\r\n").is_some();
            }
            if !self.exactly(length, body) || !self.exactly(2, &mut Vec::new()) {
                return false;
            }
        }
    }

    /// The bytes up to a mark, the mark taken but not returned.
    fn until(&mut self, mark: &[u8]) -> Option<Vec<u8>> {
        loop {
            if let Some(at) = self.unread.windows(mark.len()).position(|window| window == mark) {
                let rest = self.unread.split_off(at + mark.len());
                let mut taken = std::mem::replace(&mut self.unread, rest);
                taken.truncate(at);
                return Some(taken);
            }
            if !self.fill() {
                return None;
            }
        }
    }

    /// So many bytes, as many as come; whether all came.
    fn exactly(&mut self, length: usize, into: &mut Vec<u8>) -> bool {
        while self.unread.len() < length {
            if !self.fill() {
                into.append(&mut self.unread);
                return false;
            }
        }
        into.extend(self.unread.drain(..length));
        true
    }

    /// Reads once; whether anything came.
    fn fill(&mut self) -> bool {
        let mut piece = [0; 16_384];
        match self.stream.read(&mut piece) {
            Ok(count) => {
                self.unread.extend_from_slice(&piece[..count]);
                count > 0
            }
            Err(_) => false,
        }
    }
}
