//! Sleep and waking up: held until somebody says that the session is unlocked.

use eyelid_tests::scene::{ALL, bring, holds, recorded, recording, text_in, wait_text};
use eyelid_tests::{Desktop, Part, Result};
use rustix::process::Signal;
use std::time::{Duration, Instant};

#[test]
fn after_a_suspend_it_stays_held_while_the_session_says_locked() -> Result<()> {
    let desktop = Desktop::builder().full().start()?;
    let eyelid = recorded(&desktop, ALL)?;
    desktop.with_logind(|logind| logind.prepare_for_sleep(true))?;
    eyelid.wait_status("the sleep", |s| holds(s, "session-locked"))?;
    desktop.with_logind(|logind| {
        logind.set_locked_hint(true)?;
        logind.prepare_for_sleep(false)
    })?;
    let until = Instant::now() + Duration::from_secs(4);
    while Instant::now() < until {
        desktop.input().move_to(200, 200)?;
        desktop.input().move_to(220, 200)?;
        assert!(holds(&eyelid.status()?, "session-locked"));
    }
    desktop.with_logind(|logind| {
        logind.set_locked_hint(false)?;
        logind.unlock()
    })?;
    eyelid.wait_status("recording", recording)?;
    Ok(())
}

#[test]
fn after_a_suspend_that_no_locker_noticed_it_stays_held_until_unlocked_is_said_anew() -> Result<()> {
    let desktop = Desktop::builder().full().start()?;
    let entry = desktop.gtk_entry("Diary", "Notes")?;
    let eyelid = recorded(&desktop, ALL)?;
    bring(&desktop, &eyelid, "Diary")?;
    // Unlocked before and all the time, as far as anybody has said.
    desktop.with_logind(|logind| logind.prepare_for_sleep(true))?;
    eyelid.wait_status("the sleep", |s| holds(s, "session-locked"))?;
    desktop.with_logind(|logind| logind.wake_and_fall_silent())?;
    // Input is no word of a locker, and the hint from before the sleep is none either.
    for _ in 0..20 {
        desktop.input().type_text("x")?;
        desktop.input().move_to(200, 200)?;
        desktop.input().move_to(220, 200)?;
        assert!(holds(&eyelid.status()?, "session-locked"));
    }
    desktop.signal(Part::Logind, Signal::CONT)?;
    eyelid.wait_status("recording", recording)?;
    desktop.input().set_gap_ms(30);
    desktop.input().type_text("awake")?;
    entry.wait_text(&format!("{}awake", "x".repeat(20)))?;
    assert_eq!(text_in(&wait_text(&eyelid, "Diary", "awake")?, "Diary"), "awake");
    Ok(())
}
