//! What becomes of a request target. The expected values are what Next.js 16.4.6 answered, where no other reason
//! is given.

use std::borrow::Cow;

use proptest::prelude::*;
use routewerk_routes::target::{BadTarget, RequestTarget, TargetRules};

fn rules(base_path: &str, trailing_slash: bool) -> TargetRules {
    TargetRules { base_path: base_path.to_owned(), trailing_slash, skip_trailing_slash_redirect: false }
}

/// A target's fate as text: `path?query`, `→ location`, `400`, `*`.
fn read(target: &str, rules: &TargetRules) -> String {
    describe(RequestTarget::read(target.as_bytes(), Some(b"a.example:3000"), rules))
}

fn describe(target: RequestTarget<'_>) -> String {
    match target {
        RequestTarget::Normal(target) => {
            let query = target.query.as_deref().map(|query| format!("?{query}")).unwrap_or_default();
            format!("{}{query}", target.route_path().unwrap_or("outside"))
        }
        RequestTarget::Redirect { location } => format!("→ {location}"),
        RequestTarget::Asterisk => "*".to_owned(),
        RequestTarget::Bad(_) => "400".to_owned(),
    }
}

#[track_caller]
fn assert_read(rules: &TargetRules, cases: &[(&str, &str)]) {
    for (target, expected) in cases {
        assert_eq!(read(target, rules), *expected, "{target}");
    }
}

#[test]
fn repeated_slashes_and_backslashes_are_redirected() {
    // 1.66
    assert_read(
        &TargetRules::default(),
        &[
            ("/req//echo", "→ /req/echo"),
            ("/req/echo//", "→ /req/echo/"),
            ("//", "→ /"),
            ("//req/echo?x=1//2", "→ /req/echo?x=1//2"),
            ("/\\\\evil.com", "→ /evil.com"),
            ("//evil.com/%2e%2e//x", "→ /x"),
            ("/d/a\\b", "→ /d/a/b"),
            ("/req//echo?a='()!~[]&b=%zz&b=%20+\"<>`", "→ /req/echo?a=%27()!~[]&b=%zz&b=%20+%22%3C%3E`"),
            ("/req//ec%2fho/\"x|{}^/?", "→ /req/ec%2fho/%22x|%7B%7D^/"),
            ("/req//../d/./1", "→ /d/1"),
            ("/a?b//c", "/a?b%2F%2Fc="),
        ],
    );
}

#[test]
fn dot_segments_are_resolved_without_a_redirect() {
    // 1.68, 1.69, 1.70
    assert_read(
        &TargetRules::default(),
        &[
            ("/req/../req/echo", "/req/echo"),
            ("/req/%2e%2E/req/echo", "/req/echo"),
            ("/req/.%2e/req/./echo", "/req/echo"),
            ("/req/d/%2E%2E", "→ /req"),
            ("/..", "/"),
            ("/./", "/"),
            ("/%2e", "/"),
            ("/a/.", "→ /a"),
            ("/a/./b/", "→ /a/b"),
            ("/a/%2e%2e/", "/"),
            ("/d/..%2Fx", "/d/..%2Fx"),
            ("/.well-known/x", "/.well-known/x"),
        ],
    );
}

#[test]
fn a_trailing_slash_is_taken_off() {
    // 1.71
    assert_read(
        &TargetRules::default(),
        &[
            ("/", "/"),
            ("/req/echo/", "→ /req/echo"),
            ("/req/echo/?x=%20+y&z&w=a%2Fb", "→ /req/echo?x=%20%20y&z=&w=a%2Fb"),
            ("/nope/", "→ /nope"),
            ("/file.txt/", "→ /file.txt"),
            ("/a%20b/?q=1&q=2", "→ /a%20b?q=1&q=2"),
            ("/a%2Fb/", "→ /a%2Fb"),
            ("/%zz/", "→ /%zz"),
            ("/[x]/", "→ /[x]"),
            ("/{x}/", "→ /%7Bx%7D"),
            ("/d/|^/", "→ /d/|^"),
            ("/d/%c3%a9/", "→ /d/%c3%a9"),
            ("/a!'()*,;=:@$&~-._/", "→ /a!'()*,;=:@$&~-._"),
            ("/req/echo/?", "→ /req/echo"),
            ("/req/echo/?&&", "→ /req/echo"),
            ("/req/echo/?=", "→ /req/echo?="),
            ("/req/echo/?nxtPx=1&a=%20+%2B", "→ /req/echo?nxtPx=1&a=%20%20%2B"),
            ("/req/echo/?a=1&b=2&a=3", "→ /req/echo?a=1&a=3&b=2"),
            ("/req/echo/?q=a%26b%3Dc%23d", "→ /req/echo?q=a%26b%3Dc%23d"),
        ],
    );
}

