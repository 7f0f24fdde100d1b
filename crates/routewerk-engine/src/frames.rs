//! The frame protocol between front and worker: every number of it, and the check of every header.
//!
//! This is the one place where the protocol's numbers are written. `docs/design/channel.md` explains them;
//! `runtime/channel/frames.ts`, the worker's copy, is generated from here by [`typescript_constants`], and a test fails
//! while it is out of date. Whoever changes a number changes the page too.
//!
//! Nothing here does I/O or keeps state. What comes from a worker is checked in two steps: a header by
//! [`Header::checked_data`] or [`Header::checked_control`] as soon as its 12 bytes are there (so that a wrong length is an
//! error at once and not a wait for 4 GiB), the payload once it is complete. Whether a frame fits the state of its call is
//! for the link to say.

use std::fmt::Write as _;
use std::ops::Range;

use routewerk_handler::InvalidHeader;

/// Bytes of a frame's header: `u32` payload length, `u8` kind, `u8` flags, `u16` aux, `u32` number; little-endian.
pub(crate) const HEADER_BYTES: usize = 12;
/// The longest payload of any frame.
pub(crate) const MAX_PAYLOAD_BYTES: usize = 16 * 1024 * 1024;
/// The longest payload of a frame that carries a chunk of a body, or the text of a failure.
pub(crate) const MAX_CHUNK_BYTES: usize = 64 * 1024;
/// How many body bytes of a call may be under way in each direction.
pub(crate) const WINDOW_BYTES: u32 = 64 * 1024;
/// Credit is given back in pieces of at least this size.
pub(crate) const CREDIT_BATCH_BYTES: u32 = 16 * 1024;
/// A complete reply body up to this length crosses in one REPLY frame without credit; a longer one crosses SIZED.
pub(crate) const WHOLE_REPLY_BYTES: usize = 256 * 1024;
/// Bytes at the start of a CALL's payload: `u32` route, url length, params length, headers length, and the `u64` sequence.
pub(crate) const CALL_HEAD_BYTES: usize = 24;
/// Bytes at the start of a REPLY's payload: `u32` headers length, reason length; 8 more where it is SIZED, then 4 more where it
/// has FACTS.
pub(crate) const REPLY_HEAD_BYTES: usize = 8;

/// Data sockets, front to worker: a call.
pub(crate) const CALL: u8 = 1;
/// A chunk of a call's body.
pub(crate) const CALL_BODY: u8 = 2;
/// A call's body will not be complete; the payload says why.
pub(crate) const CALL_FAIL: u8 = 3;
/// The client is gone.
pub(crate) const ABORT: u8 = 4;
/// `u32`: so many further bytes of reply body may be sent.
pub(crate) const REPLY_CREDIT: u8 = 5;
/// The reply has been handed to the client's socket in full.
pub(crate) const SENT: u8 = 6;
/// Data sockets, worker to front: a reply's head and the first piece of its body.
pub(crate) const REPLY: u8 = 16;
/// A chunk of a reply's body.
pub(crate) const REPLY_BODY: u8 = 17;
/// A reply's body will not be complete; the payload says why.
pub(crate) const REPLY_FAIL: u8 = 18;
/// `u32`: so many further bytes of the call's body may be sent.
pub(crate) const CALL_CREDIT: u8 = 19;
/// The handler does not want the rest of the call's body.
pub(crate) const STOP: u8 = 20;
/// The worker will send nothing further for this call.
pub(crate) const DONE: u8 = 21;
/// Control socket, both ways: a message.
pub(crate) const TELL: u8 = 32;
/// A question.
pub(crate) const ASK: u8 = 33;
/// The answer to a question.
pub(crate) const ANSWER: u8 = 34;
/// The failure of a question; the payload says why.
pub(crate) const FAIL: u8 = 35;
/// The first frame of a connection to a private socket file: which socket it is, and the token.
pub(crate) const HELLO: u8 = 48;

