//! The own HTTP/1.1 connection beside hyper's: the same bytes, read by both.
//!
//! Where the own connection answers a request, hyper has read the very same request; where hyper stops, the own one
//! has not gone on. It may stop earlier: it is the stricter one. So no byte that is body to one is a request to the
//! other.

use std::net::SocketAddr;
use std::sync::OnceLock;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use proptest::prelude::*;
use routewerk_handler::{HandlerCall, Method, ReplyBody};
use routewerk_routes::target::TargetRules;
use routewerk_server::Hooks;

use crate::support::{Answer, RawHttp, TestServer, options, reply, site_of, whole_body};

/// A server on hyper that describes each request as [`own`] does; it lives as long as the tests.
fn reference() -> SocketAddr {
    static ADDRESS: OnceLock<SocketAddr> = OnceLock::new();
    *ADDRESS.get_or_init(|| {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
        listener.set_nonblocking(true).expect("an option can be set");
        let address = listener.local_addr().expect("bound");
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            runtime.block_on(async move {
                let listener = tokio::net::TcpListener::from_std(listener).expect("a listener");
                loop {
                    let (stream, _) = listener.accept().await.expect("a connection");
                    let connection = hyper::server::conn::http1::Builder::new()
                        .half_close(true)
                        .serve_connection(TokioIo::new(stream), service_fn(describe));
                    tokio::spawn(connection);
                }
            });
        });
        address
    })
}

async fn describe(request: Request<hyper::body::Incoming>) -> Result<Response<Full<Bytes>>, hyper::Error> {
    let (parts, body) = request.into_parts();
    // As in Next.js, the body of a GET is nobody's business.
    let body = if parts.method == http::Method::GET { Bytes::new() } else { body.collect().await?.to_bytes() };
    let fields = parts.headers.iter().map(|(name, value)| (name.as_str().as_bytes(), value.as_bytes()));
    let body = facts(parts.method.as_str(), parts.uri.path(), fields, &body);
    Ok(Response::new(Full::new(Bytes::from(body))))
}

/// The own server with one route for everything.
fn own() -> SocketAddr {
    static SERVER: OnceLock<TestServer> = OnceLock::new();
    let server = SERVER.get_or_init(|| {
        let site = site_of(&[("/[...path]", &Method::ALL)], &[], TargetRules::default());
        TestServer::serving(site, options(), Hooks::default(), |call: HandlerCall| -> Answer {
            Box::pin(async move {
                let path = format!("/{}", call.params);
                let fields: Vec<_> = call.headers.iter().map(|(name, value)| (name.to_vec(), value.to_vec())).collect();
                let body = whole_body(call.body).await.unwrap_or_default();
                let fields = fields.iter().map(|(name, value)| (name.as_slice(), value.as_slice()));
                let facts = facts(call.method.as_str(), &path, fields, &body);
                Ok(reply(200, &[], ReplyBody::Complete(facts.into())))
            })
        })
    });
    server.address
}

/// What a request is, in a form that can be compared.
fn facts<'field>(
    method: &str,
    path: &str,
    fields: impl Iterator<Item = (&'field [u8], &'field [u8])>,
    body: &[u8],
) -> Vec<u8> {
    let mut lines: Vec<Vec<u8>> = fields
        .filter(|(name, _)| !name.starts_with(b"x-forwarded-"))
        .map(|(name, value)| [name, b": ", value, b"\n"].concat())
        .collect();
    lines.sort();
    let body = if method == "GET" { &[][..] } else { body };
    [format!("{method} {path}\n").as_bytes(), &lines.concat(), b"\n", body].concat()
}

/// What a server made of bytes: the requests that it answered in full before it stopped.
fn requests(address: SocketAddr, bytes: &[u8]) -> Vec<Vec<u8>> {
    let mut client = RawHttp::connect(address);
    if client.try_send(bytes) {
        // A server that has closed already is not surprised.
        let _ = client.socket().shutdown(std::net::Shutdown::Write);
    }
    let mut rest = client.rest();
    let mut requests = Vec::new();
    while let Some((status, body, length)) = split_reply(&rest) {
        if status == 200 {
            requests.push(body);
        } else if status >= 200 {
            break;
        }
        rest.drain(..length);
    }
    requests
}

/// The first reply of some bytes, if it is whole: its status, its body, its length.
fn split_reply(bytes: &[u8]) -> Option<(u16, Vec<u8>, usize)> {
    let head_end = bytes.windows(4).position(|window| window == b"\r\n\r\n")? + 4;
    let head = String::from_utf8_lossy(&bytes[..head_end]).to_ascii_lowercase();
    let status = head.get(9..12)?.parse().ok()?;
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.trim().parse().ok()).unwrap_or(0);
    let body = bytes.get(head_end..head_end + length)?.to_vec();
    Some((status, body, head_end + length))
}

#[track_caller]
fn compare(bytes: &[u8]) {
    let (own, reference) = (requests(own(), bytes), requests(reference(), bytes));
    let shown = |requests: &[Vec<u8>]| {
        requests.iter().map(|request| String::from_utf8_lossy(request).into_owned()).collect::<Vec<_>>()
    };
    assert!(
        reference.starts_with(&own),
        "of {:?}\nown: {:#?}\nhyper: {:#?}",
        String::from_utf8_lossy(bytes),
        shown(&own),
        shown(&reference)
    );
}

