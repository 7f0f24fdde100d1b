//! Signals that end a command, and the one that reloads a server.
//!
//! The first SIGTERM or SIGINT asks for an end; the second one does not wait any longer.

use tokio::signal::unix::{Signal as Stream, SignalKind, signal};

use crate::exit::Exit;

/// A signal that asks for an end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// SIGINT, mostly Ctrl-C.
    Interrupt,
    /// SIGTERM.
    Terminate,
}

impl End {
    /// The exit code of a command that ends at once because of the signal.
    pub(crate) const fn exit_at_once(self) -> Exit {
        match self {
            Self::Interrupt => Exit::Interrupted,
            Self::Terminate => Exit::Terminated,
        }
    }
}

/// What a server listens for.
#[derive(Debug)]
pub(crate) struct Signals {
    interrupt: Stream,
    terminate: Stream,
    hang_up: Stream,
}

/// What came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Received {
    /// An end is asked for.
    End(End),
    /// SIGHUP: the newest build is asked for.
    Reload,
}

impl Signals {
    /// Takes the signals over from their defaults. Must be called inside of a runtime.
    ///
    /// # Errors
    /// What the system says if a signal cannot be taken over.
    pub(crate) fn take() -> std::io::Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hang_up: signal(SignalKind::hangup())?,
        })
    }

    /// The next signal.
    ///
    /// # Cancel safety
    /// Cancel safe.
    pub(crate) async fn next(&mut self) -> Received {
        tokio::select! {
            _ = self.interrupt.recv() => Received::End(End::Interrupt),
            _ = self.terminate.recv() => Received::End(End::Terminate),
            _ = self.hang_up.recv() => Received::Reload,
        }
    }

    /// The next signal that asks for an end.
    pub(crate) async fn end(&mut self) -> End {
        loop {
            if let Received::End(end) = self.next().await {
                return end;
            }
        }
    }
}

/// Waits for the first signal that asks for an end; for ever if signals cannot be taken over.
pub(crate) async fn first() -> End {
    let streams = signal(SignalKind::interrupt()).and_then(|int| Ok((int, signal(SignalKind::terminate())?)));
    let Ok((mut interrupt, mut terminate)) = streams else { return std::future::pending().await };
    tokio::select! {
        _ = interrupt.recv() => End::Interrupt,
        _ = terminate.recv() => End::Terminate,
    }
}
