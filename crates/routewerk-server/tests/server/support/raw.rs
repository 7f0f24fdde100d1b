//! HTTP/1.1 as bytes: what is sent is what the test wrote, what comes back is taken apart as little as needed.

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use super::WAIT;

/// A client connection.
pub(crate) struct RawHttp {
    stream: TcpStream,
    unread: Vec<u8>,
}

/// A reply, its body taken out of its framing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) reason: String,
    /// Names as they were sent.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
    /// The chunks as they were framed, where they were.
    pub(crate) chunks: Vec<usize>,
    /// Whether the body ended as its framing says.
    pub(crate) is_complete: bool,
}

impl Reply {
    /// The first value of a field.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// Every value of a field.
    pub(crate) fn all(&self, name: &str) -> Vec<&str> {
        let named = self.headers.iter().filter(|(found, _)| found.eq_ignore_ascii_case(name));
        named.map(|(_, value)| value.as_str()).collect()
    }

    /// The body as text.
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// What an echo says after `name`.
    pub(crate) fn fact(&self, name: &str) -> Option<String> {
        self.facts(name).into_iter().next()
    }

    /// All that an echo says after `name`.
    pub(crate) fn facts(&self, name: &str) -> Vec<String> {
        let text = self.text();
        let head = text.split("\n\n").next().unwrap_or_default();
        let named = head.lines().filter_map(|line| line.strip_prefix(name));
        named.filter_map(|rest| rest.strip_prefix([' ', ':'])).map(|rest| rest.trim().to_owned()).collect()
    }

    /// The body that an echo has read.
    pub(crate) fn echoed(&self) -> String {
        self.text().split_once("\n\n").map(|(_, body)| body.to_owned()).unwrap_or_default()
    }
}

impl RawHttp {
    /// Connects.
    pub(crate) fn connect(address: SocketAddr) -> Self {
        let stream = TcpStream::connect_timeout(&address, WAIT).expect("the server accepts");
        stream.set_read_timeout(Some(WAIT)).expect("a time-out can be set");
        stream.set_write_timeout(Some(WAIT)).expect("a time-out can be set");
        stream.set_nodelay(true).expect("an option can be set");
        Self { stream, unread: Vec::new() }
    }

    /// The socket.
    pub(crate) fn socket(&self) -> &TcpStream {
        &self.stream
    }

    /// Sends bytes.
    #[track_caller]
    pub(crate) fn send(&mut self, bytes: impl AsRef<[u8]>) -> &mut Self {
        self.stream.write_all(bytes.as_ref()).expect("the server reads");
        self
    }

    /// Sends bytes to a server that may have closed already.
    pub(crate) fn try_send(&mut self, bytes: impl AsRef<[u8]>) -> bool {
        self.stream.write_all(bytes.as_ref()).is_ok()
    }

    /// Ends the sending half.
    pub(crate) fn finish_sending(&mut self) -> &mut Self {
        self.stream.shutdown(Shutdown::Write).expect("the connection is open");
        self
    }

    /// Closes with a reset, as a killed client does.
    pub(crate) fn reset(self) {
        socket2::SockRef::from(&self.stream).set_linger(Some(Duration::ZERO)).expect("an option can be set");
    }

    /// Sends a request with a `Host` field and reads the reply.
    #[track_caller]
    pub(crate) fn request(&mut self, method: &str, target: &str, headers: &[(&str, &str)], body: &[u8]) -> Reply {
        let mut head = format!("{method} {target} HTTP/1.1\r\nHost: test.example\r\n");
        for (name, value) in headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        if !body.is_empty() {
            head.push_str(&format!("Content-Length: {}\r\n", body.len()));
        }
        head.push_str("\r\n");
        let mut bytes = head.into_bytes();
        bytes.extend_from_slice(body);
        self.send(bytes);
        self.reply(method)
    }

    /// Reads a reply to a request of this method, interim replies left out.
    #[track_caller]
    pub(crate) fn reply(&mut self, method: &str) -> Reply {
        let mut reply = loop {
            let head = self.head();
            if head.status >= 200 {
                break head;
            }
        };
        let length = reply.header("content-length").map(|value| value.parse().expect("a length"));
        reply.is_complete = if method == "HEAD" || matches!(reply.status, 204 | 304) {
            true
        } else if reply.header("transfer-encoding") == Some("chunked") {
            self.read_chunks(&mut reply)
        } else if let Some(length) = length {
            self.read_exactly(length, &mut reply.body)
        } else {
            reply.body = self.rest();
            true
        };
        reply
    }

