//! A client that sees bytes: sends what it is told and reads replies as RFC 9112 frames them.
//!
//! It does not hide anything that a real client would: interim replies, the spelling of field names, a connection
//! that is cut within a body. Replies are bounded (64 MiB), and so is every wait.

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use flate2::read::{DeflateDecoder, GzDecoder, ZlibDecoder};

use crate::conformance::case::{Answer, End};

/// Without a byte for so long, nothing more is expected: long enough for a first compilation on a busy machine.
const PATIENCE: Duration = Duration::from_secs(20);
/// The same between the bytes of a body, and for the end of a connection that was announced.
const SHORT_PATIENCE: Duration = Duration::from_secs(5);
const MAX_REPLY_BYTES: usize = 64 << 20;

/// One connection.
pub(crate) struct Connection {
    stream: TcpStream,
    /// Received and not yet part of a reply.
    pending: Vec<u8>,
    /// The server has closed its side.
    ended: bool,
}

/// What a read brought.
enum Arrival {
    Bytes,
    End,
    Nothing,
}

impl Connection {
    pub(crate) fn open(address: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect(address).with_context(|| format!("cannot connect to {address}"))?;
        stream.set_nodelay(true)?;
        stream.set_write_timeout(Some(PATIENCE))?;
        Ok(Self { stream, pending: Vec::new(), ended: false })
    }

    /// Sends bytes. A server that has closed the connection is no error: its reply, if any, is still read.
    pub(crate) fn send(&mut self, bytes: &[u8]) -> Result<()> {
        match self.stream.write_all(bytes) {
            Ok(()) => Ok(()),
            Err(error) if matches!(error.kind(), ErrorKind::BrokenPipe | ErrorKind::ConnectionReset) => Ok(()),
            Err(error) => Err(error).context("cannot send"),
        }
    }

    /// Reads one reply to a request with the given method.
    pub(crate) fn read_reply(&mut self, method: &str) -> Result<Answer> {
        let mut answer = Answer::default();
        loop {
            let Some(head) = self.read_head()? else {
                answer.end = if self.ended { End::Cut } else { End::Silent };
                return Ok(answer);
            };
            let mut lines = head.split("\r\n");
            let status = lines.next().unwrap_or_default();
            let Some((version, status)) = status.split_once(' ') else { bail!("no status line: `{status}`") };
            if status.starts_with('1') {
                answer.interim.push(status.to_owned());
                continue;
            }
            status.clone_into(&mut answer.status);
            answer.headers = lines.filter(|line| !line.is_empty()).map(str::to_owned).collect();
            let whole = self.read_body(method, &mut answer)?;
            answer.end = self.end_of(&answer, version, whole)?;
            return Ok(answer);
        }
    }

    /// Reads an interim reply (100 Continue), if the next one is that.
    pub(crate) fn read_interim(&mut self) -> Result<Vec<String>> {
        if !self.has_more(PATIENCE)? || !self.pending.starts_with(b"HTTP/1.1 1") {
            return Ok(Vec::new());
        }
        let head = self.read_head()?.unwrap_or_default();
        Ok(vec![head.trim_start_matches("HTTP/1.1 ").to_owned()])
    }

    /// Is there anything more within `patience`?
    pub(crate) fn has_more(&mut self, patience: Duration) -> Result<bool> {
        if !self.pending.is_empty() {
            return Ok(true);
        }
        Ok(matches!(self.receive(patience)?, Arrival::Bytes))
    }

    /// Has the server closed the connection?
    pub(crate) fn is_ended(&self) -> bool {
        self.ended && self.pending.is_empty()
    }

    /// The head of the next message as text (latin-1), without the empty line that ends it.
    fn read_head(&mut self) -> Result<Option<String>> {
        loop {
            if let Some(at) = find(&self.pending, b"\r\n\r\n") {
                let rest = self.pending.split_off(at + 4);
                let head = std::mem::replace(&mut self.pending, rest);
                return Ok(Some(head[..at].iter().map(|byte| char::from(*byte)).collect()));
            }
            match self.receive(PATIENCE)? {
                Arrival::Bytes => {}
                Arrival::End | Arrival::Nothing => return Ok(None),
            }
        }
    }

