//! The recovery key.

use crate::desk::{self, Desk};
use policy::Wall;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Write};
use std::process::Child;
use vault::log::Entry;
use vault::{Kept, Locked, Master};

const PASSPHRASE: &str = "correct horse battery";
const NEW: [&str; 2] = ["keys", "recovery-new"];
const USE: [&str; 2] = ["keys", "recovery-use"];

/// A recovery key that is on the screen: the program that showed it, and the key.
fn shown(desk: &Desk, typed: &str) -> (Child, BufReader<std::process::ChildStdout>, String) {
    let args = [&NEW[..], &["--passphrase", "input"]].concat();
    let mut child = desk.talk(env!("CARGO_BIN_EXE_eyelid-reader"), &args);
    child.stdin.as_mut().unwrap().write_all(typed.as_bytes()).unwrap();
    let mut out = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    out.read_line(&mut line).unwrap();
    let groups: Value = serde_json::from_str(&line).unwrap_or_else(|_| panic!("a key, not {line:?}"));
    let key = groups["recovery_key"].as_array().unwrap().iter().map(|group| group.as_str().unwrap()).collect();
    (child, out, key)
}

/// A recovery key that the person has.
fn made(desk: &Desk, typed: &str) -> String {
    let (mut child, mut out, key) = shown(desk, typed);
    child.stdin.take().unwrap().write_all(b"kept\n").unwrap();
    let mut line = String::new();
    out.read_line(&mut line).unwrap();
    assert!(child.wait().unwrap().success(), "{line}");
    assert!(line.contains("valid") && !line.contains(&key), "{line}");
    key
}

fn recovery(desk: &Desk) -> Value {
    desk.read(&["keys", "verify"], 0)["recovery"]["state"].clone()
}

fn export(desk: &Desk, code: i32) {
    let (from, to) = desk::hour();
    let _ = std::fs::remove_dir_all(desk.home().join("out"));
    desk.read(&desk::range("export", &from, &to, &["out"]), code);
}

fn changes(desk: &Desk) -> Vec<Value> {
    let log = desk.read(&["log"], 0);
    assert_eq!((&log["chain_holds"], &log["rolled_back"]), (&json!(true), &json!(false)));
    let entries = log["entries"].as_array().unwrap().clone();
    entries.into_iter().filter(|entry| entry["kind"] == "key").map(|entry| entry["what"].clone()).collect()
}

/// No file below the home, the keyring's own included, and nothing that the keyring gives out has it.
fn is_nowhere(desk: &Desk, key: &str) {
    let mut folders = vec![desk.home().to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap().flatten() {
            match entry.file_type().unwrap() {
                kind if kind.is_dir() => folders.push(entry.path()),
                kind if kind.is_file() => {
                    let bytes = std::fs::read(entry.path()).unwrap();
                    let there = bytes.windows(key.len()).any(|window| window == key.as_bytes());
                    assert!(!there, "{}", entry.path().display());
                }
                _ => {}
            }
        }
    }
    for suffix in ["", ".next", ".log"] {
        assert!(!desk.kept(suffix).unwrap_or_default().contains(key), "{suffix}");
    }
}

/// As the log tells of something that was forgotten.
fn forgotten(desk: &Desk, how: &str) {
    let entry = Entry::Forgotten { from: 0, to: desk::T0, how: how.into() };
    vault::log_entry(&desk.vault(), Wall(desk::T0), &entry).unwrap();
}

#[test]
fn a_recovery_key_brings_the_key_back_into_a_keyring_that_lost_it() {
    let desk = Desk::new();
    let master = desk.recorded();
    assert_eq!(recovery(&desk), "none");
    let key = made(&desk, "");
    assert_eq!(recovery(&desk), "valid");
    is_nowhere(&desk, &key);

    desk.drop_kept("");
    desk.drop_kept(".log");
    export(&desk, 5);
    assert_eq!(desk.read(&["keys", "verify"], 5)["recovery"]["state"], "valid", "told without the keyring");
    let other = Master::generate().secret();
    assert!(desk.read_typed(&[&other], &USE, 5)["message"].as_str().unwrap().contains("opens nothing"));
    assert!(desk.read_typed(&["AGE-SECRET-KEY-1QQQQ"], &USE, 2)["message"].as_str().unwrap().contains("letter"));
    export(&desk, 5);
    assert_eq!(desk.read_typed(&[&key.to_lowercase()], &USE, 0)["key"], master.public());
    export(&desk, 0);
    assert_eq!(recovery(&desk), "valid", "it may be needed again");
    assert_eq!(changes(&desk), ["recovery-made", "recovery-used"]);
}

