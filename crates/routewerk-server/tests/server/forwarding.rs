//! Rewrites to another server, from outside: what goes there, what comes back, and what does not.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, mpsc};
use std::time::Duration;

use routewerk_routes::rules::{RuleDefinitions, RuleSettings, Rules};
use routewerk_server::Hooks;
use serde_json::json;

use crate::http2::{Client, field, run};
use crate::support::{RawHttp, TestServer, WAIT, echo, options, site};

/// Another server that does as a function says with each connection.
struct Other {
    address: SocketAddr,
}

impl Other {
    fn start(behave: impl Fn(TcpStream) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("an address");
        let behave = Arc::new(behave);
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                stream.set_read_timeout(Some(WAIT)).expect("a limit");
                let behave = Arc::clone(&behave);
                std::thread::spawn(move || behave(stream));
            }
        });
        Self { address }
    }

    /// One that tells what it got, up to the end of the body, and answers with these bytes.
    fn telling(answer: &'static str) -> (Self, mpsc::Receiver<String>) {
        let (tell, told) = mpsc::sync_channel(16);
        let tell = Mutex::new(tell);
        let other = Self::start(move |mut stream| {
            while let Some(request) = read_request(&mut stream) {
                let tell = tell.lock().expect("no panic").clone();
                if tell.send(request).is_err() || stream.write_all(answer.as_bytes()).is_err() {
                    return;
                }
            }
        });
        (other, told)
    }
}

