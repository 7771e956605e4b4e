//! Consent: nothing without it, no stream beyond it, and no way around the question.

use eyelid_tests::scene::{ALL, bring, everything, holds, now_ms, recorded, wait_stored};
use eyelid_tests::{Desktop, Eyelid, LONG, Result};

#[test]
fn without_consent_nothing_is_recorded_and_no_script_gives_it() -> Result<()> {
    let desktop = Desktop::builder().full().start()?;
    let _diary = desktop.gtk_entry("Diary", "Notes")?;
    let eyelid = Eyelid::start(&desktop)?;
    eyelid.wait_status("no consent", |s| holds(s, "not-consented"))?;
    let refused = eyelid.ctl(&["consent", "grant", "--streams", ALL])?;
    assert_eq!(refused.status.code(), Some(7));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("not a terminal"));
    // At a terminal, another word is no consent either.
    let mut terminal = eyelid.ctl_terminal(&["consent", "grant", "--streams", ALL])?;
    terminal.expect("to agree: ", LONG)?;
    terminal.send_line("yes")?;
    assert_eq!(terminal.wait_exit(LONG)?.code(), Some(7));
    desktop.input().type_text("unrecorded")?;
    let status = eyelid.status()?;
    assert!(status["consent"].is_null());
    assert!(status["stored"].as_array().is_some_and(|s| s.iter().all(|s| s["at"].is_null())));
    assert_eq!(status["recipient"], "none");
    Ok(())
}

#[test]
fn a_stream_that_was_refused_is_not_in_the_vault() -> Result<()> {
    let desktop = Desktop::builder().full().start()?;
    let _diary = desktop.gtk_entry("Diary", "Notes")?;
    let eyelid = recorded(&desktop, "keys:activity,focus")?;
    bring(&desktop, &eyelid, "Diary")?;
    let begun = now_ms();
    desktop.input().move_to(300, 300)?;
    desktop.input().type_text("only that keys were pressed")?;
    wait_stored(&eyelid, "keys", begun)?;
    let export = everything(&eyelid)?;
    assert!(export.frames.is_empty());
    assert!(export.events.iter().all(|e| e["text"].is_null()));
    assert!(!export.events_of("key").is_empty() && !export.events_of("focus").is_empty());
    assert!(export.events_of("move").is_empty() && export.events_of("click").is_empty());
    Ok(())
}

#[test]
fn withdrawing_stops_at_once_and_can_erase_everything() -> Result<()> {
    let desktop = Desktop::builder().full().start()?;
    let _diary = desktop.gtk_entry("Diary", "Notes")?;
    let eyelid = recorded(&desktop, ALL)?;
    bring(&desktop, &eyelid, "Diary")?;
    let receipt: serde_json::Value = serde_json::from_str(&eyelid.ctl_ok(&["consent", "show", "--json"])?)?;
    assert_eq!(receipt["schema_version"], "ISO/IEC TS 27560:2023");
    eyelid.ctl_ok(&["consent", "withdraw", "--erase"])?;
    eyelid.wait_status("no consent", |s| holds(s, "not-consented"))?;
    let export = everything(&eyelid)?;
    assert!(export.frames.is_empty() && export.events.is_empty());
    Ok(())
}
