//! The pipeline: what is matched, redirected, answered in front, and what a handler gets to see.

use routewerk_handler::Method;
use routewerk_routes::target::TargetRules;
use routewerk_server::{Hooks, OriginPolicy, RouterSite, ServerOptions};

use crate::support::{TestServer, echo, options, site_of};

#[test]
fn a_handler_sees_its_url_and_params() {
    let server = TestServer::echo();
    let port = server.address.port();
    let reply = server.get("/items/a%2Fb?x=%20+y&z&w=a%2Fb");
    assert_eq!(reply.fact("params").as_deref(), Some("a%2Fb"));
    assert_eq!(reply.fact("route").as_deref(), Some("1"));
    assert_eq!(reply.fact("url"), Some(format!("http://localhost:{port}/items/a%2Fb?x=++y&z=&w=a%2Fb")));
    assert_eq!(server.get("/files/a/b%20c").fact("params").as_deref(), Some("a/b%20c"));
    assert_eq!(server.get("/docs").fact("params").as_deref(), Some(""));
}

#[test]
fn dot_segments_are_resolved_before_anything_is_matched() {
    let server = TestServer::echo();
    let reply = server.get("/items/../echo/./%2e%2e/items/7");
    assert_eq!((reply.fact("route").as_deref(), reply.fact("params").as_deref()), (Some("1"), Some("7")));
}

#[test]
fn a_path_in_another_spelling_is_redirected() {
    let server = TestServer::echo();
    for (target, location) in [
        ("//echo?a=1", "/echo?a=1"),
        ("/echo/", "/echo"),
        ("/nowhere/?q=1", "/nowhere?q=1"),
        ("/items\\7", "/items/7"),
        ("//evil.example/x", "/evil.example/x"),
    ] {
        for method in ["GET", "POST"] {
            let reply = server.connect().request(method, target, &[], b"");
            assert_eq!((reply.status, reply.header("location")), (308, Some(location)), "{target}");
            assert_eq!(reply.header("refresh"), Some(format!("0;url={location}").as_str()));
            assert_eq!((reply.text().as_str(), reply.header("content-type")), (location, None));
        }
    }
    let head = server.connect().request("HEAD", "/echo/", &[], b"");
    assert_eq!((head.status, head.header("location")), (308, Some("/echo")));
}

#[test]
fn an_absolute_target_is_served_only_for_its_own_host() {
    let server = TestServer::echo();
    let reply = server.connect().request("GET", "http://test.example/items/1", &[], b"");
    assert_eq!(reply.fact("params").as_deref(), Some("1"));
    let reply = server.connect().request("GET", "http://other.example/items/1", &[], b"");
    assert_eq!(reply.status, 400);
}

#[test]
fn what_no_route_matches_is_404_with_every_method() {
    let server = TestServer::echo();
    for method in ["GET", "POST", "OPTIONS", "PROPFIND", "TRACE", "DELETE"] {
        let reply = server.connect().request(method, "/nowhere", &[], b"");
        assert_eq!(reply.status, 404, "{method}");
        assert!(reply.text().contains("no route matches"), "{reply:?}");
    }
}

#[test]
fn a_page_is_404_and_says_so() {
    let server = TestServer::echo();
    for target in ["/about", "/pages/x/y"] {
        let reply = server.get(target);
        assert_eq!(reply.status, 404);
        assert!(reply.text().contains("belongs to a page"), "{reply:?}");
    }
}

#[test]
fn escapes_that_do_not_decode_are_400_where_they_are_a_param() {
    let server = TestServer::echo();
    for target in ["/items/%", "/items/%zz", "/items/%E0%A4%A", "/items/%FF", "/files/a/%C3"] {
        assert_eq!(server.get(target).status, 400, "{target}");
    }
    assert_eq!(server.get("/nowhere/%").status, 404);
}

#[test]
fn a_method_that_is_not_exported_is_405_and_says_which_are() {
    let server = TestServer::echo();
    let reply = server.connect().request("DELETE", "/items/1", &[], b"");
    assert_eq!((reply.status, reply.header("allow"), reply.body.len()), (405, Some("GET, HEAD, OPTIONS, POST"), 0));
    assert_eq!((reply.header("content-type"), reply.header("cache-control")), (None, None));
    let reply = server.connect().request("HEAD", "/post-only", &[], b"");
    assert_eq!((reply.status, reply.header("allow")), (405, Some("OPTIONS, POST")));
}

#[test]
fn options_is_answered_in_front_unless_it_is_exported() {
    let server = TestServer::echo();
    let mut client = server.connect();
    let reply = client.request("OPTIONS", "/items/1", &[], b"");
    assert_eq!((reply.status, reply.header("allow")), (204, Some("GET, HEAD, OPTIONS, POST")));
    assert_eq!(reply.header("content-length"), None);
    let reply = client.request("OPTIONS", "/options", &[], b"");
    assert_eq!((reply.status, reply.fact("method").as_deref()), (200, Some("OPTIONS")));
    let reply = client.request("OPTIONS", "*", &[], b"");
    assert_eq!((reply.status, reply.header("allow")), (204, Some("DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT")));
    assert_eq!(client.request("GET", "*", &[], b"").status, 400);
}

