//! An observer that keeps what it is told.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use routewerk_server::{CacheAnswer, Hooks, Observer, Protocol, RequestEnd, RequestRecord};

/// What was told of one request.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) protocol: Protocol,
    pub(crate) method: String,
    pub(crate) target: String,
    pub(crate) route: Option<u32>,
    pub(crate) status: Option<u16>,
    pub(crate) cache: Option<CacheAnswer>,
    pub(crate) body_bytes: u64,
    pub(crate) has_handler_time: bool,
    /// `completed`, `gone`, `failed: …` or `broken: …`.
    pub(crate) end: String,
}

/// Keeps all records.
#[derive(Clone, Default)]
pub(crate) struct Recorder {
    seen: Arc<Mutex<Vec<Seen>>>,
    refused: Arc<Mutex<Vec<u16>>>,
}

impl Recorder {
    /// Hooks with this observer.
    pub(crate) fn hooks(&self) -> Hooks {
        Hooks { observer: Some(Arc::new(self.clone())), ..Hooks::default() }
    }

    /// The records until now.
    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().expect("no panic while held").clone()
    }

    /// The statuses of refused heads until now.
    pub(crate) fn refused(&self) -> Vec<u16> {
        self.refused.lock().expect("no panic while held").clone()
    }
}

impl Observer for Recorder {
    fn finished(&self, record: &RequestRecord<'_>) {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        self.seen.lock().expect("no panic while held").push(Seen {
            protocol: record.protocol,
            method: text(record.method),
            target: text(record.target),
            route: record.route.map(|route| route.0),
            status: record.status,
            cache: record.cache,
            body_bytes: record.body_bytes,
            has_handler_time: record.handler_time.is_some(),
            end: match record.end {
                RequestEnd::Completed => "completed".to_owned(),
                RequestEnd::ClientGone => "gone".to_owned(),
                RequestEnd::Failed(error) => format!("failed: {error}"),
                RequestEnd::Broken(error) => format!("broken: {error}"),
            },
        });
    }

    fn refused(&self, _: SocketAddr, status: u16, _: &str) {
        self.refused.lock().expect("no panic while held").push(status);
    }
}
