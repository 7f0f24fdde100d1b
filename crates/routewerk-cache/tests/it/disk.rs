//! The store on disk: restarts, damage, limits, failures.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use routewerk_cache::{
    BuildKey, Cache, CacheOptions, DiskOptions, Invalidation, NewReply, NewValue, Notice, Phase, Purge, ReplyKey,
    TagSet, ValueKind,
};

use crate::setup::{
    at, hit, key, look, nothing, on_disk, open, reply, stale, store, until, value, value_key, wait_for,
};

fn directory() -> tempfile::TempDir {
    tempfile::tempdir().expect("a directory")
}

/// The files of entries.
fn files(root: &Path) -> Vec<PathBuf> {
    let list = |path: &Path| -> Vec<PathBuf> {
        fs::read_dir(path).map(|found| found.map(|entry| entry.expect("listed").path()).collect()).unwrap_or_default()
    };
    list(&root.join("cache/entries")).iter().flat_map(|path| list(path)).collect()
}

/// A cache whose notices are kept.
fn noted(disk: DiskOptions) -> (Cache, Arc<Mutex<Vec<Notice>>>) {
    let notices = Arc::new(Mutex::new(Vec::new()));
    let told = Arc::clone(&notices);
    let cache =
        Cache::open(CacheOptions { disk: Some(disk), ..CacheOptions::default() }, at(10), move |notice: &Notice| {
            told.lock().expect("whole").push(notice.clone());
        });
    (cache, notices)
}

#[test]
fn entries_and_their_ages_survive_a_restart() {
    let root = directory();
    let cache = on_disk(root.path());
    let short = NewReply { revalidate: routewerk_cache::Revalidate::After(10), ..reply("one", &["t"]) };
    store(&cache, "a", short, at(0));
    cache.put_value(&value_key("v"), value("kept", &["t"]), cache.sequence(), at(0)).expect("stored");
    let lost = NewValue { kind: ValueKind::UseCache, ..value("lost", &[]) };
    cache.put_value(&value_key("u"), lost, cache.sequence(), at(0)).expect("stored");
    cache.close();
    drop(cache);

    let cache = on_disk(root.path());
    assert_eq!(look(&cache, "a", at(10)), hit("one"));
    assert_eq!(look(&cache, "a", at(11)), stale("one"));
    assert!(matches!(cache.reply_phase(&key("a"), at(10)), Phase::Hit(_)), "it is in memory now");
    let none = TagSet::default();
    let Phase::Hit(kept) = wait_for(cache.load_value(&value_key("v"), &none, at(10))) else { panic!("it is kept") };
    assert_eq!((&kept.bytes()[..], kept.kind()), (&b"kept"[..], ValueKind::Fetch));
    assert!(matches!(wait_for(cache.load_value(&value_key("u"), &none, at(10))), Phase::Miss));
}

#[test]
fn what_was_invalidated_does_not_come_back_fresh_after_a_restart() {
    let root = directory();
    let cache = on_disk(root.path());
    for path in ["stale", "expired", "later", "untouched"] {
        store(&cache, path, reply(path, &[path]), at(0));
    }
    cache.invalidate(["stale"], Invalidation::Stale, at(1));
    cache.invalidate(["expired"], Invalidation::Expire, at(1));
    cache.invalidate(["later"], Invalidation::ExpireAfter(100), at(1));
    let sequence = cache.sequence();
    cache.close();
    drop(cache);

    let cache = on_disk(root.path());
    assert_eq!(cache.sequence(), sequence);
    assert_eq!(look(&cache, "stale", at(2)), stale("stale"));
    assert_eq!(look(&cache, "expired", at(2)), nothing("expired"));
    assert_eq!(look(&cache, "later", at(2)), stale("later"));
    assert_eq!(look(&cache, "untouched", at(2)), hit("untouched"));
    drop(cache);
    until("the directory is free", || {
        let (cache, notices) = noted(DiskOptions::new(root.path().join("cache")));
        let is_free = notices.lock().expect("whole").is_empty();
        if is_free {
            assert_eq!(look(&cache, "later", at(101)), nothing("expired"));
        }
        is_free
    });
}

