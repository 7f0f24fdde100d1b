//! The real command as a child process, on a port of its own.
//! It is ended with the test, however the test ends.

use std::io::Read;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::{Output, RawHttp, Reply};

/// The limit of every wait in a test.
pub const WAIT: Duration = Duration::from_secs(30);

/// Asks again until the answer is yes, for at most [`WAIT`].
///
/// # Panics
/// If the answer stays no; `what` names it.
pub fn wait_until(what: &str, mut is_true: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !is_true() {
        assert!(begun.elapsed() < WAIT, "waited {WAIT:?} for: {what}");
        thread::sleep(Duration::from_millis(5));
    }
}

/// A command that runs to its end: exit code, standard output, standard error.
///
/// # Panics
/// If it does not start or does not end within [`WAIT`].
pub fn run(command: &mut Command) -> (Option<i32>, String, String) {
    let child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let mut child = child.expect("the command starts");
    let (mut out, mut err) = (child.stdout.take().expect("piped"), child.stderr.take().expect("piped"));
    let read_out = thread::spawn(move || {
        let mut text = Vec::new();
        drop(out.read_to_end(&mut text));
        String::from_utf8_lossy(&text).into_owned()
    });
    let read_err = thread::spawn(move || {
        let mut text = Vec::new();
        drop(err.read_to_end(&mut text));
        String::from_utf8_lossy(&text).into_owned()
    });
    let status = wait_for_exit(&mut child);
    (status.code(), read_out.join().expect("read"), read_err.join().expect("read"))
}

/// Waits for the end of a process; one that takes longer than [`WAIT`] is killed.
fn wait_for_exit(child: &mut Child) -> ExitStatus {
    let begun = Instant::now();
    loop {
        if let Some(status) = child.try_wait().expect("the process is ours") {
            return status;
        }
        if begun.elapsed() > WAIT {
            drop(child.kill());
            drop(child.wait());
            panic!("the process did not end within {WAIT:?}");
        }
        thread::sleep(Duration::from_millis(5));
    }
}

/// A server under test. Dropping it ends it.
#[derive(Debug)]
pub struct TestServer {
    child: Child,
    output: Output,
    address: SocketAddr,
}

impl TestServer {
    /// Starts `routewerk dev` on a free port of loopback.
    pub fn dev(program: &Path, root: &Path) -> Self {
        Self::spawn(Command::new(program).arg("dev").arg(root))
    }

    /// Starts `routewerk start` on a free port of loopback.
    pub fn start(program: &Path, root: &Path) -> Self {
        Self::spawn(Command::new(program).arg("start").arg(root))
    }

    /// Starts a prepared command with `-H 127.0.0.1 -p 0` and waits until it says where it listens.
    ///
    /// # Panics
    /// If it ends before, or says nothing within [`WAIT`].
    pub fn spawn(command: &mut Command) -> Self {
        command.args(["-H", "127.0.0.1", "-p", "0"]);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the command starts");
        let output = Output::default();
        output.follow(child.stdout.take().expect("piped"));
        output.follow(child.stderr.take().expect("piped"));
        let begun = Instant::now();
        let address = loop {
            if let Some(address) = local_address(&output.text()) {
                break address;
            }
            if let Some(status) = child.try_wait().expect("the process is ours") {
                panic!("the server ended with {status}:\n{}", output.text());
            }
            assert!(begun.elapsed() < WAIT, "the server did not listen:\n{}", output.text());
            thread::sleep(Duration::from_millis(2));
        };
        Self { child, output, address }
    }

    /// Where it listens.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// The id of its process.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// What it has printed.
    pub const fn output(&self) -> &Output {
        &self.output
    }

    /// A new connection.
    pub fn connect(&self) -> RawHttp {
        RawHttp::connect(self.address)
    }

    /// One GET request on a connection of its own.
    pub fn get(&self, path: &str) -> Reply {
        self.connect().request("GET", path, &[], b"")
    }

    /// Asks until the reply to a GET fits, for at most [`WAIT`].
    ///
    /// # Panics
    /// If it never fits; shows the last reply and what the server printed.
    pub fn get_until(&self, path: &str, mut fits: impl FnMut(&Reply) -> bool) -> Reply {
        let begun = Instant::now();
        loop {
            let reply = self.get(path);
            if fits(&reply) {
                return reply;
            }
            let printed = self.output.text();
            assert!(begun.elapsed() < WAIT, "`{path}` stays {reply:?}\nprinted:\n{printed}");
            thread::sleep(Duration::from_millis(5));
        }
    }

    /// Waits until a text was printed.
    pub fn wait_for_output(&self, text: &str) {
        let begun = Instant::now();
        while !self.output.contains(text) {
            assert!(begun.elapsed() < WAIT, "`{text}` was not printed:\n{}", self.output.text());
            thread::sleep(Duration::from_millis(2));
        }
    }

    /// Sends a signal by its name (`TERM`, `INT`, `HUP`, `KILL`).
    pub fn signal(&self, name: &str) {
        let status = Command::new("kill").args(["-s", name, &self.id().to_string()]).status();
        assert!(status.is_ok_and(|status| status.success()), "SIG{name} can be sent");
    }

    /// Waits for the end; its exit code.
    pub fn wait(&mut self) -> Option<i32> {
        wait_for_exit(&mut self.child).code()
    }

    /// Whether it still runs.
    pub fn is_running(&mut self) -> bool {
        self.child.try_wait().is_ok_and(|status| status.is_none())
    }
}

impl Drop for TestServer {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// The address in `- Local:  http://127.0.0.1:4711`, once the line is complete.
fn local_address(printed: &str) -> Option<SocketAddr> {
    let (_, rest) = printed.split_once("- Local:")?;
    let (line, _) = rest.split_once('\n')?;
    let port = line.trim().rsplit(':').next()?.parse().ok()?;
    Some(SocketAddr::from((Ipv4Addr::LOCALHOST, port)))
}
