//! The way of one call: to a worker, or to the lobby until there is one; once more if its worker died; then its reply.

use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};

use routewerk_handler::{HandlerCall, HandlerError, HandlerReply};
use tokio::time::{Sleep, sleep};

use crate::link::{Link, Settled};
use crate::lobby::Ticket;
use crate::thread_engine::{NoWorker, Thread};

/// One call, until its reply's head is there. Dropping it tells the worker that the client is gone.
pub(crate) struct CallFuture {
    thread: Rc<Thread>,
    /// The call, while no worker has it.
    call: Option<HandlerCall>,
    /// The call's stay in the lobby, while it waits for a worker.
    wait: Option<Wait>,
    /// The worker that holds the call, and the call's number there.
    held: Option<(Rc<Link>, u32)>,
    /// How many workers died holding the call.
    deaths: u8,
}

/// A call's stay in the lobby.
struct Wait {
    ticket: Ticket,
    limit: Pin<Box<Sleep>>,
}

impl CallFuture {
    pub(crate) fn new(thread: Rc<Thread>, call: HandlerCall) -> Self {
        Self { thread, call: Some(call), wait: None, held: None, deaths: 0 }
    }

    /// The worker for the call, as soon as there is one and it is the call's turn.
    fn poll_worker(&mut self, context: &mut Context<'_>) -> Poll<Result<Rc<Link>, HandlerError>> {
        let lobby = &self.thread.lobby;
        let is_turn = self.wait.as_ref().map_or_else(|| lobby.is_empty(), |wait| lobby.is_next(wait.ticket));
        match self.thread.choose() {
            Ok(link) if is_turn => {
                self.leave_lobby();
                return Poll::Ready(Ok(link));
            }
            Err(NoWorker::Closed) => return Poll::Ready(Err(HandlerError::ShuttingDown)),
            Err(NoWorker::Failing) => return Poll::Ready(Err(HandlerError::Unavailable)),
            Ok(_) | Err(NoWorker::Yet) => {}
        }
        if let Some(wait) = &self.wait {
            lobby.stay(wait.ticket, context.waker());
        } else {
            let Some(ticket) = lobby.enter(context.waker()) else {
                return Poll::Ready(Err(HandlerError::Unavailable));
            };
            self.wait = Some(Wait { ticket, limit: Box::pin(sleep(self.thread.limits.wait_limit)) });
        }
        if let Some(wait) = &mut self.wait {
            ready!(wait.limit.as_mut().poll(context));
        }
        Poll::Ready(Err(HandlerError::Unavailable))
    }

    fn leave_lobby(&mut self) {
        if let Some(wait) = self.wait.take() {
            self.thread.lobby.leave(wait.ticket);
        }
    }
}

impl Future for CallFuture {
    type Output = Result<HandlerReply, HandlerError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        loop {
            if let Some((link, number)) = &this.held {
                let settled = ready!(link.poll_outcome(*number, context));
                this.held = None;
                match settled {
                    Settled::Reply(reply) => return Poll::Ready(Ok(reply)),
                    Settled::Failed(error) => return Poll::Ready(Err(error)),
                    Settled::Retry(call) => {
                        this.call = Some(call);
                        this.deaths += 1;
                    }
                }
            }
            let link = ready!(this.poll_worker(context))?;
            let call = this.call.take().expect("a call that no worker holds is here");
            let number = link.begin(call, this.deaths, this.thread.call_start())?;
            this.held = Some((link, number));
        }
    }
}

impl Drop for CallFuture {
    fn drop(&mut self) {
        if let Some((link, number)) = self.held.take() {
            link.forget(number);
        }
        self.leave_lobby();
    }
}