#[test]
fn well_formed_requests_are_read_alike_to_the_last() {
    for bytes in [
        "GET /a HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET /a HTTP/1.1\r\nHost: a\r\n\r\nPOST /b HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc",
        "POST /b HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\n0\r\nT: u\r\n\r\nGET /c HTTP/1.1\r\nHost: a\r\n\r\n",
        "PUT /b HTTP/1.1\r\nhOsT:\ta \r\nA:  b c\t\r\nA: d\r\ncontent-length:0\r\n\r\n",
        "GET /a HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nxyGET /c HTTP/1.1\r\nHost: a\r\n\r\n",
    ] {
        compare(bytes.as_bytes());
        let count = bytes.matches("HTTP/1.1\r\n").count();
        assert_eq!(requests(own(), bytes.as_bytes()).len(), count, "{bytes:?}");
    }
}

#[test]
fn where_framing_is_in_doubt_the_own_connection_never_goes_further() {
    let next = "GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n";
    let framings = [
        "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n",
        "Content-Length: 5\r\nContent-Length: 5\r\n",
        "Content-Length: 5\r\nContent-Length: 6\r\n",
        "Content-Length: 5, 5\r\n",
        "Content-Length: 05\r\n",
        "Content-Length: +5\r\n",
        "Transfer-Encoding: chunked, chunked\r\n",
        "Transfer-Encoding: identity, chunked\r\n",
        "Transfer-Encoding: chunked, identity\r\n",
        "Transfer-Encoding: xchunked\r\n",
        "Transfer-Encoding: \tchunked \r\n",
        "Transfer-Encoding : chunked\r\n",
        "Transfer-Encoding\r\n: chunked\r\n",
        "X: y\nTransfer-Encoding: chunked\r\n",
        "X: y\rTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding:\r\n chunked\r\n",
        "Transfer-Encoding: chunked\0\r\n",
        "Content_Length: 5\r\n",
        "Content-Length: 5\r\nX: y\r\n\tContent-Length: 6\r\n",
    ];
    let bodies = [
        "0\r\n\r\n",
        "5\r\nhello\r\n0\r\n\r\n",
        "hello",
        "5\nhello\n0\n\n",
        "5 \r\nhello\r\n0\r\n\r\n",
        "05\r\nhello\r\n0\r\n\r\n",
        "5;\nx\r\nhello\r\n0\r\n\r\n",
        "0\r\nX\r\n\r\n",
        "0\r\n\n",
        "0\r\r\n\r\n",
        "5\r\nhello0\r\n\r\n",
        "-5\r\nhello\r\n0\r\n\r\n",
    ];
    for framing in framings {
        for body in bodies {
            compare(format!("POST /a HTTP/1.1\r\nHost: a\r\n{framing}\r\n{body}{next}").as_bytes());
        }
    }
}

/// A field of a request, framing fields among them.
fn field() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => ("[A-Za-z-]{1,10}", "[ -~]{0,12}").prop_map(|(name, value)| format!("X{name}: {value}\r\n")),
        1 => "[0-9]{1,2}".prop_map(|length| format!("Content-Length: {length}\r\n")),
        1 => Just("Transfer-Encoding: chunked\r\n".to_owned()),
        1 => Just("Connection: close\r\n".to_owned()),
        1 => Just("Connection: keep-alive\r\n".to_owned()),
    ]
}

/// A request, sometimes with a body that fits its framing.
fn request() -> impl Strategy<Value = String> {
    let method = prop_oneof![Just("GET"), Just("POST"), Just("PUT"), Just("DELETE"), Just("PATCH")];
    let body = prop_oneof![
        Just(String::new()),
        "[a-zA-Z0-9 ]{0,12}",
        "[a-z]{1,9}".prop_map(|text| format!("{:x}\r\n{text}\r\n0\r\n\r\n", text.len())),
    ];
    (method, "[a-z0-9/]{1,8}", proptest::collection::vec(field(), 0..4), body).prop_map(
        |(method, path, fields, body)| {
            let path = path.trim_matches('/').replace("//", "/");
            let is_framed =
                fields.iter().any(|field| field.starts_with("Content-Length") || field.starts_with("Transfer"));
            let length = if is_framed || body.is_empty() {
                String::new()
            } else {
                format!("Content-Length: {}\r\n", body.len())
            };
            format!("{method} /p{path} HTTP/1.1\r\nHost: a\r\n{}{length}\r\n{body}", fields.concat())
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn generated_requests_are_read_alike(requests in proptest::collection::vec(request(), 1..4)) {
        compare(requests.concat().as_bytes());
    }

    #[test]
    fn broken_requests_are_never_read_further(
        requests in proptest::collection::vec(request(), 1..3),
        at in any::<prop::sample::Index>(),
        instead in prop_oneof![Just(b'\r'), Just(b'\n'), Just(b' '), Just(b':'), Just(0), Just(b'\t'), any::<u8>()],
        inserted in any::<bool>(),
    ) {
        let mut bytes = requests.concat().into_bytes();
        let at = at.index(bytes.len());
        if inserted {
            bytes.insert(at, instead);
        } else {
            bytes[at] = instead;
        }
        // What characters a target may have is another matter: Next.js takes more of them than hyper.
        let before = bytes[..at].iter().rposition(|byte| *byte == b'\n').map_or(0, |line| line + 1);
        let line = bytes[before..].split(|byte| *byte == b'\n').next().unwrap_or_default();
        let is_request_line = line.windows(6).any(|window| window == b" HTTP/");
        prop_assume!(!is_request_line || !matches!(instead, b'"' | b'<' | b'>' | b'^' | b'`' | b'{'..=b'}' | 0x80..));
        bytes.extend_from_slice(b"GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n");
        compare(&bytes);
    }
}
