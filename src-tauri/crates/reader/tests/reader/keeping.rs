//! The key under a passphrase.

use crate::desk::{self, Desk};
use rustix::fs::{FlockOperation, flock};
use serde_json::{Value, json};
use std::fs::File;
use vault::{Kept, Locked, Master};

const PASSPHRASE: &str = "correct horse battery";
const SET: [&str; 2] = ["keys", "passphrase-set"];
const CHANGE: [&str; 3] = ["keys", "passphrase-set", "--change"];
const REMOVE: [&str; 2] = ["keys", "passphrase-remove"];

fn under(master: &Master, passphrase: &str) -> String {
    Kept::Locked(Locked::seal(master, passphrase).unwrap()).text().to_string()
}

fn export(desk: &Desk, typed: &[&str], code: i32) -> Value {
    let (from, to) = desk::hour();
    let _ = std::fs::remove_dir_all(desk.home().join("out"));
    desk.read_typed(typed, &desk::range("export", &from, &to, &["out"]), code)
}

fn changes(desk: &Desk) -> Vec<Value> {
    let entries = desk.read(&["log"], 0)["entries"].as_array().unwrap().clone();
    entries.into_iter().filter(|entry| entry["kind"] == "key").map(|entry| entry["what"].clone()).collect()
}

#[test]
fn a_key_under_a_passphrase_opens_nothing_without_it_and_is_compared_all_the_same() {
    let desk = Desk::new();
    let master = desk.recorded();
    let set = desk.read_typed(&[PASSPHRASE], &SET, 0);
    assert_eq!(set, json!({"key": master.public(), "passphrase": true}));
    let kept = desk.kept("").unwrap();
    assert!(!kept.contains("AGE-SECRET-KEY") && kept.contains(&master.public()), "{kept}");
    assert_eq!(desk.kept(".next"), None);

    let compared = desk.read(&["keys", "verify"], 0);
    assert_eq!((&compared["recipient"], &compared["key"]), (&json!("verified"), &json!(master.public())));
    assert_eq!(compared["passphrase"], true);
    let (from, to) = desk::hour();
    for reading in [&desk::range("export", &from, &to, &["out"])[..], &["verify"], &["forget-rotate"]] {
        let refused = desk.read(reading, 10);
        assert!(refused["message"].as_str().unwrap().contains("under a passphrase"), "{refused}");
    }
    assert!(!desk.home().join("out").exists());
    assert!(export(&desk, &["correct horse batterz"], 10)["message"].as_str().unwrap().contains("not the passphrase"));
    assert_eq!(export(&desk, &[PASSPHRASE], 0)["events"], 7);
    let log = desk.read(&["log"], 0);
    assert_eq!((&log["chain_holds"], &log["rolled_back"]), (&json!(true), &json!(false)));

    assert!(desk.read_typed(&["wrong again"], &REMOVE, 10)["cure"].is_string());
    assert_eq!(desk.read_typed(&[PASSPHRASE], &REMOVE, 0)["passphrase"], false);
    assert_eq!(desk.kept(""), Some(master.secret().to_string()));
    assert_eq!(desk.read(&["verify"], 0)["clean"], true);
    assert_eq!(changes(&desk), ["passphrase-set", "passphrase-removed"]);
}

#[test]
fn another_passphrase_takes_the_one_before_and_a_short_one_changes_nothing() {
    let desk = Desk::new();
    desk.recorded();
    desk.read_typed(&["short"], &SET, 2);
    desk.read_typed(&[PASSPHRASE, "another of them"], &CHANGE, 2);
    assert!(desk.kept("").unwrap().contains("AGE-SECRET-KEY"));
    desk.read_typed(&[PASSPHRASE], &SET, 0);
    desk.read_typed(&["another of them"], &SET, 10);
    export(&desk, &[PASSPHRASE], 0);
    desk.read_typed(&["not the one", "another of them"], &CHANGE, 10);
    export(&desk, &[PASSPHRASE], 0);
    desk.read_typed(&[PASSPHRASE, "another of them"], &CHANGE, 0);
    export(&desk, &[PASSPHRASE], 10);
    export(&desk, &["another of them"], 0);
    assert_eq!(changes(&desk), ["passphrase-set", "passphrase-set"]);
}

#[test]
fn the_log_is_tied_to_the_keyring_by_each_change_of_the_key() {
    let desk = Desk::new();
    desk.recorded();
    let before = desk.copy_vault();
    desk.read_typed(&[PASSPHRASE], &SET, 0);
    desk.put_back(&before);
    assert_eq!(desk.read(&["log"], 0)["rolled_back"], true);
}

