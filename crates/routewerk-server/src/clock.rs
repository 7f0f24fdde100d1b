//! A coarse clock per front thread: deadlines without timers, and the `Date` field.
//!
//! A timer per connection that is moved at every request costs more than parsing the request. So a deadline is a
//! number of ticks, written with a plain store, and one task per thread compares all of them at every tick. The clock
//! stands still while the thread has no connection.

use std::cell::{Cell, RefCell};
use std::time::{Duration, Instant, SystemTime};

use crate::options::Timeouts;

/// A point in time: ticks since the thread began. [`NEVER`] is no deadline.
pub(crate) type Tick = u64;

/// No deadline.
pub(crate) const NEVER: Tick = Tick::MAX;

/// The ticks that each timeout lasts, and the clock that they are counted on.
pub(crate) struct Clock {
    begun: Instant,
    tick: Duration,
    now: Cell<Tick>,
    second: Cell<u64>,
    tails: RefCell<Tails>,
    keep_alive_seconds: u64,
    pub(crate) head: Tick,
    pub(crate) request: Option<Tick>,
    pub(crate) keep_alive: Tick,
    pub(crate) write: Option<Tick>,
}

/// The fields that end every head, ready to be copied.
#[derive(Default)]
pub(crate) struct Tails {
    /// `Date` alone.
    pub(crate) date: Vec<u8>,
    /// `Date`, `Connection: keep-alive`, `Keep-Alive: timeout=…`.
    pub(crate) keep_alive: Vec<u8>,
    /// `Date`, `Connection: close`.
    pub(crate) close: Vec<u8>,
}

impl Clock {
    /// A clock fine enough for the shortest timeout.
    pub(crate) fn new(timeouts: &Timeouts) -> Self {
        let shortest = [Some(timeouts.head), timeouts.request, Some(timeouts.keep_alive()), timeouts.write]
            .into_iter()
            .flatten()
            .min()
            .unwrap_or(timeouts.head);
        let tick = (shortest / 8).clamp(Duration::from_millis(2), Duration::from_millis(250));
        // One more than the quotient: the first tick may come at once.
        let ticks = |duration: Duration| duration.as_nanos().div_ceil(tick.as_nanos()) as Tick + 1;
        let clock = Self {
            begun: Instant::now(),
            tick,
            now: Cell::new(0),
            second: Cell::new(0),
            tails: RefCell::default(),
            keep_alive_seconds: timeouts.keep_alive().as_secs(),
            head: ticks(timeouts.head),
            request: timeouts.request.map(ticks),
            keep_alive: ticks(timeouts.keep_alive()),
            write: timeouts.write.map(ticks),
        };
        clock.renew_date();
        clock
    }

    /// How long a tick is.
    pub(crate) fn tick(&self) -> Duration {
        self.tick
    }

    /// The deadline `ticks` from now.
    pub(crate) fn after(&self, ticks: Tick) -> Tick {
        self.now.get().saturating_add(ticks)
    }

    /// Whether a deadline has passed.
    pub(crate) fn has_passed(&self, deadline: Tick) -> bool {
        deadline <= self.now.get()
    }

    /// Reads the clocks and returns the tick of this moment.
    pub(crate) fn advance(&self) -> Tick {
        let now = (self.begun.elapsed().as_nanos() / self.tick.as_nanos()) as Tick;
        self.now.set(now);
        self.renew_date();
        now
    }

    /// Reads the system's clock; the fields are built anew where the second is another.
    fn renew_date(&self) {
        let now = SystemTime::now();
        let second = now.duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_secs());
        if second == self.second.replace(second) && second != 0 {
            return;
        }
        let mut tails = self.tails.borrow_mut();
        tails.date = format!("Date: {}\r\n", httpdate::fmt_http_date(now)).into_bytes();
        let Tails { date, keep_alive, close } = &mut *tails;
        keep_alive.clone_from(date);
        let fields = format!("Connection: keep-alive\r\nKeep-Alive: timeout={}\r\n", self.keep_alive_seconds);
        keep_alive.extend_from_slice(fields.as_bytes());
        close.clone_from(date);
        close.extend_from_slice(b"Connection: close\r\n");
    }

    /// Lends the fields that end a head.
    pub(crate) fn with_tails<R>(&self, read: impl FnOnce(&Tails) -> R) -> R {
        read(&self.tails.borrow())
    }
}
