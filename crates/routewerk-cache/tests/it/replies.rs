//! Replies: phases, one maker per entry, what a failure leaves.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use routewerk_cache::{
    BuildKey, Cache, CacheOptions, Encoding, Failure, Flight, Invalidation, NewReply, Outcome, Phase, Refusal,
    ReplyKey, Revalidate, TagSet,
};

use crate::setup::{at, hit, joined, key, lead, look, memory, nothing, ready, reply, stale, store, wait_for};

/// A reply that is stale after so many seconds.
fn for_seconds(body: &str, revalidate: u64, expire: Option<u64>) -> NewReply {
    NewReply { revalidate: Revalidate::After(revalidate), expire, ..reply(body, &["t"]) }
}

fn told(status: u16) -> Failure {
    Failure::Told { status, message: "it threw".into() }
}

#[test]
fn who_asks_first_makes_the_reply_and_the_others_share_it() {
    let cache = memory();
    assert!(matches!(cache.reply_phase(&key("a"), at(0)), Phase::Miss));
    let lead = lead(cache.lead_reply(&key("a"), at(0)));
    let own = lead.wait();
    let wait = joined(cache.lead_reply(&key("a"), at(0)));
    let made = cache.finish_reply(lead, reply("one", &["t"]), at(1)).reply;
    for wait in [own, wait] {
        let Outcome::Stored(shared) = ready(wait.outcome()) else { panic!("it was stored") };
        assert!(Arc::ptr_eq(&shared, &made));
    }
    let Phase::Hit(stored) = cache.reply_phase(&key("a"), at(1)) else { panic!("it is stored") };
    assert!(Arc::ptr_eq(&stored, &made));
}

#[test]
fn who_asks_to_lead_after_the_reply_has_landed_gets_the_reply() {
    let cache = memory();
    store(&cache, "a", reply("one", &[]), at(0));
    let Flight::Ready(phase) = cache.lead_reply(&key("a"), at(0)) else { panic!("it is stored") };
    assert_eq!(crate::setup::name(&phase), hit("one"));
    assert_eq!(cache.stats().flights, 0);
}

#[test]
fn ten_thousand_requests_for_one_cold_reply_have_one_maker() {
    let cache = memory();
    let makers = AtomicUsize::new(0);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(4).build().expect("a runtime");
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                let waits: Vec<_> = (0..1250)
                    .filter_map(|_| match cache.lead_reply(&key("a"), at(0)) {
                        Flight::Lead(lead) => {
                            makers.fetch_add(1, Ordering::Relaxed);
                            let wait = lead.wait();
                            let cache = cache.clone();
                            runtime.spawn(async move {
                                tokio::task::yield_now().await;
                                cache.finish_reply(lead, reply("one", &[]), at(0));
                            });
                            Some(wait)
                        }
                        Flight::Wait(wait) => Some(wait),
                        Flight::Ready(phase) => {
                            assert!(matches!(phase, Phase::Hit(_)));
                            None
                        }
                    })
                    .collect();
                for wait in waits {
                    let Outcome::Stored(stored) = wait_for(wait.outcome()) else { panic!("it was stored") };
                    assert_eq!(&stored.body()[..], b"one");
                }
            });
        }
    });
    assert_eq!(makers.into_inner(), 1);
    assert_eq!(cache.stats().flights, 0);
}

#[test]
fn a_lead_that_leaves_without_a_word_fails_its_waiters_once_and_the_next_asker_leads() {
    let cache = memory();
    let first = lead(cache.lead_reply(&key("a"), at(0)));
    let wait = joined(cache.lead_reply(&key("a"), at(0)));
    drop(first);
    assert!(matches!(ready(wait.outcome()), Outcome::Failed(Failure::Abandoned)));
    drop(lead(cache.lead_reply(&key("a"), at(0))));
}

#[test]
fn a_waiter_who_leaves_changes_nothing() {
    let cache = memory();
    let first = lead(cache.lead_reply(&key("a"), at(0)));
    drop(joined(cache.lead_reply(&key("a"), at(0))));
    let wait = joined(cache.lead_reply(&key("a"), at(0)));
    cache.finish_reply(first, reply("one", &[]), at(0));
    assert!(matches!(ready(wait.outcome()), Outcome::Stored(_)));
}