#[test]
fn with_trailing_slash_paths_get_one_and_files_lose_it() {
    // 1.72, 1.73, 1.74
    assert_read(
        &rules("", true),
        &[
            ("/", "/"),
            ("/req/echo", "→ /req/echo/"),
            ("/req/echo/", "/req/echo/"),
            ("/req/echo?x=1+2", "→ /req/echo/?x=1%202"),
            ("/d/a.b", "/d/a.b"),
            ("/d/a.b/", "→ /d/a.b"),
            ("/d/a.b-c", "/d/a.b-c"),
            ("/d/a.b-c/", "/d/a.b-c/"),
            ("/d/.a", "/d/.a"),
            ("/d/.a/", "/d/.a/"),
            ("/d/a.", "/d/a."),
            ("/d/a./", "/d/a./"),
            ("/d/x..y/", "→ /d/x..y"),
            ("/d/x.y~/", "/d/x.y~/"),
            ("/d/a.%41/", "/d/a.%41/"),
            ("/d/a%2eb", "→ /d/a%2eb/"),
            ("/d/a%2Eb/", "/d/a%2Eb/"),
            ("/x.tar/y", "→ /x.tar/y/"),
            ("/.well-known", "/.well-known"),
            ("/.well-known/", "/.well-known/"),
            ("/.well-known/x", "/.well-known/x"),
            ("/.well-known/x.txt/", "/.well-known/x.txt/"),
            ("/.WELL-KNOWN/x", "/.WELL-KNOWN/x"),
            ("/.well-knownfoo/x", "/.well-knownfoo/x"),
            ("/a/.well-known/x", "→ /a/.well-known/x/"),
            ("/nope", "→ /nope/"),
        ],
    );
}

#[test]
fn skipping_the_redirect_serves_both_spellings() {
    // 1.75
    for trailing_slash in [false, true] {
        let rules = TargetRules { skip_trailing_slash_redirect: true, ..rules("", trailing_slash) };
        assert_read(&rules, &[("/a", "/a"), ("/a/", "/a/"), ("/a//b", "→ /a/b")]);
    }
}

#[test]
fn the_base_path_is_taken_off_once() {
    // 1.76, 1.77, 1.78
    assert_read(
        &rules("/base", false),
        &[
            ("/", "outside"),
            ("/base", "/"),
            ("/base/", "→ /base"),
            ("/base/?x=+1", "→ /base?x=%201"),
            ("/base?x=+1", "/?x=+1"),
            ("/base/req/echo", "/req/echo"),
            ("/base/req/echo/", "→ /base/req/echo"),
            ("/BASE/req/echo", "outside"),
            ("/BASE/req/echo/", "→ /BASE/req/echo"),
            ("/req/echo", "outside"),
            ("/req/echo/", "→ /req/echo"),
            ("/basex", "outside"),
            ("/basex/", "→ /basex"),
            ("/base//req/echo", "→ /base/req/echo"),
            ("/base/../base/d/1", "/d/1"),
            ("/base/..", "outside"),
            ("/base/%2e%2e/d/1", "outside"),
            ("/b%61se/d/1", "outside"),
            ("/base/base", "/base"),
        ],
    );
    assert_read(
        &rules("/base", true),
        &[
            ("/", "outside"),
            ("/base", "→ /base/"),
            ("/base/", "/"),
            ("/base?x=+1", "→ /base/?x=%201"),
            ("/base/req/echo", "→ /base/req/echo/"),
            ("/base/req/echo/", "/req/echo/"),
            ("/BASE/req/echo", "→ /BASE/req/echo/"),
            ("/base/%2e%2e/d/1", "→ /d/1/"),
            ("/base/d/a.b/", "→ /base/d/a.b"),
            // The exemption holds below a base path too; Next.js loses it there (1.73).
            ("/base/.well-known/x", "/.well-known/x"),
            ("/.well-known/x", "outside"),
        ],
    );
}

