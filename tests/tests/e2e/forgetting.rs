//! Forgotten is gone: also from copies of the vault that were made before.

use eyelid_tests::scene::{ALL, bring, everything, now_ms, recorded, recording, text_in, wait_stored};
use eyelid_tests::{Binaries, Desktop, Export, Eyelid, Result};
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
    eyelid.wait_status("the key replaced", |s| s["rotation_due"] == false)?;
    let log = eyelid.ctl_ok(&["log", "--json"])?;
    assert!(log.contains("\"rotated\""), "{log}");
    // The attacker even tells the copy that its key is the present one.
    let recipient = sql(&vault, "SELECT value FROM meta WHERE name = 'recipient'")?;
    assert_ne!(recipient, sql(&copy, "SELECT value FROM meta WHERE name = 'recipient'")?);
    sql(&copy, &format!("UPDATE meta SET value = '{recipient}' WHERE name = 'recipient'"))?;
    let after = attack(&desktop, &copy, "after")?.map(|export| text_in(&export, "Diary")).unwrap_or_default();
    assert_eq!(after, "");

    let status = eyelid.wait_status("recording", recording)?;
    assert_eq!(status["faults"], serde_json::json!([]));
    type_and_wait(&desktop, &eyelid, "waffles")?;
    assert!(text_in(&everything(&eyelid)?, "Diary").starts_with("waffles"));
    Ok(())
}
