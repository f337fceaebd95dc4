#![no_main]

// One for all targets: each uses a part.
#[allow(dead_code)]
#[path = "../../server/tests/hostile/bodies.rs"]
mod bodies;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| bodies::ticket(bytes));
