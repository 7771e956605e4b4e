//! Forgotten is gone: also from copies of the vault that were made before.

use crate::settings::{driven, id, view};
use eyelid_tests::scene::{ALL, bring, everything, holds, now_ms, recorded, recording, text_in, wait_stored};
use eyelid_tests::{Binaries, Desktop, Export, Eyelid, EyelidOptions, LONG, Result};
use serde_json::Value;
use std::path::Path;

/// What an attacker reads who has a copy of the vault, and the keyring as it is now.
fn attack(desktop: &Desktop, copy: &Path, name: &str) -> Result<Option<Export>> {
    let folder = desktop.path("tmp").join(name);
    let mut reader = desktop.command(Binaries::find()?.program("eyelid-reader")?);
    reader.arg("--vault").arg(copy).arg("export").arg(&folder);
    reader.args(["--from", "2020-01-01T00:00:00Z", "--to", "2100-01-01T00:00:00Z"]);
    if desktop.run(reader)?.status.success() { Export::read(&folder).map(Some) } else { Ok(None) }
}

/// Types, and waits until all of it is stored.
fn type_and_wait(desktop: &Desktop, eyelid: &Eyelid<'_>, text: &str) -> Result<()> {
    desktop.input().type_text(text)?;
    let after = now_ms();
    desktop.input().type_text(" ")?;
    wait_stored(eyelid, "keys", after)
}

fn sql(vault: &Path, statement: &str) -> Result<String> {
    let output = std::process::Command::new("sqlite3").arg(vault.join("vault.db")).arg(statement).output()?;
    anyhow::ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Ok(String::from_utf8(output.stdout)?.trim().to_owned())
}

#[test]
fn what_is_forgotten_does_not_open_in_a_copy_made_before_and_recording_goes_on() -> Result<()> {
    let desktop = Desktop::builder().full().start()?;
    let _diary = desktop.gtk_entry("Diary", "Notes")?;
    let eyelid = recorded(&desktop, ALL)?;
    bring(&desktop, &eyelid, "Diary")?;
    type_and_wait(&desktop, &eyelid, "pancakes")?;
    let vault = desktop.path("data").join("eyelid/vault");
    let copy = desktop.path("tmp").join("copy");
    let cp = std::process::Command::new("cp").arg("-a").arg(&vault).arg(&copy).status()?;
    assert!(cp.success());
    let before = attack(&desktop, &copy, "before")?.map(|export| text_in(&export, "Diary")).unwrap_or_default();
    assert!(before.starts_with("pancakes"), "{before:?}");

    eyelid.ctl_ok(&["forget", "10m"])?;
    eyelid.wait_status_for("the key replaced", 4 * LONG, |s| s["rotation_due"] == false)?;
    let log = eyelid.ctl_ok(&["log", "--json"])?;
    assert!(log.contains("\"rotated\""), "{log}");
    // The attacker even tells the copy that its key is the present one.
    let recipient = sql(&vault, "SELECT value FROM meta WHERE name = 'recipient'")?;
    assert_ne!(recipient, sql(&copy, "SELECT value FROM meta WHERE name = 'recipient'")?);
    sql(&copy, &format!("UPDATE meta SET value = '{recipient}' WHERE name = 'recipient'"))?;
    let after = attack(&desktop, &copy, "after")?.map(|export| text_in(&export, "Diary")).unwrap_or_default();
    assert_eq!(after, "");

    eyelid.wait_status("recording", |s| recording(s) && s["faults"] == serde_json::json!([]))?;
    type_and_wait(&desktop, &eyelid, "waffles")?;
    assert!(text_in(&everything(&eyelid)?, "Diary").starts_with("waffles"));
    Ok(())
}

#[test]
fn a_range_named_in_a_terminal_is_forgotten_and_what_is_beside_it_stays() -> Result<()> {
    let desktop = Desktop::builder().full().start()?;
    let _diary = desktop.gtk_entry("Diary", "Notes")?;
    let eyelid = recorded(&desktop, ALL)?;
    bring(&desktop, &eyelid, "Diary")?;
    let time = |ms| jiff::Timestamp::from_millisecond(ms).map(|time| time.to_string());
    type_and_wait(&desktop, &eyelid, "pancakes")?;
    let from = time(now_ms())?;
    type_and_wait(&desktop, &eyelid, "waffles")?;
    let to = time(now_ms())?;
    type_and_wait(&desktop, &eyelid, "omelettes")?;
    let wrong = eyelid.ctl(&["forget", "--from", &to, "--to", &from])?;
    assert_eq!(wrong.status.code(), Some(2), "{}", String::from_utf8_lossy(&wrong.stderr));
    let both = eyelid.ctl(&["forget", "10m", "--from", &from, "--to", &to])?;
    assert_eq!(both.status.code(), Some(2), "{}", String::from_utf8_lossy(&both.stderr));
    assert!(text_in(&everything(&eyelid)?, "Diary").contains("waffles"), "what is refused forgets nothing");
    let said = eyelid.ctl_ok(&["forget", "--from", &from, "--to", &to])?;
    assert!(said.contains("is deleted"), "{said}");
    let text = text_in(&everything(&eyelid)?, "Diary");
    assert!(text.starts_with("pancakes omelettes"), "{text}");
    Ok(())
}