/// On CALL: the call has a body.
pub(crate) const HAS_BODY: u8 = 1;
/// On `CALL`, `CALL_BODY`, `REPLY`, `REPLY_BODY`: the body ends with this frame.
pub(crate) const END: u8 = 2;
/// On REPLY: there is no body at all.
pub(crate) const NULL_BODY: u8 = 4;
/// On REPLY: the worker wants SENT.
pub(crate) const WANT_SENT: u8 = 8;
/// On `REPLY`, `REPLY_BODY`, `REPLY_FAIL`: stands for a DONE that would follow.
pub(crate) const LAST: u8 = 16;
/// On REPLY without END: the length of the whole body is known and stands, as a `u64`, after the two lengths.
pub(crate) const SIZED: u8 = 32;
/// On REPLY to a generation: the length of a block of facts stands, as a `u32`, after the other lengths; the block stands after the
/// reason phrase.
pub(crate) const FACTS: u8 = 64;

/// What a worker sent that makes no sense. It costs that worker and nobody else.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ProtocolError {
    /// No such kind on this socket.
    #[error("frame of kind {0}, expected a kind that a worker sends on this socket")]
    Kind(u8),
    /// Flags that do not exist, or do not go together.
    #[error("frame of kind {kind} with flags {flags:#04x}, which this kind cannot have")]
    Flags {
        /// The frame's kind.
        kind: u8,
        /// Its flags.
        flags: u8,
    },
    /// A length that the kind does not allow.
    #[error("frame of kind {kind} with {found_bytes} bytes of payload, expected {expected}")]
    Length {
        /// The frame's kind.
        kind: u8,
        /// The length in its header.
        found_bytes: usize,
        /// What would have been right.
        expected: &'static str,
    },
    /// The lengths inside a payload reach beyond it.
    #[error("frame of kind {kind}: the lengths inside its payload reach beyond it")]
    Truncated {
        /// The frame's kind.
        kind: u8,
    },
    /// The status is no final status.
    #[error("reply with status {0}, expected 200 to 599")]
    Status(u16),
    /// The header block of a reply is malformed.
    #[error("reply with a malformed header: {0}")]
    Header(#[from] InvalidHeader),
    /// The reason phrase holds a control character.
    #[error("reply with a control character in its reason phrase")]
    Reason,
    /// The facts of a generation cannot be read, or come with the reply of another call.
    #[error("reply with facts that make no sense: {0}")]
    Facts(String),
    /// The call does not exist or has ended.
    #[error("frame of kind {kind} for call {number}, which does not exist")]
    UnknownCall {
        /// The frame's kind.
        kind: u8,
        /// The call number.
        number: u32,
    },
    /// The frame does not fit what was sent for the call before.
    #[error("frame of kind {kind} for call {number} does not fit the state of the call ({state})")]
    OutOfOrder {
        /// The frame's kind.
        kind: u8,
        /// The call number.
        number: u32,
        /// What the call is doing.
        state: &'static str,
    },
    /// More body bytes than there was credit for, or more credit than there were body bytes.
    #[error("call {number}: {what} exceeds the window of 65536 bytes")]
    Window {
        /// The call number.
        number: u32,
        /// `reply body` or `credit`.
        what: &'static str,
    },
    /// A body whose length was announced is longer or shorter.
    #[error("call {number}: the reply's body has not the length that was announced")]
    Size {
        /// The call number.
        number: u32,
    },
    /// Text that is not UTF-8, or a topic that is not ASCII.
    #[error("frame of kind {kind} with malformed text")]
    Text {
        /// The frame's kind.
        kind: u8,
    },
    /// An answer to a question that was not asked.
    #[error("answer to question {0}, which was not asked")]
    UnknownQuestion(u32),
}

/// A frame's header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Header {
    /// Bytes of payload that follow.
    pub(crate) length: usize,
    /// What it is.
    pub(crate) kind: u8,
    /// Flags of the kind.
    pub(crate) flags: u8,
    /// The status of a REPLY, the method of a CALL, else 0.
    pub(crate) aux: u16,
    /// The call's or question's number.
    pub(crate) number: u32,
}

