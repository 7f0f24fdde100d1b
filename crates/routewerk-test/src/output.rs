//! What a child process prints, read as it comes and kept for questions.

use std::io::{BufRead, BufReader, Read};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

/// The text that a process has printed so far, standard output and standard error in one.
#[derive(Clone, Debug, Default)]
pub struct Output {
    text: Arc<Mutex<String>>,
}

impl Output {
    /// Reads a stream to its end on a thread of its own.
    pub(crate) fn follow(&self, stream: impl Read + Send + 'static) {
        let text = Arc::clone(&self.text);
        thread::spawn(move || {
            let mut reader = BufReader::new(stream);
            let mut line = Vec::new();
            while let Ok(1..) = reader.read_until(b'\n', &mut line) {
                text.lock().unwrap_or_else(PoisonError::into_inner).push_str(&String::from_utf8_lossy(&line));
                line.clear();
            }
        });
    }

    /// All that was printed so far.
    pub fn text(&self) -> String {
        self.text.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Whether a text was printed.
    pub fn contains(&self, text: &str) -> bool {
        self.text().contains(text)
    }
}