/// Waits until the window's settings say this of what was deleted.
fn deleted(eyelid: &Eyelid<'_>, says: &str) -> Result<()> {
    let window = eyelid.driver()?;
    view(window, "settings")?;
    let said = format!("{} dd", id("system-forgotten"));
    window.wait_until(&said, |e| e.text().is_ok_and(|text| text == says)).map(drop)
}

#[test]
fn with_the_keyring_locked_what_is_forgotten_is_deleted_said_to_be_pending_and_gone_once_it_is_unlocked() -> Result<()>
{
    let desktop = Desktop::builder().full().start()?;
    let _diary = desktop.gtk_entry("Diary", "Notes")?;
    let eyelid = driven(&desktop, ALL)?;
    bring(&desktop, &eyelid, "Diary")?;
    type_and_wait(&desktop, &eyelid, "pancakes")?;
    let vault = desktop.path("data").join("eyelid/vault");
    let rows = || sql(&vault, "SELECT count(*) FROM record WHERE kind = 'events'");
    assert_ne!(rows()?, "0");
    let recipient = sql(&vault, "SELECT value FROM meta WHERE name = 'recipient'")?;
    deleted(&eyelid, "gone")?;

    // Locked while it records: shown, and recording goes on.
    desktop.lock_keyring()?;
    let locked = |s: &Value| s["recipient"] == "locked" && s["faults"].to_string().contains("Your keyring is locked");
    eyelid.wait_status("the keyring, recording", |s| locked(s) && recording(s))?;
    let window = eyelid.driver()?;
    window.click(&id("nav-now"))?;
    window.wait_for_text(&id("fault-keyring"), "Your keyring is locked")?;

    // The panic key: paused, and the last minutes are no longer there.
    desktop.input().key("ctrl+alt+shift+p")?;
    let paused = |s: &Value| holds(s, "user-pause") && !s["acknowledged"].is_null();
    // What was forgotten is not named as the last that was stored, either.
    let nothing = |stored: &Value| stored.as_array().is_some_and(|all| all.iter().all(|s| s["at"].is_null()));
    let told = |s: &Value| nothing(&s["stored"]) && nothing(&s["acknowledged"]["stored"]);
    eyelid.wait_status("the pause", |s| paused(s) && s["rotation_due"] == true && told(s))?;
    assert_eq!(rows()?, "0");
    assert_eq!(sql(&vault, "SELECT value FROM meta WHERE name = 'recipient'")?, recipient);
    let pending = |eyelid: &Eyelid<'_>| -> Result<()> {
        let said = eyelid.ctl_ok(&["status"])?;
        assert!(said.contains("What you deleted is gone for good once your keyring is unlocked."), "{said}");
        deleted(eyelid, "deleted; gone once your keyring is unlocked")
    };
    pending(&eyelid)?;

    // A part by the window's own button, which says the same.
    eyelid.ctl_ok(&["resume"])?;
    eyelid.wait_status("recording", recording)?;
    bring(&desktop, &eyelid, "Diary")?;
    type_and_wait(&desktop, &eyelid, "waffles")?;
    assert_ne!(rows()?, "0");
    window.click(&id("nav-now"))?;
    // The page is whole before anything on it is pressed.
    window.wait_for_text(&id("headline"), "Recording")?;
    window.click(&id("forget-15"))?;
    window.click(&id("forget-confirm"))?;
    window.wait_for_text(&id("forgotten"), "Gone for good once your keyring is unlocked.")?;
    assert_eq!(rows()?, "0");
    eyelid.quit()?;

    // It is not forgotten that something waits.
    let eyelid = Eyelid::start_with(&desktop, &EyelidOptions { driven: true, ..EyelidOptions::default() })?;
    eyelid.wait_status("the keyring", |s| locked(s) && s["rotation_due"] == true && recording(s))?;
    pending(&eyelid)?;
    desktop.unlock_keyring()?;
    let replaced = |s: &Value| s["rotation_due"] == false && s["recipient"] == "verified";
    eyelid.wait_status_for("the key replaced", 4 * LONG, replaced)?;
    assert_ne!(sql(&vault, "SELECT value FROM meta WHERE name = 'recipient'")?, recipient);
    deleted(&eyelid, "gone")?;
    eyelid.wait_status("recording", |s| recording(s) && s["faults"] == serde_json::json!([]))?;
    bring(&desktop, &eyelid, "Diary")?;
    type_and_wait(&desktop, &eyelid, "omelette")?;
    let text = text_in(&everything(&eyelid)?, "Diary");
    assert!(!text.contains("pancakes") && !text.contains("waffles"), "{text}");
    Ok(())
}