impl Header {
    /// The header at the start of `bytes`, unchecked; `None` while there are too few bytes.
    pub(crate) fn decode(bytes: &[u8]) -> Option<Self> {
        let [l0, l1, l2, l3, kind, flags, a0, a1, n0, n1, n2, n3] = *bytes.first_chunk::<HEADER_BYTES>()?;
        Some(Self {
            length: u32::from_le_bytes([l0, l1, l2, l3]) as usize,
            kind,
            flags,
            aux: u16::from_le_bytes([a0, a1]),
            number: u32::from_le_bytes([n0, n1, n2, n3]),
        })
    }

    /// The header's bytes.
    pub(crate) fn encode(self) -> [u8; HEADER_BYTES] {
        debug_assert!(self.length <= MAX_PAYLOAD_BYTES, "checked where the payload was made");
        let [l0, l1, l2, l3] = (self.length as u32).to_le_bytes();
        let [a0, a1] = self.aux.to_le_bytes();
        let [n0, n1, n2, n3] = self.number.to_le_bytes();
        [l0, l1, l2, l3, self.kind, self.flags, a0, a1, n0, n1, n2, n3]
    }

    /// Checks a header that a worker sent on a data socket.
    pub(crate) fn checked_data(self) -> Result<Self, ProtocolError> {
        let is_status = self.kind == REPLY;
        if self.aux != 0 && !is_status {
            return Err(ProtocolError::Flags { kind: self.kind, flags: self.flags });
        }
        match self.kind {
            REPLY => {
                self.allow_flags(END | NULL_BODY | WANT_SENT | LAST | SIZED | FACTS)?;
                let is_whole = self.has(END);
                let null_is_whole = !self.has(NULL_BODY) || is_whole;
                let last_is_whole = !self.has(LAST) || (is_whole && !self.has(WANT_SENT));
                if !null_is_whole || !last_is_whole || (self.has(SIZED) && is_whole) {
                    return Err(ProtocolError::Flags { kind: self.kind, flags: self.flags });
                }
                self.expect_length(REPLY_HEAD_BYTES..=MAX_PAYLOAD_BYTES, "8 to 16 MiB")
            }
            REPLY_BODY => {
                self.allow_flags(END | LAST)?;
                if self.has(LAST) && !self.has(END) {
                    return Err(ProtocolError::Flags { kind: self.kind, flags: self.flags });
                }
                self.expect_length(usize::from(!self.has(END))..=MAX_CHUNK_BYTES, "1 to 65536 (0 with END)")
            }
            REPLY_FAIL => {
                self.allow_flags(LAST)?;
                self.expect_length(0..=MAX_CHUNK_BYTES, "at most 65536")
            }
            CALL_CREDIT => {
                self.allow_flags(0)?;
                self.expect_length(4..=4, "4")
            }
            STOP | DONE => {
                self.allow_flags(0)?;
                self.expect_length(0..=0, "0")
            }
            kind => Err(ProtocolError::Kind(kind)),
        }
    }

    /// Checks a header that a worker sent on its control socket.
    pub(crate) fn checked_control(self) -> Result<Self, ProtocolError> {
        if self.aux != 0 {
            return Err(ProtocolError::Flags { kind: self.kind, flags: self.flags });
        }
        self.allow_flags(0)?;
        match self.kind {
            TELL | ASK => self.expect_length(2..=MAX_PAYLOAD_BYTES, "2 to 16 MiB"),
            ANSWER | FAIL => self.expect_length(0..=MAX_PAYLOAD_BYTES, "at most 16 MiB"),
            kind => Err(ProtocolError::Kind(kind)),
        }
    }

    /// Whether the frame has a flag.
    pub(crate) const fn has(self, flag: u8) -> bool {
        self.flags & flag != 0
    }

    fn allow_flags(self, allowed: u8) -> Result<(), ProtocolError> {
        if self.flags & !allowed == 0 {
            return Ok(());
        }
        Err(ProtocolError::Flags { kind: self.kind, flags: self.flags })
    }

    fn expect_length(
        self,
        allowed: std::ops::RangeInclusive<usize>,
        expected: &'static str,
    ) -> Result<Self, ProtocolError> {
        if allowed.contains(&self.length) {
            return Ok(self);
        }
        Err(ProtocolError::Length { kind: self.kind, found_bytes: self.length, expected })
    }
}

