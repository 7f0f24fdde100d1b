//! Makes the compressed forms of stored replies, once each, on a thread of its own and never on the way of a request.
//!
//! A reply that is served before its forms are there goes out plain. The queue is bounded: what does not fit is asked for
//! again by the next request. A form that is not shorter is not kept.

use std::io::Write;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use bytes::Bytes;
use routewerk_cache::{Cache, Encoding, Moment, ReplyKey, StoredReply};

use super::encoding::ENCODINGS;

/// How many replies wait to be compressed.
const QUEUE: usize = 64;
/// Longer bodies are sent plain: their compression would take this thread for seconds.
const MAX_BODY_BYTES: usize = 16 << 20;
/// How hard Brotli tries, of 11: the last steps take many times as long for a hundredth.
const BROTLI_QUALITY: i32 = 9;
/// The window of Brotli: 4 MiB, which every decoder takes.
const BROTLI_WINDOW: i32 = 22;
/// How hard Zstandard tries, of 22.
const ZSTD_LEVEL: i32 = 12;

/// A reply whose forms are to be made.
struct Job {
    key: ReplyKey,
    reply: Arc<StoredReply>,
    now: Moment,
}

/// Makes compressed forms in the background. Clones share the thread, which ends with the last of them.
#[derive(Clone, Debug)]
pub struct Compressor {
    jobs: SyncSender<Job>,
}

impl Compressor {
    /// Starts the thread.
    ///
    /// # Errors
    /// What the system says if it gives no thread.
    pub fn start(cache: Cache) -> std::io::Result<Self> {
        let (jobs, waiting) = sync_channel(QUEUE);
        std::thread::Builder::new().name("routewerk-compress".to_owned()).spawn(move || work(&waiting, &cache))?;
        Ok(Self { jobs })
    }

    /// Asks for the forms of a reply; false where too many are asked for at the moment.
    pub(crate) fn ask(&self, key: ReplyKey, reply: &Arc<StoredReply>, now: Moment) -> bool {
        self.jobs.try_send(Job { key, reply: Arc::clone(reply), now }).is_ok()
    }
}

fn work(waiting: &Receiver<Job>, cache: &Cache) {
    for job in waiting {
        if job.reply.body().len() <= MAX_BODY_BYTES {
            make_all(&job, cache);
        }
    }
}

fn make_all(job: &Job, cache: &Cache) {
    for encoding in ENCODINGS {
        let Some(current) = current(job, cache) else { return };
        if current.variant(encoding).is_some() {
            continue;
        }
        // What cannot be compressed is sent plain.
        let Ok(form) = compress(current.body(), encoding) else { continue };
        // An invalidation meanwhile has nothing to fear: only the very same reply gets the form.
        if form.len() < current.body().len() / 20 * 19 {
            cache.add_variant(&job.key, &current, encoding, &Bytes::from(form));
        }
    }
}

/// The reply as it is stored now, if it is still that one: forms and times may have been added to it.
fn current(job: &Job, cache: &Cache) -> Option<Arc<StoredReply>> {
    let phase = cache.reply_phase(&job.key, job.now);
    // The body of a reply is shared by all that is made of it.
    phase.usable().filter(|found| found.body().as_ptr() == job.reply.body().as_ptr()).cloned()
}

fn compress(body: &[u8], encoding: Encoding) -> std::io::Result<Vec<u8>> {
    match encoding {
        Encoding::Gzip => {
            let mut output = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
            output.write_all(body)?;
            output.finish()
        }
        Encoding::Brotli => {
            let mut output = Vec::new();
            let params = brotli::enc::BrotliEncoderParams {
                quality: BROTLI_QUALITY,
                lgwin: BROTLI_WINDOW,
                size_hint: body.len(),
                ..Default::default()
            };
            brotli::BrotliCompress(&mut &*body, &mut output, &params)?;
            Ok(output)
        }
        Encoding::Zstd => zstd::bulk::compress(body, ZSTD_LEVEL),
    }
}