    /// Reads the body into `answer`; says whether it came whole.
    fn read_body(&mut self, method: &str, answer: &mut Answer) -> Result<bool> {
        let code = answer.status.split(' ').next().unwrap_or_default();
        if method == "HEAD" || code == "204" || code == "304" {
            return Ok(true);
        }
        let (bytes, whole) = if field(answer, "transfer-encoding").is_some_and(|coding| coding.contains("chunked")) {
            self.read_chunks()?
        } else if let Some(length) = field(answer, "content-length") {
            let length = length.parse().with_context(|| format!("content-length `{length}`"))?;
            let bytes = self.take(length)?;
            let whole = bytes.len() == length;
            (bytes, whole)
        } else {
            while let Arrival::Bytes = self.receive(SHORT_PATIENCE)? {}
            (std::mem::take(&mut self.pending), self.ended)
        };
        let bytes = match field(answer, "content-encoding") {
            Some(coding) if whole => decode(&coding, &bytes)?,
            _ => bytes,
        };
        match String::from_utf8(bytes) {
            Ok(text) => answer.body = text,
            Err(error) => answer.latin1 = error.as_bytes().iter().map(|byte| char::from(*byte)).collect(),
        }
        Ok(whole)
    }

    fn read_chunks(&mut self) -> Result<(Vec<u8>, bool)> {
        let mut body = Vec::new();
        loop {
            let Some(size_line) = self.take_line()? else { return Ok((body, false)) };
            let size = size_line.split(';').next().unwrap_or_default().trim();
            let size = usize::from_str_radix(size, 16).with_context(|| format!("chunk size `{size_line}`"))?;
            if size == 0 {
                // Trailers, up to the empty line.
                while self.take_line()?.is_some_and(|line| !line.is_empty()) {}
                return Ok((body, true));
            }
            let chunk = self.take(size)?;
            let whole = chunk.len() == size;
            body.extend_from_slice(&chunk);
            if !whole || self.take_line()?.is_none() {
                return Ok((body, false));
            }
        }
    }

    fn take_line(&mut self) -> Result<Option<String>> {
        loop {
            if let Some(at) = find(&self.pending, b"\r\n") {
                let rest = self.pending.split_off(at + 2);
                let line = std::mem::replace(&mut self.pending, rest);
                return Ok(Some(String::from_utf8_lossy(&line[..at]).into_owned()));
            }
            if !matches!(self.receive(PATIENCE)?, Arrival::Bytes) {
                return Ok(None);
            }
        }
    }

    /// So many bytes, or fewer if the connection ends before.
    fn take(&mut self, length: usize) -> Result<Vec<u8>> {
        while self.pending.len() < length {
            if !matches!(self.receive(PATIENCE)?, Arrival::Bytes) {
                return Ok(std::mem::take(&mut self.pending));
            }
        }
        let rest = self.pending.split_off(length);
        Ok(std::mem::replace(&mut self.pending, rest))
    }

    fn end_of(&mut self, answer: &Answer, version: &str, whole: bool) -> Result<End> {
        let closes = field(answer, "connection").is_some_and(|value| value.eq_ignore_ascii_case("close"));
        if (closes || version == "HTTP/1.0") && !self.ended {
            while let Arrival::Bytes = self.receive(SHORT_PATIENCE)? {}
        }
        Ok(match (self.ended, whole) {
            (true, true) => End::Closed,
            (true, false) => End::Cut,
            (false, true) => End::Open,
            (false, false) => End::Silent,
        })
    }

