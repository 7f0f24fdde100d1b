//! What next.config says about caching: sizes and times, with Next.js's defaults.

use std::path::Path;
use std::time::Duration;

use routewerk_cache::CacheOptions;
use serde_json::Value as Json;

/// `expireTime` where nothing is said: a year.
const EXPIRE_SECONDS: u64 = 31_536_000;
/// `staticPageGenerationTimeout` where nothing is said.
const GENERATION_SECONDS: f64 = 60.0;

/// `expireTime`: when an entry with a revalidate time and no expiry of its own is too old to be served.
pub(crate) fn expire_seconds(config: &Json) -> u64 {
    number(config, "expireTime").map_or(EXPIRE_SECONDS, |seconds| seconds.max(0.0) as u64)
}

/// `staticPageGenerationTimeout`: how long `build` waits for one entry.
pub(crate) fn generation_limit(config: &Json) -> Duration {
    let seconds = number(config, "staticPageGenerationTimeout").filter(|seconds| *seconds > 0.0);
    Duration::try_from_secs_f64(seconds.unwrap_or(GENERATION_SECONDS)).unwrap_or(Duration::MAX)
}

/// `compress`: whether replies are compressed for clients that take it.
pub(crate) fn compresses(config: &Json) -> bool {
    config.get("compress").and_then(Json::as_bool) != Some(false)
}

/// The options of the cache of a server.
pub(crate) fn options(config: &Json, directory: Option<&Path>) -> CacheOptions {
    let defaults = CacheOptions::default();
    let memory_bytes =
        number(config, "cacheMaxMemorySize").map_or(defaults.memory_bytes, |bytes| bytes.max(0.0) as u64);
    let is_flushed = config.pointer("/experimental/isrFlushToDisk").and_then(Json::as_bool) != Some(false);
    let disk = directory.filter(|_| is_flushed).map(|path| routewerk_cache::DiskOptions::new(path.to_path_buf()));
    CacheOptions { memory_bytes, disk, ..defaults }
}

fn number(config: &Json, key: &str) -> Option<f64> {
    config.get(key)?.as_f64()
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
