//! `.routewerk/`: what lies where, who may write when, and how a build becomes the one that `start` serves.
//!
//! ```text
//! .routewerk/
//!   .gitignore          "*"
//!   build.lock          held while a build runs
//!   current             the name of the newest build, replaced in one step
//!   builds/<id>/        a finished build, never changed again; its `lock` is held by each server of it
//!   cache/              what a server stores: it survives restarts
//!   run/socket          where a running server is asked about its cache; only its owner may
//!   worker/<hash>.cjs   what `dev` runs its workers with (and <hash>-dev.cjs), by the version of the product
//!   tmp/<id>/           a build, or what `dev` keeps, while it is made
//! ```
//!
//! A directory below `builds/` is complete from the moment it has its name; what a server has locked is not removed.

use std::fs::{self, File, TryLockError};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use routewerk_bundle::RuntimeSources;

use crate::exit::Exit;
use crate::failure::{Failure, IoContext};

/// The directory's name in a project.
pub(crate) const NAME: &str = ".routewerk";
/// How long a second build waits for the first.
const LOCK_WAIT: Duration = Duration::from_mins(2);
/// What the name of a directory begins with until it is locked.
const UNLOCKED: &str = "new-";
/// How often it looks.
const LOCK_POLL: Duration = Duration::from_millis(50);
/// Finished builds that are kept beside the current one, so that an older server can still be reloaded by hand.
const KEPT_BUILDS: usize = 1;

/// The output directory of a project.
#[derive(Clone, Debug)]
pub(crate) struct OutputDir {
    path: PathBuf,
}

/// A name that no other run of the command makes: time, process, count.
pub(crate) fn fresh_id() -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    format!("{:011x}-{:x}-{count:x}", since.as_millis(), std::process::id())
}

impl OutputDir {
    /// The directory of a project; nothing is made yet.
    pub(crate) fn new(root: &Path) -> Self {
        Self { path: root.join(NAME) }
    }

    /// The directory for what is being made; made if need be.
    ///
    /// # Errors
    /// A [`Failure`] with the path if it cannot be made.
    pub(crate) fn temporary(&self) -> Result<PathBuf, Failure> {
        let path = self.path.join("tmp");
        fs::create_dir_all(&path).or_failure("make the directory", &path)?;
        let ignore = self.path.join(".gitignore");
        if !ignore.exists() {
            fs::write(&ignore, "*\n").or_failure("write", &ignore)?;
        }
        Ok(path)
    }

    /// The directory of what a server stores; it is made by who stores.
    pub(crate) fn cache(&self) -> PathBuf {
        self.path.join("cache")
    }

    /// The private directory of a running server's socket; it is made by the server.
    pub(crate) fn run(&self) -> PathBuf {
        self.path.join("run")
    }

    /// The directory of a finished build.
    fn build(&self, id: &str) -> PathBuf {
        self.path.join("builds").join(id)
    }

    /// The workers' script of this version of the product, made if it is not there yet.
    ///
    /// # Errors
    /// A [`Failure`] if it cannot be written.
    pub(crate) async fn worker_script(&self) -> Result<PathBuf, Failure> {
        let sources = RuntimeSources::embedded();
        let directory = self.temporary()?.with_file_name("worker");
        let file = directory.join(format!("{:016x}.cjs", sources.fingerprint()));
        if !file.exists() {
            let target = file.clone();
            let bundled = tokio::task::spawn_blocking(move || sources.bundle_for_development_to(&target)).await;
            bundled
                .map_err(|error| Failure::new(Exit::Failed, format!("the bundler ended early: {error}")))?
                .map_err(|errors| crate::project::build_failure(&errors))?;
        }
        Ok(file)
    }