    fn receive(&mut self, patience: Duration) -> Result<Arrival> {
        if self.ended {
            return Ok(Arrival::End);
        }
        self.stream.set_read_timeout(Some(patience))?;
        let mut buffer = [0; 16_384];
        match self.stream.read(&mut buffer) {
            Ok(0) => {
                self.ended = true;
                Ok(Arrival::End)
            }
            Ok(length) => {
                self.pending.extend_from_slice(&buffer[..length]);
                if self.pending.len() > MAX_REPLY_BYTES {
                    bail!("a reply of more than {MAX_REPLY_BYTES} bytes");
                }
                Ok(Arrival::Bytes)
            }
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => Ok(Arrival::Nothing),
            Err(error) if error.kind() == ErrorKind::ConnectionReset => {
                self.ended = true;
                Ok(Arrival::End)
            }
            Err(error) => Err(error).context("cannot receive"),
        }
    }
}

/// The value of the last field of that name (names are matched without case).
pub(crate) fn field(answer: &Answer, name: &str) -> Option<String> {
    answer.headers.iter().rev().find_map(|line| {
        let (field, value) = line.split_once(':')?;
        field.eq_ignore_ascii_case(name).then(|| value.trim().to_owned())
    })
}

fn decode(coding: &str, bytes: &[u8]) -> Result<Vec<u8>> {
    let mut plain = Vec::new();
    match coding {
        "gzip" => GzDecoder::new(bytes).read_to_end(&mut plain).map(|_| ()),
        // RFC 9110 section 8.4.1.2 means the zlib format; some servers send the bare stream.
        "deflate" => ZlibDecoder::new(bytes).read_to_end(&mut plain).map(|_| ()).or_else(|_| {
            plain.clear();
            DeflateDecoder::new(bytes).read_to_end(&mut plain).map(|_| ())
        }),
        _ => return Ok(bytes.to_vec()),
    }
    .with_context(|| format!("the body is not `{coding}`"))?;
    Ok(plain)
}

fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes.windows(wanted.len()).position(|window| window == wanted)
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;
    use std::thread;

    use super::*;

    /// Reads one reply from a server that sends `bytes` and closes the connection.
    fn reply_of(bytes: &'static str, method: &str) -> Answer {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let server = thread::spawn(move || listener.accept().unwrap().0.write_all(bytes.as_bytes()).unwrap());
        let answer = Connection::open(address).unwrap().read_reply(method).unwrap();
        server.join().unwrap();
        answer
    }

    #[test]
    fn a_length_ends_the_body() {
        let answer = reply_of("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi", "GET");
        assert_eq!((answer.status.as_str(), answer.body.as_str()), ("200 OK", "hi"));
        assert_eq!(answer.headers, ["Content-Length: 2"]);
    }

    #[test]
    fn chunks_are_joined_and_trailers_read_over() {
        let bytes = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n1;x=y\r\n!\r\n0\r\nA: b\r\n\r\n";
        let answer = reply_of(bytes, "GET");
        assert_eq!((answer.body.as_str(), answer.end), ("hi!", End::Open));
    }

    #[test]
    fn a_body_that_is_cut_is_told_from_a_whole_one() {
        let answer = reply_of("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhi", "GET");
        assert_eq!((answer.body.as_str(), answer.end), ("hi", End::Cut));
        assert_eq!(reply_of("", "GET").end, End::Cut);
    }

    #[test]
    fn a_reply_to_head_has_no_body() {
        let answer = reply_of("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n", "HEAD");
        assert_eq!((answer.body.as_str(), answer.end), ("", End::Open));
    }

    #[test]
    fn interim_replies_are_kept_apart() {
        let answer = reply_of("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n", "POST");
        assert_eq!((answer.interim, answer.status.as_str()), (vec!["100 Continue".to_owned()], "204 No Content"));
    }

    #[test]
    fn a_body_without_length_ends_with_the_connection() {
        let answer = reply_of("HTTP/1.0 200 OK\r\n\r\nuntil the end", "GET");
        assert_eq!((answer.body.as_str(), answer.end), ("until the end", End::Closed));
    }
}
