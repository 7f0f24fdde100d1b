//! What a handler answered, as the engine hands it up.

use bytes::Bytes;

use crate::{BodyStream, HeaderBlock};

/// What a handler answered.
#[derive(Debug)]
pub struct HandlerReply {
    /// The status code, 200 to 599.
    pub status: u16,
    /// The reason phrase where the handler gave one (`statusText`), checked to be printable latin-1.
    pub reason: Option<Bytes>,
    /// The reply's fields in the order of the handler's `Headers`; framing fields are not among them.
    pub headers: HeaderBlock,
    /// The reply's body.
    pub body: ReplyBody,
}

/// The body of a reply.
#[derive(Debug)]
pub enum ReplyBody {
    /// A null body: nothing was ever going to be sent.
    Null,
    /// The whole body, its length known.
    Complete(Bytes),
    /// A body of unknown length. Dropping it cancels the handler's stream.
    Stream(BodyStream),
}
