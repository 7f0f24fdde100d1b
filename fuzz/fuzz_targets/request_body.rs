//! The body of an HTTP/1.1 request, with a length or in chunks, from a client.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| routewerk_server::fuzzing::request_body(bytes));
