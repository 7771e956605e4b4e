//! What was once decided against recording stays so: late echoes, lost vaults, withdrawn and abandoned consents.

use anyhow::Context;
use eyelid_tests::scene::{ALL, bring, everything, holds, now_ms, recorded, recording, text_in, typable, wait_stored};
use eyelid_tests::{
    Binaries, Desktop, EntryOptions, Eyelid, EyelidOptions, LONG, Rect, Result, TestWindowOptions, wait_for,
};
use protocol::Request;
use protocol::client::Client;
use rustix::process::{Pid, Signal, kill_process};
use std::time::{Duration, Instant};

#[test]
fn a_late_report_of_the_pause_key_does_not_resume() -> Result<()> {
    let desktop = Desktop::builder().full().start()?;
    let eyelid = recorded(&desktop, ALL)?;
    eyelid.process().stop()?;
    desktop.input().key("ctrl+alt+p")?;
    eyelid.wait_status("the pause", |s| holds(s, "user-pause"))?;
    // Long enough for the report to look like a press of its own.
    std::thread::sleep(Duration::from_secs(4));
    eyelid.process().cont()?;
    eyelid.wait_status("the tray app again", |s| !holds(s, "tray-silent"))?;
    // And long enough for it to arrive.
    std::thread::sleep(Duration::from_secs(2));
    assert!(holds(&eyelid.status()?, "user-pause"));
    desktop.input().key("ctrl+alt+p")?;
    eyelid.wait_status("recording", recording)?;
    Ok(())
}

#[test]
fn a_pause_key_that_is_held_down_counts_once() -> Result<()> {
    let desktop = Desktop::builder().full().start()?;
    let eyelid = recorded(&desktop, ALL)?;
    // Held for longer than it takes the desktop to repeat a key, and to report it.
    let held = |wanted: bool| -> Result<()> {
        desktop.input().key_down("ctrl+alt+p")?;
        eyelid.wait_status("the press", |s| holds(s, "user-pause") == wanted)?;
        let until = Instant::now() + Duration::from_secs(3);
        while Instant::now() < until {
            assert_eq!(holds(&eyelid.status()?, "user-pause"), wanted);
        }
        desktop.input().key_up("ctrl+alt+p")?;
        Ok(())
    };
    held(true)?;
    held(false)?;
    held(true)?;
    desktop.input().key("ctrl+alt+p")?;
    eyelid.wait_status("recording", recording)?;
    Ok(())
}

#[test]
fn the_pause_key_during_an_opt_out_begins_no_recording() -> Result<()> {
    let desktop = Desktop::builder().full().start()?;
    let eyelid = recorded(&desktop, ALL)?;
    opt_out_all_day(&desktop)?;
    eyelid.wait_status("the opt-out", |s| holds(s, "opt-out"))?;
    desktop.input().key("ctrl+alt+p")?;
    let status = eyelid.wait_status("the pause", |s| holds(s, "user-pause"))?;
    assert!(holds(&status, "opt-out"));
    desktop.input().key("ctrl+alt+p")?;
    eyelid.wait_status("recording", recording)?;
    Ok(())
}

#[test]
fn a_cover_that_calls_itself_transparent_hides_the_pill_all_the_same() -> Result<()> {
    let desktop = Desktop::builder().full().start()?;
    let eyelid = recorded(&desktop, ALL)?;
    let cover = desktop.test_window(&TestWindowOptions {
        title: "cover",
        place: Rect { x: 0, y: 0, w: 1280, h: 100 },
        override_redirect: true,
        opacity: Some(0.0),
        ..TestWindowOptions::default()
    })?;
    // The pill comes up again by itself once in ten seconds; the cover does so all the time.
    wait_for("the hold", LONG, || {
        cover.raise().ok()?;
        eyelid.status().ok().filter(|s| holds(s, "no-indicator"))
    })?;
    Ok(())
}

#[test]
fn a_consent_withdrawn_while_there_is_no_vault_stays_withdrawn() -> Result<()> {
    let desktop = Desktop::builder().full().start()?;
    let eyelid = recorded(&desktop, ALL)?;
    eyelid.quit()?;
    let vault = desktop.path("data").join("eyelid/vault/vault.db");
    let aside = vault.with_extension("aside");
    for ending in ["", "-wal", "-shm"] {
        let file = |base: &std::path::Path| std::path::PathBuf::from(format!("{}{ending}", base.display()));
        if file(&vault).exists() {
            std::fs::rename(file(&vault), file(&aside))?;
        }
    }
    std::fs::write(&vault, "no database")?;
    let eyelid = Eyelid::start(&desktop)?;
    eyelid.wait_status("the hold", |s| holds(s, "vault-unavailable"))?;
    for (arguments, words) in [
        (&["consent", "withdraw", "--erase"][..], "Nothing was erased"),
        (&["forget", "5m"][..], "Nothing that is stored could be forgotten"),
    ] {
        let output = eyelid.ctl(arguments)?;
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success() && said.contains(words), "{arguments:?}: {said}");
    }
    eyelid.quit()?;
    std::fs::remove_file(&vault)?;
    for ending in ["", "-wal", "-shm"] {
        let file = |base: &std::path::Path| std::path::PathBuf::from(format!("{}{ending}", base.display()));
        if file(&aside).exists() {
            std::fs::rename(file(&aside), file(&vault))?;
        }
    }
    let eyelid = Eyelid::start(&desktop)?;
    let status = eyelid.wait_status("the vault", |s| !holds(s, "vault-unavailable"))?;
    assert!(holds(&status, "not-consented"));
    eyelid.consent(ALL)?;
    eyelid.wait_status("recording", recording)?;
    eyelid.quit()?;
    let eyelid = Eyelid::start(&desktop)?;
    eyelid.wait_status("recording", recording)?;
    Ok(())
}