#[test]
fn a_recovery_key_takes_the_place_of_a_forgotten_passphrase() {
    let desk = Desk::new();
    let master = desk.recorded();
    desk.read_typed(&[PASSPHRASE], &["keys", "passphrase-set"], 0);
    let refused = desk.read(&NEW, 10);
    assert!(refused.get("recovery_key").is_none(), "no key is made without the passphrase");
    let key = made(&desk, &format!("{PASSPHRASE}\n"));
    assert_eq!(desk.read(&["keys", "verify"], 0)["passphrase"], true);
    assert_eq!(desk.read_typed(&[&key], &USE, 0), json!({"key": master.public(), "passphrase": false}));
    export(&desk, 0);
}

#[test]
fn a_key_that_was_only_shown_opens_nothing_and_leaves_the_one_before() {
    let desk = Desk::new();
    desk.recorded();
    let first = made(&desk, "");
    for killed in [true, false] {
        let (mut child, _, second) = shown(&desk, "");
        if killed {
            child.kill().unwrap();
        }
        drop(child.stdin.take());
        assert!(!child.wait().unwrap().success());
        desk.read_typed(&[&second], &USE, 5);
    }
    desk.read_typed(&[&first], &USE, 0);
    export(&desk, 0);
    assert_eq!(changes(&desk), ["recovery-made", "recovery-used"]);
}

#[test]
fn what_goes_by_age_leaves_it_as_it_is() {
    let desk = Desk::new();
    let master = desk.recorded();
    let key = made(&desk, "");
    forgotten(&desk, "retention");
    let next = desk.read(&["forget-rotate"], 0)["key"].clone();
    assert_ne!(next, master.public());
    assert_eq!(recovery(&desk), "valid");
    desk.drop_kept("");
    assert_eq!(desk.read_typed(&[&key], &USE, 0)["key"], next);
    export(&desk, 0);
    assert_eq!(changes(&desk), ["recovery-made", "recovery-used"]);
}

#[test]
fn a_rotation_voids_it_and_one_shown_during_a_rotation_is_not_kept() {
    let desk = Desk::new();
    desk.recorded();
    let key = made(&desk, "");
    let before = desk.copy_vault();
    forgotten(&desk, "menu");
    let (mut child, mut out, _) = shown(&desk, "");
    desk.read(&["forget-rotate"], 0);
    child.stdin.take().unwrap().write_all(b"kept\n").unwrap();
    let mut line = String::new();
    out.read_line(&mut line).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(5), "{line}");
    assert_eq!(recovery(&desk), "voided");
    desk.read_typed(&[&key], &USE, 5);
    export(&desk, 0);
    assert_eq!(changes(&desk), ["recovery-made", "recovery-voided"]);
    // An earlier copy of the files still opens with it.
    vault::recover(&before, &Master::parse(&key).unwrap()).unwrap();
}

#[test]
fn the_key_put_back_and_killed_between_any_two_steps_is_there_and_completed() {
    for under in [false, true] {
        for step in 1..=2 {
            let desk = Desk::new();
            let master = desk.recorded();
            desk.drop_kept("");
            if under {
                desk.keep("", &Kept::Locked(Locked::seal(&master, PASSPHRASE).unwrap()).text());
            }
            desk.keep(".next", &master.secret());
            if step == 2 {
                desk.keep("", &master.secret());
            }
            let compared = desk.read(&["keys", "verify"], 0);
            assert_eq!((&compared["key"], &compared["passphrase"]), (&json!(master.public()), &json!(false)));
            assert_eq!(
                (desk.kept(""), desk.kept(".next")),
                (Some(master.secret().to_string()), None),
                "{under} {step}"
            );
            export(&desk, 0);
        }
    }
}

#[test]
fn a_spent_rotation_beside_the_key_does_not_stand_in_the_way() {
    let desk = Desk::new();
    let master = desk.recorded();
    let key = made(&desk, "");
    desk.keep(".next", &Master::generate().secret());
    desk.keep("", "not a key");
    assert_eq!(desk.read_typed(&[&key], &USE, 0)["key"], master.public());
    assert_eq!(desk.kept(".next"), None);
    let (at, patience) = (Wall(desk::T0), std::time::Duration::from_secs(5));
    let kept = Master::parse(&desk.kept("").unwrap()).unwrap();
    vault::rotate(&desk.vault(), &kept, &Master::generate(), at, patience).unwrap();
}