#[test]
fn a_failed_first_generation_fails_all_who_wait_and_stores_nothing() {
    let cache = memory();
    let first = lead(cache.lead_reply(&key("a"), at(0)));
    let waits = [first.wait(), joined(cache.lead_reply(&key("a"), at(0)))];
    cache.fail_reply(first, told(500), at(1));
    for wait in waits {
        let Outcome::Failed(failure) = ready(wait.outcome()) else { panic!("it failed") };
        assert_eq!(failure, told(500));
    }
    assert_eq!(look(&cache, "a", at(1)), nothing("miss"));
}

#[test]
fn after_the_leads_time_the_next_asker_leads_too_and_the_first_of_them_answers_all() {
    let cache = Cache::in_memory(CacheOptions { lead_limit: Duration::from_secs(5), ..CacheOptions::default() });
    let slow = lead(cache.lead_reply(&key("a"), at(0)));
    let early = joined(cache.lead_reply(&key("a"), at(5)));
    let quick = lead(cache.lead_reply(&key("a"), at(6)));
    let late = joined(cache.lead_reply(&key("a"), at(7)));
    cache.finish_reply(quick, reply("quick", &[]), at(8));
    for wait in [early, late] {
        let Outcome::Stored(stored) = ready(wait.outcome()) else { panic!("it was stored") };
        assert_eq!(&stored.body()[..], b"quick");
    }
    // The slow one ends later; what it made was begun before, but nothing was invalidated since.
    cache.invalidate(["x"], Invalidation::Expire, at(8));
    let next = lead(cache.lead_reply(&key("b"), at(8)));
    cache.finish_reply(next, reply("b", &[]), at(8));
    drop(slow);
    assert_eq!(look(&cache, "a", at(9)), hit("quick"));
}

#[test]
fn an_overtaken_lead_that_gives_up_fails_nobody() {
    let cache = Cache::in_memory(CacheOptions { lead_limit: Duration::from_secs(5), ..CacheOptions::default() });
    let slow = lead(cache.lead_reply(&key("a"), at(0)));
    let quick = lead(cache.lead_reply(&key("a"), at(6)));
    let wait = joined(cache.lead_reply(&key("a"), at(6)));
    drop(slow);
    cache.finish_reply(quick, reply("quick", &[]), at(7));
    assert!(matches!(ready(wait.outcome()), Outcome::Stored(_)));
}

#[test]
fn a_lead_that_has_queued_goes_on_where_it_is_still_wanted() {
    let cache = Cache::in_memory(CacheOptions { lead_limit: Duration::from_secs(5), ..CacheOptions::default() });
    let lonely = lead(cache.lead_reply(&key("a"), at(0)));
    assert!(lonely.if_wanted(true).is_none(), "nobody waits");
    let refreshing = lead(cache.lead_reply(&key("a"), at(0))).if_wanted(false).expect("for the store's sake");
    drop(refreshing);
    // One that was overtaken while it queued comes first nevertheless; the other one is then of no use.
    let first = lead(cache.lead_reply(&key("b"), at(0)));
    let second = lead(cache.lead_reply(&key("b"), at(6)));
    let wait = joined(cache.lead_reply(&key("b"), at(7)));
    let first = first.if_wanted(true).expect("somebody waits");
    cache.finish_reply(first, reply("first", &[]), at(8));
    assert!(matches!(ready(wait.outcome()), Outcome::Stored(_)));
    assert!(second.if_wanted(false).is_none(), "it is made");
    assert_eq!(look(&cache, "b", at(9)), hit("first"));
}

#[test]
fn an_older_generation_does_not_replace_a_newer_one() {
    let cache = memory();
    let before = cache.sequence();
    cache.invalidate(["t"], Invalidation::Expire, at(0));
    store(&cache, "a", reply("new", &["t"]), at(1));
    assert_eq!(cache.put_reply(&key("a"), reply("old", &["t"]), at(2), before).expect_err("older"), Refusal::Older);
    assert_eq!(look(&cache, "a", at(2)), hit("new"));
    assert_eq!(cache.stats().refused, 1);
}

