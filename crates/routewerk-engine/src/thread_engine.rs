//! A front thread's side of the pool.

use routewerk_handler::{HandlerCall, HandlerEngine, HandlerError, HandlerReply};

/// Runs handlers in the pool's workers, for one front thread.
pub struct ThreadEngine {}

impl HandlerEngine for ThreadEngine {
    fn call(&self, call: HandlerCall) -> impl Future<Output = Result<HandlerReply, HandlerError>> + 'static {
        drop(call);
        async { Err(HandlerError::Unavailable) }
    }
}
