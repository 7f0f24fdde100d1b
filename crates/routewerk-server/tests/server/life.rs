//! Start and end of a server, its threads, and its listener.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream};
use std::num::NonZeroUsize;
use std::time::{Duration, Instant};

use routewerk_server::{BindError, DEFAULT_BACKLOG, Hooks, ServerOptions, bind, bind_any};

use crate::support::{RawHttp, TestServer, chunks, echo, never, options, reply, text, wait_until};

/// Shuts a server down from a runtime of the test's own.
fn shut_down(server: &mut TestServer, deadline: Duration) -> std::thread::JoinHandle<bool> {
    let handle = server.handle.take().expect("not shut down");
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
        runtime.block_on(handle.shutdown(deadline))
    })
}

const GET: &str = "GET /echo HTTP/1.1\r\nHost: a\r\n\r\n";

#[test]
fn idle_connections_are_closed_and_new_ones_refused() {
    let mut server = TestServer::echo();
    let mut idle = server.connect();
    assert_eq!(idle.request("GET", "/echo", &[], b"").status, 200);
    let mut fresh = server.connect();
    wait_until("both are accepted", || server.running().counters().connections_open == 2);
    let begun = Instant::now();
    assert!(shut_down(&mut server, Duration::from_secs(5)).join().expect("no panic"));
    assert!(begun.elapsed() < Duration::from_secs(2));
    assert!(idle.is_closed());
    assert!(fresh.is_closed());
    assert!(TcpStream::connect(server.address).is_err());
}

#[test]
fn a_call_under_way_ends_and_its_connection_with_it() {
    let gate = std::sync::Arc::new(tokio::sync::Semaphore::new(0));
    let waiting = std::sync::Arc::clone(&gate);
    let mut server = TestServer::start(move |_| {
        let gate = std::sync::Arc::clone(&waiting);
        Box::pin(async move {
            gate.acquire().await.expect("open").forget();
            Ok(text("late"))
        })
    });
    let mut client = server.connect();
    client.send(GET);
    wait_until("the call is made", || server.running().counters().calls_pending == 1);
    let address = server.address;
    let ending = shut_down(&mut server, Duration::from_secs(5));
    wait_until("nobody listens", || TcpStream::connect(address).is_err());
    gate.add_permits(1);
    let reply = client.reply("GET");
    assert_eq!((reply.text().as_str(), reply.header("connection")), ("late", Some("close")));
    assert!(client.is_closed());
    assert!(ending.join().expect("no panic"), "nothing was cut off");
}

#[test]
fn a_stream_under_way_ends() {
    let stream = chunks();
    let given = stream.clone();
    let mut server = TestServer::start(move |_| {
        let body = given.body();
        Box::pin(async move { Ok(reply(200, &[], body)) })
    });
    let mut client = server.connect();
    client.send(GET);
    stream.give("one");
    assert_eq!(client.head().status, 200);
    let ending = shut_down(&mut server, Duration::from_secs(5));
    let address = server.address;
    wait_until("nobody listens", || TcpStream::connect(address).is_err());
    stream.give("two");
    stream.end();
    assert_eq!(client.chunk().as_deref(), Some(b"one".as_slice()));
    assert_eq!(client.chunk().as_deref(), Some(b"two".as_slice()));
    assert_eq!(client.chunk().as_deref(), Some(b"".as_slice()));
    assert!(client.is_closed());
    assert!(ending.join().expect("no panic"));
}

#[test]
fn what_is_left_at_the_deadline_is_cut_off() {
    let mut server = TestServer::start(|_| never());
    let mut client = server.connect();
    client.send(GET);
    wait_until("the call is made", || server.running().counters().calls_pending == 1);
    let begun = Instant::now();
    assert!(!shut_down(&mut server, Duration::from_millis(100)).join().expect("no panic"));
    assert!(begun.elapsed() >= Duration::from_millis(90) && begun.elapsed() < Duration::from_secs(3));
    assert!(client.is_closed());
}

#[test]
fn a_dropped_handle_ends_the_server() {
    let mut server = TestServer::start(|_| never());
    let mut client = server.connect();
    client.send(GET);
    wait_until("the call is made", || server.running().counters().calls_pending == 1);
    drop(server.handle.take());
    assert!(client.is_closed());
    wait_until("nobody listens", || TcpStream::connect(server.address).is_err());
}

#[test]
fn connections_are_shared_among_the_threads() {
    let options = ServerOptions { threads: NonZeroUsize::new(4), ..options() };
    let server = TestServer::with(options, Hooks::default(), |_| {
        let name = std::thread::current().name().unwrap_or_default().to_owned();
        Box::pin(async move { Ok(text(name)) })
    });
    let mut clients: Vec<_> = (0..16).map(|_| server.connect()).collect();
    let mut names: Vec<_> = clients.iter_mut().map(|client| client.request("GET", "/echo", &[], b"").text()).collect();
    names.sort();
    for index in 0..4 {
        let name = format!("routewerk-front-{index}");
        assert_eq!(names.iter().filter(|found| **found == name).count(), 4, "{names:?}");
    }
}

#[test]
fn a_taken_port_is_said_to_be_taken() {
    let server = TestServer::echo();
    let error = bind(server.address, DEFAULT_BACKLOG).expect_err("taken");
    assert!(matches!(error, BindError::InUse { address } if address == server.address));
    assert_eq!(error.to_string(), format!("address `{}` is in use", server.address));
}

#[test]
fn a_port_is_free_again_after_a_shutdown_with_connections() {
    let mut server = TestServer::echo();
    let mut client = server.connect();
    assert_eq!(client.request("GET", "/echo", &[], b"").status, 200);
    assert!(shut_down(&mut server, Duration::from_secs(5)).join().expect("no panic"));
    bind(server.address, DEFAULT_BACKLOG).expect("free again");
}

#[test]
fn an_address_of_another_machine_is_said_to_be() {
    let error = bind(SocketAddr::from(([192, 0, 2, 77], 0)), DEFAULT_BACKLOG).expect_err("not ours");
    assert!(matches!(error, BindError::NotLocal { .. }), "{error}");
}

#[test]
fn a_listener_on_every_address_takes_both_families() {
    let listener = bind_any(0, DEFAULT_BACKLOG).expect("a free port");
    let port = listener.local_addr().expect("bound").port();
    let site = routewerk_server::SharedSite::new(std::sync::Arc::new(crate::support::site()));
    let engine = crate::support::engine(echo);
    let handle = routewerk_server::Server::start(listener, options(), site, move |_| engine.clone(), Hooks::default())
        .expect("starts");
    let mut client = RawHttp::connect(SocketAddr::from((Ipv4Addr::LOCALHOST, port)));
    let reply = client.request("GET", "/echo", &[], b"");
    // As Node.js writes it.
    let forwarded = if handle.local_addr().is_ipv6() { "::ffff:127.0.0.1" } else { "127.0.0.1" };
    assert_eq!(reply.facts("x-forwarded-for"), [forwarded]);
    if handle.local_addr().is_ipv6() {
        let mut client = RawHttp::connect(SocketAddr::from((Ipv6Addr::LOCALHOST, port)));
        assert_eq!(client.request("GET", "/echo", &[], b"").facts("x-forwarded-for"), ["::1"]);
    }
}
