//! What is missing or broken has its own words, wherever the person looks, and a safe state.

use crate::settings::{driven, id, view};
use anyhow::Context;
use eyelid_tests::scene::{ALL, holds, recorded, recording};
use eyelid_tests::{
    Binaries, Desktop, Element, Eyelid, EyelidOptions, Keyring, LONG, Part, Result, WebDriver, Window, wait_for,
};
use serde_json::Value;

/// A fault's own words, and its cure.
pub(crate) fn fault(status: &Value, code: &str) -> Option<String> {
    let fault = status["faults"].as_array()?.iter().find(|fault| fault["code"] == code)?;
    Some(format!("{} {}", fault["message"].as_str()?, fault["cure"].as_str()?))
}

/// Waits for a fault and reads it where people may look: over the socket, in the terminal, in the tray's menu.
pub(crate) fn told(desktop: &Desktop, eyelid: &Eyelid<'_>, code: &str, words: &str) -> Result<Value> {
    let said = |s: &Value| fault(s, code).is_some_and(|said| said.contains(words));
    let status = eyelid.wait_status(words, said)?;
    let said = fault(&status, code).context("the fault")?;
    let terminal = eyelid.ctl_ok(&["status"])?;
    assert!(terminal.contains(&said), "{said}\n{terminal}");
    if desktop.has_tray_host()? {
        let item = desktop.wait_tray_item("eyelid")?;
        wait_for("the menu to say it", LONG, || {
            in_one_line(&item.menu().ok()?.outline()).contains(&said).then_some(())
        })
        .with_context(|| item.menu().map(|menu| menu.outline()).unwrap_or_default())?;
        let tooltip = item.tooltip()?.1;
        assert!(tooltip.contains(&said), "{tooltip}");
    }
    Ok(status)
}

