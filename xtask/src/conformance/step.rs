//! What a request of `requests.json` consists of: bytes that are sent, and what happens around them.
//!
//! Caching is about time and order, so a request can be a sequence: send, wait until an entry is old, ask again until
//! the background has done its work, restart the server, count how often the origin was asked. Whatever a sequence
//! waits for has a limit (see [`super::play`]).

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value};

/// One step of a request.
#[derive(Clone, Deserialize)]
#[serde(try_from = "Map<String, Value>")]
pub(crate) enum Step {
    /// Sends bytes, and reads what comes back unless it says otherwise.
    Send(Box<Outgoing>),
    /// Anything else.
    Act(Act),
}

impl Step {
    /// The bytes that it sends, if it does.
    pub(crate) fn as_send(&self) -> Option<&Outgoing> {
        match self {
            Self::Send(send) => Some(send),
            Self::Act(_) => None,
        }
    }
}

impl TryFrom<Map<String, Value>> for Step {
    type Error = serde_json::Error;

    fn try_from(fields: Map<String, Value>) -> Result<Self, Self::Error> {
        let sends = fields.contains_key("send") || fields.contains_key("raw");
        let fields = Value::Object(fields);
        Ok(if sends { Self::Send(serde_json::from_value(fields)?) } else { Self::Act(serde_json::from_value(fields)?) })
    }
}

/// What is sent at once.
#[derive(Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct Outgoing {
    /// Method and target, a space between them.
    pub(crate) send: Option<String>,
    /// Header lines after `Host`.
    #[serde(default)]
    pub(crate) headers: Vec<String>,
    pub(crate) body: Option<String>,
    /// A body given byte by byte: each character is one.
    pub(crate) latin1: Option<String>,
    /// A body sent in chunked coding, one chunk each.
    pub(crate) chunks: Option<Vec<String>>,
    /// A body of so many letters `x`.
    pub(crate) body_length: Option<usize>,
    /// The bytes of the whole request or requests.
    pub(crate) raw: Option<String>,
    /// Bytes that are sent when an interim reply (or the final one) has begun to come.
    pub(crate) after_continue: Option<String>,
    /// Closes the connection as soon as something of the reply has come; later steps get a new one.
    #[serde(default)]
    pub(crate) abandon: bool,
    /// Closes the connection at once, without a look at a reply; later steps get a new one.
    #[serde(default)]
    pub(crate) leave: bool,
    /// Keeps the value of this response cookie, for `{cookie}` in later steps.
    pub(crate) keep_cookie: Option<String>,
    /// Not before so many milliseconds after the reply to the step of that number, counted from 1; 0 is the beginning.
    pub(crate) wait: Option<(usize, u64)>,
    /// Is sent again until the reply has this header line, or the text after `body: ` in its body, or with `changed` another body
    /// than the reply before. Only the last reply counts.
    pub(crate) until: Option<String>,
    /// Is sent on so many connections at once.
    pub(crate) times: Option<usize>,
    /// Goes on without waiting for the reply, which an `answer` of that name reads.
    pub(crate) open: Option<String>,
}

/// What a sequence does besides sending.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) enum Act {
    /// Reads the reply to the step that was sent with this `open`.
    Answer(String),
    /// How often the origin was asked for this key since the last such step, or since the server was built.
    Calls(String),
    /// Waits until the origin was asked for this key so often since the last `calls`.
    AwaitCalls(String, usize),
    /// Makes the origin hold back what it is asked for this key.
    Hold(String),
    /// Lets the origin answer what it holds back for this key.
    Release(String),
    /// Makes the origin answer this key with that status from now on.
    Status(String, u16),
    /// Ends the server and starts it anew on what it left behind.
    Restart(()),
}

/// A build of its own: the project with further files.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct Build {
    /// Text by path.
    pub(crate) files: BTreeMap<String, String>,
    /// What the build must print.
    #[serde(default)]
    pub(crate) says: Vec<String>,
}
