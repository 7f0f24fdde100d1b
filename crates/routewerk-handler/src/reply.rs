//! What a handler answered, as the engine hands it up.

use bytes::Bytes;

use crate::{BodyStream, GenerationFacts, HeaderBlock};

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
    /// Where the handler waits for its reply's end (`after()`): notified once the reply has been handed to the
    /// client's socket in full. `None` costs nothing.
    pub sent: Option<SentNotice>,
    /// What is known of the reply of a generation. Its body is then complete in the worker: if it is a stream here, then one
    /// of known length.
    pub facts: Option<Box<GenerationFacts>>,
}

/// Tells the handler that its reply is over: handed to the client's socket in full, or the client is gone.
///
/// Whoever writes the reply keeps the notice until then. Dropping it notifies, so that no path can forget to:
/// work that waits for the end of a reply runs also when the client left early, as in Next.js.
pub struct SentNotice(Option<Box<dyn FnOnce()>>);

impl SentNotice {
    /// A notice that calls `notify` once, at its end.
    pub fn new(notify: impl FnOnce() + 'static) -> Self {
        Self(Some(Box::new(notify)))
    }

    /// The reply is over. The same as dropping the notice, for readers.
    pub fn notify(self) {
        drop(self);
    }
}

impl Drop for SentNotice {
    fn drop(&mut self) {
        if let Some(notify) = self.0.take() {
            notify();
        }
    }
}

impl std::fmt::Debug for SentNotice {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("SentNotice")
    }
}

/// The body of a reply.
#[derive(Debug)]
pub enum ReplyBody {
    /// A null body: nothing was ever going to be sent.
    Null,
    /// The whole body, its length known.
    Complete(Bytes),
    /// A body that is still being made, its length known or not. Dropping it cancels the handler's stream.
    Stream(BodyStream),
}
