//! A settings file.

#![no_main]

#[path = "../../../src-tauri/crates/protocol/tests/tries/mod.rs"]
#[allow(dead_code)]
mod tries;

libfuzzer_sys::fuzz_target!(|input: &[u8]| tries::try_settings(input).expect("what must hold of a settings file"));