#[test]
fn a_rotation_asks_for_the_passphrase_and_leaves_the_next_key_under_it() {
    let desk = Desk::new();
    let master = desk.recorded();
    desk.read_typed(&[PASSPHRASE], &SET, 0);
    desk.read_typed(&["not the one"], &["forget-rotate"], 10);
    assert_eq!((desk.read(&["keys", "verify"], 0)["key"].clone(), desk.kept(".next")), (json!(master.public()), None));
    let rotated = desk.read_typed(&[PASSPHRASE], &["forget-rotate"], 0);
    assert_ne!(rotated["key"], master.public());
    let compared = desk.read(&["keys", "verify"], 0);
    assert_eq!((&compared["key"], &compared["passphrase"]), (&rotated["key"], &json!(true)));
    assert!(!desk.kept("").unwrap().contains("AGE-SECRET-KEY"));
    assert_eq!(desk.kept(".next"), None);
    assert_eq!(export(&desk, &[PASSPHRASE], 0)["events"], 7);
}

#[test]
fn a_rotation_under_a_passphrase_killed_between_any_two_steps_is_completed_by_the_next_run() {
    let desk = Desk::new();
    let old = desk.recorded();
    desk.read_typed(&[PASSPHRASE], &SET, 0);
    let next = Master::generate();
    desk.keep(".next", &under(&next, PASSPHRASE));
    for rotated in [false, true] {
        if rotated {
            let (at, patience) = (policy::Wall(desk::T0), std::time::Duration::from_secs(5));
            vault::rotate(&desk.vault(), &old, &next, at, patience).unwrap();
        }
        let now = if rotated { next.public() } else { old.public() };
        assert_eq!(desk.read(&["keys", "verify"], 0)["key"], now);
        export(&desk, &[PASSPHRASE], 0);
    }
    assert_eq!(desk.read_typed(&[PASSPHRASE], &["forget-rotate"], 0)["key"], next.public());
    assert!(!desk.kept("").unwrap().contains("AGE-SECRET-KEY"));
    assert_eq!(desk.kept(".next"), None);
    export(&desk, &[PASSPHRASE], 0);
}

#[test]
fn a_change_killed_between_any_two_steps_leaves_a_key_that_opens_and_is_completed() {
    for (sets, step) in [(true, 1), (true, 2), (false, 1), (false, 2)] {
        let desk = Desk::new();
        let master = desk.recorded();
        let (plain, locked) = (master.secret().to_string(), under(&master, PASSPHRASE));
        let (before, after) = if sets { (&plain, &locked) } else { (&locked, &plain) };
        desk.keep(".next", after);
        desk.keep("", if step == 1 { before } else { after });
        // As it was left: some form is there, and opens.
        let typed: &[&str] = if (step == 1) == sets { &[] } else { &[PASSPHRASE] };
        export(&desk, typed, 0);
        // As it is found: the next look at the key completes it.
        assert_eq!(desk.read(&["keys", "verify"], 0)["passphrase"], sets, "{sets} {step}");
        assert_eq!((desk.kept("").as_ref(), desk.kept(".next")), (Some(after), None), "{sets} {step}");
        export(&desk, if sets { &[PASSPHRASE] } else { &[] }, 0);
    }
}

#[test]
fn a_rotation_never_puts_a_plain_key_in_the_place_of_one_that_has_just_got_a_passphrase() {
    let desk = Desk::new();
    let master = desk.recorded();
    let changing = File::open(desk.vault()).unwrap();
    flock(&changing, FlockOperation::LockExclusive).unwrap();
    let rotation = desk.talk(env!("CARGO_BIN_EXE_eyelid-reader"), &["forget-rotate"]);
    let fds = format!("/proc/{}/fd", rotation.id());
    let waits = || {
        let open = std::fs::read_dir(&fds).into_iter().flatten().flatten();
        open.filter_map(|fd| std::fs::read_link(fd.path()).ok()).any(|to| to == desk.vault())
    };
    // Its descriptors are not for others to see; that it does not end is.
    for _ in 0..50 {
        if waits() {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    let locked = under(&master, PASSPHRASE);
    desk.keep("", &locked);
    drop(changing);
    let output = rotation.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(10), "{}", String::from_utf8_lossy(&output.stdout));
    assert_eq!(desk.kept(""), Some(locked));
}

#[test]
fn a_passphrase_is_asked_on_no_terminal_when_there_is_none() {
    let desk = Desk::new();
    desk.recorded();
    desk.read_typed(&[PASSPHRASE], &SET, 0);
    let mut alone = std::process::Command::new("setsid");
    alone.args(["--wait"]).arg(env!("CARGO_BIN_EXE_eyelid-reader")).args(["verify", "--passphrase", "terminal"]);
    let reader = desk.command(&[]);
    for (name, value) in reader.get_envs() {
        match value {
            Some(value) => alone.env(name, value),
            None => alone.env_remove(name),
        };
    }
    let output = alone.output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stdout).contains("typed on a terminal"));
}
