//! The source of a rule, from next.config, and a path, from a client.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| routewerk_routes::fuzzing::rule_source(bytes));
