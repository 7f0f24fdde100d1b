//! The thread that reads entries: one after another, each for all who wait for it.

use std::sync::mpsc::Receiver;

use crate::entry::Entry;
use crate::key::EntryKey;

use super::{Shared, file};

/// Reads what is asked for until the store is gone.
pub(super) fn run(shared: &Shared, loads: &Receiver<EntryKey>) {
    while let Ok(key) = loads.recv() {
        let entry = read(shared, &key);
        let waiting = shared.waiting().remove(&key).unwrap_or_default();
        for told in waiting {
            // Who is gone does not want it any more.
            let _ = told.send(entry.clone());
        }
    }
}

/// The entry of a key; a torn or foreign file, or one that cannot be read, is removed.
fn read(shared: &Shared, key: &EntryKey) -> Option<Entry> {
    let entry = match shared.folder.read(key, shared.max_entry_bytes) {
        Ok(Some(bytes)) => file::decode(&shared.store, key, &bytes),
        // Before the scan is over, what the index does not know may not be there.
        Ok(None) if shared.index().contains(key) != Some(true) => return None,
        Ok(None) | Err(_) => None,
    };
    if entry.is_some() {
        shared.index().note_read(key);
    } else {
        // By the writer, in its turn, so that no file stays that the index does not know. A newer file that is being
        // written is not hit: its job stands.
        shared.remove_damaged(key);
    }
    entry
}
