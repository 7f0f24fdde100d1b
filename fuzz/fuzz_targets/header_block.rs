//! The header fields of a reply, from a worker.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| routewerk_handler::fuzzing::header_block(bytes));