#[test]
fn a_reply_is_stale_when_it_is_older_than_revalidate_and_expired_when_older_than_expire() {
    let cache = memory();
    store(&cache, "a", for_seconds("one", 10, Some(60)), at(0));
    assert_eq!(look(&cache, "a", at(10)), hit("one"));
    assert_eq!(look(&cache, "a", at(11)), stale("one"));
    assert_eq!(look(&cache, "a", at(60)), stale("one"));
    assert_eq!(look(&cache, "a", at(61)), nothing("expired"));
}

#[test]
fn a_reply_from_the_future_is_made_again() {
    let cache = memory();
    store(&cache, "a", reply("one", &[]), at(1000));
    assert_eq!(look(&cache, "a", at(940)), hit("one"));
    assert_eq!(look(&cache, "a", at(939)), stale("one"));
}

#[test]
fn a_stale_reply_is_made_again_by_one() {
    let cache = memory();
    store(&cache, "a", for_seconds("one", 10, None), at(0));
    let Phase::Stale(old) = cache.reply_phase(&key("a"), at(11)) else { panic!("it is stale") };
    let lead = cache.refresh_reply(&key("a"), &old, at(11)).expect("nobody makes it yet");
    assert!(cache.refresh_reply(&key("a"), &old, at(11)).is_none());
    assert_eq!(look(&cache, "a", at(11)), stale("one"));
    cache.finish_reply(lead, for_seconds("two", 10, None), at(12));
    assert!(cache.refresh_reply(&key("a"), &old, at(12)).is_none(), "it has just been made again");
    assert_eq!(look(&cache, "a", at(22)), hit("two"));
}

#[test]
fn a_failing_regeneration_keeps_the_reply_and_is_tried_again_within_3_to_30_seconds() {
    for (revalidate, retry) in [(2, 3), (10, 10), (600, 30)] {
        let cache = memory();
        store(&cache, "a", for_seconds("one", revalidate, Some(60)), at(0));
        let now = revalidate + 1;
        let (Phase::Stale(old) | Phase::Expired(old)) = cache.reply_phase(&key("a"), at(now)) else { panic!("stale") };
        let lead = cache.refresh_reply(&key("a"), &old, at(now)).expect("nobody makes it yet");
        cache.fail_reply(lead, told(500), at(now));
        let Phase::Hit(kept) = cache.reply_phase(&key("a"), at(now + retry)) else { panic!("a hit until the retry") };
        assert_eq!(kept.life().revalidate, Revalidate::After(retry));
        assert_eq!(kept.life().expire, Some(60));
        assert_eq!(look(&cache, "a", at(now + retry + 1)), stale("one"));
    }
}

#[test]
fn a_failing_regeneration_does_not_bring_an_expired_tag_back() {
    let cache = memory();
    store(&cache, "a", reply("one", &["t"]), at(0));
    cache.invalidate(["t"], Invalidation::Expire, at(1));
    let lead = lead(cache.lead_reply(&key("a"), at(1)));
    assert!(lead.old().is_some());
    cache.fail_reply(lead, told(500), at(2));
    assert_eq!(look(&cache, "a", at(2)), nothing("expired"));
}

#[test]
fn an_invalidation_during_a_failing_regeneration_counts() {
    let cache = memory();
    store(&cache, "a", reply("one", &["t"]), at(0));
    cache.invalidate(["t"], Invalidation::Stale, at(1));
    let Phase::Stale(old) = cache.reply_phase(&key("a"), at(1)) else { panic!("it is stale") };
    let lead = cache.refresh_reply(&key("a"), &old, at(1)).expect("nobody makes it yet");
    cache.fail_reply(lead, told(500), at(2));
    assert_eq!(look(&cache, "a", at(2)), hit("one"));
    cache.invalidate(["t"], Invalidation::Stale, at(3));
    assert_eq!(look(&cache, "a", at(3)), stale("one"));
    cache.invalidate(["t"], Invalidation::Expire, at(3));
    assert_eq!(look(&cache, "a", at(3)), nothing("expired"));
}

