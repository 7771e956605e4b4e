//! Parts of the desktop, and of Eyelid itself, that are killed, stopped or replaced while it records. What touches the
//! recording holds from the first sign on; what does not is only shown; both go on without a person.

use crate::sites::bus_of;
use anyhow::Context;
use eyelid_tests::scene::{
    ALL, STORED, all_text, bring, everything, holds, now_ms, recorded, recording, text_in, typable, wait_stored,
    wait_text,
};
use eyelid_tests::{
    Desktop, EntryOptions, Export, Eyelid, EyelidOptions, LONG, Part, Rect, Result, TestWindow, TestWindowOptions,
    wait_for,
};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use std::time::Duration;

/// From the first sign of a fault on, nothing is dated later than this.
const WITHIN: i64 = 100;
/// Two clocks, each read in milliseconds.
const READING: i64 = 5;
const CHAT: u32 = 0xc0_20_80;
const TITLE: &str = "general - Acme - Slack";

/// When every datum of an export is dated.
fn times(export: &Export) -> Vec<i64> {
    let time = |line: &Value| Some(line["time"].as_str()?.parse::<jiff::Timestamp>().ok()?.as_millisecond());
    export.frames.iter().chain(&export.events).filter_map(time).collect()
}

/// Nothing is dated between the sign of a fault and the end of what came of it.
fn assert_nothing_between(export: &Export, sign: i64, end: i64) {
    let within = |at: &&i64| (sign + WITHIN + READING..end - READING).contains(*at);
    let all = times(export);
    let wrong: Vec<_> = all.iter().filter(within).map(|at| at - sign).collect();
    assert!(wrong.is_empty(), "{wrong:?} ms after the sign, of {}", end - sign);
    assert!(all.iter().any(|at| *at < sign) && all.iter().any(|at| *at >= end), "nothing before or after it");
}

fn chat(desktop: &Desktop) -> Result<TestWindow> {
    desktop.test_window(&TestWindowOptions {
        title: TITLE,
        class: "Slack",
        executable: Some("slack"),
        colour: CHAT,
        place: Rect::new(700, 300, 400, 300),
        ..TestWindowOptions::default()
    })
}

fn assert_no_chat(export: &Export) -> Result<()> {
    for frame in &export.frames {
        assert_eq!(export.picture(frame)?.count(CHAT), 0, "{frame}");
    }
    assert!(export.events.iter().all(|e| e["window"]["title"] != TITLE));
    Ok(())
}

/// Types, and waits until all of it is stored: a fault takes what is not.
fn types(desktop: &Desktop, eyelid: &Eyelid<'_>, text: &str) -> Result<()> {
    desktop.input().set_gap_ms(30);
    let begun = now_ms();
    desktop.input().type_text(text)?;
    wait_stored(eyelid, "keys", begun)?;
    wait_for("the text in the vault", 2 * STORED, || all_text(&everything(eyelid).ok()?).ends_with(text).then_some(()))
        .with_context(|| format!("{text:?} in {:?}", everything(eyelid).map(|export| export.events)))
}

fn agent(eyelid: &Eyelid<'_>) -> Result<Pid> {
    eyelid.pid_of("eyelid-agent").and_then(Pid::from_raw).context("an agent")
}

/// Waits for another agent; comes back with the last time at which there was none.
fn another(eyelid: &Eyelid<'_>, than: Pid) -> Result<i64> {
    let mut none = now_ms();
    wait_for("another agent", LONG, || {
        let looked = now_ms();
        let found = agent(eyelid).ok().filter(|pid| *pid != than);
        if found.is_none() {
            none = looked;
        }
        found
    })?;
    Ok(none)
}

fn fault<'a>(status: &'a Value, code: &str) -> Option<&'a Value> {
    status["faults"].as_array()?.iter().find(|fault| fault["code"] == code)
}

