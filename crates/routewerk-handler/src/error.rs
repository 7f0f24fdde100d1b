//! Why a call has no reply. A handler that throws is not among these: its worker answers 500 itself.

use std::time::Duration;

/// Why a call has no reply.
///
/// The contract: the text is safe to log and names no user data; [`HandlerError::status`] is what the client is
/// told, and nothing else of it reaches the client.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HandlerError {
    /// The worker died while it held the call.
    #[error("the worker died while it held the call")]
    WorkerDied,
    /// The worker broke the frame protocol and was ended.
    #[error("the worker broke the protocol: {0}")]
    Protocol(String),
    /// The worker held the call for longer than the limit.
    #[error("no reply within {0:?}")]
    TimedOut(Duration),
    /// No worker became ready within the wait limit, or too many calls wait already.
    #[error("no worker is ready")]
    Unavailable,
    /// The engine is shutting down and takes no new calls.
    #[error("the server is shutting down")]
    ShuttingDown,
}

impl HandlerError {
    /// The status that tells the client what happened, and no more.
    pub const fn status(&self) -> u16 {
        match self {
            Self::WorkerDied | Self::Protocol(_) => 502,
            Self::TimedOut(_) => 504,
            Self::Unavailable | Self::ShuttingDown => 503,
        }
    }
}
