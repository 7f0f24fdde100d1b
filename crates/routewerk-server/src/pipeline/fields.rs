//! The fields of a request on their way in, and of a reply on its way out.
//!
//! Internal names neither come in nor leak out: no header that a client can send means anything internal, because
//! the state that such headers carry in Next.js lives in memory here (CVE-2025-29927, CVE-2026-44572).

use std::net::SocketAddr;

use routewerk_handler::HeaderBlock;

use super::accept::prefers_html;

/// What a request field means to the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RequestField {
    /// `content-length`
    ContentLength,
    /// `transfer-encoding`
    TransferEncoding,
    /// `connection`
    Connection,
    /// `expect`
    Expect,
    /// `upgrade`
    Upgrade,
    /// `host`
    Host,
    /// `accept`
    Accept,
    /// `x-forwarded-host`
    ForwardedHost,
    /// `x-forwarded-port`
    ForwardedPort,
    /// `x-forwarded-proto`
    ForwardedProto,
    /// `x-forwarded-for`
    ForwardedFor,
    /// A name that only Next.js's own machinery may use; dropped.
    Internal,
    /// Everything else.
    Other,
}

impl RequestField {
    /// The meaning of a name, in any case.
    pub(crate) fn of(name: &[u8]) -> Self {
        let is = |known: &str| name.eq_ignore_ascii_case(known.as_bytes());
        // Most names are told from the known ones by their first letter alone.
        match name.first().map_or(0, u8::to_ascii_lowercase) {
            b'c' if is("content-length") => Self::ContentLength,
            b'c' if is("connection") => Self::Connection,
            b't' if is("transfer-encoding") => Self::TransferEncoding,
            b'e' if is("expect") => Self::Expect,
            b'u' if is("upgrade") => Self::Upgrade,
            b'a' if is("accept") => Self::Accept,
            b'h' if is("host") => Self::Host,
            b'x' if is("x-forwarded-host") => Self::ForwardedHost,
            b'x' if is("x-forwarded-port") => Self::ForwardedPort,
            b'x' if is("x-forwarded-proto") => Self::ForwardedProto,
            b'x' if is("x-forwarded-for") => Self::ForwardedFor,
            b'x' | b'n' if is_internal(name) => Self::Internal,
            _ => Self::Other,
        }
    }
}

/// Whether a name belongs to Next.js's own machinery.
pub(crate) fn is_internal(name: &[u8]) -> bool {
    const PREFIXES: [&str; 3] = ["x-middleware-", "x-nextjs-", "x-next-resume-"];
    const NAMES: [&str; 3] = ["x-now-route-matches", "x-matched-path", "next-resume"];
    PREFIXES
        .iter()
        .any(|prefix| name.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix.as_bytes())))
        || NAMES.iter().any(|known| name.eq_ignore_ascii_case(known.as_bytes()))
}

/// A request's fields, and which of those that matter here are among them.
#[derive(Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each says whether a field was among them")]
pub(crate) struct RequestFields {
    /// The fields that the handler sees.
    pub(crate) block: HeaderBlock,
    has_forwarded_host: bool,
    has_forwarded_port: bool,
    has_forwarded_for: bool,
    has_forwarded_proto: bool,
    names_html: bool,
    /// Whether `x-forwarded-proto` says that the client speaks TLS to whoever stands in front.
    pub(crate) is_forwarded_https: bool,
}

impl RequestFields {
    /// No field yet, with room for `bytes` of text and for what is added.
    pub(crate) fn with_capacity(bytes: usize) -> Self {
        Self { block: HeaderBlock::with_capacity(bytes + 160), ..Self::default() }
    }

    /// Takes a field that a parser has checked; internal ones are dropped.
    pub(crate) fn take(&mut self, field: RequestField, name: &[u8], value: &[u8]) {
        match field {
            RequestField::Internal => return,
            RequestField::ForwardedHost => self.has_forwarded_host = true,
            RequestField::ForwardedPort => self.has_forwarded_port = true,
            RequestField::ForwardedFor => self.has_forwarded_for = true,
            RequestField::ForwardedProto => {
                self.has_forwarded_proto = true;
                self.is_forwarded_https |= memchr::memmem::find(value, b"https").is_some();
            }
            RequestField::Accept => self.names_html |= memchr::memmem::find(value, b"html").is_some(),
            RequestField::ContentLength
            | RequestField::TransferEncoding
            | RequestField::Connection
            | RequestField::Expect
            | RequestField::Upgrade
            | RequestField::Host
            | RequestField::Other => {}
        }
        self.block.push_parsed(name, value);
    }

    /// Whether the client rather reads HTML than JSON. Costs nothing for one that does not mention it.
    pub(crate) fn prefers_html(&self) -> bool {
        self.names_html && prefers_html(self.block.all("accept"))
    }

    /// Adds what Next.js adds where a proxy in front has not: `x-forwarded-host`, `-port`, `-proto` and `-for`.
    ///
    /// `host` is the request's own `Host`.
    pub(crate) fn add_forwarded(&mut self, host: Option<&[u8]>, peer: &Peer, server: &ForwardedText) {
        if !self.has_forwarded_host {
            self.block.push_parsed(b"x-forwarded-host", host.unwrap_or(server.hostname.as_bytes()));
        }
        if !self.has_forwarded_port {
            self.block.push_parsed(b"x-forwarded-port", server.port.as_bytes());
        }
        if !self.has_forwarded_proto {
            self.block.push_parsed(b"x-forwarded-proto", b"http");
        }
        if !self.has_forwarded_for {
            self.block.push_parsed(b"x-forwarded-for", peer.text.as_bytes());
        }
    }
}

/// The other end of a connection.
#[derive(Clone, Debug)]
pub(crate) struct Peer {
    /// Its address and port.
    pub(crate) address: SocketAddr,
    /// Its address as Node.js writes it: IPv4 through a dual-stack listener is `::ffff:127.0.0.1`.
    pub(crate) text: String,
}

impl Peer {
    /// The peer at an address.
    pub(crate) fn new(address: SocketAddr) -> Self {
        Self { address, text: address.ip().to_string() }
    }
}

/// The constant parts of what is added.
#[derive(Clone, Debug)]
pub(crate) struct ForwardedText {
    /// What stands for a missing `Host`.
    pub(crate) hostname: String,
    /// The listening port.
    pub(crate) port: String,
}

/// What a reply field means to the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ReplyField {
    /// Framing, which is the server's business (`content-length`, `transfer-encoding`, `keep-alive`), or an
    /// internal name; dropped.
    Dropped,
    /// `connection`
    Connection,
    /// `date`
    Date,
    /// Everything else.
    Other,
}

impl ReplyField {
    /// The meaning of a lower-case name.
    pub(crate) fn of(name: &[u8]) -> Self {
        match name.first() {
            Some(b'c') if name == b"content-length" => Self::Dropped,
            Some(b'c') if name == b"connection" => Self::Connection,
            Some(b'd') if name == b"date" => Self::Date,
            Some(b't') if name == b"transfer-encoding" => Self::Dropped,
            Some(b'k') if name == b"keep-alive" => Self::Dropped,
            Some(b'x' | b'n') if is_internal(name) => Self::Dropped,
            _ => Self::Other,
        }
    }
}
