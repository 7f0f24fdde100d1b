//! What must hold for any request target that a client sends: the body of a fuzz target (`fuzz/`), which a property test
//! of `tests/routes/targets.rs` drives as well. Not part of the crate's interface.

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
