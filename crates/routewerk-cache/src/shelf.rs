//! Replies that lie in a build: read when they are first asked for, never changed, given up for what is newer.
//!
//! A shelf is asked last, after memory and disk, and what it gives goes into memory alone: it lies in a file already. So a build of
//! ten thousand replies costs a server no more at its start than the list of their keys. Whoever keeps the shelf
//! knows its format; here is who reads (a thread of its own), who waits, and what is not given out any more.
//!
//! The rule to keep: a reply that was stored, removed or found damaged since is never read again from the shelf.

use std::collections::hash_map::RandomState;
use std::collections::{HashMap, HashSet, VecDeque};
use std::fmt;
use std::sync::mpsc::{SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use tokio::sync::oneshot;

use crate::entry::{Entry, Life, NewReply, Standing, StoredReply};
use crate::key::{BuildKey, Class, EntryKey};
use crate::moment::Moment;
use crate::summary::{EntryKind, Summary};
use crate::tag::TagSet;
use crate::tags::Sequence;

/// Replies of one build, in files that are never changed.
pub trait Shelf: Send + Sync {
    /// Whether it has a reply. Waits for nothing.
    fn has(&self, key: &EntryKey) -> bool;

    /// How many it has.
    fn count(&self) -> usize;

    /// Reads a reply, and says when it was made. Waits for the device.
    ///
    /// # Errors
    /// A text for the log: what is wrong with the file. The reply is not asked for again.
    fn read(&self, key: &EntryKey) -> Result<(NewReply, Moment), String>;

    /// Shows all replies until `visit` returns false. Waits for the device.
    fn list(&self, visit: &mut dyn FnMut(EntryKey, Shelved) -> bool);
}

/// What a list tells of a reply on a shelf.
#[derive(Clone, Debug)]
pub struct Shelved {
    /// The path that it answers.
    pub path: String,
    /// The status.
    pub status: u16,
    /// Bytes of its body.
    pub bytes: u64,
    /// When it was made and how long it lives.
    pub life: Life,
    /// Its tags.
    pub tags: TagSet,
}

/// Who waits for which reply. A key is in the queue once at most, so this never holds more of them than the shelf has.
#[derive(Default)]
struct Waiting {
    who: HashMap<EntryKey, Vec<oneshot::Sender<Option<Entry>>>, RandomState>,
    queue: VecDeque<EntryKey>,
}

/// The shelves of the builds that are served: one, or two while a reload is under way.
#[derive(Default)]
pub(crate) struct Shelves {
    attached: RwLock<Vec<Arc<Attached>>>,
}

/// A shelf and what is known of its replies since.
struct Attached {
    build: BuildKey,
    shelf: Arc<dyn Shelf>,
    /// The invalidations that the replies have seen.
    sequence: Sequence,
    /// What is not given out any more.
    gone: Arc<Mutex<Gone>>,
    waiting: Mutex<Waiting>,
    /// Wakes the reader.
    wake: SyncSender<()>,
}

/// What is not given out any more.
#[derive(Default)]
struct Gone {
    keys: HashSet<EntryKey, RandomState>,
    everything: bool,
}

impl Shelves {
    /// Attaches a shelf of a build. `told` is given what is wrong with its files.
    ///
    /// # Errors
    /// What the system says if it gives no thread.
    pub(crate) fn attach(
        &self,
        build: BuildKey,
        replies: Arc<dyn Shelf>,
        sequence: Sequence,
        told: impl Fn(&str) + Send + 'static,
    ) -> std::io::Result<()> {
        let (wake, woken) = sync_channel(1);
        // The same build once more: what was given up of it stays given up.
        let gone = self.of_build(build).map(|known| Arc::clone(&known.gone)).unwrap_or_default();
        let attached = Arc::new(Attached { build, shelf: replies, sequence, gone, waiting: Mutex::default(), wake });
        // The reader ends with the sender, which ends with the last who holds the shelf: it must not hold it itself.
        let for_reader = Arc::downgrade(&attached);
        let run = move || {
            for () in &woken {
                let Some(attached) = for_reader.upgrade() else { return };
                while let Some(key) = attached.next() {
                    attached.load_now(&key, &told);
                }
            }
        };
        std::thread::Builder::new().name("cache-shelf".to_owned()).spawn(run)?;
        let mut all = self.attached.write().unwrap_or_else(PoisonError::into_inner);
        all.retain(|known| known.build != build);
        all.push(attached);
        Ok(())
    }

    /// Gives up the shelves of all builds but one.
    pub(crate) fn retain_build(&self, build: BuildKey) {
        self.attached.write().unwrap_or_else(PoisonError::into_inner).retain(|known| known.build == build);
    }

    /// Whether a reply is to be read from a shelf.
    pub(crate) fn has(&self, key: &EntryKey) -> bool {
        self.of(key).is_some_and(|attached| attached.has(key))
    }

    /// Reads a reply.
    pub(crate) async fn load(&self, key: &EntryKey) -> Option<Entry> {
        let answer = self.of(key)?.ask(key)?;
        answer.await.ok().flatten()
    }

    /// A reply is not given out any more: a newer one is stored, or it is to be forgotten.
    pub(crate) fn give_up(&self, key: &EntryKey) {
        if let Some(attached) = self.of(key).filter(|attached| attached.shelf.has(key)) {
            attached.gone().keys.insert(*key);
        }
    }

    /// No reply is given out any more.
    pub(crate) fn give_up_all(&self) {
        for attached in self.attached.read().unwrap_or_else(PoisonError::into_inner).iter() {
            *attached.gone() = Gone { everything: true, ..Gone::default() };
        }
    }

    /// How many replies are given out.
    pub(crate) fn count(&self) -> u64 {
        let all = self.attached.read().unwrap_or_else(PoisonError::into_inner);
        let counts = all.iter().map(|attached| {
            let gone = attached.gone();
            if gone.everything { 0 } else { attached.shelf.count().saturating_sub(gone.keys.len()) as u64 }
        });
        counts.sum()
    }

    /// Shows every reply that is given out until `visit` returns false.
    pub(crate) fn list(&self, visit: &mut dyn FnMut(EntryKey, Summary) -> bool) {
        let all = self.attached.read().unwrap_or_else(PoisonError::into_inner).clone();
        for attached in all {
            let mut goes_on = true;
            attached.shelf.list(&mut |key, shelved| {
                if attached.has(&key) {
                    goes_on = visit(key, summary(shelved, attached.sequence));
                }
                goes_on
            });
            if !goes_on {
                return;
            }
        }
    }

    fn of(&self, key: &EntryKey) -> Option<Arc<Attached>> {
        let Class::Reply(build) = key.class() else { return None };
        self.of_build(build)
    }

    fn of_build(&self, build: BuildKey) -> Option<Arc<Attached>> {
        let all = self.attached.read().unwrap_or_else(PoisonError::into_inner);
        all.iter().find(|attached| attached.build == build).cloned()
    }
}

impl fmt::Debug for Shelves {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Shelves")
    }
}

