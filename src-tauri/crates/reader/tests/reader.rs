//! The real program, with a keyring of its own.

mod desk;
#[path = "reader/exporting.rs"]
mod exporting;
#[path = "reader/keeping.rs"]
mod keeping;
#[path = "reader/recovering.rs"]
mod recovering;
#[path = "reader/selecting.rs"]
mod selecting;
mod session;

use desk::Desk;
use policy::Wall;
use rustix::fs::{FlockOperation, flock};
use serde_json::{Value, json};
use std::fs::File;
use std::time::Duration;
use vault::Master;

#[test]
fn a_key_is_made_once_and_compared_ever_after() {
    let desk = Desk::new();
    assert_eq!(desk.read(&["keys", "verify"], 0), json!({"recipient": "none"}), "no vault yet");
    desk.make_vault();
    assert_eq!(desk.read(&["keys", "verify"], 0), json!({"recipient": "none"}));
    let made = desk.read(&["keys", "ensure"], 0);
    assert_eq!(made["recipient"], "verified");
    assert_eq!(vault::recipient(&desk.vault()).unwrap().as_deref(), made["key"].as_str());
    assert_eq!(desk.read(&["keys", "ensure"], 0), made);
    assert_eq!(desk.read(&["keys", "verify"], 0), made);
    let secret = desk.kept("").expect("the key is in the keyring");
    assert_eq!(Master::parse(&secret).unwrap().public(), made["key"]);
}

#[test]
fn a_call_that_got_no_further_than_the_keyring_is_gone_on_with() {
    let desk = Desk::new();
    desk.make_vault();
    let master = Master::generate();
    desk.keep("", &master.secret());
    assert_eq!(desk.read(&["keys", "ensure"], 0)["key"], master.public());
}

#[test]
fn another_key_a_lost_key_and_no_key_at_all_are_told_apart() {
    let desk = Desk::new();
    desk.make_vault();
    desk.read(&["keys", "ensure"], 0);
    desk.drop_kept("");
    for command in ["verify", "ensure"] {
        let answer = desk.read(&["keys", command], 5);
        assert!(answer["cure"].as_str().unwrap().contains("keyring"), "{answer}");
    }
    assert_eq!(desk.read(&["keys", "verify"], 5)["recipient"], "missing");
    desk.keep("", &Master::generate().secret());
    assert_eq!(desk.read(&["keys", "verify"], 5)["recipient"], "mismatch");
    desk.keep("", "not a key");
    assert_eq!(desk.read(&["keys", "verify"], 5)["recipient"], "mismatch");
}

#[test]
fn a_locked_keyring_is_told_at_once_without_asking_anybody() {
    let desk = Desk::new();
    desk.make_vault();
    desk.read(&["keys", "ensure"], 0);
    desk.lock();
    let answer = desk.read(&["keys", "verify"], 3);
    assert_eq!(answer["recipient"], "locked");
    assert!(answer["cure"].as_str().unwrap().contains("Unlock"));
    let refused = desk.read(&desk::range("export", "2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z", &["out"]), 3);
    assert_eq!(refused["message"], "The keyring is locked.");
    assert!(!desk.home().join("out").exists());
}

#[test]
fn without_a_bus_and_without_a_secret_service_there_is_no_keyring() {
    let desk = Desk::new();
    desk.make_vault();
    desk.read(&["keys", "ensure"], 0);
    for bus in ["unix:path=/nonexistent", desk.empty_bus().address.as_str()] {
        let answer = desk.read_on(bus, &["keys", "verify"], 4);
        assert_eq!(answer["recipient"], "no-keyring", "{answer}");
    }
}

