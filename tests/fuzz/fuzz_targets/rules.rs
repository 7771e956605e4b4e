//! A rules file.

#![no_main]

#[path = "../../../src-tauri/crates/policy/tests/rules/tries.rs"]
mod tries;

libfuzzer_sys::fuzz_target!(|input: &[u8]| tries::try_rules(input).expect("what must hold of a rules file"));