    /// Takes the right to build. A build that runs already is waited for, a minute or two.
    ///
    /// # Errors
    /// [`Exit::Locked`] if it does not end.
    pub(crate) async fn lock_for_build(&self, on_wait: impl FnOnce()) -> Result<BuildLock, Failure> {
        self.temporary()?;
        let path = self.path.join("build.lock");
        let file = File::create(&path).or_failure("open", &path)?;
        let begun = Instant::now();
        let mut on_wait = Some(on_wait);
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(BuildLock { _file: file }),
                Err(TryLockError::Error(error)) => return Err(error).or_failure("lock", &path),
                Err(TryLockError::WouldBlock) if begun.elapsed() > LOCK_WAIT => {
                    let text = format!("another build of this project has run for {} s already", LOCK_WAIT.as_secs());
                    return Err(Failure::new(Exit::Locked, text).with_hint("Wait for it, or end it, and try again."));
                }
                Err(TryLockError::WouldBlock) => {
                    if let Some(on_wait) = on_wait.take() {
                        on_wait();
                    }
                    tokio::time::sleep(LOCK_POLL).await;
                }
            }
        }
    }

    /// A directory to make something in, removed when it is dropped.
    ///
    /// # Errors
    /// A [`Failure`] with the path if it cannot be made.
    pub(crate) fn workspace(&self) -> Result<Workspace, Failure> {
        let id = fresh_id();
        let temporary = self.temporary()?;
        // It gets its name when it is locked: a directory whose lock nobody holds may be swept away.
        let (aside, path) = (temporary.join(format!("{UNLOCKED}{id}")), temporary.join(&id));
        fs::create_dir(&aside).or_failure("make the directory", &aside)?;
        let lock_path = aside.join("lock");
        let lock = File::create(&lock_path).or_failure("make", &lock_path)?;
        lock.lock_shared().or_failure("lock", &lock_path)?;
        fs::rename(&aside, &path).or_failure("rename a directory to", &path)?;
        Ok(Workspace { id, path, _lock: lock, is_kept: false })
    }

    /// Gives a finished workspace its place among the builds and makes it the current one, under the build lock.
    ///
    /// # Errors
    /// A [`Failure`] with the path that could not be written; the current build is then what it was.
    pub(crate) fn publish(&self, mut workspace: Workspace, lock: &BuildLock) -> Result<PathBuf, Failure> {
        let _ = lock;
        let builds = self.path.join("builds");
        fs::create_dir_all(&builds).or_failure("make the directory", &builds)?;
        let place = self.build(&workspace.id);
        fs::rename(&workspace.path, &place).or_failure("rename the build to", &place)?;
        workspace.is_kept = true;
        let aside = self.path.join("tmp").join(format!("current.{}", workspace.id));
        fs::write(&aside, format!("{}\n", workspace.id)).or_failure("write", &aside)?;
        let pointer = self.path.join("current");
        if let Err(error) = fs::rename(&aside, &pointer) {
            drop(fs::remove_file(&aside));
            drop(fs::remove_dir_all(&place));
            return Err(error).or_failure("replace", &pointer);
        }
        Ok(place)
    }

    /// Removes builds that are neither current, nor the one before, nor served by anybody, and what ended builds
    /// have left behind. Under the build lock; what cannot be removed is left for the next time.
    pub(crate) fn prune(&self, lock: &BuildLock) {
        let _ = lock;
        let current = self.current_id().ok().flatten();
        let mut builds = names_in(&self.path.join("builds"));
        builds.sort_unstable();
        builds.retain(|name| Some(name) != current.as_ref());
        builds.truncate(builds.len().saturating_sub(KEPT_BUILDS));
        for name in builds {
            remove_if_unused(&self.build(&name));
        }
        self.sweep();
    }

    /// Removes what commands that were killed have left behind.
    pub(crate) fn sweep(&self) {
        let temporary = self.path.join("tmp");
        for name in names_in(&temporary) {
            remove_if_unused(&temporary.join(name));
        }
    }

    /// The newest build, held so that nobody removes it; `None` if there is none.
    ///
    /// # Errors
    /// A [`Failure`] if it cannot be read.
    pub(crate) fn current(&self) -> Result<Option<HeldBuild>, Failure> {
        // A build that is published and pruned between two steps here: the pointer names the newer one already.
        for _ in 0..3 {
            let Some(id) = self.current_id()? else { return Ok(None) };
            let path = self.build(&id);
            let lock_path = path.join("lock");
            let lock = match File::open(&lock_path) {
                Ok(lock) => lock,
                Err(error) if error.kind() == ErrorKind::NotFound => continue,
                Err(error) => return Err(error).or_failure("open", &lock_path),
            };
            lock.lock_shared().or_failure("lock", &lock_path)?;
            if path.is_dir() {
                return Ok(Some(HeldBuild { id, path, _lock: lock }));
            }
        }
        Ok(None)
    }

    /// What the pointer names.
    fn current_id(&self) -> Result<Option<String>, Failure> {
        let pointer = self.path.join("current");
        match fs::read_to_string(&pointer) {
            Ok(text) => {
                let id = text.trim();
                let is_name = !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-');
                Ok(is_name.then(|| id.to_owned()))
            }
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error).or_failure("read", &pointer),
        }
    }
}

