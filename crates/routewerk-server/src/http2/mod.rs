//! HTTP/2 through `hyper`, on the same pipeline: cleartext with prior knowledge (RFC 9113 section 3.3).
//!
//! What is ours here is the translation between its messages and a call's, and the bounds: concurrent streams, streams
//! reset by the client before they are served (rapid reset, CVE-2023-44487), the size of a field list, and how long a
//! client may hold a reply's stream back.

mod body;
mod convert;
mod exchange;
mod rewind;
mod streams;

use std::pin::pin;
use std::rc::Rc;
use std::task::Poll;

use hyper::server::conn::http2;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use routewerk_handler::HandlerEngine;
use tokio::net::TcpStream;

use self::rewind::Rewind;
use self::streams::Streams;
use crate::clock::NEVER;
use crate::pipeline::Peer;
use crate::thread::FrontThread;

/// How many streams a client may reset before the server has taken them up; with more the connection is closed.
const MAX_PENDING_RESETS: usize = 50;

/// How many bytes of a reply wait in a stream at most.
const SEND_BUFFER: usize = 64 * 1024;

/// Spawns the tasks of a connection's streams on its own thread.
#[derive(Clone, Copy, Debug)]
struct LocalExecutor;

impl<F: Future<Output = ()> + 'static> hyper::rt::Executor<F> for LocalExecutor {
    fn execute(&self, task: F) {
        tokio::task::spawn_local(task);
    }
}

/// Serves a connection to its end. `read` is what was read from it already, the preface included.
pub(crate) async fn serve<E: HandlerEngine + 'static>(
    thread: Rc<FrontThread<E>>,
    stream: TcpStream,
    read: Vec<u8>,
    peer: Peer,
) {
    let watch = thread.watches.enter();
    let streams = Rc::new(Streams::default());
    let limits = &thread.options.limits;
    let mut builder = http2::Builder::new(LocalExecutor);
    builder
        .max_concurrent_streams(limits.max_http2_streams)
        .max_pending_accept_reset_streams(MAX_PENDING_RESETS)
        .max_local_error_reset_streams(MAX_PENDING_RESETS)
        .max_header_list_size(limits.max_head_bytes as u32)
        .max_send_buf_size(SEND_BUFFER);
    let service = {
        let (thread, streams) = (Rc::clone(&thread), Rc::clone(&streams));
        service_fn(move |request| exchange::answer(Rc::clone(&thread), peer.clone(), Rc::clone(&streams), request))
    };
    let mut connection = pin!(builder.serve_connection(TokioIo::new(Rewind::new(read, stream)), service));
    let mut life = Life::Serving;
    watch.read.set(thread.clock.after(thread.clock.keep_alive));
    std::future::poll_fn(|context| {
        watch.register(context);
        let clock = &thread.clock;
        if clock.has_passed(streams.stalled_at()) {
            thread.counters.timeouts.add(1);
            return Poll::Ready(());
        }
        let is_too_late = clock.has_passed(watch.read.get());
        match life {
            Life::Serving if is_too_late || thread.is_draining.get() => {
                life = Life::Ending;
                connection.as_mut().graceful_shutdown();
                // The client has the idle time once more to go.
                watch.read.set(clock.after(clock.keep_alive));
            }
            Life::Ending if is_too_late && streams.is_empty() => return Poll::Ready(()),
            Life::Serving | Life::Ending => {}
        }
        // What went wrong with a connection is the client's business; its calls have been told.
        let ended = connection.as_mut().poll(context).map(|_| ());
        // The idle time begins anew when the last stream has ended.
        if !streams.is_empty() {
            watch.read.set(NEVER);
        } else if watch.read.get() == NEVER {
            watch.read.set(clock.after(clock.keep_alive));
        }
        watch.write.set(streams.stalled_at());
        ended
    })
    .await;
}

/// The life of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Life {
    /// It takes new streams.
    Serving,
    /// The client has been told to open no more.
    Ending,
}
