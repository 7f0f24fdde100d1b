//! Lists, single entries, purging, numbers.

use routewerk_cache::{AnyEntry, Cache, EntryKey, EntryKind, Invalidation, PATH_TAG, Purge, State, TagSet, ValueKind};

use crate::setup::{at, key, look, nothing, on_disk, reply, store, value, value_key, wait_for};

fn filled(cache: &Cache) {
    store(cache, "a", reply("one", &["t", &format!("{PATH_TAG}/path")]), at(0));
    store(cache, "b", reply("three", &["u"]), at(0));
    cache.put_value(&value_key("v"), value("a value", &["t"]), cache.sequence(), at(0)).expect("stored");
}

#[test]
fn a_list_tells_what_each_entry_is_and_where_it_lies() {
    let root = tempfile::tempdir().expect("a directory");
    let cache = on_disk(root.path());
    filled(&cache);
    cache.invalidate(["u"], Invalidation::Stale, at(1));
    cache.close();
    for cache in [cache.clone(), {
        drop(cache);
        on_disk(root.path())
    }] {
        let mut list = cache.list(100, at(1));
        list.sort_by_key(|info| info.bytes);
        let [one, three, value] = &list[..] else { panic!("three entries: {list:?}") };
        assert_eq!(one.kind, EntryKind::Reply { path: "/path".into(), status: 200 });
        assert_eq!((one.key, one.bytes, one.state), (key("a").entry(), 3, State::Fresh));
        assert_eq!(one.tags.iter().collect::<Vec<_>>(), ["t", "_N_T_/path"]);
        assert_eq!((three.bytes, three.state), (5, State::Stale));
        assert_eq!(value.kind, EntryKind::Value(ValueKind::Fetch));
        assert!(list.iter().all(|info| info.is_in_second));
        assert_eq!(cache.list(2, at(1)).len(), 2);
    }
}

#[test]
fn an_entry_is_found_by_its_key_in_memory_and_on_disk() {
    let root = tempfile::tempdir().expect("a directory");
    let cache = on_disk(root.path());
    filled(&cache);
    cache.close();
    drop(cache);
    let cache = on_disk(root.path());
    let text = key("a").entry().to_string();
    let parsed = EntryKey::from_hex(&text).expect("hexadecimal digits");
    for _ in 0..2 {
        let Some(AnyEntry::Reply(found)) = wait_for(cache.entry(&parsed)) else { panic!("it is stored") };
        assert_eq!(&found.body()[..], b"one");
        wait_for(cache.load_reply(&key("a"), at(0)));
    }
    assert!(wait_for(cache.entry(&key("c").entry())).is_none());
    assert!(EntryKey::from_hex(&text[1..]).is_none() && EntryKey::from_hex(&text.to_uppercase()).is_none());
}

#[test]
fn purging_takes_what_is_named_and_nothing_else() {
    let root = tempfile::tempdir().expect("a directory");
    let cases = [
        (Purge::All, ["miss", "miss", "miss"]),
        (Purge::Tag("t".to_owned()), ["expired", "hit", "expired"]),
        (Purge::Path("/path".to_owned()), ["expired", "hit", "hit"]),
        (Purge::Key(key("b").entry()), ["hit", "miss", "hit"]),
    ];
    for (what, expected) in cases {
        let cache = on_disk(&root.path().join(format!("{what:?}").replace('/', "-")));
        filled(&cache);
        cache.purge(&what, at(1));
        let value = match wait_for(cache.load_value(&value_key("v"), &TagSet::default(), at(1))) {
            routewerk_cache::Phase::Hit(_) => "hit",
            routewerk_cache::Phase::Expired(_) => "expired",
            routewerk_cache::Phase::Miss => "miss",
            other => panic!("{other:?}"),
        };
        assert_eq!([look(&cache, "a", at(1)).0, look(&cache, "b", at(1)).0, value], expected, "{what:?}");
    }
}

#[test]
fn the_numbers_are_those_of_what_was_done() {
    let cache = crate::setup::memory();
    filled(&cache);
    cache.invalidate(["t", "u"], Invalidation::Stale, at(1));
    let _lead = cache.lead_reply(&key("c"), at(1));
    let stats = cache.stats();
    assert_eq!((stats.stored, stats.refused, stats.flights, stats.tags), (3, 0, 1, 2));
    assert_eq!((stats.memory.entries, stats.sequence.as_u64(), stats.second), (3, 1, None));
    assert_eq!(look(&cache, "c", at(1)), nothing("miss"));
}