#[test]
fn rules_see_the_whole_path_and_the_query_as_it_came() {
    let rules = rules("/base", false);
    let RequestTarget::Normal(target) = RequestTarget::read(b"/base/x?b='&a&nxtPq=1&b=2", None, &rules) else {
        panic!("a normal target")
    };
    assert_eq!(target.path, "/base/x");
    assert_eq!(target.search.as_deref(), Some("b=%27&a&nxtPq=1&b=2"));
    assert_eq!(target.query.as_deref(), Some("b=%27&b=2&a="));
}

#[test]
fn raw_characters_are_escaped_as_the_url_standard_says() {
    // 1.30
    assert_read(
        &TargetRules::default(),
        &[
            ("/d/|\"<>^`{}", "/d/|%22%3C%3E^%60%7B%7D"),
            ("/d/é", "/d/%C3%A9"),
            ("/d/a'b(c)*!~", "/d/a'b(c)*!~"),
            ("/d/%zz%", "/d/%zz%"),
            ("/x?é", "/x?%C3%A9="),
        ],
    );
}

#[test]
fn fragments_and_empty_queries_are_dropped() {
    // 1.80, 1.81
    assert_read(
        &TargetRules::default(),
        &[
            ("/x#f", "/x"),
            ("/x?#f", "/x"),
            ("/x?", "/x"),
            ("/#", "/"),
            ("/x?a#b", "/x?a="),
            ("/x/#f", "→ /x"),
            // A fragment is no part of a target: what stands in it asks for no redirect.
            ("/a#b//c", "/a"),
            ("/req//echo?b=2#frag", "→ /req/echo?b=2"),
        ],
    );
}

#[test]
fn control_characters_and_foreign_bytes_are_refused() {
    let bad = |target: &[u8]| match RequestTarget::read(target, None, &TargetRules::default()) {
        RequestTarget::Bad(reason) => Some(reason),
        _ => None,
    };
    for target in [&b"/a\0"[..], b"/a\tb", b"/a\r\nset-cookie: x", b"/a b", b"/a\x7f", b"/a?\x01", b"/a//\n", b"/a/?\n"]
    {
        assert_eq!(bad(target), Some(BadTarget::ControlCharacter), "{target:?}");
    }
    for target in [&b"/a\xe9"[..], b"/a?\xff", b"/a//\xc3", b"/\xed\xa0\x80"] {
        assert_eq!(bad(target), Some(BadTarget::NotUtf8), "{target:?}");
    }
    for target in [&b""[..], b"foo", b"a.example:443", b"foo:bar", b"**", b"?x", b"#", b"\\x"] {
        assert_eq!(bad(target), Some(BadTarget::Form), "{target:?}");
    }
}

#[test]
fn the_absolute_form_is_accepted_for_this_host_only() {
    // 1.67, different on purpose
    let rules = TargetRules::default();
    assert_read(
        &rules,
        &[
            ("http://a.example:3000/x?y", "/x?y="),
            ("HTTP://A.EXAMPLE:3000/x", "/x"),
            ("http://a.example:3000", "/"),
            ("http://a.example:3000?y=1", "/?y=1"),
            ("http://a.example:3000//x", "→ /x"),
            ("http://a.example:3000/x/", "→ /x"),
            ("http://b.example:3000/x", "400"),
            ("http://a.example/x", "400"),
            ("ws://a.example:3000/x", "400"),
        ],
    );
    assert_read(&self::rules("/base", true), &[("http://a.example:3000?y", "outside?y=")]);
    let refused = RequestTarget::read(b"http://a.example/x", None, &rules);
    assert_eq!(refused, RequestTarget::Bad(BadTarget::Authority));
}

