//! Error answers: problem details, HTML, or nothing.

use routewerk_server::{ErrorFormat, Hooks, ServerOptions};

use crate::support::{Reply, TestServer, echo, options};

const NO_STORE: &str = "private, no-cache, no-store, max-age=0, must-revalidate";

fn accepting(server: &TestServer, target: &str, accept: &str) -> Reply {
    server.connect().request("GET", target, &[("Accept", accept)], b"")
}

fn with_format(error_format: ErrorFormat) -> TestServer {
    TestServer::with(ServerOptions { error_format, ..options() }, Hooks::default(), echo)
}

#[test]
fn an_error_is_problem_details_that_no_cache_keeps() {
    let server = TestServer::echo();
    let reply = server.get("/nowhere");
    assert_eq!(reply.header("content-type"), Some("application/problem+json"));
    assert_eq!(reply.header("cache-control"), Some(NO_STORE));
    let problem: serde_json::Value = serde_json::from_slice(&reply.body).expect("JSON");
    assert_eq!((&problem["status"], &problem["title"]), (&404.into(), &"Not Found".into()));
    assert!(problem["detail"].as_str().is_some_and(|detail| !detail.is_empty()));
}

#[test]
fn a_browser_gets_html() {
    let server = TestServer::echo();
    let browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
    for (target, status) in [("/nowhere", 404), ("/items/%", 400)] {
        let reply = accepting(&server, target, browser);
        assert_eq!((reply.status, reply.header("content-type")), (status, Some("text/html; charset=utf-8")));
        assert_eq!(reply.header("cache-control"), Some(NO_STORE));
        assert!(reply.text().starts_with("<!DOCTYPE html>"));
    }
    for accept in ["*/*", "application/json", "text/html;q=0.1, application/json", "image/png"] {
        let reply = accepting(&server, "/nowhere", accept);
        assert_eq!(reply.header("content-type"), Some("application/problem+json"), "{accept}");
    }
}

#[test]
fn a_browser_gets_html_for_a_handler_that_died() {
    let server = TestServer::start(|_| Box::pin(async { Err(routewerk_handler::HandlerError::WorkerDied) }));
    let reply = accepting(&server, "/echo", "text/html");
    assert_eq!((reply.status, reply.header("content-type")), (502, Some("text/html; charset=utf-8")));
}

#[test]
fn the_format_can_be_fixed() {
    for (format, content_type) in [
        (ErrorFormat::Problem, Some("application/problem+json")),
        (ErrorFormat::Html, Some("text/html; charset=utf-8")),
        (ErrorFormat::Empty, None),
    ] {
        let server = with_format(format);
        for (method, target, status) in [("GET", "/nowhere", 404), ("DELETE", "/items/1", 405), ("PURGE", "/echo", 400)]
        {
            let reply = server.connect().request(method, target, &[("Accept", "text/html, */*")], b"");
            assert_eq!((reply.status, reply.header("content-type")), (status, content_type), "{format:?} {method}");
            assert_eq!(reply.body.is_empty(), content_type.is_none());
        }
    }
}

#[test]
fn nothing_of_the_request_is_in_an_error() {
    let server = TestServer::echo();
    for accept in ["*/*", "text/html"] {
        let reply = accepting(&server, "/%3Cscript%3Ealert(1)%3C/script%3E?q=needle", accept);
        assert_eq!(reply.status, 404);
        assert!(!reply.text().contains("alert") && !reply.text().contains("needle"));
    }
}
