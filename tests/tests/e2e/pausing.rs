//! Pauses: by key, by app in front, by time.

use anyhow::Context;
use eyelid_tests::scene::{ALL, bring, everything, holds, now_ms, recorded, recording, wait_stored, wall_of};
use eyelid_tests::{Desktop, Rect, Result, TestWindowOptions};

const PLACE: Rect = Rect { x: 600, y: 300, w: 400, h: 300 };

/// Every datum of an export, as Unix milliseconds.
fn times(export: &eyelid_tests::Export) -> Result<Vec<i64>> {
    let lines = export.frames.iter().chain(&export.events);
    lines
        .map(|line| {
            let text = line["time"].as_str().context("a line without a time")?;
            let time: jiff::Timestamp = text.parse()?;
            Ok(time.as_millisecond())
        })
        .collect()
}

#[test]
fn nothing_after_the_hotkey_is_ever_stored_even_while_typing() -> Result<()> {
    let desktop = Desktop::builder().full().start()?;
    let entry = desktop.gtk_entry("Diary", "Notes")?;
    let eyelid = recorded(&desktop, ALL)?;
    bring(&desktop, &eyelid, "Diary")?;
    desktop.input().type_text("before ")?;
    wait_stored(&eyelid, "keys", now_ms() - 1000)?;
    let mut gaps = Vec::new();
    for round in 0..5 {
        desktop.input().type_text("typed on ")?;
        let pressed = desktop.input().key("ctrl+alt+p")?;
        desktop.input().type_text("never stored ")?;
        let status = eyelid.wait_status("the pause", |s| holds(s, "user-pause") && !s["acknowledged"].is_null())?;
        let asked = status["acknowledged"]["asked"].as_i64().context("an instant")?;
        assert!((asked - wall_of(pressed.asked)).abs() <= 1000, "round {round}: {asked}");
        let resumed = desktop.input().key("ctrl+alt+p")?;
        eyelid.wait_status("recording", recording)?;
        gaps.push((asked, wall_of(resumed.asked)));
    }
    entry.wait_text(&format!("before {}", "typed on never stored ".repeat(5)))?;
    let begun = now_ms();
    desktop.input().set_gap_ms(30);
    desktop.input().type_text(" and after it all")?;
    wait_stored(&eyelid, "keys", begun)?;
    let export = everything(&eyelid)?;
    for (from, to) in gaps {
        let stored: Vec<i64> = times(&export)?.into_iter().filter(|at| (from..to - 50).contains(at)).collect();
        assert!(stored.is_empty(), "{from}..{to}: {stored:?}");
    }
    let text: String = export.events.iter().filter_map(|e| e["text"].as_str()).collect();
    assert!(text.starts_with("before ") && !text.contains("never"), "{text}");
    Ok(())
}

#[test]
fn a_chat_window_in_front_pauses_and_does_not_cancel_the_persons_own_pause() -> Result<()> {
    let desktop = Desktop::builder().full().start()?;
    let entry = desktop.gtk_entry("Diary", "Notes")?;
    let eyelid = recorded(&desktop, ALL)?;
    let slack = TestWindowOptions {
        title: "general - Acme - Slack",
        class: "Slack",
        executable: Some("slack"),
        colour: 0xff_00ff,
        place: PLACE,
        ..TestWindowOptions::default()
    };
    let chat = desktop.test_window(&slack)?;
    desktop.activate(&desktop.window_by_title("general - Acme - Slack")?)?;
    let status = eyelid.wait_status("the chat's hold", |s| holds(s, "sensitive-app"))?;
    assert_eq!(status["status"]["holds"][0]["category"], "chat");
    desktop.input().type_text("secret")?;
    eyelid.ctl_ok(&["pause"])?;
    let both = eyelid.wait_status("both holds", |s| holds(s, "sensitive-app") && holds(s, "user-pause"))?;
    assert_eq!(both["status"]["phase"], "paused");
    desktop.activate(&desktop.window_by_title("Diary")?)?;
    eyelid.wait_status("the pause alone", |s| holds(s, "user-pause") && !holds(s, "sensitive-app"))?;
    desktop.input().type_text("still paused")?;
    eyelid.ctl_ok(&["resume"])?;
    eyelid.wait_status("recording", recording)?;
    let begun = now_ms();
    desktop.input().set_gap_ms(30);
    desktop.input().type_text(" recorded again")?;
    entry.wait_text("still paused recorded again")?;
    wait_stored(&eyelid, "keys", begun)?;
    wait_stored(&eyelid, "screen", begun)?;
    drop(chat);
    let export = everything(&eyelid)?;
    let text: String = export.events.iter().filter_map(|e| e["text"].as_str()).collect();
    assert!(!text.contains("secret") && !text.contains("paused"), "{text}");
    assert!(text.contains("again"), "{text}");
    assert!(!serde_json::to_string(&export.events)?.contains("Slack"));
    for frame in &export.frames {
        assert_eq!(export.picture(frame)?.count(0xff_00ff), 0);
    }
    Ok(())
}

#[test]
fn two_hundred_presses_each_take_and_a_menu_keeps_none_away() -> Result<()> {
    let desktop = Desktop::builder().full().start()?;
    let options = eyelid_tests::EntryOptions { title: "Diary", menu: true, ..eyelid_tests::EntryOptions::default() };
    let _diary = desktop.gtk_entry_with(&options)?;
    let eyelid = recorded(&desktop, ALL)?;
    desktop.activate(&desktop.window_by_title("Diary")?)?;
    let mut took = Vec::new();
    for round in 0..100 {
        let grabbed = round % 10 == 9;
        if grabbed {
            // An open menu has the keyboard for itself.
            desktop.input().key("F10")?;
        }
        let pressed = desktop.input().key("ctrl+alt+p")?;
        let status = eyelid.wait_status("the pause", |s| holds(s, "user-pause") && !s["acknowledged"].is_null())?;
        let held = status["acknowledged"]["held"].as_i64().context("an instant")?;
        took.push(held - wall_of(pressed.asked));
        if grabbed {
            desktop.input().key("Escape")?;
        }
        desktop.input().key("ctrl+alt+p")?;
        eyelid.wait_status("the end of the pause", |s| !holds(s, "user-pause"))?;
    }
    took.sort_unstable();
    println!("pause key to durable acknowledgement, ms: p50 {}, p99 {}, max {}", took[50], took[98], took[99]);
    assert_eq!(took.len(), 100);
    Ok(())
}