#[test]
fn a_server_error_does_not_replace_a_good_reply_but_reaches_who_waited() {
    let cache = memory();
    store(&cache, "a", for_seconds("good", 10, None), at(0));
    let Phase::Stale(old) = cache.reply_phase(&key("a"), at(11)) else { panic!("it is stale") };
    let lead = cache.refresh_reply(&key("a"), &old, at(11)).expect("nobody makes it yet");
    let wait = lead.wait();
    cache.finish_reply(lead, NewReply { status: 503, ..for_seconds("bad", 10, None) }, at(12));
    let Outcome::Unstored(bad) = ready(wait.outcome()) else { panic!("it was not stored") };
    assert_eq!(bad.status(), 503);
    assert_eq!(look(&cache, "a", at(12)), hit("good"));
    assert_eq!(look(&cache, "a", at(23)), stale("good"));
}

#[test]
fn a_reply_that_may_not_be_stored_is_shared_by_those_who_wait() {
    let cache = memory();
    let first = lead(cache.lead_reply(&key("a"), at(0)));
    let wait = joined(cache.lead_reply(&key("a"), at(0)));
    cache.share_reply(first, reply("private", &[]), at(0));
    let Outcome::Unstored(shared) = ready(wait.outcome()) else { panic!("it was not stored") };
    assert_eq!(&shared.body()[..], b"private");
    assert_eq!(look(&cache, "a", at(0)), nothing("miss"));
}

#[test]
fn who_joins_after_an_invalidation_is_not_given_what_was_begun_before() {
    let cache = memory();
    let first = lead(cache.lead_reply(&key("a"), at(0)));
    let before = joined(cache.lead_reply(&key("a"), at(0)));
    cache.invalidate(["t"], Invalidation::Expire, at(1));
    let after = joined(cache.lead_reply(&key("a"), at(1)));
    cache.finish_reply(first, reply("old", &["t"]), at(2));
    assert!(matches!(ready(before.outcome()), Outcome::Stored(_)), "it asked before the invalidation");
    assert!(matches!(ready(after.outcome()), Outcome::Outdated));
    assert_eq!(look(&cache, "a", at(2)), nothing("expired"));
}

#[test]
fn who_joins_after_an_invalidation_of_other_tags_shares_the_reply() {
    let cache = memory();
    let first = lead(cache.lead_reply(&key("a"), at(0)));
    cache.invalidate(["other"], Invalidation::Expire, at(1));
    let after = joined(cache.lead_reply(&key("a"), at(1)));
    cache.finish_reply(first, reply("one", &["t"]), at(2));
    assert!(matches!(ready(after.outcome()), Outcome::Stored(_)));
}

#[test]
fn what_is_too_large_or_has_too_many_tags_is_shared_and_not_stored() {
    let cache = Cache::in_memory(CacheOptions { max_entry_bytes: 10_000, ..CacheOptions::default() });
    let large = reply(&"x".repeat(10_000), &[]);
    let tagged = NewReply { tags: (0..2000).map(|number| number.to_string()).collect(), ..reply("", &[]) };
    let refused = cache.put_reply(&key("a"), large.clone(), at(0), cache.sequence());
    assert!(matches!(refused, Err(Refusal::TooLarge { limit: 10_000, .. })));
    let refused = cache.put_reply(&key("a"), tagged, at(0), cache.sequence());
    assert!(matches!(refused, Err(Refusal::TooLarge { .. } | Refusal::TooManyTags { .. })));
    let first = lead(cache.lead_reply(&key("a"), at(0)));
    let wait = first.wait();
    cache.finish_reply(first, large, at(0));
    assert!(matches!(ready(wait.outcome()), Outcome::Unstored(_)));
    assert_eq!(look(&cache, "a", at(0)), nothing("miss"));
}

#[test]
fn what_is_stale_is_not_served_for_good_because_the_newer_reply_cannot_be_stored() {
    let cache = Cache::in_memory(CacheOptions { max_entry_bytes: 10_000, ..CacheOptions::default() });
    cache.put_reply(&key("a"), for_seconds("old", 1, None), at(0), cache.sequence()).expect("it may be stored");
    let Phase::Stale(old) = cache.reply_phase(&key("a"), at(2)) else { panic!("it is stale") };
    let refresh = cache.refresh_reply(&key("a"), &old, at(2)).expect("nobody else makes it");
    cache.finish_reply(refresh, reply(&"x".repeat(10_000), &[]), at(2));
    assert_eq!(look(&cache, "a", at(2)), nothing("miss"));
}