impl Attached {
    fn has(&self, key: &EntryKey) -> bool {
        self.shelf.has(key) && {
            let gone = self.gone();
            !gone.everything && !gone.keys.contains(key)
        }
    }

    /// Joins those who wait for a reply.
    fn ask(&self, key: &EntryKey) -> Option<oneshot::Receiver<Option<Entry>>> {
        if !self.has(key) {
            return None;
        }
        let (told, answer) = oneshot::channel();
        let is_first = {
            let mut waiting = self.waiting();
            let who = waiting.who.entry(*key).or_default();
            who.push(told);
            let is_first = who.len() == 1;
            if is_first {
                waiting.queue.push_back(*key);
            }
            is_first
        };
        // A full channel means that the reader is about to look.
        if is_first && let Err(TrySendError::Disconnected(())) = self.wake.try_send(()) {
            // The reader is gone, which only a panic of it makes true: a miss.
            *self.waiting() = Waiting::default();
        }
        Some(answer)
    }

    /// The next reply to read.
    fn next(&self) -> Option<EntryKey> {
        self.waiting().queue.pop_front()
    }

    /// Reads a reply for all who wait for it.
    fn load_now(&self, key: &EntryKey, told: &impl Fn(&str)) {
        let entry = match self.shelf.read(key) {
            Ok((reply, made_at)) => {
                let reply = StoredReply::new(reply, made_at, Standing::new(self.sequence));
                Some(Entry::Reply(Arc::new(reply)))
            }
            Err(text) => {
                // First, so that nobody asks for it again.
                self.gone().keys.insert(*key);
                told(&text);
                None
            }
        };
        let waiting = self.waiting().who.remove(key).unwrap_or_default();
        for who in waiting {
            // Whoever has left wants it no more.
            let _ = who.send(entry.clone());
        }
    }

    // Nothing is done in steps under these locks, so a poisoned one guards whole data.

    fn gone(&self) -> MutexGuard<'_, Gone> {
        self.gone.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn summary(shelved: Shelved, made: Sequence) -> Summary {
    let Shelved { path, status, bytes, life, tags } = shelved;
    Summary { kind: EntryKind::Reply { path: path.into(), status }, bytes, life, tags, made }
}