#[test]
fn a_killed_recorder_records_nothing_until_another_one_does_and_loses_nothing_that_was_stored() -> Result<()> {
    let desktop = Desktop::builder().full().start()?;
    let entry = desktop.gtk_entry_with(&eyelid_tests::EntryOptions {
        title: "Diary",
        password: true,
        ..eyelid_tests::EntryOptions::default()
    })?;
    let eyelid = recorded(&desktop, ALL)?;
    bring(&desktop, &eyelid, "Diary")?;
    types(&desktop, &eyelid, "before ")?;
    let first = agent(&eyelid)?;
    let sign = now_ms();
    kill_process(first, Signal::KILL)?;
    desktop.input().type_text("never ")?;
    // By then nothing has been taken in anew.
    let end = another(&eyelid, first)?;
    eyelid.wait_status("recording again", recording)?;
    typable(&desktop, &eyelid, &entry)?;
    types(&desktop, &eyelid, "after")?;
    let export = wait_text(&eyelid, "Diary", "after")?;
    let said = text_in(&export, "Diary");
    assert!(said.starts_with("before ") && !said.contains("never"), "{said}");
    assert_nothing_between(&export, sign, end);
    Ok(())
}

#[test]
fn a_stopped_recorder_stores_no_chat_that_came_to_the_front_meanwhile_and_goes_on() -> Result<()> {
    let desktop = Desktop::builder().full().start()?;
    let _diary = desktop.gtk_entry("Diary", "Notes")?;
    let _chat = chat(&desktop)?;
    let eyelid = recorded(&desktop, ALL)?;
    bring(&desktop, &eyelid, "Diary")?;
    types(&desktop, &eyelid, "before ")?;
    let stopped = agent(&eyelid)?;
    kill_process(stopped, Signal::STOP)?;
    desktop.activate(&desktop.window_by_title(TITLE)?)?;
    desktop.input().type_text("not for the record")?;
    desktop.activate(&desktop.window_by_title("Diary")?)?;
    kill_process(stopped, Signal::CONT)?;
    eyelid.wait_status("recording again", recording)?;
    bring(&desktop, &eyelid, "Diary")?;
    types(&desktop, &eyelid, "after")?;
    assert_eq!(agent(&eyelid)?, stopped);
    let export = wait_text(&eyelid, "Diary", "after")?;
    let all = all_text(&export);
    assert!(all.contains("before ") && !all.contains("record"), "{all}");
    assert_no_chat(&export)
}

#[test]
fn a_recorder_that_does_not_take_the_pause_key_is_ended_and_the_next_one_begins_paused() -> Result<()> {
    let desktop = Desktop::builder().full().start()?;
    let _diary = desktop.gtk_entry("Diary", "Notes")?;
    let eyelid = recorded(&desktop, ALL)?;
    bring(&desktop, &eyelid, "Diary")?;
    types(&desktop, &eyelid, "before ")?;
    let stopped = agent(&eyelid)?;
    kill_process(stopped, Signal::STOP)?;
    let sign = now_ms();
    desktop.input().key("ctrl+alt+p")?;
    desktop.input().type_text("never ")?;
    desktop.wait_notification("Recording was ended")?;
    another(&eyelid, stopped)?;
    eyelid.wait_status("the pause", |s| holds(s, "user-pause"))?;
    desktop.input().type_text("never ")?;
    let end = now_ms();
    eyelid.ctl_ok(&["resume"])?;
    eyelid.wait_status("recording", recording)?;
    let begun = now_ms();
    bring(&desktop, &eyelid, "Diary")?;
    wait_stored(&eyelid, "screen", begun)?;
    let export = everything(&eyelid)?;
    assert!(!text_in(&export, "Diary").contains("never"), "{}", text_in(&export, "Diary"));
    assert_nothing_between(&export, sign, end);
    Ok(())
}

