//! Tells what was saved: a watch over the project's folders, without `node_modules`, repositories and output folders.
//!
//! Editors save in many ways (write in place, write aside and rename, truncate first), so events are only hints: the paths
//! of a burst are collected until it is over, and whoever is told compares contents. A path too many does no harm.
//!
//! On Linux each folder is watched by itself, because a recursive watch would include `node_modules`, which may hold a
//! hundred thousand folders. Where the system's limit is reached the folders are polled instead, and one message says so.
//!
//! Threads: the system's events arrive on a thread of `notify`; a thread of the [`Watcher`]'s own waits for the end of
//! each burst and calls back. It ends when the [`Watcher`] is dropped.

mod burst;
mod folders;
mod poll;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use notify::event::{AccessKind, AccessMode, EventKind};
use notify::{Config, ErrorKind, Event, RecommendedWatcher, RecursiveMode, Watcher as _};

use burst::Burst;
use folders::Folders;
use poll::Poller;

/// How a [`Watcher`] waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WatchOptions {
    /// A burst of events is over when nothing has happened for so long; default 5 ms.
    pub settle: Duration,
    /// A burst that does not end is reported after so long; default 50 ms.
    pub longest_burst: Duration,
    /// Changes of installed packages come in long bursts: they are reported when nothing has happened for so long;
    /// default 300 ms.
    pub packages_settle: Duration,
    /// How often files are looked at where the system cannot tell; default 500 ms.
    pub poll_interval: Duration,
    /// Poll in any case, for network file systems that tell nothing; default false.
    pub always_poll: bool,
}

impl Default for WatchOptions {
    fn default() -> Self {
        Self {
            settle: Duration::from_millis(5),
            longest_burst: Duration::from_millis(50),
            packages_settle: Duration::from_millis(300),
            poll_interval: Duration::from_millis(500),
            always_poll: false,
        }
    }
}

/// What a [`Watcher`] tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WatchEvent {
    /// These paths were written, created, renamed or deleted, or their folder was. For
    /// [`ModuleGraph::changed`](super::ModuleGraph::changed).
    Saved(Vec<PathBuf>),
    /// There was more than could be counted: anything may have changed. For
    /// [`ModuleGraph::changed_anywhere`](super::ModuleGraph::changed_anywhere).
    LostCount,
    /// Something that the user should know, once.
    Notice(String),
}

/// Why a project cannot be watched at all.
#[derive(Debug, thiserror::Error)]
#[error("`{path}` cannot be watched")]
pub struct WatchError {
    /// The folder.
    pub path: PathBuf,
    /// What the system says.
    #[source]
    pub source: notify::Error,
}

/// A watch over a project; it ends when this is dropped.
#[derive(Debug)]
pub struct Watcher {
    burst: Arc<Burst>,
    thread: Option<JoinHandle<()>>,
}

impl Watcher {
    /// Watches a project's folder. `on_event` is called on the watcher's thread, one event at a time; while it runs, events
    /// are collected.
    ///
    /// # Errors
    /// The folder is not there, or the system allows neither watching nor polling it.
    pub fn start(
        root: &Path,
        options: WatchOptions,
        mut on_event: impl FnMut(WatchEvent) + Send + 'static,
    ) -> Result<Self, WatchError> {
        let failed = |source: notify::Error| WatchError { path: root.to_path_buf(), source };
        let root = root.canonicalize().map_err(|error| failed(notify::Error::io(error)))?;
        let burst = Arc::new(Burst::default());
        let (backend, notice) = Backend::new(options, &burst).map_err(failed)?;
        let mut folders = Folders::new(backend, options, Arc::clone(&burst), notice);
        folders.watch_tree(&root).map_err(failed)?;
        folders.forget_what_was_found();
        let mine = Arc::clone(&burst);
        let run = move || {
            for notice in folders.take_notices() {
                on_event(WatchEvent::Notice(notice));
            }
            while let Some(heard) = mine.wait(options) {
                let saved = folders.work_in(heard);
                for notice in folders.take_notices() {
                    on_event(WatchEvent::Notice(notice));
                }
                if let Some(event) = saved {
                    on_event(event);
                }
            }
        };
        let thread = std::thread::Builder::new().name("watcher".to_owned()).spawn(run);
        let thread = thread.map_err(|error| failed(notify::Error::io(error)))?;
        Ok(Self { burst, thread: Some(thread) })
    }

