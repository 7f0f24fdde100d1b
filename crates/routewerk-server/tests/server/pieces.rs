//! However the bytes of a connection are cut into packets, the answers are the same.

use std::time::Duration;

use crate::support::{Reply, TestServer};

const CONVERSATIONS: [&str; 5] = [
    "GET /items/1 HTTP/1.1\r\nHost: a\r\n\r\nGET /items/2 HTTP/1.1\r\nHost: a\r\n\r\n",
    "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhelloGET /nowhere HTTP/1.1\r\nHost: a\r\n\r\n",
    "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3;x\r\nabc\r\n2\r\nde\r\n0\r\nT: u\r\n\r\nGET /echo/ HTTP/1.1\r\nHost: a\r\n\r\n",
    "GET /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc\r\n\r\nDELETE /items/1 HTTP/1.1\r\nHost: a\r\n\r\n",
    "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabcd\r\n0\r\n\r\n",
];

/// Two replies, or one that ends the connection: what is the same each time.
fn converse(server: &TestServer, pieces: &[&[u8]]) -> Vec<(u16, String)> {
    let mut client = server.connect();
    for piece in pieces {
        if !client.try_send(piece) {
            break;
        }
        std::thread::sleep(Duration::from_micros(50));
    }
    let read = |reply: Reply| (reply.status, reply.echoed());
    let first = client.reply("GET");
    let closes = first.header("connection") == Some("close");
    let mut replies = vec![read(first)];
    if !closes {
        replies.push(read(client.reply("GET")));
    }
    replies
}

#[test]
fn a_conversation_cut_in_two_anywhere_is_the_same() {
    let server = TestServer::echo();
    for bytes in CONVERSATIONS.map(str::as_bytes) {
        let whole = converse(&server, &[bytes]);
        for at in 1..bytes.len() {
            let (front, back) = bytes.split_at(at);
            assert_eq!(converse(&server, &[front, back]), whole, "cut at {at}");
        }
    }
}

#[test]
fn a_conversation_byte_by_byte_is_the_same() {
    let server = TestServer::echo();
    for bytes in CONVERSATIONS.map(str::as_bytes) {
        let whole = converse(&server, &[bytes]);
        assert_eq!(converse(&server, &bytes.chunks(1).collect::<Vec<_>>()), whole);
    }
}
