//! What must hold for any request target that a client sends, and for any rule: the bodies of fuzz targets (`fuzz/`), which
//! property tests of `tests/routes` drive as well. Not part of the crate's interface.

use std::borrow::Cow;
use std::sync::OnceLock;

use crate::rules::{
    FieldDefinition, HeaderDefinition, ItemDefinition, ItemKind, Place, RedirectDefinition, RequestFacts,
    RewriteDefinition, RewriteDefinitions, Rewritten, RuleDefinitions, RuleSettings, Rules, Source, parse_pattern,
};
use crate::target::{RequestTarget, TargetRules, is_normal_path, query_pairs};

/// A target that is normal stays as it is when it is read again, and redirects end. The first byte chooses the rules.
///
/// # Panics
/// When that does not hold.
pub fn request_target(bytes: &[u8]) {
    let [choice, target @ ..] = bytes else { return };
    let rules = TargetRules {
        base_path: if choice & 1 == 0 { String::new() } else { "/a".to_owned() },
        trailing_slash: choice & 2 != 0,
        skip_trailing_slash_redirect: choice & 4 != 0,
    };
    let mut text = target.to_vec();
    for hop in 0.. {
        // At most one redirect for the slashes and one for the last of them.
        assert!(hop < 3, "redirects without an end: {:?}", String::from_utf8_lossy(&text));
        let next = match RequestTarget::read(&text, None, &rules) {
            RequestTarget::Redirect { location } => location.into_bytes(),
            RequestTarget::Normal(normal) => {
                assert!(is_normal_path(&normal.path), "{}", normal.path);
                let query = normal.query.as_deref().map(|query| format!("?{query}")).unwrap_or_default();
                query_pairs(&query).for_each(drop);
                let again = format!("{}{query}", normal.path);
                let RequestTarget::Normal(twice) = RequestTarget::read(again.as_bytes(), None, &rules) else {
                    panic!("{again} is not normal")
                };
                assert_eq!((&twice.path, &twice.query), (&normal.path, &normal.query), "read twice");
                return;
            }
            RequestTarget::Asterisk | RequestTarget::Bad(_) => return,
        };
        text = next;
    }
}

/// Any text is a source or none, and matches any path or not: without a panic, and with captures where it matches.
///
/// # Panics
/// When that does not hold.
pub fn rule_source(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let (source, path) = text.split_once('\n').unwrap_or((&text, "/a/b/c"));
    let is_pattern = parse_pattern(source, "/").is_ok();
    let Ok(compiled) = Source::new(source, source.len() % 2 == 0) else { return };
    assert!(is_pattern, "{source} is compiled and no pattern");
    let (is_match, captures) = (compiled.is_match(path), compiled.captures(path));
    if let (Ok(is_match), Ok(captures)) = (is_match, captures) {
        assert_eq!(is_match, captures.is_some(), "{source} on {path}");
    }
}

/// What a client may send beside the path.
struct Sent<'bytes>(&'bytes str);

impl RequestFacts for Sent<'_> {
    fn field<'facts>(&'facts self, name: &str) -> Option<Cow<'facts, str>> {
        matches!(name, "x-v" | "cookie" | "host").then_some(Cow::Borrowed(self.0))
    }
}

/// Whatever a client sends, a redirect within the site stays within it, one away from it stays at its host, a location can
/// stand in a field, fields are as many as the rules have, and a rewritten path is one.
///
/// # Panics
/// When that does not hold.
pub fn rule_request(bytes: &[u8]) {
    let [choice, rest @ ..] = bytes else { return };
    let rules = hostile_rules();
    let text = String::from_utf8_lossy(rest);
    let (target, field) = text.split_once('\n').unwrap_or((&text, "v=1"));
    let RequestTarget::Normal(target) = RequestTarget::read(target.as_bytes(), None, &TargetRules::default()) else {
        return;
    };
    let prefix = ["/in", "/away", "/re", "/h"][usize::from(choice & 3)];
    let path = format!("{prefix}{}", target.path);
    let facts = Sent(field);
    let mut passage = rules.begin(&path, target.search.as_deref(), &facts);
    if let Ok(Some(fields)) = passage.fields() {
        assert_eq!(fields.iter().count(), 1);
        assert_eq!(memchr::memchr_iter(b'\n', fields.lines()).count(), 1);
    }
    if let Ok(Some(redirect)) = passage.redirect() {
        let location = redirect.location;
        assert!(location.bytes().all(|byte| (0x20..0x7f).contains(&byte)), "{location:?}");
        match location.strip_prefix("https://") {
            None => assert!(
                location.starts_with('/') && !location[1..].starts_with(['/', '\\']),
                "{location} leaves the site"
            ),
            Some(rest) => {
                let host = rest.split(['/', '?', '#', '\\']).next().unwrap_or_default();
                assert!(host.ends_with(".example.com") && !host.contains(['@', ':']), "{location} is at another host");
            }
        }
    }
    let rewritten = passage.rewrite(Place::AfterFiles, |path| {
        assert!(path.starts_with('/') && path.bytes().all(|byte| byte.is_ascii_graphic()), "{path:?}");
        assert!(!path.contains(['?', '#']), "{path:?}");
        None::<()>
    });
    assert!(!matches!(rewritten, Ok(Rewritten::Found(()))));
}

/// Rules that fill in whatever can be sent wherever it can be filled in.
fn hostile_rules() -> &'static Rules {
    static RULES: OnceLock<Rules> = OnceLock::new();
    RULES.get_or_init(|| {
        let item = |kind, key: &str| ItemDefinition { kind, key: key.to_owned(), value: Some("(?<v>[^]*)".to_owned()) };
        let kinds = [(ItemKind::Query, "v"), (ItemKind::Cookie, "v"), (ItemKind::Header, "x-v"), (ItemKind::Host, "")];
        let redirect = |source: &str, destination: &str, has| RedirectDefinition {
            source: source.to_owned(),
            destination: destination.to_owned(),
            permanent: Some(false),
            status_code: None,
            base_path: None,
            has,
            missing: None,
        };
        let mut definitions = RuleDefinitions::default();
        let mut rewrites = Vec::new();
        for (kind, key) in kinds {
            let has = Some(vec![item(kind, key)]);
            definitions.redirects.push(redirect("/in/a/:path*", "/:v", has.clone()));
            definitions.redirects.push(redirect("/in/b/:path*", "/x/:v?q=:v#:v", has.clone()));
            definitions.redirects.push(redirect("/away/a/:path*", "https://:v.example.com/:v?q=:v", has.clone()));
            rewrites.push(RewriteDefinition {
                source: "/re/a/:path*".to_owned(),
                destination: "/:v/:path*".to_owned(),
                base_path: None,
                has: has.clone(),
                missing: None,
            });
            definitions.headers.push(HeaderDefinition {
                source: "/h/:path*".to_owned(),
                base_path: None,
                has,
                missing: None,
                headers: vec![FieldDefinition { key: "x-one".to_owned(), value: ":v :path*".to_owned() }],
            });
        }
        definitions.redirects.push(redirect("/in/:path*", "/:path*", None));
        definitions.redirects.push(redirect("/away/:first/:path*", "https://:first.example.com/:path*", None));
        rewrites.push(RewriteDefinition {
            source: "/re/:path*".to_owned(),
            destination: "/:path*/:path*".to_owned(),
            base_path: None,
            has: None,
            missing: None,
        });
        definitions.rewrites = RewriteDefinitions::List(rewrites);
        Rules::compile(&definitions, &RuleSettings::default()).expect("the rules are valid")
    })
}
