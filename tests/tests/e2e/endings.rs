//! How pauses and opt-outs end, and what does not end them.

use anyhow::Context;
use eyelid_tests::scene::{ALL, bring, holds, moved, now_ms, recorded, recording, text_in, wait_stored, wait_text};
use eyelid_tests::{Desktop, Eyelid, EyelidOptions, Result, wait_for};
use serde_json::Value;
use std::time::Duration;

/// Longer than a pause of a minute with its reminder.
const MINUTES: Duration = Duration::from_secs(180);
const HOUR: i64 = 3600;

fn end_of(status: &Value, hold: &str) -> Option<i64> {
    status["status"]["holds"].as_array()?.iter().find(|h| h["hold"] == hold)?["until"].as_i64()
}

#[test]
fn a_timed_pause_ends_by_itself_after_its_reminder_and_recording_goes_on() -> Result<()> {
    let desktop = Desktop::builder().full().start()?;
    let entry = desktop.gtk_entry("Diary", "Notes")?;
    let eyelid = recorded(&desktop, ALL)?;
    bring(&desktop, &eyelid, "Diary")?;
    // Its end is at hand, and so is its reminder.
    let end = jiff::Timestamp::from_millisecond(now_ms() + 20_000)?;
    eyelid.ctl_ok(&["pause", "--until", &end.to_string()])?;
    let paused = eyelid.wait_status("the pause", |s| holds(s, "user-pause") && !s["acknowledged"].is_null())?;
    let begun = paused["status"]["holds"][0]["since"].as_i64().context("its begin")?;
    desktop.wait_notification("ends")?;
    desktop.input().type_text("in the pause ")?;
    let after = wait_for("the end of the pause", MINUTES, || eyelid.status().ok().filter(recording))?;
    assert!(!paused["acknowledged"].is_null() && after["acknowledged"].is_null(), "{}", after["acknowledged"]);
    // However near its end was, the reminder stood for a minute.
    assert!(now_ms() >= begun + 60_000, "it ended after {} ms", now_ms() - begun);
    assert!(desktop.notifications()?.iter().all(|n| n.invoked.is_none()));
    desktop.input().set_gap_ms(30);
    let begun = now_ms();
    desktop.input().type_text("after it")?;
    entry.wait_text("in the pause after it")?;
    wait_stored(&eyelid, "screen", begun)?;
    assert_eq!(text_in(&wait_text(&eyelid, "Diary", "after it")?, "Diary"), "after it");
    Ok(())
}

#[test]
fn stay_paused_in_the_reminder_leaves_the_pause_without_an_end() -> Result<()> {
    let desktop = Desktop::builder().full().start()?;
    let eyelid = recorded(&desktop, ALL)?;
    eyelid.ctl_ok(&["pause", "1m"])?;
    let reminder = desktop.wait_notification("ends")?;
    desktop.show_notification(&reminder)?;
    let end = end_of(&eyelid.status()?, "user-pause").context("an end")?;
    desktop.click_notification(&reminder, "Stay paused")?;
    let endless = |s: &Value| holds(s, "user-pause") && end_of(s, "user-pause").is_none();
    eyelid.wait_status("a pause without an end", endless)?;
    // Past the time at which it would have ended, and a restart does not bring that back.
    wait_for("the time to pass", MINUTES, || (now_ms() > end + 5000).then_some(()))?;
    assert!(endless(&eyelid.status()?));
    eyelid.quit()?;
    let eyelid = Eyelid::start(&desktop)?;
    eyelid.wait_status("the pause", endless)?;
    eyelid.ctl_ok(&["resume"])?;
    eyelid.wait_status("recording", recording)?;
    Ok(())
}

/// A recurring opt-out, every day, from so many seconds after now to so many.
fn write_schedule(desktop: &Desktop, from: i64, to: i64) -> Result<()> {
    let clock = |seconds: i64| -> Result<String> {
        let time = jiff::Timestamp::from_millisecond(now_ms() + seconds * 1000)?;
        Ok(time.to_zoned(jiff::tz::TimeZone::system()).strftime("%H:%M").to_string())
    };
    let days = r#"["mon", "tue", "wed", "thu", "fri", "sat", "sun"]"#;
    let text = format!("[[schedule]]\ndays = {days}\nfrom = \"{}\"\nto = \"{}\"\n", clock(from)?, clock(to)?);
    Ok(std::fs::write(desktop.path("config").join("eyelid/config.toml"), text)?)
}

#[test]
fn a_moved_clock_and_a_restart_end_no_recurring_opt_out_that_has_begun() -> Result<()> {
    let desktop = Desktop::builder().full().start()?;
    let entry = desktop.gtk_entry("Diary", "Notes")?;
    let clock = desktop.fake_clock()?;
    let options = EyelidOptions { clock: Some(&clock), ..EyelidOptions::default() };
    let eyelid = Eyelid::start_with(&desktop, &options)?;
    eyelid.consent(ALL)?;
    eyelid.wait_status("recording", recording)?;
    write_schedule(&desktop, -HOUR, HOUR)?;
    eyelid.wait_status("the opt-out", |s| holds(s, "opt-out"))?;
    let opted_out = |eyelid: &Eyelid<'_>, when: &str| -> Result<()> {
        // Eyelid's own window may have come to the front.
        desktop.activate(&desktop.window_by_title("Diary")?)?;
        desktop.input().type_text("never ")?;
        assert!(holds(&eyelid.status()?, "opt-out"), "{when}");
        Ok(())
    };
    // Past its end, and before its begin, by a clock that was only moved.
    moved(&eyelid, &clock, 3 * HOUR)?;
    opted_out(&eyelid, "three hours later")?;
    eyelid.quit()?;
    let eyelid = Eyelid::start_with(&desktop, &options)?;
    eyelid.wait_status("the opt-out after a restart", |s| holds(s, "opt-out") && !holds(s, "tray-silent"))?;
    opted_out(&eyelid, "three hours later, after a restart")?;
    moved(&eyelid, &clock, -3 * HOUR)?;
    opted_out(&eyelid, "three hours earlier")?;
    // Only the person ends it before its time.
    eyelid.ctl_ok(&["resume"])?;
    eyelid.wait_status("recording", recording)?;
    desktop.activate(&desktop.window_by_title("Diary")?)?;
    desktop.input().set_gap_ms(30);
    desktop.input().type_text("again")?;
    entry.wait_text("never never never again")?;
    assert_eq!(text_in(&wait_text(&eyelid, "Diary", "again")?, "Diary"), "again");
    Ok(())
}

#[test]
fn a_clock_moved_into_a_recurring_opt_out_begins_it_and_moved_back_does_not_end_it() -> Result<()> {
    let desktop = Desktop::builder().full().start()?;
    let clock = desktop.fake_clock()?;
    let options = EyelidOptions { clock: Some(&clock), ..EyelidOptions::default() };
    let eyelid = Eyelid::start_with(&desktop, &options)?;
    eyelid.consent(ALL)?;
    eyelid.wait_status("recording", recording)?;
    write_schedule(&desktop, 2 * HOUR, 4 * HOUR)?;
    let planned = |s: &Value| s["settings"]["schedule"].as_array().is_some_and(|all| all.len() == 1);
    eyelid.wait_status("the schedule, recording", |s| planned(s) && recording(s))?;
    moved(&eyelid, &clock, 3 * HOUR)?;
    assert!(holds(&eyelid.status()?, "opt-out"));
    moved(&eyelid, &clock, 0)?;
    assert!(holds(&eyelid.status()?, "opt-out"));
    Ok(())
}
