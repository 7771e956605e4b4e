//! Forgetting one app, or one picture, with the real program.

use crate::desk::{self, Desk};
use serde_json::json;

fn app<'a>(from: &'a str, to: &'a str, app: &'a str) -> Vec<&'a str> {
    desk::range("forget", from, to, &["--app", app])
}

#[test]
fn an_app_is_forgotten_logged_without_its_name_and_gone_after_the_rotation() {
    let desk = Desk::new();
    desk.recorded();
    let (from, to) = desk::hour();
    let answer = desk.read(&app(&from, &to, "editor"), 0);
    assert_eq!((&answer["events"], &answer["pictures"], &answer["emptied"]), (&json!(6), &json!(2), &json!(true)));
    let log = desk.read(&["log"], 0);
    let kinds: Vec<_> = log["entries"].as_array().unwrap().iter().map(|entry| entry["kind"].clone()).collect();
    assert_eq!(kinds, ["reading", "forgotten"]);
    assert_eq!((&log["entries"][0]["program"], &log["entries"][0]["purpose"]), (&json!("test"), &json!("forget")));
    assert_eq!(log["entries"][1]["how"], "one app");
    assert!(log["chain_holds"] == true && !log.to_string().contains("editor"), "{log}");
    assert_eq!(desk.read(&["verify"], 0)["clean"], true);
    let rotated = desk.read(&["forget-rotate"], 0);
    assert_eq!(rotated["resealed"], 1, "{rotated}");
    let left = desk.read(&desk::range("summary", &from, &to, &[]), 0);
    assert_eq!(left["streams"], json!({"frames": 0, "keys": 0, "pointer": 1, "focus": 0}), "{left}");
    assert_eq!(left["apps"], json!({}));
    assert_eq!(left["withheld_seconds"], json!({"2026-11-24": {"chat": 12}}));
}

#[test]
fn one_picture_is_forgotten_by_its_time() {
    let desk = Desk::new();
    desk.recorded();
    let at = jiff::Timestamp::from_millisecond(desk::T0 + 7).unwrap().to_string();
    let answer = desk.read(&desk::range("forget", &at, &at, &["--picture"]), 0);
    assert_eq!((&answer["events"], &answer["pictures"]), (&json!(0), &json!(1)));
    assert_eq!(desk.read(&["log"], 0)["entries"][1]["how"], "one picture");
    let (from, to) = desk::hour();
    let left = desk.read(&desk::range("export", &from, &to, &["out"]), 0);
    assert_eq!((&left["frames"], &left["events"]), (&json!(1), &json!(7)));
    assert_eq!(desk.read(&["verify"], 0)["clean"], true);
}

#[test]
fn what_is_still_being_written_is_refused_with_its_own_code() {
    let desk = Desk::new();
    desk.recorded();
    desk.sql("UPDATE epoch SET closed = 0 WHERE kind = 'minute'");
    let (from, to) = desk::hour();
    let answer = desk.read(&app(&from, &to, "editor"), 9);
    assert!(answer["message"].as_str().unwrap().contains("still being written"), "{answer}");
    assert!(answer["cure"].as_str().unwrap().contains("in a minute"), "{answer}");
    assert_eq!(desk.read(&desk::range("summary", &from, &to, &[]), 0)["streams"]["frames"], 2);
}

#[test]
fn a_forgetting_says_what_of_and_needs_the_key() {
    let desk = Desk::new();
    desk.recorded();
    let (from, to) = desk::hour();
    for bad in [&[][..], &["--app", "marker", "--picture"]] {
        let answer = desk.read(&desk::range("forget", &from, &to, bad), 2);
        assert!(!answer.to_string().contains("marker"), "{answer}");
    }
    assert_eq!(desk.read(&app(&to, &from, "editor"), 2)["message"], "The range ends before it begins.");
    desk.lock();
    assert_eq!(desk.read(&app(&from, &to, "editor"), 3)["message"], "The keyring is locked.");
}