/// A request's bytes up to the end of its body.
fn read_request(stream: &mut TcpStream) -> Option<String> {
    let mut bytes = Vec::new();
    let mut byte = [0];
    while !bytes.ends_with(b"\r\n\r\n") {
        if stream.read(&mut byte).ok()? == 0 {
            return None;
        }
        bytes.push(byte[0]);
    }
    let head = String::from_utf8_lossy(&bytes).to_lowercase();
    if head.contains("transfer-encoding: chunked") {
        while !bytes.ends_with(b"0\r\n\r\n") {
            stream.read_exact(&mut byte).ok()?;
            bytes.push(byte[0]);
        }
    } else if let Some(length) = head.split("content-length: ").nth(1) {
        let length: usize = length.split("\r\n").next()?.parse().ok()?;
        let mut body = vec![0; length];
        stream.read_exact(&mut body).ok()?;
        bytes.extend(body);
    }
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

type Told = Arc<Mutex<Vec<String>>>;

fn serve(other: SocketAddr, timeout: Duration) -> (TestServer, Told) {
    let definitions: RuleDefinitions = serde_json::from_value(json!({
        "headers": [{ "source": "/:path*", "headers": [{ "key": "x-config", "value": "yes" }] }],
        "rewrites": { "fallback": [
            { "source": "/api/:path*", "destination": format!("http://{other}/there/:path*?own=1") },
            { "source": "/tls", "destination": format!("https://{other}/") },
        ]},
    }))
    .expect("definitions");
    let rules = Rules::compile(&definitions, &RuleSettings::default()).expect("rules");
    let told = Told::default();
    let heard = Arc::clone(&told);
    let site = site().with_rules(rules, Some(timeout), move |trouble| {
        heard.lock().expect("no panic").push(trouble.to_string());
    });
    (TestServer::serving(site, options(), Hooks::default(), echo), told)
}

const OK: &str = "HTTP/1.1 200 Fine\r\nX-There: yes\r\nx-config: other\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\nContent-Length: 5\r\nConnection: x-hop\r\nX-Hop: 1\r\nKeep-Alive: timeout=9\r\n\r\nthere";

#[test]
fn a_request_goes_there_and_its_reply_comes_back() {
    let (other, told) = Other::telling(OK);
    let (server, _) = serve(other.address, WAIT);
    let reply =
        server.connect().request("GET", "/api/a%2Fb/c?q=%20x&q=y", &[("X-Own", "1"), ("Accept", "text/x")], b"");
    assert_eq!((reply.status, reply.text().as_str()), (200, "there"));
    assert_eq!(reply.all("x-there"), ["yes"]);
    assert_eq!(reply.all("set-cookie"), ["a=1", "b=2"]);
    assert_eq!((reply.header("x-hop"), reply.all("x-config")), (None, vec!["other"]));
    let request = told.recv_timeout(WAIT).expect("a request");
    assert!(request.starts_with("GET /there/a%2Fb/c?q=%20x&q=y&own=1 HTTP/1.1\r\n"), "{request}");
    assert!(request.contains(&format!("\r\nhost: {}\r\n", other.address)), "{request}");
    assert!(request.contains("\r\nx-forwarded-host: test.example\r\n"), "{request}");
    assert!(request.contains("\r\nx-own: 1\r\n") && request.contains("\r\naccept: text/x\r\n"), "{request}");
}

#[test]
fn a_body_of_known_length_keeps_it() {
    let (other, told) = Other::telling(OK);
    let (server, _) = serve(other.address, WAIT);
    let body = "x".repeat(200_000);
    assert_eq!(server.connect().request("POST", "/api/x", &[], body.as_bytes()).status, 200);
    let request = told.recv_timeout(WAIT).expect("a request");
    assert!(request.contains("\r\ncontent-length: 200000\r\n") && request.ends_with(&body), "{}", &request[..300]);
}

#[test]
fn a_body_in_chunks_stays_one_body() {
    let (other, told) = Other::telling(OK);
    let (server, _) = serve(other.address, WAIT);
    let mut connection = server.connect();
    connection.send("POST /api/x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nGET /\r\n0\r\n\r\n");
    assert_eq!(connection.reply("POST").status, 200);
    let request = told.recv_timeout(WAIT).expect("a request");
    // What came with the head has a length by now.
    let framing =
        [("content-length: 5", "\r\n\r\nGET /"), ("transfer-encoding: chunked", "\r\n\r\n5\r\nGET /\r\n0\r\n\r\n")];
    let found = framing.iter().filter(|(field, body)| request.contains(field) && request.ends_with(body));
    assert_eq!(found.count(), 1, "{request}");
    assert_eq!(request.matches("content-length").count() + request.matches("transfer-encoding").count(), 1);
}

#[test]
fn what_concerns_one_connection_stays_on_it() {
    let (other, told) = Other::telling(OK);
    let (server, _) = serve(other.address, WAIT);
    let sent = [
        ("Connection", "x-secret, keep-alive"),
        ("X-Secret", "1"),
        ("TE", "trailers"),
        ("Trailer", "x-t"),
        ("Keep-Alive", "timeout=1"),
        ("Proxy-Connection", "close"),
        ("X-Forwarded-Host", "evil.example"),
        ("x-middleware-rewrite", "/evil"),
    ];
    assert_eq!(server.connect().request("GET", "/api/x", &sent, b"").status, 200);
    let request = told.recv_timeout(WAIT).expect("a request").to_lowercase();
    for name in ["x-secret", "\nte:", "\ntrailer:", "keep-alive", "proxy-connection", "evil"] {
        assert!(!request.contains(name), "{name} in {request}");
    }
    assert!(request.contains("\r\nvia: 1.1 routewerk\r\n"), "{request}");
}

#[test]
fn nobody_there_is_a_500_and_is_told() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("an address");
    drop(listener);
    let (server, told) = serve(address, WAIT);
    let mut connection = server.connect();
    let reply = connection.request("GET", "/api/x", &[], b"");
    assert_eq!((reply.status, reply.text().as_str()), (500, "Internal Server Error"));
    assert_eq!((reply.header("content-type"), reply.header("x-config")), (None, None));
    assert_eq!(connection.request("GET", "/echo", &[], b"").status, 200);
    let told = told.lock().expect("no panic");
    assert!(told[0].starts_with(&format!("Failed to proxy http://{address}/there/x?own=1 ")), "{told:?}");
}

#[test]
fn a_server_without_a_certificate_is_a_500() {
    let other = Other::start(|mut stream| {
        let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n");
        let _ = stream.read(&mut [0; 1000]);
    });
    let (server, told) = serve(other.address, WAIT);
    assert_eq!(server.get("/tls").status, 500);
    assert!(told.lock().expect("no panic")[0].contains("https://"));
}

#[test]
fn silence_there_is_a_500_in_time() {
    let other = Other::start(|mut stream| {
        let _ = read_request(&mut stream);
        let _ = stream.read(&mut [0; 1]);
    });
    let (server, told) = serve(other.address, Duration::from_millis(100));
    assert_eq!(server.get("/api/x").status, 500);
    assert!(told.lock().expect("no panic")[0].contains("nothing came within 100ms"));
}

#[test]
fn rubbish_from_there_is_a_500() {
    for rubbish in ["nonsense\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", ""] {
        let other = Other::start(move |mut stream| {
            let _ = read_request(&mut stream);
            let _ = stream.write_all(rubbish.as_bytes());
        });
        let (server, _) = serve(other.address, WAIT);
        assert_eq!(server.get("/api/x").status, 500, "{rubbish:?}");
    }
}

