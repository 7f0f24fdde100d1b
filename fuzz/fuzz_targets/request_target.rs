//! The target of a request, from a client.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| routewerk_routes::fuzzing::request_target(bytes));
