//! Which replies may take the place of which, and when a failed regeneration is tried again.

use crate::entry::{Life, Revalidate};
use crate::moment::Moment;

/// A failed regeneration is tried again after at least so many seconds.
const SHORTEST_RETRY: u64 = 3;

/// And after at most so many.
const LONGEST_RETRY: u64 = 30;

/// Whether a reply may take the place of a stored one: a server error never replaces a good reply.
pub(crate) const fn may_replace(old_status: u16, new_status: u16) -> bool {
    new_status < 500 || old_status >= 500
}

/// The life of an entry whose regeneration has failed: it goes on as it is until the retry, which comes after its own
/// `revalidate`, but within 3 to 30 seconds; it expires later than that. As Next.js does.
pub(crate) fn postpone(life: Life, now: Moment) -> Life {
    let seconds = match life.revalidate {
        Revalidate::After(seconds) => seconds.clamp(SHORTEST_RETRY, LONGEST_RETRY),
        Revalidate::Never => SHORTEST_RETRY,
    };
    Life {
        made_at: now,
        revalidate: Revalidate::After(seconds),
        expire: life.expire.map(|expire| expire.max(seconds + SHORTEST_RETRY)),
    }
}
