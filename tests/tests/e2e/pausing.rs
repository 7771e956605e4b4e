//! Pauses: by key, by app in front, by time.

use anyhow::Context;
use eyelid_tests::scene::{
    ALL, STORED, all_text, bring, everything, holds, now_ms, recorded, recording, wait_stored, wait_text,
};
use eyelid_tests::{Desktop, Export, Eyelid, LONG, Rect, Result, TestWindowOptions, wait_for};
use std::collections::BTreeMap;

const PLACE: Rect = Rect { x: 600, y: 300, w: 400, h: 300 };

/// The two clocks are read in milliseconds, and the server's time is measured by asking.
const READING: i64 = 5;
/// Of two data a millisecond apart the one may round up by the wall clock and the other down.
const ROUNDING: i64 = 2;

/// A pause as the test made it, Unix milliseconds by its own clock.
struct Pause {
    /// Before the chord was sent.
    pressed: i64,
    /// Before the chord that ended it was sent.
    resumed: i64,
    /// The acknowledged instants: the last datum of each stream.
    stored: BTreeMap<String, Option<i64>>,
}

/// Presses the pause key, does `after`, and waits for the acknowledgement, whose instants are held against the press.
fn pressed(desktop: &Desktop, eyelid: &Eyelid<'_>, after: impl FnOnce() -> Result<()>) -> Result<(Pause, i64)> {
    let before = now_ms();
    desktop.input().key("ctrl+alt+p")?;
    let done = now_ms();
    after()?;
    let status = eyelid.wait_status("the pause", |s| holds(s, "user-pause") && !s["acknowledged"].is_null())?;
    let instant = |name: &str| status["acknowledged"][name].as_i64().context("an instant");
    let (asked, held) = (instant("asked")?, instant("held")?);
    assert!((before - READING..=done + READING).contains(&asked), "pressed {before}..{done}, dated {asked}");
    assert!(held >= asked);
    let stored = status["acknowledged"]["stored"].as_array().context("the streams")?.iter();
    let stored = stored.filter_map(|s| Some((s["stream"].as_str()?.to_owned(), s["at"].as_i64()))).collect();
    Ok((Pause { pressed: before, resumed: i64::MAX, stored }, held - before))
}

/// Presses it again.
fn resumed(desktop: &Desktop, eyelid: &Eyelid<'_>, pause: &mut Pause) -> Result<()> {
    pause.resumed = now_ms();
    desktop.input().key("ctrl+alt+p")?;
    eyelid.wait_status("the end of the pause", |s| !holds(s, "user-pause"))?;
    Ok(())
}

/// Every datum of an export: its stream, and its time as Unix milliseconds.
fn data(export: &Export) -> Result<Vec<(&'static str, i64)>> {
    let lines = export.frames.iter().chain(&export.events);
    lines
        .map(|line| {
            let stream = match line["kind"].as_str() {
                None => "screen",
                Some("key" | "text" | "shortcut") => "keys",
                Some("move" | "click" | "scroll") => "pointer",
                Some("focus") => "focus",
                Some(other) => anyhow::bail!("a kind of no stream: {other}"),
            };
            let time: jiff::Timestamp = line["time"].as_str().context("a line without a time")?.parse()?;
            Ok((stream, time.as_millisecond()))
        })
        .collect()
}

/// Nothing is dated in any of the pauses, and each acknowledgement named the last datum before it, for each stream.
fn assert_kept(export: &Export, pauses: &[Pause]) -> Result<()> {
    let data = data(export)?;
    for (round, pause) in pauses.iter().enumerate() {
        let within = |at: i64| (pause.pressed..pause.resumed - READING).contains(&at);
        let stored: Vec<_> = data.iter().filter(|(_, at)| within(*at)).collect();
        assert!(stored.is_empty(), "round {round}, {}..{}: {stored:?}", pause.pressed, pause.resumed);
        for stream in ["screen", "keys", "pointer", "focus"] {
            let before = data.iter().filter(|(of, at)| *of == stream && *at < pause.pressed);
            let last = before.map(|(_, at)| *at).max();
            let told = pause.stored.get(stream).copied().flatten();
            let same = told.zip(last).is_some_and(|(told, last)| (told - last).abs() <= ROUNDING);
            assert!(same || (told, last) == (None, None), "round {round}, {stream}: told {told:?}, stored {last:?}");
        }
    }
    Ok(())
}

