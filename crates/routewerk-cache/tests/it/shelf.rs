//! Replies of a build: read when they are asked for, given up for what is newer.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use routewerk_cache::{
    BuildKey, Cache, CacheOptions, DiskOptions, EntryKey, Flight, Invalidation, Life, Moment, NewReply, Notice, Phase,
    Purge, Shelf, Shelved, StoredReply,
};

use crate::setup::{at, key, on_disk, reply, wait_for};

/// Replies in a map, counting how often they are read.
#[derive(Default)]
struct TestShelf {
    replies: HashMap<EntryKey, NewReply>,
    damaged: Option<EntryKey>,
    reads: AtomicUsize,
}

impl Shelf for TestShelf {
    fn has(&self, key: &EntryKey) -> bool {
        self.replies.contains_key(key)
    }

    fn count(&self) -> usize {
        self.replies.len()
    }

    fn read(&self, key: &EntryKey) -> Result<(NewReply, Moment), String> {
        self.reads.fetch_add(1, Ordering::SeqCst);
        if self.damaged == Some(*key) {
            return Err("damaged".to_owned());
        }
        Ok((self.replies[key].clone(), at(5)))
    }

    fn list(&self, visit: &mut dyn FnMut(EntryKey, Shelved) -> bool) {
        for (key, reply) in &self.replies {
            let life = Life { made_at: at(5), revalidate: reply.revalidate, expire: reply.expire };
            let (path, bytes, tags) = (reply.path.clone(), reply.body.len() as u64, reply.tags.clone());
            if !visit(*key, Shelved { path, status: reply.status, bytes, life, tags }) {
                return;
            }
        }
    }
}

fn shelf(names: &[&str]) -> TestShelf {
    let replies = names.iter().map(|name| (key(name).entry(), reply(name, &["t"]))).collect();
    TestShelf { replies, ..TestShelf::default() }
}

/// A cache with a shelf that was filled at second 5, and what is told of damage.
fn attached(cache: &Cache, shelf: TestShelf) -> (Arc<TestShelf>, Arc<Mutex<Vec<String>>>) {
    let (shelf, told) = (Arc::new(shelf), Arc::<Mutex<Vec<String>>>::default());
    let notes = Arc::clone(&told);
    let build = BuildKey::new("build");
    cache
        .attach_shelf(build, Arc::clone(&shelf) as Arc<dyn Shelf>, at(5), move |text| {
            notes.lock().expect("no panic while held").push(text.to_owned());
        })
        .expect("a thread");
    (shelf, told)
}

fn body(phase: &Phase<StoredReply>) -> Option<Vec<u8>> {
    phase.usable().map(|reply| reply.body().to_vec())
}

fn look_up(cache: &Cache, name: &str, second: u64) -> Phase<StoredReply> {
    wait_for(cache.load_reply(&key(name), at(second)))
}

#[test]
fn a_reply_is_read_when_it_is_first_asked_for_and_kept_in_memory() {
    let cache = Cache::in_memory(CacheOptions::default());
    let (shelf, _) = attached(&cache, shelf(&["a", "b"]));
    assert_eq!(shelf.reads.load(Ordering::SeqCst), 0);
    assert!(matches!(cache.reply_phase(&key("a"), at(6)), Phase::Unloaded));
    assert!(matches!(cache.reply_phase(&key("c"), at(6)), Phase::Miss));
    for _ in 0..3 {
        assert_eq!(body(&look_up(&cache, "a", 6)).as_deref(), Some(b"a".as_slice()));
    }
    assert_eq!(shelf.reads.load(Ordering::SeqCst), 1);
    assert_eq!(cache.stats().memory.entries, 1);
}

#[test]
fn with_no_memory_every_reply_comes_from_the_shelf() {
    let cache = Cache::in_memory(CacheOptions { memory_bytes: 0, ..CacheOptions::default() });
    let (shelf, _) = attached(&cache, shelf(&["a"]));
    for _ in 0..3 {
        assert_eq!(body(&look_up(&cache, "a", 6)).as_deref(), Some(b"a".as_slice()));
    }
    assert_eq!((shelf.reads.load(Ordering::SeqCst), cache.stats().memory.entries), (3, 0));
}

#[test]
fn what_was_invalidated_since_the_build_counts_and_what_was_before_does_not() {
    let cache = Cache::in_memory(CacheOptions::default());
    cache.invalidate(["t"], Invalidation::Expire, at(1));
    attached(&cache, shelf(&["a"]));
    assert!(matches!(look_up(&cache, "a", 6), Phase::Hit(_)));
    cache.invalidate(["t"], Invalidation::Expire, at(7));
    assert!(matches!(look_up(&cache, "a", 8), Phase::Expired(_)));
    let late = Cache::in_memory(CacheOptions::default());
    late.invalidate(["t"], Invalidation::Stale, at(7));
    attached(&late, shelf(&["a"]));
    assert!(matches!(look_up(&late, "a", 8), Phase::Stale(_)), "an invalidation before the server's start");
}

#[test]
fn a_newer_reply_is_never_followed_by_the_one_of_the_build() {
    // Nothing stays in memory, and there is no disk: the newer reply is gone as soon as it is stored.
    let cache = Cache::in_memory(CacheOptions { memory_bytes: 0, ..CacheOptions::default() });
    let (shelf, _) = attached(&cache, shelf(&["a", "b"]));
    let Flight::Lead(lead) = cache.lead_reply(&key("a"), at(6)) else { panic!("nobody makes it") };
    cache.finish_reply(lead, reply("newer", &["t"]), at(6));
    assert!(matches!(look_up(&cache, "a", 7), Phase::Miss));
    assert_eq!(shelf.reads.load(Ordering::SeqCst), 0);
    cache.purge(&Purge::Key(key("b").entry()), at(7));
    assert!(matches!(look_up(&cache, "b", 7), Phase::Miss), "a purged one neither");
    assert_eq!(cache.stats().shelved, 0);
}

