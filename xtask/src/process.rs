//! Running other programs: loudly ([`run`]), for their output ([`capture`]), or as a server ([`Server`]).
//!
//! A server started here ends with the value that owns it: `Drop` sends SIGTERM to its process group, waits
//! five seconds, then kills.

use std::io::{BufRead, BufReader, Read};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use rustix::io::Errno;
use rustix::process::{Pid, Signal, kill_process_group};

/// Runs a program with its output on the terminal.
///
/// # Errors
/// If it cannot be started or its exit code is not 0.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let shown = show(command);
    println!("$ {shown}");
    let status = command.status().with_context(|| format!("cannot start `{shown}`"))?;
    if !status.success() {
        bail!("`{shown}` ended with {status}");
    }
    Ok(())
}

/// Runs a program and returns what it wrote to its standard output.
///
/// # Errors
/// As [`run`], with what the program wrote to its standard error.
pub(crate) fn capture(command: &mut Command) -> Result<String> {
    let shown = show(command);
    let output = command.output().with_context(|| format!("cannot start `{shown}`"))?;
    if !output.status.success() {
        bail!("`{shown}` ended with {}\n{}", output.status, String::from_utf8_lossy(&output.stderr));
    }
    String::from_utf8(output.stdout).with_context(|| format!("`{shown}` printed something that is not UTF-8"))
}

/// Runs a program to its end and returns whether it succeeded and all that it printed, both streams in one.
pub(crate) fn transcript(command: &mut Command) -> Result<(bool, String)> {
    let shown = show(command);
    let output = command.stdin(Stdio::null()).output().with_context(|| format!("cannot start `{shown}`"))?;
    let mut text = String::from_utf8_lossy(&output.stdout).into_owned();
    text.push_str(&String::from_utf8_lossy(&output.stderr));
    Ok((output.status.success(), text))
}

/// Runs a program, shows its standard output line by line as it comes, and returns all of it with the verdict.
pub(crate) fn tee(command: &mut Command) -> Result<(bool, String)> {
    let shown = show(command);
    println!("$ {shown}");
    let mut child = command.stdout(Stdio::piped()).spawn().with_context(|| format!("cannot start `{shown}`"))?;
    let mut text = String::new();
    if let Some(stdout) = child.stdout.take() {
        for line in BufReader::new(stdout).split(b'\n') {
            let line = String::from_utf8_lossy(&line.context("cannot read what it prints")?).into_owned();
            println!("{line}");
            text.push_str(&line);
            text.push('\n');
        }
    }
    Ok((child.wait()?.success(), text))
}

fn show(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
}

/// A port that was free a moment ago, on the loopback interface.
pub(crate) fn free_port() -> Result<u16> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).context("no free port on 127.0.0.1")?;
    Ok(listener.local_addr()?.port())
}

/// A server process and what it prints.
pub(crate) struct Server {
    child: Child,
    address: SocketAddr,
    lines: Arc<Mutex<Vec<String>>>,
    readers: Vec<thread::JoinHandle<()>>,
}

