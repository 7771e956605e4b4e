//! Contents of a record of the vault; the first byte says of which kind.

#![no_main]

thread_local! {
    static BENCH: vault::fuzzing::Bench = vault::fuzzing::Bench::default();
}

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    if let Some((kind, plain)) = input.split_first() {
        BENCH.with(|bench| bench.read(*kind, plain));
    }
});
