//! What each frame from a worker means for its call.
//!
//! A frame that does not fit the state of its call is a [`ProtocolError`]: the worker's half is ours, so it
//! means that memory there is damaged or that user code wrote to our descriptors, and nothing that follows can be trusted.
//! For a call that the front has given up, frames are still checked, and dropped.

use std::rc::Rc;

use routewerk_handler::{BodyError, BodyStream, HandlerReply, HeaderBlock, ReplyBody, SentNotice};

use super::Link;
use super::facts;
use super::reply_stream::{ReplyBodySource, ReplyStream};
use super::slot::{Settled, Slot, WorkerSide};
use crate::frames::{
    CALL_CREDIT, DONE, END, Header, LAST, NULL_BODY, ProtocolError, REPLY, REPLY_BODY, REPLY_FAIL, ReplyParts, STOP,
    WANT_SENT, read_u32,
};
use crate::incoming::Incoming;

impl Link {
    /// Handles the frame that `incoming` holds, and consumes it.
    pub(super) fn receive(self: &Rc<Self>, header: Header, incoming: &mut Incoming) -> Result<(), ProtocolError> {
        let number = header.number;
        let mut calls = self.calls.borrow_mut();
        let unknown = ProtocolError::UnknownCall { kind: header.kind, number };
        let slot = calls.get_mut(number as usize).filter(|slot| slot.worker != WorkerSide::Done).ok_or(unknown)?;
        // Dropped after the borrow: it holds the server's half of a body.
        let mut upload = None;
        match header.kind {
            REPLY => {
                expect(slot, header, WorkerSide::OwesReply)?;
                slot.worker = after(header, WorkerSide::OwesBody);
                self.receive_reply(slot, header, incoming)?;
            }
            REPLY_BODY => {
                expect(slot, header, WorkerSide::OwesBody)?;
                slot.worker = after(header, WorkerSide::OwesBody);
                let piece = incoming.take(0..header.length);
                if let Some(stream) = &slot.stream {
                    stream.push(number, piece)?;
                    if header.has(END) {
                        stream.complete(number)?;
                        slot.stream = None;
                    }
                }
            }
            REPLY_FAIL => {
                expect(slot, header, WorkerSide::OwesBody)?;
                slot.worker = if header.has(LAST) { WorkerSide::Done } else { WorkerSide::OwesDone };
                let text = String::from_utf8_lossy(incoming.payload()).into_owned();
                incoming.consume();
                if let Some(stream) = slot.stream.take() {
                    stream.end(Err(BodyError::Handler(text)));
                }
            }
            CALL_CREDIT => {
                let credit = read_u32(incoming.payload(), 0).unwrap_or(0);
                incoming.consume();
                // Credit for a body that has been sent in full meanwhile is nobody's.
                if let Some(upload) = &mut slot.upload {
                    upload.add_credit(number, credit)?;
                }
            }
            STOP => {
                incoming.consume();
                upload = slot.upload.take();
            }
            DONE => {
                if !slot.is_aborted {
                    expect(slot, header, WorkerSide::OwesDone)?;
                }
                slot.worker = WorkerSide::Done;
                incoming.consume();
            }
            kind => return Err(ProtocolError::Kind(kind)),
        }
        if slot.worker == WorkerSide::Done {
            upload = slot.upload.take();
            self.remove_if_over(&mut calls, number);
        }
        drop(calls);
        drop(upload);
        Ok(())
    }

    /// Makes a reply of a REPLY frame and settles its call.
    fn receive_reply(
        self: &Rc<Self>,
        slot: &mut Slot,
        header: Header,
        incoming: &mut Incoming,
    ) -> Result<(), ProtocolError> {
        let parts = ReplyParts::decode(header, incoming.payload())?;
        if slot.is_aborted {
            incoming.consume();
            return Ok(());
        }
        let number = header.number;
        let payload = incoming.payload();
        let headers = HeaderBlock::from_untrusted(payload[parts.headers].to_vec())?;
        let reason = match &payload[parts.reason] {
            [] => None,
            reason => Some(bytes::Bytes::copy_from_slice(reason)),
        };
        let facts = match parts.facts {
            None => None,
            Some(_) if !slot.is_generation => {
                return Err(ProtocolError::Facts("the call is no generation".to_owned()));
            }
            Some(range) => Some(Box::new(facts::decode(&payload[range])?)),
        };
        let body = if header.has(NULL_BODY) {
            incoming.consume();
            ReplyBody::Null
        } else if header.has(END) {
            ReplyBody::Complete(incoming.take(parts.body))
        } else {
            let stream = Rc::new(ReplyStream::new(parts.body_length));
            stream.push(number, incoming.take(parts.body))?;
            slot.stream = Some(Rc::clone(&stream));
            let source = ReplyBodySource::new(stream, Rc::clone(self), number);
            ReplyBody::Stream(match parts.body_length {
                Some(length) => BodyStream::sized(source, length),
                None => BodyStream::new(source),
            })
        };
        let sent = header.has(WANT_SENT).then(|| {
            let link = Rc::clone(self);
            SentNotice::new(move || link.sent(number))
        });
        slot.kept = None;
        slot.settle(Settled::Reply(HandlerReply { status: header.aux, reason, headers, body, sent, facts }));
        Ok(())
    }
}

fn expect(slot: &Slot, header: Header, state: WorkerSide) -> Result<(), ProtocolError> {
    if slot.worker == state {
        return Ok(());
    }
    Err(ProtocolError::OutOfOrder { kind: header.kind, number: header.number, state: slot.worker.describe() })
}

/// How far the worker is after a frame that may carry END and LAST.
fn after(header: Header, otherwise: WorkerSide) -> WorkerSide {
    match (header.has(END), header.has(LAST)) {
        (false, _) => otherwise,
        (true, false) => WorkerSide::OwesDone,
        (true, true) => WorkerSide::Done,
    }
}
