//! Entries that are kept elsewhere: what their age and the invalidations say of them.

use routewerk_cache::{
    Cache, Flight, Invalidation, Made, Moment, NewReply, Outcome, Phase, Revalidate, Sequence, StoredReply, TagSet,
    Touched,
};

use crate::setup::{at, key, memory, reply};

fn phase(cache: &Cache, tags: &[&str], made: Made, now: Moment) -> &'static str {
    let reply = NewReply { revalidate: Revalidate::After(60), expire: Some(3600), ..reply("body", tags) };
    word(&cache.foreign_reply(reply, made, now))
}

fn word(phase: &Phase<StoredReply>) -> &'static str {
    match phase {
        Phase::Hit(_) => "hit",
        Phase::Stale(_) => "stale",
        Phase::Expired(_) => "expired",
        Phase::Miss | Phase::Unloaded => "nothing",
    }
}

#[test]
fn its_time_counts() {
    let cache = memory();
    for (age, expected) in [(0, "hit"), (60, "hit"), (61, "stale"), (3600, "stale"), (3601, "expired")] {
        assert_eq!(phase(&cache, &[], Made::At(at(0)), at(age)), expected, "{age} seconds");
    }
    assert_eq!(phase(&cache, &[], Made::Outdated, at(0)), "expired");
}

#[test]
fn invalidations_since_it_was_made_count_and_those_before_do_not() {
    let cache = memory();
    cache.invalidate(["t"], Invalidation::Expire, at(5));
    cache.invalidate(["later"], Invalidation::Stale, at(8));
    assert_eq!(phase(&cache, &["t"], Made::At(at(4)), at(9)), "expired");
    assert_eq!(phase(&cache, &["t"], Made::At(at(5)), at(9)), "expired", "in the same millisecond nobody knows");
    assert_eq!(phase(&cache, &["t"], Made::At(at(6)), at(9)), "hit");
    assert_eq!(phase(&cache, &["other"], Made::At(at(4)), at(9)), "hit");
    assert_eq!(phase(&cache, &["later"], Made::At(at(6)), at(9)), "stale");
    let touched = |tag: &str, made_at| cache.touched_since(&TagSet::new([tag]), made_at, at(9));
    assert_eq!(touched("t", at(4)), Touched::Expired);
    assert_eq!(touched("later", at(4)), Touched::Stale);
    assert_eq!(touched("t", at(6)), Touched::Not);
}

#[test]
fn an_expiry_that_is_still_to_come_counts_when_it_is_due() {
    let cache = memory();
    cache.invalidate(["t"], Invalidation::ExpireAfter(10), at(5));
    assert_eq!(phase(&cache, &["t"], Made::At(at(4)), at(9)), "stale");
    assert_eq!(phase(&cache, &["t"], Made::At(at(4)), at(15)), "expired");
    assert_eq!(phase(&cache, &["t"], Made::At(at(6)), at(15)), "hit");
}

#[test]
fn what_was_invalidated_while_it_was_made_counts_for_an_entry_of_this_process() {
    let cache = memory();
    let begun = cache.sequence();
    cache.invalidate(["t"], Invalidation::Expire, at(5));
    assert_eq!(phase(&cache, &["t"], Made::Here(at(6), begun), at(7)), "expired");
    assert_eq!(phase(&cache, &["t"], Made::Here(at(6), cache.sequence()), at(7)), "hit");
    assert_eq!(cache.sequence(), Sequence::from_u64(1));
}

#[tokio::test]
async fn what_another_has_made_goes_to_those_who_wait() {
    let cache = memory();
    let key = key("x");
    let Flight::Lead(lead) = cache.lead_reply(&key, at(0)) else { panic!("nobody makes it") };
    let Flight::Wait(wait) = cache.lead_reply(&key, at(0)) else { panic!("it is being made") };
    let made = cache.foreign_reply(reply("body", &[]), Made::At(at(0)), at(0));
    let found = made.usable().cloned().expect("fresh");
    cache.share_found(lead, &found);
    assert!(matches!(wait.outcome().await, Outcome::Unstored(entry) if entry.body() == "body"));
    assert!(matches!(cache.reply_phase(&key, at(0)), Phase::Miss), "it is not kept here");
}
