//! Values: implicit tags, one maker, what a worker may say.

use routewerk_cache::{
    Cache, Flight, Invalidation, NewValue, Outcome, Phase, Revalidate, Sequence, StoredValue, TagSet,
};

use crate::setup::{at, joined, lead, memory, ready, value, value_key};

fn look(cache: &Cache, implicit: &[&str], seconds: u64) -> Phase<StoredValue> {
    cache.value_phase(&value_key("k"), &TagSet::new(implicit), at(seconds))
}

#[test]
fn an_implicit_tag_of_who_asks_counts_for_him_alone() {
    let cache = memory();
    cache.put_value(&value_key("k"), value("one", &["own"]), cache.sequence(), at(0)).expect("stored");
    cache.invalidate(["_N_T_/a"], Invalidation::Expire, at(1));
    assert!(matches!(look(&cache, &["_N_T_/a"], 1), Phase::Expired(_)));
    assert!(matches!(look(&cache, &["_N_T_/b"], 1), Phase::Hit(_)));
    // He makes it again although it is good for others, and it is then good for him too.
    let implicit = TagSet::new(["_N_T_/a"]);
    let found = look(&cache, &["_N_T_/a"], 1);
    let lead = lead(cache.lead_value(&value_key("k"), &implicit, &found, at(1)));
    let other = joined(cache.lead_value(&value_key("k"), &implicit, &found, at(1)));
    cache.finish_value(lead, value("two", &["own"]), at(2)).expect("stored");
    assert!(matches!(ready(other.outcome()), Outcome::Stored(_)));
    assert!(matches!(look(&cache, &["_N_T_/a"], 2), Phase::Hit(_)));
}

#[test]
fn who_joins_after_an_invalidation_of_his_path_is_not_given_what_was_begun_before() {
    let cache = memory();
    let path = TagSet::new(["_N_T_/a"]);
    let lead = lead(cache.lead_value(&value_key("k"), &path, &Phase::Miss, at(0)));
    cache.invalidate(["_N_T_/a"], Invalidation::Expire, at(1));
    let wait = joined(cache.lead_value(&value_key("k"), &path, &Phase::Miss, at(1)));
    let elsewhere = joined(cache.lead_value(&value_key("k"), &TagSet::default(), &Phase::Miss, at(1)));
    cache.finish_value(lead, value("old", &[]), at(2)).expect("stored");
    assert!(matches!(ready(wait.outcome()), Outcome::Outdated));
    assert!(matches!(ready(elsewhere.outcome()), Outcome::Stored(_)));
}

#[test]
fn a_stale_value_is_made_again_by_one() {
    let cache = memory();
    let short = NewValue { revalidate: Revalidate::After(10), ..value("one", &[]) };
    cache.put_value(&value_key("k"), short, cache.sequence(), at(0)).expect("stored");
    let Phase::Stale(old) = look(&cache, &[], 11) else { panic!("it is stale") };
    let none = TagSet::default();
    let lead = cache.refresh_value(&value_key("k"), &none, &old, at(11)).expect("nobody makes it yet");
    assert!(cache.refresh_value(&value_key("k"), &none, &old, at(11)).is_none());
    cache.finish_value(lead, value("two", &[]), at(12)).expect("stored");
    assert!(cache.refresh_value(&value_key("k"), &none, &old, at(12)).is_none());
    let Flight::Ready(Phase::Hit(new)) = cache.lead_value(&value_key("k"), &none, &Phase::Stale(old), at(12)) else {
        panic!("it has been made again")
    };
    assert_eq!(&new.bytes()[..], b"two");
}

#[test]
fn a_value_that_was_begun_before_an_invalidation_is_born_stale() {
    let cache = memory();
    let begun = cache.sequence();
    cache.invalidate(["t"], Invalidation::Stale, at(1));
    cache.put_value(&value_key("k"), value("one", &["t"]), begun, at(2)).expect("stored");
    assert!(matches!(look(&cache, &[], 2), Phase::Stale(_)));
}

#[test]
fn a_number_from_the_future_does_not_outrun_invalidations() {
    let cache = memory();
    cache.put_value(&value_key("k"), value("one", &["t"]), Sequence::from_u64(u64::MAX), at(0)).expect("stored");
    cache.invalidate(["t"], Invalidation::Expire, at(1));
    assert!(matches!(look(&cache, &[], 1), Phase::Expired(_)));
}

#[test]
fn a_removed_value_is_gone() {
    let cache = memory();
    cache.put_value(&value_key("k"), value("one", &[]), cache.sequence(), at(0)).expect("stored");
    cache.remove_value(&value_key("k"));
    assert!(matches!(look(&cache, &[], 0), Phase::Miss));
}