/// The right to build, given back when dropped, and by the system if the process ends.
#[derive(Debug)]
pub(crate) struct BuildLock {
    _file: File,
}

/// A directory in which something is being made; removed with all that it holds when dropped.
#[derive(Debug)]
pub(crate) struct Workspace {
    id: String,
    path: PathBuf,
    _lock: File,
    is_kept: bool,
}

impl Workspace {
    /// The name that the build will have.
    pub(crate) fn id(&self) -> &str {
        &self.id
    }

    /// The directory.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Workspace {
    fn drop(&mut self) {
        if !self.is_kept {
            // What cannot be removed now is removed by the next build.
            drop(fs::remove_dir_all(&self.path));
        }
    }
}

/// A build that is being served: it is not removed while this value lives.
#[derive(Debug)]
pub(crate) struct HeldBuild {
    /// The build's name.
    pub id: String,
    /// Its directory.
    pub path: PathBuf,
    _lock: File,
}

fn names_in(directory: &Path) -> Vec<String> {
    let Ok(entries) = fs::read_dir(directory) else { return Vec::new() };
    entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok()).collect()
}

/// Removes a build or workspace that nobody holds; what cannot be removed is left for the next time.
fn remove_if_unused(place: &Path) {
    if is_unused(place) {
        drop(if place.is_dir() { fs::remove_dir_all(place) } else { fs::remove_file(place) });
    }
}

/// Whether nobody holds a build or workspace. What has no lock yet is old if its maker has had time to finish.
fn is_unused(place: &Path) -> bool {
    let is_new = place.file_name().is_some_and(|name| name.to_string_lossy().starts_with(UNLOCKED));
    if let Ok(lock) = File::open(place.join("lock"))
        && !is_new
    {
        return lock.try_lock().is_ok();
    }
    let modified = fs::metadata(place).and_then(|found| found.modified());
    modified.is_ok_and(|at| at.elapsed().is_ok_and(|age| age > LOCK_WAIT))
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn build(output: &OutputDir, content: &str) -> PathBuf {
        let lock = output.lock_for_build(|| ()).await.unwrap();
        let workspace = output.workspace().unwrap();
        fs::write(workspace.path().join("content"), content).unwrap();
        let place = output.publish(workspace, &lock).unwrap();
        output.prune(&lock);
        place
    }

    #[tokio::test]
    async fn a_served_build_outlives_newer_ones() {
        let root = tempfile::tempdir().unwrap();
        let output = OutputDir::new(root.path());
        assert!(output.current().unwrap().is_none());
        let first = build(&output, "1").await;
        let held = output.current().unwrap().unwrap();
        assert_eq!(fs::read_to_string(held.path.join("content")).unwrap(), "1");
        let mut others = Vec::new();
        for number in 2..=4 {
            others.push(build(&output, &number.to_string()).await);
        }
        assert!(first.exists(), "it is held");
        assert!(!others[0].exists() && others[1].exists() && others[2].exists());
        drop(held);
        build(&output, "5").await;
        assert!(!first.exists(), "nobody holds it any more");
        let newest = output.current().unwrap().unwrap();
        assert_eq!(fs::read_to_string(newest.path.join("content")).unwrap(), "5");
        assert_eq!(fs::read_to_string(root.path().join(NAME).join(".gitignore")).unwrap(), "*\n");
    }

    #[tokio::test]
    async fn nothing_remains_of_a_build_that_failed() {
        let root = tempfile::tempdir().unwrap();
        let output = OutputDir::new(root.path());
        let workspace = output.workspace().unwrap();
        fs::write(workspace.path().join("half"), "").unwrap();
        drop(workspace);
        assert!(names_in(&root.path().join(NAME).join("tmp")).is_empty());
        assert!(output.current().unwrap().is_none());
    }

    #[tokio::test]
    async fn a_second_build_waits_for_the_first() {
        let root = tempfile::tempdir().unwrap();
        let output = OutputDir::new(root.path());
        let first = output.lock_for_build(|| ()).await.unwrap();
        let (told, mut was_told) = tokio::sync::oneshot::channel();
        let second = output.lock_for_build(move || told.send(()).unwrap());
        tokio::pin!(second);
        tokio::select! {
            _ = &mut second => panic!("the first still holds the lock"),
            told = &mut was_told => told.unwrap(),
        }
        drop(first);
        second.await.unwrap();
    }
}
