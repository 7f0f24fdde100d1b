//! Calls that are about entries: generations, whose replies become entries, and calls of the user's own store. And what is
//! known of such a reply beside its bytes.

/// What a call of the front's own is about.
///
/// Its request is of the front's making: `GET`, the entry's URL, no field of any client. The first three call a handler to make
/// an entry, and have no body. The others call the `cacheHandler` of next.config, where there is one, and no handler. The
/// discriminants cross the channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Generation {
    /// `build` makes it: a handler that uses something dynamic makes its route dynamic, which is no error.
    Build = 1,
    /// A stale or expired entry is made anew: what a handler throws because it used something dynamic is a failure.
    Regeneration = 2,
    /// There was no entry; otherwise as in a regeneration.
    OnDemand = 3,
    /// The user's store is asked for the entry. Where it has one, the reply is that entry: its status, fields and body, and
    /// [`GenerationFacts::found`].
    LookUp = 4,
    /// The user's store is handed the entry: the call's fields are the entry's, its body is a line of JSON about the entry and then the
    /// entry's. The reply says nothing.
    Keep = 5,
}

/// When an entry was made that the user's store has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LastModified {
    /// The store does not say: it counts as new.
    Unknown,
    /// The store wants it made anew before it is used (`lastModified: -1`).
    Outdated,
    /// Milliseconds since the Unix epoch.
    At(u64),
}

/// For how long an entry is fresh.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Revalidate {
    /// Neither the route nor anything that its handler used says so; Next.js takes it for `Never`.
    #[default]
    NotSet,
    /// Until it is invalidated (`false`).
    Never,
    /// For so many seconds. It may be a fraction of one; 0 does not occur, because it makes a generation dynamic.
    After(f64),
}

/// What is known of a generation when its reply is complete.
///
/// A reply of a generation without facts was not made by a handler, and is never stored.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct GenerationFacts {
    /// What the handler used that only a request can have, in Next.js's words: `headers`, `request.url`, `no-store fetch
    /// https://… /x`. The reply must not be stored; in a [`Generation::Build`] it makes the route dynamic. It is no failure by itself:
    /// a handler may catch what was thrown and answer all the same, and a build has none of it as a
    /// [`failure`](Self::failure).
    pub dynamic: Option<String>,
    /// Why there is no reply of the handler's: what it threw, with its stack in the user's files. The reply is then the 500
    /// that a waiting client gets, and must not be stored. The worker has logged it, except in a [`Generation::Build`], whose
    /// caller decides how it is shown.
    pub failure: Option<String>,
    /// The shortest of the route's `revalidate` and of all that the handler used.
    pub revalidate: Revalidate,
    /// The shortest `expire` of what the handler used, in seconds; `None` leaves it to `expireTime` of next.config.
    pub expire: Option<f64>,
    /// The entry's tags: those of its path (`_N_T_/…`) and those of all that the handler used; none twice.
    pub tags: Vec<String>,
    /// Set where a [`Generation::LookUp`] has found an entry. Lifetime and tags are then what the store says of it, and a
    /// [`failure`](Self::failure) is why the store could not be asked.
    pub found: Option<LastModified>,
}

impl GenerationFacts {
    /// Whether the handler made a reply that depends on no request. Which statuses are stored is for the caller.
    pub fn is_storable(&self) -> bool {
        self.dynamic.is_none() && self.failure.is_none()
    }
}
