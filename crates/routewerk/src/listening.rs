//! Taking the port, and saying where the server can be reached.

use std::net::{Ipv4Addr, SocketAddr, TcpListener, UdpSocket};

use routewerk_server::{BindError, DEFAULT_BACKLOG, bind, bind_any};

use crate::exit::Exit;
use crate::failure::Failure;
use crate::port_owner;
use crate::report::Report;
use crate::settings::{Listen, url_host};

/// How many further ports `dev` tries.
const MAX_OTHER_PORTS: u16 = 10;

/// A taken port.
#[derive(Debug)]
pub(crate) struct Listening {
    /// The listener: connections are taken by the system from now on.
    pub listener: TcpListener,
    /// The port, the real one where 0 was asked for.
    pub port: u16,
    /// The address for a browser on this machine.
    pub local_url: String,
    /// The address for others, if there is one.
    pub network_url: Option<String>,
}

/// Takes the port that was asked for.
///
/// # Errors
/// A [`Failure`] with [`Exit::Address`] and what to do.
pub(crate) fn listen(listen: &Listen) -> Result<Listening, Failure> {
    let listener = take(listen, listen.port).map_err(|error| failure(&error, listen.port))?;
    Listening::new(listener, listen)
}

/// Takes the port that was asked for, or the next free one if none was asked for, with a word.
///
/// # Errors
/// A [`Failure`] with [`Exit::Address`] if none of them can be had.
pub(crate) fn listen_on_free_port(listen: &Listen, report: Report) -> Result<Listening, Failure> {
    let mut port = listen.port;
    loop {
        match take(listen, port) {
            Ok(listener) => {
                let listening = Listening::new(listener, listen)?;
                if port != listen.port {
                    let owner = match port_owner::process_on(listen.port) {
                        Some(process) => format!("process {process}"),
                        None => "an unknown process".to_owned(),
                    };
                    let wanted = listen.port;
                    report.warn(format!("Port {wanted} is in use by {owner}, using available port {port} instead."));
                }
                return Ok(listening);
            }
            Err(TakeError::Bind(BindError::InUse { .. }))
                if !listen.is_port_given && listen.port != 0 && port < listen.port + MAX_OTHER_PORTS =>
            {
                port += 1;
            }
            Err(error) => return Err(failure(&error, port)),
        }
    }
}

/// Why a port was not taken.
enum TakeError {
    Bind(BindError),
    Host(Failure),
}

fn take(listen: &Listen, port: u16) -> Result<TcpListener, TakeError> {
    match listen.address().map_err(TakeError::Host)? {
        Some(mut address) => {
            address.set_port(port);
            bind(address, DEFAULT_BACKLOG).map_err(TakeError::Bind)
        }
        None => bind_any(port, DEFAULT_BACKLOG).map_err(TakeError::Bind),
    }
}

fn failure(error: &TakeError, port: u16) -> Failure {
    let error = match error {
        TakeError::Host(failure) => return failure.clone(),
        TakeError::Bind(error) => error,
    };
    let failed = |reason: String| Failure::new(Exit::Address, format!("Failed to start server\n{reason}"));
    match error {
        BindError::InUse { address } => {
            let reason = format!("Error: listen EADDRINUSE: address already in use {address}");
            let owner = port_owner::process_on(port).map(|process| format!("Process {process} listens there. "));
            let next = port.checked_add(1).unwrap_or(3000);
            failed(reason).with_hint(format!("{}End it, or take another port: -p {next}", owner.unwrap_or_default()))
        }
        BindError::Forbidden { address } => failed(format!("Error: listen EACCES: permission denied {address}"))
            .with_hint("Ports below 1024 need rights of their own; take a higher one: -p 3000"),
        BindError::NotLocal { address } => failed(format!("Error: listen EADDRNOTAVAIL: {address}"))
            .with_hint("-H takes a name or an address of this machine; leave it out to listen on all of them."),
        BindError::Other { address, source } => failed(format!("Error: listen {address}: {source}")),
    }
}

impl Listening {
    fn new(listener: TcpListener, listen: &Listen) -> Result<Self, Failure> {
        let address = listener.local_addr();
        let port = address.map_err(|error| Failure::new(Exit::Address, format!("Failed to start server\n{error}")))?;
        let port = port.port();
        let network_host = match &listen.hostname {
            Some(hostname) => Some(url_host(hostname)),
            None => network_address(),
        };
        Ok(Self {
            listener,
            port,
            local_url: format!("http://{}:{port}", listen.local_host()),
            network_url: network_host.map(|host| format!("http://{host}:{port}")),
        })
    }

    /// Prints the head of a server's output.
    pub(crate) fn print_banner(&self, environment_files: &[String], report: Report) {
        report.title();
        report.bullet("Local", &self.local_url);
        if let Some(url) = &self.network_url {
            report.bullet("Network", url);
        }
        if !environment_files.is_empty() {
            report.bullet("Environments", environment_files.join(", "));
        }
    }
}

/// This machine's address in its network: the one that it would send from. Nothing is sent.
fn network_address() -> Option<String> {
    /// An address for documentation (RFC 5737): routed like any other, never answered.
    const ELSEWHERE: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1)), 9);
    let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).ok()?;
    socket.connect(ELSEWHERE).ok()?;
    let address = socket.local_addr().ok()?.ip();
    (!address.is_loopback() && !address.is_unspecified()).then(|| address.to_string())
}
