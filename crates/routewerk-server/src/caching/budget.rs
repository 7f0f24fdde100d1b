//! How much may be made at once, over all threads and whatever build is served: calls under way, and bytes that are held for them.
//!
//! A crawler that asks for a hundred thousand paths that nobody has asked for before is a hundred thousand generations. They
//! queue here, first come, first served, and their clients wait as for any entry that is being made. A reply's bytes are
//! asked for whole before the first of them is taken from its worker, so that no two generations hold a part each and
//! wait for the other; until then they stay in the worker.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Bytes are counted in so many at once: a semaphore hands out 32 bits.
const UNIT: u64 = 1024;

/// What generations may use at once. Clones share it.
#[derive(Clone, Debug)]
pub struct GenerationBudget {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    places: Arc<Semaphore>,
    bytes: Arc<Semaphore>,
    max_units: u32,
    waiting: AtomicU64,
    running: AtomicU64,
}

/// How much of a budget is in use.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GenerationUsage {
    /// Generations that wait for a place.
    pub waiting: u64,
    /// Generations whose handlers are at work.
    pub running: u64,
    /// Bytes that are held for them.
    pub bytes: u64,
}

/// A generation's place among those under way.
#[derive(Debug)]
pub(crate) struct GenerationPlace {
    _permit: OwnedSemaphorePermit,
    shared: Arc<Shared>,
}

/// The bytes that a generation holds; given back on drop.
#[derive(Debug)]
pub struct GenerationRoom {
    shared: Arc<Shared>,
    held: Option<OwnedSemaphorePermit>,
    units: u32,
}

/// There is not so much room.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoRoom {
    /// There never is.
    #[error("the reply is longer than {max} bytes, which is what generations may hold at once")]
    Never {
        /// What there is in all.
        max: u64,
    },
    /// There is not at the moment, and it cannot be waited for: the reply did not say how long it is.
    #[error("the replies that are being made hold too much memory")]
    NotNow,
}

impl GenerationBudget {
    /// A budget of so many calls at once (at least one) and so many bytes.
    pub fn new(max_calls: usize, max_bytes: u64) -> Self {
        let max_units = u32::try_from(max_bytes.div_ceil(UNIT)).unwrap_or(u32::MAX).max(1);
        let shared = Shared {
            places: Arc::new(Semaphore::new(max_calls.clamp(1, Semaphore::MAX_PERMITS))),
            bytes: Arc::new(Semaphore::new(max_units as usize)),
            max_units,
            waiting: AtomicU64::new(0),
            running: AtomicU64::new(0),
        };
        Self { shared: Arc::new(shared) }
    }

    /// How much is in use.
    pub fn usage(&self) -> GenerationUsage {
        let shared = &self.shared;
        let free = u64::try_from(shared.bytes.available_permits()).unwrap_or(u64::MAX);
        GenerationUsage {
            waiting: shared.waiting.load(Ordering::Relaxed),
            running: shared.running.load(Ordering::Relaxed),
            bytes: u64::from(shared.max_units).saturating_sub(free) * UNIT,
        }
    }

    /// A place, where there is one at once.
    pub(crate) fn place_now(&self) -> Option<GenerationPlace> {
        let permit = Arc::clone(&self.shared.places).try_acquire_owned().ok()?;
        Some(self.placed(permit))
    }

    /// A place, once there is one.
    ///
    /// # Cancel safety
    /// Dropping the future gives the turn to the next.
    pub(crate) async fn place(&self) -> GenerationPlace {
        let _waiting = Counted::new(&self.shared.waiting);
        let permit = Arc::clone(&self.shared.places).acquire_owned().await;
        self.placed(permit.expect("the semaphore is never closed"))
    }

    fn placed(&self, permit: OwnedSemaphorePermit) -> GenerationPlace {
        self.shared.running.fetch_add(1, Ordering::Relaxed);
        GenerationPlace { _permit: permit, shared: Arc::clone(&self.shared) }
    }

    /// Room for the bytes of one generation; none is taken yet.
    pub fn room(&self) -> GenerationRoom {
        GenerationRoom { shared: Arc::clone(&self.shared), held: None, units: 0 }
    }
}

impl Drop for GenerationPlace {
    fn drop(&mut self) {
        self.shared.running.fetch_sub(1, Ordering::Relaxed);
    }
}

impl GenerationRoom {
    /// Takes room for a whole reply, once there is. To be asked for before anything else is held.
    pub(crate) async fn take(&mut self, bytes: u64) -> Result<(), NoRoom> {
        let units = self.units_of(bytes)?;
        let permit = Arc::clone(&self.shared.bytes).acquire_many_owned(units).await;
        self.hold(permit.expect("the semaphore is never closed"), units);
        Ok(())
    }

    /// Sees to it that there is room for so many bytes in all, which must be at once: what is held already must not wait.
    pub(crate) fn grow(&mut self, bytes: u64) -> Result<(), NoRoom> {
        let units = self.units_of(bytes)?.saturating_sub(self.units);
        if units == 0 {
            return Ok(());
        }
        let permit = Arc::clone(&self.shared.bytes).try_acquire_many_owned(units).map_err(|_| NoRoom::NotNow)?;
        self.hold(permit, units);
        Ok(())
    }

    fn units_of(&self, bytes: u64) -> Result<u32, NoRoom> {
        let max = self.shared.max_units;
        let units = u32::try_from(bytes.div_ceil(UNIT)).ok().filter(|units| *units <= max);
        units.ok_or(NoRoom::Never { max: u64::from(max) * UNIT })
    }

    fn hold(&mut self, permit: OwnedSemaphorePermit, units: u32) {
        self.units += units;
        match &mut self.held {
            Some(held) => held.merge(permit),
            None => self.held = Some(permit),
        }
    }
}

/// One more, until it is dropped.
struct Counted<'count>(&'count AtomicU64);

impl<'count> Counted<'count> {
    fn new(count: &'count AtomicU64) -> Self {
        count.fetch_add(1, Ordering::Relaxed);
        Self(count)
    }
}

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
