//! The front's end of a worker's control socket: messages and questions, both ways. It is not on the path of a call.
//!
//! Runs on the pool's thread. `started` and `fatal` are for the pool itself; every other message and question of the
//! worker goes to the [`HandlerHost`].

use std::cell::{Cell, OnceCell, RefCell};
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use routewerk_handler::{HandlerHost, HostRequest};
use rustc_hash::FxHashMap;
use serde::Deserialize;
use tokio::sync::{Notify, oneshot};
use tokio::task::JoinSet;

use crate::AskError;
use crate::frames::{ANSWER, ASK, FAIL, Header, MAX_PAYLOAD_BYTES, ProtocolError, TELL, decode_message};
use crate::incoming::Incoming;
use crate::outgoing::Outgoing;
use crate::socket::ChannelSocket;

/// What may wait for a worker that does not read; then messages to it fail.
const MAX_WAITING_BYTES: u64 = 64 * 1024 * 1024;
/// How many questions of a worker may be open; then nothing more is read from it until one is answered.
const MAX_OPEN_QUESTIONS: usize = 1024;

/// What a worker says of itself when it is there (channel.md, `started`).
#[derive(Debug, Deserialize)]
pub(crate) struct Started {
    /// `node`, `bun` or `deno`.
    pub(crate) runtime: String,
    /// The runtime's version, with or without `v`.
    pub(crate) version: String,
}

#[derive(Deserialize)]
struct Fatal {
    text: String,
}

/// The front's end of a worker's control socket.
pub(crate) struct Control {
    worker: u32,
    host: Arc<dyn HandlerHost>,
    outgoing: RefCell<Outgoing>,
    driver: RefCell<Option<Waker>>,
    questions: RefCell<FxHashMap<u32, Question>>,
    next_question: Cell<u32>,
    started: OnceCell<Started>,
    started_news: Notify,
    fatal: RefCell<Option<String>>,
}

/// A question that the worker has not answered.
struct Question {
    topic: String,
    answer: oneshot::Sender<Result<Bytes, AskError>>,
}

/// How a control socket ended.
#[derive(Debug)]
pub(crate) enum ControlEnd {
    /// The worker closed it, most likely because it ended.
    Lost,
    /// The worker sent what makes no sense.
    Violated(ProtocolError),
}

impl Control {
    pub(crate) fn new(worker: u32, host: Arc<dyn HandlerHost>) -> Rc<Self> {
        Rc::new(Self {
            worker,
            host,
            outgoing: RefCell::default(),
            driver: RefCell::default(),
            questions: RefCell::default(),
            next_question: Cell::new(1),
            started: OnceCell::new(),
            started_news: Notify::new(),
            fatal: RefCell::default(),
        })
    }

    /// Waits until the worker has said what it is. Cancel safe.
    pub(crate) async fn started(&self) -> &Started {
        loop {
            let news = self.started_news.notified();
            if let Some(started) = self.started.get() {
                return started;
            }
            news.await;
        }
    }

    /// What the worker gave as the reason why it ends.
    pub(crate) fn fatal(&self) -> Option<String> {
        self.fatal.borrow().clone()
    }

    /// Sends a message.
    pub(crate) fn tell(&self, topic: &str, json: Bytes) -> Result<(), AskError> {
        self.send(TELL, 0, topic, json)
    }

    /// Asks a question. The answer never comes (the receiver fails) when the worker ends first.
    pub(crate) fn ask(&self, topic: &str, json: Bytes) -> Result<oneshot::Receiver<Result<Bytes, AskError>>, AskError> {
        let number = self.next_question.get();
        self.send(ASK, number, topic, json)?;
        self.next_question.set(number.checked_add(1).unwrap_or(1));
        let (answer, receiver) = oneshot::channel();
        self.questions.borrow_mut().insert(number, Question { topic: topic.to_owned(), answer });
        Ok(receiver)
    }

    fn send(&self, kind: u8, number: u32, topic: &str, json: Bytes) -> Result<(), AskError> {
        let found_bytes = 2 + topic.len() + json.len();
        if found_bytes > MAX_PAYLOAD_BYTES {
            return Err(AskError::TooLong { found_bytes, limit_bytes: MAX_PAYLOAD_BYTES });
        }
        let mut outgoing = self.outgoing.borrow_mut();
        if outgoing.queued() - outgoing.written() > MAX_WAITING_BYTES {
            return Err(AskError::Behind { worker: self.worker });
        }
        let header = Header { length: 0, kind, flags: 0, aux: 0, number };
        outgoing.body_frame(header, &[&(topic.len() as u16).to_le_bytes(), topic.as_bytes()], json);
        self.kick();
        Ok(())
    }