/// Where the parts of a REPLY's payload lie.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ReplyParts {
    /// The header block.
    pub(crate) headers: Range<usize>,
    /// The reason phrase; empty for the default one.
    pub(crate) reason: Range<usize>,
    /// The facts of a generation, JSON text.
    pub(crate) facts: Option<Range<usize>>,
    /// The first or only piece of the body.
    pub(crate) body: Range<usize>,
    /// The length of the whole body, of a SIZED reply.
    pub(crate) body_length: Option<u64>,
}

impl ReplyParts {
    /// Finds and checks the parts of a REPLY's payload, all but the header block, which
    /// [`HeaderBlock::from_untrusted`](routewerk_handler::HeaderBlock::from_untrusted) checks.
    pub(crate) fn decode(header: Header, payload: &[u8]) -> Result<Self, ProtocolError> {
        if !(200..=599).contains(&header.aux) {
            return Err(ProtocolError::Status(header.aux));
        }
        let truncated = ProtocolError::Truncated { kind: REPLY };
        let (Some(headers_length), Some(reason_length)) = (read_u32(payload, 0), read_u32(payload, 4)) else {
            return Err(truncated);
        };
        let (body_length, sizes_end) = if header.has(SIZED) {
            let length = payload.get(REPLY_HEAD_BYTES..).and_then(<[u8]>::first_chunk::<8>);
            (Some(u64::from_le_bytes(*length.ok_or(truncated.clone())?)), REPLY_HEAD_BYTES + 8)
        } else {
            (None, REPLY_HEAD_BYTES)
        };
        let (facts_length, headers_start) = if header.has(FACTS) {
            (Some(read_u32(payload, sizes_end).ok_or(truncated.clone())?), sizes_end + 4)
        } else {
            (None, sizes_end)
        };
        let headers_end = headers_start + headers_length as usize;
        let reason_end = headers_end + reason_length as usize;
        let Some(reason) = payload.get(headers_end..reason_end) else { return Err(truncated) };
        if !reason.iter().all(|byte| *byte == b'\t' || (*byte >= 0x20 && *byte != 0x7f)) {
            return Err(ProtocolError::Reason);
        }
        let body_start = reason_end + facts_length.unwrap_or(0) as usize;
        if body_start > payload.len() {
            return Err(truncated);
        }
        if header.has(NULL_BODY) && body_start != payload.len() {
            return Err(ProtocolError::Flags { kind: REPLY, flags: header.flags });
        }
        Ok(Self {
            headers: headers_start..headers_end,
            reason: headers_end..reason_end,
            facts: facts_length.is_some().then_some(reason_end..body_start),
            body: body_start..payload.len(),
            body_length,
        })
    }
}

/// The topic and the JSON text of a TELL or an ASK.
pub(crate) fn decode_message(header: Header, payload: &[u8]) -> Result<(&str, Range<usize>), ProtocolError> {
    let truncated = ProtocolError::Truncated { kind: header.kind };
    let Some(&[low, high]) = payload.first_chunk::<2>() else { return Err(truncated) };
    let topic_end = 2 + usize::from(u16::from_le_bytes([low, high]));
    let Some(topic) = payload.get(2..topic_end) else { return Err(truncated) };
    match std::str::from_utf8(topic) {
        Ok(topic) if topic.is_ascii() => Ok((topic, topic_end..payload.len())),
        _ => Err(ProtocolError::Text { kind: header.kind }),
    }
}

/// The little-endian `u32` at an offset.
pub(crate) fn read_u32(bytes: &[u8], offset: usize) -> Option<u32> {
    bytes.get(offset..)?.first_chunk::<4>().map(|chunk| u32::from_le_bytes(*chunk))
}

