//! Hands the workers' output and the pool's events to the sink, in order, on a thread of its own.
//!
//! The sink may block (a terminal that is stopped, a pipe that nobody reads); neither the workers nor the pool wait for
//! it. So lines wait in memory up to a limit and are dropped, and counted, beyond it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use tokio::sync::{mpsc, oneshot};

use crate::{OutputLine, OutputStream, WorkerEvent, WorkerSink};

/// How much output may wait for the sink.
const MAX_WAITING_BYTES: usize = 4 * 1024 * 1024;
/// What a waiting line costs besides its text.
const LINE_OVERHEAD_BYTES: usize = 64;
/// How many items may wait: all the lines, and events that come on top of them.
const MAX_WAITING_ITEMS: usize = MAX_WAITING_BYTES / LINE_OVERHEAD_BYTES + 4096;

enum Item {
    Line { worker: u32, stream: OutputStream, text: Vec<u8>, is_complete: bool },
    Event(WorkerEvent),
    Flush(oneshot::Sender<()>),
}

/// Where output goes in.
#[derive(Clone)]
pub(crate) struct Output {
    items: mpsc::Sender<Item>,
    waiting_bytes: Arc<AtomicUsize>,
    dropped_lines: Arc<AtomicU64>,
}

impl Output {
    /// Starts the thread. It ends when every clone of the returned value is gone and all has been handed on.
    pub(crate) fn start(sink: Arc<dyn WorkerSink>) -> std::io::Result<Self> {
        let (items, mut receiver) = mpsc::channel(MAX_WAITING_ITEMS);
        let output = Self { items, waiting_bytes: Arc::default(), dropped_lines: Arc::default() };
        let (waiting_bytes, dropped_lines) = (Arc::clone(&output.waiting_bytes), Arc::clone(&output.dropped_lines));
        std::thread::Builder::new().name("routewerk-output".to_owned()).spawn(move || {
            while let Some(item) = receiver.blocking_recv() {
                match item {
                    Item::Line { worker, stream, text, is_complete } => {
                        waiting_bytes.fetch_sub(text.len() + LINE_OVERHEAD_BYTES, Ordering::Relaxed);
                        sink.line(OutputLine { worker, stream, text: &text, is_complete });
                    }
                    Item::Event(event) => sink.event(event),
                    Item::Flush(done) => {
                        // Whoever asked may have stopped waiting.
                        let _ = done.send(());
                    }
                }
                let lines = dropped_lines.swap(0, Ordering::Relaxed);
                if lines > 0 {
                    sink.event(WorkerEvent::OutputDropped { lines });
                }
            }
        })?;
        Ok(output)
    }

    /// Hands a line on, or drops it when too much waits.
    pub(crate) fn line(&self, worker: u32, stream: OutputStream, text: &[u8], is_complete: bool) {
        let cost = text.len() + LINE_OVERHEAD_BYTES;
        if self.waiting_bytes.load(Ordering::Relaxed) + cost > MAX_WAITING_BYTES {
            self.dropped_lines.fetch_add(1, Ordering::Relaxed);
            return;
        }
        self.waiting_bytes.fetch_add(cost, Ordering::Relaxed);
        self.send(Item::Line { worker, stream, text: text.to_vec(), is_complete });
    }

    /// Hands an event on. Events are few: they are never dropped.
    pub(crate) fn event(&self, event: WorkerEvent) {
        self.send(Item::Event(event));
    }

    /// Resolves when all that came before has been handed on.
    pub(crate) async fn flush(&self) {
        let (done, flushed) = oneshot::channel();
        self.send(Item::Flush(done));
        // A sink that panicked takes nothing any more.
        let _ = flushed.await;
    }

    fn send(&self, item: Item) {
        // A sink that panicked has said so itself.
        if let Err(mpsc::error::TrySendError::Full(_)) = self.items.try_send(item) {
            tracing::error!("the sink has been blocked for thousands of events");
        }
    }
}