    /// Watches one more place: a folder with everything in it, or a single file. For places outside the project's folder.
    pub fn watch(&self, place: &Path) {
        self.burst.add_place(place.to_path_buf());
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        self.burst.close();
        if let Some(thread) = self.thread.take()
            && thread.thread().id() != std::thread::current().id()
        {
            // It has nothing to tell any more, not even that it panicked.
            let _ = thread.join();
        }
    }
}

/// What the system's events come from.
#[derive(Debug)]
enum Backend {
    System(RecommendedWatcher),
    Polling(Poller),
}

impl Backend {
    /// The system's own way, or polling where it has none left to give, with the message that says so.
    fn new(options: WatchOptions, burst: &Arc<Burst>) -> notify::Result<(Self, Option<String>)> {
        if options.always_poll {
            return Ok((Self::polling(options, burst)?, None));
        }
        match RecommendedWatcher::new(listener(burst), Config::default().with_follow_symlinks(false)) {
            Ok(system) => Ok((Self::System(system), None)),
            Err(error) if is_limit(&error) => {
                let notice = limit_notice("fs.inotify.max_user_instances", 1024, options);
                Ok((Self::polling(options, burst)?, Some(notice)))
            }
            Err(error) => Err(error),
        }
    }

    fn polling(options: WatchOptions, burst: &Arc<Burst>) -> notify::Result<Self> {
        Ok(Self::Polling(Poller::start(options.poll_interval, Arc::clone(burst)).map_err(notify::Error::io)?))
    }

    fn watch(&mut self, folder: &Path, mode: RecursiveMode) -> notify::Result<()> {
        match self {
            Self::System(system) => system.watch(folder, mode),
            Self::Polling(poller) => poller.watch(folder).map_err(notify::Error::io),
        }
    }

    fn unwatch(&mut self, folder: &Path) {
        match self {
            // The system has let most of them go by itself.
            Self::System(system) => drop(system.unwatch(folder)),
            Self::Polling(poller) => poller.unwatch(folder),
        }
    }
}

/// Whether the system has no more watches to give.
fn is_limit(error: &notify::Error) -> bool {
    match &error.kind {
        ErrorKind::MaxFilesWatch => true,
        // EMFILE, ENFILE and ENOSPC, as inotify uses them.
        ErrorKind::Io(error) => matches!(error.raw_os_error(), Some(23 | 24 | 28)),
        ErrorKind::Generic(_) | ErrorKind::PathNotFound | ErrorKind::WatchNotFound | ErrorKind::InvalidConfig(_) => {
            false
        }
    }
}

fn limit_notice(setting: &str, value: u32, options: WatchOptions) -> String {
    format!(
        "The system's limit `{setting}` is reached: files are looked at every {} ms instead of being watched. \
         `sudo sysctl {setting}={value}` raises it.",
        options.poll_interval.as_millis()
    )
}

/// Takes the system's events in. It runs for every event, our own reading of files among them, so it is short.
fn listener(burst: &Arc<Burst>) -> impl Fn(notify::Result<Event>) + Send + 'static {
    let burst = Arc::clone(burst);
    move |event| match event {
        Ok(event) if event.need_rescan() => burst.lose_count(),
        Ok(event) => match event.kind {
            EventKind::Access(AccessKind::Close(AccessMode::Write))
            | EventKind::Any
            | EventKind::Other
            | EventKind::Create(_)
            | EventKind::Modify(_)
            | EventKind::Remove(_) => burst.add(event.paths),
            EventKind::Access(_) => {}
        },
        // The folder of the event is gone, or cannot be read: whoever asks for its files will see.
        Err(error) => burst.add(error.paths),
    }
}
