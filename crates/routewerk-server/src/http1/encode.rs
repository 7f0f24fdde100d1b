//! Writes a reply's head, field for field as Node.js does: the handler's fields, `Date`, `Connection`,
//! `Keep-Alive`, framing.

use routewerk_handler::HeaderBlock;
use routewerk_routes::rules::RuleFields;

use crate::caching::{CachedReply, encoding_line};
use crate::clock::{Clock, Tails};
use crate::pipeline::ReplyField;
use crate::status::reason;

/// How a reply's body is delimited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ReplyFraming {
    /// No body and no word about one: HEAD, 204, 304.
    Bare,
    /// So many bytes.
    Length(usize),
    /// Chunks.
    Chunked,
    /// The end of the connection (HTTP/1.0).
    UntilClose,
}

/// The first line and the fields of a reply.
pub(super) struct ReplyHead<'reply> {
    /// The status.
    pub(super) status: u16,
    /// The handler's own phrase.
    pub(super) reason: Option<&'reply [u8]>,
    /// Lines in front of the handler's fields.
    pub(super) lead: &'static [u8],
    /// The fields of next.config.
    pub(super) fields: Option<&'reply RuleFields>,
    /// The handler's fields.
    pub(super) headers: &'reply HeaderBlock,
    /// How the body is delimited.
    pub(super) framing: ReplyFraming,
    /// Whether the connection is used again.
    pub(super) keep_alive: bool,
}

impl ReplyHead<'_> {
    /// Appends the head to `out`. Returns whether the connection is used again: a handler's `connection: close` is
    /// heeded.
    pub(super) fn write(&self, clock: &Clock, out: &mut Vec<u8>) -> bool {
        out.reserve(self.headers.as_bytes().len() + 256);
        self.write_status_line(out);
        out.extend_from_slice(self.lead);
        out.extend_from_slice(self.fields.map_or(b"", RuleFields::lines));
        let mut has_date = self.fields.is_some_and(|fields| fields.contains("date"));
        let mut has_connection = false;
        let mut keep_alive = self.keep_alive;
        for (name, value) in self.headers.iter() {
            match ReplyField::of(name) {
                ReplyField::Dropped => continue,
                // The server has the last word where it will close.
                ReplyField::Connection if !self.keep_alive => continue,
                ReplyField::Connection => {
                    has_connection = true;
                    keep_alive &= !names_close(value);
                }
                ReplyField::Date => has_date = true,
                ReplyField::Other => {}
            }
            out.extend_from_slice(name);
            out.extend_from_slice(b": ");
            out.extend_from_slice(value);
            out.extend_from_slice(b"\r\n");
        }
        clock.with_tails(|tails| write_tail(tails, self.keep_alive, has_date, has_connection, out));
        write_framing(self.framing, out);
        keep_alive
    }

    fn write_status_line(&self, out: &mut Vec<u8>) {
        if self.status == 200 && self.reason.is_none() {
            out.extend_from_slice(b"HTTP/1.1 200 OK\r\n");
            return;
        }
        out.extend_from_slice(b"HTTP/1.1 ");
        out.extend_from_slice(itoa::Buffer::new().format(self.status).as_bytes());
        out.push(b' ');
        // The seam promises a phrase that cannot end the line; a reply that splits in two is not left to a promise.
        let own = self.reason.filter(|own| own.iter().all(|byte| matches!(byte, b'\t' | b' '..=b'~' | 0x80..)));
        out.extend_from_slice(own.unwrap_or_else(|| reason(self.status).as_bytes()));
        out.extend_from_slice(b"\r\n");
    }
}

/// Appends the head of a stored reply, which was made ready when it was stored.
pub(super) fn write_cached_head(
    reply: &CachedReply,
    fields: Option<&RuleFields>,
    framing: ReplyFraming,
    keep_alive: bool,
    clock: &Clock,
    out: &mut Vec<u8>,
) {
    let (status_line, lines) = (reply.status_line(), reply.lines());
    out.reserve(status_line.len() + lines.map_or(0, <[u8]>::len) + 256);
    out.extend_from_slice(status_line);
    out.extend_from_slice(reply.state().line());
    match (lines, fields) {
        (Some(lines), None) => out.extend_from_slice(lines),
        (_, fields) => {
            out.extend_from_slice(fields.map_or(b"", RuleFields::lines));
            let is_replaced = |name: &[u8]| fields.is_some_and(|fields| fields.replaces(name));
            let own = reply.own_fields().map(|(name, value)| (name.as_bytes(), value.as_bytes()));
            for (name, value) in own.chain(reply.fields().filter(|(name, _)| !is_replaced(name))) {
                for part in [name, b": ", value, b"\r\n"] {
                    out.extend_from_slice(part);
                }
            }
        }
    }
    // A HEAD has none, as in Next.js: its reply has no body that could be encoded.
    if let (Some(encoding), ReplyFraming::Length(_)) = (reply.encoding(), framing) {
        out.extend_from_slice(encoding_line(encoding));
    }
    let has_date = reply.has_date() || fields.is_some_and(|fields| fields.contains("date"));
    clock.with_tails(|tails| write_tail(tails, keep_alive, has_date, false, out));
    write_framing(framing, out);
}

fn write_tail(tails: &Tails, keep_alive: bool, has_date: bool, has_connection: bool, out: &mut Vec<u8>) {
    let tail = if keep_alive { &tails.keep_alive } else { &tails.close };
    // Both begin with the date.
    let connection = &tail[tails.date.len()..];
    match (has_date, has_connection) {
        (false, false) => out.extend_from_slice(tail),
        (false, true) => out.extend_from_slice(&tails.date),
        (true, false) => out.extend_from_slice(connection),
        (true, true) => {}
    }
}

/// Appends what delimits the body, and the end of the head.
fn write_framing(framing: ReplyFraming, out: &mut Vec<u8>) {
    match framing {
        ReplyFraming::Length(length) => {
            out.extend_from_slice(b"Content-Length: ");
            out.extend_from_slice(itoa::Buffer::new().format(length).as_bytes());
            out.extend_from_slice(b"\r\n\r\n");
        }
        ReplyFraming::Chunked => out.extend_from_slice(b"Transfer-Encoding: chunked\r\n\r\n"),
        ReplyFraming::Bare | ReplyFraming::UntilClose => out.extend_from_slice(b"\r\n"),
    }
}

fn names_close(connection: &[u8]) -> bool {
    connection.split(|byte| *byte == b',').any(|token| token.trim_ascii().eq_ignore_ascii_case(b"close"))
}

/// Appends the size line of a chunk.
pub(super) fn write_chunk_size(length: usize, out: &mut Vec<u8>) {
    let digits = (usize::BITS - length.leading_zeros()).div_ceil(4).max(1);
    for place in (0..digits).rev() {
        out.push(b"0123456789abcdef"[(length >> (place * 4)) & 0xf]);
    }
    out.extend_from_slice(b"\r\n");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunk_sizes_are_hexadecimal() {
        for length in [0, 1, 9, 10, 15, 16, 255, 256, 65_535, 65_536, 1_048_577] {
            let mut out = Vec::new();
            write_chunk_size(length, &mut out);
            assert_eq!(out, format!("{length:x}\r\n").into_bytes());
        }
    }
}