#[test]
fn after_the_x_server_died_eyelid_started_on_the_next_one_goes_on_as_agreed() -> Result<()> {
    let desktop = Desktop::builder().full().start()?;
    let _diary = desktop.gtk_entry("Diary", "Notes")?;
    let eyelid = recorded(&desktop, ALL)?;
    bring(&desktop, &eyelid, "Diary")?;
    types(&desktop, &eyelid, "before ")?;
    let consent = eyelid.status()?["consent"].clone();
    let sign = now_ms();
    desktop.kill(Part::Display)?;
    for program in ["eyelid-agent", "eyelid"] {
        wait_for(program, LONG, || eyelid.pid_of(program).is_none().then_some(()))?;
    }
    drop(eyelid);
    let name = desktop.next_display()?;
    let end = now_ms();
    let variables = [("DISPLAY", name.as_str())];
    // Without its window, which may come last and cover all that there is to record.
    let options = EyelidOptions { variables: &variables, arguments: &["--background"], ..EyelidOptions::default() };
    let eyelid = Eyelid::start_with(&desktop, &options)?;
    let other = |program: &str| -> Result<_> {
        let mut command = desktop.command(program);
        command.env("DISPLAY", &name);
        desktop.spawn(command)
    };
    // Somebody has to say what is in front, and does so of windows that come later.
    let _manager = other("openbox")?;
    wait_for("the window manager", LONG, || {
        let mut asked = desktop.command("xprop");
        asked.args(["-display", &name, "-root", "_NET_SUPPORTING_WM_CHECK"]);
        let said = desktop.run(asked).ok()?;
        String::from_utf8_lossy(&said.stdout).contains("window id").then_some(())
    })?;
    let _window = other("xterm")?;
    let status = eyelid.wait_status("recording on the next one", recording)?;
    assert_eq!(status["consent"], consent);
    wait_stored(&eyelid, "screen", end)?;
    let export = everything(&eyelid)?;
    assert_nothing_between(&export, sign, end);
    let verified: Value = serde_json::from_str(&eyelid.ctl_ok(&["verify", "--json"])?)?;
    assert_eq!(verified["clean"], true);
    Ok(())
}

#[test]
fn a_window_manager_that_is_killed_and_replaced_costs_no_privacy_and_recording_goes_on() -> Result<()> {
    let desktop = Desktop::builder().full().start()?;
    let _diary = desktop.gtk_entry("Diary", "Notes")?;
    let _chat = chat(&desktop)?;
    let eyelid = recorded(&desktop, ALL)?;
    bring(&desktop, &eyelid, "Diary")?;
    types(&desktop, &eyelid, "before ")?;
    let first = agent(&eyelid)?;
    for round in 0..3 {
        desktop.kill(Part::Wm)?;
        desktop.start(Part::Wm)?;
        desktop.activate(&desktop.window_by_title(TITLE)?)?;
        eyelid.wait_status("the chat's hold", |s| holds(s, "sensitive-app"))?;
        desktop.input().type_text("not for the record")?;
        desktop.activate(&desktop.window_by_title("Diary")?)?;
        eyelid.wait_status("recording", recording)?;
        bring(&desktop, &eyelid, "Diary")?;
        types(&desktop, &eyelid, &format!("round {round} "))?;
    }
    assert_eq!(agent(&eyelid)?, first);
    let export = wait_text(&eyelid, "Diary", "round 2 ")?;
    assert_eq!(text_in(&export, "Diary"), "before round 0 round 1 round 2 ");
    let all = all_text(&export);
    assert!(!all.contains("record"), "{all}");
    assert_no_chat(&export)
}

#[test]
fn an_accessibility_bus_that_is_killed_holds_and_when_it_is_back_recording_goes_on_without_a_person() -> Result<()> {
    let desktop = Desktop::builder().full().start()?;
    let _diary = desktop.gtk_entry("Diary", "Notes")?;
    let eyelid = recorded(&desktop, ALL)?;
    bring(&desktop, &eyelid, "Diary")?;
    types(&desktop, &eyelid, "before ")?;
    let first = agent(&eyelid)?;
    let sign = now_ms();
    let bus = bus_of(&desktop)?;
    desktop.kill(Part::A11y)?;
    // It may have ended with the program that started it.
    let _ = kill_process(bus, Signal::KILL);
    // Whoever asks for the bus starts it, as on any desktop; the next recorder does.
    let end = another(&eyelid, first)?;
    eyelid.wait_status("recording again", |s| recording(s) && fault(s, "access").is_none())?;
    // Programs that were on the old bus stay dumb; a new one is recorded, text and all.
    let letter = desktop.gtk_entry("Letter", "Notes")?;
    bring(&desktop, &eyelid, "Letter")?;
    types(&desktop, &eyelid, "after")?;
    letter.wait_text("after")?;
    let export = wait_text(&eyelid, "Letter", "after")?;
    assert_nothing_between(&export, sign, end);
    Ok(())
}

