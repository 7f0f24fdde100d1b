//! What next.config says about caching: sizes and times, with Next.js's defaults.

use std::num::NonZeroUsize;
use std::path::Path;
use std::time::Duration;

use routewerk_cache::CacheOptions;
use serde_json::Value as Json;

/// `expireTime` where nothing is said: a year.
const EXPIRE_SECONDS: u64 = 31_536_000;
/// `staticPageGenerationTimeout` where nothing is said.
const GENERATION_SECONDS: f64 = 60.0;
/// `experimental.staticGenerationMaxConcurrency` where nothing is said.
const GENERATIONS_AT_ONCE: u32 = 8;
/// `experimental.staticGenerationMinPagesPerWorker` where nothing is said.
const ENTRIES_PER_WORKER: usize = 25;
/// More workers than this gain nothing for handlers that mostly wait for others.
const MAX_WORKERS: usize = 16;

/// `expireTime`: when an entry with a revalidate time and no expiry of its own is too old to be served.
pub(crate) fn expire_seconds(config: &Json) -> u64 {
    number(config, "expireTime").map_or(EXPIRE_SECONDS, |seconds| seconds.max(0.0) as u64)
}

/// `staticPageGenerationTimeout`: how long `build` waits for one entry.
pub(crate) fn generation_limit(config: &Json) -> Duration {
    let seconds = number(config, "staticPageGenerationTimeout").filter(|seconds| *seconds > 0.0);
    Duration::try_from_secs_f64(seconds.unwrap_or(GENERATION_SECONDS)).unwrap_or(Duration::MAX)
}

/// `experimental.staticGenerationMaxConcurrency`: how many handlers `build` calls at once in each worker.
pub(crate) fn generations_at_once(config: &Json) -> u32 {
    let asked = experimental(config, "staticGenerationMaxConcurrency").filter(|count| *count >= 1.0);
    asked.map_or(GENERATIONS_AT_ONCE, |count| count.min(1024.0) as u32)
}

/// How many workers `build` makes so many entries with, as Next.js reckons: one for each 25
/// (`experimental.staticGenerationMinPagesPerWorker`), as many as there are processors but one
/// (`experimental.cpus`).
pub(crate) fn generation_workers(config: &Json, entries: usize) -> NonZeroUsize {
    let machine = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
    let asked = experimental(config, "cpus").filter(|count| *count >= 1.0);
    let most = asked.map_or(machine.saturating_sub(1), |count| count as usize).clamp(1, MAX_WORKERS);
    let each = experimental(config, "staticGenerationMinPagesPerWorker").filter(|count| *count >= 1.0);
    let wanted = entries.div_ceil(each.map_or(ENTRIES_PER_WORKER, |count| count as usize));
    NonZeroUsize::new(wanted.clamp(1, most)).unwrap_or(NonZeroUsize::MIN)
}

/// `compress`: whether replies are compressed for clients that take it.
pub(crate) fn compresses(config: &Json) -> bool {
    config.get("compress").and_then(Json::as_bool) != Some(false)
}

/// `cacheMaxMemorySize`: how many bytes of entries are kept in memory.
pub(crate) fn memory_bytes(config: &Json) -> u64 {
    let asked = number(config, "cacheMaxMemorySize");
    asked.map_or_else(|| CacheOptions::default().memory_bytes, |bytes| bytes.max(0.0) as u64)
}

/// `experimental.isrFlushToDisk`: whether entries are written to disk.
pub(crate) fn flushes_to_disk(config: &Json) -> bool {
    config.pointer("/experimental/isrFlushToDisk").and_then(Json::as_bool) != Some(false)
}

/// The options of the cache of a server.
pub(crate) fn options(config: &Json, directory: Option<&Path>) -> CacheOptions {
    let directory = directory.filter(|_| flushes_to_disk(config));
    let disk = directory.map(|path| routewerk_cache::DiskOptions::new(path.to_path_buf()));
    CacheOptions { memory_bytes: memory_bytes(config), disk, ..CacheOptions::default() }
}

/// The same options with the time that is waited for an entry in the making: so long for who waits, and from then on
/// who asks next makes it too.
pub(crate) fn with_limit(options: CacheOptions, limit: Duration) -> CacheOptions {
    CacheOptions { wait_limit: limit, lead_limit: limit, ..options }
}

fn number(config: &Json, key: &str) -> Option<f64> {
    config.get(key)?.as_f64()
}

fn experimental(config: &Json, key: &str) -> Option<f64> {
    number(config.get("experimental")?, key)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_not_said_is_as_in_nextjs() {
        let nothing = json!({});
        assert_eq!(expire_seconds(&nothing), 31_536_000);
        assert_eq!(generation_limit(&nothing), Duration::from_mins(1));
        let options = options(&nothing, Some(Path::new("/x")));
        assert_eq!(options.memory_bytes, 50 * 1024 * 1024);
        assert_eq!(options.disk.map(|disk| disk.directory), Some("/x".into()));
    }

    #[test]
    fn what_is_said_counts() {
        let config = json!({
            "expireTime": 60, "staticPageGenerationTimeout": 1.5, "cacheMaxMemorySize": 0,
            "experimental": { "isrFlushToDisk": false },
        });
        assert_eq!(expire_seconds(&config), 60);
        assert_eq!(generation_limit(&config), Duration::from_millis(1500));
        let options = options(&config, Some(Path::new("/x")));
        assert_eq!((options.memory_bytes, options.disk.is_none()), (0, true));
    }
}