#[test]
fn purging_everything_holds_after_a_restart_and_leaves_no_file() {
    let root = directory();
    let cache = on_disk(root.path());
    store(&cache, "a", reply("one", &[]), at(0));
    until("it is written", || !files(root.path()).is_empty());
    cache.purge(&Purge::All, at(1));
    assert_eq!(look(&cache, "a", at(1)), nothing("miss"));
    store(&cache, "b", reply("two", &[]), at(1));
    cache.close();
    drop(cache);
    assert_eq!(files(root.path()).len(), 1);
    let cache = on_disk(root.path());
    assert_eq!((look(&cache, "a", at(2)), look(&cache, "b", at(2))), (nothing("miss"), hit("two")));
}

#[test]
fn what_is_removed_while_it_is_being_written_leaves_no_file() {
    let root = directory();
    let cache = on_disk(root.path());
    for number in 0..2000_u32 {
        let path = number.to_string();
        store(&cache, &path, reply("one", &[]), at(0));
        // A file takes about as long as some hundreds of these.
        (0..number % 400).for_each(|_| std::hint::spin_loop());
        cache.purge(&Purge::Key(key(&path).entry()), at(0));
        assert_eq!(look(&cache, &path, at(0)), nothing("miss"));
    }
    cache.close();
    assert_eq!(files(root.path()), Vec::<PathBuf>::new());
}

#[test]
fn an_entry_that_memory_does_not_hold_is_found_on_disk() {
    let root = directory();
    let options = CacheOptions { memory_bytes: 0, ..CacheOptions::default() };
    let cache = open(&options, DiskOptions::new(root.path().join("cache")));
    store(&cache, "a", reply("one", &[]), at(0));
    assert_eq!(look(&cache, "a", at(0)), hit("one"), "while it is being written");
    until("it is written", || !files(root.path()).is_empty());
    until("the writer is done", || matches!(cache.reply_phase(&key("a"), at(0)), Phase::Unloaded));
    assert_eq!(look(&cache, "a", at(0)), hit("one"));
    assert!(matches!(cache.reply_phase(&key("b"), at(0)), Phase::Miss), "the index knows all");
}

#[test]
fn all_who_want_an_entry_from_disk_at_once_get_it() {
    let root = directory();
    let options = CacheOptions { memory_bytes: 0, ..CacheOptions::default() };
    let cache = open(&options, DiskOptions::new(root.path().join("cache")));
    for number in 0..20 {
        store(&cache, &number.to_string(), reply(&number.to_string(), &[]), at(0));
    }
    cache.close();
    drop(cache);
    let options = CacheOptions { memory_bytes: 0, ..CacheOptions::default() };
    let cache = open(&options, DiskOptions::new(root.path().join("cache")));
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                for number in 0..200 {
                    let name = (number % 20).to_string();
                    assert_eq!(look(&cache, &name, at(0)), hit(&name));
                }
            });
        }
    });
}

#[test]
fn replies_of_another_build_are_removed_and_values_stay() {
    let root = directory();
    let cache = on_disk(root.path());
    let old = ReplyKey::new(BuildKey::new("old"), "/a", []);
    cache.put_reply(&old, reply("old", &[]), at(0), cache.sequence()).expect("stored");
    store(&cache, "a", reply("new", &[]), at(0));
    cache.put_value(&value_key("v"), value("kept", &[]), cache.sequence(), at(0)).expect("stored");
    cache.close();
    drop(cache);
    let cache = on_disk(root.path());
    cache.retain_build(BuildKey::new("build"));
    until("the old reply is gone", || files(root.path()).len() == 2);
    assert!(matches!(wait_for(cache.load_reply(&old, at(0))), Phase::Miss));
    assert_eq!(look(&cache, "a", at(0)), hit("new"));
    assert!(matches!(wait_for(cache.load_value(&value_key("v"), &TagSet::default(), at(0))), Phase::Hit(_)));
}