#[test]
fn a_known_method_that_no_handler_can_have_is_400_and_empty() {
    let server = TestServer::echo();
    let mut client = server.connect();
    for method in ["PROPFIND", "PURGE", "M-SEARCH", "QUERY"] {
        let reply = client.request(method, "/echo", &[], b"");
        assert_eq!((reply.status, reply.body.len(), reply.header("connection")), (400, 0, Some("keep-alive")));
    }
    assert_eq!(client.request("QUERY", "/query", &[], b"q").fact("method").as_deref(), Some("QUERY"));
}

#[test]
fn trace_is_405() {
    let server = TestServer::echo();
    let reply = server.connect().request("TRACE", "/echo", &[("Cookie", "secret=1")], b"");
    assert_eq!((reply.status, reply.body.len()), (405, 0));
}

#[test]
fn methods_that_are_not_known_yet_are_left_to_the_handler() {
    let patterns = [routewerk_routes::Pattern::parse("/lazy").expect("a pattern")];
    let router = routewerk_routes::Router::new(&patterns, &[]);
    let site = RouterSite::new(router, TargetRules::default(), [None]);
    let server = TestServer::serving(site, options(), Hooks::default(), echo);
    for method in ["OPTIONS", "DELETE", "QUERY"] {
        let reply = server.connect().request(method, "/lazy", &[], b"");
        assert_eq!(reply.fact("method").as_deref(), Some(method));
    }
    assert_eq!(server.connect().request("PROPFIND", "/lazy", &[], b"").status, 400);
}

#[test]
fn forwarded_fields_are_added_where_they_are_absent() {
    let server = TestServer::echo();
    let port = server.address.port().to_string();
    let reply = server.get("/echo");
    assert_eq!(reply.facts("x-forwarded-host"), ["test.example"]);
    assert_eq!(reply.facts("x-forwarded-port"), [port.as_str()]);
    assert_eq!(reply.facts("x-forwarded-proto"), ["http"]);
    assert_eq!(reply.facts("x-forwarded-for"), ["127.0.0.1"]);
    let sent = [
        ("X-Forwarded-Host", "h"),
        ("X-Forwarded-Port", "1"),
        ("X-Forwarded-Proto", "gopher"),
        ("X-Forwarded-For", "9.9.9.9"),
    ];
    let reply = server.connect().request("GET", "/echo", &sent, b"");
    for (name, value) in sent {
        assert_eq!(reply.facts(&name.to_lowercase()), [value]);
    }
}

#[test]
fn the_origin_is_the_listener_and_a_forwarded_https_its_scheme() {
    let server = TestServer::echo();
    let port = server.address.port();
    let sent = [("X-Forwarded-Host", "evil.example"), ("X-Forwarded-Proto", "https")];
    let reply = server.connect().request("GET", "/echo", &sent, b"");
    assert_eq!(reply.fact("url"), Some(format!("https://localhost:{port}/echo")));
}

#[test]
fn a_trusted_proxy_or_an_option_names_the_origin() {
    let with = |origin| TestServer::with(ServerOptions { origin, ..options() }, Hooks::default(), echo);
    let server = with(OriginPolicy::TrustProxy { hostname: "localhost".to_owned() });
    let sent = [("X-Forwarded-Host", "api.example.com"), ("X-Forwarded-Proto", "https")];
    let reply = server.connect().request("GET", "/echo", &sent, b"");
    assert_eq!(reply.fact("url").as_deref(), Some("https://api.example.com/echo"));
    let server = with(OriginPolicy::Fixed("https://fixed.example".to_owned()));
    assert_eq!(server.get("/echo").fact("url").as_deref(), Some("https://fixed.example/echo"));
}

#[test]
fn a_base_path_is_taken_off_for_the_handler() {
    let rules = TargetRules { base_path: "/base".to_owned(), ..TargetRules::default() };
    let site = site_of(&[("/items/[id]", &[Method::Get])], &[], rules);
    let server = TestServer::serving(site, options(), Hooks::default(), echo);
    let reply = server.get("/base/items/1");
    assert!(reply.fact("url").is_some_and(|url| url.ends_with("/items/1") && !url.contains("/base")), "{reply:?}");
    assert_eq!(server.get("/items/1").status, 404);
}

#[test]
fn another_site_takes_over_without_a_restart() {
    let server = TestServer::echo();
    let mut client = server.connect();
    assert_eq!(client.request("GET", "/echo", &[], b"").status, 200);
    let site = site_of(&[("/new", &[Method::Get])], &[], TargetRules::default());
    server.site.replace(std::sync::Arc::new(site));
    assert_eq!(client.request("GET", "/echo", &[], b"").status, 404);
    assert_eq!(client.request("GET", "/new", &[], b"").status, 200);
}

#[test]
fn methods_can_be_told_later() {
    let patterns = [routewerk_routes::Pattern::parse("/lazy").expect("a pattern")];
    let router = routewerk_routes::Router::new(&patterns, &[]);
    let site = std::sync::Arc::new(RouterSite::new(router, TargetRules::default(), [None]));
    let server = TestServer::echo();
    server.site.replace(site.clone());
    assert_eq!(server.connect().request("DELETE", "/lazy", &[], b"").status, 200);
    site.set_methods(routewerk_handler::RouteId(0), [Method::Get].into_iter().collect());
    assert_eq!(server.connect().request("DELETE", "/lazy", &[], b"").status, 405);
}
