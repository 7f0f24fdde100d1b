//! The task that moves bytes between a data socket and its link.
//!
//! It runs when the socket is readable or writable, and once after the tasks of a turn that queued frames. So all calls
//! of a turn leave in one write, and one read brings the replies of a turn of the worker.

use std::rc::Rc;
use std::task::{Context, Poll};

use super::Link;

use crate::frames::{Header, ProtocolError};
use crate::incoming::Incoming;
use crate::socket::ChannelSocket;

/// How a link ended.
#[derive(Debug)]
pub(crate) enum End {
    /// The socket ended, or the worker's process.
    Lost,
    /// The worker sent what makes no sense.
    Violated(ProtocolError),
}

/// Moves bytes until the link ends.
///
/// # Cancel safety
/// Dropping the future closes the socket and leaves the link's calls unanswered: call
/// [`Link::fail_all`] then.
pub(crate) async fn drive(link: Rc<Link>, mut socket: ChannelSocket) -> End {
    let mut incoming = Incoming::new();
    std::future::poll_fn(|context| match poll(&link, &mut socket, &mut incoming, context) {
        Poll::Ready(Ok(())) => Poll::Ready(End::Lost),
        Poll::Ready(Err(error)) => Poll::Ready(End::Violated(error)),
        Poll::Pending => Poll::Pending,
    })
    .await
}

fn poll(
    link: &Rc<Link>,
    socket: &mut ChannelSocket,
    incoming: &mut Incoming,
    context: &mut Context<'_>,
) -> Poll<Result<(), ProtocolError>> {
    link.register_driver(context);
    loop {
        // A failed write is not the end: the worker may have replied before it died, and reading finds the end.
        let _ = link.poll_write(socket, context);
        match incoming.poll_read(|buffer| socket.poll_read(context, buffer)) {
            Poll::Ready(Ok(0) | Err(_)) => return Poll::Ready(Ok(())),
            Poll::Ready(Ok(_)) => {
                while let Some(header) = incoming.next(Header::checked_data)? {
                    link.receive(header, incoming)?;
                }
            }
            Poll::Pending if link.is_process_gone.get() => return Poll::Ready(Ok(())),
            Poll::Pending => return Poll::Pending,
        }
    }
}

impl Link {
    /// The driver runs: remembers how to wake it.
    fn register_driver(&self, context: &Context<'_>) {
        self.is_driver_woken.set(false);
        let mut driver = self.driver.borrow_mut();
        if !driver.as_ref().is_some_and(|waker| waker.will_wake(context.waker())) {
            *driver = Some(context.waker().clone());
        }
    }
}