#[test]
fn nothing_after_the_hotkey_is_ever_stored_even_while_typing() -> Result<()> {
    let desktop = Desktop::builder().full().start()?;
    let entry = desktop.gtk_entry("Diary", "Notes")?;
    let eyelid = recorded(&desktop, ALL)?;
    bring(&desktop, &eyelid, "Diary")?;
    desktop.input().type_text("before ")?;
    wait_text(&eyelid, "Diary", "before ")?;
    let mut pauses = Vec::new();
    for _ in 0..5 {
        desktop.input().type_text("typed on ")?;
        let typing = || desktop.input().type_text("never stored ").map(drop);
        let (mut pause, _) = pressed(&desktop, &eyelid, typing)?;
        resumed(&desktop, &eyelid, &mut pause)?;
        eyelid.wait_status("recording", recording)?;
        pauses.push(pause);
    }
    entry.wait_text(&format!("before {}", "typed on never stored ".repeat(5)))?;
    let begun = now_ms();
    desktop.input().set_gap_ms(30);
    desktop.input().type_text(" and after it all")?;
    wait_stored(&eyelid, "keys", begun)?;
    let export = everything(&eyelid)?;
    assert_kept(&export, &pauses)?;
    let text = all_text(&export);
    assert!(text.starts_with("before ") && !text.contains("never"), "{text}");
    Ok(())
}

#[test]
fn a_chat_window_in_front_pauses_and_does_not_cancel_the_persons_own_pause() -> Result<()> {
    let desktop = Desktop::builder().full().start()?;
    let entry = desktop.gtk_entry("Diary", "Notes")?;
    let folder = desktop.path("config").join("eyelid");
    std::fs::create_dir(&folder)?;
    // Only the rule keeps its text out.
    std::fs::write(folder.join("config.toml"), "text_apps = [\"slack\"]\n")?;
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
    eyelid.wait_status("the chat's hold", |s| {
        let mut all = s["status"]["holds"].as_array().into_iter().flatten();
        all.any(|h| h["hold"] == "sensitive-app" && h["category"] == "chat")
    })?;
    desktop.input().type_text("secret")?;
    let typed = now_ms();
    // The pause would drop it if it were still held back.
    wait_for("what would be stored by now", LONG, || (now_ms() > typed + 9000).then_some(()))?;
    eyelid.ctl_ok(&["pause"])?;
    eyelid.wait_status("both holds", |s| {
        holds(s, "sensitive-app") && holds(s, "user-pause") && s["status"]["phase"] == "paused"
    })?;
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
    let export = wait_text(&eyelid, "Diary", "again")?;
    let text = all_text(&export);
    assert!(!text.contains("secret") && !text.contains("paused"), "{text}");
    assert!(text.contains("again"), "{text}");
    assert!(!serde_json::to_string(&export.events)?.contains("Slack"));
    for frame in &export.frames {
        assert_eq!(export.picture(frame)?.count(0xff_00ff), 0);
    }
    Ok(())
}

