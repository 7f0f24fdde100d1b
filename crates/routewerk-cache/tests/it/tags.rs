//! Tags: what an invalidation does, and that none is lost.

use routewerk_cache::{Cache, CacheOptions, Invalidation, NewReply, TagSet};

use crate::setup::{at, hit, look, memory, nothing, reply, stale, store};

#[test]
fn stale_makes_stale_and_expire_expires() {
    let cache = memory();
    store(&cache, "a", reply("a", &["x", "y"]), at(0));
    store(&cache, "b", reply("b", &["y"]), at(0));
    cache.invalidate(["x"], Invalidation::Stale, at(1));
    assert_eq!((look(&cache, "a", at(1)), look(&cache, "b", at(1))), (stale("a"), hit("b")));
    cache.invalidate(["y"], Invalidation::Expire, at(1));
    assert_eq!((look(&cache, "a", at(1)), look(&cache, "b", at(1))), (nothing("expired"), nothing("expired")));
}

#[test]
fn expire_after_makes_stale_now_and_expires_then() {
    let cache = memory();
    store(&cache, "a", reply("a", &["x"]), at(0));
    cache.invalidate(["x"], Invalidation::ExpireAfter(10), at(1));
    assert_eq!(look(&cache, "a", at(10)), stale("a"));
    assert_eq!(look(&cache, "a", at(11)), nothing("expired"));
    // What was made again in between is not concerned by what was due for the old one.
    let cache = memory();
    store(&cache, "a", reply("a", &["x"]), at(0));
    cache.invalidate(["x"], Invalidation::ExpireAfter(10), at(1));
    store(&cache, "a", reply("b", &["x"]), at(2));
    assert_eq!(look(&cache, "a", at(100)), hit("b"));
}

#[test]
fn a_weaker_invalidation_does_not_take_a_stronger_one_back() {
    let cache = memory();
    store(&cache, "a", reply("a", &["x"]), at(0));
    cache.invalidate(["x"], Invalidation::Expire, at(1));
    cache.invalidate(["x"], Invalidation::ExpireAfter(1000), at(2));
    cache.invalidate(["x"], Invalidation::Stale, at(3));
    assert_eq!(look(&cache, "a", at(3)), nothing("expired"));
}

#[test]
fn of_two_later_expiries_the_earlier_one_holds() {
    let cache = memory();
    store(&cache, "a", reply("a", &["x"]), at(0));
    cache.invalidate(["x"], Invalidation::ExpireAfter(10), at(1));
    cache.invalidate(["x"], Invalidation::ExpireAfter(1000), at(2));
    assert_eq!(look(&cache, "a", at(10)), stale("a"));
    assert_eq!(look(&cache, "a", at(11)), nothing("expired"));
}

#[test]
fn an_entry_whose_tag_was_invalidated_while_it_was_made_is_born_stale() {
    let cache = memory();
    let begun = cache.sequence();
    cache.invalidate(["x"], Invalidation::Stale, at(1));
    cache.put_reply(&crate::setup::key("a"), reply("a", &["x"]), at(2), begun).expect("stored");
    assert_eq!(look(&cache, "a", at(2)), stale("a"));
}

#[test]
fn a_full_table_costs_regenerations_and_loses_no_invalidation() {
    let cache = Cache::in_memory(CacheOptions { max_tags: 64, ..CacheOptions::default() });
    for number in 0..200 {
        store(&cache, &format!("{number}"), reply("old", &[&format!("t{number}")]), at(0));
    }
    for number in 0..200 {
        cache.invalidate([format!("t{number}")], Invalidation::Expire, at(1));
    }
    assert!(cache.stats().tags <= 64);
    for number in 0..200 {
        assert_eq!(look(&cache, &format!("{number}"), at(2)), nothing("expired"), "entry {number}");
    }
    store(&cache, "new", reply("new", &["t0", "t199"]), at(2));
    assert_eq!(look(&cache, "new", at(2)), hit("new"));
}

#[test]
fn the_sequence_at_a_moment_has_seen_what_was_invalidated_before_it() {
    let cache = memory();
    cache.invalidate(["x"], Invalidation::Expire, at(10));
    cache.invalidate(["y"], Invalidation::Expire, at(20));
    let build = |tag| NewReply { tags: TagSet::new([tag]), ..reply(tag, &[]) };
    for tag in ["x", "y"] {
        cache.put_reply(&crate::setup::key(tag), build(tag), at(15), cache.sequence_at(at(15))).expect("stored");
    }
    assert_eq!(look(&cache, "x", at(30)), hit("x"));
    assert_eq!(look(&cache, "y", at(30)), nothing("expired"));
}

#[test]
fn an_invalidation_is_seen_by_every_look_up_that_begins_after_it() {
    let cache = memory();
    store(&cache, "a", reply("0", &["x"]), at(0));
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                for _ in 0..2000 {
                    // Whatever was made before the invalidations that are over must not be a hit any more.
                    let before = cache.sequence().as_u64();
                    if let ("hit", body) = look_now(&cache) {
                        assert!(body.parse::<u64>().expect("a number") >= before);
                    }
                }
            });
        }
        scope.spawn(|| {
            for _ in 0..2000 {
                let sequence = cache.invalidate(["x"], Invalidation::Expire, at(1));
                let made = reply(&sequence.as_u64().to_string(), &["x"]);
                cache.put_reply(&crate::setup::key("a"), made, at(1), sequence).expect("stored");
            }
        });
    });
}

fn look_now(cache: &Cache) -> (&'static str, String) {
    crate::setup::name(&cache.reply_phase(&crate::setup::key("a"), at(1)))
}
