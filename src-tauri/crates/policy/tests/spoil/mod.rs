//! Inputs that nobody wrote on purpose: noise, and files of a corpus that were spoiled in a few places. Shared by the
//! crates that take input from outside.
//!
//! A test tries a few hundred in the normal run. `EYELID_HUNT_SECONDS=600 cargo test --release --workspace NAME` goes on
//! for ten minutes. What was found is added to the corpus, which every run tries as it is.

use proptest::prelude::*;
use proptest::test_runner::{Config, TestCaseResult, TestRunner};
use std::fmt;
use std::path::Path;
use std::time::{Duration, Instant};

/// Bytes that print as text where they are.
#[derive(Clone, PartialEq, Eq)]
pub struct Input(pub Vec<u8>);

impl fmt::Debug for Input {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "b\"{}\"", self.0.escape_ascii())
    }
}

/// The files of a crate's corpus, by name.
pub fn corpus(crate_dir: &str, folder: &str) -> Vec<(String, Vec<u8>)> {
    let folder = Path::new(crate_dir).join("tests/corpus").join(folder);
    let mut files: Vec<_> = std::fs::read_dir(&folder)
        .expect("a folder of the corpus")
        .map(|entry| {
            let entry = entry.expect("an entry");
            (entry.file_name().to_string_lossy().into_owned(), std::fs::read(entry.path()).expect("a file"))
        })
        .collect();
    files.sort();
    assert!(!files.is_empty(), "a corpus");
    files
}

/// A spoiling. Positions and lengths are in thousandths of what there is.
#[derive(Clone, Debug)]
enum Spoil {
    Flip(u32, u8),
    Set(u32, u8),
    Insert(u32, Vec<u8>),
    Cut(u32, u32),
    Repeat(u32, u32, u8),
    End(u32),
    /// The number that comes next becomes this one.
    Number(u32, &'static str),
}

const NUMBERS: [&str; 14] = [
    "0",
    "-1",
    "1",
    "63",
    "64",
    "65535",
    "2147483647",
    "4294967295",
    "4294967296",
    "9223372036854775807",
    "-9223372036854775808",
    "18446744073709551616",
    "1e999",
    "0.5",
];

fn spoil() -> impl Strategy<Value = Spoil> {
    let place = || 0_u32..1000;
    prop_oneof![
        (place(), 0_u8..8).prop_map(|(at, bit)| Spoil::Flip(at, bit)),
        (place(), any::<u8>()).prop_map(|(at, byte)| Spoil::Set(at, byte)),
        (place(), prop::collection::vec(any::<u8>(), 1..9)).prop_map(|(at, bytes)| Spoil::Insert(at, bytes)),
        (place(), "[\"\\\\{}\\[\\],:=\n#\u{0}\u{202e}é\u{1f440}]{1,4}")
            .prop_map(|(at, text)| Spoil::Insert(at, text.into_bytes())),
        (place(), 1_u32..300).prop_map(|(at, long)| Spoil::Cut(at, long)),
        (place(), 1_u32..300, 1_u8..20).prop_map(|(at, long, times)| Spoil::Repeat(at, long, times)),
        place().prop_map(Spoil::End),
        (place(), prop::sample::select(NUMBERS.as_slice())).prop_map(|(at, number)| Spoil::Number(at, number)),
    ]
}

impl Spoil {
    fn apply(&self, bytes: &mut Vec<u8>) {
        let all = bytes.len();
        let part = |thousandths: u32| all * thousandths as usize / 1000;
        let end = |at: u32, long: u32| (part(at) + part(long).max(1)).min(all);
        match self {
            Spoil::Flip(at, bit) => bytes.iter_mut().skip(part(*at)).take(1).for_each(|byte| *byte ^= 1 << bit),
            Spoil::Set(at, to) => bytes.iter_mut().skip(part(*at)).take(1).for_each(|byte| *byte = *to),
            Spoil::Insert(at, what) => drop(bytes.splice(part(*at)..part(*at), what.iter().copied())),
            Spoil::Cut(at, long) => drop(bytes.drain(part(*at)..end(*at, *long))),
            Spoil::Repeat(at, long, times) => {
                let piece = bytes[part(*at)..end(*at, *long)].repeat(usize::from(*times));
                bytes.splice(part(*at)..part(*at), piece);
            }
            Spoil::End(at) => bytes.truncate(part(*at)),
            Spoil::Number(at, number) => {
                let digit = |byte: &u8| byte.is_ascii_digit();
                if let Some(from) = bytes[part(*at)..].iter().position(digit).map(|n| part(*at) + n) {
                    let to = bytes[from..].iter().position(|byte| !digit(byte)).map_or(all, |n| from + n);
                    bytes.splice(from..to, number.bytes());
                }
            }
        }
    }
}

/// A file of the corpus with a few spoilings, or none; now and then noise.
pub fn spoiled(corpus: Vec<(String, Vec<u8>)>) -> impl Strategy<Value = Input> {
    let files: Vec<Vec<u8>> = corpus.into_iter().map(|(_, bytes)| bytes).collect();
    let file = (prop::sample::select(files), prop::collection::vec(spoil(), 0..7)).prop_map(|(mut bytes, spoils)| {
        for spoil in spoils {
            spoil.apply(&mut bytes);
            bytes.truncate(1 << 18);
        }
        Input(bytes)
    });
    prop_oneof![
        9 => file,
        1 => prop::collection::vec(any::<u8>(), 0..300).prop_map(Input),
    ]
}

/// Tries inputs: so many, or for as long as `EYELID_HUNT_SECONDS` says. A panic is a finding, too.
pub fn hunt<S: Strategy>(cases: u32, strategy: S, test: impl Fn(S::Value) -> TestCaseResult) {
    let seconds = std::env::var("EYELID_HUNT_SECONDS").ok().and_then(|seconds| seconds.parse().ok());
    let until = Instant::now() + Duration::from_secs(seconds.unwrap_or_default());
    let mut tried = 0_u64;
    loop {
        let config = Config { cases, failure_persistence: None, max_shrink_iters: 2000, ..Config::default() };
        if let Err(finding) = TestRunner::new(config).run(&strategy, &test) {
            panic!("after {tried} inputs: {finding}");
        }
        tried += u64::from(cases);
        if Instant::now() >= until {
            break;
        }
    }
    if seconds.is_some() {
        println!("{tried} inputs, no finding");
    }
}