/// The numbers that the worker's half knows too, with what they mean.
const SHARED: &[(&str, u64, &str)] = &[
    ("HEADER_BYTES", HEADER_BYTES as u64, "Bytes of a frame's header."),
    ("MAX_PAYLOAD_BYTES", MAX_PAYLOAD_BYTES as u64, "The longest payload of any frame."),
    ("MAX_CHUNK_BYTES", MAX_CHUNK_BYTES as u64, "The longest chunk of a body or text of a failure."),
    ("WINDOW_BYTES", WINDOW_BYTES as u64, "Body bytes of a call that may be under way in each direction."),
    ("CREDIT_BATCH_BYTES", CREDIT_BATCH_BYTES as u64, "Credit is given back in pieces of at least this size."),
    ("WHOLE_REPLY_BYTES", WHOLE_REPLY_BYTES as u64, "A longer complete reply body crosses SIZED, with credit."),
    ("CALL_HEAD_BYTES", CALL_HEAD_BYTES as u64, "Bytes of numbers at the start of a CALL's payload."),
    ("REPLY_HEAD_BYTES", REPLY_HEAD_BYTES as u64, "Bytes of numbers at the start of a REPLY's payload."),
    ("CALL", CALL as u64, "Front to worker: a call."),
    ("CALL_BODY", CALL_BODY as u64, "Front to worker: a chunk of a call's body."),
    ("CALL_FAIL", CALL_FAIL as u64, "Front to worker: a call's body will not be complete."),
    ("ABORT", ABORT as u64, "Front to worker: the client is gone."),
    ("REPLY_CREDIT", REPLY_CREDIT as u64, "Front to worker: further bytes of reply body may be sent."),
    ("SENT", SENT as u64, "Front to worker: the reply has been handed to the client's socket."),
    ("REPLY", REPLY as u64, "Worker to front: a reply's head and the first piece of its body."),
    ("REPLY_BODY", REPLY_BODY as u64, "Worker to front: a chunk of a reply's body."),
    ("REPLY_FAIL", REPLY_FAIL as u64, "Worker to front: a reply's body will not be complete."),
    ("CALL_CREDIT", CALL_CREDIT as u64, "Worker to front: further bytes of the call's body may be sent."),
    ("STOP", STOP as u64, "Worker to front: the rest of the call's body is not wanted."),
    ("DONE", DONE as u64, "Worker to front: nothing further comes for this call."),
    ("TELL", TELL as u64, "Control: a message."),
    ("ASK", ASK as u64, "Control: a question."),
    ("ANSWER", ANSWER as u64, "Control: the answer to a question."),
    ("FAIL", FAIL as u64, "Control: the failure of a question."),
    ("HELLO", HELLO as u64, "The first frame of a connection to a private socket file."),
    ("HAS_BODY", HAS_BODY as u64, "Flag of CALL: the call has a body."),
    ("END", END as u64, "Flag: the body ends with this frame."),
    ("NULL_BODY", NULL_BODY as u64, "Flag of REPLY: there is no body at all."),
    ("WANT_SENT", WANT_SENT as u64, "Flag of REPLY: SENT is wanted."),
    ("LAST", LAST as u64, "Flag: stands for a DONE that would follow."),
    ("SIZED", SIZED as u64, "Flag of REPLY without END: the length of the whole body follows the two lengths."),
    ("FACTS", FACTS as u64, "Flag of REPLY to a generation: the length of its facts follows the other lengths."),
];

