#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| mite_core::msgpack::fuzzing::msgpack_walk(input));