#[test]
fn a_torn_or_foreign_file_is_a_miss_and_is_removed() {
    let root = directory();
    let cache = on_disk(root.path());
    for path in ["whole", "torn", "changed", "swapped"] {
        store(&cache, path, reply(path, &[]), at(0));
    }
    cache.close();
    drop(cache);
    let by_name: BTreeMap<String, PathBuf> = files(root.path())
        .into_iter()
        .map(|path| (path.file_name().expect("a name").to_str().expect("hex").to_owned(), path))
        .collect();
    let path = |name: &str| &by_name[&key(name).entry().to_string()];
    let bytes = fs::read(path("torn")).expect("read");
    fs::write(path("torn"), &bytes[..bytes.len() / 2]).expect("written");
    let mut bytes = fs::read(path("changed")).expect("read");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(path("changed"), bytes).expect("written");
    fs::copy(path("whole"), path("swapped")).expect("copied");
    fs::write(root.path().join("cache/entries/README"), "foreign").expect("written");
    fs::create_dir_all(root.path().join("cache/entries/zz/deep")).expect("made");

    let cache = on_disk(root.path());
    assert_eq!(look(&cache, "whole", at(0)), hit("whole"));
    for name in ["torn", "changed", "swapped"] {
        assert_eq!(look(&cache, name, at(0)), nothing("miss"), "{name}");
    }
    until("what is no entry is removed", || files(root.path()) == [path("whole").clone()]);
    assert!(!root.path().join("cache/entries/README").exists());
    store(&cache, "torn", reply("again", &[]), at(0));
    assert_eq!(look(&cache, "torn", at(0)), hit("again"));
}

#[test]
fn a_damaged_or_missing_journal_drops_the_entries_and_what_was_made_before() {
    for damage in [(|path: &Path| fs::write(path, "rubbish").expect("written")) as fn(&Path), |path| {
        fs::remove_file(path).expect("removed");
    }] {
        let root = directory();
        let cache = on_disk(root.path());
        store(&cache, "a", reply("one", &[]), at(0));
        cache.invalidate(["t"], Invalidation::Expire, at(5));
        cache.close();
        drop(cache);
        damage(&root.path().join("cache/journal"));
        let (cache, notices) = noted(DiskOptions::new(root.path().join("cache")));
        assert!(matches!(notices.lock().expect("whole")[..], [Notice::BeginsAnew { .. }]));
        assert_eq!(look(&cache, "a", at(11)), nothing("miss"));
        // What a build has made may have been invalidated by what is lost, unless it was made later.
        for (path, made_at) in [("old", at(1)), ("new", at(11))] {
            cache.put_reply(&key(path), reply(path, &["t"]), made_at, cache.sequence_at(made_at)).expect("stored");
        }
        assert_eq!((look(&cache, "old", at(12)), look(&cache, "new", at(12))), (nothing("expired"), hit("new")));
    }
}

#[test]
fn a_new_store_believes_what_a_build_has_made() {
    let root = directory();
    let (cache, notices) = noted(DiskOptions::new(root.path().join("cache")));
    cache.put_reply(&key("a"), reply("one", &["t"]), at(1), cache.sequence_at(at(1))).expect("stored");
    assert_eq!(look(&cache, "a", at(12)), hit("one"));
    assert!(notices.lock().expect("whole").is_empty());
}

#[test]
fn the_disk_is_bounded_in_files_and_bytes() {
    let root = directory();
    let disk = DiskOptions { max_entries: 10, max_bytes: 1 << 20, ..DiskOptions::new(root.path().join("cache")) };
    let cache = open(&CacheOptions::default(), disk.clone());
    for number in 0..50 {
        store(&cache, &number.to_string(), reply("small", &[]), at(0));
    }
    cache.close();
    assert_eq!(files(root.path()).len(), 10);
    drop(cache);
    let cache = open(&CacheOptions::default(), disk);
    for number in 0..50 {
        store(&cache, &number.to_string(), reply(&"x".repeat(300_000), &[]), at(0));
    }
    cache.close();
    let usage = cache.stats().second.expect("it has a second store");
    assert!(usage.entries <= 3 && usage.bytes <= 1 << 20 && usage.evicted >= 47, "{usage:?}");
    assert_eq!(files(root.path()).len() as u64, usage.entries);
}

#[test]
fn a_second_process_uses_memory_alone_and_says_so() {
    let root = directory();
    let first = on_disk(root.path());
    store(&first, "a", reply("one", &[]), at(0));
    let (second, notices) = noted(DiskOptions::new(root.path().join("cache")));
    assert!(matches!(notices.lock().expect("whole")[..], [Notice::InUse { .. }]));
    assert_eq!(look(&second, "a", at(0)), nothing("miss"));
    store(&second, "a", reply("two", &[]), at(0));
    assert_eq!((look(&second, "a", at(0)), look(&first, "a", at(0))), (hit("two"), hit("one")));
}