impl Server {
    /// Starts `command` and waits until `port` on 127.0.0.1 accepts a connection.
    ///
    /// # Errors
    /// If the program cannot be started, ends before, or takes longer than a minute; with what it printed.
    pub(crate) fn start(command: &mut Command, port: u16) -> Result<Self> {
        let shown = show(command);
        let mut child = command
            .process_group(0)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .with_context(|| format!("cannot start `{shown}`"))?;
        let lines = Arc::new(Mutex::new(Vec::new()));
        let mut readers = Vec::new();
        if let Some(stdout) = child.stdout.take() {
            readers.push(collect_lines(stdout, &lines));
        }
        if let Some(stderr) = child.stderr.take() {
            readers.push(collect_lines(stderr, &lines));
        }
        let mut server = Self { child, address: SocketAddr::from(([127, 0, 0, 1], port)), lines, readers };
        let deadline = Instant::now() + Duration::from_mins(1);
        loop {
            if TcpStream::connect_timeout(&server.address, Duration::from_secs(1)).is_ok() {
                return Ok(server);
            }
            if let Some(status) = server.child.try_wait()? {
                server.join_readers();
                bail!("`{shown}` ended with {status} before it listened\n{}", server.log().join("\n"));
            }
            if Instant::now() > deadline {
                bail!("`{shown}` does not listen on {} after 60 s\n{}", server.address, server.log().join("\n"));
            }
            thread::sleep(Duration::from_millis(10));
        }
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// All lines printed so far, both streams, without colours.
    pub(crate) fn log(&self) -> Vec<String> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Waits until `found` accepts the lines printed so far, `limit` at most; says whether it did.
    pub(crate) fn wait_for_log(&self, limit: Duration, found: impl Fn(&[String]) -> bool) -> bool {
        let deadline = Instant::now() + limit;
        loop {
            if found(&self.log()) {
                return true;
            }
            if Instant::now() > deadline {
                return false;
            }
            thread::sleep(Duration::from_millis(5));
        }
    }

    /// Asks the server to end (SIGTERM), and returns its exit code: `None` if a signal ended it.
    ///
    /// # Errors
    /// If it is still there after 15 seconds (it is killed then).
    pub(crate) fn stop(mut self) -> Result<Option<i32>> {
        self.signal(Signal::TERM)?;
        let status = self.wait(Duration::from_secs(15))?;
        let Some(status) = status else {
            bail!("the server is still there 15 s after SIGTERM\n{}", self.log().join("\n"));
        };
        Ok(status.code())
    }

    /// Signals the server's process group, which holds what it started too. That it is gone already is fine.
    fn signal(&self, signal: Signal) -> Result<()> {
        let group = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw).context("a process has no number")?;
        match kill_process_group(group, signal) {
            Ok(()) | Err(Errno::SRCH) => Ok(()),
            Err(error) => Err(error).context("cannot signal the server"),
        }
    }

    fn wait(&mut self, limit: Duration) -> Result<Option<std::process::ExitStatus>> {
        let deadline = Instant::now() + limit;
        while Instant::now() < deadline {
            if let Some(status) = self.child.try_wait()? {
                return Ok(Some(status));
            }
            thread::sleep(Duration::from_millis(10));
        }
        Ok(None)
    }

    fn join_readers(&mut self) {
        for reader in self.readers.drain(..) {
            // A reader only fails if the collecting thread panicked; the lines read so far stay.
            drop(reader.join());
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if matches!(self.child.try_wait(), Ok(Some(_))) {
            return;
        }
        drop(self.signal(Signal::TERM));
        if !matches!(self.wait(Duration::from_secs(5)), Ok(Some(_))) {
            drop(self.signal(Signal::KILL));
            drop(self.child.wait());
        }
    }
}

fn collect_lines(stream: impl Read + Send + 'static, lines: &Arc<Mutex<Vec<String>>>) -> thread::JoinHandle<()> {
    let lines = Arc::clone(lines);
    thread::spawn(move || {
        let mut reader = BufReader::new(stream);
        let mut line = Vec::new();
        while matches!(reader.read_until(b'\n', &mut line), Ok(length) if length > 0) {
            let text = String::from_utf8_lossy(&line);
            let text = without_colours(text.trim_end_matches(['\r', '\n']));
            lines.lock().unwrap_or_else(PoisonError::into_inner).push(text);
            line.clear();
        }
    })
}

/// Removes terminal escape sequences (ECMA-48 CSI: ESC `[` … a byte from `@` to `~`).
fn without_colours(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text.chars();
    while let Some(letter) = rest.next() {
        if letter == '\u{1b}' {
            if rest.next() == Some('[') {
                rest.by_ref().find(|end| ('@'..='~').contains(end));
            }
            continue;
        }
        plain.push(letter);
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escape_sequences_are_removed() {
        assert_eq!(without_colours("\u{1b}[31m⨯\u{1b}[39m Error: \u{1b}[1mx"), "⨯ Error: x");
    }
}
