//! Messages and settings that nobody wrote on purpose are refused or understood, and never do harm.

#[path = "../../policy/tests/spoil/mod.rs"]
mod spoil;
mod tries;

use protocol::private::{ToAgent, ToTray};
use protocol::review::ReadAsk;
use protocol::{ClientMessage, Hello, ServerMessage, Settings};
use spoil::{corpus, hunt, spoiled};
use tries::{try_body, try_settings, try_wire};

fn messages() -> Vec<(String, Vec<u8>)> {
    corpus(env!("CARGO_MANIFEST_DIR"), "messages")
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

#[test]
fn every_settings_file_of_the_corpus_is_taken_or_refused_as_its_name_says() {
    for (name, bytes) in corpus(env!("CARGO_MANIFEST_DIR"), "config") {
        try_settings(&bytes).unwrap_or_else(|finding| panic!("{name}: {finding}"));
        let taken = toml::from_str::<Settings>(&String::from_utf8_lossy(&bytes)).is_ok();
        assert_eq!(taken, name.starts_with("good"), "{name}");
    }
}

#[test]
fn spoiled_settings_are_refused_or_taken() {
    hunt(2000, spoiled(corpus(env!("CARGO_MANIFEST_DIR"), "config")), |input| try_settings(&input.0));
}
