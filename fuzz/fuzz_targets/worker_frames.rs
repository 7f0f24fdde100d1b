//! Frames on a worker's sockets, from a worker.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| routewerk_engine::fuzzing::worker_frames(bytes));