#[test]
fn a_directory_that_cannot_be_used_costs_one_line() {
    let root = directory();
    fs::write(root.path().join("cache"), "a file").expect("written");
    let (cache, notices) = noted(DiskOptions::new(root.path().join("cache")));
    assert!(matches!(notices.lock().expect("whole")[..], [Notice::Unusable { .. }]));
    store(&cache, "a", reply("one", &[]), at(0));
    assert_eq!(look(&cache, "a", at(0)), hit("one"));
    wait_for(cache.journaled(cache.invalidate(["t"], Invalidation::Stale, at(0))));
}

#[test]
fn a_disk_that_fails_costs_one_line_and_works_again_later() {
    let root = directory();
    let disk = DiskOptions { retry_after: Duration::from_millis(20), ..DiskOptions::new(root.path().join("cache")) };
    let (cache, notices) = noted(disk.clone());
    store(&cache, "a", reply("one", &[]), at(0));
    until("it is written", || files(root.path()).len() == 1);
    let entries = root.path().join("cache/entries");
    fs::rename(&entries, root.path().join("away")).expect("moved");
    fs::write(&entries, "no directory").expect("written");
    let mut number = 0;
    let mut write = || {
        number += 1;
        store(&cache, &format!("b {number}"), reply("two", &[]), at(0));
        assert_eq!(look(&cache, &format!("b {number}"), at(0)), hit("two"));
    };
    until("it fails", || {
        write();
        !notices.lock().expect("whole").is_empty()
    });
    (0..20).for_each(|_| write());
    wait_for(cache.journaled(cache.invalidate(["t"], Invalidation::Stale, at(0))));
    fs::remove_file(&entries).expect("removed");
    until("it works again", || {
        write();
        notices.lock().expect("whole").len() == 2
    });
    let notices = notices.lock().expect("whole").clone();
    assert!(matches!(notices[..], [Notice::Failing { .. }, Notice::WorksAgain { .. }]), "{notices:?}");
    cache.close();
    assert!(!files(root.path()).is_empty());
}

#[test]
fn an_invalidation_that_cannot_be_noted_drops_what_was_stored_before() {
    let root = directory();
    let (cache, notices) = noted(DiskOptions::new(root.path().join("cache")));
    store(&cache, "a", reply("one", &["t"]), at(0));
    until("it is written", || files(root.path()).len() == 1);
    // A directory in the place where the journal is written anew, and more tags than are appended one by one.
    fs::create_dir(root.path().join("cache/journal.new")).expect("made");
    let many = (0..5000).map(|number| number.to_string()).chain(["t".to_owned()]);
    wait_for(cache.journaled(cache.invalidate(many, Invalidation::Expire, at(1))));
    assert!(matches!(notices.lock().expect("whole")[..], [Notice::Failing { .. }]));
    cache.close();
    drop(cache);
    fs::remove_dir(root.path().join("cache/journal.new")).expect("removed");
    let (cache, _) = noted(DiskOptions::new(root.path().join("cache")));
    assert_eq!(look(&cache, "a", at(2)), nothing("miss"));
}

#[test]
fn files_are_for_their_owner_alone_and_their_names_tell_nothing() {
    use std::os::unix::fs::PermissionsExt as _;
    let root = directory();
    let cache = on_disk(root.path());
    store(&cache, "../../etc/passwd", reply("one", &["secret"]), at(0));
    cache.close();
    let mode = |path: &Path| fs::metadata(path).expect("there").permissions().mode() & 0o777;
    assert_eq!(mode(&root.path().join("cache")), 0o700);
    let [file] = &files(root.path())[..] else { panic!("one file") };
    assert_eq!(mode(file), 0o600);
    assert_eq!(mode(&root.path().join("cache/journal")), 0o600);
    let name = file.file_name().expect("a name").to_str().expect("text");
    assert!(name.len() == 64 && name.bytes().all(|byte| byte.is_ascii_hexdigit()));
}