#[test]
fn keys_tell_builds_routes_params_and_their_lengths_apart() {
    let key =
        |build: &str, pattern, params: &[&str]| ReplyKey::new(BuildKey::new(build), pattern, params.iter().copied());
    let keys = [
        key("1", "/[...s]", &["a", "b"]),
        key("1", "/[...s]", &["a/b"]),
        key("1", "/[...s]", &["ab"]),
        key("1", "/[...s]", &["a", "b", ""]),
        key("1", "/[...s]", &["", "a", "b"]),
        key("1", "/[[...s]]", &["a", "b"]),
        key("2", "/[...s]", &["a", "b"]),
        key("1", "/[...s]", &[]),
        key("1", "/[...s]a", &["b"]),
    ];
    let unlike: std::collections::HashSet<_> = keys.iter().collect();
    assert_eq!(unlike.len(), keys.len());
}

#[test]
fn a_variant_belongs_to_the_reply_that_it_was_made_of() {
    let cache = memory();
    store(&cache, "a", reply("one", &["t"]), at(0));
    let Phase::Hit(old) = cache.reply_phase(&key("a"), at(0)) else { panic!("it is stored") };
    assert_eq!(old.prepared(|reply| reply.body().len()), Some(&3));
    assert_eq!(old.prepared(|_| 9_usize), Some(&3), "made once");
    assert_eq!(old.prepared(|_| "another type"), None);
    store(&cache, "a", reply("two", &["t"]), at(1));
    cache.add_variant(&key("a"), &old, Encoding::Gzip, &Bytes::from_static(b"zipped one"));
    let Phase::Hit(new) = cache.reply_phase(&key("a"), at(1)) else { panic!("it is stored") };
    assert_eq!(new.variant(Encoding::Gzip), None);
    cache.add_variant(&key("a"), &new, Encoding::Gzip, &Bytes::from_static(b"zipped two"));
    let Phase::Hit(new) = cache.reply_phase(&key("a"), at(1)) else { panic!("it is stored") };
    cache.add_variant(&key("a"), &new, Encoding::Zstd, &Bytes::from_static(b"z two"));
    let Phase::Hit(new) = cache.reply_phase(&key("a"), at(1)) else { panic!("it is stored") };
    assert_eq!(new.variant(Encoding::Gzip).map(|body| &body[..]), Some(&b"zipped two"[..]));
    assert_eq!(new.variant(Encoding::Zstd).map(|body| &body[..]), Some(&b"z two"[..]));
    cache.invalidate(["t"], Invalidation::Expire, at(2));
    assert_eq!(look(&cache, "a", at(2)), nothing("expired"));
}

#[test]
fn memory_is_bounded_and_a_scan_does_not_drive_out_what_is_in_use() {
    let options = CacheOptions { memory_bytes: 4 << 20, ..CacheOptions::default() };
    let cache = Cache::in_memory(options);
    let body = "x".repeat(4000);
    for _ in 0..3 {
        for number in 0..100 {
            let path = format!("used {number}");
            if look(&cache, &path, at(0)) == nothing("miss") {
                store(&cache, &path, reply(&body, &[]), at(0));
            }
        }
    }
    for number in 0..5000 {
        store(&cache, &format!("scanned {number}"), reply(&body, &[]), at(0));
        if number % 10 == 0 {
            look(&cache, &format!("used {}", number / 10 % 100), at(0));
        }
    }
    let stats = cache.stats().memory;
    assert!(stats.bytes <= stats.max_bytes && stats.evicted > 3000, "{stats:?}");
    let left = (0..100).filter(|number| look(&cache, &format!("used {number}"), at(0)) != nothing("miss")).count();
    assert!(left > 90, "{left} of 100 are left");
}

#[test]
fn without_memory_nothing_is_kept_and_everything_works() {
    let cache = Cache::in_memory(CacheOptions { memory_bytes: 0, ..CacheOptions::default() });
    let first = lead(cache.lead_reply(&key("a"), at(0)));
    let wait = joined(cache.lead_reply(&key("a"), at(0)));
    cache.finish_reply(first, NewReply { tags: TagSet::default(), ..reply("one", &[]) }, at(0));
    assert!(matches!(ready(wait.outcome()), Outcome::Stored(_)));
    assert_eq!(look(&cache, "a", at(0)), nothing("miss"));
}
