//! An export is there whole or not at all.

use crate::desk::{self, Desk};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

const PICTURES: u32 = 150;

fn hidden(desk: &Desk) -> PathBuf {
    desk.home().join(".out.partial")
}

/// An export that was stopped in the middle.
fn stopped_in_the_middle(desk: &Desk, options: &[&str]) -> Child {
    let (from, to) = desk::hour();
    let mut export = desk.command(&desk::range("export", &from, &to, &[&["out"], options].concat()));
    let export = export.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let until = Instant::now() + Duration::from_secs(60);
    while !hidden(desk).join("frames/000003.png").exists() {
        assert!(Instant::now() < until, "it should have begun");
        std::thread::sleep(Duration::from_millis(1));
    }
    kill_process(Pid::from_child(&export), Signal::STOP).unwrap();
    assert!(!hidden(desk).join(format!("frames/{PICTURES:06}.png")).exists(), "it was too fast to be stopped");
    assert!(!desk.home().join("out").exists());
    desk::assert_private(&hidden(desk));
    export
}

fn go_on(export: &Child) {
    kill_process(Pid::from_child(export), Signal::CONT).unwrap();
}

fn log_kinds(desk: &Desk) -> Vec<Value> {
    let log = desk.read(&["log"], 0);
    log["entries"].as_array().unwrap().iter().map(|entry| entry["kind"].clone()).collect()
}

#[test]
fn an_export_that_is_no_longer_wanted_leaves_nothing_and_has_its_own_code() {
    let desk = Desk::new();
    desk.recorded_pictures(PICTURES);
    let mut export = stopped_in_the_middle(&desk, &["--until-closed"]);
    std::fs::hard_link(hidden(&desk).join("frames.jsonl"), desk.home().join("kept")).unwrap();
    drop(export.stdin.take());
    go_on(&export);
    let output = export.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(8), "{}", String::from_utf8_lossy(&output.stderr));
    let said: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(said["message"].as_str().unwrap().contains("cancelled") && said["cure"].is_string(), "{said}");
    assert!(!desk.home().join("out").exists() && !hidden(&desk).exists());
    assert!(desk.lines("kept").len() < PICTURES as usize, "it stopped at once, not at its end");
    assert_eq!(log_kinds(&desk), ["reading", "export"], "what was opened is on record all the same");
}

#[test]
fn an_export_that_is_killed_has_no_name_and_the_next_one_removes_what_it_left() {
    let desk = Desk::new();
    desk.recorded_pictures(PICTURES);
    let mut export = stopped_in_the_middle(&desk, &[]);
    let refused = desk.read(&desk::range("export", &desk::hour().0, &desk::hour().1, &["out"]), 2);
    assert!(refused["message"].as_str().unwrap().contains("under way"), "{refused}");
    export.kill().unwrap();
    export.wait().unwrap();
    assert!(!desk.home().join("out").exists());
    assert!(hidden(&desk).join("frames/000003.png").exists(), "kill -9 leaves it hidden");
    let answer = desk.read(&desk::range("export", &desk::hour().0, &desk::hour().1, &["out"]), 0);
    assert_eq!(answer["frames"], PICTURES);
    assert!(!hidden(&desk).exists());
    assert_eq!(desk.lines("out/frames.jsonl").len(), PICTURES as usize);
    desk::assert_private(&desk.home().join("out"));
}

#[test]
fn an_export_whose_disk_is_full_leaves_nothing() {
    let desk = Desk::new();
    desk.recorded_pictures(PICTURES);
    let small = desk.home().join("small");
    std::fs::create_dir(&small).unwrap();
    let tmpfs = ["-t", "tmpfs", "-o", "size=2m", "tmpfs"];
    let mounted = std::process::Command::new("mount").args(tmpfs).arg(&small).status();
    assert!(mounted.is_ok_and(|status| status.success()), "a small file system needs the right to mount it");
    let (from, to) = desk::hour();
    let answer = desk.read(&desk::range("export", &from, &to, &["small/out"]), 7);
    let left = std::fs::read_dir(&small).unwrap().count();
    let unmounted = std::process::Command::new("umount").arg(&small).status();
    assert!(unmounted.is_ok_and(|status| status.success()));
    assert_eq!(left, 0);
    assert!(answer["cure"].as_str().unwrap().contains("disk is not full"), "{answer}");
}

#[test]
fn an_export_tells_how_far_it_is() {
    let desk = Desk::new();
    desk.recorded_pictures(PICTURES);
    let (from, to) = desk::hour();
    let mut export = desk.command(&desk::range("export", &from, &to, &["out", "--progress", "--until-closed"]));
    let begun = Instant::now();
    let mut export = export.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let open = export.stdin.take();
    let told: Vec<Value> = BufReader::new(export.stderr.take().unwrap())
        .lines()
        .map(|line| serde_json::from_str(&line.unwrap()).unwrap())
        .collect();
    assert!(export.wait().unwrap().success());
    let most = 1 + begun.elapsed().as_millis() / 200;
    assert!(!told.is_empty() && told.len() as u128 <= most, "{} lines, {most} at most", told.len());
    let of = &told[0]["of"];
    assert!(of.as_u64().unwrap() >= u64::from(2 * PICTURES), "a picture is two records: {told:?}");
    let mut before = 0;
    for line in &told {
        assert_eq!(&line["of"], of);
        assert!(line["done"].as_u64().unwrap() >= before && line["done"].as_u64() <= of.as_u64(), "{told:?}");
        before = line["done"].as_u64().unwrap();
    }
    drop(open);
}

#[test]
fn an_export_takes_the_place_of_an_empty_folder_and_of_nothing_else() {
    let desk = Desk::new();
    desk.recorded();
    let (from, to) = desk::hour();
    std::os::unix::fs::symlink("/nonexistent", desk.home().join("link")).unwrap();
    std::fs::write(desk.home().join("file"), "theirs").unwrap();
    // Something else that happens to have the hidden name.
    std::fs::write(desk.home().join(".taken.partial"), "theirs").unwrap();
    for (name, code) in [("link", 2), ("file", 2), ("taken", 7)] {
        let answer = desk.read(&desk::range("export", &from, &to, &[name]), code);
        assert!(answer["cure"].is_string(), "{answer}");
    }
    for theirs in ["file", ".taken.partial"] {
        assert_eq!(std::fs::read_to_string(desk.home().join(theirs)).unwrap(), "theirs");
    }
    assert_eq!(desk.read(&desk::range("export", &from, &to, &["a/new/one"]), 0)["frames"], json!(2));
}
