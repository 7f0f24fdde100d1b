//! Numbers for metrics, written by one thread each and read by any.
//!
//! Every counter has a single writer, so that adding is a load and a store and no locked instruction.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// What one front thread has counted.
#[derive(Debug, Default)]
pub(crate) struct ThreadCounters {
    pub(crate) connections_accepted: Counter,
    pub(crate) connections_open: Counter,
    pub(crate) requests: Counter,
    pub(crate) requests_aborted: Counter,
    pub(crate) requests_refused: Counter,
    pub(crate) calls_pending: Counter,
    pub(crate) calls_failed: Counter,
    pub(crate) timeouts: Counter,
    pub(crate) replies: [Counter; 4],
    pub(crate) cache_hits: Counter,
    pub(crate) cache_stale: Counter,
    pub(crate) cache_misses: Counter,
    pub(crate) cache_waiting: Counter,
    pub(crate) generations: Counter,
    pub(crate) generations_failed: Counter,
    pub(crate) generations_dropped: Counter,
}

impl ThreadCounters {
    /// Counts a reply by the class of its status.
    pub(crate) fn replied(&self, status: u16) {
        let class = usize::from(status / 100).clamp(2, 5) - 2;
        self.replies[class].add(1);
    }
}

/// A number with one writer.
#[derive(Debug, Default)]
pub(crate) struct Counter(AtomicU64);

impl Counter {
    /// Adds; only the owning thread does.
    pub(crate) fn add(&self, count: u64) {
        self.0.store(self.0.load(Ordering::Relaxed).wrapping_add(count), Ordering::Relaxed);
    }

    /// Takes away; only the owning thread does.
    pub(crate) fn sub(&self, count: u64) {
        self.0.store(self.0.load(Ordering::Relaxed).wrapping_sub(count), Ordering::Relaxed);
    }

    /// The value of about now.
    pub(crate) fn value(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// The numbers of all front threads at about one moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Connections accepted since the start.
    pub connections_accepted: u64,
    /// Connections open now.
    pub connections_open: u64,
    /// Requests whose head was complete and well formed.
    pub requests: u64,
    /// Requests whose client went away before the reply's end.
    pub requests_aborted: u64,
    /// Heads that were answered with an error: malformed, too large, too slow.
    pub requests_refused: u64,
    /// Calls under way now.
    pub calls_pending: u64,
    /// Calls that ended without a reply.
    pub calls_failed: u64,
    /// Connections that a timeout ended (idle ones are not counted).
    pub timeouts: u64,
    /// Replies by the class of their status: 2xx, 3xx, 4xx, 5xx.
    pub replies: [u64; 4],
    /// Requests that were answered from the cache with a fresh reply.
    pub cache_hits: u64,
    /// Requests that were answered from the cache with a stale reply.
    pub cache_stale: u64,
    /// Requests that had to wait for a reply that was not there or had expired.
    pub cache_misses: u64,
    /// Requests that wait for a reply now.
    pub cache_waiting: u64,
    /// Calls that made replies to be stored, ended since the start.
    pub generations: u64,
    /// Those of them that failed.
    pub generations_failed: u64,
    /// Replies that were not made, because everybody who waited for them had left before it was their turn.
    pub generations_dropped: u64,
}

impl Counters {
    /// Adds up what the threads have counted.
    pub(crate) fn sum(threads: &[Arc<ThreadCounters>]) -> Self {
        let mut sum = Self::default();
        for thread in threads {
            sum.connections_accepted += thread.connections_accepted.value();
            sum.connections_open += thread.connections_open.value();
            sum.requests += thread.requests.value();
            sum.requests_aborted += thread.requests_aborted.value();
            sum.requests_refused += thread.requests_refused.value();
            sum.calls_pending += thread.calls_pending.value();
            sum.calls_failed += thread.calls_failed.value();
            sum.timeouts += thread.timeouts.value();
            sum.cache_hits += thread.cache_hits.value();
            sum.cache_stale += thread.cache_stale.value();
            sum.cache_misses += thread.cache_misses.value();
            sum.cache_waiting += thread.cache_waiting.value();
            sum.generations += thread.generations.value();
            sum.generations_failed += thread.generations_failed.value();
            sum.generations_dropped += thread.generations_dropped.value();
            for (total, class) in sum.replies.iter_mut().zip(&thread.replies) {
                *total += class.value();
            }
        }
        sum
    }
}