pub(crate) fn in_one_line(text: &str) -> String {
    text.replace(" (off)", "").split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn a_broken_file_is_named_with_its_line_and_cure_in_the_window_the_tray_and_the_terminal() -> Result<()> {
    let desktop = Desktop::builder().full().start()?;
    let eyelid = driven(&desktop, ALL)?;
    let window = eyelid.driver()?;
    let rule = "[[rule]]\nid = \"x\"\nverdict = \"hold\"\ntitle = \"(\"\n";
    for (file, text, code, words, place) in [
        ("config.toml", "autostart = false\nhold_back_seconds = 0\n", "config", "config.toml, line 2: ", "settings"),
        ("rules.toml", rule, "rules", "rules.toml, line 4: ", "rules"),
    ] {
        let path = desktop.path("config").join("eyelid").join(file);
        std::fs::write(&path, text)?;
        let status = told(&desktop, &eyelid, code, words)?;
        assert!(holds(&status, "config-invalid"));
        let said = fault(&status, code).context("the fault")?;
        for name in ["now", place] {
            view(window, name)?;
            let says = |e: &Element<'_>| e.text().is_ok_and(|shown| in_one_line(&shown) == in_one_line(&said));
            window.wait_until(&id(&format!("fault-{code}")), says).with_context(|| said.clone())?;
        }
        std::fs::remove_file(&path)?;
        eyelid.wait_status("recording", recording)?;
    }
    Ok(())
}

/// Leads through the first run, up to its last button.
fn to_the_last_step(window: &WebDriver) -> Result<()> {
    while window.find(&id("stream-screen"))?.is_none() {
        window.click(&id("next"))?;
    }
    window.click(&id("stream-screen"))?;
    window.click(&id("stream-focus"))?;
    while window.find(&id("grant"))?.is_none() {
        window.click(&id("next"))?;
    }
    Ok(())
}

fn grant(window: &WebDriver) -> Result<()> {
    window.wait_until(&id("grant"), |e| e.is_enabled().unwrap_or(false))?;
    window.click(&id("grant"))
}

#[test]
fn a_locked_keyring_is_asked_for_at_consent_and_a_dismissed_question_is_told() -> Result<()> {
    let desktop = Desktop::builder().full().keyring(Keyring::Locked).start()?;
    let eyelid = Eyelid::start_with(&desktop, &EyelidOptions { driven: true, ..EyelidOptions::default() })?;
    let window = eyelid.driver()?;
    to_the_last_step(window)?;
    grant(window)?;
    let prompter = |window: &Window| window.class.to_lowercase().contains("prompter");
    let question = desktop.wait_window("the question for the password", prompter)?;
    assert!(eyelid.status()?["consent"].is_null());
    desktop.activate(&question)?;
    desktop.input().key("Escape")?;
    desktop.wait_no_window("the question", prompter)?;
    let trouble = window.wait_for_text(&id("trouble"), "The keyring is locked.")?.text()?;
    assert!(trouble.contains("The keyring is locked.") && trouble.contains("Unlock your keyring"), "{trouble}");
    let status = eyelid.status()?;
    assert!(status["consent"].is_null() && holds(&status, "not-consented"), "{status}");

    // The same at a terminal.
    let mut terminal = eyelid.ctl_terminal(&["consent", "grant", "--streams", ALL])?;
    terminal.expect("to agree: ", LONG)?;
    terminal.send_line("record")?;
    let question = desktop.wait_window("the question for the password", prompter)?;
    desktop.activate(&question)?;
    desktop.input().key("Escape")?;
    desktop.wait_no_window("the question", prompter)?;
    assert_eq!(terminal.wait_exit(LONG)?.code(), Some(4), "{}", terminal.text());
    assert!(terminal.text().contains("The keyring is locked."), "{}", terminal.text());
    assert!(eyelid.status()?["consent"].is_null());

    grant(window)?;
    desktop.unlock_by_hand()?;
    eyelid.wait_status("recording", |s| !s["consent"].is_null() && recording(s))?;
    Ok(())
}

#[test]
fn without_a_keyring_the_window_refuses_the_consent_with_its_cure() -> Result<()> {
    let desktop = Desktop::builder().full().keyring(Keyring::None).start()?;
    let eyelid = Eyelid::start_with(&desktop, &EyelidOptions { driven: true, ..EyelidOptions::default() })?;
    let window = eyelid.driver()?;
    to_the_last_step(window)?;
    grant(window)?;
    let trouble = window.wait_for_text(&id("trouble"), "No keyring answers")?.text()?;
    assert!(trouble.contains("No keyring answers") && trouble.contains("gnome-keyring"), "{trouble}");
    let status = eyelid.status()?;
    assert!(status["consent"].is_null() && holds(&status, "not-consented"), "{status}");
    Ok(())
}

#[test]
fn a_keyring_that_is_locked_or_gone_at_the_start_is_told_each_in_its_own_words() -> Result<()> {
    let desktop = Desktop::builder().full().start()?;
    recorded(&desktop, ALL)?.quit()?;
    let mut command = desktop.command(Binaries::find()?.program("eyelidctl")?);
    command.arg("status");
    let said = String::from_utf8_lossy(&desktop.run(command)?.stderr).into_owned();
    assert!(said.contains("Eyelid is not running (") && !said.contains("nobody ended it"), "{said}");
    desktop.lock_keyring()?;
    let eyelid = Eyelid::start(&desktop)?;
    told(&desktop, &eyelid, "keyring", "Your keyring is locked")?;
    eyelid.wait_status("the key", |s| s["recipient"] == "locked")?;
    // Unlocked, it is compared at once.
    desktop.unlock_keyring()?;
    eyelid.wait_status("the key", |s| s["recipient"] == "verified" && fault(s, "keyring").is_none())?;
    eyelid.quit()?;
    desktop.kill(Part::Keyring)?;
    let eyelid = Eyelid::start(&desktop)?;
    told(&desktop, &eyelid, "keyring", "No keyring answers")?;
    eyelid.wait_status("the key", |s| s["recipient"] == "locked")?;
    Ok(())
}

#[test]
fn without_a_tray_host_or_a_notification_daemon_it_records_and_says_what_is_missing() -> Result<()> {
    let desktop = Desktop::builder().full().panel(false).start()?;
    let eyelid = driven(&desktop, ALL)?;
    told(&desktop, &eyelid, "tray-host", "No panel shows tray icons")?;
    desktop.wait_notification("No panel shows tray icons")?;
    eyelid.driver()?.wait_for_text(&id("fault-tray-host"), "Add a status tray")?;
    // The next notification finds nobody.
    desktop.kill(Part::Dunst)?;
    eyelid.ctl_ok(&["pause"])?;
    let status = told(&desktop, &eyelid, "notifications", "No notification daemon answers")?;
    assert!(fault(&status, "tray-host").is_some());
    eyelid.driver()?.wait_for_text(&id("fault-notifications"), "for example dunst")?;
    eyelid.ctl_ok(&["resume"])?;
    eyelid.wait_status("recording", recording)?;
    Ok(())
}

#[test]
fn without_an_x_server_it_does_not_start_and_says_why() -> Result<()> {
    let desktop = Desktop::builder().start()?;
    let binaries = Binaries::find()?;
    for display in ["", ":4095"] {
        let mut command = desktop.command(binaries.program("eyelid")?);
        command.env("DISPLAY", display);
        let said = desktop.run(command)?;
        let words = String::from_utf8_lossy(&said.stderr).into_owned();
        assert!(!said.status.success());
        assert!(words.contains("No display answers. Start Eyelid from a desktop session"), "{words}");
    }
    let mut command = desktop.command(binaries.program("eyelidctl")?);
    command.arg("status");
    let said = desktop.run(command)?;
    assert_eq!(said.status.code(), Some(3));
    assert!(String::from_utf8_lossy(&said.stderr).contains("Eyelid is not running"));
    Ok(())
}

#[test]
fn an_x_server_that_dies_ends_everything_and_the_terminal_says_what_may_have_happened() -> Result<()> {
    let desktop = Desktop::builder().full().start()?;
    let eyelid = recorded(&desktop, ALL)?;
    desktop.kill(Part::Display)?;
    for program in ["eyelid-agent", "eyelid"] {
        wait_for(program, LONG, || eyelid.pid_of(program).is_none().then_some(()))?;
    }
    let said = eyelid.ctl(&["status"])?;
    assert_eq!(said.status.code(), Some(3));
    let words = String::from_utf8_lossy(&said.stderr).into_owned();
    for part in ["Eyelid is not running, though nobody ended it: the display server may have died", "Start it"] {
        assert!(words.contains(part), "{words}");
    }
    Ok(())
}