#[test]
fn two_hundred_presses_each_take_a_menu_keeps_none_away_and_nothing_of_a_pause_is_stored() -> Result<()> {
    const SHOWN: u32 = 0x0010_a040;
    const HIDDEN: u32 = 0x00ff_00ff;
    let desktop = Desktop::builder().full().start()?;
    let options = eyelid_tests::EntryOptions { title: "Diary", menu: true, ..eyelid_tests::EntryOptions::default() };
    let _diary = desktop.gtk_entry_with(&options)?;
    let picture = desktop.plain_window("Picture", "Picture", SHOWN, PLACE)?;
    let eyelid = recorded(&desktop, ALL)?;
    // Out from under Eyelid's own window.
    desktop.activate(&desktop.window_by_title("Picture")?)?;
    bring(&desktop, &eyelid, "Diary")?;
    let menu = |w: &eyelid_tests::Window| w.override_redirect && w.class == "Notes" && w.rect.h > 40;
    let (mut pauses, mut took) = (Vec::new(), Vec::new());
    for round in 0..100_u8 {
        let active = || -> Result<()> {
            desktop.input().move_to(700 + i32::from(round), 400)?;
            desktop.input().click(5)?;
            desktop.input().move_to(600, 500 + i32::from(round))
        };
        desktop.input().type_text("ab")?;
        active()?;
        if round % 5 == 0 {
            // Longer than the hold-back, so that there is something before the pause and after the one before it.
            let changed = now_ms();
            picture.set_colour(SHOWN + u32::from(round))?;
            wait_stored(&eyelid, "screen", changed)?;
        }
        let grabbed = round % 10 == 9 || round % 10 == 5;
        if grabbed {
            // An open menu has the keyboard for itself.
            desktop.input().key("F10")?;
            desktop.wait_window("the menu", menu)?;
        }
        desktop.input().type_text("ab")?;
        active()?;
        let (mut pause, after) = pressed(&desktop, &eyelid, || {
            desktop.input().type_text("zz")?;
            picture.set_colour(HIDDEN)?;
            active()
        })?;
        took.push(after);
        desktop.input().type_text("zz")?;
        active()?;
        if grabbed {
            desktop.input().key("Escape")?;
            desktop.wait_no_window("the menu", menu)?;
        }
        picture.set_colour(SHOWN + u32::from(round))?;
        resumed(&desktop, &eyelid, &mut pause)?;
        pauses.push(pause);
    }
    took.sort_unstable();
    println!("pause key to durable acknowledgement, ms: p50 {}, p99 {}, max {}", took[50], took[98], took[99]);
    eyelid.wait_status("recording", recording)?;
    let begun = now_ms();
    desktop.input().set_gap_ms(30);
    desktop.input().type_text("after")?;
    desktop.input().move_to(620, 420)?;
    // An earlier picture shows another colour.
    let coloured = now_ms();
    picture.set_colour(SHOWN)?;
    for (stream, from) in [("keys", begun), ("pointer", begun), ("screen", coloured)] {
        wait_stored(&eyelid, stream, from)?;
    }
    let export = wait_text(&eyelid, "Diary", "after")?;
    assert_kept(&export, &pauses)?;
    let text = all_text(&export);
    assert!(!text.contains('z') && text.ends_with("after"), "{text}");
    for frame in &export.frames {
        assert_eq!(export.picture(frame)?.count(HIDDEN), 0, "{frame}");
    }
    // There was something to keep apart: data of every kind between the pauses.
    let last = export.frames.last().context("a picture")?;
    assert!(export.picture(last)?.count(SHOWN) > 10_000);
    let data = data(&export)?;
    for (stream, least) in [("screen", 20), ("keys", 30), ("pointer", 40)] {
        let count = data.iter().filter(|(of, _)| *of == stream).count();
        assert!(count >= least, "{count} of {stream}");
    }
    Ok(())
}

#[test]
fn a_picture_that_a_short_pause_took_is_taken_again_although_nothing_moves() -> Result<()> {
    // Neither toast nor panel: nothing else changes the screen.
    let desktop = Desktop::builder().full().dunst(false).panel(false).start()?;
    let window = desktop.plain_window("Other", "Other", 0x20_40_c0, Rect::new(300, 300, 300, 200))?;
    let eyelid = recorded(&desktop, "screen")?;
    let shown = |colour: u32| -> Result<bool> {
        let export = everything(&eyelid)?;
        let counts = export.frames.iter().map(|frame| Ok(export.picture(frame)?.count(colour)));
        Ok(counts.collect::<Result<Vec<_>>>()?.into_iter().any(|pixels| pixels > 2000))
    };
    wait_for("the first picture", STORED, || shown(0x20_40_c0).ok()?.then_some(()))?;
    let dropped = || -> Result<u64> {
        let status = eyelid.status()?;
        let mut reasons = status["withheld"].as_array().into_iter().flatten();
        let pause = reasons.find(|reason| reason["hold"] == "user-pause");
        Ok(pause.and_then(|reason| reason["dropped"].as_u64()).unwrap_or(0))
    };
    // One that has been taken by then, and is not yet stored, is dropped.
    for (round, wait) in [1500, 1000, 2000, 500, 2500].into_iter().enumerate() {
        let before = dropped()?;
        let colour = 0x20_80_40 + u32::try_from(round)?;
        window.set_colour(colour)?;
        std::thread::sleep(std::time::Duration::from_millis(wait));
        eyelid.ctl_ok(&["pause"])?;
        eyelid.ctl_ok(&["resume"])?;
        wait_for("the next picture", STORED, || shown(colour).ok()?.then_some(()))?;
        if dropped()? > before {
            return Ok(());
        }
    }
    anyhow::bail!("no pause took a picture")
}
