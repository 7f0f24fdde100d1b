//! Drains a worker's standard output and error, line by line and with bounded memory.

use std::cell::RefCell;
use std::rc::Rc;

use memchr::memchr;
use tokio::io::{AsyncRead, AsyncReadExt};

use crate::OutputStream;
use crate::launch::FAILURE_MARK;
use crate::output::Output;

/// A longer line is handed on in pieces of this length.
const MAX_LINE_BYTES: usize = 16 * 1024;
/// How much of the end of standard error is remembered, for the message when a start fails.
const TAIL_BYTES: usize = 4 * 1024;

/// The end of what a worker wrote to its standard error.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tail(Rc<RefCell<Vec<u8>>>);

impl Tail {
    /// The text, without a line that was cut off at its beginning.
    pub(crate) fn text(&self) -> String {
        let bytes = self.0.borrow();
        let start = if bytes.len() < TAIL_BYTES { 0 } else { memchr(b'\n', &bytes).map_or(0, |end| end + 1) };
        String::from_utf8_lossy(&bytes[start..]).into_owned()
    }

    fn push(&self, bytes: &[u8]) {
        let mut kept = self.0.borrow_mut();
        kept.extend_from_slice(bytes);
        let surplus = kept.len().saturating_sub(TAIL_BYTES);
        kept.drain(..surplus);
    }
}

/// Hands the lines of a stream on until it ends, but for the launcher's, which is for the front (and in `tail`).
pub(crate) async fn drain(
    mut from: impl AsyncRead + Unpin,
    stream: OutputStream,
    worker: u32,
    output: Output,
    tail: Option<Tail>,
) {
    let mut buffer = vec![0; MAX_LINE_BYTES];
    let mut filled = 0;
    loop {
        let count = match from.read(&mut buffer[filled..]).await {
            // A read error of a pipe has no cure; the process's own end is noticed elsewhere.
            Ok(0) | Err(_) => break,
            Ok(count) => count,
        };
        if let Some(tail) = &tail {
            tail.push(&buffer[filled..filled + count]);
        }
        let end = filled + count;
        let mut start = 0;
        while let Some(length) = memchr(b'\n', &buffer[start..end]) {
            let line = &buffer[start..start + length];
            if !(tail.is_some() && line.starts_with(FAILURE_MARK.as_bytes())) {
                output.line(worker, stream, line, true);
            }
            start += length + 1;
        }
        if start == 0 && end == buffer.len() {
            output.line(worker, stream, &buffer, false);
            start = end;
        }
        buffer.copy_within(start..end, 0);
        filled = end - start;
    }
    if filled > 0 {
        output.line(worker, stream, &buffer[..filled], true);
    }
}