/// The text of `runtime/channel/frames.ts`: the protocol's numbers for the worker's half.
pub fn typescript_constants() -> String {
    let mut text = String::from(
        "/**\n * The numbers of the frame protocol (docs/design/channel.md). Generated from `src/frames.rs` of routewerk-engine; a\n \
         * test of that crate fails while this file is out of date, and `UPDATE_FRAMES=1 cargo test -p routewerk-engine`\n \
         * writes it anew.\n */\n",
    );
    for (name, value, meaning) in SHARED {
        write!(text, "\n/** {meaning} */\nexport const {name} = {value};\n").expect("a string takes all text");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn header(kind: u8, flags: u8, aux: u16, length: usize) -> Header {
        Header { length, kind, flags, aux, number: 7 }
    }

    #[test]
    #[expect(clippy::disallowed_methods, reason = "whoever changes the protocol asks for the file to be written")]
    fn the_typescript_constants_are_current() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../routewerk-bundle/runtime/channel/frames.ts");
        if std::env::var_os("UPDATE_FRAMES").is_some() {
            std::fs::write(path, typescript_constants()).expect("the runtime's folder is writable");
        }
        let found = std::fs::read_to_string(path).unwrap_or_default();
        assert_eq!(found, typescript_constants(), "run UPDATE_FRAMES=1 cargo test -p routewerk-engine");
    }

    #[test]
    fn a_length_beyond_the_limit_is_an_error_before_the_payload_arrives() {
        let header = header(REPLY, END, 200, MAX_PAYLOAD_BYTES + 1);
        assert!(matches!(header.checked_data(), Err(ProtocolError::Length { kind: REPLY, .. })));
    }

    #[test]
    fn flags_that_do_not_go_together_are_refused() {
        for (kind, flags) in [
            (REPLY, NULL_BODY),
            (REPLY, LAST),
            (REPLY, END | LAST | WANT_SENT),
            (REPLY, HAS_BODY),
            (REPLY, END | SIZED),
            (REPLY_BODY, LAST),
            (REPLY_BODY, NULL_BODY),
            (REPLY_FAIL, END),
            (DONE, END),
        ] {
            let aux = if kind == REPLY { 200 } else { 0 };
            let length = if kind == REPLY { REPLY_HEAD_BYTES } else { usize::from(kind == REPLY_BODY) };
            let found = header(kind, flags, aux, length).checked_data();
            assert_eq!(found, Err(ProtocolError::Flags { kind, flags }), "kind {kind} flags {flags}");
        }
    }

    #[test]
    fn a_kind_of_the_other_direction_or_socket_is_refused() {
        assert_eq!(header(CALL, 0, 0, 16).checked_data(), Err(ProtocolError::Kind(CALL)));
        assert_eq!(header(ASK, 0, 0, 2).checked_data(), Err(ProtocolError::Kind(ASK)));
        assert_eq!(header(REPLY, 0, 0, 8).checked_control(), Err(ProtocolError::Kind(REPLY)));
    }

    #[test]
    fn a_null_body_has_no_bytes() {
        let header = header(REPLY, END | NULL_BODY, 204, 9);
        let payload = [0, 0, 0, 0, 0, 0, 0, 0, b'x'];
        assert!(matches!(ReplyParts::decode(header, &payload), Err(ProtocolError::Flags { .. })));
    }

    proptest! {
        #[test]
        fn every_header_survives_encoding(length in 0..=MAX_PAYLOAD_BYTES, kind: u8, flags: u8, aux: u16, number: u32) {
            let header = Header { length, kind, flags, aux, number };
            prop_assert_eq!(Header::decode(&header.encode()), Some(header));
        }

        #[test]
        fn rubbish_is_a_clean_error_or_lies_within_its_payload(
            bytes: [u8; HEADER_BYTES],
            payload in proptest::collection::vec(any::<u8>(), 0..64),
        ) {
            let header = Header::decode(&bytes).expect("12 bytes");
            let _ = header.checked_data();
            let _ = header.checked_control();
            if let Ok(parts) = ReplyParts::decode(header, &payload) {
                prop_assert!(parts.headers.end <= payload.len() && parts.reason.end <= payload.len());
                prop_assert_eq!(parts.body.end, payload.len());
            }
            if let Ok((_, json)) = decode_message(header, &payload) {
                prop_assert!(json.start <= json.end && json.end == payload.len());
            }
        }

        #[test]
        fn lengths_inside_a_reply_never_overflow(headers: u32, reason: u32, facts: u32) {
            let mut payload = Vec::new();
            payload.extend(headers.to_le_bytes());
            payload.extend(reason.to_le_bytes());
            let parts = ReplyParts::decode(header(REPLY, END, 200, 8), &payload);
            prop_assert_eq!(parts.is_ok(), headers == 0 && reason == 0);
            payload.extend(facts.to_le_bytes());
            let parts = ReplyParts::decode(header(REPLY, END | FACTS, 200, 12), &payload);
            prop_assert_eq!(parts.is_ok(), headers == 0 && reason == 0 && facts == 0);
        }
    }
}