    /// Reads a reply's head; the body stays unread.
    #[track_caller]
    pub(crate) fn head(&mut self) -> Reply {
        let head = self.until(b"\r\n\r\n").expect("a complete head before the end of the connection");
        let head: String = head.iter().map(|byte| char::from(*byte)).collect();
        let mut lines = head.trim_end().split("\r\n");
        let status_line = lines.next().unwrap_or_default();
        let mut parts = status_line.splitn(3, ' ');
        assert_eq!(parts.next(), Some("HTTP/1.1"), "in {head:?}");
        let status = parts.next().and_then(|status| status.parse().ok()).expect("a status");
        let reason = parts.next().expect("a reason").to_owned();
        let headers = lines.map(|line| {
            let (name, value) = line.split_once(':').expect("a field");
            (name.to_owned(), value.trim().to_owned())
        });
        Reply { status, reason, headers: headers.collect(), ..Reply::default() }
    }

    fn read_chunks(&mut self, reply: &mut Reply) -> bool {
        loop {
            let Some(line) = self.until(b"\r\n") else { return false };
            let size = String::from_utf8_lossy(&line);
            let size = usize::from_str_radix(size.trim_end(), 16).expect("a chunk's size");
            if size == 0 {
                return self.until(b"\r\n").is_some_and(|line| line == b"\r\n");
            }
            if !self.read_exactly(size, &mut reply.body) {
                return false;
            }
            reply.chunks.push(size);
            let mut end = Vec::new();
            if !self.read_exactly(2, &mut end) {
                return false;
            }
            assert_eq!(end, b"\r\n");
        }
    }

    /// Reads one chunk of a reply that streams; `None` at the connection's end.
    pub(crate) fn chunk(&mut self) -> Option<Vec<u8>> {
        let line = self.until(b"\r\n")?;
        let size = usize::from_str_radix(String::from_utf8_lossy(&line).trim_end(), 16).expect("a chunk's size");
        let mut chunk = Vec::new();
        let mut end = Vec::new();
        (self.read_exactly(size, &mut chunk) && self.read_exactly(2, &mut end)).then_some(chunk)
    }

    fn until(&mut self, end: &[u8]) -> Option<Vec<u8>> {
        loop {
            if let Some(at) = self.unread.windows(end.len()).position(|window| window == end) {
                return Some(self.unread.drain(..at + end.len()).collect());
            }
            if self.read_more() == 0 {
                return None;
            }
        }
    }

    pub(crate) fn read_exactly(&mut self, count: usize, into: &mut Vec<u8>) -> bool {
        while self.unread.len() < count {
            if self.read_more() == 0 {
                into.append(&mut self.unread);
                return false;
            }
        }
        into.extend(self.unread.drain(..count));
        true
    }

    /// Reads to the connection's end, however it ends.
    pub(crate) fn rest(&mut self) -> Vec<u8> {
        while self.read_more() > 0 {}
        std::mem::take(&mut self.unread)
    }

    /// Whether the server closes without another byte.
    #[track_caller]
    pub(crate) fn is_closed(&mut self) -> bool {
        let rest = self.rest();
        assert!(rest.is_empty(), "more came: {:?}", String::from_utf8_lossy(&rest));
        true
    }

    /// Whether no byte comes, nor an end, for a moment.
    pub(crate) fn is_silent_for(&mut self, moment: Duration) -> bool {
        self.stream.set_read_timeout(Some(moment)).expect("a time-out can be set");
        let begun = Instant::now();
        let mut byte = [0];
        let result = self.stream.peek(&mut byte);
        self.stream.set_read_timeout(Some(WAIT)).expect("a time-out can be set");
        self.unread.is_empty()
            && begun.elapsed() >= moment / 2
            && matches!(result, Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut))
    }

    #[track_caller]
    fn read_more(&mut self) -> usize {
        let mut buffer = [0; 16 * 1024];
        match self.stream.read(&mut buffer) {
            Ok(count) => {
                self.unread.extend_from_slice(&buffer[..count]);
                count
            }
            Err(error) if error.kind() == ErrorKind::ConnectionReset => 0,
            Err(error) => panic!("{error} after {:?}", String::from_utf8_lossy(&self.unread)),
        }
    }
}