#[test]
fn a_consent_that_waits_for_the_key_ends_with_its_withdrawal_and_with_its_client() -> Result<()> {
    for withdrawn in [true, false] {
        let desktop = Desktop::builder().full().start()?;
        let eyelid = Eyelid::start(&desktop)?;
        eyelid.wait_status("no key", |s| s["recipient"] == "none")?;
        // There is a key, and nobody has compared it yet: that takes the tray app, which is stopped meanwhile.
        eyelid.process().stop()?;
        let mut reader = desktop.command(Binaries::find()?.program("eyelid-reader")?);
        reader.args(["keys", "ensure"]);
        assert!(desktop.run(reader)?.status.success());
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let socket = desktop.path("run").join("eyelid.sock");
        let streams = r#"{"screen":true,"keys":"text","pointer":true,"focus":true}"#;
        let streams: policy::Streams = serde_json::from_str(streams)?;
        runtime.block_on(async {
            let (client, _, _events) = Client::connect(&socket, "hasty").await?;
            client.request(Request::ConsentOffer(streams)).await?;
            let asked = client.request(Request::ConsentGrant(protocol::consent::WORD.into()));
            if withdrawn {
                let (granted, answer) = tokio::join!(asked, client.request(Request::ConsentWithdraw(false)));
                assert!(granted.is_err(), "{granted:?}");
                answer?;
            } else {
                assert!(tokio::time::timeout(Duration::from_millis(500), asked).await.is_err());
            }
            drop(client);
            eyelid.process().cont()
        })?;
        eyelid.wait_status("the key compared", |s| s["recipient"] == "verified")?;
        assert!(holds(&eyelid.status()?, "not-consented"));
        eyelid.consent(ALL)?;
        eyelid.wait_status("recording", recording)?;
    }
    Ok(())
}

#[test]
fn an_opt_out_that_has_begun_outlives_a_killed_agent_even_without_its_file() -> Result<()> {
    let desktop = Desktop::builder().full().start()?;
    let eyelid = recorded(&desktop, ALL)?;
    opt_out_all_day(&desktop)?;
    eyelid.wait_status("the opt-out", |s| holds(s, "opt-out"))?;
    // Nothing but its own beginning has been saved by then.
    let state = desktop.path("state").join("eyelid/state.json");
    wait_for("it in the state file", LONG, || {
        let kept: serde_json::Value = serde_json::from_slice(&std::fs::read(&state).ok()?).ok()?;
        kept["policy"]["opt_out"].is_object().then_some(())
    })?;
    let agent = eyelid.pid_of("eyelid-agent").context("an agent")?;
    eyelid.process().stop()?;
    kill_process(Pid::from_raw(agent).context("a process")?, Signal::KILL)?;
    std::fs::remove_file(desktop.path("config").join("eyelid/config.toml"))?;
    eyelid.process().cont()?;
    wait_for("another agent", LONG, || eyelid.pid_of("eyelid-agent").filter(|pid| *pid != agent))?;
    let status = eyelid.wait_status("the opt-out again", |s| !holds(s, "recipient-unverified"))?;
    assert!(holds(&status, "opt-out"), "{status}");
    Ok(())
}

#[test]
fn a_password_field_that_had_the_focus_before_the_start_is_not_recorded() -> Result<()> {
    let desktop = Desktop::builder().full().start()?;
    let options = EntryOptions { title: "Diary", password: true, ..EntryOptions::default() };
    let entry = desktop.gtk_entry_with(&options)?;
    let eyelid = recorded(&desktop, ALL)?;
    bring(&desktop, &eyelid, "Diary")?;
    eyelid.quit()?;
    entry.focus("password")?;
    let background = EyelidOptions { arguments: &["--background"], ..EyelidOptions::default() };
    let eyelid = Eyelid::start_with(&desktop, &background)?;
    eyelid.wait_status("recording", recording)?;
    std::thread::sleep(Duration::from_secs(2));
    desktop.input().type_text("hunter")?;
    entry.wait_password("hunter")?;
    // A field that shows what is typed: now the application tells.
    desktop.input().set_gap_ms(30);
    typable(&desktop, &eyelid, &entry)?;
    desktop.input().type_text("jam")?;
    wait_for("the jam", LONG, || (entry.text().ok()?.trim() == "jam").then_some(()))?;
    let after = now_ms();
    desktop.input().type_text(" ")?;
    wait_stored(&eyelid, "keys", after)?;
    assert_eq!(text_in(&everything(&eyelid)?, "Diary").trim(), "jam");
    Ok(())
}

fn opt_out_all_day(desktop: &Desktop) -> Result<()> {
    let days = r#"["mon", "tue", "wed", "thu", "fri", "sat", "sun"]"#;
    let window = format!("[[schedule]]\ndays = {days}\nfrom = \"00:00\"\nto = \"24:00\"\n");
    Ok(std::fs::write(desktop.path("config").join("eyelid/config.toml"), window)?)
}
