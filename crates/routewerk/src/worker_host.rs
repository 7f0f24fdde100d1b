//! What the workers of a server or of a build may ask back: the cache, and a voice on the terminal; and the files that they run.

use std::path::{Path, PathBuf};

use routewerk_handler::{HandlerHost, HostAnswer, HostRequest};

use crate::caching::host::CacheHost;
use crate::commands::build::WORKER_FILE;
use crate::draft_secret;
use crate::report::Report;
use crate::worker_voice::WorkerVoice;
use crate::workers::WorkerFiles;

/// Answers workers from the cache and prints log records.
pub(crate) struct WorkerHost {
    voice: WorkerVoice,
    cache: CacheHost,
}

impl WorkerHost {
    /// A host with a cache and a voice.
    pub(crate) const fn new(cache: CacheHost, voice: WorkerVoice) -> Self {
        Self { voice, cache }
    }
}

impl HandlerHost for WorkerHost {
    fn answer(&self, request: HostRequest) -> HostAnswer {
        self.cache
            .answer(&request)
            .unwrap_or_else(|| Box::pin(async move { Err(format!("unknown topic `{}`", request.topic)) }))
    }

    fn told(&self, message: HostRequest) {
        self.voice.log(&message);
    }

    fn sequence(&self) -> u64 {
        self.cache.sequence()
    }

    fn ended(&self, worker: u32) {
        self.cache.worker_ended(worker);
    }
}

/// What the workers of a build run; `manifest` is what they are to read of it.
pub(crate) fn files_of_build(build: &Path, manifest: PathBuf, report: Report) -> WorkerFiles {
    WorkerFiles {
        mode: "production",
        script: build.join(WORKER_FILE),
        build: build.to_path_buf(),
        manifest,
        draft_secret: draft_secret::read(build, report),
    }
}
