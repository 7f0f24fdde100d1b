//! The HTTP server in front of the handlers: listener, connections, pipeline, limits, error answers, shutdown.
//!
//! It never knows JavaScript. A handler is whatever implements
//! [`HandlerEngine`](routewerk_handler::HandlerEngine); a route table is whatever implements [`Site`].
//!
//! One thread per core: each front thread accepts from its clone of the one listener and keeps a connection from
//! its first byte to its last. Nothing on a front thread is `Send`; the path of a request has no lock.
//!
//! Reading order: [`Server`] and [`ServerHandle`] (start and end), [`ServerOptions`] (what can be set), [`Site`] (what is served), [`StaticRoute`] (what is answered from the cache), [`Gate`] and [`Observer`] (the
//! two hooks), [`bind`] (the listener).

mod buffers;
mod caching;
mod clock;
mod counters;
mod duration_limits;
mod forward;
mod front;
mod gate;
mod http1;
mod http2;
mod listener;
mod observer;
mod options;
mod pipeline;
mod record;
mod router_site;
mod rules;
mod server;
mod site;
mod status;
mod thread;
mod watch;

pub use caching::{
    CacheClock, Compressor, GenerationBudget, GenerationRoom, GenerationUsage, Lifetime, ListedParams, NoRoom,
    OtherParams, StaticRoute, StaticSite, Unmade, UserStore, canonical, entry_of, entry_path, generation_call,
    sees_drafts,
};
pub use counters::Counters;
pub use duration_limits::{DurationLimits, LimitedEngine};
pub use forward::{Destination, ForwardFailure};
pub use gate::{Gate, GateFuture, GatePage, GatePass, GateRequest};
#[doc(hidden)]
pub use http1::fuzzing;
pub use listener::{BindError, DEFAULT_BACKLOG, bind, bind_any};
pub use observer::{
    CacheAnswer, GenerationEnd, GenerationObserver, GenerationRecord, Observer, Protocol, RequestEnd, RequestRecord,
};
pub use options::{ErrorFormat, Limits, OptionError, OriginPolicy, ServerOptions, Timeouts};
pub use router_site::RouterSite;
pub use rules::RuleTrouble;
pub use server::{Hooks, Server, ServerHandle, ServerNumbers, StartError};
pub use site::{Resolution, Resolved, RouteMatch, SharedSite, Site, SiteRequest};
