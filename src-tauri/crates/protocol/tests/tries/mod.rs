//! What must hold of any message and any settings file. Shared by the tests and the fuzzer.

use proptest::prelude::*;
use proptest::test_runner::TestCaseResult;
use protocol::framing::{self, MAX_MESSAGE, ReadError};
use protocol::private::{ToAgent, ToTray};
use protocol::review::{ReadAnswer, ReadAsk, ReviewAnswer, ReviewAsk, read_answer, read_ask};
use protocol::{ClientMessage, Hello, MirrorAsk, ServerMessage, Settings, Snapshot};
use serde::Serialize;
use serde::de::DeserializeOwned;

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

/// One message, as whatever it may be.
pub fn try_body(body: &[u8]) -> TestCaseResult {
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
pub fn try_wire(wire: &[u8]) -> TestCaseResult {
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

/// A settings file: taken, and the same when it is written and read again, or refused with a place.
pub fn try_settings(file: &[u8]) -> TestCaseResult {
    let text = String::from_utf8_lossy(file).into_owned();
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