#[test]
fn a_reply_that_is_cut_there_is_cut_here() {
    let other = Other::start(|mut stream| {
        let _ = read_request(&mut stream);
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nbegun");
    });
    let (server, _) = serve(other.address, WAIT);
    let reply = server.get("/api/x");
    assert_eq!((reply.status, reply.is_complete), (200, false));
}

#[test]
fn a_stream_flows_both_ways_at_once() {
    let other = Other::start(|mut stream| {
        let mut head = Vec::new();
        let mut byte = [0];
        while !head.ends_with(b"\r\n\r\n") {
            stream.read_exact(&mut byte).expect("a head");
            head.push(byte[0]);
        }
        stream.write_all(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nfirst\r\n").expect("taken");
        let mut chunk = [0; 9];
        stream.read_exact(&mut chunk).expect("a chunk");
        assert_eq!(&chunk, b"4\r\nmore\r\n");
        stream.write_all(b"6\r\nsecond\r\n0\r\n\r\n").expect("taken");
    });
    let (server, _) = serve(other.address, WAIT);
    let mut connection: RawHttp = server.connect();
    connection.send("POST /api/x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
    assert_eq!(connection.head().status, 200);
    assert_eq!(connection.chunk().as_deref(), Some(b"first".as_slice()));
    connection.send("4\r\nmore\r\n");
    assert_eq!(connection.chunk().as_deref(), Some(b"second".as_slice()));
}

#[test]
fn a_client_that_leaves_ends_the_connection_there() {
    let (tell, told) = mpsc::sync_channel(16);
    let tell = Mutex::new(tell);
    let other = Other::start(move |mut stream| {
        let _ = read_request(&mut stream);
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nbegun");
        let ended = matches!(stream.read(&mut [0; 1]), Ok(0) | Err(_));
        let _ = tell.lock().expect("no panic").send(ended);
    });
    let (server, _) = serve(other.address, WAIT);
    let mut connection = server.connect();
    connection.send("GET /api/x HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_eq!(connection.head().status, 200);
    connection.reset();
    assert!(told.recv_timeout(WAIT).expect("the end is seen"));
}

#[test]
fn a_body_that_its_client_leaves_is_never_ended_there() {
    for reset in [true, false] {
        let (tell, told) = mpsc::sync_channel(16);
        let tell = Mutex::new(tell);
        let other = Other::start(move |mut stream| {
            let mut bytes = Vec::new();
            let mut byte = [0];
            while !bytes.ends_with(b"part\r\n") {
                stream.read_exact(&mut byte).expect("a chunk");
                bytes.push(byte[0]);
            }
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nfirst\r\n");
            let _ = stream.read_to_end(&mut bytes);
            let _ = tell.lock().expect("no panic").send(String::from_utf8_lossy(&bytes).into_owned());
        });
        let (server, _) = serve(other.address, WAIT);
        let mut connection = server.connect();
        connection.send("POST /api/x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n4\r\npart\r\n");
        assert_eq!(connection.head().status, 200);
        assert_eq!(connection.chunk().as_deref(), Some(b"first".as_slice()));
        if reset {
            connection.reset();
        } else {
            drop(connection);
        }
        let request = told.recv_timeout(WAIT).expect("the end is seen");
        assert!(!request.ends_with("0\r\n\r\n"), "{request:?}");
    }
}

#[test]
fn a_request_in_circles_ends() {
    let (other, _told) = Other::telling(OK);
    let (server, told) = serve(other.address, WAIT);
    let via = ["1.1 routewerk"; 8].join(", ");
    assert_eq!(server.connect().request("GET", "/api/x", &[("Via", &via)], b"").status, 500);
    assert!(told.lock().expect("no panic")[0].contains("in circles"));
    let via = ["1.1 routewerk"; 7].join(", ");
    assert_eq!(server.connect().request("GET", "/api/x", &[("Via", &via)], b"").status, 200);
}

#[test]
fn http2_is_forwarded_too() {
    let (other, told) = Other::telling(OK);
    let (server, _) = serve(other.address, WAIT);
    run(async {
        let mut client = Client::connect(server.address).await;
        let reply = client.get("/api/x").await;
        assert_eq!((reply.status().as_u16(), field(&reply, "x-there")), (200, Some("yes")));
    });
    assert!(told.recv_timeout(WAIT).expect("a request").starts_with("GET /there/x?own=1 HTTP/1.1\r\n"));
}

#[test]
fn head_has_no_body() {
    let (other, told) = Other::telling("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n");
    let (server, _) = serve(other.address, WAIT);
    let mut connection = server.connect();
    for _ in 0..2 {
        assert_eq!(connection.request("HEAD", "/api/x", &[], b"").status, 200);
        assert!(told.recv_timeout(WAIT).expect("a request").starts_with("HEAD "));
    }
}

#[test]
fn cve_2026_64645_no_param_leads_a_rewrite_to_another_host() {
    let (other, asked) = Other::telling(OK);
    let port = other.address.port();
    let definitions: RuleDefinitions = serde_json::from_value(json!({ "rewrites": [
        { "source": "/to/:name", "destination": format!("http://:name.0.0.1:{port}/there") },
        { "source": "/of", "has": [{ "type": "query", "key": "name" }],
          "destination": format!("http://:name.0.0.1:{port}/there") },
    ]}))
    .expect("definitions");
    let rules = Rules::compile(&definitions, &RuleSettings::default()).expect("rules");
    let site = site().with_rules(rules, Some(WAIT), |_| ());
    let server = TestServer::serving(site, options(), Hooks::default(), echo);
    for target in ["/to/127", "/of?name=127"] {
        assert_eq!(server.get(target).status, 200, "{target}");
        assert!(asked.recv_timeout(WAIT).expect("a request").contains(&format!("host: 127.0.0.1:{port}")));
    }
    let own = format!("127.0.0.1:{port}");
    for end in ["/", "#", "?", "\\", "\t", "\r\n", "@", " "] {
        let name: String = format!("{own}{end}").bytes().map(|byte| format!("%{byte:02X}")).collect();
        for target in [format!("/to/{name}"), format!("/of?name={name}")] {
            assert_eq!(server.get(&target).status, 500, "{end:?} {target}");
        }
    }
    assert!(asked.try_recv().is_err(), "nobody was asked");
}

#[test]
fn no_param_leads_a_rewrite_out_of_the_folder_that_it_names() {
    let (other, asked) = Other::telling(OK);
    let definitions: RuleDefinitions = serde_json::from_value(json!({ "rewrites": [
        { "source": "/of", "has": [{ "type": "query", "key": "p", "value": "(?<p>.*)" }],
          "destination": format!("http://{}/public/:p*", other.address) },
    ]}))
    .expect("definitions");
    let rules = Rules::compile(&definitions, &RuleSettings::default()).expect("rules");
    let told = Told::default();
    let heard = Arc::clone(&told);
    let site = site().with_rules(rules, Some(WAIT), move |trouble| {
        heard.lock().expect("no panic").push(trouble.to_string());
    });
    let server = TestServer::serving(site, options(), Hooks::default(), echo);
    assert_eq!(server.get("/of?p=a/b..c/...").status, 200);
    assert!(asked.recv_timeout(WAIT).expect("a request").starts_with("GET /public/a/b..c/..."));
    for p in ["..", "../admin", "a/../../admin", "%2e%2e/admin", "%252e%252E/admin", "./x", "a/.%2e"] {
        assert_eq!(server.get(&format!("/of?p={p}")).status, 500, "{p}");
    }
    assert!(asked.try_recv().is_err(), "nobody was asked");
    assert!(told.lock().expect("no panic")[0].contains("`..` segment"));
}

#[test]
fn cve_2026_29057_a_body_of_any_method_stays_a_body_behind_a_rewrite() {
    let (other, asked) = Other::telling(OK);
    let (server, _) = serve(other.address, WAIT);
    let inner = "GET /admin HTTP/1.1\r\nHost: x\r\n\r\n";
    for method in ["DELETE", "OPTIONS", "GET", "PATCH"] {
        let mut connection = server.connect();
        let chunk = format!("{:x}\r\n{inner}\r\n0\r\n\r\n", inner.len());
        connection.send(format!("{method} /api/x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n{chunk}"));
        assert_eq!(connection.reply(method).status, 200, "{method}");
        let request = asked.recv_timeout(WAIT).expect("a request");
        assert!(request.starts_with(&format!("{method} /there/x?own=1 ")), "{request}");
        // That of a GET stays here.
        assert_eq!(request.contains(inner), method != "GET", "{request}");
        assert_eq!(request.contains("transfer-encoding") || request.contains("content-length"), method != "GET");
        // Both lengths at once are nobody's to interpret.
        let mut connection = server.connect();
        let both = "Content-Length: 5\r\nTransfer-Encoding: chunked";
        connection.send(format!("{method} /api/x HTTP/1.1\r\nHost: a\r\n{both}\r\n\r\n{chunk}"));
        assert_eq!(connection.reply(method).status, 400, "{method}");
    }
    assert!(asked.try_recv().is_err(), "one request each");
}