    /// Answers a question of the worker.
    fn answer(&self, number: u32, answer: Result<Bytes, String>) {
        let (kind, mut payload) = match answer {
            Ok(json) => (ANSWER, json),
            Err(message) => (FAIL, Bytes::from(message)),
        };
        let mut kind = kind;
        if payload.len() > MAX_PAYLOAD_BYTES {
            let found = payload.len();
            kind = FAIL;
            payload = format!("an answer of {found} bytes, expected at most {MAX_PAYLOAD_BYTES}").into();
        }
        let header = Header { length: 0, kind, flags: 0, aux: 0, number };
        self.outgoing.borrow_mut().body_frame(header, &[], payload);
        self.kick();
    }

    fn kick(&self) {
        if let Some(driver) = &*self.driver.borrow() {
            driver.wake_by_ref();
        }
    }

    /// Handles the frame that `incoming` holds, and consumes it.
    fn receive(
        self: &Rc<Self>,
        header: Header,
        incoming: &mut Incoming,
        answers: &mut JoinSet<()>,
    ) -> Result<(), ProtocolError> {
        match header.kind {
            TELL => {
                let (request, is_ours) = self.request(header, incoming)?;
                if is_ours {
                    self.take_news(header, &request)?;
                } else {
                    self.host.told(request);
                }
            }
            ASK => {
                let (request, _) = self.request(header, incoming)?;
                let control = Rc::clone(self);
                let answer = self.host.answer(request);
                answers.spawn_local(async move {
                    let answer = answer.await;
                    control.answer(header.number, answer);
                });
            }
            kind => {
                let unknown = ProtocolError::UnknownQuestion(header.number);
                let question = self.questions.borrow_mut().remove(&header.number).ok_or(unknown)?;
                let payload = incoming.take(0..header.length);
                let answer = if kind == ANSWER {
                    Ok(payload)
                } else {
                    let message = String::from_utf8_lossy(&payload).into_owned();
                    Err(AskError::Failed { topic: question.topic, message })
                };
                // Whoever asked may have gone away.
                let _ = question.answer.send(answer);
            }
        }
        Ok(())
    }

    /// The message or question in `incoming`, and whether it is for the pool itself.
    fn request(&self, header: Header, incoming: &mut Incoming) -> Result<(HostRequest, bool), ProtocolError> {
        let (topic, json) = decode_message(header, incoming.payload())?;
        let topic = topic.to_owned();
        let is_ours = matches!(topic.as_str(), "started" | "fatal");
        let payload = incoming.take(json);
        if std::str::from_utf8(&payload).is_err() {
            return Err(ProtocolError::Text { kind: header.kind });
        }
        Ok((HostRequest { worker: self.worker, topic, payload }, is_ours))
    }

    /// What the worker says of itself.
    fn take_news(&self, header: Header, request: &HostRequest) -> Result<(), ProtocolError> {
        let malformed = |_| ProtocolError::Text { kind: header.kind };
        if request.topic == "fatal" {
            let fatal: Fatal = serde_json::from_slice(&request.payload).map_err(malformed)?;
            *self.fatal.borrow_mut() = Some(fatal.text);
        } else {
            // Said twice, the first time counts.
            let _ = self.started.set(serde_json::from_slice(&request.payload).map_err(malformed)?);
            self.started_news.notify_waiters();
        }
        Ok(())
    }
}

/// Moves messages until the socket ends; then open questions stay unanswered for good.
pub(crate) async fn drive(control: Rc<Control>, mut socket: ChannelSocket) -> ControlEnd {
    let mut incoming = Incoming::new();
    let mut answers = JoinSet::new();
    let ended = std::future::poll_fn(|context| poll(&control, &mut socket, &mut incoming, &mut answers, context)).await;
    control.questions.borrow_mut().clear();
    match ended {
        Ok(()) => ControlEnd::Lost,
        Err(error) => ControlEnd::Violated(error),
    }
}

fn poll(
    control: &Rc<Control>,
    socket: &mut ChannelSocket,
    incoming: &mut Incoming,
    answers: &mut JoinSet<()>,
    context: &mut Context<'_>,
) -> Poll<Result<(), ProtocolError>> {
    *control.driver.borrow_mut() = Some(context.waker().clone());
    loop {
        while let Poll::Ready(Some(_)) = answers.poll_join_next(context) {}
        // A failed write is not the end: reading finds the end, and what was said before it.
        if control.outgoing.borrow_mut().poll_write(|pieces| socket.poll_write(context, pieces)).is_ready() {
            socket.all_written();
        }
        while answers.len() < MAX_OPEN_QUESTIONS {
            let Some(header) = incoming.next(Header::checked_control)? else { break };
            control.receive(header, incoming, answers)?;
        }
        if answers.len() >= MAX_OPEN_QUESTIONS {
            // `poll_join_next` has seen to it that the next finished answer wakes this task.
            return Poll::Pending;
        }
        match incoming.poll_read(|buffer| socket.poll_read(context, buffer)) {
            Poll::Ready(Ok(0) | Err(_)) => return Poll::Ready(Ok(())),
            Poll::Ready(Ok(_)) => {}
            Poll::Pending => return Poll::Pending,
        }
    }
}