#[test]
fn a_password_typed_while_the_accessibility_bus_is_stalled_is_not_stored_and_recording_goes_on() -> Result<()> {
    let desktop = Desktop::builder().full().start()?;
    let options = EntryOptions { title: "Diary", password: true, ..EntryOptions::default() };
    let diary = desktop.gtk_entry_with(&options)?;
    let eyelid = recorded(&desktop, ALL)?;
    desktop.input().set_gap_ms(30);
    typable(&desktop, &eyelid, &diary)?;
    types(&desktop, &eyelid, "before ")?;
    let (first, bus) = (agent(&eyelid)?, bus_of(&desktop)?);
    kill_process(bus, Signal::STOP)?;
    diary.focus("password")?;
    // Before this is stored, the bus is asked for a sign of life.
    desktop.input().type_text("kwyjibo")?;
    eyelid.wait_status("the hold", |s| holds(s, "sensor-silent"))?;
    kill_process(bus, Signal::CONT)?;
    // The late answer ends it, and the field is told of.
    eyelid.wait_status("the field", |s| holds(s, "secret-field") && !holds(s, "sensor-silent"))?;
    diary.focus("text")?;
    typable(&desktop, &eyelid, &diary)?;
    types(&desktop, &eyelid, "after")?;
    let export = wait_text(&eyelid, "Diary", "after")?;
    let text = text_in(&export, "Diary");
    assert!(text.trim_start().starts_with("before ") && !text.contains(['k', 'w', 'y', 'j', 'i']), "{text}");
    assert_eq!(agent(&eyelid)?, first);
    Ok(())
}

/// The bus is behind by less than it is given for an answer, or by more; nothing but the keys makes Eyelid ask it.
#[test]
fn a_password_that_the_accessibility_bus_tells_of_late_is_not_stored() -> Result<()> {
    let desktop = Desktop::builder().full().start()?;
    let options = EntryOptions { title: "Diary", password: true, ..EntryOptions::default() };
    let diary = desktop.gtk_entry_with(&options)?;
    let eyelid = recorded(&desktop, "keys:text")?;
    desktop.input().set_gap_ms(20);
    typable(&desktop, &eyelid, &diary)?;
    types(&desktop, &eyelid, "before ")?;
    for behind in [600, 1300, 1600] {
        // What was typed is stored by now: no question is under way.
        let bus = bus_of(&desktop)?;
        kill_process(bus, Signal::STOP)?;
        diary.focus("password")?;
        desktop.input().type_text("kwyjibo")?;
        std::thread::sleep(Duration::from_millis(behind));
        kill_process(bus, Signal::CONT)?;
        eyelid.wait_status("the field", |s| holds(s, "secret-field") && !holds(s, "sensor-silent"))?;
        diary.focus("text")?;
        typable(&desktop, &eyelid, &diary)?;
        types(&desktop, &eyelid, "after ")?;
    }
    let export = everything(&eyelid)?;
    let text = all_text(&export);
    assert!(text.contains("before ") && text.contains("after ") && !text.contains(['k', 'w', 'y', 'j', 'i']), "{text}");
    Ok(())
}

#[test]
fn a_panel_that_is_stopped_killed_and_back_changes_nothing_and_shows_the_icon_again() -> Result<()> {
    let desktop = Desktop::builder().full().start()?;
    let _diary = desktop.gtk_entry("Diary", "Notes")?;
    let eyelid = recorded(&desktop, ALL)?;
    bring(&desktop, &eyelid, "Diary")?;
    desktop.wait_tray_item("eyelid")?;
    let mut text = String::new();
    let mut goes_on = |words: &str| -> Result<()> {
        text.push_str(words);
        // The panel is a window, and keys near a change of windows are dropped.
        std::thread::sleep(Duration::from_secs(2));
        types(&desktop, &eyelid, words)?;
        eyelid.wait_status("recording", recording)?;
        // And it can be paused.
        eyelid.ctl_ok(&["pause"])?;
        eyelid.ctl_ok(&["resume"])?;
        eyelid.wait_status("recording", recording).map(drop)
    };
    desktop.signal(Part::Panel, Signal::STOP)?;
    goes_on("stopped ")?;
    desktop.signal(Part::Panel, Signal::CONT)?;
    desktop.kill(Part::Panel)?;
    eyelid.wait_status("the fault", |s| fault(s, "tray-host").is_some())?;
    goes_on("killed ")?;
    desktop.start(Part::Panel)?;
    eyelid.wait_status("no fault", |s| fault(s, "tray-host").is_none())?;
    let item = desktop.wait_tray_item("eyelid")?;
    assert!(item.menu()?.outline().contains("Pause"));
    goes_on("back")?;
    assert_eq!(text_in(&everything(&eyelid)?, "Diary"), text);
    Ok(())
}