#[test]
fn what_was_given_up_does_not_come_back_with_the_same_build() {
    let cache = Cache::in_memory(CacheOptions { memory_bytes: 0, ..CacheOptions::default() });
    attached(&cache, shelf(&["a", "b", "c"]));
    let Flight::Lead(lead) = cache.lead_reply(&key("a"), at(6)) else { panic!("nobody makes it") };
    cache.finish_reply(lead, reply("newer", &["t"]), at(6));
    cache.purge(&Purge::Key(key("b").entry()), at(7));
    attached(&cache, shelf(&["a", "b", "c"]));
    let found = ["a", "b", "c"].map(|name| matches!(look_up(&cache, name, 8), Phase::Hit(_)));
    assert_eq!(found, [false, false, true]);
}

#[test]
fn a_damaged_reply_is_a_miss_and_told_once() {
    let cache = Cache::in_memory(CacheOptions::default());
    let damaged = Some(key("a").entry());
    let (shelf, told) = attached(&cache, TestShelf { damaged, ..shelf(&["a"]) });
    for _ in 0..3 {
        assert!(matches!(look_up(&cache, "a", 6), Phase::Miss));
    }
    assert_eq!((shelf.reads.load(Ordering::SeqCst), told.lock().unwrap().len()), (1, 1));
    assert!(matches!(cache.lead_reply(&key("a"), at(6)), Flight::Lead(_)), "it is made again");
}

#[test]
fn lists_name_what_lies_in_the_build_and_everything_can_be_purged() {
    let cache = Cache::in_memory(CacheOptions::default());
    attached(&cache, shelf(&["a", "b"]));
    look_up(&cache, "a", 6);
    let mut list = cache.list(10, at(6));
    list.sort_by_key(|info| info.is_in_memory);
    assert_eq!(
        list.iter().map(|info| (info.is_in_memory, info.is_in_build)).collect::<Vec<_>>(),
        [(false, true), (true, true)]
    );
    assert_eq!(cache.list(1, at(6)).len(), 1);
    cache.purge(&Purge::All, at(7));
    assert!(cache.list(10, at(7)).is_empty());
    assert!(matches!(look_up(&cache, "b", 8), Phase::Miss));
}

#[test]
fn replies_of_a_build_are_not_copied_to_disk_and_go_with_their_build() {
    let directory = tempfile::tempdir().expect("a directory");
    let cache = on_disk(directory.path());
    attached(&cache, shelf(&["a"]));
    assert!(matches!(look_up(&cache, "a", 6), Phase::Hit(_)));
    assert_eq!(cache.stats().second.expect("a disk").entries, 0);
    cache.retain_build(BuildKey::new("another"));
    assert!(matches!(look_up(&cache, "a", 7), Phase::Miss));
}

#[test]
fn limits_can_be_changed_while_it_is_in_use() {
    let directory = tempfile::tempdir().expect("a directory");
    let cache = on_disk(directory.path());
    let store = |name: &str| cache.put_reply(&key(name), reply(name, &[]), at(0), cache.sequence()).expect("stored");
    store("a");
    assert!(cache.reconfigure(0, false));
    assert_eq!((cache.stats().memory.entries, cache.stats().memory.max_bytes), (0, 0));
    assert_eq!(body(&look_up(&cache, "a", 1)).as_deref(), Some(b"a".as_slice()), "what lies on disk is read");
    store("b");
    assert!(matches!(look_up(&cache, "b", 1), Phase::Miss), "and nothing is written");
    store("a");
    assert!(matches!(look_up(&cache, "a", 1), Phase::Miss), "an older file does not come back");
    assert!(cache.reconfigure(1 << 20, true));
    store("b");
    assert_eq!(body(&look_up(&cache, "b", 1)).as_deref(), Some(b"b".as_slice()));
    assert!(!Cache::in_memory(CacheOptions::default()).reconfigure(1, true), "there is no disk to write to");
}

#[test]
fn what_a_process_without_a_disk_leaves_there_is_not_believed() {
    let directory = tempfile::tempdir().expect("a directory");
    let cache = on_disk(directory.path());
    cache.put_reply(&key("a"), reply("a", &["t"]), at(0), cache.sequence()).expect("stored");
    let store = directory.path().join("cache");
    Cache::disown(&store).expect("it is in use: nothing is done");
    cache.close();
    let again = on_disk(directory.path());
    assert!(matches!(look_up(&again, "a", 1), Phase::Hit(_)));
    again.close();
    Cache::disown(&store).expect("given up");
    let told = Arc::<Mutex<Vec<String>>>::default();
    let notices = Arc::clone(&told);
    let options = CacheOptions { disk: Some(DiskOptions::new(store)), ..CacheOptions::default() };
    let anew = Cache::open(options, at(2), move |notice: &Notice| notices.lock().unwrap().push(notice.to_string()));
    assert!(matches!(look_up(&anew, "a", 2), Phase::Miss));
    assert!(told.lock().unwrap()[0].contains("begins anew"), "{told:?}");
    let nowhere = directory.path().join("missing");
    Cache::disown(&nowhere).expect("there is nothing");
    assert!(!nowhere.exists());
}
