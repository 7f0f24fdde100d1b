//! A request that meets rules which fill in all that a client can send.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| routewerk_routes::fuzzing::rule_request(bytes));
