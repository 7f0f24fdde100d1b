//! The engine with real worker processes: the product's channel on both sides, a handler half that does what the
//! call's path says (`tests/worker/main.ts`).

mod bodies;
mod calls;
mod control;
mod deaths;
mod life;
mod output;
mod protocol;
mod reload;
mod runtimes;
mod start;
mod support;
