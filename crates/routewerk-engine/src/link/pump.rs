//! Sends the body of a call that did not leave with its head: pulls it from the server as the worker gives credit.
//!
//! A pump is a task of its own. It is owned by the call's slot, which ends it when the rest is not wanted any more.

use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use bytes::Bytes;
use routewerk_handler::{BodyError, BodySource, BodyStream};
use tokio::task::AbortHandle;

use super::Link;
use crate::frames::MAX_CHUNK_BYTES;

/// Starts a pump.
pub(super) fn spawn(link: Rc<Link>, number: u32, source: BodyStream) -> AbortHandle {
    tokio::task::spawn_local(run(link, number, source)).abort_handle()
}

async fn run(link: Rc<Link>, number: u32, mut source: BodyStream) {
    loop {
        // Nothing is pulled that could not be sent at once.
        if credit(&link, number).await.is_none() {
            return;
        }
        match source.chunk().await {
            None => return link.end_upload(number, None),
            Some(Err(error)) => return link.end_upload(number, Some(&error)),
            Some(Ok(mut bytes)) => {
                while !bytes.is_empty() {
                    let Some(credit) = credit(&link, number).await else { return };
                    let piece = bytes.split_to(bytes.len().min(credit as usize).min(MAX_CHUNK_BYTES));
                    link.send_upload(number, piece);
                }
            }
        }
    }
}

async fn credit(link: &Link, number: u32) -> Option<u32> {
    std::future::poll_fn(|context| link.poll_upload_credit(number, context)).await
}

/// A body that is wholly at hand, as a source.
pub(super) struct Whole(Bytes);

impl Whole {
    pub(super) fn new(bytes: Bytes) -> Self {
        Self(bytes)
    }
}

impl BodySource for Whole {
    fn poll_chunk(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Bytes, BodyError>>> {
        if self.0.is_empty() {
            return Poll::Ready(None);
        }
        let chunk = self.0.len().min(MAX_CHUNK_BYTES);
        Poll::Ready(Some(Ok(self.0.split_to(chunk))))
    }
}
