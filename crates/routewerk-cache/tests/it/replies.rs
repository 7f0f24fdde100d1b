//! Replies: phases, one maker per entry, what a failure leaves.

use std::sync::Arc;

use routewerk_cache::{Cache, CacheOptions, Flight, Invalidation, Outcome, Phase};

use crate::setup::{at, key, reply};

#[tokio::test]
async fn who_asks_first_makes_the_reply_and_the_others_share_it() {
    let cache = Cache::in_memory(CacheOptions::default());
    assert!(matches!(cache.reply_phase(&key("a"), at(0)), Phase::Miss));
    let Flight::Lead(lead) = cache.lead_reply(&key("a"), at(0)) else { panic!("nobody leads yet") };
    let Flight::Wait(wait) = cache.lead_reply(&key("a"), at(0)) else { panic!("somebody leads") };
    cache.finish_reply(lead, reply("one", &["t"]), at(1));
    let Outcome::Stored(shared) = wait.outcome().await else { panic!("it was stored") };
    let Phase::Hit(stored) = cache.reply_phase(&key("a"), at(1)) else { panic!("it is stored") };
    assert!(Arc::ptr_eq(&shared, &stored));

    cache.invalidate(["t"], Invalidation::Stale, at(2));
    let Phase::Stale(stale) = cache.reply_phase(&key("a"), at(2)) else { panic!("its tag was made stale") };
    let lead = cache.refresh_reply(&key("a"), &stale, at(2)).expect("nobody makes it again yet");
    assert!(cache.refresh_reply(&key("a"), &stale, at(2)).is_none(), "one makes it again");
    cache.finish_reply(lead, reply("two", &["t"]), at(3));
    let Phase::Hit(stored) = cache.reply_phase(&key("a"), at(3)) else { panic!("it was made again") };
    assert_eq!(&stored.body()[..], b"two");
}
