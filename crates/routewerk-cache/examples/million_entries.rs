//! What entries cost, and what invalidating does: `cargo run --release -p routewerk-cache --example million_entries [N]`.
//!
//! Stores N replies (1,000,000) under one tag, prints the memory that each takes beyond its body, the time of a look-up,
//! and the time of an invalidation of that tag with one entry and with all.

#![allow(clippy::print_stdout, reason = "this program exists to print")]

use std::time::{Duration, Instant};

use bytes::Bytes;
use routewerk_cache::{
    BuildKey, Cache, CacheOptions, Invalidation, Moment, NewReply, Phase, ReplyKey, Revalidate, TagSet,
};

fn main() {
    let count: u64 = std::env::args().nth(1).and_then(|text| text.parse().ok()).unwrap_or(1_000_000);
    let cache = Cache::in_memory(CacheOptions { memory_bytes: 16 << 30, ..CacheOptions::default() });
    let now = Moment::from_millis(1);
    let build = BuildKey::new("build");
    let key = |number: u64| ReplyKey::new(build, "/items/[id]", [number.to_string().as_str()]);
    let body = Bytes::from_static(&[b'x'; 100]);
    let before = resident();
    let mut first = Duration::ZERO;
    let begun = Instant::now();
    for number in 0..count {
        let reply = NewReply {
            path: format!("/items/{number}"),
            status: 200,
            headers: Bytes::from_static(b"content-type\napplication/json\n"),
            body: body.clone(),
            revalidate: Revalidate::After(60),
            expire: None,
            tags: TagSet::new(["items"]),
        };
        cache.put_reply(&key(number), reply, now, cache.sequence()).expect("it is stored");
        if number == 0 {
            first = invalidate(&cache, now);
        }
    }
    let stored = begun.elapsed();
    let taken = resident().saturating_sub(before);
    println!("{count} replies of {} bytes stored in {stored:.2?}", body.len());
    println!("memory by its own count: {} bytes each", cache.stats().memory.bytes / count);
    println!("memory by the system's:  {} bytes each", taken / count);

    let keys: Vec<_> = (0..1000).map(|number| key(number * (count / 1000).max(1) % count)).collect();
    let look = || {
        let begun = Instant::now();
        let hits = (0..100_000).filter(|at| matches!(cache.reply_phase(&keys[at % 1000], now), Phase::Hit(_))).count();
        (hits, begun.elapsed() / 100_000)
    };
    let (hits, time) = look();
    println!("a look-up: {time:.0?} ({hits} hits of 100000)");
    let all = invalidate(&cache, now);
    println!("an invalidation with 1 entry: {first:.1?}; with {count}: {all:.1?}");
    let (hits, time) = look();
    println!("a look-up of what was invalidated: {time:.0?} ({hits} hits of 100000)");
}

/// The median time of an invalidation.
fn invalidate(cache: &Cache, now: Moment) -> Duration {
    let mut times: Vec<_> = (0..101)
        .map(|_| {
            let begun = Instant::now();
            cache.invalidate(["items"], Invalidation::Stale, now);
            begun.elapsed()
        })
        .collect();
    times.sort_unstable();
    times[times.len() / 2]
}

/// Bytes of memory that the process holds, where the system tells.
fn resident() -> u64 {
    let text = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages: u64 = text.split_whitespace().nth(1).and_then(|pages| pages.parse().ok()).unwrap_or_default();
    pages * 4096
}