#[test]
fn what_was_recorded_is_exported_exactly_and_logged_first() {
    let desk = Desk::new();
    let master = desk.recorded();
    let (from, to) = desk::hour();
    let answer = desk.read(&desk::range("export", &from, &to, &["out"]), 0);
    assert_eq!((&answer["frames"], &answer["events"]), (&json!(2), &json!(7)), "{answer}");
    assert_eq!(answer["rolled_back"], false);

    let out = desk.home().join("out");
    let events = desk.lines("out/events.jsonl");
    let kinds: Vec<&str> = events.iter().map(|event| event["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["focus", "text", "key", "shortcut", "click", "move", "scroll"]);
    let window = json!({"app": "editor", "title": "notes.txt"});
    assert_eq!(events[1]["text"], "grüße \u{202e} <b>");
    assert_eq!(events[1]["window"], window);
    assert_eq!(events[2]["count"], 3);
    assert_eq!(events[3]["keys"], "Ctrl+S");
    assert_eq!((&events[4]["button"], &events[4]["x"]), (&json!(1), &json!(5)));
    assert_eq!(events[5]["path"], json!([[1, 2], [5, 6]]));
    assert_eq!(events[5]["window"], Value::Null);
    assert_eq!((&events[6]["dx"], &events[6]["dy"]), (&json!(0), &json!(-2)));
    let time = events[1]["time"].as_str().unwrap();
    assert_eq!(time.parse::<jiff::Timestamp>().unwrap().as_millisecond(), desk::T0 + 1);

    let frames = desk.lines("out/frames.jsonl");
    assert_eq!(frames[0]["file"], "frames/000001.png");
    assert_eq!(frames[0]["windows"], json!([{"app": "editor", "title": "notes.txt", "rect": [1, 2, 30, 40]}]));
    for (frame, seed) in frames.iter().zip([1, 2]) {
        let png = std::fs::File::open(out.join(frame["file"].as_str().unwrap())).unwrap();
        let mut png = png::Decoder::new(std::io::BufReader::new(png)).read_info().unwrap();
        let mut pixels = vec![0; png.output_buffer_size().unwrap()];
        png.next_frame(&mut pixels).unwrap();
        let expected: Vec<u8> = desk::picture(seed).chunks_exact(4).flat_map(|p| [p[2], p[1], p[0]]).collect();
        assert_eq!(pixels, expected);
    }
    desk::assert_private(&out);
    desk::assert_as_the_schema_says(&out, &frames, &events);

    let log = desk.read(&["log", "--json"], 0);
    assert_eq!((&log["chain_holds"], &log["rolled_back"]), (&json!(true), &json!(false)));
    let kinds: Vec<&Value> = log["entries"].as_array().unwrap().iter().map(|entry| &entry["kind"]).collect();
    assert_eq!(kinds, ["reading", "export"]);
    assert_eq!(log["entries"][0]["program"], "test");
    assert_eq!(log["entries"][0]["purpose"], "export");
    assert!(log["entries"][0]["items"].as_u64().unwrap() >= 3);
    drop(master);
}

#[test]
fn a_range_that_holds_nothing_gives_an_empty_export() {
    let desk = Desk::new();
    desk.recorded();
    let answer = desk.read(&desk::range("export", "2020-01-01T00:00:00Z", "2020-01-02T00:00:00+01:00", &["out"]), 0);
    assert_eq!((&answer["frames"], &answer["events"]), (&json!(0), &json!(0)));
    assert!(desk.lines("out/frames.jsonl").is_empty());
}

#[test]
fn an_export_goes_only_into_a_new_or_empty_folder() {
    let desk = Desk::new();
    desk.recorded();
    let (from, to) = desk::hour();
    std::fs::create_dir(desk.home().join("full")).unwrap();
    std::fs::write(desk.home().join("full/theirs"), "theirs").unwrap();
    let refused = desk.read(&desk::range("export", &from, &to, &["full"]), 2);
    assert!(refused["cure"].is_string());
    assert_eq!(std::fs::read_dir(desk.home().join("full")).unwrap().count(), 1);
    std::fs::create_dir(desk.home().join("empty")).unwrap();
    desk.read(&desk::range("export", &from, &to, &["empty"]), 0);
    desk::assert_private(&desk.home().join("empty"));
}

#[test]
fn a_bad_command_line_is_refused_without_repeating_it() {
    let desk = Desk::new();
    for bad in [&["nonsense-marker"][..], &["export", "--from", "marker", "--to", "x", "marker"], &["keys"]] {
        let answer = desk.read(bad, 2);
        assert!(answer["cure"].is_string() && !answer.to_string().contains("marker"), "{answer}");
    }
}

#[test]
fn a_summary_counts_per_stream_and_per_app() {
    let desk = Desk::new();
    desk.recorded();
    let (from, to) = desk::hour();
    let answer = desk.read(&desk::range("summary", &from, &to, &[]), 0);
    assert_eq!(answer["streams"], json!({"frames": 2, "keys": 15, "pointer": 3, "focus": 1}), "{answer}");
    assert_eq!(answer["apps"]["editor"], json!({"frames": 2, "keys": 15, "pointer": 2, "focus": 1}));
    assert_eq!(answer["withheld_seconds"], json!({"2026-11-24": {"chat": 12}}));
    assert_eq!(desk.read(&["log"], 0)["entries"][0]["purpose"], "summary");
}

#[test]
fn verify_is_clean_and_damage_is_named_and_the_rest_still_exported() {
    let desk = Desk::new();
    desk.recorded();
    let answer = desk.read(&["verify", "--json"], 0);
    assert_eq!((&answer["clean"], &answer["log_holds"]), (&json!(true), &json!(true)), "{answer}");
    desk.sql("UPDATE record SET sealed = zeroblob(length(sealed)) WHERE kind = 'events'");
    let answer = desk.read(&["verify"], 6);
    assert!(answer["damage"][0]["epoch"].is_number() && answer["message"].is_string(), "{answer}");
    let (from, to) = desk::hour();
    let answer = desk.read(&desk::range("export", &from, &to, &["out"]), 6);
    assert_eq!((&answer["frames"], &answer["events"]), (&json!(2), &json!(0)), "{answer}");
    assert_eq!(desk.lines("out/frames.jsonl").len(), 2);
}

#[test]
fn an_older_copy_put_back_shows_and_goes_on_to_show() {
    let desk = Desk::new();
    desk.recorded();
    desk.read(&["verify"], 0);
    let copy = desk.copy_vault();
    desk.read(&["verify"], 0);
    desk.put_back(&copy);
    for _ in 0..2 {
        assert_eq!(desk.read(&["log"], 0)["rolled_back"], true);
        let answer = desk.read(&["verify"], 6);
        assert!(answer["message"].as_str().unwrap().contains("older copy"), "{answer}");
    }
}

#[test]
fn a_newer_vault_and_a_file_that_is_none_are_refused_untouched() {
    let desk = Desk::new();
    desk.make_vault();
    desk.sql("PRAGMA user_version = 99");
    let answer = desk.read(&["keys", "verify"], 7);
    assert!(answer["cure"].as_str().unwrap().contains("Update"), "{answer}");
    std::fs::write(desk.vault().join("vault.db"), "this is no database, and long enough to be told so").unwrap();
    assert!(desk.read(&["log"], 7)["cure"].is_string());
}

#[test]
fn a_rotation_leaves_everything_readable_and_drops_the_old_key() {
    let desk = Desk::new();
    let old = desk.recorded();
    let before = desk.copy_vault();
    let answer = desk.read(&["forget-rotate"], 0);
    assert_ne!(answer["key"], old.public());
    assert_eq!(answer["unreadable"], 0);
    assert_eq!(desk.read(&["keys", "verify"], 0)["key"], answer["key"]);
    let kept = desk.kept("").unwrap();
    assert_eq!(Master::parse(&kept).unwrap().public(), answer["key"]);
    assert_eq!(desk.kept(".next"), None);
    assert_eq!(desk.read(&["verify"], 0)["clean"], true);
    let (from, to) = desk::hour();
    assert_eq!(desk.read(&desk::range("export", &from, &to, &["out"]), 0)["events"], 7);
    assert!(vault::Opener::open(&before, Master::parse(&kept).unwrap()).is_err());
}

#[test]
fn a_rotation_killed_between_any_two_steps_is_completed_by_the_next_run() {
    for step in 1..=3 {
        let desk = Desk::new();
        let old = desk.recorded();
        let next = Master::generate();
        desk.keep(".next", &next.secret());
        if step >= 2 {
            vault::rotate(&desk.vault(), &old, &next, Wall(desk::T0), Duration::from_secs(5)).unwrap();
        }
        if step >= 3 {
            desk.keep("", &next.secret());
        }
        let now = if step >= 2 { next.public() } else { old.public() };
        assert_eq!(desk.read(&["keys", "verify"], 0)["key"], now, "readable in between, step {step}");
        let answer = desk.read(&["forget-rotate"], 0);
        if step < 3 {
            assert_eq!(answer["key"], next.public(), "step {step}");
        } else {
            assert_ne!(answer["key"], next.public(), "a spent key is not used again");
        }
        assert_eq!(desk.kept(".next"), None);
        assert_eq!(desk.read(&["verify"], 0)["clean"], true, "step {step}");
    }
}

#[test]
fn what_needs_the_key_waits_while_it_is_being_replaced() {
    let (from, to) = desk::hour();
    for asked in [&["keys", "verify"][..], &["verify"], &desk::range("export", &from, &to, &["out"])] {
        let desk = Desk::new();
        let (old, next) = (desk.recorded(), Master::generate());
        let changing = File::open(desk.vault()).unwrap();
        flock(&changing, FlockOperation::LockExclusive).unwrap();
        // The vault as it was before the middle of a rotation, the keyring as it is after it.
        desk.keep("", &next.secret());
        let mut reading = desk.talk(env!("CARGO_BIN_EXE_eyelid-reader"), asked);
        std::thread::sleep(Duration::from_millis(500));
        assert!(reading.try_wait().unwrap().is_none(), "{asked:?} did not wait");
        vault::rotate(&desk.vault(), &old, &next, Wall(desk::T0), Duration::from_secs(5)).unwrap();
        drop(changing);
        let output = reading.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{asked:?}: {}", String::from_utf8_lossy(&output.stdout));
    }
}

#[test]
fn making_a_key_asks_to_unlock_and_tells_when_nobody_does() {
    let desk = Desk::new();
    desk.make_vault();
    desk.lock();
    // There is no display here: the question cannot be put, which counts as declined.
    let answer = desk.read(&["keys", "ensure"], 3);
    assert!(answer["cure"].as_str().unwrap().contains("Unlock"), "{answer}");
    assert_eq!(desk.read(&["keys", "verify"], 0), json!({"recipient": "none"}), "nothing half-made");
}

#[test]
fn a_keyring_that_was_never_set_up_counts_as_locked() {
    let desk = Desk::without_a_keyring_yet();
    desk.make_vault();
    assert_eq!(desk.read(&["keys", "ensure"], 3)["message"], "The keyring is locked.");
}