#[test]
fn the_asterisk_is_kept_apart() {
    assert_eq!(read("*", &TargetRules::default()), "*");
}

#[test]
fn what_needs_no_change_is_borrowed() {
    for target in ["/", "/api/items/7?q=x&page=2", "/a%2Fb/.well-known/x..y", "/.env?a=%2F+b", "/x/.y.."] {
        let RequestTarget::Normal(normal) = RequestTarget::read(target.as_bytes(), None, &TargetRules::default())
        else {
            panic!("{target} is normal")
        };
        assert!(matches!(normal.path, Cow::Borrowed(_)), "{target}");
        assert!(!matches!(normal.search, Some(Cow::Owned(_))), "{target}");
        assert!(!matches!(normal.query, Some(Cow::Owned(_))), "{target}");
    }
}

fn target() -> impl Strategy<Value = Vec<u8>> {
    let part = prop_oneof![
        4 => "[a-z0-9._~-]{1,4}".prop_map(String::into_bytes),
        3 => Just(b"/".to_vec()),
        1 => prop::sample::select(vec![
            "..", ".", "%2e", "%2E%2e", "//", "\\", "?", "#", "&", "=", "+", "%", "%zz", "%C3%A9", "é", "\"", "'", "^",
            "|", "{", "}", "`", "<", ">", "[", "]", ";", ":", "@", "!", "nxtPa=1", "%6e", "*", "(.)", "1=2",
        ])
        .prop_map(|part| part.as_bytes().to_vec()),
        1 => prop::collection::vec(any::<u8>(), 0..3),
    ];
    prop::collection::vec(part, 0..12).prop_map(|parts| [b"/".as_slice(), &parts.concat()].concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(10_000))]

    #[test]
    fn any_target_keeps_the_rules(choice: u8, target in target()) {
        routewerk_routes::fuzzing::request_target(&[vec![choice], target].concat());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn normalising_twice_is_normalising_once(target in target(), trailing_slash: bool, has_base: bool) {
        let rules = rules(if has_base { "/a" } else { "" }, trailing_slash);
        if let RequestTarget::Normal(once) = RequestTarget::read(&target, None, &rules) {
            prop_assert!(routewerk_routes::target::is_normal_path(&once.path), "{}", once.path);
            let query = once.query.as_deref().map(|query| format!("?{query}")).unwrap_or_default();
            let text = format!("{}{query}", once.path);
            let RequestTarget::Normal(twice) = RequestTarget::read(text.as_bytes(), None, &rules) else {
                panic!("{text} is not normal")
            };
            prop_assert_eq!(&twice.path, &once.path);
            prop_assert_eq!(&twice.query, &once.query);
        }
    }

    #[test]
    fn a_redirect_leads_to_this_host_and_ends(target in target(), trailing_slash: bool, has_base: bool) {
        let rules = rules(if has_base { "/a" } else { "" }, trailing_slash);
        let mut next = target;
        // At most one for the slashes and one for the last of them.
        for hop in 0.. {
            let RequestTarget::Redirect { location } = RequestTarget::read(&next, None, &rules) else { break };
            prop_assert!(hop < 2, "{location}");
            // A backslash means a slash to a browser in the path alone; the query keeps it.
            let path = location.split('?').next().unwrap_or_default();
            prop_assert!(path.starts_with('/') && !path.starts_with("//") && !path.contains('\\'), "{location}");
            prop_assert!(location.bytes().all(|byte| (0x21..0x7f).contains(&byte)), "{location}");
            next = location.into_bytes();
        }
    }

    #[test]
    fn arbitrary_bytes_never_panic(
        target in prop::collection::vec(any::<u8>(), 0..64),
        host in prop::option::of(prop::collection::vec(any::<u8>(), 0..16)),
        trailing_slash: bool,
    ) {
        let _ = RequestTarget::read(&target, host.as_deref(), &rules("/a", trailing_slash));
        let absolute = [b"http://".as_slice(), host.as_deref().unwrap_or_default(), &target].concat();
        let _ = RequestTarget::read(&absolute, host.as_deref(), &rules("", trailing_slash));
    }
}
