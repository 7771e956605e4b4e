//! Messages and settings that nobody wrote on purpose are refused or understood, and never do harm.

#[path = "../../policy/tests/spoil/mod.rs"]
mod spoil;

use proptest::prelude::*;
use proptest::test_runner::TestCaseResult;
use protocol::framing::{self, MAX_MESSAGE, ReadError};
use protocol::private::{ToAgent, ToTray};
use protocol::review::{ReadAnswer, ReadAsk, ReviewAnswer, ReviewAsk, read_answer, read_ask};
use protocol::{ClientMessage, Hello, MirrorAsk, ServerMessage, Settings, Snapshot};
use serde::Serialize;
use serde::de::DeserializeOwned;
use spoil::{Input, corpus, hunt, spoiled};

fn messages() -> Vec<(String, Vec<u8>)> {
    corpus(env!("CARGO_MANIFEST_DIR"), "messages")
}

fn now<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().expect("a runtime").block_on(future)
}

/// What is understood means the same when it is said again.
fn try_as<T: Serialize + DeserializeOwned>(body: &[u8]) -> TestCaseResult {
    let Ok(message) = serde_json::from_slice::<T>(body) else { return Ok(()) };
    let again = framing::encode(&message);
    let understood: T = now(framing::read(&mut again.as_slice())).map_err(|e| TestCaseError::fail(e.to_string()))?;
    prop_assert_eq!(framing::encode(&understood), again);
    Ok(())
}

fn try_body(body: &[u8]) -> TestCaseResult {
    try_as::<Hello>(body)?;
    try_as::<ClientMessage>(body)?;
    try_as::<ServerMessage>(body)?;
    try_as::<Snapshot>(body)?;
    try_as::<ToAgent>(body)?;
    try_as::<ToTray>(body)?;
    try_as::<MirrorAsk>(body)?;
    try_as::<ReviewAsk>(body)?;
    try_as::<ReviewAnswer>(body)?;
    try_as::<ReadAsk>(body)?;
    try_as::<ReadAnswer>(body)
}

/// Messages are read from a wire until the first that is none; a length never makes more be read than there is.
fn try_wire(wire: &[u8]) -> TestCaseResult {
    let mut rest = wire;
    loop {
        let before = rest.len();
        let declared = rest.first_chunk().map_or(0, |length| u32::from_le_bytes(*length) as usize);
        match now(framing::read::<ClientMessage>(&mut rest)) {
            Ok(_) => prop_assert!(rest.len() + 4 < before),
            Err(ReadError::Closed) => break,
            Err(ReadError::TooLarge(length)) => {
                prop_assert!(length > MAX_MESSAGE && rest.len() + 4 == before, "nothing of it was read");
                break;
            }
            Err(ReadError::Malformed(_) | ReadError::Io(_)) => {
                prop_assert!(declared <= MAX_MESSAGE, "{declared} bytes were asked for");
                break;
            }
        }
    }
    let mut rest = wire;
    while let Ok(Some(_)) = read_ask(&mut rest) {}
    let mut rest = wire;
    while now(read_answer(&mut rest)).is_ok() {}
    Ok(())
}

fn framed(body: &[u8]) -> Vec<u8> {
    [&u32::try_from(body.len()).expect("short").to_le_bytes(), body].concat()
}

/// The corpus as it goes over the wire, with its neighbours.
fn wires() -> Vec<(String, Vec<u8>)> {
    let all = messages();
    let next = all.clone().into_iter().cycle().skip(1);
    all.into_iter().zip(next).map(|((name, a), (_, b))| (name, [framed(&a), framed(&b)].concat())).collect()
}

#[test]
fn every_message_of_the_corpus_is_understood_or_refused_as_its_name_says() {
    for (name, body) in messages() {
        try_body(&body).and_then(|()| try_wire(&framed(&body))).unwrap_or_else(|e| panic!("{name}: {e}"));
        let understood = match name.split('-').next() {
            Some("hello") => serde_json::from_slice::<Hello>(&body).is_ok(),
            Some("client") => serde_json::from_slice::<ClientMessage>(&body).is_ok(),
            Some("server") => serde_json::from_slice::<ServerMessage>(&body).is_ok(),
            Some("agent") => serde_json::from_slice::<ToAgent>(&body).is_ok(),
            Some("tray") => serde_json::from_slice::<ToTray>(&body).is_ok(),
            Some("read") => serde_json::from_slice::<ReadAsk>(&body).is_ok(),
            Some("bad") => {
                assert!(serde_json::from_slice::<ClientMessage>(&body).is_err(), "{name}");
                continue;
            }
            Some(_) | None => panic!("{name} says nothing of what it is"),
        };
        assert!(understood, "{name}");
    }
}

#[test]
fn spoiled_messages_are_refused_or_understood() {
    hunt(2000, spoiled(messages()), |input| try_body(&input.0));
}

#[test]
fn a_spoiled_wire_ends_and_takes_no_more_than_there_is() {
    hunt(2000, spoiled(wires()), |input| try_wire(&input.0));
}

fn try_settings(input: Input) -> TestCaseResult {
    let text = String::from_utf8_lossy(&input.0).into_owned();
    match toml::from_str::<Settings>(&text) {
        Ok(settings) => {
            let again = toml::to_string_pretty(&settings).map_err(|e| TestCaseError::fail(e.to_string()))?;
            let read: Settings = toml::from_str(&again).map_err(|e| TestCaseError::fail(e.to_string()))?;
            prop_assert_eq!(read, settings);
        }
        Err(error) => {
            prop_assert!(!error.message().is_empty());
            // The line that a person is told is found by it.
            if let Some(span) = error.span() {
                prop_assert!(span.start <= text.len());
            }
        }
    }
    Ok(())
}

#[test]
fn every_settings_file_of_the_corpus_is_taken_or_refused_as_its_name_says() {
    for (name, bytes) in corpus(env!("CARGO_MANIFEST_DIR"), "config") {
        try_settings(Input(bytes.clone())).unwrap_or_else(|finding| panic!("{name}: {finding}"));
        let taken = toml::from_str::<Settings>(&String::from_utf8_lossy(&bytes)).is_ok();
        assert_eq!(taken, name.starts_with("good"), "{name}");
    }
}

#[test]
fn spoiled_settings_are_refused_or_taken() {
    hunt(2000, spoiled(corpus(env!("CARGO_MANIFEST_DIR"), "config")), try_settings);
}
